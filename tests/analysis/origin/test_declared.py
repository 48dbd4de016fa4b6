"""The analyzer that says what a file declares about its making: every mark, in every container that can carry it."""

import csv
import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from amparo.analysis.media_type import media_type as media_type_of
from amparo.analysis.metadata import Metadata
from amparo.analysis.origin.declared import Declared
from amparo.analysis.video import VideoFacts
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.origin import Claim, Conclusion, Layer, Mark, origin_of
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.pictures import png_chunk, samples
from contracts.provenance import (
    FORMS,
    SOURCE,
    action,
    created,
    film_text,
    ingredient,
    jpeg_segment,
    manifest,
    plain,
    png_text,
    samsung_trailer,
    signed,
    stealth_png,
    store,
    with_exif,
    with_store,
    with_xmp,
    xmp,
)

SECRET = "a quiet harbour at dawn"
UUID = "6f1e2d3c-0000-4000-8000-00000000a1fa"
CONTAINERS = (*FORMS.values(), "video/mp4", "image/gif", "image/jp2")


class TestDeclared(AnalyzerContract):
    analyzer = Declared()
    samples = {
        media_type: raw for media_type, raw in samples().items() if media_type not in ("image/x-icon", "image/x-tga")
    } | {
        "image/png": png_text(plain("image/png"), "parameters", f"{SECRET}\nSteps: 4, Sampler: Euler, Seed: 7"),
        "image/jpeg": with_store("image/jpeg", store(manifest("a", created("trainedAlgorithmicMedia")))),
        "video/mp4": film_text("prompt", json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 5}}})),
        "image/heic": with_xmp("image/heic", xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}compositeSynthetic'>")),
    }


def found(raw: bytes, media_type: str = "") -> Finding:
    finding = Declared().examine(BytesInHand(raw, media_type or media_type_of(raw[: 68 * 1024], len(raw))))
    assert isinstance(finding, Finding), finding
    return finding


def marks(finding: Finding) -> dict[str, Mark]:
    return {mark.name: mark for mark in Layer.of(finding).marks}


def checked(raw: bytes, media_type: str, name: str, claim: Claim | None, *, prompt: bool = False) -> Mark:
    """The mark of that name, whose digest is that of its bytes; the prompt stands in nothing that is shown."""
    finding = found(raw, media_type)
    assert name in marks(finding), (finding.sentence, finding.facts)
    mark = marks(finding)[name]
    assert mark.claim is claim
    if not name.startswith("lowest bits"):
        assert mark.sha256 == hashlib.sha256(raw[mark.offset : mark.offset + mark.size_bytes]).hexdigest()
        assert mark.size_bytes
    assert mark.shows.endswith(".")
    assert mark.does_not_show.endswith(".")
    others = [Metadata().examine(BytesInHand(raw, media_type))] if media_type.startswith("image/") else []
    for said in (finding, *others):
        assert isinstance(said, Finding)
        assert SECRET not in said.sentence + json.dumps(said.facts)
        assert SECRET not in repr(said)
    assert any(SECRET in each.text for each in finding.withheld) is prompt
    return mark


# Texts that generators write


A1111 = (
    f"{SECRET}, gulls\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 4242, Size: 512x512,"
    " Model hash: abc123, Model: landscape_v1, Version: 1.9.3"
)
GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 4242,
            "steps": 20,
            "cfg": 7,
            "sampler_name": "euler",
            "model": ["4", 0],
            "positive": ["6", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "landscape_v1.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": SECRET, "clip": ["4", 1]}},
}
WITH_PICTURE = GRAPH | {"9": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}}
WORKFLOW = {
    "nodes": [
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": [SECRET]},
        {"id": 3, "type": "KSampler", "widgets_values": [4242, "fixed", 20, 7, "euler"]},
    ],
    "links": [],
}
INVOKE = {
    "generation_mode": "txt2img", "positive_prompt": SECRET, "negative_prompt": "", "seed": 4242, "steps": 20,
    "model": {"name": "landscape_v1", "hash": "blake3:1"}, "scheduler": "euler", "app_version": "5.0",
}  # fmt: skip
SD_METADATA = {
    "model_weights": "landscape_v1", "model_hash": "abc", "app_id": "invoke-ai/InvokeAI",
    "image": {"prompt": [{"prompt": SECRET}], "seed": 4242, "steps": 20, "sampler": "k_euler", "type": "txt2img"},
}  # fmt: skip
NOVELAI = {
    "prompt": SECRET,
    "uc": "blurry",
    "steps": 28,
    "scale": 5,
    "seed": 4242,
    "request_type": "PromptGenerateRequest",
}
FOOOCUS = {"base_model": "landscape_v1", "prompt": SECRET, "seed": 4242, "metadata_scheme": "fooocus", "steps": 30}
SWARM = {"sui_image_params": {"prompt": SECRET, "model": "landscape_v1", "seed": 4242, "steps": 20, "cfgscale": 7}}
AIGC = {"Label": "1", "ContentProducer": "001191110102MACQD9K64010000", "ProduceID": "P-1"}
GENERATED, ALTERED, CAPTURED = Claim.GENERATED, Claim.ALTERED, Claim.CAPTURED

TEXTS: Sequence[tuple[str, str, str, Claim | None, bool]] = (
    ("parameters", A1111, "generation_parameters", GENERATED, True),
    ("parameters", A1111 + ", Denoising strength: 0.5", "generation_parameters", ALTERED, True),
    ("parameters", A1111 + ", Denoising strength: 0.5, Hires upscale: 2", "generation_parameters", GENERATED, True),
    ("parameters", A1111.replace("1.9.3", "stable-diffusion.cpp"), "generation_parameters", GENERATED, True),
    ("parameters", A1111.replace("\n", "\r\n"), "generation_parameters", GENERATED, True),
    ("postprocessing", "Postprocess upscale by: 4, Postprocess upscaler: Made Up 4x", "postprocessing", ALTERED, False),
    ("prompt", json.dumps(GRAPH), "comfyui_prompt", GENERATED, True),
    ("prompt", json.dumps(WITH_PICTURE), "comfyui_prompt", ALTERED, True),
    ("workflow", json.dumps(WORKFLOW), "comfyui_workflow", None, True),
    ("invokeai_metadata", json.dumps(INVOKE), "invokeai", GENERATED, True),
    ("invokeai_metadata", json.dumps(INVOKE | {"generation_mode": "img2img"}), "invokeai", ALTERED, True),
    ("sd-metadata", json.dumps(SD_METADATA), "sd_metadata", GENERATED, True),
    ("Dream", f'"{SECRET}" -s 50 -S 4242 -W 512 -H 512 -C 7.5 -A k_lms', "dream", GENERATED, True),
    ("Software", "NovelAI", "novelai_software", ALTERED, False),
    ("Source", "NovelAI Diffusion V4 37442FCA", "novelai_source", ALTERED, False),
    ("Comment", json.dumps(NOVELAI), "novelai_comment", GENERATED, True),
    ("Comment", json.dumps(NOVELAI | {"request_type": "Img2ImgRequest"}), "novelai_comment", ALTERED, True),
    ("fooocus_scheme", "fooocus", "fooocus", GENERATED, False),
    ("parameters", json.dumps(FOOOCUS), "fooocus", GENERATED, True),
    ("parameters", json.dumps(SWARM), "swarmui", GENERATED, True),
    ("sui_image_params", json.dumps(SWARM), "swarmui", GENERATED, True),
    ("Description", f"{SECRET} --v 6.1 --ar 3:2 Job ID: {UUID}", "midjourney", GENERATED, True),
    ("Description", f"https://a.example/b.png {SECRET} Job ID: {UUID}", "midjourney", ALTERED, True),
    ("hf-job-id", UUID, "hosted_job", None, False),
    ("AIGC", json.dumps(AIGC), "aigc_label", ALTERED, False),
    ("AIGC", json.dumps({"AIGC": AIGC | {"Label": "3"}}), "aigc_label", None, False),
)  # fmt: skip


@pytest.mark.parametrize(("keyword", "text", "name", "claim", "prompt"), TEXTS, ids=lambda value: str(value)[:24])
def test_every_text_of_a_generator_in_png_and_mp4(
    keyword: str, text: str, name: str, claim: Claim | None, prompt: bool
) -> None:
    for kind in (b"tEXt", b"zTXt", b"iTXt", b"iTXz"):
        raw = png_text(plain("image/png"), keyword, text, kind)
        checked(raw, "image/png", f"text:{name}", claim, prompt=prompt)
    checked(film_text(keyword, text), "video/mp4", f"text:{name}", claim, prompt=prompt)


def test_what_a_text_names_is_a_fact_that_is_the_same_from_every_tool() -> None:
    named = [
        found(png_text(plain("image/png"), "parameters", text)).facts["named"]
        for text in (A1111, json.dumps(SWARM), json.dumps(GRAPH), json.dumps(INVOKE))
    ]
    assert all(each["seed"] == ["4242"] for each in named)  # type: ignore[index,call-overload]
    digests = [set(each["prompt_sha256"]) for each in named]  # type: ignore[index,call-overload,arg-type]
    assert hashlib.sha256(SECRET.encode()).hexdigest() in digests[1] & digests[2] & digests[3]
    assert named[0]["model"] == ["landscape_v1"]  # type: ignore[index,call-overload]
    assert named[0]["model_hash"] == ["abc123"]  # type: ignore[index,call-overload]


def test_a_graph_is_found_again_with_another_prompt_and_seed_and_other_numbers_of_nodes() -> None:
    def workflow(graph: Mapping[str, Any]) -> object:
        return found(png_text(plain("image/png"), "prompt", json.dumps(graph))).facts["named"]["workflow_sha256"]  # type: ignore[index,call-overload]

    other = json.loads(json.dumps(GRAPH).replace(SECRET, "hills").replace("4242", "7").replace('"4"', '"14"'))
    assert workflow(GRAPH) == workflow(other) != workflow(WITH_PICTURE)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("parameters", "the parameters of an instrument: gain 4"),
        ("parameters", "Steps: 5 to the harbour"),
        ("prompt", "say cheese"),
        ("prompt", json.dumps({"question": "why"})),
        ("workflow", json.dumps({"nodes": []})),
        ("Software", "Adobe Photoshop"),
        ("Comment", json.dumps({"prompt": "a word"})),
        ("Description", "Job ID: 12"),
        ("AIGC", json.dumps({"Label": "1"})),
        ("Dream", "a dream of -s -S"),
    ],
)
def test_texts_that_no_generator_wrote_are_no_marks(keyword: str, text: str) -> None:
    assert marks(found(png_text(plain("image/png"), keyword, text))) == {}


# EXIF


def utf_16(text: str, order: str) -> bytes:
    return b"UNICODE\0" + text.encode(f"utf-16-{order}")


SIGNED_BY_XAI = {0x010E: "Signature: " + "Ab9+" * 80 + "==", 0x013B: UUID}
TAGS: Sequence[tuple[Mapping[int, Any], str, Claim | None, bool]] = (
    ({0x9286: utf_16(A1111, "be")}, "generation_parameters", GENERATED, True),
    ({0x9286: utf_16(A1111, "le")}, "generation_parameters", GENERATED, True),
    ({0x9286: b"ASCII\0\0\0" + A1111.encode()}, "generation_parameters", GENERATED, True),
    ({0x9286: A1111.encode()}, "generation_parameters", GENERATED, True),
    ({0x9286: b"ASCII\0\0\0" + json.dumps(SWARM).encode()}, "swarmui", GENERATED, True),
    ({0x9286: b"ASCII\0\0\0" + json.dumps({"AIGC": AIGC}).encode()}, "aigc_label", ALTERED, False),
    ({0x010E: json.dumps({"AIGC": {"ServiceProvider": "a", "ServiceUser": "b"}})}, "aigc_label", None, False),
    ({0x010F: "Ideogram AI"}, "ideogram", GENERATED, False),
    (SIGNED_BY_XAI, "xai_signature", ALTERED, False),
    ({0x0110: "prompt:" + json.dumps(GRAPH)}, "comfyui_prompt", GENERATED, True),
    ({0x010F: "Workflow: " + json.dumps(WORKFLOW)}, "comfyui_workflow", None, True),
    ({0x9C9C: A1111.encode("utf-16-le") + b"\0\0"}, "generation_parameters", GENERATED, True),
    ({0x0131: "NovelAI"}, "novelai_software", ALTERED, False),
)


@pytest.mark.parametrize("media_type", FORMS.values())
def test_every_mark_in_exif_of_every_format(media_type: str) -> None:
    for tags, name, claim, prompt in TAGS:
        checked(with_exif(media_type, tags), media_type, f"exif:{name}", claim, prompt=prompt)


def test_half_of_xai_s_pair_is_no_mark() -> None:
    for tag in SIGNED_BY_XAI:
        assert marks(found(with_exif("image/jpeg", {tag: SIGNED_BY_XAI[tag]}))) == {}


# XMP and IPTC


ESCAPED = json.dumps(AIGC).replace('"', "&quot;")
SYSTEM = f"AISystemUsed='Alfama' Iptc4xmpExt:AIPromptInformation='{SECRET}'"
JOB = f"<rdf:Alt><rdf:li xml:lang='x-default'>{SECRET} Job ID: {UUID}</rdf:li></rdf:Alt>"


def source(kind: str) -> str:
    return f"Iptc4xmpExt:DigitalSourceType='{SOURCE}{kind}'>"


ELEMENT = f"><Iptc4xmpExt:DigitalSourceType>{SOURCE}compositeSynthetic</Iptc4xmpExt:DigitalSourceType>"
PROPERTIES: Sequence[tuple[str, str, Claim | None, bool]] = (
    (source("trainedAlgorithmicMedia"), "digital_source_type", GENERATED, False),
    (source("compositeWithTrainedAlgorithmicMedia"), "digital_source_type", ALTERED, False),
    (ELEMENT, "digital_source_type", ALTERED, False),
    (source("digitalCapture"), "digital_source_type", CAPTURED, False),
    (f"Iptc4xmpExt:{SYSTEM}>", "ai_system_used", ALTERED, True),
    (f"TC260:AIGC='{ESCAPED}'>", "aigc_label", ALTERED, False),
    (f"><TC260:AIGC>{ESCAPED}</TC260:AIGC>", "aigc_label", ALTERED, False),
    ("photoshop:Credit='Apple Photos Clean Up'>", "apple_clean_up", ALTERED, False),
    ("photoshop:Credit='Apple Image Playground'>", "apple_image_playground", GENERATED, False),
    ("photoshop:Credit='Made with Google AI'>", "google_made", GENERATED, False),
    (f"><dc:description>{JOB}</dc:description>", "midjourney", GENERATED, True),
)


@pytest.mark.parametrize("media_type", CONTAINERS)
def test_every_mark_in_xmp_of_every_container(media_type: str) -> None:
    for properties, name, claim, prompt in PROPERTIES:
        checked(with_xmp(media_type, xmp(properties)), media_type, f"xmp:{name}", claim, prompt=prompt)


def test_algorithmic_media_without_a_trained_model_declares_nothing() -> None:
    packet = xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}algorithmicMedia'>")
    assert marks(found(with_xmp("image/jpeg", packet))) == {}


def test_xmp_that_goes_on_in_other_segments_is_read() -> None:
    packet = xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}trainedAlgorithmicMedia'>")
    raw = plain("image/jpeg")
    for start in (100, 0):
        part = packet[start : start + 100 if start == 0 else None]
        head = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + struct.pack(">II", len(packet), start)
        raw = jpeg_segment(raw, 0xE1, head + part)
    assert marks(found(raw))["xmp:digital_source_type"].claim is GENERATED


def test_a_line_of_credit_in_iptc_is_read() -> None:
    credit = b"\x1c\x02\x6e\x00\x15Apple Photos Clean Up"
    resource = b"Photoshop 3.0\08BIM\x04\x04\0\0" + struct.pack(">I", len(credit)) + credit
    checked(jpeg_segment(plain("image/jpeg"), 0xED, resource), "image/jpeg", "iptc:apple_clean_up", ALTERED)


def test_china_s_label_in_a_segment_of_its_own_is_read() -> None:
    raw = jpeg_segment(plain("image/jpeg"), 0xE9, b"AIGC" + json.dumps(AIGC).encode())
    mark = checked(raw, "image/jpeg", "text:aigc_label", ALTERED)
    assert mark.states["producer"] == AIGC["ContentProducer"]


# Trailers and lowest bits


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/heic"])
def test_samsung_s_record_of_a_model_s_edits_is_read(media_type: str) -> None:
    def raw(kind: int) -> bytes:
        edits = json.dumps({"representativeFrameLoc": -1, "genAIType": kind}).encode()
        parts = {b"Image_UTC_Data": b"1700000000000", b"PhotoEditor_Re_Edit_Data": edits}
        return samsung_trailer(plain(media_type), parts)

    mark = checked(raw(1), media_type, "samsung:samsung_genai", ALTERED)
    assert mark.states["genai_type"] == "1"
    assert marks(found(raw(0), media_type)) == {}


@pytest.mark.parametrize("mark", ["stealth_pnginfo", "stealth_pngcomp", "stealth_rgbinfo", "stealth_rgbcomp"])
@pytest.mark.parametrize("size", [(160, 128), (90, 200)])
def test_a_text_in_the_lowest_bits_is_read(mark: str, size: tuple[int, int]) -> None:
    channels = "alpha" if "png" in mark else "RGB"
    raw = stealth_png(A1111, mark, *size)
    checked(raw, "image/png", f"lowest bits of {channels}:generation_parameters", GENERATED, prompt=True)
    texts = json.dumps({"Software": "NovelAI", "Comment": json.dumps(NOVELAI)})
    said = marks(found(stealth_png(texts, mark, *size)))
    assert said[f"lowest bits of {channels}:novelai_comment"].claim is GENERATED


# C2PA


@pytest.mark.parametrize("media_type", CONTAINERS)
def test_a_store_is_found_in_every_container(media_type: str) -> None:
    raw = with_store(media_type, store(manifest("urn:a", created("trainedAlgorithmicMedia"))))
    said = checked(raw, media_type, "c2pa:digital_source_type", GENERATED)
    assert "It was not verified." in said.shows
    (of,) = found(raw, media_type).facts["c2pa"]  # type: ignore[misc,union-attr]
    assert of["number_of_manifests"] == 1  # type: ignore[index,call-overload]


@pytest.mark.parametrize("media_type", [each for each in CONTAINERS if each != "image/jp2"])  # it signs none
def test_what_is_signed_is_verified_in_every_container(media_type: str) -> None:
    raw = signed(media_type, [action("c2pa.created", "trainedAlgorithmicMedia")])
    checked(raw, media_type, "c2pa:digital_source_type", GENERATED)
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
    assert mark.claim is GENERATED
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


A = created("trainedAlgorithmicMedia")


@pytest.mark.parametrize(
    ("manifests", "claim"),
    [
        ([("a", A), ("b", ingredient("a", "parentOf"))], GENERATED),
        ([("a", A), ("b", ingredient("a", "componentOf"))], ALTERED),
        ([("a", A), ("b", ingredient("a", "inputTo"))], None),
        ([("a", A), ("b", created("algorithmicMedia"))], None),
        ([("a", A), ("b", ingredient("a", "componentOf")), ("c", ingredient("b", "parentOf"))], ALTERED),
        ([("a", created("trainedAlgorithmicMedia", "c2pa.edited"))], ALTERED),
        ([("a", created("compositeWithTrainedAlgorithmicMedia"))], ALTERED),
        ([("a", created("digitalCapture"))], CAPTURED),
        ([("a", A | ingredient("b", "parentOf")), ("b", ingredient("a", "parentOf"))], GENERATED),
        ([("a", A | ingredient("a", "parentOf"))], GENERATED),
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


# Contradictions, copies, absence


def test_marks_that_contradict_each_other_lead_to_no_conclusion() -> None:
    raw = with_xmp("image/png", xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}digitalCapture'>"))
    finding = found(png_text(raw, "parameters", A1111))
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION


def test_marks_that_were_taken_out_leave_a_file_that_declares_nothing() -> None:
    finding = found(plain("image/png"))
    assert marks(finding) == {}
    assert finding.sentence == (
        "Nothing in the file declares how it was made; marks are easily removed, so that shows nothing."
    )
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION


def test_a_mark_says_that_it_can_be_copied_and_that_screenshots_carry_it() -> None:
    photograph = png_text(plain("image/png"), "workflow", json.dumps(WORKFLOW))
    finding = found(photograph)
    assert origin_of([finding]).conclusion is Conclusion.NO_CONCLUSION
    (mark,) = marks(finding).values()
    assert "screenshots" in mark.does_not_show
    assert "copy it from another file" in mark.does_not_show
    assert "A mark shows that a tool touched the file, not how its pixels were made." in finding.sentence


def test_no_photograph_declares_a_generator_and_every_known_mark_is_read(field: Path) -> None:
    """Half of the photographs here, and all in `benchmarks/origin.py`."""
    with (field / "origin" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        marked = bool(row["png_text"])
        if not marked and number % 2:
            continue
        finding = found((field / "origin" / row["file"]).read_bytes())
        claims = {mark.claim for mark in marks(finding).values()}
        assert row["label"] != "real" or not claims & {GENERATED, ALTERED}, row["file"]
        assert not marked or claims & {GENERATED, ALTERED}, row["file"]


# Hostile bytes


def problems(raw: bytes, media_type: str = "") -> str:
    return " ".join(found(raw, media_type).facts.get("malformed_or_not_read", ()))  # type: ignore[arg-type]


def test_a_text_larger_than_any_prompt_is_said_not_to_be_read() -> None:
    raw = png_text(plain("image/png"), "parameters", A1111 + "x" * (5 << 20))
    assert "tEXt chunk of" in problems(raw)
    assert "at offset 41 was not read: it is larger than 4 MiB." in problems(raw)
    bomb = png_text(plain("image/png"), "parameters", "x" * 100_000_000, b"zTXt")
    assert "it was read in part" in problems(bomb)


def test_an_endless_packet_and_a_broken_one_are_said_to_be_malformed() -> None:
    endless = xmp("dc:x='" + "a" * 1_100_000 + "'>")
    assert "is malformed, or larger than a mebibyte" in problems(with_xmp("image/webp", endless))
    assert "The XMP packet at offset" in problems(with_xmp("image/webp", xmp(">")[:-20]))


def test_thousands_of_marks_cost_no_more_than_some() -> None:
    raw = plain("image/png")
    chunk = png_chunk(b"tEXt", b"parameters\0" + A1111.encode())
    finding = found(raw[:33] + chunk * 5000 + raw[33:])
    assert len(Layer.of(finding).marks) == 64
    assert len(finding.withheld) == 32
    assert "There are more than 64 marks" in problems(raw[:33] + chunk * 5000 + raw[33:])


@pytest.mark.parametrize("damage", [4, 60, 100, 130])
def test_a_broken_store_is_said_to_be_malformed_where_it_is(damage: int) -> None:
    made = bytearray(store(manifest("a", created("trainedAlgorithmicMedia"))))
    made[damage : damage + 4] = b"\xff\xff\xff\xff"
    outcome = Declared().examine(BytesInHand(with_store("image/png", bytes(made)), "image/png"))
    assert isinstance(outcome, Finding)
    store_said = outcome.facts.get("malformed_or_not_read") or marks(outcome)
    assert store_said or damage == 4  # without its first type it is no JUMBF


def test_manifests_in_manifests_without_end_are_read_to_a_depth() -> None:
    from contracts.provenance import labelled

    made = b""
    for _ in range(60):
        made = labelled(b"c2ma", "a", made)
    assert "nested too deeply" in problems(with_store("image/png", store(made)))


def test_structures_cut_short_are_not_said_to_declare_nothing() -> None:
    outcome = Declared().examine(BytesInHand(plain("image/png")[:-30], "image/png"))
    assert isinstance(outcome, NotExamined)
    assert "could not be followed to its end" in outcome.reason


def test_a_trailer_that_is_none_and_bits_that_state_too_much_cost_nothing() -> None:
    raw = plain("image/jpeg")
    assert marks(found(raw + b"SEFT")) == {}
    assert marks(found(raw + b"SEFH" + bytes(8) + struct.pack("<I", 2**31) + b"SEFT")) == {}
    made = stealth_png("", "stealth_pnginfo")
    assert "of no generator that is known here" in problems(made)


def test_films_show_no_prompt_either() -> None:
    raw = film_text("prompt", json.dumps(GRAPH))
    finding = VideoFacts().examine(BytesInHand(raw, "video/mp4"))
    assert isinstance(finding, Finding)
    assert SECRET not in json.dumps(finding.facts)
    assert "withheld" in json.dumps(finding.facts)
