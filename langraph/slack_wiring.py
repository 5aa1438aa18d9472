"""Slack's part of the wiring; nothing of Slack's libraries is imported unless it is set up."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

from api import history
from api.counter import INCIDENT_ID, Learning
from api.recorded import recorded_incident, recorded_item
from api.schemas import IncidentAnswer
from api.views import incident_item
from langraph.config.settings import Settings
from langraph.decisions import Desk
from langraph.errors import BadSetting
from langraph.feedback import Feedback
from langraph.models.incident import Action, Incident
from langraph.ports import GitStore, IncidentFilter, Ledger, RecordedIncident
from langraph.reception import Reception
from services.daily_digest import DailyDigest

if TYPE_CHECKING:
    from services.slack_client import Kept, Line, Slack, SlackConfig

NOT_INSTALLED = (
    "SLACK_BOT_TOKEN is set and Slack's libraries are not installed; install slack-bolt, slack-sdk and aiohttp"
)


async def enter_slack(
    stack: AsyncExitStack,
    settings: Settings,
    desk: Desk,
    reception: Reception,
    feedback: Feedback,
    learning: Learning,
    git: GitStore,
) -> "Slack | None":
    """Slack, open until the stack is left; None where it is not set up.

    Raises:
        BadSetting: its libraries are missing.
    """
    if settings.slack_bot_token is None:
        return None
    config = slack_config(settings)
    from services.slack_client import Wishes, open_slack  # costs memory and start-up time

    wishes = Wishes(listing=_Listing(desk.ledger, git), showing=GitShowing(git))
    slack = await stack.enter_async_context(open_slack(config, desk, reception, feedback, wishes))
    if settings.slack_digest_at is None:
        return slack
    at = time.fromisoformat(settings.slack_digest_at)
    digest = DailyDigest(desk.ledger, desk.clock, at, lambda: _learned(learning))
    return replace(slack, loops=[*slack.loops, digest.run])


def _learned(learning: Learning) -> Sequence[str]:
    """What the last run of the feedback loop changed about the next proposals."""
    last = learning.progress.last
    return [f"{one.category}/{one.app}" for one in (last.changes if last else ()) if one.is_important]


def slack_config(settings: Settings) -> "SlackConfig":
    """What the settings say of Slack; call it where there is a bot token.

    Raises:
        BadSetting: its libraries are missing.
    """
    try:
        from services.slack_client import SlackConfig
        from services.slack_client.web import SLACK_URL
    except ModuleNotFoundError as error:
        raise BadSetting(f"{NOT_INSTALLED} ({error.name} is missing)") from error
    assert settings.slack_bot_token is not None
    assert settings.slack_channel is not None
    secret, app_token = settings.slack_signing_secret, settings.slack_app_token
    return SlackConfig(
        bot_token=settings.slack_bot_token.get_secret_value(),
        channel=settings.slack_channel,
        signing_secret=secret.get_secret_value() if secret else None,
        app_token=app_token.get_secret_value() if app_token else None,
        fallback_channel=settings.slack_fallback_channel,
        url=settings.slack_api_url or SLACK_URL,
        locale=settings.langraph_locale,
        page=settings.client_url,
    )


async def check_slack(settings: Settings) -> Sequence[tuple[str, str | None]]:
    """What `langraph check` says of Slack; nothing where it is not set up."""
    if settings.slack_bot_token is None:
        return []
    try:
        config = slack_config(settings)
    except BadSetting as error:
        return [("Slack", str(error))]
    from services.slack_client import check_slack as try_slack

    return await try_slack(config)


class _Listing:
    """The list that REST gives, as lines."""

    def __init__(self, ledger: Ledger, git: GitStore) -> None:
        self._ledger = ledger
        self._git = git

    async def __call__(self, limit: int, after: str | None) -> "tuple[Sequence[Line], str | None]":
        from services.slack_client import Line

        position = history.Position.parse(after)
        page = await history.page(self._ledger, self._git, IncidentFilter(), limit, position)
        items = [
            incident_item(known, "en") if isinstance(known, Incident) else recorded_item(known, "en")
            for known in page.items
        ]
        lines = [Line(item.id, item.severity, item.category, item.app, item.status) for item in items]
        return lines, str(page.next) if page.next else None


class GitShowing:
    """What REST tells of an incident that only git remembers, as the message's paragraphs."""

    def __init__(self, git: GitStore) -> None:
        self._git = git

    async def __call__(self, typed: str, locale: str) -> "Kept | None":
        from services.slack_client import fits

        found = [record for record in await self._git.recorded() if _is_incident(record) and fits(typed, record.id)]
        if len(found) != 1:
            return None
        return _kept(await recorded_incident(self._git, found[0], locale))


def _is_incident(record: RecordedIncident) -> bool:
    """A folder that a person named as they like is no incident."""
    return INCIDENT_ID.fullmatch(record.id) is not None


def _kept(told: IncidentAnswer) -> "Kept":
    from services.slack_client import Kept

    return Kept(
        id=told.id,
        status=told.status,
        severity=told.severity,
        category=told.category,
        app=told.app,
        count=told.count,
        first_line=told.first_line or "",
        root_cause=told.root_cause or "",
        action=told.proposal.action if told.proposal else "",
        advice=told.advice,
        diff=told.proposal.diff if told.proposal else "",
        decided_by=told.decision.name if told.decision and told.decision.action == Action.APPROVE else "",
        commits=told.commits,
        reason=(told.outcome.reason or "") if told.outcome else "",
    )
