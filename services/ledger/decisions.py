"""Proposals, the claims they hold, the one decision each of them gets."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from langraph.errors import Conflict, NotFound
from langraph.models.incident import Action, Decision, Person, Proposal, Status
from langraph.models.text import Text
from langraph.ports import AppliedChange
from langraph.texts import refusing as say
from services.ledger import tables as t
from services.ledger.incidents import get
from services.ledger.rows import insert, note


def propose(connection: Connection, proposal: Proposal) -> None:
    """Store a version, claim its keys; the same digest twice is one row."""
    _claim(connection, proposal)
    row = {
        "digest": proposal.digest,
        "incident_id": proposal.incident_id,
        "version": proposal.version,
        "body": proposal,
        "expires_at": proposal.expires_at,
    }
    connection.execute(insert(connection, t.proposal).values(**row).on_conflict_do_nothing(index_elements=["digest"]))
    connection.execute(
        update(t.incident).where(t.incident.c.id == proposal.incident_id).values(proposal_digest=proposal.digest)
    )
    detail = {"version": str(proposal.version), "digest": proposal.digest}
    note(connection, proposal.incident_id, proposal.created_at, "proposed", detail)


def _claim(connection: Connection, proposal: Proposal) -> None:
    keys = [change.key for change in proposal.changes]
    if not keys:
        return  # a question changes nothing yet
    taken = claimed_by_others(connection, proposal.incident_id, keys)
    if taken:
        key, other = next(iter(taken.items()))
        why = say.claimed(other, key)
        raise Conflict(why.en, ko=why.ko)
    connection.execute(
        insert(connection, t.claim).on_conflict_do_nothing(),
        [{"key": key, "incident_id": proposal.incident_id} for key in keys],
    )


def claimed_by_others(connection: Connection, incident_id: str, keys: Sequence[str]) -> Mapping[str, str]:
    """For each key that another open incident holds: that incident."""
    c = t.claim.c
    rows = connection.execute(select(c.key, c.incident_id).where(c.key.in_(keys), c.incident_id != incident_id))
    return {row.key: row.incident_id for row in rows}


def proposal(connection: Connection, digest: str) -> Proposal:
    """Raises: NotFound."""
    found = connection.execute(select(t.proposal.c.body).where(t.proposal.c.digest == digest)).scalar()
    if found is None:
        raise NotFound(f"there is no proposal with digest {digest!r}; open the incident to see its present one")
    return found  # type: ignore[no-any-return]  # the Json column decodes exactly this type


def proposals(connection: Connection, incident_id: str) -> Sequence[Proposal]:
    """Every version, oldest first."""
    c = t.proposal.c
    return list(connection.execute(select(c.body).where(c.incident_id == incident_id).order_by(c.version)).scalars())


def decision(connection: Connection, digest: str) -> Decision | None:
    """What was decided, None while nobody has."""
    row = connection.execute(select(t.decision).where(t.decision.c.proposal_digest == digest)).first()
    return None if row is None else to_decision(row)


def to_decision(row: Row[tuple[object, ...]]) -> Decision:
    return Decision(
        proposal_digest=row.proposal_digest,
        incident_id=row.incident_id,
        action=Action(row.action),
        by=Person(row.by_id, row.by_name),
        at=row.at,
        comment=row.comment,
        auto_revert=row.auto_revert,
        replaced_by=row.replaced_by,
    )


def decide(
    connection: Connection, said: Decision, replacement: Proposal | None, approves_replacement: bool
) -> Decision:
    """The first decision on a digest is written; the one that stands is returned."""
    standing = decision(connection, said.proposal_digest)
    if standing is not None:
        return standing
    _refuse_unless_open(connection, said)
    _write(connection, said)
    if replacement is not None:
        propose(connection, replacement)
        if approves_replacement:
            approval = Decision(
                replacement.digest, said.incident_id, Action.APPROVE, said.by, said.at, said.comment, said.auto_revert
            )
            _write(connection, approval)
    connection.execute(update(t.incident).where(t.incident.c.id == said.incident_id).values(wake_at=said.at))
    detail = {"action": str(said.action), "by": said.by.id, "digest": said.proposal_digest}
    note(connection, said.incident_id, said.at, "decided", detail)
    return said


def _refuse_unless_open(connection: Connection, said: Decision) -> None:
    known = proposal(connection, said.proposal_digest)
    if known.incident_id != said.incident_id:
        raise Conflict(
            f"proposal {said.proposal_digest[:12]} belongs to {known.incident_id}, not to {said.incident_id}"
        )
    incident = get(connection, said.incident_id)
    if incident.status is not Status.AWAITING_APPROVAL:
        raise _too_late(say.nothing_to_decide(incident.id, incident.status))
    if incident.proposal_digest != said.proposal_digest:
        raise _too_late(say.replaced(incident.id))
    if said.action is not Action.EXPIRE and known.expires_at <= said.at:
        raise _too_late(say.expired(incident.id, known.expires_at))


def _too_late(why: Text) -> Conflict:
    return Conflict(why.en, ko=why.ko)


def _write(connection: Connection, said: Decision) -> None:
    row = {
        "proposal_digest": said.proposal_digest,
        "incident_id": said.incident_id,
        "action": str(said.action),
        "by_id": said.by.id,
        "by_name": said.by.name,
        "at": said.at,
        "comment": said.comment,
        "auto_revert": said.auto_revert,
        "replaced_by": said.replaced_by,
    }
    connection.execute(insert(connection, t.decision).values(**row))


def applied_changes(connection: Connection, since: datetime) -> Sequence[AppliedChange]:
    """Changes whose commit is on the branch since then, oldest first."""
    query = (
        select(t.proposal.c.body, t.intent.c.incident_id, t.intent.c.at)
        .join(t.proposal, t.intent.c.op_id == "apply:" + t.proposal.c.digest)
        .where(t.intent.c.state == "done", t.intent.c.at >= since)
        .order_by(t.intent.c.at)
    )
    return [
        AppliedChange(change, row.incident_id, row.at)
        for row in connection.execute(query)
        for change in row.body.changes
    ]
