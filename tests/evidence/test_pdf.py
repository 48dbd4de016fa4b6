import hashlib
import importlib
import io
import struct

import numpy as np
import pytest
from PIL import Image

from amparo.domain.errors import Encrypted, LimitReached, Unreadable
from amparo.domain.limits import Limits
from amparo.domain.secrets import Secrets
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


_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def rc4(key: bytes, content: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypted_pdf(password: bytes, jpeg: bytes, width: int, height: int) -> bytes:
    """One picture on one page, by the standard handler of revision 2 (ISO 32000-1, 7.6.3): RC4 with 40 bits."""
    identifier = bytes(range(16))
    padded = (password + _PADDING)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + struct.pack("<i", -4) + identifier).digest()[:5]
    user = rc4(key, _PADDING)

    def stream(number: int, words: str, content: bytes) -> bytes:
        own = hashlib.md5(key + number.to_bytes(3, "little") + bytes(2)).digest()[:10]
        return f"<< {words} /Length {len(content)} >>\nstream\n".encode() + rc4(own, content) + b"\nendstream"

    words = (
        f"/Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>",
        stream(4, "", b"q 50 0 0 50 0 0 cm /I Do Q"),
        stream(5, f"/Type /XObject {words}", jpeg),
        f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{owner.hex()}> /U <{user.hex()}> >>".encode(),
    ]
    content, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    marks = identifier.hex()
    trailer = (
        f"trailer << /Size 7 /Root 1 0 R /Encrypt 6 0 R /ID [<{marks}> <{marks}>] >>\nstartxref\n{len(content)}\n%%EOF"
    )
    return content + table + trailer.encode()


def test_a_password_that_is_given_opens_an_encrypted_document() -> None:
    jpeg = io.BytesIO()
    gradient(40, 30).save(jpeg, "JPEG")
    content = encrypted_pdf(b"sesame", jpeg.getvalue(), 40, 30)
    for secrets in (Secrets(), Secrets(("guess",))):
        with pytest.raises(Encrypted, match=r"no password that was given|--secrets"):
            Pdf().unlock(MemoryStream(content), limits=Limits(), secrets=secrets)
    pdf = Pdf().unlock(MemoryStream(content), limits=Limits(), secrets=Secrets(("guess", "sesame")))
    (item,) = pdf.items()
    assert read_all(pdf, item) == jpeg.getvalue()
