"""How fast gradings of a case come in and go out again, and in how much memory.

    python benchmarks/case_exchange.py [--records 100000]

A seeded generator writes a case of VICS 2.0 of N records, each with digests, PDQ, two places, EXIF and a category. The
command brings it into an empty workbench and exports it again, which must give equal cases; then into a workbench in
which all its files are (rows that are put there, as an examination would), which grades them, and exports those. Each
command is watched from outside; memory is that of all its processes.
"""

import argparse
import json
import os
import random
import sqlite3
import sys
import tempfile
from pathlib import Path

from amparo import Workbench
from amparo.domain.need_to_know import Role
from watched import watch

_CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"
_HEADER = {
    "CaseID": "17",
    "ContactOrganization": "Belém",
    "CaseMetadata": [{"PropertyName": "amparo:vocabulary", "PropertyValue": "vics-us"}],
}
_FIRST = 1_000


def digests(number: int) -> tuple[bytes, bytes, bytes]:
    raw = random.Random(number).randbytes(68)
    return raw[:32], raw[32:52], raw[52:]


def written(path: Path, records: int) -> None:
    head = json.dumps(_HEADER, ensure_ascii=False)[:-1]
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"@odata.context": "{_CONTEXT}", "value": [\n{head}, "Media": [')
        for number in range(records):
            sha256, sha1, md5 = digests(number)
            key = {"MD5": md5.hex().upper()}
            exifs = {"Make": "Alfama", "Model": "A-1", "Lat/Lon": "38.7/-9.1", "Capture Time": "2026-01-31T10:00:00"}
            record = {
                "MediaID": number + 1,
                "Category": 1 + number % 5,
                **key,
                "SHA1": sha1.hex().upper(),
                "MediaSize": 10_000 + number,
                "MimeType": "image/jpeg",
                "AlternativeHashes": [
                    {**key, "HashName": "SHA256", "HashValue": sha256.hex()},
                    {**key, "HashName": "PDQ", "HashValue": sha256.hex()},
                ],
                "Exifs": [{**key, "PropertyName": name, "PropertyValue": value} for name, value in exifs.items()],
                "MediaFiles": [
                    {
                        **key,
                        "FileName": f"IMG_{number}.jpg",
                        "FilePath": f"BE-{place}!ewf:/!ntfs:/Users/maria/Pictures/2026/IMG_{number}.jpg",
                        "Created": "2026-01-31T10:00:00Z",
                        "SourceID": f"BE-{place}",
                    }
                    for place in (1, 2)
                ],
            }
            file.write(("," if number else "") + "\n" + json.dumps(record, ensure_ascii=False))
        file.write("\n]}\n]}\n")


def fill(workbench: Path, records: int) -> None:
    """Rows of the same files, as an examination would write them."""
    ids = range(_FIRST, _FIRST + records)
    rows = {
        "media_file (id, operation_id, sha256, sha1, md5, size_bytes, media_type, analysed, gaps)": (
            (id_, 1, *digests(id_ - _FIRST), 10_000 + id_ - _FIRST, "image/jpeg", 1, 0) for id_ in ids
        ),
        "occurrence (id, acquisition_id, container_id, path_digest, item_path, name, state, sight, media_file_id, gaps,"
        " superseded)": (
            (id_, 1, 1, id_.to_bytes(16), f"ES-1!zip:/DCIM/{id_}.jpg", "x", "live", "read", id_, 0, 0) for id_ in ids
        ),
    }
    database = sqlite3.connect(workbench / "amparo.sqlite3")
    with database:
        for table, values in rows.items():
            places = ", ".join("?" * (table.count(",") + 1))
            database.executemany(f"INSERT INTO {table} VALUES ({places})", values)
    database.close()


def made(folder: Path, name: str) -> Path:
    place = folder / name
    with Workbench.init(place, key_file=folder / f"{name}.key", by="ana") as workbench:
        workbench.members.add_agency("alfama", "Alfama", "PT")
        workbench.members.add("ana", "alfama", [Role.EXAMINER])
        (folder / "a.txt").write_text("a")
        for _ in workbench.examine(folder / "a.txt", exhibit="ES-1", workers=1):
            pass
    return place


def timed(what: str, records: int, workbench: Path, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", "amparo", "gradings", *arguments, "--workbench", workbench, "--by", "ana"]
    measured = watch([*command, "--reason", "a benchmark"], environment=dict(os.environ))
    rate, memory = records / measured.wall_s, measured.peak_sum_bytes / 2**20
    print(f"{what:34} {measured.wall_s:6.1f} s  {rate:8,.0f} records/s  {memory:6.0f} MiB", flush=True)


def main(records: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        case = folder / "case.json"
        written(case, records)
        print(f"{records:,} records, {case.stat().st_size / 2**20:.0f} MiB")
        empty, full = made(folder, "empty"), made(folder, "full")
        timed("import, no file is here", records, empty, "import", case)
        timed("export again, as VICS", records, empty, "export", "-o", folder / "again.json")
        if (folder / "again.json").read_bytes() != case.read_bytes():
            raise SystemExit("The case did not come back as it was.")
        timed("export again, as CSV", records, empty, "export", "-o", folder / "again.csv", "--as", "csv")
        fill(full, records)
        timed("import, every file is here", records, full, "import", case)
        timed("export of files and import", 2 * records, full, "export", "-o", folder / "both.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    main(parser.parse_args().records)
