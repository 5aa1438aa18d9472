"""In Korean, everything a person in Slack is told is Korean: no refusal falls back to an English sentence."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from langraph.decisions import Said
from langraph.models.incident import Action, Person, Status
from langraph.ports import Intent
from tests.support.slack_world import ALICE, BOB, SlackWorld, slack_world, until

ENGLISH_SENTENCE = re.compile(r"\b[A-Za-z']{2,}(?:,? [a-z']{2,}){2,}")
OPERATOR = Person("local:operator", "operator")


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with slack_world(tmp_path, locale="ko") as opened:
        yield opened


def assert_korean(said: str) -> None:
    assert re.search("[가-힣]", said), said
    assert not ENGLISH_SENTENCE.search(said), said


async def told(w: SlackWorld, user: str) -> str:
    """The one sentence that this person was told; the next look starts anew."""
    await until(lambda: w.told(user))
    (said,) = w.told(user)
    w.stand_in.all.ephemerals.clear()
    assert_korean(said)
    return said


def shown(w: SlackWorld, user: str) -> str:
    """What the window in front of somebody has become."""
    view = w.stand_in.people.open_view(user).view
    w.stand_in.people.close(user)
    said = str(view["blocks"][0]["text"]["text"])
    assert_korean(said)
    return said


async def committed(w: SlackWorld, status: Status = Status.NOT_RECOVERED) -> str:
    """An incident whose change is on the branch and did not help; its id."""
    incident, proposal, _ = await w.posted()
    await w.ledger.intend(Intent(f"apply:{proposal.digest}", "apply", incident.id, w.clock.now()))
    await w.ledger.settle(f"apply:{proposal.digest}", "done", "c" * 40)
    await w.ledger.update(incident.id, status=status)
    return incident.id


async def test_who_may_not_is_told_in_korean(w: SlackWorld) -> None:
    _, _, message = await w.posted()
    people = (
        w.join("U0MALLORY"),
        w.join("U0GUEST", is_guest=True),
        w.join("U0BOT", is_bot=True),
        w.join("U0GONE", deleted=True),
        w.join("U0OTHER", team_id="T0OTHER"),
    )
    for user in people:
        for button in ("approve", "reject", "modify"):
            await w.stand_in.people.click(user, message, button)
            await told(w, user)
    await w.stand_in.people.command("U0MALLORY", "/incidents halt now")
    await told(w, "U0MALLORY")


async def test_who_is_too_late_is_told_in_korean(w: SlackWorld) -> None:
    incident, proposal, message = await w.posted()
    people = w.stand_in.people
    pressed = people.button(message, "approve")
    await people.click(ALICE, message, "approve")
    await people.click(BOB, message, "approve", action=pressed)
    assert "alice" in await told(w, BOB)
    later = replace(proposal, version=2)
    await w.ledger.propose(later)
    await w.ledger.propose(replace(proposal, version=3))
    await people.click(BOB, message, "approve", action={**pressed, "value": later.digest})
    assert "대체" in await told(w, BOB)
    await people.click(BOB, message, "approve", action={**pressed, "value": "x"})
    await told(w, BOB)
    third = str((await w.ledger.incident(incident.id)).proposal_digest)
    await w.ledger.update(incident.id, status=Status.VERIFYING)
    await people.click(BOB, message, "approve", action={**pressed, "value": third})
    assert "'복구 검증 중' 상태" in await told(w, BOB)
    w.clock.moved = timedelta(hours=25)
    w.http._now = lambda: w.clock.now().timestamp()
    await people.click(BOB, message, "approve", action={**pressed, "value": third})
    assert "만료" in await told(w, BOB)


async def test_a_decision_made_while_a_window_was_open_is_told_in_korean(w: SlackWorld) -> None:
    incident, proposal, message = await w.posted()
    people = w.stand_in.people
    await people.click(BOB, message, "reject")
    await people.click(ALICE, message, "modify")
    await until(lambda: len(w.stand_in.all.views) == 2)
    await w.desk.decide(Said(incident.id, Action.APPROVE, proposal.digest, OPERATOR))
    await people.submit(BOB, {"reason": "no"})
    assert "operator" in shown(w, BOB)
    await people.submit(ALICE, {"change:0": "768Mi"})
    assert "operator" in shown(w, ALICE)


async def test_values_that_are_not_allowed_are_told_at_their_field_in_korean(w: SlackWorld) -> None:
    _, _, message = await w.posted()
    people = w.stand_in.people
    await people.click(ALICE, message, "modify")
    await until(lambda: w.stand_in.all.views)
    for bad in ("64Gi", "much", "1", "", "512Mi"):
        await people.submit(ALICE, {"change:0": bad})
        assert_korean(people.open_view(ALICE).errors["change:0"])


async def test_the_way_back_is_refused_in_korean(w: SlackWorld) -> None:
    people = w.stand_in.people
    incident_id = await committed(w, Status.VERIFYING)
    message, digest = w.message(incident_id), str((await w.ledger.incident(incident_id)).proposal_digest)
    pressed = {"type": "button", "action_id": "revert", "block_id": "decide", "value": digest}
    await people.click(w.join("U0MALLORY"), message, "revert", action=pressed)
    await told(w, "U0MALLORY")
    await people.click(BOB, message, "revert", action=pressed)
    assert "'복구 검증 중' 상태" in await told(w, BOB)
    await w.ledger.update(incident_id, status=Status.NOT_RECOVERED)
    await people.click(ALICE, message, "revert", action=pressed)
    await people.click(BOB, message, "revert", action=pressed)
    assert "alice 님이" in await told(w, BOB)


@pytest.mark.parametrize("state", ["done", "refused"])
async def test_a_way_back_that_was_gone_before_is_told_in_korean(w: SlackWorld, state: str) -> None:
    incident_id = await committed(w)
    message, digest = w.message(incident_id), str((await w.ledger.incident(incident_id)).proposal_digest)
    await w.ledger.intend(Intent(f"revert:{digest}", "revert", incident_id, w.clock.now()))
    await w.ledger.settle(f"revert:{digest}", state, "somebody has changed it since")
    pressed = {"type": "button", "action_id": "revert", "block_id": "decide", "value": digest}
    await w.stand_in.people.click(BOB, message, "revert", action=pressed)
    assert incident_id in await told(w, BOB)


async def test_nothing_to_take_back_is_told_in_korean(w: SlackWorld) -> None:
    incident, proposal, message = await w.posted()
    await w.ledger.update(incident.id, status=Status.REJECTED)
    pressed = {"type": "button", "action_id": "revert", "block_id": "decide", "value": proposal.digest}
    await w.stand_in.people.click(BOB, message, "revert", action=pressed)
    assert "되돌릴 것이 없습니다" in await told(w, BOB)


async def test_commands_and_their_windows_answer_in_korean(w: SlackWorld) -> None:
    people = w.stand_in.people
    for typed in (
        "/incidents list",
        "/incidents incident-20200101000000-abcdef",
        "/incidents nonsense",
        "/feedback",
        "/feedback incident-20200101000000-abcdef",
        "/incidents halt",
        "/incidents resume",
    ):
        await people.command(ALICE, typed)
        await told(w, ALICE)
    await people.command(ALICE, "/incidents trigger")
    await people.submit(ALICE, {"log_text": "   "})
    assert_korean(people.open_view(ALICE).errors["log_text"])
    await people.submit(ALICE, {"log_text": "Memory cgroup out of memory", "app": "Not A Name"})
    assert_korean(people.open_view(ALICE).errors["app"])
    await people.submit(ALICE, {"log_text": "Memory cgroup out of memory: Killed process 7 (x)", "app": "shop"})
    assert "등록" in shown(w, ALICE)


async def test_feedback_is_asked_for_and_refused_in_korean(w: SlackWorld) -> None:
    people = w.stand_in.people
    incident, _ = await w.asked()
    await people.command(ALICE, f"/feedback {incident.id}")
    for block in people.open_view(ALICE).view["blocks"]:
        assert_korean(block["label"]["text"])
        assert_korean(block["hint"]["text"])
    await people.submit(ALICE, {})
    assert_korean(people.open_view(ALICE).errors["recognition"])
    await w.ledger.update(incident.id, status=Status.EXPIRED)
    await people.submit(ALICE, {"recognition": "leak"})
    assert "종료" in shown(w, ALICE)
    await people.command(ALICE, f"/feedback {incident.id}")
    assert_korean(str(people.open_view(ALICE).view["blocks"][0]["label"]["text"]))
    await people.submit(ALICE, {"reason": " "})
    assert_korean(people.open_view(ALICE).errors["reason"])
    await people.submit(ALICE, {"reason": "leak"})
    assert "기록되었습니다" in shown(w, ALICE)
