"""The simulated Prometheus answers as a recorded Prometheus 2.42 did: status, content type and body."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sandbox.alert_rules import AlertRule
from services.sandbox.faults import Fault
from services.sandbox.prometheus import SimulatedPrometheus
from services.sandbox.promql import Engine
from services.sandbox.series import SeriesStore, label_set

CAPTURES = Path(__file__).parent.parent / "data" / "prometheus"
TARGETS = (("127.0.0.1:1", "down", 0.0), ("127.0.0.1:9090", "prometheus", 1.0), ("127.0.0.1:9199", "push", 1.0))
FIRST_MS = 1_795_163_595_359  # a scrape of the recorded server, two minutes before the queries


def recorded_store() -> SeriesStore:
    """`up` of the three recorded targets, scraped every 2 s as on the day of the recording."""
    store = SeriesStore()
    for instance, job, value in TARGETS:
        for i in range(100):
            store.append(label_set({"instance": instance, "job": job}, "up"), FIRST_MS + 2000 * i, value)
    return store


def recorded(name: str) -> tuple[dict[str, Any], bytes]:
    return json.loads((CAPTURES / f"{name}.meta.json").read_text()), (CAPTURES / f"{name}.body").read_bytes()


def moment_of(name: str, body: bytes) -> datetime:
    """The evaluation time that the recorded server used."""
    answer = json.loads(body) if body.startswith(b"{") else {}
    result = answer.get("data", {}).get("result") if isinstance(answer.get("data"), dict) else None
    if name == "query_matrix":
        seconds = 1_795_163_716.0  # three samples two seconds apart are in (t - 6 s, t], the last one .359
    elif result and isinstance(result[0], dict) and "value" in result[0]:
        seconds = result[0]["value"][0]
    elif result and not isinstance(result[0], dict):
        seconds = result[0]
    else:
        seconds = FIRST_MS / 1000 + 120
    return datetime.fromtimestamp(seconds, UTC)


async def ask(app: SimulatedPrometheus, meta: dict[str, Any]) -> httpx.Response:
    method, _, target = meta["request"].partition(" ")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://prometheus") as client:
        return await client.request(method, target, content=meta["request_body"], headers=meta["request_headers"])


EQUAL = [
    *("query_vector", "query_scalar", "query_string", "query_matrix", "query_nan_inf", "query_empty", "query_post"),
    *("query_parse_error", "query_missing", "query_bad_time", "query_bad_timeout", "query_exec_error"),
    *("query_range_ok", "query_range_11k", "query_range_endbeforestart", "query_range_nostep", "series_nomatch"),
    *("label_values", "notfound"),
]


@pytest.mark.parametrize("name", EQUAL)
async def test_an_answer_equals_the_recorded_one(name: str) -> None:
    meta, body = recorded(name)
    app = SimulatedPrometheus(lambda: moment_of(name, body), store=recorded_store())
    answer = await ask(app, meta)
    headers = {key.lower(): value for key, value in meta["headers"]}
    assert answer.status_code == meta["status"]
    assert answer.headers["content-type"] == headers["content-type"]
    assert answer.content == body


async def test_a_method_that_is_not_allowed_is_answered_as_recorded() -> None:
    meta, body = recorded("method")  # recorded on an admin path, which the sandbox does not have
    app = SimulatedPrometheus(lambda: datetime.fromtimestamp(0, UTC))
    answer = await ask(app, {**meta, "request": "DELETE /api/v1/query"})
    assert answer.status_code == meta["status"]
    assert answer.content == body
    assert "GET" in answer.headers["allow"]


async def test_running_out_of_samples_or_time_is_answered_as_recorded() -> None:
    store = recorded_store()
    few = Engine(store, max_samples=10)
    ticks = iter(range(1_000_000))
    slow = Engine(store, monotonic=lambda: float(next(ticks)))
    for name, engine in (("query_too_many_samples", few), ("query_timeout_param", slow)):
        meta, body = recorded(name)
        answer = await ask(SimulatedPrometheus(lambda: datetime.now(UTC), store=store, engine=engine), meta)
        assert (answer.status_code, answer.content) == (meta["status"], body)


async def test_a_partial_answer_has_the_recorded_shape() -> None:
    meta, body = recorded("query_warnings_remote_read")
    warnings = tuple(json.loads(body)["warnings"])
    app = SimulatedPrometheus(lambda: datetime.fromtimestamp(FIRST_MS / 1000, UTC), store=recorded_store())
    app.faults.next(1, Fault(warnings=warnings, without_data=True))
    assert (await ask(app, meta)).content == body
    assert "warnings" not in (await ask(app, meta)).json()


def recorded_rules() -> list[AlertRule]:
    annotations = {
        "summary": "{{ $labels.job }} on {{ $labels.instance }} is down",
        "runbook_url": "https://runbooks.example.org/TargetDown",
        "value": "{{ $value }}",
    }
    held = timedelta(seconds=4)
    return [
        AlertRule("TargetDown", "up == 0", held, {"severity": "critical"}, annotations),
        AlertRule("AlwaysFiring", "vector(1)", labels={"severity": "none"}),
        AlertRule("PendingForever", "vector(1)", timedelta(hours=10), {"severity": "info"}),
    ]


async def test_alerts_have_the_recorded_shape_and_states() -> None:
    meta, body = recorded("alerts")
    start = datetime.fromtimestamp(FIRST_MS / 1000, UTC)
    app = SimulatedPrometheus(lambda: start, recorded_rules(), recorded_store())
    for seconds in (0, 2, 4):
        app.evaluate(start + timedelta(seconds=seconds))
    answer = await ask(app, meta)

    def timeless(raw: bytes) -> object:
        alerts = json.loads(raw)["data"]["alerts"]
        return [{key: value for key, value in alert.items() if key != "activeAt"} for alert in alerts]

    assert timeless(answer.content) == timeless(body)
    assert answer.json()["data"]["alerts"][0]["activeAt"] == "2026-11-20T08:33:15.359Z"


@pytest.mark.parametrize("name", ["targets", "buildinfo"])
async def test_status_pages_have_the_recorded_keys(name: str) -> None:
    meta, body = recorded(name)
    app = SimulatedPrometheus(lambda: datetime.fromtimestamp(FIRST_MS / 1000, UTC), store=recorded_store())

    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {key: shape(inner) for key, inner in value.items() if not key.startswith("__scrape_")}
        return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__

    assert shape((await ask(app, meta)).json()) == shape(json.loads(body))


# --- an alert's life and the scripted faults -------------------------------------------------------------------------


async def test_an_alert_is_pending_then_firing_then_gone() -> None:
    start = datetime.fromtimestamp(FIRST_MS / 1000, UTC)
    rule = AlertRule("High", "load > 1", timedelta(seconds=10))
    app = SimulatedPrometheus(lambda: start, [rule])
    load = label_set({}, "load")
    states = []
    for seconds, value in ((0, 2.0), (5, 2.0), (10, 2.0), (15, 0.0), (20, 2.0)):
        now = start + timedelta(seconds=seconds)
        app.store.append(load, int(now.timestamp() * 1000), value)
        app.evaluate(now)
        states.append([alert.firing for alert in app.alerts.active])
    assert states == [[False], [False], [True], [], [False]]
    past = int((start + timedelta(seconds=10)).timestamp() * 1000)
    assert [dict(e.labels)["alertstate"] for e in Engine(app.store).vector("ALERTS", past)] == ["firing"]


@pytest.fixture
async def faulty() -> AsyncIterator[tuple[SimulatedPrometheus, httpx.AsyncClient]]:
    app = SimulatedPrometheus(lambda: datetime.fromtimestamp(FIRST_MS / 1000, UTC), store=recorded_store())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://prometheus") as client:
        yield app, client


async def test_scripted_statuses_are_used_up_in_order(faulty: tuple[SimulatedPrometheus, httpx.AsyncClient]) -> None:
    app, client = faulty
    app.faults.next(2, Fault(status=503, body=b"busy", headers=(("Retry-After", "7"),)), path="/query")
    answers = [await client.get(path) for path in ("/-/ready", "/api/v1/query?query=up", "/api/v1/query?query=up")]
    assert [a.status_code for a in answers] == [200, 503, 503]
    assert answers[1].headers["retry-after"] == "7"
    assert (await client.get("/api/v1/query?query=up")).status_code == 200


async def test_a_scripted_cut_breaks_the_connection(faulty: tuple[SimulatedPrometheus, httpx.AsyncClient]) -> None:
    app, client = faulty
    app.faults.next(1, Fault(cut_after_bytes=10))
    with pytest.raises(ConnectionError, match="cut after 10 of"):
        await client.get("/api/v1/query?query=up")
