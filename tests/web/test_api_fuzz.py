"""The interface for programs under arbitrary questions: no fault of ours, and every answer as its description says."""

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo import Workbench
from amparo.casework import tokens
from amparo.domain.need_to_know import Purpose

STATUSES = {200, 201, 204, 400, 401, 403, 404, 405, 409, 422}


@pytest.fixture
def described(workbench: Workbench) -> Any:
    desk = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS)
    token = tokens.issue(
        "a test", 1, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock
    ).token
    headers = {"Authorization": f"Bearer {token}", "Host": "testserver"}
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), headers=headers), headers


def test_no_question_is_a_fault(described: Any) -> None:
    schema, headers = described
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) >= 10

    @settings(max_examples=80, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.data())
    def ask(data: Any) -> None:
        operation = data.draw(st.sampled_from(operations))
        case = data.draw(operation.as_strategy())
        answer = case.call(headers=headers)
        assert answer.status_code in STATUSES, (case.as_curl_command(), answer.content)
        assert b"Traceback" not in answer.content
        if answer.status_code not in (400, 405):
            case.validate_response(answer, checks=[schemathesis.checks.CHECKS.get_one("response_schema_conformance")])

    ask()
