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
    "*-proxy", "*-sc-*", "*reloader*", "*sidecar*", "*-reload", "*exporter*", "*-agent", "init-*", "wait-for-*",
    "*-init", "metrics", "git-sync", "*-groomer", "*-tailer", "*-shipper", "*-watcher", "volume-permissions",
    "*migrat*", "csi-*", "liveness-probe", "livenessprobe", "node-driver-registrar",
)  # fmt: skip
"""Containers that are rarely the app itself, unless the workload is called so too."""

SECTION_OF = (
    ("*-sc-*", "sidecar"),
    ("*config-reloader", "configReloader"),
    ("*configmap-reload", "configmapReload"),
    ("volume-permissions", "volumePermissions"),
    ("csi-provisioner", "provisioner"),
    ("csi-attacher", "attacher"),
    ("csi-resizer", "resizer"),
    ("csi-snapshotter", "snapshotter"),
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


SOFTWARE = frozenset({
    "redis", "valkey", "memcached", "postgres", "postgresql", "pgbouncer", "mysql", "mariadb", "mongo", "mongodb",
    "rabbitmq", "nginx", "haproxy", "envoy", "squid", "statsd", "db", "database", "cache",
})  # fmt: skip
"""What apps use beside themselves: in an app of another name such a container or part is not the app."""

ERRANDS = ("migrat*", "*migration*", "cron*", "hook*", "test*", "backup*", "init*", "job", "jobs", "cleanup*")
"""Parts that are jobs beside an app."""

GENERIC = frozenset({"app", "application", "main", "default"})
"""Words that tell one part from another in no chart."""

ROLES = ("-controller", "-server", "-manager")
"""What is behind a part's name when its program is meant."""

SHARD = re.compile(r"(?:^|-)shard-?\d+\Z")
"""What StatefulSets of one part are told apart by; charts keep one section for all of them."""
ZONE = re.compile(r"-zone-[a-z0-9]+\Z")
"""The same, behind a part's name."""
ORDINAL = re.compile(r"-\d{1,4}\Z")
"""A StatefulSet's pod."""
NODE_AGENT = re.compile(r"(?P<name>.+)-[a-z0-9]{5}\Z")
"""A DaemonSet's pod: a random end, and no replica set's before it."""


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
    ran = SHARD.sub("", _without(made, fronts)) if made else None
    said = [_without(hint, fronts) for hint in wanted.hints]
    program = (wanted.container or "").removesuffix("-container")
    held = "" if is_node_agent(wanted, chart) else _without(program, fronts)
    shared = _shared_end(ran or rest, held)
    names = [name for name in [*said, ran or "", rest, shared, "" if ran else held] if name]
    aliases = [section for name in names for word, section in SECTION_OF_WORD if name == word]
    if "node" in names and ORDINAL.search(wanted.pod or ""):
        aliases.append("replica")  # a database's; a driver's node is a DaemonSet
    is_main = ran == "" and not rest and all(plain(name) in MAIN_COMPONENTS for name in names)
    looser = (other for name in names for other in _looser(name))
    # `supersetWorker` in the values of superset.
    full = (f"{chart}-{name}" for name in names)
    inner = (_without_inner(name, chart) for name in names)
    guesses = [*full, *aliases, *looser, *(name for name in inner if name), *_shorter(wanted.app, chart)]
    return Component(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(guesses)), is_main)


def is_helper(wanted: Wanted, chart: str) -> bool:
    """Whether the container is rarely the app itself."""
    container = wanted.container
    if container is None or container in MAIN_NAMES or same(container, wanted.app) or same(container, chart):
        return False
    if any(fnmatchcase(container, glob) for glob in INJECTED):
        return True
    if is_node_agent(wanted, chart):
        return False
    made = workload(wanted.pod) if wanted.pod else None
    if made is not None and _shared_end(made, container):
        return False
    if made is not None and made not in (wanted.app, chart) and _is_beside(made, container):
        return True
    return any(fnmatchcase(container, glob) for glob in HELPERS)


def is_node_agent(wanted: Wanted, chart: str) -> bool:
    """Whether it is the program of the DaemonSet that bears the chart's name: `cilium-agent` in `cilium-x7k2m`."""
    pod = NODE_AGENT.fullmatch(wanted.pod or "")
    own = {chart, wanted.app, *(f"{release}-{chart}" for release in wanted.releases)}
    return pod is not None and pod["name"] in own and wanted.container in ("agent", f"{chart}-agent")


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


def _is_beside(made: str, container: str) -> bool:
    """Whether a container is called after the part and something more: `server-configmap-reload` of the server."""
    words = made.split("-")
    own = ("-".join(words[n:]) for n in range(len(words)))
    more = {container.removeprefix(f"{name}-") for name in own if container.startswith(f"{name}-")}
    return any(word not in MAIN_COMPONENTS | {"container"} for word in more)


def is_foreign(name: str, wanted: Wanted, chart: str) -> bool:
    """Whether a part or container is something that a chart of one workload does not mean by its values."""
    if any(fnmatchcase(name, glob) for glob in ERRANDS):
        return True
    return name in SOFTWARE and not any(plain(own).endswith(plain(name)) for own in (wanted.app, chart))


def is_spelt_by(section: ValuePath, name: str) -> bool:
    """Whether the keys on the way to a section make up the name: `hubble.relay` is the `hubble-relay`."""
    return len(section) > 1 and same_section("".join(str(key) for key in section), name)


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


def _without_inner(name: str, chart: str) -> str:
    """`node` of `ebs-csi-node`, a part of `aws-ebs-csi-driver`; empty where less than two words are the chart's."""
    words = name.split("-")
    for n in range(len(words) - 1, 1, -1):
        if f"-{'-'.join(words[:n])}-" in f"-{chart}-":
            return "-".join(words[n:])
    return ""


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
    if ZONE.search(name):
        yield ZONE.sub("", name)
    if name.endswith("injector"):
        # `connect-injector` does what `connectInject` is about.
        yield name.removesuffix("or")


def _shorter(app: str, chart: str) -> Iterator[str]:
    """`ingester` of `loki-ingester` in a folder of its own: the chart's name in front has no dash in it, mostly."""
    front, dash, rest = app.partition("-")
    if dash and app == chart and front:
        yield rest
