"""The page on limits says what the docstrings of `Limits` say, and its defaults."""

import ast
import re
from dataclasses import fields
from pathlib import Path

from amparo.domain import limits
from amparo.domain.limits import GIB, MIB, TIB, Limits

PAGE = Path(__file__).parent.parent.parent / "docs/reference/limits.md"


def described() -> dict[str, str]:
    """The docstring of each limit, by its name."""
    (policy,) = [
        node for node in ast.parse(Path(limits.__file__).read_text()).body if getattr(node, "name", "") == "Limits"
    ]
    assert isinstance(policy, ast.ClassDef)
    found = {}
    for stated, said in zip(policy.body, policy.body[1:], strict=False):
        if isinstance(stated, ast.AnnAssign) and isinstance(said, ast.Expr):
            assert isinstance(stated.target, ast.Name)
            found[stated.target.id] = ast.literal_eval(said.value)
    return found


def written(name: str, value: float) -> str:
    if "_bytes" in name:
        return next(
            f"{value // unit:.0f} {word}" for unit, word in ((TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB")) if value >= unit
        )
    return f"{value:,.0f}" + (" s" if name.endswith("_s") else "")


def test_every_limit_has_its_line() -> None:
    said = described()
    lines = [
        f"| `{field.name}` | {written(field.name, getattr(Limits(), field.name))} | {said[field.name]} |"
        for field in fields(Limits)
    ]
    assert re.findall(r"^\| `.*\|$", PAGE.read_text(), re.MULTILINE) == lines
