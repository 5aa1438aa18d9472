"""From what a source gave to the ledger, then to the queue: the one way in for lines and alerts.

The ledger makes it exact; the memory of recent keys only spares work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from langraph.models.incident import Occurrence
from langraph.ports import Batch, Clock, Gap, Ingested, Ledger, LogPage, WakeQueue

MINUTE_NS = 60 * 10**9
RECENT_KEYS = 200_000  # some 25 MB; what ten ticks re-read in a busy cluster
REMEMBERED_GAPS = 100  # an overlap shows the same gap several times; telling twice would be noise, not harm

log = structlog.get_logger(__name__)


class PageRecogniser(Protocol):
    """What intake needs of the recogniser."""

    def page(self, page: LogPage, source: str) -> Sequence[Occurrence]:
        """The lines of the page that show a fault."""
        ...


def _ignore(_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how reading goes; metrics, usually."""

    on_lag: Callable[[float], None] = _ignore
    """Seconds between now and what is surely read."""
    on_error: Callable[[str], None] = _ignore
    """`unavailable`, `bad_query` or `ledger`."""
    on_gap: Callable[[Gap], None] = _ignore
    on_lines: Callable[[int], None] = _ignore
    """Lines that were new."""


def minute_key(at_ns: int) -> int:
    """The key under which `LogSource.counts` gives the minute of this time: `[key - 60 s, key)`."""
    return ((at_ns - 1) // MINUTE_NS + 1) * MINUTE_NS + 1


class RecentKeys:
    """Keys that are surely in the ledger, by minute; whole minutes are forgotten, the first remembered first.

    Args:
        max_keys: how many to hold.
    """

    def __init__(self, max_keys: int = RECENT_KEYS) -> None:
        self._max_keys = max_keys
        self._minutes: dict[int, set[bytes]] = {}
        self._held = 0

    def fresh(self, page: LogPage) -> LogPage:
        """The lines of the page that are not known to be in the ledger, each once."""
        picked: list[int] = []
        here: set[bytes] = set()
        for index, (key, at_ns) in enumerate(zip(page.keys, page.at_ns, strict=True)):
            if key in here or key in self._minutes.get(minute_key(at_ns), ()):
                continue
            here.add(key)
            picked.append(index)
        return page if len(picked) == len(page) else _rows(page, picked)

    def add(self, page: LogPage) -> None:
        """Remember the lines of a page that was committed."""
        for key, at_ns in zip(page.keys, page.at_ns, strict=True):
            minute = self._minutes.setdefault(minute_key(at_ns), set())
            self._held -= len(minute)
            minute.add(key)
            self._held += len(minute)
        while self._held > self._max_keys:
            self._held -= len(self._minutes.pop(next(iter(self._minutes))))

    def known(self, key: int) -> int:
        """How many lines of the minute `key` are remembered.

        Each is a different line of the source: when the source counts no more, none of the minute is missing.
        """
        return len(self._minutes.get(key, ()))


def _rows(page: LogPage, picked: Sequence[int]) -> LogPage:
    return LogPage(
        [page.texts[i] for i in picked],
        [page.at_ns[i] for i in picked],
        [page.keys[i] for i in picked],
        [page.labels[i] for i in picked],
    )


class Intake:
    """Takes pages and gaps of one source in.

    Args:
        source: name of the source, under which the ledger keeps its cursor.
        kind: what an occurrence calls its source: `loki`, `file`.
        ledger: where it is counted; its transaction is what makes reading twice harmless.
        recogniser: tells faults from other lines.
        queue: who is told about incidents that changed.
        clock: the time.
        watch: who is told how reading goes.
        recent: memory that spares matching re-read lines again.
    """

    def __init__(
        self,
        source: str,
        kind: str,
        ledger: Ledger,
        recogniser: PageRecogniser,
        queue: WakeQueue,
        clock: Clock,
        watch: Watch | None = None,
        recent: RecentKeys | None = None,
    ) -> None:
        self.source = source
        self._kind = kind
        self._ledger = ledger
        self._recogniser = recogniser
        self._queue = queue
        self._clock = clock
        self._watch = watch or Watch()
        self.recent = recent or RecentKeys()
        self._noted: frozenset[Gap] = frozenset()

    async def page(self, page: LogPage, cursor: str | None = None) -> int:
        """Count a page in; returns how many lines were new. Key: each line's own key.

        Raises:
            LedgerBusy: nothing was counted; read it again later.
        """
        fresh = self.recent.fresh(page)
        if not len(fresh) and cursor is None:
            return 0
        occurrences = self._recogniser.page(fresh, self._kind) if len(fresh) else ()
        done = await self.batch(Batch(self.source, fresh.keys, occurrences, cursor=cursor))
        self.recent.add(fresh)
        self._watch.on_lines(done.lines)
        return done.lines

    async def gap(self, gap: Gap) -> None:
        """Note lines that could not be read. Key: (source, since_ns, until_ns)."""
        if gap in self._noted:
            return
        log.error(
            "lines could not be read", source=gap.source, lines=gap.lines, reason=gap.reason, since_ns=gap.since_ns
        )
        await self.batch(Batch(self.source, (), (), gaps=(gap,)))
        self._watch.on_gap(gap)
        self._noted = frozenset({*list(self._noted)[-REMEMBERED_GAPS:], gap})

    async def cursor(self, cursor: str, name: str | None = None) -> None:
        """Note how far we are, in the source or in another thing called `name`."""
        await self.batch(Batch(name or self.source, (), (), cursor=cursor))

    async def batch(self, batch: Batch) -> Ingested:
        """One transaction, then the wake-ups."""
        done = await self._ledger.ingest(batch, self._clock.now())
        for incident in (*done.opened, *done.touched):
            self._queue.wake(incident)
        return done
