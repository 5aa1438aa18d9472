"""A month in the life of ten apps and the people who run them: real ledger, workflow, desk and feedback loop.

Every app needs more of one thing than it has, again and again: the team resets its values, its need creeps up. People
approve, reject with a reason, modify, complain with what they had expected, take changes back in git: by a seed.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

from langraph.amounts import amount_of
from langraph.decisions import Desk, Said
from langraph.doors import Doors, Timing
from langraph.errors import BadInput, PolicyDenied
from langraph.feedback import Feedback
from langraph.graph import IncidentGraph
from langraph.invariants import Violation, check
from langraph.metrics import Metrics
from langraph.models.incident import Action, Incident, Person, Proposal, Status, ValueChange
from langraph.ports import Batch, IncidentFilter
from langraph.recognise import Recogniser
from langraph.rulebook import Rulebook
from langraph.runbooks.catalogue import load as load_runbooks
from services.alert_monitor import AlertMonitor
from services.event_queue import EventQueue
from services.feedback_loop import FeedbackLoop
from services.feedback_recorder import FeedbackRecorder
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.workflow_executor import WorkflowExecutor
from tests.support.fake_git import FakeGitStore
from tests.support.month_cluster import TICK, Cluster, nanoseconds
from tests.support.month_shops import POLICY, Shop, shops
from tests.support.nouns import TurnedClock

ALICE, BOB = Person("api:alice", "alice"), Person("api:bob", "bob")
WINDOW = timedelta(minutes=5)
READ_EVERY = 3  # ticks
COOLDOWN = timedelta(minutes=15)
PATIENCE = timedelta(hours=1)  # of the team with one incident
FIRST_FAULT_DAYS = 8.0
BETWEEN_FAULTS_DAYS = (8.5, 10.0)
LATEST_RESET_DAYS = 7.5  # before the next fault: what was lowered within a week before one is simply put back
MOST_INCIDENTS = 3  # of one fault; then the team mends it by hand
NOT_NOW = "not now, we look for the leak first"
START = datetime.fromisoformat("2026-11-01T03:00:00+00:00")


@dataclass(frozen=True)
class Told:
    """One incident, as the month remembers it."""

    day: int
    app: str
    incident_id: str
    at: datetime
    first: ValueChange | None
    """What version 1 proposed; None: nothing."""
    why: str
    action: Action | None
    status: Status
    reason: str

    @property
    def put_off(self) -> bool:
        """Rejected, and not because of what it proposed."""
        return self.action is Action.REJECT and NOT_NOW in self.reason

    @property
    def worked_at_once(self) -> bool:
        return self.action is Action.APPROVE and self.status is Status.RECOVERED


@dataclass
class Month:
    """The parts, and what was told."""

    dice: Random
    clock: TurnedClock
    git: FakeGitStore
    ledger: SqlLedger
    executor: WorkflowExecutor
    queue: EventQueue
    desk: Desk
    feedback: Feedback
    recorder: FeedbackRecorder
    learning: FeedbackLoop
    recogniser: Recogniser
    alerts: AlertMonitor
    cluster: Cluster
    shops: Sequence[Shop]
    told: list[Told] = field(default_factory=list)
    refused: list[tuple[datetime, str, ValueChange]] = field(default_factory=list)
    """What people rejected or took back: when, app, change."""
    asked: list[tuple[datetime, str, str]] = field(default_factory=list)
    """Amounts that people named: when, app, amount."""
    known: set[str] = field(default_factory=set)

    # --- days ---

    async def live(self, days: int) -> None:
        """Faults on every day, the feedback loop after it."""
        due = {shop.name: self.dice.uniform(0.0, FIRST_FAULT_DAYS) for shop in self.shops}
        for day in range(days):
            self.clock.at = max(self.clock.at, START + timedelta(days=day, hours=4))
            for shop in self.shops:
                if due[shop.name] < day + 1:
                    self.clock.forward(timedelta(minutes=self.dice.randint(20, 60)))
                    await self._fault(shop, day)
                    due[shop.name] = day + self.dice.uniform(*BETWEEN_FAULTS_DAYS)
            for shop in self.shops:
                if due[shop.name] >= day + LATEST_RESET_DAYS and self._present(shop) >= self._enough(shop):
                    self.clock.forward(timedelta(minutes=10))
                    self._reset(shop)
            self.clock.at = max(self.clock.at, START + timedelta(days=day + 1))
            await self.recorder.look()
            await self.learning.process()

    async def _fault(self, shop: Shop, day: int) -> None:
        """The template is rolled out again, or the need has grown; until it is mended, by us or by hand."""
        self.cluster.logs.forget()
        shop.set_need(shop.need * self.dice.uniform(1.0, 1.01))
        if self._present(shop) >= self._enough(shop):
            self._reset(shop)
        await self._minutes(shop, timedelta(minutes=2), faulty=False)
        for _ in range(MOST_INCIDENTS):
            incident = await self._opened(shop)
            if incident is None:
                return
            before = self._present(shop)
            ended = await self._through(shop, day, incident)
            if ended.status is Status.NO_ACTION or (ended.status is Status.REJECTED and self.dice.random() < 0.5):
                break
            if ended.status is Status.RECOVERED and not await self._revert_by_hand(shop, ended, before):
                return
            self.clock.forward(COOLDOWN)
        if self._present(shop) < self._enough(shop):
            self._person_sets(shop, shop.enough(self.dice.uniform(1.05, 1.2)), "mend it by hand")
        await self._minutes(shop, timedelta(minutes=3), faulty=False)

    def _present(self, shop: Shop) -> Fraction:
        path = {
            "memory": b"memory: ",
            "cpu": b"cpu: ",
            "seconds": b"initialDelaySeconds: ",
            "count": b"maxSize: ",
        }[shop.kind]
        text = (self.git.show(shop.file) or b"").split(path)[1].split(b"\n")[0].decode().strip().strip('"')
        return amount_of(text, shop.kind) or Fraction(0)

    def _enough(self, shop: Shop) -> Fraction:
        return amount_of(shop.written(shop.enough(1.0)), shop.kind) or Fraction(0)

    def _reset(self, shop: Shop) -> None:
        """The template again, a little different each time: the very same value would be a person's revert of ours."""
        near = [round(shop.base * factor) for factor in (0.92, 0.96, 1.0, 1.04, 1.08)]
        fresh = [amount for amount in near if amount not in shop.given]
        shop.given.append(self.dice.choice(fresh or near))
        self._person_sets(shop, shop.given[-1], "new chart version")

    def _person_sets(self, shop: Shop, amount: int, why: str) -> None:
        now = (self.git.show(shop.file) or b"", shop.values(amount))
        if now[0] != now[1]:
            self.git.person_pushes({shop.file: now[1]}, why, at=self.clock.now())

    # --- minutes ---

    async def _minutes(self, shop: Shop, length: timedelta, *, faulty: bool = True) -> None:
        until, ticks = self.clock.now() + length, 0
        while self.clock.now() < until:
            self.clock.forward(TICK)
            ticks += 1
            self.cluster.tick(shop.name, faulty=faulty)
            if ticks % READ_EVERY == 0:
                await self._read()

    async def _read(self) -> None:
        """One poll of everything, then every incident that has something to do."""
        now = self.clock.now()
        page = self.cluster.logs.page()
        found = self.recogniser.page(page, "loki")
        await self.ledger.ingest(Batch("loki", page.keys, found, cursor=str(nanoseconds(now))), now)
        await self.alerts.poll_once()
        for incident_id in await self.ledger.due(now):
            await self.executor.drive(incident_id)

    async def _opened(self, shop: Shop) -> Incident | None:
        """The next incident of the app that people have to look at; None: its fault is gone."""
        until = self.clock.now() + timedelta(minutes=8)
        while self.clock.now() < until:
            await self._minutes(shop, READ_EVERY * TICK)
            latest, _ = await self.ledger.incidents(IncidentFilter(app=shop.name, category=shop.category), 3)
            for incident in latest:
                if incident.id not in self.known and incident.status in (Status.AWAITING_APPROVAL, Status.NO_ACTION):
                    self.known.add(incident.id)
                    return incident
        return None

    async def _drive(self, incident_id: str) -> Incident:
        await self.executor.drive(incident_id)
        return await self.ledger.incident(incident_id)

    # --- people ---

    async def _through(self, shop: Shop, day: int, incident: Incident) -> Incident:
        """One incident from its start to its end, with what people do."""
        incident, first, why, action = await self._drive(incident.id), None, "", None
        if incident.proposal_digest is not None:
            proposal = await self.ledger.proposal(incident.proposal_digest)
            first, why = proposal.changes[0], proposal.explanation.en
            await self._minutes(shop, timedelta(minutes=self.dice.randint(1, 3)))
            action = await self._decide(shop, incident, proposal)
        until = self.clock.now() + PATIENCE
        while incident.is_open and self.clock.now() < until:
            await self._minutes(shop, READ_EVERY * TICK)
            incident = await self._drive(incident.id)
        reason = incident.outcome.reason.en if incident.outcome else ""
        opened = incident.opened_at
        self.told.append(Told(day, shop.name, incident.id, opened, first, why, action, incident.status, reason))
        if incident.status in (Status.NOT_RECOVERED, Status.INCONCLUSIVE) and action is not None:
            await self._complain(shop, incident)
        return incident

    async def _decide(self, shop: Shop, incident: Incident, proposal: Proposal) -> Action:
        change, dice = proposal.changes[0], self.dice.random()
        too_small = (amount_of(change.new, shop.kind) or 0) < self._enough(shop)
        action, more = Action.APPROVE, dict[str, object](auto_revert=self.dice.random() < 0.3)
        if dice < 0.10:
            action, more = Action.REJECT, {"comment": NOT_NOW}
        elif too_small and dice < 0.22:
            action, more = Action.REJECT, {"comment": "that will not do"}
        elif too_small and dice < 0.36:
            wanted = shop.written(shop.enough(self.dice.uniform(1.1, 1.2)))
            action, more = Action.MODIFY, {"changes": {change.dotted: wanted}}
            self.asked.append((self.clock.now(), shop.name, wanted))
        if action is Action.REJECT:
            self.refused.append((self.clock.now(), shop.name, change))
        by = self.dice.choice((ALICE, BOB))
        try:
            await self.desk.decide(Said(incident.id, action, proposal.digest, by, **more))  # type: ignore[arg-type]
        except (BadInput, PolicyDenied):  # what they wanted is outside policy: then what was proposed
            action = Action.APPROVE
            await self.desk.decide(Said(incident.id, action, proposal.digest, by))
        await self._drive(incident.id)
        return action

    async def _complain(self, shop: Shop, incident: Incident) -> None:
        dice = self.dice.random()
        if dice < 0.4:
            wanted = shop.written(shop.enough(self.dice.uniform(1.1, 1.2)))
            self.asked.append((self.clock.now(), shop.name, wanted))
            words = self.dice.choice(("should have been {}", "{} 정도는 필요합니다", "at least {}, please"))
            await self.feedback.negative(incident.id, ALICE, "it did not help", words.format(wanted))
        elif dice < 0.6 and not any(e.what == "reverted" for e in await self.ledger.timeline(incident.id)):
            await self.desk.revert(incident.id, BOB)
            await self._drive(incident.id)
        await self.recorder.look()

    async def _revert_by_hand(self, shop: Shop, incident: Incident, before: Fraction) -> bool:
        """Now and then somebody takes back in git what had helped; the fault comes back with it."""
        if self.dice.random() >= 0.10 or incident.proposal_digest is None:
            return False
        proposal = await self.ledger.proposal(incident.proposal_digest)
        change, edit = proposal.changes[0], proposal.edits[0]
        if self.git.show(shop.file) != edit.after:
            return False
        self.clock.forward(timedelta(minutes=30))
        self.git.person_pushes({shop.file: edit.before}, "too expensive", at=self.clock.now())
        self.refused.append((self.clock.now(), shop.name, change))
        self.clock.forward(timedelta(minutes=5))
        await self.recorder.look()
        return True

    # --- afterwards ---

    async def violations(self) -> list[Violation]:
        return list(check(await self.ledger.books(), await self.git.operations("helm-values/policy.yaml")))

    def asked_by_now(self, app: str, at: datetime) -> list[str]:
        """Amounts that people have named for an app."""
        return [amount for said_at, said_for, amount in self.asked if said_for == app and said_at <= at]


@asynccontextmanager
async def month(directory: Path, seed: int, recogniser: Recogniser) -> AsyncIterator[Month]:
    """Open everything on `directory`."""
    dice, clock, git, queue = Random(seed), TurnedClock(START), FakeGitStore(), EventQueue()
    apps = shops(dice)
    files: Mapping[str, bytes] = {shop.file: shop.values(shop.base) for shop in apps}
    catalogue = "apps:\n" + "".join(
        f"  - {{app: {s.name}, files: [{s.file}], containers: {{{s.name}: ''}}}}\n" for s in apps
    )
    git.person_pushes(
        {**files, "helm-values/policy.yaml": POLICY, "helm-values/apps.yaml": catalogue.encode()},
        at=START - timedelta(days=60),
    )
    cluster = Cluster.of([shop.app for shop in apps], clock, Random(seed), git.show)
    ledger = SqlLedger(sqlite_url(directory / "ledger.db"), cooldown=COOLDOWN)
    await ledger.open()
    rulebook = Rulebook(git, policy_file="helm-values/policy.yaml", apps_file="helm-values/apps.yaml")
    runbooks = load_runbooks()
    doors = Doors(
        ledger=ledger,
        git=git,
        rulebook=rulebook,
        runbooks=runbooks.runbooks,
        metrics=cluster.metrics,
        logs=(cluster.logs,),  # type: ignore[arg-type]
        clock=clock,
        timing=Timing(timedelta(hours=24), timedelta(minutes=30), WINDOW, timedelta(minutes=20)),
        locale="en",
        values_dir="helm-values",
    )
    async with IncidentGraph(doors, str(directory / "ledger.db")) as graph:
        executor = WorkflowExecutor(graph, doors, queue, Metrics(), workers=2, max_attempts=3, jitter=lambda: 0.5)
        recorder = FeedbackRecorder(ledger, git, clock, "en")
        yield Month(
            dice=dice,
            clock=clock,
            git=git,
            ledger=ledger,
            executor=executor,
            queue=queue,
            desk=Desk(ledger, rulebook, queue, clock),
            feedback=Feedback(ledger, git, clock, recorder.wake),
            recorder=recorder,
            learning=FeedbackLoop(git, ledger, clock, recogniser, runbooks.runbooks, cron=""),
            recogniser=recogniser,
            alerts=AlertMonitor("prometheus", cluster.metrics, ledger, recogniser, queue, clock),
            cluster=cluster,
            shops=apps,
        )
    await ledger.close_database()
