"""Alerts as Alertmanager and Prometheus write them, read into our own. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from langraph.errors import BadInput
from langraph.models.incident import Alert

WEBHOOK_VERSION = "4"
MAX_ALERTS = 10_000  # in one message; Alertmanager groups, so more is not a group but an attack or a mistake

_FRACTION = re.compile(r"(\.\d{6})\d+")


@dataclass(frozen=True, slots=True)
class AlertSnapshot:
    """What a source of alerts says at one moment."""

    firing: tuple[Alert, ...]
    quiet: tuple[Alert, ...] = ()
    """Not to be told, and not over either: pending, silenced, inhibited."""


def alert_key(alert: Alert) -> bytes:
    """16 bytes, the same for each delivery of one state of one alert: (fingerprint, starts_at, status)."""
    status = "firing" if alert.firing else "resolved"
    return blake2b(f"{alert.fingerprint}\0{alert.starts_at.isoformat()}\0{status}".encode(), digest_size=16).digest()


def alerts_from_webhook(body: object) -> tuple[Alert, ...]:
    """The alerts of an Alertmanager webhook message (version 4), each with its own status.

    The group's status says nothing of a single alert. Unknown fields are left alone.

    Args:
        body: the parsed JSON.

    Raises:
        BadInput: names the field that makes no sense.
    """
    if not isinstance(body, Mapping):
        raise BadInput("the webhook body is not a JSON object; send Alertmanager's message as it is")
    version = body.get("version")
    if version != WEBHOOK_VERSION:
        raise BadInput(f"version={version!r} is not known; this endpoint takes Alertmanager's webhook version '4'")
    alerts = body.get("alerts")
    if not isinstance(alerts, Sequence) or isinstance(alerts, str) or len(alerts) > MAX_ALERTS:
        raise BadInput(f"alerts must be a list of at most {MAX_ALERTS} alerts")
    return tuple(_webhook_alert(alert, f"alerts[{index}]") for index, alert in enumerate(alerts))


def parse_alert(alert: Mapping[str, object], where: str, *, firing: bool, since: str, source: str) -> Alert:
    """One alert from its JSON object.

    Args:
        alert: with `labels`, `annotations` and the time.
        where: the object's place, for messages.
        firing: whether it fires.
        since: name of the field that says since when: `startsAt`, `activeAt`.
        source: `prometheus` or `alertmanager`.

    Raises:
        BadInput: names the field.
    """
    labels = _strings(alert.get("labels"), f"{where}.labels")
    annotations = _strings(alert.get("annotations") or {}, f"{where}.annotations")
    name = labels.get("alertname", "")  # Alertmanager takes alerts without; they must not block the others
    return Alert(name, firing, labels, annotations, instant(alert.get(since), f"{where}.{since}"), source)


def instant(value: object, where: str) -> datetime:
    """An RFC 3339 time with a zone as aware UTC; digits beyond microseconds are cut off, always alike.

    Raises:
        BadInput: not such a time.
    """
    try:
        parsed = datetime.fromisoformat(_FRACTION.sub(r"\1", value)) if isinstance(value, str) else None
        at = parsed.astimezone(UTC) if parsed is not None and parsed.tzinfo is not None else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise BadInput(f"{where}={value!r} is not an RFC 3339 time such as 2026-11-20T08:34:24.134Z")
    return at


def _webhook_alert(alert: object, where: str) -> Alert:
    if not isinstance(alert, Mapping):
        raise BadInput(f"{where} is not a JSON object")
    status = alert.get("status")
    if status not in ("firing", "resolved"):
        raise BadInput(f"{where}.status={status!r} is neither firing nor resolved")
    return parse_alert(alert, where, firing=status == "firing", since="startsAt", source="alertmanager")


def _strings(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise BadInput(f"{where} is not a JSON object")
    for name, text in value.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise BadInput(f"{where}.{name}={text!r} is not a text")
    return dict(value)
