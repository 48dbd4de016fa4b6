"""Rich Text Format: pictures and objects, as digits and as raw bytes."""

import pytest

from amparo.domain.limits import Limits
from amparo.evidence.rtf import Rtf
from contracts.compound_files import compound_file
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all
from contracts.pictures import colours, saved

JPEG = saved(colours(48, 64), "JPEG")
PNG = saved(colours(16, 16), "PNG")
SAMPLE = (
    b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\n{\\*\\shppict{\\pict{\\*\\picprop\\shplid1}\\jpegblip\\picw64\\pich48\n"
    + b"\n".join(JPEG.hex().encode()[place : place + 78] for place in range(0, 2 * len(JPEG), 78))
    + b"}}{\\pict\\pngblip\\picw16 \\bin%d " % len(PNG)
    + PNG
    + b"}\\picture words that only look so}"
)


class TestRtf(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Rtf:
        return Rtf()

    @pytest.fixture
    def sample(self) -> bytes:
        return SAMPLE


def parts(content: bytes) -> dict[str, bytes]:
    container = Rtf().open(MemoryStream(content), limits=Limits())
    return {item.name: read_all(container, item) for item in container.items()}


def test_pictures_are_given_bit_by_bit() -> None:
    assert parts(SAMPLE) == {"picture-0001.jpg": JPEG, "picture-0002.png": PNG}


def test_an_embedded_compound_file_is_given_as_that() -> None:
    inner = compound_file({"x": b"x" * 50})
    packed = (b"\x01\x05\0\0\x02\0\0\0" + b"Package\0" + inner).hex().encode()
    found = parts(b"{\\rtf1{\\object\\objemb{\\*\\objdata " + packed + b"}}{\\object{\\*\\objdata 00ff}}}")
    assert found == {"object-0001.ole": inner, "object-0002.bin": b"\x00\xff"}


def test_a_picture_that_is_cut_short_gives_what_is_there() -> None:
    cut = SAMPLE.index(b"}}{\\pict") - 101
    (found,) = parts(SAMPLE[:cut]).values()
    assert JPEG.startswith(found)
    assert len(found) > 400
    assert parts(b"{\\rtf1 \\pict\\bin9999999999 xyz") == {"picture-0001.bmp": b"xyz"}
    assert parts(b"{\\rtf1 \\pict\\bin-5 xyz") == {}
