"""Every act that the source records is of a kind of processing."""

import ast
from pathlib import Path

import amparo
from amparo.domain.processing import ACTS, Processing, processing_of


def recorded() -> set[str]:
    """The acts that the source appends to the ledger by a plain text, or by a name for one."""
    found: set[str] = set()
    for file in Path(amparo.__file__).parent.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                owner = ast.unparse(node.func.value)
                first = node.args[0] if node.args else None
                if "ledger" in owner and isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


def test_every_act_has_its_kind() -> None:
    assert recorded() - set(ACTS) == set()
    assert "exhibit.match" in recorded()


def test_what_is_unknown_is_no_processing_of_evidence() -> None:
    assert processing_of("something.else") is Processing.KEEPING
    assert processing_of("item.disclose") is Processing.CONSULTATION
