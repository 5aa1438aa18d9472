"""What counts of errors before and after a change can prove. Plain statistics on counts; pure.

Lines come in bursts: one fault writes ten of them at once. So what is counted are *episodes*, slots of ten seconds
with at least one occurrence. Had the change changed nothing, each of the `b` episodes seen in the time `t` before
would as well have fallen into the silence `s` after it: that none did has the chance `(t / (t + s)) ** b`, exactly
(the comparison of two Poisson rates is a binomial test, Przyborowski and Wilenski 1940).

Faults are burstier than Poisson's: a crash loop backs off, a nightly job comes once a day. So a silence counts only
when it also is twice as long as any pause the fault made before. And what still comes after the change must have come
so early that it cannot be the same fault at a lower rate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import pairwise
from math import comb, exp, sqrt

from langraph.ports import SLOT, Slot

MOST_WINDOWS = 3  # looks at one recovery before nobody can say; each is one window further
CHANCE = 0.05  # that a fault which goes on is taken for gone, over all the looks together
CHANCE_PER_LOOK = CHANCE / MOST_WINDOWS  # Bonferroni
PAUSES = 2.0  # so many times the longest pause before: a back-off doubles its waits
CONFIDENCE = 0.95  # of the bounds that people are shown


class Course(Enum):
    """What the fault's own lines did after the change."""

    SILENT = auto()
    """Not once, for long enough."""
    SETTLED = auto()
    """A few times at first, then not for long enough: a slow recovery."""
    TOO_RARE = auto()
    """Not once, but it came so rarely before that this says nothing yet."""
    SETTLING = auto()
    """Ever more rarely: it may be a slow recovery."""
    GOES_ON = auto()


@dataclass(frozen=True, slots=True)
class Episodes:
    """When the fault was seen, around the moment at which the change was live."""

    before: int
    """Episodes before, without the first: it is how the fault was found, so its time is no evidence."""
    before_s: float
    """From the first episode to the change."""
    longest_pause_s: float
    """Between two episodes before, or between the last of them and the change."""
    after: tuple[float, ...]
    """Seconds from the change to each episode after it, in order."""
    after_s: float
    """Watched since the change."""

    @property
    def late(self) -> int:
        """Episodes in the last half of the time watched."""
        return sum(at >= self.after_s / 2 for at in self.after)

    @property
    def silent_s(self) -> float:
        """Since the last episode, or the change."""
        return max(0.0, self.after_s - (self.after[-1] if self.after else 0.0))

    @property
    def chance(self) -> float:
        """Of such a silence if nothing had changed."""
        return chance_of_silence(self.before, self.before_s, self.silent_s)

    @property
    def chance_of_early(self) -> float:
        """That all of the episodes after the change come so early if they go on at a rate of their own.

        A fault that became a tenth as frequent is silent for longer than it ever was before, and not gone.
        """
        return float((1 - self.silent_s / self.after_s) ** len(self.after)) if self.after else 0.0

    @property
    def outlasts_pauses(self) -> bool:
        """Whether the silence is clearly longer than any pause the fault made before."""
        return self.silent_s >= PAUSES * self.longest_pause_s

    @property
    def proves_silence(self) -> bool:
        rare = self.chance <= CHANCE_PER_LOOK and self.chance_of_early <= CHANCE
        return rare and self.outlasts_pauses

    @property
    def fell(self) -> bool:
        """Whether fewer came per second than before."""
        return len(self.after) * self.before_s < self.before * self.after_s

    @property
    def fell_for_sure(self) -> bool:
        """Whether they fell by more than chance explains."""
        return chance_of_so_few(len(self.after), self.after_s, self.before, self.before_s) <= CHANCE


def episodes(before: Sequence[Slot], after: Sequence[Slot], live_at: datetime, until: datetime) -> Episodes:
    """The episodes around `live_at`.

    Args:
        before, after: the fault's slots on either side, oldest first.
        until: the time up to which the logs were read.
    """
    starts = [slot.at for slot in before]
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise([*starts, live_at])]
    return Episodes(
        before=max(0, len(starts) - 1),
        before_s=max(0.0, (live_at - starts[0]).total_seconds()) if starts else 0.0,
        longest_pause_s=max(pauses, default=0.0),
        after=tuple((slot.at - live_at).total_seconds() for slot in after),
        after_s=max((until - live_at).total_seconds(), SLOT.total_seconds() if after else 0.0),
    )


def course(seen: Episodes, window_s: float, *, last_look: bool) -> Course:
    """What the fault did since the change.

    Args:
        window_s: for so long it must have been silent after it still came at first: one look more than without.
        last_look: nothing settles any more: it has, or it goes on.
    """
    if not seen.after:
        return Course.SILENT if seen.proves_silence else Course.TOO_RARE
    if seen.silent_s >= window_s and seen.proves_silence:
        return Course.SETTLED
    if not seen.fell:
        return Course.GOES_ON
    if not seen.late:
        return Course.SETTLING
    early = len(seen.after) - seen.late
    return Course.SETTLING if seen.late < early and not last_look else Course.GOES_ON


def chance_of_silence(before: int, before_s: float, silent_s: float) -> float:
    """That none of `before` episodes falls into the silence, each falling anywhere alike."""
    if before == 0 or silent_s <= 0:
        return 1.0
    return float((before_s / (before_s + silent_s)) ** before)


def chance_of_so_few(after: int, after_s: float, before: int, before_s: float) -> float:
    """That `after` or fewer of all the episodes fall after the change, each falling anywhere alike."""
    if before + after == 0 or after_s <= 0:
        return 1.0
    share, total = after_s / (before_s + after_s), before + after
    if total > 1000:  # so many decide by themselves; the sum would be slow
        return 1.0 if after >= total * share else 0.0
    so_few = sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(after + 1))
    return min(1.0, float(so_few))


def per_minute(count: int, seconds: float) -> float:
    """A rate; 0 where no time passed."""
    return count * 60 / seconds if seconds > 0 else 0.0


def bounds_per_minute(count: int, seconds: float) -> tuple[float, float]:
    """Within which the true rate lies with 95 %: the exact Poisson bounds (Garwood 1936)."""
    tail = (1 - CONFIDENCE) / 2
    if count > 500:  # the exact sums underflow; the normal distribution is within a percent of them
        spread = 1.96 * sqrt(count)
        return per_minute(1, seconds) * (count - spread), per_minute(1, seconds) * (count + spread)
    low = 0.0 if count == 0 else _mean_where(lambda mean: 1 - _at_most(count - 1, mean) >= tail, count)
    high = _mean_where(lambda mean: _at_most(count, mean) <= tail, count)
    return per_minute(1, seconds) * low, per_minute(1, seconds) * high


def _at_most(count: int, mean: float) -> float:
    """The chance of so few events where `mean` are expected."""
    term = total = exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return total


def _mean_where(reached: Callable[[float], bool], count: int) -> float:
    """The smallest mean at which a condition begins to hold, by halving."""
    low, high = 0.0, count + 10 * sqrt(count + 1) + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
