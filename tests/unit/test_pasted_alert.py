"""Alerts as people paste them."""

import json

import pytest

from langraph.models.incident import Alert
from langraph.pasted_alert import alerts_in
from tests.support.nouns import NOON

ONE = {
    "labels": {"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": "web-0"},
    "annotations": {"description": "restarts"},
    "startsAt": "2026-11-20T08:33:22.369Z",
}


def only(text: str, labels: dict[str, str] | None = None) -> Alert:
    (alert,) = alerts_in(text, labels or {}, NOON)
    return alert


@pytest.mark.parametrize(
    "value",
    [
        ONE,
        [ONE],
        {"version": "4", "status": "firing", "alerts": [{**ONE, "status": "firing"}]},
        {"status": "success", "data": {"alerts": [{**ONE, "state": "firing"}]}},
        {"alert": ONE},
    ],
)
def test_json_of_either_server_is_an_alert(value: object) -> None:
    alert = only(json.dumps(value, indent=1))
    assert (alert.name, alert.labels["pod"], alert.annotations["description"]) == (
        "KubePodCrashLooping",
        "web-0",
        "restarts",
    )
    assert alert.firing


def test_key_value_text_is_an_alert() -> None:
    alert = only('[FIRING:1] alertname=TargetDown job=api severity="critical" summary="api is down"')
    assert (alert.name, alert.labels["severity"], alert.annotations) == (
        "TargetDown",
        "critical",
        {"summary": "api is down"},
    )


def test_a_heading_before_the_labels_is_none_of_them() -> None:
    assert only("Labels: alertname=KubePodCrashLooping severity=warning").labels["severity"] == "warning"


def test_labels_beside_the_text_make_it_an_alert() -> None:
    alert = only("Pod shop/web-0 is restarting", {"alertname": "KubePodCrashLooping", "namespace": "shop"})
    assert alert.annotations == {"description": "Pod shop/web-0 is restarting"}


def test_a_resolved_alert_does_not_fire() -> None:
    assert not only(json.dumps({**ONE, "status": "resolved"})).firing


@pytest.mark.parametrize("text", ["no alert at all", '{"level":"error"}', '{"alertname"', "the alertname is missing"])
def test_other_text_is_no_alert(text: str) -> None:
    assert alerts_in(text, {}, NOON) == ()
