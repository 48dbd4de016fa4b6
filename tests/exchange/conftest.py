"""A made-up report about an exhibit that never was."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from PIL import Image

from amparo.domain.digest import Algorithm
from amparo.domain.finding import PerceptualHash
from amparo.domain.item import ItemState
from amparo.domain.item_path import ItemPath
from amparo.domain.report import (
    Acquisition,
    AcquisitionDigest,
    AnalyzerUse,
    Camera,
    Counts,
    LedgerState,
    Listing,
    MediaRow,
    Mismatch,
    MonthCount,
    OpenedContainer,
    Report,
    TypeCount,
    Unseen,
    UnseenReason,
)

ReportMaker = Callable[..., Report]
_TAKEN = datetime(2024, 11, 3, 10, 15, tzinfo=UTC)


def landscape(seed: int) -> bytes:
    """A JPEG of hills under a sky, 320 x 240."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:240, 0:320]
    sky = np.stack([90 + rows // 3, 140 + rows // 4, 220 - rows // 5], axis=-1)
    for level in (110, 150, 190):
        ridge = level + 25 * np.sin(columns / random.uniform(20, 60) + random.uniform(0, 6))
        sky = np.where((rows > ridge)[..., None], random.integers(30, 130, 3), sky)
    written = io.BytesIO()
    Image.fromarray(sky.astype(np.uint8)).save(written, "JPEG")
    return written.getvalue()


def _media_row(number: int, **changes: Any) -> MediaRow:
    place = ItemPath("ES-7").child("ewf", "").child("ntfs", f"Users/x/Pictures/2024/Sierra Nevada/IMG_{number:05}.jpg")
    row = MediaRow(
        path=str(place),
        state=list(ItemState)[number % 7 % 4],
        size_bytes=2_481_003 + 977 * number,
        sha256=number.to_bytes(4) * 8,
        media_type="image/jpeg",
        pdq=PerceptualHash((number * 2654435761 % 2**32).to_bytes(4) * 8, quality=100 - number % 40),
        created_ns=int(_TAKEN.timestamp() + 3600 * number) * 10**9,
        modified_ns=int(_TAKEN.timestamp() + 3700 * number) * 10**9,
        taken="2024:11:03 11:15:07",
        camera="Example Optics EX-100",
        sentences=("JPEG of 4000 × 3000 pixels, YCbCr 8.", "The embedded thumbnail agrees with the picture."),
        preview=landscape(number) if number < 12 else None,
    )
    return replace(row, **changes)


def _sample(pictures: int = 40, **changes: Any) -> Report:
    begun = datetime(2025, 2, 26, 9, 14, 3, tzinfo=UTC)
    counts = Counts(
        items=43_710,
        bytes=32_212_254_720,
        distinct=31_204,
        pictures=12_207,
        videos=311,
        documents=2_904,
        other=28_100,
        unread=188,
        live=41_902,
        deleted=1_511,
        orphan=297,
        carved=0,
        not_examined=214,
    )
    report = Report(
        operation="Exercise Lighthouse",
        exhibit="ES-7",
        acquisition=Acquisition(
            path="/evidence/ES-7/laptop.E01",
            kind="EWF-E01 image in 3 segments",
            size_bytes=64_023_257_088,
            digests=(
                AcquisitionDigest(Algorithm.SHA256, None, bytes(range(32))),
                AcquisitionDigest(Algorithm.SHA1, bytes(range(20)), bytes(range(20))),
                AcquisitionDigest(Algorithm.MD5, bytes(range(16)), None),
            ),
        ),
        examiner="A. Example, Digital Forensics, Alfama",
        started=begun,
        finished=begun + timedelta(minutes=11, seconds=42),
        made=begun + timedelta(hours=2),
        amparo_version="0.1.0",
        analyzers=(
            AnalyzerUse("digests", "1", "SHA-256, SHA-1 and MD5 of all the bytes of an item, in one pass."),
            AnalyzerUse("pdq", "1", "The perceptual hash of a picture, with its quality."),
            AnalyzerUse("exif", "2", "What the camera wrote into the picture: make, model, times, position."),
        ),
        counts=counts,
        recounted=counts,
        unseen_reasons=(
            UnseenReason("reading", "The bytes are encrypted, and no key for them was given.", 141),
            UnseenReason("picture", "The picture ends before its data does; it may be cut short.", 61),
            UnseenReason("video", "Decoding took longer than 60 s.", 12),
        ),
        unseen=Listing(
            (
                Unseen(
                    str(ItemPath("ES-7").child("ewf", "").child("ntfs", f"Users/x/Documents/vault-{n:03}.zip")),
                    "reading",
                    "1",
                    "The bytes are encrypted, and no key for them was given.",
                )
                for n in range(14)
            ),
            214,
        ),
        media_types=tuple(
            TypeCount(name, items)
            for name, items in (
                ("application/octet-stream", 21_906),
                ("image/jpeg", 9_840),
                ("text/plain", 4_110),
                ("image/png", 2_203),
                ("application/pdf", 1_320),
                ("text/html", 1_250),
                ("application/zip", 940),
                ("audio/mpeg", 702),
                ("video/mp4", 301),
                ("image/gif", 164),
                ("image/webp", 90),
                ("image/heic", 71),
                ("font/ttf", 40),
                ("application/x-sqlite3", 33),
            )
        ),
        months=tuple(
            MonthCount(2021 + month // 12, month % 12 + 1, 40 + month * 7 % 311, 20 + month * month % 470)
            for month in range(49)
        ),
        cameras=(
            Camera("Example Optics", "EX-100", "0042317", 4_120),
            Camera("Sample Phones", "Seven", "", 2_904),
        ),
        positions=1_877,
        mismatches=Listing(
            [Mismatch("ES-7!ewf:/!ntfs:/Users/x/notes.txt", "image/jpeg", bytes(range(32)))],
            1,
        ),
        containers=Listing(
            [
                OpenedContainer("ES-7!ewf:", "ewf", 1, ""),
                OpenedContainer("ES-7!ewf:/!ntfs:", "ntfs", 43_408, ""),
                OpenedContainer(
                    "ES-7!ewf:/!ntfs:/Users/x/backup.zip!zip:",
                    "zip",
                    301,
                    "The archive is cut short after 301 of its items.",
                ),
            ],
            3,
        ),
        media=Listing(map(_media_row, range(pictures)), 12_518),
        ledger=LedgerState(
            tree_size=219,
            root_hash=bytes(range(100, 132)),
            signed_tree_head='{"payload":"eyJyb290IjoiNjQ2NSJ9","payloadType":"application/vnd.amparo.tree-head+json",'
            '"signatures":[{"keyid":"sha256:51c0","sig":"TWFkZSB1cCBmb3IgYSB0ZXN0"}]}',
            public_key_fingerprint="sha256:" + bytes(range(50, 82)).hex(),
        ),
    )
    return replace(report, **changes)


@pytest.fixture(scope="session")
def sample() -> ReportMaker:
    """Makes a report, with the fields changed that are given; `pictures` is how many it lists."""
    return _sample


@pytest.fixture(scope="session")
def media_row() -> Callable[..., MediaRow]:
    """Makes the row of picture `number`, with the fields changed that are given."""
    return _media_row
