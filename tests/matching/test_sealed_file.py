"""Whatever happens to a file, it is read as it was written, or refused with the reason."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.canonical import canonical
from amparo.matching.sealed_file import FileRefused, SealedFile, Section, file_sha256, new_sealed_file

NUMBERS = np.arange(1000, dtype="<u8")
BYTES = np.arange(256, dtype=np.uint8).reshape(64, 4)
SECTIONS = (Section("numbers", "<u8", (1000,)), Section("bytes", "|u1", (64, 4)), Section("none", "<u4", (0,)))


def written(path: Path) -> Path:
    with new_sealed_file(path, "test", 3, {"what": "é"}, SECTIONS) as writer:
        writer.append("bytes", BYTES[:10])
        writer.append("numbers", NUMBERS[:500])
        writer.append("bytes", BYTES[10:])
        writer.append("numbers", NUMBERS[500:].tobytes())
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("sealed") / "file").read_bytes()


def read_all(path: Path) -> tuple[bytes, bytes]:
    file = SealedFile(path, "test", 3)
    file.verify()
    return file.array("numbers", "<u8").tobytes(), file.array("bytes", "|u1", 4).tobytes()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "file")
    file = SealedFile(path, "test", 3)
    file.verify()
    assert file.facts == {"what": "é"}
    np.testing.assert_array_equal(file.array("numbers", "<u8"), NUMBERS)
    np.testing.assert_array_equal(file.array("bytes", "|u1", 4), BYTES)
    assert file.array("none", "<u4").shape == (0,)
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ValueError, match="read-only"):
        file.array("numbers", "<u8")[0] = 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_an_array_is_as_its_reader_expects_it(tmp_path: Path) -> None:
    file = SealedFile(written(tmp_path / "file"), "test", 3)
    for name, dtype, width in (
        ("none", "<u8", None),
        ("bytes", "|u1", None),
        ("bytes", "|u1", 5),
        ("more", "<u4", None),
    ):
        with pytest.raises(FileRefused, match="as this version"):
            file.array(name, dtype, width)


def test_where_writing_fails_the_old_file_stays(tmp_path: Path) -> None:
    path = written(tmp_path / "file")
    before = path.read_bytes()

    def interrupted() -> None:
        with new_sealed_file(path, "test", 3, {}, SECTIONS) as writer:
            writer.append("bytes", BYTES)
            assert path.read_bytes() == before
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(ValueError, match="longer"), new_sealed_file(path, "test", 3, {}, SECTIONS) as writer:
        writer.append("none", NUMBERS)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda raw: b"", "not a file"),
        (lambda raw: raw[:50], "cut short"),
        (lambda raw: raw[:100], "header"),
        (lambda raw: raw[:-1], "cut short or grown"),
        (lambda raw: raw + b"\0", "cut short or grown"),
        (lambda raw: b"SQLite format 3\0" + raw[16:], "not a file"),
        (lambda raw: raw[:8] + b"exact   " + raw[16:], "another kind"),
        (lambda raw: raw[:16] + struct.pack("<I", 4) + raw[20:], "newer Amparo"),
        (lambda raw: raw[:16] + struct.pack("<I", 2) + raw[20:], "older Amparo"),
        (lambda raw: raw[:20] + struct.pack("<I", 2**31) + raw[24:], "too long"),
        (lambda raw: raw[:95] + b"x" + raw[96:], "header is not what was written"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(sound: bytes, tmp_path: Path, change: object, says: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(change(sound))  # type: ignore[operator]
    with pytest.raises(FileRefused, match=says):
        SealedFile(path, "test", 3)


@pytest.mark.parametrize(
    "header",
    [
        [],
        {"body": "4096", "facts": {}, "sections": [], "size": "x"},
        {"body": "1", "facts": {}, "sections": [], "size": "5000"},
        {"body": "4096", "facts": [], "sections": [], "size": "5000"},
        {"body": "4096", "facts": {}, "sections": [["a", "<u8", ["4000000000"], "4096"]], "size": "5000"},
        {"body": "4096", "facts": {}, "sections": [["a", "|O", ["1"], "4096"]], "size": "5000"},
        {"body": "4096", "facts": {}, "sections": [["a", "<u8", ["-1"], "4096"]], "size": "5000"},
        {"body": "4096", "facts": {}, "sections": [["a", "<u8", ["1", "1", "1"], "4096"]], "size": "5000"},
        {"body": "4096", "facts": {}, "sections": [["a", "<u8", ["1"], "10"]], "size": "5000"},
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: object) -> None:
    raw = canonical(header)  # type: ignore[arg-type]
    head = struct.pack(
        "<8s8sII32s32s", b"AMPARO\x1a\n", b"test    ", 3, len(raw), hashlib.sha256(raw).digest(), bytes(32)
    )
    path = tmp_path / "file"
    path.write_bytes((head + raw).ljust(5000, b"\0"))
    with pytest.raises(FileRefused):
        SealedFile(path, "test", 3).array("a", "<u8")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="No such file"):
        SealedFile(tmp_path / "none", "test", 3)


@given(st.data())
def test_one_changed_byte_changes_nothing_or_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, sound: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed"
    place = data.draw(st.integers(0, len(sound) - 1))
    raw = bytearray(sound)
    raw[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(raw)
    try:
        assert read_all(path) == (NUMBERS.tobytes(), BYTES.tobytes())
    except FileRefused:
        pass
    else:
        assert not any(sound[place : place + 1])  # between the header and the body there is nothing


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary"
    for start in (b"", b"AMPARO\x1a\n", b"AMPARO\x1a\ntest    \x03\0\0\0"):
        path.write_bytes(start + raw)
        with pytest.raises(FileRefused):
            SealedFile(path, "test", 3)
