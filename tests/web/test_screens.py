"""That no page is without a look at its accessibility: a new one fails here until it is among the screens."""

import pytest

from amparo import Workbench
from amparo.casework import processes
from contracts.browsers import AsOfficer
from web.screens import SCREENS, STATES, Screen, pages


def test_every_page_is_looked_at(as_officer: AsOfficer, workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "start", lambda *_, lock, **__: None)
    clients = {officer: as_officer(officer) for officer in ("ana", "rui", "axel")}
    missing = pages() - set(STATES)

    def shown(screen: Screen) -> set[str]:
        client = clients.get(screen.officer) or as_officer(screen.officer)
        answer = getattr(client, screen.method)(screen.place, dict(screen.data))
        answer.close()
        return {template.name for template in answer.templates if template.name}

    for page, made in STATES.items():
        assert page in shown(made(workbench, as_officer)), page
    for screen in SCREENS:
        missing -= shown(screen)
    assert not missing
