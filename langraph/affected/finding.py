"""Whose fault it is: app, namespace, pod and container of an event, from its labels, then from its text.

Labels come from the collector, text comes from anybody: text never names an app where the labels name one,
except in streams that report about others (Kubernetes events, the kubelet, the kernel, controllers, scrapers).
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from langraph.affected.alert_subject import affected_by_alert
from langraph.affected.controllers import subject
from langraph.affected.described import failed_container
from langraph.affected.docker_output import labels_of_docker
from langraph.affected.fields import (
    CONTAINER_FIELD,
    CONTAINER_PATH,
    app_field,
    container_of,
    kubelets_container,
    listed,
    namespace_field,
    namespace_word,
    pod_field,
    tags,
)
from langraph.affected.kubectl_output import labels_of_command, labels_of_description, labels_of_table
from langraph.affected.labels import (
    APP_LABELS,
    CONTAINER_LABELS,
    GENERIC_CONTAINERS,
    KIND_AND_NAME,
    LABEL,
    LOOSE_LABELS,
    NAME,
    NAMESPACE_LABELS,
    POD_LABELS,
    WORKLOAD_LABELS,
    Affected,
    app_name,
    from_labels,
    labelled_object,
    speakers,
    valid,
)
from langraph.affected.objects import NOBODY, named_object, whole_event, whole_object
from langraph.affected.other_commands import labels_of_other_command
from langraph.affected.other_side import SHIPPER, is_of_other_side, other_service, unserved, webhook
from langraph.affected.owners import workload
from langraph.affected.reporters import CARRIER, CONTROL_PLANE, OF_HOSTS, host_service, is_reporter, own_fault
from langraph.affected.scrapes import exported, failed_target, of_samples

max_text_chars = 8_192  # names stand near the message; the rest of a long line is data
_OF_WORKLOADS = (*APP_LABELS, *POD_LABELS, *NAMESPACE_LABELS, *CONTAINER_LABELS, *WORKLOAD_LABELS, *LOOSE_LABELS)
ACCOUNT = re.compile(r"\bsystem:serviceaccount:(?P<namespace>[a-z0-9-]{1,63}):(?P<name>[a-z0-9][a-z0-9.-]{0,252})")
"""Who asks the API server; a pod asks as an account of its own namespace."""

EVENTS_OF_THE_CLUSTER = "default"
"""Where Kubernetes keeps the events of objects that are in no namespace: it is not theirs."""
CLUSTER_WIDE = frozenset(
    {"Node", "PersistentVolume", "StorageClass", "CSINode", "VolumeAttachment", "NodeClaim", "NodePool"}
)
IS_CLUSTER_WIDE = re.compile(rf"\b[Kk]ind\b[\\\"'\s]{{0,4}}[=:][\\\"'\s]{{0,4}}(?:{'|'.join(sorted(CLUSTER_WIDE))})\b")


def affected(labels: Mapping[str, str], text: str = "", facts: Mapping[str, str] | None = None) -> Affected:
    """Whom a log event concerns.

    Args:
        labels: as the collector gave them.
        text: the line; hostile, only asked where the labels are silent or speak for a reporter.
        facts: named groups of the runbook's patterns, as hostile as the text.
    """
    found = _found(labels, text, facts)
    if found.namespace == EVENTS_OF_THE_CLUSTER and not (found.app or found.pod) and _is_of_cluster(labels, text):
        return replace(found, namespace=None)
    return found


def _is_of_cluster(labels: Mapping[str, str], text: str) -> bool:
    kinds = (labels.get(kind, "") for kind, _ in KIND_AND_NAME)
    return any(kind in CLUSTER_WIDE for kind in kinds) or IS_CLUSTER_WIDE.search(text[:max_text_chars]) is not None


def _found(labels: Mapping[str, str], text: str, facts: Mapping[str, str] | None) -> Affected:
    names = _names(labels)
    sampled = exported(names, text[:max_text_chars])
    if sampled is not None:
        return sampled
    if any(is_reporter(name) for name in names):
        written = _without_carrier(labels)
        if written is not None:
            return affected(written, text, facts)
        return _reported(labels, names, text, facts or {})
    known = from_labels(labels)
    told = _of_others(known, [*names, known.pod or ""], text, text[:max_text_chars])
    if told is not None:
        told = known if known.app and known.pod is not None and told.pod == known.pod else told
        return told if told.container else replace(told, container=failed_container(text[:max_text_chars]))
    if known.app and known.namespace is None:
        known = replace(known, namespace=_own_account(known.app, text))
    if known.app and (known.pod or not any(word in text for word in ("pod", "Pod", "container"))):
        return known if known.container else replace(known, container=failed_container(text[:max_text_chars]))
    said = from_text(text, facts or {})
    return _joined(known, said) if known.app is None else _completed(known, said)


FULL_NODE = re.compile(
    r"disk watermark \[[^\]]{1,20}\] exceeded on \[[^\]]{1,40}\]\[(?P<pod>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9]))\]"
)
"""How the elected master of Elasticsearch names the node whose disk is full."""


def _names(labels: Mapping[str, str]) -> list[str]:
    """Who speaks; the pods of the control plane are called after their nodes, too."""
    own = [workload(labels[n]) for n in POD_LABELS if labels.get(n)]
    names = [*speakers(labels), *(name for name in own if name in CONTROL_PLANE)]
    if not any(n in labels for n in _OF_WORKLOADS) and OF_HOSTS.search(labels.get("job", "").replace("_", "-")):
        return [*names, "syslog"]
    if names or own or any(n in labels for n in WORKLOAD_LABELS):
        return names
    return [labels[n] for n in LOOSE_LABELS if is_reporter(labels.get(n, ""))]


def _without_carrier(labels: Mapping[str, str]) -> Mapping[str, str] | None:
    """The labels of a line's writer, where `job` says only how it came; None where they are silent.

    So are those of an event's object, where `source` says only which part of Kubernetes sent it.
    """
    if is_reporter(labels.get("source", "")) and any(labels.get(name) for name in POD_LABELS):
        rest = {name: value for name, value in labels.items() if name != "source"}
        return None if any(is_reporter(name) for name in _names(rest)) else rest
    job = labels.get("job", "").lower().replace("_", "-")
    if not CARRIER.search(job):
        return None
    rest = {name: value for name, value in labels.items() if name != "job"}
    if any(is_reporter(name) for name in _names(rest)):
        return None
    app = from_labels(rest).app
    return rest if app and not SHIPPER.search(app) else None


def _reported(labels: Mapping[str, str], names: list[str], text: str, facts: Mapping[str, str]) -> Affected:
    """Whom a stream that speaks about others names, in labels of the object or in its text."""
    is_of_none = named_object(text[:max_text_chars]) == NOBODY
    called = webhook(text) if is_of_none else None
    if called:
        return Affected(called[1], called[0])
    own_name = own_fault(names, text) if is_of_none else None
    if own_name:
        return replace(from_labels(labels), app=own_name)
    asking = _asking(names, text) if is_of_none else None
    if asking:
        return replace(from_labels(labels), app=asking)
    own = any(n in labels for n in (*POD_LABELS, *APP_LABELS[:-1]))  # then the namespace is the reporter's
    own = own or (labels.get("namespace") == "kube-system" and not CONTROL_PLANE.isdisjoint(names))
    event = whole_event(text[:max_text_chars])  # which names its namespace itself
    namespace = None if own or (event and event[0]) else from_labels(labels).namespace
    labelled = labelled_object(labels)
    if labelled:  # who labels events by their object labels them with its namespace, too
        pod, owner = labelled[1:]
        namespace = None if any(n in labels for n in POD_LABELS) else labelled[0]
        return _joined(Affected(owner or (workload(pod) if pod else None), namespace, pod), from_text(text, facts))
    return _joined(Affected(namespace=namespace), from_text(text, facts))


def _of_others(known: Affected, names: list[str], text: str, near: str) -> Affected | None:
    """Whom a line concerns that its writer wrote about another; None where it is the writer's own."""
    full = FULL_NODE.search(near)
    if full is not None and known.pod and known.pod != full["pod"]:
        return Affected(workload(full["pod"]), known.namespace, full["pod"])
    target = failed_target(names, near)
    if target is not None:
        return target
    event = whole_event(near)
    if event is not None:
        is_own = event[1:] == (None, None) and event[0] is not None and event[0] == known.namespace
        return None if is_own else Affected(event[2] or (workload(event[1]) if event[1] else None), *event[:2])
    written = whole_object(near)
    if written is not None:
        return Affected(written[2] or (workload(written[1]) if written[1] else None), *written[:2])
    namespace, pod, owner = found = subject(names, near)
    if found != NOBODY:
        return Affected(owner or (workload(pod) if pod else None), namespace, pod)
    if is_of_other_side([name for name in (known.app, known.pod) if name], text):
        other = other_service(text)
        return Affected(other[1], other[0] or known.namespace) if other else Affected(namespace=known.namespace)
    called = webhook(text)
    service = unserved(text)
    if service:
        return Affected(service, called[0] if called and called[1] == service else known.namespace)
    if known.app is None and called and named_object(near) == NOBODY:
        return Affected(called[1], called[0])
    return None


def from_text(text: str, facts: Mapping[str, str]) -> Affected:
    """What a line says of itself; the first clear statement wins."""
    text = text[:max_text_chars]
    sampled = of_samples(text)
    if sampled is not None:
        return sampled
    described = {**tags(text), **labels_of_docker(text), **labels_of_other_command(text), **labels_of_command(text)}
    described = {**described, **labels_of_table(text), **labels_of_description(text)}
    alerted = affected_by_alert(listed(text))
    namespace, pod, owner = named_object(text)
    if owner is None and pod is None:
        named = from_labels(described)
        named = named if named.app else alerted
        pod, owner = named.pod, None if named.pod else named.app
    pod = pod or valid(facts.get("pod", ""), NAME) or pod_field(text)
    namespace = namespace or described.get("namespace") or alerted.namespace or namespace_field(text)
    container = (
        _group(CONTAINER_PATH, text, "container")
        or container_of(text)
        or failed_container(text)
        or valid(facts.get("container", ""), LABEL)
        or _group(CONTAINER_FIELD, text, "container")
    )
    app = owner or (workload(pod) if pod else None)
    app = app or app_field(text) or app_name(valid(facts.get("app", ""), NAME)) or app_name(host_service(text))
    app = app or _of_container(kubelets_container(text))
    namespace = namespace or valid(facts.get("namespace", ""), LABEL) or namespace_word(text)
    return Affected(app, namespace or _group(ACCOUNT, text, "namespace"), pod, container)


def _of_container(container: str | None) -> str | None:
    """The app, from a container's name where that is not one of many."""
    return None if container in GENERIC_CONTAINERS else container


def _own_account(app: str, text: str) -> str | None:
    """The namespace of the account that an app asks as, if the account is called after the app."""
    found = ACCOUNT.search(text)
    return found["namespace"] if found and (app.startswith(found["name"]) or found["name"].startswith(app)) else None


def _asking(names: list[str], text: str) -> str | None:
    """Who speaks, where the account that may not do a thing bears that name: then the fault is the speaker's own."""
    found = ACCOUNT.search(text) if "forbidden" in text or "annot " in text else None
    return next((one for one in names if found and valid(one, NAME) and found["name"] == one), None)


def _group(pattern: re.Pattern[str], text: str, name: str) -> str | None:
    found = pattern.search(text)
    return valid(found[name], LABEL) if found else None


def with_words(known: Affected, text: str) -> Affected:
    """What is known, with what a person's words say of the rest."""
    return known if known.app and known.namespace else _joined(known, from_text(text, {}))


def _joined(known: Affected, said: Affected) -> Affected:
    """Labels first, text for what they leave open; a text that names another namespace is not believed."""
    if known.namespace and said.namespace and known.namespace != said.namespace:
        return known
    return Affected(
        known.app or said.app,
        known.namespace or said.namespace,
        known.pod or said.pod,
        known.container or said.container,
    )


def _completed(known: Affected, said: Affected) -> Affected:
    """Labels name the app: the text may add a pod and container only when they are that app's."""
    if said.app is not None and said.app != known.app:
        return known
    if said.namespace and known.namespace and said.namespace != known.namespace:
        return known
    pod = known.pod or (said.pod if said.app == known.app else None)
    container = known.container or (said.container if pod == said.pod else None)
    return Affected(known.app, known.namespace, pod, container)
