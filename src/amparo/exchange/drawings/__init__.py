"""Drawings for the web and the report: pure functions from values to accessible SVG, each with its table of values.

No style attribute and no script: colours come by the classes of `drawings.css`, light and dark; a pattern or a label
says what a colour says. Widths are per cent and heights pixels, so that letters keep their size from 360 px up.
"""
