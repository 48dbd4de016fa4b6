"""A Dask cluster of separate programs, as an agency would run it, with certificates of its own authority."""

import contextlib
import datetime
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from amparo.domain.cluster import Cluster

_QUIET = {"DASK_DISTRIBUTED__SCHEDULER__HTTP__ROUTES": "[]", "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]"}


class Authority:
    """Signs the certificates of one cluster; its files lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority {folder.name}")])
        self._write("ca", self._signed("ca", self._key.public_key(), of=self._name, is_authority=True))
        for who in ("scheduler", "worker", "examiner"):
            key = ec.generate_private_key(ec.SECP256R1())
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
            self._write(who, self._signed(who, key.public_key(), of=name, is_authority=False))
            private = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            (folder / f"{who}.key").write_bytes(private)

    def options(self, who: str) -> list[str]:
        """The options of Dask's programs."""
        names = {"ca-file": "ca.pem", "cert": f"{who}.pem", "key": f"{who}.key"}
        return [word for name, file in names.items() for word in (f"--tls-{name}", str(self.folder / file))]

    def cluster(self, address: str) -> Cluster:
        files = [str(self.folder / name) for name in ("ca.pem", "examiner.pem", "examiner.key")]
        return Cluster(address, *files)

    def _signed(self, who: str, key: ec.EllipticCurvePublicKey, *, of: x509.Name, is_authority: bool) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder(self._name, of, key, x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=2))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _write(self, who: str, certificate: bytes) -> None:
        (self.folder / f"{who}.pem").write_bytes(certificate)


@dataclass
class Programs:
    """`dask scheduler` and `dask worker`s, each a process of its own, perhaps each at another `place`."""

    authority: Authority
    folder: Path
    address: str = ""
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def cluster(self) -> Cluster:
        return self.authority.cluster(self.address)

    def start_scheduler(self, host: str = "127.0.0.1", place: Sequence[str] = ()) -> None:
        port = _free_port() if not place else 8786
        self.address = f"tls://{host}:{port}"
        words = ["--protocol", "tls", "--host", host, "--port", str(port), "--no-dashboard"]
        words += ["--dashboard-address", f"{host}:0"]
        self.scheduler = self._start("scheduler", [*words, *self.authority.options("scheduler")], place)
        deadline_s = time.monotonic() + 60
        while not place and time.monotonic() < deadline_s:
            with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
                return
            time.sleep(0.05)

    def start_worker(self, host: str = "127.0.0.1", place: Sequence[str] = (), *, nanny: bool = False) -> None:
        words = [self.address, "--host", host, "--nthreads", "1", "--memory-limit", "0", "--no-dashboard"]
        words += ["--dashboard-address", f"{host}:0"]
        words += ["--nanny" if nanny else "--no-nanny", "--local-directory", str(self.folder)]
        self.workers.append(self._start("worker", [*words, *self.authority.options("worker")], place))

    def renew(self, *, nanny: bool) -> None:
        """Start workers in place of those that ended: one that is killed as it first starts takes its nanny with it."""
        for ended in [worker for worker in self.workers if worker.poll() is not None]:
            self.workers.remove(ended)
            self.start_worker(nanny=nanny)

    def stop(self) -> None:
        for process in [*self.workers, *([self.scheduler] if self.scheduler else [])]:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, role: str, words: Sequence[str], place: Sequence[str]) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{role}.log").open("ab") as log:
            return subprocess.Popen(
                [*place, sys.executable, "-m", "distributed.cli.dask_" + role, *words],
                env={**os.environ, **_QUIET, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )


@contextlib.contextmanager
def running_cluster(folder: Path, workers: int, *, nanny: bool = False) -> Iterator[Programs]:
    """A cluster of this machine's loopback address, until the end of the block."""
    programs = Programs(Authority(folder), folder)
    try:
        programs.start_scheduler()
        for _ in range(workers):
            programs.start_worker(nanny=nanny)
        yield programs
    finally:
        programs.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
