"""The process that reads and analyses: a batch in, what came of each item out."""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

from amparo.analysis.content import read
from amparo.analysis.media_type import extension_agrees
from amparo.domain.cause import Cause
from amparo.domain.errors import AmparoError, Unreadable
from amparo.domain.finding import Analyzer, Content, Finding, NotExamined
from amparo.domain.item import Container, Item, ItemState, Stream
from amparo.domain.picture import Picture
from amparo.domain.plan import CARVED, Batch, Examined, Plan, Sight
from amparo.engine import board as stages
from amparo.engine.board import IDLE, Board
from amparo.engine.wire import pack, pack_examined, unpack, unpack_batch, unpack_container
from amparo.evidence.chain import Evidence, head_of, tail_of
from amparo.evidence.disk_signatures import looks_random
from amparo.evidence.streams import as_file

READING = "reading"
DECODING = "decoding"
"""Beside the names of analyzers: what a `Skips` may name."""


Skips = Mapping[int, Mapping[str, tuple[str, str]]]
"""For an item's position in its batch: what is not to be tried again, why, and the value of its `Cause`."""


@dataclass(slots=True)
class Examiner:
    """Examines batches of one exhibit by one plan."""

    plan: Plan
    evidence: Evidence
    board: Board
    claim: Callable[[bytes], bool]

    def examine(self, number: int, batch: Batch, skips: Skips) -> Iterator[Examined]:
        """What came of each item of the batch, in order."""
        container: Container | None = None
        for position, item in enumerate(batch.items):
            self.board.write(number, position, stages.READING, max(item.size_bytes or 0, 0))
            skip = skips.get(position, {})
            if item.obstacle or READING in skip:
                reason, cause = (item.obstacle, item.cause) if item.obstacle else skip[READING]
                yield _unread(reason, Cause(cause))
                continue
            try:
                if container is None:
                    container = self.evidence.container(batch.container.item, batch.container.kind)
                yield self._examine_item(container, item, skip)
            except AmparoError as error:
                yield _unread(str(error), Cause.of(error))
            except MemoryError:
                yield _unread("Reading it takes more memory than a worker may have.", Cause.LIMIT)
        self.board.write(number, 0, stages.IDLE)

    def _examine_item(self, container: Container, item: Item, skip: Mapping[str, tuple[str, str]]) -> Examined:
        stream = container.open(item.name, item.locator)
        try:
            if item.volume:
                return self._open_volume(item, stream)
            return self._examine_content(item, read(stream, limits=self.plan.limits), skip)
        finally:
            stream.close()

    def _open_volume(self, item: Item, stream: Stream) -> Examined:
        head, failure = head_of(stream)
        kind = self.evidence.recognise(head, tail_of(stream), stream.size_bytes, lambda: as_file(stream))
        reason = self.evidence.refusal(kind, stream) if kind else ""
        if kind and not reason:
            return Examined(Sight.OPENED, container_kind=kind)
        carved = CARVED if any(each.kind == CARVED for each in self.plan.formats) else ""
        if item.state is ItemState.UNALLOCATED and carved and not reason:
            return Examined(Sight.OPENED, container_kind=carved)
        if not reason and failure is not None:
            return replace(_unread(str(failure), Cause.of(failure)), container_kind=carved)
        if not reason:
            reason = (
                f"Nothing here reads what is in these {stream.size_bytes} bytes: no file system, partition table or"
                " archive that is known."
            )
            if looks_random(head):
                reason += " They look random, as an encrypted volume does (VeraCrypt), or one that was wiped."
        return replace(_unread(reason, Cause.UNSUPPORTED), container_kind=carved)

    def _examine_content(self, item: Item, content: Content, skip: Mapping[str, tuple[str, str]]) -> Examined:
        sight = Sight.READ
        findings: tuple[Finding, ...] = ()
        missing: tuple[NotExamined, ...] = ()
        wanted = [analyzer.wants(content) for analyzer in self.plan.analyzers]
        if True in wanted:
            if self.claim(content.digests.sha256):
                findings, missing = self._analyse(content, wanted, skip)
                if item.state is ItemState.CARVED:
                    missing = _as_carved(missing)
            else:
                sight = Sight.REPEATED
        return Examined(
            sight,
            content.digests,
            content.size_bytes,
            content.media_type,
            extension_agrees(item.name, content.media_type),
            self.evidence.recognise(content.head, content.tail, content.size_bytes, content.file)
            or self.evidence.after_the_end(content.head, content.file),
            findings,
            missing,
        )

    def _analyse(
        self, content: Content, wanted: Sequence[bool], skip: Mapping[str, tuple[str, str]]
    ) -> tuple[tuple[Finding, ...], tuple[NotExamined, ...]]:
        watched = _Watched(content, self.board, skip.get(DECODING))
        findings = watched.findings
        missing = []
        for index, analyzer in enumerate(self.plan.analyzers):
            if not wanted[index] or not analyzer.wants(watched):
                continue  # what the ones before it said may leave it nothing to say
            if analyzer.name in skip:
                reason, cause = skip[analyzer.name]
                missing.append(NotExamined(analyzer.name, analyzer.version, reason, Cause(cause)))
                continue
            self.board.stage(stages.ANALYSING + index)
            said = analyse(analyzer, watched)
            if isinstance(said, Finding):
                findings.append(said)
                if said.unfinished is not None:
                    missing.append(said.unfinished)
            else:
                missing.append(said)
        return tuple(findings), tuple(missing)


class _Refused(Unreadable):
    """What has cost a worker before is not tried again."""

    def __init__(self, reason: str, cause: str) -> None:
        super().__init__(reason)
        self.cause = Cause(cause)


class _Watched:
    """A content whose decoding is noted on the board, and refused where it has cost a worker before.

    What analyzers say of it is kept beside it, for those that come after.
    """

    def __init__(self, content: Content, board: Board, refusal: tuple[str, str] | None) -> None:
        self._content = content
        self._board = board
        self._refusal = refusal
        self.size_bytes = content.size_bytes
        self.digests = content.digests
        self.findings: list[Finding] = []
        self.media_type = content.media_type
        self.head = content.head
        self.tail = content.tail
        self.limits = content.limits
        self.data = content.data
        self.file = content.file

    def picture(self) -> Picture:
        """As `Content.picture`."""
        if self._refusal:
            raise _Refused(*self._refusal)
        before = self._board.stage(stages.DECODING)
        try:
            return self._content.picture()
        finally:
            self._board.stage(before)


def analyse(analyzer: Analyzer, content: Content) -> Finding | NotExamined:
    """What an analyzer says; where it cannot, why."""
    try:
        return analyzer.examine(content)
    except _Refused as error:
        reason, cause = str(error), error.cause
    except AmparoError as error:
        reason, cause = str(error), Cause.of(error)
    except MemoryError:
        reason, cause = "It takes more memory than a worker may have.", Cause.LIMIT
    except Exception as error:  # an analyzer's fault costs its finding, never the run
        reason, cause = f"The analyzer failed with {type(error).__name__}: {error}", Cause.FAULT
    return NotExamined(analyzer.name, analyzer.version, reason, cause)


def _as_carved(missing: tuple[NotExamined, ...]) -> tuple[NotExamined, ...]:
    """What was found by its beginning and proves to be none is one gap, not one for each analyzer that tried."""
    failed = [each for each in missing if each.cause is Cause.UNREADABLE]
    if not failed:
        return missing
    said = NotExamined(CARVED, "1", f"Carved, but it does not decode. {failed[0].reason}", Cause.UNREADABLE)
    return (said, *(each for each in missing if each.cause is not Cause.UNREADABLE))


def _unread(reason: str, cause: Cause) -> Examined:
    return Examined(Sight.UNREAD, not_examined=(NotExamined(READING, "1", reason, cause),))


def serve(connection: Connection, board: Board, exhibit: str, plan: Plan) -> None:
    """Examine what comes until the connection ends.

    In: `("batch", number, container, items, skips)` and, as an answer, `("claimed", bool)`.
    Out: `("claim", number, sha256)` and `("examined", number, results)`.
    """
    waiting: deque[tuple[Any, ...]] = deque()
    current = 0

    def claim(sha256: bytes) -> bool:
        before = board.stage(IDLE)  # waiting for an answer is nobody's fault
        connection.send_bytes(pack(("claim", current, sha256)))
        while (message := unpack(connection.recv_bytes()))[0] != "claimed":
            waiting.append(message)
        board.stage(before)
        return bool(message[1])

    with contextlib.closing(Evidence(plan.root, exhibit, plan.formats, plan.limits, plan.secrets)) as evidence:
        examiner = Examiner(plan, evidence, board, claim)
        while True:
            message = waiting.popleft() if waiting else unpack(connection.recv_bytes())
            _, current, container, items, skips = message
            batch = unpack_batch(unpack_container(container), items)
            results = [pack_examined(examined) for examined in examiner.examine(current, batch, skips)]
            connection.send_bytes(pack(("examined", current, results)))
