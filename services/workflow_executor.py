"""Drives incidents: N workers, one drive per incident at a time, timers, recovery at start."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from langraph import reverting, workflow
from langraph.doors import Doors
from langraph.errors import BadSetting, LangraphError, LedgerBusy, Transient
from langraph.graph import NODE_TIMEOUT, IncidentGraph, NotStarted, Underway, Waiting, timer_of
from langraph.metrics import Metrics
from langraph.models.incident import CLOCK, Action, Decision, Incident, Outcome, Status
from langraph.ports import Message, TimelineEntry, WakeQueue
from langraph.settling import settles_at
from langraph.texts import announcing
from langraph.texts import working as say

log = structlog.get_logger()

TICK = timedelta(seconds=1)  # how late a timer may be; one indexed look-up each
BACKOFF_FIRST = timedelta(seconds=1)
BACKOFF_MOST = timedelta(minutes=1)  # git and Prometheus come back without telling us
LEASE = NODE_TIMEOUT + timedelta(minutes=1)  # a drive that is not back by then has died
RUNS_PER_DRIVE = 20  # a drive that goes on longer gives its worker back; it is woken again


class WorkflowExecutor:
    """Turns wake-ups into progress.

    Args:
        graph: the compiled workflow.
        doors: the same doors that its steps use.
        queue: where wake-ups arrive.
        metrics: counted into.
        workers: drives at the same time.
        max_attempts: failed drives in a row before the incident is given up.
        jitter: a number in [0, 1) for each back-off, so that many incidents do not come back at once.
    """

    def __init__(
        self,
        graph: IncidentGraph,
        doors: Doors,
        queue: WakeQueue,
        metrics: Metrics,
        *,
        workers: int,
        max_attempts: int,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._graph = graph
        self._doors = doors
        self._queue = queue
        self._metrics = metrics
        self._workers = workers
        self._max_attempts = max_attempts
        self._jitter = jitter
        self._delays: dict[str, int] = {}

    async def recover(self) -> None:
        """Wake what is open, and show it anew to people who may have missed it."""
        for incident_id in await self._doors.ledger.open_ids():
            self._queue.wake(incident_id)
            if (await self._doors.ledger.incident(incident_id)).status is not Status.DETECTED:  # nobody knows of it yet
                await workflow.show(self._doors.ledger, incident_id)

    async def run(self) -> None:
        """Recover, then work until cancelled."""
        await self.recover()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_time(), name="timers")
            for number in range(self._workers):
                tasks.create_task(self._work(), name=f"worker-{number}")

    async def _keep_time(self) -> None:
        while True:
            try:
                for incident_id in await self._doors.ledger.due(self._doors.clock.now()):
                    self._queue.wake(incident_id)
            except LedgerBusy as error:
                log.warning("timers wait for the ledger", error=str(error))
            await asyncio.sleep(TICK.total_seconds())

    async def _work(self) -> None:
        while True:
            incident_id = await self._queue.take()
            try:
                with self._metrics.driving():
                    await self.drive(incident_id)
            finally:
                self._queue.done(incident_id)

    async def drive(self, incident_id: str) -> None:
        """Bring one incident as far as it can go now. Idempotent; the caller holds the incident."""
        try:
            with structlog.contextvars.bound_contextvars(incident=incident_id):
                await self._advance(incident_id)
            self._delays.pop(incident_id, None)
        except (Transient, BadSetting) as error:  # a setting is mended by people; what was approved waits for them
            await self._later(incident_id, error)
        except Exception as error:  # noqa: BLE001  # the program's one catch-all: no incident may stop the others
            await self._failed(incident_id, error)

    async def _advance(self, incident_id: str) -> None:
        for _ in range(RUNS_PER_DRIVE):
            incident = await self._doors.ledger.incident(incident_id)
            if not incident.is_open:
                await reverting.take_back(self._doors, incident)
                return
            await self._lease(incident)
            if not await self._step(incident):
                return
        self._queue.wake(incident_id)

    async def _lease(self, incident: Incident) -> None:
        """An open incident always has a next wake-up, also one whose drive never comes back."""
        now = self._doors.clock.now()
        if incident.wake_at is None or incident.wake_at <= now:
            await self._doors.ledger.update(incident.id, wake_at=now + LEASE)

    async def _step(self, incident: Incident) -> bool:
        """One run of the graph if there is reason for one; False when the incident has to wait."""
        match await self._graph.position(incident.id):
            case NotStarted():
                if await self._settles(incident):
                    return False
                await self._graph.start(incident.id)
            case Waiting(node="approve") as waiting:
                return await self._answer(incident, waiting)
            case Waiting() as waiting:
                return await self._ring(incident, waiting)
            case Underway():
                await self._graph.proceed(incident.id)
                await self._refuse_a_dead_end(incident.id)
        await self._succeeded(incident)
        return True

    async def _settles(self, incident: Incident) -> bool:
        """Whether the incident waits for an event that says whose it is."""
        runbook, wait = self._doors.runbooks.get(incident.runbook or ""), self._doors.timing.owner_wait
        until = settles_at(incident, runbook, wait, self._doors.clock.now())
        if until is not None:
            await self._doors.ledger.update(incident.id, wake_at=until)
        return until is not None

    async def _refuse_a_dead_end(self, incident_id: str) -> None:
        """A thread with nothing left to do under an open incident would wait for ever."""
        after = await self._doors.ledger.incident(incident_id)
        if after.is_open and isinstance(await self._graph.position(incident_id), Underway):
            raise LangraphError(f"the workflow of {incident_id} has no next step, but the incident is {after.status}")

    async def _answer(self, incident: Incident, waiting: Waiting) -> bool:
        digest = str(waiting.value["proposal_digest"])
        decision = await self._doors.ledger.decision(digest) or await self._expired(incident, digest)
        if decision is None:
            return False
        await self._graph.resume(incident.id, waiting.interrupt_id, workflow.approval_answer(decision))
        await self._succeeded(incident)
        return True

    async def _expired(self, incident: Incident, digest: str) -> Decision | None:
        """The clock's decision when nobody decided in time; until then, the next alarm."""
        proposal = await self._doors.ledger.proposal(digest)
        now = self._doors.clock.now()
        if now >= proposal.expires_at:
            return await self._doors.ledger.decide(Decision(digest, incident.id, Action.EXPIRE, CLOCK, now))
        remind_at = proposal.created_at + self._doors.timing.approval_reminder
        if remind_at <= now:
            await self._remind(incident, digest, proposal.expires_at)
        alarm = remind_at if remind_at > now else proposal.expires_at
        await self._doors.ledger.update(incident.id, wake_at=min(alarm, proposal.expires_at))
        return None

    async def _remind(self, incident: Incident, digest: str, expires_at: datetime) -> None:
        """One notice per proposal. Key: the digest."""
        known = {
            entry.detail.get("digest")
            for entry in await self._doors.ledger.timeline(incident.id)
            if entry.what == "reminded"
        }
        if digest in known:
            return
        note = announcing.reminder(incident.id, expires_at)
        await self._doors.ledger.tell(Message(f"reminder:{digest}", incident.id, "notice", note=note))
        entry = TimelineEntry(self._doors.clock.now(), "reminded", {"digest": digest})
        await self._doors.ledger.update(incident.id, entry=entry)

    async def _ring(self, incident: Incident, waiting: Waiting) -> bool:
        at = timer_of(waiting)
        if self._doors.clock.now() < at:
            await self._doors.ledger.update(incident.id, wake_at=at)
            return False
        await self._graph.resume(incident.id, waiting.interrupt_id, {"rang_at": self._doors.clock.now().isoformat()})
        await self._succeeded(incident)
        return True

    async def _succeeded(self, incident: Incident) -> None:
        if incident.attempts:
            await self._doors.ledger.update(incident.id, attempts=0)

    async def _later(self, incident_id: str, error: LangraphError) -> None:
        """Something outside is away: it delays, it never counts as a failure."""
        count = self._delays.get(incident_id, 0)
        self._delays[incident_id] = count + 1
        delay = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(count, 10)) * (0.5 + self._jitter() / 2)
        log.warning("the incident waits", incident=incident_id, error=str(error), seconds=delay.total_seconds())
        self._metrics.delayed(type(error).__name__)
        try:
            await self._doors.ledger.update(incident_id, wake_at=self._doors.clock.now() + delay)
        except LedgerBusy:
            asyncio.get_running_loop().call_later(delay.total_seconds(), self._queue.wake, incident_id)

    async def _failed(self, incident_id: str, error: Exception) -> None:
        log.error("a drive failed", incident=incident_id, error=str(error), exc_info=error)
        self._metrics.failed(type(error).__name__)
        try:
            incident = await self._doors.ledger.incident(incident_id)
            attempts = incident.attempts + 1
            now = self._doors.clock.now()
            await self._doors.ledger.update(incident_id, attempts=attempts, wake_at=now + BACKOFF_FIRST * 2**attempts)
            if attempts >= self._max_attempts:
                await self._give_up(incident, error)
        except Transient as busy:
            await self._later(incident_id, busy)

    async def _give_up(self, incident: Incident, error: Exception) -> None:
        if not incident.is_open:
            await reverting.give_up(self._doors, incident, error)
            return
        outcome = Outcome(Status.FAILED, self._doors.clock.now(), say.failed(error))
        note = announcing.workflow_failed(incident.id)
        await self._doors.ledger.tell(Message(f"failed:{incident.id}", incident.id, "notice", note=note))
        try:
            await workflow.finish(self._doors, incident.id, outcome)
        except Transient:
            raise
        except Exception as unrecorded:  # noqa: BLE001  # the same catch-all: it must end as failed, recorded or not
            log.error("a failed incident could not be recorded in git", incident=incident.id, error=str(unrecorded))
            await self._doors.ledger.close(incident.id, outcome)
            await workflow.show(self._doors.ledger, incident.id)
