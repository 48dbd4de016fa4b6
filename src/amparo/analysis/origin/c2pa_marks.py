"""C2PA's store of manifests as marks: what each manifest declares of the picture, and whether its seal holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amparo.analysis.blocks import Block
from amparo.analysis.origin.c2pa_store import Manifest, Store, read_store
from amparo.analysis.origin.c2pa_verification import Answer, OwnCheck, State, Verdict, ask_library, verdict
from amparo.analysis.origin.source_types import source_claim, source_shows, source_type
from amparo.analysis.origin.statement import stated
from amparo.analysis.readable import readable
from amparo.domain.errors import MissingExtra, Unreadable
from amparo.domain.finding import Content, Fact
from amparo.domain.origin import Claim, Mark

_SHOWN_MANIFESTS = 64
_SHOWN = 16
_MARKS = 16
_CREATED = "c2pa.created"

ACTIVE, PARENT, PART, INPUT, LOOSE = "active", "parent", "part", "input", "not referred to"
"""What a manifest speaks of: the file, what it was made from, a part of it, what a model was given, or nothing."""


@dataclass(frozen=True, slots=True)
class C2pa:
    """What one store gives."""

    marks: tuple[Mark, ...]
    facts: Mapping[str, Fact]
    reasons: tuple[str, ...]
    """Sentences: what is malformed, and what was not verified."""
    missing: str = ""
    """A sentence: which optional part would have told more; else empty."""


def c2pa_marks(block: Block, content: Content, sha256: str) -> C2pa | None:
    """What the store in a block gives; `None` where the block is JUMBF and no store. `sha256` is of its bytes."""
    store = read_store(block.payload)
    if store is None:
        return None
    answer, reasons = None, [f"{problem} (JUMBF at offset {block.offset})" for problem in store.problems]
    missing = store.missing
    if store.manifests:
        try:
            answer = ask_library(content, store)
        except (MissingExtra, Unreadable) as error:
            reasons.append(str(error))
            missing = missing or (str(error) if isinstance(error, MissingExtra) else "")
    roles = _roles(store)
    recorded = _recorded(store)
    judged = [
        (manifest, roles[manifest.label], _verdict(manifest, answer, block, content, roles, recorded))
        for manifest in store.manifests
    ]
    marks = [_store_mark(block, sha256, judged, answer)]
    for manifest, role, said in judged:
        marks += list(_claims(manifest, role, said, block, sha256))[: _MARKS - len(marks)]
    facts: dict[str, Fact] = {
        "offset": block.offset,
        "size_bytes": block.size_bytes,
        "manifests": [_fact(*each) for each in judged[-_SHOWN_MANIFESTS:]],
        "number_of_manifests": len(judged),
        "verified": answer is not None,
    }
    return C2pa(tuple(marks), facts, tuple(reasons), missing)


def _roles(store: Store) -> dict[str, str]:
    """What each manifest speaks of, from the active one on; each is met once, however they refer to each other."""
    roles = {manifest.label: LOOSE for manifest in store.manifests}
    if not store.manifests:
        return roles
    by_label = {manifest.label: manifest for manifest in store.manifests}
    waiting = [(store.manifests[-1].label, ACTIVE)]
    while waiting:
        label, role = waiting.pop(0)
        if label not in roles or roles[label] != LOOSE:
            continue
        roles[label] = role
        waiting += [(each.manifest, _role(role, each.relationship)) for each in by_label[label].ingredients]
    return roles


def _role(of: str, relationship: str) -> str:
    if of == INPUT or relationship == "inputTo":
        return INPUT
    if of == PART or relationship != "parentOf":
        return PART
    return PARENT


def _recorded(store: Store) -> dict[str, frozenset[str]]:
    recorded: dict[str, frozenset[str]] = {}
    for manifest in store.manifests:
        for ingredient in manifest.ingredients:
            before = recorded.get(ingredient.manifest, frozenset())
            recorded[ingredient.manifest] = before | frozenset(ingredient.recorded)
    return recorded


def _verdict(
    manifest: Manifest,
    answer: Answer | None,
    block: Block,
    content: Content,
    roles: Mapping[str, str],
    recorded: Mapping[str, frozenset[str]],
) -> Verdict:
    active = roles[manifest.label] == ACTIVE
    own = OwnCheck(None)
    if active and manifest.data_hash is not None:
        # Digesting the file once more takes as long as all else, so what the library found to match is believed.
        matches: bool | None = answer is not None and answer.file_matches(manifest.label)
        if not matches:
            with content.file() as file:
                matches = manifest.data_hash.matches(file)
        own = OwnCheck(matches, _left_out(manifest, block))
    return verdict(manifest, answer, active=active, recorded=recorded.get(manifest.label, frozenset()), own=own)


def _left_out(manifest: Manifest, block: Block) -> str:
    """Which bytes besides the store a digest leaves out; empty where it is none."""
    stated_hash = manifest.data_hash
    # What frames the store in its container is left out with it: lengths, marks, check sums.
    if stated_hash is None or not stated_hash.excludes_more_than(block.offset - 64, block.size_bytes + 128):
        return ""
    ranges = [f"{start} to {start + length}" for start, length in stated_hash.exclusions[:4]]
    return f"the bytes from {', '.join(ranges)}, which are more than the store"


def _store_mark(block: Block, sha256: str, judged: list[tuple[Manifest, str, Verdict]], answer: Answer | None) -> Mark:
    count = len(judged)
    shows = f"There is a C2PA store of {count} manifest{'s' * (count != 1)} at offset {block.offset}"
    active = judged[-1][2] if judged else None
    if active is None or answer is None:
        shows += ", not verified."
    else:
        checks = {
            "integrity": active.integrity,
            "signature": active.signature,
            "trust in the signer": active.trust,
            "time": active.time,
        }
        shows += ". Of the active one: " + ", ".join(f"{name} {check.state}" for name, check in checks.items()) + "."
        if broken := sum(said.broken for _, _, said in judged[:-1]):
            shows += f" Broken seals among the others: {broken} of {count - 1}."
    return Mark(
        "c2pa",
        None,
        block.offset,
        block.size_bytes,
        sha256,
        shows,
        "Whether what it states is true: the signer vouches for the statement, and is not the generator.",
        f"c2pa@{block.offset}",
        stated({"signer": active.signer, "certificate_serial": active.serial} if active else {}),
    )


def _claims(manifest: Manifest, role: str, said: Verdict, block: Block, sha256: str) -> Iterator[Mark]:
    """A mark for each digital source type that tells of a model or a camera."""
    for action, value in dict.fromkeys(manifest.sources):
        declared = source_claim(value)
        if declared is None:
            continue
        claim = _weakened(declared, action, role)
        sentences = [f"{_OF[role]} says {source_type(value)}: {source_shows(declared)}."]
        if said.broken:
            sentences.append("Its own seal is broken.")
        elif said.signature.state is State.UNCHECKED:
            sentences.append("It was not verified.")
        yield Mark(
            "c2pa:digital_source_type",
            None if said.broken else claim,
            block.offset,
            block.size_bytes,
            sha256,
            " ".join(sentences),
            "Whether that is true: it is the word of whoever signed it, who need not be the generator or the camera.",
            f"c2pa@{block.offset}",
            stated(
                {
                    "digital_source_type": source_type(value),
                    "action": action,
                    "manifest": manifest.label,
                    "tool": manifest.agents or [manifest.claim_generator],
                    "signer": said.signer,
                }
            ),
        )


_OF = {
    ACTIVE: "C2PA's active manifest",
    PARENT: "C2PA's manifest of what the file was made from",
    PART: "C2PA's manifest of a part of the picture",
    INPUT: "C2PA's manifest of what a model was given",
    LOOSE: "A C2PA manifest that no other refers to",
}


def _weakened(claim: Claim, action: str, role: str) -> Claim | None:
    """What a declaration says of the whole picture: of a part, or of a change, it says that a part was made."""
    if role in (INPUT, LOOSE):
        return None
    if claim is Claim.GENERATED and (role == PART or action not in ("", _CREATED)):
        return Claim.ALTERED
    return claim


def _fact(manifest: Manifest, role: str, said: Verdict) -> dict[str, Fact]:
    lists = {
        "digital_source_types": [source_type(value) for _, value in manifest.sources],
        "actions": manifest.actions,
        "software_agents": manifest.agents,
    }
    texts = {"label": manifest.label, "claim_generator": manifest.claim_generator, "title": manifest.title}
    return {
        **{name: readable(text) for name, text in texts.items()},
        "speaks_of": role,
        "sha256": manifest.sha256,
        **{name: [readable(each) for each in dict.fromkeys(listed)][:_SHOWN] for name, listed in lists.items()},
        **said.fact(),
    }
