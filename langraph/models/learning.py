"""The nouns of learning from the record: what was tried, how it ended, what to do next time. Frozen data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from langraph.models.incident import Category, Scalar
from langraph.models.text import Text

ALL_APPS = "*"
"""The app of a lesson that a category teaches over all apps."""


@dataclass(frozen=True, slots=True)
class Step:
    """One value from one amount to another."""

    key: str
    """The dotted path: `resources.limits.memory`."""
    old: Scalar
    """None: the value was not set."""
    new: Scalar


@dataclass(frozen=True, slots=True)
class Factor:
    """One value times a factor, whatever it is now."""

    key: str
    factor: Fraction
    """Positive, with two decimal places at most."""


Move = Step | Factor
"""An action that can be proposed: what the pattern files call an action."""


class Result(StrEnum):
    """How a trial ended."""

    RECOVERED = "recovered"
    NOT_RECOVERED = "not_recovered"
    INCONCLUSIVE = "inconclusive"
    REJECTED = "rejected"
    MODIFIED = "modified"
    REVERTED = "reverted"

    @property
    def is_failure(self) -> bool:
        """It was tried and it was no good. What people refused was not tried."""
        return self in (Result.NOT_RECOVERED, Result.REVERTED)

    @property
    def is_refusal(self) -> bool:
        """A person did not want it."""
        return self in (Result.REJECTED, Result.REVERTED)

    @property
    def was_applied(self) -> bool:
        return self in (Result.RECOVERED, Result.NOT_RECOVERED, Result.INCONCLUSIVE, Result.REVERTED)


@dataclass(frozen=True, slots=True)
class Trial:
    """One change of one value that was proposed for one incident, and what came of it."""

    incident_id: str
    category: Category
    app: str
    namespace: str | None
    file: str
    """The values file; with `doc` it says which of several keys of one name is meant."""
    doc: int
    step: Step
    result: Result
    at: datetime
    """Aware: when the result was known."""
    by: str = ""
    """Who said so, by name; empty when nobody did."""
    feedback: str = ""
    """What people wrote about it: one line, redacted, still hostile."""
    expected: str = ""
    """What people wrote that they had expected instead."""
    instead: Step | None = None
    """What a person made of it, when `result` is `modified`."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One action that was tried, and what it came to over all trials."""

    original: Move
    result: Result
    """Of the newest trial."""
    feedback: str = ""
    """The newest words of a person about it; hostile."""
    improved: Move | None = None
    """What to do in its place; None when nothing better is known."""
    success_count: int = 0
    failure_count: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one category of faults teaches about one app, or about all of them."""

    category: Category
    app: str
    """An app's name, or `ALL_APPS`."""
    patterns: tuple[Pattern, ...] = ()
    recommended: Move | None = None
    """What to propose next; a person's own when it differs from `derived`."""
    derived: Move | None = None
    """What the records themselves recommend."""

    @property
    def is_persons(self) -> bool:
        """Somebody has set the recommendation by hand."""
        return self.recommended != self.derived


@dataclass(frozen=True, slots=True)
class Lessons:
    """What is known for one incident."""

    of_app: Lesson | None = None
    of_all: Lesson | None = None
    """Over all the apps, for one that has no history."""


NOTHING_LEARNED = Lessons()


@dataclass(frozen=True, slots=True)
class Learned:
    """How far to go by what was learned, and why."""

    amount: str
    """As `sizing.size` takes it: `1Gi`, `x2`."""
    why: Text


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A change that is not proposed, by which rule, because of which incident."""

    rule: str
    """`rejected`, `reverted`, `failed` or `failed_twice`."""
    why: Text
    incident_id: str
    beyond: Scalar = None
    """By `failed`: the furthest amount that did not help."""
