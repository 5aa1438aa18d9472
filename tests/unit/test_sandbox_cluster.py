"""The simulated cluster fails and recovers by what the GitOps branch holds, in virtual time."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from langraph.errors import BadInput, BadSetting
from services.sandbox.app_values import Probe, read_values
from services.sandbox.cluster import Script, SimulatedCluster
from services.sandbox.demo_repository import PLACES, initial_files
from services.sandbox.prometheus import SimulatedPrometheus
from services.sandbox.promql import Engine
from services.sandbox.rules import DEMO_RULES

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MIB = 1024 * 1024
ALARMING = re.compile(
    r"(?i)error|fail|exception|fatal|panic|kill|oom|time[- ]?out|timed out|refused|denied|unable|cannot|warn|crit"
    r"|back-?off|crash|evict|unhealthy|terminat|abort|reject|exhaust|traceback|unavailable|invalid|stderr"
)
Line = tuple[dict[str, str], int, str]


@dataclass
class World:
    """A cluster with a hand on its clock, and everything it has said."""

    files: dict[str, bytes]
    script: Script = field(default_factory=lambda: Script(history=timedelta(minutes=2)))
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = START
        self.prometheus = SimulatedPrometheus(lambda: self.now, DEMO_RULES)
        self.cluster = SimulatedCluster(self.files.get, self.push, self.prometheus, self.script)
        self.cluster.tick(self.now)

    def push(self, labels: dict[str, str], entries: list[tuple[int, str, dict[str, str]]]) -> None:
        self.lines += [(labels, at, line) for at, line, _ in entries]

    def run(self, seconds: int) -> list[Line]:
        """Let time pass, a second at a time. Returns the lines written meanwhile."""
        before = len(self.lines)
        for _ in range(seconds):
            self.now += timedelta(seconds=1)
            self.cluster.tick(self.now)
        return self.lines[before:]

    def ask(self, promql: str) -> dict[str, float]:
        """The instant vector, by the label `pod` or else by nothing."""
        elements = Engine(self.prometheus.store).vector(promql, int(self.now.timestamp() * 1000))
        return {dict(e.labels).get("pod", ""): e.value for e in elements}

    def number(self, promql: str) -> float | None:
        return next(iter(self.ask(promql).values()), None)

    def edit(self, path: str, old: bytes, new: bytes) -> None:
        """A commit that changes one place of one file."""
        assert self.files[path].count(old) == 1
        self.files[path] = self.files[path].replace(old, new)

    @property
    def firing(self) -> set[str]:
        return {alert.rule.name for alert in self.prometheus.alerts.active if alert.firing}


@pytest.fixture
def world() -> World:
    return World(initial_files())


GRAFANA = "helm-values/grafana/values.yaml"
ORDERS = "helm-values/orders-api/values.yaml"
MAIL = "helm-values/mail-worker/values.yaml"


def about(lines: list[Line], text: str) -> list[str]:
    return [line for _, _, line in lines if text in line]


# --- grafana's memory ------------------------------------------------------------------------------------------------


def test_grafana_is_ended_at_its_limit_within_the_first_seconds(world: World) -> None:
    lines = world.run(15)
    assert about(lines, "Memory cgroup out of memory: Killed process")
    assert about(lines, "oom-kill:constraint=CONSTRAINT_MEMCG")
    assert about(lines, '"reason":"PreviousContainerWasOOMKilled"')
    assert world.number('max(container_memory_working_set_bytes{container="grafana"})') is not None
    assert world.number('kube_pod_container_status_restarts_total{container="grafana"}') in (1, 2)
    assert world.number('kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}') == 1


def test_in_the_first_minute_only_grafana_is_ill(world: World) -> None:
    world.run(60)
    assert set(world.ask("kube_pod_container_status_restarts_total > 0")) == set(
        world.ask('kube_pod_info{created_by_name=~"grafana.*"}')
    )
    assert world.number("sum(hikaricp_connections_pending)") == 0
    assert world.firing == {"KubeContainerOOMKilled"}


def test_a_container_that_keeps_ending_is_backed_off(world: World) -> None:
    lines = world.run(120)
    waits = [int(m[1]) for line in about(lines, '"Error syncing pod') if (m := re.search(r"back-off (\d+)s", line))]
    assert waits[:3] == [5, 10, 20]
    assert max(waits) == 20
    assert "KubePodCrashLooping" in world.firing


def test_twice_the_memory_mends_grafana_after_the_sync_delay(world: World) -> None:
    world.run(40)
    old_pods = set(world.ask('kube_pod_info{pod=~"grafana.*"}'))
    world.edit(GRAFANA, b"memory: 512Mi", b"memory: 1Gi")
    world.run(4)
    assert set(world.ask('kube_pod_info{pod=~"grafana.*"}')) == old_pods
    rollout = world.run(26)
    assert about(rollout, "Sync operation succeeded")
    quiet = world.run(180)
    assert not about(quiet, "Killed process")
    assert not [line for _, _, line in quiet if "OOM" in line]
    assert world.ask('kube_pod_container_resource_limits{container="grafana",resource="memory"} == 1073741824')
    assert not old_pods & set(world.ask('kube_pod_status_ready{condition="true"} == 1'))
    assert world.number('min(kube_pod_status_ready{pod=~"grafana.*",condition="true"})') == 1
    assert world.number('kube_deployment_status_observed_generation{deployment="grafana"}') == 2
    assert world.number('sum(kube_pod_container_status_restarts_total{container="grafana"})') == 0
    assert world.number('max(container_memory_working_set_bytes{container="grafana"})') == 720 * MIB
    assert world.firing == set()


def test_half_a_step_does_not_mend_grafana(world: World) -> None:
    world.run(40)
    world.edit(GRAFANA, b"memory: 512Mi", b"memory: 640Mi")
    world.run(40)
    assert world.number('min(kube_pod_container_resource_limits{container="grafana",resource="memory"})') == 640 * MIB
    assert about(world.run(60), "Killed process")


def test_a_revert_brings_the_fault_back_under_the_first_hash(world: World) -> None:
    world.run(20)
    before = next(iter(world.ask('kube_pod_info{pod=~"grafana.*"}')))
    world.edit(GRAFANA, b"memory: 512Mi", b"memory: 1Gi")
    world.run(30)
    world.edit(GRAFANA, b"memory: 1Gi", b"memory: 512Mi")
    assert about(world.run(60), "Killed process")
    assert next(iter(world.ask('kube_pod_info{pod=~"grafana.*"}'))).rpartition("-")[0] == before.rpartition("-")[0]


def test_a_comment_changes_nothing_and_a_broken_file_leaves_all_as_it_is(world: World) -> None:
    world.run(5)
    pods = set(world.ask("kube_pod_info"))
    world.files[GRAFANA] += b"\n# a remark\n"
    world.files[ORDERS] = b"resources: ["
    del world.files[MAIL]
    world.run(30)
    assert set(world.ask("kube_pod_info")) == pods


# --- the other apps --------------------------------------------------------------------------------------------------


def one_fault(app: str) -> Script:
    return Script(faults={app: 10.0}, history=timedelta(minutes=2))


def test_a_pool_too_small_fails_requests_until_it_is_doubled() -> None:
    world = World(initial_files(), one_fault("orders-api"))
    assert not about(world.run(9), "HikariPool-1")
    ill = world.run(40)
    assert about(ill, "Connection is not available, request timed out after")
    assert about(ill, "Caused by: java.sql.SQLTransientConnectionException: HikariPool-1")
    assert world.number("sum(hikaricp_connections_pending)") == 24  # 8 in each of three pods
    world.edit(ORDERS, b"maximumSize: 20", b"maximumSize: 25")
    world.run(60)
    assert about(world.run(20), "Connection is not available")
    world.edit(ORDERS, b"maximumSize: 25", b"maximumSize: 40")
    world.run(60)
    assert not about(world.run(60), "Connection is not available")
    assert world.number("sum(hikaricp_connections_pending)") == 0
    assert world.number("max(hikaricp_connections_max)") == 40
    assert world.number('sum(rate(http_requests_total{job="orders-api",status="503"}[30s]))') == 0


def test_a_probe_too_tight_restarts_the_worker_until_it_waits_longer() -> None:
    world = World(initial_files(), one_fault("mail-worker"))
    ill = world.run(120)
    assert about(ill, '"reason":"Unhealthy"')
    assert about(ill, "Container mail-worker failed liveness probe, will be restarted")
    assert world.number('max(kube_pod_container_status_restarts_total{container="mail-worker"})') >= 2
    assert world.number('min(kube_pod_status_ready{pod=~"mail-worker.*",condition="true"})') == 0
    world.edit(MAIL, b"initialDelaySeconds: 15", b"initialDelaySeconds: 45")
    world.run(90)
    assert not about(world.run(120), "Unhealthy")
    assert world.number('min(kube_pod_status_ready{pod=~"mail-worker.*",condition="true"})') == 1
    assert world.number('kube_deployment_status_replicas_available{deployment="mail-worker"}') == 2


def test_a_rolling_update_keeps_ready_pods_until_new_ones_are_ready() -> None:
    world = World(initial_files(), Script(faults={}, history=timedelta(minutes=2)))
    world.edit(ORDERS, b"maximumSize: 20", b"maximumSize: 30")
    available = []
    for _ in range(40):
        world.run(1)
        available.append(world.number('kube_deployment_status_replicas_available{deployment="orders-api"}'))
    assert min(a for a in available if a is not None) >= 3
    assert len(world.ask('kube_pod_info{pod=~"orders-api.*"}')) == 3


def test_more_replicas_are_more_pods_of_the_same_template() -> None:
    world = World(initial_files(), Script(faults={}, history=timedelta(minutes=1)))
    world.edit(MAIL, b"replicaCount: 2", b"replicaCount: 4")
    world.run(30)
    names = {pod.rpartition("-")[0] for pod in world.ask('kube_pod_info{pod=~"mail-worker.*"}')}
    assert len(world.ask('kube_pod_info{pod=~"mail-worker.*"}')) == 4
    assert len(names) == 1


# --- everything ------------------------------------------------------------------------------------------------------


def test_a_healthy_cluster_writes_nothing_alarming_and_fires_no_alert() -> None:
    world = World(initial_files(), Script(faults={}, history=timedelta(minutes=5)))
    world.run(900)
    assert len(world.lines) > 3 * 900
    assert [line for _, _, line in world.lines if ALARMING.search(line)] == []
    assert world.prometheus.alerts.active == ()


def test_lines_are_in_order_within_a_stream_and_carry_kubernetes_labels(world: World) -> None:
    world.run(60)
    last: dict[tuple[tuple[str, str], ...], int] = {}
    for labels, at, _ in world.lines:
        stream = tuple(sorted(labels.items()))
        assert at > last.get(stream, 0)
        last[stream] = at
    from_apps = [labels for labels, _, _ in world.lines if labels.get("app") == "grafana"]
    assert from_apps
    assert all({"namespace", "pod", "container", "node_name", "job"} <= set(labels) for labels in from_apps)
    assert max(last.values()) < int(world.now.timestamp() * 1e9) + 10**9


def test_there_is_a_healthy_past_when_the_cluster_starts(world: World) -> None:
    assert world.number('count_over_time(kube_pod_info{pod=~"grafana.*"}[2m])') >= 20
    assert world.number("sum(max_over_time(kube_pod_container_status_restarts_total[2m]))") == 0
    assert world.lines[0][1] < int(START.timestamp() * 1e9)


def test_a_faster_cluster_fails_sooner() -> None:
    world = World(initial_files(), Script(speed=10.0, history=timedelta(minutes=1)))
    world.run(12)
    assert world.number("sum(hikaricp_connections_pending)") == 24  # ninety seconds have passed for the apps


def test_the_second_fault_comes_after_ninety_seconds(world: World) -> None:
    assert not about(world.run(88), "HikariPool")
    assert about(world.run(30), "HikariPool")


def test_time_that_does_not_move_changes_nothing(world: World) -> None:
    before = len(world.lines)
    world.cluster.tick(world.now)
    assert len(world.lines) == before


# --- values and the repository ---------------------------------------------------------------------------------------


def test_values_are_read_as_their_charts_render_them() -> None:
    values = read_values(
        b"replicaCount: 2\nprimary:\n  resources: {limits: {memory: 1.5Gi, cpu: 500m}}\n"
        b"env: [{name: DB_POOL_MAX_SIZE, value: '12'}, {name: DB_POOL_TIMEOUT_MAX, value: '99'}]\n"
    )
    assert (values.memory_limit, values.cpu_limit, values.replicas) == (1.5 * 1024**3, 0.5, 2)
    assert (values.pool_size, values.memory_request) == (12, None)
    assert values.probe == Probe(0.0, 10.0, 3)
    assert values.probe.killed_after == 20.0
    assert read_values(b"env: [{name: POOL_SIZE, value: '5'}]\npool: {max: 9}").pool_size == 9


def test_replicas_do_not_change_the_pod_template() -> None:
    one, two = read_values(b"replicaCount: 1\na: 1"), read_values(b"a: 1\nreplicaCount: 2")
    assert one.template == two.template != read_values(b"a: 2").template


REFUSED = [
    b"a: [",
    b"- 1",
    b"resources: {limits: {memory: lots}}",
    b"replicaCount: many",
    b"livenessProbe: {periodSeconds: -1}",
]


@pytest.mark.parametrize("data", REFUSED)
def test_values_that_kubernetes_would_refuse_are_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_values(data)


def test_the_demo_repository_is_the_projects_own_values() -> None:
    files = initial_files()
    root = PLACES[1]
    assert {"README.md", "helm-values/policy.yaml", GRAFANA, ORDERS, MAIL} <= set(files)
    for path in root.rglob("*.yaml"):
        assert files[f"helm-values/{path.relative_to(root).as_posix()}"] == path.read_bytes()
    assert PLACES[0].resolve() == root.resolve()  # a link: a wheel build follows it


def test_the_demo_policy_names_the_approvers_it_is_given() -> None:
    policy = initial_files(["local:root", "api:alice"])["helm-values/policy.yaml"]
    assert b"approvers:\n  - local:root\n  - api:alice\n" in policy
    assert b"\napprovers: []" in initial_files()["helm-values/policy.yaml"]
    with pytest.raises(BadSetting, match="no person id"):
        initial_files(["root\nstronger: [x]"])
