"""Finds in one values file every place where a chart could keep a value; which one it is, target.py decides. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from langraph.helm_values.tree import Node
from langraph.models.incident import ValuePath
from langraph.target.layouts import Layout, get, mappings

ENV_KEYS = ("env", "extraEnv", "extraEnvVars", "envVars", "additionalEnv", "environment")
"""Where charts keep a container's environment: as a list of {name, value} or as a mapping."""

RESOURCE_KEYS = frozenset({"limits", "requests", "claims"})
"""What a container's `resources` is made of."""

SYNONYMS: dict[ValuePath, tuple[ValuePath, ...]] = {
    ("persistence", "size"): (
        ("persistentVolume", "size"),
        ("dataStorage", "size"),
        ("volumeClaimTemplate", "resources", "requests", "storage"),
        ("volumeClaimTemplate", "spec", "resources", "requests", "storage"),
        ("storage", "volumeClaimTemplate", "spec", "resources", "requests", "storage"),
        ("storageSpec", "volumeClaimTemplate", "spec", "resources", "requests", "storage"),
    ),
}
"""What some charts call a value that most call otherwise; looked for only as an existing value."""


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


def slots(layout: Layout, wanted: ValuePath) -> tuple[Slot, ...]:
    """Every place in the values that fits the wanted path, relative to some component.

    Args:
        wanted: keys such as `resources, limits, memory`, or `env, DB_POOL_*` for an environment variable.
    """
    found: list[Slot] = []
    for section, name, mapping in mappings(layout.node):
        if wanted[0] == "resources" and any(str(part).startswith("volumeClaimTemplate") for part in section):
            continue  # a claim's resources are the volume's
        fitting = list(_fits(mapping, wanted))
        if section[-2:-1] == ("resources",) and wanted[0] == "resources" and section[-1] not in RESOURCE_KEYS:
            fitting += [(path, exists) for path, exists in _fits(mapping, wanted[1:]) if exists]
        if section[-2:-1] == ("persistentVolumeClaim",) and wanted == ("persistence", "size"):
            fitting += [(path, exists) for path, exists in _fits(mapping, wanted[1:]) if exists]
        for other in SYNONYMS.get(wanted, ()):
            fitting += [(path, exists) for path, exists in _fits(mapping, other) if exists]
        for path, exists in fitting:
            whole = (*layout.root, *section, *path)
            found.append(Slot(layout.file, layout.doc, layout.root, section, whole, exists, name))
    return tuple(found)


POOL_LEAF = re.compile(r"(max|maximum)?_?(pool)?_?(size|connections|conns|active|open|total)?", re.IGNORECASE)
"""What the last key of a pool's size is made of: maxSize, maximumPoolSize, poolSize, max, max_connections."""
POOL_VARIABLE = re.compile(r".*POOL.*(SIZE|MAX)|.*MAX.*POOL.*", re.IGNORECASE)
NOT_A_SIZE = re.compile(r"MIN|IDLE|TIMEOUT|LIFETIME|OVERFLOW|INTERVAL|RECYCLE|WAIT|_MS$", re.IGNORECASE)


def pool_slots(layout: Layout) -> tuple[Slot, ...]:
    """Every value that is the size of a connection pool by its name; the frameworks agree on no single key."""
    found: list[Slot] = []
    for section, name, mapping in mappings(layout.node):
        paths = [path for path, exists in _variables(mapping, "*POOL*") if exists]
        named = [path for path in paths if _is_pool_variable(mapping, path)]
        named += [(key,) for key in mapping.index if _is_pool_key((*section, key)) and _is_scalar(mapping, key)]
        for path in named:
            # `db.pool` is no component of the chart: what is left of the section is.
            component = section if len(path) > 1 else section[:-2]
            called = name if component == section else str(component[-1]) if component else ""
            whole = (*layout.root, *section, *path)
            found.append(Slot(layout.file, layout.doc, layout.root, component, whole, True, called))
    return tuple({slot.path: slot for slot in found}.values())


def _is_pool_key(path: ValuePath) -> bool:
    *above, last = (str(part) for part in path)
    inside = bool(above) and above[-1].lower().endswith("pool")
    size = POOL_LEAF.fullmatch(last) is not None and last.lower() != "pool"
    return size and (inside or "pool" in last.lower()) and not NOT_A_SIZE.search(last)


def _is_scalar(mapping: Node, key: str) -> bool:
    value = get(mapping, (key,))
    return value is not None and value.kind == "scalar" and not value.is_null


def _is_pool_variable(mapping: Node, path: ValuePath) -> bool:
    name = str(path[-1])
    if name == "value":
        env = get(mapping, path[:1])
        assert env is not None
        called = get(env.entries[int(path[1])][1], ("name",))
        name = called.text if called is not None else ""
    return POOL_VARIABLE.fullmatch(name) is not None and not NOT_A_SIZE.search(name)


def _fits(mapping: Node, wanted: ValuePath) -> Iterator[tuple[ValuePath, bool]]:
    """Paths below one component that fit, and whether there is a value."""
    if len(wanted) == 2 and wanted[0] == "env":
        yield from _variables(mapping, str(wanted[1]))
        return
    value = get(mapping, wanted)
    if value is not None and (value.kind == "scalar" or value.kind == "alias"):
        yield wanted, not value.is_null
        return
    head = get(mapping, wanted[:1]) if len(wanted) > 1 else None
    # A probe is more than its numbers: without what it asks (httpGet, exec) Kubernetes refuses it.
    is_hollow_probe = head is not None and str(wanted[0]).endswith("Probe") and not head.entries
    is_odd = wanted[0] == "resources" and not _is_plain(head)
    if value is None and head is not None and not is_hollow_probe and not is_odd and _is_open(head, wanted[1:]):
        yield wanted, False


def _is_plain(resources: Node | None) -> bool:
    """Whether `resources` is a container's; some charts keep several containers' there, or amounts of another form."""
    if resources is None or resources.kind != "mapping":
        return True
    return resources.index.keys() <= RESOURCE_KEYS


def _is_open(node: Node, rest: ValuePath) -> bool:
    """Whether the rest of the path could be added below: only mappings (or nothing at all) on the way."""
    if node.is_null:
        return True
    if node.kind != "mapping":
        return False
    below = get(node, rest[:1])
    return below is None or (len(rest) > 1 and _is_open(below, rest[1:]))


def _variables(mapping: Node, glob: str) -> Iterator[tuple[ValuePath, bool]]:
    for key in ENV_KEYS:
        env = get(mapping, (key,))
        if env is not None and env.kind == "mapping":
            for name, at in env.index.items():
                if fnmatchcase(name.upper(), glob.upper()) and env.entries[at][1].kind == "scalar":
                    yield (key, name), not env.entries[at][1].is_null
        if env is not None and env.kind == "sequence":
            for i, (_, item) in enumerate(env.entries):
                called, value = (get(item, (part,)) for part in ("name", "value"))
                fits = called is not None and fnmatchcase(called.text.upper(), glob.upper())
                if fits and value is not None and value.kind == "scalar":
                    yield (key, i, "value"), not value.is_null
