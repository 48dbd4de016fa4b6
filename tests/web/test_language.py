"""What comes from below the web is said in the officer's language; what is for programs is not."""

import gettext
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

import amparo
from amparo import Workbench
from amparo.casework import tokens
from amparo.domain.exposure import Level
from amparo.domain.hash_set import SetKind
from amparo.domain.need_to_know import Purpose, Role
from amparo.domain.queue import REASONS
from amparo.domain.task import Kind, State
from amparo.web.review.manual import MANUAL
from contracts.browsers import AsOfficer

DANISH = {"Accept-Language": "da"}
PART = {**DANISH, "HX-Request": "true"}


def body(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("headers", [DANISH, PART])
def test_a_refusal_is_in_danish_as_a_page_and_as_a_part(as_officer: AsOfficer, headers: Mapping[str, str]) -> None:
    answer = as_officer("rui").get(reverse("members"), headers=headers)
    assert answer.status_code == 403
    assert "Dette kræver en af disse roller: leder" in body(answer)
    assert ("<html" in body(answer)) is (headers is DANISH)


@pytest.mark.parametrize(
    ("place", "form", "says"),
    [
        ("/review/grade", {"file": "1", "category": "6"}, "har ingen kategori &#x27;6&#x27;"),
        ("/exhibits/register", {"number": "ES-9", "path": "/nowhere"}, "Der er intet på /nowhere under de mapper"),
        ("/exhibits/register", {"number": "ES-9", "path": "/x", "secrets": "hex:zz"}, "Linje 1 i hemmelighederne"),
        ("/preferences/", {"zone": "Atlantis"}, "Der er ingen tidszone"),
        ("/members/new", {"officer": "bruno", "roles": "auditor", "purposes": "cross-check"}, "en anden myndigheds"),
    ],
)
def test_what_is_wrong_in_a_form_is_said_in_danish(
    as_officer: AsOfficer, place: str, form: dict[str, str], says: str
) -> None:
    answer = as_officer("rui" if "review" in place else "ana").post(place, form, headers=DANISH)
    assert answer.status_code == 422
    assert says in body(answer)


def test_a_search_that_cannot_be_read_says_in_danish_what_to_write(as_officer: AsOfficer) -> None:
    page = body(as_officer("ana").get("/files?size=much", headers=DANISH))
    assert "size: &#x27;much&#x27; er ikke et tal. I stedet: skriv et interval som 100k..5M" in page
    assert "eller - for ingen" in body(as_officer("ana").get("/files?width=much", headers=DANISH))


def test_what_is_wrong_with_a_hash_set_is_said_in_danish(as_officer: AsOfficer) -> None:
    for content, says in ((b"a;b\n1;2\n", "Filen er ikke i noget format for hashsæt"), (b"", "Filen er tom")):
        form = {"look": "1", "file": SimpleUploadedFile("set.csv", content)}
        assert says in body(as_officer("ana").post("/hash-sets/import", form, headers=DANISH))


def test_words_within_a_sentence_are_danish_too(as_officer: AsOfficer, workbench: Workbench) -> None:
    ana = as_officer("ana")
    workbench.members.add("rui", "alfama", [Role.ANALYST])
    form = {"roles": ["auditor"], "purposes": ["cross-check"], "seen": "0"}
    page = body(ana.post("/members/of/rui/", form, headers=DANISH))
    assert "I mellemtiden har nogen ændret rui: analytiker; til " in page


def test_the_reasons_of_the_queue_are_said_in_danish(as_officer: AsOfficer) -> None:
    page = body(as_officer("rui").get("/review/", headers=DANISH))
    assert "Intet hashsæt kender den eller noget nær den." in page
    assert "No hash set knows it" not in page
    assert "En fil, der er ny og allerede givet videre" in body(as_officer("rui").get("/review/order", headers=DANISH))
    assert "Et hashsæt kender dens bytes." in body(as_officer("rui").get("/review/why/2", headers=PART))


def test_programs_are_told_in_english(workbench: Workbench) -> None:
    desk = workbench.desk("ana", Purpose.OPERATIONAL_ANALYSIS)
    issued = tokens.issue("a test", 1, reach=desk.reach, database=desk.database, ledger=desk.ledger, clock=desk.clock)
    program = Client(headers={**DANISH, "Authorization": f"Bearer {issued.token}"})
    assert program.get("/api/v1/files/999999").json() == {"error": "The workbench has no file 999999."}
    assert Client(headers=DANISH).get("/api/v1/files").json() == {"error": "Give a token: Authorization: Bearer …"}


def test_the_manual_of_the_reasons_is_the_one_of_their_docstrings() -> None:
    for reason in REASONS:
        points, why = (
            " ".join(part.split()) for part in (inspect.getdoc(reason.points) or "").split("\n\n", maxsplit=1)
        )
        assert [str(each) for each in MANUAL[reason.name]] == [points, why]
    assert list(MANUAL) == [reason.name for reason in REASONS]


@pytest.mark.parametrize("kind", [Role, Purpose, Level, Kind, State, SetKind])
def test_what_sentences_name_is_called_something_in_every_catalogue(kind: Any) -> None:
    folder = Path(amparo.__file__).parent / "locale"
    for language in ("da", "de", "es", "fr"):
        known = gettext.translation("django", folder, [language])
        for member in kind:
            assert known.gettext(
                member.value,
            ) in _entries(known), (language, member)


def _entries(known: gettext.NullTranslations) -> set[str]:
    return set(vars(known)["_catalog"].values())
