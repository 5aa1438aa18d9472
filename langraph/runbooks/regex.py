"""What a runbook's regex may be: searchable in linear time, held within one physical line.

The multi-pattern engine and Python's `re` must agree on every line, so both get the same rewritten source
over bytes: white space and negated classes never take in a line feed, and nothing backtracks without bound.
"""

import re

LEADING_REPEAT = re.compile(r"(?:\(\?i\)|\(\?:|\(\?P<\w+>|\()*(?:\\[a-zA-Z]|\[[^\]]*\]|\.)[*+]")
OPEN_DOT = re.compile(r"\.[*+]|\.\{\d+,\}")
REPEAT = re.compile(r"[*+]|\{(\d*),?(\d*)\}")

SPACE = r" \t\r\f\x0b"
"""White space without the line feed."""
OUTSIDE = {
    "s": f"[{SPACE}]",
    "S": rf"[^{SPACE}\n]",
    "d": "[0-9]",
    "D": r"[^0-9\n]",
    "w": "[A-Za-z0-9_]",
    "W": r"[^A-Za-z0-9_\n]",
}
INSIDE = {"s": SPACE, "d": "0-9", "w": "A-Za-z0-9_"}
REFUSED = {"n": "a line feed", "A": r"\A", "Z": r"\Z", "z": r"\z", "R": r"\R", "K": r"\K"}


class RegexRefused(ValueError):
    """This regex may not be used; the message says why and what to write instead."""


def within_line(regex: str) -> str:
    """The same regex, rewritten so that no part of it can match a line feed.

    Raises:
        RegexRefused: it asks for a line feed, for the page's start or end, or for a flag other than `(?i)`.
    """
    out: list[str] = []
    in_class = False
    position = 0
    while position < len(regex):
        char = regex[position]
        if char == "\\":
            out.append(_escape(regex[position : position + 2], in_class))
            position += 2
            continue
        if in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
            if regex.startswith("[^", position):
                out.append(r"[^\n")
                position += 2
                continue
        out.append(char)
        position += 1
    return "".join(out)


def _escape(pair: str, in_class: bool) -> str:
    letter = pair[1:]
    if letter in REFUSED:
        raise RegexRefused(f"it contains {REFUSED[letter]}; a pattern looks at one line, use ^ and $")
    if not in_class:
        return OUTSIDE.get(letter, pair)
    if letter in OUTSIDE and letter not in INSIDE:
        raise RegexRefused(f"it contains {pair} within [...]; write the class out")
    return INSIDE.get(letter, pair)


def check(regex: str) -> None:
    """Refuse what cannot be matched in bounded time or could match on every line.

    Raises:
        RegexRefused: with the reason and the cure.
    """
    if re.search(r"\(\?[aimsux-]+[):]", regex.removeprefix("(?i)")):
        raise RegexRefused("it sets a flag; only a leading (?i) is known")
    if re.search(r"\(\?(?:[=!>]|<[=!])", regex):
        raise RegexRefused("it looks around; name the look-alike in `unless` instead")
    if re.search(r"\(\?P=|\\[1-9]", regex):
        raise RegexRefused("it refers back to a group; write the text out")
    try:
        compiled(regex)
        plain = re.compile(regex)
    except (re.error, OverflowError, RecursionError, UnicodeEncodeError) as error:
        raise RegexRefused(f"it is not a regular expression ({error}); correct it") from error
    if plain.match(""):
        raise RegexRefused("it matches an empty line; ask for at least one word")
    bare = regex.replace(r"\.", "")
    if OPEN_DOT.search(bare):
        raise RegexRefused("it repeats `.` without a bound; write .{0,200}")
    if LEADING_REPEAT.match(regex):
        raise RegexRefused("it begins with an unbounded repeat; begin with the word that marks the fault")
    if _repeated_group(regex):
        raise RegexRefused("it repeats a group that itself varies; write a character class, or the group once")


def _repeated_group(regex: str) -> bool:
    """True when a group that holds a repeat or an alternative is itself repeated: exponential in `re`."""
    varies: list[bool] = [False]
    in_class = False
    position = 0
    while position < len(regex):
        char = regex[position]
        step = 2 if char == "\\" else 1
        if in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            varies.append(False)
        elif char == ")" and len(varies) > 1:
            inner = varies.pop()
            if inner and _repeats(regex, position + 1):
                return True
            varies[-1] = varies[-1] or inner
        elif char == "|" or _repeats(regex, position):
            varies[-1] = True
        position += step
    return False


def _repeats(regex: str, position: int) -> bool:
    """True when a quantifier that allows two or more rounds stands at `position`."""
    found = REPEAT.match(regex, position)
    if not found:
        return False
    numbers = [int(n) for n in found.groups() if n]
    return found.group() in {"*", "+"} or found.group().endswith(",}") or max(numbers, default=0) > 1


def compiled(regex: str) -> re.Pattern[bytes]:
    """`regex` over UTF-8 bytes, anchors at physical lines, never crossing one."""
    return re.compile(within_line(regex).encode(), re.MULTILINE)
