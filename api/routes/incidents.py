"""Incidents: list, look at, decide, trigger."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import history
from api.counter import Asking, Counter, IncidentId, Locale, TheCounter
from api.deciding import take_decision
from api.openapi import problems
from api.recorded import recorded_incident, recorded_item, recorded_status
from api.schemas import (
    DecisionAsked,
    DecisionTaken,
    IncidentAnswer,
    IncidentItem,
    IncidentPage,
    ListAsked,
    StatusAnswer,
    TriggerAnswer,
    TriggerAsked,
)
from api.strict_json import StrictRoute
from api.views import Dossier, incident_answer, incident_item, status_answer
from langraph.errors import NotFound
from langraph.models.incident import Incident
from langraph.ports import IncidentFilter, RecordedIncident

router = APIRouter(prefix="/api/incidents", tags=["incidents"], route_class=StrictRoute)


@router.get("", summary="List incidents, newest first")
async def list_incidents(asked: Annotated[ListAsked, Query()], counter: TheCounter, locale: Locale) -> IncidentPage:
    """The incidents of the ledger, joined with those that only git remembers."""
    where = IncidentFilter(asked.status, asked.app, asked.category, asked.severity, asked.open)
    after = history.Position.parse(asked.after)
    page = await history.page(counter.ledger, counter.git, where, asked.limit, after)
    return IncidentPage(
        items=[_item(known, locale) for known in page.items],
        next=str(page.next) if page.next else None,
        git_available=page.git_available,
    )


def _item(known: Incident | RecordedIncident, locale: str) -> IncidentItem:
    return incident_item(known, locale) if isinstance(known, Incident) else recorded_item(known, locale)


@router.post("/trigger", status_code=202, summary="Have a log text looked at")
async def trigger(asked: TriggerAsked, counter: TheCounter, _: Asking) -> TriggerAnswer:
    """Counted in like a line from Loki; the workflow runs afterwards. Answered when it is durable."""
    done = await counter.reception.trigger(
        asked.log_text, asked.log_source, app=asked.app, namespace=asked.namespace, labels=asked.labels
    )
    return TriggerAnswer(incidents=[*done.opened, *done.touched], opened=list(done.opened))


@router.get("/{id}", summary="Everything about one incident", responses=problems(404))
async def show_incident(incident_id: IncidentId, counter: TheCounter, locale: Locale) -> IncidentAnswer:
    """From the ledger; from git where the ledger does not know it."""
    try:
        dossier = await _dossier(counter, incident_id)
    except NotFound:
        record = await _recorded(counter, incident_id)
        return await recorded_incident(counter.git, record, locale)
    return incident_answer(dossier, locale)


async def _dossier(counter: Counter, incident_id: str) -> Dossier:
    ledger = counter.ledger
    incident = await ledger.incident(incident_id)
    digest = incident.proposal_digest
    return Dossier(
        incident,
        await ledger.proposal(digest) if digest else None,
        await ledger.decision(digest) if digest else None,
        await ledger.evidence(incident_id),
        await ledger.timeline(incident_id),
    )


async def _recorded(counter: Counter, incident_id: str) -> RecordedIncident:
    """The record in git of an incident that the ledger does not know.

    Raises: NotFound; GitUnavailable, as then nobody can tell.
    """
    for record in await counter.git.recorded():
        if record.id == incident_id:
            return record
    raise NotFound(f"there is no incident {incident_id!r}; GET /api/incidents lists them")


@router.get("/{id}/status", summary="Where an incident is now", responses=problems(404))
async def incident_status(incident_id: IncidentId, counter: TheCounter) -> StatusAnswer:
    """Cheap enough to be asked every second."""
    try:
        incident = await counter.ledger.incident(incident_id)
    except NotFound:
        return recorded_status(await _recorded(counter, incident_id))
    return status_answer(incident, await counter.ledger.timeline(incident_id))


@router.post("/{id}/decision", summary="Approve, reject or modify a proposal", responses=problems(404, 409))
async def decide(incident_id: IncidentId, asked: DecisionAsked, counter: TheCounter, person: Asking) -> DecisionTaken:
    """The first valid decision on a proposal wins, and is answered when it is durable.

    The same person saying the same again gets the same answer; anybody else is told who decided.
    """
    return await take_decision(counter, incident_id, asked, person)
