"""What made a Kubernetes object: from the name of a pod, replica set, job or volume claim to its workload. Pure."""

import re

from langraph.affected.custom_workloads import NAMED_AS_APP

NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""The letters Kubernetes makes random name parts of: no vowels, so that no words arise."""
WORDS_OF_FIVE = frozenset({"https", "pgsql", "mssql", "mqtts", "ldmps", "xtrdb", "grpcs", "kvdbs", "html5", "http2"})

RS_HASH = re.compile(
    rf"(?P<owner>.+?)-(?:[{ALPHABET}]{{6,10}}|(?=[a-z0-9]{{0,9}}\d)[a-z0-9]{{8,10}})-(?:[a-z0-9]{{5}})\Z"
)
RS_NAME = re.compile(rf"(?P<owner>.+?)-(?:[{ALPHABET}]{{6,10}}|(?=[a-z0-9]{{0,9}}\d)[a-z0-9]{{8,10}})\Z")
KNATIVE = re.compile(r"(?P<owner>.+?)-\d{5}-deployment\Z")
"""What Knative calls the deployment of a service's revision."""
REVISION = re.compile(r"(?P<owner>.+?)-\d{5}\Z")
CRON_SUFFIX = re.compile(r"(?P<owner>.+?)-\d{8,10}-[a-z0-9]{5}\Z")
JOB_RUN = re.compile(r"(?P<owner>.+?)-\d{8,10}\Z")
ORDINAL = re.compile(r"(?P<owner>.+?)-\d{1,4}\Z")
RANDOM = re.compile(rf"(?P<owner>.+)-(?P<tail>[{ALPHABET}]{{5}}|(?=[a-z]{{0,4}}\d)(?=\d{{0,4}}[a-z])[a-z0-9]{{5}})\Z")
RUN = re.compile(r"(?P<owner>.+?)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-[a-z0-9]{5})?\Z")
"""A job with a UUID of its own for each run, as Dagster's launcher makes them."""
STATIC = re.compile(
    r"(?P<owner>(?:kube-apiserver|(?:kube|cloud)-controller-manager|kube-scheduler|kube-vip)"
    r"|etcd(?=-(?:.*(?:master|control|ip-|node)|cp(?:-?\d|-)|minikube|m\d{2}$|k8s|k3s|rke)))-.+\Z"
)
"""Pods that a kubelet starts from files bear the node's name."""

GITLAB_JOB = re.compile(r"runner-[a-z0-9_-]{6,20}-project-\d{1,9}-concurrent-\d{1,5}(?:-[a-z0-9]{5,12})?\Z")
"""The pod of a job, as GitLab's Kubernetes executor calls it: one for each, so the runner is whose jobs they are."""
CLAIM_WORDS = frozenset(
    {
        "data",
        "datadir",
        "pgdata",
        "storage",
        "volume",
        "vol",
        "pvc",
        "claim",
        "db",
        "disk",
        "wal",
        "www",
        "logs",
        "cache",
        "home",
        "persistent",
        "persistence",
        "export",
        "repo",
    }
)
"""How people and charts call a claim's template."""

Parts = tuple[str | None, str | None, str | None]
"""(namespace, pod, owner)."""


def workload(pod: str) -> str | None:
    """The name of what made a pod: `grafana-6d5f8b7c9d-x2k4p` is `grafana`, `db-0` is `db`; None for a bad name."""
    if not NAME.match(pod):
        return None
    if GITLAB_JOB.match(pod):
        return "gitlab-runner"
    owner = _strip(pod, (RUN, CRON_SUFFIX, RS_HASH, STATIC, ORDINAL, JOB_RUN)) or _random_tail(pod) or pod
    return _strip(owner, (KNATIVE,)) or owner


def generated(prefix: str) -> str:
    """The workload whose pods begin so: what a replica set, a job or a daemon set asks for, before the random end."""
    return _strip(prefix, (RS_NAME, JOB_RUN)) or prefix


def is_generated(pod: str) -> bool:
    """Whether a name has the random end that a replica set or a cron job gives its pods; a host's seldom does."""
    return RS_HASH.match(pod) is not None or CRON_SUFFIX.match(pod) is not None


def job_run(name: str) -> str:
    """The cron job of a job's run, `backup-28391040` is `backup`; else the job itself."""
    return _strip(name, (JOB_RUN,)) or name


def claimant(claim: str) -> str | None:
    """The workload of a volume claim; None where the name does not tell.

    A StatefulSet calls its claims template, its own name, ordinal: `data-db-0` is `db`'s. Other claims are named
    by people: after the workload, with or without a word such as `data` behind it.
    """
    if not NAME.match(claim):
        return None
    parts = claim.split("-")
    if len(parts) >= 3 and re.fullmatch(r"\d{1,4}", parts[-1]):
        parts = parts[:-1]
        again = next((n for n in range(2, len(parts) - 1) if parts[n:] == parts[: len(parts) - n]), 0)
        if again:
            return "-".join(parts[again:])  # Pulsar's template bears the set's name too: `bookie-journal-bookie-0`
        word = next((n for n, part in enumerate(parts[:-1]) if part in CLAIM_WORDS), 0)
        jbod = word + 1 < len(parts) - 1 and parts[word] == "data" and parts[word + 1].isdecimal()  # Strimzi's, by disk
        return "-".join(parts[word + 1 + jbod :]) or None
    while len(parts) > 1 and parts[-1] in CLAIM_WORDS:
        parts = parts[:-1]
    return None if len(parts) == 1 and parts[0] in CLAIM_WORDS else "-".join(parts)


def by_kind(kind: str, name: str, namespace: str | None) -> Parts:
    """What an object of a kind stands for; a kind that is no workload's (Node, Namespace, ...) names nobody."""
    kind = kind.lower().partition(".")[0].replace(" ", "")
    valid = name if NAME.match(name) else None
    if valid is None:
        return namespace, None, None
    if kind in {"pod", "pods"}:
        return namespace, valid, None
    if kind in {"replicaset", "replicasets", "rs"}:
        return namespace, None, _strip(valid, (RS_NAME,)) or valid.rpartition("-")[0] or valid
    if kind in {"job", "jobs"}:
        return namespace, None, job_run(valid)
    if kind in {"persistentvolumeclaim", "persistentvolumeclaims", "pvc", "claim"}:
        return namespace, None, claimant(valid)
    if kind.startswith(("horizontalpod", "hpa")):
        return namespace, None, scaled(valid)
    if kind.startswith(("deploy", "statefulset", "sts", "daemonset", "ds", "cronjob")):
        return namespace, None, valid
    if kind.startswith(("service", "svc", "endpoint", "ingress", "replicationcontroller", "rc", "rollout")):
        return namespace, None, None if kind.startswith(("serviceaccount", "servicemonitor")) else valid
    if kind in {"workflow", "workflows"}:
        return namespace, None, workload(valid)
    if kind in {"revision", "revisions", "configuration", "configurations"}:  # of Knative's services
        return namespace, None, _strip(valid, (REVISION,)) or valid
    return namespace, None, valid if kind in NAMED_AS_APP or kind.rstrip("s") in NAMED_AS_APP else None


def scaled(autoscaler: str) -> str:
    """What an autoscaler scales, which bears its name; KEDA puts a word of its own before it."""
    return autoscaler.removeprefix("keda-hpa-") or autoscaler


def _random_tail(pod: str) -> str | None:
    found = RANDOM.match(pod)
    if not found or found["tail"] in WORDS_OF_FIVE:
        return None
    return found["owner"]


def _strip(name: str, forms: tuple[re.Pattern[str], ...]) -> str | None:
    for form in forms:
        found = form.match(name)
        if found:
            return found["owner"]
    return None
