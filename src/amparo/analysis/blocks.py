"""Blocks that a picture or film carries besides pixels, as bytes, each with the place where it stands."""

from dataclasses import dataclass, field
from enum import StrEnum

BLOCK_BYTES = 4 * 1024 * 1024
"""No block is kept that is larger, but for C2PA stores."""
STORE_BYTES = 32 * 1024 * 1024
"""A C2PA store holds small pictures of all its ingredients."""
_KEPT_BYTES = 64 * 1024 * 1024
_BLOCKS = 1024
_GAPS = 32
_TEXTS = 256
_TEXT_BYTES = 64 * 1024


class Kind(StrEnum):
    """What a block is."""

    EXIF = "exif"
    """A TIFF structure, from its byte-order mark on."""
    XMP = "xmp"
    IPTC = "iptc"
    TEXT = "text"
    """A comment, or a text under a keyword."""
    JUMBF = "jumbf"
    """Boxes of ISO/IEC 19566-5, of which C2PA's store of manifests is one."""
    SEGMENT = "segment"
    """A JPEG's application segment that no standard names."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block where it stands in the file."""

    kind: Kind
    place: str
    """In words: `tEXt chunk`, `APP1 segment`, `uuid box` …"""
    offset: int
    """Where it begins in the file."""
    size_bytes: int
    """How many bytes it takes there, as stored."""
    payload: bytes
    """Its content: joined, where it lies in pieces, and decompressed."""
    keyword: str = ""
    packed: bool = False
    """Whether it is stored compressed as a whole, so that a place in `payload` is none in the file."""


@dataclass(slots=True)
class Embedded:
    """The blocks of one file; each is empty where there is none."""

    exif: bytes = b""
    """A TIFF structure, from its byte-order mark on."""
    exif_is_the_file: bool = False
    """Whether the file itself is such a structure (TIFF and most raw photographs)."""
    xmp: bytes = b""
    iptc: bytes = b""
    """IPTC-IIM records."""
    icc: bytes = b""
    texts: list[tuple[str, bytes]] = field(default_factory=list)
    """Comments, and texts with their keywords, cut at 64 KiB."""
    blocks: list[Block] = field(default_factory=list)
    """All blocks with their places, in the order in which they were met."""
    gaps: list[str] = field(default_factory=list)
    """Sentences: which blocks were met and not read, and why."""
    density: tuple[int, int, str] | None = None
    """Pixels across and down for each unit of length."""
    trailing_bytes: int | None = None
    """How much follows after the end of the picture; `None` where the format or its damage leaves it unknown."""
    obstacle: str = ""
    """A sentence: why there may be more than was found; else empty."""
    missing: str = ""
    """A sentence: which optional part of Amparo would have read more; else empty."""
    _kept_bytes: int = 0

    def add_text(self, keyword: str, text: bytes) -> None:
        """Keep a text, within bounds."""
        if len(self.texts) < _TEXTS:
            self.texts.append((keyword, text[:_TEXT_BYTES]))

    def add(self, block: Block) -> None:
        """Keep a block that holds something, within bounds; what is not kept is a gap."""
        if not block.payload:
            return
        if len(self.blocks) >= _BLOCKS or self._kept_bytes + len(block.payload) > _KEPT_BYTES:
            self.skip(block.place, block.offset, block.size_bytes, "there are too many blocks before it")
            return
        self._kept_bytes += len(block.payload)
        self.blocks.append(block)

    def skip(self, place: str, offset: int, size_bytes: int, why: str = "it is larger than 4 MiB") -> None:
        """Note a block that was not read."""
        self.note(f"The {place} of {size_bytes} bytes at offset {offset} was not read: {why}.")

    def note(self, sentence: str) -> None:
        """Note in a sentence what was not read, or only in part."""
        if len(self.gaps) < _GAPS:
            self.gaps.append(sentence)
        elif len(self.gaps) == _GAPS:
            self.gaps.append("There are more blocks that were not read.")
