"""Slack's Web API as we use it: one session, our own pacing, every error translated into one sentence with its cure."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from langraph.config.settings import is_loopback
from langraph.errors import ChannelUnavailable

SLACK_URL = "https://slack.com/api/"
TIMEOUT_SECONDS = 10  # an answer of Slack takes a fraction of one; what hangs longer is lost
BETWEEN_WRITES_SECONDS = 1.2  # Slack takes about one message a second and channel
TROUBLE_SECONDS = 60.0  # somebody has to mend a token, a scope or a channel; no need to ask more often
MOST_WAIT_SECONDS = 3600.0  # nobody means more by Retry-After

Sleep = Callable[[float], Awaitable[None]]


class WrongChannel(ChannelUnavailable):
    """The channel does not exist, is archived, or the app is not in it."""


class BlocksRefused(ChannelUnavailable):
    """Slack does not take the blocks of this message."""


class MessageGone(ChannelUnavailable):
    """The message cannot be updated any more: deleted, or too old by the workspace's rules."""


class NotPermitted(ChannelUnavailable):
    """The token is not good, or lacks a scope."""


_CHANNEL = {"channel_not_found", "not_in_channel", "is_archived", "channel_is_archived", "restricted_action"}
_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text"}
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"}
_TOKEN = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission"}


class Web:
    """The Web API of one workspace. An asynchronous context manager: it owns the connections.

    Args:
        token: the bot token.
        url: base URL, ending in a slash.
        sleep, monotonic: tests turn the time.
    """

    def __init__(
        self,
        token: str,
        url: str = SLACK_URL,
        *,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = token
        self._url = url if url.endswith("/") else f"{url}/"
        self._sleep = sleep
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None
        self._free_at: dict[str, float] = {}
        self._held_until: dict[str, float] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        self._client = self.new_client(self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def new_client(self, token: str) -> AsyncWebClient:
        """The SDK's client. It never retries by itself: a post that is sent again blindly is a second message."""
        client = AsyncWebClient(
            token, base_url=self._url, session=self._session, timeout=TIMEOUT_SECONDS, retry_handlers=[]
        )
        if is_loopback(urlsplit(self._url).hostname or ""):
            client.proxy = None  # the SDK knows the proxy variables but not NO_PROXY
        return client

    @property
    def client(self) -> AsyncWebClient:
        """The SDK's client. Raises: AssertionError when it is not open."""
        assert self._client is not None, "use `async with`"
        return self._client

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections. Raises: AssertionError when it is not open."""
        assert self._session is not None, "use `async with`"
        return self._session

    async def call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """Ask Slack for `method` of its Web API, arguments as JSON; the answer.

        Raises:
            ChannelUnavailable: and its kinds above; `retry_after` as Slack said.
        """
        return await self._guarded(method, lambda: self.client.api_call(method, json=arguments))

    async def ask(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        """As `call`, for the methods that read: Slack takes their arguments as parameters only."""
        return await self._guarded(method, lambda: self.client.api_call(method, http_verb="GET", params=arguments))

    async def write(self, method: str, channel: str, **arguments: Any) -> Mapping[str, Any]:
        """As `call`, when it is this channel's turn: not faster than Slack takes messages."""
        await self._turn(channel)
        return await self.call(method, channel=channel, **arguments)

    async def upload(self, channel: str, thread_ts: str, name: str, content: str, title: str) -> None:
        """Put a diff as a file into a thread. Raises: ChannelUnavailable."""
        await self._turn(channel)
        await self._guarded(
            "files.completeUploadExternal",
            lambda: self.client.files_upload_v2(
                channel=channel,
                thread_ts=thread_ts,
                filename=name,
                title=title,
                content=content,
                snippet_type="diff",
            ),
        )

    async def _turn(self, channel: str) -> None:
        wait = self._free_at.get(channel, 0.0) - self._monotonic()
        if wait > 0:
            await self._sleep(wait)
        self._free_at[channel] = self._monotonic() + BETWEEN_WRITES_SECONDS

    async def _guarded(self, method: str, send: Callable[[], Awaitable[Any]]) -> Mapping[str, Any]:
        wait = self._held_until.get(method, 0.0) - self._monotonic()
        if wait > 0:
            raise ChannelUnavailable(f"Slack asked us to wait with {method} for {wait:.0f} s more", retry_after=wait)
        async with translated(method, self._hold):
            answer = await send()
        data: Mapping[str, Any] = answer.data
        return data

    def _hold(self, method: str, seconds: float) -> None:
        self._held_until[method] = self._monotonic() + seconds


@asynccontextmanager
async def translated(
    method: str, hold: Callable[[str, float], None] = lambda _method, _seconds: None
) -> AsyncIterator[None]:
    """Errors of the SDK become ours. `hold` is told how long Slack wants to be left alone with a method."""
    try:
        yield
    except SlackApiError as error:
        ours = _of_answer(method, error)
        if ours.retry_after is not None and not isinstance(ours, WrongChannel | NotPermitted):
            hold(method, ours.retry_after)
        raise ours from error
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        why = str(error) or type(error).__name__
        raise ChannelUnavailable(f"Slack did not answer {method} ({why:.200}); it is tried again") from error


def _of_answer(method: str, error: SlackApiError) -> ChannelUnavailable:
    status, data, headers = _parts(error)
    code = str(data.get("error", f"HTTP {status}"))
    if status == 429 or code in ("ratelimited", "rate_limited"):
        wait = retry_after(headers)
        return ChannelUnavailable(f"Slack asked us to wait {wait:.0f} s with {method}", retry_after=wait)
    if code == "missing_scope":
        return NotPermitted(scope_sentence(str(data.get("needed", "")), method), retry_after=TROUBLE_SECONDS)
    if code in _TOKEN:
        return NotPermitted(token_sentence(code, method), retry_after=TROUBLE_SECONDS)
    if code in _CHANNEL:
        return WrongChannel(channel_sentence(code), retry_after=TROUBLE_SECONDS)
    if code in _BLOCKS:
        return BlocksRefused(f"Slack refuses the form of a message ({code})")
    if code in _GONE:
        return MessageGone(f"Slack cannot change a message any more ({code})")
    return ChannelUnavailable(f"Slack answered {method} with {code}; it is tried again")


def _parts(error: SlackApiError) -> tuple[int, Mapping[str, Any], Mapping[str, str]]:
    response = error.response
    data = getattr(response, "data", response)
    status = int(getattr(response, "status_code", 0) or 0)
    headers = getattr(response, "headers", {}) or {}
    return status, data if isinstance(data, dict) else {}, headers


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that Slack wants to be left alone; a guess on the careful side where it does not say."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return min(max(float(said), 1.0), MOST_WAIT_SECONDS)
    except ValueError:
        return 30.0


SOCKET_METHOD = "apps.connections.open"


def token_sentence(code: str, method: str = "") -> str:
    """What to do about a token that Slack does not take."""
    if method == SOCKET_METHOD:
        return (
            f"Slack refuses SLACK_APP_TOKEN ({code}); make an app-level token with the scope connections:write "
            "(Basic Information) and restart langraph"
        )
    return (
        f"Slack refuses SLACK_BOT_TOKEN ({code}); copy the Bot User OAuth Token of the app again "
        "(OAuth & Permissions) and restart langraph"
    )


def scope_sentence(needed: str, method: str) -> str:
    """What to do about a scope that is missing."""
    scope = f"the scope {needed}" if needed else "a scope"
    token = "SLACK_APP_TOKEN" if method == SOCKET_METHOD else "SLACK_BOT_TOKEN"  # names of settings
    return (
        f"{token} lacks {scope} for {method}; add it under OAuth & Permissions, "
        "or take docs/slack-manifest.yaml, and reinstall the app"
    )


def channel_sentence(code: str) -> str:
    """What to do about a channel that does not take our messages."""
    cure = {
        "not_in_channel": "type `/invite @langraph` in it",
        "is_archived": "unarchive it or name another one",
        "channel_is_archived": "unarchive it or name another one",
        "restricted_action": "let apps post in it or name another one",
    }.get(code, "copy the channel's id (C...) from its details, and type `/invite @langraph` in it")
    return f"Slack does not let us post in SLACK_CHANNEL ({code}); {cure}"
