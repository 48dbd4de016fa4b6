"""What kind of bytes an item is, told from its beginning, never from its name; and whether its name agrees.

The signatures are those of the formats' own specifications and, for those without one, of the files that their
programs write. The names are IANA's where there is one, else the `x-` names that the field uses.
"""

import re
import struct
from collections.abc import Callable

from amparo.analysis.extensions import ACCEPTED
from amparo.analysis.older_pictures import older_picture
from amparo.analysis.text_type import text_type, wide_text_type

EMPTY = "application/x-empty"
UNKNOWN = "application/octet-stream"

_Told = str | Callable[[bytes, int], str]
"""A media type, or what to ask further; which answers with a media type, or with nothing."""


def media_type(head: bytes, size_bytes: int) -> str:
    """The media type of an item of `size_bytes` that begins with `head` (68 KiB, or all if there is less).

    Any bytes have one: `application/x-empty`, `text/plain` and `application/octet-stream` are those of the rest.
    """
    if not head:
        return EMPTY
    for signature, told in _BY_FIRST_BYTE.get(head[0], ()):
        if head.startswith(signature):
            answer = told if isinstance(told, str) else told(head, size_bytes)
            if answer:
                return answer
    second_word = _BY_SECOND_WORD.get(head[4:8])
    if second_word is not None and (answer := second_word(head, size_bytes)):
        return answer
    return text_type(head, size_bytes) or _later(head, size_bytes) or UNKNOWN


def extension_agrees(name: str, media_type: str) -> bool | None:
    """Whether the extension of `name` suits `media_type`.

    `None` where the name has no extension, or one that says nothing, or where there are no bytes to disagree with.
    """
    stem, dot, extension = name.rpartition("/")[2].rpartition(".")
    accepted = ACCEPTED.get(extension.lower()) if stem and dot else None
    if accepted is None or media_type == EMPTY:
        return None
    return media_type in accepted


def _iso_media(head: bytes, size_bytes: int) -> str:
    """ISO/IEC 14496-12: the brands of a `ftyp` box say what the file is."""
    end = min(int.from_bytes(head[:4]), 512)
    major, others = head[8:12], [head[at : at + 4] for at in range(16, end, 4)]
    told = _BRANDS.get(major)
    if told is None and major in (b"mif1", b"msf1", b"miaf"):
        told = next((_BRANDS[brand] for brand in others if _BRANDS.get(brand, "").startswith("image/")), "image/heif")
    if told is None and major[:2] == b"3g":
        told = "video/3gpp2" if major[2:3] == b"2" else "video/3gpp"
    return told or next((_BRANDS[brand] for brand in others if brand in _BRANDS), "video/mp4")


def _quicktime(head: bytes, size_bytes: int) -> str:
    """A QuickTime film from before `ftyp`: it begins with an atom that fits in the file."""
    length = int.from_bytes(head[:4])
    return "video/quicktime" if length == 1 or 8 <= length <= size_bytes else ""


def _riff(head: bytes, size_bytes: int) -> str:
    form = head[8:12]
    return {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav", b"ACON": "image/x-ani"}.get(
        form, ""
    )


def _iff(head: bytes, size_bytes: int) -> str:
    return "audio/aiff" if head[8:12] in (b"AIFF", b"AIFC") else ""


def _matroska(head: bytes, size_bytes: int) -> str:
    return "video/webm" if b"webm" in head[:256] else "video/x-matroska"


def _png(head: bytes, size_bytes: int) -> str:
    """Animated where an `acTL` chunk comes before the first `IDAT` (PNG 3rd edition, 11.3.6)."""
    at = 8
    while at + 8 <= len(head):
        chunk = head[at + 4 : at + 8]
        if chunk == b"acTL":
            return "image/apng"
        if chunk == b"IDAT":
            break
        at += 12 + int.from_bytes(head[at : at + 4])
    return "image/png"


def _bmp(head: bytes, size_bytes: int) -> str:
    """`BM` alone is too little: the size of the second header is one of those that exist."""
    sizes = (12, 16, 40, 52, 56, 64, 108, 124)
    return "image/bmp" if len(head) >= 18 and int.from_bytes(head[14:18], "little") in sizes else ""


def _icon(head: bytes, size_bytes: int) -> str:
    """A directory with at least one picture, the first of which lies behind it and inside the file."""
    if len(head) < 22 or head[9]:
        return ""
    count, (length, start) = int.from_bytes(head[4:6], "little"), struct.unpack_from("<II", head, 14)
    return "image/x-icon" if count and length and 6 + 16 * count <= start < size_bytes else ""


def _pcx(head: bytes, size_bytes: int) -> str:
    """A version, run lengths and a depth that exist."""
    return (
        "image/x-pcx"
        if len(head) >= 128 and head[1] in (0, 2, 3, 4, 5) and head[2] == 1 and head[3] in (1, 2, 4, 8)
        else ""
    )


def _portable_anymap(head: bytes, size_bytes: int) -> str:
    return "image/x-portable-anymap" if _ANYMAP.match(head) else ""


_ANYMAP = re.compile(rb"P[1-6Ff]\s+(?:#[^\n]*\n\s*)*\d{1,6}\s+\d{1,6}\s")


def _tiff(head: bytes, size_bytes: int) -> str:
    """TIFF 6.0, or a raw photograph that is a TIFF file: told by tags of the first directory, if the head holds it."""
    order = "<" if head[0] == 0x49 else ">"
    if head[8:10] == b"CR" and head[:2] == b"II":
        return "image/x-canon-cr2"
    if len(head) < 8:
        return ""
    start = struct.unpack_from(order + "I", head, 4)[0]
    directory = (
        head[start + 2 : start + 2 + 12 * struct.unpack_from(order + "H", head, start)[0]]
        if (start + 2 <= len(head))
        else b""
    )
    entries = {
        tag: value for tag, _, _, value in struct.iter_unpack(order + "HHII", directory[: len(directory) // 12 * 12])
    }
    if _TAG_DNG_VERSION in entries:
        return "image/x-adobe-dng"
    if _TAG_MAKE in entries and _TAG_SUB_DIRECTORIES in entries and entries.get(_TAG_NEW_SUBFILE_TYPE) == 1:
        make = head[entries[_TAG_MAKE] :][:5].upper()
        return _RAW_BY_MAKE.get(make[:4], "image/tiff")
    return "image/tiff"


_TAG_NEW_SUBFILE_TYPE, _TAG_MAKE, _TAG_SUB_DIRECTORIES, _TAG_DNG_VERSION = 254, 271, 330, 50706
_RAW_BY_MAKE = {
    b"NIKO": "image/x-nikon-nef",
    b"SONY": "image/x-sony-arw",
    b"PENT": "image/x-pentax-pef",
    b"SAMS": "image/x-samsung-srw",
}


def _zip(head: bytes, size_bytes: int) -> str:
    """What the first names and a stored `mimetype` tell; a plain zip otherwise."""
    names: set[bytes] = set()
    at = 0
    while 0 <= at <= len(head) - 30 and len(names) < 32:
        flags, method, packed_size, name_length, extra_length = _ZIP_ENTRY.unpack_from(head, at)
        start = at + 30 + name_length + extra_length
        name = head[at + 30 : at + 30 + name_length]
        if name == b"mimetype" and method == 0:
            told = head[start : start + packed_size]
            if re.fullmatch(rb"application/[a-z0-9.+-]{1,80}", told):
                return told.decode("ascii")
        names.add(name)
        at = head.find(b"PK\3\4", start + (0 if flags & _SIZES_FOLLOW else packed_size))
    for start_of_name, told_type in _ZIP_NAMES:
        if any(name.startswith(start_of_name) for name in names):
            return told_type
    return "application/zip"


_ZIP_ENTRY = struct.Struct("<6xHH8xI4xHH")
_SIZES_FOLLOW = 0x0008
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIP_NAMES = (
    (b"word/", _OFFICE + "wordprocessingml.document"),
    (b"xl/", _OFFICE + "spreadsheetml.sheet"),
    (b"ppt/", _OFFICE + "presentationml.presentation"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
    (b"classes.dex", "application/vnd.android.package-archive"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
)


def _bzip2(head: bytes, size_bytes: int) -> str:
    """The level is a digit, and a block or the end of the stream follows."""
    follows = head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
    return "application/x-bzip2" if head[3:4] in b"123456789" and follows else ""


def _program(head: bytes, size_bytes: int) -> str:
    """`MZ` begins DOS programs; the Windows ones point at a `PE` header."""
    if len(head) < 64:
        return ""
    at = int.from_bytes(head[60:64], "little")
    if head[at : at + 4] == b"PE\0\0":
        return "application/vnd.microsoft.portable-executable"
    last_page_bytes, pages, _, header_paragraphs = struct.unpack_from("<4H", head, 2)
    return "application/x-dosexec" if last_page_bytes < 512 and pages and header_paragraphs else ""


def _universal(head: bytes, size_bytes: int) -> str:
    """Java classes and Mach-O programs for several processors begin alike; no class is older than version 45."""
    return "application/x-mach-binary" if 0 < int.from_bytes(head[4:8]) < 45 else "application/java-vm"


def _ogg(head: bytes, size_bytes: int) -> str:
    beginning = head[:512]
    if b"\x80theora" in beginning or b"\x01video" in beginning:
        return "video/ogg"
    if b"\x01vorbis" in beginning or b"OpusHead" in beginning or b"Speex   " in beginning or b"\x7fFLAC" in beginning:
        return "audio/ogg"
    return "application/ogg"


def _windows_media(head: bytes, size_bytes: int) -> str:
    """ASF: what its stream properties (at the front of it) say that it holds."""
    if bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b") in head:
        return "video/x-ms-wmv"
    return "audio/x-ms-wma" if bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b") in head else "video/x-ms-asf"


def _transport(head: bytes, size_bytes: int) -> str:
    """MPEG-2 transport stream: a sync byte every 188 bytes."""
    return "video/mp2t" if size_bytes >= 376 and set(head[: 188 * 5 : 188]) == {0x47} else ""


def _timed_transport(head: bytes, size_bytes: int) -> str:
    """The same with a time of four bytes before each packet, as camcorders write it."""
    return "video/mp2t" if head[4:5] == b"G" and size_bytes >= 384 and set(head[4 : 192 * 5 : 192]) == {0x47} else ""


def _mpeg_audio(head: bytes, size_bytes: int) -> str:
    """MPEG audio or ADTS: two frame headers in a row, because one is only eleven bits."""
    length = _mpeg_frame_bytes(head[:4]) or _adts_frame_bytes(head[:6])
    follows = head[length : length + 2]
    if not length or (follows and (len(follows) < 2 or follows[0] != 0xFF or (follows[1] ^ head[1]) & 0xF6)):
        return ""
    return "audio/mpeg" if head[1] & 0x06 else "audio/aac"


def _mpeg_frame_bytes(header: bytes) -> int:
    """Length of an MPEG-1 layer III frame or an MPEG-2 one (ISO/IEC 11172-3, 13818-3), or 0."""
    if len(header) < 4 or header[1] & 0xE6 != 0xE2:
        return 0
    first = header[1] & 0x18 == 0x18
    rate = (_BIT_RATES_1 if first else _BIT_RATES_2)[header[2] >> 4]
    frequency = (44100, 48000, 32000, 0)[header[2] >> 2 & 3] >> {0x18: 0, 0x10: 1, 0x00: 2}.get(header[1] & 0x18, 31)
    return (144 if first else 72) * rate * 1000 // frequency + (header[2] >> 1 & 1) if rate and frequency else 0


_BIT_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_BIT_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)


def _adts_frame_bytes(header: bytes) -> int:
    """Length of an ADTS frame (ISO/IEC 13818-7, 6.2), or 0."""
    if len(header) < 6 or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0


def _later(head: bytes, size_bytes: int) -> str:
    """Marks that do not lie at the beginning."""
    if head[257:262] == b"ustar":
        return "application/x-tar"
    if head[128:132] == b"DICM":
        return "application/dicom"
    if head.find(b"%PDF-", 0, 1024) >= 0:
        return "application/pdf"
    return _timed_transport(head, size_bytes) or older_picture(head, size_bytes)


_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"crx ": "image/x-canon-cr3",
    b"jp2 ": "image/jp2",
    b"qt  ": "video/quicktime",
    b"M4V ": "video/x-m4v",
    b"M4VH": "video/x-m4v",
    b"M4VP": "video/x-m4v",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"M4P ": "audio/mp4",
    b"isom": "video/mp4",
    b"mp41": "video/mp4",
    b"mp42": "video/mp4",
}

_BY_SECOND_WORD: dict[bytes, Callable[[bytes, int], str]] = {
    b"ftyp": _iso_media,
    b"moov": _quicktime,
    b"mdat": _quicktime,
    b"wide": _quicktime,
    b"free": _quicktime,
    b"skip": _quicktime,
    b"pnot": _quicktime,
}

_SIGNATURES: tuple[tuple[bytes, _Told], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF", _riff),
    (b"RF64", _riff),
    (b"BM", _bmp),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"IIRO", "image/x-olympus-orf"),
    (b"IIRS", "image/x-olympus-orf"),
    (b"MMOR", "image/x-olympus-orf"),
    (b"IIU\0", "image/x-panasonic-rw2"),
    (b"FUJIFILMCCD-RAW", "image/x-fuji-raf"),
    (b"II\x1a\0\0\0HEAPCCDR", "image/x-canon-crw"),
    (b"\0MRM", "image/x-minolta-mrw"),
    (b"DDS ", "image/dds"),
    (b"qoif", "image/qoi"),
    (b"/* XPM */", "image/x-xpixmap"),
    (b"SIMPLE  =", "image/fits"),
    (b"\x0a", _pcx),
    (b"P", _portable_anymap),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\0\0\1\0", _icon),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/x-jp2-codestream"),
    (b"II\xbc\1", "image/jxr"),
    (b"gimp xcf ", "image/x-xcf"),
    (b"AC10", "image/vnd.dwg"),
    (b"\x1a\x45\xdf\xa3", _matroska),
    (b"FLV\1", "video/x-flv"),
    (b"\0\0\1\xba", "video/mpeg"),
    (b"\0\0\1\xb3", "video/mpeg"),
    (b"G", _transport),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), _windows_media),
    (b"OggS", _ogg),
    (b"ID3", "audio/mpeg"),
    (b"\xff", _mpeg_audio),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"FORM", _iff),
    (b"MThd", "audio/midi"),
    (b"caff\0\1", "audio/x-caf"),
    (b"%PDF-", "application/pdf"),
    (b"PK\3\4", _zip),
    (b"PK\5\6", "application/zip"),
    (b"PK\7\x08PK\3\4", "application/zip"),
    (b"Rar!\x1a\7", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", _bzip2),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x04\x22\x4d\x18", "application/x-lz4"),
    (b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (b"!<arch>\n", "application/x-archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ", _program),
    (b"\xca\xfe\xba\xbe", _universal),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (b"dex\n", "application/x-dex"),
    (b"\0asm\1\0\0\0", "application/wasm"),
    (b"bplist00", "application/x-bplist"),
    (b"regf", "application/x-ms-registry"),
    (b"ElfFile\0", "application/x-ms-evtx"),
    (bytes.fromhex("4c0000000114020000000000c000000000000046"), "application/x-ms-shortcut"),
    (b"EVF\x09\x0d\x0a\xff\0", "application/x-ewf"),
    (b"EVF2\x0d\x0a\x81\0", "application/x-ewf"),
    (b"LVF\x09\x0d\x0a\xff\0", "application/x-ewf"),
    (b"QFI\xfb", "application/x-qemu-disk"),
    (b"KDMV", "application/x-vmdk"),
    (b"vhdxfile", "application/x-vhdx"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"OTTO\0", "font/otf"),
    (b"\0\1\0\0\0", "font/ttf"),
    (b"ttcf\0", "font/collection"),
    (b"\xff\xfe", wide_text_type),
    (b"\xfe\xff", wide_text_type),
)

_BY_FIRST_BYTE: dict[int, tuple[tuple[bytes, _Told], ...]] = {
    first: tuple(pair for pair in _SIGNATURES if pair[0][0] == first) for first in {pair[0][0] for pair in _SIGNATURES}
}
