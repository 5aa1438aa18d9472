"""Loki's read API over the stored lines: each method takes a request of one tenant and returns the answer."""

import gzip
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from services.sandbox.logql import LineFilter, LogQuery, MetricQuery, parse, parse_selector
from services.sandbox.logql_lexer import LogQLError
from services.sandbox.logql_pipeline import make_pipeline
from services.sandbox.loki_cache import ResultsCache
from services.sandbox.loki_http import JSON, Reply, Request, text_reply
from services.sandbox.loki_metrics import Series, evaluate, longest_range
from services.sandbox.loki_params import HOUR_NS, RangeParams, parse_time, range_params, window_params
from services.sandbox.loki_push import Refused
from services.sandbox.loki_query import Hit, encode_streams, read_page, wire_bytes
from services.sandbox.loki_stats import stats_object
from services.sandbox.loki_store import Stream, Tenant, label_string

VERSION = "3.7.6"  # whose behaviour this is
TIMED_OUT = (
    "request timed out, decrease the duration of the request or add more label matchers "
    "(prefer exact match over regex match) to reduce the amount of data processed"
)


@dataclass(frozen=True, slots=True)
class QueryRules:
    """Loki's default limits on queries, and the options that change its answers."""

    max_entries: int = 5000  # max_entries_limit_per_query
    max_length_ns: int = (30 * 24 + 1) * HOUR_NS  # max_query_length 30d1h
    max_lookback_ns: int | None = None  # max_query_lookback
    max_series: int = 500  # max_query_series
    max_page_bytes: int = 4 * 1024 * 1024  # grpc_server_max_recv_msg_size between querier and frontend
    query_timeout_seconds: float = 60.0  # query_timeout: how long a page that is too large hangs
    answers_timeout: bool = False  # True: 504 after it, as with a long http_server_write_timeout; False: no answer
    cache_results: bool = False  # query_range.cache_results
    gzip_answers: bool = False  # querier.compress-http-responses


@dataclass
class QueryApi:
    """The read side of one server."""

    rules: QueryRules
    cache: ResultsCache = field(default_factory=ResultsCache)

    def query_range(self, request: Request, name: str, tenant: Tenant, now: int) -> Reply:
        """`/loki/api/v1/query_range`: a page of lines, or a matrix."""
        params = range_params(request, now)
        tree = _parse(request.first("query"))
        if isinstance(tree, LogQuery):
            return self._log_range(request, tree, params, (name, tenant, now))
        points = params.points()
        self._check_length(points[-1] - points[0] + longest_range(tree), params.end - params.start)
        series = self._evaluate(tree, tenant, points)
        if self.rules.cache_results:
            series = self.cache.recall(name, request.first("query"), params.step, series, points, now)
        result = [
            {"metric": dict(labels), "values": [(_seconds(at), _number(values[at])) for at in points if at in values]}
            for labels, values in _by_label_string(series)
        ]
        return self._answer(request, "matrix", result)

    def query(self, request: Request, _name: str, tenant: Tenant, now: int) -> Reply:
        """`/loki/api/v1/query`: a vector."""
        at = parse_time(request.first("time"), "time", now)
        tree = _parse(request.first("query"))
        if isinstance(tree, LogQuery):
            raise Refused(
                400,
                "log queries are not supported as an instant query type, "
                "please change your query to a range query type",
            )
        self._check_length(longest_range(tree), 0)
        series = self._evaluate(tree, tenant, [at])
        result = [
            {"metric": dict(labels), "value": (_seconds(at), _number(values[at]))}
            for labels, values in _by_label_string(series)
        ]
        return self._answer(request, "vector", result)

    def labels(self, request: Request, _name: str, tenant: Tenant, now: int) -> Reply:
        """`/loki/api/v1/labels`."""
        streams = self._streams_between(request, tenant, now, 6 * HOUR_NS)
        return _listing(sorted({name for stream in streams for name in stream.labels}))

    def label_values(self, label: str, request: Request, tenant: Tenant, now: int) -> Reply:
        """`/loki/api/v1/label/<label>/values`."""
        streams = self._streams_between(request, tenant, now, 6 * HOUR_NS)
        return _listing(sorted({stream.labels[label] for stream in streams if label in stream.labels}))

    def series(self, request: Request, _name: str, tenant: Tenant, now: int) -> Reply:
        """`/loki/api/v1/series`; without `match[]` all of them."""
        streams = self._streams_between(request, tenant, now, HOUR_NS)
        selectors = [_selector(text) for text in (*request.params.get("match[]", ()), *request.params.get("match", ()))]
        if selectors:
            wanted = {stream.text for selector in selectors for stream in tenant.select(selector.matchers)}
            streams = [stream for stream in streams if stream.text in wanted]
        return _listing([stream.labels for stream in streams])

    def drilldown_limits(self, _request: Request, _name: str, _tenant: Tenant, _now: int) -> Reply:
        """`/loki/api/v1/drilldown-limits`: what a client may ask for, instead of guessing."""
        rules = self.rules
        limits = {
            "discover_log_levels": True,
            "max_entries_limit_per_query": rules.max_entries,
            "max_query_bytes_read": "0B",
            "max_query_length": _prometheus_duration(rules.max_length_ns),
            "max_query_lookback": _prometheus_duration(rules.max_lookback_ns or 0),
            "max_query_range": "0s",
            "max_query_series": rules.max_series,
            "query_timeout": _prometheus_duration(int(rules.query_timeout_seconds * 1e9)),
            "retention_period": "0s",
            "volume_enabled": True,
        }
        body = {"limits": limits, "pattern_ingester_enabled": False, "version": VERSION}
        return Reply(200, msgspec.json.encode(body), "application/json")

    def format_query(self, request: Request, _name: str, _tenant: Tenant, _now: int) -> Reply:
        """`/loki/api/v1/format_query`: errors are JSON here, and only here."""
        text = request.first("query")
        try:
            tree = parse(text)
        except LogQLError as cause:
            body = msgspec.json.encode({"status": "invalid-query", "error": str(cause)})
            return Reply(400, body + b"\n", "application/json; charset=utf-8")
        plain = isinstance(tree, LogQuery) and all(isinstance(stage, LineFilter) for stage in tree.stages)
        body = msgspec.json.encode({"status": "success", "data": str(tree) if plain else text.strip()})
        return Reply(200, body + b"\n", "application/json; charset=utf-8")

    def buildinfo(self, _request: Request, _name: str, _tenant: Tenant, _now: int) -> Reply:
        """`/loki/api/v1/status/buildinfo`."""
        names = ("branch", "buildUser", "buildDate", "goVersion")
        body = {"version": VERSION, "revision": "simulated", **dict.fromkeys(names, "")}
        return Reply(200, msgspec.json.encode(body) + b"\n", "application/json")

    def _log_range(self, request: Request, query: LogQuery, params: RangeParams, who: tuple[str, Tenant, int]) -> Reply:
        name, tenant, now = who
        rules, text = self.rules, request.first("query")
        if params.limit > rules.max_entries:
            raise Refused(
                400,
                "max entries limit per query exceeded, limit > max_entries_limit_per_query "
                f"({params.limit} > {rules.max_entries})",
            )
        self._check_length(params.end - params.start, params.end - params.start)
        cached = rules.cache_results and query.has_filter
        oldest = params.start if rules.max_lookback_ns is None else max(params.start, now - rules.max_lookback_ns)
        started = time.perf_counter()
        hits = read_page(
            tenant.select(query.matchers),
            make_pipeline(query.stages),
            (oldest, params.end),
            params.limit,
            backward=params.backward,
            hidden=self.cache.empty_intervals(name, text) if cached else (),
        )
        if cached:
            self.cache.remember_empty(name, text, _read_whole(params, hits), [hit.at for hit in hits], now)
        size = wire_bytes(hits)
        if size > rules.max_page_bytes:
            return self._too_large()
        categorize = "categorize-labels" in request.headers.get("x-loki-response-encoding-flags", "")
        result = encode_streams(hits, categorize=categorize)
        extra = {"encodingFlags": ["categorize-labels"]} if categorize else {}
        return self._answer(request, "streams", result, extra, (len(hits), size, time.perf_counter() - started))

    def _too_large(self) -> Reply:
        seconds = self.rules.query_timeout_seconds
        if self.rules.answers_timeout:
            return text_reply(504, TIMED_OUT, hang_seconds=seconds)
        return Reply(0, hang_seconds=seconds)

    def _answer(
        self,
        request: Request,
        kind: str,
        result: Sequence[object],
        extra: Mapping[str, object] | None = None,
        measured: tuple[int, int, float] | None = None,
    ) -> Reply:
        lines, size, seconds = measured or (len(result), 0, 0.001)
        stats = stats_object(lines=lines, processed=lines if measured else 0, size=size, seconds=seconds)
        data = {"resultType": kind, **(extra or {}), "result": result, "stats": stats}
        body = msgspec.json.encode({"status": "success", "data": data})
        if self.rules.gzip_answers and request.takes_gzip:
            packed = gzip.compress(body, compresslevel=1)
            return Reply(200, packed, JSON, (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")), chunked=True)
        return Reply(200, body, JSON, chunked=True)

    def _evaluate(self, tree: MetricQuery, tenant: Tenant, times: Sequence[int]) -> Series:
        series = evaluate(tree, tenant, times)
        if len(series) > self.rules.max_series:
            raise Refused(
                400,
                f"maximum number of series ({self.rules.max_series}) reached for a single query; consider reducing "
                "query cardinality by adding more specific stream selectors, reducing the time range, or aggregating "
                "results with functions like sum(), count() or topk()",
            )
        return series

    def _check_length(self, length: int, asked: int) -> None:
        """The limit is on the range asked for; a range vector adds to it when it alone is what exceeds it."""
        shown = asked if asked > self.rules.max_length_ns else length
        if shown > self.rules.max_length_ns:
            limit = _prometheus_duration(self.rules.max_length_ns)
            raise Refused(
                400, f"the query time range exceeds the limit (query length: {_go_duration(shown)}, limit: {limit})"
            )

    def _streams_between(self, request: Request, tenant: Tenant, now: int, default_ns: int) -> list[Stream]:
        start, end = window_params(request, now, default_ns)
        chosen: Iterable[Stream] = tenant.streams.values()
        if text := request.first("query"):
            chosen = tenant.select(_selector(text).matchers)
        return [stream for stream in chosen if len(set(stream.window(start, end + 1))) > 1]


def _read_whole(params: RangeParams, hits: Sequence[Hit]) -> tuple[int, int]:
    """The part of the window of which the page tells everything."""
    if len(hits) < params.limit:
        return params.start, params.end
    return (hits[-1].at, params.end) if params.backward else (params.start, hits[-1].at)


def _parse(text: str) -> LogQuery | MetricQuery:
    try:
        return parse(text)
    except LogQLError as cause:
        raise Refused(400, str(cause)) from cause


def _selector(text: str) -> LogQuery:
    try:
        return parse_selector(text)
    except LogQLError as cause:
        raise Refused(400, str(cause)) from cause


def _listing(data: Sequence[object]) -> Reply:
    """A list under `data`, which is absent when there is nothing to list."""
    body: dict[str, object] = {"status": "success", **({"data": data} if data else {})}
    return Reply(200, msgspec.json.encode(body) + b"\n", JSON)


def _by_label_string(series: Series) -> list[tuple[tuple[tuple[str, str], ...], dict[int, float]]]:
    return sorted(series.items(), key=lambda item: label_string(dict(item[0])))


def _seconds(at: int) -> int | float:
    """Seconds with milliseconds, whole where they are."""
    milliseconds = at // 1_000_000
    return milliseconds // 1000 if milliseconds % 1000 == 0 else milliseconds / 1000


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


def _go_duration(ns: int) -> str:
    seconds = ns // 1_000_000_000
    fraction = f".{ns % 1_000_000_000:09d}".rstrip("0").rstrip(".")
    return f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}{fraction}s"


def _prometheus_duration(ns: int) -> str:
    seconds = ns // 1_000_000_000
    units = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    out = ""
    for unit, length in units:
        out += f"{seconds // length}{unit}" if seconds >= length else ""
        seconds %= length
    return out or "0s"
