"""Texts that generators write into files, whatever carries them: PNG text, EXIF, XMP, tags of films, low bits.

Each reader takes the text that a generator writes and gives what it states, or nothing where it is another text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from amparo.analysis.origin.node_graphs import graph_statement, workflow_statement
from amparo.analysis.origin.statement import COPIED, Statement, prompt_digests, prompts_of, stated
from amparo.domain.origin import Claim

_JSON_CHARACTERS = 4 * 1024 * 1024
_TEXT_CHARACTERS = 512 * 1024
_FIELDS_CHARACTERS = 64 * 1024
_PARAMETERS = re.compile(r"(?:^|[\n\r ])Steps: \d{1,6}\b")
_OTHER_FIELD = re.compile(r"\b(?:Sampler|Seed|CFG scale|Model hash|Schedule type): ")
_NEGATIVE = "Negative prompt:"
_UPSCALED = re.compile(r"Postprocess upscale(?:r| by): ")
_DREAM_OPTION = re.compile(r"-([sSCA]) ?(\S{1,40})")
_JOB = re.compile(r"\bJob ID: ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AIGC_FIELDS = frozenset(
    {"Label", "ContentProducer", "ProduceID", "ContentPropagator", "PropagateID", "ServiceProvider", "ServiceUser"}
)
_AIGC_LABELS = {"1": "is", "2": "may be", "3": "is suspected to be"}


def statement_of(keyword: str, text: str) -> Statement | None:
    """What a text under a keyword states; `None` where no generator that is known here writes such a text."""
    if len(text) > _JSON_CHARACTERS:
        return None
    text = text.strip("\0\ufeff \r\n\t")
    name = keyword.strip().lower()
    if name in ("software", "source", "hf-job-id", "fooocus_scheme", "dream"):
        return _named(name, text)
    # ComfyUI's films and EXIF name the text in the text itself.
    named, _, rest = text[:20].partition(":")
    if named.lower() in ("prompt", "workflow") and rest.lstrip().startswith("{"):
        name, text = named.lower(), text[len(named) + 1 :].lstrip()
    if text.startswith("AIGC{"):
        text = f'{{"AIGC":{text[4:]}}}'
    if text.startswith("{"):
        return _of_json(name, _json(text))
    text = text[:_TEXT_CHARACTERS]
    return _parameters(text) or _postprocessing(text) or _midjourney(text)


def hidden_statements(text: str) -> Iterator[Statement]:
    """What a text states that was found in the lowest bits: parameters, or all texts of a file as one JSON object."""
    texts = _json(text) if text.startswith("{") else {}
    named = {name: value for name, value in list(texts.items())[:16] if isinstance(value, str)}
    said = [found for name, value in named.items() if (found := statement_of(name, value)) is not None]
    if not said and (found := statement_of("parameters", text)) is not None:
        said = [found]
    yield from said


def _json(text: str) -> dict[str, Any]:
    """The object that the text begins with; empty where there is none."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def holds_prompt(keyword: str, text: str) -> bool:
    """Whether a generator wrote its prompt into a text, or such a text stands there and cannot be read."""
    said = statement_of(keyword, text)
    if said is not None:
        return bool(said.prompts) or said.witness == "comfyui"
    return keyword in _PROMPT_PROPERTIES or is_malformed(keyword, text)


def is_malformed(keyword: str, text: str) -> bool:
    """Whether a text stands where a generator writes JSON, and is none."""
    name = keyword.strip().lower()
    text = text.strip("\0\ufeff \r\n\t")
    return name in _JSON_KEYWORDS and text.startswith("{") and not _json(text)


_PROMPT_PROPERTIES = ("AIPromptInformation",)
_JSON_KEYWORDS = ("prompt", "workflow", "invokeai_metadata", "sd-metadata", "sui_image_params", "aigc")


def _named(name: str, text: str) -> Statement | None:
    """Short texts whose keyword tells what they are."""
    if name in ("software", "source") and text.startswith("NovelAI"):
        return Statement(
            f"novelai_{name}",
            Claim.ALTERED,
            "The file names NovelAI as the program that made it.",
            f"Whether all of the picture was made, or another one changed. {COPIED}",
            stated({"tool": "NovelAI", "model" if name == "source" else "version": text}),
            witness="novelai",
        )
    if name == "hf-job-id" and _UUID.fullmatch(text):
        return Statement(
            "hosted_job",
            None,
            "A job of a hosting service wrote the file.",
            f"What the job did, and with which model. {COPIED}",
            stated({"job": text}),
        )
    if name == "fooocus_scheme" and text:
        return Statement("fooocus", Claim.GENERATED, "Fooocus wrote the file.", states=stated({"tool": "Fooocus"}))
    if name == "dream":
        return _dream(text)
    return None


def _parameters(text: str) -> Statement | None:
    """Generation parameters as Stable Diffusion's web interfaces and stable-diffusion.cpp write them."""
    begins = list(_PARAMETERS.finditer(text))
    if not begins or not _OTHER_FIELD.search(text, begins[-1].start()):
        return None
    at = begins[-1].start()
    positive, _, negative = text[:at].partition(_NEGATIVE)
    fields = _fields(text[at:])
    prompts = prompts_of({"prompt": positive, "negative prompt": negative})
    version = fields.get("version", "")
    tool = "stable-diffusion.cpp" if "stable-diffusion.cpp" in version else "Stable Diffusion (web interface)"
    from_picture = "denoising strength" in fields and not any(name.startswith("hires") for name in fields)
    return Statement(
        "generation_parameters",
        Claim.ALTERED if from_picture or "mask blur" in fields else Claim.GENERATED,
        f"{tool} wrote the parameters of a generation into the file"
        + (", which started from another picture." if from_picture else "."),
        states=stated(
            {
                "tool": tool,
                "version": version,
                "model": fields.get("model"),
                "model_hash": fields.get("model hash"),
                "seed": fields.get("seed"),
                "sampler": fields.get("sampler"),
                "steps": fields.get("steps"),
                "cfg": fields.get("cfg scale"),
                "size": fields.get("size"),
            }
        )
        | prompt_digests(prompts),
        prompts=prompts,
    )


def _fields(text: str) -> dict[str, str]:
    """Names and values as they follow each other, `Steps: 20, Sampler: Euler`; names in small letters."""
    fields: dict[str, str] = {}
    for piece in text[:_FIELDS_CHARACTERS].replace("\n", ",").split(","):
        name, colon, value = piece.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip().strip('"'))
    return fields


def _postprocessing(text: str) -> Statement | None:
    if not _UPSCALED.search(text[:_FIELDS_CHARACTERS]):
        return None
    fields = _fields(text)
    return Statement(
        "postprocessing",
        Claim.ALTERED,
        "A web interface of Stable Diffusion enlarged the picture.",
        states=stated({"tool": "Stable Diffusion (web interface)", "upscaler": fields.get("postprocess upscaler")}),
    )


def _dream(text: str) -> Statement | None:
    quoted, _, written = text[:_FIELDS_CHARACTERS].rpartition('" ')
    options = {option[1]: option[2] for option in _DREAM_OPTION.finditer(written)}
    if not quoted.startswith('"') or not {"s", "S"} <= set(options):
        return None
    prompts = prompts_of({"prompt": quoted[1:]})
    return Statement(
        "dream",
        Claim.ALTERED if "-I " in written else Claim.GENERATED,
        "InvokeAI, or its forerunner, wrote the command of a generation into the file.",
        states=stated(
            {
                "tool": "InvokeAI",
                "seed": options.get("S"),
                "steps": options.get("s"),
                "cfg": options.get("C"),
                "sampler": options.get("A"),
            }
        )
        | prompt_digests(prompts),
        prompts=prompts,
    )


def _midjourney(text: str) -> Statement | None:
    found = _JOB.search(text)
    if found is None:
        return None
    prompts = prompts_of({"prompt": text[: found.start()]})
    from_picture = "http://" in text or "https://" in text
    return Statement(
        "midjourney",
        Claim.ALTERED if from_picture else Claim.GENERATED,
        "Midjourney wrote the number of a job into the file" + (", which was given pictures." if from_picture else "."),
        states=stated({"tool": "Midjourney", "job": found[1].lower()}) | prompt_digests(prompts),
        prompts=prompts,
    )


# Texts in JSON


def _of_json(name: str, value: Mapping[str, Any]) -> Statement | None:
    for read in (_aigc, _swarm, _novelai, _fooocus, _invokeai, _sd_metadata):
        if (found := read(value)) is not None:
            return found
    if name in ("workflow", "comment", "usercomment", "prompt") and (found := workflow_statement(value)) is not None:
        return found
    return graph_statement(value)


def _aigc(value: Mapping[str, Any]) -> Statement | None:
    """China's label of generated content (GB 45438-2025, TC260)."""
    inner = value.get("AIGC", value)
    if isinstance(inner, str):
        inner = _json(inner)
    if not isinstance(inner, dict) or not _AIGC_FIELDS & set(inner):
        return None
    if "AIGC" not in value and not {"Label", "ContentProducer"} <= set(inner):
        return None
    label = str(inner.get("Label", ""))[:8]
    says = _AIGC_LABELS.get(label, "has to do with what is")
    return Statement(
        "aigc_label",
        Claim.ALTERED if label == "1" else None,
        f"China's label says that the content {says} generated or put together by a model.",
        f"Whether all of the picture was made or a part of it changed: the label does not tell them apart. {COPIED}",
        stated(
            {
                "label": label,
                "producer": inner.get("ContentProducer") or inner.get("ServiceProvider"),
                "produce_id": inner.get("ProduceID"),
                "propagator": inner.get("ContentPropagator") or inner.get("ServiceUser"),
                "propagate_id": inner.get("PropagateID"),
            }
        ),
    )


def _swarm(value: Mapping[str, Any]) -> Statement | None:
    inner = value.get("sui_image_params")
    if not isinstance(inner, dict):
        return None
    return _generated(
        "swarmui", "SwarmUI", inner, "prompt", "negativeprompt", changed="initimage" in inner or "init_image" in inner
    )


def _novelai(value: Mapping[str, Any]) -> Statement | None:
    kind = str(value.get("request_type", ""))
    if not isinstance(value.get("prompt"), str) or not ("uc" in value or "request_type" in value):
        return None
    return _generated(
        "novelai_comment", "NovelAI", value, "prompt", "uc", changed="Img2Img" in kind or "Infill" in kind
    )


def _fooocus(value: Mapping[str, Any]) -> Statement | None:
    if "base_model" not in value or not ({"metadata_scheme", "full_prompt", "performance"} & set(value)):
        return None
    return _generated("fooocus", "Fooocus", value, "prompt", "negative_prompt", changed=False)


def _invokeai(value: Mapping[str, Any]) -> Statement | None:
    if not isinstance(value.get("positive_prompt"), str) or not ({"generation_mode", "app_version"} & set(value)):
        return None
    mode = str(value.get("generation_mode", "txt2img"))
    changed = any(word in mode for word in ("img2img", "inpaint", "outpaint"))
    return _generated("invokeai", "InvokeAI", value, "positive_prompt", "negative_prompt", changed=changed)


def _sd_metadata(value: Mapping[str, Any]) -> Statement | None:
    inner = value.get("image")
    if not isinstance(inner, dict) or not ({"model_weights", "model_hash", "app_id"} & set(value)):
        return None
    stated_prompt = inner.get("prompt")
    if isinstance(stated_prompt, list):
        texts = [str(each.get("prompt", "")) for each in stated_prompt[:8] if isinstance(each, dict)]
        stated_prompt = "\n".join(texts)
    model = {"model": value.get("model_weights"), "model_hash": value.get("model_hash")}
    made = {**inner, **model, "prompt": stated_prompt}
    return _generated("sd_metadata", "InvokeAI", made, "prompt", "", changed="img2img" in str(inner.get("type", "")))


def _generated(
    name: str, tool: str, value: Mapping[str, Any], prompt: str, negative: str, *, changed: bool
) -> Statement:
    """What the fields of a JSON object state that a generator wrote."""

    def first(*names: str) -> object:
        for each in names:
            found = value.get(each)
            if isinstance(found, dict):
                found = found.get("model_name") or found.get("name") or found.get("key")
            if found not in (None, ""):
                return found
        return None

    texts = {"prompt": value.get(prompt), "negative prompt": value.get(negative) if negative else None}
    prompts = prompts_of({each: text for each, text in texts.items() if isinstance(text, str)})
    states = {
        "tool": tool,
        "version": first("app_version", "version", "swarm_version"),
        "model": first("model", "base_model"),
        "model_hash": first("model_hash", "base_model_hash"),
        "seed": first("seed"),
        "sampler": first("sampler", "scheduler"),
        "steps": first("steps"),
        "cfg": first("cfg_scale", "cfgscale", "scale", "guidance_scale"),
    }
    return Statement(
        name,
        Claim.ALTERED if changed else Claim.GENERATED,
        f"{tool} wrote the parameters of a generation into the file"
        + (", which started from another picture." if changed else "."),
        states=stated(states) | prompt_digests(prompts),
        prompts=prompts,
        witness="novelai" if tool == "NovelAI" else "",
    )
