"""What Samsung's editor records of models in the trailer of a picture."""

import re

from amparo.analysis.origin.statement import COPIED, Statement, stated
from amparo.analysis.samsung_trailer import Part
from amparo.domain.origin import Claim

_EDITS = b"PhotoEditor_Re_Edit_Data"
_KIND = re.compile(r'"genAIType"\s{0,8}:\s{0,8}"?(-?\d{1,9})')


def samsung_statement(part: Part) -> Statement | str | None:
    """What a part states of a model, or a sentence where it is malformed; `None` where it tells of other things."""
    if part.name != _EDITS or b"genAIType" not in part.payload:
        return None
    text = part.payload.decode("utf-8", "replace")
    found = _KIND.search(text)
    if found is None:
        return "Samsung's record of edits is malformed: it names no kind of model."
    if int(found[1]) == 0:
        return None
    return Statement(
        "samsung_genai",
        Claim.ALTERED,
        f"Samsung's editor recorded that a model was used (genAIType {found[1]}).",
        f"What the model changed: Samsung does not document the number. {COPIED}",
        stated({"tool": "Samsung", "genai_type": found[1]}),
    )
