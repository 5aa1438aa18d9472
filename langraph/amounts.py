"""Values of every kind as exact numbers: quantities in bytes or cores, durations in seconds, counts. Pure."""

import re
from datetime import timedelta
from fractions import Fraction

from langraph import quantity
from langraph.errors import BadQuantity
from langraph.models.incident import Scalar

KINDS = ("memory", "cpu", "storage", "bytes", "seconds", "count", "string")
"""What a value can be; the same words as in runbooks. Kubernetes' quantities are memory, cpu and storage; `bytes` is
what programs read in their own settings (`512m`, `256mb`: an `m` is a million there, not a thousandth)."""
QUANTITIES = frozenset({"memory", "cpu", "storage"})

MAX_TEXT = 40  # characters; no amount needs more, and an exponent must not cost memory

UNIT_SECONDS = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600), "d": Fraction(86400)}
"""Go's duration units as charts use them, with the `d` that Prometheus and Loki add."""

_BYTES = re.compile(r"(?P<number>\d{1,15})(?P<unit>[kKmMgGtT]?)(?P<end>[iI]?[bB]?)", re.ASCII)
SMALLEST = 1 << 20  # bytes; nobody limits a heap or a cache to less than that
BYTE_UNITS = ("", "k", "m", "g", "t")
"""Powers of 1024, as the JVM, V8, nginx, PHP and PostgreSQL read them. Redis means 1000 by a `k` without a `b`."""

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
    if kind == "bytes":
        return _bytes(text)
    if kind == "count":
        return Fraction(text) if re.fullmatch(r"[0-9]+", text, re.ASCII) else None
    if _NUMBER.fullmatch(text):
        return Fraction(text)
    return sum_of_parts(text) if _DURATION.fullmatch(text) else None


def sum_of_parts(duration: str) -> Fraction:
    """Seconds of a duration such as `1m30s`."""
    return sum((Fraction(n) * UNIT_SECONDS[unit] for n, unit in _DURATION_PART.findall(duration)), Fraction(0))


def write_bytes(amount: Fraction, like: Scalar) -> Scalar:
    """Bytes as the author of another amount writes them, in that unit or the largest smaller one that is exact.

    Args:
        amount: bytes; a part of one is left out.
        like: `1g`, `256mb`, `64M`, or a bare number (see `amount_of`); None is returned for what is no such amount.
    """
    author = _BYTES.fullmatch(str(like).strip())
    if author is None:
        return None
    whole = amount.numerator // amount.denominator
    if not (author["unit"] or author["end"]):
        number = whole >> 20 if int(author["number"]) < SMALLEST else whole
        return number if isinstance(like, int) else str(number)
    for power in range(BYTE_UNITS.index(author["unit"].lower()), -1, -1):
        number, rest = divmod(whole, 1024**power)
        if rest == 0:
            unit = BYTE_UNITS[power].upper() if author["unit"].isupper() else BYTE_UNITS[power]
            return f"{number}{unit}{author['end'] if unit else ''}"
    return None


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


def _bytes(text: str) -> Fraction | None:
    """Bytes; a bare number too small to be any (V8's heap, a chart's `heapSize: 512`) counts MiB."""
    found = _BYTES.fullmatch(text)
    if found is None:
        return None
    number = int(found["number"])
    is_bare = not (found["unit"] or found["end"])
    power = 2 if is_bare and number < SMALLEST else BYTE_UNITS.index(found["unit"].lower())
    return Fraction(number * 1024**power)


def _quantity(text: str) -> Fraction | None:
    try:
        amount = Fraction(quantity.parse(text).value)
    except BadQuantity:
        return None
    return amount if amount >= 0 else None
