"""Who is asking, told before anything of the request is read: API keys, sessions, or this machine only.

Without keys only this machine is served: the connection must come from loopback and must name loopback as its
host. The second half defeats DNS rebinding, by which a page on the internet makes a browser on this machine
ask us under a name of the page's choice.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.keys import ApiKeys
from api.local_path import LOGIN_PATH, login_address
from api.problems import FORBIDDEN, UNAUTHENTICATED, Kind, problem
from api.sessions import COOKIE, Session, Sessions
from langraph.config.settings import is_loopback
from langraph.models.incident import Person

log = structlog.get_logger(__name__)

OPEN_PATHS = frozenset({"/health", "/ready"})
"""What a kubelet asks without a key."""

PUBLIC_PREFIX = "/static/"
"""Style and script of the page, the login page included; the same for everybody."""

SLACK_PATHS = frozenset({"/slack/events", "/slack/commands"})
"""Where Slack's own signature stands for a key; open only when somebody is there to check it."""

LOCAL_OPERATOR = Person("local:operator", "local operator")
"""Whoever can connect over loopback when there are no keys."""

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY_VIOLATION = 1008  # WebSocket close code, RFC 6455 section 7.4.1

SET_API_KEYS = "set API_KEYS=name:secret to let other machines in"

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#@\s]+)(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with `no-referrer` a browser sends our own forms with `Origin: null`
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not served."""

    kind: Kind
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Gate:
    """ASGI middleware: refuses, or puts who is asking into the request's state.

    There, `person` is who it is (None: a stranger at an open path), `session` what a browser showed instead of a key,
    `csrf` the token that forms shown to them have to carry (empty: they need none).

    Args:
        app: what is behind the gate.
        keys: none of them: only this machine is served.
        slack: whether Slack's requests may come to the two addresses where their signature is checked.
    """

    def __init__(self, app: ASGIApp, keys: ApiKeys, *, slack: bool = False) -> None:
        self._app = app
        self._keys = keys
        self._slack = slack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        sessions = _sessions(scope)
        session = _session(scope, sessions)
        verdict = None if self._slack and _is_for_slack(scope) else admit(scope, self._keys, session)
        if isinstance(verdict, Refusal):
            await _turn_away(verdict, scope, receive, send)
            return
        local_csrf = sessions.local_csrf if sessions is not None and verdict == LOCAL_OPERATOR else ""
        state = {"person": verdict, "session": session, "csrf": session.csrf if session else local_csrf}
        scope.setdefault("state", {}).update(state)
        await self._app(scope, receive, _with_safe_headers(send))


def _sessions(scope: Scope) -> Sessions | None:
    """Those of the app behind the gate: they need what is there only since it has started."""
    app = scope.get("app")
    return getattr(app.state, "sessions", None) if app is not None else None


def _session(scope: Scope, sessions: Sessions | None) -> Session | None:
    """What the browser's cookie stands for; whoever shows a key is asked for nothing else."""
    headers = Headers(scope=scope)
    if sessions is None or not sessions.needed or _shows_key(headers):
        return None
    cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return sessions.read(cookie) if cookie else None


async def _turn_away(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """A person with a browser is led to the login page, everybody else is told why not."""
    if refusal.kind is UNAUTHENTICATED and _wants_page(scope):
        await RedirectResponse(login_address(scope), 303)(scope, receive, _with_safe_headers(send))
        return
    log.warning("a request was refused", path=scope["path"], client=scope.get("client"), why=refusal.detail)
    await _refuse(refusal, scope, receive, send)


def _wants_page(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    headers = Headers(scope=scope)
    return "text/html" in headers.get("accept", "") and not _shows_key(headers)


def _is_for_slack(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in SLACK_PATHS


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    answer = problem(refusal.kind, refusal.detail, scope["path"], headers=refusal.headers)
    await answer(scope, receive, _with_safe_headers(send))


def _with_safe_headers(send: Send) -> Send:
    async def safe(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SAFE_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return safe


def admit(scope: Scope, keys: ApiKeys, session: Session | None = None) -> Person | Refusal | None:
    """Who is asking, or why they are not served; None is a stranger at one of the open paths."""
    headers = Headers(scope=scope)
    acts = scope["type"] == "websocket" or scope.get("method", "GET") not in READING
    who: Person | Refusal | None = session.person if session is not None else _of_headers(scope, headers, keys)
    if isinstance(who, Refusal):
        if not _is_open(scope, acts, bool(keys)):
            return who
        who = None
    if acts and (_is_foreign_page(headers) or (session is not None and not _is_own_page(headers))):
        return Refusal(FORBIDDEN, "a page of another site may not act here; open langraph's own page")
    return who


def _of_headers(scope: Scope, headers: Headers, keys: ApiKeys) -> Person | Refusal:
    return _key_holder(headers, keys) if keys else _neighbour(scope, headers)


def _is_open(scope: Scope, acts: bool, has_keys: bool) -> bool:
    """Whether strangers are answered there. Without keys, nobody from elsewhere has to see a page."""
    if scope["type"] != "http":
        return False
    path = scope["path"]
    if has_keys and path == LOGIN_PATH:
        return True
    return not acts and (path in OPEN_PATHS or (has_keys and path.startswith(PUBLIC_PREFIX)))


def _key_holder(headers: Headers, keys: ApiKeys) -> Person | Refusal:
    challenge = {"WWW-Authenticate": 'Bearer realm="langraph"'}
    secret = _secret(headers)
    if not secret:
        cure = "send `Authorization: Bearer <secret>` or `X-API-Key: <secret>`"
        return Refusal(UNAUTHENTICATED, f"this needs an API key; {cure}", challenge)
    person = keys.person(secret.encode("latin-1"))
    return person or Refusal(UNAUTHENTICATED, "this API key is not known; API_KEYS lists the keys", challenge)


def _shows_key(headers: Headers) -> bool:
    """`Authorization: Basic` is none: a proxy in front of us may ask for that."""
    return bool(_secret(headers))


def _secret(headers: Headers) -> str:
    """What the client presents, one character per byte; empty when it presents nothing."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()
    return headers.get("x-api-key", "").strip()


def _neighbour(scope: Scope, headers: Headers) -> Person | Refusal:
    """Somebody on this machine. A socket without an address is refused: we cannot tell who is behind it."""
    client = scope.get("client")
    address = str(client[0]) if client else "an unknown address"
    if not _is_this_machine(address):
        return Refusal(FORBIDDEN, f"without API keys only this machine is served, not {address}; {SET_API_KEYS}")
    hosts = headers.getlist("host")
    match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if match is None or match[1].lower() not in LOCAL_HOSTS:
        return Refusal(
            FORBIDDEN,
            f"without API keys only the hosts localhost, 127.0.0.1 and [::1] are served; ask by one of them, "
            f"or {SET_API_KEYS}",
        )
    return LOCAL_OPERATOR


def _is_this_machine(address: str) -> bool:
    """Whether the address is a loopback one, IPv4 written as IPv6 included."""
    try:
        mapped = getattr(ipaddress.ip_address(address), "ipv4_mapped", None)
    except ValueError:
        return False  # a name is not an address; whoever sent it chose it
    return is_loopback(str(mapped or address))


def _is_foreign_page(headers: Headers) -> bool:
    """Whether a browser says that the request comes from a page which is not ours."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") in ("cross-site", "same-site")
    try:
        parts = urlsplit(origin)
    except ValueError:  # no address at all
        return True
    return _host_and_port(parts.netloc, parts.scheme) != _host_and_port(headers.get("host", ""), parts.scheme)


def _is_own_page(headers: Headers) -> bool:
    """Whether a browser says that the request comes from a page of ours; what only leaves it open does not count."""
    said = "origin" in headers or headers.get("sec-fetch-site") == "same-origin"
    return said and not _is_foreign_page(headers)


def _host_and_port(netloc: str, scheme: str) -> tuple[str, str] | str:
    match = _HOST.fullmatch(netloc)
    if match is None:
        return f"not a host, {scheme}"  # equals no tuple: an origin `null` is never our own
    return match[1].lower(), match[2] or _DEFAULT_PORTS.get(scheme, "")
