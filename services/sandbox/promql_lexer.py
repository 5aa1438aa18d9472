"""PromQL's tokens: names, numbers, durations, strings, operators, each with its place for the error text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.sandbox.series import PromqlError

MAX_QUERY_CHARS = 100_000  # a sandbox's own sanity limit; Prometheus leaves it to the HTTP server

_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*)
      | (?P<duration>(?:\d+(?:ms|[smhdwy]))+(?![A-Za-z0-9_]))
      | (?P<number>0[xX][0-9a-fA-F]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z0-9_])
      | (?P<name>(?:[A-Za-z_]|:[A-Za-z_:])[A-Za-z0-9_:]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | `[^`]*`)
      | (?P<op>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){}\[\],:@])
    """,
    re.VERBOSE,
)

_ESCAPES = {
    **{"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"},
    **{"\\": "\\", '"': '"', "'": "'"},
}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression."""

    kind: str
    """`name`, `number`, `duration`, `string`, `op` or `end`."""
    text: str
    at: int
    """Offset in the expression."""


def parse_error(text: str, at: int, message: str) -> PromqlError:
    """The error at a place of the expression, in Prometheus's form `line:column: parse error: ...`."""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return PromqlError(f"{line}:{column}: parse error: {message}")


def tokens(text: str) -> Iterator[Token]:
    """The words of an expression, an `end` token last.

    Raises:
        PromqlError: a character or literal that no PromQL expression holds.
    """
    if len(text) > MAX_QUERY_CHARS:
        raise PromqlError(f"query of {len(text)} characters is longer than the sandbox's {MAX_QUERY_CHARS}")
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise parse_error(text, at, _lexer_complaint(text, at))
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "", match.group(), at)
        at = match.end()
    yield Token("end", "", at)


def _lexer_complaint(text: str, at: int) -> str:
    if text[at] in "\"'`":
        return "unterminated quoted string"
    if text[at].isdigit() or text[at] == ".":
        return f'bad number or duration syntax: "{text[at : at + 12]}"'
    return f"unexpected character: {text[at]!r}"


def duration_ms(text: str) -> int | None:
    """A Prometheus duration (`5m`, `1h30m`, units in falling order) in milliseconds; None when it is not one."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        return None
    amounts = zip(match.groups(), ("y", "w", "d", "h", "m", "s", "ms"), strict=True)
    return sum(int(amount) * _UNIT_MS[unit] for amount, unit in amounts if amount)


def number(text: str) -> float:
    """A number literal's value."""
    return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)


def unquote(text: str) -> str:
    """A string literal's value; back quotes are raw, the others know Go's escapes.

    Raises:
        PromqlError: an escape that Go does not have.
    """
    if text.startswith("`"):
        return text[1:-1]

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code or match[4]:
            return chr(int(code, 16) if code else int(match[4], 8))
        if match[5] not in _ESCAPES:
            raise PromqlError(f"unknown escape sequence {match[0]!r} in string {text}")
        return _ESCAPES[match[5]]

    return _ESCAPE.sub(one, text[1:-1])
