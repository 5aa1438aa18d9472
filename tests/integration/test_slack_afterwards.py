"""What Slack offers after a verification: the way back, feedback, the record; over real HTTP with the real workflow."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from langraph.errors import GitUnavailable
from langraph.models.incident import Action, Person, Status
from langraph.ports import Intent, RecordedIncident
from langraph.slack_wiring import GitShowing
from services.daily_digest import DailyDigest
from services.sandbox.faults import Fault
from services.sandbox.slack import SimulatedSlack
from services.slack_client import Kept, Wishes
from services.teller import Teller
from tests.support.nouns import occurrence
from tests.support.slack_world import (
    ALICE,
    APPROVERS,
    BOB,
    SlackWorld,
    all_text,
    slack_around,
    slack_world,
    until,
)
from tests.support.world import POLICY, VALUES, WINDOW, World, world

ALICE_IN_SLACK = Person("slack:U0ALICE", "alice")
FILE = "helm-values/grafana/values.yaml"
LIVE = {"kube_pod_container_resource_limits": 1024.0**3, "kube_pod_status_ready": 0.0}
RAISED = VALUES.replace(b"512Mi", b"1Gi")


@dataclass
class Both:
    """The workflow's world and Slack around it."""

    inner: World
    slack: SlackWorld
    incident_id: str = ""

    async def told(self) -> str:
        """What the message says now."""
        await self.slack.teller.tell_once()
        return all_text(self.slack.message(self.incident_id))

    def buttons(self) -> list[str]:
        return [str(one["action_id"]) for one in self.slack.message(self.incident_id).actions()]

    async def press(self, user: str, **more: object) -> None:
        message = self.slack.message(self.incident_id)
        answer = await self.slack.stand_in.people.click(user, message, "revert", **more)  # type: ignore[arg-type]
        assert (answer.status, answer.body) == (200, "")

    def values(self) -> bytes | None:
        return self.inner.git.show(FILE)

    def reverts(self) -> list[str]:
        subjects = [commit.message.splitlines()[0] for commit in self.inner.git.commits]
        return [subject for subject in subjects if subject.startswith("revert(")]


@asynccontextmanager
async def both(folder: Path, *, locale: str = "en", approvers: bytes = APPROVERS) -> AsyncIterator[Both]:
    policy = POLICY.replace(b"approvers: [api:alice, api:bob]", approvers)
    async with world(folder, {"helm-values/policy.yaml": policy}) as inner:
        stand_in = SimulatedSlack(lambda: inner.clock.now().timestamp())
        wishes = Wishes(showing=GitShowing(inner.git))
        parts = (inner.ledger, inner.git, inner.desk, inner.queue, inner.clock, stand_in)
        async with slack_around(*parts, locale=locale, wishes=wishes) as slack:
            yield Both(inner, slack)
        assert await inner.violations() == []


async def lose(b: Both) -> None:
    """A change is committed and does not help; people see that."""
    inner = b.inner
    b.incident_id = await inner.fault(occurrence())
    await inner.drive(b.incident_id)
    await b.slack.teller.tell_once()
    await inner.say(b.incident_id, Action.APPROVE, by=ALICE_IN_SLACK)
    await inner.drive(b.incident_id)
    inner.metrics.answers = dict(LIVE)
    await inner.wait(b.incident_id, timedelta(minutes=2))
    await inner.fault(occurrence("again", after=timedelta(minutes=5)))
    incident = await inner.wait(b.incident_id, WINDOW + timedelta(minutes=1))
    assert incident.status is Status.NOT_RECOVERED
    await b.slack.teller.tell_once()


@pytest.fixture
async def b(tmp_path: Path) -> AsyncIterator[Both]:
    async with both(tmp_path) as opened:
        await lose(opened)
        yield opened


# --- the way back --------------------------------------------------------------------------------------------------


async def test_one_click_takes_a_change_back_and_the_message_tells_each_step(tmp_path: Path) -> None:
    async with both(tmp_path, locale="ko") as b:
        await lose(b)
        assert b.buttons() == ["revert"]
        await b.press(BOB)
        assert await b.inner.ledger.revert_request((await b.inner.proposal(b.incident_id)).digest) is not None
        assert "⏳ 되돌리는 중… (bob)" in await b.told()
        assert b.buttons() == []
        assert b.values() == RAISED, "acknowledged and shown before git is touched"
        await b.inner.drive(b.incident_id)
        commit = (await b.inner.ledger.incident(b.incident_id)).commits[-1][:7]
        assert f"❌ 복구되지 않음 → ✅ 되돌림: {commit} (bob)" in await b.told()
        assert b.values() == VALUES
        assert b.slack.told(BOB) == []
        assert len(b.slack.stand_in.channel) == 1


async def test_two_people_and_a_double_click_take_it_back_once(b: Both) -> None:
    pressed = b.slack.stand_in.people.button(b.slack.message(b.incident_id), "revert")
    await asyncio.gather(*(b.press(user, action=pressed) for user in (ALICE, ALICE, BOB, BOB)))
    wish = await b.inner.ledger.revert_request((await b.inner.proposal(b.incident_id)).digest)
    assert wish is not None
    winner, loser = (ALICE, BOB) if wish.by.id == "slack:U0ALICE" else (BOB, ALICE)
    await until(lambda: len(b.slack.told(loser)) == 2)
    assert all(f"{wish.by.name} has already asked for it at" in said for said in b.slack.told(loser))
    assert b.slack.told(winner) == []
    for _ in range(3):
        await b.inner.drive(b.incident_id)
    assert len(b.reverts()) == 1
    asked = [entry for entry in await b.inner.ledger.timeline(b.incident_id) if entry.what == "revert_asked"]
    assert len(asked) == 1


async def test_a_button_that_somebody_still_sees_afterwards_says_who_was_first(b: Both) -> None:
    pressed = b.slack.stand_in.people.button(b.slack.message(b.incident_id), "revert")
    await b.press(ALICE)
    await b.inner.drive(b.incident_id)
    await b.press(BOB, action=pressed)
    await b.press(ALICE, action=pressed)
    await until(lambda: b.slack.told(BOB))
    assert "alice has already asked for it" in b.slack.told(BOB)[0]
    assert b.slack.told(ALICE) == []
    await b.inner.drive(b.incident_id)
    assert len(b.reverts()) == 1


async def test_the_same_request_delivered_again_is_refused_at_the_door(b: Both) -> None:
    people, message = b.slack.stand_in.people, b.slack.message(b.incident_id)
    payload = people.block_actions(ALICE, message, people.button(message, "revert"))
    first, again = [await b.slack.http.interactive(payload) for _ in range(2)]
    assert first.status == 200
    assert again.status in (200, 409)
    await b.inner.drive(b.incident_id)
    assert len(b.reverts()) == 1


async def test_who_may_not_decide_may_not_take_back(b: Both) -> None:
    for user, why in (
        (b.slack.join("U0MALLORY"), "You may not do this here: slack:U0MALLORY is not listed under"),
        (b.slack.join("U0GUEST", is_guest=True), "Guests may not decide"),
        (b.slack.join("U0OTHER", team_id="T0OTHER"), "another workspace"),
    ):
        await b.press(user)
        await until(lambda user=user: b.slack.told(user))  # type: ignore[misc]
        assert why in b.slack.told(user)[0]
    assert await b.inner.ledger.revert_request((await b.inner.proposal(b.incident_id)).digest) is None
    assert b.values() == RAISED


async def test_a_member_of_an_approving_group_may_take_back(tmp_path: Path) -> None:
    async with both(tmp_path, approvers=b"approvers: [slack:U0ALICE, slack-group:S0ONCALL]") as b:
        carol = b.slack.join("U0CAROL")
        b.slack.stand_in.all.groups["S0ONCALL"] = [carol]
        await lose(b)
        await b.press(carol)
        await b.inner.drive(b.incident_id)
        assert b.values() == VALUES


async def test_a_value_that_somebody_changed_since_stays_and_the_message_says_why(tmp_path: Path) -> None:
    async with both(tmp_path, locale="ko") as b:
        await lose(b)
        mine = VALUES.replace(b"512Mi", b"3Gi")
        b.inner.git.person_pushes({FILE: mine})
        await b.press(ALICE)
        await b.inner.drive(b.incident_id)
        shown = await b.told()
        assert "❌ 되돌리지 못함\n" in shown
        assert "'3Gi'(으)로 바뀌었습니다. 새로운 제안이 필요합니다." in shown
        assert b.buttons() == []
        assert b.values() == mine


async def test_git_being_away_delays_the_way_back_and_the_message_says_so(b: Both) -> None:
    b.inner.git.down = "no route to host"
    await b.press(ALICE)
    await b.inner.drive(b.incident_id)
    assert "⏳ taking the change back… (alice)" in await b.told()
    b.inner.git.down = None
    await b.inner.wait(b.incident_id, timedelta(hours=1))
    assert "✅ reverted: " in await b.told()
    assert b.values() == VALUES


async def test_a_refusal_that_a_crash_kept_from_being_noted_is_told_afterwards(b: Both) -> None:
    await b.press(ALICE)
    op_id = f"revert:{(await b.inner.proposal(b.incident_id)).digest}"
    await b.inner.ledger.intend(Intent(op_id, "revert", b.incident_id, b.inner.clock.now()))
    await b.inner.ledger.settle(op_id, "refused", "somebody has changed it")  # and the process dies
    for _ in range(2):
        await b.inner.drive(b.incident_id)
    assert "❌ not taken back\n" in await b.told()
    assert "Not taken back: somebody has changed it" in await b.told()
    noted = [entry for entry in await b.inner.ledger.timeline(b.incident_id) if entry.what == "not_reverted"]
    assert len(noted) == 1


async def test_a_button_of_nothing_is_told_apart(b: Both) -> None:
    pressed = b.slack.stand_in.people.button(b.slack.message(b.incident_id), "revert")
    for value in ("", "f" * 64, "../../etc/passwd"):
        await b.press(ALICE, action={**pressed, "value": value})
    await until(lambda: len(b.slack.told(ALICE)) == 3)
    assert all("does not understand this button" in said for said in b.slack.told(ALICE))


# --- feedback ------------------------------------------------------------------------------------------------------


async def test_words_of_a_running_workflow_reach_the_commit(tmp_path: Path) -> None:
    async with both(tmp_path) as b:
        people = b.slack.stand_in.people
        b.incident_id = await b.inner.fault(occurrence())
        await b.inner.drive(b.incident_id)
        await people.command(BOB, f"/feedback {b.incident_id[-6:]}")
        assert (await people.submit(BOB, {})).json["response_action"] == "errors"
        assert "feedback without words" in people.open_view(BOB).errors["recognition"]
        await people.submit(BOB, {"recognition": "too small since the new dashboards", "wanted_action": "double it"})
        assert "Thank you" in str(people.open_view(BOB).view)
        await b.inner.say(b.incident_id, Action.APPROVE, by=ALICE_IN_SLACK)
        await b.inner.drive(b.incident_id)
        commit = next(one.message for one in b.inner.git.commits if one.op_id)
        assert "too small since the new dashboards" in commit
        assert "double it" in commit


async def test_after_the_end_feedback_says_what_was_wrong(b: Both) -> None:
    people = b.slack.stand_in.people
    assert f"/feedback {b.incident_id}" in all_text(b.slack.message(b.incident_id))
    await people.command(ALICE, f"/feedback {b.incident_id}")
    await people.submit(ALICE, {"reason": "   ", "expected": "2Gi"})
    assert "without a reason" in people.open_view(ALICE).errors["reason"]
    await people.submit(ALICE, {"reason": "it was a leak, password=hunter2hunter2", "expected": "512Mi"})
    assert "Thank you" in str(people.open_view(ALICE).view)
    said = [one for one in await b.inner.ledger.complaints(b.incident_id) if one.is_from_a_person]
    assert [(one.by.id, one.reason, one.expected_result) for one in said] == [
        ("slack:U0ALICE", "it was a leak, password=[redacted:password]", "512Mi")
    ]
    assert "512Mi -> 1Gi" in said[0].original_action


async def test_feedback_on_an_incident_that_closed_meanwhile_says_so(tmp_path: Path) -> None:
    async with both(tmp_path) as b:
        people = b.slack.stand_in.people
        b.incident_id = await b.inner.fault(occurrence())
        await b.inner.drive(b.incident_id)
        await people.command(BOB, f"/feedback {b.incident_id}")
        await b.inner.say(b.incident_id, Action.REJECT, by=ALICE_IN_SLACK)
        await b.inner.drive(b.incident_id)
        await people.submit(BOB, {"recognition": "late"})
        assert "its workflow does not run any more" in str(people.open_view(BOB).view)


# --- what only git remembers ---------------------------------------------------------------------------------------


async def recorded(folder: Path) -> tuple[str, dict[str, bytes]]:
    """An incident's folder as a langraph that is gone has left it."""
    async with both(folder) as b:
        await lose(b)
        return b.incident_id, {
            path: file.data for path, file in b.inner.git.commits[-1].files.items() if path.startswith("examples/")
        }


@asynccontextmanager
async def with_record(tmp_path: Path, locale: str = "en") -> AsyncIterator[tuple[SlackWorld, str]]:
    """A new langraph whose ledger knows nothing."""
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    incident_id, files = await recorded(tmp_path / "old")
    showing: list[GitShowing] = []

    async def show(typed: str, locale: str) -> Kept | None:
        return await showing[0](typed, locale)

    async with slack_world(tmp_path / "new", locale=locale, wishes=Wishes(showing=show)) as w:
        w.git.person_pushes(files)
        showing.append(GitShowing(w.git))
        yield w, incident_id


async def test_an_incident_that_only_git_remembers_is_shown_in_the_usual_shape(tmp_path: Path) -> None:
    async with with_record(tmp_path, "ko") as (w, incident_id):
        for typed in (incident_id, incident_id[-6:], f"<{incident_id}>"):
            await w.stand_in.people.command(ALICE, f"/incidents {typed}")
            shown = str(w.stand_in.all.ephemerals[-1].blocks)
            assert f"🚨 인시던트 발생: {incident_id}" in shown
            assert "+    memory: 1Gi" in shown
            assert "상태 (git 기록): ✅ 승인됨 (alice) → ✅ 커밋 완료:" in shown
            assert "❌ 복구되지 않음" in shown
            assert "actions" not in [block["type"] for block in w.stand_in.all.ephemerals[-1].blocks]


async def test_feedback_works_for_an_incident_that_only_git_remembers(tmp_path: Path) -> None:
    async with with_record(tmp_path) as (w, incident_id):
        people = w.stand_in.people
        await people.command(ALICE, f"/feedback {incident_id}")
        await people.submit(ALICE, {"reason": "too large", "expected": "768Mi"})
        (said,) = await w.ledger.complaints(incident_id)
        assert (said.reason, said.expected_result) == ("too large", "768Mi")
        assert "512Mi -> 1Gi" in said.original_action


async def test_git_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    async def away(typed: str, locale: str) -> Kept | None:
        raise GitUnavailable("away")

    async def slow(typed: str, locale: str) -> Kept | None:
        await asyncio.Event().wait()
        return None

    for number, showing in enumerate((away, slow)):
        (tmp_path / str(number)).mkdir()
        async with slack_world(tmp_path / str(number), wishes=Wishes(showing=showing)) as w:
            for command in ("/incidents", "/feedback"):
                answer = await w.stand_in.people.command(ALICE, f"{command} incident-20200101000000-abcdef")
                assert answer.status == 200  # within Slack's three seconds; later is 0
                assert "The history in git does not answer right now" in w.told(ALICE)[-1]


async def test_a_folder_that_a_person_named_is_no_incident(tmp_path: Path) -> None:
    class Git:
        async def recorded(self) -> Sequence[RecordedIncident]:
            return [RecordedIncident("our-notes", "c" * 40, {"status": 3})]

    assert await GitShowing(Git())("our-notes", "en") is None  # type: ignore[arg-type]


# --- the digest ----------------------------------------------------------------------------------------------------


async def test_the_daily_digest_is_posted_once_whatever_is_restarted_or_lost(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as w:
        incident, _ = await w.asked()
        at = (w.clock.now() - timedelta(minutes=5)).time()
        w.stand_in.faults.next(1, Fault(cut_after_bytes=0), "chat.postMessage")
        for _ in range(3):
            await DailyDigest(w.ledger, w.clock, at).tell_if_due()
            await Teller(w.ledger, w.slack.channel, monotonic=w.monotonic).tell_once()
            w.monotonic.forward(60)
        digests = [one for one in w.stand_in.channel if "📊" in all_text(one)]
        assert len(digests) == 1
        assert f"Waiting for a decision now: 1 ({incident.id})" in all_text(digests[0])
        assert digests[0].thread_ts is None


# --- Enterprise Grid -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("team", "enterprise", "users_grid", "is_let_in"),
    [
        (None, {"id": "E0OURS"}, "E0OURS", True),
        (None, {"id": "E0THEIRS"}, "E0THEIRS", False),
        (None, {"id": "E0OURS"}, "E0THEIRS", False),
        (None, {"id": "E0OURS"}, "", False),
        (None, None, "E0OURS", False),
        ({"id": "T0OTHER"}, {"id": "E0OURS"}, "E0OURS", False),
    ],
)
async def test_a_click_from_our_grid_as_a_whole_counts(
    tmp_path: Path, team: object, enterprise: object, users_grid: str, is_let_in: bool
) -> None:
    async with slack_world(tmp_path) as w:
        w.stand_in.all.enterprise_id = "E0OURS"
        alice = w.stand_in.all.users[ALICE]
        w.stand_in.all.users[ALICE] = replace(alice, team_id="T0HOME", enterprise_id=users_grid)
        _, proposal, message = await w.posted()
        people = w.stand_in.people
        payload = people.block_actions(ALICE, message, people.button(message, "approve"))
        payload |= {"team": team, "enterprise": enterprise, "is_enterprise_install": True}
        assert (await w.http.interactive(payload)).status == 200
        assert (await w.ledger.decision(proposal.digest) is not None) == is_let_in


async def test_outside_of_a_grid_a_payload_without_a_workspace_is_refused(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as w:
        _, proposal, message = await w.posted()
        people = w.stand_in.people
        payload = people.block_actions(ALICE, message, people.button(message, "approve"))
        for enterprise in (None, {"id": ""}, {"id": "E0ANY"}):
            await w.http.interactive({**payload, "team": None, "enterprise": enterprise})
        assert await w.ledger.decision(proposal.digest) is None
