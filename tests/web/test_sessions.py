"""Sessions to which several requests write at once: nothing that one of them stores is undone by another."""

from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo import Workbench
from amparo.casework import viewing
from amparo.web.sessions import SessionStore
from contracts.browsers import AsOfficer
from web.test_review import given as given_file

NAMES = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2), max_size=4)


def test_a_decision_that_is_made_while_the_picture_is_on_its_way_can_be_undone(
    as_officer: AsOfficer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rui = as_officer("rui")
    file, hidden = given_file(rui)
    assert rui.post("/review/unveil", {"file": file, "level": "grey"}).status_code == 302
    slow = Client()
    slow.cookies = rui.cookies
    look = viewing.look

    def decided_meanwhile(*given: Any, **more: Any) -> Any:
        found = look(*given, **more)
        assert rui.post("/review/grade", {**hidden, "category": "abuse"}).status_code == 302
        return found

    monkeypatch.setattr(viewing, "look", decided_meanwhile)
    assert slow.get(f"/file/{file}/unveiled").status_code == 200
    assert slow.get(f"/file/{file}/unveiled").status_code == 404  # it is seen once
    assert f"Undo file {file}" in rui.get("/review/").content.decode()


@pytest.mark.usefixtures("workbench")
def test_what_is_taken_away_does_not_come_back_but_with_a_newer_value() -> None:
    first = SessionStore()
    first.update({"unveil": 1, "seen": 1})
    first.save()
    slow, quick = SessionStore(first.session_key), SessionStore(first.session_key)
    assert slow.pop("unveil") == quick.pop("unveil") == 1
    quick["unveil"] = 2  # for another file
    quick.save()
    slow.save()
    assert dict(SessionStore(first.session_key).items()) == {"unveil": 2, "seen": 1}
    quick.pop("unveil")
    quick.save()
    slow["seen"] = 3
    slow.save()
    assert dict(SessionStore(first.session_key).items()) == {"seen": 3}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=NAMES, one=NAMES, other=NAMES)
def test_who_changes_different_things_changes_both(
    workbench: Workbench, before: dict[str, int], one: dict[str, int], other: dict[str, int]
) -> None:
    kept = SessionStore()
    kept.update(before)
    kept.save()
    left, right = SessionStore(kept.session_key), SessionStore(kept.session_key)
    left.update({f"left {name}": value for name, value in one.items()})
    right.update({f"right {name}": value for name, value in other.items()})
    right.save()
    left.save()
    expected = before | dict(left.items()) | dict(right.items())
    assert dict(SessionStore(kept.session_key).items()) == expected


@pytest.mark.usefixtures("workbench")
def test_a_session_that_was_ended_meanwhile_does_not_come_back() -> None:
    ended = SessionStore()
    ended["began"] = 1
    ended.save()
    slow = SessionStore(ended.session_key)
    slow["seen"] = 2
    SessionStore(ended.session_key).flush()
    with pytest.raises(UpdateError):
        slow.save()
    assert not SessionStore().exists(ended.session_key)


@pytest.mark.usefixtures("workbench")
def test_a_session_that_is_emptied_unread_is_empty() -> None:
    kept = SessionStore()
    kept["began"] = 1
    kept.save()
    emptied = SessionStore(kept.session_key)
    emptied.clear()
    emptied.save()
    assert not dict(SessionStore(kept.session_key).items())
