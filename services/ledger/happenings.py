"""The timeline of all incidents as one numbered row of happenings, for whoever follows along."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from langraph.ports import Happening
from services.ledger import tables as t

# A row's number is never given twice: no row is ever deleted, and one writer at a time makes them visible in order.


def happenings(connection: Connection, after: int, limit: int, incident_id: str | None) -> Sequence[Happening]:
    """What has a higher number than `after`, lowest first, at most `limit` of it."""
    c = t.timeline.c
    query = (
        select(c.id.label("number"), c.incident_id, c.at, c.what, c.detail, t.incident.c.status)
        .join(t.incident, t.incident.c.id == c.incident_id)
        .where(c.id > after)
        .order_by(c.id)
        .limit(limit)
    )
    if incident_id is not None:
        query = query.where(c.incident_id == incident_id)
    return [Happening(**row._mapping) for row in connection.execute(query)]


def latest_happening(connection: Connection) -> int:
    """The highest number; 0 when nothing has happened yet."""
    return int(connection.execute(select(func.coalesce(func.max(t.timeline.c.id), 0))).scalar_one())
