"""Which known fault a log line shows: one linear pass per page, then a bounded look at each hit."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from langraph.models.runbook import Runbook
from langraph.runbooks.catalogue import Catalogue
from langraph.runbooks.regex import compiled
from langraph.runbooks.scanner import Scanner, scanner
from langraph.runbooks.schema import Rule

bytes_before_hit = 3_072  # a message's head and its fields stand before the words that mark the fault
bytes_after_hit = 1_024  # named groups may reach past them; both bound what a backtracking `re` ever sees
max_fact_chars = 200  # longer than any Kubernetes name (253 for hosts is cut: facts are for people)

DEEPER = re.compile(
    rb"[Cc]aused by:? (?!java\.util\.concurrent\.TimeoutException(?:: null)?(?:\r|\n|\\n|\Z))"
    rb"|Caused by:(?=\n|\\n)|\[cause\]: | ---> |; nested exception is |\bwith root cause\b"
    rb"|\[previous exception\]|(?<=\n) {4}\d{1,2}: |(?<=\\n) {4}\d{1,2}: "
)
"""Java, Rust, Node, .NET, Spring, Tomcat and Monolog print the inner cause after these words; anyhow numbers causes.

Java's bare TimeoutException is no cause: it says that somebody waited, and what for is said outside of it.
"""
SHALLOWER = re.compile(
    rb"The above exception was the direct cause|During handling of the above exception|Wrapped by: "
    rb"|(?:\n|\\n)Next [A-Z\\]"
)
"""Python, logback (root cause first) and PHP print the inner cause before these words."""
SEGMENT = re.compile(rb"\n|\\n")
"""Line breaks, those inside a JSON string included."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line shows one known fault."""

    index: int
    """Position of the line in the scanned sequence."""
    runbook: Runbook
    facts: Mapping[str, str]
    """Named groups of the patterns that matched."""
    span: tuple[int, int]
    """Where in the line, in characters, end exclusive."""
    hard: bool = False
    """The pattern counts whatever level the line has."""
    depth: int = 0
    """How many causes were unwrapped to get here."""


class Page:
    """Lines joined into one block of bytes, and the way back from an offset to its line."""

    def __init__(self, texts: Sequence[str]) -> None:
        encoded = [t.encode("utf-8", "replace") for t in texts]
        self.data = b"\n".join(encoded)
        self.starts = [0, *accumulate(len(e) + 1 for e in encoded)]

    def line_of(self, end: int) -> int:
        """Which line a match that ends before offset `end` is in."""
        return bisect_right(self.starts, max(end - 1, 0)) - 1

    def bounds(self, index: int) -> tuple[int, int]:
        """First and one past the last offset of a line."""
        return self.starts[index], self.starts[index + 1] - 1


class _Confirm:
    """A rule's exact form, compiled when the first candidate asks for it: most never do."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    @cached_property
    def regex(self) -> re.Pattern[bytes]:
        return compiled(self.rule.pattern.regex)

    @cached_property
    def unless(self) -> tuple[re.Pattern[bytes], ...]:
        """The look-alikes."""
        return tuple(map(compiled, self.rule.pattern.unless))


@dataclass(frozen=True, slots=True)
class _Found:
    """A confirmed match, still in offsets of the page."""

    rule: Rule
    start: int
    end: int
    depth: int
    facts: Mapping[str, str]
    hard: bool

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Sorts the likeliest root cause first: innermost cause, higher rank, later in the text, then id."""
        return (-self.depth, -self.rule.runbook.rank, -self.start, self.rule.runbook.id)


class Matcher:
    """Matches pages of lines against a catalogue. Holds no state between pages."""

    def __init__(self, catalogue: Catalogue, make_scanner: Callable[[Sequence[str]], Scanner] = scanner) -> None:
        """Args: make_scanner: which engine finds candidates; every engine leads to the same hits."""
        self._rules = list(map(_Confirm, catalogue.rules))
        self._scanner = make_scanner([r.pattern.regex for r in catalogue.rules])

    def scan(self, texts: Sequence[str]) -> list[Hit]:
        """The best hit of each line that shows a known fault, in line order."""
        return [hits[0] for _, hits in sorted(self.candidates(Page(texts)).items())]

    def candidates(self, page: Page) -> dict[int, list[Hit]]:
        """Every known fault each line shows, likeliest root cause first."""
        found: dict[int, dict[str, _Found]] = {}
        causes: dict[int, _Causes] = {}
        for number, end in self._scanner.ends(page.data):
            confirm = self._rules[number]
            index = page.line_of(end)
            bounds = page.bounds(index)
            match = _confirmed(confirm, page.data, bounds, end)
            if match is None:
                continue
            if index not in causes:
                causes[index] = _Causes.of(page.data, bounds)
            depth = causes[index].depth(match.start(), match.end())
            new = _Found(confirm.rule, match.start(), match.end(), depth, _facts(match), confirm.rule.hard)
            of_line = found.setdefault(index, {})
            known = of_line.get(confirm.rule.runbook.id)
            of_line[confirm.rule.runbook.id] = new if known is None else _merged(known, new)
        return {i: [_hit(page, i, f) for f in sorted(fs.values(), key=lambda f: f.order)] for i, fs in found.items()}


@dataclass(frozen=True, slots=True)
class _Causes:
    """Where one event unwraps its causes."""

    deeper: Sequence[int]
    shallower: Sequence[int]

    @classmethod
    def of(cls, data: bytes, bounds: tuple[int, int]) -> "_Causes":
        return cls(
            [m.start() for m in DEEPER.finditer(data, *bounds)],
            [m.start() for m in SHALLOWER.finditer(data, *bounds)],
        )

    def depth(self, start: int, end: int) -> int:
        """How many causes were unwrapped before a match; one that holds the words itself is behind them."""
        return bisect_left(self.deeper, end) + len(self.shallower) - bisect_left(self.shallower, start)


def _merged(known: _Found, other: _Found) -> _Found:
    """One find per runbook and line: the better place, the facts of both, hard if either is."""
    best, rest = sorted((known, other), key=lambda f: (-f.depth, f.start))
    return replace(best, facts={**rest.facts, **best.facts}, hard=known.hard or other.hard)


def _hit(page: Page, index: int, found: _Found) -> Hit:
    start, _ = page.bounds(index)
    before = len(page.data[start : found.start].decode("utf-8", "replace"))
    length = len(page.data[found.start : found.end].decode("utf-8", "replace"))
    return Hit(index, found.rule.runbook, found.facts, (before, before + length), found.hard, found.depth)


def _confirmed(confirm: _Confirm, data: bytes, bounds: tuple[int, int], end: int) -> re.Match[bytes] | None:
    """The match that the scanner saw, unless the same physical line shows a look-alike."""
    window = data[max(bounds[0], end - bytes_before_hit) : min(bounds[1], end + bytes_after_hit)]
    offset = max(bounds[0], end - bytes_before_hit)
    match = _reaching(confirm.regex, data, offset, offset + len(window), end)
    if match is None or not confirm.unless:
        return match
    segment = window[slice(*_segment(window, match.start() - offset, match.end() - offset))]
    return None if any(u.search(segment) for u in confirm.unless) else match


def _reaching(regex: re.Pattern[bytes], data: bytes, left: int, right: int, end: int) -> re.Match[bytes] | None:
    """The first match that ends at `end` or, being greedy, after it."""
    position = left
    while match := regex.search(data, position, right):
        if match.end() >= end:
            return match
        position = match.end()
    return None


def _segment(window: bytes, start: int, end: int) -> tuple[int, int]:
    """The physical line of a match; a line break escaped in JSON counts, so that a trace's lines stay apart."""
    left, right = 0, len(window)
    for found in SEGMENT.finditer(window):
        if found.end() <= start:
            left = found.end()
        elif found.start() >= end:
            right = found.start()
            break
    return left, right


def _facts(match: re.Match[bytes]) -> dict[str, str]:
    """Named groups; `pod1` and `pod2` are both `pod`: an alternative may name its group again with a digit."""
    named = {k: v.decode("utf-8", "replace")[:max_fact_chars].strip() for k, v in match.groupdict().items() if v}
    return {k.rstrip("0123456789"): v for k, v in named.items() if v}
