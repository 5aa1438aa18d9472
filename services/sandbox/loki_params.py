"""The parameters of Loki's query API: text in, numbers out, or the server's own complaint."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from services.sandbox.logql_lexer import LogQLError, duration_ns
from services.sandbox.loki_http import Request
from services.sandbox.loki_push import Refused

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
DEFAULT_LIMIT = 100
MAX_POINTS = 11_000  # points of one series that the server is willing to return
DEFAULT_POINTS = 250  # that many when no step is given
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class RangeParams:
    """What a range query asks for."""

    start: int
    end: int
    limit: int
    backward: bool
    step: int
    """Nanoseconds."""

    def points(self) -> range:
        """Times of a metric query's points: on multiples of the step, around [start, end]."""
        first = self.start - self.start % self.step
        last = -(-self.end // self.step) * self.step
        return range(first, last + 1, self.step)


def range_params(request: Request, now: int) -> RangeParams:
    """The parameters of a range query.

    Raises:
        Refused: 400, with the server's words.
    """
    limit = _limit(request)
    start, end = window_params(request, now, HOUR_NS)
    backward = _backward(request)
    step = _step(request.first("step"), end - start)
    if end < start:
        raise Refused(400, "end timestamp must not be before or equal to start time")
    return RangeParams(start, end, limit, backward, step)


def window_params(request: Request, now: int, default_ns: int) -> tuple[int, int]:
    """Start and end (ns); the last `default_ns` when not given.

    Raises:
        Refused: 400.
    """
    end = parse_time(request.first("end"), "end", now)
    since = default_ns
    if text := request.first("since"):
        try:
            since = duration_ns(text)
        except LogQLError as cause:
            raise Refused(400, f"could not parse 'since' parameter: {cause}") from cause
    return parse_time(request.first("start"), "start", min(end, now) - since), end


def parse_time(text: str, name: str, default: int) -> int:
    """Nanoseconds from integer nanoseconds, unix seconds (integer or not), or RFC 3339.

    Raises:
        Refused: 400.
    """
    if not text:
        return default
    if re.fullmatch(r"-?\d+", text):
        return int(text) * (SECOND_NS if len(text) <= 10 else 1)
    if re.fullmatch(r"-?\d+\.\d*(?:[eE][+-]?\d+)?", text):
        return int(float(text) * 1000) * 1_000_000
    if found := _RFC3339.fullmatch(text):
        whole = datetime.fromisoformat(found[1].upper() + found[3].upper().replace("Z", "+00:00")).astimezone(UTC)
        return int(whole.timestamp()) * SECOND_NS + int((found[2] or "0").ljust(9, "0"))
    raise Refused(400, f"could not parse '{name}' parameter: strconv.ParseInt: parsing \"{text}\": invalid syntax")


def _limit(request: Request) -> int:
    text = request.first("limit")
    if not text:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[+-]?\d+", text):
        raise Refused(400, f'strconv.Atoi: parsing "{text}": invalid syntax')
    if int(text) <= 0:
        raise Refused(400, "limit must be a positive value")
    return int(text)


def _backward(request: Request) -> bool:
    text = request.first("direction") or "backward"
    if text.lower() not in ("forward", "backward"):
        raise Refused(400, f"invalid direction '{text}'")
    return text.lower() == "backward"


def _step(text: str, length: int) -> int:
    if not text:
        return max(length // SECOND_NS // DEFAULT_POINTS, 1) * SECOND_NS
    try:
        step = int(float(text) * SECOND_NS) if re.fullmatch(r"-?\d+(\.\d+)?", text) else duration_ns(text)
    except LogQLError as cause:
        raise Refused(400, f'cannot parse "{text}" to a valid duration') from cause
    if step <= 0:
        raise Refused(400, "zero or negative query resolution step widths are not accepted. Try a positive integer")
    if length // step > MAX_POINTS:
        raise Refused(
            400,
            "exceeded maximum resolution of 11,000 points per time series. "
            "Try increasing the value of the step parameter",
        )
    return step
