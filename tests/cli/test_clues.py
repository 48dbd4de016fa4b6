"""`amparo clues` over two exhibits."""

import io
import json

import pytest
from PIL import Image, PngImagePlugin

from contracts.command_line import CommandLine

_PARAMETERS = "a lighthouse\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: {}, Size: 64x64, Model: made-up"


def generated(seed: int, shade: int) -> bytes:
    """A plain picture with the text that a generator writes."""
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", _PARAMETERS.format(seed))
    written = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, 90, 120)).save(written, "PNG", pnginfo=text)
    return written.getvalue()


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    shell = CommandLine(tmp_path_factory.mktemp("clues"))
    shell.amparo("init")
    for number, seeds in (("ES-1", (7, 8)), ("ES-2", (7,))):
        folder = shell.folder / number
        folder.mkdir()
        for seed in seeds:
            (folder / f"{seed}.png").write_bytes(generated(seed, int(number[-1]) * 60 + seed))
        shell.amparo("examine", number, "--exhibit", number)
    return shell


def test_the_same_seed_and_model_link_exhibits(examined: CommandLine) -> None:
    rows = json.loads(examined.amparo("clues", "--exhibits", "2", "--format", "json").out)
    shared = {(row["kind"], row["value"]): (row["files"], row["exhibits"]) for row in rows}
    assert shared["seed", "7"] == (2, 2)
    assert shared["model", "made-up"] == (3, 2)
    assert ("seed", "8") not in shared
    assert "prompt_sha256" in {kind for kind, _ in shared}
    assert not any("lighthouse" in value for _, value in shared)  # the prompt itself is withheld


def test_a_clue_leads_to_the_places_where_it_is_named(examined: CommandLine) -> None:
    said = examined.amparo("clues", "seed=7", "--format", "csv").out
    assert [line.split(",")[2:4] for line in said.splitlines()[1:]] == [
        ["ES-1", "ES-1!folder:/7.png"],
        ["ES-2", "ES-2!folder:/7.png"],
    ]


def test_nothing_shared_is_said(examined: CommandLine) -> None:
    assert "No files name the same" in examined.amparo("clues", "--kind", "camera").out
    assert examined.amparo("clues", "seed=99", "--format", "json").out.strip() == "[]"


def test_what_is_no_clue_is_refused(examined: CommandLine) -> None:
    assert "KIND=VALUE" in examined.refused(2, "clues", "seed")
    assert "ES-9" in examined.refused(7, "clues", "--exhibit", "ES-9")
