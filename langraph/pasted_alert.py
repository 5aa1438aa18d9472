"""Alerts in the forms in which people paste them: Alertmanager's and Prometheus' JSON, key=value text. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from langraph.alertmanager import instant
from langraph.errors import BadInput
from langraph.models.incident import Alert

PASTED = "pasted"
"""The source of such an alert: its labels may be what somebody found worth typing."""
MAX_TEXT = 1_000_000  # characters; a group of a thousand alerts
NESTED = ("alerts", "data", "alert")
"""Where alerts lie inside an answer: a webhook's `alerts`, the API's `data.alerts`."""

_PAIR = re.compile(
    r"""\b([A-Za-z_]\w{0,99})\s{0,3}[=:]\s{0,3}(?:"((?:[^"\\]|\\.){0,4000})"|((?!\w{1,99}=)[^\s,{}"]{1,400}))"""
)
_NAMED = re.compile(r"""\balertname["']?\s{0,3}[=:]""", re.IGNORECASE)
HEADING = re.compile(r"\W{0,12}\[FIRING(?::\d{1,5})?\]\s{1,3}([A-Z][A-Za-z0-9_]{2,100})(?=\s|\Z)")
"""How Alertmanager's templates for chat and mail begin."""
OVER = re.compile(r"\W{0,12}\[RESOLVED(?::\d{1,5})?\]\s")
"""And how they begin when it is over: what follows is what was wrong."""
_MARKUP = str.maketrans("", "", "*`")
"""Bold and code, in which chat messages set labels."""
_NOTES = frozenset({"summary", "description", "message", "runbook_url"})


WRITER = "alert"
"""What is in the name of every stream that is believed to write alerts."""
WRITER_LABELS = ("app", "app_kubernetes_io_name", "service_name", "job", "container", "pod")


def writes_alerts(labels: Mapping[str, str]) -> bool:
    """Whether a stream's labels are those of a program that passes alerts on."""
    return any(WRITER in labels.get(name, "") for name in WRITER_LABELS)


def alerts_in(text: str, labels: Mapping[str, str], now: datetime) -> tuple[Alert, ...]:
    """The alerts that a text is, none when it is something else.

    Args:
        text: what was pasted; with `alertname` among `labels`, the alert's own words.
        labels: what came beside it.
        now: aware time, for alerts that do not say since when.
    """
    if "alertname" in labels:
        return (_alert(labels, {"description": text}, {}, now),)
    if len(text) > MAX_TEXT:
        return ()
    heading = HEADING.match(text)
    if not _NAMED.search(text):
        beside = {} if writes_alerts(labels) else labels  # who passes it on is not who is meant
        return _from_pairs(f"alertname={heading[1]}\n{text}", beside, now) if heading else ()
    try:
        return tuple(_from_json(json.loads(text), labels, now))
    except (ValueError, RecursionError):
        return _from_pairs(text, labels, now)


def _from_json(value: object, labels: Mapping[str, str], now: datetime) -> Iterator[Alert]:
    if isinstance(value, list):
        for one in value:
            yield from _from_json(one, labels, now)
    if not isinstance(value, dict):
        return
    own = value.get("labels")
    if isinstance(own, dict) and "alertname" in own:
        yield _alert({**labels, **_strings(own)}, _strings(value.get("annotations")), value, now)
    elif "alertname" in value:
        flat = _strings(value)
        yield _alert({**labels, **flat}, {k: v for k, v in flat.items() if k in _NOTES}, value, now)
    else:
        for name in NESTED:
            yield from _from_json(value.get(name), labels, now)


def _from_pairs(text: str, labels: Mapping[str, str], now: datetime) -> tuple[Alert, ...]:
    plain = text.translate(_MARKUP)
    pairs = {name: quoted or bare for name, quoted, bare in _PAIR.findall(plain)}
    if "alertname" not in pairs:
        return ()
    notes = {name: value for name, value in pairs.items() if name in _NOTES} or {"description": text}
    mine = {name: value for name, value in pairs.items() if name not in _NOTES}
    return (_alert({**labels, **mine}, notes, pairs, now),)


def _alert(labels: Mapping[str, str], notes: Mapping[str, str], rest: Mapping[str, object], now: datetime) -> Alert:
    status = rest.get("status", rest.get("state", "firing"))
    return Alert(
        name=labels["alertname"],
        firing=str(status).lower() not in ("resolved", "inactive", "pending"),
        labels=dict(labels),
        annotations=dict(notes),
        starts_at=_since(rest, now),
        source=PASTED,
    )


def _since(rest: Mapping[str, object], now: datetime) -> datetime:
    for name in ("startsAt", "activeAt", "starts_at"):
        try:
            return instant(rest.get(name), name)
        except BadInput:
            continue
    return now.astimezone(UTC)


def _strings(value: object) -> dict[str, str]:
    return {str(k): v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}
