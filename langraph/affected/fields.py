"""What a line says of its own writer: fields, tags, lists of labels, a host's name. Pure."""

import re

from langraph.affected.labels import LABEL, NAME, app_name, valid
from langraph.affected.objects import N, Q
from langraph.affected.owners import is_generated

POD_FIELD = re.compile(
    rf"\b(?:pod|pod_?name|podName|(?:kubernetes|k8s)[_.]pod[_.]name){Q}\s?[:=]\s?{Q}(?P<pod>{N}){Q}(?:[\s,}}\])]|$)"
)
NAMESPACE_FIELD = re.compile(
    rf"\b(?:namespace|namespace_?name|kubernetes_namespace|k8s[_.]namespace[_.]name|pod_?namespace){Q}\s?[:=]\s?{Q}(?P<namespace>{N}){Q}(?:[\s,}}\])]|$)",
    re.IGNORECASE,
)
SHORT_NAMESPACE_FIELD = re.compile(rf"(?:^|[\s,{{(\\\"']){Q}ns{Q}\s?[:=]\s?{Q}(?P<namespace>{N}){Q}(?:[\s,}}\])]|$)")
"""Believed beside a pod only: MongoDB's namespaces are collections, and a time in nanoseconds ends so, too."""
CONTAINER_FIELD = re.compile(
    rf"\b(?:container|container_?name|containerName){Q}\s?[:=]\s?{Q}(?P<container>{N}){Q}(?:[\s,}}\])]|$)"
)
CONTAINER_PATH = re.compile(r"spec\.(?:init)?containers\{(?P<container>[a-z0-9-]{1,63})\}", re.IGNORECASE)
START_CONTAINER = re.compile(
    rf"StartContainer{Q} for {Q}(?P<container>{N}){Q}|\bcontainer[= ]{Q}(?P<container2>[a-z0-9-]{{1,63}}){Q} in pod\b"
    r"|failed container[= ](?P<container3>[a-z0-9-]{1,63}) (?:in )?pod"
)
KUBELETS_CONTAINER = re.compile(
    r"\bContainer (?P<container>[a-z0-9-]{1,63})"
    r" (?:failed (?:liveness|startup) probe|definition changed|exceeded its local ephemeral storage limit)"
)
"""The kubelet's events that name the container and not the pod, which is in the event's object."""
APP_FIELD = re.compile(
    rf"(?:^|[\s,{{\\\"'])(?:app|application|service|service[_.]?name|serviceName|app_?name|app\.kubernetes\.io/name|deployment|statefulset|daemonset"
    rf"|cronjob|k8s[_.](?:deployment|statefulset|daemonset|cronjob)[_.]name)"
    rf"{Q}\s?[:=]\s?{Q}(?P<app>{N}){Q}(?:[\s,}}\])]|$)"
)
TAGGED = re.compile(
    rf"(?:^|[\s,{{\[(\"'])kube_(?:deployment|stateful_set|daemon_set|cronjob|service|app_name):(?P<app>{N})(?=[\s,}}\])\"']|$)"
    rf"|(?:^|[\s,{{\[(\"'])kube_namespace:(?P<namespace>{N})(?=[\s,}}\])\"']|$)"
)
"""Datadog's tags."""
_LISTED_NAMES = (
    r"alertname|pod|container|namespace|deployment|statefulset|daemonset|service|job|job_name|persistentvolumeclaim"
    r"|instance|horizontalpodautoscaler|cronjob"
)
LISTED = re.compile(
    rf"^\W{{0,8}}(?P<name>{_LISTED_NAMES})(?:\W{{0,2}}:\W{{1,4}}|`?\s?=\s?`?)(?P<value>{N})`?[ \t]*$", re.MULTILINE
)
"""An alert's labels as a chat message lists them."""
LABELS_LINE = re.compile(r"^\W{0,6}[Ll]abels?\W{0,4}:\W{0,4}(?P<labels>\w{1,60}\s?=\s?[^\n]{1,1000})$", re.MULTILINE)
LABEL_IN_LINE = re.compile(r"\b(?P<name>\w{1,100})\s?=\s?(?:\"(?P<quoted>[^\"\n]{0,253})\"|(?P<bare>[^\s,\"}]{1,253}))")
"""The same on one line."""
RESTARTING = re.compile(
    rf"^[0-9a-f]{{12}} .{{0,400}}\b(?:Restarting|Exited|Dead|Up)\b[^\n]{{0,120}}? (?P<app>{N})[ \t]*$", re.MULTILINE
)
"""The last column of `docker ps` is the container's name."""
INTERPRETERS = (
    r"(?:java|node|npm|python|ruby|perl|php|php-fpm|dotnet|beam|bash|sh|dash|lua|deno|bun|mono|uwsgi)[\d.]{0,6}"
)
"""Programs that run others: their name tells no app."""
SUPERVISED = re.compile(
    rf"\b(?:exited|gave up|stopped|spawnerr|spawned|success): '?(?P<app>{N})'?"
    r"(?: \((?:exit status|terminated by)| entered FATAL state|,? too many start)"
)
"""What supervisord says of a program."""
DUMPED = re.compile(
    rf"\bsystemd-coredump\[\d{{1,9}}\]: (?:\[[^\]]{{1,3}}\] )?Process \d{{1,9}} \((?!{INTERPRETERS}\))"
    r"(?P<app>[a-z][a-z0-9.-]{1,12}[a-z0-9])\)"
)
"""The program that dumped core. The kernel keeps 15 characters of its name, so one so long may be cut."""
ECS_SERVICE = re.compile(rf"^\(service (?P<app>{N})[,)]")
"""How Amazon ECS begins its events."""
HOST_FIELD = re.compile(rf"\b(?:hostname|host_?name|HOSTNAME){Q}\s?[:=]\s?{Q}(?P<pod>{N}){Q}(?:[\s,}}\])]|$)")
POD_WORD = re.compile(rf"\b[Pp]od {Q}(?P<pod>{N})(?=\.?(?:[\s:,;)\"'\\]|$))")
POD_BEFORE = re.compile(rf"(?<![a-z0-9.-])(?P<pod>{N}) ?파드|파드 (?P<pod2>{N})")
OF_POD = re.compile(
    rf"(?<=\bfor container ){N} in pod (?P<pod>{N})(?=\.?(?:\s|$))"
    rf"|\b[Cc]ontainer {N} (?:in|of) pod (?P<pod2>{N})(?=\.?(?:[\s,:;]|$))"
    rf"|\b[Pp]od[/ ](?P<pod3>{N}) in (?:the )?(?:[a-z0-9-]{{1,63}} )?namespace\b|파드: ?{Q}(?P<pod4>{N})"
)
"""How rules word it: the container, then its pod, whatever the pod's name looks like."""
PROMPT = re.compile(
    rf"^(?:\[?root@(?P<pod>{N})(?::[/~][^\n#$]{{0,200}}| [^\n\]]{{1,100}}\])[#$]"
    rf"|(?P<pod2>{N}-\d{{1,4}}):\d{{2,5}}(?:\[\d{{1,2}}\])?>)",
    re.MULTILINE,
)
"""A shell inside a container, which is called as its pod is; and the one of `redis-cli`."""
STATEFUL = re.compile(
    r"(?!(?:[a-z0-9.-]{0,60}-)?(?:ip|worker|node|control|plane|cp|vm|host|server|k8s|k3s|gke|aks)-"
    r"|(?:(?:k8s|kube|k3s|rke2?|prod|dev|stg|staging)-)?master-)[a-z0-9.-]{2,250}-\d{1,3}\Z"
)
"""A replica of a stateful set, and no host's name."""
IN_NAMESPACE = re.compile(
    rf"\b(?:in|of|for|from) (?:the )?[Nn]amespace:? {Q}(?P<namespace>[a-z0-9-]{{1,63}}){Q}(?:[\s.,:;)/]|$)"
    rf"|\b(?:in|of) (?:the )?{Q}(?P<namespace2>[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?){Q} namespace\b(?! of\b)"
    rf"|(?:^|[\s(])네임스페이스:? {Q}(?P<namespace3>[a-z0-9-]{{1,63}})"
    rf"|(?:^|[\s(]){Q}(?P<namespace4>[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?){Q} 네임스페이스"
)
METRIC_OF = re.compile(
    r"\b(?:unable to get|failed to get) (?:external|custom|object|pods?) metric (?P<namespace>[a-z0-9-]{1,63})/"
)
"""How the autoscaler's controller names a metric from outside: after the namespace."""
NO_NAMES = re.compile(
    r"(?:the|a|this|that|same|its|own|any|all|each|every|another|other|your|our|given|new|root|host|mount|user|network"
    r"|net|pid|ipc|uts|cgroup|time|xml|was|is|has|had|and|or|with|not|to|in|on|of|at|by|for|from|scoped?|quotas?|limits?"
    r"|exists|does)\Z"
)
"""What stands beside the word namespace without being one's name; the kernel has namespaces of its own."""
TARGETS_OF = re.compile(
    rf"\d% of (?:the )?(?P<job>{N})(?:/(?P<service>{N}))? targets (?:in|are)\b|\bof job (?P<job2>{N}) has been down\b"
)
"""How the usual rules for targets that are down name the job: Prometheus' own example and kube-prometheus."""


def pod_field(text: str) -> str | None:
    """The pod that a field, a host's name, a prompt or a rule's sentence names."""
    return _one(POD_FIELD, text, NAME) or _host(text)


def container_of(text: str) -> str | None:
    """The container that the kubelet starts, or restarts."""
    return _one(START_CONTAINER, text, LABEL) or kubelets_container(text)


def kubelets_container(text: str) -> str | None:
    """The container that failed a probe; beside no pod it tells the app."""
    return _one(KUBELETS_CONTAINER, text, LABEL)


def namespace_field(text: str) -> str | None:
    """The namespace in a field of that name."""
    named = _one(NAMESPACE_FIELD, text, LABEL)
    return named or (_one(SHORT_NAMESPACE_FIELD, text, LABEL) if POD_FIELD.search(text) else None)


def namespace_word(text: str) -> str | None:
    """The namespace that a sentence names."""
    for found in IN_NAMESPACE.finditer(text):
        name = next((v for v in found.groups() if v), "")
        if LABEL.match(name) and not NO_NAMES.match(name):
            return name
    return _one(METRIC_OF, text, LABEL)


def app_field(text: str) -> str | None:
    """The app that a field names, or a program that supervises it."""
    for form in (APP_FIELD, SUPERVISED, DUMPED, ECS_SERVICE, TARGETS_OF):
        name = app_name(_one(form, text, NAME))
        if name:
            return name
    return None


def listed(text: str) -> dict[str, str]:
    """The labels of an alert that a chat message lists."""
    found = {one["name"]: one["value"] for one in LISTED.finditer(text)}
    line = LABELS_LINE.search(text)
    inline = (
        {one["name"]: one["quoted"] or one["bare"] for one in LABEL_IN_LINE.finditer(line["labels"])} if line else {}
    )
    return {**(found if len(found) > 1 else {}), **inline}


def tags(text: str) -> dict[str, str]:
    """What a monitoring service's tags and the table of `docker ps` name."""
    names = {"app": "deployment", "namespace": "namespace"}
    tags = {names[k]: v for one in TAGGED.finditer(text) for k, v in one.groupdict().items() if v}
    run = RESTARTING.search(text)
    return {**tags, "deployment": run["app"]} if run else tags


def _host(text: str) -> str | None:
    """A host, or what follows the word pod, is the pod where it has the form of a pod's generated name."""
    said = _one(OF_POD, text, NAME)
    if said:
        return said
    shell = PROMPT.search(text)
    name = (shell["pod"] or shell["pod2"]) if shell else None
    if shell and name and (shell["pod2"] or is_generated(name) or STATEFUL.match(name)):
        return name
    host = _one(HOST_FIELD, text, NAME) or _one(POD_WORD, text, NAME) or _one(POD_BEFORE, text, NAME)
    return host if host and is_generated(host) else None


def _one(form: re.Pattern[str], text: str, shape: re.Pattern[str]) -> str | None:
    """The first of a form's groups that holds a name of the shape."""
    found = form.search(text)
    return next((valid(v, shape) for v in found.groups() if v), None) if found else None
