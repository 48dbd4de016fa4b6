"""C2PA manifests: what they declare, in which container, and four facts about whether they hold."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from amparo.analysis.origin.declared import Declared
from amparo.domain.cause import Cause
from amparo.domain.finding import NotExamined
from amparo.domain.origin import Claim, Conclusion, origin_of
from contracts.declarations import CONTAINERS, checked, found, marks
from contracts.provenance import (
    action,
    box,
    brotli_box,
    created,
    ingredient,
    labelled,
    manifest,
    signed,
    store,
    with_store,
    with_xmp,
    xmp,
)


@pytest.mark.parametrize("media_type", CONTAINERS)
def test_a_store_is_found_in_every_container(media_type: str) -> None:
    raw = with_store(media_type, store(manifest("urn:a", created("trainedAlgorithmicMedia"))))
    said = checked(raw, media_type, "c2pa:digital_source_type", Claim.GENERATED)
    assert "It was not verified." in said.shows
    (of,) = found(raw, media_type).facts["c2pa"]  # type: ignore[misc,union-attr]
    assert of["number_of_manifests"] == 1  # type: ignore[index,call-overload]


@pytest.mark.parametrize("media_type", [each for each in CONTAINERS if each != "image/jp2"])  # it signs none
def test_what_is_signed_is_verified_in_every_container(media_type: str) -> None:
    raw = signed(media_type, [action("c2pa.created", "trainedAlgorithmicMedia")])
    checked(raw, media_type, "c2pa:digital_source_type", Claim.GENERATED)
    assert states(raw, media_type) == [("holds", "holds", "not established", "absent")]


def states(raw: bytes, media_type: str = "image/jpeg") -> list[tuple[str, str, str, str]]:
    """Integrity, signature, trust and time of each manifest of the store in a file."""
    (of,) = found(raw, media_type).facts["c2pa"]  # type: ignore[misc,union-attr]
    checks = ("integrity", "signature", "trust", "time")
    return [tuple(each[check]["state"] for check in checks) for each in of["manifests"]]  # type: ignore[index,call-overload,misc]


def test_a_file_that_was_signed_again_keeps_what_its_ingredient_states() -> None:
    first = signed("image/png", [action("c2pa.created", "trainedAlgorithmicMedia")])
    again = signed("image/jpeg", [action("c2pa.opened", of="parentOf")], [("parentOf", "image/png", first)])
    finding = found(again)
    mark = marks(finding)["c2pa:digital_source_type"]
    assert mark.claim is Claim.GENERATED
    assert mark.shows.startswith("C2PA's manifest of what the file was made from")
    assert [state[:2] for state in states(again)] == [("holds in part", "holds"), ("holds", "holds")]
    assert origin_of([finding]).conclusion is Conclusion.DECLARED_GENERATED


def test_changed_bytes_break_the_seal_and_it_declares_nothing_any_more() -> None:
    raw = bytearray(signed("image/jpeg", [action("c2pa.created", "trainedAlgorithmicMedia")]))
    raw[-40] ^= 1
    finding = found(bytes(raw))
    assert states(bytes(raw))[0][:2] == ("broken", "holds")
    assert marks(finding)["c2pa:digital_source_type"].claim is None
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION


def test_without_the_extra_manifests_are_read_and_said_to_be_unverified(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = signed("image/jpeg", [action("c2pa.created", "trainedAlgorithmicMedia")])
    monkeypatch.setitem(__import__("sys").modules, "c2pa", None)
    finding = found(raw)
    assert marks(finding)["c2pa"].shows == "There is a C2PA store of 1 manifest at offset 20, not verified."
    assert finding.facts["malformed_or_not_read"] == [
        "C2PA manifests were read and not verified: install amparo[provenance]."
    ]
    assert states(raw) == [("holds in part", "not checked", "not checked", "not checked")]
    assert finding.unfinished == NotExamined(
        "declared_completed",
        Declared.version,
        "C2PA manifests were read and not verified: install amparo[provenance].",
        Cause.UNSUPPORTED,
    )


def test_a_manifest_that_is_compressed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = manifest("a", A), manifest("b", ingredient("a", "parentOf"))
    packed = labelled(b"c2cm", "a", brotli_box(b"jumb", first[8:]))
    finding = found(with_store("image/png", store(packed, second)))
    mark = marks(finding)["c2pa:digital_source_type"]
    assert (mark.claim, mark.states["manifest"]) == (Claim.GENERATED, "a")
    cut = labelled(b"c2cm", "a", box(b"brob", brotli_box(b"jumb", first[8:])[8:-9]))
    said = found(with_store("image/png", store(cut, second))).facts["malformed_or_not_read"]
    assert any("A manifest was not read. It is compressed by Brotli, and" in str(each) for each in said)  # type: ignore[union-attr]
    monkeypatch.setitem(__import__("sys").modules, "brotli", None)
    lacking = found(with_store("image/png", store(packed, second))).unfinished
    assert lacking is not None
    assert "compressed by Brotli: install amparo[provenance]" in lacking.reason


A = created("trainedAlgorithmicMedia")


@pytest.mark.parametrize(
    ("manifests", "claim"),
    [
        ([("a", A), ("b", ingredient("a", "parentOf"))], Claim.GENERATED),
        ([("a", A), ("b", ingredient("a", "componentOf"))], Claim.ALTERED),
        ([("a", A), ("b", ingredient("a", "inputTo"))], None),
        ([("a", A), ("b", created("algorithmicMedia"))], None),
        ([("a", A), ("b", ingredient("a", "componentOf")), ("c", ingredient("b", "parentOf"))], Claim.ALTERED),
        ([("a", created("trainedAlgorithmicMedia", "c2pa.edited"))], Claim.ALTERED),
        ([("a", created("compositeWithTrainedAlgorithmicMedia"))], Claim.ALTERED),
        ([("a", created("digitalCapture"))], Claim.CAPTURED),
        ([("a", A | ingredient("b", "parentOf")), ("b", ingredient("a", "parentOf"))], Claim.GENERATED),
        ([("a", A | ingredient("a", "parentOf"))], Claim.GENERATED),
    ],
)
def test_what_a_store_declares_depends_on_what_its_manifests_speak_of(
    manifests: list[tuple[str, Mapping[str, Any]]], claim: Claim | None
) -> None:
    made = store(*(manifest(label, assertions) for label, assertions in manifests))
    assert marks(found(with_store("image/png", made)))["c2pa:digital_source_type"].claim is claim


def test_a_capture_of_which_a_model_changed_a_part_is_declared_altered() -> None:
    photograph = manifest("a", created("digitalCapture"))
    filled = manifest("b", created("compositeWithTrainedAlgorithmicMedia", "c2pa.edited") | ingredient("a", "parentOf"))
    finding = found(with_store("image/png", store(photograph, filled)))
    assert origin_of([finding]).conclusion is Conclusion.DECLARED_ALTERED


def test_a_manifest_that_lies_elsewhere_is_named_and_not_fetched() -> None:
    packet = xmp("dcterms:provenance='https://manifests.example/a.c2pa'>")
    assert found(with_xmp("image/jpeg", packet)).facts["malformed_or_not_read"] == [
        "A C2PA manifest is said to lie elsewhere, and was not fetched: https://manifests.example/a.c2pa"
    ]


GOOD = ("holds", "holds", "not established", "holds")
PART = ("holds in part", "holds", "not established", "holds")
FOUR_FACTS = {
    "adobe-20220124-C": [GOOD],
    "adobe-20220124-CA": [GOOD],
    "adobe-20220124-CACA": [PART, GOOD],
    "adobe-20220124-CACAICAICICA": [PART, PART, PART, GOOD],
    "adobe-20220124-CAIAIIICAICIICAIICICA": [PART, PART, PART, PART, PART, GOOD],
    "adobe-20220124-CAICA": [PART, GOOD],
    "adobe-20220124-CI": [GOOD],
    "adobe-20220124-CICA": [PART, GOOD],
    "adobe-20220124-CII": [GOOD],
    "adobe-20220124-CIE-sig-CA": [("holds in part", "broken", "not established", "broken"), GOOD],
    "adobe-20220124-E-dat-CA": [("broken", "holds", "not established", "holds")],
    "adobe-20220124-E-sig-CA": [("holds", "broken", "not established", "broken")],
    "adobe-20220124-E-uri-CIE-sig-CA": [("broken", "broken", "not established", "broken"), GOOD],
    "adobe-20220124-XCI": [("broken", "holds", "not established", "holds")],
    # The reader that wrote its manifest_store.json in 2023 could not verify this signature; today's can.
    "nikon-20221019-building": [("holds", "holds", "not established", "expired")],
    # The digest that these state leaves out all that stands before the pixels, not the store alone.
    "truepic-20230212-landscape": [PART],
    "truepic-20230212-library": [PART],
}


def test_four_facts_about_each_real_file(field: Path) -> None:
    pytest.importorskip("c2pa", reason="amparo[provenance] is not installed")
    seen = 0
    for path in sorted((field / "c2pa").glob("*.jp*g")):
        raw = path.read_bytes()
        listed = path.with_suffix("") / "manifest_store.json"
        if not listed.is_file():
            assert marks(found(raw)) == {}, path.name
            continue
        (of,) = found(raw).facts["c2pa"]  # type: ignore[misc,union-attr]
        manifests = {each["label"] for each in of["manifests"]}  # type: ignore[index,call-overload]
        assert manifests == set(json.loads(listed.read_text())["manifests"]), path.name
        assert states(raw) == FOUR_FACTS[path.stem], path.name
        seen += 1
    assert seen == 16


def test_a_broken_seal_of_an_ingredient_is_said_of_the_store(field: Path) -> None:
    pytest.importorskip("c2pa", reason="amparo[provenance] is not installed")
    raw = (field / "c2pa" / "adobe-20220124-CIE-sig-CA.jpg").read_bytes()
    assert marks(found(raw))["c2pa"].shows.endswith("Broken seals among the others: 1 of 1.")
