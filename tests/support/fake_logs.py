"""A log source in memory, a recogniser that takes every line for a fault, and a queue that remembers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from langraph.errors import LangraphError
from langraph.models.incident import Alert, Category, Occurrence, Severity
from langraph.ports import Gap, LogPage

MINUTE_NS = 60 * 10**9


def line_key(at_ns: int, text: str) -> bytes:
    return blake2b(f"{at_ns}:{text}".encode(), digest_size=16).digest()


class FakeLogSource:
    """Holds lines; gives them in pages; fails when told."""

    name = "fake:logs"

    def __init__(self, page_lines: int = 3) -> None:
        self.lines: list[tuple[int, str]] = []
        self.page_lines = page_lines
        self.windows: list[tuple[int, int]] = []
        self.fail_before_page: dict[int, LangraphError] = {}
        """Page number over all reads, from 0: the error that comes in its place, once."""
        self.gap_list: list[Gap] = []
        self.extra_counts: dict[int, int] = {}
        self.can_count = True
        self._page = 0

    def push(self, at_ns: int, text: str) -> None:
        if (at_ns, text) not in self.lines:
            self.lines.append((at_ns, text))

    async def read(self, since_ns: int, until_ns: int) -> AsyncIterator[LogPage | Gap]:
        self.windows.append((since_ns, until_ns))
        rows = sorted(row for row in self.lines if since_ns <= row[0] < until_ns)
        for gap in self.gap_list:
            if since_ns <= gap.since_ns < until_ns:
                yield gap
        for start in range(0, max(1, len(rows)), self.page_lines):
            number, self._page = self._page, self._page + 1
            if number in self.fail_before_page:
                raise self.fail_before_page.pop(number)
            page = rows[start : start + self.page_lines]
            yield page_of(page)

    async def counts(self, since_ns: int, until_ns: int) -> Mapping[int, int] | None:
        if not self.can_count:
            return None
        found: dict[int, int] = {}
        for at_ns, _ in self.lines:
            key = ((at_ns - 1) // MINUTE_NS + 1) * MINUTE_NS + 1
            if since_ns < key <= until_ns:
                found[key] = found.get(key, 0) + 1
        return {key: count + self.extra_counts.get(key, 0) for key, count in found.items()}

    async def traffic(self, labels: Mapping[str, str], since: datetime, until: datetime) -> int | None:
        return None


def page_of(rows: Sequence[tuple[int, str]], labels: Mapping[str, str] | None = None) -> LogPage:
    """Rows of (time, text) as a page."""
    return LogPage(
        [text for _, text in rows],
        [at for at, _ in rows],
        [line_key(at, text) for at, text in rows],
        [labels or {"app": "shop"}] * len(rows),
    )


class EveryLine:
    """Takes each line and alert for one and the same fault, and counts how many it looked at."""

    def __init__(self) -> None:
        self.looked_at = 0

    def page(self, page: LogPage, source: str) -> list[Occurrence]:
        self.looked_at += len(page)
        columns = zip(page.keys, page.at_ns, page.texts, page.labels, strict=True)
        return [fault(key, at_ns, text, source, labels) for key, at_ns, text, labels in columns]

    def alert(self, alert: Alert, key: bytes) -> Occurrence | None:
        at_ns = round(alert.starts_at.timestamp() * 1e9)
        if alert.name == "Watchdog":
            return None
        return fault(key, at_ns, alert.name, alert.source, alert.labels, alert)


def fault(
    key: bytes, at_ns: int, text: str, source: str, labels: Mapping[str, str], alert: Alert | None = None
) -> Occurrence:
    """An occurrence of the only fault there is."""
    return Occurrence(
        key=key,
        at_ns=at_ns,
        text=text,
        source=source,
        labels=labels,
        category=Category.UNKNOWN,
        runbook=None,
        app=labels.get("app"),
        namespace=None,
        severity=Severity.LOW,
        template="*",
        fingerprint="ab" * 16,
        alert=alert,
    )


class RememberingQueue:
    """Wake-ups in the order they came."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    def wake(self, incident_id: str) -> None:
        self.woken.append(incident_id)

    async def take(self) -> str:
        return self.woken.pop(0)

    def done(self, incident_id: str) -> None:
        return None
