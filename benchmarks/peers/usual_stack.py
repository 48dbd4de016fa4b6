"""The usual stack, `python usual_stack.py FOLDER DATABASE`: three digests, libmagic, EXIF, `pdqhash`, into SQLite.

As scripts of examiners do it: `hashlib` three times over the file, libmagic on the path, exifread, a whole decode with
Pillow for `pdqhash`; a pool of two processes, one transaction at the end.
"""

import hashlib
import json
import multiprocessing
import sqlite3
import sys
import warnings
from pathlib import Path

import exifread
import magic
import numpy as np
import pdqhash
from PIL import Image

Row = tuple[str, int, str, str, str, str, str, str | None, int | None]


def examine(name: str) -> Row:
    content = Path(name).read_bytes()
    sha256, sha1, md5 = (hashlib.new(algorithm, content).hexdigest() for algorithm in ("sha256", "sha1", "md5"))
    media_type = magic.from_file(name, mime=True)
    with Path(name).open("rb") as file:
        tags = exifread.process_file(file, details=False)
    described = json.dumps({tag: str(value) for tag, value in tags.items() if tag != "JPEGThumbnail"})
    hashed: str | None = None
    measured: int | None = None
    try:
        with Image.open(name) as picture:
            bits, quality = pdqhash.compute(np.asarray(picture.convert("RGB")))
        hashed, measured = np.packbits(bits).tobytes().hex(), int(quality)
    except OSError:
        pass
    return name, len(content), sha256, sha1, md5, media_type, described, hashed, measured


def main() -> None:
    folder, database = sys.argv[1:]
    warnings.simplefilter("ignore")
    names = sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE file (name, size_bytes, sha256, sha1, md5, media_type, exif, pdq, quality)")
    with connection, multiprocessing.Pool(2) as pool:
        rows = pool.imap_unordered(examine, names, chunksize=4)
        connection.executemany(f"INSERT INTO file VALUES ({', '.join('?' * 9)})", rows)
    items, size, hashed = connection.execute("SELECT count(*), sum(size_bytes), count(pdq) FROM file").fetchone()
    print(json.dumps({"items": items, "bytes": size, "pictures": hashed}))


if __name__ == "__main__":
    main()
