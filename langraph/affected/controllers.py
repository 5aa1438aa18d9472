"""Whom controllers, operators, proxies and tools of delivery name in their lines: what they work on. Pure."""

import re
from collections.abc import Sequence

from langraph.affected.custom_workloads import ELASTIC, FLINK, KNATIVE, PLAIN_WORDS, RECONCILIATION, SAID_CUSTOM
from langraph.affected.flows import denied_flow
from langraph.affected.kubectl_output import labels_of_description
from langraph.affected.labels import NAME, valid
from langraph.affected.objects import (
    BLOCK,
    BLOCK_TURNED,
    ENDED_JOB,
    KIND_OBJECT,
    KIND_WORDS,
    NAME_NOT_READY,
    NOBODY,
    NOT_READY,
    NS,
    PATH,
    REFERENCE,
    RELEASE,
    STATUS_NOT_READY,
    SYNCED_KIND,
    TABLE,
    N,
    Q,
    event_object,
)
from langraph.affected.owners import Parts, by_kind, workload

CONTROLLER = re.compile(
    r"(?:^|-)(?:controller|operator|controller-manager|autoscaler|provisioner|attacher|resizer|scheduler)$"
    r"|^(?:karpenter|cert-manager|external-secrets|external-dns|istiod|ingress-nginx|nginx-ingress|argo-?rollouts|keda|cloudnative-pg|cnpg|strimzi|flux|traefik|cilium|cilium-agent)$"
)
PROXY = re.compile(r"^(?:istio-proxy|linkerd-proxy|envoy|envoy-gateway|istio-ingressgateway|istio-egressgateway)$")
HAPROXY = re.compile(r"(?:^|-)haproxy(?:-|$)|^kubernetes-ingress(?:-|$)")
USUAL_PORTS = frozenset({"http", "https", "web", "grpc", "tcp", "h2c", "http-web", "http2"})
"""What a plain HAProxy's third part must be: people name backends with underscores, too."""
DEPLOYER = re.compile(
    r"(?:^|-)(?:runner|deployer|deploy|jenkins|helm|helmfile|kubectl|tekton|spinnaker|drone|concourse|atlantis"
    r"|skaffold|pipeline|pipelines|ci|cd|github-actions|buildkite|teamcity|woodpecker|argocd|flux)(?:-|$)"
)
"""What runs kubectl and Helm for others."""

_SLASH = re.compile(
    rf"(?<![\w/])(?P<kind>[Pp]ods?|{KIND_WORDS}|service|ingress|deployment|statefulset|daemonset|job|key|PVC|pvc|claim)"
    rf"{Q}\s?[:= ]\s?{Q}(?P<namespace>{NS})/(?P<name>{N})(?=[\s:,;\])\"'\\]|$)"
)
"""How ingress controllers, autoscalers and operators name an object: kind, then `namespace/name`."""
_SERVICE = re.compile(rf"\bnamespace=(?P<namespace>{NS})\s.{{0,200}}?\b(?P<kind>service)Name={Q}(?P<name>{N})")
_SERVICE_TURNED = re.compile(
    rf"\b(?P<kind>service)Name={Q}(?P<name>{N}){Q}\s.{{0,200}}?\b(?:k8sN|n)amespace={Q}(?P<namespace>{NS})"
)
"""Traefik and Cilium name the service in fields of their own."""
_RECONCILED = re.compile(
    rf"\bcontroller(?:Kind)?{Q}\s?[:=]\s?{Q}(?P<kind>[A-Za-z]{{2,60}}){Q}.{{0,200}}?"
    rf"[,\s{{]{Q}name{Q}\s?[:=]\s?{Q}(?P<name>{N}){Q}\s?,?\s?{Q}namespace{Q}\s?[:=]\s?{Q}(?P<namespace>{NS}){Q}"
)
"""How controller-runtime names what a controller reconciles; the three are its newer and its older way."""
_DESTINATION = re.compile(
    rf"\bdest-namespace=(?P<namespace>{NS})\s.{{0,400}}?\b(?P<kind>{KIND_WORDS})\s{Q}(?P<name>{N}){Q}"
)
"""Argo CD: the namespace that an application is put in, and the object that is unwell."""
NOMAD = re.compile(r"^nomad(?:-(?:client|agent|server)s?)?$")
"""What runs tasks for others; it names them in a field."""
_CLUSTER = re.compile(rf"\boutbound\|\d{{1,5}}\|[\w.-]{{0,63}}\|(?P<name>{NS})\.(?P<namespace>{NS})\.svc\b")
"""Istio's name of the service that a proxy sends to."""
_UNSERVED = re.compile(r" 503 (?:\w{1,6},)?(?:UH|NC)\b|no_healthy_upstream|cluster_not_found")
_SCALED_NAME = re.compile(rf"(?i:\bscaled(?:object|job)\.name){Q}\s?[:=]\s?{Q}(?P<name>{N}){Q}")
_SCALED_NAMESPACE = re.compile(rf"(?i:\bscaled(?:object|job)\.namespace){Q}\s?[:=]\s?{Q}(?P<name>{NS}){Q}")
_SCALED_TYPE = re.compile(rf"\btype{Q}\s?[:=]\s?{Q}Scaled(?:Object|Job)\b")
"""KEDA: what it scales, usually called as the workload is."""
_BACKEND = re.compile(
    rf"(?<![\w.-])(?P<namespace>(?!(?:be|bk|back|backend|fe|front|srv|app|http|https|tcp|web)_){NS})_(?P<name>{N})"
    r"_(?:\d{1,5}|(?P<port>(?!back)[a-z][a-z0-9-]{0,14}))(?=['/\s]|$)"
)
"""HAProxy's ingress controllers call a backend `namespace_service_port`; no name in Kubernetes has an underscore."""
_ROLLOUT = re.compile(
    rf"\bWaiting for (?P<kind>deployment|daemon set|statefulset|stateful set) {Q}(?P<name>{N}){Q} rollout to finish"
    rf"|\berror: (?P<kind2>deployment|daemon set|statefulset) {Q}(?P<name2>{N}){Q} exceeded its progress deadline"
    r"|\b(?P<kind3>deployments?|statefulsets?|daemonsets?|jobs?|cronjobs?)(?:\.[a-z0-9.]{1,60})?"
    rf" {Q}(?P<name3>{N}){Q} is (?:invalid|forbidden: exceeded quota)"
)
"""What `kubectl rollout status` and `kubectl apply` print."""
SOURCES = frozenset(
    {
        "gitrepository",
        "ocirepository",
        "helmrepository",
        "helmchart",
        "bucket",
        "imagerepository",
        "imageupdateautomation",
        "externalartifact",
    }
)
"""What Flux fetches: the controller that may not fetch it has the fault, for no app is named by where it lies."""
_MAY_NOT = re.compile(r"forbidden: User \\{0,3}\"system:serviceaccount:|urn:ietf:params:acme:error:rateLimited")
"""The controller's own account may not, or its own account with a provider has asked too often."""
_OWN_TROUBLE = re.compile(
    r"(?i)dial tcp|\blookup \S+ on\b|connection (?:refused|reset)|x509|deadline exceeded|forbidden: User|Unauthorized"
    r"|rate limiter|would exceed context deadline"
)
"""A controller that cannot reach or may not ask the API has a fault of its own, whatever it was working on."""
_FORMS = (
    RECONCILIATION,
    FLINK,
    PATH,
    _SLASH,
    SYNCED_KIND,
    _DESTINATION,
    _SERVICE,
    _SERVICE_TURNED,
    BLOCK,
    BLOCK_TURNED,
    _RECONCILED,
    SAID_CUSTOM,
)


def subject(speakers: Sequence[str], text: str) -> Parts:
    """(namespace, pod, owner) of the object that a controller or a proxy names; nothing for any other stream.

    The object may be of a kind that is no workload's: then its namespace is known, and no owner.
    """
    names = [workload(name) or name for name in speakers]
    backend = _backend(names, text)
    if backend != NOBODY:
        return backend
    if any(PROXY.match(name) for name in names) and _UNSERVED.search(text):
        cluster = _CLUSTER.search(text)
        return (cluster["namespace"], None, cluster["name"]) if cluster else NOBODY
    deployed = _deployed(text) if any(DEPLOYER.search(name) for name in names) else NOBODY
    if deployed != NOBODY:
        return deployed
    if any(NOMAD.match(name) for name in names):
        return None, None, _field("task", text)
    if not any(CONTROLLER.search(name) for name in names) or _MAY_NOT.search(text):
        return NOBODY
    return _worked_on(text)


def _backend(names: Sequence[str], text: str) -> Parts:
    """The service that an ingress controller's backend is made of."""
    proxies = [name for name in names if HAPROXY.search(name)]
    found = _BACKEND.search(text) if proxies else None
    if found is None:
        return NOBODY
    is_told = found["port"] is None or found["port"] in USUAL_PORTS or any(name != "haproxy" for name in proxies)
    return (found["namespace"], None, found["name"]) if is_told else NOBODY


def _worked_on(text: str) -> Parts:
    """What a controller works on."""
    flow = denied_flow(text)
    if flow != NOBODY:
        return flow
    told = _in_fields(text)
    if told != NOBODY:
        return told
    if REFERENCE.search(text):
        return event_object(text)
    logged = KIND_OBJECT.search(text)
    if logged and logged["namespace"]:
        return by_kind(logged["kind"], logged["name"], logged["namespace"])
    for form in _FORMS:
        found = form.search(text)
        if found is None or not NAME.match(found["name"]):
            continue
        if found["kind"].lower() in SOURCES:
            return NOBODY
        if found["kind"].lower() in PLAIN_WORDS and _OWN_TROUBLE.search(text):
            return NOBODY
        parts = by_kind("pod" if found["kind"] == "key" else found["kind"], found["name"], found["namespace"])
        return NOBODY if parts[1:] == (None, None) and _OWN_TROUBLE.search(text) else parts
    released = RELEASE.search(text)
    if released:
        return released["namespace"], None, released["name"]
    row = TABLE.search(text) if "Normal" in text or "Warning" in text else None
    if row:
        return by_kind(row["kind"], row["name"], labels_of_description(text).get("namespace"))
    application = _field("application", text)
    if application and not _OWN_TROUBLE.search(text):
        return _field("dest-namespace", text), None, application.rpartition("/")[2]
    return NOBODY


def _in_fields(text: str) -> Parts:
    """What KEDA, Argo Rollouts and Workflows, and Traefik name in fields of their own."""
    name, namespace = _SCALED_NAME.search(text), _SCALED_NAMESPACE.search(text)
    if name and namespace:
        return namespace["name"], None, name["name"]
    if _SCALED_TYPE.search(text):
        return _field("namespace", text), None, _field("name", text)
    rollout = _field("rollout", text)
    if rollout:
        return _field("namespace", text), None, rollout.rpartition("/")[2]
    run = _field("workflow", text)
    if run:
        return _field("namespace", text), None, workload(run)
    served = KNATIVE.search(text)
    if served:
        return by_kind(served["kind"], served["name"], served["namespace"])
    cluster = _field("cluster-name", text)  # of Zalando's operator for PostgreSQL
    if cluster and "/" in cluster:
        return cluster.partition("/")[0], None, cluster.partition("/")[2]
    search = ELASTIC.search(text)
    if search:
        return search["namespace"], None, search["name"]
    ingress, space = _field("ingress", text), _field("namespace", text)
    return (space, None, _field("serviceName", text) or ingress) if ingress and space else NOBODY


def _deployed(text: str) -> Parts:
    """What kubectl or Helm wait for in vain."""
    rollout = _ROLLOUT.search(text)
    if rollout:
        kind, name = (next(v for v in rollout.group(*keys) if v) for keys in (_KINDS_OF, _NAMES_OF))
        return by_kind(kind, name, None)
    found = (form.search(text) for form in (NOT_READY, STATUS_NOT_READY, NAME_NOT_READY, ENDED_JOB))
    waiting = next((one for one in found if one), None)
    if waiting is None:
        return NOBODY
    release = RELEASE.search(text)
    namespace = waiting.groupdict().get("namespace") or (release["namespace"] if release else None)
    return by_kind(waiting["kind"], waiting["name"], namespace)


_KINDS_OF = ("kind", "kind2", "kind3")
_NAMES_OF = ("name", "name2", "name3")


def _field(name: str, text: str) -> str | None:
    """What a field holds, in logfmt and in JSON."""
    found = re.search(rf"(?:^|[\s,{{\\\"']){name}{Q}\s?[:=]\s?{Q}(?P<value>{N}(?:/{N})?){Q}(?=[\s,}}\]]|$)", text)
    return found["value"] if found and valid(found["value"].rpartition("/")[2], NAME) else None
