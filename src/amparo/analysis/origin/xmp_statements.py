"""What the properties of an XMP packet state about a generator: IPTC 2025.1, TC260, credits, texts of generators."""

from collections.abc import Iterator, Mapping

from amparo.analysis.origin.generation_texts import statement_of
from amparo.analysis.origin.source_types import source_claim, source_shows, source_type
from amparo.analysis.origin.statement import COPIED, PIXELS, Statement, prompt_digests, prompts_of, stated
from amparo.domain.origin import Claim

_CREDITS = {
    "apple photos clean up": ("apple_clean_up", "Apple's Clean Up", Claim.ALTERED),
    "apple image playground": ("apple_image_playground", "Apple's Image Playground", Claim.GENERATED),
    "image playground": ("apple_image_playground", "Apple's Image Playground", Claim.GENERATED),
    "edited with google ai": ("google_edited", "Google", Claim.ALTERED),
    "made with google ai": ("google_made", "Google", Claim.GENERATED),
}
_SYSTEM = ("AISystemUsed", "AISystemVersionUsed")
_WRITTEN = ("AIPromptInformation", "AIPromptWriterName")
_TEXTS = ("dc:description", "exif:UserComment", "tiff:ImageDescription", "photoshop:Instructions")


def xmp_statements(properties: Mapping[str, str]) -> Iterator[Statement]:
    """One statement for each property that tells of a generator or a camera."""
    for name, value in list(properties.items()):
        local = name.rpartition("/")[2].rpartition(":")[2].partition("[")[0]
        if local == "DigitalSourceType":
            yield from _source(value, of_part="/" in name)
        elif local == "AIGC":
            found = statement_of("AIGC", value if value.lstrip().startswith("{") else f'{{"Label":"{value[:8]}"}}')
            if found:
                yield found
        elif name.partition("[")[0] in _TEXTS and (found := statement_of(local, value)):
            yield found
    yield from _iptc_2025(properties)
    if found := credit_statement(properties.get("photoshop:Credit", "")):
        yield found


def _source(value: str, *, of_part: bool) -> Iterator[Statement]:
    """What a digital source type states, of the picture or of one that was put into it."""
    claim = source_claim(value)
    if claim is None:
        return
    shows = f"A property says {source_type(value)}: {source_shows(claim)}."
    if of_part:
        shows = f"A property of something that was put into the picture says {source_type(value)}."
    yield Statement(
        "digital_source_type",
        claim if not of_part else None if claim is Claim.CAPTURED else Claim.ALTERED,
        shows,
        PIXELS if claim is not Claim.CAPTURED else f"That no model changed the picture since. {COPIED}",
        stated({"digital_source_type": source_type(value)}),
    )


def _iptc_2025(properties: Mapping[str, str]) -> Iterator[Statement]:
    values = {name.rpartition("/")[2].rpartition(":")[2].partition("[")[0]: text for name, text in properties.items()}
    if not any(name in values for name in (*_SYSTEM, *_WRITTEN)):
        return
    prompts = prompts_of({name: values[name] for name in _WRITTEN[:1] if name in values})
    yield Statement(
        "ai_system_used",
        Claim.ALTERED,
        "IPTC properties say that a model was used" + (", and with which prompt." if prompts else "."),
        f"Whether all of the picture was made or a part of it changed. {COPIED}",
        stated(
            {
                "tool": values.get("AISystemUsed"),
                "version": values.get("AISystemVersionUsed"),
                "prompt_writer": values.get("AIPromptWriterName"),
            }
        )
        | prompt_digests(prompts),
        prompts,
    )


def credit_statement(credit: str) -> Statement | None:
    """What a line of credit (XMP's or IPTC-IIM's) states; `None` where it names no generator."""
    known = _CREDITS.get(credit.strip().lower())
    if known is None:
        return None
    name, who, claim = known
    verb = "made" if claim is Claim.GENERATED else "changed"
    return Statement(name, claim, f"The line of credit says that {who} {verb} the picture.")
