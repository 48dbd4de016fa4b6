"""Figures for those who may see no evidence: in steps of five, so that no small cell is told or follows."""

STEP = 5


def in_fives(count: int) -> int:
    """The number, down to a multiple of five: fewer than five are none.

    Leaving out small cells alone would not do: a total of one drawing less the cells of another would give them.
    """
    return count - count % STEP
