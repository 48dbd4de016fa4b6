"""Cases written as VICS 2.0, in parts of text, as their records come: a record a line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from amparo.exchange.case_json import MEDIA

_CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/{}/$metadata#Cases"


def vics(model: str, cases: Iterable[tuple[Mapping[str, Any], Iterable[Mapping[str, Any]]]]) -> Iterator[str]:
    """A document of cases, each with what stands around its records: `Media` says where they stand.

    A case's header is asked for what follows its records after the last of them. `model` is the country of the data
    model: `US`, `UK`, `Default`, `CUSTOM`.
    """
    yield f'{{"@odata.context": {json.dumps(_CONTEXT.format(model))}, "value": ['
    for number, (header, records) in enumerate(cases):
        yield ",\n{" if number else "\n{"
        for place, name in enumerate(list(header)):
            yield f"{', ' if place else ''}{_text(name)}: "
            if name == MEDIA:
                yield from _listed(records)
            else:
                yield _text(header[name])
        yield "}"
    yield "\n]}\n"


def _listed(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield "["
    for number, record in enumerate(records):
        yield f"{',' if number else ''}\n{_text(record)}"
    yield "\n]"


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can say
        return json.dumps(value, ensure_ascii=True, allow_nan=False)
    return text
