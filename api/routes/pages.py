"""The pages that a browser opens: incidents, one incident, what was learned, langraph itself, the API's description."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.counter import INCIDENT_ID, Counter, TheCounter
from api.openapi import endpoints
from api.pages.archive import Archive
from api.pages.condition import condition
from api.pages.deciding import Refused, fields
from api.pages.forge import Forge, forge_of
from api.pages.frame import PageLocale, Viewer, look, page_locale, respond, sorry
from api.pages.learned import Notebook
from api.pages.listing import front
from api.pages.story import known, story
from api.problems import kind_of
from langraph.errors import GitUnavailable, LangraphError, NotFound, Transient
from langraph.models.text import Text
from langraph.texts import page as say

router = APIRouter(include_in_schema=False)


@router.get("/")
async def incidents_page(request: Request, counter: TheCounter, locale: PageLocale) -> Response:
    """What is open, what was, how it goes."""
    viewer = await look(request, counter, locale)

    async def answer() -> Response:
        everything = await _archive(request).everything(counter.ledger, counter.git)
        shown = front(
            everything,
            request.query_params,
            counter.clock.now(),
            locale,
            may_decide=viewer.may_decide,
            halted=viewer.halted is not None,
        )
        return respond(request, viewer, "incidents.html", shown)

    return await _or_sorry(request, viewer, answer)


@router.get("/incidents/{id}")
async def incident_page(request: Request, id: str, counter: TheCounter, locale: PageLocale) -> Response:
    """The whole story of one incident."""
    viewer = await look(request, counter, locale)
    return await _or_sorry(request, viewer, lambda: show_incident(request, counter, viewer, id))


async def show_incident(
    request: Request, counter: Counter, viewer: Viewer, incident_id: str, refused: Refused | None = None
) -> Response:
    """The incident's page; after a form was refused, with what was typed and why not.

    Raises: NotFound, GitUnavailable, LedgerBusy.
    """
    if INCIDENT_ID.fullmatch(incident_id) is None:
        raise NotFound(say.NOTHING_HERE.en)
    found = await known(counter, incident_id, viewer.locale)
    shown = await story(counter, found, viewer, _forge(counter))
    shown["fields"] = await fields(counter, found, viewer, refused) if shown["asked"] and shown["may"] else []
    shown["refused"] = refused
    status = refused.status if refused else 200
    return respond(request, viewer, "incident.html", shown, status=status, here=f"/incidents/{incident_id}")


@router.get("/learning")
async def learning_page(request: Request, counter: TheCounter, locale: PageLocale) -> Response:
    """What worked before, what did not."""
    viewer = await look(request, counter, locale)
    try:
        taught, is_cut = await _notebook(request).read(counter.git)
    except GitUnavailable:
        return sorry(request, viewer, say.TRY_LATER, 503)
    return respond(request, viewer, "learning.html", {"taught": taught, "is_cut": is_cut})


@router.get("/system")
async def system_page(request: Request, counter: TheCounter, locale: PageLocale) -> Response:
    """How langraph itself is."""
    viewer = await look(request, counter, locale)
    return await _or_sorry(request, viewer, lambda: show_system(request, counter, viewer))


async def show_system(request: Request, counter: Counter, viewer: Viewer, refused: Refused | None = None) -> Response:
    """The system's page; after the kill switch was not turned, with the reason.

    Raises: LedgerBusy.
    """
    shown = await condition(counter, viewer)
    shown |= {"refused": refused, "version": request.app.version}
    status = refused.status if refused else 200
    return respond(request, viewer, "system.html", shown, status=status, here="/system")


@router.get("/docs")
async def reference(request: Request, counter: TheCounter, locale: PageLocale) -> Response:
    """The OpenAPI document as a page."""
    document: dict[str, Any] = request.app.openapi()
    shown = {"endpoints": endpoints(document), "examples": list(_examples(document))}
    return respond(request, await look(request, counter, locale), "docs.html", shown)


def _examples(document: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (
            name.removesuffix("Asked"),
            [json.dumps(one, indent=2, ensure_ascii=False) for one in schema.get("examples", ())],
        )
        for name, schema in document["components"]["schemas"].items()
        if name.endswith("Asked") and schema.get("examples")
    ]


# --- what pages share ----------------------------------------------------------------------------------------------


async def _or_sorry(request: Request, viewer: Viewer, make: Callable[[], Awaitable[Response]]) -> Response:
    """The page, or a page that says why not: a browser shows no problem+json to a person."""
    try:
        return await make()
    except NotFound:
        return sorry(request, viewer, say.NOTHING_HERE, 404)
    except Transient:
        return sorry(request, viewer, say.TRY_LATER, 503)


async def nothing_here(request: Request) -> Response:
    """The page for an address that leads nowhere."""
    counter: Counter = request.app.state.counter
    viewer = await look(request, counter, await page_locale(request))
    return sorry(request, viewer, say.NOTHING_HERE, 404)


def sorry_for(request: Request, viewer: Viewer, error: LangraphError) -> Response:
    """The page for an error of a form that has no page to go back to."""
    status = kind_of(error).status
    sentences: dict[int, Text] = {404: say.NOTHING_HERE, 503: say.TRY_LATER, 403: say.NOT_ALLOWED}
    return sorry(request, viewer, sentences.get(status, say.WENT_WRONG), status)


def _archive(request: Request) -> Archive:
    """The rows that were made before; as long as the app lives."""
    state = request.app.state
    if not hasattr(state, "archive"):
        state.archive = Archive()
    archive: Archive = state.archive
    return archive


def _notebook(request: Request) -> Notebook:
    state = request.app.state
    if not hasattr(state, "notebook"):
        state.notebook = Notebook()
    notebook: Notebook = state.notebook
    return notebook


def _forge(counter: Counter) -> Forge | None:
    return forge_of(counter.repository)
