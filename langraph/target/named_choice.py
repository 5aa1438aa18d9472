"""Which of the values found by a name is the container's: one, or the candidates. Pure."""

import re
from dataclasses import replace

from langraph.affected.owners import workload
from langraph.models.incident import ValuePath
from langraph.target.chiefs import is_auxiliary, own_words
from langraph.target.component import Component, Wanted, component_of, is_helper
from langraph.target.found import Candidates, Target, several, target_at
from langraph.target.layouts import items_on
from langraph.target.places import Slot
from langraph.target.scopes import Scope
from langraph.target.words import FORMS, GENERIC, MAIN_SECTIONS, WORKLOAD_KEYS, plain, same_section
from langraph.texts import placing

MESSENGER = re.compile(r"(?:^|[-_])(?:logs?|logger|tail(?:er)?|shipper|stdout|console)(?:$|[-_])")
"""Containers that print what others write: their lines tell of the pod's own program."""


def choose_named(scope: Scope, wanted: Wanted) -> Target | Candidates:
    """The place of a value that was looked for by its name.

    Such a value is one of the program's own settings, so it is the part's in whose section it stands; one at the top,
    or in what is no workload's section, is the chief's. A value that is as much as the message says is certain by that.
    """
    found = _of_items(scope, wanted)
    if not found:
        return Candidates((), placing.not_set(wanted.app, wanted.value_path))
    if wanted.bound is not None and len(found) == 1:
        return target_at(found[0])
    if not wanted.below and wanted.keys_above:
        return _one_of(found, wanted)  # the only server of its kind that the client's chart brings along
    wanted = replace(wanted, releases=(*wanted.releases, *scope.names))
    part = component_of(wanted, scope.chart, scope.rest)
    mine = tuple(slot for slot in found if _is_of_part(slot, part, wanted))
    mine = mine or tuple(slot for slot in found if _is_of_whole(slot, part))
    if mine:
        return _one_of(mine, wanted)
    is_messenger = wanted.container is not None and MESSENGER.search(wanted.container) is not None
    if is_helper(wanted, scope.chart) and not is_messenger:
        return several(found, wanted)
    parts = {section for section, keys in scope.sections(depth=1) if keys & WORKLOAD_KEYS}
    chiefs = (scope.chart, *scope.names, *(() if scope.rest else (wanted.app,)))
    is_chief = wanted.pod is not None and workload(wanted.pod) in chiefs
    if wanted.pod is None and not part.names and len(found) > 1:
        return several(found, wanted)  # nothing says in which of them
    has_section = any(_is_called(section, name) for section in parts for name in part.names)
    if part.is_other and not is_chief and (has_section or len(found) > 1):
        return several(found, wanted)  # the part has a section of its own, without the value, or any of them is its
    return _one_of(tuple(slot for slot in found if not _is_anothers(slot, scope, parts)) or found, wanted)


def _of_items(scope: Scope, wanted: Wanted) -> tuple[Slot, ...]:
    """Without values in other items of a list than the one the pod is called after: `nodeSets: [{name: hot, ...}]`."""
    made = (workload(wanted.pod) if wanted.pod else None) or wanted.app

    def is_meant(slot: Slot) -> bool:
        layout = next(one for one in scope.layouts if (one.file, one.doc) == (slot.file, slot.doc))
        names = items_on(layout.node, slot.path[len(layout.root) :])
        return any(made == name or made.endswith(f"-{name}") for name in names)

    return tuple(slot for slot in scope.slots if is_meant(slot)) or scope.slots


def _one_of(found: tuple[Slot, ...], wanted: Wanted) -> Target | Candidates:
    return target_at(found[0]) if len(found) == 1 else several(found, wanted)


def _is_of_part(slot: Slot, part: Component, wanted: Wanted) -> bool:
    """Whether the value stands in a section that is called like the container or its part."""
    names = [name for name in (*part.names, *part.guesses) if name and plain(name) not in GENERIC]
    if wanted.container and not part.is_other:
        names.append(wanted.container)  # in a part's pod the container bears the chart's name, as in every pod of it
    return any(_is_called(slot.section, name) or plain(slot.name) == plain(name) for name in names)


def _is_of_whole(slot: Slot, part: Component) -> bool:
    """Whether the value stands for all of which the part is one: `sessions` for the part `sessions-master`."""
    first = str(slot.section[0]) if slot.section else ""
    return bool(first) and any(name.startswith(f"{first}-") for name in part.names)


def _is_called(section: ValuePath, name: str) -> bool:
    return any(isinstance(key, str) and same_section(key, name) for key in section)


def _is_anothers(slot: Slot, scope: Scope, parts: set[ValuePath]) -> bool:
    """Whether the value is of a workload that is not the chart's chief."""
    if not slot.section or slot.section[:1] not in parts:
        return is_auxiliary(slot.section)
    first = plain(str(slot.section[0]))
    own = {plain(scope.chart), *map(plain, own_words(scope))}
    return first not in MAIN_SECTIONS | FORMS | own
