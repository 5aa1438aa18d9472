"""Objects that controllers, events, rules and shells name, in every form in which they print them."""

import pytest

from langraph.affected import affected

KCM = {"app": "kube-controller-manager", "namespace": "kube-system"}
ON_A_NODE = {"pod": "kube-controller-manager-cp-2", "namespace": "kube-system"}
POD = "cart-5c8d9b7f64-x2k4m"


@pytest.mark.parametrize("labels", [{}, KCM, ON_A_NODE, {"job": "kube-controller-manager"}])
@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        (
            'E1 replica_set.go:557] "Unhandled Error" err="sync \\"shop/cart-5f7b9c8d6\\" failed with pods '
            '\\"cart-5f7b9c8d6-w2kzl\\" is forbidden: exceeded quota: default"',
            "cart",
            "shop",
        ),
        ('E1 replica_set.go:450] Sync "shop/cart-5c8d9b7f64" failed with Internal error occurred', "cart", "shop"),
        ("E1 horizontal.go:275] failed to compute desired replicas for Deployment/maps/tiles: x", "tiles", "maps"),
        ('E1 stateful_set.go:438] err="error syncing StatefulSet data/pg, requeuing: x"', "pg", "data"),
        ("E1 deployment_controller.go:490] error syncing deployment shop/cart: x", "cart", "shop"),
        ('I1 deployment_controller.go:490] "Error syncing deployment" deployment="shop/cart" err="x"', "cart", "shop"),
        ("E1 job_controller.go:1] syncing job shop/backup-28391040: x", "backup", "shop"),
        ("E1 cronjob_controllerv2.go:168] error syncing CronJobController shop/mailer, requeuing: x", "mailer", "shop"),
        ("E1 daemon_controller.go:326] logging/agent failed with : error storing status", "agent", "logging"),
        ("E1 controller.go:289] error processing service shop/web (will retry): x", "web", "shop"),
        ('W1 Error syncing endpoint slices for service "shop/web", retrying. Error: x', "web", "shop"),
        ('E1 pv_controller.go:1] "Could not process" err="x" PVC="shop/data-db-0"', "db", "shop"),
        ('I1 event.go:364] "Event occurred" object="shop/data-db-0" kind="PersistentVolumeClaim"', "db", "shop"),
    ],
)
def test_the_controllers_of_kubernetes_name_what_they_work_on_whatever_their_stream_is_called(
    labels: dict[str, str], text: str, app: str, namespace: str
) -> None:
    who = affected(labels, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("speaker", "text", "app", "namespace"),
    [
        ("karpenter", '{"controller":"provisioner","Pod":{"name":"db-1","namespace":"pay"},"error":"x"}', "db", "pay"),
        ("helm-controller", '{"error":"Helm upgrade failed for release net/edge-gw with chart g@1"}', "edge-gw", "net"),
        (
            "source-controller",
            '{"GitRepository":{"name":"apps","namespace":"flux"},"error":"authentication required"}',
            "source-controller",
            "ops",
        ),
        (
            "workflow-controller",
            'msg="Updated phase Running -> Failed" namespace=ml workflow=train-8x2lp',
            "train",
            "ml",
        ),
        ("argocd-application-controller", "msg=x application=argocd/cart dest-namespace=shop", "cart", "shop"),
        (
            "argocd-application-controller",
            "msg=x application=argocd/cart-prod resource=apps/Deployment/shop/cart",
            "cart",
            "shop",
        ),
        (
            "argocd-application-controller",
            'application=argocd/cart error="client rate limiter Wait returned an error"',
            "argocd-application-controller",
            "ops",
        ),
        ("keda-operator", '{"scaledobject.Name":"web","scaledObject.Namespace":"shop","error":"x"}', "web", "shop"),
        ("keda-operator", '{"type":"ScaledObject","namespace":"shop","name":"web","error":"x"}', "web", "shop"),
        ("keda-operator", '{"ScaledObject":{"name":"web","namespace":"shop"},"error":"x"}', "web", "shop"),
        ("traefik", '{"ingress":"wiki","namespace":"docs","error":"kubernetes service not found"}', "wiki", "docs"),
        ("csi-provisioner", 'object="shop/data-db-0" kind="PersistentVolumeClaim" reason="x"', "db", "shop"),
        ("cluster-autoscaler", f"Normal  NotTriggerScaleUp  pod/{POD}  x\nNamespace: shop", "cart", "shop"),
        ("haproxy", "backend www_web_http has no server available!", "web", "www"),
        ("haproxy-ingress", "Server shop_cart_admin-ui/SRV_1 is DOWN, reason: Layer4 timeout", "cart", "shop"),
        ("haproxy", "Server pg_cluster_back/srv1 is DOWN, reason: Layer4 timeout", None, "ops"),
        ("gitlab-runner", 'Waiting for deployment "cart" rollout to finish: 1 out of 3', "cart", None),
        ("gitlab-runner", 'error: deployment "cart" exceeded its progress deadline', "cart", None),
        ("deployer", "Deployment is not ready: shop/cart. 1 out of 6 expected pods are ready", "cart", "shop"),
        ("web", 'error: deployment "cart" exceeded its progress deadline', "web", "ops"),
    ],
)
def test_controllers_ingresses_and_tools_of_delivery_name_whom_they_serve(
    speaker: str, text: str, app: str | None, namespace: str | None
) -> None:
    who = affected({"app": speaker, "namespace": "ops"}, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("labels", "text", "app", "namespace"),
    [
        ({"reason": "Unhealthy", "kind": "Pod", "name": "db-0", "namespace": "shop"}, "probe failed", "db", "shop"),
        ({"app": "event-exporter", "object": "deployment/cart", "namespace": "shop"}, "x", "cart", "shop"),
        ({"object": f"pod/{POD}", "namespace": "shop"}, "Container scratch exceeded", "cart", "shop"),
        ({"k8s_object_kind": "ReplicaSet", "k8s_object_name": "cart-5c8d9b7f64"}, "x", "cart", None),
        ({"kind": "HTTPRoute", "name": "cart", "namespace": "shop"}, 'service "x" not found', "cart", "shop"),
        ({"kind": "Node", "name": "worker-1"}, "x", None, None),
        ({"k8s_pod": "db-0", "k8s_namespace": "shop"}, "x", "db", "shop"),
        ({"namespace": "default"}, f"48s  Warning  Failed  pod/{POD}  x", "cart", "default"),
        ({"namespace": "kube-system", "pod": "etcd-cp-2"}, "x", "etcd", "kube-system"),
        ({"namespace": "shop"}, "Warning FailedGetScale horizontalpodautoscaler/keda-hpa-web x", "web", "shop"),
        ({}, '{"reason":"X","namespace":"edge","object":"pod/shim-5b7d6c8f9-2kqmv","message":"y"}', "shim", "edge"),
        ({}, '{"regarding":{"kind":"Deployment","namespace":"shop","name":"cart"},"reason":"X"}', "cart", "shop"),
        ({}, "kind: Event\nregarding: {kind: Pod, name: gw-2, namespace: edge}\nreason: Unhealthy", "gw", "edge"),
        (
            {},
            "kind: Event\nmetadata:\n  name: cart.17f\ninvolvedObject:\n  kind: StatefulSet\n  name: pg\n"
            "  namespace: data\nreason: FailedCreate",
            "pg",
            "data",
        ),
        ({}, "12s  Warning  Failed  sparkapplication/churn  x", "churn", None),
        ({}, "12s  Warning  Failed  rollout.argoproj.io/cart  x", "cart", None),
        ({}, "12s  Warning  Failed  taskrun/build-7k2xz  x", None, None),
    ],
)
def test_events_name_their_object_in_labels_json_yaml_and_rows(
    labels: dict[str, str], text: str, app: str | None, namespace: str | None
) -> None:
    who = affected(labels, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        ("Pod shop/cart-2 (main) is in waiting state", "cart", "shop"),
        (f"Pod {POD} in namespace shop: container main was throttled", "cart", "shop"),
        ("throttling of CPU in namespace shop for container main in pod cart-0.", "cart", "shop"),
        ("Pod db-0 in the shop namespace restarts", "db", "shop"),
        ("Deployment generation for shop/cart does not match", "cart", "shop"),
        ("Rollout of deployment shop/cart is not progressing.", "cart", "shop"),
        ("2 Pods of DaemonSet shop/agent are not scheduled.", "agent", "shop"),
        ("The PersistentVolume claimed by data-db-0 in Namespace shop is only 3% free.", "db", "shop"),
        ("66.7% of the cart/cart-metrics targets in shop namespace are down.", "cart", "shop"),
        ("10.42.8.3:9091 of job cart has been down for more than 5 minutes.", "cart", None),
        (f"네임스페이스 shop의 파드 {POD} 재시작", "cart", "shop"),
        ("fork failed in pid namespace", None, None),
        ("quota in the same namespace", None, None),
        (f"NAME  READY  STATUS  RESTARTS  AGE\n{POD}  0/1  Error  5  3m\nNamespace: shop", "cart", "shop"),
        ("Namespace: shop\nNAME  STATUS  COMPLETIONS  DURATION  AGE\nsync  Failed  0/1  47m  47m", "sync", "shop"),
        ("unable to get external metric shop/s0-x/&LabelSelector{}", None, "shop"),
        ("root@pricing-0:/app# cat cpu.stat", "pricing", None),
        (f"[root@{POD} /]# df -h", "cart", None),
        ("root@worker-3:~# df -h", None, None),
        ("redis-master-0:6379> SET k v\n(error) OOM command not allowed", "redis-master", None),
        ("kubectl -n shop get endpointslices -l kubernetes.io/service-name=cart", "cart", "shop"),
        ("kubectl get pods --selector=app.kubernetes.io/name=cart -n shop", "cart", "shop"),
        ("NewReplicaSet:   cart-79c8b6c95f (6/6 replicas created)", "cart", None),
        ('Error: UPGRADE FAILED: cannot patch "cart" with kind Service: exceeded quota', "cart", None),
        ('Waiting for daemon set "agent" rollout to finish: 3 of 11', "agent", None),
        ("(service cart) was unable to place a task", "cart", None),
        ("INFO gave up: bot entered FATAL state, too many start retries too quickly", "bot", None),
        ("Container cart failed liveness probe, will be restarted", "cart", None),
        ("Container main failed liveness probe, will be restarted", None, None),
        ('no endpoints available for service "cart"', "cart", None),
    ],
)
def test_rules_tools_and_shells_name_the_app_in_their_words(text: str, app: str | None, namespace: str | None) -> None:
    who = affected({}, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        ("$ helm upgrade --install cart ./chart -n shop\nError: UPGRADE FAILED: timed out", "cart", "shop"),
        ("stern cart --namespace shop", "cart", "shop"),
        ("kubectl argo rollouts get rollout cart -n shop", "cart", "shop"),
        ("# docker logs --tail=50 cart\nError: x", "cart", None),
        ("docker compose logs cart", "cart", None),
        ("$ systemctl status cart.service", "cart", None),
        ("$ journalctl -xeu cart -n 50", "cart", None),
        ("$ systemctl status kubelet", None, None),
        ("argocd app get cart", "cart", None),
        ("the docker logs show nothing", None, None),
        (f"shop {POD} main 2026-03-01 ERROR x", "cart", "shop"),
        ("cart-1  | Error: x", "cart", None),
        ("name | value", None, None),
    ],
)
def test_commands_and_their_output_name_the_app(text: str, app: str | None, namespace: str | None) -> None:
    who = affected({}, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("labels", "app", "namespace"),
    [
        ({"resource.labels.pod_name": POD, "resource.labels.namespace_name": "shop"}, "cart", "shop"),
        ({"kubernetes.pod_name": "cart-0", "kubernetes.namespace_name": "shop"}, "cart", "shop"),
        ({"kubernetes.labels.app": "cart"}, "cart", None),
        ({"SYSLOG_IDENTIFIER": "cart"}, "cart", None),
        ({"SYSLOG_IDENTIFIER": "kernel"}, None, None),
        ({"pod": "cart-00001-deployment-6d4bf9c5b7-x2k4m", "namespace": "shop"}, "cart", "shop"),
        ({"owner_kind": "ReplicaSet", "owner_name": "cart-5c8d9b7f64", "namespace": "shop"}, "cart", "shop"),
        ({"app_kubernetes_io_instance": "cart", "namespace": "shop"}, "cart", "shop"),
        ({"container_name": "none", "namespace": "none"}, None, None),
    ],
)
def test_labels_are_understood_as_each_collector_spells_them(
    labels: dict[str, str], app: str | None, namespace: str | None
) -> None:
    who = affected(labels, "x")
    assert (who.app, who.namespace) == (app, namespace)
