"""One app's Deployment or StatefulSet: starts, ends and back-offs of its containers, rollouts of new values."""

from datetime import datetime
from random import Random

from services.sandbox import kube_lines
from services.sandbox.app_values import AppValues
from services.sandbox.apps import App
from services.sandbox.pods import NODES, Journal, Moment, Pod, pod_name

# The kubelet waits 10 s, 20 s, ... 5 min before it starts a container that keeps ending. A demo is watched live:
# the same doubling, from 5 s and up to 20 s.
BACK_OFF_FIRST_SECONDS = 5.0
BACK_OFF_LONGEST_SECONDS = 20.0
BACK_OFF_FORGIVEN_AFTER = 120.0  # healthy seconds; the kubelet's are 10 min


class Workload:
    """The pods of one app.

    Args:
        app: how its containers behave.
        sync_delay: seconds (of the apps' time) from a commit to its rollout: the GitOps controller's poll.
    """

    def __init__(self, app: App, dice: Random, sync_delay: float) -> None:
        self.app = app
        self.spec = app.spec
        self.pods: list[Pod] = []
        self.generation = 0
        self.observed_generation = 0
        self._dice = dice
        self._sync_delay = sync_delay
        self._live: AppValues | None = None
        self._wanted: AppValues | None = None
        self._wanted_since = 0.0

    @property
    def replicas(self) -> int:
        """How many pods there should be; at most 10, however the file is written: it is a simulation."""
        wanted = self._live.replicas if self._live else None
        return min(self.spec.replicas if wanted is None else wanted, 10)

    def sync(self, values: AppValues, moment: Moment) -> None:
        """Tell the workload what the branch holds now; it rolls out after the sync delay. The first is live at once."""
        if self._live is None:
            self._live, self.generation, self.observed_generation = values, 1, 1
            self._scale(moment)
        if values != self._wanted:
            self._wanted, self._wanted_since = values, moment.age

    def tick(self, journal: Journal, moment: Moment, *, faulty: bool) -> None:
        """Live through one tick."""
        self.observed_generation = self.generation
        self._roll_out(journal, moment)
        for pod in self.pods:
            self._tick_pod(pod, journal, moment, faulty=faulty)
        self._retire(journal, moment)

    # --- rollouts ---------------------------------------------------------------------------------------------------

    def _roll_out(self, journal: Journal, moment: Moment) -> None:
        wanted, live = self._wanted, self._live
        if wanted is None or live is None or wanted == live or moment.age - self._wanted_since < self._sync_delay:
            return
        self._live = wanted
        self.generation += 1
        _argocd(journal, moment.now, self.spec.name)
        if wanted.recreate or self.spec.kind == "StatefulSet":
            self._remove([pod for pod in self.pods if pod.values.template != wanted.template], journal, moment)
        self._scale(moment)

    def _scale(self, moment: Moment) -> None:
        """Start pods of the live template until there are enough, and take away what is too much of them."""
        live = self._live
        if live is None:
            return
        current = [pod for pod in self.pods if pod.values.template == live.template]
        for pod in current[self.replicas :]:
            self.pods.remove(pod)
        for ordinal in range(len(current), self.replicas):
            self.pods.append(self._new_pod(live, ordinal, moment))

    def _new_pod(self, values: AppValues, ordinal: int, moment: Moment) -> Pod:
        name = pod_name(self.spec, values.template, ordinal, self._dice)
        ip = f"10.42.{self._dice.randint(0, 3)}.{self._dice.randint(10, 250)}"
        node = self._dice.choice(NODES)
        # Started one tick ago from the next tick's view; `_tick_pod` writes the lines of a start.
        pod = Pod(self.spec, values, name, node, ip, started_age=moment.age, created_at=moment.now)
        pod.running, pod.restart_age = False, moment.age
        return pod

    def _retire(self, journal: Journal, moment: Moment) -> None:
        """A rolling update: as new pods become ready, old ones go."""
        live = self._live
        if live is None:
            return
        old = [pod for pod in self.pods if pod.values.template != live.template]
        fresh = [pod for pod in self.pods if pod.values.template == live.template and pod.ready]
        self._remove(old[: len(fresh)] if len(fresh) < self.replicas else old, journal, moment)

    def _remove(self, pods: list[Pod], journal: Journal, moment: Moment) -> None:
        for pod in pods:
            kube_lines.deleted(journal, moment, pod)
            self.pods.remove(pod)

    # --- containers -------------------------------------------------------------------------------------------------

    def _tick_pod(self, pod: Pod, journal: Journal, moment: Moment, *, faulty: bool) -> None:
        if not pod.running:
            if moment.age < pod.restart_age:
                return
            self._start(pod, journal, moment)
        _count_cpu(pod, moment)
        reason = self.app.run(journal, moment, pod, faulty=faulty)
        if reason is not None:
            self._end(pod, reason, journal, moment)
            return
        up = moment.age - pod.started_age
        pod.ready = up >= self.app.ready_after(faulty) or pod.ready
        if up > BACK_OFF_FORGIVEN_AFTER:
            pod.crashes = 0

    def _start(self, pod: Pod, journal: Journal, moment: Moment) -> None:
        pod.running, pod.ready, pod.waiting_reason = True, False, None
        pod.started_age = moment.age
        kube_lines.started(journal, moment, pod)
        self.app.on_start(journal, moment, pod)

    def _end(self, pod: Pod, reason: str, journal: Journal, moment: Moment) -> None:
        if reason == "OOMKilled":
            kube_lines.out_of_memory(journal, moment, pod)
        kube_lines.container_died(journal, moment, pod)
        pod.running, pod.ready, pod.last_reason = False, False, reason
        pod.restarts += 1
        pod.crashes += 1
        pod.restart_age = moment.age + 1.0  # the first restart is at once
        if pod.crashes < 2:
            return
        delay = min(BACK_OFF_FIRST_SECONDS * 2 ** (pod.crashes - 2), BACK_OFF_LONGEST_SECONDS)
        pod.restart_age = moment.age + delay
        pod.waiting_reason = "CrashLoopBackOff"
        kube_lines.back_off(journal, moment, pod, int(delay))


def _count_cpu(pod: Pod, moment: Moment) -> None:
    """CPU and throttling counters, which go by the clock: ten CFS periods a second, few of them throttled."""
    pod.add("cpu_seconds", pod.cores * moment.seconds)
    pod.add("cfs_periods", 10 * moment.seconds)
    pod.add("cfs_throttled", 0.1 * moment.seconds)


def _argocd(journal: Journal, now: datetime, app: str) -> None:
    labels = {
        **{"namespace": "argocd", "app": "argocd-application-controller", "pod": "argocd-application-controller-0"},
        **{"container": "application-controller", "node_name": "worker-3"},
        **{"job": "argocd/argocd-application-controller", "stream": "stdout"},
    }
    line = f'time="{now:%Y-%m-%dT%H:%M:%SZ}" level=info msg="Sync operation succeeded" application=argocd/{app}'
    journal.write(labels, line)
