"""The demo's exhibits, examined: every item that their manifest announces is found, with its state and its digest."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amparo import Workbench
from amparo.domain.item_path import ItemPath
from amparo.records.queries import OccurrenceRow


@pytest.fixture(scope="module")
def examined(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Workbench]]:
    folder = tmp_path_factory.mktemp("demo")
    manifest = json.loads((made / "manifest.json").read_text())
    with Workbench.init(folder / "workbench", key_file=folder / "key") as workbench:
        for exhibit in manifest["exhibits"]:
            for _ in workbench.examine(made / exhibit["path"], exhibit=exhibit["number"], workers=2):
                pass
        yield manifest, workbench


def announced(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        yield from announced(item.get("holds", []))


def test_every_announced_item_is_found_with_its_state_and_digest(examined: tuple[dict[str, Any], Workbench]) -> None:
    manifest, workbench = examined
    for exhibit in manifest["exhibits"]:
        found: dict[tuple[str, str], list[OccurrenceRow]] = {}
        for row in workbench.findings(exhibit["number"]):
            found.setdefault((ItemPath.parse(row.item_path).name, row.state.value), []).append(row)
        for item in announced(exhibit["items"]):
            rows = found.get((item["path"], item["state"]), [])
            assert rows, f"{exhibit['number']}: {item['path']} ({item['state']}) was not found"
            digests = {row.digests.sha256.hex() for row in rows if row.digests is not None}
            unread = [row for row in rows if row.digests is None and row.not_examined]
            assert item["sha256"] in digests or (item.get("damage") and unread), item


def test_what_is_not_broken_is_examined_whole(
    examined: tuple[dict[str, Any], Workbench],
) -> None:
    _, workbench = examined
    not_examined = {summary.exhibit: summary.not_examined for summary in workbench.status()}
    assert not_examined.pop("ES-5") >= 5
    assert not_examined == {"ES-1": 0, "ES-2": 0, "ES-3": 0, "ES-4": 0}


def test_the_workbench_of_the_demo_agrees_with_its_ledger(examined: tuple[dict[str, Any], Workbench]) -> None:
    outcomes = {checked.what: checked.outcome.value for checked in examined[1].verify()}
    assert outcomes.pop("ES-2") == outcomes.pop("ES-3") == "recorded"
    assert set(outcomes.values()) == {"agrees"}
