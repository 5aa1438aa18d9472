"""Finds in one values file every place where a chart could keep a value; which one it is, choosing.py decides. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from langraph.amounts import amount_of
from langraph.helm_values import INNER
from langraph.helm_values.tree import Node
from langraph.models.incident import ValuePath
from langraph.target.component import Wanted
from langraph.target.layouts import Layout, block, get, mappings
from langraph.target.named_places import CONFIGURATION, named_values, part_of, pools_in_texts, workload_around
from langraph.target.pool_places import pools, variables
from langraph.target.synonyms import CLAIMED, OVERRIDES, SYNONYMS

RESOURCE_KEYS = frozenset({"limits", "requests", "claims"})
"""What a container's `resources` is made of."""

NAMED_RESOURCES = re.compile(r"resources(?!Preset\Z)[A-Z]\w*|[a-z]\w*Resources")
"""Where a chart keeps the resources of one part beside its other keys: `resourcesCrossplane`, `workerResources`."""


VOLUME_SIZE = re.compile(r"[a-z]\w{1,40}[sS]ize")
"""Beside a chart's first volume the size of another: `commitLogsize`."""


SECOND_VOLUMES = {"walStorage": "wal", "auditStorage": "audit"}
"""Beside a part's volume a second one, and what claims and paths call it: CloudNativePG's log, Vault's audit."""


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


def places_in(layout: Layout, wanted: Wanted) -> tuple[Slot, ...]:
    """Every place in the values that may be the wanted value's, by its path or by its name."""
    if wanted.names:
        return named_slots(layout, wanted)
    found = slots(layout, wanted.path)
    return pool_slots(layout) if wanted.is_pool and not any(slot.exists for slot in found) else found


def named_slots(layout: Layout, wanted: Wanted) -> tuple[Slot, ...]:
    """Every value in the layout that bears one of the names and is an amount of the kind."""
    found: list[Slot] = []
    for section, name, mapping in mappings(layout.node):
        for path, text in named_values(mapping, wanted.names, str(section[-1]) if section else ""):
            if amount_of(text, wanted.kind) is not None:
                found.append(_slot(layout, section, part_of(layout.node, section), name, path))
    below = [slot for slot in found if _is_below(slot, wanted)]
    # The same chart under another alias, `cache` and `jobs`: which of them a client means its message does not say.
    alike = {slot.path[len(slot.root) + 1 :] for slot in below if len(slot.path) > len(slot.root) + 1}
    kept = [slot for slot in found if slot in below or slot.path[len(slot.root) + 1 :] in alike]
    return tuple({slot.path: slot for slot in kept}.values())


def _is_below(slot: Slot, wanted: Wanted) -> bool:
    above = "".join(map(str, slot.path[len(slot.root) : -1])).lower()
    return not wanted.keys_above or any(word in above for word in wanted.keys_above)


def _slot(layout: Layout, section: ValuePath, component: ValuePath, name: str, path: ValuePath) -> Slot:
    """A value that is there, as the component's around it: `redis.config.maxmemory` is of `redis`."""
    called = name if component == section else str(component[-1]) if component else ""
    return Slot(layout.file, layout.doc, layout.root, component, (*layout.root, *section, *path), True, called)


def slots(layout: Layout, wanted: ValuePath) -> tuple[Slot, ...]:
    """Every place in the values that fits the wanted path, relative to some component.

    Args:
        wanted: keys such as `resources, limits, memory`, or `env, DB_POOL_*` for an environment variable.
    """
    found: dict[ValuePath, Slot] = {}
    for section, name, mapping in mappings(layout.node):
        if wanted[0] == "resources" and _is_claim(section, mapping):
            continue
        for path, exists in _places(section, mapping, wanted):
            # `storage.size` of a component is met before, and instead of, the `size` of a component `storage`.
            whole = (*layout.root, *section, *path)
            found.setdefault(whole, Slot(layout.file, layout.doc, layout.root, section, whole, exists, name))
        for key in mapping.index if wanted[0] == "resources" else ():
            if NAMED_RESOURCES.fullmatch(key) and _is_set(mapping, (key, *wanted[1:])):
                whole = (*layout.root, *section, key, *wanted[1:])
                found.setdefault(whole, Slot(layout.file, layout.doc, layout.root, (*section, key), whole, True, key))
    return tuple(found.values())


def pool_slots(layout: Layout) -> tuple[Slot, ...]:
    """Every value that is the size of a connection pool by its name; the frameworks agree on no single key."""
    found: list[Slot] = []
    for section, name, mapping in mappings(layout.node):
        for path in pools_in_texts(mapping):
            # `database.connectionString` is the client's: `database` is no part of the chart.
            makes_pods = workload_around(layout.node, section)
            part = part_of(layout.node, section) if makes_pods is not None or len(section) > 1 else ()
            found.append(_slot(layout, section, part, name, path))
        for path in pools(section, mapping):
            # `db.pool` is no component of the chart: what is left of the section is.
            is_variable = len(path) > 1 or str(path[-1]).isupper()
            above = section if is_variable else section[:-2]
            around = workload_around(layout.node, section)
            if around is None and section and CONFIGURATION.fullmatch(str(section[0])):
                around = part_of(layout.node, section)
            found.append(_slot(layout, section, above if around is None else around, name, path))
    return tuple({slot.path: slot for slot in found}.values())


def _places(section: ValuePath, mapping: Node, wanted: ValuePath) -> list[tuple[ValuePath, bool]]:
    """Paths below one component that hold the value or could, and whether it is there."""
    override = get(mapping, (OVERRIDES.get(str(wanted[0]), ""),))
    found = [] if override is not None and override.entries else list(_fits(mapping, wanted))
    is_by_part = section[-2:-1] == ("resources",) and wanted[0] == "resources" and section[-1] not in RESOURCE_KEYS
    is_size = section[-2:-1] == ("persistentVolumeClaim",) and wanted == ("persistence", "size")
    others = [*([wanted[1:]] if is_by_part or is_size else []), *SYNONYMS.get(wanted, ())]
    found += [(other, True) for other in others if _is_set(mapping, other)]
    if wanted == ("persistence", "size"):
        found += [(path, True) for path in _volumes(mapping)]
    if wanted == ("persistence", "size"):
        found = [place for place in found if not any(_is_set(mapping, (*place[0][:-1], key)) for key in CLAIMED)]
    # Where a chart's own word for the value is there, the usual one is not to be added beside it.
    return [place for place in found if place[1]] or found


def _is_claim(section: ValuePath, mapping: Node) -> bool:
    """Whether the resources here are a volume claim's."""
    is_template = any(str(part).startswith("volumeClaimTemplate") for part in section)
    return is_template or get(mapping, ("resources", "requests", "storage")) is not None


def _volumes(mapping: Node) -> Iterator[ValuePath]:
    """Sizes of volumes with names of their own: `persistence.data.size`, `volumes.ledgers.size`, `walStorage.size`."""
    yield from ((key, "size") for key in SECOND_VOLUMES if _is_set(mapping, (key, "size")))
    for key in ("persistence", "volumes", "pvc", "pvcs"):
        named = get(mapping, (key,))
        if named is None or named.kind != "mapping" or "persistentVolumeClaim" in named.index:
            continue
        yield from ((key, volume, "size") for volume in named.index if _is_set(named, (volume, "size")))
        yield from ((key, name) for name in named.index if VOLUME_SIZE.fullmatch(name) and _is_set(named, (name,)))


def _is_set(mapping: Node, path: ValuePath) -> bool:
    value = get(mapping, path)
    return value is not None and (value.kind == "alias" or (value.kind == "scalar" and value.value not in (None, "")))


def _fits(mapping: Node, wanted: ValuePath) -> Iterator[tuple[ValuePath, bool]]:
    """Paths below one component that fit, and whether there is a value."""
    if len(wanted) == 2 and wanted[0] == "env":
        yield from ((one.path, not one.value.is_null) for one in variables(mapping, str(wanted[1])))
        return
    text = block(get(mapping, wanted[:1])) if len(wanted) > 1 else None
    inside = get(text, wanted[1:]) if text is not None else None
    if inside is not None and inside.kind == "scalar" and not inside.is_null:
        yield (wanted[0], INNER, *wanted[1:]), True
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
