"""A real identity provider on this machine: a process of its own that speaks OpenID Connect over HTTP."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def provider(log: Path, **people: dict[str, object]) -> Iterator[str]:
    """Serve one that knows these people, by their subject, with these claims; its issuer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), "--require-nonce", "true"]
    for subject, claims in people.items():
        command += ["--user-claims", json.dumps({"sub": subject, **claims})]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as running:
        issuer = f"http://127.0.0.1:{port}"
        try:
            _answering(f"{issuer}/.well-known/openid-configuration", running)
            yield issuer
        finally:
            running.terminate()


def _answering(place: str, running: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(300):
        try:
            urllib.request.urlopen(place, timeout=5).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            assert running.poll() is None, "the identity provider did not start"
            time.sleep(0.1)
    raise AssertionError("the identity provider does not answer")
