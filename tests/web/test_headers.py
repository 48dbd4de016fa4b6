"""What every answer tells the browser not to do."""

import pytest
from django.urls import reverse

from amparo.web.middleware import POLICY
from contracts.browsers import AsOfficer
from web.test_need_to_know import ROUTES


@pytest.mark.parametrize("name", ROUTES)
def test_nothing_is_kept_framed_sniffed_or_run(as_officer: AsOfficer, name: str) -> None:
    for case in ROUTES[name]:
        place = reverse(name, kwargs=dict(case.args))
        answer = getattr(as_officer("ana"), case.method)(place, dict(case.data))
        policy = answer["Content-Security-Policy"]
        assert policy == POLICY or "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        if answer["Content-Type"].startswith("text/html") and not answer.streaming:
            assert " style=" not in answer.content.decode()
        answer.close()


def test_a_fault_says_nothing_of_what_went_wrong(as_officer: AsOfficer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**ports: object) -> None:
        raise RuntimeError("the secret of ES-2")

    monkeypatch.setattr("amparo.web.home.views.overview", broken)
    browser = as_officer("ana")
    browser.raise_request_exception = False
    answer = browser.get("/")
    assert answer.status_code == 500
    assert b"secret" not in answer.content
    assert b"Traceback" not in answer.content
    assert "A fault of Amparo" in answer.content.decode()
    assert answer["Content-Security-Policy"] == POLICY
