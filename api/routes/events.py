"""What happens, as it happens: server-sent events, and a web socket on which one can decide, too."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, WebSocket

from api.conversation import BUSY, Conversation
from api.counter import Asking, Counter, IncidentId, TheCounter
from api.event_stream import MEDIA_TYPE, EventStream, opening
from api.live import Full, Live
from api.openapi import problems
from api.problems import UNAVAILABLE, problem
from api.schemas import MAX_INT
from api.sessions import Session, Sessions

router = APIRouter(prefix="/api", tags=["events"])

After = Annotated[int | None, Query(ge=0, le=MAX_INT, description="Everything after this number first; else from now.")]
LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=100, description="As `after`; what a browser sends when it comes back."),
]
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}, "description": "Events until you leave"}}


@router.get("/events", summary="What happens, as server-sent events", response_class=EventStream, status_code=200,
            responses=STREAM)  # fmt: skip
async def all_events(
    request: Request, counter: TheCounter, _: Asking, after: After = None, last: LastEventId = None
) -> EventStream:
    """Of all incidents. Each event has a number; come back with the last one, and nothing is missing or twice."""
    return await _stream(request, counter, after, last)


@router.get("/incidents/{id}/events", summary="What happens to an incident, as server-sent events",
            response_class=EventStream, status_code=200, responses=STREAM | problems(404))  # fmt: skip
async def events_of_incident(
    request: Request,
    incident_id: IncidentId,
    counter: TheCounter,
    _: Asking,
    after: After = None,
    last: LastEventId = None,
) -> EventStream:
    """Of one that the ledger knows; to one that only git remembers nothing happens any more."""
    await counter.ledger.incident(incident_id)
    return await _stream(request, counter, after, last, incident_id)


async def _stream(
    request: Request, counter: Counter, after: int | None, last: str | None, incident_id: str | None = None
) -> EventStream:
    live: Live = request.app.state.live
    latest = await counter.ledger.latest_happening()
    asked = _number(last) if last else after
    is_reset = asked is not None and asked > latest  # the ledger is another one, or an older one, than the reader knew
    start = latest if asked is None or is_reset else asked
    live.check_room()
    pages = live.follow(start, incident_id, as_long_as=_admitted(request.app.state.sessions, request.state.session))
    return EventStream(live, opening(start, is_reset=is_reset), pages)


def _number(last: str) -> int:
    """What `Last-Event-ID` says; what we have never sent is like a number from another ledger."""
    return int(last) if last.isascii() and last.isdigit() and len(last) <= len(str(MAX_INT)) else MAX_INT


def _admitted(sessions: Sessions, session: Session | None) -> Callable[[], bool]:
    """Whether whoever was let in would still be: a session ends, a key does not."""
    return lambda: session is None or sessions.is_live(session)


@router.websocket("/ws")
async def talk(websocket: WebSocket) -> None:
    """Subscribe and decide."""
    state = websocket.app.state
    live: Live = state.live
    session: Session | None = websocket.state.session
    try:
        with live.listening():
            await Conversation(
                websocket,
                state.counter,
                live,
                websocket.state.person,
                csrf=session.csrf if session is not None else None,
                admitted=_admitted(state.sessions, session),
            ).run()
    except Full as full:
        if "websocket.http.response" in websocket.scope.get("extensions", {}):
            await websocket.send_denial_response(problem(UNAVAILABLE, str(full), websocket.scope["path"]))
        else:
            await websocket.close(BUSY)
