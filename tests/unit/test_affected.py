"""Whose fault it is, from honest labels and hostile text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.affected import NAME, Affected, affected
from langraph.affected.alert_subject import affected_by_alert
from langraph.affected.owners import claimant, workload


@pytest.mark.parametrize(
    ("pod", "name"),
    [
        ("grafana-6d5f8b7c9d-x2k4p", "grafana"),
        ("kube-prometheus-stack-grafana-5c8d7f9b44-zq8tw", "kube-prometheus-stack-grafana"),
        ("api-1234567890-abcde", "api"),
        ("postgres-0", "postgres"),
        ("loki-write-12", "loki-write"),
        ("node-exporter-x2k4p", "node-exporter"),
        ("backup-28391040-x7k2p", "backup"),
        ("migrate-x7k2p", "migrate"),
        ("redis-https", "redis-https"),
        ("shop-proxy", "shop-proxy"),
        ("grafana", "grafana"),
        ("kube-apiserver-master-1", "kube-apiserver"),
        ("etcd-ip-10-0-0-1", "etcd"),
        ("runner-t1zxk9pqw-project-318-concurrent-4-v7c2hd6k", "gitlab-runner"),
        ("dagster-run-3b6f0d52-41c7-4d0e-9c55-70c1b4c2f9ad-p6wdx", "dagster-run"),
        ("Bad_Name", None),
        ("", None),
        ("-x", None),
    ],
)
def test_a_pods_name_leads_to_what_made_it(pod: str, name: str | None) -> None:
    assert workload(pod) == name


@pytest.mark.parametrize(
    ("labels", "app"),
    [
        ({"app": "shop", "pod": "other-0"}, "shop"),
        ({"app_kubernetes_io_name": "shop", "service_name": "x"}, "shop"),
        ({"k8s_app": "shop"}, "shop"),
        ({"service_name": "shop"}, "shop"),
        ({"service_name": "unknown_service", "container": "shop"}, "shop"),
        ({"service_name": "unknown_service:java", "pod": "shop-0"}, "shop"),
        ({"pod": "shop-6d5f8b7c9d-x2k4p", "container": "main"}, "shop"),
        ({"container": "shop"}, "shop"),
        ({"container": "app"}, None),
        ({"job": "prod/shop"}, "shop"),
        ({"deployment": "shop"}, "shop"),
        ({"job_name": "backup-28391040"}, "backup"),
        ({"app": "Not A Name"}, None),
        ({"app": "a/b; rm -rf"}, None),
        ({"filename": "/var/log/x"}, None),
        ({}, None),
    ],
)
def test_labels_name_the_app_in_order_of_trust(labels: dict[str, str], app: str | None) -> None:
    assert affected(labels).app == app


def test_a_job_of_two_parts_gives_the_namespace() -> None:
    assert affected({"job": "prod/shop"}).namespace == "prod"


EVENTS = {"job": "loki.source.kubernetes_events", "namespace": "shop"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "name=api-6d5f8b7c9d-x2k4p kind=Pod reason=BackOff type=Warning "
            'msg="Back-off restarting failed container api in pod x"',
            Affected("api", "shop", "api-6d5f8b7c9d-x2k4p", "api"),
        ),
        (
            '{"reason":"Unhealthy","involvedObject":{"kind":"Pod","namespace":"shop","name":"db-0",'
            '"fieldPath":"spec.containers{pg}"}}',
            Affected("db", "shop", "db-0", "pg"),
        ),
        ('kind=Deployment name=web reason=ReplicaSetCreateError type=Warning msg="x"', Affected("web", "shop")),
        ('kind=ReplicaSet name=web-6d5f8b7c9d reason=FailedCreate type=Warning msg="x"', Affected("web", "shop")),
        ('kind=Job name=backup-28391040 reason=BackoffLimitExceeded type=Warning msg="x"', Affected("backup", "shop")),
    ],
)
def test_an_event_names_its_object(text: str, found: Affected) -> None:
    assert affected(EVENTS, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'E0102 03:04:05.1 1 x.go:1] "Error syncing pod" pod="prod/web-0" podUID="1"',
            Affected("web", "prod", "web-0"),
        ),
        ("Back-off 5m0s restarting failed container=web pod=web-0_prod(1b2c)", Affected("web", "prod", "web-0", "web")),
        ("5m  Warning  BackOff  pod/web-6d5f8b7c9d-x2k4p  Back-off", Affected("web", None, "web-6d5f8b7c9d-x2k4p")),
        ('failed for deployment.apps "web"', Affected("web")),
        ('{"app":"web","namespace":"prod","msg":"x"}', Affected("web", "prod")),
        ("Memory cgroup out of memory: Killed process 12 (java)", Affected()),
        ("nothing to see", Affected()),
    ],
)
def test_without_labels_the_text_is_asked(text: str, found: Affected) -> None:
    assert affected({}, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'I0102 1 event.go:1] "Event occurred" object="shop/web-6d5f8b7c9d" fieldPath="" kind="ReplicaSet" '
            'apiVersion="apps/v1" type="Warning" reason="FailedCreate" message="x"',
            Affected("web", "shop"),
        ),
        (
            'Event(v1.ObjectReference{Kind:"Pod", Namespace:"shop", Name:"db-0", UID:"1", APIVersion:"v1"}): '
            "type: 'Warning' reason: 'FailedMount' x",
            Affected("db", "shop", "db-0"),
        ),
        (
            'msg="RunPodSandbox for &PodSandboxMetadata{Name:api-6d5f8b7c9d-x2k4p,Uid:1b2c,Namespace:shop,Attempt:0,}"',
            Affected("api", "shop", "api-6d5f8b7c9d-x2k4p"),
        ),
        ('Error syncing pod 1b2c3d4e ("db-0_shop(1b2c3d4e)"), skipping', Affected("db", "shop", "db-0")),
        ("3m  Warning  FailedCreate  replicaset/web-6d5f8b7c9d  x", Affected("web")),
        ("3m  Warning  FailedGetResourceMetric  horizontalpodautoscaler/web  x", Affected("web")),
        ("3m  Warning  ProvisioningFailed  persistentvolumeclaim/data-db-0  x", Affected("db")),
        ("3m  Warning  BackoffLimitExceeded  job/backup-28391040  x", Affected("backup")),
        ("3m  Normal  NodeNotReady  node/worker-1  x", Affected()),
        (
            "Name:             db-0\nNamespace:        shop\nControlled By:  StatefulSet/db\nContainers:",
            Affected("db", "shop"),
        ),
        ("kind=Node name=worker-1 reason=NodeHasDiskPressure", Affected()),
    ],
)
def test_objects_are_named_in_the_forms_that_kubernetes_prints(text: str, found: Affected) -> None:
    assert affected({}, text) == found


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("data-0-events-broker-1", "events-broker"),
        ("pulsar-bookie-journal-pulsar-bookie-2", "pulsar-bookie"),
        ("data-db-0", "db"),
        ("data-my-db-12", "my-db"),
        ("redis-data-redis-master-0", "redis-master"),
        ("prometheus-kps-db-prometheus-kps-0", "prometheus-kps"),
        ("storage-loki-0", "loki"),
        ("grafana", "grafana"),
        ("grafana-data", "grafana"),
        ("shop-db-pvc", "shop"),
        ("data", None),
        ("Bad_Name", None),
    ],
)
def test_a_volume_claims_name_leads_to_who_claims(claim: str, name: str | None) -> None:
    assert claimant(claim) == name


def test_text_never_names_another_app_than_the_labels() -> None:
    labels = {"app": "shop", "namespace": "prod", "pod": "shop-0"}
    hostile = 'pod="kube-system/coredns-6d5f8b7c9d-x2k4p" app=coredns '
    hostile += "container=coredns namespace=kube-system kind=Pod name=x reason=y"
    assert affected(labels, hostile, {"app": "coredns", "pod": "coredns-0"}) == Affected("shop", "prod", "shop-0")


def test_text_that_names_another_namespace_is_not_believed() -> None:
    assert affected({"namespace": "prod"}, 'pod="kube-system/coredns-0"') == Affected(namespace="prod")


def test_an_event_exporters_own_namespace_is_not_the_objects() -> None:
    labels = {
        "app": "kubernetes-event-exporter",
        "namespace": "monitoring",
        "pod": "kubernetes-event-exporter-6d5f8b7c9d-x2k4p",
    }
    text = '{"involvedObject":{"kind":"Pod","namespace":"shop","name":"db-0"},"reason":"BackOff"}'
    assert affected(labels, text) == Affected("db", "shop", "db-0")


def test_a_reporter_that_names_nobody_leaves_the_app_open() -> None:
    assert affected({"job": "kernel-journal", "app": "node-problem-detector"}, "Killed process 1 (java)").app is None


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (
            {
                "alertname": "A",
                "job": "kube-state-metrics",
                "namespace": "prod",
                "pod": "web-6d5f8b7c9d-x2k4p",
                "container": "web",
                "service": "ksm",
            },
            Affected("web", "prod", "web-6d5f8b7c9d-x2k4p", "web"),
        ),
        (
            {
                "alertname": "A",
                "job": "kube-state-metrics",
                "pod": "ksm-0",
                "namespace": "monitoring",
                "exported_pod": "web-0",
                "exported_namespace": "prod",
            },
            Affected("web", "prod", "web-0"),
        ),
        (
            {
                "alertname": "A",
                "job": "node-exporter",
                "namespace": "monitoring",
                "pod": "prometheus-node-exporter-x2k4p",
                "container": "node-exporter",
            },
            Affected(),
        ),
        (
            {
                "alertname": "A",
                "job": "kube-state-metrics",
                "namespace": "prod",
                "deployment": "web",
                "pod": "kps-kube-state-metrics-6d5f8b7c9d-x2k4p",
            },
            Affected("web", "prod"),
        ),
        (
            {"alertname": "A", "job": "kubelet", "namespace": "prod", "persistentvolumeclaim": "data-db-0"},
            Affected("db", "prod"),
        ),
        ({"alertname": "A", "job": "shop", "namespace": "prod"}, Affected("shop", "prod")),
        (
            {
                "alertname": "A",
                "namespace": "prod",
                "statefulset": "db",
                "container": "kube-state-metrics",
                "pod": "m-0",
            },
            Affected("db", "prod"),
        ),
        ({"job": "kube-state-metrics", "namespace": "prod", "daemonset": "agent"}, Affected("agent", "prod")),
        ({"job": "kube-state-metrics", "namespace": "prod", "job_name": "backup-28391040"}, Affected("backup", "prod")),
        ({"job": "kube-state-metrics", "namespace": "prod", "job_name": "migrate"}, Affected("migrate", "prod")),
        ({"job": "kube-state-metrics", "namespace": "prod", "cronjob": "backup"}, Affected("backup", "prod")),
        ({"job": "kube-state-metrics", "namespace": "prod", "horizontalpodautoscaler": "web"}, Affected("web", "prod")),
        ({"job": "kube-state-metrics", "namespace": "prod", "replicaset": "web-6d5f8b7c9d"}, Affected("web", "prod")),
        (
            {"job": "ksm", "namespace": "monitoring", "exported_namespace": "prod", "exported_job": "backup-28391040"},
            Affected("backup", "prod"),
        ),
        (
            {"namespace": "monitoring", "exported_namespace": "prod", "deployment": "web", "pod": "ksm-0"},
            Affected("web", "prod"),
        ),
        (
            {"job": "kube-state-metrics", "namespace": "monitoring", "node": "n1", "container": "kube-state-metrics"},
            Affected(),
        ),
        ({"job": "node", "instance": "10.0.0.1:9100", "device": "/dev/sda1"}, Affected()),
        ({"job": "kubelet", "node": "n1"}, Affected()),
        (
            {"alertname": "TargetDown", "job": "kube-state-metrics", "namespace": "monitoring"},
            Affected("kube-state-metrics", "monitoring"),
        ),
        ({"alertname": "TargetDown", "job": "shop", "namespace": "prod", "service": "shop"}, Affected("shop", "prod")),
    ],
)
def test_an_alerts_labels_are_the_objects_not_the_exporters(labels: dict[str, str], found: Affected) -> None:
    assert affected_by_alert(labels) == found


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["app", "pod", "namespace", "container", "job"]), st.text(max_size=30)),
    st.text(max_size=200),
)
def test_whatever_is_named_is_a_kubernetes_name(labels: dict[str, str], text: str) -> None:
    who = affected(labels, text, {"pod": text, "app": text})
    assert all(v is None or NAME.match(v) for v in (who.app, who.namespace, who.pod, who.container))


@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        ("$ kubectl exec -n shop cart-5d7c9b6f4d-8xk2p -- cat /sys/fs/cgroup/cpu.stat", "cart", "shop"),
        ("kubectl logs --namespace=shop deploy/cart -c main --tail 5", "cart", "shop"),
        ("kubectl -n data describe statefulset db", "db", "data"),
        ("kubectl rollout status deployment/cart -n shop", "cart", "shop"),
        ("billing    dunning     StatefulSet/dunning     cpu: <unknown>/50%    3   10   3   31m", "dunning", "billing"),
        ("shop   cart   1/3   3   1   5d", "cart", "shop"),
        ("shop   agent   5   5   3   5   3   <none>   5d", "agent", "shop"),
        ("data   data-db-0   Pending                      gp3   5m", "db", "data"),
        ("v1.custom.metrics.k8s.io   monitoring/adapter   False (FailedDiscoveryCheck)   4d", "adapter", "monitoring"),
        ("Successfully assigned shop/cart-5d7c9b6f4d-8xk2p to worker-3", "cart", "shop"),
        ('Error creating: pods "cart-5d7c9b6f4d-" is forbidden: exceeded quota: q', "cart", None),
        ('Error creating: pods "agent-" is forbidden: no quota', "agent", None),
        ("Deployment shop/cart has not matched the expected number of replicas", "cart", "shop"),
        ("Job shop/backup-28391040 failed to complete.", "backup", "shop"),
        ('{"level":50,"hostname":"cart-5d7c9b6f4d-8xk2p","msg":"x"}', "cart", None),
        ('{"level":50,"hostname":"worker-3","msg":"x"}', None, None),
        ("Name:   team-quota\nNamespace:   shop\nResource   Used  Hard\n", None, "shop"),
        ("Name:  web\nNamespace:  shop\nReference:   Deployment/cart\nMin replicas: 1\n", "cart", "shop"),
    ],
)
def test_what_kubectl_and_the_cluster_print_names_the_workload(
    text: str, app: str | None, namespace: str | None
) -> None:
    who = affected({}, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("speaker", "text", "app", "namespace"),
    [
        ("karpenter", '{"message":"Could not schedule pod","pod":"ml/train-7c8d9f6b5-2k8vp"}', "train", "ml"),
        ("karpenter", '{"message":"Could not schedule","Pod":{"name":"db-0","namespace":"data"}}', "db", "data"),
        ("kustomize-controller", "timeout waiting for: [StatefulSet/data/db status: 'InProgress']", "db", "data"),
        ("helm-controller", '{"HelmRelease":{"name":"a","namespace":"shop"},"error":"hooks failed"}', "a", "shop"),
        ("kafka-operator", '"controller":"kafka","name":"k","namespace":"mq","error":"exceeded quota"', "k", "mq"),
        ("ingress-nginx", 'Error obtaining Endpoints for Service "shop/cart": no object', "cart", "shop"),
        ("traefik", 'msg="no endpoints found" ingress=x namespace=shop serviceName=cart', "cart", "shop"),
        ("istio-proxy", "503 UH no_healthy_upstream outbound|80||cart.shop.svc.cluster.local", "cart", "shop"),
        (
            "kafka-operator",
            '"controller":"kafka","name":"k","namespace":"mq","error":"dial tcp: lookup x"',
            "kafka-operator",
            "ops",
        ),
        ("cart", "503 UH no_healthy_upstream outbound|80||evil.shop.svc.cluster.local", "cart", "ops"),
        (
            "kube-apiserver",
            '"Unable to authenticate the request" err="x509: certificate has expired"',
            "kube-apiserver",
            "ops",
        ),
        ("kube-scheduler", "0/3 nodes are available: 3 Insufficient cpu.", None, None),
    ],
)
def test_controllers_and_proxies_speak_about_others_and_at_times_about_themselves(
    speaker: str, text: str, app: str | None, namespace: str | None
) -> None:
    who = affected({"app": speaker, "namespace": "ops"}, text)
    assert (who.app, who.namespace) == (app, namespace)


def test_an_app_that_asks_as_its_own_account_tells_its_namespace() -> None:
    text = 'User "system:serviceaccount:shop:cart" cannot list resource "pods"'
    assert affected({"pod": "cart-5d7c9b6f4d-8xk2p"}, text).namespace == "shop"
    assert affected({"pod": "web-5d7c9b6f4d-8xk2p"}, text).namespace is None


def test_the_app_of_a_target_that_is_down_is_its_job_not_the_service_of_its_port() -> None:
    labels = {"alertname": "TargetDown", "job": "cart", "service": "cart-metrics", "namespace": "shop"}
    assert affected_by_alert(labels).app == "cart"
    assert affected_by_alert({**labels, "alertname": "Other"}).app == "cart-metrics"


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"alertname": "PgDeadLocks", "job": "postgres-exporter", "service": "orders-db"}, Affected("orders-db")),
        ({"alertname": "RedisFull", "job": "redis-exporter", "service": "cart-redis-metrics"}, Affected("cart-redis")),
        ({"alertname": "RedisFull", "job": "redis-exporter", "service": "redis-exporter"}, Affected()),
        ({"alertname": "KubeHighLoad", "job": "node-exporter", "service": "prom-node"}, Affected()),
        (
            {"alertname": "KubePodCrashLooping", "pod": "blackbox-exporter-7d8c6b9f5-x4jzw", "namespace": "mon"},
            Affected("blackbox-exporter", "mon", "blackbox-exporter-7d8c6b9f5-x4jzw"),
        ),
        ({"alertname": "CoreDNSErrorsHigh", "job": "kube-dns"}, Affected("coredns")),
        ({"alertname": "KubeMemoryOvercommit", "job": "prometheus"}, Affected()),
        ({"alertname": "KubeEndpointAddressNotReady", "endpoint": "payroll"}, Affected("payroll")),
        ({"alertname": "ArgoAppOutOfSync", "job": "argocd-metrics", "name": "cart"}, Affected("cart")),
        (
            {"alertname": "LonghornVolumeFull", "pvc": "data-db-0", "pvc_namespace": "shop", "namespace": "longhorn"},
            Affected("db", "shop"),
        ),
        (
            {"alertname": "High5xx", "destination_workload": "cart", "destination_workload_namespace": "shop"},
            Affected("cart", "shop"),
        ),
    ],
)
def test_alerts_about_other_things_than_pods_name_them_in_labels_of_their_own(
    labels: dict[str, str], found: Affected
) -> None:
    assert affected_by_alert(labels) == found


@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        ("[Triggered] CPU is high on kube_deployment:cart kube_namespace:shop", "cart", "shop"),
        ("*Details:*\n • *namespace:* `shop`\n • *pod:* `cart-6b9f8d7c5d-x2k4m`", "cart", "shop"),
        ('The Service "cart" is invalid: spec.ports[0].nodePort: provided port is already allocated', "cart", None),
        ('3f0c1d2e4a5b  reg/cart:41  "/run"   2 hours ago   Restarting (1) 38 seconds ago   cart', "cart", None),
        ("Error: UPGRADE FAILED: 1 error: * job cart-migrate failed: BackoffLimitExceeded", "cart-migrate", None),
        ("systemd[1]: cart-agent.service: Start request repeated too quickly.", "cart-agent", None),
    ],
)
def test_what_chats_and_hosts_print_names_the_app(text: str, app: str, namespace: str | None) -> None:
    who = affected({}, text)
    assert (who.app, who.namespace) == (app, namespace)


def test_a_unit_of_systemd_is_an_app_and_the_kubelets_is_none() -> None:
    assert affected({"unit": "cart-agent.service"}, "gone").app == "cart-agent"
    assert affected({"unit": "kubelet.service"}, "gone").app is None


@pytest.mark.parametrize(
    ("speaker", "text", "app"),
    [
        ("keda-operator", '"scaledObject.Namespace": "jobs", "scaledObject.Name": "mailer", "error": "x"', "mailer"),
        (
            "kustomize-controller",
            'Ingress/shop/web failed: "web" is forbidden: User "system:serviceaccount:flux:apps" cannot patch',
            "kustomize-controller",
        ),
        ("cert-manager", 'err="429 urn:ietf:params:acme:error:rateLimited: x" key="web/tls-1-28"', "cert-manager"),
    ],
)
def test_a_controller_that_may_not_is_at_fault_itself(speaker: str, text: str, app: str) -> None:
    assert affected({"app": speaker, "namespace": "ops"}, text).app == app


def test_the_full_disk_is_the_named_nodes_not_the_masters_that_tells_of_it() -> None:
    text = (
        "flood stage disk watermark [95%] exceeded on [pQ2vZk8sT7mJx0eYbR1uWg][logs-data-3][/data/nodes/0] free: 23gb"
    )
    found = affected({"namespace": "logging", "pod": "logs-master-0"}, text)
    assert found == Affected("logs-data", "logging", "logs-data-3")
    assert affected({"namespace": "logging", "pod": "logs-data-3"}, text).app == "logs-data"
    assert affected({"namespace": "logging", "app": "logs"}, text).app == "logs"  # of whose pods nothing is said
