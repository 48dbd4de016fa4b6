"""Whether C2PA's manifests hold, by the library of the Content Authenticity Initiative: four facts, never one word.

Integrity, signature, trust in the signer and time are apart, because they fail apart: a credential that has expired
may have signed what is intact to the last pixel. Nothing is fetched: no manifest, no list of trusted signers, no
answer about revocation. So nobody's signature is trusted here; it is said whose it is.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from amparo.analysis.origin.c2pa_store import Manifest, Store
from amparo.domain.errors import MissingExtra, Unreadable
from amparo.domain.finding import Content, Fact

if TYPE_CHECKING:
    from c2pa import Context

EXTRA = "C2PA manifests were read and not verified: install amparo[provenance]."
_SETTINGS = {
    "version": 1,
    "verify": {
        "verify_after_reading": True,
        "verify_trust": True,
        "verify_timestamp_trust": True,
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
    },
}
_ANSWER_BYTES = 16 * 1024 * 1024
_CODES = 20_000
_FAILED = (".mismatch", ".missing")
_OF_THE_FILE = ("assertion.dataHash", "assertion.bmffHash", "assertion.boxesHash")


class State(StrEnum):
    """What came of one check."""

    HOLDS = "holds"
    BROKEN = "broken"
    PARTIAL = "holds in part"
    """It holds for what it covers, and that is not all of the file."""
    ABSENT = "absent"
    UNCHECKED = "not checked"
    EXPIRED = "expired"
    NOT_ESTABLISHED = "not established"


@dataclass(frozen=True, slots=True)
class Check:
    """One of the four facts about one manifest."""

    state: State
    why: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The four facts about one manifest, and who signed it when."""

    integrity: Check
    signature: Check
    trust: Check
    time: Check
    signer: str = ""
    serial: str = ""
    signed_at: str = ""
    """As the time stamp says, in ISO 8601; empty without one that holds."""

    @property
    def broken(self) -> bool:
        """Whether its own seal is broken: what it states is nobody's word."""
        return State.BROKEN in (self.integrity.state, self.signature.state)

    def fact(self) -> dict[str, Fact]:
        """As it stands in a finding."""
        checks = {"integrity": self.integrity, "signature": self.signature, "trust": self.trust, "time": self.time}
        stated = {"signer": self.signer, "certificate_serial": self.serial, "signed_at": self.signed_at}
        facts: dict[str, Fact] = {
            name: {"state": check.state.value, "why": check.why} for name, check in checks.items()
        }
        return facts | {name: text for name, text in stated.items() if text}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the library says, by the label of each manifest."""

    codes: Mapping[str, frozenset[str]]
    signers: Mapping[str, Mapping[str, Any]]

    def file_matches(self, label: str) -> bool:
        """Whether it found that the bytes of the file have the digest that a manifest states, and nothing else."""
        codes = self.codes.get(label, frozenset())
        return "assertion.dataHash.match" in codes and not any(code.endswith(_FAILED) for code in codes)


def ask_library(content: Content, store: Store) -> Answer:
    """Let the library verify the store in a file. Raise `MissingExtra`, or `Unreadable` where it cannot read it."""
    try:
        from c2pa import C2paError, Reader
    except ImportError as error:
        raise MissingExtra(EXTRA) from error
    in_memory = content.size_bytes <= content.limits.in_memory_bytes
    try:
        with (
            io.BytesIO(content.data()) if in_memory else content.file() as file,
            _context() as context,
            Reader(content.media_type, file, context=context) as reader,
        ):
            said = reader.json()
    except C2paError as error:
        words = " ".join(str(error).split())[:200].rstrip(".")
        raise Unreadable(f"The C2PA store cannot be verified: {words}.") from error
    if len(said) > _ANSWER_BYTES:
        raise Unreadable("The C2PA store cannot be verified: there is too much in it.")
    return _answer(json.loads(said), store)


def _context() -> "Context":
    from c2pa import Context, Settings

    return Context(Settings.from_dict(_SETTINGS))


def _answer(said: Mapping[str, Any], store: Store) -> Answer:
    codes: dict[str, set[str]] = {manifest.label: set() for manifest in store.manifests}
    results = said.get("validation_results") or {}
    active = said.get("active_manifest") or ""
    named = {
        (manifest.label, ingredient.assertion): ingredient.manifest
        for manifest in store.manifests
        for ingredient in manifest.ingredients
    }
    _collect(results.get("activeManifest"), active, codes)
    for delta in results.get("ingredientDeltas") or ():
        label, _, assertion = str(delta.get("ingredientAssertionURI", "")).rpartition("/c2pa.assertions/")
        of = named.get((label.rpartition("/")[2], assertion), "")
        _collect(delta.get("validationDeltas"), of, codes)
    manifests = said.get("manifests") or {}
    signers = {label: manifest.get("signature_info") or {} for label, manifest in manifests.items()}
    return Answer({label: frozenset(found) for label, found in codes.items()}, signers)


def _collect(statuses: Mapping[str, Any] | None, default: str, codes: dict[str, set[str]]) -> None:
    """Put each code under the manifest that its address names, or else under the one that is spoken of."""
    for kind in ("success", "informational", "failure"):
        for status in ((statuses or {}).get(kind) or ())[:_CODES]:
            address = str(status.get("url", ""))
            label = address.partition("/c2pa/")[2].partition("/")[0] or default
            if label in codes:
                codes[label].add(str(status.get("code", "")))


# The four facts


def verdict(
    manifest: Manifest, answer: Answer | None, *, active: bool, recorded: frozenset[str], own: "OwnCheck"
) -> Verdict:
    """The four facts about one manifest.

    `recorded` is what whoever added it as an ingredient found: the library repeats only what is otherwise now. `own` is
    what our own digest over the bytes of the file gave.
    """
    if answer is None:
        unchecked = Check(State.UNCHECKED, EXTRA)
        return Verdict(_integrity(frozenset(), active, own, checked=False), unchecked, unchecked, unchecked)
    codes = answer.codes.get(manifest.label, frozenset()) | recorded
    signed = answer.signers.get(manifest.label, {})
    names = [_text(signed.get(name)) for name in ("issuer", "common_name")]
    signer = " · ".join(dict.fromkeys(name for name in names if name))
    return Verdict(
        _integrity(codes, active, own, checked=True),
        _signature(codes),
        _trust(codes, signer),
        _time(codes),
        signer,
        _text(signed.get("cert_serial_number")),
        _text(signed.get("time")) if "timeStamp.validated" in codes else "",
    )


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """What our own digest over the bytes of the file gave."""

    matches: bool | None
    """`None` where the manifest states none that can be computed."""
    leaves_out: str = ""
    """Which bytes besides the store are not covered; empty where it is none."""


def _integrity(codes: frozenset[str], active: bool, own: OwnCheck, *, checked: bool) -> Check:
    changed = sorted(code for code in codes if code.startswith("assertion.") and code.endswith(_FAILED))
    parts = [code for code in changed if not code.startswith(_OF_THE_FILE)]
    if parts:
        return Check(State.BROKEN, f"What it states has other digests than its claim holds ({', '.join(parts)}).")
    if not active:
        if not checked:
            return Check(State.UNCHECKED, EXTRA)
        return Check(
            State.PARTIAL,
            "What it states has the digests of its claim; the picture that it speaks of is not here as it was.",
        )
    if own.matches is False or (own.matches is None and changed):
        return Check(
            State.BROKEN,
            "The bytes of the file have another digest than it states: they were changed, or are another file's.",
        )
    if own.matches is None and not any(code.endswith("Hash.match") for code in codes):
        return Check(State.UNCHECKED, "No digest over the bytes of the file was checked.")
    if own.leaves_out:
        return Check(
            State.PARTIAL,
            f"The bytes of the file have the digest that it states, which does not cover {own.leaves_out}.",
        )
    if not checked:
        return Check(State.PARTIAL, "The bytes of the file have the digest that it states; the rest was not verified.")
    return Check(State.HOLDS, "The bytes of the file and what it states have the digests that it holds.")


def _signature(codes: frozenset[str]) -> Check:
    failed = sorted(code for code in codes if code.startswith("claimSignature.") and code.endswith(_FAILED))
    if failed:
        return Check(State.BROKEN, f"The signature does not fit what was signed ({', '.join(failed)}).")
    if "claimSignature.validated" in codes:
        return Check(State.HOLDS, "The signature fits the certificate that comes with it.")
    return Check(State.UNCHECKED, "The library says nothing about the signature.")


def _trust(codes: frozenset[str], signer: str) -> Check:
    who = signer or "nobody who is named"
    if "signingCredential.trusted" in codes:
        return Check(State.HOLDS, f"Its certificate names {who}, and leads to a root that is trusted here.")
    return Check(
        State.NOT_ESTABLISHED,
        f"Its certificate names {who}; anybody can make one, and no list of trusted signers is kept here.",
    )


def _time(codes: frozenset[str]) -> Check:
    if "timeStamp.mismatch" in codes:
        return Check(State.BROKEN, "The time stamp belongs to another signature.")
    if "signingCredential.expired" in codes:
        return Check(State.EXPIRED, "The certificate has expired, and no time stamp says that it was used before.")
    if "timeStamp.validated" in codes:
        return Check(State.HOLDS, "A time stamp fits the signature; whose clock it was is not established.")
    return Check(State.ABSENT, "There is no time stamp: the time of signing is the word of the signer.")


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str | int) else ""
