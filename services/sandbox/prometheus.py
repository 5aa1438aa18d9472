"""The simulated Prometheus: the part of its HTTP API that langraph and people use, answered from memory.

Shapes and error texts are those of Prometheus 2.42; tests hold them against recorded answers.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from services.sandbox.alert_rules import AlertBook, AlertRule
from services.sandbox.asgi import Receive, Request, Response, Scope, Send, read_request, send_response
from services.sandbox.faults import Fault, FaultScript
from services.sandbox.prometheus_json import (
    alert_json,
    emptied,
    json_bytes,
    result_json,
    rfc3339_ns,
    rule_json,
    step_ms,
    target_json,
    timeout_seconds,
    timestamp_ms,
)
from services.sandbox.promql import MAX_POINTS, Engine
from services.sandbox.promql_parser import parse_selector
from services.sandbox.series import NAME, Labels, Matcher, Point, PromqlError, SeriesStore

T = TypeVar("T")

_STATUS = {"bad_data": 400, "execution": 422, "timeout": 503}
_TEXT = "text/plain; charset=utf-8"
_LABEL_VALUES = re.compile(r"/api/v1/label/([A-Za-z_][A-Za-z0-9_]*)/values")
_BUILD = {
    "version": "2.42.0",
    "revision": "sandbox",
    "branch": "sandbox",
    "buildUser": "",
    "buildDate": "",
    "goVersion": "",
}


class SimulatedPrometheus:
    """An ASGI application over a sample store.

    Args:
        clock: the time that a query without one is asked for.
        rules: alert rules, evaluated by `evaluate`.
        store: shared with whoever scrapes.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        rules: Sequence[AlertRule] = (),
        store: SeriesStore | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.store = store or SeriesStore()
        self.faults = FaultScript()
        self.alerts = AlertBook(rules)
        self._clock = clock
        self._engine = engine or Engine(self.store)

    def scrape(self, source: str, points: Iterable[Point], now: datetime) -> None:
        """Take in what a target shows at `now`; what it no longer shows is stale."""
        self.store.scrape(source, int(now.timestamp() * 1000), points)

    def evaluate(self, now: datetime) -> None:
        """Evaluate the alert rules at `now`, and keep the result as `ALERTS`."""
        self.scrape("rules", self.alerts.evaluate(self._engine, now), now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await read_request(scope, receive)
        fault = self.faults.take(request.path)
        if fault is not None and fault.status is not None:
            response = Response(fault.body, fault.status, fault.content_type, fault.headers)
        else:
            response = self.answer(request, fault)
        await send_response(send, response, fault)

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """The right answer to a request, but for a fault's warnings."""
        handlers: dict[str, tuple[Callable[[Request], object], str]] = {
            "/api/v1/query": (self._query, "GET, OPTIONS, POST"),
            "/api/v1/query_range": (self._query_range, "GET, OPTIONS, POST"),
            "/api/v1/series": (self._series, "GET, OPTIONS, POST"),
            "/api/v1/labels": (self._labels, "GET, OPTIONS, POST"),
            "/api/v1/alerts": (self._alerts, "GET, OPTIONS"),
            "/api/v1/rules": (self._rules, "GET, OPTIONS"),
            "/api/v1/targets": (self._targets, "GET, OPTIONS"),
            "/api/v1/status/buildinfo": (self._buildinfo, "GET, OPTIONS"),
        }
        if request.path in ("/-/ready", "/-/healthy"):
            word = "Ready" if request.path == "/-/ready" else "Healthy"
            return Response(f"Prometheus Server is {word}.\n".encode(), content_type=_TEXT)
        handler, allowed = handlers.get(request.path, (None, "GET, OPTIONS"))
        if handler is None and (found := _LABEL_VALUES.fullmatch(request.path)):
            handler = partial(self._label_values, found[1])
        if handler is None:
            return Response(b"404 page not found\n", 404, _TEXT)
        if request.method not in allowed.split(", "):
            return Response(b"Method Not Allowed\n", 405, _TEXT, (("Allow", allowed),))
        return _envelope(handler, request, fault)

    # --- queries ----------------------------------------------------------------------------------------------------

    def _query(self, request: Request) -> object:
        at_ms = self._time(request, "time")
        timeout = timeout_seconds(request.first("timeout"))
        answer = _named("query", lambda: self._engine.instant(request.first("query"), at_ms, timeout))
        return result_json(answer, at_ms)

    def _query_range(self, request: Request) -> object:
        since, until = self._time(request, "start", required=True), self._time(request, "end", required=True)
        if until < since:
            raise PromqlError('invalid parameter "end": end timestamp must not be before start time')
        step = step_ms(request.first("step"))
        if (until - since) // step > MAX_POINTS:
            raise PromqlError(
                "exceeded maximum resolution of 11,000 points per timeseries."
                " Try decreasing the query resolution (?step=XX)"
            )
        timeout = timeout_seconds(request.first("timeout"))
        answer = _named("query", lambda: self._engine.range(request.first("query"), since, until, step, timeout))
        return result_json(answer, until)

    def _time(self, request: Request, name: str, *, required: bool = False) -> int:
        if not request.first(name) and not required:
            return self._now_ms()
        return timestamp_ms(request.first(name), name)

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    # --- metadata ---------------------------------------------------------------------------------------------------

    def _selected(self, request: Request) -> list[Labels]:
        texts = request.params.get("match[]", [])
        selectors = [_named("match[]", partial(parse_selector, text)) for text in texts]
        return sorted({series.labels for one in selectors for series in self.store.select(one.matchers)})

    def _series(self, request: Request) -> object:
        if "match[]" not in request.params:
            raise PromqlError("no match[] parameter provided")
        return [dict(labels) for labels in self._selected(request)]

    def _all_or_selected(self, request: Request) -> list[Labels]:
        if "match[]" in request.params:
            return self._selected(request)
        return [series.labels for series in self.store.select([Matcher.of(NAME, "=~", ".+")])]

    def _labels(self, request: Request) -> object:
        return sorted({name for labels in self._all_or_selected(request) for name, _ in labels})

    def _label_values(self, name: str, request: Request) -> object:
        return sorted({v for labels in self._all_or_selected(request) for k, v in labels if k == name})

    def _alerts(self, _: Request) -> object:
        return {"alerts": [alert_json(alert) for alert in self.alerts.active]}

    def _rules(self, _: Request) -> object:
        rules = [rule_json(rule, self.alerts.active) for rule in self.alerts.rules]
        at = rfc3339_ns(self.alerts.evaluated_at or datetime.fromtimestamp(0, UTC))
        group = {"name": "sandbox", "file": "sandbox.yml", "rules": rules, "interval": 5, "limit": 0}
        return {"groups": [{**group, "evaluationTime": 0.001, "lastEvaluation": at}] if rules else []}

    def _buildinfo(self, _: Request) -> object:
        return _BUILD

    def _targets(self, _: Request) -> object:
        up = self._engine.vector("up", self._now_ms())
        return {"activeTargets": [target_json(element) for element in up], "droppedTargets": []}


def _envelope(handler: Callable[[Request], object], request: Request, fault: Fault | None) -> Response:
    """Success or error in Prometheus's JSON."""
    try:
        data = handler(request)
    except PromqlError as error:
        body = {"status": "error", "errorType": error.kind, "error": str(error)}
        return Response(json_bytes(body), _STATUS[error.kind])
    success = {"status": "success", "data": data}
    if fault is not None and fault.warnings:
        success = {"status": "success", "data": emptied(data) if fault.without_data else data}
        success["warnings"] = list(fault.warnings)
    return Response(json_bytes(success))


def _named(parameter: str, evaluate: Callable[[], T]) -> T:
    """Run it, and name the parameter in the error when the expression itself is refused."""
    try:
        return evaluate()
    except PromqlError as error:
        if error.kind != "bad_data" or str(error).startswith("invalid expression type"):
            raise
        raise PromqlError(f'invalid parameter "{parameter}": {error}') from error
