"""Which machines examine together, and how they are reached."""

import re
from dataclasses import dataclass

from amparo.domain.errors import AmparoError


class MalformedCluster(AmparoError):
    """What is said of a cluster does not fit together."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Dask cluster: that of an address, or one of this machine that lives as long as the examination."""

    address: str = ""
    """Of its scheduler, `tls://host:port` or `tcp://host:port`; empty for one of this machine."""
    tls_ca: str = ""
    """Path of the certificate (PEM) of the authority that signed those of the scheduler and the workers."""
    tls_cert: str = ""
    """Path of the certificate by which the scheduler knows this machine."""
    tls_key: str = ""
    """Path of the private key of `tls_cert`."""

    def __post_init__(self) -> None:
        if self.address and not re.fullmatch(r"(tls|tcp)://[^/\s]+:\d{1,5}", self.address):
            raise MalformedCluster(
                f"{self.address!r} is no address of a Dask scheduler: write tls://host:port or tcp://host:port."
            )
        files = (self.tls_ca, self.tls_cert, self.tls_key)
        if self.address.startswith("tls:") and not all(files):
            raise MalformedCluster(f"{self.address} needs the files --tls-ca, --tls-cert and --tls-key.")
        if not self.address.startswith("tls:") and any(files):
            raise MalformedCluster("The TLS files are for an --address that begins with tls://.")
