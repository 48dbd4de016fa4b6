"""ComfyUI's texts: the graph that ran (`prompt`) and the graph as its editor shows it (`workflow`)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from amparo.analysis.origin.statement import COPIED, Statement, prompt_digests, prompts_of, stated
from amparo.domain.canonical import NotCanonical, canonical
from amparo.domain.origin import Claim

_NODES = 5000
_MODELS = ("ckpt_name", "unet_name", "model_name", "lora_name", "gguf_name")
_SEEDS = ("seed", "noise_seed")
_TEXTS = ("text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "positive", "negative", "positive_prompt", "value")
_WRITERS = ("TextEncode", "Prompt", "PrimitiveString", "Text Multiline", "ShowText")


def graph_statement(graph: Mapping[str, Any]) -> Statement | None:
    """What a graph that ran states; `None` where it is none."""
    nodes = [
        (str(key)[:32], str(node["class_type"])[:120], node["inputs"])
        for key, node in list(graph.items())[:_NODES]
        if isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)
    ]
    if not nodes:
        return None
    values = {name: [inputs[name] for _, _, inputs in nodes if name in inputs] for name in (*_MODELS, *_SEEDS)}
    samplers = [inputs for _, kind, inputs in nodes if "sampler" in kind.lower()]
    prompts = prompts_of(
        {
            f"node {key} {kind} {name}": inputs[name]
            for key, kind, inputs in nodes
            if any(writer in kind for writer in _WRITERS)
            for name in _TEXTS
            if isinstance(inputs.get(name), str)
        }
    )
    states = stated(
        {
            "tool": "ComfyUI",
            "model": [model for name in _MODELS for model in values[name]],
            "seed": [seed for name in _SEEDS for seed in values[name]],
            "sampler": [inputs.get("sampler_name") for inputs in samplers],
            "steps": [inputs.get("steps") for inputs in samplers],
            "workflow_sha256": _shape(nodes),
        }
    )
    kinds = [kind.lower() for _, kind, _ in nodes]
    return Statement(
        "comfyui_prompt",
        _claim(kinds),
        f"ComfyUI ran a graph of {len(nodes)} nodes whose output carries it.",
        "Whether the pixels are the graph's output: screenshots and pictures that were put in its place carry it, too."
        f" {COPIED}",
        states | prompt_digests(prompts),
        prompts,
        "comfyui",
    )


def _claim(kinds: list[str]) -> Claim | None:
    """All of a picture is made by a sampler that starts from nothing; with a picture put in, it may be altered."""
    samples = any("sampler" in kind for kind in kinds)
    loads = any("loadimage" in kind.replace(" ", "") or "loadvideo" in kind.replace(" ", "") for kind in kinds)
    enlarges = any("upscalemodel" in kind or "upscale_model" in kind or "withmodel" in kind for kind in kinds)
    if samples:
        return Claim.ALTERED if loads else Claim.GENERATED
    return Claim.ALTERED if enlarges else None


def workflow_statement(workflow: Mapping[str, Any]) -> Statement | None:
    """What a graph of the editor states; `None` where it is none."""
    listed = workflow.get("nodes")
    nodes = [node for node in (listed if isinstance(listed, list) else [])[:_NODES] if isinstance(node, dict)]
    kinds = [str(node["type"])[:120] for node in nodes if isinstance(node.get("type"), str)]
    if not kinds:
        return None
    written = {
        f"node {node.get('id')} {node['type'][:120]} {place}": value
        for node in nodes
        if isinstance(node.get("type"), str) and any(writer in node["type"] for writer in _WRITERS)
        for place, value in enumerate(_widgets(node))
        if isinstance(value, str)
    }
    prompts = prompts_of(written)
    shape = hashlib.sha256("\n".join(sorted(kinds)).encode("utf-8", "replace")).hexdigest()
    return Statement(
        "comfyui_workflow",
        None,
        f"The file carries a graph of {len(kinds)} nodes for ComfyUI's editor.",
        "That the graph ran, or that the pixels are its output: screenshots of graphs carry them in this way, too."
        f" {COPIED}",
        stated({"tool": "ComfyUI", "editor_graph_sha256": shape}) | prompt_digests(prompts),
        prompts,
        "comfyui",
    )


def _widgets(node: Mapping[str, Any]) -> list[Any]:
    values = node.get("widgets_values")
    if isinstance(values, dict):
        values = list(values.values())
    return values[:64] if isinstance(values, list) else []


def _shape(nodes: list[tuple[str, str, Any]]) -> str:
    """SHA-256 of which kinds of nodes are joined how, whatever their numbers, prompts and seeds."""
    kinds = {key: kind for key, kind, _ in nodes}
    rows = sorted(
        [kind, sorted([str(name), kinds.get(_source(value), "")] for name, value in inputs.items())]
        for _, kind, inputs in nodes
    )
    try:
        return hashlib.sha256(canonical(rows)).hexdigest()
    except NotCanonical:  # a lone surrogate in a name
        return ""


def _source(value: Any) -> str:
    """The node that an input is taken from; empty where it is a value."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int):
        return str(value[0])[:32]
    return ""
