"""Objects, flows and programs that a line is about though another program wrote it."""

import json

import pytest

from langraph.affected import Affected, affected
from langraph.affected.alert_subject import affected_by_alert
from langraph.affected.controllers import subject
from langraph.affected.objects import whole_object

POD = "cart-5c8d9b7f64-x2k4m"
WATCHER = {"app": "otel-k8sobjects", "namespace": "monitoring"}
CILIUM = {"k8s_app": "cilium", "namespace": "kube-system", "container": "hubble-export"}
HOST = {"job": "systemd-journal", "node": "worker-7"}


def written(**fields: object) -> str:
    return json.dumps(fields)


def flow(way: str, **ends: dict[str, str]) -> str:
    return written(flow={"drop_reason_desc": "POLICY_DENIED", "traffic_direction": way, **ends})


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (WATCHER, written(type="MODIFIED", object={"kind": "Pod", "metadata": {"name": POD, "namespace": "shop"}})),
        (WATCHER, written(apiVersion="v1", kind="Pod", metadata={"name": "cart-0", "namespace": "shop"})),
        ({}, written(group="batch", version="v1", kind="Job", namespace="shop", name="cart", message="x")),
        (
            {"app": "argocd-application-controller", "namespace": "argocd"},
            written(group="apps", version="v1", kind="Deployment", namespace="shop", name="cart", status="OutOfSync"),
        ),
    ],
    ids=["a watch", "an object", "a result", "a result with its writer"],
)
def test_an_object_in_json_is_what_its_line_is_about(labels: dict[str, str], text: str) -> None:
    who = affected(labels, text)
    assert (who.app, who.namespace) == ("cart", "shop")


@pytest.mark.parametrize(
    "text",
    [
        written(level="error", version="1.4.2", kind="Deployment", name="other", namespace="else", msg="x"),
        written(level="error", kind="Deployment", name="other", namespace="else", msg="x"),
        written(kind="Node", apiVersion="v1", metadata={"name": "other"}),
        written(kind="Node", apiVersion="v1", metadata=["other"], name="other"),
        written(object=["other"], kind="Pod"),
        '{"kind":"Pod","metadata":{"name":"other"',
        '{"kind":' * 200_000,
    ],
    ids=["a record with a version", "a record", "a node", "no metadata", "no object", "cut", "deep"],
)
def test_what_is_no_workload_in_json_is_its_writers(text: str) -> None:
    assert whole_object(text) is None
    assert affected({"app": "cart", "namespace": "shop"}, text) == Affected("cart", "shop")


@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        (f"shop/{POD}:41 (ID:3) <> pay/bank-0:84 (ID:5) policy-verdict:none INGRESS DENIED (TCP)", "bank", "pay"),
        (f"shop/{POD}:41 (ID:3) <> pay/bank-0:84 (ID:5) policy-verdict:none EGRESS DENIED (TCP)", "cart", "shop"),
        (f"shop/{POD}:41 (ID:3) -> pay/bank-0:84 (ID:5) Policy denied DROPPED (TCP)", "bank", "pay"),
        (f"shop/{POD}:41 (ID:3) <> 203.0.113.7:443 (world) Policy denied DROPPED (TCP)", "cart", "shop"),
        ("10.1.2.3:41 (host) <> pay/bank-0:84 (ID:5) policy-verdict:none INGRESS DENIED (TCP)", "bank", "pay"),
        (flow("INGRESS", source={}, destination={"namespace": "pay", "pod_name": "bank-0"}), "bank", "pay"),
        (
            flow("EGRESS", source={"namespace": "shop", "pod_name": POD}, destination={"pod_name": "x-0"}),
            "cart",
            "shop",
        ),
    ],
)
def test_a_denied_flow_is_about_the_pod_whose_policy_denied_it(text: str, app: str, namespace: str) -> None:
    who = affected(CILIUM, text)
    assert (who.app, who.namespace) == (app, namespace)


def test_a_flow_that_was_let_through_is_about_nobody_else() -> None:
    text = f"shop/{POD}:41 (ID:3) -> pay/bank-0:84 (ID:5) to-endpoint FORWARDED (TCP Flags: SYN)"
    assert subject(["cilium"], text) == (None, None, None)


@pytest.mark.parametrize(
    ("program", "app"),
    [
        ("image-resizer", "image-resizer"),
        ("python3.11", None),
        ("java", None),
        ("node", None),
        ("a-name-cut-here", None),  # 15 characters, which is all that the kernel keeps
        ("Web Content", None),
    ],
)
def test_a_core_dump_is_of_the_program_it_names(program: str, app: str | None) -> None:
    text = f"w7 systemd-coredump[19031]: [x] Process 18822 ({program}) of user 10001 dumped core."
    assert affected(HOST, text).app == app


def test_a_thread_that_the_kernel_names_is_no_app() -> None:
    assert affected(HOST, "kernel: http-nio-8080-e[18822]: segfault at 10 ip 00007f sp 00007f error 4").app is None


@pytest.mark.parametrize(
    "text",
    [
        '[INFO]  client.alloc_runner.task_runner: not restarting task: alloc_id=40c0 task=cart reason="x"',
        '{"@level":"info","@message":"not restarting task","alloc_id":"40c0","reason":"x","task":"cart"}',
    ],
)
def test_nomad_speaks_of_the_task_it_runs(text: str) -> None:
    assert affected({"job": "nomad-client", "host": "w4"}, text).app == "cart"


@pytest.mark.parametrize(
    ("server", "found"),
    [
        ("cart-db-2.cart-db.shop.svc:3306", Affected("cart-db", "shop")),
        ("cart-db.shop.svc.cluster.local:3306", Affected("cart-db", "shop")),
        ("cart-db-2.cart-db:3306", Affected("cart-db", "edge")),
        ("10.2.3.4:3306", Affected(None, "edge")),
        ("db-1.example.net:3306", Affected(None, "edge")),
    ],
)
def test_a_server_that_proxysql_shuns_is_the_one_at_fault(server: str, found: Affected) -> None:
    text = f"[WARNING] Shunning server {server} from HG 20 with replication lag of 184 second"
    assert affected({"namespace": "edge", "pod": "proxysql-0"}, text) == found


@pytest.mark.parametrize(
    ("name", "job", "app"),
    [
        ("KubeSchedulerDown", "kube-scheduler", "kube-scheduler"),
        ("KubeControllerManagerDown", "kube-controller-manager", "kube-controller-manager"),
        ("KubeAPIDown", "apiserver", "apiserver"),
        ("KubeAPITerminatedRequests", "apiserver", "apiserver"),
        ("KubeletDown", "kubelet", "kubelet"),
        ("KubeletPodStartUpLatencyHigh", "kubelet", None),
        ("PodsPending", "kube-scheduler", None),
        ("KubePodCrashLooping", "kube-state-metrics", None),
    ],
)
def test_an_alert_called_after_a_part_of_the_control_plane_is_about_it(name: str, job: str, app: str | None) -> None:
    assert affected_by_alert({"alertname": name, "job": job, "severity": "critical"}).app == app


def test_events_that_kubectl_prints_into_a_stream_are_about_their_objects() -> None:
    text = f"shop   0s   Warning   Unhealthy   pod/{POD}   Readiness probe failed: connection refused"
    assert affected({"job": "kubectl-events"}, text).app == "cart"


@pytest.mark.parametrize(
    ("labels", "app"),
    [
        ({"pod": POD, "source": "default-scheduler"}, "cart"),
        ({"pod": "kube-scheduler-cp-1", "source": "default-scheduler"}, None),
        ({"source": "default-scheduler"}, None),
    ],
)
def test_who_sent_an_event_is_not_whom_its_other_labels_name(labels: dict[str, str], app: str | None) -> None:
    who = affected({"namespace": "shop", **labels}, "0/12 nodes are available: 12 Insufficient cpu.")
    assert who.app == app


def test_a_hook_that_failed_under_helm_is_about_its_job() -> None:
    text = "Error: UPGRADE FAILED: pre-upgrade hooks failed: * job cart-migrate failed: BackoffLimitExceeded"
    assert affected({"app": "deploy-runner", "namespace": "ci"}, text) == Affected("cart-migrate")
    of_release = 'error="Helm upgrade failed for release shop/cart with chart cart@4: * job cart-migrate failed: '
    flux = {"app": "helm-controller", "namespace": "flux-system"}
    assert affected(flux, of_release + 'BackoffLimitExceeded"') == Affected("cart-migrate", "shop")
