"""A scripted recovery: a fault, its change, what logs, metrics and alerts show after; judged by the real steps.

Real are the ledger, the workflow's `verify`, and PromQL (evaluated on scripted samples). Times in a script are
seconds from the commit; the fault lies before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from langraph import workflow
from langraph.doors import Doors, Timing
from langraph.errors import SourceUnavailable
from langraph.models.incident import Alert, Category, Incident, Occurrence, Status
from langraph.models.state import State
from langraph.ports import Batch, Gap, Reading, Sample, TimelineEntry
from langraph.rulebook import Rulebook
from services.ledger import SqlLedger
from services.sandbox.promql import Engine
from services.sandbox.series import Point, SeriesStore
from tests.support.fake_git import FakeGitStore
from tests.support.nouns import AFTER, NOON, NOON_NS, TurnedClock, occurrence, proposal

WINDOW = timedelta(minutes=10)
ROLLOUT_TIMEOUT = timedelta(minutes=20)
SCRAPE_S = 30.0
WATCHED_S = 3600.0  # no script is judged later
Span = tuple[float, float]
MIB = 1024.0**2
KERNEL = {"job": "systemd-journal", "node_name": "worker-1"}


@dataclass(frozen=True)
class Script:
    """What happens around one change."""

    name: str
    recovers: bool
    """The truth. What nobody could know counts as no recovery."""
    plainly: bool = False
    """Whether the recovery is there for everybody to see."""
    before: Sequence[float] = ()
    """When the error was logged, ascending, below 0."""
    after: Sequence[float] = ()
    applied: float | None = 60.0
    """When the cluster has the new value; None: never."""
    unapplied: float | None = None
    """When it has the old one again."""
    visible: bool = True
    """Whether kube-state-metrics is scraped."""
    prometheus: bool = True
    away: Sequence[Span] = ()
    """When Prometheus does not answer."""
    unscraped: Sequence[Span] = ()
    restarts: Sequence[float] = ()
    unready: Sequence[Span] = ()
    lines: Sequence[tuple[float, float, float]] = ((-90000.0, WATCHED_S, 60.0),)
    """(from, to, lines a minute)."""
    unread: Span | None = None
    """When the logs cannot be read; with its errors they come later."""
    lost: Span | None = None
    """Lines that are a named gap."""
    alert: Sequence[Span] | None = None
    """When its alert fires; None: it has none."""
    others: Sequence[tuple[float, str, str, Category]] = ()
    """New faults: (when, app, namespace, category); `same` stands for the app's own name."""
    sick_namesake: bool = False
    """An app whose name begins like ours crashes all the time."""
    taken_back: float | None = None
    stuck_at: float | None = None
    """When a new pod is made beside the old one, that never gets ready; the old one serves on."""
    shows_values: bool = True
    """Whether the limits are scraped."""
    evicted: bool = False
    """The new pod is no work of the change: the old one was moved."""
    told_by_kernel: bool = False
    """The lines are not in the app's own stream."""
    category: Category = Category.OOM


def within(at: float, spans: Iterable[Span]) -> bool:
    return any(since <= at < until for since, until in spans)


class Scene:
    """One script, on a ledger that many scripts share: apps and namespaces are its own."""

    def __init__(self, script: Script, ledger: SqlLedger, number: int) -> None:
        self.script, self.ledger = script, ledger
        self.app, self.namespace = f"shop{number}", f"team{number}"
        self.committed_at = NOON + timedelta(days=number)
        self.clock = TurnedClock(self.committed_at)
        self.git = FakeGitStore()
        self._file = f"helm-values/{self.app}/values.yaml"
        self._fed = float("-inf")
        self._metrics = ScriptedMetrics(self)

    @property
    def now_s(self) -> float:
        return (self.clock.now() - self.committed_at).total_seconds()

    def error(self, at: float, *, app: str = "", namespace: str = "", category: Category | None = None) -> Occurrence:
        app = app if app not in ("", "same") else self.app
        known = category or self.script.category
        line = occurrence(
            f"{self.script.name} {app} {known} {at}",
            app=app,
            category=known,
            runbook=None if known is Category.UNKNOWN else str(known),
            labels=KERNEL if self.script.told_by_kernel else {"app": app, "namespace": namespace or self.namespace},
        )
        offset_ns = int((self.committed_at - NOON).total_seconds() + at) * 10**9
        return replace(line, at_ns=NOON_NS + offset_ns, namespace=namespace or self.namespace)

    async def judged(self) -> Incident:
        """Everything from the commit to the verdict; returns the incident with its outcome."""
        incident_id = await self._open()
        doors = self._doors()
        mine = proposal(incident_id, file=self._file)
        mine = replace(mine, blast=replace(mine.blast, apps=(self.app,)))
        await self.ledger.propose(mine)
        await self.ledger.update(incident_id, status=Status.VERIFYING, proposal_digest=mine.digest)
        state: State = {"incident_id": incident_id, "proposal_digest": mine.digest, "commit": "c" * 40}
        state["committed_at"] = self.committed_at.isoformat()
        while not state.get("outcome"):
            assert self.now_s <= 2 * WATCHED_S, f"{self.script.name} is never judged"
            learned = await workflow.verify(doors, state)
            state = {**state, **learned}
            if not state.get("outcome"):
                self.clock.at = datetime.fromisoformat(str(state["wake_at"]))
                await self._feed()
        outcome = workflow.outcome_of(state, self.clock.now())
        return replace(await self.ledger.close(incident_id, outcome), outcome=outcome)

    async def timeline(self, incident: Incident) -> Sequence[TimelineEntry]:
        return await self.ledger.timeline(incident.id)

    async def _open(self) -> str:
        self.git.person_pushes({self._file: AFTER}, at=self.committed_at)
        first, *_ = lines = [self.error(at) for at in self.script.before] or [self._alert(-300.0)]
        done = await self.ledger.ingest(Batch("loki", [o.key for o in lines], lines), self.clock.now())
        if self.script.alert is not None and first.alert is None:
            await self._join_alert()
        await self._feed()
        return done.opened[0]

    async def _join_alert(self) -> None:
        one = self._alert(-60.0)
        await self.ledger.ingest(Batch("prometheus", [one.key], [one]), self.clock.now())

    def _alert(self, at: float) -> Occurrence:
        alert = Alert("Broken", True, {"app": self.app}, {}, self.committed_at, "prometheus")
        return replace(self.error(at), key=b"alert" + self.error(at).key[:11], alert=alert, source="prometheus")

    async def _feed(self) -> None:
        """The log monitor's work: what was written since the last time, as far as it can be read."""
        script, now = self.script, self.now_s
        if script.unread and within(now, [script.unread]):
            now = script.unread[0]
        lines = [self.error(at) for at in script.after if self._fed < at <= now and not self._is_lost(at)]
        for at, app, namespace, category in script.others:
            if self._fed < at <= now:
                lines.append(self.error(at, app=app, namespace=namespace or self.namespace, category=category))
        self._fed = max(self._fed, now)
        read_ns = int((self.committed_at + timedelta(seconds=now)).timestamp() * 1e9)
        batch = Batch("loki", [o.key for o in lines], lines, self._gaps(), cursor=str(read_ns))
        await self.ledger.ingest(batch, self.clock.now())
        if script.taken_back is not None and now >= script.taken_back and len(self.git.commits) == 1:
            self.git.person_pushes({self._file: AFTER.replace(b"1Gi", b"512Mi")}, "back to what it was")

    def _is_lost(self, at: float) -> bool:
        return self.script.lost is not None and within(at, [self.script.lost])

    def _gaps(self) -> Sequence[Gap]:
        """Told as the reading goes along."""
        if self.script.lost is None or self.now_s <= self.script.lost[0]:
            return ()
        since, until = self.script.lost[0], min(self.now_s, self.script.lost[1])
        since_ns, until_ns = (int((self.committed_at.timestamp() + at) * 1e9) for at in (since, until))
        return (Gap("loki", since_ns, until_ns, "too much at once"),)

    def _doors(self) -> Doors:
        return Doors(
            ledger=self.ledger,
            git=self.git,
            rulebook=Rulebook(self.git, policy_file="helm-values/policy.yaml", apps_file="helm-values/apps.yaml"),
            runbooks={},
            metrics=self._metrics if self.script.prometheus else None,
            logs=(ScriptedLog(self),),  # type: ignore[arg-type]  # only traffic is asked for
            clock=self.clock,
            timing=Timing(timedelta(hours=24), timedelta(minutes=30), WINDOW, ROLLOUT_TIMEOUT),
            locale="en",
            values_dir="helm-values",
        )


class ScriptedLog:
    """How much the app writes."""

    name = "loki"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def traffic(self, labels: Mapping[str, str], since: datetime, until: datetime) -> int | None:
        if labels.get("app") != self._scene.app:
            return 0
        start, end = [(at - self._scene.committed_at).total_seconds() for at in (since, until)]
        if self._scene.script.unread and within(self._scene.now_s, [self._scene.script.unread]):
            return None
        spans = self._scene.script.lines
        return round(sum(max(0.0, min(end, b) - max(start, a)) / 60 * rate for a, b, rate in spans))


class ScriptedMetrics:
    """Prometheus on scripted samples: the sandbox's PromQL, which is held against the real one."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        store = SeriesStore(retention_ms=10**12)
        self._engine = Engine(store)
        at = min(-WINDOW.total_seconds(), *scene.script.before, -60.0) if scene.script.visible else WATCHED_S
        while scene.script.prometheus and at < WATCHED_S:
            if not within(at, scene.script.unscraped):
                store.scrape("ksm", self._ms(at), list(self._points(at)))
            at += SCRAPE_S

    async def query(self, promql: str, at: datetime | None = None) -> Reading:
        self._answers()
        found = self._engine.vector(promql, int((at or self._scene.clock.now()).timestamp() * 1000))
        return Reading(tuple(Sample(dict(element.labels), element.value) for element in found))

    async def alerts(self) -> tuple[Alert, ...]:
        self._answers()
        spans = self._scene.script.alert
        fires = spans is not None and within(self._scene.now_s, spans)
        return (Alert("Broken", True, {"app": self._scene.app}, {}, NOON, "prometheus"),) if fires else ()

    def _answers(self) -> None:
        if within(self._scene.now_s, self._scene.script.away):
            raise SourceUnavailable("Prometheus is away")

    def _ms(self, at: float) -> int:
        return int((self._scene.committed_at.timestamp() + at) * 1000)

    def _points(self, at: float) -> Iterable[Point]:
        script, app = self._scene.script, self._scene.app
        applied = script.applied is not None and at >= script.applied
        if script.unapplied is not None and at >= script.unapplied:
            applied = False
        since = (script.applied or 0.0) if applied else float("-inf")
        restarts = sum(since <= moment <= at for moment in script.restarts)
        ready = not within(at, script.unready)
        name = f"{app}-{'7d9c5b6f4f' if applied else '6b8d4c9f7f'}-x2k4p"
        yield from self._pod(name, app, 1024 * MIB if applied else 512 * MIB, restarts, ready=ready)
        if script.stuck_at is not None and at >= script.stuck_at:
            new = name.replace("x2k4p", "m8wzt") if script.evicted else f"{app}-5c8f7d9b6b-m8wzt"
            limit = 512 * MIB if script.evicted else 1024 * MIB
            yield from self._pod(new, app, limit, 0, ready=False, created=script.stuck_at)
        if script.sick_namesake:
            other = f"{app}-worker"
            yield from self._pod(f"{other}-7d9c5b6f4f-bq7xz", other, 256 * MIB, int(at // 60), ready=False)

    def _pod(
        self, name: str, workload: str, limit: float, restarts: int, *, ready: bool, created: float | None = None
    ) -> Iterable[Point]:
        pod: dict[str, Any] = {"namespace": self._scene.namespace, "pod": name}
        container = {**pod, "container": workload}
        made = {"created_by_kind": "ReplicaSet", "created_by_name": name.rpartition("-")[0]}
        yield Point("kube_pod_info", {**pod, **made}, 1.0)
        if created is not None or self._scene.script.stuck_at is not None:
            yield Point("kube_pod_created", pod, self._ms(-90000.0 if created is None else created) / 1000)
        if self._scene.script.shows_values:
            yield Point("kube_pod_container_resource_limits", {**container, "resource": "memory"}, limit)
        yield Point("kube_pod_container_status_restarts_total", container, float(restarts))
        yield Point("kube_pod_status_ready", {**pod, "condition": "true"}, float(ready))
        yield Point("kube_pod_status_ready", {**pod, "condition": "false"}, float(not ready))


@dataclass
class Matrix:
    """How often which verdict met which truth."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, script: Script, incident: Incident) -> None:
        truth = "plainly recovered" if script.plainly else "recovered" if script.recovers else "not recovered"
        self.counts[truth, str(incident.status)] = self.counts.get((truth, str(incident.status)), 0) + 1
        if not script.recovers and incident.status is Status.RECOVERED:
            assert incident.outcome is not None
            self.wrong.append(f"{script.name}: {[signal.means.en for signal in incident.outcome.signals]}")

    def count(self, truth: str, verdict: Status | None = None) -> int:
        found = (n for (a, b), n in self.counts.items() if a == truth and (verdict is None or b == verdict))
        return sum(found)

    def table(self) -> str:
        verdicts = (Status.RECOVERED, Status.NOT_RECOVERED, Status.INCONCLUSIVE)
        rows = [f"{'truth':20}" + "".join(f"{verdict:>16}" for verdict in verdicts)]
        for truth in ("plainly recovered", "recovered", "not recovered"):
            rows.append(f"{truth:20}" + "".join(f"{self.count(truth, verdict):16}" for verdict in verdicts))
        return "\n".join(rows)
