"""The values of the interface for programs, as its description (OpenAPI) names them."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from ninja import Schema

from amparo.casework.one_file import Compared, Near, SeenFile
from amparo.casework.overview import Overview, SeenExhibit
from amparo.domain.gaps import GapRow


class Refusal(Schema):
    """Why something was refused."""

    error: str


class Exhibit(Schema):
    """An exhibit with its counts. Every copy of a file counts as an item, save in `distinct`."""

    number: str
    agency: str
    country: str
    own: bool
    state: str
    items: int
    bytes: int
    distinct: int
    pictures: int
    videos: int
    not_examined: int

    @classmethod
    def of(cls, seen: SeenExhibit) -> Self:
        """As it is written."""
        of = seen.summary
        return cls(
            number=of.exhibit,
            agency=seen.agency,
            country=seen.country,
            own=seen.own,
            state=of.state,
            items=of.items,
            bytes=of.bytes,
            distinct=of.distinct,
            pictures=of.pictures,
            videos=of.videos,
            not_examined=of.not_examined,
        )


class NotExamined(Schema):
    """One statement that something could not be examined."""

    number: int
    what: str
    """`item` (its bytes), `container` (its listing) or `analysis` (what an analyzer could not say of bytes)."""
    address: str
    """Of the item or container; of bytes, the first place where they lie."""
    file: int | None
    cause: str
    analyzer: str
    version: str
    reason: str
    may_pass: bool
    """Whether another try may help."""

    @classmethod
    def of(cls, row: GapRow) -> Self:
        """As it is written."""
        return cls(
            number=row.id,
            what=row.subject.value,
            address=row.place,
            file=row.media_file,
            cause=row.cause.value,
            analyzer=row.analyzer,
            version=row.version,
            reason=row.reason,
            may_pass=row.may_pass,
        )


class Operation(Schema):
    """The operation as the token's officer sees it."""

    name: str
    exhibits: list[Exhibit]

    @classmethod
    def of(cls, seen: Overview) -> Self:
        """As it is written."""
        return cls(name=seen.operation, exhibits=[Exhibit.of(one) for one in seen.exhibits])


class Place(Schema):
    """One place where something lies, with what is known of it; times in nanoseconds since 1970, UTC."""

    item_path: str
    state: str
    sight: str
    file: int | None
    """Number of the bytes; null where they were not read."""
    media_type: str
    size_bytes: int | None
    sha256: str | None
    modified_ns: int | None
    created_ns: int | None
    taken_ns: int | None
    make: str
    model: str
    serial: str
    software: str
    width_px: int | None
    height_px: int | None
    duration_ms: int | None
    origin: str | None
    log10_lr: float | None
    sets: list[str]
    standing: str | None
    """How the decisions about the bytes stand together; null where they were not read."""
    grade: str
    """`VOCABULARY:CATEGORY`; empty where none holds, or you may be the second to decide."""
    cluster: int | None
    copies: int | None
    exhibits: int | None
    not_examined: list[str]
    """Causes."""


class FacetCounts(Schema):
    """How many files have which value of a field, all other filters of the search holding."""

    field: str
    counts: dict[str, int]
    others: int


class FilesFound(Schema):
    """A page of what a search found."""

    total: int
    rows: list[Place]
    next: str
    """What to give as `after` for the next page; empty at the end."""
    facets: list[FacetCounts]
    behind: int
    """How many acts of the ledger added to what you may see, and are not in this answer yet."""


class FindingSaid(Schema):
    """What one analyzer says about the bytes."""

    analyzer: str
    version: str
    sentence: str
    facts: dict[str, Any]


class Gap(Schema):
    """Why something could not be said."""

    analyzer: str
    version: str
    reason: str
    cause: str


class MatchFound(Schema):
    """A match with a hash set."""

    set: str
    version: int
    kind: str
    entry: int
    basis: str
    distance: int
    threshold: int
    orientation: int
    category: str


class File(Schema):
    """Bytes, and what is known of them."""

    file: int
    sha256: str
    sha1: str
    md5: str
    size_bytes: int
    media_type: str
    places: list[str]
    places_in_all: int
    next_place: int
    findings: list[FindingSaid]
    not_examined: list[Gap]
    matches: list[MatchFound]
    origin: str | None
    log10_lr: float | None
    withheld: list[str]
    """Texts that are shown by a deliberate act only: what they are and where they stand."""
    has_preview: bool
    standing: str
    """`waiting`, `graded`, `agreed`, `disputed`, `reconciled`."""
    vocabulary: str
    category: str
    """Empty where nobody decided, the dispute is open, or you may be the second to decide."""
    flags: list[str]

    @classmethod
    def of(cls, seen: SeenFile) -> Self:
        """As it is written."""
        digests = seen.file.digests
        origin = None if seen.origin is None else seen.origin.origin
        return cls(
            file=seen.file.id,
            sha256=digests.sha256.hex(),
            sha1=digests.sha1.hex(),
            md5=digests.md5.hex(),
            size_bytes=seen.file.size_bytes,
            media_type=seen.file.media_type,
            places=[place.item_path for place in seen.places],
            places_in_all=seen.places_in_all,
            next_place=seen.next_place,
            findings=[
                FindingSaid(analyzer=one.analyzer, version=one.version, sentence=one.sentence, facts=plain(one.facts))
                for one in seen.findings
            ],
            not_examined=[
                Gap(analyzer=one.analyzer, version=one.version, reason=one.reason, cause=one.cause)
                for one in seen.not_examined
            ],
            matches=[
                MatchFound(
                    set=one.set_name,
                    version=one.set_version,
                    kind=one.set_kind,
                    entry=one.entry,
                    basis=one.basis,
                    distance=one.distance,
                    threshold=one.threshold,
                    orientation=one.orientation,
                    category=one.category,
                )
                for one in seen.matches
            ],
            origin=None if origin is None else origin.conclusion.value,
            log10_lr=None if origin is None or origin.ratio is None else origin.ratio.log10,
            withheld=list(seen.withheld),
            has_preview=seen.has_preview,
            standing=seen.verdict.standing.value,
            vocabulary=seen.verdict.vocabulary,
            category=seen.verdict.category,
            flags=sorted(flag.value for flag in seen.verdict.flags),
        )


class Veiled(Schema):
    """What was veiled again."""

    ended: int
    """How many looks that ended."""


class NearCopy(Schema):
    """A picture near another in a cluster."""

    file: int
    distance: int
    representative: bool

    @classmethod
    def of(cls, near: Near) -> Self:
        """As it is written."""
        return cls(file=near.file, distance=near.distance, representative=near.representative)


class Side(Schema):
    """What two files say under one name."""

    name: str
    left: str
    right: str
    differs: bool


class Comparison(Schema):
    """Two files side by side."""

    left: int
    right: int
    distance: int | None
    orientation: str | None
    sides: list[Side]

    @classmethod
    def of(cls, compared: Compared) -> Self:
        """As it is written."""
        return cls(
            left=compared.left.file.id,
            right=compared.right.file.id,
            distance=compared.distance,
            orientation=None if compared.orientation is None else compared.orientation.name.lower(),
            sides=[Side(name=one.name, left=one.left, right=one.right, differs=one.differs) for one in compared.sides],
        )


class Member(Schema):
    """An officer at work in the operation."""

    officer: str
    name: str
    agency: str
    roles: list[str]
    since: str


def plain(value: Any) -> Any:
    """Facts as JSON has them."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, Sequence):
        return [plain(one) for one in value]
    return str(value)
