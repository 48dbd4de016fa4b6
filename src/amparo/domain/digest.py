"""Cryptographic digests: what identifies bytes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from amparo.domain.errors import AmparoError


class MalformedDigest(AmparoError, ValueError):
    """A text or value that is not a digest."""


class Algorithm(StrEnum):
    """A digest algorithm by the name that `hashlib` and the field's formats use."""

    SHA256 = "sha256"
    SHA1 = "sha1"
    MD5 = "md5"

    @property
    def size_bytes(self) -> int:
        """Length of a value of this algorithm, in bytes."""
        return {"sha256": 32, "sha1": 20, "md5": 16}[self.value]


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """One cryptographic digest, written `sha256:9f86…` (FIPS 180-4; RFC 1321 for MD5)."""

    algorithm: Algorithm
    value: bytes
    """`algorithm.size_bytes` bytes."""

    def __post_init__(self) -> None:
        if len(self.value) != self.algorithm.size_bytes:
            raise MalformedDigest(
                "A {algorithm} digest has {size_bytes} bytes, not {given}.",
                algorithm=self.algorithm,
                size_bytes=self.algorithm.size_bytes,
                given=len(self.value),
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `ALGORITHM:HEX`, upper or lower case; raise `MalformedDigest`."""
        name, _, digits = text.partition(":")
        try:
            return cls(Algorithm(name.lower()), bytes.fromhex(digits))
        except MalformedDigest:
            raise
        except ValueError as error:
            raise MalformedDigest("{text!r} is not a digest; write ALGORITHM:HEX.", text=text) from error

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"


@dataclass(frozen=True, slots=True)
class Digests:
    """The three digests of one stream, computed in one pass."""

    sha256: bytes
    sha1: bytes
    md5: bytes

    def all(self) -> tuple[Digest, Digest, Digest]:
        """The three as self-describing values."""
        return (
            Digest(Algorithm.SHA256, self.sha256),
            Digest(Algorithm.SHA1, self.sha1),
            Digest(Algorithm.MD5, self.md5),
        )
