"""Which value is meant, chosen in Slack: the message, the window, what it refuses; over HTTP with the real workflow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from langraph.models.incident import Action, Status
from services.sandbox.slack import SimulatedSlack
from services.sandbox.slack_browser import YOU
from services.sandbox.slack_workspace import Posted
from tests.integration.test_choosing import FILE, TWO_COMPONENTS
from tests.support.nouns import occurrence
from tests.support.slack_world import ALICE, APPROVERS, BOB, SlackWorld, all_text, slack_around, until
from tests.support.world import POLICY, World, world

INGESTER, QUERIER = "0", "1"


@dataclass
class Asked:
    """A question that people see in Slack, and the workflow that waits for the answer."""

    inner: World
    slack: SlackWorld
    incident_id: str

    @property
    def message(self) -> Posted:
        return self.slack.message(self.incident_id)

    async def press(self, user: str, button: str) -> None:
        answer = await self.slack.stand_in.people.click(user, self.message, button)
        assert (answer.status, answer.body) == (200, "")

    async def opens(self, user: str) -> dict[str, Any]:
        """The window that the press opens, a moment after Slack was answered."""
        await self.press(user, "modify")
        await until(lambda: any(view.user == user for view in self.slack.stand_in.all.views.values()))
        return self.slack.stand_in.people.open_view(user).view

    async def tells(self, user: str, words: str) -> None:
        await until(lambda: any(words in said for said in self.slack.told(user)))

    async def sends(self, user: str, **values: str) -> dict[str, Any]:
        """The window, sent; returns what Slack is told."""
        return (await self.slack.stand_in.people.submit(user, values)).json

    async def standing(self) -> Action | None:
        books = await self.inner.ledger.proposals(self.incident_id)
        decision = await self.inner.ledger.decision(books[0].digest)
        return decision.action if decision else None


@asynccontextmanager
async def asked(folder: Path, *, locale: str = "en", values: bytes = TWO_COMPONENTS) -> AsyncIterator[Asked]:
    """A memory fault of an app with two components, and nothing that says which of them it was."""
    policy = POLICY.replace(b"approvers: [api:alice, api:bob]", APPROVERS)
    async with world(folder, {"helm-values/policy.yaml": policy, FILE: values}) as inner:
        stand_in = SimulatedSlack(lambda: inner.clock.now().timestamp())
        parts = (inner.ledger, inner.git, inner.desk, inner.queue, inner.clock, stand_in)
        async with slack_around(*parts, locale=locale) as slack:
            incident_id = await inner.fault(replace(occurrence(app="mimir"), facts={}, labels={"app": "mimir"}))
            assert (await inner.drive(incident_id)).status is Status.AWAITING_APPROVAL
            await slack.teller.tell_once()
            yield Asked(inner, slack, incident_id)
        assert await inner.violations() == []


@pytest.fixture
async def question(tmp_path: Path) -> AsyncIterator[Asked]:
    async with asked(tmp_path) as opened:
        yield opened


async def test_the_message_asks_which_value_is_meant_and_offers_nothing_to_approve(question: Asked) -> None:
    text = all_text(question.message)
    assert "💡 Which value is meant?" in text
    assert f"1. ingester.resources.limits.memory ({FILE}): 1Gi -&gt; 2Gi" in text
    assert f"2. querier.resources.limits.memory ({FILE}): 2Gi -&gt; 4Gi" in text
    assert "📝" not in text
    assert [one["action_id"] for one in question.message.actions()] == ["modify", "reject"]
    assert [one["text"]["text"] for one in question.message.actions()] == ["✏️ Choose", "❌ Reject"]


async def test_a_choice_without_a_value_commits_the_suggested_one(question: Asked) -> None:
    await question.opens(ALICE)
    assert await question.sends(ALICE, choice=QUERIER) == {}
    incident = await question.inner.drive(question.incident_id)
    assert incident.status is Status.VERIFYING
    assert question.inner.git.show(FILE) == TWO_COMPONENTS.replace(b"2Gi", b"4Gi")
    await question.slack.teller.tell_once()
    assert "committed" in all_text(question.message)
    assert question.slack.told(ALICE) == []


async def test_a_smaller_value_than_suggested_is_committed_as_typed(question: Asked) -> None:
    await question.opens(BOB)
    assert await question.sends(BOB, choice=INGESTER, value=" 1536Mi ", note="the ingester's pod was killed") == {}
    await question.inner.drive(question.incident_id)
    assert question.inner.git.show(FILE) == TWO_COMPONENTS.replace(b"1Gi", b"1536Mi")
    decision = await question.inner.ledger.decision(
        (await question.inner.ledger.proposals(question.incident_id))[0].digest
    )
    assert decision is not None
    assert (decision.by.id, decision.comment) == ("slack:U0BOB", "the ingester's pod was killed")


async def test_a_value_further_than_suggested_is_asked_about_with_the_usual_buttons(question: Asked) -> None:
    await question.opens(ALICE)
    assert await question.sends(ALICE, choice=INGESTER, value="4Gi") == {}
    assert (await question.inner.drive(question.incident_id)).status is Status.AWAITING_APPROVAL
    await question.slack.teller.tell_once()
    assert [one["action_id"] for one in question.message.actions()] == ["approve", "reject", "modify", "menu"]
    assert "4Gi" in all_text(question.message)
    await question.tells(ALICE, "one more approval")
    assert question.inner.git.show(FILE) == TWO_COMPONENTS


async def test_the_window_shows_each_value_what_it_would_become_and_what_it_may_be(question: Asked) -> None:
    window = await question.opens(ALICE)
    choice, value, bounds = window["blocks"][:3]
    shown = [(one["text"]["text"], one["description"]["text"]) for one in choice["element"]["options"]]
    assert shown == [
        ("1. ingester.resources.limits.memory", "1Gi → 2Gi (suggested)"),
        ("2. querier.resources.limits.memory", "2Gi → 4Gi (suggested)"),
    ]
    assert "initial_option" not in choice["element"], "langraph does not guess"
    assert value["optional"]
    assert value["hint"]["text"] == "Empty: the suggested value."
    assert "1. ingester.resources.limits.memory: now 1Gi · within" in bounds["text"]["text"]
    assert "8Gi" in bounds["text"]["text"]


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({}, "choice", "Choose one of these values."),
        ({"value": "2Gi"}, "choice", "Choose one of these values."),
        ({"choice": "7"}, "choice", "Choose one of these values."),
        ({"choice": QUERIER, "value": "lots"}, "value", "no amount of memory"),
        ({"choice": QUERIER, "value": "64Gi"}, "value", "outside the policy"),
        ({"choice": QUERIER, "value": "2Gi"}, "value", "already is 2Gi"),
        ({"choice": QUERIER, "value": "1Gi"}, "value", "may only be raised"),
    ],
)
async def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_is_decided(
    question: Asked, values: dict[str, str], field: str, sentence: str
) -> None:
    await question.opens(ALICE)
    answer = await question.sends(ALICE, **values)
    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == [field]
    assert sentence in answer["errors"][field]
    assert await question.standing() is None
    assert await question.sends(ALICE, choice=QUERIER, value="4Gi") == {}, "the window is still there to be corrected"
    assert await question.standing() is Action.MODIFY


async def test_a_bound_of_one_value_does_not_hold_for_another(question: Asked) -> None:
    """8Gi is four times the querier's 2Gi, and eight times the ingester's 1Gi."""
    await question.opens(ALICE)
    answer = await question.sends(ALICE, choice=INGESTER, value="8Gi")
    assert "ingester.resources.limits.memory" in answer["errors"]["value"]
    assert await question.sends(ALICE, choice=QUERIER, value="8Gi") == {}


async def test_only_those_who_may_decide_get_the_window(question: Asked) -> None:
    mallory = question.slack.join("U0MALLORY")
    await question.press(mallory, "modify")
    await question.tells(mallory, "You may not do this here")
    with pytest.raises(LookupError):
        question.slack.stand_in.people.open_view(mallory)


async def test_the_second_choice_is_told_who_was_first(question: Asked) -> None:
    await question.opens(ALICE)
    await question.opens(BOB)
    assert await question.sends(ALICE, choice=QUERIER) == {}
    late = await question.sends(BOB, choice=INGESTER)
    assert late["response_action"] == "update"
    assert "alice has already decided this (modified)" in str(late["view"])
    await question.inner.drive(question.incident_id)
    assert question.inner.git.show(FILE) == TWO_COMPONENTS.replace(b"2Gi", b"4Gi")


async def test_an_approval_that_somebody_forges_chooses_nothing(question: Asked) -> None:
    button = {**question.message.actions()[0], "action_id": "approve"}
    await question.slack.stand_in.people.click(ALICE, question.message, "approve", action=button)
    assert await question.standing() is None
    await question.tells(ALICE, "choose one with Modify")


async def test_a_question_can_be_rejected(question: Asked) -> None:
    await question.press(ALICE, "reject")
    await until(lambda: question.slack.stand_in.all.views)
    assert await question.sends(ALICE, reason="it was a test") == {}
    assert (await question.inner.drive(question.incident_id)).status is Status.REJECTED


async def test_auto_revert_can_be_wished_for_with_the_choice(question: Asked) -> None:
    await question.opens(ALICE)
    await question.slack.stand_in.people.submit(ALICE, {"choice": QUERIER, "options": ["yes"]})
    decision = await question.inner.ledger.decision(
        str((await question.inner.ledger.incident(question.incident_id)).proposal_digest)
    )
    assert decision is not None
    assert (decision.action, decision.auto_revert) == (Action.APPROVE, True)


async def test_the_simulated_slacks_page_can_choose_too(question: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    slack = question.slack.stand_in
    slack.all.groups["S0ONCALL"] = [YOU.id]
    async with httpx.AsyncClient(base_url=slack.url, trust_env=False, timeout=60, follow_redirects=True) as you:
        with monkeypatch.context() as busy:
            busy.setattr("services.sandbox.slack_browser.ANSWER_LOOKS", 600)  # a busy machine opens it later
            opened = await you.post("/act", data={"ts": question.message.ts, "action_id": "modify"})
        assert opened.text.count('type="radio" name="choice"') == 2
        assert "1Gi → 2Gi (suggested)" in opened.text
        refused = await you.post("/submit", data={"value": "4Gi"})
        assert "Choose one of these values." in refused.text
        await you.post("/submit", data={"choice": QUERIER, "value": "3Gi"})
    assert await question.standing() is Action.MODIFY
    await question.inner.drive(question.incident_id)
    assert question.inner.git.show(FILE) == TWO_COMPONENTS.replace(b"2Gi", b"3Gi")


async def test_those_who_read_korean_are_asked_in_korean(tmp_path: Path) -> None:
    async with asked(tmp_path, locale="ko") as question:
        assert "💡 어떤 값을 변경할까요?" in all_text(question.message)
        assert [one["text"]["text"] for one in question.message.actions()] == ["✏️ 선택", "❌ 거부"]
        window = await question.opens(ALICE)
        assert (window["title"]["text"], window["submit"]["text"]) == ("변경할 값 선택", "이 값으로 적용")
        assert window["blocks"][0]["element"]["options"][0]["description"]["text"] == "1Gi → 2Gi (제안)"
        assert (await question.sends(ALICE))["errors"] == {"choice": "이 중에서 값을 하나 선택해 주세요."}
        assert "허용 범위" in (await question.sends(ALICE, choice=QUERIER, value="64Gi"))["errors"]["value"]
        assert await question.sends(ALICE, choice=QUERIER) == {}
