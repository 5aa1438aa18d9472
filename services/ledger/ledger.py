"""The ledger port over SQL: each method one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, select

from langraph.failpoint import reach
from langraph.models.feedback import NegativeFeedback, Remark, RevertRequest
from langraph.models.incident import Decision, Evidence, Incident, Outcome, Proposal
from langraph.ports import (
    AppliedChange,
    Batch,
    Books,
    Gap,
    Happening,
    IncidentFilter,
    Ingested,
    Intent,
    Message,
    Slot,
    TimelineEntry,
)
from services.ledger import books, decisions, effects, events, feedback, happenings, incidents
from services.ledger import tables as t
from services.ledger.database import Database
from services.ledger.rows import insert

P = ParamSpec("P")
R = TypeVar("R")


def _ns(at: datetime) -> int:
    return (at - t.EPOCH) // timedelta(microseconds=1) * 1000


class SqlLedger:
    """`ports.Ledger` on SQLite, or PostgreSQL by URL.

    Args:
        url: SQLAlchemy URL with an async driver.
        cooldown: how long after its end a re-fire is shown on the old incident instead of opening a new one.
    """

    def __init__(self, url: str, *, cooldown: timedelta) -> None:
        self._db = Database(url)
        self._cooldown = cooldown

    async def open(self) -> None:
        """Check the file, migrate. Raises: LedgerBroken, LedgerBusy."""
        await self._db.open()

    async def close_database(self) -> None:
        """Give the file back."""
        await self._db.close()

    async def _read(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        async def read() -> R:
            async with self._db.read() as connection:
                return await connection.run_sync(work, *args, **kwargs)

        return await self._db.to_its_end(read())

    async def _write(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        async def write() -> R:
            async with self._db.write() as connection:
                return await connection.run_sync(work, *args, **kwargs)

        return await self._db.to_its_end(write())

    # events

    async def cursor(self, source: str) -> str | None:
        return await self._read(
            lambda c: c.execute(select(t.cursor.c.value).where(t.cursor.c.source == source)).scalar()
        )

    async def ingest(self, batch: Batch, now: datetime) -> Ingested:
        reach("ledger.ingest.before")
        ingested = await self._write(events.ingest, batch, now, self._cooldown)
        reach("ledger.ingest.after")
        return ingested

    async def minute_counts(self, source: str, since_ns: int) -> Mapping[int, int]:
        def work(connection: Connection) -> Mapping[int, int]:
            c = t.minute_count.c
            rows = connection.execute(select(c.minute, c.lines).where(c.source == source, c.minute >= since_ns))
            return {row.minute: row.lines for row in rows}

        return await self._read(work)

    async def save_minute_counts(self, source: str, counts: Mapping[int, int]) -> None:
        def work(connection: Connection) -> None:
            statement = insert(connection, t.minute_count)
            statement = statement.on_conflict_do_update(
                index_elements=["source", "minute"], set_={"lines": statement.excluded.lines}
            )
            connection.execute(
                statement, [{"source": source, "minute": minute, "lines": n} for minute, n in counts.items()]
            )

        if counts:
            await self._write(work)

    async def gaps(self) -> Sequence[Gap]:
        def work(connection: Connection) -> Sequence[Gap]:
            return [Gap(**row._mapping) for row in connection.execute(select(t.gap).order_by(t.gap.c.since_ns))]

        return await self._read(work)

    async def alerts_of(self, incident_id: str) -> Mapping[str, bool]:
        return await self._read(events.alerts_of, incident_id)

    async def firing_alerts(self, source: str) -> Sequence[tuple[str, datetime]]:
        def work(connection: Connection) -> Sequence[tuple[str, datetime]]:
            c = t.alert.c
            rows = connection.execute(select(c.fingerprint, c.starts_at).where(c.source == source, c.firing))
            return [(row.fingerprint, row.starts_at) for row in rows]

        return await self._read(work)

    async def occurrences_between(self, incident_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        return await self._read(events.occurrences_between, incident_id, _ns(since), _ns(until))

    async def forget_seen(self, before: datetime) -> int:
        return await self._write(events.forget_seen, before)

    # incidents

    async def incident(self, incident_id: str) -> Incident:
        return await self._read(incidents.get, incident_id)

    async def incidents(
        self, where: IncidentFilter, limit: int, after: str | None = None
    ) -> tuple[Sequence[Incident], str | None]:
        return await self._read(incidents.listing, where, limit, after)

    async def due(self, now: datetime) -> Sequence[str]:
        return await self._read(incidents.due, now)

    async def open_ids(self) -> Sequence[str]:
        return await self._read(incidents.open_ids)

    async def update(
        self,
        incident_id: str,
        *,
        entry: TimelineEntry | None = None,
        evidence: Sequence[Evidence] = (),
        **changes: object,
    ) -> Incident:
        return await self._write(incidents.change, incident_id, entry, evidence, changes)

    async def close(self, incident_id: str, outcome: Outcome) -> Incident:
        reach("close.before")
        closed = await self._write(incidents.close, incident_id, outcome)
        reach("close.after")
        return closed

    async def timeline(self, incident_id: str) -> Sequence[TimelineEntry]:
        return await self._read(incidents.timeline, incident_id)

    async def evidence(self, incident_id: str) -> Sequence[Evidence]:
        return await self._read(incidents.evidence, incident_id)

    async def happenings(self, after: int, limit: int, incident_id: str | None = None) -> Sequence[Happening]:
        return await self._read(happenings.happenings, after, limit, incident_id)

    async def latest_happening(self) -> int:
        return await self._read(happenings.latest_happening)

    # proposals, decisions

    async def propose(self, proposal: Proposal) -> None:
        await self._write(decisions.propose, proposal)

    async def proposal(self, digest: str) -> Proposal:
        return await self._read(decisions.proposal, digest)

    async def decide(
        self, decision: Decision, replacement: Proposal | None = None, *, approves_replacement: bool = False
    ) -> Decision:
        reach("ledger.decide.before")
        standing = await self._write(decisions.decide, decision, replacement, approves_replacement)
        reach("ledger.decide.after")
        return standing

    async def decision(self, digest: str) -> Decision | None:
        return await self._read(decisions.decision, digest)

    async def proposals(self, incident_id: str) -> Sequence[Proposal]:
        return await self._read(decisions.proposals, incident_id)

    async def applied_changes(self, since: datetime) -> Sequence[AppliedChange]:
        return await self._read(decisions.applied_changes, since)

    async def claimed_by_others(self, incident_id: str, keys: Sequence[str]) -> Mapping[str, str]:
        return await self._read(decisions.claimed_by_others, incident_id, keys)

    # afterwards

    async def ask_revert(self, request: RevertRequest) -> RevertRequest:
        reach("ledger.decide.before")
        standing = await self._write(feedback.ask_revert, request)
        reach("ledger.decide.after")
        return standing

    async def revert_request(self, digest: str) -> RevertRequest | None:
        return await self._read(feedback.revert_request, digest)

    async def remark(self, remark: Remark) -> None:
        await self._write(feedback.remark, remark)

    async def remarks(self, incident_id: str) -> Sequence[Remark]:
        return await self._read(feedback.remarks, incident_id)

    async def complain(self, said: NegativeFeedback) -> None:
        await self._write(feedback.complain, said)

    async def complaints(self, incident_id: str | None = None) -> Sequence[NegativeFeedback]:
        return await self._read(feedback.complaints, incident_id)

    async def complaint_recorded(self, op_id: str, commit: str) -> None:
        await self._write(feedback.complaint_recorded, op_id, commit)

    async def save_inputs(self, incident_id: str, version: int, inputs: Mapping[str, Any]) -> None:
        await self._write(feedback.save_inputs, incident_id, version, inputs)

    async def inputs(self, incident_id: str) -> Mapping[str, Any] | None:
        return await self._read(feedback.inputs, incident_id)

    # effects

    async def intent(self, op_id: str) -> Intent | None:
        return await self._read(effects.intent, op_id)

    async def intend(self, intent: Intent) -> Intent:
        reach("intent.before")
        standing = await self._write(effects.intend, intent)
        reach("intent.after")
        return standing

    async def settle(self, op_id: str, state: str, result: str) -> None:
        reach("settle.before")
        await self._write(effects.settle, op_id, state, result)
        reach("settle.after")

    async def intents(self, state: str = "intended") -> Sequence[Intent]:
        return await self._read(effects.intents, state)

    async def tell(self, message: Message) -> None:
        await self._write(effects.tell, message)

    async def outbox(self) -> Sequence[Message]:
        return await self._read(effects.outbox)

    async def told(self, op_id: str, revision: int, remote_ref: str) -> None:
        await self._write(effects.told, op_id, revision, remote_ref)

    async def halted(self) -> str | None:
        return await self._read(effects.halted)

    async def set_halted(self, reason: str | None) -> None:
        await self._write(effects.set_halted, reason)

    async def books(self) -> Books:
        return await self._read(books.books)

    async def audit(self, at: datetime, who: str, what: str, detail: Mapping[str, str]) -> None:
        await self._write(effects.note_audit, at, who, what, dict(detail))
