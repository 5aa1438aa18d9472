"""Alerts that a webhook receiver wrote to its own log: a JSON object a line, or as chats show them. Pure."""

from datetime import UTC, datetime, timedelta

from langraph.models.incident import Alert, LogEvent
from langraph.pasted_alert import HEADING, alerts_in, writes_alerts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def logged_alert(event: LogEvent) -> Alert | None:
    """The alert that the line is, the first firing one of a group; None for any other line."""
    start = event.text.find("{") if '"alertname"' in event.text else 0 if HEADING.match(event.text) else -1
    if start < 0:
        return None
    if not writes_alerts(event.labels):
        return None  # from anybody else it is only text
    at = EPOCH + timedelta(microseconds=event.at_ns // 1_000)
    found = alerts_in(event.text[start:], {}, at)
    return next((one for one in found if one.firing), found[0] if found else None)
