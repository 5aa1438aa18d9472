"""Which of a chart's places may be the workload's that bears the chart's name, and which are another part's. Pure."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from langraph.models.incident import ValuePath
from langraph.target.component import Component, Wanted, is_foreign, is_of_cron_job
from langraph.target.places import Slot
from langraph.target.scopes import FLAT_KEYS, Scope
from langraph.target.words import (
    AUXILIARY,
    CHIEFS,
    COMPONENTS,
    FORMS,
    HELPER_WORDS,
    INSIDE,
    MAIN_COMPONENTS,
    MAIN_NAMES,
    NODE_GROUPS,
    NOT_WORKLOADS,
    PROGRAMS,
    SCALED,
    SECONDARY,
    SOFTWARE,
    STORES,
    WORKLOAD_KEYS,
    plain,
    same,
    same_section,
)


def own_words(scope: Scope) -> set[str]:
    """The words of the chart's name: of `postgresql-ha` the part `postgresql` is the chief, with the one volume."""
    return {word for name in (scope.chart, *scope.prefix[-1:]) for word in str(name).split("-")}


def outermost(found: list[Slot]) -> list[Slot]:
    """Places without those inside the section of another one, which are about what stands beside it in the pod."""
    sections = {slot.section for slot in found if slot.section}
    inside = {s for s in sections if any(s[:n] in sections for n in range(1, len(s)))}
    return [slot for slot in found if slot.section not in inside]


def is_chiefly(scope: Scope, part: Component, place: Slot) -> bool:
    """Whether the only place may be the chief's: not that of an interface or a helper that alone has the value."""
    keys = [plain(part) for part in place.section if isinstance(part, str)]
    if is_flat(scope):
        return any(plain(scope.chart).startswith(key) for key in keys)  # `nexus` of `nexus-repository-manager`
    own = {*own_words(scope), plain(scope.chart), *(plain(str(key)) for key in scope.prefix)}
    own |= {f"{name}spec" for name in own}
    if part.names and not any(same_section(key, name) for key in keys for name in part.names):
        # The pod is the `server`: the only place may be another part's, unless its section says nothing.
        return all(key in INSIDE or key in FORMS or key in own for key in keys)
    return all(key in INSIDE or key in FORMS or key in own or key in CHIEFS for key in keys)


def is_the_only(scope: Scope, part: Component, wanted: Wanted) -> bool:
    """Whether the part is what a chart of one workload makes: `shop-db` is none of the chart `shop`."""
    if not part.is_other:
        return True
    if any(is_foreign(name, wanted, scope.chart) or _is_part_of_many(name, scope) for name in part.names):
        return False
    if is_of_cron_job(wanted.pod) or any(hint in part.names for hint in wanted.hints):
        return False  # a label that says a component is one of several
    own = (wanted.app, scope.chart, *scope.names)
    known = {*own, *part.names, *MAIN_NAMES, *(f"{name}-{program}" for name in own for program in PROGRAMS)}
    is_it = wanted.container is None or any(same(wanted.container, name) for name in known)
    return is_it and not scope.rest


def _is_part_of_many(name: str, scope: Scope) -> bool:
    """Whether a part is one that only a chart of several workloads has, or the values have a section for it."""
    if scope.keys() & NODE_GROUPS:
        return False  # `logs-data` is one group of nodes, which has a release of its own
    words = {plain(name), *name.split("-")} - MAIN_COMPONENTS - PROGRAMS - own_words(scope)
    has_section = any(same_section(str(section[-1]), name) for section, _ in scope.sections(depth=1))
    beside = SOFTWARE | STORES if name not in SOFTWARE else frozenset()  # `tide-cache`; of `redis` is_foreign speaks
    return has_section or bool(words & (COMPONENTS | SECONDARY | HELPER_WORDS | beside))


def is_the_chief(scope: Scope, part: Component, wanted: Wanted) -> bool:
    """Whether the part is the one of several that bears the chart's name."""
    if part.is_other:
        return False
    is_named = wanted.container is not None and any(same(wanted.container, n) for n in (wanted.app, scope.chart))
    return is_named or part.is_main or bool(part.names)


def is_operator(scope: Scope, part: Component, wanted: Wanted) -> bool:
    """Whether the part is the program of an operator's chart, whose other sections are about what it operates."""
    kin = {(name.partition("-")[0], name.rpartition("-")[2]) for name in (scope.chart, *part.names)}
    is_kin = len(kin) == 1 and scope.chart.endswith("-operator") and bool(part.names) and not scope.rest
    held = wanted.container
    return is_kin and (held is None or held in {*MAIN_NAMES, "manager", "operator", *part.names})


def rivals(scope: Scope, main: Sequence[Slot]) -> set[ValuePath]:
    """Sections that may be the chief workload's own, over what the top level says for all workloads.

    Which one is the chief's the values do not say: `supersetNode` and `supersetWorker` beside the top of superset.
    """
    held = {slot.section[:1] for slot in main if slot.section}
    scaled = {section for section, keys in scope.sections(depth=1) if keys & SCALED and not is_auxiliary(section)}
    return {section for section in held | scaled if _is_chiefs(str(section[0]), scope.chart)}


def _is_chiefs(key: str, chart: str) -> bool:
    rest = re.sub(r"[-_]", "", key)[len(plain(chart)) :]
    return plain(key) in CHIEFS or (plain(key).startswith(plain(chart)) and rest[:1].isupper())


def workload_sections(scope: Scope, main: Sequence[Slot]) -> set[ValuePath]:
    """Sections that make workloads of their own."""
    shown = {
        section
        for section, keys in scope.sections(depth=1)
        if not is_auxiliary(section) and makes_pods(str(section[-1]), keys)
    }
    return shown | {slot.section for slot in main if slot.section}


def is_form(section: ValuePath) -> bool:
    """Whether a section is called for what kind of object it is about, not for a part of the chart."""
    return len(section) == 1 and plain(str(section[0])) in FORMS


def makes_pods(name: str, keys: frozenset[str]) -> bool:
    if any(fnmatchcase(plain(name), glob) for glob in NOT_WORKLOADS):
        return False
    return plain(name) in COMPONENTS or bool(keys & WORKLOAD_KEYS)


def is_flat(scope: Scope) -> bool:
    return any(layout.keys & FLAT_KEYS for layout in scope.layouts) and not scope.prefix


def is_auxiliary(section: ValuePath) -> bool:
    keys = [plain(part) for part in section if isinstance(part, str)]
    return any(fnmatchcase(key, glob) for key in keys for glob in AUXILIARY)
