"""Clues, on each database."""

import hashlib

from amparo.domain.clue import Clue
from amparo.domain.finding import Finding
from amparo.domain.plan import Batch
from amparo.records import clues
from contracts.examination import ROOT, Bench, item, read, repeated


def taken_by(serial: str) -> Finding:
    return Finding("metadata", "1", "It names a camera.", {"camera": {"make": "Made", "serial": serial}})


def test_files_are_found_by_what_they_name_alike(bench: Bench) -> None:
    bench.store().write(
        Batch(ROOT, tuple(map(item, ("a", "copy of a", "b", "c")))),
        [
            read("a", findings=(taken_by("0815"),)),
            repeated("a"),
            read("b", findings=(taken_by("0815"),)),
            read("c", findings=(taken_by("4711"),)),
        ],
    )
    (shared,) = clues.shared(bench.database, kind=None, exhibit=None, files=2, exhibits=1)
    assert shared == (Clue("camera", "Made 0815"), 2, 1)
    every = clues.shared(bench.database, kind="camera", exhibit=bench.acquisition, files=1, exhibits=1)
    assert [each.clue.value for each in every] == ["Made 4711", "Made 0815"]
    for none in (
        {"kind": "seed"},
        {"exhibit": bench.acquisition + 1},
        {"files": 3},
        {"exhibits": 2},
    ):
        assert clues.shared(bench.database, **{"kind": None, "exhibit": None, "files": 2, "exhibits": 1, **none}) == []  # type: ignore[arg-type]
    leads = list(clues.leads(bench.database, shared.clue))
    assert [lead.item_path for lead in leads] == ["ES-7!zip:/a", "ES-7!zip:/copy of a", "ES-7!zip:/b"]
    assert {lead.exhibit for lead in leads} == {"ES-7"}
    assert leads[2].sha256 == hashlib.sha256(b"b").digest()
    assert list(clues.leads(bench.database, Clue("camera", "Made 42"))) == []


def test_what_a_database_cannot_hold_is_kept_in_a_form_that_it_can(bench: Bench) -> None:
    bench.store().write(Batch(ROOT, (item("a"),)), [read("a", findings=(taken_by("\udcff\0"),))])
    (shared,) = clues.shared(bench.database, kind="camera", exhibit=None, files=1, exhibits=1)
    assert len(list(clues.leads(bench.database, shared.clue))) == 1
    assert len(list(clues.leads(bench.database, Clue("camera", "Made \udcff\0")))) == 1
    assert clues.count_leads(bench.database, Clue("camera", "Made \udcff\0"), within=[bench.acquisition]) == 1
    assert clues.count_leads(bench.database, shared.clue, within=[]) == 0
