"""A value as one cell of a table that leaves the workbench."""

from collections.abc import Sequence


def cell(value: object) -> str:
    """A value in one cell. What a spreadsheet would take for a formula is made text by a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(str, value))
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "@", "\t", "\r")) else text
