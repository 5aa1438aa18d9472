"""The feedback loop over a branch with records: what it writes, what it leaves alone, when it runs."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from langraph.errors import BadSetting, GitUnavailable, Halted
from langraph.inputs import as_plain
from langraph.models.incident import Category, Incident, Severity, Status
from langraph.models.inputs import Inputs
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load as load_runbooks
from services.feedback_loop import FeedbackLoop
from tests.support.fake_git import FakeGitStore
from tests.support.virtual_time import VirtualTime

RUNBOOKS = load_runbooks()
RECOGNISER = Recogniser(RUNBOOKS)
FILE = "examples/learning/oom_grafana_patterns.json"


class Switch:
    """The ledger, as far as the loop looks at it."""

    reason: str | None = None

    async def halted(self) -> str | None:
        return self.reason


def loop(git: FakeGitStore, clock: VirtualTime, switch: Switch | None = None, cron: str = "") -> FeedbackLoop:
    return FeedbackLoop(git, switch or Switch(), clock, RECOGNISER, RUNBOOKS.runbooks, cron=cron)  # type: ignore[arg-type]


def a_record(
    number: int, clock: VirtualTime, *, status: str = "recovered", old: str = "512Mi", new: str = "1Gi"
) -> dict[str, bytes]:
    """An incident's folder as the workflow writes it, as far as learning reads it."""
    at = (clock.now() - timedelta(days=number)).isoformat()
    incident_id = f"incident-202611{number:02d}083000-3fa9c1"
    metadata: dict[str, Any] = {
        "schema_version": 1,
        "id": incident_id,
        "status": status,
        "category": "oom",
        "app": "grafana",
        "namespace": "monitoring",
        "closed_at": at,
        "opened_at": at,
        "proposal": {
            "version": 1,
            "digest": "d" * 64,
            "changes": [
                {
                    "file": "helm-values/grafana/values.yaml",
                    "doc": 0,
                    "path": "resources.limits.memory",
                    "op": "set",
                    "old": old,
                    "new": new,
                }
            ],
        },
        "decision": {"action": "approve", "by": "api:alice", "name": "alice", "at": at, "comment": ""},
        "outcome": {"status": status, "at": at},
        "earlier_proposals": [],
        "reverted": None,
    }
    return {f"examples/{incident_id}/metadata.json": json.dumps(metadata).encode()}


def negative(number: int, clock: VirtualTime, expected: str) -> dict[str, bytes]:
    incident_id = f"incident-202611{number:02d}083000-3fa9c1"
    said = {
        "incident_id": incident_id,
        "feedback_type": "negative",
        "reason": "too small",
        "original_action": "resources.limits.memory 512Mi -> 1Gi",
        "expected_result": expected,
        "timestamp": clock.now().isoformat(),
    }
    return {f"examples/{incident_id}/feedback_negative.json": json.dumps(said).encode()}


def written(git: FakeGitStore) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(git.show(FILE) or b"{}")
    return found


async def test_what_worked_twice_is_recommended_and_written_once() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes({**a_record(1, clock), **a_record(2, clock)})
    done = await loop(git, clock).process()
    again = await loop(git, clock).process()
    assert (done.incidents, done.negative, done.commit is not None, again.commit) == (2, 0, True, None)
    found = written(git)
    assert {*found} == {"error_category", "app_name", "patterns", "recommended_action", "derived_action"}
    assert found["recommended_action"] is not None
    assert (found["patterns"][0]["success_count"], found["patterns"][0]["failure_count"]) == (2, 0)
    assert "resources.limits.memory" in git.commits[-1].message


async def test_one_lucky_case_teaches_nothing() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes(a_record(1, clock))
    await loop(git, clock).process()
    assert written(git)["recommended_action"] is None


async def test_what_a_person_expected_is_recommended_after_one_failure() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes({**a_record(1, clock, status="not_recovered"), **negative(1, clock, "at least 2Gi, please")})
    done = await loop(git, clock).process()
    assert done.negative == 1
    assert written(git)["recommended_action"] == "resources.limits.memory 512Mi -> 2Gi"
    assert written(git)["patterns"][0]["improved_action"] == "resources.limits.memory 512Mi -> 2Gi"


async def test_a_recommendation_that_a_person_wrote_stays() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes({**a_record(1, clock), **a_record(2, clock)})
    await loop(git, clock).process()
    edited = {**written(git), "recommended_action": "resources.limits.memory x3"}
    git.person_pushes({FILE: json.dumps(edited).encode(), **a_record(3, clock, status="not_recovered")})
    await loop(git, clock).process()
    assert written(git)["recommended_action"] == "resources.limits.memory x3"
    assert sum(pattern["failure_count"] for pattern in written(git)["patterns"]) >= 1


async def test_a_broken_pattern_file_is_named_and_left_alone() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes({**a_record(1, clock), **a_record(2, clock), FILE: b'{"error_category": "oom"'})
    done = await loop(git, clock).process()
    assert len(done.broken) == 1
    assert FILE in done.broken[0]
    assert git.show(FILE) == b'{"error_category": "oom"'


async def test_a_broken_record_teaches_nothing_and_stops_nothing() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    hostile = {"examples/incident-20261130083000-3fa9c1/metadata.json": b'{"proposal": {"changes": [7, {"path": []}]}}'}
    git.person_pushes({**a_record(1, clock), **a_record(2, clock), **hostile})
    assert (await loop(git, clock).process()).commit is not None


async def test_while_halted_nothing_is_written() -> None:
    git, clock, switch = FakeGitStore(), VirtualTime(), Switch()
    git.person_pushes({**a_record(1, clock), **a_record(2, clock)})
    switch.reason = "maintenance"
    learning = loop(git, clock, switch)
    with pytest.raises(Halted, match="maintenance"):
        await learning.process()
    assert (learning.progress.running, learning.progress.error is not None, git.show(FILE)) == (False, True, None)


async def test_an_answer_that_was_lost_is_not_written_twice() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes({**a_record(1, clock), **a_record(2, clock)})
    git.lose_answers = 1
    with pytest.raises(GitUnavailable):
        await loop(git, clock).process()
    await loop(git, clock).process()
    assert sum((commit.op_id or "").startswith("learn:") for commit in git.commits) == 1


async def test_two_who_ask_at_once_get_one_run() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes({**a_record(1, clock), **a_record(2, clock)})
    learning = loop(git, clock)
    one, other = await asyncio.gather(learning.process(), learning.process())
    assert one.commit == other.commit


async def test_it_runs_by_its_schedule() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    git.person_pushes({**a_record(1, clock), **a_record(2, clock)})
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.pass_(seconds=seconds)
        if git.show(FILE) is not None:
            raise asyncio.CancelledError

    rules = (RECOGNISER, RUNBOOKS.runbooks)
    learning = FeedbackLoop(git, Switch(), clock, *rules, cron="0 3 * * *", sleep=sleep)  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        await learning.run()
    assert learning.progress.last is not None
    assert (learning.progress.last.at.hour, learning.progress.last.at.minute) == (3, 0)
    assert max(slept) <= 30


def test_a_schedule_that_makes_no_sense_is_a_clear_error() -> None:
    with pytest.raises(BadSetting, match="FEEDBACK_LOOP_CRON='every day'"):
        loop(FakeGitStore(), VirtualTime(), cron="every day")


async def test_a_failure_that_is_read_as_another_fault_today_does_not_count_against_the_action() -> None:
    git, clock = FakeGitStore(), VirtualTime()
    failed = {**a_record(3, clock, status="not_recovered"), **negative(3, clock, "2Gi")}
    folder = "examples/incident-20261103083000-3fa9c1"
    metadata = json.loads(failed[f"{folder}/metadata.json"])
    inputs = inputs_of("dial tcp: lookup db.internal: no such host", clock)
    git.person_pushes({**failed, f"{folder}/inputs.json": json.dumps(inputs).encode()})
    done = await loop(git, clock).process()
    assert (metadata["category"], done.misread, done.commit) == ("oom", ("incident-20261103083000-3fa9c1",), None)


def inputs_of(line: str, clock: VirtualTime) -> Mapping[str, Any]:
    """What was known of an incident that one line opened."""
    now = clock.now()
    incident = Incident(
        id="incident-20261103083000-3fa9c1",
        fingerprint="3fa9c1" * 5 + "3f",
        category=Category.OOM,
        runbook="oom_kill",
        app="grafana",
        namespace="monitoring",
        severity=Severity.HIGH,
        status=Status.DIAGNOSING,
        source="loki",
        first_line=line,
        labels={"app": "grafana", "namespace": "monitoring"},
        facts={},
        opened_at=now,
        last_seen_at=now,
        count=1,
    )
    known = Inputs(incident, (), 1, now, timedelta(hours=24), {}, {}, "", "", (), {}, (), None)
    return as_plain(known)
