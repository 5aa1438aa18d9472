"""What people say of a change: while its workflow runs, afterwards, and that it should be taken back."""

from fastapi import APIRouter

from api.counter import Asking, IncidentId, TheCounter
from api.feedback_schemas import NegativeAsked, NegativeTaken, RemarkAsked, RemarkTaken, RollbackTaken
from api.openapi import problems
from api.strict_json import StrictRoute

router = APIRouter(prefix="/api/incidents", tags=["feedback"], route_class=StrictRoute)


@router.post("/{id}/feedback", summary="Say what you take a fault for", responses=problems(404, 409))
async def remark(incident_id: IncidentId, asked: RemarkAsked, counter: TheCounter, person: Asking) -> RemarkTaken:
    """Only while the workflow runs (409 afterwards). The words go into the commit messages."""
    said = await counter.feedback.remark(incident_id, person, asked.user_recognition, asked.user_approved_action)
    return RemarkTaken(
        incident_id=said.incident_id,
        by=said.by.id,
        at=said.at,
        user_recognition=said.user_recognition,
        user_approved_action=said.user_approved_action,
    )


@router.post("/{id}/feedback/negative", summary="Say that a change was wrong", responses=problems(404))
async def negative(incident_id: IncidentId, asked: NegativeAsked, counter: TheCounter, person: Asking) -> NegativeTaken:
    """Kept in the incident's folder in git; the feedback loop learns from it. Answered when it is durable."""
    said = await counter.feedback.negative(incident_id, person, asked.reason, asked.expected_result)
    return NegativeTaken(
        incident_id=said.incident_id,
        reason=said.reason,
        original_action=said.original_action,
        expected_result=said.expected_result,
        timestamp=said.at,
    )


@router.post("/{id}/rollback", status_code=202, summary="Take a committed change back", responses=problems(404, 409))
async def rollback(incident_id: IncidentId, counter: TheCounter, person: Asking) -> RollbackTaken:
    """For approvers, once the incident has ended. Answered when the wish is durable; the commit follows.

    Only if nobody has touched the value since; the incident's timeline tells how it went.
    """
    wish = await counter.desk.revert(incident_id, person)
    return RollbackTaken(incident_id=wish.incident_id, proposal_digest=wish.proposal_digest, by=wish.by.id, at=wish.at)
