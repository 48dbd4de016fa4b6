import importlib
import io

import numpy as np
import pytest
from PIL import Image

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.limits import Limits
from amparo.evidence.pdf import Pdf, PdfFile
from contracts.container_format import ContainerFormatContract, MemoryStream, read_all

pypdfium2 = pytest.importorskip("pypdfium2")


def gradient(width: int, height: int) -> Image.Image:
    rows, columns = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([rows % 256, columns % 256, (rows + columns) % 256], axis=2).astype(np.uint8))


def jpeg(width: int, height: int) -> bytes:
    target = io.BytesIO()
    gradient(width, height).save(target, "JPEG")
    return target.getvalue()


def document(pages: list[list[bytes | Image.Image]], attachments: list[tuple[str, bytes]]) -> bytes:
    """A PDF with pictures on its pages: JPEG files as they are, others as pixels."""
    pdf = pypdfium2.PdfDocument.new()
    for pictures in pages:
        page = pdf.new_page(200, 200)
        for content in pictures:
            picture = pypdfium2.PdfImage.new(pdf)
            if isinstance(content, bytes):
                picture.load_jpeg(io.BytesIO(content), inline=True)
            else:
                picture.set_bitmap(pypdfium2.PdfBitmap.from_pil(content))
            picture.set_matrix(pypdfium2.PdfMatrix().scale(100, 100))
            page.insert_obj(picture)
        page.gen_content()
        page.close()
    for name, content in attachments:
        pdf.new_attachment(name).set_data(content)
    target = io.BytesIO()
    pdf.save(target)
    pdf.close()
    return target.getvalue()


PHOTO, OTHER = jpeg(64, 48), jpeg(30, 20)
SAMPLE = document(
    [[PHOTO, gradient(33, 21)], [], [OTHER]], [("a/b.txt", b"first"), ("a%2Fb.txt", b"second"), ("ü", b"3")]
)


class TestPdf(ContainerFormatContract):
    @pytest.fixture
    def container_format(self) -> Pdf:
        return Pdf()

    @pytest.fixture
    def sample(self) -> bytes:
        return SAMPLE


def opened(content: bytes, limits: Limits | None = None) -> PdfFile:
    return Pdf().open(MemoryStream(content), limits=limits or Limits())


def test_pictures_and_attachments_are_listed_by_their_places() -> None:
    assert [(item.name, item.locator) for item in opened(SAMPLE).items()] == [
        ("attachments/a%2Fb.txt", ""),
        ("attachments/a%2Fb.txt", "1"),
        ("attachments/ü", ""),
        ("page-0001/image-01.jpg", ""),
        ("page-0001/image-02.png", ""),
        ("page-0003/image-01.jpg", ""),
    ]


def test_jpeg_files_are_given_bit_by_bit_and_others_by_their_pixels() -> None:
    pdf = opened(SAMPLE)
    items = {item.name: item for item in pdf.items()}
    assert read_all(pdf, items["page-0001/image-01.jpg"]) == PHOTO
    assert read_all(pdf, items["page-0003/image-01.jpg"]) == OTHER
    with Image.open(io.BytesIO(read_all(pdf, items["page-0001/image-02.png"]))) as picture:
        assert picture.format == "PNG"
        assert np.array_equal(np.asarray(picture.convert("RGB")), np.asarray(gradient(33, 21)))


def test_attachments_are_given_whole_in_the_order_of_their_names() -> None:
    pdf = opened(SAMPLE)
    contents = [read_all(pdf, item) for item in pdf.items() if item.name.startswith("attachments/")]
    assert contents == [b"second", b"first", b"3"]


def test_a_picture_with_too_many_pixels_is_not_decoded() -> None:
    with pytest.raises(LimitReached, match="33 x 21 pixels"):
        opened(SAMPLE, Limits(picture_pixels=600)).open("page-0001/image-02.png", "")


def test_names_that_the_listing_does_not_give_are_refused() -> None:
    pdf = opened(SAMPLE)
    for name in (
        "page-0001/image-01.png",
        "page-00001/image-01.jpg",
        "page-0009/image-01.jpg",
        "page-0000/image-01.jpg",
    ):
        with pytest.raises(Unreadable, match="no item"):
            pdf.open(name, "")


def test_an_encrypted_document_says_so() -> None:
    trailer = SAMPLE.rindex(b"trailer")
    encrypt = (
        b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"
        b" /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
    )
    changed = SAMPLE[:trailer] + SAMPLE[trailer:].replace(b"<<", b"<< " + encrypt, 1)
    with pytest.raises(Encrypted):
        opened(changed)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(Unreadable, match=r"amparo\[documents\]"):
        opened(SAMPLE)


def test_a_stream_that_cannot_be_read_is_unreadable() -> None:
    class Broken(MemoryStream):
        def read_at(self, offset: int, length: int) -> bytes:
            raise Unreadable("broken")

    with pytest.raises(Unreadable, match="damaged"):
        Pdf().open(Broken(SAMPLE), limits=Limits())
