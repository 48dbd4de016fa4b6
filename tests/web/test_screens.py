"""That no page is without a look at its accessibility, nor two things of one page under one key."""

import re
from collections import Counter
from typing import Any

import pytest

from amparo import Workbench
from amparo.casework import processes
from contracts.browsers import AsOfficer
from web.screens import SCREENS, STATES, Screen, pages


def taken_twice(answer: Any) -> list[str]:
    """Keys under which a page has two different things: the second one could not be reached by it."""
    if answer.streaming:
        return []
    page = answer.content.decode("utf-8", "replace")
    different = {(found[1], found[0]) for found in re.finditer(r'<[^>]* data-key="([^"]+)"[^>]*>', page)}
    return [key for key, times in Counter(key for key, _tag in different).items() if times > 1]


def test_every_page_is_looked_at_and_no_key_is_taken_twice(
    as_officer: AsOfficer, workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "start", lambda *_, lock, **__: None)
    clients = {officer: as_officer(officer) for officer in ("ana", "rui", "axel")}
    missing = pages() - set(STATES)

    def shown(screen: Screen) -> set[str]:
        client = clients.get(screen.officer) or as_officer(screen.officer)
        answer = getattr(client, screen.method)(screen.place, dict(screen.data))
        twice = taken_twice(answer)
        answer.close()
        assert not twice, screen
        return {template.name for template in answer.templates if template.name}

    for page, made in STATES.items():
        assert page in shown(made(workbench, as_officer)), page
    for screen in SCREENS:
        missing -= shown(screen)
    assert not missing
