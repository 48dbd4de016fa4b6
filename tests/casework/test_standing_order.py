"""What waits, as it is kept up step by step, is what follows from all decisions anew."""

import random

import numpy as np
import pytest

from amparo.casework.candidates import _COLUMNS, NO_CLUSTER, Out, Table
from amparo.casework.standing_order import Ranked, Standing, free
from amparo.domain.grading import Round, Verdict
from amparo.domain.grading import Standing as Stands
from amparo.domain.queue import Weights
from amparo.records.database import Database
from amparo.records.gradings import gradings
from contracts.examination import begin
from contracts.queue import AT, Photo, agency, decide, store, withdraw

FILES = 14
UNDECIDED = [("made up", "none")]


def made(chance: random.Random, files: list[int]) -> Table:
    table = np.zeros(len(files), list(_COLUMNS))
    table["media_file"] = files
    table["cluster"] = [chance.choice([NO_CLUSTER, 0, 1, 2]) for _ in files]
    table["out"] = [chance.choice([Out.NOT, Out.NOT, Out.NOT, Out.KNOWN, Out.NEAR_KNOWN]) for _ in files]
    table["in_camera_roll"] = [chance.randrange(2) for _ in files]
    return table


def by_hand(table: Table, ranked: Ranked, database: Database, officer: str) -> tuple[list[int], list[int]]:
    """The files that wait for a first, and for a second decision, one by one from the tables."""
    said = gradings(database, table["media_file"].tolist())
    rows = {int(row["media_file"]): row for row in table}
    score = dict(zip(rows, ranked.scores.tolist(), strict=True))
    order = sorted(rows, key=lambda file: (-score[file], file))
    standing = {file: Verdict.of(said[file], None, UNDECIDED).standing for file in rows}
    settled = {Stands.AGREED, Stands.DISPUTED, Stands.RECONCILED}

    def beside(file: int) -> list[int]:
        own = rows[file]["cluster"]
        return [file] if own == NO_CLUSTER else [other for other in rows if rows[other]["cluster"] == own]

    def once_each(files: list[int]) -> list[int]:
        taken: list[int] = []
        for file in files:
            if not set(beside(file)) & set(taken):
                taken.append(file)
        return taken

    first = once_each([file for file in order if rows[file]["out"] == Out.NOT])
    first = [file for file in first if all(standing[other] is Stands.WAITING for other in beside(file))]

    def last_words(file: int) -> set[str]:
        last = {one.decider: one for one in said[file] if not one.withdrawn}
        return {name for name, one in last.items() if (one.vocabulary, one.category) not in UNDECIDED}

    second = [
        file
        for file in order
        if standing[file] is Stands.GRADED
        and last_words(file) != {officer}
        and not any(standing[other] in settled for other in beside(file))
    ]
    return first, once_each(second)


@pytest.mark.parametrize("seed", range(3))
def test_step_by_step_as_anew(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    bench = begin(database)
    agency(bench, "alfama", "PT", ["rui", "eva"])
    files = sorted(store(bench, [Photo(f"{number}.jpg", f"{number}") for number in range(FILES)]).values())
    table = made(chance, files)
    ranked, standing = Ranked(table, Weights(), AT.date()), Standing(table)
    decisions: list[int] = []
    for step in range(25):
        if decisions and chance.random() < 0.3:
            withdraw(database, decisions.pop(chance.randrange(len(decisions))))
        else:
            about = chance.sample(files, chance.choice([1, 1, 3]))
            category, round_ = chance.choice(["1", "2", "none"]), chance.choice([Round.FIRST, Round.SECOND])
            if chance.random() < 0.1:
                category, round_ = "1", Round.RECONCILED
            decisions.append(decide(database, chance.choice(["rui", "eva"]), about, category, round_))
        standing.catch_up(database, lambda: UNDECIDED)
        if step % 5 == 0:
            ranked = Ranked(table, Weights.of({"camera-roll": chance.randrange(1, 500)}), AT.date())
        for officer in ("rui", "eva"):
            first, second = by_hand(table, ranked, database, officer)
            assert [ranked.file(int(place)) for place in standing.first(ranked)] == first
            assert [ranked.file(int(place)) for place in standing.second(ranked, officer)] == second
    taken = chance.sample(files, 2)
    around = {other for file in taken for other in ranked.members(ranked.place(file) or 0).tolist()}
    places = standing.first(ranked)
    assert list(free(places, ranked, taken)) == [
        ranked.file(int(place)) for place in places if int(place) not in around
    ]
