"""The kill switch: while it is on, nothing is pushed."""

from fastapi import APIRouter

from api.counter import Asking, Counter, TheCounter
from api.schemas import ReasonAsked, SwitchAnswer
from api.strict_json import StrictRoute

router = APIRouter(prefix="/api", tags=["kill switch"], route_class=StrictRoute)


@router.get("/halt", summary="Whether langraph is halted")
async def show_switch(counter: TheCounter) -> SwitchAnswer:
    """And why, in the words of whoever did it."""
    return await _switch(counter)


@router.post("/halt", summary="Stop every push until somebody resumes")
async def halt(asked: ReasonAsked, counter: TheCounter, person: Asking) -> SwitchAnswer:
    """For approvers. Incidents are still found and shown; approvals wait."""
    await counter.desk.halt(person, asked.reason)
    return await _switch(counter)


@router.post("/resume", summary="Let langraph push again")
async def resume(asked: ReasonAsked, counter: TheCounter, person: Asking) -> SwitchAnswer:
    """For approvers. What was approved meanwhile is committed, if its values are still what the approver saw."""
    await counter.desk.resume(person, asked.reason)
    return await _switch(counter)


async def _switch(counter: Counter) -> SwitchAnswer:
    reason = await counter.ledger.halted()
    return SwitchAnswer(halted=reason is not None, reason=reason)
