"""Which pods are an app's own: by what made them, else by their names. Pure.

`app-worker-6d5f8b7c9d-x2k4p` begins like the app `app`'s pods and is another app's. kube-state-metrics says what
made a pod (`kube_pod_info`: its replica set, whose name is the deployment's and a hash); without it the pod's own
name tells, by the forms in which Kubernetes makes names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from langraph import questions
from langraph.affected import owners
from langraph.models.incident import Incident

MOST_NAMED = 100  # pods in one query; a larger app is asked for by the form of its names


@dataclass(frozen=True, slots=True)
class AppPods:
    """How to ask Prometheus about an app's pods."""

    namespace: str
    workload: str
    """What makes them, as far as we know: the app's name, or what the line's own pod belongs to."""
    names: tuple[str, ...] = ()
    """The pods that exist; empty: not known."""

    @property
    def widely(self) -> str:
        """Label matchers of every pod whose name begins so: the ones before the change too."""
        return f'namespace="{self.namespace}",pod=~"{questions.pods_of(self.workload)}"'

    @property
    def now(self) -> str:
        """Label matchers of the pods that exist."""
        if not self.names:
            return self.widely
        alternatives = "|".join(name.replace(".", r"\\.") for name in self.names)
        return f'namespace="{self.namespace}",pod=~"{alternatives}"'


def of(incident: Incident) -> AppPods | None:
    """None when app or namespace are not known, or are no names that Kubernetes gives."""
    pod = incident.facts.get("pod")
    workload = (owners.workload(pod) if pod else None) or incident.app
    if workload is None or incident.namespace is None:
        return None
    if not all(questions.NAME.fullmatch(name) for name in (workload, incident.namespace)):
        return None
    return AppPods(incident.namespace, workload)


def named(pods: AppPods, series: Iterable[Mapping[str, str]]) -> AppPods:
    """With the names of the pods that are this workload's, of all those in `series` (labels of each).

    When none is, what merely begins alike may be its parts (`loki`: `loki-read`, `loki-write`): all of them then.
    """
    made = {labels["pod"]: _workload(labels) for labels in series if labels.get("pod")}
    own = sorted(pod for pod, workload in made.items() if workload == pods.workload) or sorted(made)
    valid = tuple(pod for pod in own if questions.NAME.fullmatch(pod))
    return AppPods(pods.namespace, pods.workload, valid if len(valid) <= MOST_NAMED else ())


def _workload(labels: Mapping[str, str]) -> str | None:
    kind, maker = labels.get("created_by_kind"), labels.get("created_by_name")
    made = owners.by_kind(kind, maker, None)[2] if kind and maker else None
    return made or owners.workload(labels["pod"])
