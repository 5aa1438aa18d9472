"""Values of every kind as exact numbers: quantities in bytes or cores, durations in seconds, counts. Pure."""

import re
from datetime import timedelta
from fractions import Fraction

from langraph import quantity
from langraph.errors import BadQuantity
from langraph.models.incident import Scalar

KINDS = ("memory", "cpu", "storage", "seconds", "count", "string")
"""What a value can be; the same words as in runbooks."""
QUANTITIES = frozenset({"memory", "cpu", "storage"})

MAX_TEXT = 40  # characters; no amount needs more, and an exponent must not cost memory

UNIT_SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600), "d": Fraction(86400)}
"""Go's duration units as charts use them, with the `d` that Prometheus and Loki add."""

_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_DURATION_PART.pattern})+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def amount_of(value: Scalar, kind: str) -> Fraction | None:
    """The value as an exact number: bytes, cores, seconds or a count; None when it is no such amount.

    Args:
        value: as it stands in YAML, a number or a text.
        kind: one of KINDS; a `string` has no amount.
    """
    if value is None or isinstance(value, bool) or kind == "string":
        return None
    text = str(value).strip()
    if len(text) > MAX_TEXT:
        return None
    if kind in QUANTITIES:
        return _quantity(text)
    if kind == "count":
        return Fraction(text) if re.fullmatch(r"[0-9]+", text, re.ASCII) else None
    if _NUMBER.fullmatch(text):
        return Fraction(text)
    return sum_of_parts(text) if _DURATION.fullmatch(text) else None


def sum_of_parts(duration: str) -> Fraction:
    """Seconds of a duration such as `1m30s`."""
    return sum((Fraction(n) * UNIT_SECONDS[unit] for n, unit in _DURATION_PART.findall(duration)), Fraction(0))


def show_factor(factor: Fraction) -> str:
    """A factor for people: 2, 1.5."""
    return f"{float(factor):g}"


def show_period(period: timedelta) -> str:
    """A length of time for people, in its largest whole unit: 7d, 90m, 30s."""
    seconds = int(period.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _quantity(text: str) -> Fraction | None:
    try:
        amount = Fraction(quantity.parse(text).value)
    except BadQuantity:
        return None
    return amount if amount >= 0 else None
