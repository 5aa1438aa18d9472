"""Whose fault it is: app, namespace, pod and container of an event, from its labels, then from its text.

Labels come from the collector, text comes from anybody: text never names an app where the labels name one,
except in streams that report about others (Kubernetes events, the kubelet, the kernel).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from langraph.affected.kubectl_output import labels_of_command, labels_of_description, labels_of_row
from langraph.affected.other_side import is_of_other_side, unserved
from langraph.affected.owners import by_kind, claimant, generated, is_generated, job_run, workload
from langraph.affected.reporters import host_service, is_reporter, own_fault, subject

max_text_chars = 8_192  # names stand near the message; the rest of a long line is data

NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
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
    "kubernetes_labels_app",
    "kubernetes_labels_app_kubernetes_io_name",
    "kubernetes_labels_k8s_app",
    "service_name",
)
WORKLOAD_LABELS = (
    "deployment",
    "statefulset",
    "daemonset",
    "cronjob",
    "workload",
    "horizontalpodautoscaler",
    "hpa",
    "scaledobject",
    "poddisruptionbudget",
    "k8s_statefulset_name",
    "k8s_daemonset_name",
    "k8s_cronjob_name",
)
LOOSE_LABELS = ("compose_service", "service", "ingress", "unit", "systemd_unit", "_SYSTEMD_UNIT", "component")
NAMESPACE_LABELS = (
    "namespace",
    "kubernetes_namespace",
    "kubernetes_namespace_name",
    "k8s_namespace_name",
    "kubernetes_pod_namespace",
    "k8s_pod_namespace",
    "ns",
    "namespace_name",
)
POD_LABELS = ("pod", "kubernetes_pod_name", "pod_name", "k8s_pod_name", "podname")
CONTAINER_LABELS = ("container", "kubernetes_container_name", "container_name", "k8s_container_name")
UNIT = re.compile(r"\.(?:service|scope|timer|mount|socket|slice)$")
OWNED_LABELS = ("replicaset", "job_name", "persistentvolumeclaim")
"""Names of objects that a workload owns, in the order in which they are believed."""
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

Q = r"""\\{0,3}["']?"""
N = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
NS_POD = re.compile(
    rf"\b(?:pods?|podRef|object|involvedObject|key){Q}\s?[=:]\s?{Q}(?:Pod/)?(?P<namespace>{N})/(?P<pod>{N}){Q}",
    re.IGNORECASE,
)
POD_NS_UID = re.compile(rf"\bpod[= :]{{1,2}}{Q}(?P<pod>{N})_(?P<namespace>{N})\((?:[0-9a-f-]{{8,36}})?")
POD_FULL_NAME = re.compile(rf"(?<![a-z0-9.-])(?P<pod>{N})_(?P<namespace>{N})\([0-9a-f-]{{4,36}}\)")
SANDBOX = re.compile(rf"PodSandboxMetadata\{{Name:(?P<pod>{N}),.{{0,80}}?Namespace:(?P<namespace>{N}),")
"""How containerd and CRI-O print a pod."""
KIND_OBJECT = re.compile(
    rf"\bobject={Q}(?:(?P<namespace>{N})/)?(?P<name>{N}){Q}\s.{{0,200}}?\bkind={Q}(?P<kind>[A-Z][A-Za-z]{{1,60}})"
)
"""How controllers log the events they send."""
INVOLVED = re.compile(rf"involvedObject{Q}\s?[:=]\s?\{{(?P<body>[^}}]{{1,1000}})\}}", re.IGNORECASE)
PAIRS = re.compile(
    rf"(?<![A-Za-z0-9])(?P<key>kind|name|namespace){Q}\s?[:=]\s?{Q}(?P<value>[A-Za-z0-9.-]{{1,253}})", re.IGNORECASE
)
KINDS = (
    r"pod|deployment|deploy|statefulset|sts|daemonset|ds|replicaset|rs|job|cronjob|horizontalpodautoscaler|hpa"
    r"|persistentvolumeclaim|pvc|service|svc|ingress|replicationcontroller|rc"
)
TABLE = re.compile(
    rf"(?:^|[\s\"'(])(?P<kind>{KINDS})s?(?:\.apps|\.batch|\.autoscaling|\.networking\.k8s\.io)?"
    rf"/(?P<name>{N})(?:[\s:,;)\]\"']|$)"
)
CONTROLLED = re.compile(rf"^Controlled By:\s{{1,12}}(?P<kind>[A-Z][A-Za-z]{{1,60}})/(?P<name>{N})\s*$", re.MULTILINE)
"""What `kubectl describe` says of an object's owner."""
NAMED = re.compile(
    rf"\b(?P<kind>pods?|(?:deployment|statefulset|daemonset|replicaset|job|cronjob|persistentvolumeclaim)s?"
    rf"(?:\.apps|\.batch)?)\s{{1,2}}"
    rf"\\{{0,3}}[\"'](?:(?P<namespace>{N})/)?(?P<name>{N})\\{{0,3}}[\"']",
    re.IGNORECASE,
)
POD_FIELD = re.compile(
    rf"\b(?:pod|pod_?name|podName|(?:kubernetes|k8s)[_.]pod[_.]name){Q}\s?[:=]\s?{Q}(?P<pod>{N}){Q}(?:[\s,}}\])]|$)"
)
NAMESPACE_FIELD = re.compile(
    rf"\b(?:namespace|namespace_?name|kubernetes_namespace|k8s[_.]namespace[_.]name|pod_?namespace){Q}\s?[:=]\s?{Q}(?P<namespace>{N}){Q}(?:[\s,}}\])]|$)",
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
    rf"(?:^|[\s,{{\\\"'])(?:app|application|service|service[_.]?name|serviceName|app_?name|app\.kubernetes\.io/name|deployment|statefulset|daemonset"
    rf"|cronjob|k8s[_.](?:deployment|statefulset|daemonset|cronjob)[_.]name)"
    rf"{Q}\s?[:=]\s?{Q}(?P<app>{N}){Q}(?:[\s,}}\])]|$)"
)
TAGGED = re.compile(
    rf"(?:^|[\s,])kube_(?:deployment|stateful_set|daemon_set|cronjob):(?P<app>{N})(?=[\s,]|$)"
    rf"|(?:^|[\s,])kube_namespace:(?P<namespace>{N})(?=[\s,]|$)"
)
"""Datadog's tags."""
LISTED = re.compile(
    rf"^\W{{0,8}}(?P<name>pod|container|namespace|deployment|statefulset|daemonset|service|job_name):"
    rf"\W{{1,4}}(?P<value>{N})`?[ \t]*$",
    re.MULTILINE,
)
"""An alert's labels as a chat message lists them."""
RESTARTING = re.compile(
    rf"^[0-9a-f]{{12}} .{{0,400}}\b(?:Restarting|Exited|Dead|Up)\b[^\n]{{0,120}}? (?P<app>{N})[ \t]*$", re.MULTILINE
)
"""The last column of `docker ps` is the container's name."""


HOST_FIELD = re.compile(rf"\b(?:hostname|host_?name|HOSTNAME){Q}\s?[:=]\s?{Q}(?P<pod>{N}){Q}(?:[\s,}}\])]|$)")
ASSIGNED = re.compile(rf"\b[Ss]uccessfully assigned (?P<namespace>{N})/(?P<pod>{N}) to\b")
SAID = re.compile(
    rf"\b(?P<kind>[Pp]od|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|HPA|PVC"
    rf"|PersistentVolumeClaim|Rollout) (?P<namespace>[a-z0-9-]{{1,63}})/(?P<name>{N})(?=[\s:,;).\"']|$)"
)
"""How rules and controllers word it: `Deployment shop/cart has not ...`."""
POD_WORD = re.compile(rf"\b[Pp]od (?P<pod>{N})(?=[\s:,;)\"']|$)")
IN_NAMESPACE = re.compile(rf"\bin (?:the )?namespace:? {Q}(?P<namespace>[a-z0-9-]{{1,63}}){Q}(?:[\s.,;)]|$)")
UNNAMED = re.compile(rf"\bpods? \\{{0,3}}\"(?P<prefix>{N})-\\{{0,3}}\" is (?:forbidden|invalid)")
"""A pod that was refused before it got its random ending."""
REFUSED = re.compile(rf"\bThe (?P<kind>[A-Z][A-Za-z]{{2,60}}) \"(?P<name>{N})\" is invalid:")
"""How the API server refuses an object, as kubectl prints it."""
ENDED_JOB = re.compile(rf"\b(?P<kind>job) (?P<name>{N}) failed: (?:BackoffLimitExceeded|DeadlineExceeded)")
"""How Helm reports a hook's job."""
SERVICE_IN = re.compile(rf"\bservice/(?P<name>{N}) in {Q}(?P<namespace>{N}){Q}(?:[\s,]|$)")
ACCOUNT = re.compile(r"\bsystem:serviceaccount:(?P<namespace>[a-z0-9-]{1,63}):(?P<name>[a-z0-9][a-z0-9.-]{0,252})")
"""Who asks the API server; a pod asks as an account of its own namespace."""


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
    names = speakers(labels)
    if any(is_reporter(name) for name in names):
        own_name = own_fault(names, text)
        if own_name:
            return replace(from_labels(labels), app=own_name)
        own = any(n in labels for n in (*POD_LABELS, *APP_LABELS[:-1]))  # then the namespace is the reporter's
        namespace = None if own else _first(labels, NAMESPACE_LABELS, LABEL)
        return _joined(Affected(namespace=namespace), from_text(text, facts or {}))
    known = from_labels(labels)
    if is_of_other_side([name for name in (known.app, known.pod) if name], text):
        return Affected(namespace=known.namespace)
    if missing := unserved(text):
        return Affected(missing, known.namespace)
    namespace, pod, owner = subject([*names, known.pod or ""], text)
    if namespace is not None:
        return Affected(owner or (workload(pod) if pod else None), namespace, pod)
    if known.app and known.namespace is None:
        known = replace(known, namespace=_own_account(known.app, text))
    if known.app and (known.pod or not any(word in text for word in ("pod", "Pod", "container"))):
        return known
    said = from_text(text, facts or {})
    return _joined(known, said) if known.app is None else _completed(known, said)


def speakers(labels: Mapping[str, str]) -> list[str]:
    """The names that labels give whoever wrote a line."""
    return [labels[n] for n in (*APP_LABELS, "job", "container", "source") if labels.get(n)]


def from_labels(labels: Mapping[str, str]) -> Affected:
    """What labels alone say."""
    job_namespace, _, job = labels.get("job", "").rpartition("/")
    namespace = _first(labels, NAMESPACE_LABELS, LABEL) or valid(job_namespace, LABEL)
    pod = _first(labels, POD_LABELS, NAME)
    container = _first(labels, CONTAINER_LABELS, LABEL)
    app = app_name(_first(labels, APP_LABELS, NAME)) or _first(labels, WORKLOAD_LABELS, NAME)
    app = app or _owner_label(labels) or (workload(pod) if pod else None) or _loose(labels)
    if app is None and container and container not in GENERIC_CONTAINERS:
        app = container
    return Affected(app or app_name(valid(job, NAME)), namespace, pod, container)


def _loose(labels: Mapping[str, str]) -> str | None:
    loose = _first(labels, LOOSE_LABELS, NAME)
    return app_name(UNIT.sub("", loose)) if loose else None


def _owner_label(labels: Mapping[str, str]) -> str | None:
    replicaset, job, claim = (_first(labels, (name,), NAME) for name in OWNED_LABELS)
    if replicaset:
        return replicaset.rpartition("-")[0] or replicaset
    if job:
        return job_run(job)
    return claimant(claim) if claim else None


def from_text(text: str, facts: Mapping[str, str]) -> Affected:
    """What a line says of itself; the first clear statement wins."""
    text = text[:max_text_chars]
    listed = {found["name"]: found["value"] for found in LISTED.finditer(text)}
    described = {**labels_of_command(text), **labels_of_row(text), **labels_of_description(text)}
    described = {**(listed if len(listed) > 1 else {}), **_tags(text), **described}
    namespace, pod, owner = _object(text)
    if owner is None and pod is None:
        named = from_labels(described)
        pod, owner = named.pod, None if named.pod else named.app
    namespace = namespace or described.get("namespace")
    pod = pod or valid(facts.get("pod", ""), NAME) or _group(POD_FIELD, text, "pod", NAME) or _host(text)
    namespace = (
        namespace or _group(NAMESPACE_FIELD, text, "namespace", LABEL) or valid(facts.get("namespace", ""), LABEL)
    )
    container = (
        _group(CONTAINER_PATH, text, "container", LABEL)
        or _container(text)
        or valid(facts.get("container", ""), LABEL)
        or _group(CONTAINER_FIELD, text, "container", LABEL)
    )
    app = owner or (workload(pod) if pod else None)
    app = app or app_name(_group(APP_FIELD, text, "app", NAME)) or app_name(valid(facts.get("app", ""), NAME))
    app = app or app_name(host_service(text))
    namespace = namespace or _group(IN_NAMESPACE, text, "namespace", LABEL) or _group(ACCOUNT, text, "namespace", LABEL)
    return Affected(app, namespace, pod, container)


def _tags(text: str) -> dict[str, str]:
    names = {"app": "deployment", "namespace": "namespace"}
    tags = {names[k]: v for one in TAGGED.finditer(text) for k, v in one.groupdict().items() if v}
    run = RESTARTING.search(text)
    return {**tags, "deployment": run["app"]} if run else tags


def _object(text: str) -> tuple[str | None, str | None, str | None]:
    """(namespace, pod, owner) of the object a line is about."""
    controlled = CONTROLLED.search(text)
    if controlled:
        return by_kind(controlled["kind"], controlled["name"], None)
    logged = KIND_OBJECT.search(text)
    if logged:
        return by_kind(logged["kind"], logged["name"], valid(logged["namespace"] or "", LABEL))
    involved = INVOLVED.search(text)
    if involved or ("ind" in text and "eason" in text):
        found = _event_object(involved["body"] if involved else text)
        if found != (None, None, None):
            return found
    unnamed = UNNAMED.search(text)
    if unnamed:
        return None, None, generated(unnamed["prefix"])
    service = SERVICE_IN.search(text)
    if service and LABEL.match(service["namespace"]):
        return service["namespace"], None, service["name"]
    for pattern in (POD_NS_UID, SANDBOX, NS_POD, ASSIGNED, POD_FULL_NAME):
        match = pattern.search(text)
        if match and NAME.match(match["pod"]) and LABEL.match(match["namespace"]):
            return match["namespace"], match["pod"], None
    said = SAID.search(text)
    if said and LABEL.match(said["namespace"]):
        return by_kind(said["kind"], said["name"], said["namespace"])
    for pattern in (REFUSED, ENDED_JOB, NAMED, TABLE):
        match = pattern.search(text)
        if match:
            namespace = valid(match.groupdict().get("namespace") or "", LABEL)
            return by_kind(match["kind"], match["name"], namespace)
    return None, None, None


def _event_object(body: str) -> tuple[str | None, str | None, str | None]:
    pairs: dict[str, str] = {}
    for found in PAIRS.finditer(body):
        pairs.setdefault(found["key"].lower(), found["value"])
    if "kind" not in pairs or "name" not in pairs:
        return None, None, None
    return by_kind(pairs["kind"], pairs["name"], valid(pairs.get("namespace", ""), LABEL))


def _own_account(app: str, text: str) -> str | None:
    """The namespace of the account that an app asks as, if the account is called after the app."""
    found = ACCOUNT.search(text)
    return found["namespace"] if found and (app.startswith(found["name"]) or found["name"].startswith(app)) else None


def _host(text: str) -> str | None:
    """A host, or what follows the word pod, is the pod where it has the form of a pod's generated name."""
    host = _group(HOST_FIELD, text, "pod", NAME) or _group(POD_WORD, text, "pod", NAME)
    return host if host and is_generated(host) else None


def _container(text: str) -> str | None:
    found = START_CONTAINER.search(text)
    return next((valid(v, LABEL) for v in found.groups() if v), None) if found else None


def _group(pattern: re.Pattern[str], text: str, name: str, form: re.Pattern[str]) -> str | None:
    found = pattern.search(text)
    return valid(found[name], form) if found else None


def _first(labels: Mapping[str, str], names: tuple[str, ...], form: re.Pattern[str]) -> str | None:
    return next((v for v in (valid(labels.get(n, ""), form) for n in names) if v and v not in NO_APP), None)


def valid(value: str, form: re.Pattern[str]) -> str | None:
    """The value where it has the form."""
    return value if value and form.match(value) else None


def app_name(name: str | None) -> str | None:
    """The name where it can be an app's."""
    return None if name is None or name in NO_APP or name.startswith("unknown_service") or is_reporter(name) else name


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
