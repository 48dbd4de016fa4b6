"""What this machine has: the environment, what is built in, and what outsiders bring. Nothing else looks for it."""

import os
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from amparo.analysis import BUILTIN as ANALYZERS
from amparo.analysis.origin.detector import Detector, with_detectors
from amparo.casework import detectors as attaching
from amparo.casework.doctor import Part
from amparo.domain.cluster import Cluster
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Analyzer
from amparo.domain.item import ContainerFormat
from amparo.evidence import BUILTIN as FORMATS


class PluginBroken(AmparoError):
    """Something that an installed package brings for Amparo cannot be used."""


def default_folder() -> Path:
    """Where the workbench is unless somebody says otherwise: `$AMPARO_WORKBENCH`, else `./amparo-workbench`."""
    return Path(os.environ.get("AMPARO_WORKBENCH") or "amparo-workbench")


def cluster(*, address: str = "", tls_ca: str = "", tls_cert: str = "", tls_key: str = "") -> Cluster:
    """The Dask cluster that is meant; what is not given is that of `$AMPARO_DASK_ADDRESS`, `…_TLS_CA` and so on.

    Raise `MalformedCluster`.
    """
    given = {"address": address, "tls_ca": tls_ca, "tls_cert": tls_cert, "tls_key": tls_key}
    return Cluster(
        **{name: value or os.environ.get(f"AMPARO_DASK_{name.upper()}", "") for name, value in given.items()}
    )


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tasks_at_once() -> int:
    """How many tasks that read whole media run at once: `$AMPARO_TASKS_AT_ONCE`, else 1, which uses every core."""
    text = os.environ.get("AMPARO_TASKS_AT_ONCE", "")
    return max(int(text), 1) if text.isdecimal() else 1


def formats() -> tuple[ContainerFormat, ...]:
    """The kinds of container that can be opened: built in, and by the entry points `amparo.containers`."""
    return (*_brought("amparo.containers"), *FORMATS)


def analyzers() -> tuple[Analyzer, ...]:
    """The analyzers that look at every item: built in, attached detectors, and by entry points `amparo.analyzers`."""
    return (*with_detectors(ANALYZERS, detectors()), *_brought("amparo.analyzers"))


def detectors(folder: str | Path | None = None) -> tuple[Detector, ...]:
    """The detectors attached by this machine's agency: in `folder`, and by the entry points `amparo.detectors`.

    `folder` is by default `$AMPARO_DETECTORS`, else `detectors` in the configuration folder. An entry point leads to
    the path of a detector's folder. Raise `DetectorRefused`.
    """
    return attaching.detectors(detector_folders(folder))


def attached_parts() -> Iterator[Part]:
    """What is to be said of each attached detector: whether it can be used, and what it gives."""
    yield from attaching.parts(detector_folders(None))


def detector_folders(folder: str | Path | None) -> tuple[Path, ...]:
    """Where attached detectors lie, each in a folder of its own; see `detectors`."""
    place = Path(folder or os.environ.get("AMPARO_DETECTORS") or configuration_folder() / "detectors")
    return (*attaching.folders_in(place), *map(Path, _brought("amparo.detectors")))


def configuration_folder() -> Path:
    """Where what concerns this user and machine is kept: below `$XDG_CONFIG_HOME`, else `~/.config`."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "amparo"


def _brought(group: str) -> list[Any]:
    found = []
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        try:
            found.append(point.load())
        except Exception as error:  # somebody else's code
            raise PluginBroken(
                f"{point.value} ({group}) cannot be loaded: {error}. Mend or remove its package."
            ) from error
    return found
