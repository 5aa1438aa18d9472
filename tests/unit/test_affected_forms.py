"""Streams known by their name's form, events in every wrapper, custom workloads, Docker's output, samples, tags."""

import pytest

from langraph.affected import Affected, affected
from langraph.affected.described import failed_container
from langraph.affected.reporters import is_reporter

POD = "cart-5c8d9b7f64-x2k4m"
OF_CLAIM = '{"kind":"Event","involvedObject":{"kind":"PersistentVolumeClaim","namespace":"shop","name":"data-db-1"},'
OF_NODE = '{"kind":"Event","involvedObject":{"kind":"Node","name":"worker-3"},"reason":"KernelDeadlock","message":"x"}'
IN_YAML = (
    "apiVersion: v1\nkind: Event\nmetadata:\n  name: cart.17f\n  namespace: shop\ninvolvedObject:\n  kind: Pod\n"
    f"  name: {POD}\n  namespace: shop\nreason: Unhealthy\n"
)
REFERRED = (
    'I0301 10:00:00.1 1 event.go:377] Event(v1.ObjectReference{Kind:"PersistentVolumeClaim", Namespace:"shop", '
    "Name:\"data-db-1\", UID:\"7c2d\"}): type: 'Warning' reason: 'ProvisioningFailed' x"
)


@pytest.mark.parametrize(
    "name",
    [
        *("node-syslog", "host_syslog", "kern", "kern.log", "kmsg", "node-journal", "kubelet-journal", "host-journald"),
        *("docker-events", "swarm-events", "event-router", "eventrouter", "events-collector", "events-logger"),
        *("events-watcher", "kube-event-watcher", "k8s-event-logger", "cluster-events", "kube-events-exporter"),
        *("alert-logger", "alertmanager-logger", "alertmanager-webhook-logger", "alerts-log", "logging/node-syslog"),
    ],
)
def test_a_stream_whose_names_form_says_that_it_reports_of_others_is_no_app(name: str) -> None:
    assert is_reporter(name)
    assert affected({"job": name}, "x").app is None


@pytest.mark.parametrize(
    "name",
    [
        *("event-collector", "events-api", "event-watcher"),
        *("journal-api", "alert-api", "kernel-builder", "syslog-parser", "docker-registry", "alerting", "event-store"),
        *("alertmanager", "kube-state-metrics", "kernel-memory-tuner", "rsyslogd", "kubernetes-dashboard"),
    ],
)
def test_an_app_with_such_a_word_in_its_name_is_an_app(name: str) -> None:
    assert not is_reporter(name)
    assert affected({"app": name, "namespace": "ops"}, "ERROR x").app == name


@pytest.mark.parametrize("speaker", ["ebs-csi-controller", "event-router", "fluent-bit", "otel-collector", "cart-web"])
@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        (OF_CLAIM + '"reason":"VolumeResizeFailed","type":"Warning"}', "db", "shop"),
        (OF_CLAIM.replace("involvedObject", "regarding") + '"reason":"ProvisioningFailed"}', "db", "shop"),
        ('{"type":"ADDED","object":' + OF_CLAIM + '"reason":"x"}}', "db", "shop"),
        ('{"log":' + repr(OF_CLAIM).replace('"', '\\"').replace("'", '"') + '\\"reason\\":\\"x\\"}"}', "db", "shop"),
        (IN_YAML, "cart", "shop"),
        (OF_NODE, None, None),
    ],
)
def test_an_event_is_about_its_object_whoever_prints_it(
    speaker: str, text: str, app: str | None, namespace: str | None
) -> None:
    who = affected({"namespace": "ops", "app": speaker}, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("labels", "text", "app"),
    [
        ({"app": "cart", "namespace": "shop"}, "saved " + OF_CLAIM + '"reason":"x"}', "cart"),
        ({"app": "cart", "namespace": "shop"}, REFERRED, "cart"),
        ({"app": "cart", "namespace": "shop"}, f"shop/{POD}: SparkApplication etl failed: x", "cart"),
        ({"app": "cart", "namespace": "shop"}, "dependency failed to start: container db-1 is unhealthy", "cart"),
        ({"app": "cart", "namespace": "shop"}, "[{kube_namespace:x,kube_deployment:db}] is slow", "cart"),
        ({"app": "cart", "namespace": "shop"}, "Deployment is not ready: x/db. 2 out of 6 expected pods", "cart"),
        ({"app": "cart", "namespace": "shop"}, 'kube_x{namespace="a",deployment="db"} 1', "cart"),
        (
            {"app": "cart", "namespace": "shop"},
            '{"kind":"Event","regarding":{"kind":"ConfigMap","namespace":"shop","name":"x"},"reason":"y"}',
            "cart",
        ),
        ({"app": "cart", "namespace": "shop"}, "error pod=db-0 ns=data", "cart"),
    ],
)
def test_the_labels_stay_right_where_the_text_mentions_another_in_passing(
    labels: dict[str, str], text: str, app: str
) -> None:
    who = affected(labels, text)
    assert (who.app, who.namespace) == (app, "shop")


def test_a_controllers_logged_event_is_about_its_object() -> None:
    who = affected({"app": "csi-provisioner", "namespace": "kube-system"}, REFERRED)
    assert (who.app, who.namespace) == ("db", "shop")


@pytest.mark.parametrize("labels", [{"job": "event-exporter"}, {"job": "events-logger"}, {"source": "kube-events"}])
def test_an_events_own_namespace_counts_and_not_the_one_that_its_exporter_runs_in(labels: dict[str, str]) -> None:
    event = '{"involvedObject":{"kind":"Pod","name":"db-0","namespace":"shop"},"reason":"x"}'
    who = affected({**labels, "namespace": "monitoring"}, event)
    assert (who.app, who.namespace) == ("db", "shop")


@pytest.mark.parametrize("name", ["trade-journal", "cart-syslog"])
def test_what_ends_like_a_hosts_log_is_an_app_beside_its_pod_and_a_reporter_alone(name: str) -> None:
    pod = f"{name}-5c8d9b7f64-x2k4m"
    assert affected({"pod": pod, "namespace": "shop"}, "x").app == name
    assert affected({"app": name, "namespace": "shop"}, "x").app == name
    assert affected({"job": f"shop/{name}", "pod": pod, "namespace": "shop"}, "x").app == name
    assert affected({"job": name, "host": "vm-1"}, "x").app is None


def test_who_watches_events_and_may_not_has_a_fault_of_its_own() -> None:
    text = 'events is forbidden: User "system:serviceaccount:ops:event-router" cannot list resource "events"'
    assert affected({"app": "event-router", "namespace": "ops"}, text) == Affected("event-router", "ops")
    assert affected({"app": "event-router", "namespace": "ops"}, text.replace(":event-router", ":cart")).app is None


@pytest.mark.parametrize("component", ["kube-controller-manager", "kube-scheduler", "kube-apiserver"])
@pytest.mark.parametrize("label", ["component", "syslog_identifier", "program", "unit"])
def test_a_component_of_the_control_plane_speaks_of_the_object_that_it_names(component: str, label: str) -> None:
    text = "E1 horizontal.go:275] failed to compute desired replicas for Deployment/claims/intake: invalid metrics"
    who = affected({"namespace": "kube-system", label: component}, text)
    assert (who.app, who.namespace) == ("intake", "claims")


def test_a_components_own_fault_is_its_own_and_an_apps_component_is_no_speaker() -> None:
    own = 'E1 "Unable to authenticate the request" err="x509: certificate has expired"'
    assert affected({"namespace": "kube-system", "component": "kube-apiserver"}, own).app == "kube-apiserver"
    assert affected({"namespace": "shop", "app": "cart", "component": "kubelet"}, "Pod shop/db-0 is x").app == "cart"
    assert affected({"namespace": "shop", "component": "kubelet"}, f"pod/{POD} x").namespace == "shop"


@pytest.mark.parametrize(
    ("labels", "text", "app"),
    [
        ({}, "Name:          data-db-2\nNamespace:     shop\nStorageClass:  fast\nStatus:        Pending\n", "db"),
        ({}, "Name:     data-db-2\nNamespace:  shop\nStatus:   Bound\nUsed By:  db-2\n", "db"),
        ({}, "Name:  data-db-2\nNamespace:  shop\nEvents:\n  Warning  ProvisioningFailed  9s  x  y\n", "db"),
        ({"kind": "StatefulSet", "pod": "db-2", "namespace": "shop"}, "Replicas:  5", "db-2"),
        ({}, "Name:   cart-5c8d9b7f64\nNamespace:  shop\nReplicas:  0 current / 1 desired\n", "cart"),
        ({}, "Name:   cart-2\nNamespace:  shop\nReplicas:  3 desired | 3 updated | 3 total\n", "cart-2"),
        ({"kind": "StatefulSet"}, "Name:   db-2\nNamespace:  shop\nReplicas:  5 desired | 5 total\n", "db-2"),
        ({}, "Name:   db-2\nNamespace:  shop\nUpdate Strategy:  RollingUpdate\n", "db-2"),
        ({}, "Name:   agent-1\nNamespace:  shop\nDesired Number of Nodes Scheduled: 3\n", "agent-1"),
        ({"kind": "Pod"}, "Name:   db-2\nNamespace:  shop\nNode:  worker-3/10.0.0.1\n", "db"),
    ],
)
def test_a_description_cut_short_still_tells_its_kind(labels: dict[str, str], text: str, app: str) -> None:
    who = affected(labels, text)
    assert (who.app, who.namespace) == (app, "shop")


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        ("sparkapplication", "sparkoperator.k8s.io"),
        ("scheduledsparkapplication", "sparkoperator.k8s.io"),
        ("flinkdeployment", "flink.apache.org"),
        ("rayjob", "ray.io"),
        ("raycluster", "ray.io"),
        ("kafka", "kafka.strimzi.io"),
        ("kafkaconnect", "kafka.strimzi.io"),
        ("cluster", "postgresql.cnpg.io"),
        ("elasticsearch", "elasticsearch.k8s.elastic.co"),
        ("kibana", "kibana.k8s.elastic.co"),
        ("rabbitmqcluster", "rabbitmq.com"),
        ("perconaxtradbcluster", "pxc.percona.com"),
        ("rollout", "argoproj.io"),
        ("service", "serving.knative.dev"),
        ("cronworkflow", "argoproj.io"),
        ("canary", "flagger.app"),
    ],
)
def test_a_custom_workload_is_the_app_in_the_column_of_an_event(kind: str, group: str) -> None:
    for written in (kind, f"{kind}.{group}"):
        assert affected({"namespace": "shop"}, f"12s  Warning  Failed  {written}/etl  x").app == "etl"
    event = f'{{"kind":"Event","regarding":{{"kind":"{kind.title()}","namespace":"shop","name":"etl"}},"reason":"x"}}'
    assert affected({"app": "some-operator"}, event) == Affected("etl", "shop")


@pytest.mark.parametrize(
    ("labels", "text", "app"),
    [
        ({"sparkapplication": "etl"}, "x", "etl"),
        ({"rayjob": "train"}, "x", "train"),
        ({"flinkdeployment": "fraud"}, "x", "fraud"),
        ({"strimzi_io_cluster": "mq"}, "x", "mq"),
        ({"cnpg.io/cluster": "pg"}, "x", "pg"),
        ({}, "SparkApplication etl failed: driver container failed with ExitCode: 1", "etl"),
        ({}, 'RayCluster "train" is not ready', "train"),
        ({}, "the SparkApplication controller restarted", None),
        ({}, "Normal  Started  node/worker-1  x", None),
        ({}, "12s  Warning  Failed  workflow/nightly-x7k2p  x", "nightly"),
        ({}, "12s  Warning  RevisionFailed  revision/cart-00007  x", "cart"),
        ({}, "GET kafka/topic returned 500", None),
        ({}, "elasticsearch/index missing", None),
    ],
)
def test_a_custom_workload_is_the_app_in_labels_and_in_an_operators_words(
    labels: dict[str, str], text: str, app: str | None
) -> None:
    assert affected(labels, text).app == app


@pytest.mark.parametrize(
    ("speaker", "text", "app", "namespace"),
    [
        ("strimzi-cluster-operator", "Reconciliation #84(timer) Kafka(mq/events): Failed to reconcile", "events", "mq"),
        (
            "flink-kubernetes-operator",
            "o.a.f.k.o.c.FlinkDeploymentController [ERROR][shop/fraud] Error during reconcile",
            "fraud",
            "shop",
        ),
        ("elastic-operator", '{"log.level":"error","namespace":"logs","es_name":"main","error":"x"}', "main", "logs"),
        ("spark-operator", "failed to run spark-submit for SparkApplication shop/etl: exit status 1", "etl", "shop"),
        ("percona-operator", '"PerconaXtraDBCluster":{"name":"pxc","namespace":"db"},"error":"x"', "pxc", "db"),
    ],
)
def test_an_operator_speaks_of_what_it_reconciles(speaker: str, text: str, app: str, namespace: str) -> None:
    who = affected({"app": speaker, "namespace": "ops"}, text)
    assert (who.app, who.namespace) == (app, namespace)


SERVICES = "ID            NAME        MODE        REPLICAS  IMAGE\n"
TASKS = "ID            NAME           IMAGE      NODE  DESIRED STATE  CURRENT STATE           ERROR\n"


@pytest.mark.parametrize(
    ("text", "app"),
    [
        (SERVICES + "w1xq3k0l9p2m  cart        replicated  0/3       cart:1", "cart"),
        (
            SERVICES + "w1xq3k0l9p2m  shop_cart   replicated  0/3       cart:1\nk2xq3k0l9p2m  db  global  2/2  pg:16",
            "cart",
        ),
        (SERVICES + "w1xq3k0l9p2m  cart  replicated  0/3  cart:1\nk2xq3k0l9p2m  db  global  0/2  pg:16", None),
        (
            TASKS + 'k2f9v8x1c0zq  shop_cart.1    cart:2.0   w1    Running        Pending 4 minutes ago  "no suitable"',
            "cart",
        ),
        (TASKS + 'k2f9v8x1c0zq  cart.1         cart:2.0         Running        Rejected 4 minutes ago "x"', "cart"),
        (
            TASKS
            + "k2f9v8x1c0zq  cart.1  c:2  w1  Running  Running 1s\n"
            + "z2f9v8x1c0zq   \\_ cart.1  c:2  w1  Shutdown  Failed 2s",
            "cart",
        ),
        ("dependency failed to start: container shop-cart-1 is unhealthy", "shop-cart"),
        ("dependency failed to start: container shop_cart_1 exited (1)", "cart"),
        (
            " ✘ Container shop-cart-1  Error\ndependency failed to start: container shop-cart-1 is unhealthy",
            "shop-cart",
        ),
        ('service "migrate" didn\'t complete successfully: exit 1', "migrate"),
        ("ERROR: for cart  Cannot start service cart: x", "cart"),
        ("2026-03-01T07:12:01Z container die 9f31c0a7d5be (exitCode=1, image=cart:1, name=cart)", "cart"),
        (
            "2026-03-01T07:12:01Z container oom 9f31c0a7d5be (com.docker.compose.service=cart, name=shop-cart-1)",
            "cart",
        ),
        (
            '{"status":"die","Type":"container","Action":"die","Actor":{"ID":"9f","Attributes":{"exitCode":"1",'
            '"image":"cart:1","name":"cart"}}}',
            "cart",
        ),
        ('"Attributes":{"com.docker.swarm.service.name":"shop_cart"}', "cart"),
        ("2026-03-01T07:12:01Z network connect 9f31c0a7d5be (name=bridge, type=bridge)", None),
    ],
)
def test_docker_names_the_container_or_the_service(text: str, app: str | None) -> None:
    assert affected({"host": "vm-1"}, text).app == app
    assert affected({"host": "vm-1", "job": "docker-events"}, text).app == app


@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        ("write failed: read-only file system pod=db-2 ns=data", "db", "data"),
        ('{"pod":"db-2","ns":"data"}', "db", "data"),
        ("took 12 ns: 5, ns=data", None, None),
        ('{"c":"COMMAND","ns":"shop.orders","pod":"db-2"}', "db", None),
        (f"[Triggered on {{kube_namespace:shop,pod_name:{POD}}}] CPU is high", "cart", "shop"),
        ("[Warn on {kube_deployment:cart,kube_namespace:shop}] x", "cart", "shop"),
        ("[Triggered on {kube_stateful_set:db,kube_namespace:shop,env:prod}] x", "db", "shop"),
    ],
)
def test_short_fields_and_tags_name_pod_and_namespace(text: str, app: str | None, namespace: str | None) -> None:
    who = affected({}, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize("speaker", ["kube-state-metrics", "prometheus", "monitoring/kube-state-metrics", "cadvisor"])
def test_samples_are_about_what_their_labels_name_and_not_about_their_exporter(speaker: str) -> None:
    samples = '# HELP kube_x y\n# TYPE kube_x gauge\nkube_x{namespace="shop",pod="db-1",reason="Evicted"} 1\n'
    who = affected({"job": speaker}, samples)
    assert (who.app, who.namespace) == ("db", "shop")


def test_an_exporters_own_line_that_quotes_labels_is_its_own() -> None:
    line = 'level=warn msg="Evaluating rule failed" err="duplicate series {instance=\\"node-1\\"} on the right"'
    assert affected({"app": "prometheus", "namespace": "mon"}, line).app == "prometheus"
    assert (
        affected({"app": "kube-state-metrics", "namespace": "mon"}, "E1 cannot list *v1.Pod").app
        == "kube-state-metrics"
    )


@pytest.mark.parametrize("speaker", ["deploy-runner", "gitlab-runner", "ci", "helm", "github-actions-runner"])
@pytest.mark.parametrize(
    "text",
    [
        "Deployment is not ready: shop/cart. 2 out of 6 expected pods are ready",
        "wait.go:407: [debug] StatefulSet is not ready: shop/cart. 1 out of 3 expected pods have been scheduled",
        "ready.go:303: [debug] DaemonSet is not ready: shop/cart. 0 out of 4 expected pods are ready",
        "Service does not have load balancer ingress IP address: shop/cart",
        "Job is not completed: shop/cart",
        "Error: resource Deployment/shop/cart not ready. status: InProgress, message: Available: 2/6",
    ],
)
def test_what_helm_waits_for_is_affected_and_not_who_runs_helm(speaker: str, text: str) -> None:
    for labels in ({"app": speaker, "namespace": "ci"}, {}):
        who = affected(labels, text)
        assert (who.app, who.namespace) == ("cart", "shop")


def test_what_helm_names_without_its_namespace_is_affected_in_no_known_namespace() -> None:
    text = "Error: UPGRADE FAILED: resource not ready, name: cart, kind: Deployment, status: InProgress"
    assert affected({"app": "deployer", "namespace": "ci"}, text) == Affected("cart")


@pytest.mark.parametrize(
    ("labels", "app"),
    [
        ({"job": "systemd-journal", "unit": "postgresql.service"}, "postgresql"),
        ({"job": "node-syslog", "program": "nginx"}, "nginx"),
        ({"job": "syslog", "app": "cart"}, "cart"),
        ({"job": "docker", "compose_service": "cart"}, "cart"),
        ({"job": "docker", "container_name": "cart"}, "cart"),
        ({"job": "loki.source.journal.read", "unit": "nginx.service"}, "nginx"),
        ({"job": "systemd-journal", "unit": "kubelet.service"}, None),
        ({"job": "systemd-journal", "syslog_identifier": "kernel"}, None),
        ({"job": "node-syslog", "app": "promtail"}, None),
        ({"job": "docker-events", "app": "cart"}, None),
        ({"workflow": "nightly-x7k2p"}, "nightly"),
        ({"workflow": "deploy-prod"}, None),
    ],
)
def test_a_host_log_carries_lines_of_those_whom_the_other_labels_name(labels: dict[str, str], app: str | None) -> None:
    assert affected(labels, "x").app == app


@pytest.mark.parametrize(
    ("speaker", "text", "app"),
    [
        (
            "controller",
            '{"message":"x","knative.dev/kind":"serving.knative.dev.Service","knative.dev/key":"shop/cart"}',
            "cart",
        ),
        ("postgres-operator", 'level=error msg="could not sync cluster: x" cluster-name=shop/cart pkg=cluster', "cart"),
        (
            "cloudnative-pg",
            '{"msg":"Reconciler error","controllerKind":"Cluster","Cluster":{"name":"cart","namespace":"shop"}}',
            "cart",
        ),
    ],
)
def test_operators_with_fields_of_their_own_are_understood(speaker: str, text: str, app: str) -> None:
    assert affected({"app": speaker, "namespace": "ops"}, text) == Affected(app, "shop")


def test_samples_of_a_host_are_about_no_app() -> None:
    assert affected({"job": "node-exporter"}, 'node_filesystem_avail_bytes{instance="n1"} 0') == Affected()


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (
            {"job": "loki.source.kubernetes_events", "namespace": "default"},
            'name=worker-3 kind=Node type=Warning reason=OOMKilling msg="Killed process 7 (grafana)"',
        ),
        (
            {"app": "event-exporter", "namespace": "monitoring"},
            OF_NODE.replace("{", '{"metadata":{"namespace":"default"},', 1),
        ),
        ({"namespace": "default", "kind": "Node", "name": "worker-3"}, "NodeNotReady"),
        ({"job": "events", "namespace": "default"}, "kind=PersistentVolume name=pv-1 reason=VolumeFailedDelete"),
    ],
    ids=["logfmt", "JSON", "labels", "a volume"],
)
def test_where_events_of_the_cluster_are_kept_is_no_namespace_of_theirs(labels: dict[str, str], text: str) -> None:
    assert affected(labels, text) == Affected()


def test_an_object_in_the_namespace_default_is_in_it() -> None:
    found = affected({"job": "events", "namespace": "default"}, f"kind=Pod name={POD} reason=BackOff")
    assert (found.app, found.namespace) == ("cart", "default")


DESCRIBED = """\
Name:             jaeger-query-6c98b7d4f-v5mxs
Namespace:        tracing
Containers:
  jaeger-query:
    State:          Running
      Started:      Sat, 16 May 2026 07:02:11 +0000
    Limits:
      memory:  384Mi
  agent-sidecar:
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
    Limits:
      memory:  32Mi
Conditions:
  Type              Status
  Ready             False
"""


def test_of_several_described_containers_the_one_that_failed_is_meant() -> None:
    assert failed_container(DESCRIBED) == "agent-sidecar"
    assert failed_container("logrotate\t0\nlogs\t27\tOOMKilled\t137\npxc\t0") == "logs"
    lines = """$ kubectl get pod x -o json | jq -c '.status.containerStatuses[] | {name, restartCount, lastState}'
{"name":"config-reload","restartCount":14,"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}
{"name":"jenkins","restartCount":0,"lastState":{}}"""
    assert failed_container(lines.replace("containerStatuses", '"containerStatuses"')) == "config-reload"
    assert failed_container(lines) == "config-reload"
    assert failed_container(lines.replace('"lastState":{}', '"lastState":{"terminated":{"exitCode":1}}')) is None
    assert failed_container("web-7d9f8c6b5d-x2k4p   0/1     OOMKilled   14   6d") is None
    assert failed_container(DESCRIBED.replace("Running", "Waiting\n      Reason:       CrashLoopBackOff")) is None
    assert failed_container("Containers:\n  shop:\n    Ready:  False\n") == "shop"
    assert failed_container("Containers are full") is None


STATUS = (
    '{"kind":"Pod","status":{"containerStatuses":[{"name":"app","state":{"running":{}}},'
    '{"name":"imgproxy","state":{"waiting":{"reason":"CrashLoopBackOff"}},'
    '"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}}'
)


def test_of_several_containers_in_a_pods_status_the_one_that_failed_is_meant() -> None:
    assert failed_container(STATUS) == "imgproxy"
    assert failed_container(STATUS.replace('"running":{}', '"terminated":{"exitCode":1}')) is None
    assert failed_container(STATUS[:-3]) is None
    assert failed_container('{"status":{"containerStatuses":["x",{"name":["y"]}]}}') is None
