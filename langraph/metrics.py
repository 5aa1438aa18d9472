"""What the daemon counts about itself. The only importer of pip's `prometheus_client`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

DRIVE_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30)  # a drive is some SQL, perhaps one push


class Metrics:
    """One registry per daemon; nothing global."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        r = self._registry
        self._lines = Counter("langraph_log_lines_total", "Log lines read for the first time.", ["source"], registry=r)
        self._lag = Gauge("langraph_source_lag_seconds", "Age of what is surely read.", ["source"], registry=r)
        self._source_errors = Counter(
            "langraph_source_errors_total", "Reads of a source that failed.", ["source", "kind"], registry=r
        )
        self._gaps = Counter("langraph_gap_lines_total", "Lines known to be unreadable.", ["source"], registry=r)
        self._drives = Histogram(
            "langraph_drive_seconds", "Run time of one drive of a workflow.", buckets=DRIVE_SECONDS, registry=r
        )
        self._failed = Counter("langraph_drive_errors_total", "Drives that failed.", ["error"], registry=r)
        self._delayed = Counter("langraph_drive_delays_total", "Drives put off.", ["error"], registry=r)
        self._waiting = Gauge("langraph_queue_length", "Incidents waiting for a worker.", registry=r)
        self._waited = Histogram(
            "langraph_queue_wait_seconds", "From a wake-up to its drive.", buckets=DRIVE_SECONDS, registry=r
        )
        self._open = Gauge("langraph_incidents_open", "Incidents that are not closed.", registry=r)
        self._handled = Gauge(
            "langraph_incidents_handled", "Incidents recorded in git, by how they ended.", ["status"], registry=r
        )

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
        """Counted from git, so that it survives every restart."""
        for status, count in by_status.items():
            self._handled.labels(status).set(count)

    def render(self) -> tuple[bytes, str]:
        """The exposition and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
