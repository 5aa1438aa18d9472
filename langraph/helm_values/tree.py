"""A values file as a tree that remembers where every value stands, and the refusal of files not fit to be edited.

Built from parser events, not by PyYAML's composer: depth, aliases and duplicate keys are judged while reading,
so a bomb is refused before it is walked. libyaml does the reading where PyYAML has it (ten times faster, and
go-yaml, which Helm uses, is a port of it); should one of its marks not fit the text, the Python loader reads again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import yaml

from langraph.errors import EditRefused
from langraph.helm_values.scalars import read_plain
from langraph.models.incident import Scalar

MAX_BYTES = 256 * 1024  # the largest charts' values files are below 200 KiB; more is not written by people
MAX_DEPTH = 32  # levels of nesting; real values files have fewer than 15
MAX_ALIASES = 100  # per file; a 428-byte file of aliases can unfold to gigabytes

Loader = type[yaml.SafeLoader] | type[yaml.CSafeLoader]
Kind = Literal["scalar", "mapping", "sequence", "alias"]
BOM = "\ufeff"
MERGE = "<<"
STRING_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


@dataclass(slots=True, eq=False)
class Node:
    """One value of the file. Positions count characters from the start of the text, BOM left out."""

    kind: Kind
    start: int
    """Where its anchor or tag begins, else where it begins itself."""
    end: int
    line: int
    """From 1."""
    column: int
    """From 0, in characters."""
    anchor: str | None = None
    tag: str | None = None
    text: str = ""
    """Content of a scalar, unescaped; name of an alias."""
    style: str = ""
    """Empty for bare text, else `'`, `"`, `|` or `>`."""
    flow: bool = False
    """Written with braces or brackets."""
    entries: list[tuple["Node | None", "Node"]] = field(default_factory=list)
    """(key, value) of a mapping; (None, item) of a sequence."""
    index: dict[str, int] = field(default_factory=dict)
    """Position in `entries` by key."""
    target: "Node | None" = None
    """What an alias stands for."""
    aliased: bool = False
    """Whether an alias somewhere stands for it."""

    @property
    def value(self) -> Scalar:
        """A scalar as Helm reads it."""
        if self.tag in STRING_TAGS or self.style:
            return self.text
        return read_plain(self.text)

    @property
    def is_null(self) -> bool:
        return self.kind == "scalar" and self.value is None


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the file; `end` is where the next one, `...` or the end of the file begins."""

    root: Node
    end: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A whole values file, read."""

    bom: bool
    text: str
    documents: tuple[Document, ...]
    """At least one: an empty file is one document that is null."""

    def encoded(self, text: str) -> bytes:
        """`text` as the file's bytes, with its BOM if it had one."""
        return ((BOM if self.bom else "") + text).encode()


class _MarksDiffer(Exception):
    """A mark of the fast loader does not fit the text."""


def refusal(line: int, column: int, thing: str, cure: str) -> EditRefused:
    """The one sentence of a refusal; `column` from 0."""
    return EditRefused(f"line {line}, column {column + 1}: {thing}; {cure}")


def refusal_at(node: Node, thing: str, cure: str) -> EditRefused:
    """A refusal that points at a node."""
    return refusal(node.line, node.column, thing, cure)


def read_stream(source: bytes) -> Stream:
    """Read a values file.

    Raises:
        EditRefused: it is too large, not UTF-8, not YAML, too deep, has too many aliases, the same key twice in
            a mapping, or a key that is no plain name.
    """
    if len(source) > MAX_BYTES:
        raise EditRefused(
            f"the file has {len(source)} bytes, more than {MAX_BYTES}; split it into smaller values files"
        )
    try:
        text = source.decode()
    except UnicodeDecodeError as problem:
        line = source.count(b"\n", 0, problem.start) + 1
        raise refusal(
            line, 0, f"byte {source[problem.start]:#04x} is not valid UTF-8", "save the file as UTF-8"
        ) from problem
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    fast: Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return Stream(bom, text, _read(text, fast))
    except _MarksDiffer:
        pass
    try:
        return Stream(bom, text, _read(text, yaml.SafeLoader))
    except _MarksDiffer as problem:
        raise EditRefused("the places of the file's values cannot be told exactly; edit it by hand") from problem


def document(stream: Stream, doc: int) -> Document:
    """One document of the stream.

    Raises:
        EditRefused: there is no such document.
    """
    if 0 <= doc < len(stream.documents):
        return stream.documents[doc]
    count = len(stream.documents)
    raise EditRefused(f"the file has {count} document(s), there is no number {doc}; count documents from 0")


def key_text(key: Node) -> str:
    """A key as Helm knows it: JSON has only strings for keys, so `8080` is "8080" and a bare `on` is "true"."""
    value = key.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "null" if value is None else key.text


def is_merge(key: Node) -> bool:
    """Whether the key is YAML's merge key."""
    return key.text == MERGE and not key.style


def _read(text: str, loader: Loader) -> tuple[Document, ...]:
    try:
        documents = tuple(_documents(text, yaml.parse(text, Loader=loader)))
    except yaml.MarkedYAMLError as problem:
        raise _not_yaml(text, problem) from problem
    except yaml.YAMLError as problem:
        what = " ".join(str(problem).split())
        raise EditRefused(f"the file cannot be read as YAML: {what}; correct it first") from problem
    if documents:
        return documents
    empty = Node("scalar", len(text), len(text), text.count("\n") + 1, 0)
    return (Document(empty, len(text)),)


def _not_yaml(text: str, problem: yaml.MarkedYAMLError) -> EditRefused:
    mark = problem.problem_mark or problem.context_mark
    what = problem.problem or problem.context or "not YAML"
    if mark is None:
        return EditRefused(f"the file cannot be read as YAML: {what}; correct it first")
    if text[mark.index : mark.index + 1] == "\t":
        return refusal(mark.line + 1, mark.column, "a tab stands where YAML wants spaces", "indent with spaces")
    return refusal(mark.line + 1, mark.column, f"not YAML ({what})", "correct the file first")


def _documents(text: str, events: Iterator[yaml.Event]) -> Iterator[Document]:
    builder = _Builder(text)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            builder = _Builder(text, builder.aliases)
        elif isinstance(event, yaml.DocumentEndEvent):
            assert builder.root is not None, "the parser gives every document a root"
            yield Document(builder.root, _place(event)[0])
        elif isinstance(event, yaml.NodeEvent):
            builder.add(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            builder.close(event)


class _Builder:
    """Grows one document from its events; no recursion, so depth is refused before it hurts."""

    def __init__(self, text: str, aliases: int = 0) -> None:
        self.text = text
        self.aliases = aliases
        self.root: Node | None = None
        self._open: list[Node] = []
        self._keys: list[Node | None] = []
        """For each open mapping the key that waits for its value."""
        self._anchors: dict[str, Node] = {}

    def add(self, event: yaml.NodeEvent) -> None:
        node = self._node(event)
        if node.anchor is not None:
            self._anchors[node.anchor] = node
        if self.root is None:
            self.root = node
        else:
            self._hang(node)
        if node.kind in ("mapping", "sequence"):
            self._open.append(node)
            self._keys.append(None)
            if len(self._open) > MAX_DEPTH:
                raise refusal_at(node, f"nested more than {MAX_DEPTH} levels deep", "flatten the file")

    def close(self, event: yaml.CollectionEndEvent) -> None:
        node = self._open.pop()
        self._keys.pop()
        node.end = _place(event)[1]
        # `[a: 1]` holds a mapping without braces of its own.
        closing = {"{": "}", "[": "]"}.get(self.text[node.start : node.start + 1])
        if node.flow and closing and self.text[node.end - 1 : node.end] != closing:
            raise _MarksDiffer

    def _hang(self, node: Node) -> None:
        parent = self._open[-1]
        if parent.kind == "sequence":
            parent.entries.append((None, node))
            return
        key = self._keys[-1]
        if key is None:
            self._check_key(parent, node)
            self._keys[-1] = node
            return
        parent.index[key_text(key)] = len(parent.entries)
        parent.entries.append((key, node))
        self._keys[-1] = None

    def _check_key(self, parent: Node, key: Node) -> None:
        if key.kind != "scalar" or key.tag is not None or key.anchor is not None:
            raise refusal_at(key, "a key that is not a plain name", "write keys as plain or quoted text")
        if key_text(key) in parent.index:
            raise refusal_at(key, f"the key {key.text!r} is there twice", "remove one of them")

    def _node(self, event: yaml.NodeEvent) -> Node:
        place = _place(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor or "", place)
        if isinstance(event, yaml.ScalarEvent):
            node = Node("scalar", *place, event.anchor, event.tag, event.value, _style(event))
            if not _marks_fit(self.text, node):
                raise _MarksDiffer
            return node
        kind: Kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
        assert isinstance(event, yaml.CollectionStartEvent)
        return Node(kind, *place, event.anchor, event.tag, flow=bool(event.flow_style))

    def _alias(self, name: str, place: tuple[int, int, int, int]) -> Node:
        node = Node("alias", *place, text=name)
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise refusal_at(node, f"more than {MAX_ALIASES} aliases", "write the values out")
        target = self._anchors.get(name)
        if target is None:
            raise refusal_at(node, f"the alias *{name} has no anchor before it", f"define &{name} above it")
        if any(target is open_node for open_node in self._open):
            raise refusal_at(node, f"the alias *{name} stands inside its own anchor", "write the value out")
        target.aliased = True
        node.target = target
        return node


def _place(event: yaml.Event) -> tuple[int, int, int, int]:
    """Start, end, line from 1, column from 0."""
    start, end = event.start_mark, event.end_mark
    assert start is not None, "events of a parsed text have marks"
    assert end is not None, "events of a parsed text have marks"
    return start.index, end.index, start.line + 1, start.column


def _style(event: yaml.ScalarEvent) -> str:
    return event.style if event.style in ("'", '"', "|", ">") else ""


def _marks_fit(text: str, node: Node) -> bool:
    """Whether the marks enclose what they should; the text of a bare scalar of one line is its own proof."""
    span = text[node.start : node.end]
    if node.style in ("'", '"'):
        return span.endswith(node.style)
    if node.style or node.anchor or node.tag:
        return True
    return span == node.text or ("\n" in span or "\r" in span or not span.isprintable())
