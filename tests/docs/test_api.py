"""The page on the interface for programs names all its routes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_NUMBER = re.compile(r"{(?:int|str):(\w+)}")
PAGE = (ROOT / "docs" / "reference" / "api.md").read_text("utf-8")


def routes() -> Iterator[str]:
    """Method and path of each route, with the names of what stands in it in capitals, as the page writes them."""
    source = ast.parse((ROOT / "src" / "amparo" / "web" / "api" / "api.py").read_text("utf-8"))
    for node in source.body:
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            if (
                isinstance(mark, ast.Call)
                and isinstance(mark.func, ast.Attribute)
                and mark.func.attr in ("get", "post")
            ):
                (path,) = (one.value for one in mark.args if isinstance(one, ast.Constant))
                yield f"{mark.func.attr.upper()} {_NUMBER.sub(lambda found: found[1].upper(), str(path))}"


def test_every_route_is_there() -> None:
    assert len(set(routes())) >= 10
    assert set(routes()) == set(re.findall(r"`((?:GET|POST) /[\w/-]+)", PAGE))
