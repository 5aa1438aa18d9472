"""The sample store of the simulated Prometheus: what was scraped, kept in memory for a while."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from langraph.errors import BadInput, BadQuery
from services.sandbox.re2 import BadPattern, compile_anchored

Labels = tuple[tuple[str, str], ...]
"""A label set sorted by name, the metric's name in it as `__name__`."""

NAME = "__name__"


class PromqlError(BadQuery):
    """The expression is refused.

    Args:
        message: one sentence, in Prometheus's words where it has some.
        kind: Prometheus's `errorType`: `bad_data`, `execution` or `timeout`.
    """

    def __init__(self, message: str, kind: str = "bad_data") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement as an exporter shows it."""

    name: str
    labels: Mapping[str, str]
    value: float


def label_set(labels: Mapping[str, str], name: str | None = None) -> Labels:
    """The canonical form of a label set; empty values mean absent, as in Prometheus."""
    named = {**labels, NAME: name} if name else labels
    return tuple(sorted((k, v) for k, v in named.items() if v != ""))


def format_labels(labels: Labels) -> str:
    """`{__name__="up", job="x"}`, as Prometheus prints a label set in its errors."""
    return "{" + ", ".join(f'{k}="{v}"' for k, v in labels) + "}"


def compile_regex(pattern: str) -> re.Pattern[str]:
    """A matcher's regular expression, anchored at both ends.

    Raises:
        PromqlError: not RE2, or a construct that we do not translate.
    """
    try:
        return compile_anchored(pattern)
    except BadPattern as error:
        raise PromqlError(f"error parsing regexp: {error}") from error


@dataclass(frozen=True, slots=True)
class Matcher:
    """One `label op "value"` of a selector; regular expressions are anchored at both ends."""

    name: str
    op: str
    """`=`, `!=`, `=~` or `!~`."""
    value: str
    regex: re.Pattern[str] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, name: str, op: str, value: str) -> "Matcher":
        return cls(name, op, value, compile_regex(value) if op in ("=~", "!~") else None)

    def accepts(self, value: str) -> bool:
        """Whether a label's value (empty when it is absent) passes."""
        hit = value == self.value if self.regex is None else self.regex.fullmatch(value) is not None
        return hit != self.op.startswith("!")


@dataclass(slots=True)
class Series:
    """The samples of one label set, oldest first."""

    labels: Labels
    times_ms: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    stale_ms: set[int] = field(default_factory=set)
    """Times at which the series was found to be gone (Prometheus's staleness markers)."""

    def at(self, time_ms: int, lookback_ms: int) -> tuple[int, float] | None:
        """The newest sample in `[time_ms - lookback_ms, time_ms]`, none when the series is stale by then."""
        i = bisect_right(self.times_ms, time_ms) - 1
        if i < 0 or self.times_ms[i] < time_ms - lookback_ms or self.times_ms[i] in self.stale_ms:
            return None
        return self.times_ms[i], self.values[i]

    def between(self, since_ms: int, until_ms: int) -> list[tuple[int, float]]:
        """The samples in `[since_ms, until_ms]`, both ends inclusive as in Prometheus 2; staleness markers left out."""
        rows = slice(bisect_left(self.times_ms, since_ms), bisect_right(self.times_ms, until_ms))
        pairs = zip(self.times_ms[rows], self.values[rows], strict=True)
        return [(t, v) for t, v in pairs if t not in self.stale_ms] if self.stale_ms else list(pairs)


class SeriesStore:
    """Samples by series. Not thread-safe: everything happens on one event loop.

    Args:
        retention_ms: samples older than this are dropped as newer ones arrive.
    """

    def __init__(self, retention_ms: int = 2 * 3_600_000) -> None:  # 2 h: more than any demo looks back
        self._retention_ms = retention_ms
        self._series: dict[Labels, Series] = {}
        self._by_name: dict[str, dict[Labels, Series]] = {}
        self._last_scrape: dict[str, set[Labels]] = {}
        self._pruned_ms = 0

    def __len__(self) -> int:
        return len(self._series)

    def append(self, labels: Labels, time_ms: int, value: float) -> None:
        """Add a sample; a second one at the same time replaces the first.

        Raises:
            BadInput: the sample is older than the newest one of its series.
        """
        series = self._open(labels)
        if series.times_ms and time_ms < series.times_ms[-1]:
            raise BadInput(f"sample of {format_labels(labels)} at {time_ms} ms is out of order; append in time order")
        if series.times_ms and time_ms == series.times_ms[-1]:
            series.values[-1] = float(value)
            series.stale_ms.discard(time_ms)
            return
        series.times_ms.append(time_ms)
        series.values.append(float(value))

    def scrape(self, source: str, time_ms: int, points: Iterable[Point]) -> None:
        """Take in everything a source shows now; what it showed last time and no longer does becomes stale."""
        now = set()
        for point in points:
            labels = label_set(point.labels, point.name)
            self.append(labels, time_ms, point.value)
            now.add(labels)
        for gone in self._last_scrape.get(source, set()) - now:
            self._mark_stale(gone, time_ms)
        self._last_scrape[source] = now
        self._prune(time_ms)

    def select(self, matchers: Sequence[Matcher]) -> Iterator[Series]:
        """The series that pass every matcher, in the order of their label sets."""
        exact = next((m.value for m in matchers if m.name == NAME and m.op == "="), None)
        candidates = self._series if exact is None else self._by_name.get(exact, {})
        for labels in sorted(candidates):
            present = dict(labels)
            if all(m.accepts(present.get(m.name, "")) for m in matchers):
                yield candidates[labels]

    def _open(self, labels: Labels) -> Series:
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = Series(labels)
            self._by_name.setdefault(dict(labels).get(NAME, ""), {})[labels] = series
        return series

    def _mark_stale(self, labels: Labels, time_ms: int) -> None:
        series = self._series.get(labels)
        if series is None:
            return
        self.append(labels, time_ms, float("nan"))
        series.stale_ms.add(time_ms)

    def _prune(self, now_ms: int) -> None:
        """Forget old samples, at most once a minute: it walks over everything."""
        if now_ms - self._pruned_ms < 60_000:
            return
        self._pruned_ms = now_ms
        horizon = now_ms - self._retention_ms
        for labels, series in list(self._series.items()):
            old = bisect_left(series.times_ms, horizon)
            series.stale_ms = {t for t in series.stale_ms if t >= horizon}
            del series.times_ms[:old], series.values[:old]
            if not series.times_ms:
                del self._series[labels], self._by_name[dict(labels).get(NAME, "")][labels]
