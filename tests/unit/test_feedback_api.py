"""Feedback and the way back over REST: what is taken, what is refused, and how it is said."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from langraph.models.incident import Action, Decision, Outcome, Person, Status
from langraph.models.text import Text
from langraph.ports import Intent
from tests.support.counter import ALICE, KEYS, CounterWorld, as_, assert_problem, counter_world

ALICE_WHO = Person("api:alice", "alice")
UNKNOWN = "incident-20200101000000-abcdef"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[CounterWorld]:
    async with counter_world(tmp_path, keys=KEYS) as world:
        yield world


async def post(w: CounterWorld, path: str, body: Any, secret: str = ALICE) -> Any:
    async with w.client() as client:
        return await client.post(f"/api/incidents/{path}", json=body, headers=as_(secret))


async def closed(w: CounterWorld, *, committed: bool = True) -> str:
    incident_id, proposal = await w.asked()
    now = w.clock.now()
    await w.ledger.decide(Decision(proposal.digest, incident_id, Action.APPROVE, ALICE_WHO, now))
    if committed:
        await w.ledger.intend(Intent(f"apply:{proposal.digest}", "apply", incident_id, now))
        await w.ledger.settle(f"apply:{proposal.digest}", "done", "a" * 40)
    await w.ledger.close(incident_id, Outcome(Status.NOT_RECOVERED, now, Text("x", "x")))
    return incident_id


async def test_words_are_taken_while_the_workflow_runs(w: CounterWorld) -> None:
    incident_id, _ = await w.asked()
    answer = await post(w, f"{incident_id}/feedback", {"user_recognition": "a leak", "user_approved_action": "raise"})
    assert (answer.status_code, answer.json()["by"]) == (200, "api:alice")
    assert [one.user_recognition for one in await w.ledger.remarks(incident_id)] == ["a leak"]


async def test_words_on_an_ended_workflow_are_a_conflict(w: CounterWorld) -> None:
    incident_id = await closed(w)
    answer = await post(w, f"{incident_id}/feedback", {"user_recognition": "a leak"})
    assert_problem(answer, 409, "conflict")


async def test_feedback_without_words_is_refused(w: CounterWorld) -> None:
    incident_id, _ = await w.asked()
    assert_problem(await post(w, f"{incident_id}/feedback", {}), 422, "bad-input")


async def test_negative_feedback_is_answered_as_it_will_be_written(w: CounterWorld) -> None:
    incident_id = await closed(w)
    answer = await post(w, f"{incident_id}/feedback/negative", {"reason": "too small", "expected_result": "2Gi"})
    said = answer.json()
    assert answer.status_code == 200
    assert said == {
        "incident_id": incident_id,
        "feedback_type": "negative",
        "reason": "too small",
        "original_action": "resources.limits.memory 512Mi -> 1Gi",
        "expected_result": "2Gi",
        "timestamp": said["timestamp"],
    }
    assert [one.reason for one in await w.ledger.complaints()] == ["too small"]


async def test_negative_feedback_on_an_incident_that_only_git_knows_is_taken(w: CounterWorld) -> None:
    record = b'{"id": "%s", "proposal": {"changes": [{"path": "a.b", "old": null, "new": 3}]}}' % UNKNOWN.encode()
    w.git.person_pushes({f"examples/{UNKNOWN}/metadata.json": record})
    answer = await post(w, f"{UNKNOWN}/feedback/negative", {"reason": "wrong"})
    assert answer.json()["original_action"] == "a.b unset -> 3"


async def test_feedback_on_nothing_is_not_found(w: CounterWorld) -> None:
    assert_problem(await post(w, f"{UNKNOWN}/feedback/negative", {"reason": "wrong"}), 404, "not-found")
    assert_problem(await post(w, f"{UNKNOWN}/rollback", {}), 404, "not-found")


async def test_a_secret_in_feedback_is_not_kept(w: CounterWorld) -> None:
    incident_id = await closed(w)
    await post(w, f"{incident_id}/feedback/negative", {"reason": "use password=hunter2hunter2 instead"})
    assert "hunter2" not in (await w.ledger.complaints())[0].reason


async def test_a_change_that_did_not_help_is_taken_back_on_demand(w: CounterWorld) -> None:
    incident_id = await closed(w)
    answer = await post(w, f"{incident_id}/rollback", {})
    again = await post(w, f"{incident_id}/rollback", {})
    assert (answer.status_code, answer.json()["by"], again.json()) == (202, "api:alice", answer.json())
    assert await w.ledger.due(w.clock.now()) == [incident_id]


async def test_where_nothing_was_committed_a_rollback_is_a_conflict(w: CounterWorld) -> None:
    assert_problem(await post(w, f"{await closed(w, committed=False)}/rollback", {}), 409, "conflict")
    running, _ = await w.asked(app="loki")
    assert_problem(await post(w, f"{running}/rollback", {}), 409, "conflict")
