"""What a collector's labels say of whom a line concerns: app, namespace, pod, container. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from langraph.affected.custom_workloads import CUSTOM_LABELS
from langraph.affected.owners import Parts, by_kind, claimant, job_run, scaled, workload
from langraph.affected.reporters import is_reporter

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
    "rollout_group",  # of Grafana's rollout operator
    "helmrelease",
    "rollout",
    "deployment_name",
    "statefulset_name",
    "daemonset_name",
    "cronjob_name",
    "workload_name",
    "k8s_statefulset_name",
    "k8s_daemonset_name",
    "k8s_cronjob_name",
    *CUSTOM_LABELS,
)
LOOSE_LABELS = (
    "compose_service",
    "com_docker_compose_service",
    "container_label_com_docker_compose_service",
    "swarm_service",
    "com_docker_swarm_service_name",
    "container_label_com_docker_swarm_service_name",
    "nomad_job_name",
    "service",
    "ingress",
    "unit",
    "systemd_unit",
    "_SYSTEMD_UNIT",
    "component",
    "syslog_identifier",
    "SYSLOG_IDENTIFIER",
    "syslog_appname",
    "syslog_app_name",
    "appname",
    "program",
    "app_kubernetes_io_instance",
    "app.kubernetes.io/instance",
    "release",
)
NAMESPACE_LABELS = (
    "namespace",
    "kubernetes_namespace",
    "kubernetes_namespace_name",
    "k8s_namespace_name",
    "kubernetes_pod_namespace",
    "k8s_pod_namespace",
    "ns",
    "namespace_name",
    "k8s_namespace",
    "k8s.namespace.name",
    "pod_namespace",
    "kube_namespace",
    "io_kubernetes_pod_namespace",
    "container_label_io_kubernetes_pod_namespace",
)
POD_LABELS = (
    "pod",
    "kubernetes_pod_name",
    "pod_name",
    "k8s_pod_name",
    "podname",
    "k8s_pod",
    "k8s.pod.name",
    "kubernetes_pod",
    "io_kubernetes_pod_name",
    "container_label_io_kubernetes_pod_name",
)
CONTAINER_LABELS = (
    "container",
    "kubernetes_container_name",
    "container_name",
    "k8s_container_name",
    "k8s_container",
    "k8s.container.name",
    "io_kubernetes_container_name",
    "container_label_io_kubernetes_container_name",
)
KIND_AND_NAME = (
    ("kind", "name"),
    ("object_kind", "object_name"),
    ("k8s_object_kind", "k8s_object_name"),
    ("k8s.object.kind", "k8s.object.name"),
    ("involvedObject_kind", "involvedObject_name"),
    ("involved_object_kind", "involved_object_name"),
    ("regarding_kind", "regarding_name"),
    ("event_kind", "event_name"),
    ("resource_kind", "resource_name"),
    ("owner_kind", "owner_name"),
    ("created_by_kind", "created_by_name"),
)
"""How exporters of events label the object of an event: its kind, then its name."""
OBJECT_PATH = re.compile(
    r"(?P<kind>[A-Za-z]{2,60})(?:\.[a-z0-9.]{1,60})?/(?:(?P<namespace>[a-z0-9-]{1,63})/)?(?P<name>[^/]{1,253})\Z"
)
"""How `object`, in other exporters, holds both: `pod/name`."""
PREFIXES = (
    "__meta_",
    "resource_labels_",
    "resource_attributes_",
    "resource_",
    "attributes_",
    "attrs_",
    "fields_",
    "json_",
)
"""What collectors put before the names of labels that they took from somewhere."""
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
        "systemd",
        "init",
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


@dataclass(frozen=True, slots=True)
class Affected:
    """What an event is about; None where nobody says so."""

    app: str | None = None
    namespace: str | None = None
    pod: str | None = None
    container: str | None = None


def speakers(labels: Mapping[str, str]) -> list[str]:
    """The names that labels give whoever wrote a line."""
    return [labels[n] for n in (*APP_LABELS, "job", "container", "source") if labels.get(n)]


def from_labels(labels: Mapping[str, str]) -> Affected:
    """What labels alone say, whatever their collector puts before a name and between its words."""
    labels = _plain(labels)
    job_namespace, _, job = labels.get("job", "").rpartition("/")
    namespace = _first(labels, NAMESPACE_LABELS, LABEL) or valid(job_namespace, LABEL)
    pod = _first(labels, POD_LABELS, NAME)
    container = _first(labels, CONTAINER_LABELS, LABEL)
    app = app_name(_first(labels, APP_LABELS, NAME)) or _scaled(_first(labels, WORKLOAD_LABELS, NAME))
    app = app or _owner_label(labels)
    if app is None and pod is None:
        named = labelled_object(labels)
        namespace, pod, app = (namespace or named[0], named[1], named[2]) if named else (namespace, None, None)
    if app is None and pod and labels.get("kind") and "name" not in labels:
        app = by_kind(labels["kind"], pod, namespace)[2]  # a description of which only the name was told
    app = app or (_workload_of(pod, namespace) if pod else None) or _loose(labels)
    if app is None and container and container not in GENERIC_CONTAINERS | NO_APP:
        app = container
    return Affected(app or app_name(valid(job, NAME)), namespace, pod, container)


def _plain(labels: Mapping[str, str]) -> Mapping[str, str]:
    """With the names that Prometheus would have, besides the given ones: `resource.labels.pod_name` is `pod_name`."""
    if not any("." in name or name.startswith(PREFIXES) for name in labels):
        return labels
    plain = {name.replace(".", "_").replace("/", "_"): value for name, value in labels.items()}
    before = {name: next((one for one in PREFIXES if name.startswith(one)), "") for name in plain}
    return {**{name.removeprefix(before[name]): value for name, value in plain.items()}, **labels}


def labelled_object(labels: Mapping[str, str]) -> Parts | None:
    """What the labels name by kind, as those of an event do; None where they name no object so."""
    namespace = _first(labels, NAMESPACE_LABELS, LABEL)
    for kind, name in KIND_AND_NAME:
        if labels.get(kind, "")[:1].isalpha() and labels.get(name):
            return by_kind(labels[kind], labels[name], namespace)
    found = OBJECT_PATH.match(labels.get("object", ""))
    return by_kind(found["kind"], found["name"], namespace or found["namespace"]) if found else None


def _workload_of(pod: str, namespace: str | None) -> str | None:
    """In `kube-system`, what is called etcd runs on a control plane's node, and bears the node's name."""
    return "etcd" if namespace == "kube-system" and pod.startswith("etcd-") else workload(pod)


def _scaled(name: str | None) -> str | None:
    return scaled(name) if name else None


def _loose(labels: Mapping[str, str]) -> str | None:
    loose = _first(labels, LOOSE_LABELS, NAME)
    return app_name(UNIT.sub("", loose)) if loose else None


def _owner_label(labels: Mapping[str, str]) -> str | None:
    run = _first(labels, ("workflows_argoproj_io_workflow", "workflow"), NAME)
    if run and workload(run) != run:  # a run's name ends at random; other tools call other things workflows
        return workload(run)
    replicaset, job, claim = (_first(labels, (name,), NAME) for name in OWNED_LABELS)
    if replicaset:
        return replicaset.rpartition("-")[0] or replicaset
    if job:
        return job_run(job)
    return claimant(claim) if claim else None


def _first(labels: Mapping[str, str], names: tuple[str, ...], form: re.Pattern[str]) -> str | None:
    found = (v for v in (valid(labels.get(n, ""), form) for n in names) if v)
    return next((v for v in found if v not in NO_APP or (form is LABEL and v == "default")), None)


def valid(value: str, form: re.Pattern[str]) -> str | None:
    """The value where it has the form."""
    return value if value and form.match(value) else None


def app_name(name: str | None) -> str | None:
    """The name where it can be an app's."""
    return None if name is None or name in NO_APP or name.startswith("unknown_service") or is_reporter(name) else name
