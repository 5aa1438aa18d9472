"""Counting events in: one page, one transaction, each line once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from langraph.models.incident import (
    Evidence,
    Incident,
    Occurrence,
    Status,
    incident_id,
)
from langraph.ports import SLOT, Batch, Gap, Ingested, Message, Slot
from langraph.texts import announcing
from services.ledger import belonging, grouping
from services.ledger import tables as t
from services.ledger.effects import freshen, known_to_outbox, tell
from services.ledger.rows import IN_CHUNK, day_of, from_incident, insert, instant, note, to_incident, upsert

SLOT_NS = SLOT // timedelta(microseconds=1) * 1000
KEPT_LINES = 20  # evidence lines kept with an incident: enough to judge, bounded in a storm


def ingest(connection: Connection, batch: Batch, now: datetime, cooldown: timedelta) -> Ingested:
    """Count a page in; the same page twice changes nothing."""
    new = _new_keys(connection, batch, now)
    fresh = _first_of_each(o for o in batch.occurrences if o.key in new)
    opened: list[str] = []
    touched: list[str] = []
    for occurrences in _causes_first(_by_fingerprint(grouping.by_message(connection, fresh, now))):
        incident, is_new = _incident_for(connection, occurrences, now, cooldown)
        _count(connection, incident, occurrences, now)
        (opened if is_new else touched).append(incident.id)
    _keep_firing(connection, batch.occurrences)
    touched += _resolve(connection, batch, now)
    _save_gaps(connection, batch.gaps)
    if batch.cursor is not None:
        upsert(connection, t.cursor, {"source": batch.source}, {"value": batch.cursor})
    touched = list(dict.fromkeys(i for i in touched if i not in opened))
    freshen(connection, touched)
    return Ingested(len(new), len(fresh), tuple(opened), tuple(touched))


def _new_keys(connection: Connection, batch: Batch, now: datetime) -> set[bytes]:
    if not batch.keys:
        return set()
    # Dated by the reading, not by the line: a sweep that can still meet the line is younger than that.
    today = day_of(now)
    rows = [{"key": key, "day": today} for key in dict.fromkeys(batch.keys)]
    statement = insert(connection, t.seen).on_conflict_do_nothing().returning(t.seen.c.key)
    return {bytes(key) for key in connection.execute(statement, rows).scalars()}


def _first_of_each(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    return sorted({o.key: o for o in occurrences}.values(), key=lambda o: o.at_ns)


def _by_fingerprint(occurrences: Iterable[Occurrence]) -> list[list[Occurrence]]:
    groups: dict[str, list[Occurrence]] = {}
    for occurrence in occurrences:
        groups.setdefault(occurrence.fingerprint, []).append(occurrence)
    return list(groups.values())


def _causes_first(groups: list[list[Occurrence]]) -> list[list[Occurrence]]:
    """Causes before symptoms, faults that say whose they are before those that do not: these may join the first."""
    return sorted(groups, key=lambda group: (group[0].category.is_symptom, group[0].app is None))


def _incident_for(
    connection: Connection, occurrences: Sequence[Occurrence], now: datetime, cooldown: timedelta
) -> tuple[Incident, bool]:
    """The incident these occurrences belong to, opened when there is none."""
    first = occurrences[0]
    opened_at = instant(first.at_ns)
    latest = connection.execute(
        select(t.incident)
        .where(t.incident.c.fingerprint == first.fingerprint)
        .order_by(t.incident.c.opened_at.desc())
        .limit(1)
    ).first()
    if latest is not None:
        same = to_incident(latest)
        if same.closed_at is None or instant(occurrences[-1].at_ns) <= same.closed_at + cooldown:
            return same, False
    known = belonging.explained_by(connection, first, opened_at, cooldown)
    known = known or belonging.owned_by(connection, occurrences, opened_at, now)
    if known is not None:
        return known, False
    new_id = incident_id(opened_at, first.fingerprint)
    same_second = connection.execute(select(t.incident).where(t.incident.c.id == new_id)).first()
    if same_second is not None:
        return to_incident(same_second), False
    incident = Incident(
        id=new_id,
        fingerprint=first.fingerprint,
        category=first.category,
        runbook=first.runbook,
        app=first.app,
        namespace=first.namespace,
        severity=min((o.severity for o in occurrences), key=lambda s: s.rank),
        status=Status.DETECTED,
        source=first.source,
        first_line=first.text,
        labels=first.labels,
        facts=first.facts,
        opened_at=opened_at,
        last_seen_at=opened_at,
        count=0,
        wake_at=now,
    )
    connection.execute(insert(connection, t.incident).values(**from_incident(incident)))
    note(connection, incident.id, now, "opened", {"source": first.source, "category": str(first.category)})
    return incident, True


def _count(connection: Connection, incident: Incident, occurrences: Sequence[Occurrence], now: datetime) -> None:
    keys = [o.key for o in occurrences]
    for chunk in (keys[i : i + IN_CHUNK] for i in range(0, len(keys), IN_CHUNK)):
        connection.execute(update(t.seen).where(t.seen.c.key.in_(chunk)).values(incident_id=incident.id))
    _count_rate(connection, incident.id, occurrences)
    _keep_lines(connection, incident, occurrences)
    for occurrence in occurrences:
        if occurrence.alert is not None:
            _save_alert(connection, incident.id, occurrence)
    again = 0 if incident.is_open else len(occurrences)
    last = instant(occurrences[-1].at_ns)
    connection.execute(
        update(t.incident)
        .where(t.incident.c.id == incident.id)
        .values(
            count=t.incident.c.count + len(occurrences),
            refires=t.incident.c.refires + again,
            last_seen_at=max(last, incident.last_seen_at),
        )
    )
    if again and incident.refires == 0:
        note(connection, incident.id, now, "refired", {})


def _count_rate(connection: Connection, incident: str, occurrences: Sequence[Occurrence]) -> None:
    """Lines only: an alert has its own state, and a restarted Prometheus may tell an old one anew."""
    slots: dict[int, int] = {}
    for occurrence in occurrences:
        if occurrence.alert is not None:
            continue
        slot = occurrence.at_ns // SLOT_NS
        slots[slot] = slots.get(slot, 0) + 1
    statement = insert(connection, t.incident_rate)
    statement = statement.on_conflict_do_update(
        index_elements=["incident_id", "slot"],
        set_={"count": t.incident_rate.c.count + statement.excluded.count},
    )
    rows = [{"incident_id": incident, "slot": slot, "count": count} for slot, count in sorted(slots.items())]
    if rows:
        connection.execute(statement, rows)


def _keep_lines(connection: Connection, incident: Incident, occurrences: Sequence[Occurrence]) -> None:
    room = occurrences[: max(0, KEPT_LINES - incident.count)]
    for slot, occurrence in enumerate(room, start=incident.count):
        kind = "alert" if occurrence.alert is not None else "line"
        seen = Evidence(kind=kind, text=occurrence.text, at=instant(occurrence.at_ns), supports=True)
        add_evidence(connection, incident.id, f"line-{slot:02}", seen)


def add_evidence(connection: Connection, incident: str, slot: str, seen: Evidence) -> None:
    """Keep one piece of evidence; the newest for its slot stays."""
    upsert(connection, t.evidence, {"incident_id": incident, "slot": slot}, {"body": seen, "at": seen.at})


def _save_alert(connection: Connection, incident: str, occurrence: Occurrence) -> None:
    alert = occurrence.alert
    assert alert is not None
    upsert(
        connection,
        t.alert,
        {"source": alert.source, "fingerprint": alert.fingerprint, "starts_at": alert.starts_at},
        {"name": alert.name, "incident_id": incident, "firing": alert.firing},
    )


def _keep_firing(connection: Connection, occurrences: Sequence[Occurrence]) -> None:
    """An alert that is told again fires, whoever told it first; one that we took for over has never stopped."""
    for occurrence in occurrences:
        if occurrence.alert is None or not occurrence.alert.firing:
            continue
        counted_in = select(t.seen.c.incident_id).where(t.seen.c.key == occurrence.key)
        incident = connection.execute(counted_in).scalar()
        if incident is not None:
            _save_alert(connection, incident, occurrence)


def _resolve(connection: Connection, batch: Batch, now: datetime) -> list[str]:
    c = t.alert.c
    touched = []
    for fingerprint, starts_at in batch.resolved:
        same = (c.source == batch.source, c.fingerprint == fingerprint, c.starts_at <= starts_at, c.firing)
        over = update(t.alert).where(*same).values(firing=False).returning(c.incident_id, c.name)
        for row in connection.execute(over).all():
            note(connection, row.incident_id, now, "alert_resolved", {"alert": row.name})
            touched.append(str(row.incident_id))
    return touched


def _save_gaps(connection: Connection, gaps: Sequence[Gap]) -> None:
    """Keep each gap, and tell people of it once."""
    for gap in gaps:
        key = {"source": gap.source, "since_ns": gap.since_ns, "until_ns": gap.until_ns}
        upsert(connection, t.gap, key, {"reason": gap.reason, "lines": gap.lines})
        op_id = f"gap:{gap.source}:{gap.since_ns}:{gap.until_ns}"
        if not known_to_outbox(connection, op_id):
            tell(connection, Message(op_id, None, "notice", urgent=False, note=announcing.gap(gap)))


def occurrences_between(connection: Connection, incident: str, since_ns: int, until_ns: int) -> Sequence[Slot]:
    """The slots with occurrences that lie wholly in the window, oldest first."""
    c = t.incident_rate.c
    within = (c.incident_id == incident, c.slot >= -(-since_ns // SLOT_NS), c.slot < until_ns // SLOT_NS)
    rows = connection.execute(select(c.slot, c.count).where(*within).order_by(c.slot))
    return [Slot(instant(row.slot * SLOT_NS), row[1]) for row in rows]


def forget_seen(connection: Connection, before: datetime) -> int:
    """Drop keys read before that day; returns how many."""
    gone = connection.execute(delete(t.seen).where(t.seen.c.day < day_of(before)))
    before_ns = (before - t.EPOCH) // timedelta(microseconds=1) * 1000
    connection.execute(delete(t.minute_count).where(t.minute_count.c.minute < before_ns))
    grouping.forget(connection, before)
    return int(gone.rowcount)


def alerts_of(connection: Connection, incident: str) -> Mapping[str, bool]:
    """Fingerprint of each alert that belongs to the incident, and whether it fired when we last heard of it."""
    rows = connection.execute(select(t.alert.c.fingerprint, t.alert.c.firing).where(t.alert.c.incident_id == incident))
    found: dict[str, bool] = {}
    for row in rows:
        found[row.fingerprint] = found.get(row.fingerprint, False) or row.firing
    return found
