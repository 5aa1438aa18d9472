"""Whom an alert concerns: its labels name the object, or only the exporter that told Prometheus of it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from langraph.affected.labels import (
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
from langraph.affected.reporters import CONTROL_PLANE, is_reporter

OBJECT_LABELS = frozenset({*NAMESPACE_LABELS, *WORKLOAD_LABELS, *OWNED_LABELS, "ingress", "pod", "container"})
EXPORTERS_OWN = frozenset({"pod", "container", "service", "job", "instance", "namespace", "endpoint"})
"""What Prometheus adds of the scraped exporter; where it had to rename the object's, these are the exporter's."""

EXPORTER = re.compile(r"(?:^|[-/])(?:exporter|state-metrics|blackbox)$|-exporter-")
"""Scrape jobs whose series are about something else than the exporter."""
EXPORTING = re.compile(r"exporter|metrics|monitor|prometheus|prob(?:e|ing)|blackbox|state")
ABOUT_TARGET = re.compile(r"Target(?:s?Missing|Down)|^(?:KubeStateMetrics|NodeExporter|BlackboxExporter)[A-Z]")
"""Alerts about the scraped exporter itself."""
OF_EXPORTER = re.compile(
    r"Blackbox(?:Exporter)?Config(?:uration)?Reload|Exporter(?:Is)?(?:Down|Missing|Absent|Error|Unavailable|ScrapeErrors?)"
    r"|Exporter(?:Last)?(?:Scrape|Config)|^KubeStateMetrics(?:List|Watch|Shard)|WindowsServerCollectorError|CadvisorDown"
)
"""Alerts whose fault is the exporter's own, by name: it does not run, or cannot read its own settings."""
KUBELET_GONE = re.compile(r"Kubelet(?:Is)?(?:Down|Missing|Absent|Unreachable)")
PROBER = re.compile(
    r"blackbox|prob(?:e|ing)|uptime|synthetic|(?:^|[-_/])(?:https?|icmp|ping|tcp|ssl|tls|websites?)(?:[-_/]|$)"
)
"""Jobs of what asks from outside; the address that it asks is its `instance`."""
OF_SERVICE = re.compile(r"Endpoint|Service(?:Has|Without|With|Is|No|Back)|NoBackend")
"""Alerts about a service, which then bears its label and not the exporter's."""
SERVICE_HOST = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://)?(?:[^@/\s]{1,100}@)?(?:(?P<pod>[a-z0-9-]{1,63})\.(?=[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}\.svc\b))?"
    r"(?P<name>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.(?P<namespace>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.svc(?:\.|:|/|$)"
)
"""The DNS name of a service, with or without its cluster, a scheme, a port, and the replica before it."""
PROBE = re.compile(r"probe/(?P<namespace>[a-z0-9-]{1,63})/(?P<name>[a-z0-9.-]{1,253})\Z")
"""The job that the Prometheus operator makes of a `Probe`."""
NAMED_HOST = re.compile(
    r"[a-z][a-z0-9+]{1,20}://(?:[^@/\s]{1,100}@)?(?P<name>[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::\d{1,5})?/?\d{0,3}\Z"
)
"""The short name of a service, where an exporter's setting gives it a scheme of its own: `redis://cart-redis:6379`."""
OF_NAMESPACE = frozenset({"resourcequota", "limitrange"})
"""Labels of objects that no workload owns, whose namespace is theirs and not the exporter's."""
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
        # Only what both have is renamed: a namespace that was not is the object's, where the object has one.
        exporters_own = EXPORTERS_OWN - ({"namespace"} if OWNED_LABELS[1] in renamed or "pod" in renamed else set())
        kept = {k: v for k, v in labels.items() if k in OBJECT_LABELS - exporters_own}
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
    exporters = [one for one in speakers(labels) if is_reporter(one) or _is_exporter(one)]
    if "://" in labels.get("instance", "") and PROBER.search(labels.get("job", "")):
        exporters.append(labels["job"])
    if labels.get("job") in HOST_JOBS:
        exporters.append("node-exporter")
    if not exporters:
        return from_labels(_of_target(labels))
    objects = {k: v for k, v in labels.items() if k in OBJECT_LABELS}
    if OF_EXPORTER.search(name):
        return _exporter_itself(labels, exporters)
    service = labels.get("service", "")
    if OF_SERVICE.search(name) and service and not _is_exporter(service):
        return from_labels({**objects, "service": service})
    own = workload(labels.get("pod", "")) or ""
    if any(own.endswith(one.rpartition("/")[2].replace("_", "-")) for one in exporters) or _is_exporters(labels):
        # With `honorLabels` the object's own names stay, and only what it has not is the exporter's.
        named = from_labels({k: v for k, v in objects.items() if k not in {"pod", "container"}})
        is_objects = named.app is not None or not OF_NAMESPACE.isdisjoint(labels)
        return _probed(labels, named if is_objects else Affected())
    found = from_labels(objects)
    if found.app is None and ABOUT_TARGET.search(labels.get("alertname", "")):
        return Affected(valid(labels.get("job", "").rpartition("/")[2], NAME), found.namespace)
    found = _probed(labels, found)
    if found.app is None and _names_component(name, labels):
        return replace(found, app=labels["job"])
    if found.app is None and not _is_of_many(exporters):
        return replace(found, app=_exported_service(labels))
    return found


def _names_component(alert: str, labels: Mapping[str, str]) -> bool:
    """Whether an alert is called after the part of Kubernetes that its job is: `KubeSchedulerDown`."""
    job = labels.get("job", "")
    word = job.removeprefix("kube-").replace("-", "")
    named = alert.lower()
    if job == "kubelet":
        return KUBELET_GONE.match(alert) is not None
    return job in CONTROL_PLANE and (word in named or (word == "apiserver" and "kubeapi" in named))


def _exporter_itself(labels: Mapping[str, str], exporters: Sequence[str]) -> Affected:
    known = from_labels({k: v for k, v in labels.items() if k in {*NAMESPACE_LABELS, "pod", "container"}})
    name = labels.get("job", "") or exporters[0]
    return known if known.app else replace(known, app=valid(name.rpartition("/")[2], NAME))


def _probed(labels: Mapping[str, str], found: Affected) -> Affected:
    """The service that an exporter asks, where no label names the object: its address is the `instance`."""
    if found.app is not None:
        return found
    for label in ("instance", "target", "server"):  # postgres_exporter names its database's address `server`
        address = labels.get(label, "").lower()
        host = SERVICE_HOST.match(address) or NAMED_HOST.match(address)
        if host and not _is_exporter(host["name"]) and host["name"] != "localhost":
            named = host.groupdict()
            name = workload(named.get("pod") or "") or SERVICE_OF_METRICS.sub("", host["name"])
            return Affected(name, named.get("namespace") or found.namespace)
    return found


def _told_elsewhere(name: str, labels: Mapping[str, str]) -> Affected | None:
    """What a mesh, a storage system or a delivery tool says, which name the object in labels of their own."""
    for app, namespace in OBJECTS_OF_OTHERS:
        if labels.get(app):
            return from_labels({"app": labels[app], "namespace": labels.get(namespace, "")})
    probe = PROBE.match(labels.get("job", ""))
    if probe:
        return from_labels({"app": probe["name"], "namespace": probe["namespace"]})
    if labels.get("pvc"):
        claim = {"persistentvolumeclaim": labels["pvc"]}
        return from_labels({**claim, "namespace": labels.get("pvc_namespace") or labels.get("namespace", "")})
    is_delivery = name.startswith("Argo") or "HelmRelease" in (labels.get("kind"), labels.get("customresource_kind"))
    is_delivery = is_delivery or labels.get("kind") == "Kustomization"
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
    return is_reporter(container) or (_is_exporter(container) and not _is_beside_its_program(labels))


def _is_beside_its_program(labels: Mapping[str, str]) -> bool:
    """Whether an exporter runs in the pod of what it tells of: nothing but its container is called after exporting."""
    names = [workload(labels.get("pod", "")) or "", labels.get("job", ""), labels.get("service", "")]
    is_of_many = OF_MANY.search(labels.get("container", "")) is not None
    return bool(names[0]) and not is_of_many and not any(EXPORTING.search(name) for name in names)


def _is_exporter(name: str) -> bool:
    return EXPORTER.search(name.replace("_", "-")) is not None
