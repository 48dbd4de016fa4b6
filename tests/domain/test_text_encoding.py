"""Which encoding a text is in, and whether its file is packed, is told by the first bytes."""

import bz2
import codecs
import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.text_encoding import compression_of, encoding_of

MARKED = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize("encoding", MARKED)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20))
def test_a_mark_says_the_encoding(encoding: str, text: str) -> None:
    mark = MARKED[encoding]
    assert encoding_of(mark + text.encode(encoding)) == (encoding, len(mark))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ['{"a": 1}', "[{", "hash,category\n", "é;ñ\nabcdef" * 30])
def test_without_a_mark_the_zeros_of_ascii_say_it(encoding: str, text: str) -> None:
    assert encoding_of(text.encode(encoding)) == (encoding, 0)


@given(st.binary(max_size=300))
def test_any_bytes_are_in_some_encoding(head: bytes) -> None:
    encoding, length = encoding_of(head)
    assert codecs.lookup(encoding)
    assert head[:length] in (b"", *MARKED.values())


def test_what_is_packed_is_told() -> None:
    packed = {"gzip": gzip.compress(b"a"), "bzip2": bz2.compress(b"a"), "xz": lzma.compress(b"a")}
    assert {name: compression_of(raw) for name, raw in packed.items()} == {name: name for name in packed}
    assert compression_of(b"{") == ""
