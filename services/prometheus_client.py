"""Prometheus as a source of measurements and alerts. What is not known is never given out as zero.

`prometheus_client` is also the name of pip's library; that one is imported in `langraph/metrics.py` only.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import httpx
import msgspec

from langraph.alertmanager import AlertSnapshot, parse_alert
from langraph.errors import BadInput, BadQuery, SourceUnavailable
from langraph.models.incident import Alert
from langraph.ports import Reading, Sample
from services.bounded_http import Answer, BoundedHttp, Endpoint


class _Vector(msgspec.Struct, gc=False):
    """One series: its last value, or with a range selector its values."""

    metric: dict[str, str] = {}
    value: tuple[float, str] | None = None
    values: list[tuple[float, str]] = []


class _Data(msgspec.Struct):
    kind: str = msgspec.field(name="resultType")
    result: msgspec.Raw


class _QueryAnswer(msgspec.Struct):
    status: str
    data: _Data
    warnings: list[str] = []


class _AlertsData(msgspec.Struct):
    alerts: list[dict[str, object]]


class _AlertsAnswer(msgspec.Struct):
    status: str
    data: _AlertsData
    warnings: list[str] = []


class _Refusal(msgspec.Struct):
    """How Prometheus says no."""

    error: str
    kind: str = msgspec.field(name="errorType", default="")


class PrometheusClient:
    """MetricSource over Prometheus' HTTP API.

    Args:
        endpoint: where and how to ask.
        transport: how bytes travel; None is the network.

    Raises:
        BadSetting: the URL makes no sense.
    """

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = BoundedHttp(endpoint, transport)
        self._where = f"{endpoint.setting}={endpoint.shown}"

    async def query(self, promql: str, at: datetime | None = None) -> Reading:
        """The instant value; see `MetricSource.query`. NaN stays NaN, which is no data to `Reading`."""
        params = {"query": promql} | ({"time": f"{at.timestamp():.3f}"} if at else {})
        answer = await self._ask("/api/v1/query", params)
        try:
            told = msgspec.json.decode(answer.body, type=_QueryAnswer)
            samples = _samples(told.data)
        except (msgspec.DecodeError, ValueError) as error:
            raise SourceUnavailable(f"{self._where} gave a broken answer: {error}") from error
        if told.status != "success":
            raise SourceUnavailable(f"{self._where} answered with status {told.status!r}")
        return Reading(samples, complete=not told.warnings)

    async def alerts(self) -> tuple[Alert, ...]:
        """The alerts that fire now; see `MetricSource.alerts`."""
        return (await self.snapshot()).firing

    async def snapshot(self) -> AlertSnapshot:
        """The alerts that fire, and the pending ones as quiet.

        Raises:
            SourceUnavailable: not now, or the answer was partial.
            BadQuery: the address or the credentials are wrong.
        """
        answer = await self._ask("/api/v1/alerts", {})
        try:
            told = msgspec.json.decode(answer.body, type=_AlertsAnswer)
            states = [(alert.get("state"), _alert(alert, index)) for index, alert in enumerate(told.data.alerts)]
        except (msgspec.DecodeError, BadInput) as error:
            raise SourceUnavailable(f"{self._where} gave a broken list of alerts: {error}") from error
        if told.status != "success" or told.warnings:
            why = "; ".join(told.warnings) or f"status {told.status!r}"
            raise SourceUnavailable(f"{self._where} gave a partial list of alerts: {why}"[:500])
        firing = tuple(alert for state, alert in states if state == "firing")
        return AlertSnapshot(firing, tuple(alert for state, alert in states if state != "firing"))

    async def ready(self) -> None:
        """Ask something that every Prometheus knows. Raises as `query`."""
        await self.query("vector(1)")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _ask(self, path: str, params: Mapping[str, str]) -> Answer:
        answer = await self._http.ask(path, params)
        if answer.status == 200:
            return answer
        raise _refused(answer, self._where)


def _samples(data: _Data) -> tuple[Sample, ...]:
    """The newest value of each series, of a range its points too.

    A scalar is a series without labels, a string is nobody's number.
    """
    if data.kind == "scalar":
        _, value = msgspec.json.decode(data.result, type=tuple[float, str])
        return (Sample({}, float(value)),)
    if data.kind not in ("vector", "matrix"):
        raise ValueError(f"a result of type {data.kind!r} is no measurement")
    series: Sequence[_Vector] = msgspec.json.decode(data.result, type=list[_Vector])
    return tuple(_sample(one) for one in series if one.value is not None or one.values)


def _sample(one: _Vector) -> Sample:
    newest = one.value or one.values[-1]
    return Sample(one.metric, float(newest[1]), tuple((at, float(value)) for at, value in one.values))


def _alert(alert: Mapping[str, object], index: int) -> Alert:
    firing = alert.get("state") == "firing"
    return parse_alert(alert, f"alerts[{index}]", firing=firing, since="activeAt", source="prometheus")


def _refused(answer: Answer, where: str) -> BadQuery | SourceUnavailable:
    """What an answer other than 200 means: 400 and 422 are about the expression, 5xx about the moment."""
    status, said = answer.status, answer.sentence
    with suppress(msgspec.DecodeError):  # proxies answer in their own words
        said = msgspec.json.decode(answer.body, type=_Refusal).error[:500]
    if status in (401, 403):
        return BadQuery(f"{where} lets us not in ({status}: {said}); check the credentials of Prometheus")
    if status in (404, 405) or 300 <= status < 400:
        return BadQuery(f"{where} is no Prometheus ({status}: {said}); the address goes without /api/v1")
    if 400 <= status < 500 and status not in (408, 425, 429):
        return BadQuery(f"{where} refuses the query ({status}): {said}")
    return SourceUnavailable(f"{where} answered {status}: {said}", retry_after=answer.retry_after)
