"""The power is cut at any moment: a name that others look for stands for a file that is on the disk, whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amparo.casework import hash_sets
from amparo.matching import set_builder
from amparo.matching.kept_clusters import KeptClusters
from amparo.matching.perceptual_index import PerceptualIndex
from amparo.workbench import Workbench
from contracts.disk import Disk
from contracts.hashes import uniform
from contracts.known_sets import written
from contracts.set_files import Filter, digests, pdq, vics, vics_record


def test_an_index_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path, monkeypatch)
    for seed in (1, 2):
        PerceptualIndex.build(uniform(3_000, seed), tmp_path / "index")
        disk.lost_of(tmp_path)
    assert [new for _, new in disk.renamed] == ["index", "index"]


def test_clusters_are_on_the_disk_before_they_have_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path, monkeypatch)
    names = np.arange(300, dtype=np.uint64)
    KeptClusters.none().with_more(names, uniform(300), np.full(300, 90), {}).keep(tmp_path / "clusters")
    disk.lost_of(tmp_path)
    assert [new for _, new in disk.renamed] == ["clusters"]


SETS = {
    "list": "\n".join(f"pdq:{pdq(number).hex()}" for number in range(12)).encode(),
    "vics": vics(vics_record(number, Tags=f"t{number}") for number in range(30)).encode(),
    "filter": Filter().of(digests(number).sha1.hex().upper() for number in range(50)),
}


@pytest.mark.parametrize("form", list(SETS))
def test_a_set_is_on_the_disk_before_it_is_recorded(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_builder, "FEW_HASHES", 5)
    workbench = Workbench.init(tmp_path / "workbench", key_file=tmp_path / "key")
    path = written(tmp_path / form, SETS[form])
    sets = workbench.folder / "hashsets"
    disk = Disk(sets, monkeypatch)
    add_version, recorded = hash_sets.records.add_version, []

    def checked(*arguments: Any, **named: Any) -> Any:
        disk.lost_of(sets)
        assert "hashsets" in disk._names[workbench.folder]
        recorded.append(named["folder"])
        return add_version(*arguments, **named)

    monkeypatch.setattr(hash_sets.records, "add_version", checked)
    version = workbench.hash_sets.import_("known", path).version
    assert recorded == [version.folder]
    assert (f"draft-{version.folder}", version.folder) in disk.renamed
    workbench.close()
