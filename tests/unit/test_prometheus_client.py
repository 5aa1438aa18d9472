"""Answers of a real Prometheus and a real Alertmanager, and what they mean."""

import gzip
import math
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from langraph.errors import BadQuery, BadSetting, SourceUnavailable
from services.alertmanager_client import AlertmanagerClient
from services.bounded_http import Endpoint
from services.prometheus_client import PrometheusClient

DATA = Path(__file__).parents[1] / "data"
WHERE = Endpoint("http://prom:9090/base", "PROMETHEUS_URL")


class Answering(httpx.AsyncBaseTransport):
    """A server that has one answer."""

    def __init__(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.body, self.status, self.headers = body, status, headers
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, headers=self.headers, content=self.body, request=request)


def prometheus(name: str, status: int = 200) -> PrometheusClient:
    return PrometheusClient(WHERE, Answering((DATA / "prometheus" / f"{name}.body").read_bytes(), status))


@pytest.mark.parametrize(
    ("name", "values"),
    [("query_empty", []), ("query_scalar", [1.0]), ("query_matrix", [1.0]), ("query_vector", None)],
)
async def test_the_newest_value_of_each_series_is_read(name: str, values: list[float] | None) -> None:
    reading = await prometheus(name).query("up")
    assert reading.complete
    assert values is None or [sample.value for sample in reading.samples] == values


async def test_a_range_has_its_points_and_an_instant_has_none() -> None:
    (matrix,) = (await prometheus("query_matrix").query("up")).samples
    assert len(matrix.points) > 1
    assert [at for at, _ in matrix.points] == sorted(at for at, _ in matrix.points)
    assert matrix.points[-1][1] == matrix.value
    assert all(not sample.points for sample in (await prometheus("query_vector").query("up")).samples)


async def test_no_data_is_none_and_not_a_number_is_no_data() -> None:
    assert (await prometheus("query_empty").query("up")).max is None
    reading = await prometheus("query_nan_inf").query("x")
    assert math.isnan(reading.samples[0].value)
    assert reading.max == math.inf


async def test_an_answer_with_warnings_is_unknown_not_empty() -> None:
    reading = await prometheus("query_warnings_remote_read").query("up")
    assert not reading.complete
    assert reading.sum is None


@pytest.mark.parametrize(
    ("name", "status", "error", "words"),
    [
        ("query_parse_error", 400, BadQuery, "parse error"),
        ("query_exec_error", 422, BadQuery, "many-to-many"),
        ("query_too_many_samples", 422, BadQuery, "too many samples"),
        ("query_timeout_param", 503, SourceUnavailable, "timed out"),
        ("notfound", 404, BadQuery, "no Prometheus"),
        ("query_string", 200, SourceUnavailable, "broken"),
        ("alerts", 200, SourceUnavailable, "broken"),
    ],
)
async def test_refusals_carry_prometheus_own_sentence(
    name: str, status: int, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await prometheus(name, status).query("up")


async def test_only_firing_alerts_are_alerts_and_pending_ones_are_quiet() -> None:
    snapshot = await prometheus("alerts").snapshot()
    assert [alert.name for alert in snapshot.firing] == ["TargetDown", "AlwaysFiring"]
    assert [alert.name for alert in snapshot.quiet] == ["PendingForever"]
    assert snapshot.firing[0].starts_at == datetime(2026, 11, 20, 8, 33, 16, 369_132, UTC)
    assert await prometheus("alerts").alerts() == snapshot.firing


async def test_a_partial_list_of_alerts_is_no_list() -> None:
    body = b'{"status":"success","data":{"alerts":[]},"warnings":["rules not loaded"]}'
    with pytest.raises(SourceUnavailable, match="rules not loaded"):
        await PrometheusClient(WHERE, Answering(body)).alerts()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"status":"success","data":{"alerts":[{"labels":1}]}}'])
async def test_a_broken_list_of_alerts_is_unavailable(body: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="broken"):
        await PrometheusClient(WHERE, Answering(body)).alerts()


async def test_credentials_and_a_path_prefix_reach_the_server_and_gzip_is_understood() -> None:
    body = gzip.compress((DATA / "prometheus" / "query_empty.body").read_bytes())
    server = Answering(body, headers={"content-encoding": "gzip"})
    where = Endpoint("https://prom/base/", "PROMETHEUS_URL", username="ann", password="pw")
    await PrometheusClient(where, server).query("up", datetime(2026, 11, 20, tzinfo=UTC))
    request = server.requests[0]
    assert str(request.url) == "https://prom/base/api/v1/query?query=up&time=1795132800.000"
    assert request.headers["authorization"] == httpx.BasicAuth("ann", "pw")._auth_header
    server = Answering(body, headers={"content-encoding": "gzip"})
    await PrometheusClient(Endpoint("https://prom", "PROMETHEUS_URL", bearer="t0"), server).query("up")
    assert server.requests[0].headers["authorization"] == "Bearer t0"


async def test_a_long_expression_travels_as_a_form() -> None:
    server = Answering((DATA / "prometheus" / "query_empty.body").read_bytes())
    await PrometheusClient(WHERE, server).query("up" + " or up" * 1_000)
    assert server.requests[0].method == "POST"
    assert b"query=up" in server.requests[0].content


async def test_an_answer_that_is_too_large_or_unpacks_to_too_much_is_not_taken() -> None:
    where = Endpoint("http://prom", "PROMETHEUS_URL", max_bytes=1_000)
    bomb = gzip.compress(b" " * 5_000_000)
    with pytest.raises(SourceUnavailable, match="more than 1000 bytes"):
        await PrometheusClient(where, Answering(bomb, headers={"content-encoding": "gzip"})).query("up")


async def test_a_server_that_asks_to_wait_is_heard() -> None:
    with pytest.raises(SourceUnavailable) as refused:
        await PrometheusClient(WHERE, Answering(b"busy", 429, {"retry-after": "17"})).query("up")
    assert refused.value.retry_after == 17


@pytest.mark.parametrize("url", ["prom:9090", "ftp://prom", "http://", "", "http://[broken"])
def test_an_address_without_scheme_or_host_is_refused_with_the_cure(url: str) -> None:
    with pytest.raises(BadSetting, match="PROMETHEUS_URL"):
        PrometheusClient(Endpoint(url, "PROMETHEUS_URL"))


async def test_no_password_is_in_any_message_or_representation() -> None:
    where = Endpoint("http://ann:hunter2@prom:9090", "PROMETHEUS_URL", password="hunter2", bearer="hunter2")
    with pytest.raises(SourceUnavailable) as refused:
        await PrometheusClient(where, Answering(b"", 503)).query("up")
    assert "hunter2" not in str(refused.value)
    with pytest.raises(BadSetting) as bad:
        PrometheusClient(Endpoint("ann:hunter2@prom", "PROMETHEUS_URL"))
    assert "hunter2" not in str(bad.value)


def alertmanager(name: str, status: int = 200) -> AlertmanagerClient:
    body = (DATA / "alertmanager_api" / name).read_bytes()
    return AlertmanagerClient(Endpoint("http://am:9093", "ALERTMANAGER_URL"), Answering(body, status))


async def test_silenced_alerts_still_fire_but_are_quiet() -> None:
    snapshot = await alertmanager("v2_alerts_with_silenced.body").snapshot()
    assert [alert.name for alert in snapshot.firing] == ["ManyPods", "TargetDown"]
    assert [alert.name for alert in snapshot.quiet] == ["AlwaysFiring"]
    assert len(await alertmanager("v2_alerts_with_silenced.body").unresolved()) == 3


async def test_alerts_of_lokis_ruler_are_read_alike() -> None:
    assert [alert.name for alert in await alertmanager("loki_ruler_alert.json").unresolved()] == ["HighErrors"]


async def test_alertmanager_says_no_in_json_strings() -> None:
    with pytest.raises(BadQuery, match="bad matcher format"):
        await alertmanager("v2_alerts_badfilter.body", 400).unresolved()
    with pytest.raises(SourceUnavailable, match="503"):
        await alertmanager("v2_alerts_badfilter.body", 503).unresolved()
    with pytest.raises(SourceUnavailable, match="broken"):
        await alertmanager("v2_alerts_badfilter.body").unresolved()
