"""An operation at a glance: its exhibits and their counts, as far as an officer may see them."""

from dataclasses import dataclass, replace

from amparo.casework.status import Summary, summary_of
from amparo.domain.fives import in_fives
from amparo.domain.need_to_know import Act, Reach
from amparo.records import members, queries
from amparo.records.database import Database


@dataclass(frozen=True, slots=True)
class SeenExhibit:
    """An exhibit with its counts, and whose it is."""

    summary: Summary
    agency: str
    """As people write it; empty where it is nobody's."""
    country: str
    own: bool
    """Whether it is the officer's own agency's."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What an officer sees of an operation."""

    operation: str
    exhibits: tuple[SeenExhibit, ...]

    @property
    def items(self) -> int:
        """Of all exhibits."""
        return sum(seen.summary.items for seen in self.exhibits)

    @property
    def not_examined(self) -> int:
        """Statements of all exhibits."""
        return sum(seen.summary.not_examined for seen in self.exhibits)


def overview(*, reach: Reach, database: Database) -> Overview:
    """The operation as `reach` shows it. Raise `Forbidden`.

    Who may see figures and no evidence gets counts in steps of five, and neither sizes nor paths.
    """
    reach.require(Act.SEE_FIGURES)
    owners = members.owners(database)
    seen = []
    for acquisition in queries.acquisitions(database):
        if acquisition.id not in reach.acquisitions:
            continue
        owner = owners.get(acquisition.exhibit)
        seen.append(
            SeenExhibit(
                summary_of(acquisition) if reach.may(Act.SEE_EVIDENCE) else _in_fives(summary_of(acquisition)),
                owner.display if owner else "",
                owner.country if owner else "",
                acquisition.id in reach.own,
            )
        )
    return Overview(queries.operation_name(database), tuple(seen))


def _in_fives(summary: Summary) -> Summary:
    return replace(
        summary,
        path="",
        kind="",
        bytes=0,
        items=in_fives(summary.items),
        distinct=in_fives(summary.distinct),
        pictures=in_fives(summary.pictures),
        videos=in_fives(summary.videos),
        not_examined=in_fives(summary.not_examined),
        seconds=0,
    )
