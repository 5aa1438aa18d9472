"""Metric queries of the simulated Loki: series of numbers counted over lines.

A window of length R at time t covers (t-R, t]; a point without lines is absent, never 0.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.sandbox.logql import Aggregation, LogQuery, MetricQuery, Or, RangeFunction, Vector
from services.sandbox.logql_pipeline import Pipeline, make_pipeline
from services.sandbox.loki_push import Refused
from services.sandbox.loki_store import Stream, Tenant, label_string

Labels = tuple[tuple[str, str], ...]
Series = dict[Labels, dict[int, float]]
"""Value by time (ns) by label set."""
Project = Callable[[Mapping[str, str]], Labels]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which labels of a line name its series; `names` None keeps all of them."""

    names: tuple[str, ...] | None = None
    without: bool = False

    def project(self, labels: Mapping[str, str]) -> Labels:
        if self.names is None:
            return tuple(sorted(labels.items()))
        if self.without:
            return tuple(sorted((n, v) for n, v in labels.items() if n not in self.names))
        return tuple(sorted((n, labels[n]) for n in self.names if n in labels))

    def needs_metadata_of(self, stream: Stream) -> bool:
        """Whether the stream's own labels do not suffice to tell the series."""
        if self.names is None or self.without:
            return True
        return any(name in stream.metadata_names and name not in stream.labels for name in self.names)


def evaluate(query: MetricQuery, tenant: Tenant, times: Sequence[int]) -> Series:
    """Every series of the query at the given times (ns).

    Raises:
        Refused: 400, lines could not be parsed.
    """
    if isinstance(query, Vector):
        return {(): dict.fromkeys(times, query.value)}
    if isinstance(query, Or):
        return _either(evaluate(query.left, tenant, times), evaluate(query.right, tenant, times))
    if isinstance(query, RangeFunction):
        return _range_function(query, tenant, times, Grouping())
    grouping = Grouping(query.labels, query.without)
    if query.name == "sum" and isinstance(query.of, RangeFunction):
        return _range_function(query.of, tenant, times, grouping)
    return _aggregate(query, evaluate(query.of, tenant, times), grouping)


def longest_range(query: MetricQuery) -> int:
    """Nanoseconds that the query looks back from a point."""
    if isinstance(query, Or):
        return max(longest_range(query.left), longest_range(query.right))
    if isinstance(query, Aggregation):
        return longest_range(query.of)
    return query.range_ns if isinstance(query, RangeFunction) else 0


def _either(left: Series, right: Series) -> Series:
    out = {labels: dict(points) for labels, points in left.items()}
    for labels, points in right.items():
        mine = out.setdefault(labels, {})
        for at, value in points.items():
            mine.setdefault(at, value)
    return out


def _aggregate(query: Aggregation, series: Series, grouping: Grouping) -> Series:
    gathered: dict[Labels, dict[int, list[float]]] = {}
    for labels, points in series.items():
        group = gathered.setdefault(grouping.project(dict(labels)), {})
        for at, value in points.items():
            group.setdefault(at, []).append(value)
    combine: Mapping[str, Callable[[list[float]], float]] = {
        "sum": sum,
        "min": min,
        "max": max,
        "avg": lambda values: sum(values) / len(values),
        "count": lambda values: float(len(values)),
    }
    return {
        labels: {at: combine[query.name](values) for at, values in points.items()}
        for labels, points in gathered.items()
    }


def _range_function(query: RangeFunction, tenant: Tenant, times: Sequence[int], grouping: Grouping) -> Series:
    pipeline = make_pipeline(query.query.stages)
    counters = _Counters(query, pipeline, times)
    for stream in tenant.select(query.query.matchers):
        counters.add(stream, grouping)
    if query.name == "absent_over_time":
        return _absent(query.query, counters.series, times)
    if query.name in ("rate", "bytes_rate"):
        seconds = query.range_ns / 1e9
        return {k: {at: value / seconds for at, value in points.items()} for k, points in counters.series.items()}
    return counters.series


def _absent(query: LogQuery, series: Series, times: Sequence[int]) -> Series:
    present = {at for points in series.values() for at in points}
    labels = tuple(sorted((m.name, m.value) for m in query.matchers if m.op == "="))
    points = {at: 1.0 for at in times if at not in present}
    return {labels: points} if points else {}


class _Counters:
    """Adds up the lines of streams per series and point."""

    def __init__(self, query: RangeFunction, pipeline: Pipeline, times: Sequence[int]) -> None:
        self.series: Series = {}
        self._query, self._pipeline, self._times = query, pipeline, times

    def add(self, stream: Stream, grouping: Grouping) -> None:
        if not self._times:
            return
        lo, hi = stream.window(self._times[0] - self._query.range_ns + 1, self._times[-1] + 1)
        if lo == hi:
            return
        by_line = self._pipeline.rest or self._query.name.startswith("bytes") or grouping.needs_metadata_of(stream)
        if by_line:
            self._add_lines(stream, (lo, hi), grouping)
            return
        mask = None
        if self._pipeline.head:
            mask = stream.mask(self._pipeline.key, self._pipeline.keeps, lo, hi)
        window = self._query.range_ns
        values = ((at, stream.count(at - window, at, mask)) for at in self._times)
        self._sum(grouping.project(stream.labels), values)

    def _add_lines(self, stream: Stream, window: tuple[int, int], grouping: Grouping) -> None:
        found: dict[Labels, tuple[list[int], list[int]]] = {}
        for i in stream.hits(self._pipeline.key, self._pipeline.keeps, window, backward=False):
            line, metadata = stream.lines[i], stream.metadata[i]
            row = self._pipeline.run(line, stream.labels, metadata)
            if row is None:
                continue
            if row.parsed.get("__error__"):
                raise _pipeline_error(row.labels)
            ats, totals = found.setdefault(grouping.project(row.labels), ([], [0]))
            ats.append(stream.at[i])
            totals.append(totals[-1] + (len(line.encode()) if self._query.name.startswith("bytes") else 1))
        for labels, (ats, totals) in found.items():
            length = self._query.range_ns
            self._sum(
                labels, ((t, totals[bisect_right(ats, t)] - totals[bisect_right(ats, t - length)]) for t in self._times)
            )

    def _sum(self, labels: Labels, values: Iterable[tuple[int, int]]) -> None:
        points = self.series.setdefault(labels, {})
        for at, value in values:
            if value:
                points[at] = points.get(at, 0.0) + value
        if not points:
            del self.series[labels]


def _pipeline_error(labels: Mapping[str, str]) -> Refused:
    kind = labels["__error__"]
    return Refused(
        400,
        f"pipeline error: '{kind}' for series: '{label_string(labels)}'.\n"
        f'Use a label filter to intentionally skip this error. (e.g | __error__!="{kind}").\n'
        'To skip all potential errors you can match empty errors.(e.g __error__="")\n'
        'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n',
    )
