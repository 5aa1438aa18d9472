"""A Loki to run against: takes pushes, answers queries and fails the way the real server was measured to.

The poller is proven against it and the demo lives on it. The facts it follows are those of Loki 3.7.6, monolithic,
with its default limits; microservices, replication and object stores are not simulated.
"""

import asyncio
import base64
import binascii
import hmac
import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from services.sandbox.asgi import Receive, Scope, Send
from services.sandbox.faults import Fault, FaultScript
from services.sandbox.loki_api import QueryApi, QueryRules
from services.sandbox.loki_http import TEXT, Drop, Reply, Request, read_request, respond, text_reply
from services.sandbox.loki_push import Pusher, PushRules, Refused, clean_line, parse_json
from services.sandbox.loki_store import Entry, Tenant

SECOND_NS = 1_000_000_000
DEFAULT_TENANT = "fake"  # Loki's name for the only tenant when auth is off
QUERY_PATHS = "/loki/api/v1/query", "/loki/api/v1/query_range"
_LABEL_VALUES = re.compile(r"/loki/api/v1/label/([^/]+)/values")
_TENANT_CHARACTERS = re.compile(r"[A-Za-z0-9!\-_.*'()]")
_READ = ("GET", "POST")
PushedLine = tuple[int, str | bytes] | tuple[int, str | bytes, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class StartUp:
    """How long after its start a server is not itself yet, as measured; seconds."""

    services_seconds: float = 2.0  # /ready names the services that still start
    ready_seconds: float = 25.6  # /ready says 200
    queries_seconds: float = 10.2  # queries hang until then, and answer


@dataclass(frozen=True, slots=True)
class LokiConfig:
    """How the simulated server is set up."""

    auth_enabled: bool = False
    """True: every request but /ready needs `X-Scope-OrgID`."""
    basic_auth: tuple[str, str] | None = None
    """Name and password that a gateway in front asks for."""
    bearer_token: str | None = None
    queries: QueryRules = field(default_factory=QueryRules)
    pushes: PushRules = field(default_factory=PushRules)
    start_up: StartUp | None = None
    """None: it has been up for long."""
    max_outstanding: int | None = None
    """Queries at a time before the others are told 429 (max_outstanding_per_tenant)."""
    many_tenants_seconds: float = 16.6  # internal retries before the 500 for `a|b` without federation
    max_lines: int = 2_000_000
    """Lines kept per tenant; the oldest go."""


@dataclass
class Faults(FaultScript):
    """What a test makes go wrong, on top of the scripted faults of the next requests."""

    hide_new_lines_ns: int = 0
    """Lines pushed from now on are accepted at once and visible only so much later."""

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, status: int, text: str = "", *, times: int = 1, path: str = "query_range") -> None:
        """Answer the next requests with an error."""
        self.next(times, Fault(status=status, body=text.encode()), path)

    def hang(self, *, times: int = 1, path: str = "query_range") -> None:
        """Leave the next requests without an answer until the client gives up."""
        self.next(times, Fault(hang=True), path)

    def drop(self, *, times: int = 1, after_seconds: float = 0.0, path: str = "query_range") -> None:
        """Close the connection of the next requests without an answer."""
        self.next(times, Drop(after_seconds=after_seconds), path)

    def cut(self, after_bytes: int, *, times: int = 1, path: str = "query_range") -> None:
        """Break the connection in the middle of the next answers."""
        self.next(times, Fault(cut_after_bytes=after_bytes), path)

    def slow(self, seconds: float, *, times: int = 1, path: str = "query_range") -> None:
        """Answer the next requests rightly, but later."""
        self.next(times, Fault(slow_seconds=seconds), path)


@dataclass(frozen=True, slots=True)
class Served:
    """One request that was answered, for tests that ask what a client did."""

    request: Request
    status: int
    """0 when the connection was closed instead."""


@dataclass
class _Outstanding:
    queries: int = 0


class SimulatedLoki:
    """An ASGI application.

    Args:
        now: unix time in nanoseconds; every rule about time goes by it, only hangs pass in real seconds.
    """

    def __init__(self, now: Callable[[], int], config: LokiConfig | None = None) -> None:
        self.config = config or LokiConfig()
        self.faults = Faults()
        self.served: deque[Served] = deque(maxlen=10_000)
        """The last requests, oldest first."""
        self.stopping = False
        """True: /ready says so and queries hang, as after SIGTERM."""
        self._now = now
        self._started_at = now()
        self._tenants: dict[str, Tenant] = {}
        self._pusher = Pusher(self.config.pushes, lambda: self.faults.hide_new_lines_ns)
        self._api = QueryApi(self.config.queries)
        self._outstanding = _Outstanding()

    # --- in process

    def push(self, labels: Mapping[str, str], lines: Iterable[PushedLine], tenant: str = DEFAULT_TENANT) -> None:
        """Push lines of one stream: (ns, line) or (ns, line, metadata); a line in bytes may be broken UTF-8.

        Raises:
            Refused: the server does not take some of them; the good ones are stored.
        """
        entries: list[Entry] = [(line[0], clean_line(line[1]), line[2] if len(line) == 3 else {}) for line in lines]
        self._pusher.push(tenant, self._tenant(tenant), [(labels, entries)], self._now())

    def flush(self) -> None:
        """Write all chunks out: lines too old to be seen in the ingester appear; repeats are stored again."""
        for tenant in self._tenants.values():
            tenant.flush()

    def queries(self, path: str = "query_range") -> list[Request]:
        """The requests that asked `path`, oldest first."""
        return [served.request for served in self.served if served.request.path.endswith(path)]

    # --- over HTTP

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1011})
            return
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive)
        fault = self.faults.take(request.path)
        reply = await self._reply(request, fault)
        self.served.append(Served(request, reply.status))
        await self._guarded(scope, receive, send, reply, fault)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, reply: Reply, fault: Fault | None) -> None:
        """Respond, counting queries that are still under way."""
        limited = scope["path"] in QUERY_PATHS and reply.status != 429
        self._outstanding.queries += limited
        try:
            await respond(scope, receive, send, reply, fault)
        finally:
            self._outstanding.queries -= limited

    async def _reply(self, request: Request, fault: Fault | None) -> Reply:
        if isinstance(fault, Drop):
            return Reply(0, hang_seconds=fault.after_seconds)
        if fault is not None and fault.status is not None:
            return Reply(fault.status, fault.body, fault.content_type, fault.headers)
        await asyncio.sleep(0)  # many queries at once take turns, as they would there
        try:
            return self._answer(request)
        except Refused as refused:
            return text_reply(refused.status, refused.text)

    def _answer(self, request: Request) -> Reply:
        if request.path == "/ready":
            return self._ready()
        if not self._authorized(request):
            return Reply(401, b"Unauthorized\n", TEXT, (("WWW-Authenticate", 'Basic realm="loki"'),))
        if request.path == "/flush" and request.method == "POST":
            self.flush()
            return Reply(204, content_type="")
        handler = self._handler(request)
        name = self._tenant_name(request)
        reply = handler(request, name, self._now()) if "|" not in name else self._many_tenants()
        waits = self._start_up_wait() if request.path in QUERY_PATHS else None
        if waits is None:
            return reply
        return Reply(reply.status, reply.body, reply.content_type, reply.headers, reply.chunked, waits)

    def _handler(self, request: Request) -> Callable[[Request, str, int], Reply]:
        """Who answers this path and method.

        Raises:
            Refused: nobody; 404, or 405 which has no text.
        """
        if request.path == "/loki/api/v1/push":
            return self._push if request.method == "POST" else _not_allowed
        if found := _LABEL_VALUES.fullmatch(request.path):
            label = found[1]
            return lambda r, name, now: self._api.label_values(label, r, self._settled(name), now)
        routes = {
            "query_range": self._api.query_range,
            "query": self._api.query,
            "labels": self._api.labels,
            "series": self._api.series,
            "drilldown-limits": self._api.drilldown_limits,
            "format_query": self._api.format_query,
            "status/buildinfo": self._api.buildinfo,
        }
        if request.path == "/loki/api/v1/tail":
            raise Refused(400, "Bad Request\n")
        route = routes.get(request.path.removeprefix("/loki/api/v1/"))
        if route is None or not request.path.startswith("/loki/api/v1/"):
            raise Refused(404, "404 page not found\n")
        if request.method not in _READ:
            return _not_allowed
        limit = self.config.max_outstanding
        if limit is not None and request.path in QUERY_PATHS and self._outstanding.queries >= limit:
            raise Refused(429, "too many outstanding requests")
        return lambda r, name, now: route(r, name, self._settled(name), now)

    def _push(self, request: Request, name: str, now: int) -> Reply:
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind != "application/json":
            raise Refused(400, f"Content-Type {kind!r} is not simulated, push application/json\n")
        self._pusher.push(name, self._tenant(name), parse_json(request.body), now)
        return Reply(204, content_type="")

    def _tenant(self, name: str) -> Tenant:
        if name not in self._tenants:
            self._tenants[name] = Tenant(self.config.max_lines)
        return self._tenants[name]

    def _settled(self, name: str) -> Tenant:
        """The tenant as it can be seen now; an unknown one is empty."""
        tenant = self._tenants.get(name) or Tenant(self.config.max_lines)
        tenant.settle(self._now())
        return tenant

    def _many_tenants(self) -> Reply:
        return text_reply(500, "multiple org IDs present", hang_seconds=self.config.many_tenants_seconds)

    def _tenant_name(self, request: Request) -> str:
        if not self.config.auth_enabled:
            return DEFAULT_TENANT
        name = request.headers.get("x-scope-orgid", "")
        if not name:
            raise Refused(401, "no org id\n")
        for part in name.split("|"):
            if problem := _tenant_problem(part):
                raise Refused(400, f"rpc error: code = Code(400) desc = {problem}")
        return name

    def _authorized(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        wanted = self.config.basic_auth
        if wanted is None and self.config.bearer_token is None:
            return True
        kind, _, secret = given.partition(" ")
        if wanted is not None and kind.lower() == "basic":
            return hmac.compare_digest(_decoded(secret), ":".join(wanted).encode())
        token = self.config.bearer_token
        return token is not None and kind.lower() == "bearer" and hmac.compare_digest(secret, token)

    def _up_seconds(self) -> float:
        return (self._now() - self._started_at) / SECOND_NS

    def _start_up_wait(self) -> float | None:
        """Seconds a query hangs before it is answered; None at once."""
        if self.stopping:
            return math.inf
        if self.config.start_up is None:
            return None
        left = self.config.start_up.queries_seconds - self._up_seconds()
        return left if left > 0 else None

    def _ready(self) -> Reply:
        if self.stopping:
            return text_reply(503, "Application is stopping\n")
        start_up = self.config.start_up
        if start_up is not None and self._up_seconds() < start_up.services_seconds:
            return text_reply(503, "Some services are not Running:\nRunning: 2\nNew: 6\nStarting: 8\n")
        if start_up is not None and self._up_seconds() < start_up.ready_seconds:
            return text_reply(503, "Ingester not ready: waiting for 15s after being ready\n")
        return text_reply(200, "ready\n")


def _not_allowed(_request: Request, _name: str, _now: int) -> Reply:
    return Reply(405, content_type="")


def _tenant_problem(name: str) -> str | None:
    if len(name) > 150:
        return "tenant ID is too long: max 150 characters"
    if name in (".", ".."):
        return "tenant ID is '.' or '..'"
    wrong = next((char for char in name if not _TENANT_CHARACTERS.match(char)), None)
    return None if wrong is None else f"tenant ID '{name}' contains unsupported character '{wrong}'"


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return b""
