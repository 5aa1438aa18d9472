"""Slack over HTTP: a real server on each side, real signatures, the real ledger."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from langraph.decisions import Said
from langraph.errors import ChannelUnavailable
from langraph.models.incident import Action, Person, Status
from langraph.ports import Batch, Gap
from langraph.texts import announcing
from langraph.workflow import show
from services.sandbox.faults import Fault
from services.sandbox.slack import SimulatedSlack
from services.sandbox.slack_delivery import COMMANDS, EVENTS, sign
from services.sandbox.slack_workspace import BOT_TOKEN, CHANNEL, FALLBACK, SIGNING_SECRET
from services.slack_client import SlackConfig, check_slack
from services.teller import Teller
from tests.support.counter import VALUES
from tests.support.nouns import NOON_NS, occurrence
from tests.support.slack_world import (
    ALICE,
    APPROVERS,
    BOB,
    SlackWorld,
    all_text,
    reminder,
    slack_around,
    slack_world,
    until,
)
from tests.support.world import POLICY as WORLD_POLICY
from tests.support.world import WINDOW, world

OK = b'{"ok":false,"error":"%s"}'


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with slack_world(tmp_path) as opened:
        yield opened


def refusal(code: str) -> Fault:
    return Fault(status=200, body=OK % code.encode(), content_type="application/json")


# --- deciding ------------------------------------------------------------------------------------------------------


async def test_the_whole_loop_edits_one_message(tmp_path: Path) -> None:
    policy = WORLD_POLICY.replace(b"approvers: [api:alice, api:bob]", APPROVERS)
    async with world(tmp_path, {"helm-values/policy.yaml": policy}) as inner:
        stand_in = SimulatedSlack(lambda: inner.clock.now().timestamp())
        async with slack_around(
            inner.ledger, inner.git, inner.desk, inner.queue, inner.clock, stand_in, locale="ko"
        ) as w:
            incident_id = await inner.fault(occurrence())
            await inner.drive(incident_id)
            for number in range(1, 5):  # often enough that silence afterwards says something
                await inner.fault(occurrence(f"again-{number}", after=timedelta(seconds=15 * number)))
            await w.teller.tell_once()
            assert "승인 대기 중" in all_text(w.message(incident_id))
            answer = await stand_in.people.click(ALICE, w.message(incident_id), "approve")
            assert (answer.status, answer.body) == (200, "")  # within Slack's three seconds; later is 0
            await w.teller.tell_once()
            assert "✅ 승인됨 - 커밋 진행 중... (alice)" in all_text(w.message(incident_id))
            assert w.message(incident_id).actions() == []
            await inner.drive(incident_id)
            await w.teller.tell_once()
            commit = (await w.ledger.incident(incident_id)).commits[-1][:7]
            assert f"✅ 커밋 완료: {commit} → ⏳ 복구 검증 중…" in all_text(w.message(incident_id))
            inner.metrics.answers = {"kube_pod_container_resource_limits": 1024.0**3, 'condition="true"': 1.0}
            inner.metrics.answers |= {"kube_pod_status_ready": 0.0, "restarts_total": 0.0}
            await inner.wait(incident_id, timedelta(minutes=2))
            await inner.wait(incident_id, WINDOW + timedelta(minutes=1))
            await w.teller.tell_once()
            assert f"✅ 커밋 완료: {commit} → ✅ 복구 성공!" in all_text(w.message(incident_id))
            assert "Approved-By: slack:U0ALICE" in next(c.message for c in inner.git.commits if commit in c.oid)
            assert await inner.violations() == []
            assert len(w.stand_in.channel) == 1


async def test_what_comes_again_is_counted_on_the_message(tmp_path: Path) -> None:
    async with world(tmp_path) as inner:
        stand_in = SimulatedSlack(lambda: inner.clock.now().timestamp())
        async with slack_around(inner.ledger, inner.git, inner.desk, inner.queue, inner.clock, stand_in) as w:
            incident_id = await inner.fault(occurrence())
            await inner.drive(incident_id)
            await w.teller.tell_once()
            assert "seen: 1×" in all_text(w.message(incident_id))
            await inner.fault(occurrence("again", after=timedelta(minutes=1)))
            await inner.drive(incident_id)
            w.monotonic.forward(30)
            await w.teller.tell_once()
            assert "seen: 2×" in all_text(w.message(incident_id))
            await inner.say(incident_id, Action.REJECT)
            await inner.drive(incident_id)
            await inner.fault(occurrence("later", after=timedelta(minutes=2)))
            await inner.drive(incident_id)
            w.monotonic.forward(30)
            await w.teller.tell_once()
            assert "seen: 3× · again after its end: 1×" in all_text(w.message(incident_id))


async def test_a_decision_is_in_the_ledger_before_slack_is_answered(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    await w.stand_in.people.click(ALICE, message, "approve")
    decision = await w.ledger.decision(proposal.digest)
    assert decision is not None
    assert (decision.action, decision.by, decision.auto_revert) == (
        Action.APPROVE,
        Person("slack:U0ALICE", "alice"),
        False,
    )


async def test_approving_with_auto_revert_is_kept_in_the_decision(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    assert (await w.stand_in.people.click(ALICE, message, "menu")).status == 200
    decision = await w.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.auto_revert


async def test_a_rejection_asks_for_its_reason_and_keeps_it(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    people = w.stand_in.people
    await people.click(BOB, message, "reject")
    await until(lambda: w.stand_in.all.views)
    assert await w.ledger.decision(proposal.digest) is None, "opening the window decides nothing"
    assert (await people.submit(BOB, {"reason": "it is the job's fault, password=hunter2hunter2"})).json == {}
    decision = await w.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.action is Action.REJECT
    assert decision.comment == "it is the job's fault, password=[redacted:password]"
    assert w.stand_in.all.views == {}


async def test_a_modified_value_is_judged_at_its_field_and_then_decided(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    people = w.stand_in.people
    await people.click(ALICE, message, "modify")
    await until(lambda: w.stand_in.all.views)
    for bad, why in (
        ("64Gi", "the policy's maximum of 4Gi"),
        ("much", "no amount of memory"),
        ("1", "minimum of 64Mi"),
    ):
        await people.submit(ALICE, {"change:0": bad})
        assert why in people.open_view(ALICE).errors["change:0"]
        assert await w.ledger.decision(proposal.digest) is None
    assert (await people.submit(ALICE, {"change:0": "768Mi", "note": "enough", "options": ["yes"]})).json == {}
    decision = await w.ledger.decision(proposal.digest)
    assert decision is not None
    assert (decision.action, decision.comment, decision.auto_revert) == (Action.MODIFY, "enough", True)
    replaced = await w.ledger.proposal(str(decision.replaced_by))
    assert [change.new for change in replaced.changes] == ["768Mi"]
    assert await w.ledger.decision(replaced.digest) is not None, "smaller than proposed: no second approval"


async def test_a_larger_value_than_proposed_is_asked_about_again_on_the_same_message(w: SlackWorld) -> None:
    incident, _, message = await w.posted()
    people = w.stand_in.people
    await people.click(ALICE, message, "modify")
    await until(lambda: w.stand_in.all.views)
    await people.submit(ALICE, {"change:0": "2Gi"})
    await until(lambda: w.told(ALICE))
    assert "one more approval" in w.told(ALICE)[0]
    await w.teller.tell_once()
    shown = w.message(incident.id)
    assert "memory: 2Gi" in all_text(shown)
    assert (await people.click(BOB, shown, "approve")).status == 200
    digest = (await w.ledger.incident(incident.id)).proposal_digest
    assert await w.ledger.decision(str(digest)) is not None


async def test_a_double_click_is_one_decision_and_no_complaint(w: SlackWorld) -> None:
    _, _, message = await w.posted()
    answers = await asyncio.gather(*(w.stand_in.people.click(ALICE, message, "approve") for _ in range(2)))
    assert [answer.status for answer in answers] == [200, 200]
    assert w.told(ALICE) == []


async def test_of_twenty_people_at_once_one_wins_and_nineteen_are_told_who(w: SlackWorld) -> None:
    people = [w.join(f"U0PERSON{number:02}") for number in range(20)]
    w.stand_in.all.groups["S0ONCALL"] = people
    _, proposal, message = await w.posted()
    answers = await asyncio.gather(*(w.stand_in.people.click(user, message, "approve") for user in people))
    assert {answer.status for answer in answers} == {200}
    decision = await w.ledger.decision(proposal.digest)
    assert decision is not None
    losers = [user for user in people if f"slack:{user}" != decision.by.id]
    assert len(losers) == 19
    await until(lambda: all(w.told(user) for user in losers))
    for user in losers:
        assert w.told(user)[0].startswith(f"{decision.by.name} has already decided this (approved)")
    assert len([e for e in await w.ledger.timeline(proposal.incident_id) if e.what == "decided"]) == 1


async def test_a_button_that_somebody_still_sees_says_who_decided(w: SlackWorld) -> None:
    incident, _, message = await w.posted()
    pressed = w.stand_in.people.button(message, "approve")
    await w.stand_in.people.click(ALICE, message, "approve")
    await w.teller.tell_once()
    shown = w.message(incident.id)
    assert shown.actions() == []
    await w.stand_in.people.click(BOB, shown, "approve", action=pressed)
    await until(lambda: w.told(BOB))
    assert "alice has already decided this (approved)" in w.told(BOB)[0]


async def test_a_decision_made_elsewhere_takes_the_buttons_away(w: SlackWorld) -> None:
    incident, proposal, message = await w.posted()
    person = Person("local:operator", "local operator")
    await w.desk.decide(Said(incident.id, Action.APPROVE, proposal.digest, person))
    await w.teller.tell_once()
    assert w.message(incident.id) is message
    assert message.actions() == []
    assert "(local operator)" in all_text(message)


async def test_the_button_of_a_proposal_that_was_replaced_points_to_the_new_one(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    pressed = w.stand_in.people.button(message, "approve")
    await w.ledger.propose(replace(proposal, version=2))
    await w.stand_in.people.click(ALICE, message, "approve", action=pressed)
    await until(lambda: w.told(ALICE))
    assert w.told(ALICE) == ["This proposal was replaced by a newer version; look at that one and decide there."]
    assert await w.ledger.decision(proposal.digest) is None


async def test_after_its_time_a_proposal_says_when_it_expired(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    w.clock.moved = timedelta(hours=25)
    w.http._now = lambda: w.clock.now().timestamp()
    await w.stand_in.people.click(ALICE, message, "approve")
    await until(lambda: w.told(ALICE))
    assert w.told(ALICE)[0].startswith("This proposal expired at ")
    assert await w.ledger.decision(proposal.digest) is None


async def test_a_closed_incident_has_nothing_to_decide(w: SlackWorld) -> None:
    incident, _, message = await w.posted()
    await w.ledger.update(incident.id, status=Status.VERIFYING)
    await w.stand_in.people.click(ALICE, message, "approve")
    await until(lambda: w.told(ALICE))
    assert w.told(ALICE) == [f"{incident.id} is verifying: there is nothing to decide."]


@pytest.mark.parametrize("value", ["", "x", "0" * 64, "'; drop table", "A" * 2_000])
async def test_a_button_with_a_value_of_nobodys_making_does_nothing(w: SlackWorld, value: str) -> None:
    _, proposal, message = await w.posted()
    pressed = {**w.stand_in.people.button(message, "approve"), "value": value}
    assert (await w.stand_in.people.click(ALICE, message, "approve", action=pressed)).status == 200
    await until(lambda: w.told(ALICE))
    assert "does not understand this button" in w.told(ALICE)[0]
    assert await w.ledger.decision(proposal.digest) is None


# --- who -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ({"is_guest": True}, "Guests may not decide"),
        ({"is_bot": True}, "Bots and apps may not decide"),
        ({"deleted": True}, "This account is deactivated"),
        ({"team_id": "T0OTHER"}, "You come from another workspace"),
    ],
)
async def test_only_full_members_of_our_workspace_decide(w: SlackWorld, kind: dict[str, object], why: str) -> None:
    user = w.join("U0SOMEONE", **kind)
    w.stand_in.all.groups["S0ONCALL"] = [user]
    _, proposal, message = await w.posted()
    for action in ("approve", "reject", "modify", "menu"):
        await w.stand_in.people.click(user, message, action)
    await until(lambda: len(w.told(user)) == 4)
    assert all(why in said for said in w.told(user))
    assert await w.ledger.decision(proposal.digest) is None
    assert w.stand_in.all.views == {}


async def test_a_member_who_is_not_on_the_list_is_told_so_and_it_is_noted(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    user = w.join("U0MALLORY")
    await w.stand_in.people.click(user, message, "approve")
    await until(lambda: w.told(user))
    assert w.told(user)[0].startswith("You may not do this here: slack:U0MALLORY is not listed under")
    await w.stand_in.people.click(user, message, "modify")
    await until(lambda: len(w.told(user)) == 2)
    assert w.stand_in.all.views == {}
    assert await w.ledger.decision(proposal.digest) is None


async def test_somebody_in_a_listed_group_may_and_slack_is_asked_once_a_minute(w: SlackWorld) -> None:
    user = w.join("U0CAROL")
    w.stand_in.all.groups["S0ONCALL"] = [user]
    _, proposal, message = await w.posted()
    await w.stand_in.people.click(user, message, "approve")
    assert await w.ledger.decision(proposal.digest) is not None
    await w.stand_in.people.click(BOB, message, "approve")
    assert len(w.stand_in.called("usergroups.users.list")) == 1
    w.monotonic.forward(61)
    await w.stand_in.people.click(BOB, message, "approve")
    assert len(w.stand_in.called("usergroups.users.list")) == 1, "too late is known without asking"


async def test_when_slack_does_not_say_who_is_in_a_group_nobody_of_it_may(w: SlackWorld) -> None:
    user = w.join("U0CAROL")
    w.stand_in.all.groups["S0ONCALL"] = [user]
    _, proposal, message = await w.posted()
    w.stand_in.faults.next(2, Fault(status=500), "usergroups.users.list")
    await w.stand_in.people.click(user, message, "approve")
    await until(lambda: w.told(user))
    assert "Slack did not say who is in S0ONCALL" in w.told(user)[0]
    assert await w.ledger.decision(proposal.digest) is None
    w.stand_in.faults.clear()
    await w.stand_in.people.click(user, message, "approve")
    assert await w.ledger.decision(proposal.digest) is not None


async def test_when_slack_does_not_say_who_somebody_is_nothing_is_done(tmp_path: Path) -> None:
    async with slack_world(tmp_path, config={"look_seconds": 0.1}) as w:
        _, proposal, message = await w.posted()
        for fault in (Fault(status=500), Fault(hang=True)):
            w.stand_in.faults.next(1, fault, "users.info")
            answer = await w.stand_in.people.click(ALICE, message, "approve")
            assert answer.status == 200  # and not 0: within Slack's patience
        await until(lambda: len(w.told(ALICE)) == 2)
        assert all("Slack did not tell us who you are" in said for said in w.told(ALICE))
        assert await w.ledger.decision(proposal.digest) is None


async def test_a_person_of_another_workspace_in_a_shared_channel_is_refused(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    payload = w.stand_in.people.block_actions(ALICE, message, w.stand_in.people.button(message, "approve"))
    payload["user"]["team_id"] = "T0OTHER"
    assert (await w.http.interactive(payload)).status == 200
    await until(lambda: w.told(ALICE))
    assert "another workspace" in w.told(ALICE)[0]
    assert await w.ledger.decision(proposal.digest) is None


# --- the door ------------------------------------------------------------------------------------------------------


async def test_a_request_that_is_sent_again_is_not_let_in_again(w: SlackWorld) -> None:
    _, _, message = await w.posted()
    payload = w.stand_in.people.block_actions(ALICE, message, w.stand_in.people.button(message, "approve"))
    body = urlencode({"payload": json.dumps(payload)}).encode()
    at = str(int(w.clock.now().timestamp()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": sign(SIGNING_SECRET, at, body),
    }
    first = await w.http.raw(EVENTS, body, headers)
    again = await w.http.raw(EVENTS, body, headers)
    retry = await w.http.raw(EVENTS, body, {**headers, "X-Slack-Retry-Num": "1"})
    assert [answer.status for answer in (first, again, retry)] == [200, 409, 200]
    assert len([e for e in await w.ledger.timeline((await w.ledger.open_ids())[0]) if e.what == "decided"]) == 1


async def test_what_slack_did_not_sign_gets_nowhere(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    payload = w.stand_in.people.block_actions(ALICE, message, w.stand_in.people.button(message, "approve"))
    w.http._secret = "somebody else's"
    assert (await w.http.interactive(payload)).status == 401
    assert (await w.http.command({"command": "/incidents", "text": "halt"})).status == 401
    assert (await w.http.raw(COMMANDS, b"x", {"X-Slack-Request-Timestamp": "soon"})).status == 400
    assert await w.ledger.decision(proposal.digest) is None
    assert await w.ledger.halted() is None


async def test_payloads_of_any_shape_decide_nothing_for_somebody_who_may_not(w: SlackWorld) -> None:
    """Rightly signed, then bent: fields dropped, exchanged for other kinds, nested deeper."""
    chance = random.Random(11)
    mallory = w.join("U0MALLORY")
    _, proposal, message = await w.posted()
    whole = w.stand_in.people.block_actions(mallory, message, w.stand_in.people.button(message, "approve"))
    odd = (None, "", [], {}, 0, "x" * 300, {"id": ALICE}, [{"id": ALICE}], True, proposal.digest)
    statuses = set()
    for _ in range(300):
        payload = json.loads(json.dumps(whole))
        spot = payload
        while chance.random() < 0.5 and any(isinstance(value, dict) and value for value in spot.values()):
            spot = chance.choice([value for value in spot.values() if isinstance(value, dict) and value])
        spot[chance.choice(list(spot))] = chance.choice(odd)
        if (payload.get("user") or {}) != {"id": ALICE}:  # that would be Alice, as Slack says
            statuses.add((await w.http.interactive(payload)).status)
    assert await w.ledger.decision(proposal.digest) is None
    assert statuses <= {200, 400, 404, 409, 500}


async def test_slack_may_ask_whether_the_address_is_ours(w: SlackWorld) -> None:
    answer = await w.http.event({"type": "url_verification", "challenge": "c0ffee", "token": "x"})
    assert (answer.status, answer.json) == (200, {"challenge": "c0ffee"})


async def test_without_slack_its_addresses_are_closed(tmp_path: Path) -> None:
    async with slack_world(tmp_path, socket=True) as w:
        answer = await w.http.interactive({"type": "block_actions"})
        assert answer.status in (403, 404)


# --- the message ---------------------------------------------------------------------------------------------------


async def test_a_message_whose_answer_was_lost_is_found_again(w: SlackWorld) -> None:
    incident, proposal = await w.asked()
    w.stand_in.faults.next(1, Fault(cut_after_bytes=0), "chat.postMessage")
    message = (await w.ledger.outbox())[0]
    with pytest.raises(ChannelUnavailable, match="did not answer"):
        await w.slack.channel.show(message, incident, proposal)
    ref = await w.slack.channel.show(message, incident, proposal)
    assert ref == f"{CHANNEL}:{w.message(incident.id).ts}"


async def test_a_message_from_before_a_crash_is_found_by_the_next_process(tmp_path: Path) -> None:
    stand_in = SimulatedSlack()
    async with slack_world(tmp_path, stand_in=stand_in) as w:
        incident, proposal = await w.asked()
        message = (await w.ledger.outbox())[0]
        await w.slack.channel.show(message, incident, proposal)  # and the process dies before it is stored
    for number in range(450):  # other people talk on
        stand_in.methods.answer("chat.postMessage", {"channel": CHANNEL, "text": str(number)})
    async with slack_world(tmp_path, stand_in=stand_in) as w:
        await w.teller.tell_once()
        assert w.message(incident.id).edits == 1
        assert await w.ledger.outbox() == []


async def test_slack_down_for_hours_leaves_one_message_afterwards(w: SlackWorld) -> None:
    incident, _ = await w.asked()
    w.stand_in.faults.next(10_000, Fault(status=503))
    for _ in range(3 * 60):
        assert len(await w.ledger.outbox()) == 1
        await show(w.ledger, incident.id)
        await w.teller.tell_once()
        w.monotonic.forward(60)
    w.stand_in.faults.clear()
    w.monotonic.forward(60)
    await w.teller.tell_once()
    assert w.message(incident.id).edits == 0
    assert await w.ledger.outbox() == []


async def test_a_rate_limit_is_obeyed_to_the_second(w: SlackWorld) -> None:
    incident, _ = await w.asked()
    limited = Fault(status=429, body=b"{}", content_type="application/json", headers=(("Retry-After", "30"),))
    w.stand_in.faults.next(1, limited, "chat.postMessage")
    await w.teller.tell_once()
    w.monotonic.forward(29)
    await w.teller.tell_once()
    assert len(w.stand_in.called("chat.postMessage")) == 0, "the limited call never reached the method"
    w.monotonic.forward(1)
    await w.teller.tell_once()
    assert w.message(incident.id)


async def test_messages_of_one_channel_are_more_than_a_second_apart(w: SlackWorld) -> None:
    for app in ("a", "b", "c"):
        await show(w.ledger, (await w.opened(app)).id)
    started = w.monotonic.at
    await w.teller.tell_once()
    assert len(w.stand_in.called("chat.postMessage")) == 3
    assert w.monotonic.at - started == pytest.approx(2 * 1.2)


async def test_blocks_that_slack_refuses_are_sent_as_plain_text(w: SlackWorld) -> None:
    incident, _ = await w.asked()
    w.stand_in.faults.next(1, refusal("invalid_blocks"), "chat.postMessage")
    await w.teller.tell_once()
    shown = w.message(incident.id)
    assert shown.blocks == []
    assert shown.text.startswith("```\n🚨 Incident:")
    assert f"langraph incidents approve {incident.id}" in shown.text


async def test_a_channel_that_cannot_be_posted_in_gives_way_to_the_other(w: SlackWorld) -> None:
    w.stand_in.all.not_in.add(CHANNEL)
    incident, _, message = await w.posted()
    assert message.channel == FALLBACK
    await show(w.ledger, incident.id)
    await w.teller.tell_once()
    assert w.message(incident.id).edits == 1


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("not_in_channel", "/invite @langraph"),
        ("channel_not_found", "copy the channel's id"),
    ],
)
async def test_trouble_is_told_with_what_to_do(tmp_path: Path, code: str, says: str) -> None:
    async with slack_world(tmp_path, config={"fallback_channel": None}) as w:
        incident, proposal = await w.asked()
        w.stand_in.faults.next(1, refusal(code), "conversations.history")
        message = (await w.ledger.outbox())[0]
        with pytest.raises(ChannelUnavailable, match=code) as refused:
            await w.slack.channel.show(message, incident, proposal)
        assert says in str(refused.value)
        assert w.messages(incident.id) == []


async def test_a_message_that_somebody_deleted_is_posted_anew(w: SlackWorld) -> None:
    incident, _, message = await w.posted()
    w.stand_in.all.messages.remove(message)
    await show(w.ledger, incident.id)
    await w.teller.tell_once()
    assert w.message(incident.id) is not message


async def test_evidence_and_a_long_diff_are_in_the_thread_once(w: SlackWorld) -> None:
    incident, proposal = await w.asked()
    diff = f"--- a/{VALUES}\n+++ b/{VALUES}\n" + "".join(f"+line {number} of many\n" for number in range(2_000))
    longer = replace(proposal, diff=diff, version=2)
    await w.ledger.propose(longer)
    for _ in range(3):
        await show(w.ledger, incident.id)
        await w.teller.tell_once()
    thread = w.stand_in.all.in_thread(CHANNEL, w.message(incident.id).ts)
    assert len(thread) == 2
    assert "Not the node." in all_text(thread[0])
    assert thread[1].files[0]["name"] == f"changes-{longer.digest[:12]}.diff"
    assert thread[1].files[0]["content"] == diff


async def test_a_process_that_starts_anew_repeats_nothing_in_the_thread(tmp_path: Path) -> None:
    stand_in = SimulatedSlack()
    async with slack_world(tmp_path, stand_in=stand_in) as w:
        incident, _, message = await w.posted()
    async with slack_world(tmp_path, stand_in=stand_in) as w:
        await show(w.ledger, incident.id)
        await w.teller.tell_once()
        assert len(stand_in.all.in_thread(CHANNEL, message.ts)) == 1


async def test_a_reminder_stands_in_the_thread_and_in_the_channel_once(w: SlackWorld) -> None:
    incident, proposal, message = await w.posted()
    note = announcing.reminder(incident.id, proposal.expires_at)
    await w.ledger.tell(reminder(incident, note))
    w.stand_in.faults.next(1, Fault(cut_after_bytes=0), "chat.postMessage")
    await w.teller.tell_once()
    w.monotonic.forward(60)
    teller = Teller(w.ledger, w.slack.channel, monotonic=w.monotonic)
    await teller.tell_once()
    reminders = [one for one in w.stand_in.channel if "still waits for a decision" in all_text(one)]
    assert len(reminders) == 1
    assert (reminders[0].thread_ts, reminders[0].broadcast) == (message.ts, True)


async def test_lines_that_could_not_be_read_are_told_in_the_channel_once(w: SlackWorld) -> None:
    gap = Gap("loki", NOON_NS, NOON_NS + 10**9, "too many lines in one nanosecond <!channel>", 2000)
    for _ in range(2):
        await w.ledger.ingest(Batch("loki", (), (), gaps=[gap]), w.clock.now())
        await w.teller.tell_once()
    (notice,) = w.stand_in.channel
    assert "2000 log lines of loki" in all_text(notice)
    assert "<!channel>" not in all_text(notice)


# --- commands ------------------------------------------------------------------------------------------------------


async def test_the_list_is_paged(w: SlackWorld) -> None:
    for number in range(12):
        await w.opened(f"app-{number}")
    await w.stand_in.people.command(ALICE, "/incidents list")
    first = w.stand_in.all.ephemerals[-1]
    assert str(first.blocks).count("Critical") == 10
    await w.stand_in.people.click_ephemeral(ALICE, first, "next_page")
    await until(lambda: w.stand_in.all.ephemerals[-1] is not first)
    assert str(w.stand_in.all.ephemerals[-1].blocks).count("Critical") == 2


async def test_one_incident_is_shown_without_buttons_by_its_id_or_the_end_of_it(w: SlackWorld) -> None:
    incident, _ = await w.asked()
    for typed in (incident.id, incident.id[-6:], f"`{incident.id}`"):
        await w.stand_in.people.command(ALICE, f"/incidents {typed}")
        shown = w.stand_in.all.ephemerals[-1]
        assert f"🚨 Incident: {incident.id}" in str(shown.blocks)
        assert "approve" not in str([block for block in shown.blocks if block["type"] == "actions"])


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("/incidents", "/incidents list"),
        ("/incidents help", "/incidents list"),
        ("/incidents incident-20200101000000-abcdef", "There is no incident"),
        ("/incidents <!channel>", "There is no incident"),
        ("/incidents list", "No incidents."),
        ("/feedback incident-20200101000000-abcdef", "There is no incident"),
        ("/feedback", "Say of which incident"),
    ],
)
async def test_every_command_is_answered_to_its_person_only(w: SlackWorld, typed: str, says: str) -> None:
    answer = await w.stand_in.people.command(ALICE, typed)
    assert answer.json["response_type"] == "ephemeral"
    assert says in w.told(ALICE)[0]
    assert "<" not in w.told(ALICE)[0]
    assert w.stand_in.channel == []


async def test_halt_and_resume_are_for_approvers(w: SlackWorld) -> None:
    user = w.join("U0MALLORY")
    await w.stand_in.people.command(user, "/incidents halt because")
    assert "You may not do this here" in w.told(user)[0]
    assert await w.ledger.halted() is None
    await w.stand_in.people.command(ALICE, "/incidents halt maintenance")
    assert await w.ledger.halted() == "alice: maintenance"
    await w.stand_in.people.command(BOB, "/incidents resume")
    assert await w.ledger.halted() is None


async def test_a_guest_gets_no_answer_but_that(w: SlackWorld) -> None:
    guest = w.join("U0GUEST", is_guest=True)
    await w.asked()
    await w.stand_in.people.command(guest, "/incidents list")
    assert "Guests may not decide" in w.told(guest)[0]


async def test_a_report_opens_an_incident(w: SlackWorld) -> None:
    people = w.stand_in.people
    await people.command(ALICE, "/incidents trigger")
    await people.submit(ALICE, {"log_text": "Memory cgroup out of memory", "app": "Not A Name"})
    assert "is not a Kubernetes name" in people.open_view(ALICE).errors["app"]
    await people.submit(ALICE, {"log_text": "Memory cgroup out of memory: Killed process 7 (x)", "app": "shop"})
    found = await w.ledger.incident((await w.ledger.open_ids())[0])
    assert found.app == "shop"
    assert found.id in str(people.open_view(ALICE).view)


# --- checking the set-up -------------------------------------------------------------------------------------------


def config(w: SlackWorld, **more: object) -> SlackConfig:
    url = f"{w.stand_in.url}/api/"
    fields = {"bot_token": BOT_TOKEN, "channel": CHANNEL, "signing_secret": SIGNING_SECRET, "url": url, **more}
    return SlackConfig(**fields)  # type: ignore[arg-type]  # names and types are checked by use


async def test_the_check_finds_nothing_wrong_where_nothing_is(w: SlackWorld) -> None:
    found = await check_slack(config(w, fallback_channel=FALLBACK, app_token="xapp-sandbox"))
    assert [problem for _, problem in found] == [None] * 5


async def test_the_check_names_what_is_missing_and_what_to_do(w: SlackWorld) -> None:
    w.stand_in.all.scopes = "chat:write,commands,channels:history,groups:history,files:write"
    w.stand_in.all.not_in.add(CHANNEL)
    found = dict(await check_slack(config(w, app_token="xapp-wrong")))
    assert "users:read (tells guests" in str(found["Slack scopes"])
    assert "usergroups:read" in str(found["Slack scopes"])
    assert "/invite @langraph" in str(found[f"Slack SLACK_CHANNEL={CHANNEL}"])
    assert "SLACK_APP_TOKEN (invalid_auth)" in str(found["Slack SLACK_APP_TOKEN (connections:write)"])


async def test_a_wrong_token_is_all_that_the_check_says(w: SlackWorld) -> None:
    found = await check_slack(config(w, bot_token="xoxb-wrong"))
    assert len(found) == 1
    assert "Slack refuses SLACK_BOT_TOKEN (invalid_auth)" in str(found[0][1])
