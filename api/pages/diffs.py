"""A unified diff as rows with colours; the one door to Pygments. What comes out is HTML made of escaped parts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape
from pygments.lexers.data import YamlLexer
from pygments.token import STANDARD_TYPES, _TokenType

from langraph.redact import printable

MAX_LINES = 2_000  # rows of one diff; a page with more is not read, and the record has all of it
MAX_LINE = 2_000  # characters of one row; longer ones are no values files
MAX_LEXED = 400  # characters that are coloured; beyond, colour helps nobody and costs time
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@(.*)")
_LEXER = YamlLexer(stripnl=False, ensurenl=False)


@dataclass(frozen=True, slots=True)
class Side:
    """One line of one side."""

    number: int | None
    html: Markup


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: a file's head, a hunk's head, or a line of either side or both."""

    kind: str
    """`file`, `hunk`, `same`, `removed`, `added`, or `changed` (both sides, in the view side by side)."""
    old: Side | None = None
    new: Side | None = None
    text: str = ""
    """Of a file's or a hunk's head."""


@dataclass(frozen=True, slots=True)
class ShownDiff:
    """A diff in both views."""

    unified: tuple[Row, ...]
    split: tuple[Row, ...]
    added: int
    removed: int
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A line before it is coloured."""

    kind: str
    old: int | None
    new: int | None
    text: str


def show(diff: str) -> ShownDiff:
    """Both views of a unified diff; anything that is not one is shown line by line."""
    lines = list(_lines(diff))
    cut = lines[:MAX_LINES]
    groups = list(_groups(cut))
    return ShownDiff(
        unified=tuple(row for group in groups for row in _unified(group)),
        split=tuple(row for group in groups for row in _split(group)),
        added=sum(line.kind == "added" for line in lines),
        removed=sum(line.kind == "removed" for line in lines),
        is_cut=len(lines) > MAX_LINES,
    )


def _lines(diff: str) -> Iterator[_Line]:
    old = new = 1
    in_hunk = False
    for raw in diff.split("\n"):
        raw = raw.removesuffix("\r")
        match = _HUNK.fullmatch(raw)
        if match:
            old, new, in_hunk = int(match[1]), int(match[2]), True
            yield _Line("hunk", None, None, raw)
        elif not in_hunk and raw.startswith("+++ "):
            yield _Line("file", None, None, raw[4:].removeprefix("b/"))
        elif not in_hunk and raw.startswith(("--- ", "diff ", "index ")):
            continue
        elif raw.startswith("--- a/") or raw.startswith("--- /dev/null"):
            in_hunk = False  # the next file; a removed line `-- a/…` is no YAML
        elif raw.startswith("+"):
            yield _Line("added", None, new, raw[1:])
            new += 1
        elif raw.startswith("-"):
            yield _Line("removed", old, None, raw[1:])
            old += 1
        elif raw.startswith(" "):
            yield _Line("same", old, new, raw[1:])
            old, new = old + 1, new + 1
        elif raw:
            yield _Line("hunk", None, None, raw)  # `\ No newline at end of file`, or what is no diff at all


def _groups(lines: list[_Line]) -> Iterator[list[_Line]]:
    """Runs of removed lines with the added ones that replace them; every other line by itself."""
    run: list[_Line] = []
    for line in lines:
        if line.kind == "removed" and any(one.kind == "added" for one in run):
            yield run
            run = []
        if line.kind in ("removed", "added"):
            run.append(line)
            continue
        if run:
            yield run
            run = []
        yield [line]
    if run:
        yield run


def _unified(group: list[_Line]) -> Iterator[Row]:
    if group[0].kind in ("file", "hunk"):
        yield Row(group[0].kind, text=group[0].text)
        return
    if group[0].kind == "same":
        html = _coloured(group[0].text)
        yield Row("same", Side(group[0].old, html), Side(group[0].new, html))
        return
    for line, other in _paired(group):
        html = _coloured(line.text, _different(line.text, other.text) if other else None)
        if line.kind == "removed":
            yield Row("removed", old=Side(line.old, html))
        else:
            yield Row("added", new=Side(line.new, html))


def _split(group: list[_Line]) -> Iterator[Row]:
    if group[0].kind in ("file", "hunk", "same"):
        yield from _unified(group)
        return
    rows = list(_unified(group))
    before = [row.old for row in rows if row.kind == "removed"]
    after = [row.new for row in rows if row.kind == "added"]
    for number in range(max(len(before), len(after))):
        old = before[number] if number < len(before) else None
        new = after[number] if number < len(after) else None
        yield Row("changed" if old and new else "removed" if old else "added", old, new)


def _paired(group: list[_Line]) -> Iterator[tuple[_Line, _Line | None]]:
    """Each line with the one on the other side that it is compared with."""
    removed = [line for line in group if line.kind == "removed"]
    added = [line for line in group if line.kind == "added"]
    for mine, other in ((removed, added), (added, removed)):
        for number, line in enumerate(mine):
            yield line, other[number] if number < len(other) else None


def _different(text: str, other: str) -> tuple[int, int]:
    """Where `text` differs, in whole words: `512Mi` and `1Gi` share an `i`, but nobody reads them so."""
    most = min(len(text), len(other))
    start = next((i for i in range(most) if text[i] != other[i]), most)
    end = len(text) - next((i for i in range(most - start) if text[-1 - i] != other[-1 - i]), most - start)
    while 0 < start < len(text) and not text[start - 1].isspace():
        start -= 1
    while start < end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _coloured(text: str, mark: tuple[int, int] | None = None) -> Markup:
    """One line as HTML, its tokens in spans, the part that changed in a `<mark>`."""
    if len(text) > MAX_LINE:
        text = f"{text[: MAX_LINE - 1]}…"
    if mark is None or mark[0] >= mark[1] or len(text) > MAX_LEXED:
        return _tokens(text)
    return _marked(text, *mark)


def _tokens(text: str) -> Markup:
    if len(text) > MAX_LEXED:
        return escape(printable(text))
    return Markup("").join(_span(kind, value) for kind, value in _lexed(text))


def _marked(text: str, start: int, end: int) -> Markup:
    """The tokens of the whole line, cut where the mark begins and ends."""
    out: list[Markup] = []
    at = 0
    for kind, value in _lexed(text):
        for piece, inside in _cut(value, start - at, end - at):
            html = _span(kind, piece)
            out.append(Markup("<mark>{}</mark>").format(html) if inside else html)
        at += len(value)
    return Markup("").join(out)


def _cut(value: str, start: int, end: int) -> Iterator[tuple[str, bool]]:
    start, end = max(0, min(start, len(value))), max(0, min(end, len(value)))
    pieces = ((value[:start], False), (value[start:end], True), (value[end:], False))
    return ((piece, inside) for piece, inside in pieces if piece)


def _lexed(text: str) -> Iterator[tuple[_TokenType, str]]:
    return ((kind, value) for kind, value in _LEXER.get_tokens(text) if value)


def _span(kind: _TokenType, value: str) -> Markup:
    name = STANDARD_TYPES.get(kind, "")
    shown = printable(value)
    return Markup('<span class="t-{}">{}</span>').format(name, shown) if name and name != "w" else escape(shown)
