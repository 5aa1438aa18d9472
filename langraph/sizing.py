"""How far to move a value: from what was learned, measured, or usual, within what policy and Kubernetes allow. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from langraph.amounts import QUANTITIES, UNIT_SECONDS, amount_of, write_bytes
from langraph.helm_values import typed_like
from langraph.models.incident import Scalar
from langraph.models.runbook import Remedy
from langraph.models.text import Text
from langraph.policy import Limit
from langraph.quantity import Quantity, parse
from langraph.texts import learning, placing
from langraph.texts import proposing as say

HEADROOM = Fraction(6, 5)  # a fifth above the measured peak: scrapes are a minute apart and miss the top
MIB = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Sized:
    """The new value, and why this one."""

    new: Scalar
    why: Text


@dataclass(frozen=True, slots=True)
class NoSize:
    """There is no value to propose, and why."""

    reason: Text


@dataclass(frozen=True, slots=True)
class Beside:
    """The other half of a container's request and limit."""

    value: Scalar
    is_limit: bool
    """Whether `value` is the limit (and the request is to be changed)."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """An amount that was tried and did not help."""

    amount: Scalar
    why: Text


def size(
    key: str,
    old: Scalar,
    remedy: Remedy,
    limits: Sequence[Limit],
    *,
    learned: str | None = None,
    learned_why: Text | None = None,
    peak_bytes: int | None = None,
    running: str | None = None,
    beside: Beside | None = None,
    beyond: Beyond | None = None,
) -> Sized | NoSize:
    """The value to propose.

    Args:
        key: how to name the value to people.
        old: the present value; None when there is none.
        remedy: the usual step, or the usual first value.
        limits: policy's bounds on this key.
        learned: what worked before: an amount (`1Gi`), a factor (`x2`), or a difference (`+512Mi`).
        learned_why: what to say of it.
        peak_bytes: the highest use that was measured, in bytes. A peak just under a limit was cut off by that
            limit, so it can only enlarge the usual step, never make it smaller.
        running: the value in force although the file sets none, as the event said it (`512Mi`, `524288kB`).
        beside: the request or limit beside the value, where there is one.
        beyond: an amount that did not help: the step is taken from there, and less than it is not proposed.
    """
    if remedy.kind == "string" or (remedy.op == "set" and amount_of(remedy.amount, remedy.kind) is None):
        return _fixed(key, old, remedy)
    before = amount_of(old, remedy.kind)
    if old is not None and before is None:
        return NoSize(say.not_sizable(key, old))
    failed = None if beyond is None else amount_of(beyond.amount, remedy.kind)
    wish = _wish(before, remedy, learned, learned_why, peak_bytes, running)
    if beyond is not None and failed is not None:
        is_known = _learned(before, remedy.kind, learned) is not None
        wish = _wish_beyond(wish, remedy, failed, beyond.why, is_known=is_known)
    if wish is None:
        is_limit = before is None and remedy.kind == "memory"
        return NoSize(placing.no_first_limit(key) if is_limit else say.no_default(key))
    target, why = wish
    bounded = _bounded(target, [*limits, *_beside(beside, remedy.kind)])
    if bounded is None:
        return NoSize(say.no_room(key, old, _tightest(limits, target, beside)))
    amount, bound = bounded
    if beyond is not None and failed is not None and amount <= failed:
        return NoSize(learning.no_room_beyond(key, beyond.amount, bound or _tightest(limits, target, beside)))
    if before is None and bound is not None and amount <= _had(remedy.kind, running, peak_bytes):
        return NoSize(placing.below_running(key, bound))
    new = _written(old, remedy, amount, target, beside)
    wrote = amount_of(new, remedy.kind)
    blocked = wrote is None or (before is not None and _way(wrote - before) != _way(target - before))
    blocked = blocked or (failed is not None and wrote is not None and wrote <= failed)
    if blocked or (bound is None and wrote == before):
        return NoSize(say.no_room(key, old, bound or _tightest(limits, target, beside)))
    return Sized(new, say.join(why, None if bound is None else say.size_bounded(bound)))


def written_as(old: Scalar, amount: Fraction) -> Scalar:
    """An amount of bytes as the author of the present value would write it, rounded down to whole MiB.

    Args:
        old: the present value: `1g`, `256mb`, 768 (MiB).
        amount: bytes.
    """
    whole = amount // MIB
    return write_bytes(Fraction(whole * MIB) if whole else amount, old)


def next_usual_size(need: Fraction) -> int:
    """The smallest of 16, 24, 32, 48, 64, 96, 128 … MiB that is not below `need`, in bytes."""
    small = 16 * MIB
    while True:
        for candidate in (small, small * 3 // 2):
            if candidate >= need:
                return candidate
        small *= 2


def _fixed(key: str, old: Scalar, remedy: Remedy) -> Sized | NoSize:
    if remedy.op != "set" or old == remedy.amount:
        return NoSize(say.not_sizable(key, old))
    return Sized(remedy.amount, say.size_step("set", remedy.amount))


def _wish(
    before: Fraction | None,
    remedy: Remedy,
    learned: str | None,
    learned_why: Text | None,
    peak_bytes: int | None,
    running: str | None,
) -> tuple[Fraction, Text] | None:
    """What we would like, before anybody bounds it."""
    known = _learned(before, remedy.kind, learned)
    if known is not None:
        return known, learned_why or say.size_learned(learned or "")
    usual = _usual(before, remedy, running)
    if peak_bytes is None or remedy.kind not in ("memory", "storage"):
        return usual
    measured = Fraction(next_usual_size(peak_bytes * HEADROOM))
    is_more = usual is None or measured > usual[0]
    return (measured, say.size_evidence(peak_bytes // MIB)) if is_more else usual


def _wish_beyond(
    wish: tuple[Fraction, Text] | None, remedy: Remedy, failed: Fraction, why: Text, *, is_known: bool
) -> tuple[Fraction, Text] | None:
    """What was learned where it goes beyond what failed, else the usual step from what failed, or a measured more.

    A peak that was measured under what failed was cut off by that: it never makes the step smaller.
    """
    usual = _usual(failed, remedy, None)
    least = usual[0] if usual is not None and usual[0] > failed and not is_known else None
    if wish is not None and wish[0] > failed and (least is None or wish[0] >= least):
        return wish[0], say.join(wish[1], why)
    return None if usual is None or usual[0] <= failed else (usual[0], why)


def in_force(running: str | None, kind: str) -> Fraction | None:
    """The running value as a number; the kernel writes `524288kB` and means 1024 bytes by kB."""
    kernel = re.fullmatch(r"(\d{1,15})kB", (running or "").strip(), re.ASCII)
    if kernel:
        return Fraction(int(kernel[1]) * 1024) if kind == "memory" else None
    return amount_of(running, kind) or None


def _had(kind: str, running: str | None, peak_bytes: int | None) -> Fraction:
    """What the container had or used already: a first limit at or below it would make things worse."""
    used = Fraction(peak_bytes or 0) if kind in ("memory", "storage") else Fraction(0)
    return max(in_force(running, kind) or Fraction(0), used)


def _usual(before: Fraction | None, remedy: Remedy, running: str | None) -> tuple[Fraction, Text] | None:
    ran_with = in_force(running, remedy.kind) if before is None and remedy.op == "multiply" else None
    if ran_with is not None:
        return ran_with * Fraction(remedy.amount), say.size_running(running or "", remedy.amount)
    if before is None:
        first = amount_of(remedy.default, remedy.kind)
        return None if first is None else (first, say.size_default(remedy.default or ""))
    why = say.size_step(remedy.op, remedy.amount)
    if remedy.op == "multiply":
        return before * Fraction(remedy.amount), why
    amount = amount_of(remedy.amount, remedy.kind)
    if amount is None:
        return None
    return (before + amount if remedy.op == "add" else amount), why


def _learned(before: Fraction | None, kind: str, learned: str | None) -> Fraction | None:
    """A learned amount as a number; None when there is none, or it does not go further than what we have."""
    if learned is None:
        return None
    text = learned.strip()
    factor = re.fullmatch(r"[x×*]\s*(\d{1,4}(?:\.\d{1,4})?)", text)
    if factor:
        wish = None if before is None else before * Fraction(factor[1])
    elif text.startswith("+"):
        more = amount_of(text[1:].strip(), kind)
        wish = None if before is None or more is None else before + more
    else:
        wish = amount_of(text, kind)
    return None if wish is None or (before is not None and wish <= before) else wish


def _beside(beside: Beside | None, kind: str) -> list[Limit]:
    """Request ≤ limit as one more bound."""
    amount = None if beside is None else amount_of(beside.value, kind)
    if beside is None or amount is None:
        return []
    if beside.is_limit:
        return [Limit(None, amount, say.bound_by_limit(beside.value))]
    return [Limit(amount, None, say.bound_by_request(beside.value))]


def _bounded(target: Fraction, limits: Sequence[Limit]) -> tuple[Fraction, Text | None] | None:
    """The target moved into the bounds, and the bound that moved it; None when the bounds leave no value."""
    low = max((limit for limit in limits if limit.low is not None), key=lambda b: b.low or 0, default=None)
    high = min((limit for limit in limits if limit.high is not None), key=lambda b: b.high or 0, default=None)
    least = low.low if low is not None and low.low is not None else None
    most = high.high if high is not None and high.high is not None else None
    if least is not None and most is not None and least > most:
        return None
    if low is not None and least is not None and target < least:
        return least, low.says
    if high is not None and most is not None and target > most:
        return most, high.says
    return target, None


def _tightest(limits: Sequence[Limit], target: Fraction, beside: Beside | None) -> Text:
    """The bound to name when nothing is left: the lowest one that the wish breaks."""
    broken = [limit for limit in limits if not limit.holds(target)]
    if broken:
        return min(broken, key=lambda limit: limit.high if limit.high is not None else Fraction(0)).says
    return say.bound_by_limit(beside.value if beside else "")


def _written(old: Scalar, remedy: Remedy, amount: Fraction, target: Fraction, beside: Beside | None) -> Scalar:
    """The amount as the author would write it: same unit, same type; a bounded amount is never rounded up."""
    if remedy.kind in QUANTITIES:
        return _quantity(old, remedy, amount, beside)
    if remedy.kind == "bytes":
        return written_as(old, amount)
    whole = math.floor(amount) if amount < target else math.ceil(amount)
    if not isinstance(old, str):
        return whole if not isinstance(old, float) or amount.denominator != 1 else float(whole)
    unit = re.fullmatch(r"[\d.]+(ms|s|m|h|d)", old.strip())
    if unit is None:
        return str(whole) if old.strip().isdigit() else f"{whole}s"
    return f"{math.floor(amount / UNIT_SECONDS[unit[1]])}{unit[1]}" if _even(amount, unit[1]) else f"{whole}s"


def _even(amount: Fraction, unit: str) -> bool:
    return (amount / UNIT_SECONDS[unit]).denominator == 1


def _quantity(old: Scalar, remedy: Remedy, amount: Fraction, beside: Beside | None) -> Scalar:
    author = parse(old if old is not None else remedy.default or "1Mi")
    siblings = [parse(beside.value)] if beside is not None and amount_of(beside.value, remedy.kind) is not None else []
    grain = 1000 if remedy.kind == "cpu" else 1  # Kubernetes counts thousandths of a core, and whole bytes
    exact = Fraction(math.floor(amount * grain), grain)
    text = Quantity(Decimal(exact.numerator) / Decimal(exact.denominator)).in_style_of(author, *siblings)
    wrote = amount_of(text, remedy.kind)
    if wrote is None or wrote > amount:
        text = f"{math.floor(amount * 1000)}m" if remedy.kind == "cpu" else f"{math.floor(amount / MIB)}Mi"
    return typed_like(text, old) if old is not None else text


def _way(difference: Fraction) -> int:
    return (difference > 0) - (difference < 0)
