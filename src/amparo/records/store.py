"""Where one acquisition's examination takes its work from and puts its results (`domain.plan.ExaminationStore`)."""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from amparo.domain.cause import Cause
from amparo.domain.coverage import Account
from amparo.domain.errors import NotFound
from amparo.domain.finding import EXHIBIT, NotExamined
from amparo.domain.item import Item
from amparo.domain.item_path import ItemPath, escape
from amparo.domain.plan import Batch, ContainerAddress, Examined, Sight
from amparo.records.bulk import block, insert, matching, next_ids
from amparo.records.database import Database
from amparo.records.ledger import Ledger
from amparo.records.retrial import Earlier, Retrial, Standing
from amparo.records.rows import OCCURRENCE, TABLES, BatchHead, batch_digest, path_digest, path_digests
from amparo.records.storable import storable_text
from amparo.records.writing import File, Writing

BATCH_ACT = "examination.batch"
"""The act under which a batch stands in the ledger."""


class ExaminationRecords:
    """One acquisition under examination. One process at a time uses it (`Database.hold`), from one thread."""

    def __init__(
        self,
        database: Database,
        acquisition: int,
        *,
        ledger: Ledger,
        seal: Callable[[bytes, bytes], bytes],
        retry: int | None = None,
        only: Sequence[str] | None = None,
    ) -> None:
        """The records of `acquisition`; `retry` is `Retry.last_statement` where what failed is tried again.

        With `only`, what failed at these addresses.
        """
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
            raise NotFound("The workbench has no acquisition {acquisition}.", acquisition=acquisition)
        self._operation = int(found[0][0])
        self._retrial = None if retry is None else Retrial(database, acquisition, retry, only)

    def next_container(self) -> ContainerAddress | None:
        """As `ExaminationStore.next_container`."""
        with self._database.errors():
            found = self._database.fetch(
                "SELECT id, address FROM container WHERE acquisition_id = %s AND state = 'pending' AND id > %s"
                " ORDER BY id LIMIT 1",
                (self._acquisition, self._given),
            )
            if found:
                self._given, address = found[0]
                return container_address(address)
            again = self._retrial.next_container() if self._retrial is not None else None
            if again is None:
                return None
            return container_address(
                self._database.fetch("SELECT address FROM container WHERE id = %s", (again,))[0][0]
            )

    def not_stored(self, batch: Batch) -> Batch | None:
        """As `ExaminationStore.not_stored`."""
        digests = path_digests(_paths(batch))
        with self._database.errors():
            if self._retrial is not None:
                earlier = self._retrial.earlier(digests)
                stored = {digest for digest, item in earlier.items() if not item.again}
                if not self._retrial.concerns_all_of(self._container_id(batch.container)):
                    stored |= set(digests) - earlier.keys()
            else:
                query = (
                    "SELECT path_digest FROM occurrence"
                    " WHERE acquisition_id = %s AND NOT superseded AND path_digest {keys}"
                )
                found = matching(self._database, query, digests, (self._acquisition,))
                stored = {bytes(row[0]) for row in found}
        if not stored:
            return batch
        rest = tuple(item for item, digest in zip(batch.items, digests, strict=True) if digest not in stored)
        return Batch(batch.container, rest) if rest else None

    def claim(self, sha256: bytes) -> bool:
        """As `ExaminationStore.claim`."""
        if sha256 in self._claims:
            return False
        with self._database.errors():
            found = self._database.fetch(
                "SELECT analysed, id FROM media_file WHERE operation_id = %s AND sha256 = %s",
                (self._operation, sha256),
            )
            if found and found[0][0] and not (self._retrial and self._retrial.unsaid([found[0][1]])):
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
            writing = self._writing()
            files = self._files(examined)
            paths = _paths(batch)
            digests = path_digests(paths)
            again = self._again(writing, files, digests)
            for item, path, digest, result in zip(batch.items, paths, digests, examined, strict=True):
                self._add(writing, files, again, container, batch.container, item, path, digest, result)
            writing.count_files()
            self._supersede(writing)
            self._insert(container, False, writing)
            self._settle(files.values(), writing.ids[OCCURRENCE.name])
            self._count(writing.figures)
        self.release([result.digests.sha256 for result in examined if result.sight is Sight.READ and result.digests])

    def listed(
        self, container: ContainerAddress, not_examined: NotExamined | None, account: Account | None = None
    ) -> None:
        """As `ExaminationStore.listed`."""
        with self._database.transaction(durable=False):
            number = self._container_id(container)
            writing = self._writing()
            if self._retrial is None or self._retrial.concerns_all_of(number):
                earlier = self._database.fetch(
                    "SELECT id FROM not_examined WHERE container_id = %s AND analyzer <> %s AND NOT superseded",
                    (number, EXHIBIT),
                )
                for (statement,) in earlier:
                    writing.supersede(statement)
                if not_examined is not None:
                    writing.add_statement(not_examined, container=number)
                self._database.execute(
                    "UPDATE container SET state = %s WHERE id = %s", ("failed" if not_examined else "listed", number)
                )
                if account is not None:
                    writing.add_account(number, account)
                writing.figures["not_examined"] += bool(not_examined) - len(earlier)
            if self._retrial is not None:
                self._miss(writing, self._retrial, number, not_examined)
            self._supersede(writing)
            self._insert(number, True, writing)
            self._count(writing.figures)

    def doubt(self, container: ContainerAddress, not_examined: NotExamined) -> None:
        """Record something that throws doubt on all of a container, whatever was listed; no retry takes it back."""
        with self._database.transaction(durable=False):
            number = self._container_id(container)
            writing = self._writing()
            writing.add_statement(not_examined, container=number)
            self._insert(number, False, writing)
            self._count({"not_examined": 1})

    def _writing(self) -> Writing:
        return Writing(next_ids(self._database), self._acquisition, self._seal)

    def _container_id(self, container: ContainerAddress) -> int:
        address = str(container)
        found = self._database.fetch(
            "SELECT id FROM container WHERE acquisition_id = %s AND address_digest = %s",
            (self._acquisition, path_digest(address)),
        )
        if not found:
            raise NotFound("{address} is not a container of this acquisition.", address=address)
        return int(found[0][0])

    def _files(self, examined: Iterable[Examined]) -> dict[bytes, File]:
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
            bytes(sha256): File(id_, bool(done), gaps, bool(here), size, media_type)
            for id_, sha256, done, gaps, here, size, media_type in known
        }

    def _again(self, writing: Writing, files: Mapping[bytes, File], digests: Sequence[bytes]) -> "_Again":
        """What of a batch is tried again; nothing but in a retry. What could not be read is superseded here."""
        if self._retrial is None:
            return _Again({}, {})
        earlier = {digest: item for digest, item in self._retrial.earlier(digests).items() if item.again}
        unread = {item.id: item for item in earlier.values() if item.media_file is None}
        statements: dict[int, list[int]] = {id_: [] for id_ in unread}
        query = "SELECT occurrence_id, id FROM not_examined WHERE NOT superseded AND occurrence_id {keys}"
        for occurrence, statement in matching(self._database, query, list(unread)):
            statements[occurrence].append(statement)
        for id_, item in unread.items():
            writing.supersede_item(item, statements[id_])
        known = {file.id for file in files.values()} | {item.media_file for item in earlier.values()} - {None}
        return _Again(earlier, self._retrial.unsaid([id_ for id_ in known if id_ is not None]))

    def _add(
        self,
        writing: Writing,
        files: dict[bytes, File],
        again: "_Again",
        container: int,
        address: ContainerAddress,
        item: Item,
        path: str,
        digest: bytes,
        result: Examined,
    ) -> None:
        """Add the rows of one item."""
        before = again.earlier.get(digest)
        sight, file = result.sight, None
        occurrence = writing.next_id(OCCURRENCE.name)
        if before is not None and before.media_file is not None:
            occurrence = before.id
            if not self._said_again(writing, files, again, before.media_file, result):
                return
        else:
            if result.digests is not None:
                sha256 = result.digests.sha256
                file = files.get(sha256)
                if file is None:
                    id_, media_type = writing.next_id("media_file"), storable_text(result.media_type)
                    file = files[sha256] = File(id_, False, 0, False, result.size_bytes, media_type, known=False)
                if sight is Sight.READ and file.analysed:
                    sight = Sight.REPEATED  # what was said first stands
                    writing.say_again(file, sha256, result, again.unsaid.pop(file.id, ()))
                elif sight is Sight.READ:
                    writing.say(file, sha256, result)
                if not file.known:
                    writing.add_file(file, self._operation, result.digests)
            writing.add_item(container, address, item, path, digest, result, file, sight)
        kind = result.container_kind
        if kind and not (before is not None and self._has_container(f"{path}!{kind}:")):
            writing.add_container(path, kind, address.item.depth + 1, occurrence)

    def _said_again(
        self, writing: Writing, files: Mapping[bytes, File], again: "_Again", media_file: int, result: Examined
    ) -> bool:
        """Add what analyzers say now of bytes that were read before; whether they are the same bytes."""
        sha256 = result.digests.sha256 if result.digests else b""
        file = files.get(sha256)
        if file is None or file.id != media_file:
            reason = "its bytes are no longer those that were examined."
            if result.digests is None:
                reason = " ".join(statement.reason for statement in result.not_examined)
            writing.fail_again(media_file, again.unsaid.pop(media_file, ()), reason)
            return False
        if result.sight is Sight.READ:
            writing.say_again(file, sha256, result, again.unsaid.pop(media_file, ()))
        return True

    def _miss(self, writing: Writing, retrial: Retrial, container: int, not_examined: NotExamined | None) -> None:
        """Say of chosen items that their container did not list that they were tried again in vain, and why."""
        reason = not_examined.reason if not_examined is not None else "its container does not list it any more."
        for target in retrial.missed(container):
            if target.media_file is not None:
                standing = retrial.unsaid([target.media_file]).get(target.media_file, ())
                writing.fail_again(target.media_file, standing, reason)
                continue
            (row,) = block(self._database, OCCURRENCE, target.occurrence, 1)
            found = self._database.fetch(
                "SELECT id, analyzer, version, reason, cause FROM not_examined"
                " WHERE occurrence_id = %s AND NOT superseded ORDER BY id",
                (target.occurrence,),
            )
            statements = [
                Standing(id_, NotExamined(analyzer, version, said, Cause(cause or Cause.UNREADABLE)))
                for id_, analyzer, version, said, cause in found
            ]
            writing.miss_item(row, statements, reason)

    def _has_container(self, address: str) -> bool:
        query = "SELECT 1 FROM container WHERE acquisition_id = %s AND address_digest = %s"
        return bool(self._database.fetch(query, (self._acquisition, path_digest(address))))

    def _supersede(self, writing: Writing) -> None:
        """Mark what does not stand any more, before what stands in its place is added."""
        for query, ids in (
            ("UPDATE occurrence SET superseded = TRUE WHERE id = %s", writing.superseded_items),
            (
                "UPDATE not_examined SET superseded = TRUE WHERE id = %s",
                [row[2] for row in writing.rows["supersession"]],
            ),
        ):
            for id_ in ids:
                self._database.execute(query, (id_,))

    def _settle(self, files: Iterable[File], first_occurrence: int) -> None:
        """Note what a batch says of files that were known before, and what that says of earlier copies."""
        for file in files:
            if file.settled or file.changed_gaps:
                self._database.execute(
                    "UPDATE media_file SET analysed = %s, gaps = gaps + %s WHERE id = %s",
                    (True, file.changed_gaps, file.id),
                )
            if file.changed_gaps:
                for acquisition, copies in self._database.fetch(
                    "SELECT acquisition_id, count(*) FROM occurrence WHERE media_file_id = %s AND id < %s"
                    " GROUP BY acquisition_id",
                    (file.id, first_occurrence),
                ):
                    self._count({"not_examined": file.changed_gaps * copies}, acquisition)

    def _insert(self, container: int, ends_listing: bool, writing: Writing) -> None:
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


@dataclass(frozen=True, slots=True)
class _Again:
    """What of a batch is tried again."""

    earlier: Mapping[bytes, Earlier]
    """The items, by the digest of their address."""
    unsaid: dict[int, list[Standing]]
    """By media file, what analyzers could not say; taken out when it is said."""


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
