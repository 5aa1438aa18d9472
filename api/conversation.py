"""One web socket: what somebody sends, one message after the other; between the answers, what they follow."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Annotated, Any, Literal

import structlog
from fastapi import WebSocket
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import from_json
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.counter import INCIDENT_ID, Counter
from api.csrf import is_token
from api.deciding import take_decision
from api.event_stream import RESET, told
from api.live import Live
from api.problems import BAD_REQUEST, FORBIDDEN, INVALID, Kind, detail_of, in_one_line, kind_of, wrong_fields
from api.schemas import MAX_INT, Asked, DecisionAsked
from langraph.errors import LangraphError, Transient
from langraph.models.incident import Person

log = structlog.get_logger(__name__)

MAX_MESSAGE_BYTES = 64 * 1024  # 50 changed values of 4 kB do not fit; no decision that a person types is longer
MAX_REQUEST = 64  # characters of the id that a client gives to what it asks

# Close codes: RFC 6455 section 7.4.1, and 1013 of its registry.
POLICY_VIOLATION = 1008
TOO_BIG = 1009
BUSY = 1013

IncidentName = Annotated[str, StringConstraints(pattern=f"^{INCIDENT_ID.pattern}$")]
Token = Annotated[str, StringConstraints(max_length=64)]


class Subscribe(Asked):
    """Tell me what happens."""

    type: Literal["subscribe"]
    after: int | None = Field(None, ge=0, le=MAX_INT, strict=True)
    incident: IncidentName | None = None
    csrf: Token = ""


class Decide(DecisionAsked):
    """I decide; the fields of the REST body, and the incident."""

    type: Literal["decide"]
    request: Annotated[str, StringConstraints(min_length=1, max_length=MAX_REQUEST)]
    incident: IncidentName
    csrf: Token = ""

    @property
    def asked(self) -> DecisionAsked:
        """The decision as it is sent over REST."""
        return DecisionAsked(
            action=self.action,
            proposal_digest=self.proposal_digest,
            changes=self.changes,
            comment=self.comment,
            auto_revert=self.auto_revert,
        )


_MESSAGE: TypeAdapter[Subscribe | Decide] = TypeAdapter(Annotated[Subscribe | Decide, Field(discriminator="type")])


class Conversation:
    """Until either side hangs up.

    Args:
        websocket: not accepted yet.
        counter: where decisions go.
        live: what happens.
        person: who is at the other end.
        csrf: what has to be shown before the first decision; None: nothing, whoever is there showed a key.
        admitted: whether they still are.
    """

    def __init__(
        self,
        websocket: WebSocket,
        counter: Counter,
        live: Live,
        person: Person,
        *,
        csrf: str | None,
        admitted: Callable[[], bool],
    ) -> None:
        self._socket = websocket
        self._counter = counter
        self._live = live
        self._person = person
        self._csrf = csrf
        self._is_proven = csrf is None
        self._admitted = admitted
        self._one_at_a_time = asyncio.Lock()
        self._hearing: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Talk."""
        await self._socket.accept()
        self._hearing = asyncio.create_task(self._hear())
        try:
            await asyncio.wait((self._hearing,))
        finally:
            await self._end(self._hearing, self._telling)
        if not self._hearing.cancelled():
            self._hearing.result()

    async def _end(self, *tasks: asyncio.Task[None] | None) -> None:
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _hear(self) -> None:
        with suppress(WebSocketDisconnect, TimeoutError):
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text") or (message.get("bytes") or b"").decode("utf-8", "replace")
                if len(text.encode("utf-8", "replace")) > MAX_MESSAGE_BYTES:
                    await self._socket.close(TOO_BIG, f"a message may have {MAX_MESSAGE_BYTES} bytes")
                    return
                if not self._admitted():
                    await self._socket.close(POLICY_VIOLATION, "the session is over; sign in again")
                    return
                await self._answer(text)

    async def _answer(self, text: str) -> None:
        try:
            sent = from_json(text, allow_inf_nan=False)
        except ValueError as error:
            await self._refuse("", BAD_REQUEST, f"the message is not JSON: {error}")
            return
        request = _request(sent)
        try:
            message = _MESSAGE.validate_python(sent)
        except ValidationError as error:
            await self._refuse(request, INVALID, in_one_line(wrong_fields(error.errors(include_input=False))))
            return
        if self._csrf is not None and is_token(message.csrf, self._csrf):
            self._is_proven = True
        try:
            await (self._decide(message) if isinstance(message, Decide) else self._subscribe(message))
        except LangraphError as error:
            if kind_of(error).status >= 500:
                log.error("a message was not answered", kind=message.type, exc_info=error)
            await self._refuse(request, kind_of(error), detail_of(error))

    async def _decide(self, message: Decide) -> None:
        if not self._is_proven:
            cure = "send the page's token as `csrf` with the first message"
            await self._refuse(message.request, FORBIDDEN, f"whoever signed in has to show a token to decide; {cure}")
            return
        decision = await take_decision(self._counter, message.incident, message.asked, self._person)
        await self._send({"type": "decided", "request": message.request, "decision": decision.model_dump(mode="json")})

    async def _subscribe(self, message: Subscribe) -> None:
        """What was followed before is not any more."""
        if message.incident is not None:
            await self._counter.ledger.incident(message.incident)
        latest = await self._counter.ledger.latest_happening()
        is_reset = message.after is not None and message.after > latest
        start = latest if message.after is None or is_reset else message.after
        await self._end(self._telling)
        await self._send({"type": RESET if is_reset else "subscribed", "after": start})
        self._telling = asyncio.create_task(self._tell(start, message.incident))

    async def _tell(self, start: int, incident_id: str | None) -> None:
        """Ends with the whole conversation, so that the client comes again where it cannot be told."""
        try:
            async with aclosing(self._live.follow(start, incident_id, as_long_as=self._admitted)) as pages:
                async for page in pages:
                    for happening in page:
                        await self._send({"type": "event", **told(happening)})
            await self._hang_up(BUSY if self._admitted() else POLICY_VIOLATION)
        except Transient as error:
            log.warning("a web socket ends; its reader comes again", error=str(error))
            await self._hang_up(BUSY)
        except WebSocketDisconnect:
            return
        except TimeoutError:
            self._drop()

    async def _hang_up(self, code: int) -> None:
        try:
            async with self._in_time():
                if self._socket.application_state is WebSocketState.CONNECTED:
                    await self._socket.close(code)
        except TimeoutError:
            self._drop()

    def _drop(self) -> None:
        """Nothing can be sent, not even a farewell."""
        log.info("a reader of a web socket does not read; dropped", client=self._socket.scope.get("client"))
        if self._hearing is not None:
            self._hearing.cancel()

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        async with asyncio.timeout(self._live.patience.total_seconds()), self._one_at_a_time:
            yield

    async def _refuse(self, request: str, kind: Kind, detail: str) -> None:
        problem = {"status": kind.status, "title": kind.title, "detail": detail}
        await self._send({"type": "problem", "request": request, **problem})

    async def _send(self, message: Mapping[str, Any]) -> None:
        async with self._in_time():
            if self._socket.application_state is not WebSocketState.CONNECTED:
                raise WebSocketDisconnect
            await self._socket.send_json(message)


def _request(sent: object) -> str:
    """The id that the client gave, as far as there is one; also where the rest does not fit."""
    request = sent.get("request") if isinstance(sent, dict) else None
    return request[:MAX_REQUEST] if isinstance(request, str) else ""
