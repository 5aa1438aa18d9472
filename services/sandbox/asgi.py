"""The few lines of ASGI that a simulated server needs: read a request, send an answer, break where told."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from services.sandbox.faults import Fault

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 10 * 1024 * 1024  # as much as Prometheus reads of a form


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request with its parameters, from the URL and from a form."""

    method: str
    path: str
    params: dict[str, list[str]]

    def first(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.params.get(name, [default])[0]


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class CutConnection(ConnectionError):
    """The scripted break of a connection in the middle of an answer."""


async def read_request(scope: Scope, receive: Receive) -> Request:
    """The request, its form read when it has one."""
    query = scope["query_string"].decode("ascii", "replace")
    params = parse_qs(query, keep_blank_values=True)
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs((await _body(receive)).decode("utf-8", "replace"), keep_blank_values=True)
        params = {name: form.get(name, []) + params.get(name, []) for name in {*form, *params}}
    return Request(scope["method"], scope["path"], params)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while len(body) < MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return bytes(body)


async def send_response(send: Send, response: Response, fault: Fault | None = None) -> None:
    """Send an answer, the way a fault wants it.

    Raises:
        CutConnection: as scripted; the server then closes the connection.
    """
    if fault is not None and fault.hang:
        await asyncio.Event().wait()
    if fault is not None and fault.slow_seconds:
        await asyncio.sleep(fault.slow_seconds)
    headers = [
        (b"content-type", response.content_type.encode("latin-1")),
        (b"content-length", str(len(response.body)).encode()),
        *((k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in response.headers),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if fault is not None and fault.cut_after_bytes is not None:
        part = response.body[: fault.cut_after_bytes]
        await send({"type": "http.response.body", "body": part, "more_body": True})
        raise CutConnection(f"cut after {len(part)} of {len(response.body)} bytes, as scripted")
    await send({"type": "http.response.body", "body": response.body})
