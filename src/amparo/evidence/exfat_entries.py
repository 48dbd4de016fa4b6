"""What a directory entry of exFAT says that The Sleuth Kit does not pass on."""

import struct

from amparo.domain.errors import Unreadable
from amparo.domain.item import Stream

_FIRST_ADDRESS = 3
"""The Sleuth Kit numbers the entries of the cluster heap from here on; 2 is the root."""
_ENTRY_BYTES = 32
_STREAM = 0x40
"""The type of a stream extension; the bit 0x80 says whether it is in use."""
_CONTIGUOUS = 2


def lies_in_one_run(volume: Stream, address: int) -> bool:
    """Whether the file with this address says that its clusters follow each other, and are no chain in the table.

    Where its second entry is not found behind its first, it does not say so.
    """
    try:
        (heap,) = struct.unpack("<I", volume.read_at(88, 4))
        sector, cluster = (min(shift, 25) for shift in volume.read_at(108, 2))
        place = (heap << sector) + (address - _FIRST_ADDRESS + 1) * _ENTRY_BYTES
        kind, flags, size_bytes = struct.unpack("<BB22xQ", volume.read_at(place, _ENTRY_BYTES))
    except (struct.error, ValueError, Unreadable):
        return False
    return kind & 0x7F == _STREAM and (bool(flags & _CONTIGUOUS) or size_bytes <= 1 << sector + cluster)
