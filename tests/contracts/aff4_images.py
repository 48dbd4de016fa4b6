"""Writes AFF4 containers for tests, by the text of the AFF4 Standard v1.0a, with Python's own zip and zlib."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping

SCHEMA = "http://aff4.org/Schema#"
CHUNK = 4096
IN_BEVY = 4
STORED = ""
DEFLATE = "https://tools.ietf.org/html/rfc1951"
ZLIB = "https://www.ietf.org/rfc/rfc1950.txt"
SNAPPY = "http://code.google.com/p/snappy/"
LZ4 = "https://code.google.com/p/lz4/"


def raw_deflate(chunk: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(chunk) + packer.flush()


def snappy(chunk: bytes) -> bytes:
    import cramjam

    return bytes(cramjam.snappy.compress_raw(chunk))


def lz4(chunk: bytes) -> bytes:
    import cramjam

    return bytes(cramjam.lz4.compress_block(chunk, store_size=False))


PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    STORED: lambda chunk: chunk,
    DEFLATE: raw_deflate,
    ZLIB: zlib.compress,
    SNAPPY: snappy,
    LZ4: lz4,
}


class Aff4Writer:
    """One file of a container. Add streams, maps and images, then take `content`."""

    def __init__(self, urn: str = "aff4://aaaaaaaa-0000-4000-8000-000000000001") -> None:
        self.urn = urn
        self.members: list[tuple[str, bytes, int]] = []
        self._statements: list[str] = []

    def describe(self, urn: str, *properties: str) -> None:
        self._statements.append(f"<{urn}>\n    " + " ;\n    ".join(properties) + " .\n")

    def member(self, urn: str, content: bytes, method: int = zipfile.ZIP_STORED) -> None:
        own = f"{self.urn}/"
        name = urn[len(own) :] if urn.startswith(own) else urn.replace("://", "%3A%2F%2F")
        self.members.append((name, content, method))

    def stream(
        self, urn: str, content: bytes, method: str = STORED, *, pack: Callable[[bytes], bytes] | None = None
    ) -> None:
        """An ImageStream (clause 3): chunks that packing does not make smaller are stored, the last one is padded."""
        pack = pack or PACKERS[method]
        chunks = [content[at : at + CHUNK].ljust(CHUNK, b"\0") for at in range(0, len(content), CHUNK)]
        for number in range(0, len(chunks), IN_BEVY):
            bevy, index = b"", b""
            for chunk in chunks[number : number + IN_BEVY]:
                packed = pack(chunk)
                packed = packed if len(packed) < CHUNK - 16 else chunk
                index += struct.pack("<QI", len(bevy), len(packed))
                bevy += packed
            self.member(f"{urn}/{number // IN_BEVY:08d}", bevy)
            self.member(f"{urn}/{number // IN_BEVY:08d}.index", index)
        self.describe(
            urn,
            "a aff4:ImageStream",
            f'aff4:size "{len(content)}"^^xsd:long',
            f'aff4:chunkSize "{CHUNK}"^^xsd:int',
            f'aff4:chunksInSegment "{IN_BEVY}"^^xsd:int',
            *([f"aff4:compressionMethod <{method}>"] if method else []),
        )

    def map(
        self, urn: str, entries: Iterable[tuple[int, int, int, int]], targets: Iterable[str], *properties: str
    ) -> None:
        """A Map (clause 4); entries are (mapped offset, length, target offset, target)."""
        self.member(f"{urn}/map", b"".join(struct.pack("<QQQI", *entry) for entry in entries))
        self.member(f"{urn}/idx", "".join(f"{target}\n" for target in targets).encode())
        self.describe(urn, "a aff4:Map", *properties)

    def disk(self, urn: str, data: str, content: bytes | None = None, algorithms: tuple[str, ...] = ("MD5",)) -> None:
        """A DiskImage over `data`, with the digests of `content`."""
        hashes = [
            f'aff4:hash "{hashlib.new(name.lower(), content).hexdigest()}"^^aff4:{name}'
            for name in (algorithms if content is not None else ())
        ]
        self.describe(urn, "a aff4:DiskImage, aff4:ContiguousImage, aff4:Image", f"aff4:dataStream <{data}>", *hashes)

    def description(self) -> str:
        return (
            f"@prefix :     <{self.urn}> .\n@prefix xsd:  <http://www.w3.org/2001/XMLSchema#> .\n"
            f"@prefix aff4: <{SCHEMA}> .\n\n" + "\n".join(self._statements)
        )

    def content(self, description: str | None = None) -> bytes:
        """The file; with `description` in the place of the one that belongs to it."""
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr(zipfile.ZipInfo("container.description"), self.urn)
            archive.writestr(zipfile.ZipInfo("version.txt"), "major=1\nminor=0\ntool=test\n")
            for name, content, method in self.members:
                archive.writestr(zipfile.ZipInfo(name), content, method)
            text = self.description() if description is None else description
            archive.writestr(zipfile.ZipInfo("information.turtle"), text, zipfile.ZIP_DEFLATED)
            archive.comment = self.urn.encode()
        return whole.getvalue()


def urn(number: int) -> str:
    return f"aff4://bbbbbbbb-0000-4000-8000-{number:012d}"
