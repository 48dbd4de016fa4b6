"""Passwords and keys, as they are given in a file."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.secrets import MalformedSecrets, Secrets


def test_each_line_is_a_password_or_a_raw_key() -> None:
    text = "\ufeff# of the suspect's notebook\nhunter 2 \n\nhex:00ff10\n\\#1\n\\hex:x\n\\\\back\n123456-234567\n"
    assert Secrets.parse(text) == Secrets(("hunter 2 ", "#1", "hex:x", "\\back", "123456-234567"), (b"\x00\xff\x10",))


def test_nothing_given_is_false() -> None:
    assert not Secrets.parse("# nothing\n\n")
    assert Secrets.parse("x")


@pytest.mark.parametrize("line", ["hex:", "hex:0", "hex:secret"])
def test_a_key_that_is_none_is_refused_without_being_shown(line: str) -> None:
    with pytest.raises(MalformedSecrets, match="Line 2") as refused:
        Secrets.parse(f"first\n{line}")
    assert "secret" not in str(refused.value).removeprefix("Line 2 of the secrets")


def test_nobody_sees_them_by_accident() -> None:
    assert "hunter2" not in repr(Secrets(("hunter2",), (b"hunter2",)))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(MalformedSecrets):
        Secrets.parse(text)
