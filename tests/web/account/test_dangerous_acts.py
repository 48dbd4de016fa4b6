"""What lets evidence out, or somebody in, asks for a proof of the last five minutes."""

from collections.abc import Mapping

import pytest
from django.urls import reverse

from contracts.browsers import AsOfficer

ACTS: Mapping[str, Mapping[str, object]] = {
    "file-original": {"file": 1},
    "exhibit-share": {"number": "ES-2"},
    "exhibit-unshare": {"number": "ES-1"},
    "exhibit-gaps-export": {"number": "ES-1"},
    "clusters-export": {"tab": "near-copies"},
    "clues-export": {},
    "files-export": {},
    "hash-set-export": {"name": "partner", "number": 1},
    "hash-set-remove": {"name": "partner", "number": 1},
    "report-hand-out": {"task": 1},
    "tokens": {},
    "member-new": {},
    "agency-new": {},
    "member": {"officer": "rui"},
    "member-password": {"officer": "rui"},
    "member-end": {"officer": "rui"},
    "viewing-policy": {},
    "viewing-officer": {"officer": "rui"},
    "review-leads-export": {},
    "ledger-proof": {"index": 3},
    "ledger-consistency-proof": {},
}


@pytest.mark.parametrize("name", ACTS)
def test_it_asks_for_a_proof(as_officer: AsOfficer, name: str) -> None:
    ana = as_officer("ana")
    session = ana.session
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()
    place = reverse(name, kwargs=dict(ACTS[name]))
    answer = ana.post(place, {"reason": "it is asked for", "agency": "belem"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/prove/?next=")
