"""Bulk triage: one JSON object a line in, one out, in the same order, whatever is on the lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from langraph.analysis import Analyst, as_json
from langraph.commands.files import lines
from langraph.commands.progress import Progress
from langraph.errors import BadInput
from langraph.models.incident import LogEvent

MAX_REQUEST_BYTES = 64 * 1024 * 1024  # a stream of some 300,000 log lines; ten times as much becomes objects
MAX_NS = 2**63  # nanoseconds of 64 bits end in the year 2262
_DIGITS = ((10**17, 1), (10**14, 10**3), (10**11, 10**6), (0, 10**9))
"""A number of that size counts nanoseconds, microseconds, milliseconds or seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one line asks."""

    id: object
    text: str | None
    labels: Mapping[str, str]
    stream: Sequence[LogEvent] = ()


class Refused(BadInput):
    """A line that asks nothing we can answer; carries the id, where there is one."""

    def __init__(self, message: str, id: object = None) -> None:
        super().__init__(message)
        self.id = id


def triage(source: BinaryIO, out: BinaryIO, analyst: Analyst, locale: str, progress: Progress) -> int:
    """Answer every line; a line that cannot be read is answered by `{id, error}` in its place.

    Returns:
        How many could not be read.
    """
    refused = 0
    for raw, is_whole in lines(source, MAX_REQUEST_BYTES):
        progress.add(len(raw) + 1)
        if not raw.strip():
            continue  # the end of a file often has one
        try:
            if not is_whole:
                raise Refused(f"the line is longer than {MAX_REQUEST_BYTES:,} bytes; split the stream")
            asked = read_request(raw)
            answer = as_json(_answered(asked, analyst), locale, asked.id)
        except Refused as error:
            refused += 1
            answer = {"id": error.id, "error": str(error)}
        out.write(as_line(answer))
        out.flush()
    return refused


def as_line(answer: Mapping[str, Any]) -> bytes:
    """One line of JSON in UTF-8, whatever the texts in it hold."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _answered(asked: Request, analyst: Analyst) -> Any:
    return analyst.stream(asked.stream) if asked.text is None else analyst.text(asked.text, asked.labels)


def read_request(raw: bytes) -> Request:
    """Read one line.

    Raises:
        Refused: says what is wrong with it.
    """
    try:
        body = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise Refused(f"the line is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(f"the line is a JSON {type(body).__name__}, not an object with `log_text` or `stream`")
    id = body.get("id")
    labels = _labels(body, id)
    if isinstance(body.get("log_text"), str):
        return Request(id, body["log_text"], labels)
    if isinstance(body.get("stream"), list):
        return Request(id, None, labels, _stream(body["stream"], labels, id))
    raise Refused("the object has neither a text `log_text` nor a list `stream`; give one of them", id)


def _labels(entry: Mapping[str, Any], id: object) -> dict[str, str]:
    """`labels`, with `app` and `namespace` where they stand beside it."""
    labels = entry.get("labels")
    if labels is not None and not isinstance(labels, dict):
        raise Refused("`labels` is no object of names and values", id)
    known = {**(labels or {}), **{name: entry[name] for name in ("app", "namespace") if entry.get(name)}}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in known.items()}


def _stream(entries: Sequence[Any], shared: Mapping[str, str], id: object) -> list[LogEvent]:
    """The lines with their times; one without a time came right after the one before it."""
    events: list[LogEvent] = []
    at_ns = 0
    for number, entry in enumerate(entries):
        if isinstance(entry, str):
            entry = {"line": entry}
        if not isinstance(entry, dict) or not isinstance(entry.get("line"), str):
            raise Refused(f"entry {number} of `stream` has no text `line`", id)
        known = nanoseconds(entry.get("at"))
        at_ns = at_ns + 1 if known is None else known
        events.append(LogEvent(entry["line"], at_ns, "stream", {**shared, **_labels(entry, id)}))
    return events


def nanoseconds(at: object) -> int | None:
    """A time as Unix nanoseconds: a number of seconds, ms, µs or ns since 1970, or ISO 8601; None for anything else."""
    if isinstance(at, bool) or at is None:
        return None
    if isinstance(at, str) and at.strip().isdecimal() and at.isascii() and len(at) < 24:
        at = int(at)
    if isinstance(at, int | float):
        factor = next((unit for most, unit in _DIGITS if at >= most), None)
        return int(at * factor) if factor is not None and at < MAX_NS else None
    return _from_iso(at) if isinstance(at, str) else None


def _from_iso(text: str) -> int | None:
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    whole = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000
    return whole if 0 <= whole < MAX_NS else None
