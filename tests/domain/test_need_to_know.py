"""Roles, purposes, reach."""

import pytest

from amparo.domain.need_to_know import ALLOWED, Act, Forbidden, Purpose, Reach, Role


def reach(*roles: Role) -> Reach:
    return Reach("Ana", "alfama", frozenset(roles), Purpose.OPERATIONAL_ANALYSIS)


def test_who_has_no_role_may_nothing() -> None:
    for act in Act:
        assert not reach().may(act)
        with pytest.raises(Forbidden, match="needs one of the roles"):
            reach().require(act)


def test_every_role_is_in_the_table_and_every_act_is_allowed_to_somebody() -> None:
    assert set(ALLOWED) == set(Role)
    assert {act for acts in ALLOWED.values() for act in acts} == set(Act)


def test_several_roles_allow_what_any_of_them_does() -> None:
    both = reach(Role.AUDITOR, Role.EXAMINER)
    assert {act for act in Act if both.may(act)} == ALLOWED[Role.AUDITOR] | ALLOWED[Role.EXAMINER]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PREVENTION_OFFICER])
def test_who_watches_or_prevents_sees_no_evidence(role: Role) -> None:
    assert not reach(role).may(Act.SEE_EVIDENCE)
    assert not reach(role).may(Act.OPEN_ORIGINAL)


def test_an_original_is_opened_by_those_who_examine_or_review() -> None:
    assert {role for role in Role if reach(role).may(Act.OPEN_ORIGINAL)} == {Role.EXAMINER, Role.REVIEWER}


def test_the_refusal_names_the_roles_that_could() -> None:
    with pytest.raises(Forbidden, match="auditor"):
        reach(Role.EXAMINER).require(Act.READ_LEDGER)
