"""The amount that a person asked for, found in what they wrote. Pure; of a hostile text nothing but an amount comes."""

import re

from langraph.amounts import amount_of
from langraph.learning.steps import goes_further, kind_of, same_value, same_way
from langraph.models.incident import Scalar
from langraph.models.learning import Step, Trial

MAX_TEXT = 2000  # characters that are looked at; who names an amount names it early

# A number that stands by itself: not part of a date, a version, a ticket or a path.
_START = r"(?<![\w.,:/#+-])"
_END = r"(?![A-Za-z0-9_/:-]|[.,]\d)"
_BYTES = re.compile(
    rf"{_START}(\d{{1,6}}(?:\.\d{{1,3}})?)\s?(?:([kKmMgGtT])(?:i[bB]?|[bB])|([kKMGT])|(메가|기가|테라)(?:바이트)?){_END}",
    re.ASCII,
)
_CORES = re.compile(rf"{_START}(\d{{1,6}}(?:\.\d{{1,3}})?)\s?(m|v?[cC][pP][uU]s?|[cC]ores?|코어){_END}", re.ASCII)
_TIME = re.compile(
    rf"{_START}(\d{{1,6}}(?:\.\d{{1,3}})?)\s?(ms|s|m|h|d|sec(?:ond)?s?|min(?:ute)?s?|hours?|초|분|시간){_END}", re.ASCII
)
_COUNT = re.compile(rf"{_START}(\d{{1,9}})(?:개|대)?{_END}", re.ASCII)

_UNITS = {"초": "s", "분": "m", "시간": "h", "메가": "Mi", "기가": "Gi", "테라": "Ti"}


def wanted(trial: Trial) -> Step | None:
    """What a person wanted in place of a step: their own values, or the one amount that their expectation names.

    None when they named none, several, or one that leads nowhere.
    """
    if trial.instead is not None:
        new: Scalar = trial.instead.new
    else:
        new = _as_written(amount_in(trial.expected, trial.step), trial.step)
    is_step = new is not None and not same_value(trial.step.key, new, trial.step.old)
    return Step(trial.step.key, trial.step.old, new) if is_step else None


def _as_written(amount: Scalar, step: Step) -> Scalar:
    """A number where the value is one: `87` seconds, not the text "87"."""
    is_number = isinstance(step.new, int | float) and not isinstance(step.new, bool)
    return int(amount) if is_number and isinstance(amount, str) and amount.isdigit() else amount


def amount_in(text: str, step: Step) -> Scalar:
    """The one amount in free text that is of the kind of the step's value; None when there is none or several."""
    found = {amount for kind in _kinds(step) if (amount := _only(text[:MAX_TEXT], kind)) is not None}
    return found.pop() if len(found) == 1 else None


def _kinds(step: Step) -> tuple[str, ...]:
    """By the key's name; else by how the value is written."""
    named, written = kind_of(step.key), str(step.new)
    if named in (None, "storage") and amount_of(written, "count") is not None:
        return ("count",)  # a size without a unit is one of a pool or a queue
    if named is not None:
        return (named,)
    if re.search(r"(ms|s|m|h|d)\Z", written):
        return ("seconds",)
    return ("storage",) if amount_of(written, "storage") is not None else ()


def _only(text: str, kind: str) -> str | None:
    """The one distinct amount of a kind, in the way values files write it."""
    if kind in ("memory", "storage"):
        said = [_bytes(found) for found in _BYTES.finditer(text)]
    elif kind == "cpu":
        said = [f"{found[1]}m" if found[2] == "m" else found[1] for found in _CORES.finditer(text)]
    elif kind == "seconds":
        said = [_time(found[1], found[2]) for found in _TIME.finditer(text)]
        said = said or [found[1] for found in _COUNT.finditer(text)]
    else:
        said = [found[1] for found in _COUNT.finditer(text)]
    distinct = {amount_of(one, kind): one for one in said}
    return next(iter(distinct.values())) if len(distinct) == 1 and next(iter(distinct)) else None


def _bytes(found: re.Match[str]) -> str:
    """`2GB`, `2gb` and `2GiB` are 2Gi: who asks for memory in GB means what the tools show, and never less than 2G."""
    number, binary, decimal, korean = found.groups()
    if decimal:
        return f"{number}{'k' if decimal == 'K' else decimal}"
    return f"{number}{_UNITS.get(korean) or binary.upper() + 'i'}"


def _time(number: str, unit: str) -> str:
    return f"{number}{_UNITS.get(unit) or (unit if unit == 'ms' else unit[0])}"


def is_towards(step: Step, wish: Step) -> bool:
    """Whether a step goes the way that a person asked for, and no further."""
    return same_way(step, wish) and not goes_further(step, wish)
