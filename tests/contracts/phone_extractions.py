"""Writes extractions and backups of phones that hold benign files, after what is published of the formats."""

import hashlib
import io
import plistlib
import sqlite3
import struct
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap


@dataclass(frozen=True)
class Tagged:
    """A file of the phone, as a report lists it."""

    path: str
    content: bytes = b""
    local: str = ""
    """Empty: the report gives no place."""
    held: bool = True
    """Whether the archive has it."""
    deleted: str = "Intact"
    created: str = "2020-08-08T15:50:58.000+00:00"
    modified: str = "2021-10-09T09:54:22.123+02:00"
    system: str = "Phone of nobody"


def tagged(file: Tagged, number: int) -> str:
    local = f'<item name="Local Path"><![CDATA[{file.local}]]></item>' if file.local else ""
    return (
        f"<file fs={quoteattr(file.system)} path={quoteattr(file.path)} size={quoteattr(str(len(file.content)))}"
        f' id="{number:08x}" extractionId="1" deleted={quoteattr(file.deleted)} embedded="false">\n<accessInfo>'
        f'<timestamp name="CreationTime">{escape(file.created)}</timestamp>'
        f'<timestamp name="ModifyTime">\n{escape(file.modified)}\n</timestamp></accessInfo>\n'
        f'<metadata section="File">{local}<item name="Tags">Image</item></metadata>\n</file>\n'
    )


def report(files: Iterable[Tagged], namespace: str = "http://pa.cellebrite.com/report/2.0") -> bytes:
    body = "".join(tagged(file, number) for number, file in enumerate(files))
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<project id="made-up" name="A test" reportVersion="6.4.1" extractionType="FileSystem" xmlns="{namespace}">\n'
        '<metadata section="Device Info"><item name="DeviceInfoDetectedPhoneModel">None</item></metadata>\n'
        f'<taggedFiles>\n{body}</taggedFiles>\n<decodedData><modelType type="Chat"><model id="1"><file fs="x"'
        ' path="in a chat"/></model></modelType></decodedData>\n</project>\n'
    )
    return text.encode()


def ufdr(
    files: Iterable[Tagged], others: Iterable[tuple[str, bytes]] = (), *, first: bool = False, own: bytes | None = None
) -> bytes:
    """The extraction; `others` are members that no report lists, `own` a report in place of the right one."""
    files = list(files)
    written = report(files) if own is None else own
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr("report.xml", written)
        for file in files:
            member = file.local.replace("\\", "/")
            if file.local and file.held and member not in archive.NameToInfo:
                archive.writestr(member, file.content)
        for name, content in others:
            archive.writestr(name, content)
        if not first and written:
            archive.writestr("report.xml", written)
    return target.getvalue()


BAG_SALT = bytes(range(20))


def key_bag(password: str, classes: dict[int, bytes], rounds: int = 50) -> bytes:
    """A key bag of a backup, whose class keys the password wraps."""

    def tag(name: bytes, value: bytes | int) -> bytes:
        raw = value.to_bytes(4) if isinstance(value, int) else value
        return name + struct.pack(">I", len(raw)) + raw

    first = hashlib.pbkdf2_hmac("sha256", password.encode(), BAG_SALT[::-1], rounds, 32)
    key = hashlib.pbkdf2_hmac("sha1", first, BAG_SALT, rounds, 32)
    out = tag(b"VERS", 4) + tag(b"TYPE", 1) + tag(b"UUID", bytes(16)) + tag(b"HMCK", bytes(40)) + tag(b"WRAP", 1)
    out += tag(b"SALT", BAG_SALT) + tag(b"ITER", rounds) + tag(b"DPWT", 0) + tag(b"DPIC", rounds)
    out += tag(b"DPSL", BAG_SALT[::-1])
    for number, own in classes.items():
        out += tag(b"UUID", bytes((number,)) * 16) + tag(b"CLAS", number) + tag(b"WRAP", 2) + tag(b"KTYP", 0)
        out += tag(b"WPKY", aes_key_wrap(key, own))
    return out


def archived(size: int, wrapped: bytes = b"") -> bytes:
    """The object of one file in the database of a backup."""
    root = {
        "$class": plistlib.UID(2),
        "LastModified": 1_700_000_000,
        "Birth": 1_600_000_000,
        "Size": size,
        "Mode": 33188,
    }
    objects = ["$null", root, {"$classname": "MBFile"}]
    if wrapped:
        root["EncryptionKey"] = plistlib.UID(3)
        objects.append({"NS.data": wrapped})
    made = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": objects}
    return plistlib.dumps(made, fmt=plistlib.FMT_BINARY)


def apple_backup(files: Mapping[tuple[str, str], bytes], password: str = "") -> dict[str, bytes]:
    """The files of a backup of iOS by their names in its folder; `files` are by domain and path."""
    classes = {3: bytes(range(32)), 11: bytes(range(32, 64))}
    made: dict[str, bytes] = {}
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)"
    )
    database.execute("INSERT INTO Files VALUES ('x', 'CameraRollDomain', 'Media', 2, NULL)")
    for number, ((domain, path), content) in enumerate(files.items()):
        name = hashlib.sha1(f"{domain}-{path}".encode()).hexdigest()
        own = bytes((number + 1,)) * 32
        wrapped = struct.pack("<I", 11) + aes_key_wrap(classes[11], own) if password else b""
        database.execute(
            "INSERT INTO Files VALUES (?, ?, ?, 1, ?)", (name, domain, path, archived(len(content), wrapped))
        )
        made[f"{name[:2]}/{name}"] = cbc(own, content, fill=True) if password else content
    database.commit()
    whole = bytes(database.serialize())
    database.close()
    key = bytes(range(64, 96))
    plist = {"IsEncrypted": bool(password), "BackupKeyBag": b"", "Version": "10.0", "Applications": {}}
    if password:
        plist["BackupKeyBag"] = key_bag(password, classes)
        plist["ManifestKey"] = struct.pack("<I", 3) + aes_key_wrap(classes[3], key)
    made["Manifest.plist"] = plistlib.dumps(plist, fmt=plistlib.FMT_BINARY)
    made["Manifest.db"] = cbc(key, whole, fill=False) if password else whole
    return made


def cbc(key: bytes, content: bytes, *, fill: bool) -> bytes:
    count = 16 - len(content) % 16 if fill else 0
    padded = content + bytes((count,)) * count
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor().update(padded)
