"""Where the value to change sits: exactly one certain place, or the candidates and why we do not choose. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from langraph.affected.owners import GITLAB_JOB
from langraph.amounts import amount_of
from langraph.catalogue import App, Catalogue
from langraph.helm_values import find, format_path, parse_path
from langraph.models.incident import ValuePath
from langraph.target.choosing import choose, new_place
from langraph.target.component import Wanted
from langraph.target.found import Candidates, Place, Target, place_of, several, target_at
from langraph.target.generated import of_generator
from langraph.target.named_choice import choose_named
from langraph.target.objects import object_slots
from langraph.target.places import SECOND_VOLUMES, Slot
from langraph.target.pool_places import leads_to
from langraph.target.scopes import Scope, catalogued, scopes_of
from langraph.target.values_files import VALUES_DIR, described
from langraph.target.words import ADDABLE, plain
from langraph.texts import placing
from langraph.texts import proposing as say

NAME_SURE = 7  # letters; a shorter name of a volume (`data`, `logs`) may be any word of a message


def resolve(wanted: Wanted, catalogue: Catalogue, files: Mapping[str, bytes]) -> Target | Candidates:
    """The one place of the value, or the candidates: never a guess.

    Args:
        wanted: whose value, which one.
        catalogue: where it knows the container, its word is final.
        files: the files of `paths_to_read`, by path.

    Raises:
        EditRefused: a file of the app cannot be read as YAML or is not fit to be edited.
    """
    wanted = _of_gitlabs_job(wanted)
    entry = catalogue.app(wanted.app, wanted.namespace)
    if entry is None and catalogue.knows(wanted.app):
        return Candidates((), say.other_namespace(wanted.app, wanted.namespace))
    if entry is not None:
        return _resolved_by(entry, wanted, files)
    if not files:
        return Candidates((), say.no_file(wanted.app, (f"{VALUES_DIR}/{wanted.app}/values.yaml",)))
    scopes = [_narrowed(one, wanted, files) for one in scopes_of(wanted, files)]
    if not any(scope.slots for scope in scopes):
        found = _in_objects(wanted, files)
        if found is not None:
            return found
    if not scopes:
        return Candidates((), say.no_place(wanted.app, wanted.value_path))
    if len(scopes) > 1:
        places = [place_of(slot) for scope in scopes for slot in scope.slots]
        return Candidates(tuple(places), say.several_places(wanted.app, wanted.value_path, len(scopes)))
    settled = _settled(scopes[0], _chosen(scopes[0], wanted), wanted)
    return of_generator(settled, wanted, files) if isinstance(settled, Target) else settled


def _of_gitlabs_job(wanted: Wanted) -> Wanted:
    """The limits of a GitLab job's containers: lines of the runner's own configuration, not the runner's resources.

    Source: https://docs.gitlab.com/runner/executors/kubernetes/#configuration-settings
    """
    limits: dict[ValuePath, str] = {("resources", "limits", kind): f"{kind}_limit" for kind in ("memory", "cpu")}
    limit = limits.get(wanted.path)
    if limit is None or GITLAB_JOB.match(wanted.pod or "") is None:
        return wanted
    container = wanted.container or "build"
    front = "helper_" if container == "helper" else "service_" if container.startswith("svc-") else ""
    return replace(wanted, names=(f"{front}{limit}",), container=None)


def _chosen(scope: Scope, wanted: Wanted) -> Target | Candidates:
    if wanted.names:
        return choose_named(scope, wanted)
    if wanted.path == ("activeDeadlineSeconds",) and len(scope.slots) == 1 and _is_of_all_jobs(scope.slots[0]):
        return target_at(scope.slots[0])
    if wanted.path == ("persistence", "size") and len(scope.slots) == 1 and _is_apps(scope.slots[0], wanted):
        return target_at(scope.slots[0])
    return choose(scope, wanted)


def _is_of_all_jobs(slot: Slot) -> bool:
    """Whether a value is for every job that a chart makes: `hooks.activeDeadlineSeconds`."""
    return len(slot.section) == 1 and plain(str(slot.section[0])) in ("hook", "hooks", "job", "jobs")


def _is_apps(volume: Slot, wanted: Wanted) -> bool:
    """Whether a volume with a name of its own bears the part's: `persistence.db.size` is `supabase-db`'s."""
    named = volume.path[-3:-2] in (("persistence",), ("volumes",), ("pvc",), ("pvcs",))
    return named and str(volume.path[-2]) in wanted.app.split("-")


def _narrowed(scope: Scope, wanted: Wanted, files: Mapping[str, bytes]) -> Scope:
    """Without the places that the fault's message rules out."""
    scope = _of_its_pools(scope, wanted, files)
    scope = replace(scope, slots=_of_its_volume(scope.slots, wanted))
    return _as_named(_as_said(scope, wanted, files), wanted)


def _of_its_volume(slots: Sequence[Slot], wanted: Wanted) -> tuple[Slot, ...]:
    """Of several volumes of one section the one that the message names: `/data/ledgers/current`, `CommitLog.java`."""
    if wanted.path != ("persistence", "size"):
        return tuple(slots)
    words = {plain(word) for found in re.findall(r"/[\w./-]+", wanted.message) for word in found.split("/") if word}
    # `persistence.db` of the app `supabase-db`, `walStorage` of the claim `orders-2-wal`
    words |= {*wanted.app.split("-"), *wanted.claim.split("-")}
    whole = plain(wanted.message)

    def is_named(slot: Slot) -> bool:
        last, above = str(slot.path[-1]), str(slot.path[-2])
        name = plain(above if last == "size" else re.sub(r"[sS]ize\Z", "", last))
        name = SECOND_VOLUMES.get(above) or re.sub(r"(?<=\w{7})(?:storage|volume)\Z", "", name)
        return name in words or (len(name) >= NAME_SURE and name in whole)

    def is_meant(slot: Slot) -> bool:
        beside = (other for other in slots if other.section == slot.section and other is not slot)
        is_second = str(slot.path[-2]) in SECOND_VOLUMES
        return is_named(slot) or not (is_second or any(is_named(other) for other in beside))

    return tuple(slot for slot in slots if is_meant(slot))


def _as_said(scope: Scope, wanted: Wanted, files: Mapping[str, bytes]) -> Scope:
    """Of values found by a name those that are as much as the message says; of several, the one that it names."""
    if wanted.bound is None or not (wanted.names or wanted.is_pool):
        return scope
    said = _said(wanted.bound, wanted.kind)
    equal = tuple(
        slot
        for slot in scope.slots
        if amount_of(find(files[slot.file], slot.path, slot.doc).value, wanted.kind) == said
    )
    words = set(re.findall(r"[A-Za-z][\w-]+", wanted.message))
    named = tuple(slot for slot in equal if words & {slot.name, *map(str, slot.path[-3:-1])})
    if wanted.is_pool and not equal:
        return scope  # what was read when the program began may have been changed since
    return replace(scope, slots=named if len(equal) > 1 and len(named) == 1 else equal)


def _as_named(scope: Scope, wanted: Wanted) -> Scope:
    """Of values found by several names those whose own name the message says: `(max_client_conn)`."""
    words = {plain(word) for word in re.findall(r"[A-Za-z][\w.-]+", wanted.message)} if wanted.names else set()
    named = tuple(slot for slot in scope.slots if plain(str(slot.path[-1]).lstrip("~-")) in words)
    return replace(scope, slots=named) if named else scope


def _said(bound: str, kind: str) -> Fraction | None:
    """How much a message says; a bare number of bytes where the value is so many of them."""
    is_size = kind == "bytes" and bound.isdecimal()
    return Fraction(bound) if is_size else amount_of(bound, kind)


def _in_objects(wanted: Wanted, files: Mapping[str, bytes]) -> Target | Candidates | None:
    """The place in a workload's own object, or in what an operator makes it of, where no chart has the value."""
    sure, unsure = (_of_its_volume(found, wanted) for found in object_slots(wanted, described(files), files))
    if len(sure) == 1 and not unsure:
        return target_at(sure[0])
    return several([*sure, *unsure], wanted) if sure or unsure else None


def _of_its_pools(scope: Scope, wanted: Wanted, files: Mapping[str, bytes]) -> Scope:
    """Without the sizes of pools that lead elsewhere than the one that the message is about."""
    about = leads_to(wanted.message) if wanted.is_pool else None
    if about is None:
        return scope

    def fits(slot: Slot) -> bool:
        name = find(files[slot.file], (*slot.path[:-1], "name"), slot.doc).value if slot.path[-1] == "value" else ""
        return leads_to(" ".join(map(str, (*slot.path, name)))) in (None, about)

    return replace(scope, slots=tuple(slot for slot in scope.slots if fits(slot)))


# --- the catalogue's word ------------------------------------------------------------------------------------------


def _resolved_by(entry: App, wanted: Wanted, files: Mapping[str, bytes]) -> Target | Candidates:
    if wanted.value_path in entry.keys:
        wanted = replace(wanted, value_path=entry.keys[wanted.value_path], names=())
    present = {path: files[path] for path in entry.files if path in files}
    if not present:
        return Candidates((), say.no_file(wanted.app, entry.files))
    scope = _narrowed(catalogued(wanted, present), wanted, present)
    section = entry.section_of(wanted.container, wanted.pod)
    if section is not None:
        prefix = parse_path(section) if section else ()
        return _settled(scope, _at_prefix(scope, prefix, wanted), wanted)
    mine = wanted.container or wanted.app
    taken = {parse_path(key) if key else () for name, key in entry.containers.items() if _bare(name) != mine}
    scope = replace(scope, slots=tuple(slot for slot in scope.slots if slot.section not in taken), taken=taken)
    return _settled(scope, _chosen(scope, wanted), wanted)


def _bare(name: str) -> str:
    return name.rpartition("/")[2]


def _at_prefix(scope: Scope, prefix: ValuePath, wanted: Wanted) -> Target | Candidates:
    there = [slot for slot in scope.slots if slot.section == prefix]
    if len(there) == 1:
        return target_at(there[0])
    if there or len(scope.layouts) != 1 or wanted.path[0] not in ADDABLE:
        return several(there, wanted)
    return new_place(scope, prefix, wanted)


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
        places = [here, *(place_of(slot) for slot in rivals)]
        files = ", ".join(dict.fromkeys(place.file for place in places))
        return Candidates(tuple(places), placing.which_environment(wanted.value_path, files))
    return found
