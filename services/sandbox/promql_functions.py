"""PromQL's functions, as arithmetic on the samples of one series; the evaluator picks the samples.

Semantics: https://prometheus.io/docs/prometheus/latest/querying/functions/
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Sample = tuple[int, float]
"""Time in milliseconds, value."""


@dataclass(frozen=True, slots=True)
class Window:
    """The samples of one series within a range, oldest first, never empty, and the range's ends."""

    samples: Sequence[Sample]
    since_ms: int
    until_ms: int
    at_ms: int
    """When the expression is evaluated: `until_ms` plus the offset."""

    @property
    def values(self) -> list[float]:
        return [value for _, value in self.samples]


def _increase(window: Window, *, counter: bool) -> float | None:
    """The change over the whole window, extrapolated from the samples to its ends as Prometheus documents it.

    The samples rarely touch the window's ends. Where the gap is no wider than 1.1 average sample distances the
    series is taken to have gone on up to the end; else it is taken to have begun (or stopped) half a distance
    away. A counter is not extrapolated below zero.
    """
    if len(window.samples) < 2:
        return None
    (first_ms, first), (last_ms, last) = window.samples[0], window.samples[-1]
    change = last - first
    if counter:
        change += _lost_at_resets(window.values)
    sampled = (last_ms - first_ms) / 1000
    distance = sampled / (len(window.samples) - 1)
    to_start = (first_ms - window.since_ms) / 1000
    to_end = (window.until_ms - last_ms) / 1000
    if counter and change > 0 and first >= 0:
        to_start = min(to_start, sampled * first / change)
    covered = sampled + sum(gap if gap < distance * 1.1 else distance / 2 for gap in (to_start, to_end))
    return change * (covered / sampled)


def _lost_at_resets(values: Sequence[float]) -> float:
    return sum(before for before, after in pairwise(values) if after < before)


def _rate(window: Window) -> float | None:
    change = _increase(window, counter=True)
    return None if change is None else change / ((window.until_ms - window.since_ms) / 1000)


def _last_two(window: Window) -> tuple[Sample, Sample] | None:
    return (window.samples[-2], window.samples[-1]) if len(window.samples) >= 2 else None


def _irate(window: Window) -> float | None:
    pair = _last_two(window)
    if pair is None:
        return None
    (t0, before), (t1, after) = pair
    return (after if after < before else after - before) / ((t1 - t0) / 1000)


def _idelta(window: Window) -> float | None:
    pair = _last_two(window)
    return None if pair is None else pair[1][1] - pair[0][1]


def _regression(window: Window, origin_ms: int) -> tuple[float, float] | None:
    """Slope per second and the value at `origin_ms` of the least-squares line."""
    if len(window.samples) < 2:
        return None
    values = window.values
    if all(v == values[0] for v in values):
        return (0.0, values[0]) if math.isfinite(values[0]) else (math.nan, math.nan)
    xs = [(t - origin_ms) / 1000 for t, _ in window.samples]
    count = len(xs)
    mean_x, mean_y = math.fsum(xs) / count, sum(values) / count
    cov = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, values, strict=True))
    slope = cov / sum((x - mean_x) ** 2 for x in xs)
    return slope, mean_y - slope * mean_x


def _deriv(window: Window) -> float | None:
    line = _regression(window, window.samples[0][0])
    return None if line is None else line[0]


def predict_linear(window: Window, seconds_ahead: float) -> float | None:
    """The value that the window's straight line reaches `seconds_ahead` after the evaluation."""
    line = _regression(window, window.at_ms)
    return None if line is None else line[0] * seconds_ahead + line[1]


def quantile(q: float, values: Sequence[float]) -> float:
    """The q-quantile by linear interpolation between ranks; outside 0..1 it is infinite, as in Prometheus."""
    if not values or math.isnan(q):
        return math.nan
    if q < 0 or q > 1:
        return math.copysign(math.inf, q if q < 0 else 1)
    ordered = sorted(values, key=lambda v: (not math.isnan(v), v if not math.isnan(v) else 0.0))
    rank = q * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    weight = rank - low
    return ordered[low] * (1 - weight) + ordered[high] * weight


def stddev(values: Sequence[float]) -> float:
    """The population's standard deviation."""
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))


def largest(values: Sequence[float]) -> float:
    """The maximum; NaN only when there is nothing else."""
    return max((v for v in values if not math.isnan(v)), default=math.nan)


def smallest(values: Sequence[float]) -> float:
    """The minimum; NaN only when there is nothing else."""
    return min((v for v in values if not math.isnan(v)), default=math.nan)


def _changes(window: Window) -> float:
    pairs = pairwise(window.values)
    return float(sum(a != b and not (math.isnan(a) and math.isnan(b)) for a, b in pairs))


def _resets(window: Window) -> float:
    return float(sum(b < a for a, b in pairwise(window.values)))


OVER_RANGE: dict[str, Callable[[Window], float | None]] = {
    "rate": _rate,
    "increase": lambda w: _increase(w, counter=True),
    "delta": lambda w: _increase(w, counter=False),
    "irate": _irate,
    "idelta": _idelta,
    "deriv": _deriv,
    "changes": _changes,
    "resets": _resets,
    "max_over_time": lambda w: largest(w.values),
    "min_over_time": lambda w: smallest(w.values),
    "avg_over_time": lambda w: sum(w.values) / len(w.values),
    "sum_over_time": lambda w: sum(w.values),
    "count_over_time": lambda w: float(len(w.values)),
    "last_over_time": lambda w: w.values[-1],
    "present_over_time": lambda _: 1.0,
    "stddev_over_time": lambda w: stddev(w.values),
}
"""Functions of one range vector; None: too few samples, the series is left out."""


def _logarithm(value: float) -> float:
    if value == 0:
        return -math.inf
    return math.log(value) if value > 0 else math.nan


def _exp(value: float) -> float:
    return math.exp(value) if value < 709.78 else math.inf  # above, a float64 overflows


def _whole(rule: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(rule(value)) if math.isfinite(value) else value


def round_to(value: float, nearest: float) -> float:
    """The closest multiple of `nearest`; halves go up, as in Prometheus."""
    if not math.isfinite(value) or nearest == 0 or not math.isfinite(nearest):
        return value if not math.isfinite(value) else math.nan
    inverse = 1 / nearest
    return math.floor(value * inverse + 0.5) / inverse


PER_VALUE: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "exp": _exp,
    "ln": _logarithm,
    "sqrt": lambda v: math.sqrt(v) if v >= 0 else math.nan,
    "sgn": lambda v: v if v == 0 or math.isnan(v) else math.copysign(1.0, v),
}
"""Functions of one value."""


def _divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _modulo(a: float, b: float) -> float:
    return math.nan if b == 0 or math.isinf(a) else math.fmod(a, b)


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:  # a root of a negative number; zero to a negative power
        return math.inf if a == 0 else math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": _modulo,
    "^": _power,
    "atan2": math.atan2,
}

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}
