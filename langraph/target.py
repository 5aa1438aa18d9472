"""Where the value to change sits: exactly one certain place, or the candidates and why we do not choose. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from langraph.catalogue import App, Catalogue
from langraph.helm_values import parse_path
from langraph.models.incident import ValuePath
from langraph.models.text import Text
from langraph.places import Layout, Slot, layouts, pool_slots, slots
from langraph.texts import proposing as say

VALUES_DIR = "helm-values"
MAX_FILES = 50  # files searched for an umbrella chart; a repository with more needs the catalogue

AUXILIARY = (
    "sidecar*", "*sidecar", "metrics", "*exporter", "init*", "volumepermissions", "test*", "*reloader", "*reload",
    "*proxy", "backup*", "*agent", "downloaddashboards", "extracontainers", "hook*", "sysctl*", "monitoring",
    "createbucket*", "migrat*", "cronjob*", "job", "jobs", "logrotate*", "waitfor*",
)  # fmt: skip
"""Sections (lower case, without dashes) that charts use for helpers; such a helper has a container of its own name."""

HELPERS = (
    "istio-proxy", "istio-init", "linkerd-*", "envoy*", "*-proxy", "vault-agent*", "*-sc-*", "*reloader*", "*sidecar*",
    "*exporter*", "*-agent", "fluent*", "promtail", "filebeat", "init-*", "wait-for-*", "*-init", "daprd",
)  # fmt: skip
"""Containers that are rarely the app itself: the app's own values are not theirs."""

SECTION_OF = (
    ("*-sc-*", "sidecar"),
    ("*config-reloader", "configReloader"),
    ("volume-permissions", "volumePermissions"),
)
"""Container names that the common charts give to the container of a section with another name."""

SECTION_OF_WORD = (("read", "readReplicas"), ("replica", "readReplicas"), ("replicas", "replica"))
"""Words in labels and pod names that the common database charts use for a section with another name."""

COMPONENTS = frozenset({
    "server", "controller", "primary", "master", "replica", "secondary", "readreplicas", "read", "write", "backend",
    "frontend", "web", "worker", "scheduler", "api", "gateway", "ingester", "distributor", "querier", "singlebinary",
    "alertmanager", "webhook", "cainjector", "slave", "node", "coordinator", "data", "broker", "operator",
})  # fmt: skip
"""Top-level sections that mean one workload of several."""

MAIN_NAMES = frozenset({"app", "main", "server", "application", "container", "default"})
"""What people call the only container of a pod."""

ADDABLE = frozenset({"resources"})
"""What may be added where the file does not name it: every chart has it, in the same form.

Not the probes: one without what it asks (httpGet, exec) is refused by Kubernetes; nor `persistence`: many lack it."""

FLAT_KEYS = frozenset({
    "image", "replicaCount", "service", "fullnameOverride", "nameOverride", "podAnnotations", "podSecurityContext",
    "ingress", "autoscaling", "nodeSelector", "livenessProbe", "readinessProbe",
})  # fmt: skip
"""Top-level keys by which a file shows that its chart is of the scaffold's kind."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where the value could be."""

    file: str
    path: ValuePath
    doc: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """The one place where the value is, or where it belongs."""

    file: str
    path: ValuePath
    doc: int = 0
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Candidates:
    """No certain place; a person may choose one of these."""

    places: tuple[Place, ...]
    reason: Text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for."""

    app: str
    value_path: str
    """As a remedy has it, relative to the component: `resources.limits.memory`, `env.DB_POOL_*`."""
    namespace: str | None = None
    container: str | None = None
    pod: str | None = None
    hints: tuple[str, ...] = ()
    """What else may name the component: its label, its workload."""
    insertable: bool = False
    """Whether a first value is known for a file that has none."""


def paths_to_read(
    app: str | None,
    catalogue: Catalogue,
    listing: Sequence[str],
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Which files of the repository may hold the app's values, in the order in which Helm gets them.

    Args:
        app: the app's name; None: only its labels can tell.
        catalogue: the team's own list; where it knows the app, nothing else counts.
        listing: the files that exist.
        namespace, labels: of the incident.
    """
    there = set(listing)
    entry = catalogue.lookup(app, labels or {}, namespace)
    if entry is not None:
        return tuple(path for path in entry.files if path in there)
    if app is None or catalogue.knows(app):
        return ()
    own = [path for path in own_files(app) if path in there]
    if own:
        return tuple(own[:1])
    shared = (path for path in sorted(there) if re.fullmatch(rf"{VALUES_DIR}/([^/]+/)?values\.ya?ml", path))
    return tuple(shared)[:MAX_FILES]


def own_files(app: str) -> tuple[str, ...]:
    """Where the app's values are by convention."""
    return (f"{VALUES_DIR}/{app}/values.yaml", f"{VALUES_DIR}/{app}/values.yml")


def resolve(wanted: Wanted, catalogue: Catalogue, files: Mapping[str, bytes]) -> Target | Candidates:
    """The one place of the value, or the candidates: never a guess.

    Args:
        wanted: whose value, which one.
        catalogue: where it knows the container, its word is final.
        files: the files of `paths_to_read`, by path.

    Raises:
        EditRefused: a file cannot be read as YAML or is not fit to be edited.
    """
    entry = catalogue.app(wanted.app, wanted.namespace)
    if entry is not None:
        wanted = replace(wanted, value_path=entry.keys.get(wanted.value_path, wanted.value_path))
    if entry is None and catalogue.knows(wanted.app):
        return Candidates((), say.other_namespace(wanted.app, wanted.namespace))
    paths = entry.files if entry is not None else tuple(path for path in own_files(wanted.app) if path in files)[:1]
    own = [path for path in paths if path in files]
    searched = own or ([] if entry is not None else list(files))
    if not searched:
        return Candidates((), say.no_file(wanted.app, paths or own_files(wanted.app)[:1]))
    everything = [slot for path in searched for slot in _found(path, files[path], wanted)]
    found = _effective(everything)
    section = entry.section_of(wanted.container, wanted.pod) if entry is not None else None
    if section is not None:
        return _at_prefix(_parts(section), found, wanted, {path: files[path] for path in searched})
    found = _of_this_app(_not_claimed(found, entry, wanted), wanted, needs_section=not own)
    shapes = [layout for path in own for layout in layouts(path, files[path])]
    return _choose(found, wanted) if found else _insert(wanted, shapes)


def _found(path: str, source: bytes, wanted: Wanted) -> list[Slot]:
    parts = parse_path(wanted.value_path)
    found = [slot for slot in slots(path, source, parts) if slot.exists or wanted.insertable]
    if not found and "pool" in wanted.value_path.lower():
        found = list(pool_slots(path, source))
    return list(dict.fromkeys(found))


def _effective(found: Sequence[Slot]) -> list[Slot]:
    """Of one path in several files only the last file's counts, as with Helm's `-f`; a value wins over a gap."""
    best: dict[tuple[ValuePath, int], Slot] = {}
    for slot in found:
        key = (slot.path, slot.doc)
        if slot.exists or key not in best or not best[key].exists:
            best[key] = slot
    return list(best.values())


# --- the catalogue's word ------------------------------------------------------------------------------------------


def _at_prefix(
    prefix: ValuePath, found: Sequence[Slot], wanted: Wanted, files: Mapping[str, bytes]
) -> Target | Candidates:
    there = [slot for slot in found if slot.section == prefix]
    if len(there) == 1:
        return _target(there[0])
    shapes = [layout for path, source in files.items() for layout in layouts(path, source)]
    parts = parse_path(wanted.value_path)
    if there or not wanted.insertable or len(shapes) != 1 or parts[0] not in ADDABLE:
        return _candidates(there, wanted)
    shape = shapes[0]
    return Target(shape.file, (*shape.root, *prefix, *parts), shape.doc, exists=False)


def _not_claimed(found: Sequence[Slot], entry: App | None, wanted: Wanted) -> list[Slot]:
    """Leave out what the catalogue gives to other containers."""
    mine = wanted.container or wanted.app
    named = entry.containers.items() if entry else ()
    claimed = {_parts(key) for name, key in named if name.rpartition("/")[2] != mine}
    return [slot for slot in found if slot.section not in claimed]


# --- conventions ---------------------------------------------------------------------------------------------------


def _of_this_app(found: Sequence[Slot], wanted: Wanted, *, needs_section: bool) -> list[Slot]:
    """In an umbrella chart only the app's own section counts; its name is cut off, so that it reads like a chart."""
    inside = [slot for slot in found if _same(str(slot.path[len(slot.root)]), wanted.app)]
    if inside:
        return [replace(slot, section=slot.section[1:]) for slot in inside]
    return [] if needs_section else list(found)


def _choose(found: Sequence[Slot], wanted: Wanted) -> Target | Candidates:
    if wanted.container is not None:
        named = [slot for slot in found if slot.section and _is_called(slot, wanted)]
        if len(named) == 1:
            return _target(named[0])
        if named:
            return _candidates(named, wanted)
        if _is_helper(wanted):
            reason = say.not_this_container(wanted.container, wanted.value_path)
            return Candidates(tuple(_place(slot) for slot in found), reason)
    main = [slot for slot in found if not _is_auxiliary(slot)]
    if len(main) == 1:
        return _target(main[0])
    hinted = [slot for slot in main if slot.section and _is_hinted(slot, wanted)]
    if len(hinted) == 1:
        return _target(hinted[0])
    top = [slot for slot in main if not slot.section]
    if len(top) == 1 and not hinted and wanted.container is not None and _same(wanted.container, wanted.app):
        return _target(top[0])
    return _candidates(main or found, wanted)


def _insert(wanted: Wanted, shapes: Sequence[Layout]) -> Target | Candidates:
    """A place for a value of which the file shows nothing: only where the chart's kind leaves no doubt."""
    parts = parse_path(wanted.value_path)
    if not wanted.insertable or len(shapes) != 1 or parts[0] not in ADDABLE or _is_helper(wanted):
        return Candidates((), say.no_place(wanted.app, wanted.value_path))
    shape = shapes[0]
    wrapped = [key for key in shape.sections if _same(key, wanted.app)]
    workloads = [key for key in shape.sections if _plain(key) in COMPONENTS and key not in wrapped]
    if len(wrapped) == 1 and not workloads and not shape.keys & FLAT_KEYS:
        return Target(shape.file, (*shape.root, wrapped[0], *parts), shape.doc, exists=False)
    if wrapped or workloads or not shape.keys & FLAT_KEYS or parts[0] in shape.keys:
        places = tuple(
            Place(shape.file, (*shape.root, key, *parts), shape.doc) for key in sorted([*wrapped, *workloads])
        )
        return Candidates(places, say.no_place(wanted.app, wanted.value_path))
    return Target(shape.file, (*shape.root, *parts), shape.doc, exists=False)


def _is_called(slot: Slot, wanted: Wanted) -> bool:
    """Whether the section is the container's: same name, or the app's name and a dash in front of it."""
    assert wanted.container is not None
    names = {slot.name, *(part for part in slot.section if isinstance(part, str))}
    aliases = {section for glob, section in SECTION_OF if fnmatchcase(wanted.container, glob)}
    wanted_names = {wanted.container, wanted.container.removeprefix(f"{wanted.app}-"), *aliases}
    return any(_same(name, other) for name in names for other in wanted_names)


def _is_hinted(slot: Slot, wanted: Wanted) -> bool:
    """Whether the app's name or a hint ends with, or has as one of its parts, the section's name."""
    section = _plain(slot.name)
    hints = (wanted.app, wanted.pod or "", *wanted.hints)
    words = {word for hint in hints for word in (*re.split(r"[-_./]", hint), hint)}
    said = {_plain(word) for word in words} | {_plain(section) for word, section in SECTION_OF_WORD if word in words}
    return section in said


def _is_helper(wanted: Wanted) -> bool:
    container = wanted.container
    if container is None or container in MAIN_NAMES or _same(container, wanted.app):
        return False
    return any(fnmatchcase(container, glob) for glob in HELPERS)


def _is_auxiliary(slot: Slot) -> bool:
    keys = [_plain(part) for part in slot.section if isinstance(part, str)]
    return any(fnmatchcase(key, glob) for key in keys for glob in AUXILIARY)


def _candidates(found: Sequence[Slot], wanted: Wanted) -> Candidates:
    reason = say.no_place(wanted.app, wanted.value_path)
    if len(found) > 1:
        reason = say.several_places(wanted.app, wanted.value_path, len(found))
    return Candidates(tuple(_place(slot) for slot in found), reason)


def _target(slot: Slot) -> Target:
    return Target(slot.file, slot.path, slot.doc, slot.exists)


def _place(slot: Slot) -> Place:
    return Place(slot.file, slot.path, slot.doc)


def _parts(key: str) -> ValuePath:
    """A section's key as a path; empty is the top."""
    return parse_path(key) if key else ()


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name).lower()
