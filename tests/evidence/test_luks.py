"""Volumes that `cryptsetup` and QEMU encrypt; what lies in them comes back, with the right secret only."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import Encrypted, LimitReached, Unreadable, Unsupported
from amparo.domain.item import Item
from amparo.domain.item_path import ItemPath
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
from amparo.evidence import BUILTIN
from amparo.evidence.chain import Evidence
from amparo.evidence.luks import Luks
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.disk_images import LIMITS, MIB, call, ext_image, files
from contracts.volume_images import PASSWORD, Unlocked, luks_image

CONTENT = random.Random(8).randbytes(300 * 1024)
GIVEN = Secrets(("not this one", PASSWORD))
KINDS = {
    "1": ("--type", "luks1"),
    "2-pbkdf2": ("--type", "luks2", "--pbkdf", "pbkdf2", "--offset", "8192"),
    "2-argon2id": ("--type", "luks2", "--pbkdf", "argon2id", "--pbkdf-memory", "64", "--offset", "8192"),
    "2-512": ("--type", "luks2", "--pbkdf", "pbkdf2", "--offset", "8192", "--sector-size", "512"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    images = {}
    for kind, options in KINDS.items():
        if "argon2id" in options:
            options = (*options, "--pbkdf-parallel", "1")
            options = tuple("4" if each == "1000" else each for each in options)
        images[kind] = luks_image(tmp_path_factory.mktemp("luks"), CONTENT, *options)
    return images


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestLuks1(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Unlocked:
        return Unlocked(Luks(), Secrets((PASSWORD,)))

    @pytest.fixture
    def sample(self, made: dict[str, bytes]) -> bytes:
        return made["1"]


class TestLuks2(TestLuks1):
    @pytest.fixture
    def sample(self, made: dict[str, bytes]) -> bytes:
        return made["2-pbkdf2"]


def clear(image: bytes, secrets: Secrets) -> bytes:
    return read_all(Luks().unlock(MemoryStream(image), limits=LIMITS, secrets=secrets), Item("", None))


def test_what_is_in_it_comes_back_bit_by_bit(kind: str, made: dict[str, bytes]) -> None:
    assert clear(made[kind], GIVEN)[: len(CONTENT)] == CONTENT


def test_the_key_of_the_volume_opens_it_too(kind: str, made: dict[str, bytes]) -> None:
    key = random.Random(6).randbytes(64)
    assert clear(made[kind], Secrets(keys=(bytes(64), key)))[: len(CONTENT)] == CONTENT


def test_a_wrong_or_missing_password_is_one_sentence(kind: str, made: dict[str, bytes]) -> None:
    with pytest.raises(Encrypted, match=r"--secrets\.$"):
        Luks().open(MemoryStream(made[kind]), limits=LIMITS)
    wrong = Secrets(("wrong", "also wrong"), (bytes(64), b"x"))
    with pytest.raises(Encrypted, match="None of the 4 passwords and keys") as refused:
        Luks().unlock(MemoryStream(made[kind]), limits=LIMITS, secrets=wrong)
    assert "\n" not in str(refused.value)
    assert "wrong" not in str(refused.value)


def test_a_file_system_in_it_is_reached_by_its_address(tmp_path: Path) -> None:
    image = luks_image(tmp_path, ext_image(tmp_path, files()).read_bytes(), *KINDS["2-pbkdf2"])
    (tmp_path / "disk.raw").write_bytes(image)
    evidence = Evidence(tmp_path / "disk.raw", "ES-7", BUILTIN, LIMITS, GIVEN)
    assert evidence.kind_of_root() == "luks"
    for name, content in files().items():
        stream = evidence.stream(ItemPath("ES-7").child("luks", "").child("ext", name))
        assert stream.read_at(0, MIB) == content
        stream.close()
    evidence.close()


@pytest.mark.parametrize(
    "cipher", ["aes-xts-plain64", "aes-xts-plain", "aes-cbc-essiv:sha256", "aes-cbc-plain64", "aes-cbc-plain"]
)
def test_what_qemu_writes_is_read(cipher: str, tmp_path: Path) -> None:
    (tmp_path / "plain.raw").write_bytes(CONTENT)
    (tmp_path / "password").write_bytes(PASSWORD.encode())
    image = tmp_path / "luks.raw"
    with image.open("wb") as stream:
        stream.truncate(4 * MIB)
    call("cryptsetup", "luksFormat", "-q", "--type", "luks1", "--cipher", cipher, "--key-size", "256",
         "--pbkdf-force-iterations", "1000", image, tmp_path / "password")  # fmt: skip
    call("qemu-img", "convert", "-q", "-n", "--object", f"secret,id=s,data={PASSWORD}", "-f", "raw",
         "--target-image-opts", tmp_path / "plain.raw", f"driver=luks,key-secret=s,file.filename={image}")  # fmt: skip
    assert clear(image.read_bytes(), GIVEN)[: len(CONTENT)] == CONTENT


def changed(image: bytes, change: str, value: Any) -> bytes:
    """The header of LUKS 2 with another value at a path of keys."""
    size = int.from_bytes(image[8:16], "big")
    metadata = json.loads(image[4096:size].partition(b"\0")[0])
    *path, last = change.split("/")
    place = metadata
    for key in path:
        place = place[key]
    place[last] = value
    return image[:4096] + json.dumps(metadata).encode().ljust(size - 4096, b"\0") + image[size:]


@pytest.mark.parametrize(
    ("change", "value", "error", "said"),
    [
        ("keyslots/0/kdf/memory", 1 << 40, LimitReached, "KiB of memory"),
        ("keyslots/0/kdf/time", 1 << 30, LimitReached, "passes"),
        ("keyslots/0/kdf/type", "argon2i", Unsupported, "argon2i"),
        ("keyslots/0/af/stripes", 1 << 40, Unreadable, "stripes"),
        ("keyslots/0/area/offset", str(1 << 50), Unreadable, "beyond the end"),
        ("keyslots/0/key_size", 7, Unreadable, "no key has 7 bytes"),
        ("segments/0/sector_size", 0, Unreadable, "damaged"),
        ("segments/0/encryption", "serpent-xts-plain64", Unsupported, "serpent"),
        ("segments/0/integrity", {}, Unsupported, "integrity"),
        ("digests/0/iterations", 1 << 60, LimitReached, "rounds"),
        ("digests/0/hash", "md4", Unsupported, "md4"),
        ("segments", [], Unreadable, "damaged"),
    ],
)
def test_what_a_header_may_not_ask_for(
    change: str, value: Any, error: type[Unreadable], said: str, made: dict[str, bytes]
) -> None:
    with pytest.raises(error, match=said):
        clear(changed(made["2-argon2id"], change, value), GIVEN)


def test_a_header_alone_says_so(made: dict[str, bytes]) -> None:
    with pytest.raises(Unreadable, match="header alone"):
        clear(made["1"][:MIB], GIVEN)


def test_the_cause_is_that_it_is_encrypted(made: dict[str, bytes]) -> None:
    with pytest.raises(Encrypted) as refused:
        Luks().open(MemoryStream(made["1"]), limits=Limits())
    assert Cause.of(refused.value) is Cause.ENCRYPTED
