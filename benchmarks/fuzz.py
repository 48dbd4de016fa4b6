"""Fuzzes our own readers of evidence with atheris: `python benchmarks/fuzz.py --minutes 10`.

Each reader runs in a process of its own, from the samples that the tests' own writers make. Whatever it raises besides
`Unreadable`, an input that takes longer than `--seconds` or more memory than `--mib`, is a finding: the input is kept
in `--findings`, and the exit code is 1. Linux, with `atheris` (`pip install -e '.[dev]'`). See
docs/reference/benchmarks.md.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_TESTS = Path(__file__).parent.parent / "tests"
_LARGEST_BYTES = 512 * 1024
_PICTURES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "heif": "image/heic",
    "jxl": "image/jxl",
}
PROVENANCE = (
    *("declared", "c2pa_store", "generation_texts", "exif_statements", "samsung_trailer", "stealth_text"),
    *("matroska", "photoshop_resources", "brotli_stream"),
)
"""The readers of what files declare about their making."""
ANALYSIS = ("metadata", "exif", "xmp", "iptc", "embedded", "media_type", "camera_traces", *PROVENANCE)
"""The readers of single files, besides the containers."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of one reader."""

    reader: str
    executions: int
    coverage: tuple[int, int]
    """Points of control flow that were reached: by the samples, and in the end."""
    peak_mib: int
    finding: str
    """Empty where nothing was found."""


def readers() -> list[str]:
    """The names of all readers that can be fuzzed."""
    sys.path.insert(0, str(_TESTS))
    from contracts.container_samples import container_samples

    return [*container_samples(), *ANALYSIS]


def corpus(reader: str) -> list[bytes]:
    """Samples for a reader, small enough to be changed quickly."""
    from contracts.container_samples import container_samples
    from contracts.pictures import samples
    from contracts.provenance import provenance_samples

    if reader in PROVENANCE:
        found = provenance_samples(reader)
    elif reader in ANALYSIS:
        found = list(samples().values())
        if reader == "xmp":
            found = [b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
                     b'<rdf:Description xmlns:d="http://purl.org/dc/elements/1.1/" d:title="a"><d:s><rdf:Bag><rdf:li>b'
                     b"</rdf:li></rdf:Bag></d:s></rdf:Description></rdf:RDF></x:xmpmeta>"]  # fmt: skip
        if reader == "camera_traces":
            from contracts.camera_files import camera_file
            from contracts.pictures import colours

            found = [camera_file(colours(240, 320), quality=85), *found]
        if reader == "iptc":
            found = [b"\x1c\x02\x05\x00\x03one\x1c\x02\x78\x80\x04\x00\x00\x00\x03two"]
    else:
        found = list(container_samples()[reader])
    return [each for each in found if len(each) <= _LARGEST_BYTES] or [found[0][:_LARGEST_BYTES]]


def target(reader: str) -> Callable[[bytes], object]:
    """What is called with each input."""
    from amparo.domain.errors import AmparoError
    from contracts.analyzer import BytesInHand
    from contracts.container_format import survive

    def analysed(raw: bytes) -> object:
        from amparo.analysis.metadata import Metadata
        from amparo.analysis.origin.camera_traces import CameraTraces

        kind = raw[0] % len(_PICTURES) if raw else 0
        analyzer = CameraTraces() if reader == "camera_traces" else Metadata()
        try:
            return analyzer.examine(BytesInHand(raw, media(raw) or list(_PICTURES.values())[kind]))
        except AmparoError:  # what the engine makes a NotExamined of
            return None

    def media(raw: bytes) -> str:
        from amparo.analysis.media_type import media_type

        return media_type(raw[: 64 * 1024], len(raw))

    def exif(raw: bytes) -> object:
        from amparo.analysis import exif as reading

        try:
            found = reading.read_exif(raw)
        except AmparoError:
            return None
        return reading.camera(found), reading.times(found), reading.position(found)

    def embedded(raw: bytes) -> object:
        import io

        from amparo.analysis.embedded import embedded as reading

        for media_type in _PICTURES.values():
            try:
                reading(io.BytesIO(raw), media_type=media_type, to_the_end=True)
            except AmparoError:
                continue
        return None

    def xmp(raw: bytes) -> object:
        from amparo.analysis.xmp import xmp_facts

        return xmp_facts(raw)

    def iptc(raw: bytes) -> object:
        from amparo.analysis.xmp import iptc_facts

        return iptc_facts(raw)

    named: Mapping[str, Callable[[bytes], object]] = {
        "metadata": analysed, "exif": exif, "xmp": xmp, "iptc": iptc, "embedded": embedded, "media_type": media,
        "camera_traces": analysed, **provenance_targets(media),
    }  # fmt: skip
    if reader in named:
        return named[reader]
    from amparo.evidence import BUILTIN

    (container_format,) = [each for each in BUILTIN if each.kind == reader]
    return lambda raw: survive(container_format, raw, items=30, each_bytes=64 * 1024)


def provenance_targets(media: Callable[[bytes], str]) -> Mapping[str, Callable[[bytes], object]]:
    """The readers of `PROVENANCE`."""
    import io

    from amparo.analysis.blocks import Embedded
    from amparo.analysis.brotli_stream import unpacked
    from amparo.analysis.decoding import unreadable_where_decoding_fails
    from amparo.analysis.matroska import walk_matroska
    from amparo.analysis.origin.c2pa_store import read_store
    from amparo.analysis.origin.declared import Declared
    from amparo.analysis.origin.exif_statements import exif_statements
    from amparo.analysis.origin.generation_texts import hidden_statements, statement_of
    from amparo.analysis.origin.samsung_edits import samsung_statement
    from amparo.analysis.origin.stealth_text import hidden_text
    from amparo.analysis.photoshop_resources import walk_photoshop
    from amparo.analysis.samsung_trailer import samsung_parts
    from amparo.domain.errors import AmparoError
    from amparo.domain.limits import Limits
    from contracts.analyzer import BytesInHand

    def declared(raw: bytes) -> object:
        content = BytesInHand(raw, media(raw) or "image/png")
        return Declared().examine(content) if Declared().wants(content) else None

    def texts(raw: bytes) -> object:
        keyword, _, text = raw.decode("utf-8", "replace").partition("\n")
        return statement_of(keyword, text), list(hidden_statements(text))

    def hidden(raw: bytes) -> object:
        kind = "image/webp" if raw.startswith(b"RIFF") else "image/png"
        try:
            return hidden_text(io.BytesIO(raw), media_type=kind, limits=Limits(picture_pixels=1_000_000))
        except AmparoError:
            return None

    def walked(walk: Callable[[BinaryIO, Embedded], None]) -> Callable[[bytes], object]:
        def run(raw: bytes) -> object:
            found = Embedded()
            try:
                with unreadable_where_decoding_fails():
                    walk(io.BytesIO(raw), found)
            except AmparoError:
                return None
            return found

        return run

    def unpack(raw: bytes) -> object:
        try:
            return unpacked(raw, most_bytes=1024 * 1024)
        except AmparoError:
            return None

    return {
        "declared": declared,
        "c2pa_store": read_store,
        "generation_texts": texts,
        "exif_statements": lambda raw: list(exif_statements(raw)),
        "samsung_trailer": lambda raw: [samsung_statement(part) for part in samsung_parts(io.BytesIO(raw))],
        "stealth_text": hidden,
        "matroska": walked(walk_matroska),
        "photoshop_resources": walked(walk_photoshop),
        "brotli_stream": unpack,
    }


def fuzz(reader: str, arguments: list[str]) -> None:
    """What the process of one reader does; atheris ends it."""
    import atheris

    sys.path.insert(0, str(_TESTS))
    with atheris.instrument_imports(include=["amparo.evidence", "amparo.analysis"]):
        call = target(reader)
        call(b"")
    atheris.Setup([sys.argv[0], *arguments], lambda raw: call(bytes(raw)) and None)
    atheris.Fuzz()


def fuzzed(reader: str, options: argparse.Namespace) -> Fuzzed:
    """Fuzz one reader in a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        for number, each in enumerate(corpus(reader)):
            Path(place, f"sample-{number}").write_bytes(each)
        done = subprocess.run(
            [
                *(sys.executable, __file__, "--reader", reader, "--", place),
                f"-max_total_time={round(60 * options.minutes)}",
                f"-timeout={options.seconds}",
                f"-rss_limit_mb={options.mib}",
                f"-max_len={_LARGEST_BYTES}",
                f"-artifact_prefix={options.findings}/{reader}-",
                "-print_final_stats=1",
            ],
            capture_output=True,
            text=True,
            errors="replace",
        )
    said = done.stderr
    (options.findings / f"{reader}.log").write_text(said[-200_000:])
    covered = [int(points) for points in re.findall(r"cov: (\d+)", said)]
    counts = dict(re.findall(r"stat::(\w+):\s+(\d+)", said))
    finding = "" if done.returncode == 0 else _finding(done.stdout + said)
    return Fuzzed(
        reader,
        int(counts.get("number_of_executed_units", 0)),
        (covered[0], covered[-1]) if covered else (0, 0),
        int(counts.get("peak_rss_mb", 0)),
        finding,
    )


def _finding(said: str) -> str:
    lines = [
        line for line in said.splitlines() if "ERROR: libFuzzer" in line or re.match(r"\w*(Error|Exception)\b", line)
    ]
    return " ".join(lines[:2]) or said[-300:]


def main() -> int:
    """Fuzz what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", help="which readers (default: all)")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each reader")
    parser.add_argument("--seconds", type=int, default=20, help="that one input may take")
    parser.add_argument("--mib", type=int, default=2048, help="memory that a reader may take")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="where inputs and logs are kept")
    parser.add_argument("--reader", help=argparse.SUPPRESS)
    if "--reader" in sys.argv:
        fuzz(sys.argv[2], sys.argv[4:])
        return 0
    options = parser.parse_args()
    options.findings.mkdir(parents=True, exist_ok=True)
    known = readers()
    if unknown := set(options.readers) - set(known):
        parser.error(f"no reader {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    print("| reader | inputs | coverage, samples → end | peak MiB | finding |\n|---|---|---|---|---|", flush=True)
    found = 0
    for reader in options.readers or known:
        said = fuzzed(reader, options)
        found += bool(said.finding)
        before, after = said.coverage
        print(
            f"| {reader} | {said.executions:,} | {before} → {after} | {said.peak_mib} | {said.finding or 'none'} |",
            flush=True,
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
