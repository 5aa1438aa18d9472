"""What the pages' forms do: the same desk, the same rules as Slack and REST; answered by going back to the page.

They work without a script. What is refused shows the page again, with the reason and with what was typed.
"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.counter import INCIDENT_ID, Counter, TheCounter
from api.csrf import is_token
from api.forms import form_of
from api.pages.deciding import Refused, comment_problem, explained, field_of, plainly, problems_of, typed_values
from api.pages.frame import PageLocale, Viewer, look, sorry
from api.pages.story import Known, known
from api.problems import kind_of
from api.routes.pages import show_incident, show_system, sorry_for
from langraph.decisions import Said
from langraph.errors import BadInput, Conflict, LangraphError, PolicyDenied
from langraph.models.incident import Action, Decision, Person
from langraph.models.text import Text
from langraph.texts import page as say

router = APIRouter(include_in_schema=False)

MAX_REASON = 300  # characters; as the API takes for the kill switch
RESULTS = {Action.APPROVE: "approved", Action.REJECT: "rejected", Action.MODIFY: "modified"}
Form = Mapping[str, str]


@router.post("/incidents/{id}/decide")
async def decide(request: Request, id: str, counter: TheCounter, locale: PageLocale) -> Response:
    """Approve, reject or modify."""

    async def act(viewer: Viewer, person: Person, form: Form) -> Response:
        found = await known(counter, id, locale)
        said, refused = await _said(counter, found, viewer, person, form)
        if said is None or refused is not None:
            return await show_incident(request, counter, viewer, id, refused or _nothing(form))
        try:
            standing = await counter.desk.decide(said)
        except LangraphError as error:
            refused = await _refused(counter, error, found, said, form)
            return await show_incident(request, counter, viewer, id, refused)
        return _back(f"/incidents/{id}", await _result(counter, standing))

    return await _acting(request, counter, locale, act, id)


@router.post("/incidents/{id}/revert")
async def revert(request: Request, id: str, counter: TheCounter, locale: PageLocale) -> Response:
    """Take a committed change back."""

    async def act(_viewer: Viewer, person: Person, _form: Form) -> None:
        await counter.desk.revert(id, person)

    return await _simple(request, counter, locale, act, id, "revert", "reverting")


@router.post("/incidents/{id}/feedback")
async def feedback(request: Request, id: str, counter: TheCounter, locale: PageLocale) -> Response:
    """That a change was wrong, and what should have been."""

    async def act(_viewer: Viewer, person: Person, form: Form) -> None:
        await counter.feedback.negative(id, person, form.get("reason", ""), form.get("expected_result", ""))

    return await _simple(request, counter, locale, act, id, "feedback", "feedback")


@router.post("/incidents/{id}/remark")
async def remark(request: Request, id: str, counter: TheCounter, locale: PageLocale) -> Response:
    """What somebody sees while the workflow runs."""

    async def act(_viewer: Viewer, person: Person, form: Form) -> None:
        recognition, action = form.get("user_recognition", ""), form.get("user_approved_action", "")
        await counter.feedback.remark(id, person, recognition, action)

    return await _simple(request, counter, locale, act, id, "remark", "feedback")


@router.post("/system/halt")
async def halt(request: Request, counter: TheCounter, locale: PageLocale) -> Response:
    """Stop every push."""
    return await _switch(request, counter, locale, counter.desk.halt, "halt", "halted")


@router.post("/system/resume")
async def resume(request: Request, counter: TheCounter, locale: PageLocale) -> Response:
    """Let langraph push again."""
    return await _switch(request, counter, locale, counter.desk.resume, "resume", "resumed")


# --- how an action goes --------------------------------------------------------------------------------------------


async def _acting(
    request: Request,
    counter: Counter,
    locale: str,
    act: Callable[[Viewer, Person, Form], Awaitable[Response]],
    incident_id: str | None = None,
) -> Response:
    """Who asks, what they sent; then `act`. What nothing else explains becomes a page of its own."""
    viewer = await look(request, counter, locale)
    if viewer.person is None:
        return sorry(request, viewer, say.NOT_ALLOWED, 403)
    try:
        form = await form_of(request)
    except BadInput:
        return sorry(request, viewer, say.FORM_STALE, 400)
    if viewer.csrf and not is_token(form.get("csrf", ""), viewer.csrf):
        return sorry(request, viewer, say.FORM_STALE, 403)
    if incident_id is not None and INCIDENT_ID.fullmatch(incident_id) is None:
        return sorry(request, viewer, say.NOTHING_HERE, 404)
    try:
        return await act(viewer, viewer.person, form)
    except LangraphError as error:
        return sorry_for(request, viewer, error)


async def _simple(
    request: Request,
    counter: Counter,
    locale: str,
    work: Callable[[Viewer, Person, Form], Awaitable[None]],
    incident_id: str,
    where: str,
    result: str,
) -> Response:
    """A form of an incident's page that leads back to it."""

    async def act(viewer: Viewer, person: Person, form: Form) -> Response:
        long = {name: reason for name, text in form.items() if (reason := comment_problem(text)) is not None}
        if long:
            refused = Refused(422, say.WENT_WRONG, where, long, form)
            return await show_incident(request, counter, viewer, incident_id, refused)
        try:
            await work(viewer, person, form)
        except LangraphError as error:
            refused = Refused(kind_of(error).status, plainly(error), where, typed=form)
            return await show_incident(request, counter, viewer, incident_id, refused)
        return _back(f"/incidents/{incident_id}", result)

    return await _acting(request, counter, locale, act, incident_id)


async def _switch(
    request: Request,
    counter: Counter,
    locale: str,
    turn: Callable[[Person, str], Awaitable[None]],
    where: str,
    result: str,
) -> Response:
    async def act(viewer: Viewer, person: Person, form: Form) -> Response:
        reason = " ".join(form.get("reason", "").replace("\0", "").split())
        if not 1 <= len(reason) <= MAX_REASON:
            refused = Refused(422, say.WENT_WRONG, where, {"reason": say.REASON_NEEDED}, form)
            return await show_system(request, counter, viewer, refused)
        try:
            await turn(person, reason)
        except LangraphError as error:
            refused = Refused(kind_of(error).status, plainly(error), where, typed=form)
            return await show_system(request, counter, viewer, refused)
        return _back("/system", result)

    return await _acting(request, counter, locale, act)


def _back(address: str, result: str) -> Response:
    """To the page, which says the result once: the code stands in its address, the sentence in a fixed table."""
    return RedirectResponse(f"{address}?said={result}", 303)


# --- deciding ------------------------------------------------------------------------------------------------------


async def _said(
    counter: Counter, found: Known, viewer: Viewer, person: Person, form: Form
) -> tuple[Said | None, Refused | None]:
    """What the form says, or why it says nothing that can be done."""
    where = form.get("action", "")
    proposal = found.dossier.proposal if found.dossier else None
    if where not in RESULTS or proposal is None:
        return None, None
    comment = form.get("comment", "").strip().replace("\r\n", "\n")
    at: dict[str, Text | str] = {}
    if (reason := comment_problem(comment)) is not None:
        at["comment"] = reason
    is_modify = where == Action.MODIFY
    if is_modify and form.get("digest") != proposal.digest:  # its fields are another proposal's
        sentence, status = await explained(counter, Conflict("another proposal"), found, form.get("digest", ""))
        return None, Refused(status, sentence, where, typed=form)
    if is_modify:
        at |= await problems_of(counter, form, proposal, viewer)
    if at:
        return None, Refused(422, say.WENT_WRONG, where, at, form)
    changes = typed_values(form, proposal) if is_modify else {}
    reverts = form.get("auto_revert") == "on"
    said = Said(
        found.answer.id, Action(where), form.get("digest", ""), person, comment=comment, changes=changes,
        auto_revert=reverts,
    )  # fmt: skip
    return said, None


def _nothing(form: Form) -> Refused:
    """A form that is none of ours, or for what is not to be decided."""
    return Refused(409, say.FORM_STALE, "decide", typed=form)


async def _refused(counter: Counter, error: LangraphError, found: Known, said: Said, form: Form) -> Refused:
    sentence, status = await explained(counter, error, found, said.proposal_digest)
    where = str(said.action)
    proposal = found.dossier.proposal if found.dossier else None
    if where == Action.MODIFY and isinstance(error, BadInput | PolicyDenied) and proposal is not None:
        return Refused(status, say.WENT_WRONG, where, {field_of(str(error), form, proposal): sentence}, form)
    return Refused(status, sentence, where, typed=form)


async def _result(counter: Counter, standing: Decision) -> str:
    replaced = standing.replaced_by
    waits = replaced is not None and await counter.ledger.decision(replaced) is None
    return "asked-again" if waits else RESULTS[standing.action]
