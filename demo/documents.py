"""Made-up documents, chat databases and short videos, the same bytes each time."""

import importlib.util
import io
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

import pictures

_NICKNAMES = ("granite", "lantern", "otter", "quartz", "sparrow", "thistle", "umber", "willow")
_MESSAGES = (
    "This message is made up.",
    "The view from the ridge was worth it, see the picture.",
    "Which lens did you use?",
    "I sent you the chart with the made-up numbers.",
    "No signal up here, I will write tomorrow.",
    "¿Quedamos en la estación a las ocho?",
    "Jeg tog toget kl. 7.",
    "今日は雨です。",
)


def zipped(members: Mapping[str, bytes], when: datetime, *, stored: Sequence[str] = (".jpg", ".jpeg", ".mp4")) -> bytes:
    """A zip of these members, in this order, with one time; media are stored as they are, as phones do."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, when.timetuple()[:6])
            member.compress_type = zipfile.ZIP_STORED if name.endswith(tuple(stored)) else zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return file.getvalue()


def word_members(title: str, jpeg: bytes) -> dict[str, bytes]:
    """What lies in an office document (ECMA-376) with one paragraph and one picture."""
    kinds = "http://schemas.openxmlformats.org"
    types = (
        f'<Types xmlns="{kinds}/package/2006/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="jpeg" ContentType="image/jpeg"/>'
        '<Override PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relation = (
        f'<Relationships xmlns="{kinds}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{kinds}/officeDocument/2006/relationships/%s" Target="%s"/></Relationships>'
    )
    body = (
        f'<w:document xmlns:w="{kinds}/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{title}</w:t></w:r></w:p>'
        "</w:body></w:document>"
    )
    return {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": (relation % ("officeDocument", "word/document.xml")).encode(),
        "word/document.xml": body.encode(),
        "word/_rels/document.xml.rels": (relation % ("image", "media/image1.jpeg")).encode(),
        "word/media/image1.jpeg": jpeg,
    }


def pdf(title: str, photographs: Sequence[bytes], drawing: Image.Image) -> bytes:
    """A PDF (ISO 32000-1) with a page for each JPEG as it is, and one for a drawing as deflated pixels."""
    streams = []
    for content in photographs:
        with Image.open(io.BytesIO(content)) as opened:
            streams.append((opened.size, "DCTDecode", content))
    streams.append((drawing.size, "FlateDecode", zlib.compress(drawing.convert("RGB").tobytes(), 6)))
    pages = range(4, 4 + 3 * len(streams), 3)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{page} 0 R' for page in pages)}] >>".encode(),
        f"<< /Title ({title}) /Producer (made up for demonstration) >>".encode(),
    ]
    for page, ((width, height), coding, content) in zip(pages, streams, strict=True):
        draw = b"q 400 0 0 300 100 400 cm /P Do Q"
        picture = (
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB"
            f" /BitsPerComponent 8 /Filter /{coding} /Length {len(content)} >>\nstream\n"
        )
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {page + 1} 0 R"
            f" /Resources << /XObject << /P {page + 2} 0 R >> >> >>".encode(),
            f"<< /Length {len(draw)} >>\nstream\n".encode() + draw + b"\nendstream",
            picture.encode() + content + b"\nendstream",
        ]
    file = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(file))
        file += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010} 00000 n \n" for at in offsets)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{len(file)}\n%%EOF\n"
    return bytes(file) + table.encode() + end.encode()


def chat_database(rng: np.random.Generator, start: datetime, messages: int, attachments: Sequence[str]) -> bytes:
    """An SQLite database of a messenger that does not exist, with nicknames and messages that are made up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "chat.db")
        connection = sqlite3.connect(path)
        try:
            with connection:
                connection.executescript(
                    "CREATE TABLE note (text TEXT);"
                    "CREATE TABLE contact (id INTEGER PRIMARY KEY, nickname TEXT);"
                    "CREATE TABLE message (id INTEGER PRIMARY KEY, contact INTEGER REFERENCES contact (id),"
                    " sent_ms INTEGER, text TEXT, attachment TEXT);"
                )
                connection.execute("INSERT INTO note VALUES ('Every name and message in this database is made up.')")
                connection.executemany("INSERT INTO contact VALUES (?, ?)", enumerate(_NICKNAMES, 1))
                sent = start
                for number in range(1, messages + 1):
                    sent += timedelta(seconds=int(rng.integers(20, 9000)))
                    attachment = attachments[number // 7 % len(attachments)] if number % 7 == 0 else None
                    contact, text = int(rng.integers(1, len(_NICKNAMES) + 1)), _MESSAGES[rng.integers(len(_MESSAGES))]
                    row = (number, contact, int(sent.timestamp() * 1000), text, attachment)
                    connection.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", row)
        finally:
            connection.close()
        return path.read_bytes()


def video(rng: np.random.Generator, *, seconds: int, width: int, height: int, container: str = "mp4") -> bytes | None:
    """A view that wanders over a landscape or texture; `None` where the package `av` is not installed."""
    try:
        import av
    except ImportError:
        return None
    rate = 25
    scene = np.asarray(pictures.SCENES[rng.integers(3)](rng, width * 2, height * 2))
    speed = (width - 2) / (seconds * rate)
    file = io.BytesIO()
    with av.open(file, "w", format=container, options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.bit_rate, stream.pix_fmt = width, height, 1_200_000, "yuv420p"
        # More threads would cut the picture in other places, and give other bytes.
        stream.thread_count = 1
        for number in range(seconds * rate):
            left, top = int(number * speed), int(height / 2 * (1 + np.sin(number / 40)))
            frame = av.VideoFrame.from_ndarray(scene[top : top + height, left : left + width], format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return file.getvalue()


def package_pictures() -> dict[str, bytes]:
    """Sample pictures that ship inside installed packages, by file name; none where there are none."""
    found = {}
    for package, place in (("importlinter", "ui/static/logo.png"),):
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            path = Path(folder, place)
            if path.is_file():
                found[f"{package}-{path.name}"] = path.read_bytes()
    return found
