"""The films among all files of an operation that show the same."""

from array import array
from collections.abc import Collection, Iterator

import numpy as np

from amparo.matching.known_set import digest_array
from amparo.matching.set_record import SIZES
from amparo.records import pictures
from amparo.records.database import Database


def near_films(
    database: Database, within: Collection[int] | None = None
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each cluster of two or more films, largest first: the representative, and each member with what it shares.

    Films are the numbers of media files; what is shared is in percent, see `films`. All are compared each time: of a
    film few frames are unlike. With `within`, as if there were no other acquisitions than these.
    """
    names, qualities, hashes = array("Q"), array("q"), bytearray()
    for page in pictures.hashed(database, within=within, analyzer="vpdq"):
        for frame in page:
            names.append(frame.media_file)
            qualities.append(frame.quality)
            hashes += frame.pdq
    if not names:
        return
    from amparo.matching.films import film_clusters  # it brings a compiler with it

    media_files, film_of = np.unique(np.array(names), return_inverse=True)
    rows = digest_array((bytes(hashes),), SIZES["pdq"])
    found = film_clusters(rows, np.array(qualities), film_of, len(media_files))
    clusters = [np.flatnonzero(found.representatives == one) for one in np.unique(found.representatives)]
    for members in sorted(clusters, key=lambda members: -len(members)):
        if len(members) > 1:
            near = zip(media_files[members].tolist(), found.percents[members].tolist(), strict=True)
            yield int(media_files[found.representatives[members[0]]]), list(near)
