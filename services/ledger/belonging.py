"""Which incident a new fault is a part of: the cause of a symptom, the owner of a line that names none."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, or_, select, update

from langraph.models.incident import OPEN_STATUSES, Category, Incident, Occurrence, Status
from services.ledger import tables as t
from services.ledger.rows import note, to_incident

SYMPTOM_WITHIN = timedelta(minutes=15)  # a crash loop's back-off reaches 5 minutes; alerts wait for 15
OWNERLESS_WITHIN = timedelta(minutes=2)  # kernel, kubelet and event exporter tell the same kill within seconds
MOST_CAUSES = 10  # looked at for a symptom; with more of them it would be a guess anyway


def explained_by(connection: Connection, first: Occurrence, at: datetime, cooldown: timedelta) -> Incident | None:
    """The incident that a new fault is a part of: the cause of a symptom, or the owner of an ownerless line.

    An open one, else one that is in its cool-down; only when exactly one fits: two would be a guess.
    """
    c = t.incident.c
    conditions: list[ColumnElement[bool]] = [or_(c.status.in_(OPEN_STATUSES), c.closed_at >= at - cooldown)]
    if first.category.is_symptom and first.app is not None:
        conditions += [c.app == first.app, c.namespace == first.namespace, c.category != Category.UNKNOWN]
        near = SYMPTOM_WITHIN
    elif first.app is None and first.category is not Category.UNKNOWN:
        conditions += [c.category == first.category, c.app.is_not(None), *_same_namespace(first)]
        near = OWNERLESS_WITHIN
    else:
        return None
    found = _near(connection, conditions, at, near)
    causes = [one for one in found if not one.category.is_symptom]
    likely = [one for one in causes if one.is_open] or causes
    return likely[0] if len(likely) == 1 else None


def owned_by(connection: Connection, occurrences: Sequence[Occurrence], at: datetime, now: datetime) -> Incident | None:
    """The one ownerless incident that these occurrences tell the owner of; it becomes that owner's.

    Only while it waits for that (`langraph.settling`): what people may have been told of changes its app no more.
    """
    first = occurrences[0]
    if first.app is None or first.category is Category.UNKNOWN or first.category.is_symptom:
        return None
    c = t.incident.c
    conditions = [c.status == Status.DETECTED, c.app.is_(None), c.category == first.category, *_same_namespace(first)]
    found = _near(connection, conditions, at, OWNERLESS_WITHIN)
    if len(found) != 1:
        return None
    incident = found[0]
    owner = {
        "fingerprint": first.fingerprint,
        "runbook": first.runbook,
        "app": first.app,
        "namespace": first.namespace,
        "severity": min((one.severity for one in occurrences), key=lambda s: s.rank),
        "source": first.source,
        "first_line": first.text,
        "labels": first.labels,
        "facts": first.facts,
    }
    connection.execute(update(t.incident).where(c.id == incident.id).values(**owner))
    note(connection, incident.id, now, "owner_named", {"app": first.app})
    return incident


def _same_namespace(first: Occurrence) -> list[ColumnElement[bool]]:
    """Where only one of the two says its namespace, nothing speaks against it."""
    c = t.incident.c.namespace
    return [] if first.namespace is None else [or_(c.is_(None), c == first.namespace)]


def _near(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], at: datetime, near: timedelta
) -> list[Incident]:
    c = t.incident.c
    close_by = (c.last_seen_at >= at - near, c.opened_at <= at + near)
    newest_first = select(t.incident).where(*conditions, *close_by).order_by(c.opened_at.desc()).limit(MOST_CAUSES)
    return [to_incident(row) for row in connection.execute(newest_first)]
