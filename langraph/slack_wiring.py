"""Slack's part of the wiring; nothing of Slack's libraries is imported unless it is set up."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from api import history
from api.recorded import recorded_item
from api.views import incident_item
from langraph.config.settings import Settings
from langraph.decisions import Desk
from langraph.errors import BadSetting
from langraph.models.incident import Incident
from langraph.ports import GitStore, IncidentFilter, Ledger
from langraph.reception import Reception

if TYPE_CHECKING:
    from services.slack_client import Line, Slack, SlackConfig

NOT_INSTALLED = (
    "SLACK_BOT_TOKEN is set and Slack's libraries are not installed; install slack-bolt, slack-sdk and aiohttp"
)


async def enter_slack(
    stack: AsyncExitStack, settings: Settings, desk: Desk, reception: Reception, git: GitStore
) -> "Slack | None":
    """Slack, open until the stack is left; None where it is not set up.

    Raises:
        BadSetting: its libraries are missing.
    """
    if settings.slack_bot_token is None:
        return None
    config = slack_config(settings)
    from services.slack_client import Wishes, open_slack  # costs memory and start-up time

    wishes = Wishes(listing=_Listing(desk.ledger, git))
    return await stack.enter_async_context(open_slack(config, desk, reception, wishes))


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
        lines = [Line(item.id, str(item.severity), str(item.category), item.app, str(item.status)) for item in items]
        return lines, str(page.next) if page.next else None
