"""Apps that are made to measure: each needs so much of one thing, and fails the way real software does with less."""

from collections.abc import Callable, Sequence
from random import Random

from services.sandbox import kube_lines
from services.sandbox.apps import MIB, App, scraped
from services.sandbox.pods import AppSpec, Journal, Moment, Pod
from services.sandbox.series import Point

MakeApp = Callable[[Random], App]
"""An app for a cluster's dice."""


class MadeToMeasure(App):
    """An app whose need can be set while it runs.

    Args:
        spec: its names.
        need: how much of its one thing it takes under its fault, see the subclass.
    """

    chatter_per_second = 0.7  # benign lines; without any, nobody can tell silence from health

    def __init__(self, spec: AppSpec, need: float, dice: Random) -> None:
        super().__init__(dice)
        self.spec = spec
        self.need = need

    @classmethod
    def of(cls, name: str, namespace: str, need: float, *, replicas: int = 1) -> MakeApp:
        """How to make one, for a cluster."""
        image = f"registry.example.com/{namespace}/{name}:1.4.2"
        return lambda dice: cls(AppSpec(name, namespace, image, replicas=replicas), need, dice)

    def chatter(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        if self.sometimes(self.chatter_per_second, moment):
            millis = self.dice.randint(3, 90)
            journal.write(pod.labels, f'level=info msg="request served" path=/v1/items status=200 duration={millis}ms')


class MemoryEater(MadeToMeasure):
    """Holds `need` bytes of memory once its fault has begun."""

    grows_per_second = 20 * MIB  # it serves for a while before it meets its limit

    def on_start(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        pod.memory_bytes = 100 * MIB
        journal.write(pod.labels, 'level=info msg="listening" address=:8080')

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        limit = pod.values.memory_limit
        calm = self.idle_bytes if limit is None else min(self.idle_bytes, limit / 2)
        target, grown = (self.need if faulty else calm), self.grows_per_second * moment.step
        pod.memory_bytes += max(-grown, min(grown, target - pod.memory_bytes))
        if limit is not None and pod.memory_bytes >= limit:
            pod.memory_bytes = limit
            return "OOMKilled"
        self.serve(moment, pod)
        self.chatter(journal, moment, pod)
        return None


class CpuEater(MadeToMeasure):
    """Wants `need` cores once its fault has begun; its quota throttles it, and an alert tells."""

    calm_cores = 0.05

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        super().run(journal, moment, pod, faulty=faulty)
        limit = pod.values.cpu_limit
        wanted = self.need if faulty else self.calm_cores
        pod.cores = wanted if limit is None else min(wanted, limit)
        if limit is not None and wanted > limit:  # the share of periods in which the quota is used up early
            pod.add("cfs_throttled", 10 * moment.seconds * min(0.9, 2 * (1 - limit / wanted)))
        self.serve(moment, pod)
        self.chatter(journal, moment, pod)
        return None


class SlowStarter(MadeToMeasure):
    """Needs `need` seconds to start once its fault has begun; its liveness probe may not wait for it."""

    start_seconds = 4.0

    def ready_after(self, faulty: bool) -> float:
        return self.need if faulty else self.start_seconds

    def on_start(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        pod.probes = 0
        journal.write(pod.labels, 'level=info msg="loading index"')

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        super().run(journal, moment, pod, faulty=faulty)
        if not faulty:
            pod.totals.pop("recycled", None)
        elif pod.ready and not pod.totals.get("recycled"):
            pod.totals["recycled"] = 1
            journal.write(pod.labels, 'level=info msg="index rebuilt, restarting to load it"')
            return "Completed"
        up = moment.age - pod.started_age
        if up < self.ready_after(faulty):
            return self._probed(journal, moment, pod)
        self.serve(moment, pod)
        self.chatter(journal, moment, pod)
        return None

    def _probed(self, journal: Journal, moment: Moment, pod: Pod) -> str | None:
        probe = pod.values.probe
        while moment.age - pod.started_age >= probe.initial_delay + probe.period * pod.probes:
            pod.probes += 1
            pod.add("probes_failed", 1)
            kube_lines.probe_failed(journal, moment, pod, "HTTP probe failed with statuscode: 503")
            if pod.probes >= probe.threshold:
                kube_lines.killed_by_probe(journal, moment, pod)
                return "Error"
        self.chatter(journal, moment, pod)
        return None

    def points(self, pod: Pod) -> Sequence[Point]:
        probes = {"namespace": pod.spec.namespace, "pod": pod.name, "container": pod.spec.name, "job": "kubelet"}
        probes |= {"probe_type": "Liveness", "result": "failed", "pod_uid": pod.uid}
        return (*super().points(pod), Point("prober_probe_total", probes, pod.totals.get("probes_failed", 0.0)))


class PoolDrainer(MadeToMeasure):
    """Wants `need` connections at once when its fault has begun, of a pool that may have fewer."""

    calm_connections = 5
    default_pool = 10  # HikariCP's own

    def _missing(self, pod: Pod) -> int:
        wanted = round(pod.totals.get("wanted", self.calm_connections))
        return max(0, wanted - (pod.values.pool_size or self.default_pool))

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        super().run(journal, moment, pod, faulty=faulty)
        pod.totals["wanted"] = self.need if faulty else self.calm_connections
        missing = self._missing(pod)
        self.serve(moment, pod, share_of_errors=min(1.0, missing / self.need))
        self.chatter(journal, moment, pod)
        if missing and self.sometimes(0.3, moment):
            pool = pod.values.pool_size or self.default_pool
            state = f"(total={pool}, active={pool}, idle=0, waiting={missing})"
            text = f"HikariPool-1 - Connection is not available, request timed out after 3000ms {state}"
            at = f"{moment.now:%Y-%m-%dT%H:%M:%S}.{moment.now.microsecond // 1000:03d}Z"
            source = f"[{pod.spec.name}] [nio-8080-exec-7] o.h.engine.jdbc.spi.SqlExceptionHelper"
            journal.write(pod.labels, f"{at} ERROR 1 --- {source} : {text}")
        return None

    def points(self, pod: Pod) -> Sequence[Point]:
        labels = {**scraped(pod), "pool": "HikariPool-1"}
        pool = pod.values.pool_size or self.default_pool
        return (
            *super().points(pod),
            Point("hikaricp_connections_max", labels, pool),
            Point("hikaricp_connections_pending", labels, self._missing(pod)),
        )
