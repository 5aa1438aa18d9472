"""What the simulated Loki does with a push: which lines it takes, which it refuses, with which words."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType

import msgspec

from services.sandbox.loki_levels import level_of_labels, level_of_line, service_name
from services.sandbox.loki_store import Entry, Metadata, Stream, Tenant

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
MAX_NAMED_LINES = 10  # the server names this many refused lines, then only counts
_BAD_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class PushRules:
    """Loki's default limits on what may be pushed."""

    max_age_ns: int = 7 * 24 * HOUR_NS  # reject_old_samples_max_age
    max_ahead_ns: int = 600 * SECOND_NS  # creation_grace_period
    max_behind_ns: int = HOUR_NS  # half of max_chunk_age, against the newest line of the stream
    max_line_bytes: int = 262_144  # max_line_size
    max_label_names: int = 15  # max_label_names_per_series
    rate_bytes: int | None = None  # ingestion_rate_mb per second; None takes any amount
    hidden_after_ns: int = 161 * 60 * SECOND_NS  # older lines are not asked of ingesters (query_ingesters_within 3 h)
    idle_flush_ns: int = 30 * 60 * SECOND_NS  # chunk_idle_period: when such lines appear by themselves


class Refused(Exception):
    """A request that was refused, in whole or in part: the status and the text of the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class PushValue(msgspec.Struct, array_like=True):
    """One line of a JSON push: `["<ns>", "<line>", {metadata}?]`."""

    at: str
    line: str
    metadata: dict[str, str] = {}


class PushStream(msgspec.Struct):
    """One stream of a JSON push."""

    stream: dict[str, str]
    values: list[PushValue] = []


class PushBody(msgspec.Struct):
    """The JSON body of a push."""

    streams: list[PushStream] = []


@dataclass
class Pusher:
    """Takes pushes under the rules.

    Args:
        hidden_for: nanoseconds that a line stays invisible after it was taken, asked for each push.
    """

    rules: PushRules
    hidden_for: Callable[[], int]
    _rate: dict[str, tuple[int, float]] = field(default_factory=dict)

    def push(
        self, name: str, tenant: Tenant, streams: Iterable[tuple[Mapping[str, str], Sequence[Entry]]], now: int
    ) -> None:
        """Store what is good in the streams.

        Raises:
            Refused: some or all of it is not; the good lines are stored nevertheless.
        """
        listed = [(labels, entries) for labels, entries in streams if entries]
        if not listed:
            raise Refused(422, "error at least one valid stream is required for ingestion\n")
        self._check_rate(name, listed, now)
        refusals: list[str] = []
        for labels, entries in listed:
            refusals += self._push_stream(name, tenant, labels, entries, now)
        if refusals:
            raise Refused(400, "\n".join(refusals) + "\n")

    def _push_stream(
        self, name: str, tenant: Tenant, labels: Mapping[str, str], entries: Sequence[Entry], now: int
    ) -> list[str]:
        full = {**labels, "service_name": labels.get("service_name") or service_name(labels)}
        shown = Stream(full).text
        if len(labels) > self.rules.max_label_names:
            limit = self.rules.max_label_names
            return [f"entry for stream '{shown}' has {len(labels)} label names; limit {limit}"]
        good, refusals = self._valid(entries, shown, now)
        if not good:
            return refusals
        stream = tenant.stream(full)
        accepted, behind = self._in_order(stream, good)
        self._store(tenant, stream, accepted, now)
        if behind:
            refusals.append(
                "".join(behind[:MAX_NAMED_LINES])
                + f"user '{name}', total ignored: {len(behind)} out of {len(good)} for stream: {shown}"
            )
        return refusals

    def _valid(self, entries: Sequence[Entry], shown: str, now: int) -> tuple[list[Entry], list[str]]:
        rules, good, refusals = self.rules, list[Entry](), list[str]()
        oldest, newest = now - rules.max_age_ns, now + rules.max_ahead_ns
        for entry in entries:
            at, line = entry[0], entry[1]
            if at < oldest:
                refusals.append(
                    f"entry for stream '{shown}' has timestamp too old: {_rfc3339(at)}, "
                    f"oldest acceptable timestamp is: {_rfc3339(oldest)}"
                )
            elif at > newest:
                refusals.append(f"entry for stream '{shown}' has timestamp too new: {_rfc3339(at)}")
            elif len(line) > rules.max_line_bytes // 4 and len(line.encode()) > rules.max_line_bytes:
                refusals.append(
                    f"max entry size '{rules.max_line_bytes}' bytes exceeded for stream '{shown}' "
                    f"while adding an entry with length '{len(line.encode())}' bytes"
                )
            else:
                good.append(entry)
        return good, refusals[:MAX_NAMED_LINES]

    def _in_order(self, stream: Stream, entries: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
        accepted, behind = list[Entry](), list[str]()
        for entry in entries:
            oldest = stream.newest - self.rules.max_behind_ns
            if entry[0] >= oldest:
                stream.newest = max(stream.newest, entry[0])
                accepted.append(entry)
                continue
            behind.append(
                f"entry with timestamp {_go_time(entry[0])} ignored, reason: 'entry too far behind, entry timestamp "
                f"is: {_rfc3339(entry[0])}, oldest acceptable timestamp is: {_rfc3339(oldest)}',\n"
            )
        return accepted, behind

    def _store(self, tenant: Tenant, stream: Stream, entries: list[Entry], now: int) -> None:
        level = level_of_labels(stream.labels)
        leveled = sorted((_with_level(entry, level) for entry in entries), key=lambda entry: entry[0])
        border = now - self.rules.hidden_after_ns
        old = [entry for entry in leveled if entry[0] < border]
        fresh = leveled[len(old) :]
        tenant.hold(stream, old, now + self.rules.idle_flush_ns, until_flush=True)
        if hidden := self.hidden_for():
            tenant.hold(stream, fresh, now + hidden, until_flush=False)
        else:
            tenant.insert(stream, fresh)

    def _check_rate(self, name: str, streams: list[tuple[Mapping[str, str], Sequence[Entry]]], now: int) -> None:
        if self.rules.rate_bytes is None:
            return
        sizes = [len(entry[1].encode()) for _, entries in streams for entry in entries]
        then, left = self._rate.get(name, (now, self.rules.rate_bytes * 1.5))  # burst: 6 MB on 4 MB/s
        left = min(self.rules.rate_bytes * 1.5, left + (now - then) / SECOND_NS * self.rules.rate_bytes)
        if sum(sizes) > left:
            raise Refused(
                429,
                f"ingestion rate limit exceeded for user {name} (limit: {self.rules.rate_bytes} bytes/sec) "
                f"while attempting to ingest '{len(sizes)}' lines totaling '{sum(sizes)}' bytes, reduce log volume "
                "or contact your Loki administrator to see if the limit can be increased\n",
            )
        self._rate[name] = (now, left - sum(sizes))


def parse_json(body: bytes) -> list[tuple[dict[str, str], list[Entry]]]:
    """The streams of a JSON push.

    Raises:
        Refused: no JSON of that shape, or a time that is no integer.
    """
    try:
        decoded = msgspec.json.decode(body, type=PushBody)
        return [(s.stream, [_entry(value) for value in s.values]) for s in decoded.streams]
    except (msgspec.MsgspecError, ValueError) as cause:
        shown = body[:60].decode(errors="replace")
        raise Refused(400, f"loghttp.PushRequest: {cause}, error found in ...|{shown}|...\n") from cause


def clean_line(line: str | bytes) -> str:
    """A line as it comes back: each byte that is no UTF-8 has become U+FFFD."""
    text = line.decode(errors="surrogateescape") if isinstance(line, bytes) else line
    return text if text.isascii() else _BAD_BYTE.sub("\ufffd", text)


def _entry(value: PushValue) -> Entry:
    at = int(value.at)
    if not -(2**63) <= at < 2**63:
        raise ValueError(f"timestamp {at} does not fit 64 bits")
    return at, clean_line(value.line), value.metadata


def _with_level(entry: Entry, stream_level: str | None) -> Entry:
    at, line, metadata = entry
    level = stream_level or (level_of_labels(metadata) if metadata else None) or level_of_line(line)
    if not metadata:
        return at, line, _only_level(level)
    return at, line, dict(sorted({"detected_level": level, **metadata}.items()))


@cache
def _only_level(level: str) -> Metadata:
    """One shared mapping for all the lines of a level."""
    return MappingProxyType({"detected_level": level})


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at // SECOND_NS, UTC)


def _rfc3339(at: int) -> str:
    return _moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _go_time(at: int) -> str:
    fraction = f"{at % SECOND_NS:09d}".rstrip("0")
    return _moment(at).strftime("%Y-%m-%d %H:%M:%S") + (f".{fraction}" if fraction else "") + " +0000 UTC"
