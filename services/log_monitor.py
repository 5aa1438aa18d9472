"""Polls a log source so that no line is lost: ticks with an overlap, sweeps for what came later still."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from langraph.ports import Clock, Gap, Ledger, LogSource, WakeQueue
from services.intake import MINUTE_NS, Intake, PageRecogniser, RecentKeys, Watch
from services.pacing import Pace, keep_doing

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """How deep to compare the source's counts, how often."""

    depth: timedelta
    every: timedelta


SWEEPS = (
    Sweep(timedelta(minutes=70), timedelta(minutes=5)),  # an active stream takes lines up to an hour late
    Sweep(timedelta(hours=24), timedelta(hours=1)),  # an agent that was away overnight
    Sweep(timedelta(days=7), timedelta(days=1)),  # the oldest line a new stream may bring (reject_old_samples_max_age)
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which times are read when."""

    overlap: timedelta = timedelta(seconds=70)  # H: agents batch for seconds and are up to a minute late
    future: timedelta = timedelta(minutes=11)  # Loki takes lines stamped up to 10 minutes ahead
    first_lookback: timedelta = timedelta(minutes=5)  # LOKI_QUERY_INTERVAL: how far back a first start looks
    slice: timedelta = timedelta(hours=1)  # of a long outage that is caught up before the cursor moves
    sweeps: Sequence[Sweep] = SWEEPS
    sweep_slice: timedelta = timedelta(hours=6)  # of a deep sweep asked for at once: 360 points, a bearable query
    settle: timedelta = timedelta(minutes=2)  # the newest minutes are the ticks' business
    sweep_check: timedelta = timedelta(seconds=30)  # how often to look whether a sweep is due


class LogMonitor:
    """Reads one source for ever.

    Args:
        source: where lines come from; its name is the cursor's.
        ledger: where they are counted, and how far we are.
        recogniser: tells faults from other lines.
        queue: who is told about incidents that changed.
        clock: the time.
        kind: what an occurrence calls its source.
        reach: which times are read when.
        pace: the beat.
        watch: who is told how reading goes.
        recent: memory of lines that need no second look.
    """

    def __init__(
        self,
        source: LogSource,
        ledger: Ledger,
        recogniser: PageRecogniser,
        queue: WakeQueue,
        clock: Clock,
        *,
        kind: str = "loki",
        reach: Reach | None = None,
        pace: Pace | None = None,
        watch: Watch | None = None,
        recent: RecentKeys | None = None,
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._clock = clock
        self._reach = reach or Reach()
        self._pace = pace or Pace()
        self._watch = watch or Watch()
        self._intake = Intake(source.name, kind, ledger, recogniser, queue, clock, self._watch, recent)

    async def run(self) -> None:
        """Tick and sweep until cancelled, or until the ledger is broken."""
        name = self._source.name
        seldom = Pace(
            interval_s=self._reach.sweep_check.total_seconds(),
            longest_backoff_s=self._reach.sweep_check.total_seconds() * 10,
            sleep=self._pace.sleep,
            dice=self._pace.dice,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(keep_doing(name, self.poll_once, self._pace, self._watch.on_error))
            group.create_task(keep_doing(f"{name} sweep", self.sweep_due, seldom, self._watch.on_error))

    async def poll_once(self) -> int:
        """One tick: read from before the last good tick's start to the future. Returns the number of new lines.

        The cursor is the start of the last tick that read its whole window, in nanoseconds; while a long outage
        is caught up, the end of the last slice. Key: the lines' own keys, so a tick may be cut anywhere.

        Raises:
            SourceUnavailable, LedgerBusy: the cursor stays; call again later.
            BadQuery: the source refuses the query.
        """
        started_ns = _ns(self._clock.now())
        cursor = await self._cursor()
        self._watch.on_lag(0.0 if cursor is None else max(0, started_ns - cursor) / 1e9)
        if cursor is None:
            since_ns = await self._origin(started_ns)
        else:
            since_ns = min(cursor, started_ns) - _span(self._reach.overlap)
        new = 0
        for start, end in slices(since_ns, started_ns + _span(self._reach.future), _span(self._reach.slice)):
            new += await self._read(start, end)
            await self._intake.cursor(str(min(end, started_ns)))
        self._watch.on_lag((_ns(self._clock.now()) - started_ns) / 1e9)
        return new

    async def sweep_due(self) -> int:
        """Run the sweeps whose time has come, the cheapest first, once a tick was good. Returns lines found late.

        Raises:
            SourceUnavailable, LedgerBusy, BadQuery: what was compared so far is kept.
        """
        cursor = await self._cursor()
        if cursor is None:
            return 0
        found = 0
        now_ns = _ns(self._clock.now())
        for sweep in sorted(self._reach.sweeps, key=lambda one: one.depth):
            name = f"{self._source.name} swept {sweep.depth.total_seconds():g}s"
            last_ns = int(await self._ledger.cursor(name) or 0)
            if last_ns <= now_ns < last_ns + _span(sweep.every):
                continue
            found += await self.sweep(sweep.depth)
            await self._intake.cursor(str(now_ns), name)
        await self._forget(min(cursor, now_ns))
        return found

    async def sweep(self, depth: timedelta) -> int:
        """Compare the source's counts per minute with what it said before; read the minutes that changed.

        Returns the number of lines found. The value kept is the one measured before the reading: what arrives
        between the two changes the next measurement.
        """
        until_ns = (_ns(self._clock.now()) - _span(self._reach.settle)) // MINUTE_NS * MINUTE_NS + 1
        since_ns = until_ns - _span(depth)
        origin_ns = await self._origin(until_ns)
        found = 0
        for start, end in slices(since_ns, until_ns, _span(self._reach.sweep_slice)):
            found += await self._compare(start, end, origin_ns)
        if since_ns < origin_ns:
            await self._intake.cursor(str(since_ns), self._origin_name)
        return found

    @property
    def _origin_name(self) -> str:
        return f"{self._source.name} origin"

    async def _origin(self, started_ns: int) -> int:
        """From here on, a minute that no count is kept for had no lines when we last knew.

        Set by the first attempt to read: the first count of an earlier minute is history, not news. A finished
        sweep has counted history and moves it back.
        """
        known = await self._ledger.cursor(self._origin_name)
        if known:
            return int(known)
        origin_ns = started_ns - _span(self._reach.first_lookback)
        await self._intake.cursor(str(origin_ns), self._origin_name)
        return origin_ns

    async def _forget(self, read_until_ns: int) -> None:
        """Drop keys that nothing can read again: older than any sweep reaches, and than a backlog begins."""
        deepest = max((sweep.depth for sweep in self._reach.sweeps), default=timedelta())
        kept = max(deepest, self._reach.overlap) + timedelta(days=1)
        await self._ledger.forget_seen(datetime.fromtimestamp(read_until_ns / 1e9, UTC) - kept)

    async def _compare(self, since_ns: int, until_ns: int, origin_ns: int) -> int:
        name = self._source.name
        measured = await self._source.counts(since_ns, until_ns)
        if not measured:
            return 0
        believed = await self._ledger.minute_counts(name, since_ns)
        differs = {key: count for key, count in measured.items() if count != believed.get(key)}
        history = {key: n for key, n in differs.items() if key not in believed and key - MINUTE_NS < origin_ns}
        complete = {key: n for key, n in differs.items() if n == self._intake.recent.known(key)}
        if settled := history | complete:
            await self._ledger.save_minute_counts(name, settled)
        found = 0
        for start, end in _runs(sorted(differs.keys() - settled.keys())):
            found += await self._read(start, end)
            await self._ledger.save_minute_counts(name, {k: n for k, n in differs.items() if start < k <= end})
        if found:
            log.info("late lines found", source=name, lines=found, since_ns=since_ns, until_ns=until_ns)
        return found

    async def _read(self, since_ns: int, until_ns: int) -> int:
        new = 0
        async for item in self._source.read(since_ns, until_ns):
            if isinstance(item, Gap):
                await self._intake.gap(item)
            else:
                new += await self._intake.page(item)
        return new

    async def _cursor(self) -> int | None:
        text = await self._ledger.cursor(self._source.name)
        return int(text) if text else None


def slices(since_ns: int, until_ns: int, length_ns: int) -> Iterator[tuple[int, int]]:
    """`[since, until)` in pieces, oldest first."""
    while since_ns < until_ns:
        end_ns = min(until_ns, since_ns + length_ns)
        yield since_ns, end_ns
        since_ns = end_ns


def _runs(keys: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring minutes as one window each, of at most an hour."""
    index = 0
    while index < len(keys):
        last = index
        while last + 1 < len(keys) and last - index < 59 and keys[last + 1] - keys[last] == MINUTE_NS:
            last += 1
        yield keys[index] - MINUTE_NS, keys[last]
        index = last + 1


def _ns(at: datetime) -> int:
    """Unix nanoseconds, exact to the microsecond."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000


def _span(length: timedelta) -> int:
    return length // timedelta(microseconds=1) * 1_000
