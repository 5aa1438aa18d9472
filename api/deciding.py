"""A person's decision on its way to the desk, whichever door it came through."""

from api.counter import Counter
from api.schemas import DecisionAsked, DecisionTaken
from api.views import decision_answer
from langraph.decisions import Said
from langraph.models.incident import Action, Person


async def take_decision(counter: Counter, incident_id: str, asked: DecisionAsked, person: Person) -> DecisionTaken:
    """Have the desk decide; answered when it is durable.

    Raises: what `Desk.decide` raises.
    """
    standing = await counter.desk.decide(
        Said(
            incident_id,
            Action(asked.action),
            asked.proposal_digest,
            person,
            comment=asked.comment,
            changes=asked.changes,
            auto_revert=asked.auto_revert,
        )
    )
    replaced = standing.replaced_by
    waits = replaced is not None and await counter.ledger.decision(replaced) is None
    return DecisionTaken(**decision_answer(standing).model_dump(), needs_approval=waits)
