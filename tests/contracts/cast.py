"""The standing cast of a joint operation, in a workbench with benign exhibits that were examined.

Alfama owns ES-1 and ES-2 and shares ES-1 with its partner Belém; Belém owns BE-1. Chiado takes part, and nothing is
shared with it: it is a stranger to all of this. Everybody logs in by the same password and, where the tables of log-in
are there, by the same authenticator app.
"""

import base64
import hashlib
import hmac
import io
import shutil
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from PIL import Image

from amparo import Workbench
from amparo.casework.accounts import change_own_password
from amparo.domain.exposure import Budget, Burden, Level, Policy
from amparo.domain.hash_set import Provenance, SetKind
from amparo.domain.need_to_know import Purpose, Role
from contracts.exhibits import phone, picture
from contracts.pictures import png_chunk, samples

PASSWORD = "all is calm on the river"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of everybody's authenticator app."""
AGENCIES = (
    ("alfama", "Polícia de Alfama", "PT"),
    ("belem", "Polícia de Belém", "ES"),
    ("chiado", "Chiado Politi", "DK"),
)
OFFICERS = {
    "ana": ("alfama", (Role.EXAMINER, Role.SUPERVISOR, Role.COORDINATOR)),
    "rui": ("alfama", (Role.REVIEWER,)),
    "petra": ("alfama", (Role.PREVENTION_OFFICER,)),
    "axel": ("alfama", (Role.AUDITOR,)),
    "bruno": ("belem", (Role.EXAMINER, Role.ANALYST)),
    "dora": ("chiado", (Role.EXAMINER, Role.COORDINATOR)),
}
GENEROUS = Policy(level=Level.ORIGINAL, day=Budget(500, 36_000), burdens=dict.fromkeys(Burden, Budget(500, 36_000)))
"""A policy of viewing that gets in nobody's way."""
VIEWERS = ("ana", "rui", "bruno")
"""Who has it; nobody else may see anything unveiled."""
PROMPT = "a lighthouse on a cliff, oil painting"


@dataclass(frozen=True)
class Cast:
    """Where the operation is, and what its exhibits hold."""

    workbench: Path
    evidence: Path
    """The folder below which the exhibits lie."""

    def copied(self, to: Path) -> "Cast":
        """Another one, to be changed by one test; the exhibits and the key stay where they are."""
        shutil.copytree(self.workbench, to)
        return Cast(to, self.evidence)


def generated() -> bytes:
    """A picture that says of itself that a generator made it."""
    raw = picture(8, kind="PNG")
    text = f"parameters\0{PROMPT}\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 4711, Size: 320x240, Model: made-up"
    return raw[:33] + png_chunk(b"tEXt", text.encode("latin-1")) + raw[33:]


def exhibits() -> dict[str, dict[str, bytes]]:
    """What each exhibit holds, by the names of the files."""
    smaller = io.BytesIO()
    Image.open(io.BytesIO(picture(1))).resize((240, 180)).save(smaller, "JPEG", quality=70)
    return {
        "ES-1": {
            **phone(),
            "DCIM/Camera/place.jpg": samples()["image/jpeg"],
            "Download/lighthouse.png": generated(),
            "Download/<b>&amp;'\".png": picture(9, kind="PNG"),
        },
        "ES-2": {"kept/again.jpg": picture(1), "kept/only-here.jpg": picture(10)},
        "BE-1": {"shared/smaller.jpg": smaller.getvalue(), "own.jpg": picture(11)},
    }


def code(secret: str = TOTP_SECRET, *, steps: int = 0) -> str:
    """What an authenticator app shows now, or so many steps of 30 s later (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF) % 10**6:06}"


def chosen(workbench: Workbench, officer: str, password: str) -> None:
    """Let an officer choose a password, as after the first log-in."""
    desk = workbench.desk(officer, Purpose.OPERATIONAL_ANALYSIS)
    change_own_password(password, reach=desk.reach, database=desk.database, ledger=desk.ledger)


def with_app(workbench: Workbench, officer: str) -> None:
    """Give an officer an authenticator app, where the tables of log-in are there."""
    if not apps.is_installed("allauth.mfa"):
        return
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator

    from amparo.records import models

    alias = workbench._database.alias
    user = models.Officer.objects.using(alias).get(name=officer)
    secret = get_adapter().encrypt(TOTP_SECRET)
    Authenticator.objects.using(alias).create(user_id=user.pk, type="totp", data={"secret": secret})


def made(folder: Path) -> Cast:
    """Make the operation in an empty folder."""
    evidence = folder / "evidence"
    for number, content in exhibits().items():
        for name, raw in content.items():
            path = evidence / number / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
    place = folder / "workbench"
    with Workbench.init(place, operation="Rio Claro", key_file=folder / "key", by="ana") as workbench:
        for name, display, country in AGENCIES:
            workbench.members.add_agency(name, display, country)
        for officer, (agency, roles) in OFFICERS.items():
            workbench.members.add(officer, agency, roles)
            chosen(workbench, officer, PASSWORD)
            with_app(workbench, officer)
        known = folder / "known.txt"
        known.write_text(hashlib.sha256(picture(2)).hexdigest() + "\n")
        workbench.hash_sets.import_(
            "partner", known, kind=SetKind.KNOWN, hash="sha256", provenance=Provenance(source="a partner")
        )
    for number in exhibits():
        by = "bruno" if number == "BE-1" else "ana"
        with Workbench.open(place, by=by) as workbench:
            for _item in workbench.examine(evidence / number, exhibit=number, workers=1):
                pass
            workbench.match(number)
    with Workbench.open(place, by="ana") as workbench:
        workbench.members.share("ES-1", "belem", reason="the same series was found there")
        for officer in VIEWERS:
            workbench.viewing.lay_down(GENEROUS, officer, reason="for the tests")
    return Cast(place, evidence)
