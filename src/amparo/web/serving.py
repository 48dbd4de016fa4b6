"""What a server is told when it is started: as JSON on its standard input, so that no other program can read it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, where, and to whom."""

    workbench: str
    """Its folder."""
    passphrase: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8470
    origin: str = ""
    """How browsers reach it, such as `https://amparo.example`; empty for the address itself."""
    tls_cert: str = ""
    tls_key: str = ""
    evidence: tuple[str, ...] = ()
    """Folders below which exhibits on this machine may be pointed to."""
    providers: str = field(default="", repr=False)
    """The identity providers of agencies, as TOML: it holds their secrets."""
    proxies: int = 0
    """How many proxies of our own stand before it, each of which adds to `X-Forwarded-For` who asked it."""
    workers: int = 2
    threads: int = 8

    @classmethod
    def parse(cls, text: str) -> Self:
        """The value behind what `str` gave."""
        fields = json.loads(text)
        return cls(**{**fields, "evidence": tuple(fields.get("evidence", ()))})

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @property
    def address(self) -> str:
        """The origin: scheme, host and port."""
        if self.origin:
            return self.origin.rstrip("/")
        return (
            f"{'https' if self.tls_cert else 'http'}://{'localhost' if self.host in _LOCAL else self.host}:{self.port}"
        )

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS."""
        return urlsplit(self.address).scheme == "https"

    @property
    def hosts(self) -> list[str]:
        """The names by which it may be asked."""
        name = urlsplit(self.address).hostname or self.host
        return sorted({name, *(_LOCAL if self.host in _LOCAL else ())})

    @property
    def folder(self) -> Path:
        """Of the workbench."""
        return Path(self.workbench)


_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
