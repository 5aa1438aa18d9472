"""One kill as a cluster tells it: kernel, node, event of the container, each on its own way to Loki."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from langraph.models.incident import LogEvent, Occurrence, Status
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load
from services.sandbox import kube_lines
from services.sandbox.app_values import read_values
from services.sandbox.pods import AppSpec, Journal, Moment, Pod
from tests.support.nouns import NOON, key
from tests.support.world import POD as NAME
from tests.support.world import World, world


def lines_of_a_kill() -> list[Occurrence]:
    """What says that a container was killed; the lines that show no fault are left out."""
    written: list[LogEvent] = []
    journal = Journal(
        lambda labels, entries: written.extend(LogEvent(line, at, "loki", labels) for at, line, _ in entries)
    )
    pod = Pod(AppSpec("grafana", "monitoring", "grafana"), read_values(b"{}"), NAME, "worker-3", "10.0.0.1", 0.0, NOON)
    pod.memory_bytes, pod.last_reason = 512 * 1024**2, "OOMKilled"
    moment = Moment(NOON, 0.0, 1.0, 1.0)
    journal.open(NOON)
    kube_lines.out_of_memory(journal, moment, pod)
    kube_lines.started(journal, moment, pod)
    journal.flush()
    recogniser = Recogniser(load())
    found = [recogniser.event(event, key(event.text)) for event in sorted(written, key=lambda one: one.at_ns)]
    return [one for one in found if one is not None]


LINES = lines_of_a_kill()
ORDERS = [*permutations(range(len(LINES)))]


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as opened:
        yield opened
        assert await opened.violations() == []


def test_the_kernel_the_node_and_an_event_tell_of_a_kill() -> None:
    assert len(LINES) >= 3
    assert {one.app for one in LINES} == {None, "grafana"}


@pytest.mark.parametrize("order", ORDERS[:: max(1, len(ORDERS) // 12)])
async def test_a_kill_is_one_incident_of_its_app_in_whatever_order_its_lines_arrive(
    w: World, order: tuple[int, ...]
) -> None:
    met = set()
    for index in order:
        incident_id = await w.fault(LINES[index])
        await w.drive(incident_id)
        met.add(incident_id)
        w.clock.forward(timedelta(seconds=3))
    assert len(met) == 1
    incident = await w.wait(met.pop(), timedelta(seconds=30))
    assert (incident.app, incident.status, incident.count) == ("grafana", Status.AWAITING_APPROVAL, len(LINES))
