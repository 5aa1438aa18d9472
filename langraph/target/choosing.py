"""Which of a chart's places is the container's, by what charts call their parts: one, or the candidates. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from langraph.affected.owners import workload
from langraph.models.incident import ValuePath
from langraph.target.chiefs import (
    is_auxiliary,
    is_chiefly,
    is_flat,
    is_form,
    is_operator,
    is_the_chief,
    is_the_only,
    makes_pods,
    outermost,
    own_words,
    rivals,
    workload_sections,
)
from langraph.target.component import (
    Component,
    Wanted,
    called,
    component_of,
    is_helper,
    is_spelt_by,
)
from langraph.target.found import Candidates, Place, Target, asked, place_of, several, target_at
from langraph.target.layouts import text_at
from langraph.target.places import NAMED_RESOURCES, Slot
from langraph.target.scopes import FLAT_KEYS, OVERRIDES, Scope
from langraph.target.words import (
    ADDABLE,
    CHARTS,
    INSIDE,
    MAIN_NAMES,
    MAIN_SECTIONS,
    NEUTRAL,
    OF_ITS_OWN,
    PRIMARIES,
    SOFTWARE,
    WORKLOAD_KEYS,
    plain,
    same,
    same_section,
)
from langraph.texts import placing
from langraph.texts import proposing as say

OF_SEVERAL = re.compile(r"\s\d/[2-9]\s+OOMKilled\b")
"""A row of `kubectl get pods`: one of several containers was killed, and not which."""


def choose(scope: Scope, wanted: Wanted) -> Target | Candidates:
    found = _choose(scope, wanted)
    helpers = [slot for slot in scope.slots if slot.exists and is_auxiliary(slot.section)]
    if isinstance(found, Target) and wanted.container is None and helpers and OF_SEVERAL.search(wanted.message):
        return several([slot for slot in scope.slots if slot in helpers or slot.path == found.path], wanted)
    return found


def _choose(scope: Scope, wanted: Wanted) -> Target | Candidates:
    scope, wanted = _of_its_chart(scope, replace(wanted, releases=(*wanted.releases, *scope.names)))
    part = component_of(wanted, scope.chart, scope.rest)
    found = _by_names(scope, part, wanted)
    if part.is_other and scope.beside is not None and not isinstance(found, Target):
        # Not in the section of the chart's own name: `signoz-otel-collector` is what stands beside `signoz`.
        parts = (_in_section(scope.beside, name, wanted, part.names) for name in part.names)
        outside = next((place for place in parts if place is not None), None)
        return outside or found or asked(scope.beside.slots, part, wanted)
    return found or _unnamed(scope, part, wanted)


def _of_its_chart(scope: Scope, wanted: Wanted) -> tuple[Scope, Wanted]:
    """Without a chart's name behind the release's that the folder is called after: `edge-ingress-nginx-controller`."""
    fronts = (name for name in CHARTS if f"{scope.rest}-".startswith(f"{name}-"))
    chart = max(fronts, key=len, default="")
    is_section = any(same(str(section[-1]), chart) for section, _ in scope.sections(depth=1))
    is_beside = is_flat(scope) and not SOFTWARE.isdisjoint(chart.split("-"))
    if not chart or is_section or is_beside:
        return scope, wanted  # an umbrella's part, or what an app has beside itself
    rest = scope.rest.removeprefix(chart).lstrip("-")
    return replace(scope, rest=rest), replace(wanted, releases=(*wanted.releases, chart, f"{scope.chart}-{chart}"))


def _by_names(scope: Scope, part: Component, wanted: Wanted) -> Target | Candidates | None:
    """The place in a section that is called like the container or its part."""
    renamed = _by_override(scope, wanted)
    if renamed is not None:
        return target_at(renamed)
    items = _by_item(scope, part)
    if items:
        return target_at(items[0]) if len(items) == 1 else several(items, wanted)
    if wanted.container is not None:
        named = _by_container(scope, wanted, part)
        if part.is_other and any(same(wanted.container, own) for own in (wanted.app, scope.chart)):
            # In `shop-worker` a container `shop` is no more than what every container of the chart is called.
            named = [s for s in named if any(_is_within(s.section, name) or same(s.name, name) for name in part.names)]
        if len(named) == 1:
            return target_at(named[0])
        if named:
            return several(named, wanted)
        if is_helper(wanted, scope.chart):
            reason = say.not_this_container(wanted.container, wanted.value_path)
            return Candidates(tuple(place_of(slot) for slot in scope.slots), reason)
    unclear: Candidates | None = None
    for name in (*part.names, *part.guesses):
        found = _in_section(scope, name, wanted, part.names)
        if isinstance(found, Candidates):
            unclear = unclear or found  # another of its names may say which: `master`, of `sessions-master`
        elif found is not None and not _is_anothers(found, name, part, scope, wanted):
            is_among = unclear is None or Place(found.file, found.path, found.doc) in unclear.places
            if is_among:
                return found
    if unclear is not None:
        return unclear
    return _operators(scope, part, wanted)


def _is_anothers(found: Target, name: str, part: Component, scope: Scope, wanted: Wanted) -> bool:
    """Whether a place is in a section of another name than the pod's: `cache.master` for the pod `sessions-master`."""
    fuller = [other for other in part.names if other.endswith(f"-{name}")]
    root = next(len(one.root) for one in scope.layouts if (one.file, one.doc) == (found.file, found.doc))
    keys = [plain(key) for key in found.path[root + len(scope.prefix) :] if isinstance(key, str)]
    at = next((n for n, key in enumerate(keys) if same_section(key, name)), 0)
    above = [key for key in keys[:at] if key not in INSIDE and not same(key, wanted.container or "")]
    return bool(fuller and above) and not any(key in plain(other) for key in above for other in fuller)


def _operators(scope: Scope, part: Component, wanted: Wanted) -> Target | Candidates | None:
    """The place of the operator in a chart of more, whose section bears its kind: `prometheusOperator`."""
    if "operator" not in part.names:
        return None
    keys = [str(section[0]) for section, _ in scope.sections(depth=1)]
    found = [key for key in keys if plain(key).endswith("operator")]
    return _in_section(scope, found[0], wanted) if len(found) == 1 else None


def _by_container(scope: Scope, wanted: Wanted, part: Component) -> list[Slot]:
    """The places in sections that are called like the container; by its own name rather than by one above."""
    fits = [(called(slot.section, slot.name, wanted, scope.chart), slot) for slot in scope.slots if slot.section]
    best = max((how for how, _ in fits), default=0)
    made = workload(wanted.pod) if wanted.pod else None
    if best == 2 and made is not None and wanted.container in made.split("-") and made != wanted.app:
        return []  # the pod's own program is no sidecar: `mgr` beside `mgr-sidecar`
    named = outermost([slot for how, slot in fits if best and how == best])
    if len(named) > 1:
        spelt = [slot for slot in named if any(_is_spelt(slot, name, scope.chart) for name in part.names)]
        of_part = spelt or [slot for slot in named if any(_is_within(slot.section, name) for name in part.names)]
        return of_part or named
    return named


def _by_override(scope: Scope, wanted: Wanted) -> Slot | None:
    """The place of the one section that is told to call its objects as the pod's workload is called."""
    made = workload(wanted.pod) if wanted.pod else wanted.app
    if is_helper(wanted, scope.chart):
        return None
    sections = [
        section
        for section, keys in scope.sections(depth=2)
        if OVERRIDES[0] in keys
        and any(text_at(one.node, *scope.prefix, *section, OVERRIDES[0]) == made for one in scope.layouts)
    ]
    held = [slot for slot in scope.slots if any(_belongs(slot.section, section) for section in sections)]
    return held[0] if len(sections) == 1 and len(held) == 1 else None


def _by_item(scope: Scope, part: Component) -> list[Slot]:
    """The places in items of lists of workloads that are called like the part: `deployments: [{name: mail, ...}]`."""
    listed = [slot for slot in scope.slots if slot.section and isinstance(slot.section[-1], int)]
    listed = [slot for slot in listed if not _is_container_list(slot.section[:-1])]
    exact = [slot for slot in listed if any(same(slot.name, name) for name in part.names)]
    return exact or [slot for slot in listed if any(_is_spelt_with(slot, name, scope.chart) for name in part.names)]


def _is_container_list(section: ValuePath) -> bool:
    return bool(section) and any(word in plain(str(section[-1])) for word in ("container", "sidecar"))


def _is_spelt(slot: Slot, name: str, chart: str) -> bool:
    return is_spelt_by(slot.section, name) or _is_spelt_with(slot, name, chart)


def _is_spelt_with(slot: Slot, name: str, chart: str) -> bool:
    """Whether a section's key and the item's name make up the part's: `user-deployments` and `mail`."""
    keys = [key.removeprefix(f"{chart}-") for key in slot.section if isinstance(key, str)]
    return any(same(f"{one}{slot.name}", name) for key in keys for one in (key, key.removesuffix("s")))


def _in_section(scope: Scope, name: str, wanted: Wanted, sure: Sequence[str] = ()) -> Target | Candidates | None:
    """The place in the one section of that name; None where there is no such section."""
    sections = [
        (section, keys)
        for section, keys in scope.sections(depth=2)
        if same_section(section[-1] if isinstance(section[-1], str) else "", name) or is_spelt_by(section, name)
    ]
    held = [slot for slot in scope.slots if any(_belongs(slot.section, section) for section, _ in sections)]
    if held:
        beside = [slot for slot in scope.slots if any(_is_inside(slot.section, section) for section, _ in sections)]
        if len(held) == 1 and len({*held, *beside}) > 1 and not _is_program(wanted, (name, scope.chart)):
            held = list(dict.fromkeys([*held, *beside]))  # `registryctl` in the pod of `registry.registry`
        return target_at(held[0]) if len(held) == 1 else several(held, wanted)
    inner = [slot for slot in scope.slots if any(_is_inside(slot.section, section) for section, _ in sections)]
    if inner:
        # `shardsvr.dataNode` and `shardsvr.arbiter`: a place of the section's own would be one more.
        below = [slot for slot in inner if any(slot.section[:-1] == section for section, _ in sections)]
        chief = [slot for slot in below if plain(str(slot.section[-1])) in PRIMARIES]
        return target_at(chief[0]) if len(chief) == 1 else several(inner, wanted)
    workloads = {section: keys for section, keys in sections if keys & WORKLOAD_KEYS and makes_pods(name, keys)}
    return _not_set(scope, name, workloads, wanted, sure) if workloads else None


def _not_set(
    scope: Scope, name: str, workloads: Mapping[ValuePath, frozenset[str]], wanted: Wanted, sure: Sequence[str]
) -> Target | Candidates | None:
    """The place of a part whose section is there and does not have the value."""
    top = [slot for slot in scope.slots if slot.exists and not slot.section]
    if top:
        # It may have its value from there as all others do, or none at all.
        is_chief = wanted.path[0] == "persistence" and name in own_words(scope)
        if is_chief and len(top) == 1:
            return target_at(top[0])
        return several(top, wanted) if name in sure else None
    head = wanted.path[0]
    # `resources` that is there and yet no place for the value is an alias, or of a form of the chart's own.
    if len(workloads) > 1 or head not in ADDABLE or any(head in keys for keys in workloads.values()):
        return Candidates((), placing.other_part(wanted.app, wanted.value_path, name))
    return new_place(scope, next(iter(workloads)), wanted)


def _is_program(wanted: Wanted, names: Sequence[str]) -> bool:
    """Whether the container is the pod's program itself, by its name, or none is said."""
    held = wanted.container
    return held is None or held in MAIN_NAMES or any(same(held, name) for name in (wanted.app, *names))


def _belongs(section: ValuePath, to: ValuePath) -> bool:
    """Whether a place is the section's own: in it, or in what holds the pod's values in some charts."""
    if section == to:
        return True
    if section[:-1] != to or not isinstance(section[-1], str) or not isinstance(to[-1], str):
        return False
    return plain(section[-1]) in (*OF_ITS_OWN, f"{plain(to[-1])}spec", plain(to[-1]))


def _is_inside(section: ValuePath, of: ValuePath) -> bool:
    """Whether a place is of a part below the section that is no helper's."""
    return len(section) > len(of) and section[: len(of)] == of and not is_auxiliary(section[len(of) :])


def _unnamed(scope: Scope, part: Component, wanted: Wanted) -> Target | Candidates:
    """No section is called like the part: only what leaves no doubt."""
    main = outermost([slot for slot in scope.slots if not is_auxiliary(slot.section)])
    top = [slot for slot in main if not slot.section]
    around = workload_sections(scope, main)
    if len(top) == 1 and is_operator(scope, part, wanted) and len(main) == 1:
        return target_at(top[0])
    if len(top) == 1:
        beside = any(not is_form(section) for section in around)
        is_its_own = is_the_chief(scope, part, wanted) if beside else is_the_only(scope, part, wanted)
        is_its_own = is_its_own and not rivals(scope, main)
        return target_at(top[0]) if is_its_own else asked(main, part, wanted)
    if len(main) == 1 and not part.is_other and around <= {main[0].section} and is_chiefly(scope, part, main[0]):
        return target_at(main[0])
    if len(main) == 1 and all(is_form(section) for section in around) and is_the_only(scope, part, wanted):
        return target_at(main[0])
    if part.is_main or (part.names and all(plain(name) in NEUTRAL for name in part.names)):
        chief = _chief(scope, main, wanted)
        if chief is not None:
            return chief
    if main:
        return asked(main, part, wanted)
    return _insert(scope, part, wanted)


def _chief(scope: Scope, main: Sequence[Slot], wanted: Wanted) -> Target | Candidates | None:
    """The place of the workload that bears the chart's name, where one section is what charts call its own."""
    if is_flat(scope) or any(not slot.section for slot in main):
        return None
    sections = [s for s, keys in scope.sections(depth=1) if plain(str(s[-1])) in MAIN_SECTIONS and keys & WORKLOAD_KEYS]
    return _in_section(scope, str(sections[0][-1]), wanted) if len(sections) == 1 else None


def _insert(scope: Scope, part: Component, wanted: Wanted) -> Target | Candidates:
    """A place for a value of which the file shows nothing: only where the chart's kind leaves no doubt."""
    parts = wanted.path
    nothing = say.no_place(wanted.app, wanted.value_path)
    if parts[0] not in ADDABLE:
        return Candidates((), nothing)
    workloads = sorted(workload_sections(scope, []), key=str)
    keys = {key for layout in scope.layouts for key in layout.keys} if not scope.prefix else scope.keys()
    is_held = parts[0] in keys or any(NAMED_RESOURCES.fullmatch(key) for key in keys)
    if workloads or is_held or not (keys & FLAT_KEYS or scope.prefix) or part.is_other:
        places = [new_place(scope, section, wanted) for section in workloads]
        return Candidates(tuple(Place(new.file, new.path, new.doc) for new in places), nothing)
    return new_place(scope, (), wanted)


def new_place(scope: Scope, section: ValuePath, wanted: Wanted) -> Target:
    """The value's place in a section that is there, in the last file that has the section."""
    layout = scope.layout_of(section)
    path = (*layout.root, *scope.prefix, *section, *wanted.path)
    return Target(layout.file, path, layout.doc, exists=False)


def _is_within(section: ValuePath, name: str) -> bool:
    return any(isinstance(part, str) and same_section(part, name) for part in section)
