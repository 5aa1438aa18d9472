"""What differs between two versions of a values file: by meaning (paths) and for people (a unified diff)."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

from langraph.errors import EditRefused
from langraph.helm_values.finding import INNER, parts
from langraph.helm_values.options import differing_options
from langraph.helm_values.scalars import same
from langraph.helm_values.tree import Node, Stream, read_stream
from langraph.models.incident import Scalar, ValuePath

Place = tuple[int, ValuePath]
"""(document, path)."""
Opcode = tuple[str, int, int, int, int]
"""(what, first and last+1 line of the old, first and last+1 line of the new), as difflib counts them."""
Line = TypeVar("Line", str, bytes)
CONTEXT_LINES = 3  # what diff, git and patch use
NO_NEWLINE = "\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Leaf:
    """Something without parts: a scalar, an empty mapping or list, an alias."""

    kind: str
    value: Scalar = None
    raw: tuple[str | None, str | None, bool, str] = (None, None, False, "")
    """Anchor, tag, whether quoted, text: what any reader's types depend on."""

    @property
    def is_hollow(self) -> bool:
        """Null or an empty mapping: what a block of keys may take the place of."""
        return self.kind == "mapping" or (self.kind == "scalar" and self.value is None)

    def means(self, other: "Leaf") -> bool:
        """Equal to Helm, however it is written."""
        if self.kind != other.kind:
            return False
        return same(self.value, other.value) and (self.kind != "alias" or self.raw == other.raw)


def leaves(stream: Stream) -> dict[Place, Leaf]:
    """Every leaf of every document by its place."""
    digests: dict[int, str] = {}
    out: dict[Place, Leaf] = {}
    for doc, each in enumerate(stream.documents):
        out.update(((doc, path), leaf) for path, leaf in _leaves(each.root, (), digests))
    return out


def differing(before: dict[Place, Leaf], after: dict[Place, Leaf], *, strictly: bool) -> frozenset[Place]:
    """Places whose leaf was added, removed or changed.

    An empty mapping or null that a block of keys took the place of does not count (its keys do), and the reverse.

    Args:
        strictly: count a different way of writing the same value too.
    """
    changed = {
        place
        for place in before.keys() & after.keys()
        if before[place] != after[place] and (strictly or not before[place].means(after[place]))
    }
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    above_new, above_gone = _above(new), _above(gone)
    changed |= {place for place in gone if not (before[place].is_hollow and place in above_new)}
    changed |= {place for place in new if not (after[place].is_hollow and place in above_gone)}
    return frozenset(changed)


def changed_paths(before: bytes, after: bytes, whole: Collection[Place] = ()) -> frozenset[Place]:
    """Every (document, path) whose value Helm would see changed, added or removed.

    Where a text of several lines is YAML itself before and after, the values inside it are named; where two texts
    differ in settings only (`-Xmx1g`), these are.

    Args:
        whole: texts that are named as they are, whatever is inside.

    Raises:
        EditRefused: one of the two is not fit to be read.
    """
    return frozenset(_named_inside(leaves(read_stream(before)), leaves(read_stream(after)), whole))


def _named_inside(old: dict[Place, Leaf], new: dict[Place, Leaf], whole: Collection[Place] = ()) -> set[Place]:
    places: set[Place] = set()
    for place in differing(old, new, strictly=False):
        inside = set() if place in whole else _inside_text(place, old.get(place), new.get(place))
        places |= inside or {place}
    return places


def _inside_text(place: Place, old: Leaf | None, new: Leaf | None) -> set[Place]:
    """The changed values and settings inside a text; none where it differs in anything else."""
    texts = [leaf.value for leaf in (old, new) if leaf is not None and isinstance(leaf.value, str)]
    if len(texts) < 2:
        return set()
    return _inside_yaml(place, texts) or {(place[0], (*place[1], part)) for part in differing_options(*texts)}


def _inside_yaml(place: Place, texts: Sequence[str]) -> set[Place]:
    """The changed values inside a text that is YAML; none when it is not, or differs only in how it is written."""
    if any("\n" not in text for text in texts):
        return set()
    try:
        streams = [read_stream(text.encode()) for text in texts]
    except EditRefused:
        return set()
    if any(len(each.documents) > 1 or each.documents[0].root.kind != "mapping" for each in streams):
        return set()
    differ = _named_inside(leaves(streams[0]), leaves(streams[1]))
    return {(place[0], (*place[1], INNER, *path)) for _, path in differ}


def unified_diff(path: str, before: bytes, after: bytes) -> str:
    """The change as `diff -u` shows it, with three lines of context; empty when there is none.

    A carriage return at the end of a line is not shown.
    """
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    out = [f"--- a/{path}\n", f"+++ b/{path}\n"]
    for group in _hunks(_opcodes(old, new)):
        out.append(f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@\n")
        for what, i1, i2, j1, j2 in group:
            if what == "equal":
                out.extend(_shown(" ", line) for line in old[i1:i2])
                continue
            out.extend(_shown("-", line) for line in old[i1:i2])
            out.extend(_shown("+", line) for line in new[j1:j2])
    return "".join(out)


def line_changes(before: bytes, after: bytes) -> list[tuple[int, int, list[bytes]]]:
    """(first line, line after the last, lines in their place) for every run of lines that changed.

    Lines are what stands between line feeds, so a missing final newline is a difference like any other.
    """
    old, new = before.split(b"\n"), after.split(b"\n")
    return [(i1, i2, new[j1:j2]) for what, i1, i2, j1, j2 in _opcodes(old, new) if what != "equal"]


def _leaves(node: Node, path: ValuePath, digests: dict[int, str]) -> Iterator[tuple[ValuePath, Leaf]]:
    if node.kind == "scalar":
        yield path, Leaf("scalar", node.value, (node.anchor, node.tag, bool(node.style), node.text))
    elif node.target is not None:
        yield path, Leaf("alias", raw=(node.text, _digest(node.target, digests), False, ""))
    elif not node.entries:
        yield path, Leaf(node.kind, raw=(node.anchor, node.tag, False, ""))
    for part, below in parts(node):
        yield from _leaves(below, (*path, part), digests)


def _digest(node: Node, digests: dict[int, str]) -> str:
    """Equal for equal content, each anchor looked at once however often it is named."""
    if id(node) not in digests:
        inner = [node.kind, repr(node.tag), str(bool(node.style)), node.text]
        for part, below in parts(node):
            inner += [repr(part), _digest(below.target or below, digests)]
        digests[id(node)] = hashlib.sha256(repr(inner).encode(errors="surrogatepass")).hexdigest()
    return digests[id(node)]


def _above(places: set[Place]) -> set[Place]:
    return {(doc, path[:depth]) for doc, path in places for depth in range(len(path))}


def _lines(data: bytes) -> list[str]:
    lines = data.decode(errors="replace").split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _hunks(codes: list[Opcode]) -> Iterator[list[Opcode]]:
    """Changes that are near each other, with the equal lines around them cut to the context."""
    hunk: list[Opcode] = []
    for number, (what, i1, i2, j1, j2) in enumerate(codes):
        if what != "equal":
            hunk.append((what, i1, i2, j1, j2))
            continue
        is_last = number == len(codes) - 1
        if hunk and (is_last or i2 - i1 > 2 * CONTEXT_LINES):
            shown = min(CONTEXT_LINES, i2 - i1)
            yield [*hunk, (what, i1, i1 + shown, j1, j1 + shown)]
            hunk = []
        if not is_last:
            shown = i2 - i1 if hunk else min(CONTEXT_LINES, i2 - i1)
            hunk.append((what, i2 - shown, i2, j2 - shown, j2))
    if hunk:
        yield hunk


def _opcodes(old: Sequence[Line], new: Sequence[Line]) -> list[Opcode]:
    """Like SequenceMatcher's, with what is equal at both ends cut off first: the middle is a few lines."""
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    tail = next((n for n in range(shorter - head) if old[-1 - n] != new[-1 - n]), shorter - head)
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    codes = [("equal", 0, head, 0, head)] if head else []
    codes += [(what, i1 + head, i2 + head, j1 + head, j2 + head) for what, i1, i2, j1, j2 in middle.get_opcodes()]
    if tail:
        codes.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return codes


def _range(start: int, stop: int) -> str:
    count = stop - start
    # An empty range is named by the line before it, as POSIX diff does.
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"


def _shown(mark: str, line: str) -> str:
    body = line.removesuffix("\n").removesuffix("\r")
    return f"{mark}{body}\n" if line.endswith("\n") else f"{mark}{body}\n{NO_NEWLINE}"
