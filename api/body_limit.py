"""How much anybody may send, how long they may take: the body is read here, before anything parses it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import TIMEOUT, TOO_LARGE, Kind, problem

MAX_BODY_BYTES = 1024 * 1024  # a log text of 256 KiB in which JSON escapes some of the characters
MAX_ALERTS_BYTES = 8 * 1024 * 1024  # an Alertmanager group of thousands of alerts with long annotations
ALERTS_PATH = "/api/alerts"
PATIENCE = timedelta(seconds=30)  # for the whole body; 8 MiB in it is a slow line of 300 kB/s
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class TooLarge(Exception):
    """The body is longer than allowed."""


class Left(Exception):
    """The client hung up while sending."""


class BodyLimit:
    """ASGI middleware: reads the body up to the limit, hands it on in one piece.

    Args:
        app: what is behind it.
        most: bytes.
        most_at: bytes for paths that take more.
        patience: how long sending the body may take.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        most: int = MAX_BODY_BYTES,
        most_at: Mapping[str, int] | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._app = app
        self._most = most
        self._most_at = {ALERTS_PATH: MAX_ALERTS_BYTES} if most_at is None else most_at
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        most = self._most_at.get(scope["path"], self._most)
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                body = await _read(scope, receive, most)
        except TooLarge:
            detail = f"the body is longer than the {most:,} bytes that are taken here; send less at a time"
            await _refuse(TOO_LARGE, detail, scope, receive, send)
        except TimeoutError:
            detail = f"the body did not arrive within {self._patience.total_seconds():g} s; send it again"
            await _refuse(TIMEOUT, detail, scope, receive, send)
        except Left:
            return
        else:
            await self._app(scope, _replay(body, receive), send)


async def _read(scope: Scope, receive: Receive, most: int) -> bytes:
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > most:
        raise TooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Left
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


async def _refuse(kind: Kind, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    """The rest of the body is not read, so the connection ends here."""
    await problem(kind, detail, scope["path"], headers={"Connection": "close"})(scope, receive, send)


def _replay(body: bytes, receive: Receive) -> Receive:
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return parts.pop() if parts else await receive()

    return replayed
