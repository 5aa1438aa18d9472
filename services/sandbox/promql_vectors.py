"""PromQL on whole vectors: operators that match two sides, and aggregations that group one."""

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from services.sandbox.promql_functions import ARITHMETIC, COMPARE, largest, quantile, smallest, stddev
from services.sandbox.promql_parser import COMPARISONS, Binary, Matching
from services.sandbox.series import NAME, Labels, PromqlError, format_labels, label_set


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an instant vector."""

    labels: Labels
    value: float
    at_ms: int
    """When it was sampled; the evaluation's time for anything computed."""


Vector = list[Element]


def without_name(labels: Labels) -> Labels:
    """A label set less the metric's name."""
    return tuple(pair for pair in labels if pair[0] != NAME)


def keep(labels: Labels, names: Iterable[str]) -> Labels:
    """Only these labels."""
    wanted = set(names)
    return tuple(pair for pair in labels if pair[0] in wanted)


def drop(labels: Labels, names: Iterable[str]) -> Labels:
    """All but these labels."""
    unwanted = set(names)
    return tuple(pair for pair in labels if pair[0] not in unwanted)


def no_duplicates(vector: Vector) -> Vector:
    """The vector itself.

    Raises:
        PromqlError: two elements have the same labels, which no answer may hold.
    """
    if len({element.labels for element in vector}) != len(vector):
        raise PromqlError("vector cannot contain metrics with the same labelset", "execution")
    return vector


# --- operators -----------------------------------------------------------------------------------------------------


def scalars(op: str, left: float, right: float) -> float:
    """`scalar op scalar`; a comparison gives 0 or 1."""
    return float(COMPARE[op](left, right)) if op in COMPARISONS else ARITHMETIC[op](left, right)


def vector_with_scalar(expr: Binary, vector: Vector, scalar: float, at_ms: int, *, swapped: bool) -> Vector:
    """`vector op scalar`, or `scalar op vector` when swapped. A filter keeps the vector's own values."""
    out = []
    for element in vector:
        pair = (scalar, element.value) if swapped else (element.value, scalar)
        if expr.op not in COMPARISONS:
            out.append(Element(without_name(element.labels), ARITHMETIC[expr.op](*pair), at_ms))
            continue
        hit = COMPARE[expr.op](*pair)
        if expr.returns_bool:
            out.append(Element(without_name(element.labels), float(hit), at_ms))
        elif hit:
            out.append(Element(element.labels, element.value, at_ms))
    return out


def _signature(matching: Matching) -> Callable[[Labels], Labels]:
    if matching.on:
        return lambda labels: keep(labels, matching.labels)
    return lambda labels: drop(labels, (*matching.labels, NAME))


def set_operation(expr: Binary, left: Vector, right: Vector) -> Vector:
    """`and`, `or`, `unless`: elements chosen by whether the other side has their signature."""
    sign = _signature(expr.matching)
    if expr.op == "or":
        known = {sign(e.labels) for e in left}
        return left + [e for e in right if sign(e.labels) not in known]
    known = {sign(e.labels) for e in right}
    return [e for e in left if (sign(e.labels) in known) == (expr.op == "and")]


def vectors(expr: Binary, left: Vector, right: Vector, at_ms: int) -> Vector:
    """`vector op vector`, one-to-one or many-to-one.

    Raises:
        PromqlError: the labels do not identify a single partner.
    """
    if not left or not right:
        return []
    swapped = expr.matching.card == "one-to-many"
    many, one = (right, left) if swapped else (left, right)
    sign = _signature(expr.matching)
    partners = _partners(one, sign, "left" if swapped else "right")
    out: Vector = []
    seen: set[Labels] = set()
    for element in many:
        partner = partners.get(sign(element.labels))
        if partner is None:
            continue
        value = _combine(expr, partner, element) if swapped else _combine(expr, element, partner)
        if value is None:
            continue
        labels = _result_labels(expr, element.labels, partner.labels)
        identity = sign(element.labels) if expr.matching.card == "one-to-one" else labels
        if identity in seen:
            raise PromqlError(_ambiguous(expr.matching), "execution")
        seen.add(identity)
        out.append(Element(labels, value, at_ms))
    return out


def _partners(one: Vector, sign: Callable[[Labels], Labels], side: str) -> dict[Labels, Element]:
    partners: dict[Labels, Element] = {}
    for element in one:
        signature = sign(element.labels)
        if signature in partners:
            raise PromqlError(
                f"found duplicate series for the match group {format_labels(signature)} on the {side} hand-side of the"
                f" operation: [{format_labels(element.labels)}, {format_labels(partners[signature].labels)}];"
                "many-to-many matching not allowed: matching labels must be unique on one side",
                "execution",
            )
        partners[signature] = element
    return partners


def _ambiguous(matching: Matching) -> str:
    if matching.card == "one-to-one":
        return (
            "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
        )  # fmt: skip
    return "multiple matches for labels: grouping labels must ensure unique matches"


def _combine(expr: Binary, left: Element, right: Element) -> float | None:
    if expr.op not in COMPARISONS:
        return ARITHMETIC[expr.op](left.value, right.value)
    hit = COMPARE[expr.op](left.value, right.value)
    if expr.returns_bool:
        return float(hit)
    return left.value if hit else None


def _result_labels(expr: Binary, many: Labels, one: Labels) -> Labels:
    matching = expr.matching
    labels = many if expr.op in COMPARISONS and not expr.returns_bool else without_name(many)
    if matching.card == "one-to-one":
        return keep(labels, matching.labels) if matching.on else drop(labels, matching.labels)
    if not matching.include:
        return labels
    from_one = dict(one)
    return label_set({**dict(labels), **{name: from_one.get(name, "") for name in matching.include}})


# --- aggregations --------------------------------------------------------------------------------------------------

_OF_VALUES: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "min": smallest,
    "max": largest,
    "avg": lambda values: sum(values) / len(values),
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
    "stddev": stddev,
}


def aggregate(
    op: str, vector: Vector, labels: tuple[str, ...], *, without: bool, parameter: float, at_ms: int
) -> Vector:
    """Group a vector by labels and reduce each group.

    Args:
        parameter: k of `topk` and `bottomk`, q of `quantile`; NaN for the others.
    """
    groups: dict[Labels, Vector] = {}
    for element in vector:
        key = drop(element.labels, (*labels, NAME)) if without else keep(element.labels, labels)
        groups.setdefault(key, []).append(element)
    if op in ("topk", "bottomk"):
        return [e for members in groups.values() for e in _extremes(op, members, parameter, at_ms)]
    if op == "quantile":
        return [Element(k, quantile(parameter, [e.value for e in group]), at_ms) for k, group in groups.items()]
    return [Element(k, _OF_VALUES[op]([e.value for e in group]), at_ms) for k, group in groups.items()]


def _extremes(op: str, members: Vector, k: float, at_ms: int) -> Vector:
    """The k largest (smallest) elements with all their labels, best first; NaN comes last."""
    if not math.isfinite(k):
        raise PromqlError(f"Scalar value {k} overflows int64", "execution")
    sign = -1.0 if op == "topk" else 1.0

    def order(element: Element) -> tuple[bool, float]:
        nan = math.isnan(element.value)
        return nan, 0.0 if nan else sign * element.value

    return [Element(e.labels, e.value, at_ms) for e in heapq.nsmallest(max(int(k), 0), members, key=order)]
