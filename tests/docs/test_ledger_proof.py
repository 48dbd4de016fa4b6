"""What the page on proofs has whoever gets one run, run: on what is handed out, and on what was changed since."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from amparo import Workbench
from amparo.casework import audit
from amparo.domain.need_to_know import Purpose, Role
from amparo.workbench.desk import Desk

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "ledger-proof.md").read_text("utf-8")
INCLUSION, CONSISTENCY = re.findall(r"^```python\n(.+?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    with Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key", by="axel") as workbench:
        workbench.members.add_agency("alfama")
        workbench.members.add("axel", "alfama", [Role.AUDITOR])
        for number in range(9):
            workbench.members.add_agency(f"agency-{number}")
        yield workbench.desk("axel", Purpose.OPERATIONAL_ANALYSIS)


def checked(lines: str, proof: object, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "check.py").write_text(lines)
    (folder / "proof.json").write_text(json.dumps(proof))
    return subprocess.run(
        [sys.executable, "-W", "ignore", "check.py", "proof.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_lines_prove_an_act(desk: Desk, tmp_path: Path) -> None:
    for index, size in ((0, None), (2, 4), (6, 11)):
        proof = json.loads(
            audit.act_as_proof(
                index,
                size=size,
                opened=True,
                reason="for the defence",
                reach=desk.reach,
                database=desk.database,
                ledger=desk.ledger,
            )
        )
        done = checked(INCLUSION, proof, tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"Act {index}" in done.stdout
    entry = json.loads(proof["entry"])
    for changed, said in (
        ({"entry": proof["entry"].replace(entry["at"], "1999-01-01T00:00:00.000Z")}, "is not in this ledger"),
        (
            {"opened": {"officer": {**proof["opened"]["officer"], "value": "somebody"}}},
            "not what the ledger commits",
        ),
        ({"path": proof["path"][:-1]}, "is not in this ledger"),
        ({"public_key": "00" * 32}, "InvalidSignature"),
    ):
        done = checked(INCLUSION, {**proof, **changed}, tmp_path)
        assert done.returncode != 0
        assert said in done.stderr


def test_the_lines_prove_that_nothing_was_changed(desk: Desk, tmp_path: Path) -> None:
    sizes = audit.heads(reach=desk.reach, database=desk.database)
    for first in (1, 4, 7, sizes[0]):
        proof = json.loads(
            audit.consistency_as_proof(
                first, sizes[0], reason="for the court", reach=desk.reach, database=desk.database, ledger=desk.ledger
            )
        )
        done = checked(CONSISTENCY, proof, tmp_path)
        assert done.returncode == 0, done.stderr
        assert f"begins with that of {first} entries" in done.stdout
    seventh = json.loads(
        audit.consistency_as_proof(7, 11, reason="x", reach=desk.reach, database=desk.database, ledger=desk.ledger)
    )
    for changed, said in (
        ({"path": seventh["path"][::-1]}, "was changed"),
        ({"tree_heads": seventh["tree_heads"][::-1]}, "wrong order"),
    ):
        done = checked(CONSISTENCY, {**seventh, **changed}, tmp_path)
        assert done.returncode != 0
        assert said in done.stderr
