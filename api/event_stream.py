"""Happenings on the wire: one line of JSON each, as server-sent events or as messages of a web socket."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import structlog
from fastapi import Response
from starlette.types import Receive, Scope, Send

from api.live import Live
from api.loose import speakable
from langraph.errors import Transient
from langraph.ports import Happening

log = structlog.get_logger(__name__)

MEDIA_TYPE = "text/event-stream"
RETRY_MS = 2_000  # until a browser that lost us comes back; a restart takes about that long
HEARTBEAT = b": still here\n\n"
RESET = "reset"

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def told(happening: Happening) -> dict[str, Any]:
    """A happening as people's programs get it."""
    return {
        "id": happening.number,
        "incident": happening.incident_id,
        "at": happening.at.isoformat().replace("+00:00", "Z"),
        "what": happening.what,
        "detail": {speakable(name): speakable(value) for name, value in happening.detail.items()},
        "status": happening.status,
    }


def as_event(happening: Happening) -> bytes:
    """One server-sent event. JSON holds no line break, so nothing in a text can begin another field."""
    name = happening.what if _NAME.fullmatch(happening.what) else "happening"
    return _event(happening.number, name, told(happening))


def opening(start: int, *, is_reset: bool) -> bytes:
    """What a stream begins with: where it stands, so that whoever loses it at once knows where to go on."""
    head = b"retry: %d\n" % RETRY_MS
    return head + (_event(start, RESET, {"after": start}) if is_reset else b"id: %d\n\n" % start)


def _event(number: int, name: str, data: Mapping[str, Any]) -> bytes:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data)}\n\n".encode()


class EventStream(Response):
    """An answer that goes on until the reader leaves, does not read any more, or the server stops.

    Args:
        live: counts who listens, says how long a write may take.
        first: sent at once.
        pages: what `live.follow` gives.
    """

    media_type = MEDIA_TYPE

    def __init__(self, live: Live, first: bytes, pages: AsyncGenerator[Sequence[Happening], None]) -> None:
        super().__init__(headers={"Content-Type": MEDIA_TYPE, "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._live = live
        self._first = first
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._live.listening():
            writing = asyncio.create_task(self._write(send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait((writing, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (writing, leaving):
                    task.cancel()
                await asyncio.gather(writing, leaving, return_exceptions=True)
        if not writing.cancelled() and isinstance(writing.exception(), TimeoutError):
            log.info("a reader of events does not read; dropped", client=scope.get("client"))
        elif not writing.cancelled():
            writing.result()

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._send(send, self._first)
        try:
            async with aclosing(self._pages) as pages:
                async for page in pages:
                    await self._send(send, b"".join(map(as_event, page)) or HEARTBEAT)
        except Transient as error:
            log.warning("a stream of events ends; its reader comes again", error=str(error))
        await self._send(send, b"", more=False)

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._live.patience.total_seconds()):
            await send({"type": "http.response.body", "body": body, "more_body": more})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
