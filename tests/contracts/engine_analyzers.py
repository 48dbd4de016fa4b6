"""Analyzers that misbehave, for the tests of the engine. A module of its own, so that workers can import it."""

import os
import signal
import time
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.finding import Content, Finding, NotExamined


@dataclass(frozen=True, slots=True)
class Length:
    """Says how long the bytes are."""

    name: str = "length"
    version: str = "1"

    def wants(self, content: Content) -> bool:
        return content.size_bytes > 0

    def examine(self, content: Content) -> Finding:
        return Finding(self.name, self.version, f"It has {content.size_bytes} bytes.", {"bytes": content.size_bytes})


@dataclass(frozen=True, slots=True)
class Trap:
    """Does to its process what the bytes say."""

    name: str = "trap"
    version: str = "1"

    def wants(self, content: Content) -> bool:
        return content.head.startswith(b"TRAP ")

    def examine(self, content: Content) -> Finding | NotExamined:
        match content.head[5:].decode().split()[0]:
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "exit":
                os._exit(3)
            case "hang":
                time.sleep(1000)
            case "memory":
                bytearray(64 * 1024**3)
            case "fault":
                raise ZeroDivisionError("by hostile bytes")
            case "slow":
                time.sleep(0.05)
        return Finding(self.name, self.version, "It came out of the trap.")


@dataclass(frozen=True, slots=True)
class Grab:
    """Takes as many MiB of memory as the bytes say."""

    name: str = "grab"
    version: str = "1"

    def wants(self, content: Content) -> bool:
        return content.head.startswith(b"GRAB ")

    def examine(self, content: Content) -> Finding | NotExamined:
        taken = bytearray(int(content.head[5:]) * 1024 * 1024)
        return Finding(self.name, self.version, f"It took {len(taken)} bytes.")


@dataclass(frozen=True, slots=True)
class Unable:
    """Cannot say today what another of this name says."""

    name: str
    version: str = "1"

    def wants(self, content: Content) -> bool:
        return content.media_type.startswith("image/")

    def examine(self, content: Content) -> NotExamined:
        return NotExamined(self.name, self.version, "It took too long.", Cause.LIMIT)
