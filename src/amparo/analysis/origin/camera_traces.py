"""Analyzer: whether the traces that a camera leaves in a file agree with each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from amparo.analysis.decoding import RAW_PHOTOGRAPHS, decode, is_picture
from amparo.analysis.embedded import embedded
from amparo.analysis.exif import Exif, camera, read_exif
from amparo.analysis.origin.exif_coherence import exif_traces
from amparo.analysis.origin.jpeg_tables import JpegForm, jpeg_form
from amparo.analysis.origin.known_tables import known_table_trace
from amparo.analysis.origin.maker_note import maker_note_traces
from amparo.analysis.origin.recompression import Recompression, recompression
from amparo.analysis.origin.thumbnail import ALIKE_PERCENT, UNLIKE_PERCENT, likeness
from amparo.analysis.origin.trace import COPIED, ORDINARY, WHY, Says, Trace
from amparo.domain.errors import Unreadable
from amparo.domain.finding import Content, Fact, Finding
from amparo.domain.origin import Layer, Traces
from amparo.domain.picture import Picture

_NEEDED = frozenset({"maker_note", "dimensions", "thumbnail"})
"""Traces that must all agree before they count as coherent: programs other than cameras seldom leave all three."""
_NOT_CHECKED = (
    "Whether the stated model has a sensor of these dimensions, but where Canon's note says it: there is no list.",
    "Whether the sensor's pattern is that of other pictures.",
)


@dataclass(frozen=True, slots=True)
class CameraTraces:
    """Whether maker's note, thumbnail, dimensions, dates, exposure and quantisation tables fit a camera's own file.

    Each trace says one of four things. *Agrees*: as a camera would have left it. *Changed*: ordinary software had the
    file afterwards (its coefficients show that it was a JPEG before, its EXIF names an editor); that is no sign of a
    generator. *Differs*: it contradicts another trace (the thumbnail shows another picture, the maker's note is another
    maker's, the picture was modified before it was taken), so the file is not as a camera wrote it. *States*: a fact
    that speaks neither way, such as the quality of the quantisation tables.

    The traces are coherent where maker's note, dimensions and thumbnail all agree and nothing was changed. That is
    moderate support for a camera at most: whoever copies a photograph's metadata into a picture of the same size, and
    makes a thumbnail of it, makes them coherent. No EXIF is no sign of anything: most services take it out. A serial
    number that two pictures share says that they name one camera; it is among the facts, to be searched for.

    Which tables a model writes is known of some that were sold before 2009, and of programs, by ExifTool's list. Which
    dimensions its sensor gives is known where Canon's maker's note says so. The pattern of the sensor is not checked.
    """

    name: ClassVar[str] = "camera_traces"
    version: ClassVar[str] = "2"

    def wants(self, content: Content) -> bool:
        """Pictures."""
        return is_picture(content.media_type)

    def examine(self, content: Content) -> Finding:
        """What the traces say. Raise `Unreadable` where the picture cannot be decoded."""
        picture = content.picture()
        developed = None if content.media_type in RAW_PHOTOGRAPHS else picture
        with content.file() as file:
            found = embedded(file, media_type=content.media_type)
            exif = Exif()
            if found.exif:
                exif = read_exif(found.exif)
            elif found.exif_is_the_file:
                file.seek(0)
                exif = read_exif(file)
            file.seek(0)
            form = jpeg_form(file) if content.media_type == "image/jpeg" else None
        traces = [
            *maker_note_traces(exif, developed),
            *exif_traces(exif, developed),
            *_thumbnail(found.exif, exif, picture, content),
            *(_form(form, exif) if form else ()),
        ]
        earlier = recompression(content, form) if form else "it is no JPEG whose segments can be followed"
        if isinstance(earlier, Recompression):
            traces.append(_earlier(earlier))
        layer = Layer(
            traces=coherence(traces),
            reasons=tuple(trace.shows for trace in traces if trace.says in (Says.DIFFERS, Says.CHANGED)),
        )
        facts: dict[str, Fact] = {
            "origin": layer.fact(),
            "traces": [trace.fact() for trace in traces],
            "not_checked": [
                *_NOT_CHECKED,
                *([f"Whether the picture was a JPEG before: {earlier}."] if isinstance(earlier, str) else []),
            ],
        }
        if named := _named(exif):
            facts["named"] = named
        return Finding(self.name, self.version, _sentence(traces, layer), facts)


def coherence(traces: Sequence[Trace]) -> Traces | None:
    """What the traces are together; `None` where they are neither coherent nor contradict each other."""
    if any(trace.says is Says.DIFFERS for trace in traces):
        return Traces.CONTRADICTORY
    agreeing = {trace.name for trace in traces if trace.says is Says.AGREES}
    changed = any(trace.says is Says.CHANGED for trace in traces)
    return Traces.COHERENT if agreeing >= _NEEDED and not changed else None


def _named(exif: Exif) -> dict[str, Fact]:
    """What names the camera, to be searched for."""
    stated = camera(exif)
    named = {
        "camera": " ".join(stated[part] for part in ("make", "model") if part in stated),
        "camera_serial": stated.get("serial", ""),
        "lens_serial": stated.get("lens_serial", ""),
    }
    return {name: [text] for name, text in named.items() if text}


def _sentence(traces: Sequence[Trace], layer: Layer) -> str:
    if layer.reasons:
        return " ".join(layer.reasons)
    agreeing = [trace.name.replace("_", " ") for trace in traces if trace.says is Says.AGREES]
    if layer.traces is Traces.COHERENT:
        return f"Traces of a camera agree with each other: {', '.join(agreeing)}."
    if agreeing:
        return f"Some traces of a camera agree ({', '.join(agreeing)}), which is too little to build on."
    return "There are no traces of a camera that could be compared, which is no sign of anything."


def _thumbnail(structure: bytes, exif: Exif, picture: Picture, content: Content) -> Iterator[Trace]:
    """Whether the thumbnail in the EXIF `structure` shows the picture; nothing where there is none."""
    offset = exif.number("Thumbnail JPEGInterchangeFormat")
    length = exif.number("Thumbnail JPEGInterchangeFormatLength")
    if offset is None or not length:
        return
    start = max(0, int(offset))
    try:
        small = decode(structure[start : start + int(length)], media_type="image/jpeg", limits=content.limits)
        like = likeness(small, picture)
    except Unreadable:
        like = None
    if like is None:
        shows = "There is a thumbnail that cannot be compared: it or the picture is too plain, or it is damaged."
        yield Trace("thumbnail", Says.STATES, shows, "Anything.")
        return
    likened = f"The brightness of both correlates by {like.percent} of 100"
    if UNLIKE_PERCENT <= like.percent < ALIKE_PERCENT:
        shows = f"The thumbnail resembles the picture, not enough to tell. {likened}."
        yield Trace("thumbnail", Says.STATES, shows, "Anything.")
    elif like.percent < UNLIKE_PERCENT:
        shows = f"The thumbnail shows something else than the picture. {likened} where they fit best."
        yield Trace("thumbnail", Says.DIFFERS, shows, WHY)
    elif like.cropped or like.turn_degrees:
        how = " and ".join(
            (["cropped"] if like.cropped else []) + ([f"turned by {like.turn_degrees}°"] if like.turn_degrees else [])
        )
        shows = f"Software left the thumbnail of the picture before it was {how}. {likened}."
        yield Trace("thumbnail", Says.CHANGED, shows, ORDINARY)
    else:
        yield Trace("thumbnail", Says.AGREES, f"The thumbnail shows the picture. {likened}.", COPIED)


def _form(form: JpegForm, exif: Exif) -> Iterator[Trace]:
    """What the JPEG's own form says."""
    quality, setting = form.standard_quality, form.photoshop_setting
    if setting:
        shows = f"The quantisation tables are those of Photoshop's setting '{setting}'."
        yield Trace("quantisation", Says.CHANGED, shows, ORDINARY)
    elif (known := known_table_trace(form, exif)) is not None:
        yield known
    elif quality:
        shows = f"The quantisation tables are the standard's at quality {quality} of libjpeg's formula."
        yield Trace(
            "quantisation", Says.STATES, shows, "What wrote them: much software, many phones and some cameras do."
        )
    else:
        shows = "The quantisation tables are neither the standard's by libjpeg's formula nor one of Photoshop's nine."
        yield Trace(
            "quantisation", Says.STATES, shows, "That a camera wrote them: some software has tables of its own."
        )
    if form.progressive and exif.text("Image Make"):
        shows = "The picture is stored in several passes (progressive), as software does and cameras do not."
        yield Trace("form", Says.CHANGED, shows, ORDINARY)


def _earlier(earlier: Recompression) -> Trace:
    """What the coefficients of a JPEG say about an earlier compression."""
    if not earlier.found:
        shows = "Its coefficients show no earlier compression as a JPEG."
        unseen = "That there was none: one of the same or of finer steps, or before a crop or resize, leaves no trace."
        return Trace("recompression", Says.STATES, shows, unseen)
    like = f", most like {earlier.tables}" if earlier.tables else ""
    shows = f"The picture was a JPEG before it was saved as this one: its coefficients show earlier steps{like}."
    return Trace("recompression", Says.CHANGED, shows, ORDINARY)
