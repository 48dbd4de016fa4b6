"""Progress on a terminal: what is done, how fast, how long it may still take."""

import sys
from gettext import gettext as _
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from amparo.domain.case_exchange import ExchangeProgress
from amparo.domain.hash_set import ImportProgress
from amparo.domain.match import ClusterProgress, MatchProgress
from amparo.domain.plan import Progress


class Display:
    """One line on standard error; nothing at all where that is no terminal."""

    def __init__(self) -> None:
        self._live = (
            Live(console=Console(stderr=True), transient=True, refresh_per_second=4) if sys.stderr.isatty() else None
        )

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the line."""
        if self._live is not None:
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """Show how far the work is."""
        total = None if progress.listing else max(progress.found_bytes, 1)
        self._line(describe(progress), progress.bytes, total)

    def show_import(self, progress: ImportProgress) -> None:
        """Show how far the reading of a hash set is."""
        self._line(describe_import(progress), progress.bytes, max(progress.total_bytes, 1))

    def show_exchange(self, progress: ExchangeProgress) -> None:
        """Show how far the exchange of a case is."""
        self._line(describe_exchange(progress), round(1000 * (progress.share or 0)), 1000)

    def show_match(self, progress: MatchProgress) -> None:
        """Show how far the comparison of an exhibit is."""
        self._line(describe_match(progress), progress.files, max(progress.total_files, 1))

    def show_clusters(self, progress: ClusterProgress) -> None:
        """Show how far the comparison of the pictures of an operation with each other is."""
        share = progress.share
        self._line(describe_clusters(progress), round(1000 * (share or 0)), None if share is None else 1000)

    def _line(self, text: str, completed: int, total: int | None) -> None:
        if self._live is None:
            return
        line = Table.grid(padding=(0, 1))
        line.add_column()
        line.add_column(no_wrap=True)
        line.add_row(ProgressBar(total=total, completed=completed, width=12, pulse=total is None), text)
        self._live.update(line)


def describe_import(progress: ImportProgress) -> str:
    """The figures of a line: `1,204,000 records · 301.2 MiB of 2.1 GiB · 132,000 records/s · 1 min 12 s left`."""
    parts = [
        _("{:,} records").format(progress.records),
        _("{} of {}").format(size(progress.bytes), size(progress.total_bytes)),
    ]
    if progress.elapsed_s >= 1:
        parts.append(_("{:,.0f} records/s").format(progress.records / progress.elapsed_s))
    if progress.problems:
        parts.append(_("{:,} problems").format(progress.problems))
    if progress.bytes >= progress.total_bytes:
        parts.append(_("sorting"))
    elif progress.seconds_left is not None:
        parts.append(_("{} left").format(duration(progress.seconds_left)))
    return " · ".join(parts)


def describe_exchange(progress: ExchangeProgress) -> str:
    """The figures of a line: `12,000 records · 8,000 records/s · 4 s left`."""
    parts = [_("{:,} records").format(progress.records)]
    if progress.elapsed_s >= 1:
        parts.append(_("{:,.0f} records/s").format(progress.records / progress.elapsed_s))
    if progress.seconds_left is not None:
        parts.append(_("{} left").format(duration(progress.seconds_left)))
    return " · ".join(parts)


def describe_match(progress: MatchProgress) -> str:
    """The figures of a line: `12,000 of 53,000 files · 41 matches · 9,800 files/s · 4 s left`."""
    parts = [
        _("{:,} of {:,} files").format(progress.files, progress.total_files),
        _("{:,} matches").format(progress.matches),
    ]
    if progress.elapsed_s >= 1:
        parts.append(_("{:,.0f} files/s").format(progress.files / progress.elapsed_s))
    if progress.files >= progress.total_files:
        parts.append(_("storing"))
    elif progress.seconds_left is not None:
        parts.append(_("{} left").format(duration(progress.seconds_left)))
    return " · ".join(parts)


def describe_clusters(progress: ClusterProgress) -> str:
    """The figures of a line: `1,204,000 new pictures · 41 % compared · 4 s left`."""
    parts = [_("{:,} new pictures").format(progress.pictures)]
    if progress.share is None:
        parts.append(_("reading"))
    elif progress.share >= 1:
        parts.append(_("choosing representatives"))
    else:
        parts.append(_("{:.0f} % compared").format(100 * progress.share))
        if progress.seconds_left is not None:
            parts.append(_("{} left").format(duration(progress.seconds_left)))
    return " · ".join(parts)


def describe(progress: Progress) -> str:
    """The figures of a line: `1,204 of 5,300 files · 312.0 MiB · 104.2 MiB/s · 1 min 12 s left`."""
    rate = progress.bytes / progress.elapsed_s if progress.elapsed_s else 0.0
    found = _("{:,} or more").format(progress.found_items) if progress.listing else f"{progress.found_items:,}"
    parts = [_("{:,} of {} files").format(progress.items, found), size(progress.bytes), f"{size(rate)}/s"]
    if progress.not_examined:
        parts.append(_("{:,} not examined").format(progress.not_examined))
    if progress.seconds_left is not None:
        parts.append(_("{} left").format(duration(progress.seconds_left)))
    return " · ".join(parts)


def size(size_bytes: float) -> str:
    """A size in IEC units."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} B" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TiB"


def duration(seconds: float) -> str:
    """A duration in its two largest units."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
