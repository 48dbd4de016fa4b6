"""Puts files into an empty exFAT volume, and deletes them, as the published specification says; there is no tool
that does so without mounting."""

import struct
from collections.abc import Iterable
from pathlib import Path

from contracts.disk_images import MIB, call

_IN_USE = 0x80
_FILE, _STREAM, _NAME, _BITMAP = 0x85, 0xC0, 0xC1, 0x81
_FOLDER = 0x10
_ALLOCATED, _CONTIGUOUS = 1, 2
_LAST = 0xFFFFFFFF


class ExfatVolume:
    """A volume made by mkfs.exfat, and what is put into it. Only ASCII letters are taken as having capitals."""

    def __init__(self, folder: Path, size_mib: int = 4) -> None:
        image = folder / "exfat.raw"
        with image.open("wb") as stream:
            stream.truncate(size_mib * MIB)
        call("mkfs.exfat", "-c", "4096", image)
        self.content = content = bytearray(image.read_bytes())
        self._fat, _, self._heap, self.clusters, self._root = struct.unpack_from("<5I", content, 80)
        sector = 1 << content[108]
        self._fat, self._heap, self.cluster_bytes = self._fat * sector, self._heap * sector, sector << content[109]
        entries = (self._place(self._root) + offset for offset in range(0, self.cluster_bytes, 32))
        bitmap = next(place for place in entries if content[place] == _BITMAP)
        self._bitmap = self._place(struct.unpack_from("<I", content, bitmap + 20)[0])
        self._folders = {"": self._root}
        self._files: dict[str, tuple[int, list[int]]] = {}

    def add(self, name: str, part: bytes, *, contiguous: bool = True) -> list[int]:
        """Put in a file whose folders are made where they are missing; return its clusters.

        One that is not contiguous has a chain in the table, and leaves out every second cluster where it can.
        """
        count = -(-len(part) // self.cluster_bytes)
        free = [cluster for cluster in range(2, self.clusters + 2) if not self.is_used(cluster)]
        if contiguous:
            found = (free[at : at + count] for at in range(len(free)))
            used = next((run for run in found if not run or (run[-1] - run[0] == count - 1 and len(run) == count)), [])
        else:
            used = free[::2][:count]
        assert len(used) == count, "the volume is full"
        for number, cluster in enumerate(used):
            self.write(cluster, part[number * self.cluster_bytes :][: self.cluster_bytes])
        self._mark(used, in_use=True)
        if used and not contiguous:
            for cluster, following in zip(used, [*used[1:], _LAST], strict=True):
                struct.pack_into("<I", self.content, self._fat + cluster * 4, following)
        above, _, own = name.rpartition("/")
        place = self._enter(self._folder(above), own, 0, used, len(part), contiguous=contiguous)
        self._files[name] = place, used
        return used

    def delete(self, name: str) -> None:
        """Mark the entries of a file as not in use, and its clusters as free, as Windows does."""
        place, used = self._files.pop(name)
        for entry in range(place, place + 32 * (1 + self.content[place + 1]), 32):
            self.content[entry] &= ~_IN_USE
        self._mark(used, in_use=False)

    def move(self, name: str, to: str) -> None:
        """Give a file another name: its old entries are left behind as those of a deleted file."""
        place, used = self._files.pop(name)
        size = struct.unpack_from("<Q", self.content, place + 32 + 24)[0]
        contiguous = bool(self.content[place + 33] & _CONTIGUOUS)
        for entry in range(place, place + 32 * (1 + self.content[place + 1]), 32):
            self.content[entry] &= ~_IN_USE
        above, _, own = to.rpartition("/")
        self._files[to] = self._enter(self._folder(above), own, 0, used, size, contiguous=contiguous), used

    def is_used(self, cluster: int) -> bool:
        return bool(self.content[self._bitmap + (cluster - 2) // 8] >> (cluster - 2) % 8 & 1)

    def write(self, cluster: int, part: bytes) -> None:
        self.content[self._place(cluster) : self._place(cluster) + len(part)] = part

    def _place(self, cluster: int) -> int:
        return self._heap + (cluster - 2) * self.cluster_bytes

    def _mark(self, clusters: Iterable[int], *, in_use: bool) -> None:
        for cluster in clusters:
            bit = 1 << (cluster - 2) % 8
            place = self._bitmap + (cluster - 2) // 8
            self.content[place] = self.content[place] | bit if in_use else self.content[place] & ~bit

    def _folder(self, name: str) -> int:
        if name not in self._folders:
            above, _, own = name.rpartition("/")
            cluster = next(each for each in range(2, self.clusters + 2) if not self.is_used(each))
            self.write(cluster, bytes(self.cluster_bytes))
            self._mark([cluster], in_use=True)
            self._enter(self._folder(above), own, _FOLDER, [cluster], self.cluster_bytes, contiguous=True)
            self._folders[name] = cluster
        return self._folders[name]

    def _enter(self, folder: int, name: str, attributes: int, used: list[int], size: int, *, contiguous: bool) -> int:
        """Write the entries of a file at the end of a folder of one cluster; return their place."""
        letters = name.encode("utf-16-le")
        parts = [letters[at : at + 30] for at in range(0, len(letters), 30)]
        when = (2024 - 1980) << 25 | 7 << 21 | 14 << 16 | 12 << 11
        flags = _ALLOCATED | _CONTIGUOUS * contiguous if used else _ALLOCATED
        entries = bytearray(struct.pack("<BBHHHIII12x", _FILE, 1 + len(parts), 0, attributes, 0, when, when, when))
        entries += struct.pack(
            "<BBxBHxxQ4xIQ", _STREAM, flags, len(letters) // 2, _name_hash(name), size, used[0] if used else 0, size
        )
        for part in parts:
            entries += struct.pack("<BB30s", _NAME, 0, part)
        struct.pack_into("<H", entries, 2, _checksum(entries))
        start = self._place(folder)
        place = next(at for at in range(start, start + self.cluster_bytes, 32) if not self.content[at])
        assert place + len(entries) <= start + self.cluster_bytes, "the folder is full"
        self.content[place : place + len(entries)] = entries
        return place


def _checksum(entries: bytes) -> int:
    """Of a set of entries, but for the field that it stands in."""
    total = 0
    for at, value in enumerate(entries):
        if at not in (2, 3):
            total = ((total >> 1 | total << 15) + value) & 0xFFFF
    return total


def _name_hash(name: str) -> int:
    capitals = "".join(letter.upper() if letter.isascii() else letter for letter in name)
    total = 0
    for value in capitals.encode("utf-16-le"):
        total = ((total >> 1 | total << 15) + value) & 0xFFFF
    return total
