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
    return name in REPORTERS or name.rpartition("/")[2] in REPORTERS


def own_fault(speakers: list[str], text: str) -> str | None:
    """The control plane component that speaks of itself, for its line is about no object; None for other lines."""
    own = next((name for name in speakers if name in CONTROL_PLANE), None)
    return own if own and ABOUT_OBJECT.search(text) is None else None


def host_service(text: str) -> str | None:
    """The service outside Kubernetes of which systemd speaks."""
    found = _STARTED.search(text)
    return found["app"] if found and NAME.match(found["app"]) else None
