"""Every form under arbitrary answers: no fault of ours, and nothing of the server in what is said."""

import io
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.browsers import AsOfficer
from contracts.thorough import THOROUGH
from web.test_need_to_know import ROUTES

FORMS = [(name, case) for name, cases in ROUTES.items() for case in cases if case.method == "post"]
FIELDS = (
    "reason",
    "name",
    "exhibit",
    "path",
    "file",
    "search",
    "after",
    "page",
    "purpose",
    "agency",
    "role",
    "q",
    "next",
    "category",
    "flag",
    "submission",
    "level",
)
TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "9" * 30,
            "\x00",
            "../../etc/passwd",
            "<script>",
            "%s",
            "\ud800".encode("utf-8", "replace").decode(),
            "a" * 5000,
        ]
    ),
)


EXAMPLES = 40 if THOROUGH else 5
"""Of each form."""


@pytest.mark.parametrize(("name", "case"), FORMS, ids=[f"{name}-{case.alfama}" for name, case in FORMS])
def test_no_answer_to_a_form_is_a_fault(as_officer: AsOfficer, name: str, case: Any) -> None:
    browser = as_officer("ana" if case.reviewer is None else "rui")
    place = reverse(name, kwargs=dict(case.args))
    fields = sorted({*case.data, *FIELDS})

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.dictionaries(st.sampled_from(fields), TEXT, max_size=5), st.booleans())
    def answered(data: dict[str, str], upload: bool) -> None:
        sent: dict[str, Any] = dict(data)
        if upload:
            sent["file"] = io.BytesIO(b"\x00\xff" * 50)
        answer = browser.post(place, sent)
        assert answer.status_code < 500
        assert b"Traceback" not in (answer.getvalue() if answer.streaming else answer.content)
        answer.close()

    answered()


@pytest.mark.parametrize(("name", "case"), FORMS, ids=[f"{name}-{case.alfama}" for name, case in FORMS])
def test_no_form_is_taken_from_another_site(as_officer: AsOfficer, name: str, case: Any) -> None:
    browser = as_officer("ana" if case.reviewer is None else "rui")
    browser.handler.enforce_csrf_checks = True
    answer = browser.post(reverse(name, kwargs=dict(case.args)), dict(case.data))
    assert answer.status_code == 403
    assert "Your session ended" in answer.content.decode()
