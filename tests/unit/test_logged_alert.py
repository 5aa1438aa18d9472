"""An alert in the log of a webhook receiver is that alert, at the time of its line."""

import json

import pytest

from langraph.models.incident import Category, LogEvent, Occurrence
from langraph.ports import LogPage
from langraph.recognise import Recogniser, event_key
from langraph.runbooks.catalogue import load

KEY = b"k" * 16
ALERT = {
    "status": "firing",
    "labels": {"alertname": "KubeHpaMaxedOut", "horizontalpodautoscaler": "tickets", "namespace": "events"},
    "annotations": {"description": "HPA events/tickets has been running at max replicas."},
    "startsAt": "2025-01-02T03:04:05Z",
}


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load())


def seen(recogniser: Recogniser, text: str, **labels: str) -> Occurrence | None:
    return recogniser.event(LogEvent(text, 5_000, "loki", labels), KEY)


@pytest.mark.parametrize("form", [ALERT, {"version": "4", "alerts": [ALERT]}])
def test_the_object_of_the_alert_is_affected_not_who_logged_it(recogniser: Recogniser, form: object) -> None:
    found = seen(recogniser, f"received {json.dumps(form)}", job="alertmanager-webhook-logger")
    assert found is not None
    assert (found.category, found.app, found.namespace) == (Category.HPA, "tickets", "events")


def test_it_is_a_line_at_its_time_and_no_state_that_would_have_to_resolve(recogniser: Recogniser) -> None:
    found = seen(recogniser, json.dumps(ALERT), app="alert-logger")
    assert found is not None
    assert (found.alert, found.at_ns, found.source) == (None, 5_000, "loki")


def test_a_page_finds_it_as_a_single_event_does(recogniser: Recogniser) -> None:
    labels = {"app": "alert-logger"}
    text = json.dumps({**ALERT, "labels": {"alertname": "SomethingOwn", "deployment": "cart", "namespace": "shop"}})
    texts = ["all is well", text]
    page = LogPage(texts, [1, 2], [event_key(labels, n, one) for n, one in enumerate(texts, start=1)], [labels] * 2)
    assert [(one.app, one.at_ns) for one in recogniser.page(page, "loki")] == [("cart", 2)]


def test_a_resolved_alert_is_no_fault(recogniser: Recogniser) -> None:
    assert seen(recogniser, json.dumps({**ALERT, "status": "resolved"}), app="alert-logger") is None


CHAT = (
    "[FIRING:1] TargetDown warning\n100% of the varnish-exporter/varnish-exporter targets in edge namespace are down."
)
OVER = CHAT.replace("[FIRING:1]", "[RESOLVED]")


def test_what_a_relay_writes_for_a_chat_is_about_the_object_too(recogniser: Recogniser) -> None:
    found = seen(recogniser, CHAT, app="alertmanager-to-matrix", namespace="monitoring")
    assert found is not None
    assert (found.category, found.app, found.namespace) == (Category.TARGET_DOWN, "varnish-exporter", "edge")


@pytest.mark.parametrize("app", ["alertmanager-to-matrix", "mailer"])
def test_that_an_alert_is_over_is_no_fault_whoever_passes_it_on(recogniser: Recogniser, app: str) -> None:
    assert seen(recogniser, OVER.replace("down", 'waiting (reason: "CrashLoopBackOff")'), app=app) is None


def test_an_app_that_prints_what_looks_like_an_alert_names_nobody_else(recogniser: Recogniser) -> None:
    found = seen(recogniser, "ERROR " + json.dumps(ALERT), app="cart", namespace="shop")
    assert found is None or found.app == "cart"
