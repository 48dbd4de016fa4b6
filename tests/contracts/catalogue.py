"""A made-up operation with all that a catalogue may hold, and the same searches done by hand over its rows."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.grading import Flag, Round, Standing, Verdict
from amparo.domain.hash_set import Counts, Provenance, SetKind
from amparo.domain.item import Item, ItemState
from amparo.domain.item_path import ItemPath, Step, escape, name_from_bytes
from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import Claim, Layer, Mark, Traces, Weight
from amparo.domain.plan import Batch, Examined, Sight
from amparo.domain.search import Filter, Search, written_value
from amparo.domain.search_fields import BY_NAME, FIELDS, Form, MediaKind
from amparo.records import gradings, hash_sets, matches, members, registers
from amparo.records.catalogue.building import ClustersKept
from amparo.records.catalogue.decided import NOBODY, Eyes
from amparo.records.catalogue.description import FileRow, Matched, described_between, folder_of
from amparo.records.gradings import Decision
from amparo.records.matches import NewMatch
from amparo.records.store import ExaminationRecords
from contracts.examination import ROOT, Bench, digests, seal

LONGEST = 4_096
HOSTILE = (
    name_from_bytes(b"\xff\xfe photo.jpg"),
    "quote'\"s;--.jpg",
    "100%_off\nnew\r\0line.png",
    "STRASSE/Straße/İstanbul.JPEG",
    "a" * 5_000 + "/deep.mp4",
    "‮gpj.exe",
    "no extension",
    "a//b/.hidden",
    "-",
    "\\-",
)
TYPES = ("image/jpeg", "image/png", "video/mp4", "text/plain", "application/pdf", "application/zip", "x'y/\"z")
_AT = datetime(2026, 3, 1, tzinfo=UTC)


def exhibit(bench: Bench, number: str) -> Bench:
    """Another exhibit of the same operation."""
    container = replace(ROOT, item=replace(ROOT.item, exhibit=number))
    with bench.database.transaction():
        added = registers.add_exhibit(bench.database, 1, number)
        acquisition = registers.add_acquisition(
            bench.database, added.id, "/evidence/b.zip", container, size_bytes=5, at=_AT, facts={}
        )
        bench.ledger.append("exhibit.examine", {}, registers.committed(added, acquisition))
        bench.ledger.sign_head()
    return replace(bench, exhibit=added.id, acquisition=acquisition.id)


def name(chance: random.Random, number: int) -> str:
    if chance.random() < 0.25:
        return f"{chance.choice(HOSTILE)}{number if chance.random() < 0.5 else ''}"
    folder = chance.choice(["DCIM", "DCIM/100APPLE", "Users/anna/Pictures", "Users/anna", ""])
    return f"{folder}/IMG_{number:04}.{chance.choice(['jpg', 'JPG', 'png', 'txt'])}".lstrip("/")


def item(chance: random.Random, called: str) -> Item:
    def time() -> int | None:
        return chance.choice([None, 0, -(2**62), chance.randrange(10**18, 2 * 10**18)])

    return Item(
        called,
        chance.choice([None, 0, 3, 10_000, 2**40]),
        chance.choice(list(ItemState)),
        chance.choice(["", "", "37"]),
        time(),
        time(),
        time(),
        time(),
    )


def examined(chance: random.Random, contents: int) -> Examined:
    """What came of an item, whose bytes are one of so many."""
    if chance.random() < 0.15:
        cause = chance.choice(list(Cause))
        return Examined(Sight.UNREAD, not_examined=(NotExamined("reading", "1", "It is torn.", cause),))
    content = chance.randrange(contents)
    own = random.Random(content)  # the same bytes are the same in all
    gaps = tuple(
        NotExamined(analyzer, "1", "It stopped.", own.choice([Cause.FAULT, Cause.LIMIT]))
        for analyzer in ("metadata", "picture")
        if own.random() < 0.15
    )
    found = tuple(each for each in findings(own) if each.analyzer not in {gap.analyzer for gap in gaps})
    agrees = chance.choice([None, True, False])
    return Examined(
        Sight.READ, digests(f"{content}"), own.randrange(10**7), own.choice(TYPES), agrees,
        not_examined=gaps, findings=found,
    )  # fmt: skip


def findings(own: random.Random) -> Sequence[Finding]:
    facts: dict[str, Any] = {}
    if own.random() < 0.6:
        facts["camera"] = {
            "make": own.choice(["Alfama", "  Belém \n Optics ", "-"]),
            "model": own.choice(["A-1", "B'2", "x" * 300]),
            "serial": f"{own.randrange(5)}",
        }
        facts["times"] = {"original": f"20{own.randrange(10, 30)}-0{own.randrange(1, 10)}-15T10:00:00.5+02:00"}
    if own.random() < 0.3:
        facts["camera"] = {"software": "Darkroom 3"}
        facts["times"] = own.choice([{"digitised": "2020-13-45T00:00:00"}, {"original": "1200-01-01T00:00:00"}, {}])
    if own.random() < 0.5:
        facts["position"] = {"latitude": "1", "longitude": "2"}
    found = [Finding("metadata", "1", "It says so.", facts)]
    if own.random() < 0.7:
        width, height = own.choice([640, 4000, 2**40]), own.choice([480, 3000])
        found.append(Finding("picture", "1", "A picture.", {"width_px": width, "height_px": height}))
    elif own.random() < 0.5:
        stream = {"kind": "video", "width_px": 1920, "height_px": 1080}
        film = {"duration_s": own.choice(["12.345", None, "broken"]), "streams": [{"kind": "audio"}, stream]}
        film |= {"make": "Chiado", "created": "2021-05-06T07:08:09Z"} if own.random() < 0.5 else {"location": "+1+2/"}
        found.append(Finding("video", "1", "A film.", film))
    if own.random() < 0.5:
        mark = Mark("c2pa", own.choice([*Claim, None]), 0, 1, "00", "It says so.", "Whether it is.")
        layer = own.choice([Layer((mark,)), Layer((), Traces.COHERENT), Layer((), None, weight(own))])
        found.append(Finding("declared", "1", "It declares.", {"origin": layer.fact()}))
    return found


def weight(own: random.Random) -> Weight:
    return Weight(Claim.GENERATED, LikelihoodRatio(own.choice([-2.5, -0.4, 0.25, 1.75])), {})


def examine(bench: Bench, chance: random.Random, number: int, count: int, contents: int = 20) -> None:
    """Store some items of an exhibit, whose numbers begin with `number`."""
    container = replace(ROOT, item=replace(ROOT.item, exhibit=exhibit_number(bench)))
    items = {}
    for each in range(count):
        made = item(chance, name(chance, number + each))
        items[escape(made.name), made.locator] = made
    store = ExaminationRecords(bench.database, bench.acquisition, ledger=bench.ledger, seal=seal)
    batch = store.not_stored(Batch(container, tuple(items.values())))
    if batch is not None:
        store.write(batch, [examined(chance, contents) for _ in batch.items])


def exhibit_number(bench: Bench) -> str:
    query = "SELECT number FROM exhibit WHERE id = %s"
    return str(bench.database.fetch(query, (bench.exhibit,))[0][0])


def compare(bench: Bench, chance: random.Random, *, whole: bool = True, share: float = 0.4) -> None:
    """Compare an exhibit with made-up sets: each file may match several, or none."""
    database = bench.database
    known = [row[0] for row in database.fetch("SELECT id FROM media_file ORDER BY id")]
    with database.transaction():
        number = len(database.fetch("SELECT id FROM hash_set"))
        added, found = [], []
        for kind in SetKind:
            made = hash_sets.add_hash_set(database, f"{kind} '{number}'")
            facts = hash_sets.facts_of(
                format="list", vocabulary="", provenance=Provenance(), counts=Counts(), first_problems=[],
                file_name="x", file_bytes=1, file_sha256="00", files={},
            )  # fmt: skip
            version = hash_sets.add_version(
                database, made.id, officer=bench.officer, at=_AT, kind=kind, folder=f"f{number}{kind}", facts=facts
            )
            added += [made, version]
            found += [
                NewMatch(
                    file, version.id, entry, chance.choice(["digest", "picture"]), 0, 0, 0, None, None, category, {}
                )
                for file in known
                if chance.random() < share
                for entry, category in enumerate(chance.choice([["1"], ["2", "1"], [""], ["2"]]))
            ]
        facts_of = {"radius": 31} if whole else {"radius": 31, "new_in": 1}
        recorded, _ = matches.add_comparison(
            database, bench.acquisition, officer=bench.officer, at=_AT, matches=found, facts=lambda: facts_of
        )
        bench.ledger.append("exhibit.match", {"acquisition": bench.acquisition}, registers.committed(*added, recorded))
        bench.ledger.sign_head()


def decide(bench: Bench, chance: random.Random, contents: int, count: int) -> None:
    """Add decisions of three officers about some of so many files, and take some back."""
    database = bench.database
    with database.transaction():
        agency = members.add_agency(database, "alfama", "Alfama", "PT")
        officers = [registers.add_officer(database, name, name.title()) for name in ("rui", "rita", "bela")]
        recorded = [agency, *officers]
        for number in range(count):
            about = chance.sample(range(1, contents + 1), chance.randrange(1, 4))
            category, flags = chance.choice(["abuse", "odd: '1'", "other"]), chance.choice([[], [], [Flag.DISTRIBUTED]])
            round_ = chance.choice([Round.FIRST] * 9 + [Round.RECONCILED])
            source = chance.choice(["", "", "", "Chiado"])
            decision = Decision(round_, "neutral", category, "what it means", frozenset(flags), "", source)
            made = gradings.add_grading(
                database, decision, about, operation=1, officer=chance.choice(officers).id, agency=agency.id, at=_AT,
                submission=f"{number}",
            )  # fmt: skip
            recorded.append(made)
            if chance.random() < 0.2:
                officer = chance.choice(officers).id
                recorded.append(gradings.add_withdrawal(database, made.id, officer=officer, at=_AT, reason="a slip"))
        bench.ledger.append("file.grade", {}, registers.committed(*recorded))
        bench.ledger.sign_head()


def clusters(chance: random.Random, contents: int, state: str) -> ClustersKept:
    """Some files in clusters of two and more."""
    members = {file: 1 + file % 4 for file in range(1, contents + 1) if chance.random() < 0.6}
    sizes = Counter(members.values())
    kept = {file: cluster for file, cluster in members.items() if sizes[cluster] > 1}
    return ClustersKept(state, lambda: iter([(list(kept), list(kept.values()))]))


def rows_by_hand(bench: Bench, visible: Mapping[int, str], kept: ClustersKept, eyes: Eyes = NOBODY) -> list[FileRow]:
    """All rows that may be seen, with all that `eyes` may know of them, one by one from the tables."""
    database = bench.database
    last = database.fetch("SELECT max(id) FROM occurrence")[0][0] or 0
    every = described_between(database, 1, last)
    rows = [row for row in every if row.acquisition in visible]
    said: dict[tuple[int, int], set[Matched]] = {}
    for acquisition in visible:
        for comparison in matches.standing_comparisons(database, acquisition):
            for file, kind, set_name, category, basis in database.fetch(
                "SELECT m.media_file_id, v.kind, s.name, m.category, m.basis FROM match m"
                " JOIN hash_set_version v ON v.id = m.version_id JOIN hash_set s ON s.id = v.hash_set_id"
                " WHERE m.comparison_id = %s",
                (comparison.id,),
            ):
                said.setdefault((acquisition, file), set()).add(Matched(kind, set_name, category, basis))
    cluster_of = {
        file: cluster for files, numbers in kept.members() for file, cluster in zip(files, numbers, strict=True)
    }
    copies = Counter(row.media_file for row in rows)
    decided = gradings.gradings(database, [file for file in copies if file is not None])
    found = []
    for row in rows:
        if row.media_file is None:
            found.append(row)
            continue
        cluster = cluster_of.get(row.media_file)
        verdict = Verdict.of(decided[row.media_file])
        may_know = eyes.every or eyes.officer in {one.decider for one in decided[row.media_file] if not one.withdrawn}
        is_told = verdict.category and (verdict.standing is not Standing.GRADED or may_know)
        exhibits = {visible[each.acquisition] for each in rows if each.media_file == row.media_file}
        found.append(
            replace(
                row,
                matches=tuple(sorted(said.get((row.acquisition, row.media_file), ()))),
                cluster=cluster if len(rows) == len(every) else None,
                copies=copies[row.media_file],
                exhibits=len(exhibits),
                standing=verdict.standing,
                grade=f"neutral:{verdict.category}" if is_told else "",
            )
        )
    return found


def _one(value: object) -> tuple[str, ...]:
    return () if value in (None, "") else (str(value),)


def _yes(fact: bool | None) -> tuple[str, ...]:
    return () if fact is None else ("yes",) if fact else ("no",)


def _extension(row: FileRow) -> tuple[str, ...]:
    stem, _, extension = row.name.rpartition(".")
    return (extension.casefold(),) if stem and 1 <= len(extension) <= 16 else ()


CHOICES: dict[str, Callable[[FileRow], tuple[str, ...]]] = {
    "kind": lambda row: () if row.media_file is None else (MediaKind.of(row.media_type).value,),
    "type": lambda row: _one(row.media_type),
    "extension": _extension,
    "agrees": lambda row: _yes(row.extension_agrees),
    "state": lambda row: (row.state.value,),
    "sight": lambda row: (row.sight.value,),
    "gap": lambda row: tuple(cause.value for cause in row.gaps),
    "make": lambda row: _one(row.make),
    "model": lambda row: _one(row.model),
    "serial": lambda row: _one(row.serial),
    "software": lambda row: _one(row.software),
    "gps": lambda row: _yes(row.gps),
    "origin": lambda row: () if row.origin is None else (row.origin.value,),
    "match": lambda row: tuple({each.kind for each in row.matches}),
    "set": lambda row: tuple({each.set_name for each in row.matches}),
    "category": lambda row: tuple({each.category for each in row.matches} - {""}),
    "basis": lambda row: tuple({each.basis for each in row.matches}),
    "standing": lambda row: _one(row.standing),
    "grade": lambda row: _one(row.grade),
    "cluster": lambda row: _one(row.cluster),
    "hash": lambda row: () if row.digests is None else tuple(
        each.hex() for each in (row.digests.sha256, row.digests.sha1, row.digests.md5)
    ),
}  # fmt: skip
NUMBERS: dict[str, Callable[[FileRow], int | None]] = {
    "size": lambda row: row.size_bytes,
    "modified": lambda row: row.modified_ns,
    "created": lambda row: row.created_ns,
    "accessed": lambda row: row.accessed_ns,
    "changed": lambda row: row.changed_ns,
    "taken": lambda row: row.taken_ns,
    "width": lambda row: row.width_px,
    "height": lambda row: row.height_px,
    "pixels": lambda row: None if row.width_px is None or row.height_px is None else row.width_px * row.height_px,
    "duration": lambda row: row.duration_ms,
    "lr": lambda row: None if row.log10_lr is None else round(row.log10_lr * 1000),
    "copies": lambda row: row.copies,
    "exhibits": lambda row: row.exhibits,
}


def holds(wanted: Filter, row: FileRow, visible: Mapping[int, str]) -> bool:
    """Whether a filter holds, by what it is said to mean."""
    field = BY_NAME[wanted.field]
    if field.form is Form.WORDS:
        text = row.name if field.name == "name" else row.item_path.partition("!")[2]
        return all(escape(word).casefold() in text.casefold()[:LONGEST] for word in wanted.values)
    if field.form is Form.PLACE:
        folder = folder_of(row.item_path)[:LONGEST]
        places = [place.rstrip("/") for place in wanted.values]
        return any(folder == place or folder.startswith((f"{place}/", f"{place}!")) for place in places)
    if field.name == "exhibit":
        return visible[row.acquisition] in wanted.values
    if field.name in NUMBERS:
        number = NUMBERS[field.name](row)
        if number is None:
            return wanted.lacking
        above = wanted.low is None or number >= wanted.low
        return wanted.is_range and above and (wanted.high is None or number <= wanted.high)
    values = CHOICES[field.name](row)
    return bool(set(values) & set(wanted.values)) or (wanted.lacking and not values)


def found_by_hand(search: Search, rows: Sequence[FileRow], visible: Mapping[int, str]) -> list[FileRow]:
    """The rows that a search finds, in its order."""
    found = [row for row in rows if all(holds(each, row, visible) for each in search.filters)]
    if not search.sort:
        return found
    key: Callable[[FileRow], Any]
    if search.sort == "name":
        key = lambda row: row.name.casefold()[:LONGEST]  # noqa: E731
    elif search.sort == "type":
        key = lambda row: row.media_type or None  # noqa: E731
    else:
        key = NUMBERS[search.sort]
    known = sorted((row for row in found if key(row) is not None), key=key, reverse=search.descending)
    return [*known, *(row for row in found if key(row) is None)]


def facet_by_hand(name: str, search: Search, rows: Sequence[FileRow], visible: Mapping[int, str]) -> dict[str, int]:
    """The counts of a facet, with all filters but its own."""
    counts: Counter[str] = Counter()
    for row in found_by_hand(search.without(name), rows, visible):
        if name == "exhibit":
            values: tuple[str, ...] = (visible[row.acquisition],)
        elif name in ("modified", "taken"):
            values = _year(NUMBERS[name](row))
        elif name == "exhibits":
            values = _one(row.exhibits)
        else:
            values = tuple(map(written_value, CHOICES[name](row)))
        counts.update(values or ("-",))
    return dict(counts)


def _year(time_ns: int | None) -> tuple[str, ...]:
    if time_ns is None:
        return ()
    return (str(max(1678, (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time_ns // 10**9)).year)),)


def step_of(item_path: str) -> Step:
    """The last step of a written address."""
    return ItemPath.parse(item_path).steps[-1]


FACETED = [field.name for field in FIELDS if field.faceted]
