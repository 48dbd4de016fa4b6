from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from amparo.domain.digest import Algorithm
from amparo.domain.report import (
    Acquisition,
    AcquisitionDigest,
    Counts,
    Difference,
    LedgerState,
    Listing,
    MalformedReport,
    Report,
    Verification,
)

COUNTS = Counts(*range(10, 23))


@pytest.mark.parametrize(
    ("stated", "computed", "verification"),
    [
        (b"a", b"a", Verification.VERIFIED),
        (b"a", b"b", Verification.DIFFERS),
        (b"a", None, Verification.NOT_YET),
        (None, b"b", Verification.NOTHING_STATED),
    ],
)
def test_verification(stated: bytes | None, computed: bytes | None, verification: Verification) -> None:
    assert AcquisitionDigest(Algorithm.MD5, stated, computed).verification is verification


def test_a_digest_without_any_value_is_none() -> None:
    with pytest.raises(MalformedReport, match="md5"):
        AcquisitionDigest(Algorithm.MD5, None, None)


def test_every_figure_is_compared() -> None:
    assert COUNTS.differences(COUNTS) == ()
    for figure in fields(Counts):
        kept = getattr(COUNTS, figure.name)
        other = replace(COUNTS, **{figure.name: kept + 1})
        assert COUNTS.differences(other) == (Difference(figure.name, kept, kept + 1),)


def test_a_listing_takes_no_more_rows_than_it_gives() -> None:
    rows = iter(range(10))
    assert list(Listing(rows, 10).first(3)) == [0, 1, 2]
    assert next(rows) == 3


def test_a_time_without_a_zone_makes_no_report() -> None:
    empty: Listing[Any] = Listing((), 0)
    zoned, bare = datetime(2025, 2, 26, tzinfo=UTC), datetime(2025, 2, 26)  # noqa: DTZ001
    with pytest.raises(MalformedReport, match="zone"):
        Report(
            operation="Exercise Lighthouse",
            exhibit="ES-7",
            acquisition=Acquisition("/x", "folder", 0),
            examiner="A. Example",
            started=zoned,
            finished=bare,
            made=zoned,
            amparo_version="0.1.0",
            analyzers=(),
            counts=COUNTS,
            recounted=COUNTS,
            unseen_reasons=(),
            unseen=empty,
            media_types=(),
            months=(),
            cameras=(),
            positions=0,
            mismatches=empty,
            containers=empty,
            media=empty,
            ledger=LedgerState(0, bytes(32), "", ""),
        )
