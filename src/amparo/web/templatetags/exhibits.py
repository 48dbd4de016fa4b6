"""States of exhibits and tasks in words."""

from typing import Any

from django import template

from amparo.web.exhibits.wording import MARKS, STATES

register = template.Library()


@register.filter
def state_words(state: str) -> dict[str, Any]:
    """The name of a state, and the class of its badge."""
    return {"name": STATES.get(state, state), "mark": MARKS.get(state, "")}
