"""Which part of a chart a container belongs to, by the names of its pod, workload and labels. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from langraph.affected.owners import workload
from langraph.models.incident import ValuePath

INJECTED = (
    "istio-proxy", "istio-init", "linkerd-*", "envoy*", "vault-agent*", "daprd", "fluent*", "promtail", "filebeat",
    "datadog-*", "cloud-sql-proxy", "cloudsql-proxy",
)  # fmt: skip
"""Containers that something else puts into the pod: no values of the app are theirs."""

HELPERS = (
    "*-proxy", "*-sc-*", "*reloader*", "*sidecar*", "*exporter*", "*-agent", "init-*", "wait-for-*", "*-init",
    "metrics", "git-sync", "*-groomer", "*-tailer", "*-shipper", "*-watcher", "volume-permissions",
)  # fmt: skip
"""Containers that are rarely the app itself, unless the workload is called so too."""

SECTION_OF = (
    ("*-sc-*", "sidecar"),
    ("*config-reloader", "configReloader"),
    ("volume-permissions", "volumePermissions"),
)
"""Container names that the common charts give to the container of a section with another name."""

SECTION_OF_WORD = (("read", "readReplicas"), ("replica", "readReplicas"), ("replicas", "replica"))
"""Words in labels and pod names that the common database charts use for a section with another name."""

MAIN_NAMES = frozenset({"app", "main", "server", "application", "container", "default"})
"""What people call the only container of a pod."""

MAIN_SECTIONS = frozenset({"server", "primary", "master", "controller", "main", "app"})
"""What charts call the section of the workload that bears the chart's own name."""

MAIN_COMPONENTS = MAIN_SECTIONS | {"application", "manager", "default", "standalone"}
"""What labels and names call it."""


GENERIC = frozenset({"app", "application", "main", "default"})
"""Words that tell one part from another in no chart."""

ROLES = ("-controller", "-server", "-manager")
"""What is behind a part's name when its program is meant."""


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
    releases: tuple[str, ...] = ()
    """Names that may stand in front of the chart's in those of its objects."""
    environment: frozenset[str] = frozenset()
    """Words that may name where this is: `prod`."""


@dataclass(frozen=True, slots=True)
class Component:
    """What the names say about the part of the chart."""

    names: tuple[str, ...]
    """What the part may be called, in full, the surest first; empty when nothing but the chart's name is said."""
    guesses: tuple[str, ...]
    """What it may be called besides, if the chart has such a part at all."""
    is_main: bool
    """Whether the workload bears the chart's own name, as only a chart's main one does."""

    @property
    def is_other(self) -> bool:
        """Whether it is a part of its own, not the chart's main one."""
        return any(plain(name) not in MAIN_COMPONENTS for name in self.names)


def component_of(wanted: Wanted, chart: str, rest: str = "") -> Component:
    """The part of the chart.

    Args:
        chart: the name under which the chart's values are.
        rest: what the app's name says besides the chart's.
    """
    fronts = (*wanted.releases, chart, wanted.app)
    made = workload(wanted.pod) if wanted.pod else None
    ran = _without(made, fronts) if made else None
    said = [_without(hint, fronts) for hint in wanted.hints]
    held = _without(wanted.container, fronts) if wanted.container else ""
    shared = _shared_end(ran or rest, held)
    names = [name for name in [*said, ran or "", rest, shared, "" if ran else held] if name]
    aliases = [section for name in names for word, section in SECTION_OF_WORD if name == word]
    is_main = ran == "" and not rest and all(plain(name) in MAIN_COMPONENTS for name in names)
    guesses = [*aliases, *(other for name in names for other in _looser(name)), *_shorter(wanted.app, chart)]
    return Component(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(guesses)), is_main)


def is_helper(wanted: Wanted, chart: str) -> bool:
    """Whether the container is rarely the app itself."""
    container = wanted.container
    if container is None or container in MAIN_NAMES or same(container, wanted.app) or same(container, chart):
        return False
    if any(fnmatchcase(container, glob) for glob in INJECTED):
        return True
    made = workload(wanted.pod) if wanted.pod else None
    if made is not None and _shared_end(made, container):
        return False
    return any(fnmatchcase(container, glob) for glob in HELPERS)


def called(section: ValuePath, name: str, wanted: Wanted) -> int:
    """How well a section is the container's: 2 by its own name, 1 by one above it, 0 not at all."""
    assert wanted.container is not None
    aliases = {section for glob, section in SECTION_OF if fnmatchcase(wanted.container, glob)}
    names = {wanted.container, wanted.container.removeprefix(f"{wanted.app}-"), *aliases}
    own = {name, *(part for part in section[-1:] if isinstance(part, str))}
    if any(same_section(one, other) for one in own for other in names):
        return 2
    above = {part for part in section[:-1] if isinstance(part, str)}
    return int(any(same_section(one, other) for one in above for other in names))


def plain(name: str) -> str:
    """A name without the differences of spelling between labels and keys."""
    return re.sub(r"[-_.\s]", "", name).lower()


def same(one: str, other: str) -> bool:
    return plain(one) == plain(other)


def same_section(section: str, name: str) -> bool:
    """Whether a section is called so: charts write `workers` for what makes each `worker`."""
    one, other = plain(section), plain(name)
    return bool(one) and (one == other or one == f"{other}s" or f"{one}s" == other)


def _without(name: str, fronts: tuple[str, ...]) -> str:
    """A name without the release's, chart's and app's in front; empty when nothing is left."""
    while True:
        # An operator's `prometheus-stack-prometheus` is the prometheus of the release `stack`.
        if name in fronts or name.endswith(tuple(f"-{own}" for own in fronts[-2:])):
            return ""
        front = max((f"{front}-" for front in fronts if name.startswith(f"{front}-")), key=len, default="")
        if not front:
            return name
        name = name.removeprefix(front)


def _shared_end(one: str, other: str) -> str:
    """The words with which two names end alike: `agent-injector` and `sidecar-injector` both are the injector."""
    pairs = zip(reversed(one.split("-")), reversed(other.split("-")), strict=False)
    words: list[str] = []
    for mine, theirs in pairs:
        if not mine or mine != theirs:
            break
        words.insert(0, mine)
    return "-".join(words)


def _looser(name: str) -> Iterator[str]:
    """The name without what distinguishes nothing: `application-controller`, `notifications-controller`."""
    words = [word for word in name.split("-") if word not in GENERIC]
    if words and "-".join(words) != name:
        yield "-".join(words)
    for role in ROLES:
        if name.endswith(role) and name != role:
            yield name.removesuffix(role)


def _shorter(app: str, chart: str) -> Iterator[str]:
    """`ingester` of `loki-ingester` in a folder of its own: the chart's name in front has no dash in it, mostly."""
    front, dash, rest = app.partition("-")
    if dash and app == chart and front:
        yield rest
