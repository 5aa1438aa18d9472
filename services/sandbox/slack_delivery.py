"""How the simulated Slack hands what people press to the app: signed HTTP, or the app's Socket Mode connection."""

import asyncio
import hashlib
import hmac
import json
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx

from services.sandbox.slack_workspace import SIGNING_SECRET

PATIENCE_SECONDS = 3.0  # then Slack tells the person that the app did not answer
EVENTS, COMMANDS = "/slack/events", "/slack/commands"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the app answered. `status` 0: nothing within Slack's patience, or nobody there."""

    status: int
    body: str
    seconds: float

    @property
    def json(self) -> dict[str, Any]:
        """The answer as an object; empty for an empty or other one."""
        try:
            found = json.loads(self.body or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class Socket(Protocol):
    """The app's end of a Socket Mode connection."""

    async def send_text(self, data: str) -> None: ...


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's signature of a request body, version 0."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


@cache
def _authorities() -> ssl.SSLContext:
    """Who vouches for an https address. Read once: it takes longer than a click's whole way."""
    return httpx.create_ssl_context(trust_env=False)


class OverHttp:
    """POSTs to the app's two addresses, signed.

    Args:
        app_url: where the app answers, without a slash at its end.
        now: Unix time in seconds, for the signature.
    """

    def __init__(self, app_url: str, now: Callable[[], float] = time.time, secret: str = SIGNING_SECRET) -> None:
        self._app_url = app_url
        self._now = now
        self._secret = secret

    async def interactive(self, payload: Mapping[str, Any]) -> Delivered:
        return await self.form(EVENTS, {"payload": json.dumps(payload)})

    async def command(self, fields: Mapping[str, str]) -> Delivered:
        return await self.form(COMMANDS, fields)

    async def event(self, payload: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Delivered:
        more = {"Content-Type": "application/json", **(headers or {})}
        return await self.raw(EVENTS, json.dumps(payload).encode(), more)

    async def form(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Delivered:
        more = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self.raw(path, urlencode(fields).encode(), more)

    async def raw(self, path: str, body: bytes, headers: Mapping[str, str]) -> Delivered:
        """A body as it is, signed unless `headers` bring a signature."""
        timestamp = str(int(self._now()))
        signed = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
            **headers,
        }
        started = time.monotonic()
        async with httpx.AsyncClient(verify=_authorities(), trust_env=False, timeout=PATIENCE_SECONDS) as client:
            try:
                answer = await client.post(self._app_url + path, content=body, headers=signed)
            except httpx.HTTPError as error:
                return Delivered(0, type(error).__name__, time.monotonic() - started)
        return Delivered(answer.status_code, answer.text, time.monotonic() - started)


class OverSocket:
    """Sends envelopes down the connection that the app holds open, waits for their acknowledgement."""

    def __init__(self) -> None:
        self.connections: list[Socket] = []
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def interactive(self, payload: Mapping[str, Any]) -> Delivered:
        return await self._envelope("interactive", payload)

    async def command(self, fields: Mapping[str, str]) -> Delivered:
        return await self._envelope("slash_commands", fields)

    async def event(self, payload: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Delivered:
        return await self._envelope("events_api", payload)

    def acknowledged(self, text: str) -> None:
        """What the app sent up the connection."""
        answer = json.loads(text)
        waiting = self._waiting.pop(str(answer.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    async def _envelope(self, kind: str, payload: Mapping[str, Any]) -> Delivered:
        started = time.monotonic()
        if not self.connections:
            return Delivered(0, "no connection", 0.0)
        envelope_id = str(uuid.uuid4())
        answer = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload, "accepts_response_payload": True}
        await self.connections[-1].send_text(json.dumps(envelope))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await answer
        except TimeoutError:
            return Delivered(0, "no answer", time.monotonic() - started)
        finally:
            self._waiting.pop(envelope_id, None)
        return Delivered(200, json.dumps(found), time.monotonic() - started)
