"""How far the protection of those who look may be loosened, how much they may see in a day, and when they rest.

What is empty denies: without a policy every preview stays grey, blurred and small, and no second of anything else is
allowed. Two rules no policy loosens: files that two people decided alike are not shown again, nor copies of a file
that was decided, unless by a deliberate act with a reason.

The counters are for the person who looks, and for whoever answers for that person's health. They are no measure of
work.
"""

import json
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from amparo.domain.canonical import canonical
from amparo.domain.errors import AmparoError
from amparo.domain.finding import Fact
from amparo.domain.grading import Severity
from amparo.domain.need_to_know import Forbidden
from amparo.domain.preferences import zones

VERSION = 1
LONGEST_LOOK_S = 120
"""So long a look counts at most. Whoever needs longer looks once more, by a deliberate key."""
_LONGEST_S = 7_200
_MOST_FILES = 100_000
_DAY_S = 86_400


class MalformedPolicy(AmparoError, ValueError):
    """A policy that cannot be; it names the field."""

    def __init__(self, sentence: str, name: str, /, **values: object) -> None:
        super().__init__(sentence, **values)
        self.name = name


class BudgetSpent(Forbidden):
    """An officer has seen as many files today, or seen them for as long, as the policy allows."""


class BreakDue(Forbidden):
    """An officer has to rest before the next look, or to see something else first."""


class NotAgain(Forbidden):
    """What was decided is not shown again, unless somebody says why."""


class Level(StrEnum):
    """How far a file is unveiled; each goes further than those before it.

    Previews are stills without sound: nothing in Amparo plays, neither by itself nor by a key. What moves and sounds
    is in the original alone, which leaves as a file, by an act of its own.
    """

    VEILED = "veiled"
    """Grey, blurred and small, with nothing to recognise: for everybody who may see the file, and never counted."""
    GREY = "grey"
    """Sharp, small, without colour."""
    COLOUR = "colour"
    """Sharp and small, in colour."""
    LARGE = "large"
    """The preview as it is stored: at most 512 pixels long."""
    ORIGINAL = "original"
    """The bytes of the evidence, with all motion and sound: never shown here, handed out as a file."""

    @property
    def rank(self) -> int:
        """Its place in the order, from 0 on."""
        return list(Level).index(self)


class Burden(StrEnum):
    """What a look costs the person who looks, as far as anything is known of the file."""

    UNKNOWN = "unknown"
    """Nobody has graded it, and no hash set knows it."""
    NONE = "none"
    SOME = "some"
    SEVERE = "severe"

    @classmethod
    def of(cls, severity: Severity | None) -> "Burden":
        """That of a category's severity; `UNKNOWN` without one."""
        return cls.UNKNOWN if severity is None else cls(severity.value)


@dataclass(frozen=True, slots=True)
class Amount:
    """So much looking: different files, and seconds in which one of them was unveiled."""

    files: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Budget(Amount):
    """So much of it as a day may have."""

    def __post_init__(self) -> None:
        for name, most in (("files", _MOST_FILES), ("seconds", _DAY_S)):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= most:
                raise MalformedPolicy(
                    "The {name} of a day are a whole number from 0 to {most}, not {value!r}.",
                    name,
                    name=name,
                    most=most,
                    value=value,
                )

    def facts(self) -> dict[str, Fact]:
        """As it is written."""
        return {"files": self.files, "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Policy:
    """What an officer may see unveiled, how much of it in a day, and when they rest. The default allows nothing."""

    level: Level = Level.VEILED
    """The farthest that is allowed."""
    day: Budget = field(default=Budget())
    """Of a day, whatever the files are."""
    burdens: Mapping[Burden, Budget] = field(default_factory=dict)
    """Of a day, of the files of each burden; none where one is not named."""
    remind_s: int = 600
    """After so many seconds of looking without a break the officer is reminded of one."""
    break_after_s: int = 1_800
    """After so many there is one."""
    break_s: int = 600
    """So long nothing is unveiled then. Who stops by himself or herself for so long has had it."""
    between_severe: int = 1
    """So many other files lie between two severe ones, or a break does."""
    zone: str = "UTC"
    """In which a day begins at midnight: a name of the IANA time zone database."""

    def __post_init__(self) -> None:
        if not isinstance(self.level, Level):
            raise MalformedPolicy(
                "There is no level {level!r}: choose one of {levels}.",
                "level",
                level=self.level,
                levels=", ".join(Level),
            )
        for name, least, most in (
            ("remind_s", 60, _LONGEST_S),
            ("break_after_s", 60, _LONGEST_S),
            ("break_s", 60, _LONGEST_S),
            ("between_severe", 1, 1_000),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise MalformedPolicy(
                    "{name} is a whole number from {least} to {most}, not {value!r}.",
                    name,
                    name=name,
                    least=least,
                    most=most,
                    value=value,
                )
        if self.zone not in zones():
            raise MalformedPolicy("There is no time zone {zone!r}: choose one, or UTC.", "zone", zone=self.zone)
        if not all(isinstance(burden, Burden) for burden in self.burdens):
            raise MalformedPolicy("Budgets are of {burdens}.", "burdens", burdens=", ".join(Burden))
        object.__setattr__(self, "burdens", {burden: self.burdens.get(burden, Budget()) for burden in Burden})

    @classmethod
    def parse(cls, text: str) -> Self:
        """The policy behind what `str` gave; raise `MalformedPolicy`."""
        try:
            fields: dict[str, Any] = dict(json.loads(text))
            if fields.pop("version") != VERSION:
                raise MalformedPolicy(
                    "Only version {version} of policies is known here: update Amparo.", "version", version=VERSION
                )
            day, burdens, level = (fields.pop(name) for name in ("day", "burdens", "level"))
            own = {Burden(name): Budget(**budget) for name, budget in burdens.items()}
            return cls(level=Level(level), day=Budget(**day), burdens=own, **fields)
        except MalformedPolicy:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise MalformedPolicy("This is no policy of viewing.", "") from error

    def __str__(self) -> str:
        """Canonical JSON."""
        facts: dict[str, Fact] = {
            "version": VERSION,
            "level": self.level.value,
            "day": self.day.facts(),
            "burdens": {burden.value: budget.facts() for burden, budget in self.burdens.items()},
            "remind_s": self.remind_s,
            "break_after_s": self.break_after_s,
            "break_s": self.break_s,
            "between_severe": self.between_severe,
            "zone": self.zone,
        }
        return canonical(facts).decode()

    def allows(self, level: Level) -> bool:
        """Whether a file may be unveiled so far."""
        return level.rank <= self.level.rank

    def require(self, level: Level) -> None:
        """Raise `Forbidden` where a file may not be unveiled so far."""
        if not self.allows(level):
            raise Forbidden(
                "Your policy allows previews up to {most}, not {wanted}: a supervisor may lay down"
                " another (amparo viewing).",
                most=self.level,
                wanted=level,
            )

    def day_of(self, at: datetime) -> datetime:
        """When the day of a moment began."""
        local = at.astimezone(zoneinfo.ZoneInfo(self.zone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """One look of an officer at a file."""

    file: int
    burden: Burden
    level: Level
    at: datetime
    most_s: int
    """So long it was allowed to be, and counts at most."""
    ended: datetime | None = None
    """`None` as long as nobody closed it."""

    def seconds(self, now: datetime) -> int:
        """How long it lasted, by the clock of the server; what was begun of a second counts."""
        lasted = (self.ended or now) - self.at
        return max(0, min(self.most_s, -(-lasted // timedelta(seconds=1))))


@dataclass(frozen=True, slots=True)
class Exposure:
    """How much an officer has seen today, and what that means for the next look."""

    policy: Policy
    used: Amount
    """Today."""
    by_burden: Mapping[Burden, Amount]
    files: frozenset[int]
    """Seen today: another look at one of them is no other file."""
    since_break_s: int
    """Seconds of looking since the last break."""
    break_until: datetime | None
    """Until when there is one; `None` where none is due."""
    others_first: int
    """How many other files come before the next severe one."""
    last: int | None
    """The file that was seen last."""

    @classmethod
    def of(cls, policy: Policy, looks: Sequence[Seen], now: datetime) -> Self:
        """What follows from looks, in the order in which they began, from at least half a day before today on."""
        began = policy.day_of(now)
        lasted = [(look, look.seconds(now)) for look in looks]
        files: dict[Burden, set[int]] = {burden: set() for burden in Burden}
        seconds = dict.fromkeys(Burden, 0)
        for look, length_s in lasted:
            if look.at >= began:
                files[look.burden].add(look.file)
                seconds[look.burden] += length_s
        every = frozenset[int]().union(*files.values())
        rest = timedelta(seconds=policy.break_s)
        since, end, others = 0, None, 0
        last: Seen | None = None
        unseen: set[int] = set()
        for look, length_s in lasted:
            if end is not None and look.at - end >= rest:
                since, others = 0, 0
            if look.burden is Burden.SEVERE:
                others, unseen = policy.between_severe, set()
            elif others and look.file not in unseen:
                unseen.add(look.file)
                others -= 1
            since += length_s
            end = max(end or look.at, look.at + timedelta(seconds=length_s))
            last = look
        if end is not None and now - end >= rest:
            since, others = 0, 0
        due = end + rest if end is not None and since >= policy.break_after_s else None
        return cls(
            policy,
            Amount(len(every), sum(seconds.values())),
            {burden: Amount(len(files[burden]), seconds[burden]) for burden in Burden},
            every,
            since,
            due,
            others,
            last.file if last else None,
        )

    @property
    def reminder(self) -> bool:
        """Whether it is time to think of a break."""
        return self.break_until is None and self.since_break_s >= self.policy.remind_s

    def left(self, burden: Burden | None = None) -> Amount:
        """What is left of the day, or of the day for one burden."""
        wanted = self.policy.day if burden is None else self.policy.burdens[burden]
        used = self.used if burden is None else self.by_burden[burden]
        return Amount(max(0, wanted.files - used.files), max(0, wanted.seconds - used.seconds))

    def allowed_s(self, file: int, burden: Burden, level: Level) -> int:
        """How long a file may be looked at now; raise `Forbidden`, `BudgetSpent` or `BreakDue`, with what to do."""
        policy = self.policy
        policy.require(level)
        if not policy.day.files or not policy.day.seconds:
            raise BudgetSpent("You have no budget for looking at files unveiled: ask a supervisor to lay one down.")
        for left, spent in (
            (self.left(), BudgetSpent("Your budget of today is spent: go on with what is veiled, or tomorrow.")),
            (
                self.left(burden),
                BudgetSpent(
                    "Your budget of today for files of the burden {burden} is spent: go on with what is veiled, or"
                    " tomorrow.",
                    burden=burden,
                ),
            ),
        ):
            if not left.seconds or (not left.files and file not in self.files):
                raise spent
        if self.break_until is not None:
            raise BreakDue(
                "Take a break: nothing is unveiled before {break_until:%H:%M} UTC.", break_until=self.break_until
            )
        if burden is Burden.SEVERE and self.others_first and file != self.last:
            raise BreakDue(
                "Severe files do not follow each other: see {count} other first, or take a break.",
                count=self.others_first,
            )
        return min(
            LONGEST_LOOK_S, self.left().seconds, self.left(burden).seconds, policy.break_after_s - self.since_break_s
        )
