"""`langraph check` for Slack: is the token good, which scopes are missing, can we post and read in the channel."""

from collections.abc import Awaitable, Callable

from langraph.errors import ChannelUnavailable
from services.slack_client.client import SlackConfig
from services.slack_client.socket import SOCKET_SCOPE
from services.slack_client.web import Web, translated

NEEDED_SCOPES = {
    "chat:write": "posts and updates the messages",
    "commands": "brings /incidents and /feedback",
    "channels:history": "finds our own messages after a crash, in a public channel",
    "groups:history": "the same in a private channel",
    "files:write": "attaches long diffs",
    "users:read": "tells guests and bots from members",
    "usergroups:read": "lets a user group be an approver",
}
"""Each bot scope and what it is for; docs/slack-manifest.yaml asks for exactly these."""

Found = tuple[str, str | None]


async def check_slack(config: SlackConfig) -> list[Found]:
    """(what was tried, what is wrong with it or None) each; nothing is posted."""
    async with Web(config.bot_token, config.url) as web:
        found = [await _token(web)]
        if found[0][1] is not None:
            return found
        found.append(await _scopes(web))
        for name, channel in (("SLACK_CHANNEL", config.channel), ("SLACK_FALLBACK_CHANNEL", config.fallback_channel)):
            if channel is not None:
                found.append(await _channel(web, name, channel))
        if config.app_token is not None:
            found.append(await _socket(web, config.app_token))
        return found


async def _token(web: Web) -> Found:
    return "Slack token", await _problem(lambda: web.call("auth.test"))


async def _scopes(web: Web) -> Found:
    """By the header that Slack puts on every answer."""
    try:
        async with translated("auth.test"):
            answer = await web.client.auth_test()
    except ChannelUnavailable as error:
        return "Slack scopes", str(error)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    missing = [f"{scope} ({why})" for scope, why in NEEDED_SCOPES.items() if scope not in granted]
    if not missing:
        return "Slack scopes", None
    cure = "add them under OAuth & Permissions, or take docs/slack-manifest.yaml, and reinstall the app"
    return "Slack scopes", f"missing: {', '.join(missing)}; {cure}"


async def _channel(web: Web, name: str, channel: str) -> Found:
    """Reading its history needs what updating our messages needs: to be in it."""
    problem = await _problem(lambda: web.ask("conversations.history", channel=channel, limit=1))
    return f"Slack {name}={channel}", None if problem is None else problem.replace("SLACK_CHANNEL", name)


async def _socket(web: Web, app_token: str) -> Found:
    async def connect() -> None:
        async with translated("apps.connections.open"):
            await web.new_client(app_token).apps_connections_open(app_token=app_token)

    return f"Slack SLACK_APP_TOKEN ({SOCKET_SCOPE})", await _problem(connect)


async def _problem(trial: Callable[[], Awaitable[object]]) -> str | None:
    try:
        await trial()
    except ChannelUnavailable as error:
        return str(error)
    return None
