"""The simulated cluster: apps that live by the values files at the head of the GitOps branch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from langraph.errors import BadInput
from services.sandbox.app_values import read_values
from services.sandbox.apps import ALL_APPS
from services.sandbox.kube_series import cluster_points, workload_points
from services.sandbox.noise import write_noise
from services.sandbox.pods import Journal, Moment, Push
from services.sandbox.prometheus import SimulatedPrometheus
from services.sandbox.scripted_apps import MakeApp
from services.sandbox.series import Point
from services.sandbox.workload import Workload

ReadFile = Callable[[str], bytes | None]
"""A file at the head of the GitOps branch by its path; None where there is none."""


@dataclass(frozen=True, slots=True)
class Script:
    """What happens in the cluster, and how fast."""

    faults: Mapping[str, float] = field(
        default_factory=lambda: {"grafana": 0.0, "orders-api": 90.0, "mail-worker": 210.0}
    )
    """App → seconds after the start at which its fault begins; an app that is not named stays well."""
    sync_delay: float = 5.0
    """Seconds from a commit to its rollout. Argo CD polls every 3 min; a demo is watched live."""
    scrape_every: float = 5.0
    """Seconds of the clock between scrapes."""
    speed: float = 1.0
    """How much faster than the clock the apps live: 10 makes every wait, back-off and delay a tenth."""
    noise_per_second: float = 3.0
    """Benign lines per second of the clock."""
    history: timedelta = timedelta(minutes=10)
    """How much healthy past there is when the cluster starts, for queries that look back."""
    seed: int = 1


HISTORY_STEP = timedelta(seconds=5)  # how coarsely the past is simulated: one scrape each


class SimulatedCluster:
    """Apps, their controllers and what is seen of them. It moves only when `tick` is called.

    Args:
        read_file: the head of the GitOps branch.
        push: takes log lines, stream by stream.
        prometheus: is scraped into, and evaluates its rules after each scrape.
    """

    def __init__(
        self,
        read_file: ReadFile,
        push: Push,
        prometheus: SimulatedPrometheus,
        script: Script | None = None,
        apps: Sequence[MakeApp] = ALL_APPS,
    ) -> None:
        self.script = script or Script()
        self._read_file = read_file
        self._prometheus = prometheus
        self._journal = Journal(push)
        self._dice = Random(self.script.seed)  # noqa: S311  makes log lines, not secrets
        self.workloads = tuple(Workload(app(self._dice), self._dice, self.script.sync_delay) for app in apps)
        self._started_at: datetime | None = None
        self._last: datetime | None = None
        self._rendered: dict[str, bytes] = {}
        self._scraped_at: datetime | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The values files that the apps live by."""
        return tuple(workload.spec.values_file for workload in self.workloads)

    def tick(self, now: datetime) -> None:
        """Live until `now`. The first call starts the cluster, with its history.

        Args:
            now: aware; a time not after the last one changes nothing.
        """
        if self._started_at is None:
            self._started_at = now
            moment = now - self.script.history
            while moment < now:
                self._advance(moment)
                moment += HISTORY_STEP
        if self._last is None or now > self._last:
            self._advance(now)

    def _advance(self, now: datetime) -> None:
        moment = self._moment(now)
        self._last = now
        self._journal.open(now)
        for workload in self.workloads:
            self._sync(workload, moment)
            begins = self.script.faults.get(workload.spec.name)
            workload.tick(self._journal, moment, faulty=begins is not None and moment.age >= begins)
        lines = self.script.noise_per_second * moment.seconds
        write_noise(self._journal, moment, self._dice, int(lines) + (self._dice.random() < lines % 1))
        self._journal.flush()
        self._scrape(now)

    def _moment(self, now: datetime) -> Moment:
        started, speed = self._started_at or now, self.script.speed
        seconds = (now - self._last).total_seconds() if self._last else 0.0
        return Moment(now, (now - started).total_seconds() * speed, seconds * speed, seconds)

    def _sync(self, workload: Workload, moment: Moment) -> None:
        """Hand the branch's values to the controller; a file that cannot be rendered leaves everything as it is."""
        path = workload.spec.values_file
        data = self._read_file(path)
        if data is None and path not in self._rendered:
            data = b""  # an app without a values file runs with its chart's defaults
        if data is None or data == self._rendered.get(path):
            return
        self._rendered[path] = data
        with suppress(BadInput):
            workload.sync(read_values(data), moment)

    def _scrape(self, now: datetime) -> None:
        due = self._scraped_at is None or (now - self._scraped_at).total_seconds() >= self.script.scrape_every
        if not due:
            return
        self._scraped_at = now
        self._prometheus.scrape("cluster", self._points(), now)
        self._prometheus.evaluate(now)

    def _points(self) -> Iterator[Point]:
        yield from cluster_points()
        for workload in self.workloads:
            yield from workload_points(workload)
