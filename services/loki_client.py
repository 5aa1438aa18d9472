"""Loki as a log source: every line that is visible, however it was stamped, or a named gap.

Why it reads the way it does, measured on real servers: a truncated forward page is complete for every time
before its last one; a page over 4 MiB never arrives; several thousand lines may share a nanosecond.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import structlog

from langraph.errors import BadQuery, LangraphError, SourceUnavailable
from langraph.ports import Clock, Gap, LogPage
from services.bounded_http import Answer, BoundedHttp, Endpoint
from services.loki_paging import PageSizer, named_cap, windows
from services.loki_query import DEFAULT_LINE_FILTER, count_query, label_selector, log_query, with_nonce
from services.loki_ties import MAX_PARTS, read_tie
from services.loki_wire import CATEGORIZE, Limits, decode_limits, decode_page, decode_points, duration_ns

MINUTE_NS = 60 * 10**9
MAX_POINTS = 11_000  # per series of a metric answer, else Loki refuses it
SMALLEST_COUNT_NS = 30 * MINUTE_NS  # a Loki that cannot count half an hour within the timeout is not well
CACHED_AFTER = timedelta(minutes=9)  # results caches keep what ended 10 min ago (max_cache_freshness_per_query)
DEFAULT_MAX_LENGTH_NS = 721 * 3_600 * 10**9  # Loki's own default of max_query_length
READY_WINDOW = timedelta(minutes=5)  # of lines that the trial query of `langraph check` covers

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LokiQuery:
    """What is asked of which tenant."""

    selector: str
    """LOKI_QUERY: a stream selector, or that with a pipeline."""
    line_filter: str = DEFAULT_LINE_FILTER
    """RE2 over the line, or a LogQL line filter stage; empty for every line."""
    tenant: str = ""
    """X-Scope-OrgID; empty sends none."""


class LokiClient:
    """LogSource over Loki's HTTP API.

    Args:
        endpoint: where and how to ask.
        query: what to ask for.
        clock: the time; old windows are read past the results cache.
        transport: how bytes travel; None is the network.
        max_tie_parts: queries that one crowded nanosecond may cost.

    Raises:
        BadSetting: the URL or the query makes no sense.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        query: LokiQuery,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        max_tie_parts: int = MAX_PARTS,
    ) -> None:
        scope = {"X-Scope-OrgID": query.tenant} if query.tenant else {}
        self._http = BoundedHttp(replace(endpoint, headers={**endpoint.headers, **scope}), transport)
        self._query = log_query(query.selector, query.line_filter)
        self._tenant = query.tenant
        self._clock = clock
        self._max_tie_parts = max_tie_parts
        self._sizer = PageSizer()
        self._limits: Limits | None = None
        self._name = "loki:" + sha256(f"{query.tenant}\0{self._query}".encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """`loki:` and a hash of tenant and query; a server that moves keeps its cursor."""
        return self._name

    async def read(self, since_ns: int, until_ns: int) -> AsyncIterator[LogPage | Gap]:
        """Every visible line of `[since_ns, until_ns)` at least once, oldest first; see `LogSource.read`."""
        limits = await self._discover()
        now_ns = _ns(self._clock.now())
        lookback_ns = duration_ns(limits.max_query_lookback) or 0
        floor_ns = now_ns - lookback_ns
        if lookback_ns and since_ns < floor_ns:
            reason = f"older than Loki's max_query_lookback of {limits.max_query_lookback}, it answers nothing for it"
            yield Gap(self.name, since_ns, min(floor_ns, until_ns), reason)
            since_ns = floor_ns
        query = self._query if since_ns > now_ns - _ns_of(CACHED_AFTER) else self._past_cache()
        for start, end in windows(since_ns, until_ns, self._max_length_ns(limits)):
            async for item in self._read_window(query, start, end):
                yield item

    async def counts(self, since_ns: int, until_ns: int) -> Mapping[int, int] | None:
        """Lines per minute by Loki's own count, minutes without lines left out.

        Loki counts `(t - 60 s, t]`, which is `[t - 60 s + 1 ns, t + 1 ns)`: the key is `t + 1`, so the lines
        of a key are those of `read(key - 60 s, key)`. Keys lie in `(since_ns, until_ns]`.
        """
        first = (since_ns // MINUTE_NS + 1) * MINUTE_NS
        last = (until_ns - 1) // MINUTE_NS * MINUTE_NS
        limits = await self._discover()
        length_ns = min(MAX_POINTS * MINUTE_NS, self._max_length_ns(limits))
        found: dict[int, int] = {}
        for start, end in windows(first, last + 1, max(MINUTE_NS, length_ns // MINUTE_NS * MINUTE_NS)):
            found |= await self._count_minutes(start, (end - 1) // MINUTE_NS * MINUTE_NS)
        return found

    async def traffic(self, labels: Mapping[str, str], since: datetime, until: datetime) -> int | None:
        """Lines of any kind with these stream labels in the window; None when Loki would not say."""
        selector = label_selector(labels)
        window_ms = (until - since) // timedelta(milliseconds=1)
        if selector is None or window_ms < 1:
            return None
        try:
            return await self._instant_count(selector, f"{window_ms}ms", _ns(until) - 1)
        except (SourceUnavailable, BadQuery) as error:
            log.info("traffic is unknown", source=self.name, selector=selector, why=str(error))
            return None

    async def ready(self) -> None:
        """Try the real query on a small window.

        Raises:
            SourceUnavailable: Loki is away or still starting.
            BadQuery: the query, the tenant or the credentials are refused.
        """
        until_ns = _ns(self._clock.now())
        await self._page(self._past_cache(), until_ns - _ns_of(READY_WINDOW), until_ns, limit=1)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    # --- PageReader, for ties

    async def page(self, query: str, at_ns: int, *, backward: bool) -> tuple[LogPage, bool]:
        """One end of a nanosecond; see `PageReader`."""
        direction = "backward" if backward else "forward"
        return await self._page(query, at_ns, at_ns + 1, direction=direction, limit=self._sizer.tie_limit)

    async def count(self, query: str, at_ns: int) -> int | None:
        """Lines of one nanosecond; see `PageReader`."""
        try:
            return await self._instant_count(query, "1ns", at_ns)
        except BadQuery as error:
            log.warning("loki refuses to count a nanosecond", source=self.name, why=str(error))
            return None

    # --- how

    async def _read_window(self, query: str, since_ns: int, until_ns: int) -> AsyncIterator[LogPage | Gap]:
        at_ns = since_ns
        while at_ns < until_ns:
            page, full = await self._page(query, at_ns, until_ns)
            if len(page):
                yield page
            if not full:
                return
            last_ns = page.at_ns[-1]
            if last_ns > at_ns:
                at_ns = last_ns  # inclusive: lines of this nanosecond may have been cut off
                continue
            async for item in read_tie(self, query, at_ns, self.name, self._max_tie_parts):
                yield item
            at_ns += 1

    async def _page(
        self, query: str, since_ns: int, until_ns: int, *, direction: str = "forward", limit: int | None = None
    ) -> tuple[LogPage, bool]:
        """One page, asked for again with a smaller limit for as long as it does not arrive."""
        limit = limit or self._sizer.limit
        while True:
            params = {
                "query": query,
                "start": str(since_ns),
                "end": str(until_ns),
                "limit": str(limit),
                "direction": direction,
            }
            try:
                answer = await self._ask("/loki/api/v1/query_range", params, CATEGORIZE)
            except _TooManyEntries as refused:
                if refused.cap >= limit:
                    raise
                self._sizer.adopt(refused.cap)
                limit = refused.cap
                continue
            except SourceUnavailable as error:
                smaller = self._sizer.too_large(limit) if error.too_large else None
                if smaller is None:
                    raise
                log.warning("a page did not arrive", source=self.name, limit=limit, next=smaller, why=str(error))
                limit = smaller
                continue
            page = decode_page(answer.body, self._tenant)
            self._sizer.arrived(len(page), len(answer.body))
            return page, len(page) >= limit

    async def _count_minutes(self, first_ns: int, last_ns: int) -> dict[int, int]:
        """Counts of the minutes that end at `first_ns` to `last_ns`; halved while Loki takes too long over them."""
        query = with_nonce(count_query(self._query, "60s"), secrets.token_hex(6))
        params = {"query": query, "start": str(first_ns), "end": str(last_ns), "step": "60s"}
        try:
            answer = await self._ask("/loki/api/v1/query_range", params)
        except SourceUnavailable as error:
            half_ns = (last_ns - first_ns) // 2 // MINUTE_NS * MINUTE_NS
            if not error.too_large or half_ns < SMALLEST_COUNT_NS:
                raise
            older = await self._count_minutes(first_ns, first_ns + half_ns)
            return older | await self._count_minutes(first_ns + half_ns + MINUTE_NS, last_ns)
        return {at_ns + 1: int(value) for at_ns, value in decode_points(answer.body)}

    async def _instant_count(self, query: str, window: str, at_ns: int) -> int:
        params = {"query": with_nonce(count_query(query, window), secrets.token_hex(6)), "time": str(at_ns)}
        answer = await self._ask("/loki/api/v1/query", params)
        return sum(int(value) for _, value in decode_points(answer.body))

    async def _ask(self, path: str, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """One request; refusals as errors.

        Raises:
            SourceUnavailable, BadQuery.
        """
        answer = await self._http.ask(path, params, headers)
        if answer.status == 200:
            return answer
        raise _refusal(answer, f"{self._http.endpoint.setting}={self._http.endpoint.shown}")

    async def _discover(self) -> Limits:
        """The tenant's limits, asked once; servers that do not tell them have Loki's defaults."""
        if self._limits is not None:
            return self._limits
        answer = await self._http.ask("/loki/api/v1/drilldown-limits", {})
        if answer.status == 429 or answer.status >= 500:
            return Limits()  # the page itself will show whether Loki is well; asked again next time
        told = decode_limits(answer.body) if answer.status == 200 else None
        self._limits = told or Limits()
        if self._limits.max_entries > 0:
            self._sizer.adopt(self._limits.max_entries)
        return self._limits

    def _max_length_ns(self, limits: Limits) -> int:
        """Longest window Loki takes; 0 means any. A minute less, for a count reaches back by its bucket."""
        told = duration_ns(limits.max_query_length) or DEFAULT_MAX_LENGTH_NS
        return max(MINUTE_NS, told - MINUTE_NS)

    def _past_cache(self) -> str:
        return with_nonce(self._query, secrets.token_hex(6))


class _TooManyEntries(BadQuery):
    """Loki allows fewer entries on a page: `cap`."""

    def __init__(self, message: str, cap: int) -> None:
        super().__init__(message)
        self.cap = cap


def _refusal(answer: Answer, where: str) -> LangraphError:
    """What an answer other than 200 means. Loki's errors are plain text."""
    status, said = answer.status, answer.sentence
    if status in (401, 403):
        cure = "check LOKI_TENANT and the credentials (LOKI_USER and LOKI_PASSWORD, or LOKI_TOKEN)"
        return BadQuery(f"{where} lets us not in ({status}: {said}); {cure}")
    if status == 400 and (cap := named_cap(said)):
        return _TooManyEntries(f"{where} refuses the page: {said}", cap)
    if status == 400 and "tenant ID" in said:
        return BadQuery(f"{where} refuses LOKI_TENANT: {said}")
    if status in (404, 405) or 300 <= status < 400:
        return BadQuery(f"{where} is no Loki ({status}: {said}); LOKI_URL is the address without /loki/api/v1")
    if 400 <= status < 500 and status not in (408, 425, 429):
        return BadQuery(f"{where} refuses the query ({status}): {said}")
    too_large = status in (500, 504)
    message = f"{where} answered {status}: {said}"
    return SourceUnavailable(message, retry_after=answer.retry_after, too_large=too_large)


def _ns(at: datetime) -> int:
    """Unix nanoseconds, exact to the microsecond."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1_000


def _ns_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1) * 1_000
