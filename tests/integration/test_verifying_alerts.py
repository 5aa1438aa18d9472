"""Whether an alert is over: who may say so, and what it means when nobody can."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from langraph.alertmanager import AlertSnapshot
from langraph.errors import SourceUnavailable
from langraph.models.incident import Action, Alert, Status
from langraph.reception import Reception
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load as load_runbooks
from services.alert_monitor import AlertMonitor
from tests.support.world import WINDOW, World, world

LABELS = {"alertname": "KubeContainerOOMKilled", "namespace": "monitoring", "pod": "grafana-0", "container": "grafana"}
HEALTHY = {
    "kube_pod_container_resource_limits": 1024.0**3,
    'condition="true"': 1.0,
    'condition="false"': 0.0,
    "restarts_total": 0.0,
}


class Prometheus:
    """What it says of alerts; None: it is away."""

    def __init__(self) -> None:
        self.fires: tuple[Alert, ...] | None = ()

    async def alerts(self) -> tuple[Alert, ...]:
        return (await self.snapshot()).firing

    async def snapshot(self) -> AlertSnapshot:
        if self.fires is None:
            raise SourceUnavailable("Prometheus is away")
        return AlertSnapshot(self.fires)


class Scene:
    """A world in which an alert fires, and the two who can tell of it."""

    def __init__(self, w: World) -> None:
        self.w = w
        self.prometheus = Prometheus()
        w.metrics.answers = dict(HEALTHY)
        w.metrics.alerts = self.prometheus.alerts  # type: ignore[method-assign]  # a fake's own door, scripted here
        recogniser = Recogniser(load_runbooks())
        self._reception = Reception(w.ledger, recogniser, w.queue, w.clock)
        self._monitor = AlertMonitor("prometheus", self.prometheus, w.ledger, recogniser, w.queue, w.clock)
        self.alert = Alert(LABELS["alertname"], True, LABELS, {}, w.clock.now(), "prometheus")

    async def delivered(self, *, firing: bool = True, more: Mapping[str, str] | None = None) -> None:
        """Alertmanager's webhook."""
        labels = {**LABELS, **(more or {})}
        await self._reception.alerts([replace(self.alert, firing=firing, labels=labels, source="alertmanager")])

    async def polled(self) -> None:
        """Prometheus shows the alert, and is asked."""
        self.prometheus.fires = (self.alert,)
        await self._monitor.poll_once()

    async def approved(self) -> str:
        (incident_id,) = await self.w.ledger.open_ids()
        await self.w.drive(incident_id)
        self.w.clock.forward(timedelta(minutes=1))  # people need one, and the fault lies before the change
        await self.w.say(incident_id, Action.APPROVE)
        assert (await self.w.drive(incident_id)).status is Status.VERIFYING
        return incident_id

    async def after(self, incident_id: str, minutes: float) -> Status:
        """The status when so much time has passed, half a minute at a time."""
        for _ in range(int(minutes * 2)):
            incident = await self.w.wait(incident_id, timedelta(seconds=30))
        return incident.status


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with world(tmp_path) as opened:
        yield Scene(opened)
        assert await opened.violations() == []


AFTER_THE_WINDOW = WINDOW.total_seconds() / 60 + 1
PATIENCE = 7  # minutes; for an alert whose rule looks back five


async def test_a_resolved_alert_means_recovery(scene: Scene) -> None:
    await scene.polled()
    await scene.delivered(more={"cluster": "eu"})
    incident_id = await scene.approved()
    scene.prometheus.fires = ()
    assert await scene.after(incident_id, AFTER_THE_WINDOW) is Status.RECOVERED


async def test_prometheus_silence_says_nothing_of_an_alert_that_only_alertmanager_told(scene: Scene) -> None:
    await scene.delivered()
    incident_id = await scene.approved()
    assert await scene.after(incident_id, AFTER_THE_WINDOW) is Status.VERIFYING
    assert await scene.after(incident_id, PATIENCE) is Status.NOT_RECOVERED


async def test_an_alert_that_only_alertmanager_told_is_over_when_it_says_so(scene: Scene) -> None:
    await scene.delivered()
    incident_id = await scene.approved()
    await scene.delivered(firing=False)
    assert await scene.after(incident_id, AFTER_THE_WINDOW) is Status.RECOVERED


async def test_what_alertmanager_calls_resolved_because_prometheus_is_away_is_not_called_recovered(
    scene: Scene,
) -> None:
    await scene.delivered()
    incident_id = await scene.approved()
    scene.prometheus.fires = None
    await scene.delivered(firing=False)
    assert await scene.after(incident_id, AFTER_THE_WINDOW) is Status.VERIFYING
    scene.prometheus.fires = (scene.alert,)
    assert await scene.after(incident_id, PATIENCE) is Status.NOT_RECOVERED


async def test_an_outage_of_prometheus_delays_the_verdict(scene: Scene) -> None:
    await scene.polled()
    incident_id = await scene.approved()
    scene.prometheus.fires = None
    assert await scene.after(incident_id, AFTER_THE_WINDOW) is Status.VERIFYING
    scene.prometheus.fires = ()
    assert await scene.after(incident_id, 1) is Status.RECOVERED


async def test_after_an_outage_that_does_not_end_nobody_can_say(scene: Scene) -> None:
    await scene.polled()
    incident_id = await scene.approved()
    scene.prometheus.fires = None
    assert await scene.after(incident_id, AFTER_THE_WINDOW + PATIENCE) is Status.INCONCLUSIVE
    incident = await scene.w.ledger.incident(incident_id)
    assert incident.outcome is not None
    assert [(s.name, s.healthy) for s in incident.outcome.signals if s.name == "alert"] == [("alert", None)]
