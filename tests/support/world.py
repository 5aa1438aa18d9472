"""A whole langraph in one process, everything real but git, time and Prometheus; for tests of the workflow."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from langraph.decisions import Desk, Said
from langraph.doors import Doors, Timing
from langraph.errors import SourceUnavailable
from langraph.graph import IncidentGraph
from langraph.invariants import Violation, check
from langraph.metrics import Metrics
from langraph.models.incident import Action, Alert, Decision, Incident, Occurrence, Person, Proposal
from langraph.ports import Batch, Reading, Sample
from langraph.rulebook import Rulebook
from langraph.runbooks.catalogue import load as load_runbooks
from services.event_queue import EventQueue
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.workflow_executor import WorkflowExecutor
from tests.support.fake_git import FakeGitStore
from tests.support.nouns import TurnedClock

ALICE = Person("api:alice", "alice")
VALUES = b"# grafana\nresources:\n  limits:\n    memory: 512Mi  # was fine so far\n  requests:\n    memory: 256Mi\n"
POLICY = b"""\
approvers: [api:alice, api:bob]
modified_needs_approval: larger
files: ["helm-values/*/values.yaml"]
budget: {changes_per_app_per_day: 4, changes_per_day: 12}
rules:
  - name: memory
    keys: ["**.resources.limits.memory"]
    type: memory
    direction: raise
    max_step_factor: 4
    min: 32Mi
    max: 8Gi
    insert_max: 1Gi
    max_cumulative_factor: 16
    cumulative_period: 7d
    cooldown: 1m
"""
APPS = b"apps:\n  - app: grafana\n    files: [helm-values/grafana/values.yaml]\n    containers: {grafana: ''}\n"
POD = "grafana-6d5f8b7c9d-x2k4p"
WINDOW = timedelta(minutes=10)


@dataclass
class FakeMetrics:
    """Prometheus, as a mapping from a part of the query to its answer."""

    answers: dict[str, float] = field(default_factory=dict)
    down: bool = False

    async def query(self, promql: str, at: datetime | None = None) -> Reading:
        if self.down:
            raise SourceUnavailable("Prometheus is away")
        for part, value in self.answers.items():
            if part in promql:
                points = tuple((60.0 * n, value * n / 4) for n in range(5)) if promql.endswith("m]") else ()
                return Reading((Sample({"pod": POD, "container": "grafana"}, value, points),))
        return Reading(())

    async def alerts(self) -> tuple[Alert, ...]:
        return ()


@dataclass
class FakeLog:
    """A log source that is always read up to now, with scripted traffic."""

    clock: TurnedClock
    lines: int | None = 100
    name: str = "loki"

    async def traffic(self, labels: Mapping[str, str], since: datetime, until: datetime) -> int | None:
        return self.lines


@dataclass
class World:
    """The parts, and what a test does with them."""

    ledger: SqlLedger
    git: FakeGitStore
    metrics: FakeMetrics
    log: FakeLog
    clock: TurnedClock
    queue: EventQueue
    executor: WorkflowExecutor
    graph: IncidentGraph
    desk: Desk

    async def fault(self, occurrence: Occurrence) -> str:
        """Ingest one occurrence; returns its incident's id."""
        done = await self.ledger.ingest(Batch("loki", [occurrence.key], [occurrence]), self.clock.now())
        return (*done.opened, *done.touched)[0]

    async def drive(self, incident_id: str) -> Incident:
        await self.executor.drive(incident_id)
        return await self.ledger.incident(incident_id)

    async def proposal(self, incident_id: str) -> Proposal:
        return await self.ledger.proposal(str((await self.ledger.incident(incident_id)).proposal_digest))

    async def say(self, incident_id: str, action: Action, *, by: Person = ALICE, **more: object) -> Decision:
        proposal = await self.proposal(incident_id)
        return await self.desk.decide(Said(incident_id, action, proposal.digest, by, **more))  # type: ignore[arg-type]

    async def wait(self, incident_id: str, by: timedelta) -> Incident:
        """Let time pass, logs be read, timers ring."""
        self.clock.forward(by)
        await self.logs_are_read()
        for due in await self.ledger.due(self.clock.now()):
            await self.executor.drive(due)
        return await self.ledger.incident(incident_id)

    async def logs_are_read(self) -> None:
        now_ns = str(int(self.clock.now().timestamp() * 1e9))
        await self.ledger.ingest(Batch("loki", (), (), cursor=now_ns), self.clock.now())

    async def violations(self) -> list[Violation]:
        return list(check(await self.ledger.books(), await self.git.operations("helm-values/policy.yaml")))


@asynccontextmanager
async def world(
    directory: Path, files: Mapping[str, bytes] | None = None, live_query: str | None = None
) -> AsyncIterator[World]:
    """Open everything on `directory`; opened again on the same directory, it is a restart.

    Args:
        directory: holds ledger and checkpoints.
        files: extra files of the GitOps repository.
        live_query: the team's own question for "the change is live".
    """
    clock, git, metrics, queue = TurnedClock(), FakeGitStore(), FakeMetrics(), EventQueue()
    git.person_pushes(
        {
            "helm-values/grafana/values.yaml": VALUES,
            "helm-values/policy.yaml": POLICY,
            "helm-values/apps.yaml": APPS,
            **(files or {}),
        }
    )
    ledger = SqlLedger(sqlite_url(directory / "ledger.db"), cooldown=timedelta(minutes=15))
    await ledger.open()
    log = FakeLog(clock)
    rulebook = Rulebook(git, policy_file="helm-values/policy.yaml", apps_file="helm-values/apps.yaml")
    doors = Doors(
        ledger=ledger,
        git=git,
        rulebook=rulebook,
        runbooks=load_runbooks().runbooks,
        metrics=metrics,
        logs=(log,),  # type: ignore[arg-type]
        clock=clock,
        timing=Timing(timedelta(hours=24), timedelta(minutes=30), WINDOW, timedelta(minutes=20)),
        locale="en",
        values_dir="helm-values",
        live_query=live_query,
    )
    async with IncidentGraph(doors, str(directory / "ledger.db")) as graph:
        executor = WorkflowExecutor(graph, doors, queue, Metrics(), workers=2, max_attempts=3, jitter=lambda: 0.5)
        desk = Desk(ledger, rulebook, queue, clock)
        yield World(ledger, git, metrics, log, clock, queue, executor, graph, desk)
    await ledger.close_database()
