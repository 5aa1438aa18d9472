"""The ledger's tables, as SQLAlchemy Core. Changing one needs a migration beside this file."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from langraph.models.incident import Category, Diagnosis, Evidence, Outcome, Proposal, Severity, Status
from langraph.models.text import Text as Sentence

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as integer microseconds of Unix time: sorts the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """A frozen noun (or plain mapping) as JSON text, decoded into exactly that type."""

    impl = Text
    cache_ok = True

    def __init__(self, noun: Any) -> None:
        super().__init__()
        self.noun = noun

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value, enc_hook=_plain).decode()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.json.decode(value, type=self.noun)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"cannot store {type(value).__name__} in the ledger")


class Word(TypeDecorator[Any]):
    """A member of one of our enumerations, stored as its word."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[Any]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        return None if value is None else self.words(value)


metadata = MetaData()

cursor = Table(
    "cursor",
    metadata,
    Column("source", String, primary_key=True),
    Column("value", Text, nullable=False),
)

# One row per line or alert ever read, until it is older than the deepest sweep. No incident: matched nothing.
seen = Table(
    "seen",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("incident_id", String),
    Index("seen_by_day", "day"),
    sqlite_with_rowid=False,
)

minute_count = Table(
    "minute_count",
    metadata,
    Column("source", String, primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("lines", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

gap = Table(
    "gap",
    metadata,
    Column("source", String, primary_key=True),
    Column("since_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("until_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("lines", BigInteger),
)

incident = Table(
    "incident",
    metadata,
    Column("id", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("category", Word(Category), nullable=False),
    Column("runbook", String),
    Column("app", String),
    Column("namespace", String),
    Column("severity", Word(Severity), nullable=False),
    Column("status", Word(Status), nullable=False),
    Column("source", String, nullable=False),
    Column("first_line", Text, nullable=False),
    Column("labels", Json(dict[str, str]), nullable=False),
    Column("facts", Json(dict[str, str]), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("refires", BigInteger, nullable=False),
    Column("closed_at", Instant),
    Column("wake_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("proposal_digest", String),
    Column("diagnosis", Json(Diagnosis)),
    Column("outcome", Json(Outcome)),
    Column("commits", Json(tuple[str, ...]), nullable=False),
    Index("incident_by_fingerprint", "fingerprint", "opened_at"),
    Index("incident_by_time", "opened_at", "id"),
    Index("incident_due", "wake_at"),
)

# What messages of unknown faults look like, and the fingerprint under which each is counted: its own, or that of the
# template that its message was first read with.
template = Table(
    "template",
    metadata,
    Column("fingerprint", String, primary_key=True),
    Column("app", String),
    Column("namespace", String),
    Column("text", Text, nullable=False),
    Column("counted_as", String, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("day", Integer, nullable=False),
    Index("template_by_app", "app", "namespace"),
    Index("template_by_day", "day"),
)

# Occurrences by their own time, in slots of ten seconds: the rate before and after a change, without keeping the lines.
incident_rate = Table(
    "incident_rate",
    metadata,
    Column("incident_id", String, ForeignKey("incident.id"), primary_key=True),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

alert = Table(
    "alert",
    metadata,
    Column("source", String, primary_key=True),
    Column("fingerprint", String, primary_key=True),
    Column("starts_at", Instant, primary_key=True),
    Column("name", String, nullable=False),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
    Column("firing", Boolean, nullable=False),
    Index("alert_by_incident", "incident_id"),
)

evidence = Table(
    "evidence",
    metadata,
    Column("incident_id", String, ForeignKey("incident.id"), primary_key=True),
    Column("slot", String, primary_key=True),
    Column("body", Json(Evidence), nullable=False),
    Column("at", Instant, nullable=False),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", String, nullable=False),
    Column("detail", Json(dict[str, str]), nullable=False),
    UniqueConstraint("incident_id", "what", "detail", name="one_entry_per_happening"),
)

proposal = Table(
    "proposal",
    metadata,
    Column("digest", String, primary_key=True),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Json(Proposal), nullable=False),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("incident_id", "version", name="one_proposal_per_version"),
)

# At most one open incident may be changing a value.
claim = Table(
    "claim",
    metadata,
    Column("key", String, primary_key=True),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
)

decision = Table(
    "decision",
    metadata,
    Column("proposal_digest", String, ForeignKey("proposal.digest"), primary_key=True),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
    Column("action", String, nullable=False),
    Column("by_id", String, nullable=False),
    Column("by_name", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("comment", Text, nullable=False),
    Column("auto_revert", Boolean, nullable=False),
    Column("replaced_by", String),
)

intent = Table(
    "intent",
    metadata,
    Column("op_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("result", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("op_id", String, primary_key=True),
    Column("incident_id", String, ForeignKey("incident.id")),
    Column("kind", String, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("note", Json(Sentence)),
    Column("revision", Integer, nullable=False),
    Column("shown_revision", Integer, nullable=False),
    Column("remote_ref", String),
)

# At most one wish to take a committed change back.
revert_request = Table(
    "revert_request",
    metadata,
    Column("proposal_digest", String, ForeignKey("proposal.digest"), primary_key=True),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
    Column("by_id", String, nullable=False),
    Column("by_name", String, nullable=False),
    Column("at", Instant, nullable=False),
)

remark = Table(
    "remark",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("incident_id", String, ForeignKey("incident.id"), nullable=False),
    Column("by_id", String, nullable=False),
    Column("by_name", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("user_recognition", Text, nullable=False),
    Column("user_approved_action", Text, nullable=False),
    UniqueConstraint("incident_id", "by_id", "user_recognition", "user_approved_action", name="one_remark_per_words"),
)

# No foreign key: the incident may be one that only git knows. No commit: not in git yet.
complaint = Table(
    "complaint",
    metadata,
    Column("op_id", String, primary_key=True),
    Column("incident_id", String, nullable=False),
    Column("by_id", String, nullable=False),
    Column("by_name", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("original_action", Text, nullable=False),
    Column("expected_result", Text, nullable=False),
    Column("commit", String),
    Index("complaint_by_incident", "incident_id"),
)

# What a proposal was made from, for the record: with it the proposal can be made again.
inputs = Table(
    "inputs",
    metadata,
    Column("incident_id", String, ForeignKey("incident.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Json(dict[str, Any]), nullable=False),
)

# Who did or tried what, incidents apart from it: refused decisions, the kill switch.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", String, nullable=False),
    Column("what", String, nullable=False),
    Column("detail", Json(dict[str, str]), nullable=False),
)

switch = Table(
    "switch",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text),
)
