"""The simulated Slack's page: what a person sees and presses there arrives like a click in Slack."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from langraph.models.incident import Action
from services.sandbox.slack_browser import YOU
from services.sandbox.slack_page import page
from services.sandbox.slack_workspace import CHANNEL, Posted
from tests.support.slack_world import SlackWorld, slack_world, until


class Viewer:
    """A browser without a script."""

    def __init__(self, world: SlackWorld, client: httpx.AsyncClient) -> None:
        self.world, self.client = world, client

    async def sees(self) -> str:
        return (await self.client.get("/")).text

    async def sends(self, path: str, **fields: str) -> str:
        answer = await self.client.post(path, data=fields, follow_redirects=True)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
async def viewer(tmp_path: Path) -> AsyncIterator[Viewer]:
    async with slack_world(tmp_path, socket=True) as world:
        world.stand_in.all.groups["S0ONCALL"] = [YOU.id]
        await until(lambda: world.stand_in.socket.connections)
        async with httpx.AsyncClient(base_url=world.stand_in.url, trust_env=False, timeout=60) as client:
            yield Viewer(world, client)


async def test_an_incident_can_be_approved_on_the_page(viewer: Viewer) -> None:
    _, proposal, message = await viewer.world.posted()
    seen = await viewer.sees()
    assert "memory: 1Gi" in seen
    assert 'value="approve"' in seen
    await viewer.sends("/act", ts=message.ts, action_id="approve")
    decision = await viewer.world.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.by.id == "slack:U0YOU"
    await viewer.world.teller.tell_once()
    assert 'value="approve"' not in await viewer.sees()


async def test_a_window_opens_refuses_and_closes_on_the_page(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    _, proposal, message = await viewer.world.posted()
    with monkeypatch.context() as busy:
        busy.setattr("services.sandbox.slack_browser.ANSWER_LOOKS", 600)  # a busy machine opens it later
        opened = await viewer.sends("/act", ts=message.ts, action_id="modify")
    assert 'name="change:0" value="1Gi"' in opened
    assert "outside the policy&#x27;s maximum of 4Gi" in await viewer.sends("/submit", **{"change:0": "64Gi"})
    await viewer.sends("/submit", **{"change:0": "768Mi", "note": "", "options": "yes"})
    decision = await viewer.world.ledger.decision(proposal.digest)
    assert decision is not None
    assert (decision.action, decision.auto_revert) == (Action.MODIFY, True)
    assert "window" not in (await viewer.sees()).partition("</style>")[2]


async def test_commands_are_answered_on_the_page(viewer: Viewer) -> None:
    assert "No incidents." in await viewer.sends("/command", text="/incidents list")


async def test_another_sites_page_cannot_press_anything(viewer: Viewer) -> None:
    _, proposal, message = await viewer.world.posted()
    form = {"ts": message.ts, "action_id": "approve"}
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
        assert (await viewer.client.post("/act", data=form, headers=headers)).status_code == 403
    assert await viewer.world.ledger.decision(proposal.digest) is None


async def test_a_button_that_has_gone_is_no_error(viewer: Viewer) -> None:
    for form in ({}, {"action_id": "approve", "ts": "1.1"}, {"action_id": "x", "only": "7"}, {"only": "x"}):
        await viewer.sends("/act", **form)
    await viewer.sends("/submit", a="b")


async def test_what_a_message_says_cannot_become_part_of_the_page(viewer: Viewer) -> None:
    hostile = "<script>alert(1)</script>&lt;img src=x&gt;\"'"
    text = {"type": "plain_text", "text": hostile}
    blocks = [
        {"type": "header", "text": text},
        {"type": "section", "text": text},
        {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [{"text": hostile}]}]},
        {"type": "actions", "elements": [{"type": "button", "text": text, "action_id": hostile}]},
    ]
    everything = viewer.world.stand_in.all
    everything.messages.append(Posted(CHANNEL, "1.1", hostile, blocks))
    everything.messages.append(Posted(CHANNEL, "1.2", hostile, []))
    seen = page(everything, YOU).partition("</style>")[2]
    assert "<script" not in seen
    assert "<img" not in seen
