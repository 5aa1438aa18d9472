"""How we ask a monitoring server over HTTP: bounded in time and size, every failure one of our errors.

The only importer of httpx among the sources of events and measurements.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from langraph.errors import BadSetting, SourceUnavailable

LONG_FORM_CHARS = 2_000  # proxies commonly refuse request lines beyond 8 KB, percent-encoding triples a character
QUOTED_CHARS = 300  # of a server's own words: enough for its sentence, not for a page of HTML


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and how we may ask it."""

    url: str
    """With scheme; a path is kept as a prefix (`https://host/loki`)."""
    setting: str
    """Name of the setting that holds `url`, for messages: `LOKI_URL`."""
    username: str = ""
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    """Token without the word `Bearer`; wins over the user name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 12.0  # a page that is too large hangs for a minute and never arrives (Loki): give up sooner
    max_bytes: int = 64 * 1024 * 1024  # 16 times the largest message Loki can send; a range query can be 27 MB

    @property
    def shown(self) -> str:
        """The address for messages, without user and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said, whole."""

    status: int
    body: bytes
    retry_after: float | None
    """Seconds, when the server named them."""

    @property
    def sentence(self) -> str:
        """The start of the body, on one line, for messages."""
        text = self.body[: 4 * QUOTED_CHARS].decode("utf-8", "replace")
        return " ".join(text.split())[:QUOTED_CHARS] or "an empty answer"


class BoundedHttp:
    """Asks one server. Raises SourceUnavailable for everything that is not an answer.

    Args:
        endpoint: the server.
        transport: how bytes travel; None is the network.

    Raises:
        BadSetting: the URL has no scheme or no host.
    """

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport | None = None) -> None:
        check_url(endpoint)
        self.endpoint = endpoint
        basic = httpx.BasicAuth(endpoint.username, endpoint.password) if endpoint.username else None
        bearer = {"Authorization": f"Bearer {endpoint.bearer}"} if endpoint.bearer else {}
        self._http = httpx.AsyncClient(
            headers={**endpoint.headers, **bearer},
            auth=None if bearer else basic,
            timeout=endpoint.timeout_s,
            transport=transport,
        )

    async def ask(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """GET `path` below the endpoint; long parameters travel as a form by POST, which all our servers take.

        Raises:
            SourceUnavailable: refused, cut, too slow or too much; `too_large` when a smaller page may arrive.
        """
        url = self.endpoint.url.rstrip("/") + path
        long_form = sum(map(len, params.values())) > LONG_FORM_CHARS
        request = self._http.build_request(
            "POST" if long_form else "GET",
            url,
            params=None if long_form else params,
            data=dict(params) if long_form else None,
            headers=headers,
        )
        try:
            async with asyncio.timeout(self.endpoint.timeout_s):
                return await self._send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise SourceUnavailable(f"{self._named()} cannot be reached: {error or type(error).__name__}") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            said = f"{self._named()} gave no answer within {self.endpoint.timeout_s:g} s"
            raise SourceUnavailable(said, too_large=True) from error
        except httpx.HTTPError as error:
            said = f"{self._named()} broke off its answer: {error or type(error).__name__}"
            raise SourceUnavailable(said, too_large=True) from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, request: httpx.Request) -> Answer:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self.endpoint.max_bytes:
                    said = f"{self._named()} sent more than {self.endpoint.max_bytes} bytes"
                    raise SourceUnavailable(said, too_large=True)
            return Answer(response.status_code, bytes(body), _seconds(response.headers.get("retry-after")))
        finally:
            await response.aclose()

    def _named(self) -> str:
        return f"{self.endpoint.setting}={self.endpoint.shown}"


def check_url(endpoint: Endpoint) -> None:
    """Raises BadSetting unless the URL has a scheme we speak and a host."""
    try:
        parts = urlsplit(endpoint.url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        cure = f"write http://{endpoint.url.rpartition('//')[2].rpartition('@')[2] or 'host:port'}"
        raise BadSetting(f"{endpoint.setting}={endpoint.url.rpartition('@')[2]!r} is not an http(s) address; {cure}")


def _seconds(retry_after: str | None) -> float | None:
    """The delay form of Retry-After; the date form is rare among these servers and counts as none."""
    if retry_after is None or not retry_after.strip().isdecimal():
        return None
    return float(retry_after)
