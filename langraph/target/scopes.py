"""Which values in which files are an app's: its own chart's, or its section of an umbrella chart's. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import chain, groupby

from langraph.errors import EditRefused
from langraph.helm_values.tree import Node
from langraph.models.incident import ValuePath
from langraph.target.component import Wanted
from langraph.target.layouts import Layout, Listed, get, layouts, listed, text_at
from langraph.target.places import Slot, places_in
from langraph.target.values_files import (
    Home,
    ValuesFile,
    applies,
    described,
    home_among,
    home_of,
    is_below,
    labelled,
    namespace_home,
    release_home,
)
from langraph.target.words import same

FLAT_KEYS = frozenset({
    "image", "replicaCount", "service", "fullnameOverride", "nameOverride", "podAnnotations", "podSecurityContext",
    "ingress", "autoscaling", "nodeSelector", "livenessProbe", "readinessProbe",
})  # fmt: skip
"""Top-level keys by which a file shows that its chart is of the scaffold's kind."""

OVERRIDES = ("fullnameOverride", "nameOverride")
"""By which a chart is told what to call its objects."""

UMBRELLA_DEPTH = 2  # keys: `grafana` of a stack, `gitlab.sidekiq` of a chart of charts


@dataclass(frozen=True, slots=True)
class Scope:
    """The values of one chart, in one file or in several layers."""

    chart: str
    """The name under which the values are."""
    rest: str
    """What the app's name says besides it."""
    prefix: ValuePath
    """The chart's section in an umbrella chart's values; empty for its own."""
    layouts: tuple[Layout, ...]
    """In the order in which Helm gets them."""
    slots: tuple[Slot, ...]
    """Places for the value that count, their sections relative to the prefix."""
    unsure: tuple[Slot, ...] = ()
    """Places in layers of which nobody knows whether they apply."""
    release: str = ""
    """What stands in front of the chart's name in those of its objects, where only the app's own name says so."""
    taken: AbstractSet[ValuePath] = field(default_factory=frozenset)
    """Sections that the catalogue gives to other containers."""
    beside: "Scope | None" = None
    """The values around the prefix, where they hold places of other parts."""

    def sections(self, depth: int) -> Iterator[tuple[ValuePath, frozenset[str]]]:
        """Every section that is not switched off, with the keys that all layers together give it."""
        found: dict[ValuePath, frozenset[str]] = {}
        for layout in self.layouts:
            for section, keys in layout.sections(self.prefix, depth):
                found[section] = found.get(section, frozenset()) | keys
        off = switched_off(self.layouts)
        for section, keys in found.items():
            inner = section[len(self.prefix) :]
            if not _is_off(section, off) and inner not in self.taken:
                yield inner, keys

    @property
    def names(self) -> tuple[str, ...]:
        """What the objects around the values are called: releases and charts, that stand in front of pods' names."""
        said = {name for layout in self.layouts for name in layout.names}
        given = (text_at(one.node, *self.prefix, key) for one in self.layouts for key in OVERRIDES)
        released = (self.release, f"{self.release}-{self.chart}") if self.release else ()
        return tuple(sorted({*said, *released, *(name for name in given if name)}))

    def narrowed(self) -> "Scope":
        """Where the chart is a part of another chart, as its only use: its own section."""
        wrapped = sorted({slot.section[:1] for slot in self.slots if slot.section and _is_called(slot.section, self)})
        if not wrapped and not self.slots and not self.keys() & FLAT_KEYS:
            named = [section for section, _ in self.sections(depth=1)]
            wrapped = named if len(named) == 1 and _is_called(named[0], self) else []
        if len(wrapped) != 1:
            return self
        inside = _below(self.slots, wrapped[0])
        beside = self if len(inside) < len(self.slots) else None
        return replace(self, prefix=wrapped[0], slots=inside, beside=beside)

    def keys(self) -> set[str]:
        """The keys at the top of the chart's values."""
        nodes = (get(layout.node, self.prefix) for layout in self.layouts)
        return {key for node in nodes if node is not None and node.kind == "mapping" for key in node.index}

    def layout_of(self, section: ValuePath) -> Layout:
        """The last layer that has the section; the first one where none has it."""
        holding = [layout for layout in self.layouts if get(layout.node, (*self.prefix, *section)) is not None]
        return holding[-1] if holding and section else (holding or list(self.layouts))[0]


def catalogued(wanted: Wanted, files: Mapping[str, bytes]) -> Scope:
    """The values of an app that the catalogue knows, its files in their order."""
    found = [layout for path, source in files.items() for layout in layouts(path, source)]
    every = tuple(found)
    return Scope(wanted.app, "", (), every, _effective(every, wanted)).narrowed()


def scopes_of(wanted: Wanted, files: Mapping[str, bytes]) -> list[Scope]:
    """Every chart whose values may be the app's; more than one means that nobody can know.

    Raises:
        EditRefused: a file of the app's own cannot be read.
    """
    known = described(files)
    home = home_of(wanted.app, known, wanted.releases) or _renamed(wanted.app, known, files)
    if home is None:
        home = namespace_home(wanted.app, known, wanted.namespace)
        known = [file for file in known if home is None or is_below(file, wanted.namespace)]
    if home is not None:
        return _own(wanted, home, [file for file in known if file.owner == home.owner], files)
    found = _elsewhere(wanted, known, files)
    whole = release_home(wanted.app, known, wanted.releases, wanted.namespace) if not found else None
    if whole is not None:
        return _own(wanted, whole, [file for file in known if file.owner == whole.owner], files)
    return found or _released(wanted, known, files)


def _released(wanted: Wanted, known: Sequence[ValuesFile], files: Mapping[str, bytes]) -> list[Scope]:
    """Objects whose release or chart stands in front of the app's name: `thanos` of the app `thanos-compactor`."""
    objects: list[Layout] = []
    for _, group in groupby(known, key=lambda file: file.base):
        sure, unsure = _layers(wanted, [file for file in group if _is_readable(file, files)], files)
        objects += [one for one in (*sure, *unsure) if one.names and _is_here(one, wanted)]
    names = {name for one in objects for name in one.names}
    said = names.intersection(labelled(wanted.releases, wanted.namespace))
    home = home_among(wanted.app, names, wanted.releases) or (Home(said.pop(), wanted.app) if len(said) == 1 else None)
    if home is None:
        return []
    mine = [one for one in objects if home.owner in one.names]
    return [Scope(home.owner, home.rest, (), (one,), _effective((one,), wanted)).narrowed() for one in mine]


def _is_here(layout: Layout, wanted: Wanted) -> bool:
    return layout.namespace is None or wanted.namespace in (None, layout.namespace)


def _renamed(app: str, known: Sequence[ValuesFile], files: Mapping[str, bytes]) -> Home | None:
    """The folder whose chart is told to call its objects by the app's name."""
    found: set[Home] = set()
    for file in known:
        try:
            read = layouts(file.path, files[file.path], plain=file.is_values)
        except EditRefused:
            continue  # somebody else's file is not this app's trouble
        given = {text_at(layout.node, OVERRIDES[0]) for layout in read} - {None}
        found |= {Home(file.owner, app[len(name) + 1 :]) for name in given if name and f"{app}-".startswith(f"{name}-")}
    return found.pop() if len(found) == 1 else None


def _own(wanted: Wanted, home: Home, mine: Sequence[ValuesFile], files: Mapping[str, bytes]) -> list[Scope]:
    """The app's own folder; more than one of its name, or objects of several releases, are scopes of their own."""
    found: list[Scope] = []
    for _, group in groupby(mine, key=lambda file: file.base):
        layers, unsure = _layers(wanted, list(group), files)
        if not layers:
            # Only files of environments, and nothing says which is ours.
            stacks, unsure = [[layout] for layout in unsure], []
        else:
            plain = [layout for layout in layers if not layout.names]
            objects = _fitting([layout for layout in layers if layout.names], wanted, home)
            stacks = [[*plain, one] for one in objects] if objects else [plain]
        for stack in stacks:
            here = tuple(stack)
            maybe = tuple(slot for layout in unsure for slot in places_in(layout, wanted))
            is_it = any(wanted.app in layout.names for layout in here)  # the release `shop-api` in the folder `shop`
            chart, rest = (wanted.app, "") if is_it else (home.owner, home.rest)
            scope = Scope(chart, rest, (), here, _effective(here, wanted), maybe, release=home.release)
            found.append(scope.narrowed())
    return found


def _layers(
    wanted: Wanted, group: Sequence[ValuesFile], files: Mapping[str, bytes]
) -> tuple[list[Layout], list[Layout]]:
    """The layers that apply, and those of which nothing says whether they do."""
    sure: list[Layout] = []
    unsure: list[Layout] = []
    named = _named_files(wanted, group, files)
    for file in sorted(group, key=lambda one: _position(one.path, named)):
        by_tag = applies(file.tag, wanted.environment)
        by_list = _position(file.path, named) >= 0 if named else by_tag
        if by_tag is False and by_list is False:
            continue
        for layout in layouts(file.path, files[file.path], plain=file.is_values):
            does = by_tag if layout.root else by_list
            if does is not False:
                (sure if does else unsure).append(layout)
    return sure, unsure


def _named_files(wanted: Wanted, group: Sequence[ValuesFile], files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The values files that the application in the incident's namespace names; nothing where nobody can know."""
    said: list[Listed] = []
    for file in group:
        try:
            said += listed(files[file.path])
        except EditRefused:
            continue  # where it is the app's own, it is refused when its values are read
    here = [one for one in said if wanted.namespace is not None and one.namespace == wanted.namespace]
    lists = {one.files for one in here or (said if len(said) == 1 else [])}
    return lists.pop() if len(lists) == 1 else ()


def _position(path: str, named: Sequence[str]) -> int:
    """Where a file stands in the list; -1 where it does not."""
    return next((n for n, tail in enumerate(named) if f"/{path}".endswith(f"/{tail}")), -1)


def _fitting(objects: Sequence[Layout], wanted: Wanted, home: Home) -> list[Layout]:
    """Of several objects those that deploy to the namespace and bear the app's name, where any says so."""
    here = [one for one in objects if one.namespace is None or one.namespace == wanted.namespace]
    found = here if here and wanted.namespace else list(objects)
    named = [one for one in found if one.names & {wanted.app, home.owner}]
    return named or found


def _elsewhere(wanted: Wanted, known: Sequence[ValuesFile], files: Mapping[str, bytes]) -> list[Scope]:
    """Objects that bear the app's name, and sections of umbrella charts that do."""
    found: list[Scope] = []
    for _, group in groupby(known, key=lambda file: file.base):
        mine = [file for file in group if _is_readable(file, files)]  # somebody else's file is not this app's trouble
        sure, unsure = _layers(wanted, mine, files)
        for stack, maybe in _stacks(sure, unsure):
            owner = mine[0].owner
            alone = chain.from_iterable(_bearing(wanted, owner, (layout,), ()) for layout in maybe)
            # Where only an environment has the part; one that the stack switches off is no other layer's either.
            only = (scope for scope in alone if all(get(one.node, scope.prefix) is None for one in stack))
            found += list(_bearing(wanted, owner, stack, maybe)) or list(only)
    released = [scope for scope in found if scope.chart in wanted.releases]
    return released or found


def _is_readable(file: ValuesFile, files: Mapping[str, bytes]) -> bool:
    try:
        layouts(file.path, files[file.path], plain=file.is_values)
    except EditRefused:
        return False
    return True


def _stacks(sure: Sequence[Layout], unsure: Sequence[Layout]) -> Iterator[tuple[tuple[Layout, ...], list[Layout]]]:
    """What Helm makes one of, with the layers that may lie above it: a folder's values files, and each object."""
    plain, above = ([layout for layout in some if not layout.root] for some in (sure, unsure))
    if plain:
        yield tuple(plain), above
    else:
        yield from (((layout,), []) for layout in above)
    yield from (((layout,), []) for layout in (*sure, *unsure) if layout.root)


def _bearing(wanted: Wanted, owner: str, stack: Sequence[Layout], maybe: Sequence[Layout]) -> Iterator[Scope]:
    spaces = {layout.namespace for layout in stack} - {None}
    if spaces and wanted.namespace not in (None, *spaces):
        return
    whole = Scope(owner, "", (), tuple(stack), _effective(stack, wanted), _effective(maybe, wanted))
    if any(wanted.app in layout.names for layout in stack):
        yield replace(whole, chart=wanted.app)
        return
    named = labelled(wanted.releases, wanted.namespace)
    short = [wanted.app.removeprefix(f"{name}-") for name in named if wanted.app.startswith(f"{name}-")]
    names = (wanted.app, *short)
    for section, keys in whole.sections(UMBRELLA_DEPTH):
        is_named = any(same(str(section[-1]), name) for name in names) or _is_spelt_out(section, wanted, owner)
        is_named = is_named or any(text_at(one.node, *section, OVERRIDES[0]) == wanted.app for one in stack)
        is_inner = any(same(str(key), name) for key in section[:-1] for name in names)  # `alloy.alloy`: the container's
        inside = _below(whole.slots, section)
        has_any = inside or keys & {"resources", "replicaCount", "replicas", "image", "persistence"}
        if is_named and not is_inner and has_any:
            yield replace(whole, prefix=section, slots=inside)


def _is_spelt_out(section: ValuePath, wanted: Wanted, owner: str) -> bool:
    """Whether all keys together are the app's name, `hubble.relay`, in the values of what it says it is part of."""
    spelt = same("".join(str(key) for key in section), wanted.app)
    return spelt and owner in wanted.releases


def _below(places: Sequence[Slot], prefix: ValuePath) -> tuple[Slot, ...]:
    """The places below a prefix, as if it were not there."""
    cut = len(prefix)
    return tuple(replace(slot, section=slot.section[cut:]) for slot in places if slot.section[:cut] == prefix)


def _is_called(section: ValuePath, scope: Scope) -> bool:
    return same(str(section[0]), scope.chart)


def _effective(stack: Sequence[Layout], wanted: Wanted) -> tuple[Slot, ...]:
    """Of one value in several layers only the last one's counts, as with Helm's `-f`; a value wins over a gap."""
    off = switched_off(stack)
    best: dict[tuple[ValuePath, object], Slot] = {}
    for n, layout in enumerate(stack):
        later = [one for one in stack[n + 1 :] if one.file != layout.file]
        for slot in places_in(layout, wanted):
            if any(_is_replaced(slot.path[len(slot.root) :], one.node) for one in later):
                continue
            # Two documents of one file are no layers of one another.
            apart = layout.doc if any(o.file == layout.file and o.doc != layout.doc for o in stack) else None
            key = (slot.path[len(slot.root) :], apart)
            is_better = key not in best or slot.exists or not best[key].exists
            # `persistence.enabled: false` makes `persistence.size` a word that nobody reads.
            if is_better and not _is_off(slot.path[len(slot.root) :], off):
                best[key] = slot
    return tuple(best.values())


def _is_replaced(path: ValuePath, node: Node) -> bool:
    """Whether a later layer has something else on the way: Helm merges mappings, lists and texts it replaces whole."""
    for at, part in enumerate(path):
        if node.kind != "mapping":
            return True
        below = get(node, (part,)) if isinstance(part, str) else None
        if below is None:
            return False
        if at == len(path) - 1:
            return below.kind != "mapping" and not below.is_null
        node = below
    return False


def switched_off(stack: Sequence[Layout]) -> frozenset[ValuePath]:
    """Sections that the last layer that speaks of them leaves out."""
    said = {section: on for layout in stack for section, on in layout.switched()}
    return frozenset(section for section, on in said.items() if section and not on)


def _is_off(section: ValuePath, off: AbstractSet[ValuePath]) -> bool:
    return any(section[:n] in off for n in range(1, len(section) + 1))
