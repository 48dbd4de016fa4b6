"""Media types by content, on samples that the writers of each format made; and agreement with extensions."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import sys
import tarfile
import wave
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from amparo.analysis.extensions import ACCEPTED
from amparo.analysis.media_type import extension_agrees, media_type
from contracts.films import film


def told(raw: bytes) -> str:
    return media_type(raw[: 64 * 1024], len(raw))


def picture(form: str, mode: str = "RGB", **options: object) -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").convert(mode).save(written, form, **options)  # type: ignore[arg-type]
    return written.getvalue()


@pytest.mark.parametrize(
    ("form", "mode", "expected"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("MPO", "RGB", "image/jpeg"),
        ("PNG", "P", "image/png"),
        ("GIF", "P", "image/gif"),
        ("WEBP", "RGBA", "image/webp"),
        ("BMP", "RGB", "image/bmp"),
        ("TIFF", "RGB", "image/tiff"),
        ("TIFF", "LAB", "image/tiff"),
        ("ICO", "RGBA", "image/x-icon"),
        ("AVIF", "RGB", "image/avif"),
        ("JPEG2000", "RGB", "image/jp2"),
        ("DDS", "RGB", "image/dds"),
        ("PCX", "RGB", "image/x-pcx"),
        ("PPM", "RGB", "image/x-portable-anymap"),
        ("QOI", "RGB", "image/qoi"),
    ],
)
def test_pictures_that_pillow_writes(form: str, mode: str, expected: str) -> None:
    assert told(picture(form, mode)) == expected


def test_a_heic_picture() -> None:
    heif = pytest.importorskip("pillow_heif")
    written = io.BytesIO()
    heif.from_pillow(Image.linear_gradient("L").convert("RGB")).save(written)
    assert told(written.getvalue()) == "image/heic"


def test_an_animated_png_is_not_a_plain_one() -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in (0, 255)]
    written = io.BytesIO()
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])
    assert told(written.getvalue()) == "image/apng"


def tiff(order: str, entries: dict[int, int], after: bytes = b"") -> bytes:
    """A TIFF's first directory with whole numbers only; `after` lies at offset 512."""
    directory = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in sorted(entries.items()))
    start = b"II*\0" if order == "<" else b"MM\0*"
    head = start + struct.pack(order + "IH", 8, len(entries)) + directory
    return head.ljust(512, b"\0") + after


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("entries", "make", "expected"),
    [
        ({254: 0, 271: 512}, b"NIKON CORPORATION\0", "image/tiff"),
        ({254: 1, 271: 512, 330: 600}, b"NIKON CORPORATION\0", "image/x-nikon-nef"),
        ({254: 1, 271: 512, 330: 600}, b"SONY\0", "image/x-sony-arw"),
        ({254: 1, 271: 512, 330: 600}, b"Nobody\0", "image/tiff"),
        ({254: 1, 271: 512, 330: 600, 50706: 0x01040000}, b"SONY\0", "image/x-adobe-dng"),
    ],
)
def test_raw_photographs_that_are_tiff_files(order: str, entries: dict[int, int], make: bytes, expected: str) -> None:
    assert told(tiff(order, entries, make)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(100), "image/x-canon-cr2"),
        (b"IIRO\x08\0\0\0" + bytes(100), "image/x-olympus-orf"),
        (b"IIU\0\x18\0\0\0" + bytes(100), "image/x-panasonic-rw2"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(100), "image/x-fuji-raf"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(100), "image/x-canon-cr3"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(100), "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif" + bytes(100), "image/avif"),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1" + bytes(100), "image/heif"),
        (b"\0\0\0\x14ftypXYZ1\0\0\0\0qt  " + bytes(100), "video/quicktime"),
        (b"\0\0\0\x14ftypM4A \0\0\0\0M4A " + bytes(100), "audio/mp4"),
        (b"\0\0\0\x08wide\0\0\0\x00mdat" + bytes(100), "video/quicktime"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100), "image/jxl"),
        (b"\xff\x0a" + bytes(100), "image/jxl"),
        (b"8BPS\0\1" + bytes(100), "image/vnd.adobe.photoshop"),
        (b"\0\0\1\xba" + bytes(100), "video/mpeg"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"#!AMR\n" + bytes(100), "audio/amr"),
        (b"ID3\3\0\0" + bytes(100), "audio/mpeg"),
        (b"Rar!\x1a\7\1\0", "application/vnd.rar"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "application/x-7z-compressed"),
        (b"\x28\xb5\x2f\xfd\0\0", "application/zstd"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "application/x-ole-storage"),
        (b"EVF\x09\r\n\xff\0\1\1\0\0\0", "application/x-ewf"),
        (b"\xcf\xfa\xed\xfe" + bytes(30), "application/x-mach-binary"),
        (b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(30), "application/x-mach-binary"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(30), "application/java-vm"),
        (b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0", "application/vnd.microsoft.portable-executable"),
        (b"bplist00" + bytes(30), "application/x-bplist"),
        (b"regf" + bytes(30), "application/x-ms-registry"),
        (b"\r\n\r\n%PDF-1.4\n%\xe2\xe3\xcf\xd3", "application/pdf"),
        (b"", "application/x-empty"),
        (bytes(5000), "application/octet-stream"),
    ],
)
def test_marks_of_formats(raw: bytes, expected: str) -> None:
    assert told(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"BM and so on: a letter to the editor of the paper", "text/plain"),
        (b"MZ is how a letter may begin, too. " * 3, "text/plain"),
        (b"the free press, and nothing else", "text/plain"),
        (b"Good morning, everybody. " * 40, "text/plain"),
        (b"P5 is a node in the plan", "text/plain"),
        (b"PK\5", "application/octet-stream"),
        (b"BM" + bytes(100), "application/octet-stream"),
        (b"BZh7" + bytes(100), "application/octet-stream"),
        (b"\xff\xfb\x90\x64" + b"\x55" * 2000, "application/octet-stream"),
        (b"\0\0\1\0" + bytes(100), "application/octet-stream"),
        (b"G" + b"\xa5" * 1000, "application/octet-stream"),
    ],
)
def test_a_short_mark_alone_proves_nothing(raw: bytes, expected: str) -> None:
    assert told(raw) == expected


@pytest.mark.parametrize(
    ("container", "codec", "expected"),
    [
        ("mp4", "mpeg4", "video/mp4"),
        ("mov", "mpeg4", "video/quicktime"),
        ("3gp", "libx264", "video/3gpp"),
        ("3g2", "libx264", "video/3gpp2"),
        ("ipod", "mpeg4", "video/x-m4v"),
        ("matroska", "mpeg4", "video/x-matroska"),
        ("webm", "libvpx-vp9", "video/webm"),
        ("avi", "mpeg4", "video/x-msvideo"),
        ("flv", "flv", "video/x-flv"),
        ("mpegts", "mpeg2video", "video/mp2t"),
        ("mpeg", "mpeg2video", "video/mpeg"),
        ("mpeg2video", "mpeg2video", "video/mpeg"),
        ("asf", "wmv2", "video/x-ms-wmv"),
    ],
)
def test_films_that_ffmpeg_writes(container: str, codec: str, expected: str) -> None:
    assert told(film(container=container, codec=codec, frames=4)) == expected


def sound(container: str, codec: str) -> bytes:
    written = io.BytesIO()
    with av.open(written, "w", format=container) as output:
        stream = output.add_stream(codec, rate=48000, layout="stereo")
        stream.bit_rate = 128_000
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 8192), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 48000
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return written.getvalue()


@pytest.mark.parametrize(
    ("container", "codec", "expected"),
    [
        ("adts", "aac", "audio/aac"),
        ("mp3", "libmp3lame", "audio/mpeg"),
        ("flac", "flac", "audio/flac"),
        ("ogg", "libopus", "audio/ogg"),
        ("aiff", "pcm_s16be", "audio/aiff"),
        ("asf", "wmav2", "audio/x-ms-wma"),
    ],
)
def test_sounds_that_ffmpeg_writes(container: str, codec: str, expected: str) -> None:
    raw = sound(container, codec)
    assert told(raw) == expected
    if container == "mp3":
        without_tag = raw[raw.index(b"\xff\xfb") :]
        assert told(without_tag) == expected


def test_a_wave_file() -> None:
    written = io.BytesIO()
    with wave.open(written, "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(8000)
        output.writeframes(bytes(100))
    assert told(written.getvalue()) == "audio/wav"


def zipped(names: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as output:
        for name, raw in names.items():
            output.writestr(name, raw, zipfile.ZIP_STORED if name == "mimetype" else None)
    return written.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["DCIM/0001.jpg"], "application/zip"),
        ([], "application/zip"),
        (["[Content_Types].xml", "_rels/.rels", "word/document.xml"], OFFICE + "wordprocessingml.document"),
        (["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"], OFFICE + "spreadsheetml.sheet"),
        (["[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml"], OFFICE + "presentationml.presentation"),
        (["META-INF/MANIFEST.MF", "A.class"], "application/java-archive"),
        (["META-INF/MANIFEST.MF", "AndroidManifest.xml"], "application/vnd.android.package-archive"),
    ],
)
def test_zips_by_what_they_hold(names: list[str], expected: str) -> None:
    assert told(zipped(dict.fromkeys(names, b"some bytes " * 50))) == expected


def test_zips_whose_sizes_follow_the_entries() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    written = Pipe()
    with zipfile.ZipFile(written, "w") as output:
        output.writestr("[Content_Types].xml", b"some bytes " * 50)
        output.writestr("xl/workbook.xml", b"")
    assert told(written.getvalue()) == OFFICE + "spreadsheetml.sheet"


def test_zips_that_state_their_type() -> None:
    stated = b"application/vnd.oasis.opendocument.text"
    assert told(zipped({"mimetype": stated, "content.xml": b"x"})) == stated.decode()
    assert told(zipped({"mimetype": b"application/epub+zip", "a": b"x"})) == "application/epub+zip"
    assert told(zipped({"mimetype": b"<script>\r\n", "a": b"x"})) == "application/zip"


def test_archives_that_python_writes(tmp_path: Path) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as output:
        output.addfile(tarfile.TarInfo("name"))
    assert told(written.getvalue()) == "application/x-tar"
    assert told(gzip.compress(b"x")) == "application/gzip"
    assert told(bz2.compress(b"x")) == "application/x-bzip2"
    assert told(bz2.compress(b"")) == "application/x-bzip2"
    assert told(lzma.compress(b"x")) == "application/x-xz"
    with sqlite3.connect(tmp_path / "database") as database:
        database.execute("create table t(a)")
    database.close()
    assert told((tmp_path / "database").read_bytes()) == "application/vnd.sqlite3"
    assert told(Path(sys.executable).resolve().read_bytes()) in ("application/x-elf", "application/x-mach-binary")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Olá, coração.\n", "text/plain"),
        ("a,b\n1,2\n", "text/plain"),
        ("<!DOCTYPE html>\n<html>", "text/html"),
        ("  <HTML lang=pt>", "text/html"),
        ("<!-- saved -->\n<html>", "text/html"),
        ("<?xml version='1.0'?><note/>", "application/xml"),
        ("<?xml version='1.0'?><!-- x --><svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        ("<b>bold words</b>", "text/plain"),
        (json.dumps({"a": [1, 2, {"b": None}]}), "application/json"),
        (json.dumps([{"a": 1}] * 2000), "application/json"),
        (json.dumps({"a": 1}) + "\n" + json.dumps({"a": 2}), "application/json"),
        ("[1] a footnote", "text/plain"),
        ("{not json}", "text/plain"),
        ("[" * 1500, "text/plain"),
        ("BEGIN:VCARD\r\nVERSION:3.0", "text/vcard"),
        ("Received: from a by b", "message/rfc822"),
        ("{\\rtf1\\ansi", "application/rtf"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_texts(text: str, expected: str, encoding: str) -> None:
    assert told(text.encode(encoding)) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize("shift", range(4))
def test_a_character_that_the_sample_cuts_is_still_text(encoding: str, shift: int) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert told(mark + ("a" * shift + "🌄" * 5000).encode(encoding)) == "text/plain"


@pytest.mark.parametrize(
    "text", ["<!---->" * 580, "<!--" * 1000, '{"' + "\\\\" * 2000, "[1" * 2000, "P1" + "\n#" * 2000]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    assert told(text.encode()) == "text/plain"


def test_a_character_that_the_item_cuts_is_not_text() -> None:
    assert told("🌄".encode()[:3]) == "application/octet-stream"


@given(raw=st.binary(max_size=600), size=st.integers(0, 2**40))
def test_any_bytes_have_a_media_type(raw: bytes, size: int) -> None:
    answer = media_type(raw, max(size, len(raw)))
    assert answer.count("/") == 1
    assert answer.isascii()


MARKS = sorted(
    {
        picture("PNG")[:64],
        picture("TIFF")[:64],
        picture("ICO", "RGBA")[:64],
        zipped({"mimetype": b"a", "word/x": b"y"}),
        b"\0\0\0\x18ftypmif1",
        b"RIFF\0\0\0\0",
        b"\xff\xfb\x90",
        b"\xff\xf1\x50",
        b"\xff\xfe",
        b"MZ" + bytes(60),
        b"G" + bytes(187),
        b"P6\n# c\n",
        b"{\n",
        b"<?xml",
    }
)


@given(mark=st.sampled_from(MARKS), keep=st.integers(0, 200), rest=st.binary(max_size=300), size=st.integers(0, 2**40))
def test_any_bytes_after_a_mark_have_a_media_type(mark: bytes, keep: int, rest: bytes, size: int) -> None:
    raw = mark[:keep] + rest
    assert media_type(raw, max(size, len(raw))).count("/") == 1


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("DCIM/0001.JPG", "image/jpeg", True),
        ("a.jpg", "image/png", False),
        ("a.jpg", "application/octet-stream", False),
        ("a.jpg", "application/x-empty", None),
        ("clip.mp4", "video/quicktime", True),
        ("clip.mp4", "video/x-matroska", False),
        ("notes.txt", "application/json", True),
        ("notes.txt", "application/zip", False),
        ("photo.heic", "image/jpeg", False),
        ("letter.docx", "application/zip", True),
        ("archive.tar.gz", "application/gzip", True),
        ("cache.dat", "image/jpeg", None),
        ("noextension", "image/jpeg", None),
        ("folder.jpg/noextension", "image/png", None),
        (".jpg", "image/png", None),
        ("dot.", "image/png", None),
        ("", "image/png", None),
        ("\udce4\udcff.png", "image/png", True),
    ],
)
def test_extensions(name: str, kind: str, expected: bool | None) -> None:
    assert extension_agrees(name, kind) is expected


@given(name=st.text(max_size=30), kind=st.sampled_from(["image/jpeg", "text/plain", "application/x-empty"]))
def test_any_name_has_an_answer(name: str, kind: str) -> None:
    assert extension_agrees(name, kind) in (True, False, None)


def test_extensions_are_written_in_lower_case() -> None:
    assert all(extension == extension.lower() and "." not in extension for extension in ACCEPTED)
