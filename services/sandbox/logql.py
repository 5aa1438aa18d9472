"""LogQL, the part of the language that we ask and people configure: text in, tree out, refusals in the server's words.

Log queries: a selector, line filters, `json`, `logfmt`, label filters, `drop`, `keep`. Metric queries: range functions
over these, sums and other aggregations, `vector(n)`, `or`. https://grafana.com/docs/loki/latest/query/
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.sandbox.logql_lexer import LogQLError, Token, tokenize, unexpected
from services.sandbox.re2 import BadPattern, compile_anchored, compile_pattern

MATCH_OPS = ("=", "=~", "!~", "!=")  # in the order in which the server lists them
LINE_OPS = ("|=", "|~", "!=", "!~")
COMPARISONS = ("=", "=~", "!~", "!=", "==", ">", ">=", "<", "<=")
RANGE_FUNCTIONS = ("count_over_time", "rate", "bytes_over_time", "bytes_rate", "absent_over_time")
AGGREGATIONS = ("sum", "min", "max", "avg", "count")
EMPTY_COMPATIBLE = (
    "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible "
    'value. For instance, app=~".*" does not meet this requirement, but app=~".+" will'
)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label, on a stream or after a parser: a label that is absent has the value ''."""

    name: str
    op: str
    value: str
    pattern: re.Pattern[str] | None = None

    def accepts(self, value: str) -> bool:
        """Whether a label with this value passes."""
        if self.pattern is None:
            return (value == self.value) == (self.op == "=")
        return bool(self.pattern.match(value)) == (self.op == "=~")

    def __str__(self) -> str:
        return f"{self.name}{self.op}{quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class LineFilter:
    """`|= "a" or "b"`; patterns are kept for `|~` and `!~`."""

    op: str
    texts: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...] = ()

    def __str__(self) -> str:
        return f"{self.op} " + " or ".join(quoted(text) for text in self.texts)


@dataclass(frozen=True, slots=True)
class Parser:
    """`| json` or `| logfmt`."""

    name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A label against a number, a duration (seconds) or a size (bytes)."""

    name: str
    op: str
    number: float
    unit: str = ""
    """`duration`, `bytes` or nothing: how the label's value is read."""


@dataclass(frozen=True, slots=True)
class LabelFilter:
    """Conditions joined by `and` (True) or `or` (False)."""

    every: bool
    terms: tuple["Matcher | Comparison | LabelFilter", ...]


@dataclass(frozen=True, slots=True)
class Projection:
    """`| drop a, b="x"` or `| keep ...`: names, with an optional condition each."""

    keep: bool
    names: tuple[str, ...]
    conditions: tuple[Matcher, ...] = ()


Stage = LineFilter | Parser | LabelFilter | Projection


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A selector and its pipeline."""

    matchers: tuple[Matcher, ...]
    stages: tuple[Stage, ...] = ()

    @property
    def has_filter(self) -> bool:
        """Whether a line filter is in it; the results cache asks."""
        return any(isinstance(stage, LineFilter) for stage in self.stages)

    def __str__(self) -> str:
        selector = "{" + ", ".join(str(m) for m in self.matchers) + "}"
        return " ".join([selector, *(str(stage) for stage in self.stages)])


@dataclass(frozen=True, slots=True)
class Vector:
    """`vector(n)`: one series without labels."""

    value: float


@dataclass(frozen=True, slots=True)
class RangeFunction:
    """`count_over_time({...}[60s])` and its kin."""

    name: str
    query: LogQuery
    range_ns: int


@dataclass(frozen=True, slots=True)
class Aggregation:
    """`sum by (a) (...)`; without grouping everything is one series."""

    name: str
    of: "MetricQuery"
    labels: tuple[str, ...] = ()
    without: bool = False


@dataclass(frozen=True, slots=True)
class Or:
    """`a or b`: b where a has no such series."""

    left: "MetricQuery"
    right: "MetricQuery"


MetricQuery = Vector | RangeFunction | Aggregation | Or


def quoted(text: str) -> str:
    """A LogQL string literal in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def parse(text: str) -> LogQuery | MetricQuery:
    """The tree of a query.

    Raises:
        LogQLError: its text is the body of the server's 400.
    """
    reader = _Reader(tokenize(text))
    if reader.peek.kind == "$end":
        raise LogQLError("parse error : syntax error: unexpected $end")
    tree = reader.expression()
    if reader.peek.kind != "$end":
        raise unexpected(reader.peek)
    return tree


def parse_selector(text: str) -> LogQuery:
    """As `parse`, for places that take a selector alone.

    Raises:
        LogQLError: no selector, or a bad one.
    """
    tree = parse(text)
    if not isinstance(tree, LogQuery) or tree.stages:
        raise LogQLError("only label matchers are supported")
    return tree


@dataclass
class _Reader:
    """Recursive descent over the tokens; `at` is the next one."""

    tokens: Sequence[Token]
    at: int = 0

    @property
    def peek(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def take(self, *kinds: str, expecting: Sequence[str] = ()) -> Token:
        if self.peek.kind not in kinds:
            raise unexpected(self.peek, *expecting)
        return self.next()

    # --- metric queries

    def expression(self) -> LogQuery | MetricQuery:
        left = self.term()
        while self.peek.is_word("or"):
            if isinstance(left, LogQuery):
                raise unexpected(self.peek)
            self.next()
            right = self.term()
            if isinstance(right, LogQuery):
                raise LogQLError("parse error : unexpected type for right leg of binary operation (or): log query")
            left = Or(left, right)
        return left

    def term(self) -> LogQuery | MetricQuery:
        token = self.peek
        if token.kind == "{":
            return self.log_query()
        if token.kind == "(":
            self.next()
            inner = self.expression()
            self.take(")")
            return inner
        if token.is_word("vector") and self.tokens[self.at + 1].kind == "(":
            return self.vector()
        if token.kind == "IDENTIFIER" and token.text in AGGREGATIONS:
            return self.aggregation()
        if token.kind == "IDENTIFIER" and token.text in RANGE_FUNCTIONS:
            return self.range_function()
        raise unexpected(token)

    def vector(self) -> Vector:
        self.next()
        self.take("(")
        number = self.take("NUMBER")
        self.take(")")
        return Vector(number.number)

    def aggregation(self) -> Aggregation:
        name = self.next().text
        labels, without = self.grouping()
        self.take("(")
        inner = self.expression()
        if isinstance(inner, LogQuery):
            raise unexpected(self.peek)
        self.take(")")
        if not labels and not without:
            labels, without = self.grouping()
        return Aggregation(name, inner, labels, without)

    def grouping(self) -> tuple[tuple[str, ...], bool]:
        if not (self.peek.is_word("by") or self.peek.is_word("without")):
            return (), False
        without = self.next().text == "without"
        self.take("(")
        names: list[str] = []
        while self.peek.kind != ")":
            names.append(self.take("IDENTIFIER").text)
            if self.peek.kind != ")":
                self.take(",", expecting=(",", ")"))
        self.next()
        return tuple(names), without

    def range_function(self) -> RangeFunction:
        name = self.next().text
        self.take("(")
        inner = self.inner_log_query()
        window = self.take("RANGE")
        self.take(")")
        return RangeFunction(name, inner, int(window.number))

    def inner_log_query(self) -> LogQuery:
        if self.peek.kind != "(":
            return self.log_query()
        self.next()
        inner = self.inner_log_query()
        self.take(")")
        return inner

    # --- log queries

    def log_query(self) -> LogQuery:
        matchers = self.selector()
        stages: list[Stage] = []
        while self.peek.kind in LINE_OPS or self.peek.kind == "|":
            stages.append(self.line_filter() if self.peek.kind in LINE_OPS else self.pipe_stage())
        return LogQuery(matchers, tuple(stages))

    def selector(self) -> tuple[Matcher, ...]:
        self.take("{")
        matchers: list[Matcher] = []
        while self.peek.kind != "}":
            matchers.append(self.matcher())
            if self.peek.kind != "}":
                self.take(",", expecting=("}", ","))
        self.next()
        if not any(m.op in ("=", "=~") and not m.accepts("") for m in matchers):
            raise LogQLError(EMPTY_COMPATIBLE)
        return tuple(matchers)

    def matcher(self) -> Matcher:
        name = self.take("IDENTIFIER", expecting=("IDENTIFIER", "}"))
        op = self.take(*MATCH_OPS, expecting=("=", "=~", "!~", "!="))
        value = self.take("STRING", expecting=("STRING",))
        return make_matcher(name.text, op.kind, value.text)

    def line_filter(self) -> LineFilter:
        op = self.next().kind
        texts = [self.take("STRING", expecting=("STRING", "ip")).text]
        while self.peek.is_word("or"):
            self.next()
            texts.append(self.take("STRING", expecting=("STRING", "ip")).text)
        if op not in ("|~", "!~"):
            return LineFilter(op, tuple(texts))
        shown = str(LineFilter(op, tuple(texts)))
        try:
            return LineFilter(op, tuple(texts), tuple(compile_pattern(text) for text in texts))
        except BadPattern as cause:
            raise LogQLError(f"parse error : stage '{shown}' : error parsing regexp: {cause}") from cause

    def pipe_stage(self) -> Stage:
        self.take("|")
        word = self.peek
        if word.kind == "IDENTIFIER" and self.tokens[self.at + 1].kind not in COMPARISONS:
            if word.text in ("json", "logfmt"):
                return Parser(self.next().text)
            if word.text in ("drop", "keep"):
                return self.projection()
        return self.either()

    def projection(self) -> Projection:
        keep = self.next().text == "keep"
        names: list[str] = []
        conditions: list[Matcher] = []
        while True:
            if self.tokens[self.at + 1].kind in MATCH_OPS:
                conditions.append(self.matcher())
            else:
                names.append(self.take("IDENTIFIER", expecting=("IDENTIFIER",)).text)
            if self.peek.kind != ",":
                return Projection(keep, tuple(names), tuple(conditions))
            self.next()

    def either(self) -> LabelFilter:
        terms: list[Matcher | Comparison | LabelFilter] = [self.both()]
        while self.peek.is_word("or"):
            self.next()
            terms.append(self.both())
        return LabelFilter(False, tuple(terms))

    def both(self) -> LabelFilter:
        terms = [self.condition()]
        while self.peek.is_word("and") or self.peek.kind in (",", "IDENTIFIER", "("):
            if self.peek.is_word("or"):
                break
            if self.peek.is_word("and") or self.peek.kind == ",":
                self.next()
            terms.append(self.condition())
        return LabelFilter(True, tuple(terms))

    def condition(self) -> "Matcher | Comparison | LabelFilter":
        if self.peek.kind == "(":
            self.next()
            inner = self.either()
            self.take(")", expecting=(")",))
            return inner
        name = self.take("IDENTIFIER", expecting=("IDENTIFIER", "("))
        op = self.take(*COMPARISONS)
        value = self.take("STRING", "NUMBER", "DURATION", "BYTES")
        if value.kind == "STRING" and op.kind in MATCH_OPS:
            return make_matcher(name.text, op.kind, value.text)
        if value.kind == "STRING" or op.kind in ("=~", "!~"):
            raise unexpected(value)
        unit = {"DURATION": "duration", "BYTES": "bytes"}.get(value.kind, "")
        number = value.number / 1e9 if unit == "duration" else value.number
        return Comparison(name.text, op.kind, number, unit)


def make_matcher(name: str, op: str, value: str) -> Matcher:
    """A matcher with its pattern compiled.

    Raises:
        LogQLError: the pattern is no RE2.
    """
    if op not in ("=~", "!~"):
        return Matcher(name, op, value)
    try:
        return Matcher(name, op, value, compile_anchored(value))
    except BadPattern as cause:
        raise LogQLError(f"parse error : error parsing regexp: {cause}") from cause
