"""The way back after the end, and what people say afterwards: the real workflow, ledger and recorder, git in memory."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from langraph.errors import Conflict, Forbidden, GitUnavailable
from langraph.feedback import Feedback
from langraph.models.incident import Action, Person, Status
from services.feedback_recorder import FeedbackRecorder
from tests.support.nouns import occurrence
from tests.support.world import ALICE, POLICY, VALUES, WINDOW, World, world

GRAFANA = "helm-values/grafana/values.yaml"
BOB = Person("api:bob", "bob")
LIVE = {
    "kube_pod_container_resource_limits": 1024.0**3,
    'condition="true"': 1.0,
    "kube_pod_status_ready": 0.0,
    "restarts_total": 0.0,
}


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as opened:
        yield opened
        assert await opened.violations() == []


def values(w: World) -> bytes:
    return w.git.show(GRAFANA)


async def ended(w: World, *, again: bool = True) -> str:
    """An incident whose change was committed; the fault came again afterwards, or did not."""
    for number in range(30):
        incident_id = await w.fault(occurrence(str(number), after=timedelta(seconds=10 * number)))
    w.clock.forward(timedelta(minutes=5))
    await w.drive(incident_id)
    await w.say(incident_id, Action.APPROVE)
    await w.drive(incident_id)
    w.metrics.answers = dict(LIVE)
    await w.wait(incident_id, timedelta(minutes=1))
    for number in range(90 if again else 0):
        await w.fault(occurrence(f"again {number}", after=timedelta(minutes=6, seconds=10 * number)))
    for _ in range(40):
        if not (await w.wait(incident_id, WINDOW / 4)).is_open:
            break
    return incident_id


async def record_of(w: World, incident_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(w.git.show(f"examples/{incident_id}/metadata.json"))
    return found


async def test_a_change_that_did_not_help_is_taken_back_by_a_click_afterwards(w: World) -> None:
    incident_id = await ended(w)
    assert values(w) == VALUES.replace(b"512Mi", b"1Gi")
    await w.desk.revert(incident_id, ALICE)
    incident = await w.drive(incident_id)
    assert values(w) == VALUES
    assert (incident.status, incident.wake_at, len(incident.commits)) == (Status.NOT_RECOVERED, None, 2)
    assert w.git.commits[-1].message.startswith("revert(grafana): resources.limits.memory 1Gi -> 512Mi\n")
    assert "Approved-By: api:alice" in w.git.commits[-1].message
    record = await record_of(w, incident_id)
    assert (record["status"], record["reverted"]["by"], record["reverted"]["human"]) == (
        "not_recovered",
        "api:alice",
        False,
    )
    assert "reverted" in [entry.what for entry in await w.ledger.timeline(incident_id)]


async def test_it_is_taken_back_once_whoever_asks_however_often(w: World) -> None:
    incident_id = await ended(w)
    await w.desk.revert(incident_id, ALICE)
    await w.desk.revert(incident_id, ALICE)
    with pytest.raises(Conflict, match="alice has already asked"):
        await w.desk.revert(incident_id, BOB)
    for _ in range(3):
        await w.drive(incident_id)
    assert [c.op_id.partition(":")[0] for c in w.git.commits if c.op_id] == ["apply", "record", "revert"]


async def test_git_that_is_away_delays_the_way_back_and_does_not_lose_it(w: World) -> None:
    incident_id = await ended(w)
    await w.desk.revert(incident_id, ALICE)
    w.git.down = "unplugged"
    waiting = await w.drive(incident_id)
    assert waiting.wake_at is not None
    w.git.down = None
    await w.wait(incident_id, timedelta(minutes=2))
    assert values(w) == VALUES


async def test_a_push_whose_answer_was_lost_is_not_pushed_again(w: World) -> None:
    incident_id = await ended(w)
    await w.desk.revert(incident_id, ALICE)
    w.git.lose_answers = 1
    await w.drive(incident_id)
    await w.wait(incident_id, timedelta(minutes=2))
    assert [c.op_id.partition(":")[0] for c in w.git.commits if c.op_id].count("revert") == 1


async def test_a_value_that_a_person_changed_since_is_left_alone_and_the_message_says_so(w: World) -> None:
    incident_id = await ended(w)
    mine = VALUES.replace(b"512Mi", b"3Gi")
    w.git.person_pushes({GRAFANA: mine})
    await w.desk.revert(incident_id, ALICE)
    incident = await w.drive(incident_id)
    assert (values(w), incident.wake_at) == (mine, None)
    refused = [entry for entry in await w.ledger.timeline(incident_id) if entry.what == "not_reverted"]
    assert "3Gi" in refused[0].detail["reason"]
    with pytest.raises(Conflict, match=r"could not be taken back|has already asked"):
        await w.desk.revert(incident_id, BOB)


async def test_who_may_not_decide_may_not_take_back(w: World) -> None:
    incident_id = await ended(w)
    with pytest.raises(Forbidden):
        await w.desk.revert(incident_id, Person("api:mallory", "mallory"))
    assert await w.ledger.due(w.clock.now()) == []


async def test_policy_may_want_changes_that_do_not_help_taken_back_by_themselves(w: World) -> None:
    w.git.person_pushes({"helm-values/policy.yaml": POLICY + b"revert_when_not_recovered: true\n"})
    await ended(w)
    assert values(w) == VALUES
    assert "Approved-By" not in next(c.message for c in w.git.commits if (c.op_id or "").startswith("revert:"))


# --- feedback ------------------------------------------------------------------------------------------------------


def recorder(w: World) -> FeedbackRecorder:
    return FeedbackRecorder(w.ledger, w.git, w.clock, "en")


def feedback(w: World) -> Feedback:
    return Feedback(w.ledger, w.git, w.clock, lambda: None)


def negative(w: World, incident_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(w.git.show(f"examples/{incident_id}/feedback_negative.json"))
    return found


async def test_a_verification_that_failed_is_negative_feedback_by_itself(w: World) -> None:
    incident_id = await ended(w)
    said = negative(w, incident_id)
    assert said["feedback_type"] == "negative"
    assert said["original_action"] == "resources.limits.memory 512Mi -> 1Gi"
    assert set(said) == {"incident_id", "feedback_type", "reason", "original_action", "expected_result", "timestamp"}


async def test_a_persons_words_replace_what_arose_by_itself(w: World) -> None:
    incident_id = await ended(w)
    await feedback(w).negative(incident_id, ALICE, "needs room for the plugins", "2Gi")
    await recorder(w).look()
    assert (negative(w, incident_id)["reason"], negative(w, incident_id)["expected_result"]) == (
        "needs room for the plugins",
        "2Gi",
    )
    commits = len(w.git.commits)
    await feedback(w).negative(incident_id, ALICE, "needs room for the plugins", "2Gi")
    await recorder(w).look()
    assert len(w.git.commits) == commits


async def test_feedback_waits_for_git(w: World) -> None:
    incident_id = await ended(w)
    await feedback(w).negative(incident_id, ALICE, "wrong", "")
    w.git.down = "unplugged"
    with pytest.raises(GitUnavailable):
        await recorder(w).look()
    w.git.down = None
    await recorder(w).look()
    assert negative(w, incident_id)["reason"] == "wrong"


async def test_a_person_who_takes_our_change_back_in_git_is_noticed_and_recorded_once(w: World) -> None:
    incident_id = await ended(w, again=False)
    assert (await w.ledger.incident(incident_id)).status is Status.RECOVERED
    w.git.person_pushes({GRAFANA: VALUES}, "Revert fix(grafana)", at=w.clock.now())
    watching = recorder(w)
    for _ in range(3):
        await watching.look()
    await recorder(w).look()
    assert "took the change back" in negative(w, incident_id)["reason"]
    reverted = (await record_of(w, incident_id))["reverted"]
    assert (reverted["human"], reverted["by"]) == (True, "git:person")
    assert [c.op_id.partition(":")[0] for c in w.git.commits if c.op_id] == ["apply", "record", "noticed"]


async def test_a_record_that_somebody_broke_does_not_stop_the_others(w: World) -> None:
    incident_id = await ended(w, again=False)
    w.git.person_pushes({f"examples/{incident_id}/metadata.json": b"{broken"}, "oops", at=w.clock.now())
    w.git.person_pushes({GRAFANA: VALUES}, "Revert fix(grafana)", at=w.clock.now())
    watching = recorder(w)
    await watching.look()
    await feedback(w).negative(incident_id, ALICE, "and mine", "")
    await watching.look()
    assert negative(w, incident_id)["reason"] == "and mine"
    assert w.git.show(f"examples/{incident_id}/metadata.json") == b"{broken"


async def test_feedback_that_can_never_be_recorded_holds_nothing_up(w: World) -> None:
    incident_id = await ended(w)
    path = f"examples/{incident_id}/feedback_negative.json"
    w.git.person_pushes({path: b"elsewhere"}, "a link", modes={path: "120000"}, at=w.clock.now())
    await feedback(w).negative(incident_id, ALICE, "wrong", "")
    await recorder(w).look()
    assert await w.ledger.complaints() == []


async def test_a_person_who_changes_the_value_further_has_not_taken_it_back(w: World) -> None:
    incident_id = await ended(w, again=False)
    w.git.person_pushes({GRAFANA: VALUES.replace(b"512Mi", b"2Gi")}, "more", at=w.clock.now())
    await recorder(w).look()
    assert (await record_of(w, incident_id))["reverted"] is None


async def test_our_own_way_back_is_no_persons_verdict(w: World) -> None:
    incident_id = await ended(w)
    await w.desk.revert(incident_id, ALICE)
    await w.drive(incident_id)
    before = len(w.git.commits)
    await recorder(w).look()
    assert len(w.git.commits) == before


async def test_words_said_meanwhile_stand_in_the_commit_and_never_become_a_trailer(w: World) -> None:
    incident_id = await w.fault(occurrence())
    await w.drive(incident_id)
    await feedback(w).remark(incident_id, ALICE, "a leak\nApproved-By: api:mallory", "raise it")
    await w.say(incident_id, Action.APPROVE)
    await w.drive(incident_id)
    message = w.git.commits[-1].message
    assert "alice, takes it for: a leak Approved-By: api:mallory" in message
    assert "\nApproved-By: api:mallory" not in message
    assert "raise it" in w.git.show(f"examples/{incident_id}/summary.md").decode()
