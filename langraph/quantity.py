"""Kubernetes quantities: `512Mi`, `500m`, `1e3`, exact, and written back the way their author writes.

The grammar is that of the Kubernetes API (apimachinery, `resource.Quantity`): a signed decimal number and either a
binary suffix, a decimal one, or a decimal exponent. `1E` is one exa, `1E3` a thousand.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal, Inexact, InvalidOperation

from langraph.errors import BadQuantity

BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
"""Powers of 1024."""
DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
"""Powers of 1000."""
GRAMMAR = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?",
    re.ASCII,
)
MAX_CHARS = 64  # characters; the longest sensible quantity has 20 digits
MAX_EXPONENT = 30  # powers of ten; Kubernetes itself ends at 2^63
EXACT = Context(prec=400, traps=[Inexact, InvalidOperation])  # digits; more than 64 characters and two units need
UPWARD = Context(prec=EXACT.prec, rounding=ROUND_CEILING)  # for amounts that must not fall below what was asked
WHOLE_ENOUGH = 100  # of a unit: from here rounding up to whole ones adds less than 1 %
FEW_CORES = 1000  # bare numbers below are cores or pieces, where thousandths (m) mean something; above are bytes
MAX_PLACES = 3  # decimal places; Kubernetes keeps no more than milli
CURE = "write a number with a unit such as 512Mi, 1Gi, 2G, 500m or 0.5"
LOOK_ALIKES = {
    "mb": "M or Mi", "mib": "Mi", "mi": "Mi", "gb": "G or Gi", "gib": "Gi", "gi": "Gi", "kb": "k or Ki", "kib": "Ki",
    "ki": "Ki", "tb": "T or Ti", "tib": "Ti", "ti": "Ti", "g": "G or Gi", "t": "T or Ti", "k": "k or Ki",
}  # fmt: skip
"""What people write by mistake, in lower case, and what they mean."""


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """An amount, and the unit its author chose. Compared by amount alone: 1Gi equals 1024Mi."""

    value: Decimal
    """In base units: bytes, cores, pieces."""
    suffix: str = field(default="", compare=False)
    """`Mi`, `m`, `e3`, ...; empty for a bare number."""

    @property
    def number(self) -> Decimal:
        """How many of its unit."""
        return _in_unit(self.value, self.suffix)

    def multiply(self, factor: Decimal | int | float | str) -> "Quantity":
        """The exact product, in the same unit.

        Raises:
            BadQuantity: the factor is no finite number, or is negative.
        """
        try:
            by = Decimal(str(factor))
        except InvalidOperation as problem:
            raise BadQuantity(f"the factor {factor!r} is not a number; give one such as 2 or 1.5") from problem
        if not by.is_finite() or by < 0 or abs(by.adjusted()) > MAX_EXPONENT or len(by.as_tuple().digits) > MAX_CHARS:
            raise BadQuantity(f"the factor {factor!r} makes no size; give a number from 0 up such as 2 or 1.5")
        return Quantity(EXACT.multiply(self.value, by), self.suffix)

    def in_style_of(self, *authors: "Quantity") -> str:
        """The amount as the author of other quantities would write it: never less, rounded up where it must be.

        Args:
            authors: the quantity whose unit is taken first; then siblings, which may ask for the unit to be kept.
        """
        like = authors[0] if authors else self
        if self.value == 0:
            return f"0{like.suffix}" if like.suffix in BINARY or like.suffix in DECIMAL else "0"
        if like.suffix in BINARY:
            return _sized(self.value, like, authors, tuple(BINARY))
        if like.suffix in DECIMAL and DECIMAL[like.suffix] > 0:
            return _sized(self.value, like, authors, tuple(s for s, power in DECIMAL.items() if power > 0))
        if like.suffix in ("m", "u", "n"):
            return _text(_ceil(_in_unit(self.value, like.suffix)), like.suffix)
        if like.suffix and _is_whole(_in_unit(self.value, like.suffix)):
            return _text(_in_unit(self.value, like.suffix), like.suffix)
        return _bare(self.value, like)

    def __str__(self) -> str:
        """Exactly this amount in its own unit."""
        return _text(self.number, self.suffix)


def parse(text: object) -> Quantity:
    """Read a quantity as it stands in YAML: text, or a number.

    Raises:
        BadQuantity: not one.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise BadQuantity(f"{text!r} is not a quantity; {CURE}")
    written = str(text)
    if isinstance(text, float):
        if not math.isfinite(text):
            raise BadQuantity(f"{text!r} is not a quantity; {CURE}")
        return _plain_number(Decimal(written), written)
    found = GRAMMAR.fullmatch(written) if len(written) <= MAX_CHARS else None
    if found is None:
        raise BadQuantity(f"{written[:MAX_CHARS]!r} is not a quantity; {_cure(written)}")
    suffix = found["suffix"] or ""
    if suffix[1:].lstrip("+-").isdigit() and abs(int(suffix[1:])) > MAX_EXPONENT:
        raise BadQuantity(f"{written!r} has an exponent beyond {MAX_EXPONENT}; {CURE}")
    return Quantity(EXACT.multiply(Decimal(found["number"]), _unit(suffix)), suffix)


def scaled(text: object, factor: Decimal | int | float | str, *siblings: object) -> str:
    """The quantity `factor` times as large, as its author would write it; never below the exact product.

    `512Mi` twice is `1Gi`, `1024Mi` twice is `2048Mi`: who writes 1024Mi does not write Gi. `1` times 1.5 is
    `1500m`, `0.5` twice is `1`. The result is text; see `helm_values.typed_like` for putting `1` in place of a number.

    Args:
        text: the present quantity.
        factor: from 0 up.
        siblings: quantities beside it in the file whose style should be kept too.

    Raises:
        BadQuantity: not a quantity, or not a factor.
    """
    quantity = parse(text)
    return quantity.multiply(factor).in_style_of(quantity, *map(parse, siblings))


def _plain_number(value: Decimal, written: str) -> Quantity:
    if value and abs(value.adjusted()) > MAX_EXPONENT:
        raise BadQuantity(f"{written!r} is beyond any size; {CURE}")
    return Quantity(value)


def _cure(written: str) -> str:
    trimmed = written.strip()
    number = trimmed.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    meant = LOOK_ALIKES.get(trimmed[len(number) :].strip().lower())
    if trimmed != written and GRAMMAR.fullmatch(trimmed):
        return f"remove the spaces: {trimmed}"
    return CURE if meant is None or not number else f"the unit is written {meant}"


def _unit(suffix: str) -> Decimal:
    if suffix in BINARY:
        return Decimal(1024 ** BINARY[suffix])
    power = 3 * DECIMAL[suffix] if suffix in DECIMAL else int(suffix[1:])
    return Decimal(1).scaleb(power)


def _in_unit(value: Decimal, suffix: str) -> Decimal:
    return EXACT.divide(value, _unit(suffix))


def _ceil(number: Decimal) -> Decimal:
    return number.to_integral_value(rounding=ROUND_CEILING)


def _is_whole(number: Decimal) -> bool:
    return number == _ceil(number)


def _has_fraction(author: Quantity) -> bool:
    return not _is_whole(author.number)


def _places(number: Decimal) -> int:
    exponent = number.normalize(EXACT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _text(number: Decimal, suffix: str) -> str:
    written = f"{number:f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return ("0" if written == "-0" else written) + suffix


def _sized(value: Decimal, like: Quantity, authors: Sequence[Quantity], units: tuple[str, ...]) -> str:
    """In the author's unit; in a larger one where it is whole there, in a smaller one where that avoids a fraction."""
    at = units.index(like.suffix)
    number = _in_unit(value, like.suffix)
    step = 1024 if like.suffix in BINARY else 1000
    if _is_whole(number):
        stays = any(author.suffix == like.suffix and abs(author.number) >= step for author in authors)
        while not stays and at + 1 < len(units) and _is_whole(_in_unit(value, units[at + 1])):
            at += 1
        return _text(_in_unit(value, units[at]), units[at])
    if _has_fraction(like) and _places(number) <= MAX_PLACES:
        return _text(number, like.suffix)
    while abs(number) < WHOLE_ENOUGH and at > 0 and not _is_whole(number):
        at -= 1
        number = _in_unit(value, units[at])
    if abs(number) < WHOLE_ENOUGH and not _is_whole(number):
        return _text(_ceil(value), "")
    return _text(_ceil(number), units[at])


def _bare(value: Decimal, like: Quantity) -> str:
    """No unit where whole or where the author writes fractions; thousandths of few, whole ones of many."""
    if _is_whole(value):
        return _text(value, "")
    if _has_fraction(like) and not like.suffix:
        return _text(UPWARD.quantize(value, Decimal(1).scaleb(-MAX_PLACES)), "")
    if abs(value) < FEW_CORES:
        return _text(_ceil(_in_unit(value, "m")), "m")
    return _text(_ceil(value), "")
