"""What a server does before somebody asks."""

import pytest

from amparo import Workbench
from amparo.matching import kernels, star_kernels
from amparo.web import server


def test_what_finds_near_copies_is_compiled_before_somebody_asks(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    compare = kernels.join

    def join(*given: object) -> object:
        asked.append(1)
        return compare(*given)

    monkeypatch.setattr(kernels, "join", join)
    server._warm()
    assert asked
    assert star_kernels.cover.signatures, "it is compiled"
