"""The results cache of the simulated Loki: what it believes long after lines have arrived late.

Keyed by the text of the query, comments included, which is why a nonce in a comment gives the fresh answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.sandbox.loki_metrics import Series

FRESH_NS = 10 * 60 * 1_000_000_000  # max_cache_freshness_per_query: nothing newer is cached
SPLIT_NS = 15 * 60 * 1_000_000_000  # split_queries_by_interval: each part of a log query is cached by itself
Interval = tuple[int, int]


@dataclass
class ResultsCache:
    """Empty intervals of filtered log queries, points of metric queries."""

    _empty: dict[tuple[str, str], list[Interval]] = field(default_factory=dict)
    _points: dict[tuple[str, str, int], dict[int, dict[tuple[tuple[str, str], ...], float]]] = field(
        default_factory=dict
    )

    def empty_intervals(self, tenant: str, text: str) -> Sequence[Interval]:
        """Intervals [start, end) which the cache takes for empty."""
        return self._empty.get((tenant, text), ())

    def remember_empty(self, tenant: str, text: str, window: Interval, found_at: Sequence[int], now: int) -> None:
        """Keep the old parts of a window that was read whole and in which nothing was found.

        Args:
            found_at: times of the lines that were found.
        """
        start, end = window
        at = start
        while at < end:
            until = min(end, at - at % SPLIT_NS + SPLIT_NS)
            if until <= now - FRESH_NS and not any(at <= found < until for found in found_at):
                self._empty.setdefault((tenant, text), []).append((at, until))
            at = until

    def recall(self, tenant: str, text: str, step: int, series: Series, times: Sequence[int], now: int) -> Series:
        """The series as the cache tells them: old points as they were first asked, the others fresh."""
        points = self._points.setdefault((tenant, text, step), {})
        for at in times:
            if at <= now - FRESH_NS and at not in points:
                points[at] = {labels: values[at] for labels, values in series.items() if at in values}
        out: Series = {}
        for at in times:
            cached = points.get(at)
            fresh = {labels: values[at] for labels, values in series.items() if at in values}
            for labels, value in (fresh if cached is None else cached).items():
                out.setdefault(labels, {})[at] = value
        return out
