"""Loki's answers as typed data, and the way from an answer to a page of lines. No I/O."""

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType

import msgspec

from langraph.errors import SourceUnavailable
from langraph.ports import LogPage

SHARD_LABEL = "__stream_shard__"  # Loki adds it to hot streams and changes it at will: no part of a line's identity
CATEGORIZE = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
"""Asks Loki to send metadata per line, not folded into one result object per line."""


class Extra(msgspec.Struct, gc=False):
    """What categorize-labels adds to a line."""

    structured: dict[str, str] = msgspec.field(default_factory=dict, name="structuredMetadata")
    parsed: dict[str, str] = msgspec.field(default_factory=dict)


class Entry(msgspec.Struct, array_like=True, gc=False):
    """`[ns, line]`, with categorize-labels `[ns, line, extra]`."""

    at: str
    line: str
    extra: msgspec.Raw = msgspec.Raw()
    """Undecoded: most lines of a stream carry the same."""


class Stream(msgspec.Struct, gc=False):
    """One result object: not always one ingested stream."""

    labels: dict[str, str] = msgspec.field(name="stream")
    values: list[Entry]


class StreamsData(msgspec.Struct, tag_field="resultType", tag="streams"):
    """The `data` of a log query."""

    result: list[Stream]


class StreamsAnswer(msgspec.Struct):
    """Answer to a log query."""

    status: str
    data: StreamsData
    warnings: list[str] = []


class Point(msgspec.Struct, array_like=True, gc=False):
    """`[unix seconds, "number"]`."""

    at: float
    value: str


class Row(msgspec.Struct, gc=False):
    """One series of a metric query: `values` of a range, `value` of an instant."""

    values: list[Point] = []
    value: Point | None = None


class MetricData(msgspec.Struct):
    """The `data` of a metric query."""

    kind: str = msgspec.field(name="resultType")
    result: list[Row]


class MetricAnswer(msgspec.Struct):
    """Answer to a metric query."""

    status: str
    data: MetricData
    warnings: list[str] = []


class Limits(msgspec.Struct):
    """What `/loki/api/v1/drilldown-limits` says of the tenant, as far as we need it."""

    max_entries: int = msgspec.field(default=0, name="max_entries_limit_per_query")
    max_query_length: str = "0s"
    max_query_lookback: str = "0s"


class LimitsAnswer(msgspec.Struct):
    """Answer of `/loki/api/v1/drilldown-limits`."""

    limits: Limits


_streams = msgspec.json.Decoder(StreamsAnswer)
_extra = msgspec.json.Decoder(Extra)
_metrics = msgspec.json.Decoder(MetricAnswer)
_limits = msgspec.json.Decoder(LimitsAnswer)


def decode_page(body: bytes, tenant: str) -> LogPage:
    """An answer's lines in time order, as columns.

    Raises:
        SourceUnavailable: not the whole of what Loki wanted to say, or not an answer of Loki.
    """
    try:
        answer = _streams.decode(body)
        rows = [row for stream in answer.data.result for row in _rows(stream, tenant)]
    except (msgspec.DecodeError, ValueError) as error:
        raise SourceUnavailable(f"Loki's answer to a log query is broken: {error}") from error
    _refuse_partial(answer.status, answer.warnings)
    rows.sort(key=_time_of)
    if not rows:
        return EMPTY_PAGE
    at_ns, texts, keys, labels = zip(*rows, strict=True)
    return LogPage(texts, at_ns, keys, labels)


def decode_points(body: bytes) -> Sequence[tuple[int, float]]:
    """All points of a metric answer as (unix nanoseconds, value).

    Raises:
        SourceUnavailable: as `decode_page`.
    """
    try:
        answer = _metrics.decode(body)
        points = [p for row in answer.data.result for p in (*row.values, *((row.value,) if row.value else ()))]
        found = [(round(p.at * 1000) * 1_000_000, float(p.value)) for p in points]
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        raise SourceUnavailable(f"Loki's answer to a metric query is broken: {error}") from error
    _refuse_partial(answer.status, answer.warnings)
    if answer.data.kind not in ("matrix", "vector"):
        raise SourceUnavailable(f"Loki answered a metric query with {answer.data.kind!r}")
    return found


def decode_limits(body: bytes) -> Limits | None:
    """The tenant's limits; None when the server does not tell them in this form."""
    try:
        return _limits.decode(body).limits
    except msgspec.DecodeError:
        return None


EMPTY_PAGE = LogPage((), (), (), ())
_RowTuple = tuple[int, str, bytes, Mapping[str, str]]


def _time_of(row: _RowTuple) -> int:
    return row[0]


def _rows(stream: Stream, tenant: str) -> list[_RowTuple]:
    """The lines of one result object. The labels that a parser stage added say nothing of identity."""
    labels = {k: v for k, v in stream.labels.items() if k != SHARD_LABEL}
    known: dict[bytes, tuple[blake2b, Mapping[str, str]]] = {}
    rows: list[_RowTuple] = []
    for entry in stream.values:
        raw = bytes(entry.extra)
        shared = known.get(raw)
        if shared is None:
            shared = known[raw] = _shared(labels, raw, tenant)
        at_ns = int(entry.at)
        rows.append((at_ns, entry.line, _key(shared[0], at_ns, entry.line), shared[1]))
    return rows


def _shared(labels: Mapping[str, str], raw: bytes, tenant: str) -> tuple["blake2b", Mapping[str, str]]:
    """What all lines of a stream with this metadata share: the begun identity, the labels."""
    extra = _extra.decode(raw) if raw else Extra()
    identity = _identity({**labels, **extra.structured}, tenant)
    return identity, MappingProxyType({**labels, **extra.structured, **extra.parsed})


def _identity(labels: Mapping[str, str], tenant: str) -> "blake2b":
    """`recognise.event_key` begun with what all lines of a stream share; the rest of it costs a microsecond."""
    begun = blake2b(digest_size=16)
    for part in (tenant, *(x for pair in sorted(labels.items()) for x in pair)):
        begun.update(_framed(part))
    return begun


def _key(begun: "blake2b", at_ns: int, line: str) -> bytes:
    """16 bytes that identify a line."""
    whole = begun.copy()
    whole.update(_framed(str(at_ns)) + _framed(line))
    return whole.digest()


def _framed(part: str) -> bytes:
    raw = part.encode("utf-8", "surrogatepass")
    return len(raw).to_bytes(4, "big") + raw


def _refuse_partial(status: str, warnings: Sequence[str]) -> None:
    if status != "success":
        raise SourceUnavailable(f"Loki answered with status {status!r}")
    if warnings:
        raise SourceUnavailable(f"Loki's answer is partial: {'; '.join(warnings)[:300]}")


_UNIT_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3_600 * 10**9,
    "d": 86_400 * 10**9,
    "w": 7 * 86_400 * 10**9,
    "y": 365 * 86_400 * 10**9,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|y)")


def duration_ns(text: str) -> int | None:
    """A duration as Loki writes it (`30d1h`, `721h0m0s`) in nanoseconds; None when it is not one."""
    parts = _PART.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text:
        return None
    return round(sum(float(n) * _UNIT_NS[u] for n, u in parts))
