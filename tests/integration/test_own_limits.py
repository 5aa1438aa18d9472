"""A heap inside a text, from the fault to the commit and back: the same path as any other value."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from langraph.errors import BadInput, PolicyDenied
from langraph.models.incident import Action, Status
from tests.support.nouns import occurrence
from tests.support.world import POLICY, VALUES, WINDOW, World, world

HEAP = b"javaOpts: >-\n  -Xms256m -Xmx384m  # no comment\n  -XX:+UseG1GC\n"
BEFORE = VALUES + HEAP
AFTER = BEFORE.replace(b"512Mi", b"1Gi").replace(b"-Xmx384m", b"-Xmx768m")
RULE = b"""\
  - name: heap
    keys: ["**.-Xmx"]
    type: bytes
    max_step_factor: 2
    min: 32m
    max: 6g
    max_cumulative_factor: 4
    cumulative_period: 7d
    cooldown: 1m
"""


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    files = {"helm-values/grafana/values.yaml": BEFORE, "helm-values/policy.yaml": POLICY + RULE}
    async with world(tmp_path, files) as opened:
        yield opened
        assert await opened.violations() == []


async def asked(w: World) -> str:
    text = "java.lang.OutOfMemoryError: Java heap space"
    incident_id = await w.fault(occurrence(runbook="jvm_heap_oom", text=text))
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL
    return incident_id


def values(w: World) -> bytes:
    return w.git.show("helm-values/grafana/values.yaml") or b""


async def test_heap_and_container_are_committed_together(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.APPROVE)
    assert (await w.drive(incident_id)).status is Status.VERIFYING
    assert values(w) == AFTER
    assert w.git.commits[-1].message.splitlines()[0].startswith("fix(grafana): javaOpts.-Xmx 384m -> 768m")


async def test_a_person_may_choose_another_size_but_slip_nothing_in(w: World) -> None:
    incident_id = await asked(w)
    for wrong in ("512m -javaagent:/tmp/x.jar", "lots"):
        with pytest.raises(BadInput):
            await w.say(incident_id, Action.MODIFY, changes={"javaOpts.-Xmx": wrong})
    with pytest.raises(PolicyDenied):
        await w.say(incident_id, Action.MODIFY, changes={"javaOpts.-Xmx": "4g"})
    assert values(w) == BEFORE
    await w.say(incident_id, Action.MODIFY, changes={"javaOpts.-Xmx": "512m"})
    await w.drive(incident_id)
    assert values(w) == AFTER.replace(b"-Xmx768m", b"-Xmx512m")


async def test_a_flag_that_a_person_changed_meanwhile_is_proposed_anew(w: World) -> None:
    incident_id = await asked(w)
    mine = BEFORE.replace(b"-Xmx384m", b"-Xmx400m")
    w.git.person_pushes({"helm-values/grafana/values.yaml": mine})
    await w.say(incident_id, Action.APPROVE)
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL
    assert values(w) == mine
    assert (await w.proposal(incident_id)).changes[0].old == "400m"


async def test_another_flag_of_the_text_that_a_person_changed_meanwhile_is_kept(w: World) -> None:
    incident_id = await asked(w)
    w.git.person_pushes({"helm-values/grafana/values.yaml": BEFORE.replace(b"-Xms256m", b"-Xms300m")})
    await w.say(incident_id, Action.APPROVE)
    await w.drive(incident_id)
    assert values(w) == AFTER.replace(b"-Xms256m", b"-Xms300m")


async def test_what_did_not_help_is_taken_back_whole(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.APPROVE, auto_revert=True)
    await w.drive(incident_id)
    w.metrics.answers = {"kube_pod_container_resource_limits": 1024.0**3, "kube_pod_status_ready": 0.0}
    await w.wait(incident_id, timedelta(minutes=2))
    text = "java.lang.OutOfMemoryError: Java heap space"
    await w.fault(occurrence("again", runbook="jvm_heap_oom", text=text, after=timedelta(minutes=5)))
    incident = await w.wait(incident_id, WINDOW + timedelta(minutes=1))
    assert incident.status is Status.NOT_RECOVERED
    assert values(w) == BEFORE
