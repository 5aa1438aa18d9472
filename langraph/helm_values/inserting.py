"""Where the bytes of a new key go, and how they are indented, so that the neighbours keep theirs."""

import re
from collections import Counter
from dataclasses import dataclass

from langraph.helm_values.finding import parts
from langraph.helm_values.scalars import is_bare, write_scalar
from langraph.helm_values.tree import Node, Stream, document, refusal_at
from langraph.models.incident import Scalar

BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What YAML 1.1, and so Helm's reader, takes for the end of a line."""
ANCHOR = re.compile(r"&[^\s,\[\]{}]+[ \t]*")
COMMENT = re.compile(r"(?P<indent> *)#")
USUAL_STEP = 2  # spaces; what Helm's own scaffold writes
MAX_STEP = 8  # spaces; a deeper one is alignment, not indentation


@dataclass(frozen=True, slots=True)
class Splice:
    """Characters `start` to `end` of the text make way for `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The deepest thing on the path that exists, and what is missing below it."""

    node: Node
    key: Node | None
    """The key whose value `node` is; None for a list item and for a document's root."""
    parent: Node | None
    """The mapping or list that holds it; None for a document's root."""
    doc: int
    missing: tuple[str, ...]


def own_start(stream: Stream, node: Node) -> int:
    """Where a value's own text begins, after its anchor.

    Raises:
        EditRefused: the anchor stands on a line of its own.
    """
    if node.anchor is None:
        return node.start
    found = ANCHOR.match(stream.text, node.start)
    if found is None or (found.end() < node.end and BREAK.match(stream.text, found.end())):
        raise refusal_at(node, f"the anchor &{node.anchor} is not on the line of its value", "put them on one line")
    return min(found.end(), node.end)


def insertion(stream: Stream, slot: Slot, value: Scalar) -> list[Splice]:
    """The splices that add `slot.missing` with `value` at its end, in the order of the text.

    Raises:
        EditRefused: it cannot be done without touching something else.
    """
    node = slot.node
    in_flow = slot.parent is not None and slot.parent.flow
    if node.kind == "mapping" and node.entries:
        return _into_flow(stream, node, slot.missing, value) if node.flow else [_into_block(stream, slot, value)]
    if in_flow:
        return [_hollow_in_flow(stream, slot, value)]
    return _hollow_in_block(stream, slot, value)


def _into_block(stream: Stream, slot: Slot, value: Scalar) -> Splice:
    """After the last line of the mapping, and after comments that are indented deeper than its keys."""
    node = slot.node
    first = node.entries[0][0]
    assert first is not None, "the entries of a mapping have keys"
    lines = _block(slot.missing, value, first.column, _step(stream, slot), _house_quote(node))
    at = _content_end(stream.text, node)
    if at == len(stream.text) and _ends_in_clipped_text(stream.text, node):
        raise refusal_at(
            node, "it ends in a block of text without a line break", "add a line break at the end of the file"
        )
    at = at if _is_line_start(stream.text, at) else _next_line(stream.text, at)
    return _lines_at(stream, _past_deeper_comments(stream.text, at, first.column), lines)


def _hollow_in_block(stream: Stream, slot: Slot, value: Scalar) -> list[Splice]:
    """`key: {}`, `key: null`, `key:`, `- {}` or an empty document become a block."""
    node, text, step = slot.node, stream.text, _step(stream, slot)
    start = own_start(stream, node)
    if text[start : node.end].strip("{} \t") and not node.is_null:
        raise refusal_at(node, "the empty braces hold a comment or a line break", "write {} instead")
    gap = text[slot.key.end if slot.key else start : node.start]
    if slot.key is not None and BREAK.search(gap) is None:
        cut = Splice(len(text[:start].rstrip(" \t")), node.end, "")
        lines = _block(slot.missing, value, slot.key.column + step, step, "")
        below = _lines_at(stream, _next_line(text, node.end), lines)
        return [below] if cut.start >= cut.end else [cut, below]
    if slot.parent is None and start == node.end:
        end = document(stream, slot.doc).end
        return [_lines_at(stream, end, _block(slot.missing, value, 0, step, ""))]
    space = "" if start == 0 or text[start - 1] in " \t\n\r" else " "
    column = node.column + (start - node.start) + len(space)
    lines = _block(slot.missing, value, column, step, "")
    return [Splice(start, node.end, space + _newline(text, start).join(lines).lstrip(" "))]


def _hollow_in_flow(stream: Stream, slot: Slot, value: Scalar) -> Splice:
    start = own_start(stream, slot.node)
    if slot.node.end > start and stream.text[start : slot.node.end].strip("{} \t") and not slot.node.is_null:
        raise refusal_at(slot.node, "the empty braces hold a comment or a line break", "write {} instead")
    space = "" if stream.text[start - 1] in " \t\n\r" else " "
    quote = key_quote(slot.parent) if slot.parent else ""
    return Splice(start, slot.node.end, space + "{" + _flow_pair(slot.missing, value, quote) + "}")


def _into_flow(stream: Stream, node: Node, missing: tuple[str, ...], value: Scalar) -> list[Splice]:
    """After the last entry, on a line of its own where the author gives each entry one."""
    text, (key, last) = stream.text, node.entries[-1]
    assert key is not None, "the entries of a mapping have keys"
    pair = _flow_pair(missing, value, key_quote(node))
    indent = text[_line_start(text, key.start) : key.start]
    if indent.strip(" ") or _line_start(text, key.start) <= node.start:
        return [Splice(last.end, last.end, f", {pair}")]
    at = BREAK.search(text, last.end)
    if at is None or not re.fullmatch(r"[ \t]*(#.*)?", text[last.end : at.start()]):
        return [Splice(last.end, last.end, f", {pair}")]
    newline = _newline(text, last.end)
    return [Splice(last.end, last.end, ","), Splice(at.end(), at.end(), indent + pair + newline)]


def _flow_pair(missing: tuple[str, ...], value: Scalar, quote: str) -> str:
    head = "".join(f"{_key(part, quote, flow=True)}: {{" for part in missing[:-1])
    last = f"{_key(missing[-1], quote, flow=True)}: {write_scalar(value, style=quote, flow=True)}"
    return head + last + "}" * (len(missing) - 1)


def _block(missing: tuple[str, ...], value: Scalar, column: int, step: int, quote: str) -> list[str]:
    lines = [f"{' ' * (column + step * n)}{_key(part, '')}:" for n, part in enumerate(missing)]
    lines[-1] += " " + write_scalar(value, style=quote)
    return lines


def _key(part: str, quote: str, *, flow: bool = False) -> str:
    return write_scalar(part, style=quote or ("" if is_bare(part, flow=flow) else '"'), flow=flow)


def key_quote(mapping: Node) -> str:
    """The double quote where every key has one, as in JSON."""
    return '"' if mapping.entries and all(key and key.style == '"' for key, _ in mapping.entries) else ""


def _house_quote(mapping: Node) -> str:
    """The quote that all the strings of a mapping wear, if they all wear the same."""
    styles = {v.style for _, v in mapping.entries if v.kind == "scalar" and isinstance(v.value, str)}
    return styles.pop() if len(styles) == 1 and styles <= {"'", '"'} else ""


def _step(stream: Stream, slot: Slot) -> int:
    """Spaces per level: as the nearest neighbours do, then the document, then the file, then the usual two."""
    near = slot.parent if slot.parent is not None and not slot.node.entries else slot.node
    wider = [document(stream, slot.doc).root, *(each.root for each in stream.documents)]
    for node, deep in [(near, False), *((root, True) for root in wider)]:
        steps: Counter[int] = Counter()
        _count_steps(node, steps, deep=deep)
        if steps:
            return steps.most_common(1)[0][0]
    return USUAL_STEP


def _count_steps(node: Node, steps: Counter[int], *, deep: bool) -> None:
    for (key, _), (_, below) in zip(node.entries, parts(node), strict=True):
        inner = below.entries[0][0] if below.kind == "mapping" and below.entries and not below.flow else None
        if key is not None and inner is not None and 0 < inner.column - key.column <= MAX_STEP:
            steps[inner.column - key.column] += 1
        if deep:
            _count_steps(below, steps, deep=True)


def _content_end(text: str, node: Node) -> int:
    """Where the last value inside ends; comments after it are not part of it."""
    while node.entries and not node.flow:
        node = node.entries[-1][1]
    if node.style not in ("|", ">"):
        return node.end
    header = BREAK.split(text[node.start : node.end], maxsplit=1)[0]
    if "+" in header.partition("#")[0]:
        return node.end
    # Empty lines at the end of a block scalar are not kept, so they belong to whatever follows.
    content = text[node.start : node.end].rstrip("\r\n")
    return _next_line(text, node.start + len(content))


def _ends_in_clipped_text(text: str, node: Node) -> bool:
    """Whether a line break after the last value would become part of it (`|` without `-` at the file's end)."""
    while node.entries and not node.flow:
        node = node.entries[-1][1]
    header = BREAK.split(text[node.start : node.end], maxsplit=1)[0].partition("#")[0]
    return node.style in ("|", ">") and "-" not in header and not _is_line_start(text, len(text))


def _past_deeper_comments(text: str, at: int, column: int) -> int:
    """A commented-out example, indented deeper than the keys, stays with the key above it."""
    while found := COMMENT.match(text, at):
        if len(found["indent"]) <= column:
            break
        at = _next_line(text, at)
    return at


def _lines_at(stream: Stream, at: int, lines: list[str]) -> Splice:
    text = stream.text
    newline = _newline(text, at - 1)
    if at == len(text) and text and not _is_line_start(text, at):
        return Splice(at, at, "".join(newline + line for line in lines))
    return Splice(at, at, "".join(line + newline for line in lines))


def _newline(text: str, near: int) -> str:
    """The line ending used at `near`, else the file's first, else a line feed."""
    for found in (BREAK.search(text, max(near - 1, 0)), BREAK.search(text)):
        if found is not None and found[0] in ("\n", "\r\n", "\r"):
            return found[0]
    return "\n"


def _next_line(text: str, at: int) -> int:
    found = BREAK.search(text, at)
    return found.end() if found else len(text)


def _is_line_start(text: str, at: int) -> bool:
    return at == 0 or BREAK.fullmatch(text[at - 1]) is not None


def _line_start(text: str, at: int) -> int:
    while not _is_line_start(text, at):
        at -= 1
    return at
