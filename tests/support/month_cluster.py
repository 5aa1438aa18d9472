"""The simulated cluster's parts for a month of virtual time: only the app in trouble lives, minute by minute."""

import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from langraph.alertmanager import AlertSnapshot
from langraph.errors import BadQuery
from langraph.models.incident import Alert
from langraph.ports import LogPage, Reading, Sample
from services.sandbox.alert_rules import AlertBook
from services.sandbox.app_values import read_values
from services.sandbox.kube_series import workload_points
from services.sandbox.pods import Journal, Moment
from services.sandbox.promql import Engine
from services.sandbox.promql_vectors import Element
from services.sandbox.rules import DEMO_RULES
from services.sandbox.scripted_apps import MadeToMeasure
from services.sandbox.series import PromqlError, SeriesStore
from services.sandbox.workload import Workload
from tests.support.nouns import TurnedClock

TICK = timedelta(seconds=10)
SCRAPE = timedelta(seconds=30)
SYNC_DELAY = 40.0  # seconds from a commit to its rollout
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


class Measurements:
    """Prometheus, as the workflow asks it, over the simulated one's own store and engine."""

    def __init__(self, clock: TurnedClock) -> None:
        self.clock = clock
        self.store = SeriesStore()
        self._engine = Engine(self.store)
        self._book = AlertBook(DEMO_RULES)

    def scrape(self, workload: Workload) -> None:
        now = self.clock.now()
        self.store.scrape(workload.spec.name, nanoseconds(now) // 1_000_000, workload_points(workload))
        self._book.evaluate(self._engine, now)

    async def query(self, promql: str, at: datetime | None = None) -> Reading:
        try:
            found = self._engine.vector(promql, nanoseconds(at or self.clock.now()) // 1_000_000)
        except PromqlError as error:
            raise BadQuery(str(error)) from error
        return Reading(tuple(_sample(one) for one in found))

    async def alerts(self) -> tuple[Alert, ...]:
        return tuple(
            Alert(one.rule.name, True, dict(one.labels), one.annotations, one.active_at, "prometheus")
            for one in self._book.active
            if one.firing
        )

    async def snapshot(self) -> AlertSnapshot:
        self._book.evaluate(self._engine, self.clock.now())
        return AlertSnapshot(await self.alerts())


def _sample(one: Element) -> Sample:
    return Sample({name: value for name, value in one.labels if name != "__name__"}, one.value)


class Logs:
    """Loki, as the workflow asks it; and the lines that nobody has read yet."""

    name = "loki"

    def __init__(self) -> None:
        self._unread: list[tuple[Mapping[str, str], int, str]] = []
        self._times: defaultdict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)

    def push(self, labels: dict[str, str], lines: list[tuple[int, str, dict[str, str]]]) -> None:
        self._unread += [(labels, at_ns, text) for at_ns, text, _ in lines]
        self._times[tuple(sorted(labels.items()))] += [at_ns for at_ns, _, _ in lines]

    def page(self) -> LogPage:
        """What came since the last page."""
        lines, self._unread = self._unread, []
        return LogPage(
            [text for _, _, text in lines],
            [at_ns for _, at_ns, _ in lines],
            [_key(*line) for line in lines],
            [labels for labels, _, _ in lines],
        )

    def forget(self) -> None:
        """Drop what is over: nothing looks back behind the present trouble."""
        self._times.clear()

    async def traffic(self, labels: Mapping[str, str], since: datetime, until: datetime) -> int | None:
        wanted, (start, end) = set(labels.items()), (nanoseconds(since), nanoseconds(until))
        streams = [times for stream, times in self._times.items() if wanted <= set(stream)]
        return sum(bisect_left(times, end) - bisect_left(times, start) for times in streams)


def _key(labels: Mapping[str, str], at_ns: int, text: str) -> bytes:
    said = repr((sorted(labels.items()), at_ns, text)).encode()
    return hashlib.blake2b(said, digest_size=16).digest()


@dataclass
class Cluster:
    """Every app's workload; one of them lives at a time.

    Args:
        read: the bytes of a values file at the branch head.
    """

    clock: TurnedClock
    read: Callable[[str], bytes | None]
    logs: Logs
    metrics: Measurements
    workloads: Mapping[str, Workload]
    journal: Journal
    started: datetime
    last: dict[str, datetime]
    scraped: dict[str, datetime]

    @classmethod
    def of(
        cls, apps: Sequence[MadeToMeasure], clock: TurnedClock, dice: Random, read: Callable[[str], bytes | None]
    ) -> "Cluster":
        logs = Logs()
        workloads = {app.spec.name: Workload(app, dice, SYNC_DELAY) for app in apps}
        journal = Journal(logs.push)
        return cls(clock, read, logs, Measurements(clock), workloads, journal, clock.now(), {}, {})

    def tick(self, name: str, *, faulty: bool) -> None:
        """Let one app live up to the present."""
        now, workload = self.clock.now(), self.workloads[name]
        seconds = min((now - self.last.get(name, now)).total_seconds(), 60.0)
        moment = Moment(now, (now - self.started).total_seconds(), seconds, seconds)
        self.last[name] = now
        self.journal.open(now)
        workload.sync(read_values(self.read(workload.spec.values_file) or b""), moment)
        workload.tick(self.journal, moment, faulty=faulty)
        self.journal.flush()
        if now - self.scraped.get(name, EPOCH) >= SCRAPE:
            self.scraped[name] = now
            self.metrics.scrape(workload)
