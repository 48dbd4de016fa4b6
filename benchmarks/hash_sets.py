"""How fast hash sets are imported, opened and asked, and in how much memory.

    python benchmarks/hash_sets.py [--records 10000000] [--cache DIR] [--json FILE]

The material is made once, by a seeded generator: VICS 2.0 of N records with MD5 and SHA-1 on a single line, NSRL RDS 2
of N / 4 lines, a list of N / 4 digests. Each is imported by the command into a new workbench, watched from outside;
memory is that of all its processes, files that they map included. Then the set of N records is opened and asked by a
process of its own: a digest at a time, and 100,000 of which half are known. Where `ijson` and `orjson` are installed,
they decode the first records for comparison.
"""

import argparse
import importlib.util
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from watched import watch

_CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"
_BATCH = 100_000
_DECODED = 200_000


def vics(path: Path, records: int) -> None:
    source = random.Random(1)
    with path.open("w", encoding="ascii") as file:
        file.write(f'{{"@odata.context":"{_CONTEXT}","value":[')
        for start in range(0, records, 10_000):
            raw = source.randbytes(36 * 10_000).hex().upper()
            lines = []
            for place in range(min(10_000, records - start)):
                number, digits = start + place, raw[72 * place : 72 * place + 72]
                more = f',"VictimIdentified":"true","Series":"series {number % 997}","Tags":"t1,t2"'
                lines.append(
                    f'{"," if number else ""}{{"MediaID":{number},"Category":{number % 6},"MD5":"{digits[:32]}",'
                    f'"SHA1":"{digits[32:]}","MediaSize":{number % 9_999_991},'
                    '"DateUpdated":"2025-01-02T03:04:05-05:00","IsPrecategorized":"false"'
                    f"{'' if number % 7 else more}}}"
                )
            file.write("".join(lines))
        file.write("]}")


def nsrl(path: Path, records: int) -> None:
    source = random.Random(2)
    with path.open("w", encoding="ascii") as file:
        file.write('"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\n')
        for number in range(records):
            raw = source.randbytes(36).hex().upper()
            file.write(f'"{raw[:40]}","{raw[40:]}","0000ABCD","file {number}.dll",1234,42,"362",""\n')


def listed(path: Path, records: int) -> None:
    source = random.Random(3)
    with path.open("w", encoding="ascii") as file:
        file.writelines(f"{source.randbytes(32).hex()}\n" for _ in range(records))


def material(cache: Path, name: str, records: int, make: Callable[[Path, int], None]) -> Path:
    path = cache / f"{name}-{records}"
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.part")
        make(draft, records)
        draft.replace(path)
    return path


def imported(path: Path, records: int, workbench: Path, environment: dict[str, str]) -> dict[str, float | str]:
    command = [sys.executable, "-m", "amparo", "hashset", "import", path.name, path, "--format", "json"]
    measured = watch([*command, "--workbench", workbench], environment=environment)
    counts = json.loads(measured.output)
    if counts["entries"] != records:
        raise SystemExit(f"{path}: {counts['entries']} entries instead of {records}")
    return {
        "what": f"import {path.name}",
        "records/s": round(records / measured.wall_s),
        "seconds": round(measured.wall_s, 1),
        "records per second of processor": round(records / measured.cpu_s),
        "MB/s": round(path.stat().st_size / measured.wall_s / 1e6, 1),
        "peak MiB": round(measured.peak_sum_bytes / 2**20),
    }


_ASK = """
import json, sys, time
import numpy as np
from amparo.domain.digest import Algorithm
from amparo.workbench import Workbench

name, batch = sys.argv[2], int(sys.argv[3])
with Workbench.open(sys.argv[1]) as workbench:
    version = workbench.hash_sets.show(name)
    start = time.perf_counter()
    known = workbench.hash_sets.open(name)
    opened = time.perf_counter() - start
    index = known.exact
    source = np.random.default_rng(4)
    places = np.sort(source.integers(0, index.count(Algorithm.MD5), batch // 2))
    hits = index.at(Algorithm.MD5, places)
    others = source.integers(0, 256, (batch - len(hits), 16), dtype=np.uint8)
    digests = source.permutation(np.concatenate([hits, others]))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        found = index.look_up(Algorithm.MD5, digests)
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    for digest in digests[:1000]:
        index.look_up(Algorithm.MD5, digest[None])
    single = (time.perf_counter() - start) / 1000
    start = time.perf_counter()
    index.verify()
    verified = time.perf_counter() - start
    entry = known.entry(int(found[0, 1]))
    assert len(found) >= batch // 2 and entry.digests["md5"] == digests[found[0, 0]].tobytes()
print(json.dumps({"opened_ms": opened * 1e3, "batched_us": sorted(times)[2] / batch * 1e6, "single_us": single * 1e6,
                  "verify_s": verified}))
"""


def asked(path: Path, workbench: Path, environment: dict[str, str]) -> dict[str, float | str]:
    command = [sys.executable, "-c", _ASK, workbench, path.name, str(_BATCH)]
    return {"what": f"ask {path.name}", **json.loads(watch(command, environment=environment).output)}


def decoded(path: Path) -> Iterator[tuple[str, float]]:
    """Records a second of JSON decoders on the first records: the standard library's scanner, and others."""
    with path.open(encoding="ascii") as file:
        text = file.read(300 * _DECODED)
    text = text[: text.rindex("},{") + 1] + "]}"
    count = text.count('"MediaID"')

    def scan() -> None:
        scanner, at = json.JSONDecoder().scan_once, text.index("[") + 1  # type: ignore[attr-defined]
        while text[at - 1] in "[,":
            _, at = scanner(text, at)
            at += 1

    ways: dict[str, Callable[[], object]] = {"json scanner": scan}
    if importlib.util.find_spec("orjson"):
        import orjson

        ways["orjson, all at once"] = lambda: orjson.loads(text)
    if importlib.util.find_spec("ijson"):
        import io

        import ijson

        ways["ijson"] = lambda: sum(1 for _ in ijson.items(io.BytesIO(text.encode()), "value.item"))
    for name, way in ways.items():
        start = time.perf_counter()
        way()
        yield name, count / (time.perf_counter() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "amparo-hash-sets")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="amparo-hash-sets-", dir=options.cache))
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder / "configuration")}
    workbench = folder / "workbench"
    rows: list[dict[str, float | str]] = []
    try:
        watch([sys.executable, "-m", "amparo", "init", workbench], environment=environment)
        sizes = ((vics, options.records), (nsrl, options.records // 4), (listed, options.records // 4))
        for make, records in sizes:
            path = material(options.cache, make.__name__, records, make)
            rows.append(imported(path, records, workbench, environment))
            print(rows[-1], flush=True)
        path = material(options.cache, "vics", options.records, vics)
        rows.append(asked(path, workbench, environment))
        print(rows[-1], flush=True)
        rows.append({"what": "decode, records/s", **{name: round(rate) for name, rate in decoded(path)}})
        print(rows[-1], flush=True)
    finally:
        shutil.rmtree(folder)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
