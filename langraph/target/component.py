"""Which part of a chart a container belongs to, by the names of its pod, workload and labels. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from langraph.affected.owners import workload
from langraph.helm_values import parse_path
from langraph.models.incident import ValuePath
from langraph.target.values_files import OPERATED
from langraph.target.words import (
    ERRAND_VERBS,
    ERRANDS,
    FORMS,
    GENERIC,
    HELPER_WORDS,
    HELPERS,
    IN_FRONT,
    INJECTED,
    INSIDE,
    MAIN_COMPONENTS,
    MAIN_NAMES,
    PROGRAM_OF,
    PROGRAMS,
    ROLES,
    SECTION_OF,
    SECTION_OF_WORD,
    SOFTWARE,
    STORES,
    plain,
    same,
    same_section,
)

SHARD = re.compile(r"(?:^|-)(?:shard-?\d+|v\d{1,2})\Z")
"""What StatefulSets or releases of one part are told apart by; charts keep one section for all of them."""
ZONE = re.compile(r"-zone-[a-z0-9]+\Z")
"""The same, behind a part's name."""
ORDINAL = re.compile(r"-\d{1,4}\Z")
"""A StatefulSet's pod."""
CRON_RUN = re.compile(r"-\d{8,10}-[a-z0-9]{5}\Z")
EXPORTERS = (("metrics",), ("exporter",), ("exporters",), ("monitoring",))
"""Above what a section is about an exporter though it bears the name of what is measured: `metrics.jmx`."""
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
    claim: str = ""
    """The volume claim that the fault is about, where its labels say so."""
    message: str = ""
    """The line that tells of the fault; hostile, only asked which of several places found it is about."""
    names: tuple[str, ...] = ()
    """What the value is called, wherever it stands (see `named_places`); `value_path` only tells people then."""
    software: tuple[str, ...] = ()
    """Whose setting it must be: words of which the app, its pod, its container or a key above must bear one."""
    below: tuple[str, ...] = ()
    """Words of which a key above a value that is found by its name must bear one."""
    kind: str = ""
    """What it is, one of `amounts.KINDS`: of values found by a name only those that are such an amount."""
    bound: str | None = None
    """How much it is, where the fault's message says so: a value that is another one is not meant."""

    @property
    def path(self) -> ValuePath:
        """`value_path`, as keys."""
        return parse_path(self.value_path)

    @property
    def keys_above(self) -> tuple[str, ...]:
        """Words of which a key above a value that is found by its name must bear one; empty where any place will do."""
        names = [name for name in (self.app, self.pod, self.container) if name]
        is_the_software = any(word in name for name in names for word in self.software)
        return self.below or (() if is_the_software else self.software)

    @property
    def is_pool(self) -> bool:
        """Whether it is a connection pool's size."""
        return "pool" in self.value_path.lower()


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
    # `argocd-server` of `argo-cd`, and a chart's next generation in the folder of the program: `keycloakx`
    fronts = (*wanted.releases, plain(chart), f"{chart}x", chart, wanted.app)
    made = workload(wanted.pod) if wanted.pod else None
    ran = SHARD.sub("", _without(made, fronts)) if made else None
    if ran and f"-{chart}-" in ran:
        ran = ran.partition(f"-{chart}-")[2]  # `<release>-<chart>-<part>`, of a release that nothing else names
    rest = (
        _without(rest, (*wanted.releases, f"{chart}x", chart)) if rest else ""
    )  # `sonarqube-sonarqube`: the release bears the chart's name
    said = [_without(hint, fronts) for hint in wanted.hints]
    said = [name for name in said if plain(name) not in FORMS]  # `redpanda-statefulset` is the redpanda
    program = (wanted.container or "").removesuffix("-container")
    is_program = is_node_agent(wanted, chart) or _is_program_of(wanted)
    held = "" if is_program else _without(program, fronts)
    if ran == "" and held in SOFTWARE - IN_FRONT and wanted.app.rpartition("-")[2] in STORES:
        held = ""  # in the pod of `tracking-db` a container `postgresql` is that very database
    shared = _shared_end(ran or rest, held)
    whole = f"{rest}-{ran}" if rest and ran and rest != ran else ""  # the app `cache` in the pod `shop-cache-master-0`
    names = [name for name in [*said, ran or "", rest, whole, shared, "" if ran else held] if name]
    aliases = [section for name in names for word, section in SECTION_OF_WORD if name == word]
    if "node" in names and ORDINAL.search(wanted.pod or ""):
        aliases.append("replica")  # a database's; a driver's node is a DaemonSet
    is_chief = ran == "" or (ran is None and "" in said)  # a deployment, or an autoscaler, of the chart's own name
    is_main = is_chief and not rest and all(plain(name) in MAIN_COMPONENTS for name in names)
    looser = (other for name in names for other in _looser(name))
    # `supersetWorker` in the values of superset.
    full = (f"{chart}-{name}" for name in names)
    inner = (_without_inner(name, chart) for name in names)
    guesses = [*full, *aliases, *looser, *(name for name in inner if name), *_shorter(wanted.app, chart)]
    return Component(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(guesses)), is_main)


def is_helper(wanted: Wanted, chart: str) -> bool:
    """Whether the container is rarely the app itself."""
    container = wanted.container
    if (
        container is None
        or container in MAIN_NAMES
        or any(same(container, own) for own in (wanted.app, chart, *wanted.releases))
    ):
        return False
    if _is_program_of(wanted):
        return False
    if any(fnmatchcase(container, glob) for glob in INJECTED):
        return True
    if container in {*wanted.app.split("-"), *chart.split("-")} - PROGRAMS - {"agent", "proxy"}:
        return False  # `logstash` of `logstash-ingest`
    if is_node_agent(wanted, chart):
        return False
    made = workload(wanted.pod) if wanted.pod else None
    first = container.partition("-")[0]
    if first != container and first in ERRAND_VERBS and first not in (made or wanted.app).split("-"):
        return True
    if any(_shared_end(name, container) for name in (made or wanted.app, *wanted.hints)):
        return False
    if made is not None and made not in (wanted.app, chart) and _is_beside(made, container):
        return True
    if made is not None and _is_beside_program(made, container, (wanted.app, chart)):
        return True
    is_helping = any(word in HELPER_WORDS for word in re.split(r"[-_]", container))
    return is_helping or any(fnmatchcase(container, glob) for glob in HELPERS)


def _is_program_of(wanted: Wanted) -> bool:
    return any(wanted.container == program and fnmatchcase(wanted.app, glob) for glob, program in PROGRAM_OF)


def is_node_agent(wanted: Wanted, chart: str) -> bool:
    """Whether it is the program of the DaemonSet that bears the chart's name: `cilium-agent` in `cilium-x7k2m`."""
    pod = NODE_AGENT.fullmatch(wanted.pod or "")
    own = {chart, wanted.app, *(f"{release}-{chart}" for release in wanted.releases)}
    return pod is not None and pod["name"] in own and wanted.container in ("agent", f"{chart}-agent")


def called(section: ValuePath, name: str, wanted: Wanted, chart: str) -> int:
    """How well a section is the container's: 3 by its name, 2 as its sidecar, 1 by a name above, 0 not at all."""
    assert wanted.container is not None
    aliases = {section for glob, section in SECTION_OF if fnmatchcase(wanted.container, glob)}
    fronts = (wanted.app, chart, *wanted.releases)
    mine = {wanted.container, *(wanted.container.removeprefix(f"{front}-") for front in fronts)}
    own = {name, *(part for part in section[-1:] if isinstance(part, str))}
    is_spelt = any(is_spelt_by(section, one) for one in mine)
    if is_spelt or any(same_section(one, other) for one in own for other in {*mine, *aliases}):
        return 3
    names = {*mine, *(one.removesuffix("-sidecar") for one in mine), *aliases}
    own |= {re.sub(r"[-_]?(?:[sS]idecar|Container)\Z", "", one) for one in own}
    if section[-2:-1] in EXPORTERS:
        names |= {one.removesuffix("-exporter") for one in mine}
    if any(same_section(one, other) for one in own for other in names):
        return 2
    if any(_is_above(section, one, name, wanted) for one in mine | names):
        return 1
    is_about = any(same_section(part, alias) for part in section[:-1] if isinstance(part, str) for alias in aliases)
    return int(is_about or any(_is_one_of(wanted.container, one) for one in own))


def _is_above(section: ValuePath, container: str, item: str, wanted: Wanted) -> bool:
    """Whether a key above is the container's name, and nothing between it and the place is another's."""
    keys = [part for part in section[:-1] if isinstance(part, str)]
    key = next((key for key in keys if same_section(key, container) or key.endswith(f"-{container}")), None)
    if key is None:
        return False
    below = section[section.index(key) + 1 :]
    own = {*INSIDE, f"{plain(key)}spec", plain(key)}
    made = (workload(wanted.pod) or "") if wanted.pod else ""
    is_item = same(item, container) or made.endswith(f"-{item}")
    return all(is_item if isinstance(part, int) else plain(part) in own for part in below)


def _is_beside(made: str, container: str) -> bool:
    """Whether a container is called after the part and something more: `server-configmap-reload` of the server."""
    words = made.split("-")
    own = ("-".join(words[n:]) for n in range(len(words)))
    more = {container.removeprefix(f"{name}-") for name in own if container.startswith(f"{name}-")}
    return any(word not in MAIN_COMPONENTS | {"container", "node"} for word in more)


def _is_beside_program(made: str, container: str, owners: tuple[str, ...]) -> bool:
    """Whether a container bears the chart's name and more that its pod does not: `shop-pre` of `shop-controller`."""
    front = max((f"{own}-" for own in owners if container.startswith(f"{own}-")), key=len, default="")
    more = container.removeprefix(front).split("-") if front else []
    known = {*made.split("-"), *MAIN_COMPONENTS, *PROGRAMS}
    return bool(more) and not any(word in known for word in more)


def _is_one_of(container: str, section: str) -> bool:
    """Whether a helper is one of several that a section is about: `kube-rbac-proxy-http` of `kubeRBACProxy`."""
    words = container.split("-")
    fronts = (words[:n] for n in range(2, len(words)))
    return any(same_section(section, "".join(front)) for front in fronts if front[-1] in HELPER_WORDS)


def is_foreign(name: str, wanted: Wanted, chart: str) -> bool:
    """Whether a part or container is something that a chart of one workload does not mean by its values."""
    if any(fnmatchcase(name, glob) for glob in ERRANDS):
        return True
    words = [word for own in (wanted.app, chart) for word in own.split("-")]
    is_end = any(plain(own).endswith(name) for own in (wanted.app, chart))  # the `db` of `cockroachdb`
    is_its_own = is_end or any(word == name or _is_short_for(word, name) or _is_short_for(name, word) for word in words)
    is_store = wanted.app.rpartition("-")[2] in STORES and name not in IN_FRONT
    return name in SOFTWARE and not is_its_own and not is_store


def _is_short_for(short: str, name: str) -> bool:
    """`postgres` for `postgresql`, `mongo` for `mongodb`; not `data` for `database`."""
    return len(short) > 4 and name.startswith(short)


def is_of_cron_job(pod: str | None) -> bool:
    """Whether a pod's name is that of a cron job's run."""
    return pod is not None and CRON_RUN.search(pod) is not None


def is_spelt_by(section: ValuePath, name: str) -> bool:
    """Whether the keys on the way to a section make up the name: `hubble.relay` is the `hubble-relay`."""
    return len(section) > 1 and same_section("".join(str(key) for key in section), name)


def _without(name: str, fronts: tuple[str, ...]) -> str:
    """A name without the release's, chart's and app's in front; empty when nothing is left."""
    operated = OPERATED.fullmatch(name)
    if operated and operated["own"] in fronts:
        name = operated["kind"]
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
    if name.partition("-")[0] in ERRAND_VERBS:
        yield name.partition("-")[0]  # the job `init-db` is what `init` is about
    if name.endswith("injector"):
        # `connect-injector` does what `connectInject` is about.
        yield name.removesuffix("or")


def _shorter(app: str, chart: str) -> Iterator[str]:
    """`ingester` of `loki-ingester` in a folder of its own: the chart's name in front has no dash in it, mostly."""
    front, dash, rest = app.partition("-")
    if dash and app == chart and front:
        yield rest
