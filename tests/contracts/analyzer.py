"""What every analyzer promises, whatever the bytes. Inherit `AnalyzerContract` and say which analyzer and samples."""

import io
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import md5, sha1, sha256
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amparo.analysis.decoding import decode
from amparo.domain.canonical import canonical
from amparo.domain.digest import Digests
from amparo.domain.errors import Unreadable
from amparo.domain.finding import COMPLETED, Analyzer, Finding, NotExamined
from amparo.domain.limits import Limits
from amparo.domain.picture import Picture


@dataclass(frozen=True)
class BytesInHand:
    """A `Content` over bytes that the test made."""

    raw: bytes
    media_type: str
    limits: Limits = field(default_factory=lambda: Limits(picture_pixels=20_000_000, video_frames=200))
    findings: Sequence[Finding] = ()

    @property
    def size_bytes(self) -> int:
        return len(self.raw)

    @property
    def digests(self) -> Digests:
        return Digests(sha256(self.raw).digest(), sha1(self.raw).digest(), md5(self.raw).digest())

    @property
    def head(self) -> bytes:
        return self.raw[: 68 * 1024]

    @property
    def tail(self) -> bytes:
        return self.raw[-512:]

    def data(self) -> bytes:
        return self.raw

    def file(self) -> BinaryIO:
        return io.BytesIO(self.raw)

    @cached_property
    def _picture(self) -> Picture:
        return decode(self.raw, media_type=self.media_type, limits=self.limits)

    def picture(self) -> Picture:
        return self._picture


class AnalyzerContract:
    """Subclasses set `analyzer`, and `samples`: genuine bytes with the media type that they have."""

    analyzer: Analyzer
    samples: Mapping[str, bytes]
    """Media type → the bytes of one genuine item. The analyzer wants every one of them."""

    def outcome(self, raw: bytes, media_type: str) -> Finding | NotExamined | Unreadable:
        """What comes of an item; anything but the three is a fault and fails the test."""
        content = BytesInHand(raw, media_type)
        try:
            if not self.analyzer.wants(content):
                return NotExamined(self.analyzer.name, self.analyzer.version, "It is not wanted.")
            outcome = self.analyzer.examine(content)
        except Unreadable as error:
            return error
        assert (outcome.analyzer, outcome.version) == (self.analyzer.name, self.analyzer.version)
        if isinstance(outcome, NotExamined):
            assert outcome.reason.strip()
        else:
            assert isinstance(outcome, Finding)
            assert outcome.sentence.strip()
            assert "\n" not in outcome.sentence
            assert len(canonical(outcome.facts)) < 1024 * 1024
            if (left := outcome.unfinished) is not None:
                assert left.analyzer == self.analyzer.name + COMPLETED
                assert left.cause.may_pass_for_same_bytes
        return outcome

    def test_is_a_value_with_a_name_a_version_and_a_page_in_the_manual(self) -> None:
        assert self.analyzer.name.isidentifier()
        assert self.analyzer.version
        assert len(type(self.analyzer).__doc__ or "") > 80
        copy = pickle.loads(pickle.dumps(self.analyzer))
        assert copy == self.analyzer
        assert hash(copy) == hash(self.analyzer)

    def test_says_something_about_its_samples_and_the_same_each_time(self) -> None:
        assert self.samples
        for media_type, raw in self.samples.items():
            content = BytesInHand(raw, media_type)
            assert self.analyzer.wants(content), media_type
            first, second = self.outcome(raw, media_type), self.outcome(raw, media_type)
            assert isinstance(first, Finding), (media_type, first)
            assert first == second

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(data=st.data())
    def test_arbitrary_bytes_cost_no_more_than_one_finding(self, data: st.DataObject) -> None:
        media_type = data.draw(st.sampled_from(sorted(self.samples)))
        keep = data.draw(st.integers(0, 64))
        self.outcome(self.samples[media_type][:keep] + data.draw(st.binary(max_size=300)), media_type)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(data=st.data())
    def test_truncated_bytes_cost_no_more_than_one_finding(self, data: st.DataObject) -> None:
        media_type = data.draw(st.sampled_from(sorted(self.samples)))
        raw = self.samples[media_type]
        self.outcome(raw[: data.draw(st.integers(0, len(raw)))], media_type)

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(data=st.data())
    def test_damaged_bytes_cost_no_more_than_one_finding(self, data: st.DataObject) -> None:
        media_type = data.draw(st.sampled_from(sorted(self.samples)))
        raw = bytearray(self.samples[media_type])
        # Headers and tables decide most, so half of the damage is done to the first kilobyte.
        reach = data.draw(st.sampled_from([min(1024, len(raw)), len(raw)]))
        for place, value in data.draw(
            st.lists(st.tuples(st.integers(0, reach - 1), st.integers(0, 255)), min_size=1, max_size=12)
        ):
            raw[place] = value
        self.outcome(bytes(raw), media_type)

    @pytest.mark.parametrize("raw", [b"", b"\0", b"\xff" * 4096], ids=["nothing", "one byte", "all ones"])
    def test_the_emptiest_bytes_cost_no_more_than_one_finding(self, raw: bytes) -> None:
        for media_type in self.samples:
            self.outcome(raw, media_type)
