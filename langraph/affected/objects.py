"""Kubernetes objects as a line names them: in events, in errors of controllers, in alerts' sentences. Pure."""

import json
import re
from collections.abc import Mapping

from langraph.affected.custom_workloads import CUSTOM_WORKLOADS, FLINK, RECONCILIATION, SAID_CUSTOM
from langraph.affected.labels import LABEL, NAME, valid
from langraph.affected.owners import Parts, by_kind, generated

Q = r"""\\{0,3}["']?"""
N = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
NS = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
KINDS = (
    r"pod|deployment|deploy|statefulset|sts|daemonset|ds|replicaset|rs|job|cronjob|horizontalpodautoscaler|hpa"
    r"|persistentvolumeclaim|pvc|service|svc|ingress|replicationcontroller|rc|poddisruptionbudget|pdb"
    r"|rollout|scaledobject|scaledjob|helmrelease|httproute|grpcroute|workflow|"
    + "|".join(kind.lower() for kind in CUSTOM_WORKLOADS)
)
KIND_WORDS = (
    r"Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Rollout|HorizontalPodAutoscaler|Service|Ingress"
    r"|PersistentVolumeClaim"
)
NS_POD = re.compile(
    rf"\b(?:pods?|podRef|object|involvedObject|key){Q}\s?[=:]\s?{Q}(?:Pod/)?(?!(?:{KINDS}|node)s?/)(?P<namespace>{N})/(?P<pod>{N}){Q}",
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
INVOLVED = re.compile(
    rf"\b(?:involvedObject|regarding){Q}\s?[:=]\s{{0,40}}\{{(?P<body>[^}}]{{1,1000}})\}}"
    r"|(?:^|\n)[ -]{0,40}(?:involvedObject|regarding):[ \t]{0,4}\n(?P<block>(?:[ \t]{1,40}[^\n]{0,300}\n?){1,12})",
    re.IGNORECASE,
)
"""The object of an event, in JSON and in YAML, in the old interface and in `events.k8s.io`."""
REFERENCE = re.compile(r"\bEvent\((?:v1\.|core\.)?ObjectReference\{(?P<body>[^}]{1,1000})\}\)")
"""How Kubernetes' own library logs the events that a controller sends."""
ROW = re.compile(
    r"\b(?:Normal|Warning) {1,12}[A-Z][A-Za-z]{2,60} {1,20}(?P<kind>[a-z][a-z0-9]{1,60}(?:\.[a-z0-9.-]{1,80})?)"
    rf"/(?P<name>{N})(?=\s|$)"
)
"""The row of an event: whatever its column names is its object."""
IS_EVENT = re.compile(r"\s{0,8}(?:\{|- |---\s|apiVersion:|kind:|metadata:|type:|reason:|involvedObject:|regarding:)")
IS_OBJECT = re.compile(r"\s{0,8}\{")
"""How an object in JSON begins; who watches the API server wraps it as `{"type":"MODIFIED","object":{...}}`."""
API_VERSION = re.compile(r"(?:[a-z0-9.-]{1,100}/)?v\d{1,2}(?:(?:alpha|beta)\d{1,2})?\Z")
PAIRS = re.compile(
    rf"(?<![A-Za-z0-9])(?P<key>kind|name|namespace){Q}\s?[:=]\s?{Q}(?P<value>[A-Za-z0-9.-]{{1,253}})", re.IGNORECASE
)
TABLE = re.compile(
    rf"(?:^|[\s\"'(])(?P<kind>{KINDS})s?(?:\.apps|\.batch|\.autoscaling|\.(?:[a-z0-9-]{{1,40}}\.){{1,4}}(?:io|com|dev|org|net|sh|ai|app|cloud))?"
    rf"/(?P<name>{N})(?:[\s:,;)\]\"']|$)"
)
CONTROLLED = re.compile(rf"^Controlled By:\s{{1,12}}(?P<kind>[A-Z][A-Za-z]{{1,60}})/(?P<name>{N})\s*$", re.MULTILINE)
"""What `kubectl describe` says of an object's owner."""
NAMED = re.compile(
    rf"\b(?P<kind>pods?|(?:deployment|stateful ?set|daemon ?set|replica ?set|job|cronjob|persistentvolumeclaim)s?"
    rf"(?:\.apps|\.batch)?)\s{{1,2}}"
    rf"\\{{0,3}}[\"'](?:(?P<namespace>{N})/)?(?P<name>{N})\\{{0,3}}[\"']",
    re.IGNORECASE,
)
ASSIGNED = re.compile(rf"\b[Ss]uccessfully assigned (?P<namespace>{N})/(?P<pod>{N}) to\b")
SAID = re.compile(
    rf"\b(?P<kind>[Pp]od|[Dd]eployment|[Ss]tateful[Ss]et|[Dd]aemon[Ss]et|ReplicaSet|Job|[Cc]ron[Jj]ob|HPA|PVC|PDB"
    r"|PersistentVolumeClaim|Rollout|TaskRun|PipelineRun|Service|Ingress|HorizontalPodAutoscaler|PodDisruptionBudget"
    rf"|ScaledObject|HelmRelease)(?: generation for)? (?P<namespace>[a-z0-9-]{{1,63}})/(?P<name>{N})(?=[\s:,;).\"']|$)"
)
"""How rules and controllers word it: `Deployment shop/cart has not ...`, `Pod shop/cart-0 (main) is waiting`."""
IN_SPACE = re.compile(
    rf"\b(?P<kind>Deployment|StatefulSet|DaemonSet|CronJob|Job|HPA|PDB|PVC|PersistentVolumeClaim|claimed by)"
    rf" {Q}(?P<name>{N}){Q} in (?:the )?[Nn]amespace {Q}(?P<namespace>{NS}){Q}(?=[\s:,;).]|$)"
)
"""The same in other words; a volume is told by who claimed it."""
PATH = re.compile(rf"\b(?P<kind>{KIND_WORDS})/(?P<namespace>{NS})/(?P<name>{N})(?=[\s:,;\])\"'\\]|$)")
"""Flux and the autoscaler's controller print an object as `Deployment/namespace/name`."""
SYNCED = re.compile(
    rf"\b(?:[Ss]ync|[Ee]rror syncing|[Ss]yncing) {Q}(?<=[\"'])(?P<namespace>{NS})/(?P<name>{N}){Q}(?=[\s:,;)]|$)"
)
"""What a queue of kube-controller-manager failed to put right, when it does not say the kind."""
SYNCED_KIND = re.compile(
    rf"\b(?:[Ss]ync|[Ss]yncing|[Pp]rocessing|[Rr]econciling) (?:endpoint slices for |endpoints for )?"
    rf"(?P<kind>(?i:deployment|statefulset|daemonset|replicaset|cronjob|job|service|claim|persistentvolumeclaim|pvc"
    r"|poddisruptionbudget|horizontalpodautoscaler))(?:Controller)?:?"
    rf" {Q}(?P<namespace>{NS})/(?P<name>{N}){Q}(?=[\s:,;)]|$)"
)
"""And when it does: `Error syncing deployment shop/cart`, `error processing service shop/cart`."""
KLOG = re.compile(
    r"\b(?P<kind>(?i:deployment|statefulset|daemonset|replicaset|job|cronjob|service|endpoints|ingress|pvc|claim"
    r"|persistentvolumeclaim|hpa|horizontalpodautoscaler|poddisruptionbudget|scaledobject|helmrelease))"
    rf"\s?[= ]\s?\\{{0,3}}[\"'](?P<namespace>{NS})/(?P<name>{N})\\{{0,3}}[\"']"
)
"""How Kubernetes' own components log an object since they log fields: `deployment="shop/cart"`."""
DAEMON_SET = re.compile(rf"(?:^|[\s\"])(?P<namespace>{NS})/(?P<name>{N}) failed with : ")
"""How the daemon sets' controller begins its errors."""
BLOCK = re.compile(
    rf"{Q}(?P<kind>[A-Z][A-Za-z]{{2,60}}|pod){Q}\s?:\s?\{{{Q}name{Q}\s?:\s?{Q}(?P<name>{N}){Q}\s?,\s?"
    rf"{Q}namespace{Q}\s?:\s?{Q}(?P<namespace>{NS}){Q}\}}"
)
BLOCK_TURNED = re.compile(
    rf"{Q}(?P<kind>[A-Z][A-Za-z]{{2,60}}|pod){Q}\s?:\s?\{{{Q}namespace{Q}\s?:\s?{Q}(?P<namespace>{NS}){Q}\s?,\s?"
    rf"{Q}name{Q}\s?:\s?{Q}(?P<name>{N}){Q}\}}"
)
"""How controller-runtime names what a controller works on."""
REPLICA_SET = re.compile(rf"^[ \t]{{0,8}}NewReplicaSet:[ \t]{{1,20}}(?P<name>{N}) \(", re.MULTILINE)
"""What `kubectl describe deployment` says at its end."""
PATCHED = re.compile(
    rf"\bcannot (?:patch|create|update|replace|delete) {Q}(?P<name>{N}){Q} with kind (?P<kind>[A-Z]\w{{2,60}})"
)
"""How Helm names what the API server refused."""
RELEASE = re.compile(rf"\bfor release (?P<namespace>{NS})/(?P<name>{N})\b")
"""How Flux's Helm controller names a release."""
UNNAMED = re.compile(rf"\bpods? \\{{0,3}}\"(?P<prefix>{N})-\\{{0,3}}\" is (?:forbidden|invalid)")
"""A pod that was refused before it got its random ending."""
REFUSED = re.compile(rf"\bThe (?P<kind>[A-Z][A-Za-z]{{2,60}}) \"(?P<name>{N})\" is invalid:")
"""How the API server refuses an object, as kubectl prints it."""
ENDED_JOB = re.compile(rf"\b(?P<kind>job) (?P<name>{N}) failed: (?:BackoffLimitExceeded|DeadlineExceeded)")
"""How Helm reports a hook's job."""
NOT_READY = re.compile(
    rf"\b(?P<kind>{KIND_WORDS}|ReplicationController) (?:is|are|does)"
    rf" (?:not (?:ready|bound|completed)|failed|not have [\w ]{{3,60}}): (?P<namespace>{NS})/(?P<name>{N})(?=[.\s:,]|$)"
)
"""What Helm waits for: `Deployment is not ready: shop/cart. 1 out of 3 expected pods are ready`."""
STATUS_NOT_READY = re.compile(rf"\bresource (?P<kind>{KIND_WORDS})/(?P<namespace>{NS})/(?P<name>{N}) not ready\b")
NAME_NOT_READY = re.compile(rf"\bresource not ready, name: (?P<name>{N}), kind: (?P<kind>{KIND_WORDS}), status: ")
"""The same since Helm 4, in two wordings."""
SERVICE_IN = re.compile(rf"\bservice/(?P<name>{N}) in {Q}(?P<namespace>{N}){Q}(?:[\s,]|$)")
NOBODY: Parts = (None, None, None)


def named_object(text: str) -> Parts:
    """(namespace, pod, owner) of the object a line is about; the first clear statement wins."""
    whole = whole_object(text)
    if whole is not None:
        return whole
    controlled = CONTROLLED.search(text)
    if controlled:
        return by_kind(controlled["kind"], controlled["name"], None)
    logged = KIND_OBJECT.search(text)
    if logged:
        return by_kind(logged["kind"], logged["name"], valid(logged["namespace"] or "", LABEL))
    event = event_object(text)
    if event != NOBODY:
        return event
    worked_on = worked_on_object(text)
    if worked_on[1:] != (None, None):
        return worked_on
    unnamed = UNNAMED.search(text)
    if unnamed:
        return worked_on[0], None, generated(unnamed["prefix"])
    service = SERVICE_IN.search(text)
    if service and LABEL.match(service["namespace"]):
        return service["namespace"], None, service["name"]
    for pattern in (POD_NS_UID, SANDBOX, NS_POD, ASSIGNED, POD_FULL_NAME):
        match = pattern.search(text)
        if match and NAME.match(match["pod"]) and LABEL.match(match["namespace"]):
            return match["namespace"], match["pod"], None
    return _worded(text) or (worked_on[0], None, None)


def worked_on_object(text: str) -> Parts:
    """The object that a controller says it works on: it names the kind or its queue, the namespace and the name."""
    synced = SYNCED.search(text)
    if synced:
        return synced["namespace"], None, generated(synced["name"])
    for form in (PATH, SYNCED_KIND, KLOG, BLOCK, BLOCK_TURNED, RECONCILIATION, FLINK):
        found = form.search(text)
        if found and NAME.match(found["name"]):
            return by_kind(found["kind"], found["name"], found["namespace"])
    release = RELEASE.search(text) or DAEMON_SET.search(text)
    return (release["namespace"], None, release["name"]) if release else NOBODY


def _worded(text: str) -> Parts | None:
    """What the sentence of a rule or a tool names."""
    for form in (SAID, IN_SPACE):
        said = form.search(text)
        if said and LABEL.match(said["namespace"]):
            kind = "claim" if said["kind"] == "claimed by" else said["kind"]
            return by_kind(kind, said["name"], said["namespace"])
    custom = SAID_CUSTOM.search(text)
    if custom:
        return by_kind(custom["kind"], custom["name"], custom["namespace"])
    waiting = NOT_READY.search(text) or STATUS_NOT_READY.search(text) or NAME_NOT_READY.search(text)
    if waiting:
        return by_kind(waiting["kind"], waiting["name"], waiting.groupdict().get("namespace"))
    replicas = REPLICA_SET.search(text)
    if replicas:
        return by_kind("replicaset", replicas["name"], None)
    for pattern in (REFUSED, PATCHED, ENDED_JOB, NAMED, ROW, TABLE):
        match = pattern.search(text)
        if match:
            namespace = valid(match.groupdict().get("namespace") or "", LABEL)
            return by_kind(match["kind"], match["name"], namespace)
    return None


def event_object(text: str) -> Parts:
    """The object of an event, where the text is one."""
    involved = INVOLVED.search(text) or REFERENCE.search(text)
    if not involved and not ("ind" in text and "eason" in text):
        return NOBODY
    return _of_pairs(next(v for v in involved.groups() if v) if involved else text) or NOBODY


def whole_event(text: str) -> Parts | None:
    """The object of an event that is the whole text, in JSON or in YAML; None for text that is none."""
    if ("nvolvedObject" not in text and "egarding" not in text) or "eason" not in text or not IS_EVENT.match(text):
        return None
    involved = INVOLVED.search(text)
    return _of_pairs(next(v for v in involved.groups() if v)) if involved else None


def whole_object(text: str) -> Parts | None:
    """The workload, or pod, that is the whole text in JSON; None for other text and for other kinds of objects.

    It is written by what watches the API server, and by what delivers (Argo CD's results of resources).
    """
    if not IS_OBJECT.match(text) or '"kind"' not in text:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    inner = read.get("object", read) if isinstance(read, Mapping) else None
    fields = _named_fields(inner) if isinstance(inner, Mapping) else {}
    kind, name, namespace = (str(fields.get(key, "")) for key in ("kind", "name", "namespace"))
    parts = by_kind(kind, name, valid(namespace, LABEL)) if kind[:1].isupper() else NOBODY
    return parts if parts[1] or parts[2] else None


def _named_fields(data: Mapping[str, object]) -> Mapping[str, object]:
    """Where an object has its name: in its metadata, or beside its kind; a program's own record has no version."""
    inner = data.get("metadata")
    if isinstance(inner, Mapping):
        return {**inner, "kind": data.get("kind", "")}
    return data if API_VERSION.match(str(data.get("apiVersion") or data.get("version", ""))) else {}


def _of_pairs(text: str) -> Parts | None:
    """The object whose kind and name are given, each in a field."""
    pairs: dict[str, str] = {}
    for found in PAIRS.finditer(text):
        if found["value"] != "Event":
            pairs.setdefault(found["key"].lower(), found["value"])
    if "kind" not in pairs or "name" not in pairs:
        return None
    return by_kind(pairs["kind"], pairs["name"], valid(pairs.get("namespace", ""), LABEL))
