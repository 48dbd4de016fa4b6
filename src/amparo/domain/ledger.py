"""The ledger's values: entries, signed tree heads, commitments. How they are stored is the matter of `records`.

An entry is one act. It is written as canonical JSON, and those bytes are a leaf of an RFC 6962 tree:

    {"act":"…","at":"2026-01-31T12:00:00.000Z","commitments":{…},"facts":{…},"index":0,"version":1}

What may be read by anybody who checks the ledger stands in `facts`. Personal values stand as commitments,
HMAC-SHA256 under a random key of their own that is kept beside the ledger: with the key gone, nothing can be learned
from the commitment, and the tree stays valid.

A tree head is signed as a DSSE envelope (https://github.com/secure-systems-lab/dsse, protocol v1) with Ed25519
(RFC 8032); `keyid` is the SHA-256 of the 32 bytes of the public key.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amparo.domain.canonical import NotCanonical, canonical
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact

VERSION = 1
TREE_HEAD_TYPE = "application/vnd.amparo.tree-head+json"
_COMMITMENT = "hmac-sha256:"


class MalformedEntry(AmparoError, ValueError):
    """Bytes that are not an entry or a tree head of a ledger, or not of a version that is known here."""


class SignatureFailed(AmparoError):
    """An envelope that the expected key did not sign."""


class Signer(Protocol):
    """Who signs for a workbench (Ed25519)."""

    @property
    def public_key(self) -> bytes:
        """32 bytes, as in RFC 8032."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        ...


def written_time(at: datetime) -> str:
    """A moment as it is written in ledgers: UTC, to the millisecond; raise `MalformedEntry` where it has no zone."""
    if at.tzinfo is None:
        raise MalformedEntry("A time without a zone is not a moment; use a clock that says UTC.")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def commit(key: bytes, value: str) -> str:
    """The commitment to `value` under `key` (32 random bytes)."""
    return _COMMITMENT + hmac.digest(key, value.encode(), hashlib.sha256).hex()


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One act, as the ledger records it."""

    index: int
    """From 0, with no gaps."""
    at: str
    """UTC, `2026-01-31T12:00:00.000Z`."""
    act: str
    """What was done, in words joined by dots: `exhibit.examine`."""
    facts: Mapping[str, Fact]
    """What was done with what. No personal values."""
    commitments: Mapping[str, str]
    """For each personal value its name, and `hmac-sha256:` with 64 hexadecimal digits."""

    def encoded(self) -> bytes:
        """The canonical bytes, which are the leaf."""
        return canonical(
            {
                "version": VERSION,
                "index": self.index,
                "at": self.at,
                "act": self.act,
                "facts": self.facts,
                "commitments": self.commitments,
            }
        )

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The inverse of `encoded`; raise `MalformedEntry`, also where `raw` is not in canonical form."""
        fields = _fields(raw, {"version", "index", "at", "act", "facts", "commitments"})
        entry = cls(fields["index"], fields["at"], fields["act"], fields["facts"], fields["commitments"])
        _check_canonical(entry, raw)
        return entry


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The state of a ledger at a moment: so many entries, with this root."""

    size: int
    root: bytes
    at: str

    def encoded(self) -> bytes:
        """The canonical bytes, which are signed."""
        return canonical({"version": VERSION, "size": self.size, "root": self.root.hex(), "at": self.at})

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The inverse of `encoded`; raise `MalformedEntry`."""
        fields = _fields(raw, {"version", "size", "root", "at"})
        try:
            head = cls(fields["size"], bytes.fromhex(fields["root"]), fields["at"])
        except (TypeError, ValueError) as error:
            raise MalformedEntry("This tree head has no root.") from error
        _check_canonical(head, raw)
        return head


def _fields(raw: bytes, names: set[str]) -> dict[str, Any]:
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedEntry("This is not an entry of a ledger.") from error
    if not isinstance(fields, dict) or fields.keys() != names:
        raise MalformedEntry("This is not an entry of a ledger.")
    if fields["version"] != VERSION:
        raise MalformedEntry(
            "This entry has version {version}, and version {known} is known here.",
            version=fields["version"],
            known=VERSION,
        )
    return fields


def _check_canonical(value: LedgerEntry | TreeHead, raw: bytes) -> None:
    try:
        if value.encoded() == raw:
            return
    except NotCanonical as error:
        raise MalformedEntry("This entry holds what has no canonical form.") from error
    raise MalformedEntry("This entry is not in canonical form.")


def key_id(public_key: bytes) -> str:
    """How an envelope names a key."""
    return hashlib.sha256(public_key).hexdigest()


def seal_envelope(signer: Signer, payload_type: str, payload: bytes) -> bytes:
    """The DSSE envelope of `payload`, in canonical form."""
    signature = signer.sign(_pre_authentication(payload_type, payload))
    return canonical(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [{"keyid": key_id(signer.public_key), "sig": base64.b64encode(signature).decode()}],
        }
    )


def open_envelope(envelope: bytes, payload_type: str, public_key: bytes) -> bytes:
    """The payload of a DSSE envelope that `public_key` signed; raise `SignatureFailed`."""
    try:
        fields = json.loads(envelope)
        if fields["payloadType"] != payload_type:
            raise SignatureFailed(
                "The envelope holds {found!r}, not {wanted!r}.", found=fields["payloadType"], wanted=payload_type
            )
        payload = _from_base64(fields["payload"])
        signatures = [
            _from_base64(signature["sig"])
            for signature in fields["signatures"]
            if signature["keyid"] == key_id(public_key)
        ]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SignatureFailed("This is not a signed envelope.") from error
    if not signatures:
        raise SignatureFailed("The envelope is not signed with the key {key}.", key=key_id(public_key))
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signatures[0], _pre_authentication(payload_type, payload))
    except (InvalidSignature, ValueError) as error:
        raise SignatureFailed("The signature of the envelope is wrong.") from error
    return payload


def _from_base64(text: str) -> bytes:
    """The bytes of the one text that stands for them."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the base64 of anything")
    return raw


def _pre_authentication(payload_type: str, payload: bytes) -> bytes:
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
