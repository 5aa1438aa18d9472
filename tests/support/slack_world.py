"""A whole Slack around the decision desk: the stand-in over HTTP, the real ledger, the app's routes, git in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from api.counter import Counter
from api.keys import ApiKeys
from langraph.decisions import Desk
from langraph.feedback import Feedback
from langraph.models.incident import Incident, Proposal, Status
from langraph.ports import Batch, Message
from langraph.reception import Reception
from langraph.recognise import Recogniser
from langraph.rulebook import Rulebook
from langraph.runbooks.catalogue import load as load_runbooks
from langraph.workflow import show
from services.api_server import build_app
from services.event_queue import EventQueue
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.sandbox import slack_workspace as there
from services.sandbox.slack import SimulatedSlack
from services.sandbox.slack_delivery import OverHttp
from services.sandbox.slack_workspace import Posted, User
from services.slack_client import Slack, SlackConfig, Wishes, open_slack
from services.teller import Teller
from tests.support.counter import BEFORE, POLICY, VALUES, FakeMetrics, a_diagnosis, a_proposal, an_occurrence
from tests.support.fake_git import FakeGitStore
from tests.support.servers import serve

ALICE, BOB = "U0ALICE", "U0BOB"
APPROVERS = b"approvers: [slack:U0ALICE, slack:U0BOB, slack-group:S0ONCALL, local:operator]"


class MovableClock:
    """The real time, moved: Slack's signatures are checked against the real one."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved


@dataclass(slots=True)
class SlackWorld:
    """The parts, and what a test does with them."""

    ledger: SqlLedger
    git: FakeGitStore
    desk: Desk
    queue: EventQueue
    clock: Any
    stand_in: SimulatedSlack
    slack: Slack
    teller: Teller
    monotonic: "FastTime"
    url: str
    http: OverHttp

    async def asked(self, *, app: str = "grafana", **more: Any) -> tuple[Incident, Proposal]:
        """An incident that waits for a decision; nobody has been told yet."""
        now = self.clock.now()
        one = an_occurrence(now, app, **more)
        done = await self.ledger.ingest(Batch("loki", [one.key], [one]), now)
        incident_id = (*done.opened, *done.touched)[0]
        proposal = a_proposal(incident_id, now)
        await self.ledger.propose(proposal)
        await self.ledger.update(incident_id, status=Status.AWAITING_APPROVAL, diagnosis=a_diagnosis())
        await show(self.ledger, incident_id)
        return await self.ledger.incident(incident_id), proposal

    async def opened(self, app: str) -> Incident:
        """An incident that was just found."""
        one = an_occurrence(self.clock.now(), app)
        done = await self.ledger.ingest(Batch("loki", [one.key], [one]), self.clock.now())
        return await self.ledger.incident(done.opened[0])

    async def posted(self, **more: Any) -> tuple[Incident, Proposal, Posted]:
        """The same, and its message is in the channel."""
        incident, proposal = await self.asked(**more)
        await self.teller.tell_once()
        return incident, proposal, self.message(incident.id)

    def message(self, incident_id: str) -> Posted:
        """The incident's one message. Fails when there is none, or more than one."""
        found = self.messages(incident_id)
        assert len(found) == 1, f"{len(found)} messages for {incident_id}"
        return found[0]

    def messages(self, incident_id: str) -> list[Posted]:
        op_id = f"incident:{incident_id}"
        return [
            one
            for one in self.stand_in.all.messages
            if (one.metadata or {}).get("event_payload", {}).get("op_id") == op_id
        ]

    def told(self, user: str) -> list[str]:
        return self.stand_in.all.told(user)

    def join(self, user_id: str, **more: Any) -> str:
        """One more person."""
        self.stand_in.all.users[user_id] = User(user_id, user_id.lower(), **more)
        return user_id


class NothingLearned:
    """The feedback loop's place in a counter that nobody asks to learn."""

    async def process(self) -> Any:
        raise AssertionError("no test in Slack learns")


class FastTime:
    """Seconds that pass as soon as somebody waits for them."""

    def __init__(self) -> None:
        self.at = time.monotonic()
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def forward(self, seconds: float) -> None:
        self.at += seconds


@asynccontextmanager
async def slack_world(
    folder: Path,
    *,
    locale: str = "en",
    socket: bool = False,
    wishes: Wishes | None = None,
    policy: bytes = POLICY,
    stand_in: SimulatedSlack | None = None,
    config: Mapping[str, Any] | None = None,
) -> AsyncIterator[SlackWorld]:
    """Everything open; `socket` takes what people press over Socket Mode instead of HTTP."""
    ledger = SqlLedger(sqlite_url(folder / "ledger.sqlite"), cooldown=timedelta(minutes=15))
    await ledger.open()
    try:
        git, queue, clock = FakeGitStore(), EventQueue(), MovableClock()
        approvers = policy.replace(b"approvers: [local:operator, api:alice, api:bob]", APPROVERS)
        git.person_pushes({"helm-values/policy.yaml": approvers, VALUES: BEFORE})
        rulebook = Rulebook(git, policy_file="helm-values/policy.yaml", apps_file="helm-values/apps.yaml")
        desk = Desk(ledger, rulebook, queue, clock)
        parts = (ledger, git, desk, queue, clock, stand_in or SimulatedSlack())
        async with slack_around(*parts, locale=locale, socket=socket, wishes=wishes, config=config) as found:
            yield found
    finally:
        await ledger.close_database()


@asynccontextmanager
async def slack_around(
    ledger: SqlLedger,
    git: FakeGitStore,
    desk: Desk,
    queue: EventQueue,
    clock: Any,
    stand_in: SimulatedSlack,
    *,
    locale: str = "en",
    socket: bool = False,
    wishes: Wishes | None = None,
    config: Mapping[str, Any] | None = None,
) -> AsyncIterator[SlackWorld]:
    """Slack, and the app that it talks to, around parts that are there."""
    async with AsyncExitStack() as stack:
        stand_in.url = await stack.enter_async_context(serve(stand_in))
        settings = {
            "bot_token": there.BOT_TOKEN,
            "channel": there.CHANNEL,
            "fallback_channel": there.FALLBACK,
            "url": f"{stand_in.url}/api/",
            "signing_secret": None if socket else there.SIGNING_SECRET,
            "app_token": there.APP_TOKEN if socket else None,
            "locale": locale,
            "look_seconds": 30.0,  # on a busy machine the stand-in does not answer twenty people in 0.8 s
            **(config or {}),
        }
        fast, now = FastTime(), lambda: clock.now().timestamp()
        reception = Reception(ledger, recogniser(), queue, clock)
        feedback, wanted = Feedback(ledger, git, clock, lambda: None), SlackConfig(**settings)
        opening = open_slack(wanted, desk, reception, feedback, wishes, now=now, sleep=fast.sleep, monotonic=fast)
        slack = await stack.enter_async_context(opening)
        counter = Counter(
            ledger=ledger,
            git=git,
            desk=desk,
            feedback=feedback,
            learning=NothingLearned(),
            reception=reception,
            clock=clock,
            metrics=FakeMetrics(),
            keys=ApiKeys(),
            locale=locale,
            readiness=_ready,
            slack=slack.door,
        )

        @asynccontextmanager
        async def open_counter() -> AsyncIterator[Counter]:
            yield counter

        app = build_app(open_counter, keys=ApiKeys(), signed_by_slack=slack.door is not None)
        url = await stack.enter_async_context(serve(app))
        http = OverHttp(url, now) if socket else stand_in.deliver_to(url, now)
        teller = Teller(ledger, slack.channel, monotonic=fast)
        async with _running(slack):
            yield SlackWorld(ledger, git, desk, queue, clock, stand_in, slack, teller, fast, url, http)


@asynccontextmanager
async def _running(slack: Slack) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop()) for loop in slack.loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(what: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for what comes by itself over the network. Fails when it does not."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110  # what others do cannot set an event
            await asyncio.sleep(0.01)


@cache
def recogniser() -> Recogniser:
    """Compiled once; it does not change."""
    return Recogniser(load_runbooks())


async def _ready() -> Mapping[str, str | None]:
    return {}


def all_text(posted: Posted) -> str:
    """Everything a person reads in a message."""
    found: list[str] = []

    def walk(one: Any) -> None:
        if isinstance(one, dict):
            for key, value in one.items():
                if key == "text" and isinstance(value, str):
                    found.append(value)
                else:
                    walk(value)
        elif isinstance(one, list):
            for item in one:
                walk(item)

    walk(posted.blocks)
    return "\n".join(found)


def reminder(incident: Incident, note: Any) -> Message:
    """A notice about an incident."""
    return Message(f"reminder:{incident.id}", incident.id, "notice", note=note)
