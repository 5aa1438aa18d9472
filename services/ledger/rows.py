"""Rows: written in whichever dialect the database speaks, an incident's turned into the noun and back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from langraph.models.incident import Incident
from services.ledger import tables as t

IN_CHUNK = 500  # bound parameters in one IN (...): below every database's limit


def insert(connection: Connection, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def upsert(connection: Connection, table: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Insert the row, or set `values` on the one with this key."""
    statement = insert(connection, table).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))


def note(connection: Connection, incident: str, at: datetime, what: str, detail: Mapping[str, str]) -> None:
    """One timeline entry; the same happening twice is one entry."""
    row = {"incident_id": incident, "at": at, "what": what, "detail": dict(sorted(detail.items()))}
    connection.execute(insert(connection, t.timeline).values(**row).on_conflict_do_nothing())


def to_incident(row: Row[Any]) -> Incident:
    """A row of the incident table as the noun."""
    return Incident(**row._mapping)


def from_incident(incident: Incident) -> dict[str, Any]:
    """The noun as a row of the incident table."""
    return {column.name: getattr(incident, column.name) for column in t.incident.columns}


def instant(at_ns: int) -> datetime:
    """Nanoseconds of Unix time as the time that the tables keep, to the microsecond."""
    return t.EPOCH + timedelta(microseconds=at_ns // 1000)


def day_of(at: datetime) -> int:
    """Days since 1970, UTC."""
    return (at - t.EPOCH).days
