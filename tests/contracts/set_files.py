"""Files of hash sets as their makers write them, with digests of nothing in particular."""

import base64
import hashlib
import json
import math
import sqlite3
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amparo.domain.digest import Digests

VICS_13 = "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media"
CAID = "http://github.com/ICMEC/ProjectVic/DataModels/1.2.xml#Media"
VICS_20 = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"
CASES_20 = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"
ICSE_HEADER = (
    "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;"
    "Number of submissions;File Available;Media Type;Baseline"
)
NCMEC = "https://hashsharing.ncmec.org/hashsharing/v2"
PHOTODNA = base64.b64encode(bytes(range(144))).decode()


def digests(number: int, kind: str = "file") -> Digests:
    raw = f"{kind} {number}".encode()
    return Digests(hashlib.sha256(raw).digest(), hashlib.sha1(raw).digest(), hashlib.md5(raw).digest())


def pdq(number: int) -> bytes:
    """256 bits of which half are set, as in most PDQ hashes."""
    places = sorted(range(256), key=lambda place: hashlib.md5(b"%d %d" % (number, place)).digest())[:128]
    return sum(1 << place for place in places).to_bytes(32)


def vics_record(number: int, **fields: Any) -> dict[str, Any]:
    made = digests(number)
    return {
        "MediaID": number,
        "Category": number % 6,
        "MD5": made.md5.hex().upper(),
        "SHA1": made.sha1.hex().upper(),
        "MediaSize": 1000 + number,
        "IsPrecategorized": "false",
        **fields,
    }


def vics(records: Iterable[Any], context: str = VICS_20, indent: int | None = None, key: str = "@odata.context") -> str:
    return json.dumps({key: context, "value": list(records)}, indent=indent, ensure_ascii=False)


def vics_cases(records: Sequence[Any]) -> str:
    half = len(records) // 2
    cases = [
        {"CaseID": "b4c1", "Media": records[:half], "SourceApplicationName": "a tool"},
        {"CaseID": "b4c2", "Media": records[half:]},
    ]
    return json.dumps({"@odata.context": CASES_20, "value": cases})


def nsrl_text(numbers: Iterable[int], copies: int = 1) -> str:
    lines = ['"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"']
    for number in numbers:
        made = digests(number)
        for copy in range(copies):
            name = f"a, file {number}.dll"
            lines.append(
                f'"{made.sha1.hex().upper()}","{made.md5.hex().upper()}","00000000","{name}",12,{copy},"362",""'
            )
    return "\r\n".join(lines) + "\r\n"


def nsrl_database(path: Path, numbers: Iterable[int], table: str = "FILE") -> Path:
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE {table} (sha256 TEXT, sha1 TEXT, md5 TEXT, file_name TEXT, file_size INTEGER)")
    for number in numbers:
        made = digests(number)
        row = (made.sha256.hex().upper(), made.sha1.hex().upper(), made.md5.hex().upper(), f"{number}.dll", 12)
        connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", row)
    connection.execute("CREATE TABLE VERSION (version TEXT)")
    connection.commit()
    connection.close()
    return path


def icse(numbers: Iterable[int]) -> str:
    lines = [ICSE_HEADER]
    for number in numbers:
        made = digests(number)
        identified = "true" if number % 2 else "false"
        lines.append(
            f"{made.md5.hex()};{made.sha1.hex()};{PHOTODNA};{number};true;{identified};false;a series;3;true;image;true"
        )
    return "\n".join(lines) + "\n"


def ncmec(numbers: Iterable[int], deleted: Iterable[int] = (), videos: Iterable[int] = ()) -> str:
    def entry(kind: str, number: int) -> str:
        made = digests(number)
        return (
            f'<{kind}><member id="42">A member</member><timestamp>2017-10-24T15:00:00Z</timestamp>'
            f"<id>{kind}{number}</id>"
            f"<classification>A1</classification><fingerprints><md5>{made.md5.hex()}</md5><sha1>{made.sha1.hex()}</sha1>"
            f"<pdna>a1a1</pdna></fingerprints></{kind}>"
        )

    images = "".join(entry("image", number) for number in numbers)
    gone = "".join(
        f'<deletedImage><member id="42">A member</member><id>image{number}</id>'
        "<timestamp>2017-10-24T15:10:00Z</timestamp></deletedImage>"
        for number in deleted
    )
    films = "".join(entry("video", number) for number in videos)
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<queryResult xmlns="{NCMEC}">'
        f'<images count="2">{images}{gone}</images><videos>{films}</videos>'
        "<paging><next>/v2/entries?start=2001</next></paging></queryResult>\n"
    )


def threat_exchange(values: Iterable[str]) -> str:
    lines = ["td_description,td_status,td_severity,td_raw_indicator,td_subjective_tags"]
    lines += [f'"a, text",MALICIOUS,INFO,{value},media;benign' for value in values]
    return "\n".join(lines) + "\n"


@dataclass
class Filter:
    """A Bloom filter in DCSO's format, written a bit at a time."""

    capacity: int = 1000
    share: float = 0.0001

    def of(self, values: Iterable[str], attached: bytes = b"") -> bytes:
        bits = abs(math.ceil(self.capacity * math.log(self.share) / math.log(2) ** 2))
        positions = math.ceil(math.log(2) * bits / self.capacity)
        words = [0] * -(-bits // 64)
        count = 0
        for value in values:
            count += 1
            state = 14695981039346656037
            for byte in value.encode():
                state = state * 1099511628211 % 2**64 ^ byte
            state %= 18446744073709551557
            for _ in range(positions):
                state = state * 18446744073709550147 % 2**64 % 18446744073709551557
                place = state % bits
                words[place // 64] |= 1 << place % 64
        head = struct.pack("<QQdQQQ", 1, self.capacity, self.share, positions, bits, count)
        return head + struct.pack(f"<{len(words)}Q", *words) + attached
