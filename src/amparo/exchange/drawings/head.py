"""The first bytes of a file: where, in hexadecimal, and as text."""

from html import escape

from amparo.exchange.drawings.drawing import text
from amparo.exchange.wording import _, _n

MOST_BYTES = 4_096
_ROW, _GROUP = 16, 8


def hex_table(caption: str, head: bytes, *, offset: int = 0) -> str:
    """A table of at most `MOST_BYTES` bytes, sixteen to a row; a space is a middle dot, what does not print a point."""
    rows = "".join(
        _row(head[place : place + _ROW], offset + place) for place in range(0, min(len(head), MOST_BYTES), _ROW)
    )
    left = len(head) - MOST_BYTES
    said = [_("The file is empty: there are no bytes.")] if not head else []
    if left > 0:
        said.append(_n("{count} more byte is left out.", "{count} more bytes are left out.", left))
    after = "".join(f'<p class="said">{text(sentence)}</p>\n' for sentence in said)
    columns = "".join(f'<th scope="col">{text(name)}</th>' for name in (_("Offset"), _("Hexadecimal"), _("As text")))
    return (
        f'<div class="drawing"><table class="head">\n<caption>{text(caption)}</caption>\n'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n{after}</div>\n"
    )


def _row(row: bytes, offset: int) -> str:
    groups = [row[place : place + _GROUP] for place in range(0, len(row), _GROUP)]
    hexadecimal = " ".join(f"<span>{group.hex(' ')}</span>" for group in groups)
    printed = "".join(f"<span>{_printed(group)}</span>" for group in groups)
    return f'<tr><th scope="row">{offset:08x}</th><td>{hexadecimal}</td><td>{printed}</td></tr>\n'


def _printed(group: bytes) -> str:
    return escape("".join(chr(byte) if 32 < byte < 127 else "·" if byte == 32 else "." for byte in group))
