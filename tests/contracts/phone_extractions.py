"""Writes extractions and backups of phones that hold benign files, after what is published of the formats."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr


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
