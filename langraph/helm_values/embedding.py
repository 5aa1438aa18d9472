"""A values file inside a values file: a block of text that holds YAML, such as Argo CD's `helm.values`.

The text inside is edited as a file of its own; here its changed lines are put back between the outer file's lines.
"""

from dataclasses import dataclass

from langraph.errors import EditRefused
from langraph.helm_values.diffing import line_changes
from langraph.helm_values.inserting import BREAK
from langraph.helm_values.tree import Node, refusal_at

LINE_ENDS = ("\n", "\r\n")
CURE = "edit the text by hand"


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the outer file."""

    text: str
    end: str


def rewritten(text: str, node: Node, new: str) -> str:
    """The outer file's text with the block's content changed to `new`, line by line, every other line as it was.

    Args:
        text: the outer file.
        node: the block (`|`).
        new: its content to be, with the same last line break or none, as before.

    Raises:
        EditRefused: the block's lines in the file are not its content plus one indentation.
    """
    if node.style != "|":
        raise refusal_at(node, "YAML as text that is not a block (|)", "write it as a block, or " + CURE)
    old = node.text
    start = _next_line(text, node.start)
    lines = old.removesuffix("\n").split("\n")
    rows = _rows(text, start, len(lines), node)
    indent = _indent(rows, lines, node)
    stop = start + sum(len(row.text) + len(row.end) for row in rows)
    ended = rows[-1].end
    newline = rows[0].end or "\n"
    for first, last, added in reversed(line_changes(old.encode(), new.encode())):
        if last > len(rows):
            raise refusal_at(node, "the end of the text would change", CURE)
        # A line without content has no indentation: trailing spaces would be noise.
        rows[first:last] = [_Row(indent + line.decode() if line else "", newline) for line in added]
    joined = "".join(row.text + (row.end or newline) for row in rows)
    return text[:start] + (joined if ended else joined.removesuffix(newline)) + text[stop:]


def _rows(text: str, start: int, count: int, node: Node) -> list[_Row]:
    rows: list[_Row] = []
    at = start
    for _ in range(count):
        found = BREAK.search(text, at)
        if found is not None and found[0] not in LINE_ENDS:
            raise refusal_at(node, "the text holds an unusual line break", CURE)
        stop = found.start() if found else len(text)
        rows.append(_Row(text[at:stop], found[0] if found else ""))
        at = found.end() if found else len(text)
    return rows


def _indent(rows: list[_Row], lines: list[str], node: Node) -> str:
    """What stands before every line of the content."""
    indent = next((row.text[: len(row.text) - len(line)] for row, line in zip(rows, lines, strict=True) if line), None)
    if indent is None or indent.strip(" "):
        raise refusal_at(node, "the text has no line whose indentation could be kept", CURE)
    for row, line in zip(rows, lines, strict=True):
        if row.text != indent + line and (line or row.text.strip(" ")):
            raise EditRefused(f"line {node.line}: the block's lines cannot be told exactly; {CURE}")
    return indent


def _next_line(text: str, at: int) -> int:
    found = BREAK.search(text, at)
    return found.end() if found else len(text)
