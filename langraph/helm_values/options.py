"""One setting inside a text: `-Xmx1g` among a JVM's flags, `max_connections = 200` in a configuration file's text.

A path steps into it as it steps into YAML text: the flag, or `~` and the setting's name, is the path's last part.
`env[1].value.-Xmx` is the heap in that variable, `postgresql.conf.~max_connections` the line of that text. Only
amounts can be read or written so: a number and its unit, never a word, so nothing can be slipped in beside it.
"""

import re
from collections import Counter
from dataclasses import dataclass

AMOUNT = re.compile(r"\d{1,15}(?:\.\d{1,3})?[A-Za-z]{0,3}")
"""A number and its unit: `1g`, `256mb`, `30s`."""

_FLAG = re.compile(
    r"(?:(?<=[\s\"'=,;\[(])|\A)(?P<name>--?[A-Za-z][\w:.-]{1,60}?)(?:=|[ \t]+|(?<=-Xm[xsn])|(?<=-Xss))"
    rf"(?P<value>{AMOUNT.pattern})(?=[\s\"',;\])]|\Z)"
)
_LINE = re.compile(
    rf"^[ \t]*(?P<name>[A-Za-z][\w.-]{{1,100}})(?:[ \t]*[=:][ \t]*|[ \t]+)[\"']?(?P<value>{AMOUNT.pattern})[\"']?"
    r"[ \t]*;?[ \t]*(?:[#;].*)?$",
    re.MULTILINE,
)
_PAIR = re.compile(
    rf"(?:(?<=[;?&])|\A)[ ]*(?P<name>[A-Za-z][\w .-]{{1,40}}?)[ ]*=[ ]*(?P<value>{AMOUNT.pattern})(?=[ ]*(?:[;&]|\Z))"
)
"""Of a connection string, or of what follows a URL: `Host=db;Max Pool Size=50`, `?connection_limit=5`."""
LINE = "~"
"""Before a setting's name: it is a line of its own, or a pair of a connection string."""


@dataclass(frozen=True, slots=True)
class Option:
    """A setting in a text."""

    part: str
    """The path's last part: `-Xmx`, `~max_connections`."""
    value: str
    start: int
    """Where the value begins in the text, in characters."""

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.value)


def options(text: str) -> tuple[Option, ...]:
    """Every setting of a text that is there once, in its order; of two of one name nobody knows which one counts."""
    if not any(mark in text for mark in ("-", "=", "\n", " ")) or not re.search(r"\d", text):
        return ()
    found = [Option(one["name"], one["value"], one.start("value")) for one in _FLAG.finditer(text)]
    for form in (_LINE, _PAIR):
        more = [Option(LINE + one["name"], one["value"], one.start("value")) for one in form.finditer(text)]
        found += [one for one in more if not any(one.start == known.start for known in found)]
    count = Counter(one.part for one in found)
    return tuple(sorted((one for one in found if count[one.part] == 1), key=lambda one: one.start))


def is_option(part: str | int) -> bool:
    """Whether a path's part may name a setting inside a text."""
    return isinstance(part, str) and part[:1] in ("-", LINE)


def option(text: str, part: str) -> Option | None:
    """The setting of that name; None where there is none, or more than one."""
    return next((one for one in options(text) if one.part == part), None)


def with_option(text: str, one: Option, value: str) -> str:
    """The text with another value there."""
    return text[: one.start] + value + text[one.end :]


def differing_options(old: str, new: str) -> frozenset[str]:
    """The settings in which two texts differ; empty where they differ in anything else."""
    before, after = options(old), options(new)
    if [one.part for one in before] != [one.part for one in after]:
        return frozenset()
    if _without(old, before) != _without(new, after):
        return frozenset()
    return frozenset(one.part for one, other in zip(before, after, strict=True) if one.value != other.value)


def _without(text: str, found: tuple[Option, ...]) -> str:
    for one in reversed(found):
        text = with_option(text, one, "")
    return text
