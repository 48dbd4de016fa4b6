"""The analyzer that says what a file declares about its making: every mark, in every container that can carry it."""

import csv
import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from amparo.analysis.metadata import Metadata
from amparo.analysis.origin.camera_traces import CameraTraces
from amparo.analysis.origin.declared import Declared
from amparo.analysis.video import VideoFacts
from amparo.domain.cause import Cause
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.origin import Claim, Conclusion, Layer, Traces, origin_of
from contracts.analyzer import AnalyzerContract, BytesInHand
from contracts.camera_files import camera_file
from contracts.declarations import A1111, CONTAINERS, GRAPH, SECRET, UUID, WITH_PICTURE, WORKFLOW, checked, found, marks
from contracts.pictures import colours, samples
from contracts.provenance import (
    FORMS,
    SOURCE,
    brotli_box,
    created,
    film_tags,
    film_text,
    jpeg_segment,
    manifest,
    photoshop,
    plain,
    png_text,
    samsung_trailer,
    stealth_png,
    store,
    with_exif,
    with_store,
    with_xmp,
    xmp,
)


class TestDeclared(AnalyzerContract):
    analyzer = Declared()
    samples = {
        media_type: raw for media_type, raw in samples().items() if media_type not in ("image/x-icon", "image/x-tga")
    } | {
        "image/png": png_text(plain("image/png"), "parameters", f"{SECRET}\nSteps: 4, Sampler: Euler, Seed: 7"),
        "image/jpeg": with_store("image/jpeg", store(manifest("a", created("trainedAlgorithmicMedia")))),
        "video/mp4": film_text("prompt", json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 5}}})),
        "video/webm": film_tags({"prompt": json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 5}}})}),
        "image/vnd.adobe.photoshop": photoshop({0x0424: xmp("dc:format='image/png'>"), 0x0404: b"\x1c\2n\0\1a"}),
        "image/heic": with_xmp("image/heic", xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}compositeSynthetic'>")),
    }


# Texts that generators write


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


@pytest.mark.parametrize(("kind", "claim"), [("trainedAlgorithmicMedia", ALTERED), ("digitalCapture", None)])
def test_what_is_stated_of_a_part_is_not_said_of_the_whole(kind: str, claim: Claim | None) -> None:
    part = f"<rdf:Bag><rdf:li rdf:parseType='Resource' {source(kind)}</rdf:li></rdf:Bag>"
    packet = xmp(f"xmlns:xmpMM='http://ns.adobe.com/xap/1.0/mm/'><xmpMM:Pantry>{part}</xmpMM:Pantry>")
    checked(with_xmp("image/jpeg", packet), "image/jpeg", "xmp:digital_source_type", claim)


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
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_text_in_the_lowest_bits_is_read(mark: str, size: tuple[int, int], form: str) -> None:
    channels = "alpha" if "png" in mark else "RGB"
    raw = stealth_png(A1111, mark, *size, form=form)
    checked(raw, FORMS[form], f"lowest bits of {channels}:generation_parameters", GENERATED, prompt=True)
    texts = json.dumps({"Software": "NovelAI", "Comment": json.dumps(NOVELAI)})
    said = marks(found(stealth_png(texts, mark, *size, form=form)))
    assert said[f"lowest bits of {channels}:novelai_comment"].claim is GENERATED


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


def test_a_mark_copied_to_a_photograph_stands_against_the_traces_of_its_camera() -> None:
    photograph = camera_file(colours(600, 800))
    content = BytesInHand(jpeg_segment(photograph, 0xFE, A1111.encode()), "image/jpeg")
    findings = [Declared().examine(content), CameraTraces().examine(content)]
    assert all(isinstance(each, Finding) for each in findings)
    assert Layer.of(findings[1]).traces is Traces.COHERENT  # type: ignore[arg-type]
    assert origin_of(findings[:1]).conclusion is Conclusion.DECLARED_GENERATED  # type: ignore[arg-type]
    assert origin_of(findings).conclusion is Conclusion.NO_CONCLUSION  # type: ignore[arg-type]


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


def test_films_show_no_prompt_either() -> None:
    raw = film_text("prompt", json.dumps(GRAPH))
    finding = VideoFacts().examine(BytesInHand(raw, "video/mp4"))
    assert isinstance(finding, Finding)
    assert SECRET not in json.dumps(finding.facts)
    assert "withheld" in json.dumps(finding.facts)


def test_marks_in_photoshop_documents_are_read() -> None:
    kind = "image/vnd.adobe.photoshop"
    packet = xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}compositeWithTrainedAlgorithmicMedia'>")
    checked(photoshop({1005: b"12345", 0x0424: packet}), kind, "xmp:digital_source_type", ALTERED)
    assert marks(found(photoshop({0x0424: packet[:40]}), kind)) == {}
    cut = Declared().examine(BytesInHand(photoshop({0x0424: packet})[:60], kind))
    assert isinstance(cut, NotExamined)


@pytest.mark.parametrize("keyword", ["prompt", "comment"])
def test_tags_of_matroska_and_webm_films_are_read(keyword: str) -> None:
    raw = film_tags({keyword: json.dumps(GRAPH), "title": "waves"})
    mark = checked(raw, "video/webm", "text:comfyui_prompt", GENERATED, prompt=True)
    assert raw[mark.offset : mark.offset + mark.size_bytes].startswith(b"{")
    assert marks(found(film_tags({"title": "waves"}), "video/x-matroska")) == {}


def test_what_brotli_has_compressed_in_jpeg_xl_is_read() -> None:
    packet = xmp(f"Iptc4xmpExt:DigitalSourceType='{SOURCE}trainedAlgorithmicMedia'>")
    raw = plain("image/jxl") + brotli_box(b"xml ", packet)
    checked(raw, "image/jxl", "xmp:digital_source_type", GENERATED)
    tags = with_exif("image/tiff", {0x010F: "Ideogram AI"})
    checked(plain("image/jxl") + brotli_box(b"Exif", bytes(4) + tags), "image/jxl", "exif:ideogram", GENERATED)
    made = store(manifest("urn:a", created("trainedAlgorithmicMedia")))
    raw = plain("image/jxl") + brotli_box(b"jumb", made[8:])
    checked(raw, "image/jxl", "c2pa:digital_source_type", GENERATED)
    assert "compressed by Brotli, and" in " ".join(
        found(raw[:-6] + bytes(6), "image/jxl").facts["malformed_or_not_read"]
    )  # type: ignore[arg-type]


def test_what_brotli_makes_too_large_is_not_unpacked() -> None:
    raw = plain("image/jxl") + brotli_box(b"xml ", bytes(64 * 1024 * 1024))
    (said,) = found(raw, "image/jxl").facts["malformed_or_not_read"]  # type: ignore[misc]
    assert "larger than 4194304 bytes" in str(said)


def test_without_the_extra_what_brotli_has_compressed_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = plain("image/jxl") + brotli_box(b"xml ", b"<x/>")
    monkeypatch.setitem(__import__("sys").modules, "brotli", None)
    for finding in (found(raw, "image/jxl"), Metadata().examine(BytesInHand(raw, "image/jxl"))):
        assert isinstance(finding, Finding)
        assert finding.unfinished is not None
        assert finding.unfinished.cause is Cause.UNSUPPORTED
        assert "install amparo[provenance]" in finding.unfinished.reason
