"""The daemon against a real Prometheus and a real Alertmanager: rules fire, both tell, one incident is mended."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from langraph.quantity import parse
from services.alertmanager_client import AlertmanagerClient
from services.bounded_http import Endpoint
from services.prometheus_client import PrometheusClient
from tests.support.daemon_process import DaemonProcess
from tests.support.debian import needs
from tests.support.gitops import GitOps, values, values_file
from tests.support.ports import free_port
from tests.support.prometheus_stack import App, Cluster, Server, alertmanager_server, prometheus_server
from tests.support.visitor import Visitor

pytestmark = [pytest.mark.debian, pytest.mark.xdist_group("real-prometheus")]

SETTINGS = {
    "LOG_MONITOR_INTERVAL": "300ms",
    "VERIFY_WINDOW": "2s",
    "SYSTEMIC_APPS": "1000",  # each test breaks apps of its own
    "ROLLOUT_TIMEOUT": "5m",  # a busy machine takes long to start Prometheus again
    "LOG_FORMAT": "json",
}
RULES = {
    "groups": [
        {
            "name": "shop",
            "interval": "1s",
            "rules": [
                {"alert": "Watchdog", "expr": "vector(1)", "labels": {"severity": "none"}},
                {
                    "alert": "KubeContainerOOMKilled",
                    "expr": 'kube_pod_container_status_last_terminated_reason{reason="OOMKilled"} == 1',
                    "for": "1s",
                    "labels": {"severity": "warning"},
                    "annotations": {"summary": "{{ $labels.pod }} was killed for lack of memory"},
                },
                {
                    "alert": "KubePodCrashLooping",
                    "expr": 'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"} == 1',
                    "labels": {"severity": "page"},
                },
                {
                    "alert": "TargetDown",  # of one job only: on a busy machine others miss a scrape
                    "expr": 'count by (job, namespace) (up{job="payments"} == 0) > 0',
                    "labels": {"severity": "info"},
                },
                {"alert": "CheckoutBudgetBurns", "expr": "shop_error_ratio > 0.05", "labels": {"severity": "error"}},
            ],
        }
    ]
}


@dataclass
class Stack:
    """Everything that runs."""

    cluster: Cluster
    prometheus: Server
    alertmanager: Server
    gitops: GitOps
    daemon: DaemonProcess
    visitor: Visitor

    def oom(self, name: str) -> dict[str, Any]:
        """The app runs out of memory, once in all tests; its incident, which waits for people."""
        app = self.cluster.app(name)
        if not app.oom_killed:
            app.breaks()
        return self.visitor.wait_for(name, "awaiting_approval")

    def gitops_sync(self, app: App) -> None:
        """What Argo CD would do: the cluster takes the limit that the branch has."""
        text = self.gitops.show(values_file(app.name)).decode()
        app.rolls_out(int(parse(text.partition("memory: ")[2].split()[0]).value))

    def ask(self, promql: str) -> list[dict[str, Any]]:
        """Its series; for a moment none when a scrape is late."""
        found: list[dict[str, Any]] = self.prometheus.get("/api/v1/query", query=promql)["data"]["result"]
        return found

    def alert(self, name: str, app: str) -> dict[str, Any] | None:
        """The alert as Prometheus has it now."""
        alerts = self.prometheus.get("/api/v1/alerts")["data"]["alerts"]
        found = [one for one in alerts if one["labels"]["alertname"] == name and app in str(one["labels"])]
        return found[0] if found else None


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    prometheus_program = needs("prometheus", "prometheus")
    alertmanager_program = needs("prometheus-alertmanager", "prometheus-alertmanager")
    directory = tmp_path_factory.mktemp("stack")
    gitops = GitOps(directory, "cart", "orders", "mail", "stock")
    with Cluster() as cluster:
        for name in ("cart", "orders", "mail", "stock", "checkout"):
            cluster.app(name)
        daemon = DaemonProcess({**SETTINGS, "GIT_REPO_PATH": gitops.url}, directory)
        hooks = [f"http://127.0.0.1:{daemon.port}/api/alerts", f"http://127.0.0.1:{cluster.port}/hook"]
        alertmanager = alertmanager_server(alertmanager_program, directory, alertmanager_config(hooks))
        prometheus = prometheus_server(
            prometheus_program, directory, prometheus_config(cluster.port, alertmanager.url), RULES
        )
        try:
            prometheus.start()
            daemon.start(PROMETHEUS_URL=prometheus.url)
            daemon.wait_until_up()
            alertmanager.start()  # last, so that its first webhook finds us up
            yield Stack(cluster, prometheus, alertmanager, gitops, daemon, Visitor(daemon))
            assert "Traceback" not in daemon.log()
        finally:
            daemon.close()
            prometheus.stop()
            alertmanager.stop()


def alertmanager_config(hooks: list[str]) -> dict[str, Any]:
    return {
        "route": {
            "receiver": "langraph",
            "group_by": ["alertname"],
            "group_wait": "200ms",
            "group_interval": "1s",
            "repeat_interval": "2s",
        },
        "receivers": [{"name": "langraph", "webhook_configs": [{"url": url, "send_resolved": True} for url in hooks]}],
    }


def prometheus_config(exporter: int, alertmanager: str) -> dict[str, Any]:
    dead = free_port()
    return {
        "global": {
            "scrape_interval": "1s",
            "evaluation_interval": "1s",
            "external_labels": {"cluster": "test", "replica": "a"},
        },
        "rule_files": ["rules.yml"],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [alertmanager.removeprefix("http://")]}]}],
        },
        "scrape_configs": [
            {
                "job_name": "kube-state-metrics",
                "honor_labels": True,
                "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}],
            },
            {
                "job_name": "checkout",
                "metrics_path": "/checkout",
                "static_configs": [{"targets": [f"127.0.0.1:{exporter}"], "labels": {"namespace": "shop"}}],
            },
            {
                "job_name": "payments",
                "static_configs": [{"targets": [f"127.0.0.1:{dead}"], "labels": {"namespace": "shop"}}],
            },
        ],
    }


def test_an_alert_of_each_kind_opens_its_incident_with_the_severity_that_its_rule_says(stack: Stack) -> None:
    stack.oom("cart")
    stack.cluster.app("stock").crash_looping = True
    stack.cluster.app("checkout").error_ratio = 0.2
    found = {
        app: stack.visitor.wait_for(app, "awaiting_approval", "no_action")
        for app in ("cart", "stock", "checkout", "payments")
    }
    said = {app: (one["category"], one["severity"], one["namespace"], one["status"]) for app, one in found.items()}
    assert said == {
        "cart": ("oom", "medium", "shop", "awaiting_approval"),  # the runbook alone would say critical
        "stock": ("crash_loop", "critical", "shop", "no_action"),
        "checkout": ("unknown", "high", "shop", "no_action"),
        "payments": (found["payments"]["category"], "low", "shop", "no_action"),
    }
    assert found["payments"]["first_line"] == "TargetDown"
    assert stack.alert("Watchdog", "Watchdog") is not None  # it fires, and that is no incident
    assert not any("Watchdog" in stack.visitor.incident(one["id"])["first_line"] for one in stack.visitor.incidents())


def test_the_evidence_is_what_prometheus_answers(stack: Stack) -> None:
    incident = stack.oom("cart")
    asked = {one["text"]: one["value"] for one in incident["evidence"] if one["kind"] == "query"}
    shown = {"1": 1.0, "97 %": 0.97, "512Mi": 512 * 1024.0**2}
    assert set(asked.values()) == set(shown)
    for promql, value in asked.items():
        (series,) = stack.visitor.until(f"a sample of {promql}", lambda promql=promql: stack.ask(promql))
        assert float(series["value"][1]) == pytest.approx(shown[value], rel=0.01)


def test_both_ways_of_an_alert_lead_to_one_incident_however_often_it_is_told(stack: Stack) -> None:
    """`for: 1s` makes the times differ: Prometheus says since when it is pending, Alertmanager since when it fires."""
    incident = stack.oom("cart")
    stack.visitor.until("two webhooks", lambda: len(stack.cluster.told("KubeContainerOOMKilled", "cart", "firing")) > 1)
    stack.visitor.until("polled and delivered", lambda: stack.visitor.incident(incident["id"])["count"] >= 2)
    hooks = stack.cluster.told("KubeContainerOOMKilled", "cart", "firing")[:2]
    known = stack.visitor.incident(incident["id"])
    for hook in [*hooks, *hooks]:
        answer = stack.daemon.client.post("/api/alerts", json=hook)
        assert answer.status_code == 200, answer.text
    again = stack.visitor.wait_for("cart", "awaiting_approval")
    assert (again["id"], again["count"], again["timeline"]) == (known["id"], known["count"], known["timeline"])
    lines = httpx.get(f"{stack.alertmanager.url}/metrics", trust_env=False, timeout=30).text.splitlines()
    sent, failed = [
        sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f'{name}{{integration="webhook"'))
        for name in ("alertmanager_notifications_total", "alertmanager_notifications_failed_total")
    ]
    assert failed * 5 <= sent, (failed, sent)  # on a busy machine an answer may come too late for Alertmanager


async def test_our_clients_read_what_the_servers_say(stack: Stack) -> None:
    await asyncio.to_thread(stack.oom, "cart")
    prometheus = PrometheusClient(Endpoint(stack.prometheus.url, "PROMETHEUS_URL"))
    alertmanager = AlertmanagerClient(Endpoint(stack.alertmanager.url, "ALERTMANAGER_URL"))
    try:
        async with asyncio.timeout(90):
            while True:
                polled = {alert.fingerprint: alert for alert in (await prometheus.snapshot()).firing}
                active = {alert.fingerprint: alert for alert in (await alertmanager.snapshot()).firing}
                if set(polled) == set(active):
                    break
                await asyncio.sleep(0.2)
    finally:
        await prometheus.aclose()
        await alertmanager.aclose()
    assert {alert.name for alert in polled.values()} >= {"Watchdog", "TargetDown", "KubeContainerOOMKilled"}
    assert all("cluster" in alert.labels for alert in active.values())
    assert not any("cluster" in alert.labels for alert in polled.values())


def test_the_approved_change_is_one_commit_and_the_resolved_alert_means_recovery(stack: Stack) -> None:
    incident = stack.oom("mail")
    assert stack.visitor.decide(incident).status_code == 200
    stack.visitor.until("the commit", lambda: stack.gitops.show(values_file("mail")).decode() == values("mail", "1Gi"))
    stack.gitops_sync(stack.cluster.app("mail"))
    ended = stack.visitor.wait_for("mail", "recovered", "not_recovered", "inconclusive", "failed", patience=90)
    assert ended["status"] == "recovered", ended["outcome"]
    signals = {one["name"]: one["healthy"] for one in ended["outcome"]["signals"]}
    assert signals.pop("restarts") in (True, None)  # on a busy machine two seconds may hold one sample only
    assert signals == {"alert": True, "unready": True, "new_errors": True}
    fix = "fix(mail): resources.limits.memory 512Mi -> 1Gi"
    assert stack.gitops.touching(values_file("mail")) == ["the cluster", fix]
    (resolved, *_) = stack.visitor.until(
        "the resolved webhook", lambda: stack.cluster.told("KubeContainerOOMKilled", "mail", "resolved")
    )
    before = stack.visitor.wait_for("mail", "recovered")["count"]
    for _ in range(2):
        assert stack.daemon.client.post("/api/alerts", json=resolved).status_code == 200
    assert stack.visitor.wait_for("mail", "recovered")["count"] == before


def test_while_prometheus_is_away_nothing_is_called_healthy_and_afterwards_everything_is_made_up(stack: Stack) -> None:
    orders, incident = stack.cluster.app("orders"), stack.oom("orders")
    stack.prometheus.stop()
    try:
        assert stack.visitor.decide(incident).status_code == 200
        stack.visitor.until("the commit", lambda: "1Gi" in stack.gitops.show(values_file("orders")).decode())
        stack.gitops_sync(orders)
        told = stack.visitor.until(
            "not ready",
            lambda: answer.json() if (answer := stack.daemon.client.get("/ready")).status_code == 503 else None,
        )
        assert [name for name, trouble in told["dependencies"].items() if trouble] == ["prometheus"]
        stack.visitor.wait_for("orders", "verifying")  # a commit can be seen before the daemon has noted it
        until = time.monotonic() + 9  # the window, and the first looks behind it
        while time.monotonic() < until:
            assert stack.visitor.incident(incident["id"])["status"] == "verifying"
            time.sleep(0.5)
        assert stack.visitor.metric("langraph_source_errors_total", source="prometheus", kind="unavailable") >= 1
    finally:
        stack.prometheus.start()
    ended = stack.visitor.wait_for("orders", "recovered", "not_recovered", "inconclusive", "failed", patience=90)
    assert ended["status"] == "recovered", ended["outcome"]
    assert len(stack.gitops.touching(values_file("orders"))) == 2
    assert len(stack.visitor.incidents(app="orders")) == 1
