"""Socket Mode: Slack's requests over a connection that we open, for daemons that nobody can reach."""

import asyncio
import logging
from urllib.parse import urlsplit

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from langraph.config.settings import is_loopback
from langraph.errors import ChannelUnavailable
from services.slack_client.web import Web, translated

log = structlog.get_logger()

PING_SECONDS = 5  # a connection that died silently is noticed after four of these
SOCKET_SCOPE = "connections:write"
RETRY_SECONDS = 5.0
RETRY_MOST_SECONDS = 60.0


class SocketMode:
    """Keeps a connection open for as long as it runs.

    Args:
        app: what answers.
        app_token: the app-level token with the scope `connections:write`.
        web: the open Web API.
        ping_seconds: tests are less patient.
    """

    def __init__(self, app: AsyncApp, app_token: str, web: Web, *, ping_seconds: float = PING_SECONDS) -> None:
        self._app = app
        self._app_token = app_token
        self._web = web
        self._ping_seconds = ping_seconds

    async def run(self) -> None:
        """Until cancelled. Slack being away delays; the SDK connects anew when Slack hangs up."""
        await self._wait_for_slack()
        client = self._web.new_client(self._app_token)
        handler = AsyncSocketModeHandler(
            self._app,
            self._app_token,
            logger=logging.getLogger("langraph.slack"),
            web_client=client,
            ping_interval=self._ping_seconds,
        )
        if is_loopback(urlsplit(client.base_url).hostname or ""):
            handler.client.proxy = None
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK's is not annotated
            log.info("connected to Slack by Socket Mode")
            await asyncio.Event().wait()
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]  # the same

    async def _wait_for_slack(self) -> None:
        """A token that is refused is told once a minute, with what to do; the SDK would say it every few seconds."""
        pause = RETRY_SECONDS
        while True:
            try:
                await self.open_once()
                return
            except ChannelUnavailable as error:
                log.error("Slack's Socket Mode cannot be used yet", error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_MOST_SECONDS)

    async def open_once(self) -> None:
        """Whether Slack gives this token a connection. Raises: ChannelUnavailable."""
        async with translated("apps.connections.open"):
            await self._web.new_client(self._app_token).apps_connections_open(app_token=self._app_token)
