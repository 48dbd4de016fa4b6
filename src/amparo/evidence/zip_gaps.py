"""What stands in a zip archive and belongs to none of its members: before, between and behind them."""

import struct
from array import array
from collections.abc import Iterator

from amparo.domain.item import Stream
from amparo.evidence.zip_directory import LOCAL, LOCAL_BYTES, Directory

_LEAST_BYTES = 128
"""Shorter is no gap: no picture or film is, and extra fields and padding are."""
_DESCRIPTOR = b"PK\x07\x08"
_APK_MARK = b"APK Sig Block 42"


def gaps(stream: Stream, starts: "array[int]", ends: "array[int]", directory: Directory) -> Iterator[tuple[int, int]]:
    """Where each gap begins and ends, in order.

    `starts` and `ends` are of the members in any order, the ends without the extra fields of their local headers.
    """
    for place, reached, following in _candidates(starts, ends, directory.start):
        start = _end_of_member(stream, place, reached) if place >= 0 else reached
        end = _before_signature(stream, following) if following == directory.start else following
        if end - start >= _LEAST_BYTES:
            yield start, end
    for start, end in ((directory.end, directory.place), (directory.after, stream.size_bytes)):
        if end - start >= _LEAST_BYTES:
            yield start, end


def _candidates(starts: "array[int]", ends: "array[int]", directory: int) -> Iterator[tuple[int, int, int]]:
    """Where the member begins that stands before a gap (-1: none), where it ends at least, and what begins after it."""
    import numpy as np  # it takes its time, and only archives need it

    begins = np.minimum(np.frombuffer(starts, np.int64), directory) if starts else np.empty(0, np.int64)
    order = np.argsort(begins, kind="stable")
    begins = begins[order]
    reached = np.maximum.accumulate(np.frombuffer(ends, np.int64)[order]) if starts else begins
    before = np.concatenate([[-1], begins])
    reached = np.concatenate([[0], reached])
    following = np.concatenate([begins, [directory]])
    for number in np.flatnonzero(following - reached >= _LEAST_BYTES).tolist():
        yield int(before[number]), int(reached[number]), int(following[number])


def _end_of_member(stream: Stream, place: int, least: int) -> int:
    """Where the member that begins at `place` ends, with the extra fields and the descriptor that `least` lacks."""
    header = stream.read_at(place, LOCAL_BYTES)
    if len(header) < LOCAL_BYTES or not header.startswith(LOCAL):
        return least
    flags, name_bytes, extra_bytes = struct.unpack_from("<6xH18x2H", header)
    end = least + int(extra_bytes)
    if not flags & 8:
        return end
    # Its mark is optional, and its sizes have four bytes each, or eight.
    descriptor = stream.read_at(end, 24).removeprefix(_DESCRIPTOR)
    mark_bytes = len(stream.read_at(end, 24)) - len(descriptor)
    packed_bytes = least - place - LOCAL_BYTES - name_bytes
    for size_bytes in (8, 4):
        if int.from_bytes(descriptor[4 : 4 + size_bytes], "little") == packed_bytes:
            return end + mark_bytes + 4 + 2 * size_bytes
    return end


def _before_signature(stream: Stream, directory: int) -> int:
    """Where the block begins that Android signs an app with, where one stands before the directory."""
    foot = stream.read_at(max(directory - 24, 0), 24)
    if foot[8:] != _APK_MARK:
        return directory
    return max(directory - int.from_bytes(foot[:8], "little") - 8, 0)
