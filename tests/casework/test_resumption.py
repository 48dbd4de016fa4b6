"""Killed at random moments, an examination loses nothing and doubles nothing."""

import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contracts.command_line import CommandLine
from contracts.outcomes import Outcome, outcome_of, stored, varied_exhibit
from contracts.processes import children, running

KILLS = int(os.environ.get("AMPARO_KILLS", "10"))
_WORKERS_KILLED = 2
"""At most, in one sitting: an item whose worker dies again and again is rightly given up."""


@dataclass
class Kills:
    main: int = 0
    workers: int = 0
    missed: int = 0
    """Sittings that came to their end before they were to be killed."""
    stored: list[int] = field(default_factory=list)
    """Items in the store at each kill."""
    orphans: set[int] = field(default_factory=set)

    @property
    def hits(self) -> int:
        return self.main + self.workers


@pytest.fixture(scope="module")
def exhibit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return varied_exhibit(tmp_path_factory.mktemp("exhibit"), 60)


@pytest.fixture(scope="module")
def undisturbed(exhibit: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    shell = CommandLine(tmp_path_factory.mktemp("undisturbed"))
    assert shell.here("init", shell.workbench).code == 0
    assert shell.here("examine", exhibit, "--exhibit", "ES-7", "--workers", "2").code == 0
    outcome = outcome_of(shell)
    assert outcome.summary["items"] > 200
    assert outcome.summary["not_examined"] > 1
    return outcome


def examined_under_fire(shell: CommandLine, exhibit: Path, chance: random.Random, kills: Kills) -> None:
    """Examine to the end, killing workers and then the main process in each sitting until enough kills have hit."""
    assert shell.here("init", shell.workbench).code == 0
    workers: list[int] = []
    while kills.hits < KILLS:
        process = shell.start("examine", exhibit, "--exhibit", "ES-7", "--workers", "2")
        try:
            while not children(process.pid) and process.poll() is None:  # until then there is nothing to lose
                time.sleep(0.02)
            before = stored(shell)
            # Mostly when it has stored some, few or many, however long this machine takes; sometimes while it starts.
            # Every other time early and at once: a fast machine stores the rest while one waits.
            early = not kills.main % 2
            enough = before + chance.randint(1, 60 if early else 200)
            waiting_ends_s = time.monotonic() + (chance.uniform(0, 1) if chance.random() < 0.15 else 60)
            while time.monotonic() < waiting_ends_s and stored(shell) < enough and process.poll() is None:
                time.sleep(0.02)
            for _ in range(chance.randint(1, _WORKERS_KILLED)):
                time.sleep(0 if early else chance.uniform(0.0, 0.3))
                if alive := [pid for pid in children(process.pid) if running(pid)]:
                    kills.stored.append(stored(shell))
                    os.kill(chance.choice(alive), signal.SIGKILL)
                    kills.workers += 1
            time.sleep(0 if early else chance.uniform(0.0, 0.6))
            workers = children(process.pid)
            if process.poll() is not None:
                assert process.returncode == 0, process.stderr and process.stderr.read()
                kills.missed += 1
                return
            kills.stored.append(stored(shell))
            process.kill()
            kills.main += 1
        finally:
            process.kill()
            process.communicate()
        deadline_s = time.monotonic() + 30
        while any(map(running, workers)) and time.monotonic() < deadline_s:
            time.sleep(0.02)
        kills.orphans |= {pid for pid in workers if running(pid)}
    done = shell.run("examine", exhibit, "--exhibit", "ES-7", "--workers", "2")
    assert done.code == 0, done


def test_kill_9_at_random_moments_changes_nothing(exhibit: Path, undisturbed: Outcome, tmp_path: Path) -> None:
    chance, kills = random.Random(KILLS), Kills()
    for number in range(12):
        if kills.hits >= KILLS:
            break
        (tmp_path / str(number)).mkdir()
        shell = CommandLine(tmp_path / str(number))
        examined_under_fire(shell, exhibit, chance, kills)
        outcome = outcome_of(shell)
        assert outcome.summary == undisturbed.summary
        assert outcome.rows == undisturbed.rows
        assert outcome.said == undisturbed.said
        assert outcome.containers == undisturbed.containers
        verified = shell.here("verify")
        assert verified.code == 0, verified
    print(kills)
    assert kills.hits >= KILLS
    assert min(kills.main, kills.workers) >= KILLS // 5
    middle = [items for items in kills.stored if 0 < items < undisturbed.summary["items"]]
    assert len(middle) >= KILLS / 2
    assert len(set(middle)) >= KILLS / 5
    assert not kills.orphans
