"""What the evidence is made of, counted from the rows; on both backends."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from amparo.analysis.decoding import decode
from amparo.analysis.pdq import of_picture
from amparo.casework.composition import composition
from amparo.casework.overview import overview
from amparo.domain.hash_set import Provenance, SetKind
from amparo.domain.limits import Limits
from amparo.domain.need_to_know import Forbidden, Purpose, Reach, Role
from amparo.domain.origin import Conclusion
from amparo.workbench import Workbench
from contracts.exhibits import phone, picture
from contracts.pictures import saved

PATIENCE_S = 60.0


def reach_of(workbench: Workbench, role: Role) -> Reach:
    every = frozenset(row[0] for row in workbench._database.fetch("SELECT id FROM acquisition"))
    return Reach("ana", "alfama", frozenset({role}), Purpose.OPERATIONAL_ANALYSIS, every, every)


def test_each_item_is_of_one_kind(workbench: Workbench, tmp_path: Path) -> None:
    with Image.open(io.BytesIO(picture(2))) as opened:
        near = saved(opened.resize((240, 180)), "JPEG", quality=70)
    files = {**phone(), "near.jpg": near, "program": b"a program that everybody has"}
    folder = tmp_path / "phone"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name, kind, content in (
        ("bad", SetKind.KNOWN, (picture(2),)),
        ("good", SetKind.KNOWN_GOOD, (files["program"], picture(2))),
    ):
        digests = [f"sha256:{hashlib.sha256(each).hexdigest()}" for each in content]
        if kind is SetKind.KNOWN:
            hashes = of_picture(decode(picture(2), media_type="image/jpeg", limits=Limits()))
            digests.append(f"pdq:{hashes[0]}")
        known = tmp_path / name
        known.write_text("hash\n" + "".join(f"{each}\n" for each in digests))
        workbench.hash_sets.import_(name, known, kind=kind, provenance=Provenance(source="a partner"))
    for _ in workbench.examine(folder, exhibit="ES-7", workers=1):
        pass
    workbench.match("ES-7")
    ports: Any = {"database": workbench._database}
    made = composition(wait_s=PATIENCE_S, reach=reach_of(workbench, Role.EXAMINER), **ports)
    assert made is not None
    (one,) = made.exhibits
    assert (one.known, one.known_good, one.near) == (1, 1, 1)
    assert one.known + one.known_good + one.near + one.not_examined + one.new == workbench.summary("ES-7").items
    assert one.not_examined >= 1
    assert one.may_pass == sum(each.may_pass for each in workbench.quarantine("ES-7"))
    assert made.origins[Conclusion.NO_CONCLUSION] >= 5
    assert made.types["image/jpeg"] >= 5
    assert sum(count for (count,) in made.days.values()) == len(files)
    told = composition(wait_s=PATIENCE_S, reach=reach_of(workbench, Role.PREVENTION_OFFICER), **ports)
    assert told is not None
    (shown,) = told.exhibits
    assert (shown.known, shown.known_good, shown.new) == (0, 0, one.new // 5 * 5)
    (seen,) = overview(reach=reach_of(workbench, Role.PREVENTION_OFFICER), **ports).exhibits
    assert (seen.summary.items % 5, seen.summary.bytes, seen.summary.path) == (0, 0, "")
    with pytest.raises(Forbidden):
        composition(reach=reach_of(workbench, Role.AUDITOR), **ports)
