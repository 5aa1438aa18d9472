"""Where a value is in a values file, what it is, and what else there is to find."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from langraph.errors import BadInput, EditRefused
from langraph.helm_values.options import Option, is_option, option
from langraph.helm_values.paths import format_path
from langraph.helm_values.tree import MERGE, Node, document, is_merge, read_stream, refusal_at
from langraph.models.incident import Scalar, ValuePath

MAX_UNFOLDED = 100_000  # values after following every alias; a file of 256 KiB holds fewer than that by itself


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a path."""

    exists: bool
    value: Scalar
    """As Helm reads it; None for null, for what is absent, and for what is no scalar."""
    kind: str
    """`scalar`, `mapping`, `sequence` or `absent`."""
    shared: bool
    """Reached through an alias, a merge key or an aliased anchor: a change here would be one elsewhere too."""
    line: int | None = None
    """Where it stands, from 1."""


INNER = "|"
"""A path's step into text that is YAML itself: `spec.source.helm.values.|.resources.limits.memory`."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A path that leads into a text: where the text is, and the rest of the path within it."""

    outer: ValuePath
    source: bytes
    """The text, as a file."""
    path: ValuePath
    shared: bool
    line: int
    """Where the text begins in the outer file, from 1."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting inside a text that a path ends in."""

    outer: ValuePath
    text: str
    """The whole text."""
    option: Option
    shared: bool
    line: int


ABSENT = Found(exists=False, value=None, kind="absent", shared=False)


def find(source: bytes, path: ValuePath, doc: int = 0) -> Found:
    """Look a value up, aliases and merge keys followed as Helm follows them.

    Raises:
        EditRefused: the file is not fit to be read (see `tree.read_stream`).
    """
    inside = step_inside(source, path, doc)
    if inside is not None:
        there = find(inside.source, inside.path)
        line = None if there.line is None else inside.line + there.line
        return replace(there, shared=there.exists and (inside.shared or there.shared), line=line)
    found = _lookup(source, path, doc)
    if found is None:
        setting = setting_at(source, path, doc)
        return ABSENT if setting is None else _found_setting(setting)
    node, shared = found
    return Found(True, node.value if node.kind == "scalar" else None, node.kind, shared, node.line)


def step_inside(source: bytes, path: ValuePath, doc: int = 0) -> Inside | None:
    """Follow a path up to the first text that it steps into; None when it steps into none.

    A key that is called `|` stays a key: only below a text is it the step inside.

    Raises:
        EditRefused: the file is not fit to be read.
    """
    for at, part in enumerate(path):
        found = _lookup(source, path[:at], doc) if part == INNER else None
        if found is not None and found[0].kind == "scalar" and isinstance(found[0].value, str):
            node, shared = found
            return Inside(path[:at], node.text.encode(), path[at + 1 :], shared, node.line)
    return None


def setting_at(source: bytes, path: ValuePath, doc: int = 0) -> Setting | None:
    """The setting inside a text that a path ends in; None where it ends in a key, or in nothing.

    Raises:
        EditRefused: the file is not fit to be read.
    """
    if len(path) < 2 or not is_option(path[-1]) or _lookup(source, path, doc) is not None:
        return None
    outer = _lookup(source, path[:-1], doc)
    if outer is None or outer[0].kind != "scalar" or not isinstance(outer[0].value, str):
        return None
    node, shared = outer
    there = option(node.text, str(path[-1]))
    return None if there is None else Setting(path[:-1], node.text, there, shared, node.line)


def _found_setting(setting: Setting) -> Found:
    return Found(True, setting.option.value, "scalar", setting.shared, setting.line)


def _lookup(source: bytes, path: ValuePath, doc: int) -> tuple[Node, bool] | None:
    """What stands at a path, and whether it is shared."""
    node, shared = _resolved(document(read_stream(source), doc).root)
    shared = shared or node.aliased
    for part in path:
        below, merged = child(node, part)
        if below is None:
            return None
        node, by_alias = _resolved(below)
        shared = shared or merged or by_alias or node.aliased
    return node, shared


def keys_under(source: bytes, path: ValuePath, doc: int = 0) -> ValuePath:
    """The keys of the mapping, or positions of the list, at `path`; empty for a scalar or nothing.

    Raises:
        EditRefused: the file is not fit to be read.
    """
    inside = step_inside(source, path, doc)
    if inside is not None:
        return keys_under(inside.source, inside.path)
    node, _ = _resolved(document(read_stream(source), doc).root)
    for part in path:
        below, _ = child(node, part)
        if below is None:
            return ()
        node, _ = _resolved(below)
    if node.kind == "sequence":
        return tuple(range(len(node.entries)))
    return tuple(key for key, position in node.index.items() if not _is_merge_entry(node, position))


def walk(source: bytes, doc: int = 0) -> Iterator[tuple[ValuePath, Scalar]]:
    """Every scalar that is written in the file, in its order.

    Aliases and merge keys are not followed: what they bring cannot be edited where they stand.

    Raises:
        EditRefused: the file is not fit to be read.
    """
    return _walk(document(read_stream(source), doc).root, ())


def find_named(source: bytes, list_path: ValuePath, name: str, doc: int = 0) -> int | None:
    """Position of the list item whose `name` is `name` (an env entry, a container); None when there is none.

    Raises:
        EditRefused: two items have that name, or the file is not fit to be read.
    """
    node, _ = _resolved(document(read_stream(source), doc).root)
    for part in list_path:
        below, _ = child(node, part)
        if below is None:
            return None
        node, _ = _resolved(below)
    if node.kind != "sequence":
        return None
    places = [n for n, (_, item) in enumerate(node.entries) if _name_of(item) == name]
    if len(places) > 1:
        raise refusal_at(node, f"{format_path(list_path)} has {len(places)} items named {name!r}", "remove all but one")
    return places[0] if places else None


def load_yaml(source: bytes | str, name: str) -> object:
    """Plain Python data of a one-document YAML file, read as Helm reads it: keys are strings, dates stay strings.

    Args:
        source: the file's content.
        name: what the file is called in an error.

    Raises:
        BadInput: not fit to be read (duplicate keys included), several documents, or an unknown tag.
    """
    try:
        stream = read_stream(source.encode() if isinstance(source, str) else source)
        if len(stream.documents) > 1:
            raise BadInput(f"{name}: {len(stream.documents)} documents in one file; keep the first, remove the others")
        root = stream.documents[0].root
        if _unfolded(root, {}) > MAX_UNFOLDED:
            raise BadInput(f"{name}: aliases unfold to more than {MAX_UNFOLDED} values; write them out")
        return _data(root, {})
    except EditRefused as refused:
        raise BadInput(f"{name}: {refused}") from refused


def child(node: Node, part: str | int) -> tuple[Node | None, bool]:
    """The entry of a mapping or list, and whether a merge key brought it."""
    if isinstance(part, int):
        is_item = node.kind == "sequence" and 0 <= part < len(node.entries)
        return (node.entries[part][1] if is_item else None), False
    if node.kind != "mapping":
        return None, False
    position = node.index.get(part)
    if position is not None and not _is_merge_entry(node, position):
        return node.entries[position][1], False
    merged = _merged(node, part, set())
    return merged, merged is not None


def _is_merge_entry(node: Node, position: int) -> bool:
    key = node.entries[position][0]
    return key is not None and is_merge(key)


def _merge_sources(node: Node) -> list[Node]:
    """The mappings that the merge key of `node` brings, strongest first."""
    position = node.index.get(MERGE)
    if position is None or not _is_merge_entry(node, position):
        return []
    value, _ = _resolved(node.entries[position][1])
    if value.kind == "sequence":
        return [_resolved(item)[0] for _, item in value.entries]
    return [value]


def _merged(node: Node, key: str, seen: set[int]) -> Node | None:
    # Each mapping is asked once: a few lines of nested merges have billions of routes.
    for source in _merge_sources(node):
        if id(source) in seen or source.kind != "mapping":
            continue
        seen.add(id(source))
        position = source.index.get(key)
        if position is not None and not _is_merge_entry(source, position):
            return source.entries[position][1]
        deeper = _merged(source, key, seen)
        if deeper is not None:
            return deeper
    return None


def _resolved(node: Node) -> tuple[Node, bool]:
    if node.target is None:
        return node, False
    return node.target, True


def _walk(node: Node, path: ValuePath) -> Iterator[tuple[ValuePath, Scalar]]:
    if node.kind == "scalar":
        yield path, node.value
    for part, below in parts(node):
        if part != MERGE or not _is_merge_entry(node, node.index[MERGE]):
            yield from _walk(below, (*path, part))


def parts(node: Node) -> Iterator[tuple[str | int, Node]]:
    """The entries of a mapping or list as path parts and values, in the file's order."""
    if node.kind == "sequence":
        yield from ((n, item) for n, (_, item) in enumerate(node.entries))
        return
    for key, position in node.index.items():
        yield key, node.entries[position][1]


def _name_of(item: Node) -> Scalar:
    below, _ = child(_resolved(item)[0], "name")
    if below is None:
        return None
    named, _ = _resolved(below)
    return named.text if named.kind == "scalar" else None


def _unfolded(node: Node, known: dict[int, int]) -> int:
    node, _ = _resolved(node)
    if id(node) not in known:
        known[id(node)] = 1 + sum(_unfolded(below, known) for _, below in node.entries)
    return known[id(node)]


def _data(node: Node, made: dict[int, object]) -> object:
    node, _ = _resolved(node)
    if id(node) in made:
        return made[id(node)]
    if node.tag is not None and node.tag not in ("!", "tag:yaml.org,2002:str"):
        raise refusal_at(node, f"the tag {node.tag}", "remove the tag")
    if node.kind == "scalar":
        return node.value
    if node.kind == "sequence":
        made[id(node)] = [_data(item, made) for _, item in node.entries]
        return made[id(node)]
    merged: dict[str, object] = {}
    for source in reversed(_merge_sources(node)):
        brought = _data(source, made)
        if not isinstance(brought, dict):
            raise refusal_at(source, "a merge key that does not merge a mapping", "write the values out")
        merged.update(brought)
    own = {key: node.entries[n][1] for key, n in node.index.items() if not _is_merge_entry(node, n)}
    made[id(node)] = merged | {key: _data(below, made) for key, below in own.items()}
    return made[id(node)]
