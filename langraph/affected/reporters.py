"""Streams that speak about others only: events, the kubelet, the kernel, the control plane. Pure."""

import re

from langraph.affected.owners import NAME

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
        "k3s",
        "k3s-agent",
        "rke2-server",
        "rke2-agent",
        "snap.microk8s.daemon-kubelite",
        "cri-o",
        "loki.source.kubernetes-events",
        "kubernetes-nodes",
        "kubernetes-cadvisor",
        "kubernetes-nodes-cadvisor",
        "kubernetes-service-endpoints",
    ]
)
"""Streams and jobs that speak about other workloads; their own labels say who speaks, not who fails."""
REPORTER_FORM = re.compile(
    r"^(?:(?:node|host|kernel|system|systemd|os|vm|worker|server|machine|bare-?metal|linux|kube|k8s|cluster)s?[-./])?"
    r"(?:syslog|journal|journald|kmsg|dmesg|kern|kern[.-]log|kernel-logs?)$"
    r"|^(?:node|host|kernel|kern|system|system[ds]?-journal|journald?|syslog|dmesg|kmsg|kubelet|dockerd?|containerd)-"
    r"(?:logs?|messages|journal|journald|syslog|events?)$"
    r"|^(?:(?:kube(?:rnetes|ctl)?|k8s|k3s|cluster|openshift|eks|gke|aks|docker|swarm|podman)-)events?(?:-|$)"
    r"|^loki\.source\.(?:journal|syslog|kubernetes-events)(?:\.|$)"
    r"|^events-(?:exporter|router|collector|logger|watcher|forwarder|recorder|shipper|tailer|printer|archiver|logs?)$"
    r"|^event-?(?:exporter|router|logger|tailer)$"
    r"|^(?:alerts?|alert-?manager)-(?:webhook-)?(?:logger|logs?|printer|recorder|archiver|dumper|tailer|watcher|forwarder|relay)$"
    r"|^(?:deployment|replicaset|statefulset|daemonset|daemon-set|job|cronjob|node|node-lifecycle|taint-eviction|disruption"
    r"|persistentvolume|attachdetach|endpoint|endpointslice|garbage-collector|resourcequota|replication)-controller$"
    r"|^(?:horizontal-pod-autoscaler|default-scheduler)$"
)
"""What people call a stream of the host's log, of the cluster's or Docker's events, of Alertmanager's messages; and
Kubernetes' own controllers, which events name as their source.

`event-collector`, `event-watcher` and the like are left out: businesses have events, too.
"""
OF_HOSTS = re.compile(r"[-./](?:syslog|journal|journald|kmsg|dmesg|kern)$")
"""The same with a place before it, which only a job may have that no app, pod or namespace stands beside."""
CARRIER = re.compile(
    r"(?:^|[-./])(?:syslog|journal|journald)$|^(?:docker|containerd|podman)(?:-logs?)?$|^loki\.source\.(?:journal|syslog)\b"
)
"""Jobs that only say which way a line came: who wrote it is in the other labels, where they say so."""
CONTROL_PLANE = frozenset({"kube-apiserver", "apiserver", "kube-scheduler", "kube-controller-manager"})
"""Reporters that are workloads themselves: a line that is about no object is about them."""
ABOUT_OBJECT = re.compile(r"\b(?:nodes?|pods?|object|kind|involvedObject|replicaset|volume)\b", re.IGNORECASE)
_STARTED = re.compile(
    r"\bsystemd\[1\]: (?:Failed to start |Starting |Started )?(?P<app>[a-z][\w.-]{0,100})(?:@[\w.:-]{1,60})?\.service\b"
)
"""What systemd speaks of."""


def is_reporter(name: str) -> bool:
    """Whether a stream of this name speaks about others only."""
    name = name.lower().replace("_", "-")
    short = name.rpartition("/")[2]
    return name in REPORTERS or short in REPORTERS or REPORTER_FORM.search(short) is not None


def own_fault(speakers: list[str], text: str) -> str | None:
    """The control plane component that speaks of itself, for its line is about no object; None for other lines."""
    own = next((name for name in speakers if name in CONTROL_PLANE), None)
    return own if own and ABOUT_OBJECT.search(text) is None else None


def host_service(text: str) -> str | None:
    """The service outside Kubernetes of which systemd speaks."""
    found = _STARTED.search(text)
    return found["app"] if found and NAME.match(found["app"]) else None
