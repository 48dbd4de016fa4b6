"""The process in which one reader lists and digests one container, apart from the other reader of the same bytes."""

import contextlib
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

from amparo.domain.errors import AmparoError, Unreadable
from amparo.domain.item import Item, ItemState
from amparo.domain.plan import ContainerAddress, Plan
from amparo.engine.board import IDLE, READING, Board
from amparo.engine.wire import pack, pack_container, unpack, unpack_container
from amparo.engine.worker import Worker, WorkerLost
from amparo.evidence.chain import Evidence, head_of, tail_of
from amparo.evidence.second_readers import Read, SecondReader, digested
from amparo.evidence.streams import as_file

_TICK_S = 0.5


@dataclass(frozen=True, slots=True)
class Space:
    """A volume or medium in a container."""

    name: str
    locator: str
    kind: str
    """What is recognised there; empty where nothing is."""


@dataclass(slots=True)
class Reading:
    """What one reader says of one container."""

    files: dict[str, Read] = field(default_factory=dict)
    """Live files by their names, or the one medium without a name."""
    spaces: list[Space] = field(default_factory=list)
    """Of our reader alone."""
    refusal: str = ""
    """Why it did not come to its end; else empty."""


def reading(
    exhibit: str, plan: Plan, container: ContainerAddress, second: SecondReader | None, wanted: bool
) -> Reading:
    """What our reader says of a container, or the `second`, in a process of its own that has the limits of a worker.

    Our reader tells which spaces there are, and reads files where they are `wanted`. A reader that crashes, hangs or
    wants too much memory has said what it said until then, and that.
    """
    found = Reading()
    worker = Worker("reader", exhibit, plan)
    try:
        worker.send(pack((pack_container(container), second and pickle.dumps(second), wanted)))
        while not _heard(worker, found):
            pass
    except (WorkerLost, ValueError, TypeError):
        found.refusal = f"It ended the process that ran it ({worker.end()}). {_so_far(found)}"
    finally:
        worker.end()
    return found


def _heard(worker: Worker, found: Reading) -> bool:
    """Take in the next message; whether it was the last. Raise `WorkerLost`."""
    if not wait([worker.fileno()], timeout=_TICK_S):
        if not (reason := worker.overtime()):
            return False
        found.refusal = f"{reason} {_so_far(found)}"
        return True
    what, *said = worker.receive()
    if what == "end":
        (found.refusal,) = said
    elif what == "file":
        read = Read(*said)
        found.files[read.name] = read
    else:
        found.spaces.append(Space(*said))
    return bool(what == "end")


def _so_far(found: Reading) -> str:
    return f"Until then it had read {len(found.files)} files."


def serve(connection: Connection, board: Board, exhibit: str, plan: Plan) -> None:
    """Read one container, and say what is in it.

    In: `(container, reader, wanted)`, the reader pickled, or null for ours. Out: `("file", name, size, sha256,
    problem)` …, `("space", name, locator, kind)` …, then `("end", refusal)`.
    """
    packed, second, wanted = unpack(connection.recv_bytes())
    container = unpack_container(packed)
    refusal = ""
    spaces: list[Item] = []

    def begun(size_bytes: int) -> None:
        board.write(0, 0, READING, size_bytes)

    def said(*message: object) -> None:
        board.write(0, 0, IDLE)  # waiting for the main process is nobody's fault
        connection.send_bytes(pack(message))
        begun(0)

    begun(0)
    with contextlib.closing(Evidence(plan.root, exhibit, plan.formats, plan.limits, plan.secrets)) as evidence:
        try:
            source = (
                _ours(evidence, container, spaces, begun, wanted)
                if second is None
                else _theirs(evidence, container, pickle.loads(second), begun)  # noqa: S301 - from the main process
            )
            for read in source:
                said("file", read.name, read.size_bytes, read.sha256, read.problem)
        except AmparoError as error:
            refusal = str(error)
        except MemoryError:
            refusal = "Reading it takes more memory than a worker may have."
        except Exception as error:  # a reader's fault costs its reading
            refusal = f"The reader failed with {type(error).__name__}: {error}"
        for item in spaces:
            said("space", item.name, item.locator, _kind(evidence, container, item))
    said("end", refusal)


def _ours(
    evidence: Evidence, address: ContainerAddress, spaces: list[Item], begun: Callable[[int], None], wanted: bool
) -> Iterator[Read]:
    container = evidence.container(address.item, address.kind)
    for item in container.items():
        if item.volume and not item.obstacle:
            spaces.append(item)
        if not wanted or item.state is not ItemState.LIVE:
            continue
        if not item.obstacle:
            begun(item.size_bytes or 0)
            # Read by now, and so not with the next item.
            yield digested(item.name, item.size_bytes, lambda item=item: container.open(item.name, item.locator))  # type: ignore[misc]
        elif item.size_bytes is not None:
            yield Read(item.name, item.size_bytes, None, item.obstacle)


def _theirs(
    evidence: Evidence, address: ContainerAddress, reader: SecondReader, begun: Callable[[int], None]
) -> Iterator[Read]:
    with contextlib.closing(evidence.stream(address.item)) as stream:
        yield from reader.read(stream, begun)


def _kind(evidence: Evidence, address: ContainerAddress, item: Item) -> str:
    try:
        with contextlib.closing(evidence.stream(address.path_of(item))) as stream:
            return evidence.recognise(head_of(stream)[0], tail_of(stream), stream.size_bytes, lambda: as_file(stream))
    except Unreadable:
        return ""
