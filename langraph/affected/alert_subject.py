"""Whom an alert concerns: its labels name the object, or only the exporter that told Prometheus of it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from langraph.affected.finding import (
    NAME,
    NAMESPACE_LABELS,
    OWNED_LABELS,
    WORKLOAD_LABELS,
    Affected,
    app_name,
    from_labels,
    speakers,
    valid,
)
from langraph.affected.owners import workload
from langraph.affected.reporters import is_reporter

OBJECT_LABELS = frozenset({*NAMESPACE_LABELS, *WORKLOAD_LABELS, *OWNED_LABELS, "ingress", "pod", "container"})
EXPORTERS_OWN = frozenset({"pod", "container", "service", "job", "instance", "namespace", "endpoint"})
"""What Prometheus adds of the scraped exporter; where it had to rename the object's, these are the exporter's."""

EXPORTER = re.compile(r"(?:^|[-/])(?:exporter|state-metrics|blackbox)$|-exporter-")
"""Scrape jobs whose series are about something else than the exporter."""
ABOUT_TARGET = re.compile(r"Target(?:s?Missing|Down)|^(?:KubeStateMetrics|NodeExporter|BlackboxExporter)[A-Z]")
"""Alerts about the scraped exporter itself."""
OF_CLUSTER = re.compile(r"Kube(?:CPU|Mem(?:ory)?)(?:Quota)?Overcommit|KubeVersionMismatch|KubeletTooManyPods")
"""Alerts about the cluster as a whole, whoever evaluates them."""
OF_OBJECT = re.compile(
    r"Kube(?:Pod|Container|Deployment|StatefulSet|DaemonSet|Job|CronJob|Hpa)|CPUThrottling|Container|Pod"
)
"""Alerts whose labels name the object, even one called like an exporter."""
OF_MANY = re.compile(r"(?:^|[-/])(?:node|kube-state-metrics|blackbox|snmp|cadvisor|windows|event)(?:-|$)")
SERVICE_OF_METRICS = re.compile(r"-(?:metrics|monitoring|headless)$")
OBJECTS_OF_OTHERS = (
    ("destination_workload", "destination_workload_namespace"),
    ("destination_service_name", "destination_service_namespace"),
    ("destination_app", "destination_workload_namespace"),
)
"""How Istio's metrics name who was called."""
HOST_JOBS = frozenset({"node", "nodes", "host", "hosts", "windows"})
"""Usual names of the job that scrapes the exporters on the nodes."""


def affected_by_alert(labels: Mapping[str, str]) -> Affected:
    """Whom an alert concerns. Its annotations are prose and name nobody.

    Prometheus keeps the scraped object's labels as `exported_*`, or, with `honorLabels`, as they are: then `pod`
    is the object's, unless it is the exporter's own.
    """
    renamed = {k[9:]: v for k, v in labels.items() if k.startswith("exported_")}
    if renamed:
        if "job" in renamed:  # kube-state-metrics once called the name of a Job so
            renamed["job_name"] = renamed.pop("job")
        kept = {k: v for k, v in labels.items() if k in OBJECT_LABELS - EXPORTERS_OWN}
        return from_labels({**kept, **renamed})
    name = labels.get("alertname", "")
    if name.startswith("CoreDNS") and labels.get("job") == "kube-dns":
        return replace(from_labels(labels), app="coredns")
    if OF_CLUSTER.match(name) and not OBJECT_LABELS & labels.keys():
        return Affected()
    told = _told_elsewhere(name, labels)
    if told is not None:
        return told
    if name.startswith("KubeEndpoint") and "endpoint" in labels and "service" not in labels:
        labels = {**labels, "service": labels["endpoint"]}
    if "job" not in labels and OF_OBJECT.match(name) and not is_reporter(labels.get("container", "")):
        return from_labels(labels)
    exporters = [name for name in speakers(labels) if is_reporter(name) or _is_exporter(name)]
    if labels.get("job") in HOST_JOBS:
        exporters.append("node-exporter")
    if not exporters:
        return from_labels(_of_target(labels))
    objects = {k: v for k, v in labels.items() if k in OBJECT_LABELS}
    own = workload(labels.get("pod", "")) or ""
    if any(own.endswith(name.rpartition("/")[2].replace("_", "-")) for name in exporters) or _is_exporters(labels):
        # With `honorLabels` the object's own names stay, and only what it has not is the exporter's.
        objects = {k: v for k, v in objects.items() if k not in {"pod", "container"}}
        named = from_labels(objects)
        return named if named.app else Affected()
    found = from_labels(objects)
    if found.app is None and ABOUT_TARGET.search(labels.get("alertname", "")):
        return Affected(valid(labels.get("job", "").rpartition("/")[2], NAME), found.namespace)
    if found.app is None and not _is_of_many(exporters):
        return replace(found, app=_exported_service(labels))
    return found


def _told_elsewhere(name: str, labels: Mapping[str, str]) -> Affected | None:
    """What a mesh, a storage system or a delivery tool says, which name the object in labels of their own."""
    for app, namespace in OBJECTS_OF_OTHERS:
        if labels.get(app):
            return from_labels({"app": labels[app], "namespace": labels.get(namespace, "")})
    if labels.get("pvc"):
        claim = {"persistentvolumeclaim": labels["pvc"]}
        return from_labels({**claim, "namespace": labels.get("pvc_namespace") or labels.get("namespace", "")})
    is_delivery = name.startswith("Argo") or labels.get("kind") in ("HelmRelease", "Kustomization")
    if is_delivery and labels.get("name"):
        namespace = labels.get("dest_namespace") or labels.get("exported_namespace") or labels.get("namespace", "")
        return from_labels({"app": labels["name"], "namespace": namespace})
    return None


def _is_of_many(exporters: Sequence[str]) -> bool:
    """Whether an exporter speaks of a cluster or of nodes, not of the one program that it stands beside."""
    return any(is_reporter(name) or OF_MANY.search(name.replace("_", "-")) for name in exporters)


def _exported_service(labels: Mapping[str, str]) -> str | None:
    """The program that an exporter stands beside: the scraped service bears its name, often with a word behind it."""
    service = SERVICE_OF_METRICS.sub("", labels.get("service", ""))
    return None if _is_exporter(service) else app_name(valid(service, NAME))


def _of_target(labels: Mapping[str, str]) -> Mapping[str, str]:
    """The labels of an alert about a scraped target: its job bears the app's name, its service often one of a port."""
    job = labels.get("job", "")
    if not job or "service" not in labels or not ABOUT_TARGET.search(labels.get("alertname", "")):
        return labels
    return {k: v for k, v in labels.items() if k != "service"}


def _is_exporters(labels: Mapping[str, str]) -> bool:
    """Whether the `container` and `pod` of an alert are those of kube-state-metrics, however its pod is called."""
    container = labels.get("container", "")
    return is_reporter(container) or _is_exporter(container)


def _is_exporter(name: str) -> bool:
    return EXPORTER.search(name.replace("_", "-")) is not None
