"""The process that lists containers: an address in, its items out in batches."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from amparo.domain.cause import Cause
from amparo.domain.coverage import Account
from amparo.domain.errors import AmparoError, LimitReached
from amparo.domain.finding import NotExamined
from amparo.domain.item import Item
from amparo.domain.limits import Limits
from amparo.domain.plan import ContainerAddress, Plan
from amparo.engine.board import IDLE, READING, Board
from amparo.engine.wire import pack, pack_account, pack_items, pack_not_examined, unpack, unpack_container
from amparo.evidence.chain import Evidence

BATCH_ITEMS = 256
BATCH_BYTES = 16 * 1024 * 1024
FIRST_BATCH_ITEMS = 16
"""Batches grow from this, so that the first findings are there soon."""


@dataclass(slots=True)
class Inside:
    """What the containers inside an exhibit have listed, in this process."""

    size_bytes: int = 0


def batches(evidence: Evidence, container: ContainerAddress, plan: Plan, inside: Inside) -> Iterator[list[Item]]:
    """The items of a container in batches of 1 to 256, each of about 16 MiB at most."""
    most = FIRST_BATCH_ITEMS
    items: list[Item] = []
    size_bytes = total_bytes = 0
    limits = plan.limits
    try:
        for count, item in enumerate(evidence.container(container.item, container.kind).items()):
            if count == limits.container_items:
                raise LimitReached(f"Only its first {count} items were listed: that is the limit.")
            if container.item.steps:
                total_bytes += item.bytes_to_read
                inside.size_bytes += item.bytes_to_read
                if total_bytes > limits.container_bytes or inside.size_bytes > limits.exhibit_bytes:
                    raise LimitReached(_too_much(count, total_bytes > limits.container_bytes, limits))
            items.append(item)
            size_bytes += item.bytes_to_read
            if len(items) >= most or size_bytes >= BATCH_BYTES:
                yield items
                items, size_bytes = [], 0
                most = min(2 * most, BATCH_ITEMS)
    except AmparoError:
        if items:
            yield items
        raise
    if items:
        yield items


def _too_much(count: int, alone: bool, limits: Limits) -> str:
    whose, name = ("its items", "container_bytes") if alone else ("all archives of this exhibit", "exhibit_bytes")
    return (
        f"Only its first {count} items were listed: {whose} together would give more than {getattr(limits, name)}"
        f" bytes, as in a bomb; if it is none, raise the limit {name} and try again."
    )


def serve(connection: Connection, board: Board, exhibit: str, plan: Plan) -> None:
    """List what comes until the connection ends.

    In: `(container,)`. Out: `("items", items, size_bytes)` …, then `("end", reason, account)`, the reason null where
    the listing is whole, the account null where there is none. The pipe holds the lister back while the main process
    has enough.
    """
    with contextlib.closing(Evidence(plan.root, exhibit, plan.formats, plan.limits, plan.secrets)) as evidence:
        inside = Inside()
        while True:
            container = unpack_container(unpack(connection.recv_bytes())[0])
            missing: NotExamined | None = None
            account: Account | None = None
            board.write(0, 0, READING)
            try:
                for items in batches(evidence, container, plan, inside):
                    board.write(0, 0, IDLE)
                    size_bytes = sum(item.bytes_to_read for item in items)
                    connection.send_bytes(pack(("items", pack_items(items), size_bytes)))
                    board.write(0, 0, READING)
                account = evidence.account(container.item, container.kind)
            except AmparoError as error:
                missing = NotExamined(container.kind, "1", str(error), Cause.of(error))
            except MemoryError:
                reason = "Listing it takes more memory than a worker may have."
                missing = NotExamined(container.kind, "1", reason, Cause.LIMIT)
            board.write(0, 0, IDLE)
            connection.send_bytes(
                pack(("end", missing and pack_not_examined(missing), account and pack_account(account)))
            )
