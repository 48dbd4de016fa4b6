"""Hash sets made without a workbench."""

import itertools
from pathlib import Path

from amparo.domain.hash_set import Entry, Problem, Provenance, SetKind, SetVersion
from amparo.matching.formats.reading import Options
from amparo.matching.known_set import KnownSet
from amparo.matching.version_files import Made, make

_NUMBERS = itertools.count(1)


class Opened:
    """What a file was made into, opened."""

    def __init__(
        self, path: Path, *, columns: dict[str, str] | None = None, hash_kind: str = "", vocabulary: str = ""
    ) -> None:
        self.problems: list[Problem] = []
        folder = path.with_name(f"set-{next(_NUMBERS)}")
        folder.mkdir()
        options = Options(columns or {}, hash_kind)
        self.made: Made = make(path, folder, options=options, vocabulary=vocabulary, tell=self.problems.append)
        self.counts = self.made.built.counts
        self.known = KnownSet(version(self.made, folder.name), folder)

    @property
    def entries(self) -> list[Entry]:
        found = [self.known.entry(number) for number in range(len(self.known))]
        return [entry for entry in found if entry is not None]

    @property
    def told(self) -> list[tuple[int, str]]:
        return [(problem.record, problem.kind) for problem in self.problems]


def version(made: Made, name: str) -> SetVersion:
    built = made.built
    facts = (made.format, made.vocabulary.name, Provenance(), built.counts, built.first_problems, "a", 1, "")
    return SetVersion(1, name, 1, SetKind.KNOWN, *facts, "2026-01-31T00:00:00.000Z", "ana", name, built.files)


def written(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path
