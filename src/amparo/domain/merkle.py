"""Merkle trees of append-only logs (RFC 6962 §2.1, SHA-256; verification as in RFC 9162 §2.1.3.2 and §2.1.4.2).

A *perfect subtree* holds 2**level leaves and begins at a multiple of that. All functions that make proofs take the
hashes of perfect subtrees from a `Subtree` function, so that they need O(log² n) of them and never all the leaves.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amparo.domain.errors import AmparoError

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree with no leaves."""

HASH_BYTES = 32

Subtree = Callable[[int, int], bytes]
"""The hash of the perfect subtree `(level, number)`: of 2**level leaves, from leaf number * 2**level."""


class ProofFailed(AmparoError):
    """A proof of inclusion or of consistency does not hold."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """What is needed to append to a tree: the roots of the perfect subtrees that it is made of, largest first."""

    size: int = 0
    """Leaves in the tree."""
    nodes: tuple[bytes, ...] = ()
    """One hash for each bit that is set in `size`."""

    def append(self, leaf: bytes) -> tuple["Frontier", tuple[bytes, ...]]:
        """The frontier after one more leaf hash, and the perfect subtrees that it completes: level 0, 1, 2 …"""
        completed = [leaf]
        nodes = list(self.nodes)
        rest = self.size
        while rest & 1:
            completed.append(node_hash(nodes.pop(), completed[-1]))
            rest >>= 1
        return Frontier(self.size + 1, (*nodes, completed[-1])), tuple(completed)

    def root(self) -> bytes:
        """The hash of the whole tree (RFC 6962's MTH)."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def frontier_positions(size: int) -> list[tuple[int, int]]:
    """The perfect subtrees `(level, number)` that a tree of `size` leaves is made of, largest first."""
    levels = [level for level in range(size.bit_length()) if size >> level & 1]
    return [(level, (size >> level) - 1) for level in reversed(levels)]


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of leaf `index` in the tree of the first `size` leaves (PATH); raise `ProofFailed`."""
    if not 0 <= index < size:
        raise ProofFailed("There is no entry {index} in a tree of {size} entries.", index=index, size=size)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root(middle, end, subtree))
            end = middle
        else:
            path.append(_root(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(size1: int, size2: int, subtree: Subtree) -> list[bytes]:
    """Proof that the tree of `size2` leaves begins with the tree of `size1` (PROOF); raise `ProofFailed`."""
    if not 0 < size1 <= size2:
        raise ProofFailed(
            "A tree of {size2} entries cannot be shown to begin with {size1} entries.", size2=size2, size1=size1
        )
    proof: list[bytes] = []
    start, end = 0, size2
    known = True
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            proof.append(_root(middle, end, subtree))
            end = middle
        else:
            proof.append(_root(start, middle, subtree))
            start, known = middle, False
    if not known:
        proof.append(_root(start, end, subtree))
    return proof[::-1]


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way from a leaf to the root: two hashes, and the one over both."""

    left: bytes
    right: bytes
    over: bytes
    given: str
    """`left` or `right`: which of the two the proof gives; the other one was computed before."""


def inclusion_steps(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> list[Step]:
    """What whoever checks that `leaf` is number `index` of `size` leaves computes, in order; raise `ProofFailed`."""
    if not 0 <= index < size:
        raise ProofFailed("There is no entry {index} in a tree of {size} entries.", index=index, size=size)
    _check_lengths((leaf, *proof))
    node, last = index, size - 1
    computed = leaf
    steps: list[Step] = []
    for sibling in proof:
        if last == 0:
            raise ProofFailed("The proof of inclusion is too long.")
        left, right, given = (sibling, computed, "left") if node & 1 or node == last else (computed, sibling, "right")
        computed = node_hash(left, right)
        steps.append(Step(left, right, computed, given))
        if given == "left":
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    if last:
        raise ProofFailed("The proof of inclusion is too short.")
    return steps


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf with hash `leaf` is number `index` of the `size` leaves under `root`; raise `ProofFailed`."""
    _check_lengths((root,))
    steps = inclusion_steps(index, size, leaf, proof)
    if (steps[-1].over if steps else leaf) != root:
        raise ProofFailed("Entry {index} is not in the tree of {size} entries with that root.", index=index, size=size)


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (`size2`, `root2`) begins with the tree (`size1`, `root1`); raise `ProofFailed`."""
    if not 0 < size1 <= size2:
        raise ProofFailed(
            "A tree of {size2} entries cannot be shown to begin with {size1} entries.", size2=size2, size1=size1
        )
    if size1 == size2:
        if proof or root1 != root2:
            raise ProofFailed("Two trees of {size1} entries are not the same.", size1=size1)
        return
    _check_lengths((root1, root2, *proof))
    # Where the old tree is a perfect subtree of the new one, its root is not repeated in the proof.
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not path:
        raise ProofFailed("The proof of consistency is empty.")
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofFailed("The proof of consistency is too long.")
        if node & 1 or node == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise ProofFailed("The proof of consistency is too short.")
    if old != root1 or new != root2:
        raise ProofFailed(
            "The tree of {size2} entries does not begin with the tree of {size1} entries.", size2=size2, size1=size1
        )


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _root(start: int, end: int, subtree: Subtree) -> bytes:
    """The hash of the leaves `start` … `end - 1`, a range that a proof may name."""
    size = end - start
    if size & (size - 1) == 0 and start % size == 0:
        level = size.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _split(size)
    return node_hash(_root(start, middle, subtree), _root(middle, end, subtree))


def _check_lengths(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise ProofFailed("A hash of a tree has {count} bytes.", count=HASH_BYTES)
