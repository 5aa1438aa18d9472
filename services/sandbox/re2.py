"""RE2 patterns as LogQL knows them, translated into Python's: same matches, same refusals.

Source of the syntax: https://github.com/google/re2/wiki/Syntax. What RE2 has and we do not translate
(`\\p{..}` classes) is refused, never matched differently.
"""

import re

POSIX_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_GROUP = re.compile(r"\(\?(?:P?<[A-Za-z_]\w*>|:|[ims]+(?:-[ims]+)?[:)]|-[ims]+[:)])", re.ASCII)
_POSIX_CLASS = re.compile(r"\[:(\^?)(\w+):\]")
_LEADING_FLAGS = re.compile(r"\(\?([imsU]+)\)")
_QUANTIFIER = re.compile(r"[*+?]|\{\d+(?:,\d*)?\}")


class BadPattern(ValueError):
    """The pattern is no RE2; the text is what the server says about it."""


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Python's pattern for an RE2 one.

    Args:
        pattern: RE2 syntax, unanchored.

    Raises:
        BadPattern: with the server's words, without its `error parsing regexp: ` prefix.
    """
    flags, rest = _leading_flags(pattern)
    try:
        return re.compile(_translate(rest, multiline=bool(flags & re.MULTILINE)), flags | re.ASCII)
    except re.error as cause:
        raise BadPattern(_server_words(cause, pattern)) from cause


def compile_anchored(pattern: str) -> re.Pattern[str]:
    """As `compile_pattern`, but the whole text has to match, as label matchers want it."""
    flags, _ = _leading_flags(pattern)
    compiled = compile_pattern(pattern)
    return re.compile(rf"\A(?:{compiled.pattern})\Z", flags | re.ASCII)


def _leading_flags(pattern: str) -> tuple[int, str]:
    flags, rest = 0, pattern
    names = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "U": 0}
    while found := _LEADING_FLAGS.match(rest):
        for letter in found[1]:
            flags |= names[letter]
        rest = rest[found.end() :]
    return flags, rest


def _translate(pattern: str, *, multiline: bool) -> str:
    out: list[str] = []
    at, previous = 0, ""
    while at < len(pattern):
        piece, translated = _piece(pattern, at, multiline=multiline)
        if _QUANTIFIER.fullmatch(piece) and _QUANTIFIER.fullmatch(previous) and piece != "?":
            raise BadPattern(f"invalid nested repetition operator: `{previous}{piece}`")
        out.append(translated)
        previous = piece
        at += len(piece)
    return "".join(out)


def _piece(pattern: str, at: int, *, multiline: bool) -> tuple[str, str]:
    """One element of the pattern at `at`, as written and as Python wants it."""
    char = pattern[at]
    if char == "\\":
        return _escape(pattern, at)
    if char == "[":
        return _char_class(pattern, at)
    if pattern.startswith("(?", at):
        return _group(pattern, at)
    if char == "$" and not multiline:
        return "$", r"\Z"
    if char in "*+?{" and (quantifier := _QUANTIFIER.match(pattern, at)):
        return quantifier[0], quantifier[0]
    return char, char if char != "{" else r"\{"


def _escape(pattern: str, at: int) -> tuple[str, str]:
    piece = pattern[at : at + 2]
    if len(piece) == 1:
        raise BadPattern("trailing backslash at end of expression: ``")
    if piece[1] in "123456789" or piece in (r"\Z", r"\p", r"\P", r"\C", r"\k"):
        raise BadPattern(f"invalid escape sequence: `{piece}`")
    if piece == r"\z":
        return piece, r"\Z"
    if piece == r"\Q":
        end = pattern.find(r"\E", at)
        literal = pattern[at + 2 : end if end >= 0 else len(pattern)]
        return pattern[at : end + 2 if end >= 0 else len(pattern)], re.escape(literal)
    return piece, piece


def _char_class(pattern: str, at: int) -> tuple[str, str]:
    """`[...]` as written and for Python, which reserves `[`, `--`, `&&`, `||` and `~~` inside a class."""
    opening = "[^" if pattern.startswith("[^", at) else "["
    end, out = at + len(opening), [opening]
    if pattern.startswith("]", end):
        end, out = end + 1, [*out, r"\]"]
    while end < len(pattern) and pattern[end] != "]":
        piece = _class_piece(pattern, end)
        out.append(piece[1])
        end += len(piece[0])
    if end >= len(pattern):
        raise BadPattern(f"missing closing ]: `{pattern[at:]}`")
    return pattern[at : end + 1], "".join(out) + "]"


def _class_piece(pattern: str, at: int) -> tuple[str, str]:
    if named := _POSIX_CLASS.match(pattern, at):
        if named[1] or named[2] not in POSIX_CLASSES:
            raise BadPattern(f"invalid character class range: `{named[0]}`")
        return named[0], POSIX_CLASSES[named[2]]
    char = pattern[at]
    if char == "\\":
        return pattern[at : at + 2], pattern[at : at + 2]
    return char, "\\" + char if char in "[&|~" else char


def _group(pattern: str, at: int) -> tuple[str, str]:
    found = _GROUP.match(pattern, at)
    if found is None:
        raise BadPattern(f"invalid or unsupported Perl syntax: `{pattern[at : at + 3]}`")
    piece = found[0]
    if piece.startswith("(?<"):
        return piece, "(?P<" + piece[3:]
    if piece.endswith(")"):
        raise BadPattern(f"flags inside a pattern are not simulated, put them in front: `{piece}`")
    return piece, piece


def _server_words(cause: re.error, pattern: str) -> str:
    message = str(cause.msg)
    if "missing )" in message:
        return f"missing closing ): `{pattern}`"
    if "unbalanced parenthesis" in message:
        return f"unexpected ): `{pattern}`"
    if "nothing to repeat" in message:
        return f"missing argument to repetition operator: `{pattern[cause.pos or 0 :][:1]}`"
    if "multiple repeat" in message:
        return f"invalid nested repetition operator: `{pattern[max((cause.pos or 1) - 1, 0) :][:2]}`"
    return f"{message}: `{pattern}`"
