"""Log lines that the cluster itself writes about pods: kernel, container runtime, kubelet, exported events.

Formats: printk of mm/oom_kill.c, klog of the kubelet, resmoio/kubernetes-event-exporter (JSON), Alloy's
loki.source.kubernetes_events (logfmt), xing/kubernetes-oom-event-generator (the `OOMKilled` event).
"""

import json
from datetime import datetime

from services.sandbox.pods import Journal, Moment, Pod


def _klog(level: str, now: datetime, source: str, message: str) -> str:
    return f"{level}{now:%m%d %H:%M:%S.%f}    1021 {source}] {message}"


def _journal_labels(pod: Pod, unit: str) -> dict[str, str]:
    return {"job": "systemd-journal", "unit": unit, "node_name": pod.node}


def _kubelet(journal: Journal, pod: Pod, line: str) -> None:
    journal.write(_journal_labels(pod, "kubelet.service"), line)


def event(journal: Journal, moment: Moment, pod: Pod, reason: str, message: str, *, warning: bool) -> None:
    """An event about a pod, as the event exporter writes it to its standard output."""
    at = f"{moment.now:%Y-%m-%dT%H:%M:%SZ}"
    spec = pod.spec
    body = {
        "metadata": {"name": f"{pod.name}.{pod.container_id[:16]}", "namespace": spec.namespace},
        "reason": reason,
        "message": message,
        "source": {"component": "kubelet", "host": pod.node},
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": max(pod.crashes, 1),
        "type": "Warning" if warning else "Normal",
        "involvedObject": {
            "kind": "Pod",
            "namespace": spec.namespace,
            "name": pod.name,
            "uid": pod.uid,
            "apiVersion": "v1",
            "fieldPath": f"spec.containers{{{spec.name}}}",
        },
    }
    exporter = {
        "namespace": "monitoring",
        "app": "kubernetes-event-exporter",
        "pod": "kubernetes-event-exporter-5c8d7f9b6d-hx2lp",
        "container": "kubernetes-event-exporter",
        "node_name": "worker-1",
        "job": "monitoring/kubernetes-event-exporter",
        "stream": "stdout",
    }
    journal.write(exporter, json.dumps(body, separators=(",", ":")))


def node_event(journal: Journal, pod: Pod, reason: str, message: str) -> None:
    """An event about a node, as Alloy turns events into logfmt."""
    labels = {"job": "loki.source.kubernetes_events", "namespace": "default", "instance": "monitoring/alloy"}
    text = message.replace("\\", "\\\\").replace('"', '\\"')
    head = f"name={pod.node} kind=Node objectAPIversion=v1 type=Warning reason={reason}"
    journal.write(labels, f'{head} sourcecomponent=kernel-monitor sourcehost={pod.node} msg="{text}"')


def out_of_memory(journal: Journal, moment: Moment, pod: Pod) -> None:
    """What a node writes when the kernel ends a container at its memory limit."""
    spec, kilobytes = pod.spec, int(pod.memory_bytes // 1024)
    up = 86_400 + (moment.now.timestamp() % 10_000_000)
    slice_ = f"kubepods-burstable-pod{pod.uid.replace('-', '_')}.slice"
    scope = f"/kubepods.slice/kubepods-burstable.slice/{slice_}/cri-containerd-{pod.container_id}.scope"
    victim = (
        f"Memory cgroup out of memory: Killed process {pod.pid} ({spec.name}) total-vm:{kilobytes * 3}kB,"
        f" anon-rss:{kilobytes - 21_504}kB, file-rss:21504kB, shmem-rss:0kB, UID:472 pgtables:1436kB oom_score_adj:996"
    )
    kernel = _journal_labels(pod, "kernel")
    journal.write(
        kernel,
        f"[{up:.6f}] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=cri-containerd-{pod.container_id}"
        f".scope,mems_allowed=0,oom_memcg={scope},task_memcg={scope},task={spec.name},pid={pod.pid},uid=472",
    )
    journal.write(kernel, f"[{up + 0.0004:.6f}] {victim}")
    runtime = f'level=info msg="TaskOOM event container_id:\\"{pod.container_id}\\""'
    journal.write(_journal_labels(pod, "containerd.service"), f'time="{moment.now:%Y-%m-%dT%H:%M:%S.%fZ}" {runtime}')
    node_event(journal, pod, "OOMKilling", victim)


def container_died(journal: Journal, moment: Moment, pod: Pod) -> None:
    """The kubelet notices that a container has ended."""
    details = json.dumps({"ID": pod.uid, "Type": "ContainerDied", "Data": pod.container_id}, separators=(",", ":"))
    message = f'"SyncLoop (PLEG): event for pod" pod="{pod.spec.namespace}/{pod.name}" event={details}'
    _kubelet(journal, pod, _klog("I", moment.now, "kubelet.go:2447", message))


def back_off(journal: Journal, moment: Moment, pod: Pod, seconds: int) -> None:
    """The kubelet waits before it starts a container again."""
    spec = pod.spec
    where = f"{pod.name}_{spec.namespace}({pod.uid})"
    inner = f"back-off {seconds}s restarting failed container={spec.name} pod={where}"
    message = (
        f'"Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"{spec.name}\\" with'
        f' CrashLoopBackOff: \\"{inner}\\"" pod="{spec.namespace}/{pod.name}" podUID="{pod.uid}"'
    )
    _kubelet(journal, pod, _klog("E", moment.now, "pod_workers.go:1301", message))
    text = f"Back-off restarting failed container {spec.name} in pod {where}"
    event(journal, moment, pod, "BackOff", text, warning=True)


def started(journal: Journal, moment: Moment, pod: Pod) -> None:
    """A container starts; when the one before it was ended for its memory, an event says so."""
    name = pod.spec.name
    event(journal, moment, pod, "Created", f"Created container {name}", warning=False)
    event(journal, moment, pod, "Started", f"Started container {name}", warning=False)
    if pod.last_reason == "OOMKilled":
        text = f"The previous instance of the container '{name}' (containerd://{pod.container_id}) was OOMKilled"
        event(journal, moment, pod, "PreviousContainerWasOOMKilled", text, warning=True)


def probe_failed(journal: Journal, moment: Moment, pod: Pod, answer: str) -> None:
    """A liveness probe is not content with the container's answer."""
    spec = pod.spec
    message = (
        f'"Probe failed" probeType="Liveness" pod="{spec.namespace}/{pod.name}" podUID="{pod.uid}"'
        f' containerName="{spec.name}" probeResult="failure" output={json.dumps(answer)}'
    )
    _kubelet(journal, pod, _klog("I", moment.now, "prober.go:107", message))
    event(journal, moment, pod, "Unhealthy", f"Liveness probe failed: {answer}", warning=True)


def killed_by_probe(journal: Journal, moment: Moment, pod: Pod) -> None:
    """The kubelet ends a container whose probe has failed too often."""
    name = pod.spec.name
    event(journal, moment, pod, "Killing", f"Container {name} failed liveness probe, will be restarted", warning=False)


def deleted(journal: Journal, moment: Moment, pod: Pod) -> None:
    """A rollout takes an old pod away."""
    event(journal, moment, pod, "Killing", f"Stopping container {pod.spec.name}", warning=False)
