"""Kubernetes faults by the forms in which people meet them: lines, kubectl's output, alerts."""

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
import yaml

from langraph.analysis import Analyst, Values, as_json
from langraph.models.incident import Alert, LogEvent
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import load
from tests.support.runbook_cases import all_cases

HERE = Path(__file__).parent
KUBERNETES = yaml.safe_load((HERE / "runbook_cases_kubernetes.yaml").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((HERE / "alert_cases_kubernetes.yaml").read_text(encoding="utf-8"))
CATALOGUE = load()
NOW = datetime(2025, 4, 7, 10, 0, tzinfo=UTC)
KEY = b"k" * 16
FULL = "eviction node volume read_only hpa job_failed replicas_mismatch target_down overcommit service_routing"


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(CATALOGUE)


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return Analyst(CATALOGUE, Values(), NOW)


def category_of(runbook: str) -> str:
    return CATALOGUE.runbooks[runbook].category.value


def alert(name: str, description: str = "", **labels: str) -> Alert:
    notes = {"description": description} if description else {}
    return Alert(name, True, {"alertname": name, **labels}, notes, NOW, "prometheus")


def test_every_kubernetes_category_has_a_dozen_positives_and_half_a_dozen_look_alikes() -> None:
    yes: dict[str, int] = {}
    no: dict[str, int] = {}
    for runbook, case in all_cases().items():
        category = category_of(runbook)
        rows = KUBERNETES.get(runbook, {}).get("rows") or []
        yes[category] = yes.get(category, 0) + len(case["yes"]) + len(case["says"]) + len(rows)
        no[category] = no.get(category, 0) + len(case["no"])
    assert not [c for c in [*FULL.split(), "kernel_limit"] if yes[c] < 12 or no[c] < 6]


def test_every_form_of_a_fault_leads_to_its_category_whatever_its_level(recogniser: Recogniser) -> None:
    wrong = []
    for runbook, case in KUBERNETES.items():
        for line in [*(case.get("yes") or []), *(case.get("says") or []), *(case.get("rows") or [])]:
            found = recogniser.event(LogEvent(line, 1, "trigger", {}), KEY, asked=True)
            if found is None or found.category.value != category_of(runbook):
                wrong.append((runbook, found and found.runbook, line))
    assert wrong == []


def test_a_row_that_kubectl_prints_counts_without_being_asked_for(recogniser: Recogniser) -> None:
    rows = [(runbook, row) for runbook, case in KUBERNETES.items() for row in case.get("rows") or []]
    found = [recogniser.event(LogEvent(row, 1, "stdin", {}), KEY) for _, row in rows]
    assert [f and f.runbook for f in found] == [runbook for runbook, _ in rows]


@pytest.mark.parametrize(("category", "names"), ALERTS["known"].items(), ids=list(ALERTS["known"]))
def test_the_rules_of_the_mixins_and_those_that_people_write_are_known(
    recogniser: Recogniser, category: str, names: list[str]
) -> None:
    found = [recogniser.alert(alert(name), KEY) for name in names]
    assert [(n, f and f.category.value) for n, f in zip(names, found, strict=True)] == [(n, category) for n in names]


@pytest.mark.parametrize(("name", "says", "category"), ALERTS["other"])
def test_an_alert_is_known_by_what_it_says(recogniser: Recogniser, name: str, says: str, category: str) -> None:
    found = recogniser.alert(alert(name, says), KEY)
    assert found is not None
    assert found.category.value == category


def test_no_alert_name_is_claimed_by_two_runbooks_of_different_categories() -> None:
    owners: dict[str, set[str]] = {}
    for runbook in CATALOGUE.runbooks.values():
        for name in runbook.alerts:
            owners.setdefault(name.casefold(), set()).add(runbook.category.value)
    assert {name: sorted(of) for name, of in owners.items() if len(of) > 1} == {}


@pytest.mark.parametrize(
    ("labels", "app"),
    [
        ({"deployment": "web", "namespace": "shop", "job": "kube-state-metrics", "pod": "m-0"}, "web"),
        ({"job_name": "backup-28391040", "namespace": "shop", "job": "kube-state-metrics"}, "backup"),
        ({"persistentvolumeclaim": "data-db-0", "namespace": "shop", "job": "kubelet"}, "db"),
        ({"node": "worker-1", "job": "kube-state-metrics", "namespace": "monitoring"}, None),
        ({"instance": "10.0.0.4:9100", "job": "node-exporter", "namespace": "monitoring"}, None),
    ],
)
def test_an_alerts_app_is_the_workload_and_a_nodes_fault_has_none(
    recogniser: Recogniser, labels: dict[str, str], app: str | None
) -> None:
    found = recogniser.alert(alert("Anything", **labels), KEY)
    assert found is not None
    assert found.app == app


# --- kubectl describe ----------------------------------------------------------------------------------------------

POD = """\
Name:             cart-5d7c9b6f4d-8xk2p
Namespace:        shop
Node:             worker-1/10.0.0.4
Labels:           app=cart
                  pod-template-hash=5d7c9b6f4d
Controlled By:  ReplicaSet/cart-5d7c9b6f4d
Containers:
  cart:
    Image:          acme/cart:1.4.2
    State:          Waiting
      Reason:       {waiting}
    Last State:     Terminated
      Reason:       {ended}
      Exit Code:    {code}
    Ready:          False
    Restart Count:  4
    Liveness:     http-get http://:8080/healthz delay=10s timeout=1s period=10s #success=1 #failure=3
Conditions:
  Type              Status
  Initialized       True\x20
  Ready             False\x20
  PodScheduled      True\x20
Events:
  Type     Reason     Age                  From               Message
  ----     ------     ----                 ----               -------
  Normal   Scheduled  5m                   default-scheduler  Successfully assigned shop/cart to worker-1
{events}
"""
BACK_OFF = (
    "Warning  BackOff  2m (x9 over 5m)  kubelet  Back-off restarting failed container cart in pod cart_shop(1b2c)"
)
PULL = 'Failed to pull image "reg.local/cart:1": rpc error: code = Unknown desc = failed to do request: '


def describe(*events: str, waiting: str = "CrashLoopBackOff", ended: str = "Error", code: int = 1) -> str:
    lines = indent(dedent("\n".join(events)), "  ")
    return POD.format(waiting=waiting, ended=ended, code=code, events=lines)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (describe(BACK_OFF, ended="OOMKilled", code=137), "oom"),
        (describe(BACK_OFF), "crash_loop"),
        (describe(BACK_OFF, code=139), "app_crash"),
        (
            describe(
                'Warning  FailedMount  1m  kubelet  MountVolume.SetUp failed for volume "c" : secret "tls" not found',
                waiting="ContainerCreating",
            ),
            "config_error",
        ),
        (
            describe(
                f"Warning  Failed  1m  kubelet  {PULL}x509: certificate signed by unknown authority",
                "Warning  Failed  1m  kubelet  Error: ErrImagePull",
                "Warning  Failed  1m  kubelet  Error: ImagePullBackOff",
                waiting="ImagePullBackOff",
            ),
            "cert_expiry",
        ),
        (
            describe(
                "Warning  Unhealthy  1m  kubelet  Liveness probe failed: dial tcp 10.42.0.9:8080: connect: connection "
                "refused",
                BACK_OFF,
                code=137,
            ),
            "probe_failure",
        ),
        (
            describe("Warning  Evicted  1m  kubelet  The node had condition: [DiskPressure].", waiting="Evicted"),
            "eviction",
        ),
        (
            describe(
                'Warning  Failed  1m  kubelet  Error: OCI runtime create failed: exec: "serv": executable file not '
                "found in $PATH: unknown",
                BACK_OFF,
                ended="StartError",
                code=128,
            ),
            "config_error",
        ),
        (
            describe(
                "Warning  FailedCreatePodSandBox  1m  kubelet  Failed to create pod sandbox: plugin "
                'type="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
                waiting="ContainerCreating",
            ),
            "network",
        ),
        (
            describe(
                "Warning  FailedScheduling  1m  default-scheduler  0/3 nodes are available: pod has unbound immediate "
                "PersistentVolumeClaims."
            ),
            "volume",
        ),
    ],
)
def test_the_root_cause_wins_over_what_follows_from_it(analyst: Analyst, text: str, category: str) -> None:
    found = as_json(analyst.text(text, {}), "en")
    assert (found["category"], found["app"], found["namespace"]) == (category, "cart", "shop")


@pytest.mark.parametrize(
    ("text", "category", "app"),
    [
        (
            "NAME       STATUS     ROLES    AGE   VERSION\n"
            "worker-1   Ready      <none>   41d   v1.29.4\n"
            "worker-2   NotReady   <none>   41d   v1.29.4",
            "node",
            None,
        ),
        (
            "NAMESPACE   NAME                    READY   STATUS             RESTARTS   AGE\n"
            "shop        cart-5d7c9b6f4d-8xk2p   0/1     ImagePullBackOff   0          9m\n"
            "shop        web-6d5f8b7c9d-x2k4p    1/1     Running            0          3d",
            "image_pull",
            "cart",
        ),
        (
            "LAST SEEN   TYPE      REASON         OBJECT                       MESSAGE\n"
            "5m          Warning   FailedCreate   replicaset/cart-5d7c9b6f4d   Error creating: pods is forbidden: "
            "exceeded quota: compute, requested: limits.memory=1Gi\n"
            "3m          Normal    ScalingReplicaSet  deployment/cart   Scaled up replica set cart-5d7c9b6f4d to 3",
            "quota",
            "cart",
        ),
        (
            "Name:             report-28391040\nNamespace:        shop\nControlled By:    CronJob/report\nEvents:\n"
            "  Type     Reason                Age   From            Message\n"
            "  Normal   SuccessfulCreate      10m   job-controller  Created pod: report-28391040-x2k4p\n"
            "  Warning  BackoffLimitExceeded  2m    job-controller  Job has reached the specified backoff limit",
            "job_failed",
            "report",
        ),
    ],
)
def test_what_kubectl_prints_is_read(analyst: Analyst, text: str, category: str, app: str | None) -> None:
    found: dict[str, Any] = as_json(analyst.text(text, {}), "en")
    assert (found["category"], found["app"]) == (category, app)


def test_healthy_kubectl_output_raises_nothing(analyst: Analyst) -> None:
    text = (
        "NAME                    READY   STATUS      RESTARTS   AGE\n"
        "cart-5d7c9b6f4d-8xk2p   1/1     Running     0          3d\n"
        "backup-28391040-x2k4p   0/1     Completed   0          3h\n"
        "  MemoryPressure   False   KubeletHasSufficientMemory   kubelet has sufficient memory available\n"
        "  Ready            True    KubeletReady                 kubelet is posting ready status\n"
        "Events:          <none>"
    )
    assert as_json(analyst.text(text, {}), "en")["category"] is None
