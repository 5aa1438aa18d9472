"""Whether an action that a browser asks for was asked for on a page of ours: by the token that our forms carry.

Behind the gate, which knows who is asking, and behind the limit on bodies, which has read the form.
"""

import hmac
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.forms import is_form, parse_form
from api.problems import FORBIDDEN, problem
from langraph.errors import BadInput

log = structlog.get_logger(__name__)

HEADER = "X-CSRF-Token"
FIELD = "csrf"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_PREFIX = "/api/"
"""Where bodies are JSON, which a page of another site cannot send without being asked for its origin."""

CURE = "reload the page and try again; it was opened before the session or langraph's state began anew"


class CsrfGuard:
    """ASGI middleware: refuses what a browser's cookie, or its place on this machine, would do without a page of ours.

    Whoever shows an API key shows more than a browser sends by itself, and needs no token.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _needs_token(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = headers.get(HEADER, "")
        if not sent and is_form(headers.get("content-type")):
            first = await receive()  # the whole body: the limit has read it
            sent = _field(first)
            receive = _replay(first, receive)
        if is_token(sent, scope["state"]["csrf"]):
            await self._app(scope, receive, send)
            return
        log.warning("an action without a token of ours was refused", path=scope["path"], client=scope.get("client"))
        answer = problem(FORBIDDEN, f"the form's token is missing or old; {CURE}", scope["path"])
        await answer(scope, receive, send)


def is_token(sent: str, right: str) -> bool:
    """Whether the token is the right one; no token is never right."""
    return bool(right) and hmac.compare_digest(sent.encode("utf-8", "replace"), right.encode())


def _needs_token(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] in READING:
        return False
    state: Mapping[str, object] = scope.get("state", {})
    if state.get("session") is not None:
        return True
    # Of what a page of another site can send to this machine without being asked, only POST acts.
    return bool(state.get("csrf")) and scope["method"] == "POST" and not scope["path"].startswith(JSON_PREFIX)


def _field(message: Message) -> str:
    try:
        return parse_form(message.get("body", b"")).get(FIELD, "")
    except BadInput:
        return ""


def _replay(first: Message, receive: Receive) -> Receive:
    parts = [first]

    async def replayed() -> Message:
        return parts.pop() if parts else await receive()

    return replayed
