"""What people say and wish after a change was committed, and what the change was made from."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from langraph.errors import Conflict
from langraph.models.feedback import NegativeFeedback, Remark, RevertRequest
from langraph.models.incident import Incident, Person
from langraph.models.text import Text
from langraph.ports import Intent
from langraph.texts import refusing as say
from services.ledger import tables as t
from services.ledger.effects import intent
from services.ledger.incidents import get
from services.ledger.rows import insert, note, upsert

# --- the way back --------------------------------------------------------------------------------------------------


def ask_revert(connection: Connection, wish: RevertRequest) -> RevertRequest:
    """The first wish per proposal is written, its incident woken; the one that stands is returned."""
    standing = revert_request(connection, wish.proposal_digest)
    if standing is not None:
        return standing
    _refuse_unless_committed(connection, get(connection, wish.incident_id), wish.proposal_digest)
    row = {
        "proposal_digest": wish.proposal_digest,
        "incident_id": wish.incident_id,
        "by_id": wish.by.id,
        "by_name": wish.by.name,
        "at": wish.at,
    }
    connection.execute(insert(connection, t.revert_request).values(**row))
    connection.execute(
        update(t.incident).where(t.incident.c.id == wish.incident_id).values(wake_at=wish.at, attempts=0)
    )
    detail = {"by": wish.by.id, "digest": wish.proposal_digest}
    note(connection, wish.incident_id, wish.at, "revert_asked", detail)
    return wish


def _refuse_unless_committed(connection: Connection, incident: Incident, digest: str) -> None:
    if incident.is_open:
        raise _refused(say.still_runs(incident.id, incident.status))
    applied = intent(connection, f"apply:{digest}")
    if applied is None or applied.state != "done" or incident.proposal_digest != digest:
        raise _refused(say.nothing_committed(incident.id))
    back = intent(connection, f"revert:{digest}")
    if back is not None and back.state != "intended":
        raise _refused(_tried(incident, back))


def _refused(why: Text) -> Conflict:
    return Conflict(why.en, ko=why.ko)


def _tried(incident: Incident, back: Intent) -> Text:
    if back.state == "done":
        return say.taken_back_already(incident.id, back.result)
    return say.could_not_be_taken_back(incident.id, back.result)


def revert_request(connection: Connection, digest: str) -> RevertRequest | None:
    """Who wants the proposal's change taken back, if anybody."""
    row = connection.execute(select(t.revert_request).where(t.revert_request.c.proposal_digest == digest)).first()
    return None if row is None else to_request(row)


def to_request(row: Row[tuple[object, ...]]) -> RevertRequest:
    return RevertRequest(row.proposal_digest, row.incident_id, Person(row.by_id, row.by_name), row.at)


# --- words ---------------------------------------------------------------------------------------------------------


def remark(connection: Connection, said: Remark) -> None:
    """Keep it once, while the workflow runs."""
    incident = get(connection, said.incident_id)
    if not incident.is_open:
        raise _refused(say.workflow_over(incident.id, incident.status))
    row = {
        "incident_id": said.incident_id,
        "by_id": said.by.id,
        "by_name": said.by.name,
        "at": said.at,
        "user_recognition": said.user_recognition,
        "user_approved_action": said.user_approved_action,
    }
    done = connection.execute(insert(connection, t.remark).values(**row).on_conflict_do_nothing())
    if done.rowcount:
        note(connection, said.incident_id, said.at, "remarked", {"by": said.by.id})


def remarks(connection: Connection, incident_id: str) -> Sequence[Remark]:
    """What people said of it, in order."""
    query = select(t.remark).where(t.remark.c.incident_id == incident_id).order_by(t.remark.c.id)
    return [
        Remark(row.incident_id, Person(row.by_id, row.by_name), row.at, row.user_recognition, row.user_approved_action)
        for row in connection.execute(query)
    ]


def complain(connection: Connection, said: NegativeFeedback) -> None:
    """Keep it once, until it is in git."""
    row = {
        "op_id": said.op_id,
        "incident_id": said.incident_id,
        "by_id": said.by.id,
        "by_name": said.by.name,
        "at": said.at,
        "reason": said.reason,
        "original_action": said.original_action,
        "expected_result": said.expected_result,
    }
    connection.execute(insert(connection, t.complaint).values(**row).on_conflict_do_nothing(index_elements=["op_id"]))


def complaints(connection: Connection, incident_id: str | None) -> Sequence[NegativeFeedback]:
    """Of one incident, or those that are not in git yet."""
    c = t.complaint.c
    condition = c.commit.is_(None) if incident_id is None else c.incident_id == incident_id
    return [
        NegativeFeedback(
            row.incident_id,
            Person(row.by_id, row.by_name),
            row.at,
            row.reason,
            row.original_action,
            row.expected_result,
        )
        for row in connection.execute(select(t.complaint).where(condition).order_by(c.at, c.op_id))
    ]


def complaint_recorded(connection: Connection, op_id: str, commit: str) -> None:
    """It is in git; the first commit stays."""
    c = t.complaint.c
    connection.execute(update(t.complaint).where(c.op_id == op_id, c.commit.is_(None)).values(commit=commit))


# --- what a proposal was made from ---------------------------------------------------------------------------------


def save_inputs(connection: Connection, incident_id: str, version: int, body: Mapping[str, Any]) -> None:
    """Written once more after a crash, with the same or fresher content."""
    upsert(connection, t.inputs, {"incident_id": incident_id, "version": version}, {"body": dict(body)})


def inputs(connection: Connection, incident_id: str) -> Mapping[str, Any] | None:
    """Of the newest version."""
    c = t.inputs.c
    query = select(c.body).where(c.incident_id == incident_id).order_by(c.version.desc()).limit(1)
    found: Mapping[str, Any] | None = connection.execute(query).scalar()
    return found
