"""The Sleuth Kit from Python, `python tsk_digests.py raw|ewf IMAGE`: walks a file system, SHA-256 of every file.

As forensic scripts do it: `pytsk3`, and for E01 `pyewf` (libewf-python) as its image; nothing is stored.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytsk3

_STEP = 1 << 20


class EwfImage(pytsk3.Img_Info):  # type: ignore[misc]
    def __init__(self, name: str) -> None:
        import pyewf

        self._handle = pyewf.handle()
        self._handle.open(pyewf.glob(name))
        super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)

    def read(self, offset: int, size: int) -> bytes:
        self._handle.seek(offset)
        return bytes(self._handle.read(size))

    def get_size(self) -> int:
        return int(self._handle.get_media_size())


def files(folder: Any) -> Iterator[Any]:
    for entry in folder:
        meta = entry.info.meta
        if meta is None or entry.info.name.name in (b".", b".."):
            continue
        if meta.type == pytsk3.TSK_FS_META_TYPE_DIR and not entry.info.name.name.startswith(b"$"):
            yield from files(entry.as_directory())
        elif meta.type == pytsk3.TSK_FS_META_TYPE_REG:
            yield entry


def main() -> None:
    kind, name = sys.argv[1:]
    volume = pytsk3.FS_Info(EwfImage(name) if kind == "ewf" else pytsk3.Img_Info(name))
    items = total = 0
    for file in files(volume.open_dir("/")):
        digest = hashlib.sha256()
        size = file.info.meta.size
        for offset in range(0, size, _STEP):
            part = file.read_random(offset, min(_STEP, size - offset))
            digest.update(part)
            total += len(part)
        digest.hexdigest()
        items += 1
    print(json.dumps({"items": items, "bytes": total}))


if __name__ == "__main__":
    main()
