"""Whose line it is, where kubectl or stern printed it: told from the columns they print, and from the command. Pure."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_NAMESPACE = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_AGE = r"\d{1,6}[smhdy][0-9smhdy]{0,10}"

_ROWS = re.compile(
    rf"\[pod/(?P<pod1>{_NAME})/(?P<container1>{_NAMESPACE})\] "  # kubectl logs --prefix
    rf"|(?:(?P<namespace2>{_NAMESPACE}) +)?(?P<pod2>{_NAME}) +\d+/\d+ +[A-Z][\w:/]+ +\d+ "  # kubectl get pods [-A]
    rf"|(?P<namespace3>{_NAMESPACE}) +(?:<unknown>|\d[0-9dhms]*)(?: \([^)\n]{{1,40}}\))? +(?:Normal|Warning) +[A-Z]"
    rf"|(?:(?P<namespace4>{_NAMESPACE}) +)?{_NAME} +(?:Deployment|StatefulSet|Rollout)/(?P<deployment4>{_NAME}) +\S"
    rf"|(?:(?P<namespace5>{_NAMESPACE}) +)?(?P<deployment5>{_NAME}) +\d+/\d+ +\d+ +\d+ +{_AGE}"
    rf"|(?:(?P<namespace6>{_NAMESPACE}) +)?(?P<daemonset6>{_NAME})(?: +\d+){{5}} +\S+ +{_AGE}"
    rf"|(?:(?P<namespace7>{_NAMESPACE}) +)?(?P<statefulset7>{_NAME}) +\d+/\d+ +{_AGE}(?:\s*$| +[a-z])"
    rf"|(?:(?P<namespace8>{_NAMESPACE}) +)?(?P<job_name8>{_NAME}) +(?:(?:Failed|Running|Suspended) +)?"
    rf"\d+/\d+ +{_AGE} +{_AGE}"
    rf"|(?:(?P<namespace9>{_NAMESPACE}) +)?(?P<persistentvolumeclaim9>{_NAME}) +(?:Pending|Lost) +[^\d/]"
    rf"|v\d\w{{0,12}}\.{_NAME} +(?P<namespace10>{_NAMESPACE})/(?P<service10>{_NAMESPACE}) +(?:True|False|Unknown)\b"
    rf"|(?:(?P<namespace11>{_NAMESPACE}) )?(?P<pod11>{_NAMESPACE}-[bcdf-hj-np-tv-z24-9]{{6,10}}-[a-z0-9]{{5}})"
    rf" (?P<container11>[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?) "  # stern
    rf"|(?P<compose_service12>[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?)[-_]\d{{1,3}} {{1,20}}\| "  # docker compose logs
)
"""The third is `kubectl get events -A`; without -A the row names its object only, which is known elsewhere.

From the fourth on: autoscalers, deployments, daemon sets, stateful sets, jobs, volume claims, API services.
"""

_DESCRIBED = re.compile(
    rf"^Name: +(?P<name>{_NAME})[ \t]*\nNamespace: +(?P<namespace>{_NAMESPACE})[ \t]*$", re.MULTILINE
)
"""How `kubectl describe` begins for whatever lives in a namespace."""
_NAMESPACE_LINE = re.compile(rf"^[ \t]{{0,8}}Namespace:[ \t]{{1,40}}(?P<namespace>{_NAMESPACE})[ \t]*$", re.MULTILINE)
"""What people write above or below a table that does not say it, as `kubectl describe` does."""
_SELECTED = re.compile(
    rf"(?:^|,)(?P<label>app(?:\.kubernetes\.io/(?:name|instance))?|k8s-app|kubernetes\.io/service-name|job-name"
    rf"|batch\.kubernetes\.io/job-name|statefulset\.kubernetes\.io/pod-name)==?(?P<value>{_NAME})(?=,|$)"
)
_SELECTORS: Mapping[str, str] = MappingProxyType(
    {
        "kubernetes.io/service-name": "service",
        "job-name": "job_name",
        "batch.kubernetes.io/job-name": "job_name",
        "statefulset.kubernetes.io/pod-name": "pod",
    }
)
"""Labels that people select by, and the label that names such an object; every other one names the app."""
_SCALED = re.compile(rf"^Reference: +\w{{1,40}}/(?P<name>{_NAME})[ \t]*$", re.MULTILINE)
_KIND_MARKS: Sequence[tuple[str, str | None]] = (
    ("\nResource ", None),  # a quota: it belongs to nobody
    ("\nType ", None),  # the limits of a namespace
    ("\nConcurrency Policy:", "cronjob"),
    ("\nParallelism:", "job_name"),
    ("\nDesired Number of Nodes Scheduled:", "daemonset"),
    ("\nUpdate Strategy:", "statefulset"),
    (" current / ", "replicaset"),
    (" updated | ", "deployment"),
    (" desired | ", "statefulset"),
    ("\nNewReplicaSet:", "deployment"),
    ("\nStrategyType:", "deployment"),
    ("\nPod Template:", "deployment"),
    ("\nAccess Modes:", "persistentvolumeclaim"),
    ("\nVolumeMode:", "persistentvolumeclaim"),
    ("\nStorageClass:", "persistentvolumeclaim"),
    ("\nUsed By:", "persistentvolumeclaim"),
    (" ProvisioningFailed ", "persistentvolumeclaim"),
    (" VolumeResizeFailed ", "persistentvolumeclaim"),
    (" ExternalProvisioning ", "persistentvolumeclaim"),
    (" WaitForFirstConsumer ", "persistentvolumeclaim"),
    ("\nEndpoints:", "service"),
    ("\nDefault backend:", "ingress"),
)
"""Fields that only one kind of object has; a description with none of them is a pod's."""

_COMMAND = re.compile(r"^[^\n$#>]{0,80}[$#>]?\s{0,4}(?:sudo )?(?:kubectl|oc) (?P<rest>[^\n|;&]{1,400})", re.MULTILINE)
_TAKES_VALUE = frozenset({"-c", "--container", "--context", "--kubeconfig", "-o", "--tail", "--since", "--cluster"})
_ONE_NAME = frozenset({"exec", "logs", "attach", "port-forward", "debug"})
_KIND_AND_NAME = frozenset({"get", "describe", "top", "delete", "edit", "rollout", "scale", "wait"})
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("pod", "pods", "po"), "pod"),
        **dict.fromkeys(("deployment", "deployments", "deploy"), "deployment"),
        **dict.fromkeys(("statefulset", "statefulsets", "sts"), "statefulset"),
        **dict.fromkeys(("daemonset", "daemonsets", "ds"), "daemonset"),
        **dict.fromkeys(("replicaset", "replicasets", "rs"), "replicaset"),
        **dict.fromkeys(("cronjob", "cronjobs", "cj"), "cronjob"),
        **dict.fromkeys(("job", "jobs"), "job_name"),
        **dict.fromkeys(
            ("service", "services", "svc", "endpoints", "ep", "endpointslices", "endpointslice"), "service"
        ),
        **dict.fromkeys(("hpa", "horizontalpodautoscaler"), "hpa"),
        **dict.fromkeys(("pvc", "persistentvolumeclaim"), "persistentvolumeclaim"),
    }
)
"""Kinds as people type them, and the label that names such an object."""

_NONE: Mapping[str, str] = MappingProxyType({})
"""One for all lines: what works on labels looks at each mapping once, however many lines share it."""


def labels_of_row(line: str) -> Mapping[str, str]:
    """What the line's columns name (`pod`, `container`, `namespace`, `deployment`, ...); empty for any other line."""
    found = _ROWS.match(line)
    if found is None:
        return _NONE
    return {name.rstrip("0123456789"): value for name, value in found.groupdict().items() if value}


def labels_of_table(text: str) -> Mapping[str, str]:
    """What a table's only row names, or all of its rows alike; empty for a table of several objects."""
    if "\n" not in text:
        return labels_of_row(text)
    rows = [row for row in map(labels_of_row, text.split("\n")) if row]
    return rows[0] if rows and all(row == rows[0] for row in rows) else _NONE


def labels_of_description(text: str) -> Mapping[str, str]:
    """The object that `kubectl describe` describes, or the namespace that is told beside a table; else empty."""
    described = list(_DESCRIBED.finditer(text))
    if len(described) != 1:
        spaces = {found["namespace"] for found in _NAMESPACE_LINE.finditer(text)}
        return {"namespace": spaces.pop()} if len(spaces) == 1 else {}
    namespace = {"namespace": described[0]["namespace"]}
    scaled = _SCALED.search(text)
    if scaled:
        return {"deployment": scaled["name"], **namespace}
    kind = next((kind for mark, kind in _KIND_MARKS if mark in text), "pod")
    return namespace if kind is None else {kind: described[0]["name"], **namespace}


def labels_of_command(text: str) -> Mapping[str, str]:
    """The object and the namespace that a kubectl command above its output asks for; empty without one."""
    if "kubectl " not in text and "oc " not in text:
        return _NONE
    command = _COMMAND.search(text)
    if command is None:
        return _NONE
    words, labels = _arguments(command["rest"].split())
    verb, rest = (words[0], words[1:]) if words else ("", [])
    if verb == "rollout":
        rest = rest[1:]
    if not rest or verb not in _ONE_NAME | _KIND_AND_NAME:
        return labels
    kind, _, name = rest[0].rpartition("/")
    if not kind and verb in _KIND_AND_NAME:
        kind, name = rest[0], rest[1] if len(rest) > 1 else ""
    label = _KINDS.get(kind.lower().partition(".")[0], "" if kind else "pod")
    return {**labels, label: name} if label and re.fullmatch(_NAME, name) else labels


def _arguments(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """A command's plain words, and the labels that its flags give; what follows `--` is another program's."""
    plain: list[str] = []
    labels: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        flag, equals, value = word.partition("=")
        if word == "--":
            break
        if flag in {"-n", "--namespace"}:
            labels["namespace"] = value if equals else next(rest, "")
        elif flag in {"-l", "--selector"}:
            chosen = _SELECTED.search(word.partition("=")[2] if flag == "--selector" and equals else next(rest, ""))
            if chosen:
                labels[_SELECTORS.get(chosen["label"], "app")] = chosen["value"]
        elif flag in _TAKES_VALUE and not equals:
            value = next(rest, "")
            if flag in {"-c", "--container"}:
                labels["container"] = value
        elif not word.startswith("-"):
            plain.append(word)
    return plain, {name: value for name, value in labels.items() if re.fullmatch(_NAMESPACE, value)}
