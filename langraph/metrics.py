"""What the daemon counts about itself. The only importer of pip's `prometheus_client`."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

DRIVE_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30)  # a drive is some SQL, perhaps one push


@dataclass(frozen=True, slots=True)
class Described:
    """One metric, for the documentation."""

    name: str
    """As it is exposed; of a histogram without `_bucket`, `_sum`, `_count`."""
    kind: str
    """`counter`, `gauge` or `histogram`."""
    labels: tuple[str, ...]
    says: str


class Metrics:
    """One registry per daemon; nothing global."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._described: list[Described] = []
        self._lines = self._counter("langraph_log_lines_total", "Log lines read for the first time.", "source")
        self._lag = self._gauge("langraph_source_lag_seconds", "Age of what is surely read.", "source")
        self._source_errors = self._counter(
            "langraph_source_errors_total", "Reads of a source that failed.", "source", "kind"
        )
        self._gaps = self._counter("langraph_gap_lines_total", "Lines known to be unreadable.", "source")
        self._drives = self._histogram("langraph_drive_seconds", "Run time of one drive of a workflow.")
        self._failed = self._counter("langraph_drive_errors_total", "Drives that failed.", "error")
        self._delayed = self._counter("langraph_drive_delays_total", "Drives put off.", "error")
        self._waiting = self._gauge("langraph_queue_length", "Incidents waiting for a worker.")
        self._waited = self._histogram("langraph_queue_wait_seconds", "From a wake-up to its drive.")
        self._open = self._gauge("langraph_incidents_open", "Incidents that are not closed.")
        self._handled = self._gauge(
            "langraph_incidents_handled", "Incidents recorded in git, by their status there.", "status"
        )

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        self._described.append(Described(name, "counter", labels, says))
        return Counter(name, says, labels, registry=self._registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        self._described.append(Described(name, "gauge", labels, says))
        return Gauge(name, says, labels, registry=self._registry)

    def _histogram(self, name: str, says: str) -> Histogram:
        self._described.append(Described(name, "histogram", (), says))
        return Histogram(name, says, buckets=DRIVE_SECONDS, registry=self._registry)

    @property
    def described(self) -> Sequence[Described]:
        """Every metric there is; docs/metrics.md is made from it."""
        return tuple(self._described)

    @contextmanager
    def driving(self) -> Iterator[None]:
        """Time one drive."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._drives.observe(time.perf_counter() - started)

    def waited(self, seconds: float) -> None:
        self._waited.observe(seconds)

    def failed(self, error: str) -> None:
        self._failed.labels(error).inc()

    def delayed(self, error: str) -> None:
        self._delayed.labels(error).inc()

    def lines(self, source: str, count: int) -> None:
        self._lines.labels(source).inc(count)

    def lag(self, source: str, seconds: float) -> None:
        self._lag.labels(source).set(seconds)

    def source_error(self, source: str, kind: str) -> None:
        self._source_errors.labels(source, kind).inc()

    def gap(self, source: str, lines: int | None) -> None:
        self._gaps.labels(source).inc(lines or 0)

    def levels(self, *, waiting: int, still_open: int) -> None:
        """What is true at the moment of the scrape."""
        self._waiting.set(waiting)
        self._open.set(still_open)

    def handled(self, by_status: dict[str, int]) -> None:
        """Counted from git, so that it survives every restart. A status that none has any more is gone."""
        self._handled.clear()
        for status, count in by_status.items():
            self._handled.labels(status).set(count)

    def render(self) -> tuple[bytes, str]:
        """The exposition and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
