"""Finds in one values file every place where a chart could keep a value; which one it is, target.py decides. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from langraph.helm_values.tree import Node, read_stream
from langraph.models.incident import ValuePath

ENV_KEYS = ("env", "extraEnv", "extraEnvVars", "envVars", "additionalEnv", "environment")
"""Where charts keep a container's environment: as a list of {name, value} or as a mapping."""

NESTED_ROOTS: dict[str, tuple[ValuePath, ...]] = {
    "HelmRelease": (("spec", "values"),),
    "Application": (("spec", "source", "helm", "valuesObject"),),
}
"""Kubernetes objects that carry Helm values inside them (Flux, Argo CD), by `kind`."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place for the value."""

    file: str
    doc: int
    root: ValuePath
    """Where the Helm values begin in the document; empty for a plain values file."""
    section: ValuePath
    """The component, relative to the root; empty for the chart's top level."""
    path: ValuePath
    """The whole path of the value in the document."""
    exists: bool
    """Whether the value is there; otherwise only what would hold it is (`resources: {}`)."""
    name: str = ""
    """What the component is called: its list item's `name`, else its last key."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a values file looks like from above."""

    file: str
    doc: int
    root: ValuePath
    sections: frozenset[str]
    """Top-level keys that hold mappings."""
    keys: frozenset[str]
    """All top-level keys."""


def layouts(file: str, source: bytes) -> tuple[Layout, ...]:
    """The Helm values in each document of a file.

    Raises:
        EditRefused: the file is not fit to be edited.
    """
    return tuple(layout for layout, _ in _roots(file, source))


def slots(file: str, source: bytes, wanted: ValuePath) -> tuple[Slot, ...]:
    """Every place in the file that fits the wanted path, relative to some component.

    Args:
        file: its path in the repository.
        source: its bytes.
        wanted: keys such as `resources, limits, memory`, or `env, DB_POOL_*` for an environment variable.

    Raises:
        EditRefused: the file is not fit to be edited.
    """
    found: list[Slot] = []
    for layout, node in _roots(file, source):
        for section, name, mapping in _mappings(node, (), ""):
            for path, exists in _fits(mapping, wanted):
                whole = (*layout.root, *section, *path)
                found.append(Slot(file, layout.doc, layout.root, section, whole, exists, name))
    return tuple(found)


POOL_LEAF = re.compile(r"(max|maximum)?_?(pool)?_?(size|connections|conns|active|open|total)?", re.IGNORECASE)
"""What the last key of a pool's size is made of: maxSize, maximumPoolSize, poolSize, max, max_connections."""
POOL_VARIABLE = re.compile(r".*POOL.*(SIZE|MAX)|.*MAX.*POOL.*", re.IGNORECASE)
NOT_A_SIZE = re.compile(r"MIN|IDLE|TIMEOUT|LIFETIME|OVERFLOW|INTERVAL|RECYCLE|WAIT|_MS$", re.IGNORECASE)


def pool_slots(file: str, source: bytes) -> tuple[Slot, ...]:
    """Every value that is the size of a connection pool by its name; the frameworks agree on no single key.

    Raises:
        EditRefused: the file is not fit to be edited.
    """
    found: list[Slot] = []
    for layout, node in _roots(file, source):
        for section, name, mapping in _mappings(node, (), ""):
            paths = [path for path, exists in _variables(mapping, "*POOL*") if exists]
            named = [path for path in paths if _is_pool_variable(mapping, path)]
            named += [(key,) for key in mapping.index if _is_pool_key((*section, key)) and _is_scalar(mapping, key)]
            for path in named:
                # `db.pool` is no component of the chart: what is left of the section is.
                component = section if len(path) > 1 else section[:-2]
                called = name if component == section else str(component[-1]) if component else ""
                whole = (*layout.root, *section, *path)
                found.append(Slot(file, layout.doc, layout.root, component, whole, True, called))
    return tuple({slot.path: slot for slot in found}.values())


def _is_pool_key(path: ValuePath) -> bool:
    *above, last = (str(part) for part in path)
    inside = bool(above) and above[-1].lower().endswith("pool")
    size = POOL_LEAF.fullmatch(last) is not None and last.lower() != "pool"
    return size and (inside or "pool" in last.lower()) and not NOT_A_SIZE.search(last)


def _is_scalar(mapping: Node, key: str) -> bool:
    value = _get(mapping, (key,))
    return value is not None and value.kind == "scalar" and not value.is_null


def _is_pool_variable(mapping: Node, path: ValuePath) -> bool:
    name = str(path[-1])
    if name == "value":
        env = _get(mapping, path[:1])
        assert env is not None
        called = _get(env.entries[int(path[1])][1], ("name",))
        name = called.text if called is not None else ""
    return POOL_VARIABLE.fullmatch(name) is not None and not NOT_A_SIZE.search(name)


def _roots(file: str, source: bytes) -> Iterator[tuple[Layout, Node]]:
    for doc, document in enumerate(read_stream(source).documents):
        top = document.root
        if top.kind != "mapping":
            continue
        kind = _get(top, ("kind",))
        nested = kind is not None and _get(top, ("apiVersion",)) is not None
        for root in NESTED_ROOTS.get(kind.text, ()) if nested and kind is not None else ((),):
            node = _get(top, root)
            if node is not None and node.kind == "mapping":
                below = frozenset(key for key, at in node.index.items() if node.entries[at][1].kind == "mapping")
                yield Layout(file, doc, root, below, frozenset(node.index)), node


def _mappings(node: Node, section: ValuePath, name: str) -> Iterator[tuple[ValuePath, str, Node]]:
    """Every mapping below `node` with its path; aliases are not followed, what they show stands elsewhere."""
    if node.kind == "mapping":
        yield section, name, node
        for key, at in node.index.items():
            yield from _mappings(node.entries[at][1], (*section, key), key)
    elif node.kind == "sequence":
        for i, (_, item) in enumerate(node.entries):
            called = _get(item, ("name",)) if item.kind == "mapping" else None
            yield from _mappings(item, (*section, i), called.text if called is not None else name)


def _fits(mapping: Node, wanted: ValuePath) -> Iterator[tuple[ValuePath, bool]]:
    """Paths below one component that fit, and whether there is a value."""
    if len(wanted) == 2 and wanted[0] == "env":
        yield from _variables(mapping, str(wanted[1]))
        return
    value = _get(mapping, wanted)
    if value is not None and (value.kind == "scalar" or value.kind == "alias"):
        yield wanted, not value.is_null
        return
    head = _get(mapping, wanted[:1]) if len(wanted) > 1 else None
    # A probe is more than its numbers: without what it asks (httpGet, exec) Kubernetes refuses it.
    is_hollow_probe = head is not None and str(wanted[0]).endswith("Probe") and not head.entries
    if value is None and head is not None and not is_hollow_probe and _is_open(head, wanted[1:]):
        yield wanted, False


def _is_open(node: Node, rest: ValuePath) -> bool:
    """Whether the rest of the path could be added below: only mappings (or nothing at all) on the way."""
    if node.is_null:
        return True
    if node.kind != "mapping":
        return False
    below = _get(node, rest[:1])
    return below is None or (len(rest) > 1 and _is_open(below, rest[1:]))


def _variables(mapping: Node, glob: str) -> Iterator[tuple[ValuePath, bool]]:
    for key in ENV_KEYS:
        env = _get(mapping, (key,))
        if env is not None and env.kind == "mapping":
            for name, at in env.index.items():
                if fnmatchcase(name.upper(), glob.upper()) and env.entries[at][1].kind == "scalar":
                    yield (key, name), not env.entries[at][1].is_null
        if env is not None and env.kind == "sequence":
            for i, (_, item) in enumerate(env.entries):
                called, value = (_get(item, (part,)) for part in ("name", "value"))
                fits = called is not None and fnmatchcase(called.text.upper(), glob.upper())
                if fits and value is not None and value.kind == "scalar":
                    yield (key, i, "value"), not value.is_null


def _get(node: Node, path: ValuePath) -> Node | None:
    for part in path:
        if node.kind != "mapping" or part not in node.index:
            return None
        node = node.entries[node.index[str(part)]][1]
    return node
