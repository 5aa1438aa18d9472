"""PromQL's grammar: from an expression to a typed tree, refusing what the evaluator does not know."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.sandbox.promql_lexer import Token, duration_ms, number, parse_error, tokens, unquote
from services.sandbox.promql_signatures import AGGREGATIONS, FUNCTIONS, Kind
from services.sandbox.series import NAME, Matcher, PromqlError


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a string."""

    value: float | str


@dataclass(frozen=True, slots=True)
class Selector:
    """`name{matchers} offset d`, with `[range]` a range vector."""

    matchers: tuple[Matcher, ...]
    range_ms: int | None = None
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Subquery:
    """`expr[range:step] offset d`: an instant expression evaluated along a window."""

    expr: "Expr"
    range_ms: int
    step_ms: int
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    args: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`op by|without (labels) (parameter, expr)`."""

    op: str
    expr: "Expr"
    parameter: "Expr | None"
    labels: tuple[str, ...]
    without: bool


@dataclass(frozen=True, slots=True)
class Matching:
    """How the two sides of an operator find each other."""

    on: bool = False
    """True: by these labels only; False: by all but these."""
    labels: tuple[str, ...] = ()
    card: str = "one-to-one"
    """`one-to-one`, `many-to-one` (group_left) or `one-to-many` (group_right)."""
    include: tuple[str, ...] = ()
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and an operator."""

    op: str
    left: "Expr"
    right: "Expr"
    matching: Matching
    returns_bool: bool


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    expr: "Expr"


Expr = Constant | Selector | Subquery | Call | Aggregate | Binary | Negate

COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
SETS = frozenset({"and", "or", "unless"})
_PRECEDENCE = {
    **{"or": 1, "and": 2, "unless": 2, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "atan2": 5, "^": 6},
    **dict.fromkeys(COMPARISONS, 3),
}
_UNARY = 5  # binds as tightly as `*`: -2^2 is -(2^2)
_DEFAULT_STEP_MS = 60_000  # a subquery without a step takes global.evaluation_interval, one minute by default
_MAX_DEPTH = 64  # nesting no person writes; keeps a hostile query from exhausting the stack


def kind_of(expr: Expr) -> Kind:
    """What an expression yields."""
    match expr:
        case Constant(value):
            return "string" if isinstance(value, str) else "scalar"
        case Selector(range_ms=range_ms):
            return "vector" if range_ms is None else "matrix"
        case Subquery():
            return "matrix"
        case Call(name):
            return FUNCTIONS[name].returns
        case Aggregate():
            return "vector"
        case Binary(left=left, right=right):
            return "scalar" if kind_of(left) == kind_of(right) == "scalar" else "vector"
        case Negate(inner):
            return kind_of(inner)


def parse(text: str) -> Expr:
    """The tree of an expression.

    Raises:
        PromqlError: not PromQL, ill-typed, or beyond what the sandbox evaluates.
    """
    parser = _Parser(text)
    if parser.next.kind == "end":
        raise parse_error(text, 0, "no expression found in input")
    expr = parser.expression(0)
    if parser.next.kind != "end":
        raise parser.unexpected("")
    return expr


def parse_selector(text: str) -> Selector:
    """A bare series selector, as `match[]` wants it.

    Raises:
        PromqlError: anything else.
    """
    expr = parse(text)
    if not isinstance(expr, Selector) or expr.range_ms is not None or expr.offset_ms:
        raise PromqlError(f"1:1: parse error: {text!r} is not a series selector")
    return expr


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: Sequence[Token] = list(tokens(text))
        self._i = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._i]

    def unexpected(self, where: str) -> PromqlError:
        token = self.next
        what = "end of input" if token.kind == "end" else f'"{token.text}"'
        return parse_error(self._text, token.at, f"unexpected {what}{' ' + where if where else ''}")

    def _word(self) -> str:
        """The next token as a keyword or operator; keywords know no case."""
        return self.next.text.lower() if self.next.kind == "name" else self.next.text if self.next.kind == "op" else ""

    def _take(self, text: str) -> bool:
        if self._word() != text:
            return False
        self._i += 1
        return True

    def _need(self, text: str, where: str) -> None:
        if not self._take(text):
            raise self.unexpected(f'{where}, expected "{text}"')

    def _advance(self) -> Token:
        token = self.next
        self._i += 1
        return token

    # --- operators -------------------------------------------------------------------------------------------------

    def expression(self, floor: int) -> Expr:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise parse_error(self._text, self.next.at, f"nested deeper than the sandbox's {_MAX_DEPTH} levels")
        left = self._unary()
        while (rank := _PRECEDENCE.get(self._word(), 0)) > floor:
            op, at = self._word(), self._advance().at
            returns_bool = self._take("bool")
            matching = self._matching()
            right = self.expression(rank - 1 if op == "^" else rank)
            left = self._binary(Binary(op, left, right, matching, returns_bool), at)
        self._depth -= 1
        return left

    def _unary(self) -> Expr:
        at = self.next.at
        if self._take("+") or self._take("-"):
            minus = self._text[at] == "-"
            inner = self.expression(_UNARY)
            if kind_of(inner) not in ("scalar", "vector"):
                message = "unary expression only allowed on expressions of type scalar or instant vector"
                raise parse_error(self._text, at, f"{message}, got {kind_of(inner)}")
            return Negate(inner) if minus else inner
        return self._postfix(self._atom())

    def _matching(self) -> Matching:
        on = self._take("on")
        if not on and not self._take("ignoring"):
            return Matching()
        matching = Matching(on, self._label_list(), explicit=True)
        for word, card in (("group_left", "many-to-one"), ("group_right", "one-to-many")):
            if self._take(word):
                include = self._label_list() if self._word() == "(" else ()
                return replace(matching, card=card, include=include)
        return matching

    def _binary(self, expr: Binary, at: int) -> Expr:
        kinds = (kind_of(expr.left), kind_of(expr.right))
        complaint = None
        if any(kind not in ("scalar", "vector") for kind in kinds):
            complaint = "binary expression must contain only scalar and instant vector types"
        elif expr.returns_bool and expr.op not in COMPARISONS:
            complaint = "bool modifier can only be used on comparison operators"
        elif expr.op in COMPARISONS and kinds == ("scalar", "scalar") and not expr.returns_bool:
            complaint = "comparisons between scalars must use BOOL modifier"
        elif expr.op in SETS and "scalar" in kinds:
            complaint = f'set operator "{expr.op}" not allowed in binary scalar expression'
        elif expr.op in SETS and expr.matching.card != "one-to-one":
            complaint = f'no grouping allowed for "{expr.op}" operation'
        elif expr.matching.explicit and "scalar" in kinds:
            complaint = "vector matching only allowed between instant vectors"
        elif expr.matching.on and set(expr.matching.labels) & set(expr.matching.include):
            complaint = "labels must not occur in ON and GROUP clause at once"
        if complaint:
            raise parse_error(self._text, at, complaint)
        return expr

    # --- operands --------------------------------------------------------------------------------------------------

    def _atom(self) -> Expr:
        token = self.next
        if token.kind == "number":
            return Constant(number(self._advance().text))
        if token.kind == "string":
            return Constant(unquote(self._advance().text))
        if token.text == "{":
            return self._selector(None)
        if self._take("("):
            inner = self.expression(0)
            self._need(")", "in parentheses")
            return inner
        if token.kind == "name":
            return self._named()
        raise self.unexpected("")

    def _named(self) -> Expr:
        token = self._advance()
        word = token.text.lower()
        if word in AGGREGATIONS and self._word() in ("(", "by", "without"):
            return self._aggregate(word, token.at)
        if self._word() == "(":
            return self._call(token)
        if word in ("inf", "nan"):
            return Constant(float(word))
        if word in _PRECEDENCE or word in ("by", "without", "on", "ignoring", "bool", "offset"):
            self._i -= 1
            raise self.unexpected("")
        return self._selector(token.text)

    def _call(self, token: Token) -> Expr:
        signature = FUNCTIONS.get(token.text)
        if signature is None:
            raise parse_error(self._text, token.at, f'unknown function with name "{token.text}" (sandbox)')
        args = self._arguments()
        least, most = len(signature.takes) - signature.optional, len(signature.takes)
        if not least <= len(args) <= most:
            message = f'expected {least} to {most} argument(s) in call to "{token.text}", got {len(args)}'
            raise parse_error(self._text, token.at, message)
        for arg, wanted in zip(args, signature.takes, strict=False):
            self._expect(arg, wanted, f'call to function "{token.text}"', token.at)
        return Call(token.text, args)

    def _aggregate(self, op: str, at: int) -> Expr:
        grouping = self._grouping()
        args = self._arguments()
        grouping = grouping or self._grouping()
        wanted = (*AGGREGATIONS[op], "vector")
        if len(args) != len(wanted):
            message = f"wrong number of arguments for aggregate expression provided, expected {len(wanted)}"
            raise parse_error(self._text, at, f"{message}, got {len(args)}")
        for arg, kind in zip(args, wanted, strict=True):
            self._expect(arg, kind, "aggregation expression", at)
        without, labels = grouping or (False, ())
        return Aggregate(op, args[-1], args[0] if len(args) == 2 else None, labels, without)

    def _grouping(self) -> tuple[bool, tuple[str, ...]] | None:
        without = self._take("without")
        if not without and not self._take("by"):
            return None
        return without, self._label_list()

    def _expect(self, arg: Expr, wanted: Kind, where: str, at: int) -> None:
        words = {"vector": "instant vector", "matrix": "range vector", "scalar": "scalar", "string": "string"}
        if kind_of(arg) != wanted:
            message = f"expected type {words[wanted]} in {where}, got {words[kind_of(arg)]}"
            raise parse_error(self._text, at, message)

    def _arguments(self) -> tuple[Expr, ...]:
        self._need("(", "in call")
        args: list[Expr] = []
        while not self._take(")"):
            if args:
                self._need(",", "in arguments")
            args.append(self.expression(0))
        return tuple(args)

    def _label_list(self) -> tuple[str, ...]:
        self._need("(", "in grouping opts")
        labels: list[str] = []
        while not self._take(")"):
            if labels:
                self._need(",", "in grouping opts")
            if self.next.kind != "name" or ":" in self.next.text:
                raise self.unexpected("in grouping opts, expected label")
            labels.append(self._advance().text)
        return tuple(labels)

    def _selector(self, name: str | None) -> Expr:
        at = self.next.at
        matchers = [Matcher.of(NAME, "=", name)] if name else []
        if self._take("{"):
            while not self._take("}"):
                matchers.append(self._matcher(name))
                if self._word() != "}":
                    self._need(",", "inside braces")
        if all(m.accepts("") for m in matchers):
            raise parse_error(self._text, at, "vector selector must contain at least one non-empty matcher")
        return Selector(tuple(matchers))

    def _matcher(self, name: str | None) -> Matcher:
        if self.next.kind != "name" or ":" in self.next.text:
            raise self.unexpected("inside braces")
        label = self._advance().text
        if self._word() not in ("=", "!=", "=~", "!~"):
            raise self.unexpected("inside braces, expected label matching operator")
        op = self._advance().text
        if self.next.kind != "string":
            raise self.unexpected("in label matching, expected string")
        if label == NAME and name:
            raise parse_error(self._text, self.next.at, f'metric name must not be set twice: "{name}" or a matcher')
        return Matcher.of(label, op, unquote(self._advance().text))

    # --- what follows an operand ------------------------------------------------------------------------------------

    def _postfix(self, expr: Expr) -> Expr:
        while True:
            if self._word() == "[":
                expr = self._range(expr)
            elif self._take("offset"):
                expr = self._offset(expr)
            elif self._word() == "@":
                raise parse_error(self._text, self.next.at, "the @ modifier is not supported by the sandbox")
            else:
                return expr

    def _range(self, expr: Expr) -> Expr:
        at = self._advance().at
        range_ms = self._duration("in range")
        if self._take(":"):
            step = _DEFAULT_STEP_MS if self._word() == "]" else self._duration("in subquery")
            self._need("]", "in subquery")
            if kind_of(expr) != "vector":
                raise parse_error(self._text, at, f"subquery is only allowed on instant vector, got {kind_of(expr)}")
            return Subquery(expr, range_ms, step)
        self._need("]", "in range")
        if not isinstance(expr, Selector) or expr.range_ms is not None:
            raise parse_error(self._text, at, "ranges only allowed for vector selectors")
        if expr.offset_ms:
            raise parse_error(self._text, at, "no offset modifiers allowed before range")
        return replace(expr, range_ms=range_ms)

    def _offset(self, expr: Expr) -> Expr:
        at = self.next.at
        sign = -1 if self._take("-") else 1
        offset = sign * self._duration("in offset")
        if not isinstance(expr, Selector | Subquery) or expr.offset_ms:
            message = "offset modifier must be preceded by an instant vector selector or range vector selector"
            raise parse_error(self._text, at, f"{message} or a subquery, once")
        return replace(expr, offset_ms=offset)

    def _duration(self, where: str) -> int:
        if self.next.kind != "duration":
            raise self.unexpected(f"{where}, expected duration")
        token = self._advance()
        millis = duration_ms(token.text)
        if not millis:
            raise parse_error(self._text, token.at, f'not a valid duration string: "{token.text}", must be above 0')
        return millis
