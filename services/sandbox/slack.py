"""A Slack to run against: Web API, Socket Mode, people who press, all over real HTTP with real signatures.

The tests prove the daemon against it and the demo lives on it. It refuses what Slack refuses, as far as that is
documented or was tried; Enterprise Grid, threads of other apps and rendering are not simulated.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from services.sandbox.asgi import CutConnection, send_response
from services.sandbox.asgi import Response as PlainResponse
from services.sandbox.faults import Fault, FaultScript
from services.sandbox.slack_browser import Browser
from services.sandbox.slack_delivery import OverHttp, OverSocket
from services.sandbox.slack_methods import Methods
from services.sandbox.slack_people import People
from services.sandbox.slack_workspace import APP_TOKEN, BOT_TOKEN, CHANNEL, Ephemeral, Posted, Workspace

_JSON_FIELDS = ("blocks", "metadata", "view", "files")


class SimulatedSlack:
    """The whole of it as one ASGI application.

    Args:
        now: Unix time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.url = "http://127.0.0.1"
        """Where it listens; whoever starts it says so."""
        self.all = Workspace(now)
        self.faults = FaultScript()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Every call of the Web API, refused ones included."""
        self.methods = Methods(self.all, lambda: self.url)
        self.socket = OverSocket()
        self.people = People(self.all, self.socket, lambda: self.url)
        routes = [
            Route("/api/apps.connections.open", self._open_socket, methods=["POST"]),
            Route("/api/{method}", self._method, methods=["GET", "POST"]),
            Route("/upload/{file_id}", self._upload, methods=["POST"]),
            Route("/response/{response_id}", self._respond, methods=["POST"]),
            WebSocketRoute("/socket", self._serve_socket),
            *Browser(self.all, self.people).routes(),
        ]
        self._app = Starlette(routes=routes)

    def deliver_to(self, app_url: str, now: Callable[[], float] = time.time) -> OverHttp:
        """From now on what people press arrives at `app_url` over signed HTTP."""
        over = OverHttp(app_url, now)
        self.people.delivery = over
        return over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.faults.take(scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.status is not None:
            await send_response(send, PlainResponse(fault.body, fault.status, fault.content_type, fault.headers), fault)
        else:
            await self._break(scope, receive, send, fault)

    async def _break(self, scope: Scope, receive: Receive, send: Send, fault: Fault) -> None:
        """The request does what it should; its answer suffers."""
        parts: list[dict[str, Any]] = []

        async def keep(message: Any) -> None:
            parts.append(message)

        if not fault.hang:
            await self._app(scope, receive, keep)
        body = b"".join(part.get("body", b"") for part in parts)
        try:
            await send_response(send, PlainResponse(body), fault)
        except CutConnection:
            raise ConnectionError("cut as scripted") from None

    # what a test looks at

    @property
    def channel(self) -> list[Posted]:
        """The messages of the main channel, oldest first, threads left out."""
        return self.all.in_channel(CHANNEL)

    def called(self, method: str) -> list[dict[str, Any]]:
        """The arguments of each call of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    # HTTP

    async def _method(self, request: Request) -> Response:
        method = request.path_params["method"]
        arguments = await _arguments(request)
        self.calls.append((method, arguments))
        if _token(request, arguments) != BOT_TOKEN:
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        answer = self.methods.answer(method, arguments)
        return JSONResponse(answer, headers={"X-OAuth-Scopes": self.all.scopes})

    async def _upload(self, request: Request) -> Response:
        found = self.all.uploads.get(request.path_params["file_id"])
        if found is None:
            return PlainTextResponse("no such upload", 404)
        found["content"] = (await request.body()).decode()
        return PlainTextResponse(f"OK - {found['size']}")

    async def _respond(self, request: Request) -> Response:
        response_id = request.path_params["response_id"]
        user, left, ends = self.all.responses.get(response_id, ("", 0, 0.0))
        if not user or left < 1 or self.all.now() > ends:
            return JSONResponse({"ok": False, "error": "used_url"}, 404)
        self.all.responses[response_id] = (user, left - 1, ends)
        said = json.loads(await request.body())
        self.all.ephemerals.append(Ephemeral(user, said.get("text", ""), said.get("blocks") or []))
        return PlainTextResponse("ok")

    # Socket Mode

    async def _open_socket(self, request: Request) -> Response:
        arguments = await _arguments(request)
        self.calls.append(("apps.connections.open", {}))
        if _token(request, arguments) != APP_TOKEN:
            return JSONResponse({"ok": False, "error": "invalid_auth"})
        return JSONResponse({"ok": True, "url": f"{self.url.replace('http', 'ws', 1)}/socket"})

    async def _serve_socket(self, socket: WebSocket) -> None:
        async with self._connected(socket):
            while True:
                try:
                    self.socket.acknowledged(await socket.receive_text())
                except WebSocketDisconnect:
                    return

    @asynccontextmanager
    async def _connected(self, socket: WebSocket) -> AsyncIterator[None]:
        await socket.accept()
        await socket.send_text(json.dumps({"type": "hello", "num_connections": 1}))
        self.socket.connections.append(socket)
        try:
            yield
        finally:
            self.socket.connections.remove(socket)

    async def hang_up(self) -> None:
        """Close every Socket Mode connection, as Slack does every few hours."""
        for connection in list(self.socket.connections):
            assert isinstance(connection, WebSocket)
            await connection.close()


async def _arguments(request: Request) -> dict[str, Any]:
    """From the URL, a form or JSON; nested values of a form are JSON in Slack's API."""
    found: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        given = json.loads(body or b"{}")
        return {**found, **given}
    found |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: json.loads(value) if name in _JSON_FIELDS and value else value for name, value in found.items()}


def _token(request: Request, arguments: Mapping[str, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else str(arguments.get("token", ""))
