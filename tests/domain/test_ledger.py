"""Entries, tree heads, envelopes and commitments as values."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from amparo.domain.ledger import (
    TREE_HEAD_TYPE,
    LedgerEntry,
    MalformedEntry,
    SignatureFailed,
    TreeHead,
    commit,
    open_envelope,
    seal_envelope,
    written_time,
)


class Signer:
    def __init__(self, seed: bytes) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self.key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


ENTRY = LedgerEntry(
    3, "2026-01-31T12:00:00.000Z", "exhibit.examine", {"exhibit": "ES-7"}, {"officer": "hmac-sha256:00"}
)
SIGNER = Signer(bytes(32))


def test_an_entry_is_read_as_it_was_written() -> None:
    assert LedgerEntry.decode(ENTRY.encoded()) == ENTRY
    head = TreeHead(4, bytes(32), "2026-01-31T12:00:00.000Z")
    assert TreeHead.decode(head.encoded()) == head


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 200_000,
        ENTRY.encoded() + b" ",
        ENTRY.encoded().replace(b'"version":1', b'"version":2'),
        ENTRY.encoded().replace(b'"index":3', b'"index":3.5'),
    ],
)
def test_what_is_no_entry_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedEntry):
        LedgerEntry.decode(raw)
    with pytest.raises(MalformedEntry):
        TreeHead.decode(raw)


def test_times_are_utc() -> None:
    noon = datetime(2026, 1, 31, 13, 0, 0, 1999, tzinfo=timezone(timedelta(hours=1)))
    assert written_time(noon) == "2026-01-31T12:00:00.001Z"
    assert written_time(datetime(2026, 1, 31, tzinfo=UTC)) == "2026-01-31T00:00:00.000Z"
    with pytest.raises(MalformedEntry):
        written_time(datetime(2026, 1, 31))  # noqa: DTZ001


def test_an_envelope_is_dsse() -> None:
    envelope = seal_envelope(SIGNER, "http://example.com/HelloWorld", b"hello world")
    assert open_envelope(envelope, "http://example.com/HelloWorld", SIGNER.public_key) == b"hello world"
    # the example of the DSSE protocol, v1
    signed = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    signature = json.loads(envelope)["signatures"][0]["sig"]
    SIGNER.key.public_key().verify(base64.b64decode(signature), signed)


def test_a_changed_envelope_is_refused() -> None:
    envelope = seal_envelope(SIGNER, TREE_HEAD_TYPE, b"{}")
    other = Signer(b"\x01" * 32)
    resigned = json.loads(seal_envelope(other, TREE_HEAD_TYPE, b"{}"))
    resigned["signatures"][0]["keyid"] = json.loads(envelope)["signatures"][0]["keyid"]
    for changed in (
        envelope.replace(b"e30=", b"e31="),
        envelope.replace(b"e30=", b"!!!!"),
        envelope[:-1],
        b"[]",
        b"[" * 200_000,
        seal_envelope(other, TREE_HEAD_TYPE, b"{}"),
        json.dumps(resigned).encode(),
        seal_envelope(SIGNER, "text/plain", b"{}"),
    ):
        with pytest.raises(SignatureFailed):
            open_envelope(changed, TREE_HEAD_TYPE, SIGNER.public_key)


def test_a_commitment_depends_on_key_and_value() -> None:
    made = {commit(key, value) for key in (bytes(32), b"\x01" * 32) for value in ("Ana", "Ana ", "")}
    assert len(made) == 6
    assert all(len(commitment) == len("hmac-sha256:") + 64 for commitment in made)
