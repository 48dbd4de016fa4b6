"""What a file declares, as tests look at it; texts as generators write them, of benign prompts."""

import hashlib
import json

from amparo.analysis.media_type import media_type as media_type_of
from amparo.analysis.metadata import Metadata
from amparo.analysis.origin.declared import Declared
from amparo.domain.finding import Finding
from amparo.domain.origin import Claim, Layer, Mark
from contracts.analyzer import BytesInHand
from contracts.provenance import (
    FORMS,
)

SECRET = "a quiet harbour at dawn"
UUID = "6f1e2d3c-0000-4000-8000-00000000a1fa"
CONTAINERS = (*FORMS.values(), "video/mp4", "image/gif", "image/jp2")

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
