"""What stands in the place of a preview that cannot be shown: a picture file that no style sheet reaches."""

from amparo.exchange.drawings.drawing import text

_LETTERS = 22
_LINES = 5


def placeholder(sentence: str) -> str:
    """An SVG file, 160 by 120, with an empty frame and the sentence in it; grey, for light and dark pages."""
    lines, line = [], ""
    for word in sentence.split():
        if line and len(line) + 1 + len(word) > _LETTERS:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()[:_LETTERS]
    lines = [*lines, line][:_LINES]
    top = 64 - 7 * (len(lines) - 1)
    written = "".join(
        f'<text x="80" y="{top + 14 * place}" text-anchor="middle" font-family="sans-serif" font-size="11"'
        f' fill="#8a949e">{text(each)}</text>'
        for place, each in enumerate(lines)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 120" width="160" height="120" role="img"'
        f' aria-label="{text(sentence)}"><title>{text(sentence)}</title>'
        '<rect x="1" y="1" width="158" height="118" fill="none" stroke="#8a949e" stroke-dasharray="4 4" />'
        f"{written}</svg>"
    )
