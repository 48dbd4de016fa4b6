"""Records of VICS are values and back; the quirks of exporters are tolerated, one by one, and nonsense is named."""

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.domain.case_exchange import CaseMedia, Place, Said
from amparo.domain.grading import Flag
from amparo.exchange.case_notations import moment, position
from amparo.exchange.case_vics import FieldRefused, fields_of, media_of
from contracts.cases import MEDIA

MD5 = "0123456789ABCDEF0123456789abcdef"


def record(**fields: Any) -> CaseMedia:
    return media_of({"MD5": MD5, **fields})


@settings(max_examples=60, deadline=None)
@given(MEDIA, st.integers(1, 10**9))
def test_what_is_written_is_read_as_it_was(media: CaseMedia, number: int) -> None:
    fields = fields_of(media, number)
    assert media_of(fields) == media
    assert fields_of(media_of(fields), number) == fields
    assert media_of(fields, places=False) == replace(media, places=(), exifs=())


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "MD5",
                "sha1",
                "Category",
                "MediaSize",
                "MediaFiles",
                "Exifs",
                "AlternativeHashes",
                "MediaMetadata",
                "Tags",
            ]
        )
        | st.text(max_size=9),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.floats(),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner, max_size=2),
            max_leaves=4,
        ),
    )
)
def test_any_record_is_read_or_refused_by_its_field(fields: dict[str, Any]) -> None:
    with contextlib.suppress(FieldRefused):
        media_of({"MD5": MD5, **fields})


def test_a_full_record_states_all_that_the_mapping_names() -> None:
    media = CaseMedia(
        bytes.fromhex(MD5), bytes(20), bytes(32), b"\1" * 32, 5, "image/jpeg", "2",
        frozenset({Flag.VICTIM_IDENTIFIED, Flag.SELF_GENERATED}), True, True, "a series", "one, two", "seen before",
        "2026-01-31T00:00:00Z",
        (Place("a.jpg", "ES-7!zip:/a.jpg", "ES-7", deleted=True), Place("b.jpg", "BE-1!zip:/b.jpg")),
        (("Make", "Alfama"),), (Said("alfama", "vics-us", "2", frozenset({Flag.VICTIM_IDENTIFIED})),),
    )  # fmt: skip
    fields = fields_of(media, 7)
    key = {"MD5": MD5.upper()}
    assert fields["Category"] == 2
    assert fields["AlternativeHashes"] == [
        {**key, "HashName": "SHA256", "HashValue": bytes(32).hex()},
        {**key, "HashName": "PDQ", "HashValue": "01" * 32},
    ]
    assert [place["FilePath"] for place in fields["MediaFiles"]] == ["ES-7!zip:/a.jpg", "BE-1!zip:/b.jpg"]
    assert {name for name, value in fields.items() if value == "true"} == {
        *("VictimIdentified", "SelfGenerated", "OffenderIdentified", "IsSuspected")
    }
    assert media_of(fields) == media


@pytest.mark.parametrize("stated", [None, "", " "])
def test_precategorised_with_no_category_says_nothing(stated: Any) -> None:
    assert record(IsPrecategorized="true", PrecategorizationSource="a list", Category=stated).category == ""


def test_flags_come_as_words_numbers_and_booleans() -> None:
    for stated in (True, "true", "True", 1, "1", "yes"):
        assert record(VictimIdentified=stated).flags == {Flag.VICTIM_IDENTIFIED}
    for stated in (False, "false", None, 0, "", "NO"):
        assert record(VictimIdentified=stated).flags == frozenset()


def test_names_of_fields_and_hashes_come_in_any_case() -> None:
    read = media_of(
        {
            "md5": MD5,
            "mimetype": "image/png",
            "alternativehashes": [{"hashname": "sha-256", "hashvalue": "0x" + "ab" * 32}],
        }
    )
    assert (read.media_type, read.sha256) == ("image/png", b"\xab" * 32)


def test_sizes_and_tags_come_in_two_forms() -> None:
    assert record(MediaSize="17").size_bytes == record(MediaSize=17).size_bytes == 17
    assert record(Tags=["one", "two"]).tags == record(Tags="one, two").tags
    assert record(MediaFiles=[{"Modified": "2024-01-01"}]).places[0].modified == "2024-01-01"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2023-06-07T02:31:49.8300Z", "2023-06-07T02:31:49Z"),
        ("2025-01-02T03:04:05-05:00", "2025-01-02T08:04:05Z"),
        ("2025-01-02T03:04:05.123-5:00Z", "2025-01-02T08:04:05Z"),
        ("2025-01-02T03:04:05.123+02:00Z", "2025-01-02T01:04:05Z"),
        ("2025-01-02T03:04:05+0530", "2025-01-01T21:34:05Z"),
        ("2025-01-02T03:04:05", "2025-01-02T03:04:05"),
        ("2025-1-2", "2025-01-02T00:00:00"),
        ("/Date(1700000000000)/", "2023-11-14T22:13:20Z"),
        ("/Date(999999999999999999)/", ""),
        ("0001-01-01T00:00:00+05:00", ""),
        ("2025-13-01T00:00:00Z", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_both_notations_of_zones_are_read(text: str, read: str) -> None:
    assert moment(text) == read


@pytest.mark.parametrize(
    ("exifs", "read"),
    [
        ({"Lat/Lon": "41.5/-2.25"}, ("41.5", "-2.25")),
        (
            {
                "Latitude": "12 deg 34'56.78\"",
                "Latitude Reference": "South",
                "Longitude": "7, 30, 0",
                "Longitude Reference": "E",
            },
            ("-12.5824389", "7.5"),
        ),
        ({"Latitude": "41, 53, 2.44", "Latitude Reference": "?", "Longitude": "1", "Longitude Reference": "W"}, None),
        ({"Latitude": "41", "LatitudeRef": "N", "Longitude": "2", "LongitudeRef": "w"}, ("41", "-2")),
        ({"Lat/Lon": "91/0"}, None),
        ({"Lat/Lon": "here"}, None),
        ({}, None),
    ],
)
def test_both_notations_of_places_are_read(exifs: dict[str, str], read: tuple[str, str] | None) -> None:
    found = position(exifs)
    assert (found and (found.latitude, found.longitude)) == read


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"MD5": ""}, "MD5"),
        ({"MD5": "0123"}, "MD5"),
        ({"SHA1": 7}, "SHA1"),
        ({"Category": True}, "Category"),
        ({"Category": [1]}, "Category"),
        ({"Category": 1.5}, "Category"),
        ({"VictimIdentified": "perhaps"}, "VictimIdentified"),
        ({"MediaSize": -1}, "MediaSize"),
        ({"Comments": {}}, "Comments"),
        ({"MediaFiles": "a.jpg"}, "MediaFiles"),
        ({"MediaFiles": [{}, 7]}, "MediaFiles[2]"),
        ({"MediaFiles": [{"Deleted": "7"}]}, "MediaFiles[1].Deleted"),
        ({"AlternativeHashes": [{"HashName": "PDQ", "HashValue": "zz"}]}, "AlternativeHashes[1].HashValue"),
        ({"AlternativeHashes": [{"HashName": "MD5", "HashValue": "00" * 16}]}, "AlternativeHashes[1].HashValue"),
        (
            {"MediaMetadata": [{"PropertyName": "amparo:grading", "PropertyValue": "{}"}]},
            "MediaMetadata[1].PropertyValue",
        ),
    ],
)
def test_the_field_that_cannot_be_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldRefused, match=rf"^{field.replace('[', '.').replace(']', '.')}: "):
        record(**fields)
