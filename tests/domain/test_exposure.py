"""How far anybody may look, how much, and when there is a break."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.domain.exposure import (
    LONGEST_LOOK_S,
    Amount,
    BreakDue,
    Budget,
    BudgetSpent,
    Burden,
    Exposure,
    Level,
    MalformedPolicy,
    Policy,
    Seen,
)
from amparo.domain.grading import Severity
from amparo.domain.need_to_know import Forbidden
from contracts.patience import calm

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EACH = dict.fromkeys(Burden, Budget(50, 5_000))

budgets = st.builds(Budget, st.integers(0, 30), st.integers(0, 2_000))
policies = st.builds(
    Policy,
    st.sampled_from(Level),
    budgets,
    st.dictionaries(st.sampled_from(Burden), budgets),
    st.integers(60, 900),
    st.integers(60, 900),
    st.integers(60, 900),
    st.integers(1, 4),
    st.sampled_from(["UTC", "Europe/Lisbon", "America/Los_Angeles"]),
)
unveiled = st.sampled_from(list(Level)[1:])
wishes = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(Burden), unveiled, st.integers(0, 400), st.booleans()), max_size=60
)
Wish = tuple[int, Burden, Level, int, bool]


def seen(file: int, after_s: int, *, lasts_s: int = 10, burden: Burden = Burden.UNKNOWN) -> Seen:
    at = NOON + timedelta(seconds=after_s)
    return Seen(file, burden, Level.GREY, at, LONGEST_LOOK_S, at + timedelta(seconds=lasts_s))


def after(policy: Policy, *looks: Seen, after_s: float = 0) -> Exposure:
    return Exposure.of(policy, looks, NOON + timedelta(seconds=after_s))


def test_what_is_empty_denies() -> None:
    stands = after(Policy())
    for level in list(Level)[1:]:
        with pytest.raises(Forbidden, match="a supervisor may lay down another"):
            stands.allowed_s(1, Burden.NONE, level)
    with pytest.raises(BudgetSpent, match="You have no budget"):
        after(Policy(level=Level.LARGE)).allowed_s(1, Burden.NONE, Level.GREY)
    only_all = Policy(level=Level.LARGE, day=Budget(9, 900))
    with pytest.raises(BudgetSpent, match="of the burden severe is spent"):
        after(only_all).allowed_s(1, Burden.SEVERE, Level.GREY)
    assert Level.VEILED.rank == 0


@given(policies)
def test_a_policy_is_what_it_is_written_as(policy: Policy) -> None:
    assert Policy.parse(str(policy)) == policy


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"level": "large"}, "level"),
        ({"remind_s": 0}, "remind_s"),
        ({"break_after_s": 10**6}, "break_after_s"),
        ({"break_s": True}, "break_s"),
        ({"between_severe": 0}, "between_severe"),
        ({"zone": "Lisbon/Alfama"}, "zone"),
        ({"burdens": {"sad": Budget()}}, "burdens"),
    ],
)
def test_a_policy_that_makes_no_sense_names_the_field(fields: dict[str, object], name: str) -> None:
    with pytest.raises(MalformedPolicy) as refused:
        Policy(**fields)  # type: ignore[arg-type]
    assert refused.value.name == name


@calm(max_examples=40)
@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=3).map(repr))
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(MalformedPolicy):
        Policy.parse(text)
    with pytest.raises(MalformedPolicy, match="Only version 1"):
        Policy.parse(str(Policy()).replace('"version":1', '"version":2'))
    with pytest.raises(MalformedPolicy):
        Policy.parse(str(Policy()).replace('"seconds":0', '"seconds":-1', 1))


def test_seconds_are_those_of_the_server_and_capped() -> None:
    look = Seen(1, Burden.SOME, Level.GREY, NOON, 30)
    assert look.seconds(NOON + timedelta(seconds=3, milliseconds=1)) == 4
    assert look.seconds(NOON + timedelta(hours=3)) == 30
    assert look.seconds(NOON - timedelta(hours=3)) == 0


def test_a_file_counts_once_a_day() -> None:
    policy = Policy(level=Level.LARGE, day=Budget(2, 500), burdens=EACH)
    stands = after(policy, seen(1, 0), seen(2, 20), seen(1, 40), after_s=60)
    assert stands.used == Amount(2, 30)
    assert stands.left() == Amount(0, 470)
    assert stands.allowed_s(1, Burden.UNKNOWN, Level.LARGE) == LONGEST_LOOK_S
    with pytest.raises(BudgetSpent, match="Your budget of today is spent"):
        stands.allowed_s(3, Burden.UNKNOWN, Level.LARGE)
    tomorrow = Exposure.of(policy, [seen(1, 0), seen(2, 20)], NOON + timedelta(hours=12))
    assert tomorrow.used == Amount()


def test_a_day_begins_at_midnight_where_the_policy_says() -> None:
    policy = Policy(zone="America/Los_Angeles")
    assert policy.day_of(NOON) == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert policy.day_of(NOON - timedelta(hours=5)) == datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_a_look_lasts_no_longer_than_what_is_left() -> None:
    policy = Policy(level=Level.LARGE, day=Budget(9, 100), burdens={**EACH, Burden.SEVERE: Budget(9, 25)})
    stands = after(policy, seen(1, 0, lasts_s=60), after_s=60)
    assert stands.allowed_s(2, Burden.UNKNOWN, Level.GREY) == 40
    assert stands.allowed_s(2, Burden.SEVERE, Level.GREY) == 25


def test_after_looking_long_there_is_a_break() -> None:
    policy = Policy(level=Level.LARGE, day=EACH[Burden.NONE], burdens=EACH, remind_s=60, break_after_s=120, break_s=300)
    assert not after(policy, seen(1, 0, lasts_s=50), after_s=50).reminder
    reminded = after(policy, seen(1, 0, lasts_s=70), after_s=70)
    assert reminded.reminder
    assert reminded.allowed_s(2, Burden.NONE, Level.GREY) == 50
    due = after(policy, seen(1, 0, lasts_s=70), seen(2, 80, lasts_s=50), after_s=130)
    assert due.break_until == NOON + timedelta(seconds=430)
    with pytest.raises(BreakDue, match="nothing is unveiled before 12:07"):
        due.allowed_s(3, Burden.NONE, Level.GREY)
    rested = after(policy, seen(1, 0, lasts_s=70), seen(2, 80, lasts_s=50), after_s=430)
    assert (rested.break_until, rested.since_break_s) == (None, 0)


def test_severe_ones_do_not_follow_each_other() -> None:
    policy = Policy(level=Level.LARGE, day=EACH[Burden.NONE], burdens=EACH, between_severe=2)
    severe = seen(1, 0, burden=Burden.SEVERE)
    for others, first in (((), 2), ((seen(2, 20),), 1), ((seen(2, 20), seen(2, 40)), 1)):
        stands = after(policy, severe, *others, after_s=60)
        assert stands.others_first == first
        with pytest.raises(BreakDue, match=f"see {first} other first"):
            stands.allowed_s(9, Burden.SEVERE, Level.GREY)
    assert after(policy, severe, after_s=60).allowed_s(1, Burden.SEVERE, Level.LARGE)  # the same one, more of it
    assert after(policy, severe, seen(2, 20), seen(3, 40), after_s=60).allowed_s(9, Burden.SEVERE, Level.GREY)
    assert after(policy, severe, after_s=10 + policy.break_s).allowed_s(9, Burden.SEVERE, Level.GREY)


def test_every_severity_is_a_burden() -> None:
    assert [Burden.of(severity) for severity in (None, *Severity)] == list(Burden)


@calm(max_examples=120)
@given(policies, wishes)
def test_whatever_is_asked_no_budget_is_exceeded(policy: Policy, asked: list[Wish]) -> None:
    now, looks = NOON, list[Seen]()
    own: dict[int, Burden] = {}
    for file, burden, level, pause_s, closes in asked:
        now += timedelta(seconds=pause_s)
        burden = own.setdefault(file, burden)
        stands = Exposure.of(policy, looks, now)
        before = looks[-1] if looks else None
        try:
            most_s = stands.allowed_s(file, burden, level)
        except Forbidden:
            continue
        assert policy.allows(level)
        assert 0 < most_s <= LONGEST_LOOK_S
        if burden is Burden.SEVERE and before is not None and before.burden is Burden.SEVERE:
            rested_s = (now - before.at).total_seconds() - before.seconds(now)
            assert before.file == file or rested_s >= policy.break_s
        looks = [look if look.ended else Seen(*_fields(look), now) for look in looks]
        looks.append(Seen(file, burden, level, now, most_s, now + timedelta(seconds=7) if closes else None))
        if closes:
            now += timedelta(seconds=7)
    for day in {policy.day_of(look.at) for look in looks}:
        of_day = [look for look in looks if policy.day_of(look.at) == day]
        late = now + timedelta(days=1)
        for budget, among in (
            (policy.day, of_day),
            *((policy.burdens[burden], [look for look in of_day if look.burden is burden]) for burden in Burden),
        ):
            assert len({look.file for look in among}) <= budget.files
            assert sum(look.seconds(late) for look in among) <= budget.seconds


def _fields(look: Seen) -> tuple[int, Burden, Level, datetime, int]:
    return look.file, look.burden, look.level, look.at, look.most_s
