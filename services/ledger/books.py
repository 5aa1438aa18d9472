"""The whole ledger at one moment, for whoever checks the invariants."""

from sqlalchemy import Connection, func, select

from langraph.ports import Books, Intent
from services.ledger import tables as t
from services.ledger.decisions import to_decision
from services.ledger.feedback import to_request
from services.ledger.rows import to_incident


def books(connection: Connection) -> Books:
    """Read everything in one transaction."""
    messages = (
        select(t.outbox.c.incident_id, func.count())
        .where(t.outbox.c.kind == "incident")
        .group_by(t.outbox.c.incident_id)
    )
    lines = select(t.seen.c.incident_id, func.count()).group_by(t.seen.c.incident_id)
    return Books(
        incidents=[to_incident(row) for row in connection.execute(select(t.incident))],
        proposals=list(connection.execute(select(t.proposal.c.body)).scalars()),
        decisions=[to_decision(row) for row in connection.execute(select(t.decision))],
        intents=[Intent(**row._mapping) for row in connection.execute(select(t.intent).order_by(t.intent.c.at))],
        evidence=[
            (r.incident_id, r.body) for r in connection.execute(select(t.evidence.c.incident_id, t.evidence.c.body))
        ],
        claims={row.key: row.incident_id for row in connection.execute(select(t.claim))},
        live_messages={incident: int(count) for incident, count in connection.execute(messages)},
        lines={incident: int(count) for incident, count in connection.execute(lines)},
        revert_requests=[to_request(row) for row in connection.execute(select(t.revert_request))],
    )
