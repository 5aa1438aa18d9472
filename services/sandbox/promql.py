"""A small, honest PromQL: evaluates the expressions it knows as Prometheus 2 does, and refuses all others."""

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.sandbox.promql_functions import (
    OVER_RANGE,
    PER_VALUE,
    Window,
    predict_linear,
    quantile,
    round_to,
)
from services.sandbox.promql_parser import (
    SETS,
    Aggregate,
    Binary,
    Call,
    Constant,
    Expr,
    Negate,
    Selector,
    Subquery,
    kind_of,
    parse,
)
from services.sandbox.promql_vectors import (
    Element,
    Vector,
    aggregate,
    no_duplicates,
    scalars,
    set_operation,
    vector_with_scalar,
    vectors,
    without_name,
)
from services.sandbox.series import NAME, Labels, PromqlError, SeriesStore, compile_regex, label_set

LOOKBACK_MS = 5 * 60_000  # Prometheus's default --query.lookback-delta
MAX_SAMPLES = 50_000_000  # Prometheus's default --query.max-samples
MAX_POINTS = 11_000  # Prometheus's fixed limit of points per series in a range query

Row = tuple[Labels, list[tuple[int, float]]]
"""One series of a matrix: its labels, its samples as (milliseconds, value)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an expression came to."""

    kind: str
    """`scalar`, `string`, `vector` or `matrix`."""
    value: float | str | Sequence[Element | Row]


class Engine:
    """Evaluates expressions over a store.

    Args:
        store: where the samples are.
        lookback_ms: how old the newest sample of a series may be.
        max_samples: how many samples one query may load before it is refused.
        monotonic: seconds for a query's own deadline.
    """

    def __init__(
        self,
        store: SeriesStore,
        lookback_ms: int = LOOKBACK_MS,
        max_samples: int = MAX_SAMPLES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._lookback_ms = lookback_ms
        self._max_samples = max_samples
        self._monotonic = monotonic

    def instant(self, text: str, at_ms: int, timeout: float = math.inf) -> Answer:
        """The value of an expression at one time.

        Raises:
            PromqlError: refused, failed, or took longer than `timeout` seconds.
        """
        expr = parse(text)
        run = self._run(timeout)
        kind = kind_of(expr)
        if kind == "matrix":
            windows = run.windows(expr, at_ms)
            return Answer(kind, [(labels, list(window.samples)) for labels, window in windows])
        if kind == "vector":
            return Answer(kind, no_duplicates(run.vector(expr, at_ms)))
        return Answer(kind, run.string(expr) if kind == "string" else run.scalar(expr, at_ms))

    def vector(self, text: str, at_ms: int) -> Vector:
        """An expression as an instant vector, as alert rules want it; a scalar is one element without labels.

        Raises:
            PromqlError: refused or failed, or the expression is of another type.
        """
        expr = parse(text)
        run = self._run(math.inf)
        if kind_of(expr) == "scalar":
            return [Element((), run.scalar(expr, at_ms), at_ms)]
        return no_duplicates(run.vector(expr, at_ms))

    def range(self, text: str, since_ms: int, until_ms: int, step_ms: int, timeout: float = math.inf) -> Answer:
        """The values of an expression at `since_ms`, `since_ms + step_ms`, ... up to and with `until_ms`.

        Raises:
            PromqlError: refused, failed, or took longer than `timeout` seconds.
        """
        expr = parse(text)
        kind = kind_of(expr)
        if kind not in ("scalar", "vector"):
            words = {"matrix": "range vector", "string": "string"}
            raise PromqlError(
                f'invalid expression type "{words[kind]}" for range query, must be Scalar or instant Vector'
            )
        run = self._run(timeout)
        rows: dict[Labels, list[tuple[int, float]]] = {}
        for at_ms in range(since_ms, until_ms + 1, step_ms):
            if kind == "scalar":
                rows.setdefault((), []).append((at_ms, run.scalar(expr, at_ms)))
                continue
            for element in no_duplicates(run.vector(expr, at_ms)):
                rows.setdefault(element.labels, []).append((at_ms, element.value))
        return Answer("matrix", sorted(rows.items()))

    def _run(self, timeout: float) -> "_Run":
        return _Run(self._store, self._lookback_ms, self._max_samples, self._monotonic, self._monotonic() + timeout)


class _Run:
    """One query's evaluation: counts what it loads and looks at the clock."""

    def __init__(
        self, store: SeriesStore, lookback_ms: int, max_samples: int, monotonic: Callable[[], float], deadline: float
    ) -> None:
        self._store = store
        self._lookback_ms = lookback_ms
        self._left = max_samples
        self._monotonic = monotonic
        self._deadline = deadline

    def _load(self, samples: int) -> None:
        self._left -= samples
        if self._left < 0:
            message = "query processing would load too many samples into memory in query execution"
            raise PromqlError(message, "execution")
        if self._monotonic() > self._deadline:
            raise PromqlError("query timed out in expression evaluation", "timeout")

    # --- one function per type --------------------------------------------------------------------------------------

    def string(self, expr: Expr) -> str:
        if isinstance(expr, Constant) and isinstance(expr.value, str):
            return expr.value
        raise PromqlError(f"expected a string, got {kind_of(expr)}")

    def scalar(self, expr: Expr, at_ms: int) -> float:
        match expr:
            case Constant(value) if not isinstance(value, str):
                return value
            case Negate(inner):
                return -self.scalar(inner, at_ms)
            case Binary(op, left, right):
                return scalars(op, self.scalar(left, at_ms), self.scalar(right, at_ms))
            case Call("time"):
                return at_ms / 1000
            case Call("scalar", (arg,)):
                vector = self.vector(arg, at_ms)
                return vector[0].value if len(vector) == 1 else math.nan
        raise PromqlError(f"expected a scalar, got {kind_of(expr)}")

    def vector(self, expr: Expr, at_ms: int) -> Vector:
        match expr:
            case Selector():
                return self._select(expr, at_ms)
            case Negate(inner):
                return [Element(without_name(e.labels), -e.value, at_ms) for e in self.vector(inner, at_ms)]
            case Aggregate(op, inner, parameter, labels, without):
                value = math.nan if parameter is None else self.scalar(parameter, at_ms)
                vector = self.vector(inner, at_ms)
                return aggregate(op, vector, labels, without=without, parameter=value, at_ms=at_ms)
            case Binary():
                return self._binary(expr, at_ms)
            case Call(name, args) if any(kind_of(arg) == "matrix" for arg in args):
                return self._over_range(name, args, at_ms)
            case Call():
                return self._call(expr, at_ms)
        raise PromqlError(f"expected an instant vector, got {kind_of(expr)}")

    def windows(self, expr: Expr, at_ms: int) -> list[tuple[Labels, Window]]:
        """The range vector of a selector or subquery; series without a sample in the range are left out."""
        if isinstance(expr, Subquery):
            return self._subquery(expr, at_ms)
        if not isinstance(expr, Selector) or expr.range_ms is None:
            raise PromqlError(f"expected a range vector, got {kind_of(expr)}")
        until = at_ms - expr.offset_ms
        out = []
        for series in self._store.select(expr.matchers):
            samples = series.between(until - expr.range_ms, until)
            self._load(len(samples))
            if samples:
                out.append((series.labels, Window(samples, until - expr.range_ms, until, at_ms)))
        return out

    # --- vectors ----------------------------------------------------------------------------------------------------

    def _select(self, expr: Selector, at_ms: int) -> Vector:
        out = []
        for series in self._store.select(expr.matchers):
            found = series.at(at_ms - expr.offset_ms, self._lookback_ms)
            self._load(1)
            if found is not None:
                out.append(Element(series.labels, found[1], found[0]))
        return out

    def _subquery(self, expr: Subquery, at_ms: int) -> list[tuple[Labels, Window]]:
        """The inner expression at every multiple of the step within the range."""
        until = at_ms - expr.offset_ms
        since = until - expr.range_ms
        first = -(-since // expr.step_ms) * expr.step_ms
        rows: dict[Labels, list[tuple[int, float]]] = {}
        for moment in range(first, until + 1, expr.step_ms):
            for element in no_duplicates(self.vector(expr.expr, moment)):
                rows.setdefault(element.labels, []).append((moment, element.value))
        return [(labels, Window(samples, since, until, at_ms)) for labels, samples in sorted(rows.items())]

    def _binary(self, expr: Binary, at_ms: int) -> Vector:
        left, right = kind_of(expr.left), kind_of(expr.right)
        if right == "scalar":
            vector, scalar = self.vector(expr.left, at_ms), self.scalar(expr.right, at_ms)
            return vector_with_scalar(expr, vector, scalar, at_ms, swapped=False)
        if left == "scalar":
            vector, scalar = self.vector(expr.right, at_ms), self.scalar(expr.left, at_ms)
            return vector_with_scalar(expr, vector, scalar, at_ms, swapped=True)
        one, other = self.vector(expr.left, at_ms), self.vector(expr.right, at_ms)
        return set_operation(expr, one, other) if expr.op in SETS else vectors(expr, one, other, at_ms)

    def _over_range(self, name: str, args: tuple[Expr, ...], at_ms: int) -> Vector:
        matrix = next(arg for arg in args if kind_of(arg) == "matrix")
        windows = self.windows(matrix, at_ms)
        if name == "absent_over_time":
            return [] if windows else [_absence(matrix, at_ms)]
        if name == "predict_linear":
            ahead = self.scalar(args[1], at_ms)
            values = [predict_linear(window, ahead) for _, window in windows]
        elif name == "quantile_over_time":
            q = self.scalar(args[0], at_ms)
            values = [quantile(q, window.values) for _, window in windows]
        else:
            values = [OVER_RANGE[name](window) for _, window in windows]
        keeps_name = name == "last_over_time"
        return no_duplicates(
            [
                Element(labels if keeps_name else without_name(labels), value, at_ms)
                for (labels, _), value in zip(windows, values, strict=True)
                if value is not None
            ]
        )

    def _call(self, expr: Call, at_ms: int) -> Vector:
        if expr.name == "vector":
            return [Element((), self.scalar(expr.args[0], at_ms), at_ms)]
        vector = self.vector(expr.args[0], at_ms)
        if expr.name == "absent":
            return [] if vector else [_absence(expr.args[0], at_ms)]
        if expr.name in ("sort", "sort_desc"):
            return _sorted(vector, descending=expr.name == "sort_desc")
        if expr.name == "label_replace":
            return self._label_replace(vector, *(self.string(arg) for arg in expr.args[1:]))
        if expr.name == "timestamp":
            return [Element(without_name(e.labels), e.at_ms / 1000, at_ms) for e in vector]
        rule = self._rule(expr, at_ms)
        if rule is None:
            return []
        return [Element(without_name(e.labels), rule(e.value), at_ms) for e in vector]

    def _rule(self, expr: Call, at_ms: int) -> Callable[[float], float] | None:
        """What a function does to each value; None when it leaves no element."""
        if expr.name in PER_VALUE:
            return PER_VALUE[expr.name]
        numbers = [self.scalar(arg, at_ms) for arg in expr.args[1:]]
        if expr.name == "round":
            return lambda value: round_to(value, numbers[0] if numbers else 1.0)
        low = numbers[0] if expr.name in ("clamp", "clamp_min") else -math.inf
        high = numbers[-1] if expr.name in ("clamp", "clamp_max") else math.inf
        if low > high:
            return None
        if math.isnan(low) or math.isnan(high):
            return lambda _: math.nan
        return lambda value: value if math.isnan(value) else max(low, min(high, value))

    @staticmethod
    def _label_replace(vector: Vector, target: str, replacement: str, source: str, pattern: str) -> Vector:
        regex = compile_regex(pattern)
        if not target.replace("_", "a").isalnum() or target[0].isdigit() or not target.isascii():
            raise PromqlError(f"invalid destination label name in label_replace(): {target}", "execution")
        out = []
        for element in vector:
            labels = dict(element.labels)
            match = regex.fullmatch(labels.get(source, ""))
            if match is not None:
                labels[target] = _expand(match, replacement)
            out.append(Element(label_set(labels), element.value, element.at_ms))
        return no_duplicates(out)


def _absence(expr: Expr, at_ms: int) -> Element:
    """The element that says `nothing there`: 1, labelled by what the selector asked for by equality."""
    if not isinstance(expr, Selector):
        return Element((), 1.0, at_ms)
    names = [m.name for m in expr.matchers]
    wanted = {m.name: m.value for m in expr.matchers if m.op == "=" and m.name != NAME and names.count(m.name) == 1}
    return Element(label_set(wanted), 1.0, at_ms)


def _sorted(vector: Vector, *, descending: bool) -> Vector:
    sign = -1.0 if descending else 1.0

    def order(element: Element) -> tuple[bool, float]:
        nan = math.isnan(element.value)
        return nan, 0.0 if nan else sign * element.value

    return sorted(vector, key=order)


_GROUP = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


def _expand(match: re.Match[str], template: str) -> str:
    """Go's `Expand`: `$1`, `${name}`, `$$`; a group that does not exist is empty."""

    def one(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        try:
            return match[int(name) if name.isdigit() else name] or ""
        except IndexError:
            return ""

    return _GROUP.sub(one, template)
