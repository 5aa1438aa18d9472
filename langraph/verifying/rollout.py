"""Is a committed change in force in the cluster? What to ask, what the answers mean. Three answers; pure.

Series: kube-state-metrics (`kube_pod_container_resource_limits`, `kube_pod_created`, `kube_deployment_...`),
Argo CD (`argocd_app_info`), https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics and
https://argo-cd.readthedocs.io/en/stable/operator-manual/metrics/.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from langraph import questions
from langraph.errors import BadInput
from langraph.models.incident import Incident, Proposal, Scalar, ValueChange
from langraph.ports import FileVersion, Sample
from langraph.quantity import parse
from langraph.verifying.app_pods import AppPods

CLOSE = 0.001  # of a value: Prometheus has floats
CREATED_S = 2.0  # seconds; `kube_pod_created` has whole ones, and the commit's time is noted after the push
REPLICAS = ("replicaCount", "replicas")
SCALERS = {
    "maxReplicas": "kube_horizontalpodautoscaler_spec_max_replicas",
    "minReplicas": "kube_horizontalpodautoscaler_spec_min_replicas",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value that must be seen in the cluster."""

    promql: str
    value: float
    old: float | None
    """What it was; tells a raise from a cut, for clusters that round or enforce a minimum."""

    def holds(self, value: float) -> bool:
        if self.old is None or self.old == self.value:
            return abs(value - self.value) <= CLOSE * max(abs(self.value), 1e-9)
        slack = CLOSE * abs(self.value)
        return value >= self.value - slack if self.value > self.old else value <= self.value + slack


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The branch no longer has our values."""

    by: FileVersion | None
    """The commit that changed one of them again; None: not among the last ones."""


def wanted(proposal: Proposal, pods: AppPods, container: str | None) -> list[Wanted]:
    """What of the proposal Prometheus could show by value."""
    found = (_wanted(change, pods, container) for change in proposal.changes)
    return [one for one in found if one is not None]


def _wanted(change: ValueChange, pods: AppPods, container: str | None) -> Wanted | None:
    leaf = change.path[-1]
    value = _number(change.new)
    if value is None or not isinstance(leaf, str):
        return None
    old = _number(change.old)
    if change.path[-2:-1] in (("limits",), ("requests",)) and leaf in ("memory", "cpu"):
        where = pods.now + (f',container="{container}"' if container else "")
        return Wanted(f'kube_pod_container_resource_{change.path[-2]}{{{where},resource="{leaf}"}}', value, old)
    if leaf in REPLICAS:
        namespace, name = pods.namespace, pods.workload
        deployment = f'kube_deployment_spec_replicas{{namespace="{namespace}",deployment="{name}"}}'
        return Wanted(
            f'{deployment} or kube_statefulset_replicas{{namespace="{namespace}",statefulset="{name}"}}', value, None
        )
    if leaf in SCALERS:
        name = f'namespace="{pods.namespace}",horizontalpodautoscaler="{pods.workload}"'
        return Wanted(f"{SCALERS[leaf]}{{{name}}}", value, None)
    return None


def _number(value: Scalar) -> float | None:
    try:
        return float(parse(value).value)
    except BadInput:
        return None


def in_force(want: Wanted, samples: Sequence[Sample] | None) -> bool | None:
    """Whether every pod has the value, in at least one of its containers when it is not known in which."""
    if not samples:
        return None
    by_container: dict[str, list[float]] = {}
    for sample in samples:
        by_container.setdefault(sample.labels.get("container", ""), []).append(sample.value)
    return any(all(want.holds(value) for value in values) for values in by_container.values())


def created(pods: AppPods) -> str:
    """When each pod was made, in Unix seconds."""
    return f"kube_pod_created{{{pods.now}}}"


def all_new(samples: Sequence[Sample] | None, committed_at: datetime) -> bool | None:
    """Whether no pod is older than the commit."""
    if not samples:
        return None
    return min(sample.value for sample in samples) >= committed_at.timestamp() - CREATED_S


def unready(pods: AppPods) -> str:
    """The pods that are not ready."""
    return f'kube_pod_status_ready{{{pods.now},condition="false"}} == 1'


def makers(pods: AppPods) -> str:
    """What made each pod."""
    return f"kube_pod_info{{{pods.now}}}"


def carrying(want: Wanted, samples: Sequence[Sample]) -> set[str]:
    """The pods that have the value, in at least one of their containers."""
    return {sample.labels.get("pod", "") for sample in samples if want.holds(sample.value)}


def made_anew(made: Sequence[Sample], new: set[str]) -> set[str]:
    """The new pods of a replica set that made none of the old ones: a pod that was only moved has its old template."""
    maker = {sample.labels.get("pod", ""): sample.labels.get("created_by_name") for sample in made}
    old = {name for pod, name in maker.items() if pod not in new}
    return {pod for pod in new if maker.get(pod) is not None and maker[pod] not in old}


def younger(samples: Sequence[Sample], since: datetime, until: datetime) -> set[str]:
    """The pods that were made between the two moments."""
    first, last = since.timestamp() - CREATED_S, until.timestamp()
    return {sample.labels.get("pod", "") for sample in samples if first <= sample.value <= last}


def behind(pods: AppPods) -> str:
    """How many generations the workload's controller has not looked at yet."""
    deployment = f'{{namespace="{pods.namespace}",deployment="{pods.workload}"}}'
    set_ = f'{{namespace="{pods.namespace}",statefulset="{pods.workload}"}}'
    return (
        f"kube_deployment_metadata_generation{deployment} - kube_deployment_status_observed_generation{deployment}"
        f" or kube_statefulset_metadata_generation{set_} - kube_statefulset_status_observed_generation{set_}"
    )


def argo(app: str) -> str:
    """What Argo CD says of the application of that name."""
    return f'argocd_app_info{{name="{app}"}}'


def out_of_sync(samples: Sequence[Sample] | None) -> bool:
    """Argo CD knows of a difference. `Synced` proves nothing: it may not have looked at the branch since."""
    return bool(samples) and any(sample.labels.get("sync_status") == "OutOfSync" for sample in samples or ())


def is_live(by_value: Sequence[bool | None], new_pods: bool | None, *, lags: bool, differs: bool) -> bool | None:
    """All the answers together.

    Args:
        by_value: for each value that could be seen, whether it is in force.
        new_pods: whether no pod is older than the commit; None: unknown, or the change restarts none.
        lags: the controller has not seen the newest generation.
        differs: the GitOps controller says that cluster and branch differ.
    """
    if lags or any(answer is False for answer in by_value):
        return False
    if by_value and all(by_value):
        return True
    if differs:
        return False
    return new_pods


def fill(template: str, incident: Incident, container: str | None) -> str | None:
    """The team's own question (`LIVE_QUERY`) about this app; None when a name it needs is not known or is none."""
    names = {"{app}": incident.app, "{namespace}": incident.namespace, "{container}": container}
    for place, name in names.items():
        if place not in template:
            continue
        if name is None or not questions.NAME.fullmatch(name):
            return None
        template = template.replace(place, name)
    return template
