"""Alerts out of real webhook messages and out of bad ones."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from langraph.alertmanager import alert_key, alerts_from_webhook, instant
from langraph.errors import BadInput

HOOKS = Path(__file__).parents[1] / "data" / "alertmanager"


def hook(name: str) -> dict[str, object]:
    read: dict[str, object] = json.loads((HOOKS / name).read_text())
    return read


def test_each_alert_of_a_mixed_group_has_its_own_status() -> None:
    alerts = alerts_from_webhook(hook("011-hookmax-firing.json"))
    assert [(alert.labels["pod"], alert.firing) for alert in alerts] == [("pod-0", True), ("pod-1", False)]
    assert alerts[0].starts_at == datetime(2026, 11, 20, 8, 34, 24, 134_000, UTC)
    assert {alert.source for alert in alerts} == {"alertmanager"}


@pytest.mark.parametrize("path", sorted(HOOKS.glob("*.json")), ids=lambda path: path.stem)
def test_every_real_message_is_read_and_every_alert_has_a_key_of_its_own(path: Path) -> None:
    body = json.loads(path.read_text())
    alerts = alerts_from_webhook(body)
    assert len({alert_key(alert) for alert in alerts}) == len(body["alerts"]) > 0
    assert [alert.name for alert in alerts] == [alert["labels"]["alertname"] for alert in body["alerts"]]


def test_a_repeated_message_has_the_same_keys_and_a_resolved_alert_another_than_the_firing_one() -> None:
    firing, resolved = hook("011-hookmax-firing.json"), hook("011-hookmax-firing.json")
    for alert in resolved["alerts"]:  # type: ignore[attr-defined]  # JSON
        alert["status"] = "resolved"
    again = [alert_key(alert) for alert in alerts_from_webhook(firing)]
    assert again == [alert_key(alert) for alert in alerts_from_webhook(hook("011-hookmax-firing.json"))]
    assert again[0] != alert_key(alerts_from_webhook(resolved)[0])


def test_fields_nobody_knows_are_left_alone() -> None:
    body = hook("001-hook-firing.json") | {"notificationReason": "x", "truncatedAlerts": 4}
    assert alerts_from_webhook(body)


GOOD = {"status": "firing", "labels": {"alertname": "A"}, "annotations": {}, "startsAt": "2026-11-20T08:34:24Z"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "not a JSON object"),
        (None, "not a JSON object"),
        ({"alerts": []}, "version=None"),
        ({"version": 4, "alerts": []}, "version=4"),
        ({"version": "4"}, "alerts must be a list"),
        ({"version": "4", "alerts": "many"}, "alerts must be a list"),
        ({"version": "4", "alerts": [3]}, r"alerts\[0\] is not"),
        ({"version": "4", "alerts": [GOOD, GOOD | {"status": "odd"}]}, r"alerts\[1\].status='odd'"),
        ({"version": "4", "alerts": [GOOD | {"labels": None}]}, r"alerts\[0\].labels"),
        ({"version": "4", "alerts": [GOOD | {"labels": {"a": 1}}]}, r"alerts\[0\].labels.a=1"),
        ({"version": "4", "alerts": [GOOD | {"annotations": ["x"]}]}, r"alerts\[0\].annotations"),
        ({"version": "4", "alerts": [GOOD | {"startsAt": "yesterday"}]}, r"alerts\[0\].startsAt='yesterday'"),
        ({"version": "4", "alerts": [GOOD | {"startsAt": 17}]}, r"alerts\[0\].startsAt=17"),
        ({"version": "4", "alerts": [GOOD | {"startsAt": "2026-11-20T08:34:24"}]}, "RFC 3339"),
        ({"version": "4", "alerts": [GOOD] * 10_001}, "at most 10000"),
    ],
)
def test_a_bad_body_is_refused_naming_the_field(body: object, field: str) -> None:
    with pytest.raises(BadInput, match=field):
        alerts_from_webhook(body)


def test_times_are_utc_and_cut_to_microseconds() -> None:
    assert instant("2026-11-20T17:33:16.369132952+09:00", "x") == datetime(2026, 11, 20, 8, 33, 16, 369_132, UTC)
    assert instant("0001-01-01T00:00:00Z", "x").year == 1
