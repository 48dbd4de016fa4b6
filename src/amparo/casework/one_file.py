"""One file for an officer's eyes: what is known of its bytes, and where they lie as far as he or she may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amparo.analysis.origin.conclusion import OriginConclusion
from amparo.casework.grading import verdicts
from amparo.casework.seen_groups import near_copies_of
from amparo.domain.finding import Finding, NotExamined, PerceptualHash
from amparo.domain.grading import Verdict
from amparo.domain.match import Orientation
from amparo.domain.need_to_know import Act, Reach
from amparo.domain.origin import Layer, Mark, NotOrigin, Origin, Weight, origin_of
from amparo.matching.turned_hash import orientations_of
from amparo.records import one_file as records
from amparo.records import queries, sealed
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.matches import MatchRow
from amparo.records.one_file import FileRow, PlaceRow

PAGE_PLACES = 50


@dataclass(frozen=True, slots=True)
class OriginOfFile:
    """How a picture came to be, and all that this rests on."""

    origin: Origin
    marks: Sequence[tuple[str, Mark]]
    """With the analyzer that found it."""
    weights: Sequence[tuple[str, Weight]]
    """Measured ratios, with the analyzer."""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """What an officer sees of a file."""

    file: FileRow
    findings: Sequence[Finding]
    not_examined: Sequence[NotExamined]
    places: Sequence[PlaceRow]
    """A page of them."""
    places_in_all: int
    next_place: int
    """What to give as `after` for those that follow; 0 where there are none."""
    matches: Sequence[MatchRow]
    origin: OriginOfFile | None
    """`None` where nothing was examined for it."""
    withheld: Sequence[str]
    """What the texts are that are shown by a deliberate act only, and where they stand."""
    has_preview: bool
    verdict: Verdict
    """What is decided about it, as far as this officer may know."""

    @property
    def hash(self) -> PerceptualHash | None:
        """Of the picture, or of a film's first frame that has one."""
        return next((one for finding in self.findings for one in finding.hashes), None)

    @property
    def name(self) -> str:
        """Where it lies first."""
        return self.places[0].item_path if self.places else ""


@dataclass(frozen=True, slots=True)
class Near:
    """A picture that is near another in a cluster."""

    file: int
    distance: int
    """Bits, to the representative of the cluster."""
    representative: bool


@dataclass(frozen=True, slots=True)
class Side:
    """What two files say under one name; empty where one says nothing."""

    name: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """Whether they say different things."""
        return self.left != self.right


@dataclass(frozen=True, slots=True)
class Compared:
    """Two files side by side."""

    left: SeenFile
    right: SeenFile
    sides: Sequence[Side]
    distance: int | None
    """Bits between their PDQ hashes in the orientation in which they are nearest; `None` where one has none."""
    orientation: Orientation | None
    """How the right one has to be turned to be as near as that."""


def one_file(file: int, *, after: int = 0, reach: Reach, database: Database) -> SeenFile:
    """What is known of a file, with a page of its places from the one behind `after` on.

    Raise `Forbidden`, or `NotFound` where it lies in nothing that may be seen.
    """
    reach.require(Act.SEE_EVIDENCE)
    seen = reach.acquisitions
    row = records.file_row(database, file, seen)
    findings = queries.findings_of(database, [file])[file]
    places = records.places(database, file, seen, after=after, limit=PAGE_PLACES + 1)
    return SeenFile(
        row,
        findings,
        records.not_examined(database, file, seen),
        places[:PAGE_PLACES],
        records.count_places(database, file, seen),
        places[PAGE_PLACES - 1].id if len(places) > PAGE_PLACES else 0,
        records.matches(database, file, seen),
        _origin(findings),
        [each.name for each in sealed.withheld_of(database, file)],
        sealed.preview_of(database, file) is not None,
        verdicts([file], reach=reach, database=database)[file],
    )


def consult(file: int, *, reach: Reach, database: Database, ledger: Ledger) -> None:
    """Record that an officer looked at a file, and for what purpose (Directive (EU) 2016/680, Art. 25).

    Raise `Forbidden`, `NotFound`.
    """
    reach.require(Act.SEE_EVIDENCE)
    records.file_row(database, file, reach.acquisitions)
    with database.transaction():
        ledger.append("file.consult", {"file": file, "purpose": reach.purpose.value}, {"officer": reach.officer})
        ledger.sign_head()


def cluster_of(file: int, *, reach: Reach, database: Database, folder: Path) -> list[Near]:
    """The near copies of a picture that may be seen, nearest to the representative first, itself among them.

    Empty where it has none, as if there were no exhibits but those that may be seen. Raise `Forbidden`, `NotFound`, or
    `Busy` as long as groups are being found.
    """
    reach.require(Act.SEE_EVIDENCE)
    records.file_row(database, file, reach.acquisitions)
    found = near_copies_of(file, reach=reach, database=database, folder=folder)
    near = [Near(member, bits, representative) for member, bits, representative in found]
    return sorted(near, key=lambda near: (near.distance, near.file))


def compare(left: int, right: int, *, reach: Reach, database: Database) -> Compared:
    """Two files with what each says under the same names. Raise `Forbidden`, `NotFound`."""
    one, other = (one_file(each, reach=reach, database=database) for each in (left, right))
    of_one, of_other = dict(_said(one)), dict(_said(other))
    sides = [Side(name, of_one.get(name, ""), of_other.get(name, "")) for name in {**of_one, **of_other}]
    return Compared(one, other, sides, *_nearest(one, other))


def flattened(facts: object, name: str = "") -> list[tuple[str, str]]:
    """Facts within facts as one list of names (`camera.make`, `marks.0.offset`) and texts."""
    if isinstance(facts, dict):
        return [row for key, value in facts.items() for row in flattened(value, f"{name}.{key}" if name else key)]
    if isinstance(facts, list):
        return [row for place, value in enumerate(facts) for row in flattened(value, f"{name}.{place}")]
    if isinstance(facts, bool) or facts is None:
        return [(name, {True: "yes", False: "no", None: "–"}[facts])]
    return [(name, str(facts))]


def _said(seen: SeenFile) -> list[tuple[str, str]]:
    digests = seen.file.digests
    rows = [
        ("media type", seen.file.media_type),
        ("size in bytes", str(seen.file.size_bytes)),
        ("sha256", digests.sha256.hex()),
        ("sha1", digests.sha1.hex()),
        ("md5", digests.md5.hex()),
    ]
    if seen.hash is not None:
        rows += [("pdq", str(seen.hash)), ("pdq quality", str(seen.hash.quality))]
    for finding in seen.findings:
        rows += [(f"{finding.analyzer}: {name}", text) for name, text in flattened(dict(finding.facts))]
    return rows


def _origin(findings: Sequence[Finding]) -> OriginOfFile | None:
    layers = [
        finding for finding in findings if "origin" in finding.facts and finding.analyzer != OriginConclusion.name
    ]
    if not layers:
        return None
    try:
        read = [(finding.analyzer, Layer.of(finding)) for finding in layers]
        return OriginOfFile(
            origin_of(layers),
            [(name, mark) for name, layer in read for mark in layer.marks],
            [(name, layer.weight) for name, layer in read if layer.weight],
        )
    except NotOrigin:
        return None


def _nearest(left: SeenFile, right: SeenFile) -> tuple[int | None, Orientation | None]:
    if left.hash is None or right.hash is None:
        return None, None
    of_left = int.from_bytes(left.hash.value)
    distances = [(of_left ^ int.from_bytes(turned)).bit_count() for turned in _turned(right, right.hash)]
    best = min(range(len(distances)), key=lambda place: (distances[place], place))
    return distances[best], Orientation.at(best)


def _turned(seen: SeenFile, hash_: PerceptualHash) -> list[bytes]:
    """A picture's hash in eight orientations: of its pixels where they were stored, else from the hash alone."""
    facts = next((finding.facts for finding in seen.findings if finding.analyzer == "pdq"), {})
    stored = facts.get("orientations")
    if isinstance(stored, list) and len(stored) == len(Orientation):
        return [bytes.fromhex(str(text)) for text in stored]
    return [turned.tobytes() for turned in orientations_of(hash_.value)]
