"""What is stored sealed: small pictures of files, and texts that are evidence themselves."""

from dataclasses import dataclass

from amparo.records.database import Database

WITHHELD = b" withheld text"
"""What a sealed text is bound to, after the SHA-256 of its file: it cannot take the place of a preview."""


@dataclass(frozen=True, slots=True)
class SealedText:
    """A text as it is stored that is shown by a deliberate act only."""

    analyzer: str
    name: str
    sealed: bytes
    associated: bytes
    """What it is bound to."""


@dataclass(frozen=True, slots=True)
class SealedPreview:
    """A preview as it is stored."""

    sealed: bytes
    associated: bytes
    """What it is bound to: the SHA-256 of the file."""
    width_px: int
    height_px: int


def preview_of(database: Database, media_file: int) -> SealedPreview | None:
    """The preview of a file; `None` where it has none."""
    with database.errors():
        found = database.fetch(
            "SELECT sealed, sha256, width_px, height_px FROM preview JOIN media_file ON media_file.id = media_file_id"
            " WHERE media_file_id = %s ORDER BY preview.id LIMIT 1",
            (media_file,),
        )
    if not found:
        return None
    sealed, sha256, width, height = found[0]
    return SealedPreview(bytes(sealed), bytes(sha256), width, height)


def withheld_of(database: Database, media_file: int) -> list[SealedText]:
    """The texts of a file that are shown by a deliberate act only, sealed."""
    with database.errors():
        found = database.fetch(
            "SELECT analyzer, name, sealed, sha256 FROM withheld JOIN media_file ON media_file.id = media_file_id"
            " WHERE media_file_id = %s ORDER BY withheld.id",
            (media_file,),
        )
    return [
        SealedText(analyzer, name, bytes(sealed), bytes(sha256) + WITHHELD) for analyzer, name, sealed, sha256 in found
    ]
