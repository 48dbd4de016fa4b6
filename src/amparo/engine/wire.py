"""How batches and results travel between the main process and its workers.

Only plain values cross (tuples, text, bytes, whole numbers, null), and only those are accepted back: a worker that
hostile evidence has taken over can send wrong values, never code.
"""

import io
import operator
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from amparo.domain.cause import Cause
from amparo.domain.coverage import Account
from amparo.domain.digest import Digests
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Finding, NotExamined, PerceptualHash, Preview, Withheld
from amparo.domain.item import Item, ItemState
from amparo.domain.item_path import ItemPath, Step
from amparo.domain.plan import Batch, ContainerAddress, Examined, Sight

_STATES = {state.value: state for state in ItemState}
_SIGHTS = {sight.value: sight for sight in Sight}
_CAUSES = {cause.value: cause for cause in Cause}
_item_fields = operator.attrgetter(
    "name",
    "size_bytes",
    "state.value",
    "locator",
    "modified_ns",
    "accessed_ns",
    "changed_ns",
    "created_ns",
    "volume",
    "obstacle",
    "cause.value",
    "doubt",
)


class WireError(AmparoError):
    """What came from a worker is not a message."""


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise WireError(f"A worker sent {module}.{name}; only plain values are accepted.")


def pack(message: object) -> bytes:
    """The bytes of a message of plain values."""
    return pickle.dumps(message, protocol=5)


def unpack(raw: bytes) -> Any:
    """The message of plain values behind `raw`; raise `WireError`."""
    try:
        return _PlainUnpickler(io.BytesIO(raw)).load()
    except WireError:
        raise
    except Exception as error:
        raise WireError(f"What came from a worker is not a message: {error}") from error


def pack_container(container: ContainerAddress) -> tuple[object, ...]:
    """A container's address as plain values."""
    item = container.item
    return item.exhibit, [(step.kind, step.name, step.locator) for step in item.steps], container.kind


def unpack_container(plain: Any) -> ContainerAddress:
    """The inverse of `pack_container`."""
    exhibit, steps, kind = plain
    return ContainerAddress(ItemPath(exhibit, tuple(Step(*step) for step in steps)), kind)


def pack_items(items: Sequence[Item]) -> list[tuple[object, ...]]:
    """Items as plain values."""
    return [_item_fields(item) for item in items]


def unpack_batch(container: ContainerAddress, items: Any) -> Batch:
    """A batch from its container and the plain values of its items."""
    # Every name is written out, because gathering the rest of each row would take as long as making the item.
    made = [
        Item(
            name,
            size,
            _STATES[state],
            locator,
            modified,
            accessed,
            changed,
            created,
            volume,
            obstacle,
            _CAUSES[cause],
            doubt,
        )
        for name, size, state, locator, modified, accessed, changed, created, volume, obstacle, cause, doubt in items
    ]
    return Batch(container, tuple(made))


def pack_examined(examined: Examined) -> tuple[object, ...]:
    """What came of an item, as plain values."""
    digests = examined.digests
    return (
        examined.sight.value,
        None if digests is None else (digests.sha256, digests.sha1, digests.md5),
        examined.size_bytes,
        examined.media_type,
        examined.extension_agrees,
        examined.container_kind,
        examined.findings and [_pack_finding(finding) for finding in examined.findings],
        examined.not_examined and [pack_not_examined(each) for each in examined.not_examined],
    )


def unpack_examined(plain: Any) -> Examined:
    """The inverse of `pack_examined`."""
    sight, digests, size_bytes, media_type, agrees, kind, findings, not_examined = plain
    return Examined(
        _SIGHTS[sight],
        None if digests is None else Digests(*digests),
        size_bytes,
        media_type,
        agrees,
        kind,
        tuple(_unpack_finding(*finding) for finding in findings) if findings else (),
        tuple(unpack_not_examined(missing) for missing in not_examined) if not_examined else (),
    )


def pack_not_examined(missing: NotExamined) -> tuple[object, ...]:
    """A reason as plain values."""
    return missing.analyzer, missing.version, missing.reason, missing.cause.value


def unpack_not_examined(plain: Any) -> NotExamined:
    """The inverse of `pack_not_examined`."""
    analyzer, version, reason, cause = plain
    return NotExamined(analyzer, version, reason, _CAUSES[cause])


def pack_account(account: Account) -> tuple[int, ...]:
    """An account as plain values."""
    return astuple(account)


def unpack_account(plain: Any) -> Account:
    """The inverse of `pack_account`; raise `AccountBroken`."""
    return Account(*map(int, plain))


def _pack_finding(finding: Finding) -> tuple[object, ...]:
    preview = finding.preview
    return (
        finding.analyzer,
        finding.version,
        finding.sentence,
        _plain(finding.facts),
        [(found.value, found.quality, found.frame, found.time_ms) for found in finding.hashes],
        None if preview is None else (preview.jpeg, preview.width_px, preview.height_px),
        finding.withheld and [(each.name, each.text) for each in finding.withheld],
    )


def _unpack_finding(
    analyzer: str, version: str, sentence: str, facts: Any, hashes: Any, preview: Any, withheld: Any
) -> Finding:
    return Finding(
        analyzer,
        version,
        sentence,
        facts,
        tuple(PerceptualHash(*found) for found in hashes),
        None if preview is None else Preview(*preview),
        tuple(Withheld(*each) for each in withheld) if withheld else (),
    )


def _plain(fact: Any) -> Any:
    """A fact with mappings and sequences as dict and list, and subclasses of text (enums) as text."""
    if isinstance(fact, Mapping):
        return {str(key): _plain(value) for key, value in fact.items()}
    if isinstance(fact, str):
        return str(fact)
    if isinstance(fact, list | tuple):
        return [_plain(value) for value in fact]
    return fact
