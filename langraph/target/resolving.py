"""Where the value to change sits: exactly one certain place, or the candidates and why we do not choose. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from langraph.catalogue import App, Catalogue
from langraph.helm_values import format_path, parse_path
from langraph.models.incident import ValuePath
from langraph.models.text import Text
from langraph.target.component import (
    MAIN_NAMES,
    MAIN_SECTIONS,
    Component,
    Wanted,
    called,
    component_of,
    is_foreign,
    is_helper,
    is_spelt_by,
    plain,
    same,
    same_section,
)
from langraph.target.places import Slot
from langraph.target.scopes import FLAT_KEYS, Scope, catalogued, scopes_of
from langraph.target.values_files import VALUES_DIR, paths_to_read
from langraph.texts import placing
from langraph.texts import proposing as say

__all__ = ["VALUES_DIR", "Candidates", "Place", "Target", "Wanted", "paths_to_read", "resolve"]

AUXILIARY = (
    "sidecar*", "*sidecar", "metrics", "*exporter", "init*", "volumepermissions", "test*", "*reloader", "*reload",
    "*proxy", "backup*", "*agent", "downloaddashboards", "extracontainers", "hook*", "sysctl*", "monitoring",
    "createbucket*", "migrat*", "cronjob*", "job", "jobs", "logrotate*", "waitfor*", "*sync", "*groomer", "*apicheck",
)  # fmt: skip
"""Sections (lower case, without dashes) that charts use for helpers; such a helper has a container of its own name."""

COMPONENTS = frozenset({
    "server", "controller", "primary", "master", "replica", "secondary", "readreplicas", "read", "write", "backend",
    "frontend", "web", "worker", "scheduler", "api", "gateway", "ingester", "distributor", "querier", "singlebinary",
    "alertmanager", "webhook", "cainjector", "slave", "node", "coordinator", "data", "broker", "operator",
})  # fmt: skip
"""Top-level sections that mean one workload of several."""

WORKLOAD_KEYS = frozenset({
    "resources", "resourcesPreset", "replicas", "replicaCount", "minReplicas", "image", "persistence", "livenessProbe",
    "readinessProbe", "startupProbe", "nodeSelector", "tolerations", "affinity", "podAnnotations", "podLabels",
    "podSecurityContext", "containerSecurityContext", "extraEnv", "extraEnvVars", "autoscaling", "hpa", "pdb",
    "extraArgs", "updateStrategy", "podDisruptionBudget", "priorityClassName", "extraVolumeMounts", "extraVolumes",
    "terminationGracePeriodSeconds", "topologySpreadConstraints",
})  # fmt: skip
"""Keys by which a section shows that it makes a workload of its own."""

NOT_WORKLOADS = ("global", "image", "persistence", "volumeclaim*", "autoscaling", "service", "ingress", "*probe")
"""Sections (lower case) that hold what a workload's own sections hold too, and make none."""

SCALED = frozenset({"replicas", "replicaCount"})
"""Keys that only a workload's section has."""

CHIEFS = MAIN_SECTIONS | {"web", "webserver", "node", "backend", "api"}
"""Sections that may be the chief workload's where the top level holds the same values for all."""

FORMS = frozenset({"statefulset", "deployment", "daemonset", "pod", "storage"})
"""Top-level sections of charts of one workload that hold its values by the kind of object they go into."""

OF_ITS_OWN = ("spec", "deployment", "statefulset", "daemonset", "pod", "container", "main")
"""What may stand between a workload's section and its `resources`, besides `<section>Spec`."""

ADDABLE = frozenset({"resources"})
"""What may be added where the file does not name it: every chart has it, in the same form.

Not the probes: one without what it asks (httpGet, exec) is refused by Kubernetes; nor `persistence`: many lack it."""


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


def resolve(wanted: Wanted, catalogue: Catalogue, files: Mapping[str, bytes]) -> Target | Candidates:
    """The one place of the value, or the candidates: never a guess.

    Args:
        wanted: whose value, which one.
        catalogue: where it knows the container, its word is final.
        files: the files of `paths_to_read`, by path.

    Raises:
        EditRefused: a file of the app cannot be read as YAML or is not fit to be edited.
    """
    entry = catalogue.app(wanted.app, wanted.namespace)
    if entry is None and catalogue.knows(wanted.app):
        return Candidates((), say.other_namespace(wanted.app, wanted.namespace))
    if entry is not None:
        return _resolved_by(entry, wanted, files)
    if not files:
        return Candidates((), say.no_file(wanted.app, (f"{VALUES_DIR}/{wanted.app}/values.yaml",)))
    scopes = scopes_of(wanted, parse_path(wanted.value_path), files)
    if not scopes:
        return Candidates((), say.no_place(wanted.app, wanted.value_path))
    if len(scopes) > 1:
        places = [_place(slot) for scope in scopes for slot in scope.slots]
        return Candidates(tuple(places), say.several_places(wanted.app, wanted.value_path, len(scopes)))
    return _settled(scopes[0], _choose(scopes[0], wanted), wanted)


# --- the catalogue's word ------------------------------------------------------------------------------------------


def _resolved_by(entry: App, wanted: Wanted, files: Mapping[str, bytes]) -> Target | Candidates:
    wanted = replace(wanted, value_path=entry.keys.get(wanted.value_path, wanted.value_path))
    present = {path: files[path] for path in entry.files if path in files}
    if not present:
        return Candidates((), say.no_file(wanted.app, entry.files))
    scope = catalogued(wanted, parse_path(wanted.value_path), present)
    section = entry.section_of(wanted.container, wanted.pod)
    if section is not None:
        prefix = parse_path(section) if section else ()
        return _settled(scope, _at_prefix(scope, prefix, wanted), wanted)
    mine = wanted.container or wanted.app
    taken = {parse_path(key) if key else () for name, key in entry.containers.items() if _bare(name) != mine}
    scope = replace(scope, slots=tuple(slot for slot in scope.slots if slot.section not in taken), taken=taken)
    return _settled(scope, _choose(scope, wanted), wanted)


def _bare(name: str) -> str:
    return name.rpartition("/")[2]


def _at_prefix(scope: Scope, prefix: ValuePath, wanted: Wanted) -> Target | Candidates:
    there = [slot for slot in scope.slots if slot.section == prefix]
    if len(there) == 1:
        return _target(there[0])
    if there or len(scope.layouts) != 1 or parse_path(wanted.value_path)[0] not in ADDABLE:
        return _candidates(there, wanted)
    return _new(scope, prefix, wanted)


# --- conventions ---------------------------------------------------------------------------------------------------


def _choose(scope: Scope, wanted: Wanted) -> Target | Candidates:
    part = component_of(wanted, scope.chart, scope.rest)
    found = _by_names(scope, part, wanted)
    if part.is_other and scope.beside is not None and not isinstance(found, Target):
        # Not in the section of the chart's own name: `signoz-otel-collector` is what stands beside `signoz`.
        parts = (_in_section(scope.beside, name, wanted, part.names) for name in part.names)
        outside = next((place for place in parts if place is not None), None)
        return outside or found or _asked(scope.beside.slots, part, wanted)
    return found or _unnamed(scope, part, wanted)


def _by_names(scope: Scope, part: Component, wanted: Wanted) -> Target | Candidates | None:
    """The place in a section that is called like the container or its part."""
    if wanted.container is not None:
        named = _by_container(scope, wanted, part)
        if len(named) == 1:
            return _target(named[0])
        if named:
            return _candidates(named, wanted)
        if is_helper(wanted, scope.chart):
            reason = say.not_this_container(wanted.container, wanted.value_path)
            return Candidates(tuple(_place(slot) for slot in scope.slots), reason)
    for name in (*part.names, *part.guesses):
        found = _in_section(scope, name, wanted, part.names)
        if found is not None:
            return found
    return None


def _by_container(scope: Scope, wanted: Wanted, part: Component) -> list[Slot]:
    """The places in sections that are called like the container; by its own name rather than by one above."""
    fits = [(called(slot.section, slot.name, wanted), slot) for slot in scope.slots if slot.section]
    best = max((how for how, _ in fits), default=0)
    named = [slot for how, slot in fits if best and how == best]
    if len(named) > 1:
        spelt = [slot for slot in named if any(is_spelt_by(slot.section, name) for name in part.names)]
        of_part = spelt or [slot for slot in named if any(_is_within(slot.section, name) for name in part.names)]
        return of_part or named
    return named


def _in_section(scope: Scope, name: str, wanted: Wanted, sure: Sequence[str] = ()) -> Target | Candidates | None:
    """The place in the one section of that name; None where there is no such section."""
    sections = [
        (section, keys)
        for section, keys in scope.sections(depth=2)
        if same_section(section[-1] if isinstance(section[-1], str) else "", name) or is_spelt_by(section, name)
    ]
    held = [slot for slot in scope.slots if any(_belongs(slot.section, section) for section, _ in sections)]
    if held:
        return _target(held[0]) if len(held) == 1 else _candidates(held, wanted)
    workloads = {section: keys for section, keys in sections if keys & WORKLOAD_KEYS and _makes_pods(name, keys)}
    top = [slot for slot in scope.slots if slot.exists and not slot.section]
    if workloads and top:
        # It may have its value from there as all others do, or none at all.
        return _candidates(top, wanted) if name in sure else None
    if not workloads:
        return None
    head = parse_path(wanted.value_path)[0]
    # `resources` that is there and yet no place for the value is an alias, or of a form of the chart's own.
    if len(workloads) > 1 or head not in ADDABLE or any(head in keys for keys in workloads.values()):
        return Candidates((), placing.other_part(wanted.app, wanted.value_path, name))
    return _new(scope, next(iter(workloads)), wanted)


def _belongs(section: ValuePath, to: ValuePath) -> bool:
    """Whether a place is the section's own: in it, or in what holds the pod's values in some charts."""
    if section == to:
        return True
    if section[:-1] != to or not isinstance(section[-1], str) or not isinstance(to[-1], str):
        return False
    return plain(section[-1]) in (*OF_ITS_OWN, f"{plain(to[-1])}spec", plain(to[-1]))


def _unnamed(scope: Scope, part: Component, wanted: Wanted) -> Target | Candidates:
    """No section is called like the part: only what leaves no doubt."""
    main = [slot for slot in scope.slots if not _is_auxiliary(slot.section)]
    top = [slot for slot in main if not slot.section]
    around = _workloads(scope, main)
    if len(top) == 1 and _is_operator(scope, part, wanted) and len(main) == 1:
        return _target(top[0])
    if len(top) == 1:
        is_its_own = _is_the_only(scope, part, wanted) if not around else _is_the_chief(scope, part, wanted)
        is_its_own = is_its_own and not _rivals(scope, main)
        return _target(top[0]) if is_its_own else _asked(main, part, wanted)
    if len(main) == 1 and not part.is_other and around <= {main[0].section} and not _is_flat(scope):
        return _target(main[0])
    if len(main) == 1 and all(_is_form(section) for section in around) and _is_the_only(scope, part, wanted):
        return _target(main[0])
    if part.is_main or (part.names and not part.is_other):
        chief = _chief(scope, main, wanted)
        if chief is not None:
            return chief
    if main:
        return _asked(main, part, wanted)
    return _insert(scope, part, wanted)


def _is_the_only(scope: Scope, part: Component, wanted: Wanted) -> bool:
    """Whether the part is what a chart of one workload makes: `shop-db` is none of the chart `shop`."""
    if not part.is_other:
        return True
    if any(is_foreign(name, wanted, scope.chart) for name in part.names):
        return False
    known = (wanted.app, scope.chart, *part.names, *MAIN_NAMES)
    is_it = wanted.container is None or any(same(wanted.container, name) for name in known)
    return is_it and not scope.rest


def _is_the_chief(scope: Scope, part: Component, wanted: Wanted) -> bool:
    """Whether the part is the one of several that bears the chart's name."""
    if part.is_other:
        return False
    is_named = wanted.container is not None and any(same(wanted.container, n) for n in (wanted.app, scope.chart))
    return is_named or part.is_main or bool(part.names)


def _is_operator(scope: Scope, part: Component, wanted: Wanted) -> bool:
    """Whether the part is the program of an operator's chart, whose other sections are about what it operates."""
    kin = {(name.partition("-")[0], name.rpartition("-")[2]) for name in (scope.chart, *part.names)}
    is_kin = len(kin) == 1 and scope.chart.endswith("-operator") and bool(part.names) and not scope.rest
    held = wanted.container
    return is_kin and (held is None or held in {*MAIN_NAMES, "manager", "operator", *part.names})


def _rivals(scope: Scope, main: Sequence[Slot]) -> set[ValuePath]:
    """Sections that may be the chief workload's own, over what the top level says for all workloads.

    Which one is the chief's the values do not say: `supersetNode` and `supersetWorker` beside the top of superset.
    """
    held = {slot.section[:1] for slot in main if slot.section}
    scaled = {section for section, keys in scope.sections(depth=1) if keys & SCALED and not _is_auxiliary(section)}
    return {section for section in held | scaled if _is_chiefs(str(section[0]), scope.chart)}


def _is_chiefs(key: str, chart: str) -> bool:
    rest = re.sub(r"[-_]", "", key)[len(plain(chart)) :]
    return plain(key) in CHIEFS or (plain(key).startswith(plain(chart)) and rest[:1].isupper())


def _workloads(scope: Scope, main: Sequence[Slot]) -> set[ValuePath]:
    """Sections that make workloads of their own."""
    shown = {
        section
        for section, keys in scope.sections(depth=1)
        if not _is_auxiliary(section) and _makes_pods(str(section[-1]), keys)
    }
    return shown | {slot.section for slot in main if slot.section}


def _is_form(section: ValuePath) -> bool:
    """Whether a section is called for what kind of object it is about, not for a part of the chart."""
    return len(section) == 1 and plain(str(section[0])) in FORMS


def _makes_pods(name: str, keys: frozenset[str]) -> bool:
    if any(fnmatchcase(plain(name), glob) for glob in NOT_WORKLOADS):
        return False
    return plain(name) in COMPONENTS or bool(keys & WORKLOAD_KEYS)


def _chief(scope: Scope, main: Sequence[Slot], wanted: Wanted) -> Target | Candidates | None:
    """The place of the workload that bears the chart's name, where one section is what charts call its own."""
    if _is_flat(scope) or any(not slot.section for slot in main):
        return None
    sections = [s for s, keys in scope.sections(depth=1) if plain(str(s[-1])) in MAIN_SECTIONS and keys & WORKLOAD_KEYS]
    return _in_section(scope, str(sections[0][-1]), wanted) if len(sections) == 1 else None


def _is_flat(scope: Scope) -> bool:
    return any(layout.keys & FLAT_KEYS for layout in scope.layouts) and not scope.prefix


def _insert(scope: Scope, part: Component, wanted: Wanted) -> Target | Candidates:
    """A place for a value of which the file shows nothing: only where the chart's kind leaves no doubt."""
    parts = parse_path(wanted.value_path)
    nothing = say.no_place(wanted.app, wanted.value_path)
    if parts[0] not in ADDABLE:
        return Candidates((), nothing)
    workloads = sorted(_workloads(scope, []), key=str)
    keys = {key for layout in scope.layouts for key in layout.keys} if not scope.prefix else scope.keys()
    if workloads or parts[0] in keys or not (keys & FLAT_KEYS or scope.prefix) or part.is_other:
        places = [_new(scope, section, wanted) for section in workloads]
        return Candidates(tuple(Place(new.file, new.path, new.doc) for new in places), nothing)
    return _new(scope, (), wanted)


def _new(scope: Scope, section: ValuePath, wanted: Wanted) -> Target:
    """The value's place in a section that is there, in the last file that has the section."""
    layout = scope.layout_of(section)
    path = (*layout.root, *scope.prefix, *section, *parse_path(wanted.value_path))
    return Target(layout.file, path, layout.doc, exists=False)


def _settled(scope: Scope, found: Target | Candidates, wanted: Wanted) -> Target | Candidates:
    """The target, unless something that we cannot see through wins over it."""
    if isinstance(found, Candidates):
        return found
    here = Place(found.file, found.path, found.doc)
    layout = next(one for one in scope.layouts if (one.file, one.doc) == (found.file, found.doc))
    relative = found.path[len(layout.root) :]
    parameter = layout.parameters.get(format_path(relative))
    if parameter is not None:
        there = Place(found.file, parameter, found.doc)
        return Candidates((there, here), placing.set_elsewhere(wanted.value_path, format_path(parameter)))
    rivals = [slot for slot in scope.unsure if slot.exists and slot.path[len(slot.root) :] == relative]
    if rivals:
        places = [here, *(_place(slot) for slot in rivals)]
        files = ", ".join(dict.fromkeys(place.file for place in places))
        return Candidates(tuple(places), placing.which_environment(wanted.value_path, files))
    return found


def _is_within(section: ValuePath, name: str) -> bool:
    return any(isinstance(part, str) and same_section(part, name) for part in section)


def _is_auxiliary(section: ValuePath) -> bool:
    keys = [plain(part) for part in section if isinstance(part, str)]
    return any(fnmatchcase(key, glob) for key in keys for glob in AUXILIARY)


def _asked(found: Sequence[Slot], part: Component, wanted: Wanted) -> Candidates:
    if part.is_other and part.names:
        reason = placing.other_part(wanted.app, wanted.value_path, part.names[0])
        return Candidates(tuple(_place(slot) for slot in found), reason)
    return _candidates(found, wanted)


def _candidates(found: Sequence[Slot], wanted: Wanted) -> Candidates:
    reason = say.no_place(wanted.app, wanted.value_path)
    if len(found) > 1:
        reason = say.several_places(wanted.app, wanted.value_path, len(found))
    return Candidates(tuple(_place(slot) for slot in found), reason)


def _target(slot: Slot) -> Target:
    return Target(slot.file, slot.path, slot.doc, slot.exists)


def _place(slot: Slot) -> Place:
    return Place(slot.file, slot.path, slot.doc)
