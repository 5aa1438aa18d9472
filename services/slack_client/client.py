"""Everything of Slack, opened and closed together: the channel, the door for HTTP, the Socket Mode connection."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from langraph.decisions import Desk
from langraph.errors import BadSetting
from langraph.feedback import Feedback
from services.slack_client.answering import Answering
from services.slack_client.channel import SlackChannel
from services.slack_client.commands import Commands, Listing, Reception
from services.slack_client.deciding import Deciding
from services.slack_client.directory import LOOK_SECONDS, Directory
from services.slack_client.feedback import FeedbackWindows
from services.slack_client.finding import Finding, Showing
from services.slack_client.guard import Guard
from services.slack_client.inbound import HttpDoor, build_app
from services.slack_client.questions import Questions
from services.slack_client.socket import SocketMode
from services.slack_client.telling import Telling
from services.slack_client.web import SLACK_URL, Sleep, Web

Loop = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """What the settings say. One of `signing_secret` (HTTP) and `app_token` (Socket Mode) is needed, both may be."""

    bot_token: str
    channel: str
    signing_secret: str | None = None
    app_token: str | None = None
    fallback_channel: str | None = None
    url: str = SLACK_URL
    locale: str = "en"
    page: str = ""
    """Where the API answers, for people."""
    ping_seconds: float = 5.0
    """Between two signs of life of Socket Mode."""
    look_seconds: float = LOOK_SECONDS
    """How long Slack may take to say who somebody is."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people may look at besides the ledger's incidents."""

    listing: Listing | None = None
    showing: Showing | None = None


@dataclass(frozen=True, slots=True)
class Slack:
    """What the daemon uses of it."""

    channel: SlackChannel
    door: HttpDoor | None
    """None: no signing secret, so no HTTP."""
    loops: Sequence[Loop]


@asynccontextmanager
async def open_slack(
    config: SlackConfig,
    desk: Desk,
    reception: Reception,
    feedback: Feedback,
    wishes: Wishes | None = None,
    *,
    now: Callable[[], float] = time.time,
    sleep: Sleep = asyncio.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Slack]:
    """Slack for as long as the block lasts. Nothing is asked of Slack before somebody needs it.

    Args:
        config: tokens and places.
        desk, reception, feedback: where decisions, reports and opinions go.
        wishes: what else there is to look at.
        now: Unix time in seconds, for the age of signatures.
        sleep, monotonic: for the pacing of messages and the age of what is remembered; tests turn them.

    Raises:
        BadSetting: neither transport is set up, or the signing secret is empty.
    """
    if config.signing_secret is None and config.app_token is None:
        raise BadSetting("set SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode), or nobody can answer")
    found = wishes or Wishes()
    guard = None if config.signing_secret is None else Guard(config.signing_secret, now)
    async with Web(config.bot_token, config.url, sleep=sleep, monotonic=monotonic) as web:
        telling = Telling(web, config.locale)
        questions = Questions(desk, Directory(web, look_seconds=config.look_seconds, monotonic=monotonic))
        deciding = Deciding(questions, telling, config.locale)
        answering = Answering(questions, telling, config.locale)
        finding = Finding(desk.ledger, found.showing, config.locale)
        commands = Commands(questions, telling, answering, finding, reception, config.locale, listing=found.listing)
        windows = FeedbackWindows(answering, telling, finding, feedback, config.locale)
        app = build_app(web, deciding, commands, windows)
        channel = SlackChannel(
            web,
            desk.ledger,
            desk.clock,
            channel=config.channel,
            fallback=config.fallback_channel,
            locale=config.locale,
            page=config.page,
        )
        loops = []
        if config.app_token is not None:
            loops.append(SocketMode(app, config.app_token, web, ping_seconds=config.ping_seconds).run)
        yield Slack(channel, None if guard is None else HttpDoor(app, guard), loops)
