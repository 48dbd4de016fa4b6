"""Where one acquisition's examination takes its work from and puts its results (`domain.plan.ExaminationStore`)."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from amparo.domain.canonical import NotCanonical
from amparo.domain.errors import NotFound
from amparo.domain.finding import Finding, NotExamined
from amparo.domain.item import Item
from amparo.domain.item_path import ItemPath, escape
from amparo.domain.plan import Batch, ContainerAddress, Examined, Sight
from amparo.records.bulk import insert, matching, next_ids
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.rows import (
    OCCURRENCE,
    TABLES,
    BatchHead,
    Row,
    batch_digest,
    path_digest,
    path_digests,
)
from amparo.records.storable import LARGEST, storable_facts, storable_numbers, storable_text

BATCH_ACT = "examination.batch"
"""The act under which a batch stands in the ledger."""


@dataclass(slots=True)
class _File:
    """A media file that a batch meets."""

    id: int
    analysed: bool
    gaps: int
    here: bool
    """Whether the acquisition had it before this batch."""
    size_bytes: int
    media_type: str


@dataclass(slots=True)
class _Writing:
    """The rows of one batch as they come together."""

    ids: dict[str, int]
    """For each table the first id of the batch, which is free."""
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table.name: [] for table in TABLES})

    def next_id(self, table: str) -> int:
        """The id of the row that is added next."""
        return self.ids[table] + len(self.rows[table])


class ExaminationRecords:
    """One acquisition under examination. One process at a time uses it (`Database.hold`), from one thread."""

    def __init__(
        self, database: Database, acquisition: int, *, ledger: Ledger, seal: Callable[[bytes, bytes], bytes]
    ) -> None:
        self._database = database
        self._acquisition = acquisition
        self._ledger = ledger
        self._seal = seal
        self._claims: set[bytes] = set()
        self._given = 0
        with database.errors():
            found = database.fetch(
                "SELECT operation_id FROM acquisition JOIN exhibit ON exhibit.id = exhibit_id"
                " WHERE acquisition.id = %s",
                (acquisition,),
            )
        if not found:
            raise NotFound(f"The workbench has no acquisition {acquisition}.")
        self._operation = int(found[0][0])

    def next_container(self) -> ContainerAddress | None:
        """As `ExaminationStore.next_container`."""
        with self._database.errors():
            found = self._database.fetch(
                "SELECT id, address FROM container WHERE acquisition_id = %s AND state = 'pending' AND id > %s"
                " ORDER BY id LIMIT 1",
                (self._acquisition, self._given),
            )
        if not found:
            return None
        self._given, address = found[0]
        return container_address(address)

    def not_stored(self, batch: Batch) -> Batch | None:
        """As `ExaminationStore.not_stored`."""
        digests = path_digests(_paths(batch))
        with self._database.errors():
            found = matching(
                self._database,
                "SELECT path_digest FROM occurrence WHERE acquisition_id = %s AND path_digest {keys}",
                digests,
                (self._acquisition,),
            )
        if not found:
            return batch
        stored = {bytes(row[0]) for row in found}
        rest = tuple(item for item, digest in zip(batch.items, digests, strict=True) if digest not in stored)
        return Batch(batch.container, rest) if rest else None

    def claim(self, sha256: bytes) -> bool:
        """As `ExaminationStore.claim`."""
        if sha256 in self._claims:
            return False
        with self._database.errors():
            found = self._database.fetch(
                "SELECT analysed FROM media_file WHERE operation_id = %s AND sha256 = %s", (self._operation, sha256)
            )
        if found and found[0][0]:
            return False
        self._claims.add(sha256)
        return True

    def release(self, claims: Sequence[bytes]) -> None:
        """As `ExaminationStore.release`."""
        self._claims.difference_update(claims)

    def write(self, batch: Batch, examined: Sequence[Examined]) -> None:
        """As `ExaminationStore.write`; raise `Conflict` where one of the items is stored already."""
        with self._database.transaction(durable=False):
            container = self._container_id(batch.container)
            writing = _Writing(next_ids(self._database))
            files = self._files(examined)
            late: list[_File] = []
            paths = _paths(batch)
            for item, path, digest, result in zip(batch.items, paths, path_digests(paths), examined, strict=True):
                self._add(writing, files, late, container, batch.container, item, path, digest, result)
            self._insert(container, False, writing)
            self._settle_late(late, writing.ids[OCCURRENCE.name])
            self._count(_figures(batch, examined, writing, files))
        self.release([result.digests.sha256 for result in examined if result.sight is Sight.READ and result.digests])

    def listed(self, container: ContainerAddress, not_examined: NotExamined | None) -> None:
        """As `ExaminationStore.listed`."""
        with self._database.transaction(durable=False):
            number = self._container_id(container)
            writing = _Writing(next_ids(self._database))
            if not_examined is not None:
                self._state(writing, not_examined, container=number)
                self._count({"not_examined": 1})
            self._database.execute(
                "UPDATE container SET state = %s WHERE id = %s", ("failed" if not_examined else "listed", number)
            )
            self._insert(number, True, writing)

    def _container_id(self, container: ContainerAddress) -> int:
        address = str(container)
        found = self._database.fetch(
            "SELECT id FROM container WHERE acquisition_id = %s AND address_digest = %s",
            (self._acquisition, path_digest(address)),
        )
        if not found:
            raise NotFound(f"{address} is not a container of this acquisition.")
        return int(found[0][0])

    def _files(self, examined: Iterable[Examined]) -> dict[bytes, _File]:
        """Those of the files that the operation knows, by SHA-256."""
        wanted = list({result.digests.sha256: None for result in examined if result.digests is not None})
        known = matching(
            self._database,
            "SELECT id, sha256, analysed, gaps, EXISTS (SELECT 1 FROM occurrence"
            " WHERE media_file_id = media_file.id AND acquisition_id = %s), size_bytes, media_type"
            " FROM media_file WHERE operation_id = %s AND sha256 {keys}",
            wanted,
            (self._acquisition, self._operation),
        )
        return {
            bytes(sha256): _File(id_, bool(done), gaps, bool(here), size, media_type)
            for id_, sha256, done, gaps, here, size, media_type in known
        }

    def _add(
        self,
        writing: _Writing,
        files: dict[bytes, _File],
        late: list[_File],
        container: int,
        address: ContainerAddress,
        item: Item,
        path: str,
        digest: bytes,
        result: Examined,
    ) -> None:
        """Add the rows of one item."""
        occurrence = writing.next_id("occurrence")
        sight = result.sight
        media_file = None
        own: list[NotExamined] = []
        if result.digests is None:
            own.extend(result.not_examined)
        else:
            sha256 = result.digests.sha256
            file = files.get(sha256)
            known = file is not None
            if file is None:
                file = files[sha256] = _File(
                    writing.next_id("media_file"), False, 0, False, result.size_bytes, storable_text(result.media_type)
                )
            media_file = file.id
            if sight is not Sight.READ:
                own.extend(result.not_examined)
            elif file.analysed:
                sight = Sight.REPEATED  # what was said first stands
            else:
                file.analysed = True
                file.gaps = self._say(writing, file.id, sha256, result)
                if known:
                    late.append(file)
            if not known:
                writing.rows["media_file"].append(
                    (
                        file.id,
                        self._operation,
                        sha256,
                        result.digests.sha1,
                        result.digests.md5,
                        file.size_bytes,
                        file.media_type,
                        file.analysed,
                        file.gaps,
                    )
                )
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
                own.extend(refusals)
                break
        for statement in own:
            self._state(writing, statement, occurrence=occurrence)
        writing.rows["occurrence"].append(
            (
                occurrence,
                self._acquisition,
                container,
                digest,
                path,
                escape(item.name),
                item.state._value_,  # twice as fast as `value`
                sight._value_,
                *numbers,
                media_file,
                result.extension_agrees,
                len(own),
            )
        )
        if result.container_kind:
            inner = f"{path}!{result.container_kind}:"
            writing.rows["container"].append(
                (
                    writing.next_id("container"),
                    self._acquisition,
                    path_digest(inner),
                    inner,
                    result.container_kind,
                    occurrence,
                    address.item.depth + 1,
                    "pending",
                )
            )

    def _say(self, writing: _Writing, media_file: int, sha256: bytes, result: Examined) -> int:
        """Add what analyzers say about bytes; the number of things that could not be said."""
        gaps = list(result.not_examined)
        for finding in result.findings:
            try:
                facts = storable_facts(finding.facts)
            except NotCanonical as error:
                gaps.append(NotExamined(finding.analyzer, finding.version, f"Its facts cannot be stored. {error}"))
                continue
            self._find(writing, media_file, sha256, finding, facts)
        for statement in gaps:
            self._state(writing, statement, media_file=media_file)
        return len(gaps)

    def _find(self, writing: _Writing, media_file: int, sha256: bytes, finding: Finding, facts: str) -> None:
        rows = writing.rows
        analyzer = finding.analyzer
        rows["finding"].append(
            (
                writing.next_id("finding"),
                media_file,
                analyzer,
                finding.version,
                storable_text(finding.sentence),
                facts,
            )
        )
        for found in finding.hashes:
            rows["perceptual_hash"].append(
                (
                    writing.next_id("perceptual_hash"),
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
                (writing.next_id("preview"), media_file, analyzer, sealed, preview.width_px, preview.height_px)
            )

    def _state(
        self,
        writing: _Writing,
        statement: NotExamined,
        *,
        occurrence: int | None = None,
        media_file: int | None = None,
        container: int | None = None,
    ) -> None:
        writing.rows["not_examined"].append(
            (
                writing.next_id("not_examined"),
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

    def _settle_late(self, late: Iterable[_File], first_occurrence: int) -> None:
        """Note that files of which only copies were known are now analysed, and what that says of earlier copies."""
        for file in late:
            self._database.execute(
                "UPDATE media_file SET analysed = %s, gaps = %s WHERE id = %s", (True, file.gaps, file.id)
            )
            if file.gaps:
                for acquisition, copies in self._database.fetch(
                    "SELECT acquisition_id, count(*) FROM occurrence WHERE media_file_id = %s AND id < %s"
                    " GROUP BY acquisition_id",
                    (file.id, first_occurrence),
                ):
                    self._count({"not_examined": file.gaps * copies}, acquisition)

    def _insert(self, container: int, ends_listing: bool, writing: _Writing) -> None:
        """Add the rows, the batch and its entry of the ledger."""
        last = self._database.fetch("SELECT max(id) FROM batch")[0][0] or 0
        blocks = json.dumps([[writing.ids[table.name], len(writing.rows[table.name])] for table in TABLES])
        head = BatchHead(last + 1, self._acquisition, container, ends_listing, blocks)
        for table in TABLES:
            insert(self._database, table, writing.rows[table.name])
        key = os.urandom(32)
        digest = batch_digest(key, head, ((table, writing.rows[table.name]) for table in TABLES))
        items = len(writing.rows["occurrence"])
        entry = self._ledger.append(
            BATCH_ACT, {"acquisition": head.acquisition, "batch": head.id, "items": items, "digest": digest}
        )
        self._ledger.sign_head()
        self._database.execute(
            "INSERT INTO batch (id, acquisition_id, container_id, ends_listing, entry, key, blocks)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (head.id, head.acquisition, head.container, head.ends_listing, entry.index, key, blocks),
        )

    def _count(self, figures: Mapping[str, int], acquisition: int | None = None) -> None:
        """Add to the counts that are kept up."""
        for figure, count in figures.items():
            if count:
                self._database.execute(
                    "INSERT INTO tally (acquisition_id, figure, count) VALUES (%s, %s, %s)"
                    " ON CONFLICT (acquisition_id, figure) DO UPDATE SET count = tally.count + excluded.count",
                    (acquisition or self._acquisition, figure, count),
                )


def _figures(
    batch: Batch, examined: Sequence[Examined], writing: _Writing, files: Mapping[bytes, _File]
) -> Mapping[str, int]:
    """What a batch adds to the counts of its acquisition."""
    met = [files[result.digests.sha256] for result in examined if result.digests is not None]
    figures = {f"state:{state}": count for state, count in Counter([item.state for item in batch.items]).items()}
    for media_type, count in Counter([file.media_type for file in met]).items():
        figures[f"type:{media_type}"] = count
    figures["items"] = len(batch.items)
    figures["unread"] = sum([result.sight is Sight.UNREAD for result in examined])
    figures["bytes"] = sum([file.size_bytes for file in met])
    figures["distinct"] = len({file.id for file in met if not file.here})
    figures["not_examined"] = sum([row[-1] for row in writing.rows[OCCURRENCE.name]]) + sum([file.gaps for file in met])
    return figures


def container_address(text: str) -> ContainerAddress:
    """The inverse of `str(ContainerAddress)`."""
    item, _, kind = text.rpartition("!")
    return ContainerAddress(ItemPath.parse(item), kind.removesuffix(":"))


def _paths(batch: Batch) -> list[str]:
    """The written addresses of the items: `str(batch.container.path_of(item))` without the values in between."""
    prefix = f"{batch.container}/"
    return [
        f"{prefix}{escape(item.name)}#{escape(item.locator)}" if item.locator else prefix + escape(item.name)
        for item in batch.items
    ]
