"""A file of the workbench as a case states it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from amparo.casework.case_categories import Categories
from amparo.casework.file_rows import written_time
from amparo.domain.case_exchange import CaseMedia, Place, Said
from amparo.domain.grading import Grading, Verdict
from amparo.domain.item import ItemState
from amparo.exchange.case_notations import moment
from amparo.records.case_files import CaseFile, CasePlace

_DELETED = (ItemState.DELETED, ItemState.ORPHAN)
_UNALLOCATED = (ItemState.CARVED, ItemState.UNALLOCATED)
_CAMERA = (("make", "Make"), ("model", "Model"), ("serial", "SerialNumber"), ("software", "Software"))


def media_of_file(
    file: CaseFile,
    stated: Collection[CaseMedia],
    displays: Mapping[str, str],
    categories: Categories,
    *,
    notes: bool,
) -> tuple[CaseMedia, Verdict]:
    """What a case states of a file, save its category, and what all gradings of it say together.

    `stated` is what imported cases state of the same bytes: of series, tags and offenders the workbench has nothing of
    its own. `displays` are the names of agencies as they call themselves.
    """
    verdict = Verdict.of(file.gradings, categories.meanings, categories.undecided)
    made = [grading.at for grading in file.gradings if not grading.withdrawn]
    media = CaseMedia(
        file.digests.md5,
        file.digests.sha1,
        file.digests.sha256,
        file.pdq,
        file.size_bytes,
        file.media_type,
        "",
        verdict.flags,
        any(each.offender_identified for each in stated),
        any(each.suspected for each in stated),
        _joined(each.series for each in stated),
        _joined(each.tags for each in stated),
        "\n".join(f"{displays.get(agency, agency)}: {text}" for agency, text in file.notes) if notes else "",
        moment(max(made)) if made else "",
        tuple(map(_place, file.places)),
        tuple(_exifs(file.metadata)),
        tuple(_said(file.gradings, displays, categories)),
    )
    return media, verdict


def _said(gradings: Sequence[Grading], displays: Mapping[str, str], categories: Categories) -> Iterator[Said]:
    """What each agency says, for all of its officers; nothing where these do not agree."""
    by: dict[str, list[Grading]] = {}
    for grading in gradings:
        by.setdefault(grading.source or displays.get(grading.agency, grading.agency), []).append(grading)
    for agency, made in by.items():
        verdict = Verdict.of(made, categories.meanings, categories.undecided)
        if verdict.category:
            yield Said(agency, verdict.vocabulary, verdict.category, verdict.flags)


def _place(place: CasePlace) -> Place:
    name = place.item_path.rpartition("/")[2].partition("#")[0]
    created, modified, accessed = (
        written_time(at) or "" for at in (place.created_ns, place.modified_ns, place.accessed_ns)
    )
    deleted, unallocated = place.state in _DELETED, place.state in _UNALLOCATED
    return Place(name, place.item_path, place.exhibit, created, modified, accessed, deleted, unallocated)


def _exifs(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    camera, times, position = (_mapping(metadata.get(part)) for part in ("camera", "times", "position"))
    for key, name in _CAMERA:
        if camera.get(key):
            yield name, str(camera[key])
    if taken := times.get("original") or times.get("digitised"):
        yield "Capture Time", str(taken)
    if "latitude" in position and "longitude" in position:
        yield "Lat/Lon", f"{position['latitude']}/{position['longitude']}"


def _mapping(fact: Any) -> Mapping[str, Any]:
    return fact if isinstance(fact, Mapping) else {}


def _joined(texts: Iterator[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
