"""Marks of provenance and of generators in files, written by ourselves; what is signed, with keys made on the spot.

The pictures that carry them are textures: no generator was asked for anything.
"""

import datetime
import io
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from contracts.films import film
from contracts.pictures import colours, png_chunk, saved

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
FORMS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
    "JXL": "image/jxl",
}
"""Pillow's names of the formats that carry EXIF and XMP, and their media types."""
PICTURE = colours(160, 128)


@cache
def plain(media_type: str) -> bytes:
    """A file with no mark."""
    if media_type == "video/mp4":
        return film(frames=8)
    if media_type in ("image/gif", "image/jp2"):
        return saved(PICTURE, {"image/gif": "GIF", "image/jp2": "JPEG2000"}[media_type])
    if media_type == "image/jxl":
        bare = saved(PICTURE, "JXL")
        return box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ") + box(b"jxlc", bare)
    return saved(PICTURE, next(form for form, of in FORMS.items() if of == media_type))


# Texts


def png_text(raw: bytes, keyword: str, text: str, kind: bytes = b"tEXt") -> bytes:
    """A PNG with a text under a keyword, before its pixels."""
    head, body = keyword.encode() + b"\0", text.encode()
    payload = {
        b"tEXt": head + body,
        b"zTXt": head + b"\0" + zlib.compress(body),
        b"iTXt": head + b"\0\0\0\0" + body,
        b"iTXz": head + b"\1\0\0\0" + zlib.compress(body),
    }[kind]
    return raw[:33] + png_chunk(b"iTXt" if kind == b"iTXz" else kind, payload) + raw[33:]


def film_text(keyword: str, text: str) -> bytes:
    """A film with a text under a key, as generators of films write it."""
    return film(frames=8, tags={keyword: text}, options={"movflags": "use_metadata_tags"})


def jpeg_segment(raw: bytes, marker: int, payload: bytes) -> bytes:
    """A JPEG with one more segment after its start."""
    return raw[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + raw[2:]


def box(kind: bytes, payload: bytes) -> bytes:
    """A box of ISO's base media format, and of JUMBF."""
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def xmp(properties: str) -> bytes:
    """An XMP packet with one description, whose attributes and elements are given."""
    return (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<rdf:Description xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'"
        " xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'"
        " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/'"
        f" {properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def with_xmp(media_type: str, packet: bytes) -> bytes:
    """A file with an XMP packet."""
    raw = plain(media_type)
    if media_type in ("video/mp4", "image/jp2"):
        return raw + box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + packet)
    if media_type == "image/gif":
        tail = b"\1" + bytes(range(255, -1, -1)) + b"\0"
        return raw[:-1] + b"!\xff\x0bXMP DataXMP" + packet + tail + b";"
    if media_type == "image/png":
        return png_text(raw, "XML:com.adobe.xmp", packet.decode(), b"iTXt")
    if media_type == "image/tiff":
        return saved(PICTURE, "TIFF", tiffinfo={700: packet})
    return saved(PICTURE, next(form for form, of in FORMS.items() if of == media_type), xmp=packet)


def with_exif(media_type: str, tags: Mapping[int, Any]) -> bytes:
    """A file with these EXIF tags."""
    exif = Image.Exif()
    for tag, value in tags.items():
        if tag == 0x9286:
            exif.get_ifd(0x8769)[tag] = value
        else:
            exif[tag] = value
    form = next(form for form, of in FORMS.items() if of == media_type)
    return saved(PICTURE, form, exif=exif.tobytes())


def samsung_trailer(raw: bytes, parts: Mapping[bytes, bytes]) -> bytes:
    """A picture with what Samsung's phones append."""
    made, table = b"", b""
    for name, payload in parts.items():
        part = struct.pack("<HHI", 0, 0x0BA1, len(name)) + name + payload
        made += part
        table += struct.pack("<HHII", 0, 0x0BA1, len(made), len(part))
    # Offsets count backwards from the table.
    total, rows = len(made), b""
    for at in range(0, len(table), 12):
        zero, kind, end, size = struct.unpack_from("<HHII", table, at)
        rows += struct.pack("<HHII", zero, kind, total - end + size, size)
    head = b"SEFH" + struct.pack("<II", 107, len(parts)) + rows
    return raw + made + head + struct.pack("<I", len(head)) + b"SEFT"


def stealth_png(text: str, mark: str, height: int = 160, width: int = 128, *, form: str = "PNG") -> bytes:
    """A PNG, or a WebP without loss, with a text in the lowest bits of its pixels."""
    channels = 4 if "png" in mark else 3
    pixels = np.asarray(colours(height, width).convert("RGBA" if channels == 4 else "RGB")).copy()
    body = text.encode()
    if mark.endswith("comp"):
        packer = zlib.compressobj(wbits=31)
        body = packer.compress(body) + packer.flush()
    raw = mark.encode() + struct.pack(">I", 8 * len(body)) + body
    bits = np.unpackbits(np.frombuffer(raw, np.uint8))
    chosen = pixels[:, :, 3:4] if channels == 4 else pixels[:, :, :3]
    columns = chosen.transpose(1, 0, 2).reshape(-1).copy()
    columns[: len(bits)] = columns[: len(bits)] & 0xFE | bits
    chosen[...] = columns.reshape(width, height, -1).transpose(1, 0, 2)
    return saved(Image.fromarray(pixels), form, **({"lossless": True, "exact": True} if form == "WEBP" else {}))


def film_tags(tags: Mapping[str, str]) -> bytes:
    """A WebM with tags, as generators of films write it."""
    return film(container="webm", codec="libvpx-vp9", frames=4, tags=dict(tags))


def photoshop(resources: Mapping[int, bytes]) -> bytes:
    """A Photoshop document of one black picture with these image resources."""
    stored = b"".join(
        b"8BIM" + struct.pack(">HBBI", number, 0, 0, len(payload)) + payload + b"\0" * (len(payload) % 2)
        for number, payload in resources.items()
    )
    header = b"8BPS\0\1" + bytes(6) + b"\0\3" + (64).to_bytes(4) * 2 + b"\0\x08\0\3" + bytes(4)
    return header + struct.pack(">I", len(stored)) + stored + bytes(4) + b"\0\0" + bytes(64 * 64 * 3)


def brotli_box(kind: bytes, payload: bytes) -> bytes:
    """A box of JPEG XL or of JUMBF that Brotli has compressed."""
    brotli = pytest.importorskip("brotli", reason="amparo[provenance] is not installed")
    return box(b"brob", kind + brotli.compress(payload))


# C2PA by hand: JUMBF, CBOR, and where containers keep it


def cbor(value: Any) -> bytes:
    """A value in CBOR."""

    def head(major: int, length: int) -> bytes:
        if length < 24:
            return bytes([major << 5 | length])
        return bytes([major << 5 | 26]) + struct.pack(">I", length)

    if isinstance(value, bool) or value is None:
        return {True: b"\xf5", False: b"\xf4", None: b"\xf6"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, Mapping):
        return head(5, len(value)) + b"".join(cbor(key) + cbor(each) for key, each in value.items())
    return head(4, len(value)) + b"".join(cbor(each) for each in value)


def labelled(kind: bytes, label: str, *contents: bytes) -> bytes:
    """A box of JUMBF with a label."""
    description = kind + bytes.fromhex("00110010800000aa00389b71") + b"\3" + label.encode() + b"\0"
    return box(b"jumb", box(b"jumd", description) + b"".join(contents))


def manifest(label: str, assertions: Mapping[str, Any]) -> bytes:
    """A manifest that nobody signed."""
    boxes = [labelled(b"cbor", name, box(b"cbor", cbor(content))) for name, content in assertions.items()]
    claim = {"claim_generator": "Alfama 1", "dc:title": label}
    return labelled(
        b"c2ma",
        label,
        labelled(b"c2as", "c2pa.assertions", *boxes),
        labelled(b"c2cl", "c2pa.claim", box(b"cbor", cbor(claim))),
    )


def created(source: str, action: str = "c2pa.created") -> dict[str, Any]:
    """The assertion that an action made the picture from such a source."""
    return {"c2pa.actions": {"actions": [{"action": action, "digitalSourceType": SOURCE + source}]}}


def ingredient(label: str, relationship: str) -> dict[str, Any]:
    """The assertion that the picture was made of another, which has a manifest."""
    named = {"url": f"self#jumbf=/c2pa/{label}", "hash": b"0"}
    return {"c2pa.ingredient": {"relationship": relationship, "c2pa_manifest": named}}


def store(*manifests: bytes) -> bytes:
    """A store of manifests, the active one last."""
    return labelled(b"c2pa", "c2pa", *manifests)


def with_store(media_type: str, made: bytes) -> bytes:
    """A file with a store of C2PA's manifests."""
    raw = plain(media_type)
    if media_type == "image/png":
        return raw[:33] + png_chunk(b"caBX", made) + raw[33:]
    if media_type == "image/jpeg":
        segments = b""
        pieces = [made[start : start + 400] for start in range(0, len(made), 400)]
        for number, piece in enumerate(pieces, 1):
            payload = b"JP\0\1" + struct.pack(">I", number) + (b"" if number == 1 else made[:8]) + piece
            segments += struct.pack(">BBH", 0xFF, 0xEB, len(payload) + 2) + payload
        return raw[:2] + segments + raw[2:]
    if media_type == "image/webp":
        body = raw[12:] + struct.pack("<4sI", b"C2PA", len(made)) + made + b"\0" * (len(made) % 2)
        return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WEBP") + body
    if media_type == "image/tiff":
        return saved(PICTURE, "TIFF", tiffinfo={52545: made})
    if media_type in ("image/jxl", "image/jp2"):
        return raw + made
    if media_type == "image/gif":
        blocks = b"".join(bytes([len(made[at : at + 255])]) + made[at : at + 255] for at in range(0, len(made), 255))
        return raw[:-1] + b"!\xff\x0bC2PA_GIF\x01\0\0" + blocks + b"\0;"
    purpose = b"\0\0\0\0manifest\0" + bytes(8)
    return raw + box(b"uuid", bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + purpose + made)


# C2PA signed by the library, with keys that mean nothing


@cache
def _signer(until: int = 2099) -> Any:
    c2pa = pytest.importorskip("c2pa", reason="amparo[provenance] is not installed")
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    chain = _certificate("Alfama camera", key, root, until), _certificate("Alfama root", root, root, 2099)
    certificates = b"".join(each.public_bytes(Encoding.PEM) for each in chain)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", certificates, secret, None))


def _certificate(
    name: str, of: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, until: int
) -> x509.Certificate:
    def named(common: str) -> x509.Name:
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Alfama Optics")
        return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    root = of is by
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("Alfama root"))
        .public_key(of.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(until, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.BasicConstraints(root, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False)
        .add_extension(x509.KeyUsage(not root, False, False, False, False, root, root, False, False), True)
    )
    if not root:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
    return made.sign(by, hashes.SHA256())


def signed(
    media_type: str,
    actions: Sequence[Mapping[str, Any]],
    ingredients: Sequence[tuple[str, str, bytes]] = (),
    *,
    raw: bytes = b"",
) -> bytes:
    """A file with a manifest that is signed; `ingredients` are relationship, media type and bytes."""
    c2pa = pytest.importorskip("c2pa", reason="amparo[provenance] is not installed")
    definition = {
        "claim_generator_info": [{"name": "Alfama", "version": "1"}],
        "title": "texture",
        "assertions": [{"label": "c2pa.actions", "data": {"actions": list(actions)}}],
    }
    made = io.BytesIO()
    with c2pa.Builder(definition) as builder:
        for relationship, kind, content in ingredients:
            stated = json.dumps({"title": "ingredient", "relationship": relationship, "label": relationship})
            builder.add_ingredient(stated, kind, io.BytesIO(content))
        builder.sign(_signer(), media_type, io.BytesIO(raw or plain(media_type)), made)
    return made.getvalue()


def action(name: str, source: str = "", of: str = "") -> dict[str, Any]:
    """An action for `signed`: with a digital source type, and of an ingredient with this relationship."""
    stated: dict[str, Any] = {"action": name}
    if source:
        stated["digitalSourceType"] = SOURCE + source
    if of:
        stated["parameters"] = {"ingredientIds": [of]}
    return stated


# For the fuzzer


def provenance_samples(reader: str) -> list[bytes]:
    """Small samples for a reader of what files declare."""
    made = store(
        manifest("a", created("trainedAlgorithmicMedia")),
        manifest("b", created("digitalCapture") | ingredient("a", "parentOf")),
    )
    parameters = "hills\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, Seed: 4242, Model: landscape_v1"
    graph = json.dumps({"3": {"class_type": "KSampler", "inputs": {"seed": 5, "model": ["4", 0]}}})
    trailer = samsung_trailer(b"picture", {b"PhotoEditor_Re_Edit_Data": b'{"genAIType":1}', b"Image_UTC_Data": b"17"})
    comment = {0x9286: b"UNICODE\0" + parameters.encode("utf-16-be"), 0x010F: "Ideogram AI"}
    containers = ("image/png", "image/jpeg", "image/webp", "image/tiff", "image/jxl", "image/heic", "image/gif")
    samples: dict[str, list[bytes]] = {
        "declared": [
            *(with_store(media_type, made) for media_type in containers),
            *(with_exif(media_type, comment) for media_type in FORMS.values()),
            png_text(plain("image/png"), "parameters", parameters),
            samsung_trailer(plain("image/jpeg"), {b"PhotoEditor_Re_Edit_Data": b'{"genAIType":1}'}),
        ],
        "c2pa_store": [made],
        "generation_texts": [f"parameters\n{parameters}".encode(), f"prompt\n{graph}".encode()],
        "exif_statements": [with_exif("image/tiff", comment)],
        "samsung_trailer": [trailer],
        "stealth_text": [
            stealth_png(parameters, mark, 40, 60, form=form)
            for mark in ("stealth_pngcomp", "stealth_rgbinfo")
            for form in ("PNG", "WEBP")
        ],
        "matroska": [film_tags({"prompt": graph, "title": "waves"})],
        "photoshop_resources": [photoshop({0x0404: b"\x1c\2n\0\1a", 0x0422: b"II*\0", 0x0424: b"<x/>", 0x040F: b"1"})],
        "brotli_stream": [brotli_box(b"xml ", parameters.encode() * 9)[12:]],
    }
    return samples[reader]
