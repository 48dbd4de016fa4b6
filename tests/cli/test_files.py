"""`amparo files` over two exhibits of benign pictures and texts."""

import io

import pytest
from PIL import Image

from contracts.command_line import CommandLine


def picture(shade: int, size: int = 64) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Alfama", "A-1", "2024:05:06 07:08:09"
    written = io.BytesIO()
    Image.new("RGB", (size, size), (shade, 90, 120)).save(written, "JPEG", exif=exif)
    return written.getvalue()


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    shell = CommandLine(tmp_path_factory.mktemp("files"))
    assert shell.here("init", shell.workbench, "--key-file", shell.folder / "key").code == 0
    for number, shades in (("ES-1", (10, 20)), ("ES-2", (20,))):
        folder = shell.folder / number / "DCIM" / "Älbum 1"
        folder.mkdir(parents=True)
        for shade in shades:
            (folder / f"IMG_{shade}.JPG").write_bytes(picture(shade))
        (shell.folder / number / "note's.txt").write_text(number)
        shell.amparo("examine", number, "--exhibit", number, "--workers", "1")
    return shell


def names(examined: CommandLine, *arguments: str) -> list[str]:
    return [row["item_path"] for row in examined.here("files", *arguments, "--format", "json").json()]


def test_files_are_found_by_what_is_known_of_them(examined: CommandLine) -> None:
    place = "!folder:/DCIM/Älbum 1/"
    assert names(examined, "make=Alfama", "exhibits=2", "--sort=-name") == [
        f"ES-1{place}IMG_20.JPG",
        f"ES-2{place}IMG_20.JPG",
    ]
    assert names(examined, "älbum", "IMG", "exhibit=ES-1", "--sort=name") == [
        f"ES-1{place}IMG_10.JPG",
        f"ES-1{place}IMG_20.JPG",
    ]
    assert names(examined, "note's", "kind=document") == ["ES-1!folder:/note's.txt", "ES-2!folder:/note's.txt"]
    assert names(examined, "make=-", "kind=picture") == []
    (row,) = examined.here("files", "width=64", "in=ES-2!folder:/DCIM", "--format", "csv").csv()
    assert (row["make"], row["model"], row["copies"], row["exhibits"], row["gps"]) == (
        "Alfama",
        "A-1",
        "2",
        "2",
        "False",
    )


def test_values_are_counted_and_places_walked_through(examined: CommandLine) -> None:
    rows = examined.here("files", "--facets", "kind=picture", "--format", "json").json()
    counts = {(row["field"], row["value"]): row["files"] for row in rows}
    assert counts["kind", "document"] == 2  # with all filters but its own
    assert counts["exhibit", "ES-1"] == 2
    assert counts["exhibits", "2"] == 2
    done = examined.here("files", "--tree", "ES-1!folder:", "--format", "csv")
    assert done.out == "place,files\nES-1!folder:/DCIM,2\n"
    assert "1 files lie there directly" in done.err
    assert examined.here("files", "--tree", "--format", "csv").out == "place,files\nES-1,3\nES-2,2\n"


def test_that_there_are_more_is_said(examined: CommandLine) -> None:
    done = examined.here("files", "--limit", "2")
    assert len(done.out.splitlines()) == 3
    assert "There are more" in done.err
    assert examined.here("files", "--limit", "0").err == ""


def test_what_cannot_be_searched_is_refused(examined: CommandLine) -> None:
    assert "100k..5M" in examined.refused(2, "files", "size=big")
    assert "nothing that files are searched by" in examined.refused(2, "files", "colour=red")
