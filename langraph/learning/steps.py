"""A step of one value: written and read as one line, compared with others by amount. Pure."""

import json
import math
import re
from fractions import Fraction
from functools import lru_cache

from langraph.amounts import amount_of
from langraph.errors import BadInput
from langraph.models.incident import Scalar
from langraph.models.learning import Factor, Move, Step

MAX_TEXT = 1000  # characters of one action; a dotted path and two amounts need a tenth of it
MAX_FACTOR = 1000  # beyond it nobody multiplies a setting
NEAR = Fraction(3, 2)  # less apart than the smallest usual step, amounts and systems are about the same
UNSET = "unset"
CURE = "write `resources.limits.memory 512Mi -> 1Gi` or `resources.limits.memory x2`"

_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_FACTOR = re.compile(r"x(\d{1,4}(?:\.\d{1,2})?)", re.ASCII)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"]+')
_LINE = re.compile(rf"(?:{_TOKEN.pattern})(?: +(?:{_TOKEN.pattern}))*")
_WORDS: dict[str, Scalar] = {UNSET: None, "true": True, "false": False}

_KINDS = (
    ("memory", ("memory", "heap")),
    ("cpu", ("cpu",)),
    ("storage", ("storage", "size", "disk")),
    ("seconds", ("seconds", "timeout", "interval", "period", "delay", "duration", "ttl")),
    ("count", ("replicas", "count", "connections", "threshold")),
)
"""What a value is, by words in the last name of its path; the first that fits."""


def write(move: Move) -> str:
    """The action as one line: `<path> <old> -> <new>`, or `<path> x<factor>`. `read` gives it back."""
    key = _quoted(move.key) if not move.key or not _is_plain(move.key) else move.key
    if isinstance(move, Factor):
        return f"{key} x{show_factor(move.factor)}"
    return f"{key} {show(move.old)} -> {show(move.new)}"


def read(text: str) -> Move:
    """The action that a line says.

    Raises:
        BadInput: it says none; names the text and how to write it.
    """
    is_line = len(text) <= MAX_TEXT and _LINE.fullmatch(text.strip()) is not None
    tokens = _TOKEN.findall(text) if is_line else []
    if len(tokens) not in (2, 4):
        raise BadInput(f"{text!r:.80} is no action; {CURE}")
    if len(tokens) == 2:
        found = _FACTOR.fullmatch(tokens[1])
        factor = Fraction(found[1]) if found else Fraction(0)
        if not 0 < factor <= MAX_FACTOR:
            raise BadInput(f"{text!r:.80} has no factor between 0 and {MAX_FACTOR}; {CURE}")
        return Factor(_name(tokens[0], text), factor)
    if tokens[2] != "->":
        raise BadInput(f"{text!r:.80} has no arrow; {CURE}")
    return Step(_name(tokens[0], text), _value(tokens[1], text), _value(tokens[3], text))


def show(value: Scalar) -> str:
    """One value in an action: bare where that reads back as the same, in JSON quotes otherwise."""
    if value is None:
        return UNSET
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    is_ambiguous = value in _WORDS or value == "->" or _NUMBER.fullmatch(value) is not None
    return _quoted(value) if not value or is_ambiguous or not _is_plain(value) else value


def show_factor(factor: Fraction) -> str:
    """A factor with two places at most: 2, 1.5, 1.33."""
    return f"{float(round(factor, 2)):.2f}".rstrip("0").rstrip(".")


def _is_plain(text: str) -> bool:
    return text.isprintable() and not any(char.isspace() for char in text) and '"' not in text


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _name(token: str, text: str) -> str:
    key = _unquoted(token, text) if token.startswith('"') else token
    if not key:
        raise BadInput(f"{text!r:.80} names no value; {CURE}")
    return key


def _value(token: str, text: str) -> Scalar:
    if token.startswith('"'):
        return _unquoted(token, text)
    if token in _WORDS:
        return _WORDS[token]
    if not _NUMBER.fullmatch(token):
        return token
    number = int(token) if re.fullmatch(r"-?\d+", token) else float(token)
    if isinstance(number, float) and not math.isfinite(number):
        raise BadInput(f"{text!r:.80} has a number without end; {CURE}")
    return number


def _unquoted(token: str, text: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError as problem:
        raise BadInput(f"{text!r:.80} has quotes that JSON does not read; {CURE}") from problem


# --- amounts -------------------------------------------------------------------------------------------------------


def kind_of(key: str) -> str | None:
    """What kind of amount a key usually holds, by its name; None when the name does not say."""
    last = re.split(r"[.\[]", key)[-1].lower()
    return next((kind for kind, words in _KINDS if any(word in last for word in words)), None)


@lru_cache(maxsize=4096, typed=True)  # the same few values are compared again and again
def amounts(key: str, *values: Scalar) -> tuple[Fraction, ...] | None:
    """The values as comparable numbers; None when they are not amounts of one kind."""
    kind = kind_of(key)
    for tried in (kind,) if kind else ("storage", "seconds"):  # `storage` reads every quantity and bare number
        found = [amount_of(value, tried) for value in values]
        known = tuple(amount for amount in found if amount is not None)
        if len(known) == len(found):
            return known
    return None


def same_value(key: str, one: Scalar, other: Scalar) -> bool:
    """Equal, or another spelling of the same amount."""
    if one is None or other is None:
        return one is other
    both = amounts(key, one, other)
    return one == other if both is None else both[0] == both[1]


def same_way(one: Step, other: Step) -> bool:
    """Whether both go up, or both go down; for what is no amount, whether both go to the same value."""
    ways = (_way(one), _way(other))
    return one.new == other.new if None in ways else ways[0] == ways[1]


def _way(step: Step) -> bool | None:
    """Upwards? A value that was not set can only be raised. None: nothing to compare."""
    if step.old is None:
        return True if amounts(step.key, step.new) else None
    both = amounts(step.key, step.old, step.new)
    return None if both is None or both[0] == both[1] else both[1] > both[0]


def goes_as_far(step: Step, than: Step) -> bool:
    """Whether `step` ends where `than` ends, or beyond; both go the same way."""
    both = amounts(step.key, step.new, than.new)
    if both is None:
        return step.new == than.new
    return both[0] >= both[1] if _way(than) else both[0] <= both[1]


def goes_further(step: Step, than: Step) -> bool:
    """Whether `step` ends beyond where `than` ends; both go the same way."""
    return goes_as_far(step, than) and not same_value(step.key, step.new, than.new)


def starts_alike(step: Step, other: Step) -> bool:
    """Whether `step` starts where `other` did, a little short of it, or on its way: what that taught holds here too."""
    if same_value(step.key, step.old, other.old):
        return True
    known = None if step.old is None or other.old is None else amounts(step.key, step.old, other.old, other.new)
    if known is None:
        return False
    present, start, end = known
    return start / NEAR <= present <= end if end > start else end <= present <= start * NEAR


def hardly_further(step: Step, than: Step) -> bool:
    """Whether `step` ends short of where `than` ends, there, or so little beyond that it is the same to try."""
    if goes_as_far(than, step):
        return True
    both = amounts(step.key, step.new, than.new)
    return both is not None and max(both) < NEAR * min(both)


def clearly_apart(one: Step, other: Step) -> bool:
    """Whether two steps end so far from each other that the second tells more than the first."""
    both = amounts(one.key, one.new, other.new)
    if both is None:
        return one.new != other.new
    return max(both) >= NEAR * min(both) and max(both) > 0


def factor_of(step: Step) -> Factor | None:
    """The step as a factor, where it is one that people would say: positive, up to 1000, not 1."""
    both = None if step.old is None else amounts(step.key, step.old, step.new)
    if both is None or both[0] <= 0:
        return None
    factor = Fraction(round(both[1] / both[0], 2))
    return Factor(step.key, factor) if 0 < factor <= MAX_FACTOR and factor != 1 else None


def common_key(key: str) -> str | None:
    """The part of a path that apps have in common: `resources.limits.memory` of `server.resources.limits.memory`.

    None for a place in a list, which means something else in every file.
    """
    if "[" in key:
        return None
    names = key.split(".")
    start = names.index("resources") if "resources" in names else max(0, len(names) - 2)
    return ".".join(names[start:])
