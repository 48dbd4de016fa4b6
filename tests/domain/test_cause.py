"""Every failure has a cause that can be counted."""

import pytest

from amparo.domain.cause import Cause
from amparo.domain.errors import AmparoError, Encrypted, LimitReached, MissingExtra, Unreadable, Unsupported


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (Unreadable("x"), Cause.UNREADABLE),
        (Encrypted("x"), Cause.ENCRYPTED),
        (LimitReached("x"), Cause.LIMIT),
        (MemoryError(), Cause.LIMIT),
        (Unsupported("x"), Cause.UNSUPPORTED),
        (MissingExtra("x"), Cause.UNSUPPORTED),
        (AmparoError("x"), Cause.UNREADABLE),
        (OSError("x"), Cause.UNREADABLE),
    ],
)
def test_a_failure_has_the_cause_that_its_class_says(error: BaseException, cause: Cause) -> None:
    assert Cause.of(error) is cause
