"""HTTP as the simulated Loki speaks it: requests with their bodies, answers, and connections that die unanswered."""

import asyncio
import gzip
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs

from services.sandbox.asgi import Receive, Scope, Send
from services.sandbox.faults import Fault

TEXT = "text/plain; charset=utf-8"
JSON = "application/json; charset=UTF-8"
MAX_BODY_BYTES = 100 * 1024 * 1024  # as much of a push as Loki reads
CLOSE = "langraph.connection.close"
"""ASGI extension: a function that closes the connection without an answer. Servers without it get a cut answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; parameters from the URL and from a form."""

    method: str
    path: str
    params: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first value of a parameter, '' when absent."""
        return next(iter(self.params.get(name, ())), "")

    @property
    def takes_gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "")


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer.

    `hang_seconds` None answers at once. Otherwise the client waits that long, for a `status` of 0 only to see the
    connection closed.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False
    hang_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Drop(Fault):
    """A fault that only this server has: the connection closes without an answer, `after_seconds` later."""

    after_seconds: float = 0.0


def text_reply(status: int, text: str, *, hang_seconds: float | None = None) -> Reply:
    """An error as Loki writes it: plain text."""
    return Reply(status, text.encode(), TEXT, (("X-Content-Type-Options", "nosniff"),), hang_seconds=hang_seconds)


async def read_request(scope: Scope, receive: Receive) -> Request:
    """The whole request, decompressed."""
    params = parse_qs(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    body = await _body(receive)
    if headers.get("content-encoding") == "gzip":
        body = _gunzip(body)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        params = {name: form.get(name, []) + params.get(name, []) for name in {*form, *params}}
    return Request(scope["method"], scope["path"], params, headers, body)


async def respond(scope: Scope, receive: Receive, send: Send, reply: Reply, fault: Fault | None) -> None:
    """Send the answer, or break where the fault or the answer itself says so."""
    if fault is not None and fault.hang:
        await client_left(receive, None)
        return
    wait = fault.slow_seconds if fault is not None and fault.slow_seconds else reply.hang_seconds
    if wait is not None and await client_left(receive, wait):
        return
    if reply.status == 0:
        await _close(scope, receive, send)
        return
    await _send(receive, send, reply, None if fault is None else fault.cut_after_bytes)


async def client_left(receive: Receive, seconds: float | None) -> bool:
    """Wait until the client gives up, at most `seconds`; whether it did."""
    try:
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _send(receive: Receive, send: Send, reply: Reply, cut_after: int | None) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.content_type:
        headers.append((b"content-type", reply.content_type.encode("latin-1")))
    if not reply.chunked or cut_after is not None:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if cut_after is None:
        await send({"type": "http.response.body", "body": reply.body})
        return
    # Returning before the promised length is sent makes the server close the connection.
    await send({"type": "http.response.body", "body": reply.body[:cut_after], "more_body": True})


async def _close(scope: Scope, receive: Receive, send: Send) -> None:
    extension = (scope.get("extensions") or {}).get(CLOSE)
    if extension is None:
        await _send(receive, send, Reply(200, b" ", chunked=False), 0)
        return
    cast(Callable[[], None], extension)()
    await client_left(receive, None)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while len(body) < MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return bytes(body)


def _gunzip(body: bytes) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return b""
