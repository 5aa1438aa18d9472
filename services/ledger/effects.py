"""What was about to happen to the outside world, what happened, what people do not see yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from langraph.ports import Intent, Message
from services.ledger import tables as t
from services.ledger.rows import insert, upsert


def intend(connection: Connection, wanted: Intent) -> Intent:
    """Write the intent down, or return the one that is there."""
    known = intent(connection, wanted.op_id)
    if known is not None:
        return known
    row = {column.name: getattr(wanted, column.name) for column in t.intent.columns}
    connection.execute(insert(connection, t.intent).values(**row))
    return wanted


def intent(connection: Connection, op_id: str) -> Intent | None:
    """The intent with this key, whatever came of it."""
    known = connection.execute(select(t.intent).where(t.intent.c.op_id == op_id)).first()
    return None if known is None else Intent(**known._mapping)


def settle(connection: Connection, op_id: str, state: str, result: str) -> None:
    """Write down what came of it; the first answer stays."""
    c = t.intent.c
    connection.execute(
        update(t.intent).where(c.op_id == op_id, c.state == "intended").values(state=state, result=result)
    )


def intents(connection: Connection, state: str) -> Sequence[Intent]:
    """Every intent in that state, oldest first."""
    query = select(t.intent).where(t.intent.c.state == state).order_by(t.intent.c.at)
    return [Intent(**row._mapping) for row in connection.execute(query)]


def tell(connection: Connection, message: Message) -> None:
    """Ask for a message to be shown as things are now; many asks before it is shown are one."""
    statement = insert(connection, t.outbox).values(
        op_id=message.op_id,
        incident_id=message.incident_id,
        kind=message.kind,
        urgent=message.urgent,
        note=message.note,
        revision=1,
        shown_revision=0,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["op_id"],
        set_={"revision": t.outbox.c.revision + 1, "urgent": message.urgent, "note": statement.excluded.note},
    )
    connection.execute(statement)


def known_to_outbox(connection: Connection, op_id: str) -> bool:
    """Whether somebody was, or is to be told of it already."""
    return connection.execute(select(t.outbox.c.op_id).where(t.outbox.c.op_id == op_id)).first() is not None


def freshen(connection: Connection, incident_ids: Sequence[str]) -> None:
    """What people see of these incidents is a count behind: show it anew, when there is nothing better to do."""
    c = t.outbox.c
    seen = (c.incident_id.in_(incident_ids), c.kind == "incident", c.shown_revision == c.revision)
    connection.execute(update(t.outbox).where(*seen).values(revision=c.revision + 1, urgent=False))


def outbox(connection: Connection) -> Sequence[Message]:
    """Messages to be shown, urgent ones first."""
    c = t.outbox.c
    query = select(t.outbox).where(c.shown_revision < c.revision).order_by(c.urgent.desc(), c.op_id)
    return [
        Message(row.op_id, row.incident_id, row.kind, row.urgent, row.remote_ref, row.revision, row.note)
        for row in connection.execute(query)
    ]


def told(connection: Connection, op_id: str, revision: int, remote_ref: str) -> None:
    """People see this revision now."""
    connection.execute(
        update(t.outbox).where(t.outbox.c.op_id == op_id).values(shown_revision=revision, remote_ref=remote_ref)
    )


def halted(connection: Connection) -> str | None:
    """Why the kill switch is on, None when it is off."""
    return connection.execute(select(t.switch.c.value).where(t.switch.c.name == "halted")).scalar()


def set_halted(connection: Connection, reason: str | None) -> None:
    """Turn the kill switch on, with a reason, or off."""
    upsert(connection, t.switch, {"name": "halted"}, {"value": reason})


def note_audit(connection: Connection, at: datetime, who: str, what: str, detail: dict[str, str]) -> None:
    """Who did or tried what, apart from any incident's own timeline."""
    connection.execute(insert(connection, t.audit).values(at=at, who=who, what=what, detail=detail))
