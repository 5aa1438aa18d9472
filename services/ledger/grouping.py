"""Unknown faults under the message they are of: `langraph.fingerprint.Groups`, with its memory in rows.

A template alone does not tell every name from a word; the templates read before do. They are kept here, so that a
restart changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from langraph.fingerprint import Groups
from langraph.models.incident import Category, Occurrence
from services.ledger import tables as t
from services.ledger.rows import IN_CHUNK, day_of, insert, instant

MOST = 500  # templates of one app that a new one is compared with: those read last
KEPT = timedelta(days=90)  # after it was read last


def by_message(connection: Connection, occurrences: Sequence[Occurrence], now: datetime) -> list[Occurrence]:
    """The occurrences, those of unknown messages with the fingerprint that their message is counted under.

    Args:
        occurrences: oldest first.
    """
    unknown = {one.fingerprint: one for one in reversed(occurrences) if _is_unknown_message(one)}
    if not unknown:
        return list(occurrences)
    known = _known(connection, list(unknown), now)
    new = sorted((one for one in unknown.values() if one.fingerprint not in known), key=lambda one: one.at_ns)
    groups: dict[tuple[str | None, str | None], Groups] = {}
    for one in new:
        whose = one.app, one.namespace
        if whose not in groups:
            groups[whose] = _read(connection, *whose)
        known[one.fingerprint] = groups[whose].join(one.template, one.fingerprint)
        _keep(connection, one, known[one.fingerprint], now)
    return [
        replace(one, fingerprint=known[one.fingerprint]) if _is_unknown_message(one) else one for one in occurrences
    ]


def forget(connection: Connection, before: datetime) -> None:
    """Drop the templates that nothing has read for long before that day."""
    connection.execute(delete(t.template).where(t.template.c.day < day_of(before - KEPT)))


def _is_unknown_message(one: Occurrence) -> bool:
    return one.category is Category.UNKNOWN and one.runbook is None and one.alert is None


def _known(connection: Connection, fingerprints: Sequence[str], now: datetime) -> dict[str, str]:
    """What the templates of these fingerprints are counted as, where they were read before; they are read now."""
    c, today = t.template.c, day_of(now)
    found: dict[str, str] = {}
    old: list[str] = []
    for chunk in (fingerprints[i : i + IN_CHUNK] for i in range(0, len(fingerprints), IN_CHUNK)):
        for row in connection.execute(select(c.fingerprint, c.counted_as, c.day).where(c.fingerprint.in_(chunk))):
            found[row.fingerprint] = row.counted_as
            old += [row.fingerprint] if row.day < today else []
    for chunk in (old[i : i + IN_CHUNK] for i in range(0, len(old), IN_CHUNK)):
        connection.execute(update(t.template).where(c.fingerprint.in_(chunk)).values(day=today))
    return found


def _read(connection: Connection, app: str | None, namespace: str | None) -> Groups:
    """The groups that the app's templates were told apart into."""
    c = t.template.c
    whose = (c.app.is_not_distinct_from(app), c.namespace.is_not_distinct_from(namespace))
    latest = select(c.text, c.counted_as, c.first_at, c.fingerprint).where(*whose)
    rows = connection.execute(latest.order_by(c.day.desc(), c.first_at.desc(), c.fingerprint).limit(MOST)).all()
    groups = Groups(2 * MOST)
    for row in sorted(rows, key=lambda row: (row.first_at, row.fingerprint)):
        groups.remember(row.text, row.counted_as)
    return groups


def _keep(connection: Connection, one: Occurrence, counted_as: str, now: datetime) -> None:
    row = {
        "fingerprint": one.fingerprint,
        "app": one.app,
        "namespace": one.namespace,
        "text": one.template,
        "counted_as": counted_as,
        "first_at": instant(one.at_ns),
        "day": day_of(now),
    }
    connection.execute(insert(connection, t.template).values(**row).on_conflict_do_nothing())
