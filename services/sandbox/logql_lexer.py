"""LogQL's words: query text in, tokens with their columns out."""

import re
from dataclasses import dataclass

NS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
NS |= {"d": 24 * NS["h"], "w": 7 * 24 * NS["h"], "y": 365 * 24 * NS["h"]}
"""Nanoseconds in a unit of duration."""
BYTES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
"""Bytes in a unit of size, lower case."""
MAX_QUERY_BYTES = 131_072  # Loki's limit on the text of a query

_PART = re.compile(r"(\d+(?:\.\d+)?)([a-zA-Zµ]*)")
_WORDS = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>\#[^\n]*)
      | (?P<raw>`[^`]*`)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<range>\[[^\]]*\])
      | (?P<number>-?\d+(?:\.\d+)?(?:[a-zA-Zµ]+\d*)*)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<op>\|=|\|~|\|>|!=|!~|=~|==|>=|<=|[{}()|,=<>+\-*/%^])
    """,
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"'}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")


class LogQLError(ValueError):
    """The query is refused; the text is the body of the 400 answer."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the query: its kind as the server names it, its text, its number if it has one."""

    kind: str
    text: str
    line: int
    column: int
    """From 1."""
    number: float = 0.0
    """Nanoseconds of a RANGE or DURATION, bytes of BYTES, the value of a NUMBER."""

    def is_word(self, text: str) -> bool:
        return self.kind == "IDENTIFIER" and self.text == text


def unexpected(token: Token, *expecting: str) -> LogQLError:
    """The server's complaint about a token that cannot stand where it stands."""
    wanted = f", expecting {' or '.join(expecting)}" if expecting else ""
    return LogQLError(
        f"parse error at line {token.line}, col {token.column}: syntax error: unexpected {token.kind}{wanted}"
    )


def tokenize(text: str) -> list[Token]:
    """The tokens of a query, `$end` last; blanks and `# comments` fall away.

    Raises:
        LogQLError: a character, string, duration or length that LogQL does not know.
    """
    size = len(text.encode())
    if size > MAX_QUERY_BYTES:
        raise LogQLError(f"parse error : input size too long ({size} > {MAX_QUERY_BYTES})")
    tokens: list[Token] = []
    at, line, line_start = 0, 1, 0
    while at < len(text):
        found = _WORDS.match(text, at)
        if found is None:
            raise _bad_character(text[at], line, at - line_start + 1)
        if found.lastgroup not in ("space", "comment"):
            tokens.append(_token(found, line, at - line_start + 1))
        newlines = found[0].count("\n")
        if newlines:
            line, line_start = line + newlines, at + found[0].rindex("\n") + 1
        at = found.end()
    return [*tokens, Token("$end", "", line, len(text) - line_start + 1)]


def duration_ns(text: str) -> int:
    """Nanoseconds in a duration as LogQL writes it (`1h30m`, `60s`, `1.5s`).

    Raises:
        LogQLError: not a duration.
    """
    total, at = 0.0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise LogQLError(f'parse error : not a valid duration string: "{text}"')
        if not part[2]:
            raise LogQLError(f'missing unit in duration "{text}"')
        if part[2] not in NS:
            raise LogQLError(f'unknown unit "{part[2]}" in duration "{text}"')
        total += float(part[1]) * NS[part[2]]
        at = part.end()
    if not text:
        raise LogQLError('invalid duration ""')
    return round(total)


def size_bytes(text: str) -> float | None:
    """Bytes in a size such as `20MB` or `1KiB`; None when it is none."""
    part = _PART.fullmatch(text)
    if part is None or part[2].lower() not in BYTES:
        return None
    return float(part[1]) * BYTES[part[2].lower()]


def _token(found: re.Match[str], line: int, column: int) -> Token:
    kind, text = found.lastgroup, found[0]
    if kind == "raw":
        return Token("STRING", text[1:-1], line, column)
    if kind == "string":
        return Token("STRING", _ESCAPE.sub(_unescape, text[1:-1]), line, column)
    if kind == "word":
        return Token("IDENTIFIER", text, line, column)
    if kind == "range":
        try:
            return Token("RANGE", text, line, column, duration_ns(text[1:-1].strip()))
        except LogQLError as cause:
            raise LogQLError(f"parse error at line {line - 1}, col {column}: {cause}") from cause
    if kind == "number":
        return _number(text, line, column)
    return Token(text, text, line, column)


def _number(text: str, line: int, column: int) -> Token:
    try:
        return Token("NUMBER", text, line, column, float(text))
    except ValueError:
        size = size_bytes(text)
    if size is not None:
        return Token("BYTES", text, line, column, size)
    try:
        return Token("DURATION", text, line, column, duration_ns(text))
    except LogQLError as cause:
        raise LogQLError(f"parse error at line {line}, col {column}: {cause}") from cause


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code:
        return chr(int(code, 16))
    if found[4] not in _ESCAPES:
        raise LogQLError(f"parse error : invalid syntax: unknown escape sequence \\{found[4]}")
    return _ESCAPES[found[4]]


def _bad_character(char: str, line: int, column: int) -> LogQLError:
    if char in "\"'`":
        return LogQLError(f"parse error at line {line}, col {column}: literal not terminated")
    return LogQLError(f"parse error at line {line}, col {column}: syntax error: unexpected {char!r}")
