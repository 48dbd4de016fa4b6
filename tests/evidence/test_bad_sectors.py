"""A volume on a medium that cannot be read everywhere: each file is whole, or it is said that it is not."""

import random

import pytest

from amparo.domain.errors import Unreadable
from amparo.domain.item import ItemState
from amparo.evidence.file_system import VOLUMES
from contracts.container_format import MemoryStream, read_all
from contracts.disk_images import LIMITS, ext_image, fat_image, files, iso_image, ntfs_image

CONTENT = {name.replace("/", "-"): part for name, part in files(3).items()}


class BadSectors(MemoryStream):
    """A stream with a part that cannot be read."""

    def __init__(self, content: bytes, first: int, last: int) -> None:
        super().__init__(content)
        self._first, self._last = first, last

    def read_at(self, offset: int, length: int) -> bytes:
        if length > 0 and offset < self._last and offset + length > self._first:
            raise Unreadable(f"The sectors from byte {self._first} to {self._last} are bad.")
        return super().read_at(offset, length)


@pytest.fixture(scope="module", params=["ext", "fat", "ntfs", "iso"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    make = {"ext": ext_image, "fat": fat_image, "ntfs": ntfs_image, "iso": iso_image}[str(request.param)]
    return make(tmp_path_factory.mktemp("bad"), CONTENT).read_bytes()


def test_no_file_is_ever_given_wrong_bytes(image: bytes) -> None:
    (volume,) = [each for each in VOLUMES if each.recognises(image[:65536], len(image))]
    whole = volume.open(MemoryStream(image), limits=LIMITS)
    expected = {item.name: read_all(whole, item) for item in whole.items() if not item.obstacle}
    assert CONTENT.items() <= expected.items() or set(CONTENT.values()) <= set(expected.values())
    places = [image.find(part[:64]) for part in CONTENT.values() if len(part) > 100]
    chance = random.Random(5)
    starts = [place + chance.choice((0, 512, 4096)) for place in places] + [
        chance.randrange(len(image)) for _ in range(40)
    ]
    unreadable = 0
    for start in starts:
        first = start // 512 * 512
        try:
            bad = volume.open(BadSectors(image, first, first + 4096), limits=LIMITS)
        except Unreadable:
            unreadable += 1
            continue
        seen = set()
        said = False
        for item in bad.items():
            if item.obstacle or item.state is not ItemState.LIVE:
                said = said or bool(item.obstacle)
                continue
            seen.add(item.name)
            try:
                assert read_all(bad, item) == expected[item.name], (first, item.name)
            except Unreadable:
                unreadable += 1
        assert said or seen >= CONTENT.keys() & expected.keys(), (
            f"a file is missing and nothing says so: bad at {first}"
        )
    assert unreadable >= len(places)
