"""Values in Kubernetes objects beside the values files: of workloads themselves, and of what operators run. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from langraph.affected.owners import workload
from langraph.errors import EditRefused
from langraph.helm_values.tree import Node, read_stream
from langraph.models.incident import ValuePath
from langraph.target.component import Wanted
from langraph.target.layouts import Layout, get, text_at
from langraph.target.places import Slot, places_in
from langraph.target.values_files import ValuesFile, applies

POD = ("spec", "template", "spec")
WORKLOADS: Mapping[str, ValuePath] = {
    "Deployment": POD,
    "StatefulSet": POD,  # not its claims: Kubernetes refuses a change of them
    "DaemonSet": POD,
    "ReplicaSet": POD,
    "Rollout": POD,
    "Job": ("spec",),
    "CronJob": ("spec", "jobTemplate", "spec"),
}
"""Where a workload's object keeps its pod, or the job around it."""

SCALERS = frozenset({"HorizontalPodAutoscaler", "ScaledObject"})


@dataclass(frozen=True, slots=True)
class Run:
    """A workload that an operator makes of an object."""

    name: str
    """Its name, with `{}` for the object's; `*` is anything."""
    section: ValuePath
    """Where below `spec` the object speaks of it."""
    programs: tuple[str, ...]
    """Its containers that this is about; others in the pod are not."""


OPERATED: Mapping[str, tuple[Run, ...]] = {
    # Strimzi
    "Kafka": (
        Run("{}-kafka", ("kafka",), ("kafka",)),
        Run("{}-zookeeper", ("zookeeper",), ("zookeeper",)),
        Run("{}-entity-operator", ("entityOperator", "topicOperator"), ("topic-operator",)),
        Run("{}-entity-operator", ("entityOperator", "userOperator"), ("user-operator",)),
        Run("{}-kafka-exporter", ("kafkaExporter",), ("{}-kafka-exporter",)),
    ),
    "KafkaConnect": (Run("{}-connect", (), ("{}-connect",)),),
    "KafkaMirrorMaker2": (Run("{}-mirrormaker2", (), ("{}-mirrormaker2",)),),
    "KafkaBridge": (Run("{}-bridge", (), ("{}-bridge",)),),
    # CloudNativePG, whose pods are called `<cluster>-1`; Zalando's operator
    "Cluster": (Run("{}", (), ("postgres",)),),
    "postgresql": (Run("{}", (), ("postgres",)),),
    # Elastic: the pod template's containers, by their names
    "Elasticsearch": (Run("{}-es-*", (), ()),),
    "Kibana": (Run("{}-kb", (), ()),),
    "ApmServer": (Run("{}-apm-server", (), ()),),
    "Logstash": (Run("{}-ls", (), ()),),
    # Prometheus operator
    "Prometheus": (Run("prometheus-{}", (), ("prometheus",)),),
    "PrometheusAgent": (Run("prom-agent-{}", (), ("prometheus",)),),
    "Alertmanager": (Run("alertmanager-{}", (), ("alertmanager",)),),
    "ThanosRuler": (Run("thanos-ruler-{}", (), ("thanos-ruler",)),),
    # Victoria Metrics
    "VMSingle": (Run("vmsingle-{}", (), ("vmsingle",)),),
    "VMAgent": (Run("vmagent-{}", (), ("vmagent",)),),
    "VMAlert": (Run("vmalert-{}", (), ("vmalert",)),),
    "VMAlertmanager": (Run("vmalertmanager-{}", (), ("alertmanager",)),),
    "VMCluster": tuple(Run(f"{part}-{{}}", (part,), (part,)) for part in ("vmselect", "vminsert", "vmstorage")),
    "RabbitmqCluster": (Run("{}-server", (), ("rabbitmq",)),),
    # Percona
    "PerconaXtraDBCluster": tuple(Run(f"{{}}-{part}", (part,), (part,)) for part in ("pxc", "haproxy", "proxysql")),
    # Redis: OT Container Kit's operator, Spotahome's
    "Redis": (Run("{}", ("kubernetesConfig",), ("{}",)),),
    "RedisReplication": (Run("{}", ("kubernetesConfig",), ("{}",)),),
    "RedisFailover": (Run("rfr-{}", ("redis",), ("redis",)), Run("rfs-{}", ("sentinel",), ("sentinel",))),
    "OpenTelemetryCollector": (Run("{}-collector", (), ("otc-container",)),),
    "Keycloak": (Run("{}", (), ("keycloak",)),),
}
"""What the common operators make of their objects, and where each of those has its resources."""


def object_slots(
    wanted: Wanted, known: Sequence[ValuesFile], files: Mapping[str, bytes]
) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """The places in objects that are certainly the container's, and those that may be.

    Of one object in several files (a base, and what an environment lays over it) the last one's value counts.
    """
    sure: dict[object, Slot] = {}
    unsure: list[Slot] = []
    for file in known:
        does = applies(file.tag, wanted.environment)
        for name, slot in _of_file(file, wanted, files[file.path]) if does is not False else ():
            if does:
                sure[(name, slot.path[len(slot.root) :])] = slot
            else:
                unsure.append(slot)
    return tuple(sure.values()), tuple(unsure)


def _of_file(file: ValuesFile, wanted: Wanted, source: bytes) -> Iterator[tuple[tuple[str, str], Slot]]:
    try:
        documents = read_stream(source).documents
    except EditRefused:
        return  # where it is the app's own, it is refused when its values are read
    for doc, document in enumerate(documents):
        top = document.root
        kind, name = text_at(top, "kind"), text_at(top, "metadata", "name")
        space = text_at(top, "metadata", "namespace")
        if kind is None or name is None or (space and wanted.namespace not in (None, space)):
            continue
        for root, programs in _roots(kind, name, top, wanted):
            node = get(top, root)
            if node is not None:
                layout = Layout(file.path, doc, root, node)
                yield from (((kind, name), slot) for slot in _held(layout, programs, wanted))


def _roots(kind: str, name: str, top: Node, wanted: Wanted) -> Iterator[tuple[ValuePath, tuple[str, ...]]]:
    """Where in the object the wanted workload is, and the containers that it is about (none: by their own names)."""
    made = workload(wanted.pod) if wanted.pod else None
    if kind in SCALERS:
        if wanted.app in (name, text_at(top, "spec", "scaleTargetRef", "name")):
            yield ("spec",), ("*",)
        return
    if kind in WORKLOADS:
        if (made or wanted.app) == name:
            yield WORKLOADS[kind], ()
        return
    for run in OPERATED.get(kind, ()):
        if fnmatchcase(made or wanted.app, run.name.format(name)):
            yield ("spec", *run.section), tuple(program.format(name) for program in run.programs)


def _held(layout: Layout, programs: tuple[str, ...], wanted: Wanted) -> list[Slot]:
    """The container's places: in the list item of its name, else where the object speaks of its programs."""
    found = [slot for slot in places_in(layout, wanted) if slot.exists]
    listed = [slot for slot in found if "containers" in map(str, slot.section) or "initContainers" in slot.section]
    named = [slot for slot in listed if slot.name == wanted.container]
    named = [slot for slot in named if _is_of_set(layout, slot, wanted)]
    if named or (wanted.container is None and len(listed) == 1):
        return named or listed
    is_program = wanted.container is None or wanted.container in programs or "*" in programs
    is_whole = len(wanted.path) == 1 or wanted.path == ("persistence", "size")  # the pod's, whichever container says it
    rest = [slot for slot in found if slot not in listed and _is_of_set(layout, slot, wanted)]
    return [slot for slot in rest if is_whole or (is_program and not slot.section)]


def _is_of_set(layout: Layout, slot: Slot, wanted: Wanted) -> bool:
    """Whether a place is in the item of a list that the pod's name ends with, `nodeSets: [{name: hot}]`, or in none."""
    made = workload(wanted.pod) if wanted.pod else None
    lists = [n for n, key in enumerate(slot.section) if isinstance(key, int)]
    sets = [slot.section[: n + 1] for n in lists if "ontainers" not in str(slot.section[n - 1])]
    names = [name for item in sets if (name := text_at(layout.node, *item, "name"))]
    return not names or (made is not None and any(made.endswith(f"-{name}") for name in names))
