"""Incidents as rows: look up, list, change, close."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update

from langraph.errors import BadInput, NotFound
from langraph.models.incident import OPEN_STATUSES, Evidence, Incident, Outcome
from langraph.ports import IncidentFilter, TimelineEntry
from langraph.texts import refusing as say
from services.ledger import tables as t
from services.ledger.events import add_evidence
from services.ledger.rows import note, to_incident

CHANGEABLE = frozenset(
    {"status", "severity", "app", "namespace", "category", "runbook", "wake_at", "attempts", "proposal_digest"}
    | {"diagnosis", "commits"}
)
AFTER_THE_END = frozenset({"wake_at", "attempts", "commits"})
"""What still changes of a closed incident, while its change is taken back."""


def get(connection: Connection, incident_id: str) -> Incident:
    """Raises: NotFound."""
    row = connection.execute(select(t.incident).where(t.incident.c.id == incident_id)).first()
    if row is None:
        unknown = say.no_such_incident(incident_id)
        raise NotFound(unknown.en, ko=unknown.ko)
    return to_incident(row)


def listing(
    connection: Connection, where: IncidentFilter, limit: int, after: str | None
) -> tuple[Sequence[Incident], str | None]:
    """Newest first; `after` is the id of the last incident of the page before."""
    c = t.incident.c
    conditions = _conditions(where)
    if after is not None:
        last = get(connection, after)
        conditions.append(or_(c.opened_at < last.opened_at, and_(c.opened_at == last.opened_at, c.id < last.id)))
    rows = connection.execute(
        select(t.incident).where(*conditions).order_by(c.opened_at.desc(), c.id.desc()).limit(limit + 1)
    ).all()
    page = [to_incident(row) for row in rows[:limit]]
    return page, page[-1].id if len(rows) > limit else None


def _conditions(where: IncidentFilter) -> list[ColumnElement[bool]]:
    c = t.incident.c
    wanted: Mapping[str, Any] = {
        "status": where.status,
        "app": where.app,
        "category": where.category,
        "severity": where.severity,
    }
    conditions: list[ColumnElement[bool]] = [c[name] == value for name, value in wanted.items() if value is not None]
    if where.open_only:
        conditions.append(c.status.in_(OPEN_STATUSES))
    return conditions


def due(connection: Connection, now: datetime) -> Sequence[str]:
    """Incidents whose time has come, longest waiting first."""
    c = t.incident.c
    query = select(c.id).where(c.wake_at <= now).order_by(c.wake_at)
    return list(connection.execute(query).scalars())


def open_ids(connection: Connection) -> Sequence[str]:
    """Every incident that is not closed, oldest first."""
    c = t.incident.c
    return list(connection.execute(select(c.id).where(c.status.in_(OPEN_STATUSES)).order_by(c.opened_at)).scalars())


def change(
    connection: Connection,
    incident_id: str,
    entry: TimelineEntry | None,
    evidence: Sequence[Evidence],
    changes: Mapping[str, object],
) -> Incident:
    """Set fields of an open incident; of a closed one only its timeline and its way back go on."""
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise BadInput(f"these fields of an incident are not for changing: {', '.join(sorted(unknown))}")
    current = get(connection, incident_id)
    if changes and (current.is_open or changes.keys() <= AFTER_THE_END):
        connection.execute(update(t.incident).where(t.incident.c.id == incident_id).values(**changes))
    for seen in evidence:
        slot = hashlib.sha256(seen.text.encode(errors="replace")).hexdigest()[:16]
        add_evidence(connection, incident_id, f"{seen.kind}-{slot}", seen)
    if entry is not None:
        note(connection, incident_id, entry.at, entry.what, entry.detail)
    return get(connection, incident_id)


def close(connection: Connection, incident_id: str, outcome: Outcome) -> Incident:
    """Close for ever and give its keys free; a second call changes nothing."""
    current = get(connection, incident_id)
    if not current.is_open:
        return current
    connection.execute(
        update(t.incident)
        .where(t.incident.c.id == incident_id)
        .values(status=outcome.status, outcome=outcome, closed_at=outcome.at, wake_at=None, attempts=0)
    )
    connection.execute(delete(t.claim).where(t.claim.c.incident_id == incident_id))
    note(connection, incident_id, outcome.at, "closed", {"status": str(outcome.status)})
    return get(connection, incident_id)


def timeline(connection: Connection, incident_id: str) -> Sequence[TimelineEntry]:
    """Everything that happened to it, in order."""
    c = t.timeline.c
    rows = connection.execute(select(c.at, c.what, c.detail).where(c.incident_id == incident_id).order_by(c.id))
    return [TimelineEntry(row.at, row.what, row.detail) for row in rows]


def evidence(connection: Connection, incident_id: str) -> Sequence[Evidence]:
    """Everything kept that speaks for or against a cause, lines first."""
    c = t.evidence.c
    return list(connection.execute(select(c.body).where(c.incident_id == incident_id).order_by(c.slot)).scalars())
