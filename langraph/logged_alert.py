"""Alerts that a webhook receiver wrote to its own log, one JSON object a line. Pure."""

from datetime import UTC, datetime, timedelta

from langraph.models.incident import Alert, LogEvent
from langraph.pasted_alert import alerts_in

WRITER = "alert"
"""What is in the name of every stream that is believed to write alerts: a line from anybody else is only text."""
WRITER_LABELS = ("app", "app_kubernetes_io_name", "service_name", "job", "container", "pod")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def logged_alert(event: LogEvent) -> Alert | None:
    """The alert that the line is, the first firing one of a group; None for any other line."""
    start = event.text.find("{")
    if start < 0 or '"alertname"' not in event.text:
        return None
    if not any(WRITER in event.labels.get(name, "") for name in WRITER_LABELS):
        return None
    at = EPOCH + timedelta(microseconds=event.at_ns // 1_000)
    found = alerts_in(event.text[start:], {}, at)
    return next((one for one in found if one.firing), found[0] if found else None)
