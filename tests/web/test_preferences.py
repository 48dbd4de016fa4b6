"""Preferences take effect at once, and can be undone."""

import pytest

from contracts.browsers import AsOfficer

CHOSEN = {"language": "de", "zone": "Asia/Tokyo", "theme": "dark", "preview_px": "256"}


def test_what_is_chosen_takes_effect_at_once_and_is_undone(as_officer: AsOfficer) -> None:
    ana = as_officer("ana")
    assert '<html lang="en" data-theme="system">' in ana.get("/preferences/").content.decode()
    page = ana.post("/preferences/", CHOSEN, follow=True).content.decode()
    assert '<html lang="de" data-theme="dark">' in page
    assert 'value="Asia/Tokyo"' in page
    assert 'value="256" checked' in page
    assert '<html lang="en"' in as_officer("rui").get("/preferences/").content.decode()
    page = ana.post("/preferences/undo", follow=True).content.decode()
    assert '<html lang="en" data-theme="system">' in page
    page = ana.post("/preferences/undo", follow=True).content.decode()
    assert '<html lang="de" data-theme="dark">' in page


def test_there_may_be_nothing_to_undo(as_officer: AsOfficer) -> None:
    assert "nothing to undo" in as_officer("ana").post("/preferences/undo", follow=True).content.decode()


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("language", "tlh", "There is no language"),
        ("zone", "Atlantis/<b>", "There is no time zone &#x27;Atlantis/&lt;b&gt;&#x27;"),
        ("theme", "loud", "There is no theme"),
        ("preview_px", "9999999999999999999999", "one of the sizes"),
    ],
)
def test_what_there_is_not_gives_a_sentence_at_the_field_and_what_was_typed(
    as_officer: AsOfficer, name: str, typed: str, sentence: str
) -> None:
    answer = as_officer("ana").post("/preferences/", {**CHOSEN, name: typed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    if name != "zone":
        assert 'value="Asia/Tokyo"' in page
