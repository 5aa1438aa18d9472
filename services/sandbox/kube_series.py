"""What kube-state-metrics, cAdvisor and the kubelet would show about the simulated pods, with their own labels."""

from collections.abc import Iterator

from services.sandbox.apps import scraped
from services.sandbox.pods import NODES, Pod
from services.sandbox.series import Point
from services.sandbox.workload import Workload

KSM = {"job": "kube-state-metrics", "instance": "10.42.0.12:8080"}
GIB = 1024.0**3


def workload_points(workload: Workload) -> Iterator[Point]:
    """Series about the controller and all its pods."""
    spec = workload.spec
    ready = sum(pod.ready for pod in workload.pods)
    if spec.kind == "StatefulSet":
        labels = {**KSM, "namespace": spec.namespace, "statefulset": spec.name}
        yield Point("kube_statefulset_replicas", labels, workload.replicas)
        yield Point("kube_statefulset_status_replicas_ready", labels, ready)
        yield Point("kube_statefulset_metadata_generation", labels, workload.generation)
        yield Point("kube_statefulset_status_observed_generation", labels, workload.observed_generation)
    else:
        labels = {**KSM, "namespace": spec.namespace, "deployment": spec.name}
        yield Point("kube_deployment_spec_replicas", labels, workload.replicas)
        yield Point("kube_deployment_status_replicas", labels, len(workload.pods))
        yield Point("kube_deployment_status_replicas_available", labels, ready)
        yield Point("kube_deployment_status_replicas_unavailable", labels, max(workload.replicas - ready, 0))
        yield Point("kube_deployment_metadata_generation", labels, workload.generation)
        yield Point("kube_deployment_status_observed_generation", labels, workload.observed_generation)
    for pod in workload.pods:
        yield from _state_of(pod, workload)
        yield from _use_of(pod)
        yield Point("up", scraped(pod), float(pod.running))
        if pod.running:
            yield from workload.app.points(pod)


def _state_of(pod: Pod, workload: Workload) -> Iterator[Point]:
    """kube-state-metrics about one pod."""
    spec = pod.spec
    of_pod = {**KSM, "namespace": spec.namespace, "pod": pod.name, "uid": pod.uid}
    of_container = {**of_pod, "container": spec.name}
    owner = {"created_by_kind": "ReplicaSet", "created_by_name": pod.name.rpartition("-")[0]}
    if spec.kind == "StatefulSet":
        owner = {"created_by_kind": "StatefulSet", "created_by_name": spec.name}
    yield Point("kube_pod_info", {**of_pod, **owner, "node": pod.node, "pod_ip": pod.ip}, 1)
    yield Point("kube_pod_labels", {**of_pod, "label_app_kubernetes_io_name": spec.name}, 1)
    yield Point("kube_pod_created", of_pod, int(pod.created_at.timestamp()))
    for phase in ("Pending", "Running", "Succeeded", "Failed", "Unknown"):
        yield Point("kube_pod_status_phase", {**of_pod, "phase": phase}, float(phase == "Running"))
    for condition in ("true", "false", "unknown"):
        value = float(condition == ("true" if pod.ready else "false"))
        yield Point("kube_pod_status_ready", {**of_pod, "condition": condition}, value)
    yield Point("kube_pod_container_info", {**of_container, "image": spec.image}, 1)
    yield Point("kube_pod_container_status_ready", of_container, float(pod.ready))
    yield Point("kube_pod_container_status_running", of_container, float(pod.running))
    yield Point("kube_pod_container_status_restarts_total", of_container, pod.restarts)
    if pod.waiting_reason:
        labels = {**of_container, "reason": pod.waiting_reason}
        yield Point("kube_pod_container_status_waiting_reason", labels, 1)
    if pod.last_reason:
        yield Point("kube_pod_container_status_last_terminated_reason", {**of_container, "reason": pod.last_reason}, 1)
    yield from _resources(pod, {**of_container, "node": pod.node})


def _resources(pod: Pod, labels: dict[str, str]) -> Iterator[Point]:
    values = pod.values
    sizes = (
        ("limits", "memory", "byte", values.memory_limit),
        ("requests", "memory", "byte", values.memory_request),
        ("limits", "cpu", "core", values.cpu_limit),
        ("requests", "cpu", "core", values.cpu_request),
    )
    for kind, resource, unit, value in sizes:
        if value is not None:
            yield Point(f"kube_pod_container_resource_{kind}", {**labels, "resource": resource, "unit": unit}, value)


def _use_of(pod: Pod) -> Iterator[Point]:
    """cAdvisor about one container; nothing while it does not run."""
    if not pod.running:
        return
    spec = pod.spec
    labels = {
        **_kubelet(pod.node, "/metrics/cadvisor"),
        "namespace": spec.namespace,
        "pod": pod.name,
        "container": spec.name,
        "image": spec.image,
        "id": f"/kubepods.slice/kubepods-burstable.slice/cri-containerd-{pod.container_id}.scope",
        "name": pod.container_id,
    }
    yield Point("container_memory_working_set_bytes", labels, pod.memory_bytes)
    yield Point("container_memory_usage_bytes", labels, pod.memory_bytes * 1.04)
    yield Point("container_spec_memory_limit_bytes", labels, pod.values.memory_limit or 0.0)
    yield Point("container_cpu_usage_seconds_total", labels, pod.totals.get("cpu_seconds", 0.0))
    yield Point("container_cpu_cfs_periods_total", labels, pod.totals.get("cfs_periods", 0.0))
    yield Point("container_cpu_cfs_throttled_periods_total", labels, pod.totals.get("cfs_throttled", 0.0))


def _kubelet(node: str, path: str) -> dict[str, str]:
    instance = f"192.168.10.{11 + NODES.index(node)}:10250"
    return {"job": "kubelet", "metrics_path": path, "instance": instance, "node": node}


def cluster_points() -> Iterator[Point]:
    """Series about nodes, volumes and the exporters themselves."""
    yield Point("up", KSM, 1)
    for node in NODES:
        yield Point("up", _kubelet(node, "/metrics"), 1)
        exporter = {"job": "node-exporter", "instance": f"192.168.10.{11 + NODES.index(node)}:9100", "node": node}
        yield Point("up", exporter, 1)
        yield Point("node_memory_MemTotal_bytes", exporter, 16 * GIB)
        yield Point("node_memory_MemAvailable_bytes", exporter, 9.5 * GIB)
        for condition, status in (("Ready", "true"), ("MemoryPressure", "false"), ("DiskPressure", "false")):
            for value in ("true", "false", "unknown"):
                labels = {**KSM, "node": node, "condition": condition, "status": value}
                yield Point("kube_node_status_condition", labels, float(value == status))
    volumes = (("monitoring", "grafana", 10.0, 1.2), ("shop", "data-postgresql-0", 20.0, 7.4))
    for namespace, claim, capacity, used in volumes:
        labels = {**_kubelet("worker-2", "/metrics"), "namespace": namespace, "persistentvolumeclaim": claim}
        yield Point("kubelet_volume_stats_capacity_bytes", labels, capacity * GIB)
        yield Point("kubelet_volume_stats_used_bytes", labels, used * GIB)
        yield Point("kubelet_volume_stats_available_bytes", labels, (capacity - used) * GIB)
        yield Point("kubelet_volume_stats_inodes", labels, 1_310_720)
        yield Point("kubelet_volume_stats_inodes_used", labels, 21_500)
