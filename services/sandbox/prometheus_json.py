"""How Prometheus writes its answers and reads its parameters: numbers as strings, times as seconds, Go's formats."""

import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

from services.sandbox.alert_rules import ActiveAlert, AlertRule
from services.sandbox.promql import Answer, Row
from services.sandbox.promql_lexer import duration_ms
from services.sandbox.promql_vectors import Element
from services.sandbox.series import Labels, PromqlError

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_SECONDS = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MAX_SECONDS = 253_402_300_799.0  # year 9999: beyond, no calendar helps

Json = dict[str, object]


# --- parameters ----------------------------------------------------------------------------------------------------


def timestamp_ms(text: str, parameter: str) -> int:
    """A time parameter, Unix seconds or RFC 3339, in milliseconds.

    Raises:
        PromqlError: neither.
    """
    seconds = math.nan
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    elif _RFC3339.fullmatch(text):
        with suppress(ValueError):  # the form is right and the date is none: 2026-02-30
            seconds = datetime.fromisoformat(text).timestamp()
    if abs(seconds) <= _MAX_SECONDS:
        return round(seconds * 1000)
    complaint = f'cannot parse "{text}" to a valid timestamp'
    if parameter == "time":
        complaint = f"Invalid time value for 'time': {complaint}"
    raise PromqlError(f'invalid parameter "{parameter}": {complaint}')


def _duration_parameter(text: str, parameter: str) -> int:
    millis = duration_ms(text)
    if _SECONDS.fullmatch(text) and abs(float(text)) <= _MAX_SECONDS:
        millis = round(float(text) * 1000)
    if millis is None:
        raise PromqlError(f'invalid parameter "{parameter}": cannot parse "{text}" to a valid duration')
    return millis


def step_ms(text: str) -> int:
    """The `step` of a range query, seconds or a duration, in milliseconds.

    Raises:
        PromqlError: no duration, or not above zero.
    """
    millis = _duration_parameter(text, "step")
    if millis > 0:
        return millis
    raise PromqlError(
        'invalid parameter "step": zero or negative query resolution step widths are not accepted.'
        " Try a positive integer"
    )


def timeout_seconds(text: str) -> float:
    """The `timeout` of a query; without one it may take for ever.

    Raises:
        PromqlError: no duration.
    """
    return _duration_parameter(text, "timeout") / 1000 if text else math.inf


# --- answers -------------------------------------------------------------------------------------------------------


def json_bytes(value: object) -> bytes:
    """Compact JSON, as Prometheus writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def number_text(value: float) -> str:
    """A sample's value: the shortest digits that read back equal, never an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def exponent_text(value: float) -> str:
    """An alert's value: `1e+00`, Go's exponent format with the shortest digits."""
    if not math.isfinite(value):
        return number_text(value)
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    if not isinstance(exponent, int) or value == 0:
        return "0e+00"
    power = exponent + len(digits) - 1
    fraction = "".join(map(str, digits[1:]))
    mantissa = f"{digits[0]}{'.' + fraction if fraction else ''}"
    return f"{'-' if sign else ''}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _seconds(at_ms: int) -> int | float:
    return at_ms // 1000 if at_ms % 1000 == 0 else at_ms / 1000


def _metric(labels: Labels) -> dict[str, str]:
    return dict(labels)


def result_json(answer: Answer, at_ms: int) -> Json:
    """`{"resultType": ..., "result": ...}` for what an expression came to."""
    value = answer.value
    result: list[object]
    if isinstance(value, str):
        result = [_seconds(at_ms), value]
    elif isinstance(value, float):
        result = [_seconds(at_ms), number_text(value)]
    else:
        result = [_row(row, at_ms) for row in value]
    return {"resultType": answer.kind, "result": result}


def _row(row: Element | Row, at_ms: int) -> Json:
    if isinstance(row, Element):
        return {"metric": _metric(row.labels), "value": [_seconds(at_ms), number_text(row.value)]}
    labels, samples = row
    return {"metric": _metric(labels), "values": [[_seconds(t), number_text(v)] for t, v in samples]}


def emptied(data: object) -> object:
    """The same shape of data with nothing in it."""
    if isinstance(data, dict):
        return {key: [] if isinstance(value, list) else value for key, value in data.items()}
    return []


def rfc3339_ns(at: datetime) -> str:
    """A time as Go prints it: UTC, fractions without trailing zeros."""
    at = at.astimezone(UTC)
    fraction = f"{at.microsecond:06d}".rstrip("0")
    return f"{at:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"


def alert_json(alert: ActiveAlert) -> Json:
    """One element of `/api/v1/alerts`."""
    return {
        "labels": dict(alert.labels),
        "annotations": dict(sorted(alert.annotations.items())),
        "state": "firing" if alert.firing else "pending",
        "activeAt": rfc3339_ns(alert.active_at),
        "value": exponent_text(alert.value),
    }


def rule_json(rule: AlertRule, active: Sequence[ActiveAlert]) -> Json:
    """One element of a group in `/api/v1/rules`."""
    mine = [alert for alert in active if alert.rule is rule]
    state = "firing" if any(a.firing for a in mine) else "pending" if mine else "inactive"
    return {
        "state": state,
        "name": rule.name,
        "query": rule.expr,
        "duration": rule.hold.total_seconds(),
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
        "alerts": [alert_json(alert) for alert in mine],
        "health": "ok",
        "type": "alerting",
    }


def target_json(up: Element) -> Json:
    """One element of `/api/v1/targets`, made from its `up` sample."""
    labels = {name: value for name, value in up.labels if name != "__name__"}
    job, instance = labels.get("job", ""), labels.get("instance", "")
    url = f"http://{instance}/metrics"
    healthy = up.value == 1
    return {
        "discoveredLabels": {"__address__": instance, "__metrics_path__": "/metrics", "__scheme__": "http", "job": job},
        "labels": labels,
        "scrapePool": job,
        "scrapeUrl": url,
        "globalUrl": url,
        "lastError": "" if healthy else f'Get "{url}": connect: connection refused',
        "lastScrape": rfc3339_ns(datetime.fromtimestamp(up.at_ms / 1000, UTC)),
        "lastScrapeDuration": 0.01,
        "health": "up" if healthy else "down",
        "scrapeInterval": "5s",
        "scrapeTimeout": "5s",
    }
