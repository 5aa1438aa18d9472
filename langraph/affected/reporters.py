"""Streams that speak about others, and whom controllers, operators and proxies name in their lines. Pure."""

import re

from langraph.affected.owners import NAME, Parts, by_kind, workload

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
CONTROLLER = re.compile(
    r"(?:^|-)(?:controller|operator|controller-manager|autoscaler|provisioner|attacher|scheduler)$"
    r"|^(?:karpenter|cert-manager|external-secrets|external-dns|istiod|ingress-nginx|nginx-ingress|argo-?rollouts|keda|flux|traefik|cilium|cilium-agent)$"
)
PROXY = re.compile(r"^(?:istio-proxy|linkerd-proxy|envoy|envoy-gateway|istio-ingressgateway|istio-egressgateway)$")

_N = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_NS = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_Q = r"""\\{0,3}["']?"""
_KIND = (
    r"Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Rollout|HorizontalPodAutoscaler|Service|Ingress"
    r"|PersistentVolumeClaim"
)
_PATH = re.compile(rf"\b(?P<kind>{_KIND})/(?P<namespace>{_NS})/(?P<name>{_N})(?=[\s:,;\])\"'\\]|$)")
"""Flux prints what it waits for as `Deployment/namespace/name`."""
_SLASH = re.compile(
    rf"(?<![\w/])(?P<kind>[Pp]ods?|{_KIND}|service|ingress|deployment|statefulset|daemonset|job|key){_Q}\s?[:= ]\s?{_Q}"
    rf"(?P<namespace>{_NS})/(?P<name>{_N})(?=[\s:,;\])\"'\\]|$)"
)
"""How ingress controllers, autoscalers and operators name an object: kind, then `namespace/name`."""
_BLOCK = re.compile(
    rf"{_Q}(?P<kind>[A-Z][A-Za-z]{{2,60}}|pod){_Q}\s?:\s?\{{{_Q}name{_Q}\s?:\s?{_Q}(?P<name>{_N}){_Q}\s?,\s?"
    rf"{_Q}namespace{_Q}\s?:\s?{_Q}(?P<namespace>{_NS}){_Q}\}}"
)
_BLOCK_TURNED = re.compile(
    rf"{_Q}(?P<kind>[A-Z][A-Za-z]{{2,60}}|pod){_Q}\s?:\s?\{{{_Q}namespace{_Q}\s?:\s?{_Q}(?P<namespace>{_NS}){_Q}\s?,\s?"
    rf"{_Q}name{_Q}\s?:\s?{_Q}(?P<name>{_N}){_Q}\}}"
)
_SERVICE = re.compile(rf"\bnamespace=(?P<namespace>{_NS})\s.{{0,200}}?\b(?P<kind>service)Name={_Q}(?P<name>{_N})")
_SERVICE_TURNED = re.compile(
    rf"\b(?P<kind>service)Name={_Q}(?P<name>{_N}){_Q}\s.{{0,200}}?\b(?:k8sN|n)amespace={_Q}(?P<namespace>{_NS})"
)
"""Traefik and Cilium name the service in fields of their own."""
_RECONCILED = re.compile(
    rf"\bcontroller(?:Kind)?{_Q}\s?[:=]\s?{_Q}(?P<kind>[A-Za-z]{{2,60}}){_Q}.{{0,200}}?"
    rf"[,\s{{]{_Q}name{_Q}\s?[:=]\s?{_Q}(?P<name>{_N}){_Q}\s?,?\s?{_Q}namespace{_Q}\s?[:=]\s?{_Q}(?P<namespace>{_NS}){_Q}"
)
"""How controller-runtime names what a controller reconciles; the three are its newer and its older way."""
_DESTINATION = re.compile(
    rf"\bdest-namespace=(?P<namespace>{_NS})\s.{{0,400}}?\b(?P<kind>{_KIND})\s{_Q}(?P<name>{_N}){_Q}"
)
"""Argo CD: the namespace that an application is put in, and the object that is unwell."""
_CLUSTER = re.compile(rf"\boutbound\|\d{{1,5}}\|[\w.-]{{0,63}}\|(?P<name>{_NS})\.(?P<namespace>{_NS})\.svc\b")
"""Istio's name of the service that a proxy sends to."""
_UNSERVED = re.compile(r" 503 (?:\w{1,6},)?(?:UH|NC)\b|no_healthy_upstream|cluster_not_found")
_SCALED = re.compile(
    rf"scaledObject\.Namespace{_Q}\s?[:=]\s?{_Q}(?P<namespace>{_NS}){_Q}\s?,\s?{_Q}scaled(?P<kind>Object)\.Name{_Q}\s?[:=]\s?"
    rf"{_Q}(?P<name>{_N}){_Q}"
)
"""KEDA: what it scales, usually called as the workload is."""
_MAY_NOT = re.compile(r"forbidden: User \\{0,3}\"system:serviceaccount:|urn:ietf:params:acme:error:rateLimited")
"""The controller's own account may not, or its own account with a provider has asked too often."""
_OWN_TROUBLE = re.compile(
    r"(?i)dial tcp|\blookup \S+ on\b|connection (?:refused|reset)|x509|deadline exceeded|forbidden: User|Unauthorized"
)
"""A controller that cannot reach or may not ask the API has a fault of its own, whatever it was working on."""
_STARTED = re.compile(
    r"\bsystemd\[1\]: (?:Failed to start |Starting |Started )?(?P<app>[a-z][\w.-]{0,100})(?:@[\w.:-]{1,60})?\.service\b"
)
"""What systemd speaks of."""
_NOBODY: Parts = (None, None, None)


def is_reporter(name: str) -> bool:
    """Whether a stream of this name speaks about others only."""
    name = name.lower().replace("_", "-")
    return name in REPORTERS or name.rpartition("/")[2] in REPORTERS


def own_fault(speakers: list[str], text: str) -> str | None:
    """The control plane component that speaks of itself, for its line is about no object; None for other lines."""
    own = next((name for name in speakers if name in CONTROL_PLANE), None)
    return own if own and ABOUT_OBJECT.search(text) is None else None


def subject(speakers: list[str], text: str) -> Parts:
    """(namespace, pod, owner) of the object that a controller or a proxy names; nothing for any other stream.

    The object may be of a kind that is no workload's: then its namespace is known, and no owner.
    """
    names = [workload(name) or name for name in speakers]
    if any(PROXY.match(name) for name in names) and _UNSERVED.search(text):
        cluster = _CLUSTER.search(text)
        return (cluster["namespace"], None, cluster["name"]) if cluster else _NOBODY
    if not any(CONTROLLER.search(name) for name in names) or _MAY_NOT.search(text):
        return _NOBODY
    scaled = _SCALED.search(text)
    if scaled:
        return scaled["namespace"], None, scaled["name"]
    for form in (_PATH, _SLASH, _DESTINATION, _SERVICE, _SERVICE_TURNED, _BLOCK, _BLOCK_TURNED, _RECONCILED):
        found = form.search(text)
        if found is None or not NAME.match(found["name"]):
            continue
        parts = by_kind("pod" if found["kind"] == "key" else found["kind"], found["name"], found["namespace"])
        return _NOBODY if parts[1:] == (None, None) and _OWN_TROUBLE.search(text) else parts
    return _NOBODY


def host_service(text: str) -> str | None:
    """The service outside Kubernetes of which systemd speaks."""
    found = _STARTED.search(text)
    return found["app"] if found and NAME.match(found["app"]) else None
