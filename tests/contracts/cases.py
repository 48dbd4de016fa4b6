"""Made-up files of cases, for tests of their exchange. Nothing of them exists."""

from hypothesis import strategies as st

from amparo.domain.case_exchange import CaseMedia, Place, Said
from amparo.domain.grading import Flag

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12).map(str.strip)
"""No lone surrogates, and no spaces at the ends."""
FLAGS = st.frozensets(st.sampled_from(Flag))
TIMES = st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "Z") | st.just("")
PLACES = st.builds(Place, TEXT, TEXT, TEXT, TIMES, TIMES, TIMES, st.booleans(), st.booleans())
SAID = st.builds(Said, TEXT.filter(bool), TEXT, TEXT, FLAGS)
MEDIA = st.builds(
    CaseMedia,
    st.binary(min_size=16, max_size=16),
    st.none() | st.binary(min_size=20, max_size=20),
    st.none() | st.binary(min_size=32, max_size=32),
    st.none() | st.binary(min_size=32, max_size=32),
    st.none() | st.integers(0, 10**15),
    st.sampled_from(["", "image/jpeg", "video/mp4"]),
    st.sampled_from(["", "0", "1", "5", "A", "01"]),
    FLAGS,
    st.booleans(),
    st.booleans(),
    TEXT,
    TEXT,
    TEXT,
    TIMES,
    st.lists(PLACES, max_size=3).map(tuple),
    st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    st.lists(SAID, max_size=2).map(tuple),
)
