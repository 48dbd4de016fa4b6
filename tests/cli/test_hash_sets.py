"""`amparo hashset` and `amparo lookup` as somebody at a terminal uses them."""

import csv
import json
import shlex
from pathlib import Path

import pytest

from amparo.cli.hashset import COLUMNS, DIFFERENCES, DIFFERING, EXAMPLES
from amparo.cli.lookup import COLUMNS as LOOKUP
from amparo.cli.progress import describe_clusters, describe_import, describe_match
from amparo.domain.hash_set import ImportProgress
from amparo.domain.match import ClusterProgress, MatchProgress
from contracts.command_line import CommandLine
from contracts.known_sets import written
from contracts.set_files import digests, pdq, vics, vics_record


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A workbench with a set in two versions."""
    shell = CommandLine(tmp_path_factory.mktemp("sets"))
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    for name, numbers in (("old", range(10)), ("new", range(5, 15))):
        path = written(shell.folder / f"{name}.json", vics(vics_record(number, Series="s") for number in numbers))
        assert shell.here("hashset", "import", "partner", path, "--handling", "H2", "--source", "a partner").code == 0
    return shell


def test_import_says_what_was_read(shell: CommandLine) -> None:
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    assert "hashset import" in shell.here("hashset", "list").out
    records = [vics_record(number, MD5="12" if number % 2 else digests(number).md5.hex()) for number in range(60)]
    path = written(shell.folder / "a.json", vics(records)[:-1].rstrip("]") + ', {"MediaID": 60')
    done = shell.here(
        *("hashset", "import", "a set", path, "--format", "json", "--errors", shell.folder / "errors.csv"),
        *("--date", "2026-01-31", "--set-version", "7", "--licence", "free", "--legal-basis", "Article 1"),
        *("--handling", "H3", "--restriction", "ask"),
    )
    assert done.code == 0
    said = done.json()
    assert (said["records"], said["entries"], said["complete"], said["format"]) == (61, 60, "no", "VICS 2.0")
    assert said["problems"] == ["cut 1", "digest 30", "malformed 1"]
    assert (said["date"], said["set_version"], said["handling"], said["restriction"]) == (
        "2026-01-31",
        "7",
        "H3",
        "ask",
    )
    lines = done.err.splitlines()
    assert lines[0] == "amparo: record 2 of 61: A md5 has 32 hexadecimal digits, and 12 has 2."
    assert len(lines) == 20 + 3
    assert lines[20:] == [
        "amparo: 12 more problems; --errors FILE lists all.",
        "amparo: the file was not read to its end: the set is not complete.",
        "amparo: other tools swap the categories 0 and 5; --vocabulary says which meaning holds.",
    ]
    with (shell.folder / "errors.csv").open(newline="", encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == 32
    assert listed[0] == {"record": "2", "kind": "digest", "reason": "A md5 has 32 hexadecimal digits, and 12 has 2."}
    shown = shell.here("hashset", "show", "a set", "--format", "json").json()
    assert shown == {**said}
    assert "is there already" not in shell.here("hashset", "show", "a set").err


def test_list_show_diff_export_remove(made: CommandLine, tmp_path: Path) -> None:
    rows = made.here("hashset", "list", "--all", "--format", "csv").csv()
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["version"], row["state"], row["handling"]) for row in rows] == [
        ("1", "replaced", "H2"),
        ("2", "in use", "H2"),
    ]
    assert [row["version"] for row in made.here("hashset", "list", "--format", "csv").csv()] == ["2"]
    differences = made.here("hashset", "diff", "partner@1", "partner", "--format", "csv").csv()
    assert list(differences[0]) == list(DIFFERENCES)
    assert {(row["only_first"], row["only_second"], row["both"]) for row in differences} == {("5", "5", "5")}
    listed = made.here("hashset", "diff", "partner@1", "partner", "--list", "--format", "csv").csv()
    assert list(listed[0]) == list(DIFFERING)
    assert len(listed) == 20
    done = made.here("hashset", "export", "partner@1", "-o", tmp_path / "out.json", "--as", "vics")
    assert (done.code, done.out) == (0, "")
    assert "10 entries" in done.err
    assert "Handling code H2" in done.err
    assert len(json.loads((tmp_path / "out.json").read_text("utf-8"))["value"]) == 10
    assert "is there already" in made.refused(2, "hashset", "export", "partner", "-o", tmp_path / "out.json")


def test_remove(made: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path / "a", digests(1).sha1.hex())
    for _ in range(2):
        assert made.here("hashset", "import", "gone", path).code == 0
    done = made.here("hashset", "remove", "gone", "--delete-files", "--reason", "withdrawn by its maker")
    assert done.err.splitlines() == ["gone@1 is no longer in use.", "gone@2 is no longer in use."]
    states = [
        row["state"] for row in made.here("hashset", "list", "--all", "--format", "csv").csv() if row["set"] == "gone"
    ]
    assert states == ["removed, files deleted"] * 2
    assert "list" in made.refused(7, "hashset", "show", "gone")
    assert "import them again" in made.refused(7, "hashset", "export", "gone@1", "-o", tmp_path / "out")


def test_lookup(made: CommandLine, tmp_path: Path) -> None:
    assert made.here("hashset", "import", "pictures", written(tmp_path / "a", f"pdq:{pdq(1).hex()}")).code == 0
    near = bytes([pdq(1)[0] ^ 3, *pdq(1)[1:]]).hex()
    done = made.here("lookup", digests(7).md5.hex().upper(), digests(7).sha256.hex(), near, "--format", "json")
    found = done.json()
    assert [(row["as"], row["answer"]) for row in found] == [
        ("md5", "known"), ("sha256", "unknown"), ("pdq", "unknown"), ("sha256", "unknown"), ("pdq", "near known"),
    ]  # fmt: skip
    assert (found[0]["set"], found[0]["version"], found[0]["record"]) == ("partner", 2, 3)
    assert (found[0]["meaning"], found[0]["series"], found[0]["id"]) == ("child abuse material", "s", "7")
    assert (found[4]["distance"], found[4]["orientation"]) == (2, "as it is")
    rows = made.here("lookup", digests(7).md5.hex(), "--format", "csv").csv()
    assert list(rows[0]) == list(LOOKUP)
    assert made.here("lookup", near, "--distance", "1", "--format", "json").json()[1]["answer"] == "unknown"
    assert "partner" in made.here("lookup", digests(7).md5.hex(), "--reason", "a question from Belém").out


@pytest.mark.parametrize(
    ("code", "says", "arguments"),
    [
        (3, "check the path", ("hashset", "import", "a", "{folder}/none")),
        (3, "no format of hash sets", ("hashset", "import", "a", "{folder}/key")),
        (3, "no vocabulary", ("hashset", "import", "a", "{folder}/old.json", "--vocabulary", "none")),
        (3, "no column", ("hashset", "import", "a", "{folder}/old.json", "--column", "md5=MD5")),
        (2, "cannot be the name", ("hashset", "import", "../a", "{folder}/old.json")),
        (2, "--errors", ("hashset", "import", "a", "{folder}/old.json", "--errors", "{folder}/key")),
        (7, "hashset list", ("hashset", "show", "none")),
        (7, "hashset list --all", ("hashset", "show", "partner@9")),
        (2, "no hash", ("lookup", "12")),
        (2, "40 hexadecimal digits", ("lookup", "sha1:12")),
    ],
)
def test_one_sentence_and_the_documented_code(
    made: CommandLine, code: int, says: str, arguments: tuple[str, ...]
) -> None:
    assert says in made.refused(code, *(argument.format(folder=made.folder) for argument in arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ("hashset",),
        ("hashset", "import", "a"),
        ("hashset", "import", "a", "b", "--date", "31.1.2026"),
        ("hashset", "import", "a", "b", "--column", "md5"),
        ("hashset", "import", "a", "b", "--kind", "bad"),
        ("lookup",),
        ("lookup", "0" * 32, "--distance", "128"),
    ],
)
def test_what_is_not_understood(made: CommandLine, arguments: tuple[str, ...]) -> None:
    assert made.here(*arguments).code == 2


def test_a_damaged_set_is_refused_and_found(made: CommandLine, tmp_path: Path) -> None:
    assert made.here("hashset", "import", "spoilt", written(tmp_path / "a", digests(1).sha1.hex())).code == 0
    folders = made.workbench / "hashsets"
    newest = max(folders.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
    exact = (newest / "exact").read_bytes()
    (newest / "exact").write_bytes(exact[:-10])
    assert "cut short" in made.refused(5, "lookup", digests(1).sha1.hex())
    assert made.here("verify").code == 5
    (newest / "exact").write_bytes(exact)
    assert made.here("verify").code == 0


def test_progress_says_rate_and_time_left() -> None:
    said = describe_import(ImportProgress(50 * 2**20, 200 * 2**20, 250_000, 3, 2.0))
    assert said == "250,000 records · 50.0 MiB of 200.0 MiB · 125,000 records/s · 3 problems · 6 s left"
    assert describe_import(ImportProgress(0, 200, 0, 0, 0.1)) == "0 records · 0 B of 200 B"
    assert describe_import(ImportProgress(200, 200, 9, 0, 3.0)).endswith("sorting")


def test_every_act_shows_an_example_that_runs(shell: CommandLine) -> None:
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    written(shell.folder / "known.txt", "\n".join(digests(number).sha256.hex() for number in range(9)))
    acts = ["import", "rematch", "list", "show", "export", "diff", "remove"]
    assert sorted(acts) == sorted(EXAMPLES)
    assert shell.amparo("hashset", "import", "known", "known.txt", "--hash", "sha256").code == 0
    for act in acts:
        assert f"example:\n  {EXAMPLES[act]}\n" in shell.here("hashset", act, "--help").out
        done = shell.amparo(*shlex.split(EXAMPLES[act])[1:])
        if act == "rematch":
            assert done.err == "amparo: every exhibit was compared with all that is new in hash sets.\n"


def test_the_line_of_progress_says_how_far_a_comparison_is() -> None:
    said = describe_match(MatchProgress(12_000, 52_000, 41, 3.0))
    assert said == "12,000 of 52,000 files · 41 matches · 4,000 files/s · 10 s left"
    assert describe_match(MatchProgress(0, 8, 0, 0.1)) == "0 of 8 files · 0 matches"
    assert describe_match(MatchProgress(8, 8, 1, 0.1)) == "8 of 8 files · 1 matches · storing"


def test_the_line_of_progress_says_how_far_pictures_are_compared_with_each_other() -> None:
    assert (
        describe_clusters(ClusterProgress(1_204_000, 0.4, 2.0)) == "1,204,000 new pictures · 40 % compared · 3 s left"
    )
    assert describe_clusters(ClusterProgress(5_000, None, 0.0)) == "5,000 new pictures · reading"
    assert describe_clusters(ClusterProgress(5_000, 0.0, 0.0)) == "5,000 new pictures · 0 % compared"
    assert describe_clusters(ClusterProgress(9, 1.0, 3.0)) == "9 new pictures · choosing representatives"
