"""Compound files: every stream, and the pictures, attachments and packages inside them."""

import struct
import zlib

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import Unreadable
from amparo.domain.item import Item
from amparo.domain.limits import Limits
from amparo.evidence.compound import Compound
from amparo.evidence.office_art import blips
from contracts.compound_files import compound_file
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.pictures import colours, saved

JPEG = saved(colours(64, 96), "JPEG")
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 300
DIB = struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 24, 0, 16, 0, 0, 0, 0) + b"rgbrgb\0\0" * 2


def blip(kind: int, instance: int, content: bytes, identifiers: int = 1) -> bytes:
    body = b"u" * 16 * identifiers + b"\xff" + content
    return struct.pack("<HHI", instance << 4, kind, len(body)) + body


def metafile(kind: int, instance: int, content: bytes, *, deflated: bool) -> bytes:
    packed = zlib.compress(content) if deflated else content
    body = b"u" * 16 + struct.pack("<I16s8sIBB", len(content), b"", b"", len(packed), 0 if deflated else 0xFE, 0xFE)
    return struct.pack("<HHI", instance << 4, kind, len(body + packed)) + body + packed


def opened(streams: dict[str, bytes]) -> dict[str, bytes | str]:
    container = Compound().open(MemoryStream(compound_file(streams)), limits=Limits())
    return {
        item.name + (f"#{item.locator}" if item.locator else ""): item.obstacle or read_all(container, item)
        for item in container.items()
    }


class TestCompound(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Compound:
        return Compound()

    @pytest.fixture
    def sample(self) -> bytes:
        return compound_file(
            {
                "Pictures": blip(0xF01D, 0x46A, JPEG) + blip(0xF01E, 0x6E0, PNG),
                "a/b/\x01c": b"c" * 100,
                "large": bytes(9000),
            }
        )


def test_every_stream_and_each_picture_of_a_presentation_is_an_item() -> None:
    pictures = blip(0xF01D, 0x46A, JPEG) + blip(0xF01E, 0x6E1, PNG, 2) + b"noise" + blip(0xF01F, 0x7A8, DIB)
    found = opened({"Pictures": pictures, "PowerPoint Document": b"p" * 5000, "empty": b""})
    assert found["Pictures"] == pictures
    assert found["PowerPoint Document"] == b"p" * 5000
    assert found["empty"] == b""
    inside = {name: content for name, content in found.items() if name.startswith("pictures/")}
    second = 8 + 17 + len(JPEG)
    third = second + 8 + 33 + len(PNG) + 5
    bitmap = struct.pack("<2sIHHI", b"BM", 14 + len(DIB), 0, 0, 54) + DIB
    assert inside == {
        "pictures/Pictures-00000000.jpg": JPEG,
        f"pictures/Pictures-{second:08}.png": PNG,
        f"pictures/Pictures-{third:08}.bmp": bitmap,
    }


def test_pictures_of_word_stand_among_other_bytes_and_metafiles_are_inflated() -> None:
    emf = b"\x01\0\0\0 EMF" * 40
    found = opened(
        {
            "Data": b"x" * 999
            + metafile(0xF01A, 0x3D4, emf, deflated=True)
            + metafile(0xF01B, 0x216, b"wmf", deflated=False)
        }
    )
    assert [content for name, content in found.items() if name.startswith("pictures/")] == [emf, b"wmf"]


def test_pictures_of_excel_are_joined_over_the_records_that_they_are_split_into() -> None:
    art = b"group" + blip(0xF01D, 0x46A, JPEG)
    parts = [art[place : place + 1000] for place in range(0, len(art), 1000)]
    records = struct.pack("<HH", 0x0809, 4) + b"bofo" + struct.pack("<HH", 0xEB, len(parts[0])) + parts[0]
    records += b"".join(struct.pack("<HH", 0x3C, len(part)) + part for part in parts[1:])
    records += struct.pack("<HH", 0x0A, 0) + struct.pack("<HH", 0x3C, 4) + b"skip"
    assert opened({"Workbook": records})["pictures/Workbook-00000005.jpg"] == JPEG


def test_attachments_of_a_message_have_their_long_names() -> None:
    storage = "__attach_version1.0_#00000000/__substg1.0_"
    other = "__attach_version1.0_#00000001/__substg1.0_"
    inner = "__attach_version1.0_#00000002/__substg1.0_3701000D/__attach_version1.0_#00000000/__substg1.0_"
    found = opened(
        {
            storage + "37010102": JPEG,
            storage + "3707001F": "photo of the sea/1.jpg\0".encode("utf-16-le"),
            other + "37010102": b"no name",
            inner + "37010102": b"inside a message inside",
            inner + "3704001E": b"INNER.TXT\0",
        }
    )
    assert found["attachments/photo of the sea_1.jpg"] == JPEG
    assert found["attachments/00000001"] == b"no name"
    assert found["attachments/INNER.TXT"] == b"inside a message inside"


def test_the_catalog_of_a_thumbs_db_names_its_pictures() -> None:
    def named(number: int, name: str) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0\0\0"
        return struct.pack("<IIQ", 16 + len(raw), number, 0) + raw

    catalog = struct.pack("<HHIII", 16, 7, 2, 96, 96) + named(1, "sea.jpg") + named(12, "dunes.jpg")
    entry = struct.pack("<III", 12, 1, len(JPEG)) + JPEG
    found = opened({"1": entry, "21": entry, "Catalog": catalog, "256_0123456789abcdef": entry, "96_x": entry})
    assert {name for name in found if name.startswith("thumbnails/")} == {
        "thumbnails/sea.jpg.jpg",
        "thumbnails/dunes.jpg.jpg",
        "thumbnails/256_0123456789abcdef.jpg",
    }
    assert found["thumbnails/dunes.jpg.jpg"] == JPEG


def test_a_package_is_unpacked_and_a_damaged_one_is_a_stream_only() -> None:
    def package(label: bytes, content: bytes, stated: int) -> bytes:
        body = b"\x02\0" + label + b"\0C:\\x\\y\0" + b"\0\0\x03\0" + struct.pack("<I", 5) + b"C:\\y\0"
        body += struct.pack("<I", stated) + content
        return struct.pack("<I", len(body)) + body

    whole = package(b"..\\sea/\xe9.jpg", JPEG, len(JPEG))
    found = opened({"ObjectPool/_1/\x01Ole10Native": whole, "ObjectPool/_2/\x01Ole10Native": package(b"x", b"cut", 99)})
    assert {name for name in found if name.startswith("embedded/")} == {"embedded/.._sea_é.jpg"}
    assert found["embedded/.._sea_é.jpg"] == JPEG
    for cut in range(0, len(whole), 7):
        opened({"\x01Ole10Native": whole[:cut]})


def test_an_encrypted_document_is_said_to_be() -> None:
    content = compound_file({"EncryptedPackage": b"e" * 5000, "EncryptionInfo": b"i" * 200})
    items = {item.name: item for item in Compound().open(MemoryStream(content), limits=Limits()).items()}
    assert items["EncryptedPackage"].cause is Cause.ENCRYPTED
    assert "password" in items["EncryptedPackage"].obstacle
    assert not items["EncryptionInfo"].obstacle


def test_a_stream_above_the_limit_says_so() -> None:
    content = compound_file({"large": bytes(5000), "small": b"s"})
    container = Compound().open(MemoryStream(content), limits=Limits(in_memory_bytes=4500))
    large, small = container.items()
    assert (large.cause, small.obstacle) == (Cause.LIMIT, "")
    with pytest.raises(Unreadable):
        container.open(large.name, large.locator)
    assert isinstance(small, Item)


def test_false_records_of_pictures_are_none() -> None:
    good = blip(0xF01D, 0x46A, JPEG)
    assert len(list(blips(good))) == 1
    assert not list(blips(good[:-1]))
    assert not list(blips(blip(0xF01D, 0x46A, b"no picture")))
    assert not list(blips(blip(0xF01D, 0x001, JPEG)))
    assert not list(blips(struct.pack("<HHI", 0x3D40, 0xF01A, 20) + bytes(20)))


@pytest.mark.parametrize("shifts", [b"\x1f\0\x06\0", b"\x09\0\x1f\0", b"\0\0\x06\0", b"\xff\xff\xff\xff"])
def test_the_size_of_sectors_is_none_that_asks_for_memory(shifts: bytes) -> None:
    content = compound_file({"a": b"a" * 5000})
    with pytest.raises(Unreadable, match="no version of the format"):
        Compound().open(MemoryStream(content[:30] + shifts + content[34:]), limits=Limits())
