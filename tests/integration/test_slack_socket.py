"""Slack over Socket Mode: a real websocket, the same handlers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from langraph.models.incident import Action
from services.sandbox.faults import Fault
from services.sandbox.slack import SimulatedSlack
from tests.support.slack_world import ALICE, BOB, SlackWorld, slack_world, until


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with slack_world(tmp_path, socket=True) as opened:
        await until(lambda: opened.stand_in.socket.connections)
        yield opened


async def test_a_click_over_the_websocket_is_a_decision(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    answer = await w.stand_in.people.click(ALICE, message, "approve")
    assert answer.status == 200  # within Slack's three seconds; later is 0
    decision = await w.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.by.id == "slack:U0ALICE"


async def test_windows_answer_over_the_websocket_too(w: SlackWorld) -> None:
    _, proposal, message = await w.posted()
    people = w.stand_in.people
    await people.click(ALICE, message, "modify")
    await until(lambda: w.stand_in.all.views)
    await people.submit(ALICE, {"change:0": "64Gi"})
    assert "the policy's maximum of 4Gi" in people.open_view(ALICE).errors["change:0"]
    await people.submit(ALICE, {"change:0": "768Mi"})
    decision = await w.ledger.decision(proposal.digest)
    assert decision is not None
    assert decision.action is Action.MODIFY


async def test_commands_answer_over_the_websocket_too(w: SlackWorld) -> None:
    await w.stand_in.people.command(ALICE, "/incidents halt maintenance")
    assert "Halted" in w.told(ALICE)[0]
    assert await w.ledger.halted() == "alice: maintenance"


async def test_a_connection_that_slack_closes_is_opened_anew(tmp_path: Path) -> None:
    async with slack_world(tmp_path, socket=True, config={"ping_seconds": 0.2}) as w:
        await until(lambda: w.stand_in.socket.connections)
        _, proposal, message = await w.posted()
        first = w.stand_in.socket.connections[0]
        await w.stand_in.hang_up()
        await until(lambda: w.stand_in.socket.connections and w.stand_in.socket.connections[0] is not first)
        await w.stand_in.people.click(BOB, message, "approve")
        assert await w.ledger.decision(proposal.digest) is not None


async def test_slack_being_away_at_the_start_delays_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.slack_client.socket.RETRY_SECONDS", 0.05)
    stand_in = SimulatedSlack()
    stand_in.faults.next(3, Fault(status=503), "apps.connections.open")
    async with slack_world(tmp_path, socket=True, stand_in=stand_in) as w:
        await until(lambda: w.stand_in.socket.connections)
        assert len(stand_in.faults) == 0
