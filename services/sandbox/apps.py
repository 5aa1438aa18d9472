"""The apps of the simulated cluster: how each one behaves with its values, in health and under its fault."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from services.sandbox import kube_lines
from services.sandbox.pods import AppSpec, Journal, Moment, Pod
from services.sandbox.series import Point

MIB = 1024.0 * 1024


def _iso(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"


class App:
    """One app's behaviour. Subclasses say what it writes, what it needs, and when it ends."""

    spec: AppSpec
    start_seconds = 4.0
    """From the container's start until it is ready."""
    idle_bytes = 120 * MIB
    requests_per_second = 2.0

    def __init__(self, dice: Random) -> None:
        self.dice = dice

    def ready_after(self, faulty: bool) -> float:
        """Seconds from the container's start until it can work."""
        return self.start_seconds

    def on_start(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        """What the app writes when it starts."""

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        """Live through one tick. Returns why the container ended: `OOMKilled`, `Error`, `Completed`; None: it lives."""
        pod.memory_bytes = self.idle_bytes * (1 + 0.02 * self.dice.random())
        return None

    def serve(self, moment: Moment, pod: Pod, share_of_errors: float = 0.0) -> None:
        """Answer requests for one tick; counters go by the clock."""
        requests = self.requests_per_second * moment.seconds
        pod.add("requests_ok", requests * (1 - share_of_errors))
        pod.add("requests_failed", requests * share_of_errors)

    def points(self, pod: Pod) -> Sequence[Point]:
        """The app's own metrics."""
        labels = {**scraped(pod), "method": "GET"}
        return (
            Point("http_requests_total", {**labels, "status": "200"}, pod.totals.get("requests_ok", 0.0)),
            Point("http_requests_total", {**labels, "status": "503"}, pod.totals.get("requests_failed", 0.0)),
        )

    def sometimes(self, per_second: float, moment: Moment) -> bool:
        """True at about this rate of the apps' time."""
        return self.dice.random() < min(per_second * moment.step, 1.0)


def scraped(pod: Pod) -> dict[str, str]:
    """The labels that Prometheus gives to what it scrapes from a pod."""
    spec = pod.spec
    where = {"namespace": spec.namespace, "pod": pod.name, "container": spec.name}
    return {**where, "job": spec.name, "service": spec.name, "instance": f"{pod.ip}:{spec.port}"}


class Grafana(App):
    """Needs more memory than its limit once the big dashboards are opened; it holds what it needs, no more."""

    spec = AppSpec("grafana", "monitoring", "docker.io/grafana/grafana:11.4.0", port=3000)
    idle_bytes = 300 * MIB
    busy_bytes = 720 * MIB  # above 512Mi and above half a step more (640Mi), well below twice as much
    fresh_bytes = 180 * MIB
    grows_per_second = 40 * MIB  # a fresh container meets a 512Mi limit after 8 s: often enough to watch

    def on_start(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        pod.memory_bytes = self.fresh_bytes
        at = f"t={_iso(moment.now)} level=info"
        for line in (
            f'logger=settings {at} msg="Starting Grafana" version=11.4.0 commit=b58701869e branch=HEAD',
            f'logger=sqlstore {at} msg="Connecting to DB" dbtype=sqlite3',
            f'logger=migrator {at} msg="Starting DB migrations"',
            f'logger=http.server {at} msg="HTTP Server Listen" address=[::]:3000 protocol=http subUrl= socket=',
        ):
            journal.write(pod.labels, line)

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        target = self.busy_bytes if faulty else self.idle_bytes
        grown = self.grows_per_second * moment.step
        pod.memory_bytes += max(-grown, min(grown, target - pod.memory_bytes))
        limit = pod.values.memory_limit
        if limit is not None and pod.memory_bytes >= limit:
            pod.memory_bytes = limit
            return "OOMKilled"
        self.serve(moment, pod)
        if self.sometimes(0.7, moment):
            self._request(journal, moment, pod)
        return None

    def _request(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        millis = self.dice.randint(8, 180)
        path = self.dice.choice(("/api/ds/query", "/api/dashboards/uid/k8s-views", "/api/search", "/api/health"))
        journal.write(
            pod.labels,
            f'logger=context userId=1 orgId=1 uname=viewer t={_iso(moment.now)} level=info msg="Request Completed"'
            f" method=GET path={path} status=200 remote_addr=10.42.0.1 time_ms={millis} duration={millis}.3ms"
            f" size={self.dice.randint(200, 90_000)} handler={path}",
        )


class OrdersApi(App):
    """A Spring service whose connection pool is smaller than what it must do at once in a sale."""

    spec = AppSpec("orders-api", "shop", "registry.example.com/shop/orders-api:2.18.3", replicas=3)
    idle_bytes = 610 * MIB
    requests_per_second = 40.0
    start_seconds = 9.0
    calm_connections = 8
    busy_connections = 28  # more than a pool of 20 and than half a step (25), less than twice as much
    default_pool = 10  # HikariCP's own

    def on_start(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        for text in (
            "c.e.shop.orders.OrdersApplication        : Starting OrdersApplication v2.18.3 using Java 21.0.5",
            "com.zaxxer.hikari.HikariDataSource       : HikariPool-1 - Starting...",
            "com.zaxxer.hikari.HikariDataSource       : HikariPool-1 - Start completed.",
            "o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port 8080 (http) with context path '/'",
        ):
            journal.write(pod.labels, f"{_iso(moment.now)}  INFO 1 --- [orders-api] [           main] {text}")

    def waiting(self, pod: Pod) -> int:
        """Threads that wait for a connection."""
        return max(0, round(pod.totals.get("wanted", self.calm_connections)) - self._pool(pod))

    def _pool(self, pod: Pod) -> int:
        return pod.values.pool_size or self.default_pool

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        super().run(journal, moment, pod, faulty=faulty)
        pod.totals["wanted"] = self.busy_connections if faulty else self.calm_connections
        waiting = self.waiting(pod)
        self.serve(moment, pod, share_of_errors=waiting / self.busy_connections)
        if waiting and self.sometimes(0.5, moment):
            self._pool_exhausted(journal, moment, pod, waiting)
        if self.sometimes(0.3, moment):
            text = f"c.e.shop.orders.OrderService : order {self.dice.randint(10**6, 10**7)} stored, outbox published"
            thread = f"[nio-8080-exec-{self.dice.randint(1, 64)}]"
            journal.write(pod.labels, f"{_iso(moment.now)}  INFO 1 --- [orders-api] {thread} {text}")
        return None

    def _pool_exhausted(self, journal: Journal, moment: Moment, pod: Pod, waiting: int) -> None:
        pod.add("timeouts", 1)
        pool = self._pool(pod)
        state = f"(total={pool}, active={pool}, idle=0, waiting={waiting})"
        text = f"HikariPool-1 - Connection is not available, request timed out after {3000 + waiting}ms {state}"
        head = f"{_iso(moment.now)} ERROR 1 --- [orders-api] [nio-8080-exec-{self.dice.randint(1, 64)}]"
        journal.write(pod.labels, f"{head} o.h.engine.jdbc.spi.SqlExceptionHelper   : {text}")
        journal.write(pod.labels, f"Caused by: java.sql.SQLTransientConnectionException: {text}")

    def points(self, pod: Pod) -> Sequence[Point]:
        labels = {**scraped(pod), "pool": "HikariPool-1"}
        pool, waiting = self._pool(pod), self.waiting(pod)
        active = min(pool, round(pod.totals.get("wanted", self.calm_connections)))
        numbers = {"max": pool, "active": active, "idle": pool - active, "pending": waiting}
        gauges = tuple(Point(f"hikaricp_connections_{name}", labels, value) for name, value in numbers.items())
        timeouts = Point("hikaricp_connections_timeout_total", labels, pod.totals.get("timeouts", 0.0))
        return (*super().points(pod), *gauges, timeouts)


class MailWorker(App):
    """A Node worker that needs long to compile its templates, and whose liveness probe does not wait for it."""

    spec = AppSpec("mail-worker", "notify", "registry.example.com/notify/mail-worker:0.9.1", replicas=2)
    idle_bytes = 210 * MIB
    start_seconds = 8.0
    slow_start_seconds = 50.0  # beyond a probe that gives up after 35 s, within one that waits 30 s longer

    def ready_after(self, faulty: bool) -> float:
        return self.slow_start_seconds if faulty else self.start_seconds

    def on_start(self, journal: Journal, moment: Moment, pod: Pod) -> None:
        pod.probes = 0
        self._say(journal, moment, pod, "starting mail-worker 0.9.1, node v22.11.0")

    def _say(self, journal: Journal, moment: Moment, pod: Pod, message: str) -> None:
        millis = int(moment.now.timestamp() * 1000)
        line = f'{{"level":30,"time":{millis},"pid":1,"name":"mail-worker","msg":"{message}"}}'
        journal.write(pod.labels, line)

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        super().run(journal, moment, pod, faulty=faulty)
        if faulty and not pod.totals.get("recycled"):
            pod.totals["recycled"] = 1
            if pod.ready:
                self._say(journal, moment, pod, "template bundle 14 published, recycling worker")
                return "Completed"
        up, ready_after = moment.age - pod.started_age, self.ready_after(faulty)
        if up < ready_after:
            return self._starting(journal, moment, pod, up / ready_after)
        self.serve(moment, pod)
        if self.sometimes(0.3, moment):
            self._say(journal, moment, pod, f"delivered message {self.dice.randint(10**5, 10**6)} to relay")
        return None

    def _starting(self, journal: Journal, moment: Moment, pod: Pod, share: float) -> str | None:
        probe = pod.values.probe
        while moment.age - pod.started_age >= probe.initial_delay + probe.period * pod.probes:
            pod.probes += 1
            pod.add("probes_failed", 1)
            kube_lines.probe_failed(journal, moment, pod, f"templates compiled: {share:.0%}, consumer not started")
            if pod.probes >= probe.threshold:
                kube_lines.killed_by_probe(journal, moment, pod)
                return "Error"
        if self.sometimes(0.2, moment):
            self._say(journal, moment, pod, f"compiling templates, {share:.0%} done")
        return None

    def points(self, pod: Pod) -> Sequence[Point]:
        probes = {"namespace": pod.spec.namespace, "pod": pod.name, "container": pod.spec.name, "job": "kubelet"}
        probes |= {"probe_type": "Liveness", "result": "failed", "pod_uid": pod.uid}
        return (*super().points(pod), Point("prober_probe_total", probes, pod.totals.get("probes_failed", 0.0)))


class Postgresql(App):
    """A database in good health: its lines are the ones nobody should be woken for."""

    spec = AppSpec("postgresql", "shop", "docker.io/bitnami/postgresql:16.6.0", kind="StatefulSet", port=5432)
    idle_bytes = 890 * MIB

    def run(self, journal: Journal, moment: Moment, pod: Pod, *, faulty: bool) -> str | None:
        super().run(journal, moment, pod, faulty=faulty)
        self.serve(moment, pod)
        if self.sometimes(0.2, moment):
            at = f"{moment.now:%Y-%m-%d %H:%M:%S}.{moment.now.microsecond // 1000:03d} UTC"
            buffers = self.dice.randint(20, 900)
            text = self.dice.choice(
                (
                    "checkpoint starting: time",
                    f"checkpoint complete: wrote {buffers} buffers ({buffers / 655.36:.1f}%); 0 WAL file(s) added",
                    f'automatic analyze of table "orders.public.outbox": system usage: CPU: user: 0.0{buffers % 9} s',
                )
            )
            journal.write(pod.labels, f"{at} [27] LOG:  {text}")
        return None

    def points(self, pod: Pod) -> Sequence[Point]:
        labels = scraped(pod)
        return (
            Point("pg_up", labels, 1),
            Point("pg_stat_activity_count", {**labels, "datname": "orders", "state": "active"}, 31),
            Point("pg_settings_max_connections", labels, 100),
        )


ALL_APPS: tuple[type[App], ...] = (Grafana, OrdersApi, MailWorker, Postgresql)
