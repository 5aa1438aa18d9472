"""Whose fault it is: app, namespace, pod and container of an event, from its labels, then from its text.

Labels come from the collector, text comes from anybody: text never names an app where the labels name one,
except in streams that report about others (Kubernetes events, the kubelet, the kernel).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

max_text_chars = 8_192  # names stand near the message; the rest of a long line is data

NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""The letters Kubernetes makes random name parts of: no vowels, so that no words arise."""
WORDS_OF_FIVE = frozenset({"https", "pgsql", "mssql", "mqtts", "ldmps", "xtrdb", "grpcs", "kvdbs", "html5", "http2"})

APP_LABELS = (
    "app",
    "app_kubernetes_io_name",
    "app.kubernetes.io/name",
    "k8s_app",
    "k8s-app",
    "label_app",
    "label_app_kubernetes_io_name",
    "k8s_deployment_name",
    "application",
    "app_name",
    "service_name",
)
WORKLOAD_LABELS = (
    "deployment",
    "statefulset",
    "daemonset",
    "cronjob",
    "job_name",
    "workload",
    "horizontalpodautoscaler",
    "k8s_statefulset_name",
    "k8s_daemonset_name",
    "k8s_cronjob_name",
)
LOOSE_LABELS = ("compose_service", "service", "component")
NAMESPACE_LABELS = (
    "namespace",
    "kubernetes_namespace",
    "kubernetes_namespace_name",
    "k8s_namespace_name",
    "ns",
    "namespace_name",
)
POD_LABELS = ("pod", "kubernetes_pod_name", "pod_name", "k8s_pod_name", "podname")
CONTAINER_LABELS = ("container", "kubernetes_container_name", "container_name", "k8s_container_name")
OBJECT_LABELS = frozenset({*NAMESPACE_LABELS, *WORKLOAD_LABELS, "pod", "container"})
NO_APP = frozenset(
    [
        "unknown_service",
        "unknown",
        "none",
        "null",
        "default",
        "kubernetes-pods",
        "kubernetes-pods-name",
        "varlogs",
        "fluentbit",
    ]
)

REPORTERS = frozenset(
    [
        "kubelet",
        "cadvisor",
        "kube-scheduler",
        "kube-controller-manager",
        "kube-apiserver",
        "apiserver",
        "kubernetes-event-exporter",
        "event-exporter",
        "eventrouter",
        "kubernetes-events",
        "k8s-events",
        "kube-events",
        "events",
        "eventhandler",
        "kernel",
        "journal",
        "systemd-journal",
        "kernel-journal",
        "node-journal",
        "syslog",
        "kmsg",
        "dmesg",
        "node-problem-detector",
        "containerd",
        "dockerd",
        "docker",
        "crio",
        "cri-o",
        "loki.source.kubernetes-events",
        "kubernetes-nodes",
        "kubernetes-cadvisor",
        "kubernetes-nodes-cadvisor",
        "kubernetes-service-endpoints",
    ]
)
"""Streams and jobs that speak about other workloads; their own labels say who speaks, not who fails."""
EXPORTER = re.compile(r"(?:^|[-/])(?:exporter|state-metrics|blackbox)$|-exporter-")
"""Scrape jobs whose series are about something else than the exporter."""
GENERIC_CONTAINERS = frozenset(
    [
        "app",
        "main",
        "server",
        "web",
        "container",
        "istio-proxy",
        "linkerd-proxy",
        "envoy",
        "proxy",
        "sidecar",
        "init",
        "pod",
        "worker",
        "backend",
    ]
)

RS_HASH = re.compile(
    rf"(?P<owner>.+?)-(?:[{ALPHABET}]{{6,10}}|(?=[a-z0-9]{{0,9}}\d)[a-z0-9]{{8,10}})-(?:[a-z0-9]{{5}})\Z"
)
CRON_SUFFIX = re.compile(r"(?P<owner>.+?)-\d{8,10}-[a-z0-9]{5}\Z")
JOB_RUN = re.compile(r"(?P<owner>.+?)-\d{8,10}\Z")
ORDINAL = re.compile(r"(?P<owner>.+?)-\d{1,4}\Z")
RANDOM = re.compile(rf"(?P<owner>.+)-(?P<tail>[{ALPHABET}]{{5}}|(?=[a-z]{{0,4}}\d)(?=\d{{0,4}}[a-z])[a-z0-9]{{5}})\Z")

Q = r"""\\{0,3}["']?"""
N = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
NS_POD = re.compile(
    rf"\b(?:pods?|podRef|object|involvedObject|key)\s?[=:]\s?{Q}(?:Pod/)?(?P<namespace>{N})/(?P<pod>{N}){Q}",
    re.IGNORECASE,
)
POD_NS_UID = re.compile(rf"\bpod[= :]{{1,2}}{Q}(?P<pod>{N})_(?P<namespace>{N})\((?:[0-9a-f-]{{8,36}})?")
KINDS = r"Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|HorizontalPodAutoscaler"
INVOLVED = re.compile(rf"involvedObject{Q}\s?[:=]\s?\{{(?P<body>[^}}]{{1,1000}})\}}", re.IGNORECASE)
PAIRS = re.compile(rf"{Q}\b(?P<key>kind|name|namespace){Q}\s?[:=]\s?{Q}(?P<value>[A-Za-z0-9.-]{{1,253}})")
TABLE = re.compile(
    rf"(?:^|\s)(?P<kind>pod|deployment|deploy|statefulset|sts|daemonset|ds|job|cronjob)s?"
    rf"(?:\.apps|\.batch)?/(?P<name>{N})(?:[\s:,;)\]]|$)"
)
NAMED = re.compile(
    rf"\b(?P<kind>pods?|(?:deployment|statefulset|daemonset|job)s?(?:\.apps|\.batch)?)\s{{1,2}}"
    rf"\\{{0,3}}[\"'](?:(?P<namespace>{N})/)?(?P<name>{N})\\{{0,3}}[\"']",
    re.IGNORECASE,
)
POD_FIELD = re.compile(
    rf"\b(?:pod|pod_?name|podName|kubernetes_pod_name){Q}\s?[:=]\s?{Q}(?P<pod>{N}){Q}(?:[\s,}}\])]|$)"
)
NAMESPACE_FIELD = re.compile(
    rf"\b(?:namespace|kubernetes_namespace|pod_?namespace){Q}\s?[:=]\s?{Q}(?P<namespace>{N}){Q}(?:[\s,}}\])]|$)",
    re.IGNORECASE,
)
CONTAINER_FIELD = re.compile(
    rf"\b(?:container|container_?name|containerName){Q}\s?[:=]\s?{Q}(?P<container>{N}){Q}(?:[\s,}}\])]|$)"
)
CONTAINER_PATH = re.compile(r"spec\.(?:init)?containers\{(?P<container>[a-z0-9-]{1,63})\}", re.IGNORECASE)
START_CONTAINER = re.compile(
    rf"StartContainer{Q} for {Q}(?P<container>{N}){Q}|\bcontainer[= ]{Q}(?P<container2>[a-z0-9-]{{1,63}}){Q} in pod\b"
    r"|failed container[= ](?P<container3>[a-z0-9-]{1,63}) (?:in )?pod"
)
APP_FIELD = re.compile(
    rf"(?:^|[\s,{{\\\"'])(?:app|application|service|service_?name|serviceName|app_?name)"
    rf"{Q}\s?[:=]\s?{Q}(?P<app>{N}){Q}(?:[\s,}}\])]|$)"
)


@dataclass(frozen=True, slots=True)
class Affected:
    """What an event is about; None where nobody says so."""

    app: str | None = None
    namespace: str | None = None
    pod: str | None = None
    container: str | None = None


def affected(labels: Mapping[str, str], text: str = "", facts: Mapping[str, str] | None = None) -> Affected:
    """Whom a log event concerns.

    Args:
        labels: as the collector gave them.
        text: the line; hostile, only asked where the labels are silent or speak for a reporter.
        facts: named groups of the runbook's patterns, as hostile as the text.
    """
    if any(_is_reporter(name) for name in _speakers(labels)):
        own = any(n in labels for n in (*POD_LABELS, *APP_LABELS[:-1]))  # then the namespace is the reporter's
        namespace = None if own else _first(labels, NAMESPACE_LABELS, LABEL)
        return _joined(Affected(namespace=namespace), from_text(text, facts or {}))
    known = from_labels(labels)
    if known.app and (known.pod or not any(word in text for word in ("pod", "Pod", "container"))):
        return known
    said = from_text(text, facts or {})
    return _joined(known, said) if known.app is None else _completed(known, said)


def affected_by_alert(labels: Mapping[str, str]) -> Affected:
    """Whom an alert concerns. Its annotations are prose and name nobody.

    Prometheus keeps the scraped object's labels as `exported_*`, or, with `honorLabels`, as they are: then `pod`
    is the object's, unless it is the exporter's own.
    """
    if any(name.startswith("exported_") for name in labels):
        return from_labels({k[9:]: v for k, v in labels.items() if k.startswith("exported_")})
    exporters = [name for name in _speakers(labels) if _is_reporter(name) or EXPORTER.search(name.replace("_", "-"))]
    if not exporters:
        return from_labels(labels)
    own = workload(labels.get("pod", "")) or ""
    if any(own.endswith(name.rpartition("/")[2]) for name in exporters):
        return Affected()
    return from_labels({k: v for k, v in labels.items() if k in OBJECT_LABELS})


def _speakers(labels: Mapping[str, str]) -> list[str]:
    return [labels[n] for n in (*APP_LABELS, "job", "container", "source") if labels.get(n)]


def _is_reporter(name: str) -> bool:
    name = name.lower().replace("_", "-")
    return name in REPORTERS or name.rpartition("/")[2] in REPORTERS


def from_labels(labels: Mapping[str, str]) -> Affected:
    """What labels alone say."""
    job_namespace, _, job = labels.get("job", "").rpartition("/")
    namespace = _first(labels, NAMESPACE_LABELS, LABEL) or _valid(job_namespace, LABEL)
    pod = _first(labels, POD_LABELS, NAME)
    container = _first(labels, CONTAINER_LABELS, LABEL)
    app = _app(_first(labels, APP_LABELS, NAME)) or _first(labels, WORKLOAD_LABELS, NAME)
    if app and app == _first(labels, ("job_name",), NAME):
        app = _strip(app, (JOB_RUN,)) or app
    app = app or (workload(pod) if pod else None) or _first(labels, LOOSE_LABELS, NAME)
    if app is None and container and container not in GENERIC_CONTAINERS:
        app = container
    return Affected(app or _app(_valid(job, NAME)), namespace, pod, container)


def from_text(text: str, facts: Mapping[str, str]) -> Affected:
    """What a line says of itself; the first clear statement wins."""
    text = text[:max_text_chars]
    namespace, pod, owner = _object(text)
    pod = pod or _valid(facts.get("pod", ""), NAME) or _group(POD_FIELD, text, "pod", NAME)
    namespace = (
        namespace or _group(NAMESPACE_FIELD, text, "namespace", LABEL) or _valid(facts.get("namespace", ""), LABEL)
    )
    container = (
        _group(CONTAINER_PATH, text, "container", LABEL)
        or _container(text)
        or _valid(facts.get("container", ""), LABEL)
        or _group(CONTAINER_FIELD, text, "container", LABEL)
    )
    app = owner or (workload(pod) if pod else None)
    app = app or _app(_group(APP_FIELD, text, "app", NAME)) or _app(_valid(facts.get("app", ""), NAME))
    return Affected(app, namespace, pod, container)


def _object(text: str) -> tuple[str | None, str | None, str | None]:
    """(namespace, pod, owner) of the object a line is about."""
    involved = INVOLVED.search(text)
    if involved or ("kind" in text and "reason" in text):
        found = _event_object(involved["body"] if involved else text)
        if found != (None, None, None):
            return found
    for pattern in (POD_NS_UID, NS_POD):
        match = pattern.search(text)
        if match and NAME.match(match["pod"]) and LABEL.match(match["namespace"]):
            return match["namespace"], match["pod"], None
    for pattern in (NAMED, TABLE):
        match = pattern.search(text)
        if match:
            namespace = _valid(match.groupdict().get("namespace") or "", LABEL)
            return _by_kind(match["kind"], match["name"], namespace)
    return None, None, None


def _event_object(body: str) -> tuple[str | None, str | None, str | None]:
    pairs: dict[str, str] = {}
    for found in PAIRS.finditer(body):
        pairs.setdefault(found["key"].lower(), found["value"])
    if "kind" not in pairs or "name" not in pairs:
        return None, None, None
    return _by_kind(pairs["kind"], pairs["name"], _valid(pairs.get("namespace", ""), LABEL))


def _by_kind(kind: str, name: str, namespace: str | None) -> tuple[str | None, str | None, str | None]:
    kind, valid = kind.lower().partition(".")[0], _valid(name, NAME)
    if valid is None:
        return namespace, None, None
    if kind in {"pod", "pods"}:
        return namespace, valid, None
    if kind in {"replicaset", "replicasets"}:
        return namespace, None, valid.rpartition("-")[0] or valid
    if kind in {"job", "jobs"}:
        return namespace, None, _strip(valid, (JOB_RUN,)) or valid
    if kind.startswith(("deploy", "statefulset", "sts", "daemonset", "ds", "cronjob", "horizontalpod")):
        return namespace, None, valid
    return namespace, None, None


def workload(pod: str) -> str | None:
    """The name of what made a pod: `grafana-6d5f8b7c9d-x2k4p` is `grafana`, `db-0` is `db`; None for a bad name."""
    if not NAME.match(pod):
        return None
    return _strip(pod, (CRON_SUFFIX, RS_HASH, ORDINAL)) or _random_tail(pod) or pod


def _random_tail(pod: str) -> str | None:
    found = RANDOM.match(pod)
    if not found or found["tail"] in WORDS_OF_FIVE:
        return None
    return found["owner"]


def _strip(name: str, forms: tuple[re.Pattern[str], ...]) -> str | None:
    for form in forms:
        found = form.match(name)
        if found:
            return found["owner"]
    return None


def _container(text: str) -> str | None:
    found = START_CONTAINER.search(text)
    return next((_valid(v, LABEL) for v in found.groups() if v), None) if found else None


def _group(pattern: re.Pattern[str], text: str, name: str, form: re.Pattern[str]) -> str | None:
    found = pattern.search(text)
    return _valid(found[name], form) if found else None


def _first(labels: Mapping[str, str], names: tuple[str, ...], form: re.Pattern[str]) -> str | None:
    return next((v for v in (_valid(labels.get(n, ""), form) for n in names) if v and v not in NO_APP), None)


def _valid(value: str, form: re.Pattern[str]) -> str | None:
    return value if value and form.match(value) else None


def _app(name: str | None) -> str | None:
    return None if name is None or name in NO_APP or name.startswith("unknown_service") or _is_reporter(name) else name


def _joined(known: Affected, said: Affected) -> Affected:
    """Labels first, text for what they leave open; a text that names another namespace is not believed."""
    if known.namespace and said.namespace and known.namespace != said.namespace:
        return known
    return Affected(
        known.app or said.app,
        known.namespace or said.namespace,
        known.pod or said.pod,
        known.container or said.container,
    )


def _completed(known: Affected, said: Affected) -> Affected:
    """Labels name the app: the text may add a pod and container only when they are that app's."""
    if said.app is not None and said.app != known.app:
        return known
    if said.namespace and known.namespace and said.namespace != known.namespace:
        return known
    pod = known.pod or (said.pod if said.app == known.app else None)
    container = known.container or (said.container if pod == said.pod else None)
    return Affected(known.app, known.namespace, pod, container)
