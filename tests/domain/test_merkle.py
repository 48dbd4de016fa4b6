"""RFC 6962 trees: against the published vectors, against a plain reading of the RFC, and against small changes."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofFailed,
    consistency_proof,
    frontier_positions,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 §2.1 defines it."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


LEAVES = [leaf_hash(b"%d" % number) for number in range(70)]


def subtree(level: int, number: int) -> bytes:
    return plain_root(LEAVES[number << level : (number + 1) << level])


def test_hashes_of_the_rfc() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_a_frontier_grows_to_the_plain_root() -> None:
    frontier = Frontier()
    stored = {}
    for size, leaf in enumerate(LEAVES):
        assert frontier.root() == plain_root(LEAVES[:size])
        positions = frontier_positions(size)
        assert frontier.nodes == tuple(stored[position] for position in positions)
        frontier, completed = frontier.append(leaf)
        stored.update({(level, (size >> level)): node for level, node in enumerate(completed)})
    assert all(stored[position] == subtree(*position) for position in stored)


@given(st.data())
def test_made_proofs_hold_and_changed_ones_fail(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    root = plain_root(LEAVES[:size])
    proof = inclusion_proof(index, size, subtree)
    verify_inclusion(index, size, LEAVES[index], proof, root)
    with pytest.raises(ProofFailed):
        verify_inclusion(index, size, LEAVES[index], [*proof, root], root)
    with pytest.raises(ProofFailed):
        verify_inclusion(index, size, LEAVES[(index + 1) % len(LEAVES)], proof, root)

    older = data.draw(st.integers(1, size))
    old_root = plain_root(LEAVES[:older])
    proof = consistency_proof(older, size, subtree)
    verify_consistency(older, size, old_root, root, proof)
    with pytest.raises(ProofFailed):
        verify_consistency(older, size, leaf_hash(old_root), root, proof)
    with pytest.raises(ProofFailed):
        verify_consistency(older, size, old_root, root, [*proof, root])
    if proof:
        with pytest.raises(ProofFailed):
            verify_consistency(older, size, old_root, root, proof[:-1])


@pytest.mark.parametrize(("older", "size"), [(0, 3), (4, 3), (-1, 3)])
def test_what_cannot_be_proved_is_refused(older: int, size: int) -> None:
    with pytest.raises(ProofFailed):
        consistency_proof(older, size, subtree)
    with pytest.raises(ProofFailed):
        inclusion_proof(older if older else size, size, subtree)


def vectors(field: Path, kind: str) -> list[tuple[str, dict[str, object]]]:
    paths = sorted((field / "standards" / "rfc6962-proofs" / kind).rglob("*.json"))
    assert len(paths) > 20
    return [(str(path.relative_to(field)), json.loads(path.read_text())) for path in paths]


def hashes(values: list[str] | None) -> list[bytes]:
    return [base64.b64decode(value) for value in values or []]


def test_published_inclusion_proofs(field: Path) -> None:
    for name, vector in vectors(field, "inclusion"):
        leaf, root, *proof = hashes([vector["leafHash"], vector["root"], *(vector["proof"] or [])])
        held = True
        try:
            verify_inclusion(vector["leafIdx"], vector["treeSize"], leaf, proof, root)
        except ProofFailed:
            held = False
        assert held is not vector["wantErr"], name


def test_published_consistency_proofs(field: Path) -> None:
    for name, vector in vectors(field, "consistency"):
        root1, root2, *proof = hashes([vector["root1"], vector["root2"], *(vector["proof"] or [])])
        held = True
        try:
            verify_consistency(vector["size1"], vector["size2"], root1, root2, proof)
        except ProofFailed:
            held = False
        assert held is not vector["wantErr"], name
