"""The rows of one batch as they come together, before anything is written."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from amparo.domain.canonical import NotCanonical
from amparo.domain.clue import clues_of
from amparo.domain.coverage import Account
from amparo.domain.digest import Digests
from amparo.domain.finding import COMPLETED, READING, Finding, NotExamined
from amparo.domain.item import Item
from amparo.domain.item_path import escape
from amparo.domain.plan import ContainerAddress, Examined, Sight
from amparo.records.retrial import Earlier, Standing
from amparo.records.rows import OCCURRENCE, TABLES, Row, path_digest
from amparo.records.sealed import WITHHELD
from amparo.records.storable import LARGEST, storable_facts, storable_numbers, storable_text

RECOVERY = "recovery"
"""Whose word it is that the bytes of a deleted file may not be its own."""
_AGAIN = " It was tried again, in vain: "


@dataclass(slots=True)
class File:
    """A media file that a batch meets."""

    id: int
    analysed: bool
    gaps: int
    here: bool
    """Whether the acquisition had it before this batch."""
    size_bytes: int
    media_type: str
    known: bool = True
    """Whether there is a row of it."""
    changed_gaps: int = 0
    """By how much this batch changed the `gaps` of a file that was known."""
    settled: bool = False
    """Whether this batch analysed it, though it was known."""


def _in_vain(said: NotExamined, reason: str) -> NotExamined:
    """A statement after another try, which came to nothing for `reason`; of several such tries, the last is told."""
    first = said.reason.partition(_AGAIN)[0]
    return NotExamined(said.analyzer, said.version, f"{first}{_AGAIN}{reason}", said.cause)


class Writing:
    """The rows of one batch of an acquisition, and what they change in its counts."""

    def __init__(self, ids: Mapping[str, int], acquisition: int, seal: Callable[[bytes, bytes], bytes]) -> None:
        """Rows whose ids begin with `ids`, which are free; `seal` seals previews and texts, bound to their file."""
        self.ids = ids
        self.rows: dict[str, list[Row]] = {table.name: [] for table in TABLES}
        self.figures = Counter[str]()
        """What the batch changes in the counts of its acquisition; whole after `count_files`."""
        self.superseded_items: list[int] = []
        self._met: list[File] = []
        """The media file of each item that was added and read."""
        self._acquisition = acquisition
        self._seal = seal

    def next_id(self, table: str) -> int:
        """The id of the row that is added next."""
        return self.ids[table] + len(self.rows[table])

    def add_item(
        self,
        container: int,
        address: ContainerAddress,
        item: Item,
        path: str,
        digest: bytes,
        result: Examined,
        file: File | None,
        sight: Sight,
    ) -> None:
        """Add one item, and what is said of this place alone."""
        own = () if file is not None and result.sight is Sight.READ else result.not_examined
        if item.doubt:
            own = (*own, NotExamined(RECOVERY, "1", item.doubt))
        numbers: tuple[int | None, ...] = (
            item.size_bytes,
            item.modified_ns,
            item.accessed_ns,
            item.changed_ns,
            item.created_ns,
        )
        for number in numbers:
            if number is not None and not -LARGEST <= number <= LARGEST:
                numbers, refusals = storable_numbers(address.kind, numbers)
                own = (*own, *refusals)
                break
        occurrence = self.next_id("occurrence")
        for statement in own:
            self.add_statement(statement, occurrence=occurrence)
        state = item.state._value_  # twice as fast as `value`
        self.rows["occurrence"].append(
            (
                occurrence,
                self._acquisition,
                container,
                digest,
                path,
                escape(item.name),
                state,
                sight._value_,
                *numbers,
                file and file.id,
                result.extension_agrees,
                len(own),
            )
        )
        figures = self.figures
        figures["items"] += 1
        figures[f"state:{state}"] += 1
        figures["unread"] += sight is Sight.UNREAD
        figures["not_examined"] += len(own)
        if file is not None:
            figures["bytes"] += file.size_bytes
            figures[f"type:{file.media_type}"] += 1
            self._met.append(file)

    def add_container(self, path: str, kind: str, depth: int, occurrence: int) -> None:
        """Add a container that is to be listed."""
        inner = f"{path}!{kind}:"
        self.rows["container"].append(
            (
                self.next_id("container"),
                self._acquisition,
                path_digest(inner),
                inner,
                kind,
                occurrence,
                depth,
                "pending",
            )
        )

    def add_file(self, file: File, operation: int, digests: Digests) -> None:
        """Add a media file that the operation did not know."""
        self.rows["media_file"].append(
            (
                file.id,
                operation,
                digests.sha256,
                digests.sha1,
                digests.md5,
                file.size_bytes,
                file.media_type,
                file.analysed,
                file.gaps,
            )
        )
        file.known = True

    def add_account(self, container: int, account: Account) -> None:
        """Add what the bytes of a container are."""
        row = self.next_id("account"), self._acquisition, container, *astuple(account)
        self.rows["account"].append(row)

    def count_files(self) -> None:
        """Count the files of the items that were added, now that all is said of them."""
        self.figures["distinct"] += len({file.id for file in self._met if not file.here})
        self.figures["not_examined"] += sum([file.gaps for file in self._met])

    def say(self, file: File, sha256: bytes, result: Examined) -> None:
        """Add what analyzers say about bytes for the first time, and what they could not say."""
        refusals = [self._find(file.id, sha256, finding) for finding in result.findings]
        gaps = [*result.not_examined, *filter(None, refusals)]
        for statement in gaps:
            self.add_statement(statement, media_file=file.id)
        file.analysed = True
        file.gaps = len(gaps)
        if file.known:
            file.settled = True
            file.changed_gaps = len(gaps)

    def say_again(self, file: File, sha256: bytes, result: Examined, standing: Sequence[Standing]) -> None:
        """Add what analyzers say of bytes of which they could say nothing before, or not all.

        What was said already stays as it is; what an analyzer had left unfinished gets a finding of its own name.
        """
        findings = {finding.analyzer: finding for finding in result.findings}
        gaps = {statement.analyzer: statement for statement in result.not_examined}
        said: set[str] = set()
        for earlier in standing:
            analyzer = earlier.said.analyzer
            gap = gaps.get(analyzer)
            finding = findings.get(analyzer.removesuffix(COMPLETED))
            if finding is not None and gap is None and analyzer not in said:
                gap = self._find(file.id, sha256, replace(finding, analyzer=analyzer))
            elif finding is None and gap is None:
                continue  # it has no opinion any more, and what it said stands
            self.supersede(earlier.id)
            change = -1
            if gap is not None and analyzer not in said:
                self.add_statement(gap, media_file=file.id)
                change = 0
            file.gaps += change
            file.changed_gaps += change
            said.add(analyzer)

    def fail_again(self, file: int, standing: Sequence[Standing], reason: str) -> None:
        """Replace statements about bytes that could not be read again by themselves, with the reason for that."""
        for earlier in standing:
            self.supersede(earlier.id)
            self.add_statement(_in_vain(earlier.said, reason), media_file=file)

    def miss_item(self, row: Row, standing: Sequence[Standing], reason: str) -> None:
        """Put an item that was not read, and could not be tried again, in the place of itself, with the reason."""
        stored = dict(zip(OCCURRENCE.columns, row, strict=True))
        earlier = Earlier(stored["id"], stored["state"], stored["gaps"], None, again=True)
        self.supersede_item(earlier, [statement.id for statement in standing])
        occurrence = self.next_id("occurrence")
        for statement in standing:
            said = statement.said
            self.add_statement(_in_vain(said, reason) if said.analyzer == READING else said, occurrence=occurrence)
        digest = bytes(stored["path_digest"])
        self.rows["occurrence"].append(
            tuple({**stored, "id": occurrence, "path_digest": digest, "gaps": len(standing)}.values())
        )
        self.figures.update(
            {"items": 1, f"state:{earlier.state}": 1, "unread": 1, "not_examined": len(standing)},
        )

    def supersede(self, statement: int) -> None:
        """Note that a statement does not stand any more."""
        self.rows["supersession"].append((self.next_id("supersession"), self._acquisition, statement))

    def supersede_item(self, earlier: Earlier, statements: Sequence[int]) -> None:
        """Note that an item that could not be read was tried again; what was said of it does not stand any more."""
        self.superseded_items.append(earlier.id)
        for statement in statements:
            self.supersede(statement)
        self.figures.subtract(
            {"items": 1, f"state:{earlier.state}": 1, "unread": 1, "not_examined": earlier.gaps},
        )

    def add_statement(
        self,
        statement: NotExamined,
        *,
        occurrence: int | None = None,
        media_file: int | None = None,
        container: int | None = None,
    ) -> None:
        """Add why something could not be examined."""
        self.rows["not_examined"].append(
            (
                self.next_id("not_examined"),
                self._acquisition,
                occurrence,
                media_file,
                container,
                statement.analyzer,
                statement.version,
                storable_text(statement.reason),
                statement.cause._value_,
            )
        )

    def _find(self, media_file: int, sha256: bytes, finding: Finding) -> NotExamined | None:
        """Add a finding; say why not, where its facts cannot be stored."""
        try:
            facts = storable_facts(finding.facts)
        except NotCanonical as error:
            return NotExamined(finding.analyzer, finding.version, f"Its facts cannot be stored. {error}")
        rows = self.rows
        analyzer = finding.analyzer
        sentence = storable_text(finding.sentence)
        rows["finding"].append((self.next_id("finding"), media_file, analyzer, finding.version, sentence, facts))
        for found in finding.hashes:
            rows["perceptual_hash"].append(
                (
                    self.next_id("perceptual_hash"),
                    media_file,
                    analyzer,
                    found.value,
                    found.quality,
                    found.frame,
                    found.time_ms,
                )
            )
        if (preview := finding.preview) is not None:
            sealed = self._seal(preview.jpeg, sha256)
            rows["preview"].append(
                (self.next_id("preview"), media_file, analyzer, sealed, preview.width_px, preview.height_px)
            )
        for clue in clues_of(finding):
            named = storable_text(clue.kind), storable_text(clue.value)
            rows["clue"].append((self.next_id("clue"), media_file, *named))
        for text in finding.withheld:
            sealed = self._seal(text.text.encode("utf-8", "surrogatepass"), sha256 + WITHHELD)
            rows["withheld"].append((self.next_id("withheld"), media_file, analyzer, storable_text(text.name), sealed))
        return None
