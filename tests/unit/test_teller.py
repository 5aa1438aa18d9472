"""From the outbox to the channel: the most urgent first, one that is not taken waits alone."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from langraph.errors import ChannelUnavailable
from langraph.models.incident import Incident, Proposal, Status
from langraph.models.text import Text
from langraph.ports import Batch, Message
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.teller import LATER_MOST, Teller
from tests.support.nouns import NOON, occurrence, timedelta

RUNS_LONG = timedelta(minutes=15)


class FakeChannel:
    """Shows, or raises what it was told to."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, int, Status]] = []
        self.refuse: Callable[[Message], ChannelUnavailable | None] = lambda _: None

    async def show(self, message: Message, incident: Incident, proposal: Proposal | None) -> str:
        error = self.refuse(message)
        if error is not None:
            raise error
        self.shown.append((message.op_id, message.revision, incident.status))
        return "C1:1.1"


class Seconds:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Stage:
    """The parts, with as many incidents as a test wants."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.ledger, self.channel, self.seconds = ledger, FakeChannel(), Seconds()
        self.teller = Teller(ledger, self.channel, monotonic=self.seconds)

    async def incident(self, app: str, status: Status = Status.DIAGNOSING) -> str:
        one = occurrence(app, app=app)
        done = await self.ledger.ingest(Batch("loki", [one.key], [one]), NOON)
        await self.ledger.update(done.opened[0], status=status)
        return done.opened[0]

    async def tell(self, op_id: str, incident_id: str, *, urgent: bool = True) -> None:
        await self.ledger.tell(Message(op_id, incident_id, "incident", urgent=urgent, note=Text("a", "b")))

    @property
    def order(self) -> list[str]:
        return [op_id for op_id, _, _ in self.channel.shown]


@pytest.fixture
async def stage(tmp_path: Path):  # type: ignore[no-untyped-def]  # an async generator of Stage
    ledger = SqlLedger(sqlite_url(tmp_path / "ledger.sqlite"), cooldown=RUNS_LONG)
    await ledger.open()
    yield Stage(ledger)
    await ledger.close_database()


async def test_what_waits_for_a_decision_comes_before_everything_else(stage: Stage) -> None:
    for name in ("a", "b"):
        await stage.tell(name, await stage.incident(name))
    await stage.tell("z", await stage.incident("z", Status.AWAITING_APPROVAL))
    await stage.tell("noise", await stage.incident("noise"), urgent=False)
    assert await stage.teller.tell_once() == 4
    assert stage.order == ["z", "a", "b", "noise"]


async def test_one_message_that_is_not_taken_does_not_hold_the_others_up(stage: Stage) -> None:
    for name in ("a", "b"):
        await stage.tell(name, await stage.incident(name))
    stage.channel.refuse = lambda message: ChannelUnavailable("no") if message.op_id == "a" else None
    await stage.teller.tell_once()
    assert stage.order == ["b"]
    stage.channel.refuse = lambda _: None
    await stage.teller.tell_once()
    assert stage.order == ["b"], "it waits a little before it is tried again"
    stage.seconds.at += 5
    await stage.teller.tell_once()
    assert stage.order == ["b", "a"]


async def test_a_message_is_not_tried_again_before_the_channel_said(stage: Stage) -> None:
    await stage.tell("a", await stage.incident("a"))
    stage.channel.refuse = lambda _: ChannelUnavailable("slow down", retry_after=30)
    await stage.teller.tell_once()
    stage.channel.refuse = lambda _: None
    stage.seconds.at += 29
    await stage.teller.tell_once()
    assert stage.order == []
    stage.seconds.at += 1
    await stage.teller.tell_once()
    assert stage.order == ["a"]


async def test_pauses_grow_up_to_a_minute_and_start_anew_after_a_success(stage: Stage) -> None:
    incident_id = await stage.incident("a")
    await stage.tell("a", incident_id)
    tries: list[float] = []

    def refuse(_: Message) -> ChannelUnavailable:
        tries.append(stage.seconds.at)
        return ChannelUnavailable("down")

    stage.channel.refuse = refuse
    for _ in range(400):
        await stage.teller.tell_once()
        stage.seconds.at += 1
    pauses = [after - before for before, after in itertools.pairwise(tries)]
    assert pauses[:5] == [5, 10, 20, 40, 60]
    assert set(pauses[5:]) == {LATER_MOST.total_seconds()}
    stage.channel.refuse = lambda _: None
    stage.seconds.at += 60
    await stage.teller.tell_once()
    assert stage.order == ["a"]


async def test_many_changes_before_it_is_shown_are_one_message_as_things_are_now(stage: Stage) -> None:
    incident_id = await stage.incident("a")
    for _ in range(5):
        await stage.tell("a", incident_id)
    await stage.ledger.update(incident_id, status=Status.APPLYING)
    await stage.teller.tell_once()
    assert stage.channel.shown == [("a", 5, Status.APPLYING)]
    assert await stage.teller.tell_once() == 0


async def test_an_update_in_no_hurry_waits_half_a_minute_unless_something_urgent_comes(stage: Stage) -> None:
    incident_id = await stage.incident("a")
    await stage.tell("a", incident_id)
    await stage.teller.tell_once()
    for _ in range(3):
        await stage.tell("a", incident_id, urgent=False)
        await stage.teller.tell_once()
    assert stage.order == ["a"]
    stage.seconds.at += 30
    await stage.teller.tell_once()
    assert stage.order == ["a", "a"]
    await stage.tell("a", incident_id)
    await stage.teller.tell_once()
    assert stage.order == ["a"] * 3
