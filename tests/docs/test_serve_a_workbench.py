"""The commands of the page on serving a workbench, as they stand there."""

import datetime
import http.client
import re
import shlex
import signal
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contracts.command_line import CommandLine
from contracts.how_to import PAGES

PAGE = (PAGES / "serve-a-workbench.md").read_text("utf-8")


def lines(act: str) -> list[str]:
    """The command lines of the page that begin with `act`."""
    blocks = re.findall(r"^```shell\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.startswith(act)]


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


@pytest.fixture
def made(tmp_path: Path) -> CommandLine:
    shell = CommandLine(tmp_path)
    (shell.folder / "evidence").mkdir()
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    for line in lines("amparo members"):
        assert shell.here(*shlex.split(line)[1:]).code == 0, line
    return shell


def certificate(folder: Path) -> None:
    """One for the name of the page, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "amparo.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("amparo.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def served(shell: CommandLine, line: str, address: str) -> http.client.HTTPResponse:
    """The log-in page, from the command line of the page on another port."""
    port = free_port()
    arguments = shlex.split(line.replace("8443", port))[1:]
    if "--port" not in arguments:
        arguments += ["--port", port]
    running = shell.start(*arguments, "--workers", "1")
    assert running.stdout is not None
    try:
        assert running.stdout.readline() == address.replace("8443", port) + "\n"
        if address.startswith("https"):
            trusting = ssl.create_default_context(cafile=str(shell.folder / "cert.pem"))
            plain = socket.create_connection(("127.0.0.1", int(port)), timeout=30)
            asked: http.client.HTTPConnection = http.client.HTTPSConnection("amparo.example", int(port))
            asked.sock = trusting.wrap_socket(plain, server_hostname="amparo.example")
        else:
            asked = http.client.HTTPConnection("localhost", int(port), timeout=30)
        asked.request("GET", "/account/login/")
        answer = asked.getresponse()
        answer.text = answer.read().decode()  # type: ignore[attr-defined]
        asked.close()
        return answer
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)


def test_over_tls_cookies_are_for_tls_alone(made: CommandLine) -> None:
    certificate(made.folder)
    (line,) = [one for one in lines("amparo serve") if "--tls-cert" in one]
    answer = served(made, line, "https://amparo.example:8443")
    assert answer.status == 200
    assert "max-age=31536000" in str(answer.getheader("Strict-Transport-Security"))
    assert all("Secure" in cookie for cookie in answer.msg.get_all("Set-Cookie", []))


def test_behind_a_proxy_cookies_are_for_tls_alone_too(made: CommandLine) -> None:
    (line,) = [one for one in lines("amparo serve") if "--proxies" in one]
    port = free_port()
    running = made.start(*shlex.split(line)[1:], "--port", port, "--workers", "1")
    assert running.stdout is not None
    try:
        assert running.stdout.readline() == "https://amparo.example\n"
        asked = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
        headers = {"Host": "amparo.example", "X-Forwarded-For": "198.51.100.7"}
        asked.request("GET", "/account/login/", headers=headers)
        answer = asked.getresponse()
        answer.read()
        assert (answer.status, "Secure" in str(answer.getheader("Set-Cookie"))) == (200, True)
        asked.request("GET", "/account/login/", headers={"Host": "another.example"})
        assert asked.getresponse().status == 400
        asked.close()
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)


def test_an_identity_provider_is_offered_from_a_file_that_is_its_owners_alone(made: CommandLine) -> None:
    (toml,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    file = made.folder / "providers.toml"
    file.write_text(toml, "utf-8")
    file.chmod(0o644)
    (line,) = [one for one in lines("amparo serve") if "--providers" in one]
    refused = made.run(*shlex.split(line)[1:])
    assert refused.code == 2
    assert "chmod 600 providers.toml" in refused.err
    file.chmod(0o600)
    answer = served(made, line, "http://localhost:8443")
    assert "Log in by Polícia de Alfama" in answer.text  # type: ignore[attr-defined]
    assert lines("amparo verify")
    assert made.here("verify").code == 0
