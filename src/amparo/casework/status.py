"""How far the examination of an exhibit is, in figures."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from amparo.domain.errors import NotFound
from amparo.records.database import Database
from amparo.records.queries import AcquisitionRow, acquisitions


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of one exhibit. Every copy of a file counts as an item, save in `distinct`."""

    exhibit: str
    state: str
    """`complete`, `interrupted`, or `running` (which is also what a killed run says until it is taken up again)."""
    path: str
    """The exhibit as given."""
    kind: str
    """How it is opened."""
    items: int
    bytes: int
    distinct: int
    pictures: int
    videos: int
    not_examined: int
    """Statements 'this could not be examined, because'."""
    seconds: int
    """Time spent, over all sittings that were ended in order; rounded."""

    def as_row(self) -> Mapping[str, str | int]:
        """The values by their names."""
        return asdict(self)


def summary_of(acquisition: AcquisitionRow) -> Summary:
    """The summary of an acquisition."""
    figures = acquisition.figures
    return Summary(
        acquisition.exhibit,
        acquisition.runs[-1].outcome or "running" if acquisition.runs else "running",
        acquisition.root,
        acquisition.kind,
        figures.items,
        figures.bytes,
        figures.distinct,
        figures.pictures,
        figures.videos,
        figures.not_examined,
        round(
            sum(
                (datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)).total_seconds()
                for run in acquisition.runs
                if run.ended is not None
            )
        ),
    )


def acquisition_of(database: Database, exhibit: str) -> AcquisitionRow:
    """The acquisition of an exhibit; raise `NotFound`."""
    for acquisition in acquisitions(database, exhibit):
        return acquisition
    raise NotFound("The workbench has no exhibit {exhibit}: see `amparo status`.", exhibit=exhibit)
