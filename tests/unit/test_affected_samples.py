"""Metric samples, targets that could not be scraped, and alerts of exporters: their labels name the object."""

import pytest

from langraph.affected import Affected, affected
from langraph.affected.alert_subject import affected_by_alert

OF_VMAGENT = (
    'cannot scrape target "http://10.4.3.8:80/metrics" ({container="cart",instance="10.4.3.8:80",job="cart",'
    'namespace="shop",pod="cart-0"}) 61 out of 61 times; the last error: status code 503'
)
OF_COLLECTOR = (
    'Failed to scrape Prometheus endpoint {"target_labels": '
    '"{__name__=\\"up\\", instance=\\"10.4.3.8:80\\", job=\\"cart\\", namespace=\\"shop\\"}"}'
)
OF_PROMETHEUS = 'component="scrape manager" scrape_pool=serviceMonitor/shop/cart/0 target=x msg="Scrape failed" err="x"'
BY_URL = (
    'component="scrape manager" scrape_pool=apps target=http://cart.shop.svc:80/metrics msg="Scrape failed" err="x"'
)


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("vmagent", OF_VMAGENT),
        ("otel-collector", OF_COLLECTOR),
        ("prometheus", OF_PROMETHEUS),
        ("kps-kube-prometheus-prometheus", OF_PROMETHEUS),
        ("prometheus", BY_URL),
    ],
)
def test_who_cannot_be_scraped_is_affected_and_not_who_scrapes(speaker: str, text: str) -> None:
    who = affected({"app": speaker, "namespace": "monitoring"}, text)
    assert (who.app, who.namespace) == ("cart", "shop")


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("web", OF_VMAGENT),
        ("prometheus", 'scrape_pool=serviceMonitor/shop/cart/0 msg="Error on ingesting out-of-order samples"'),
        ("prometheus", 'scrape_pool=apps target=http://10.4.3.8/metrics msg="Scrape failed" err="x"'),
        ("web", 'up{job="cart",namespace="shop"} 0'),
    ],
)
def test_a_line_that_is_no_scrapers_about_a_known_target_is_its_writers(speaker: str, text: str) -> None:
    assert affected({"app": speaker, "namespace": "ops"}, text).app == speaker


@pytest.mark.parametrize(
    ("text", "app", "namespace"),
    [
        ('kube_deployment_status_replicas_available{namespace="shop",deployment="cart"} 2', "cart", "shop"),
        ('kube_job_failed{namespace="shop",job_name="sync-28391040",condition="true"} 1', "sync", "shop"),
        ('kube_horizontalpodautoscaler_x{namespace="shop",horizontalpodautoscaler="keda-hpa-web"} 12', "web", "shop"),
        ('kubelet_volume_stats_x{namespace="shop",persistentvolumeclaim="data-db-0",node="n1"} 0', "db", "shop"),
        ('kube_endpoint_x{namespace="shop",endpoint="cart",job="kube-state-metrics"} 3', "cart", "shop"),
        ('container_x{container="app",pod="cart-0",namespace="shop",job="kubelet"} 5', "cart", "shop"),
        ('kube_node_status_condition{node="n1",job="kube-state-metrics"} 0', None, None),
        ('up{job="redis-exporter", namespace="shop", instance="10.4.1.12:9121"} 0', "redis-exporter", "shop"),
        ('absent(up{job="cart"})', "cart", None),
        ('probe_success{instance="https://status.acme.io", job="blackbox-http"} 0', None, None),
        ('kube_x{namespace="shop",deployment="a"} 1\nkube_x{namespace="shop",deployment="b"} 1', None, "shop"),
        (
            'http://10.4.2.17/metrics  DOWN  instance="10.4.2.17:80" job="cart" namespace="shop"  11s ago',
            "cart",
            "shop",
        ),
        (
            '{"activeTargets":[{"labels":{"job":"ok"},"scrapePool":"a","lastError":"","health":"up"},{"labels":'
            '{"job":"cart","namespace":"shop"},"scrapePool":"b","lastError":"status 404","health":"down"}]}',
            "cart",
            "shop",
        ),
        ("Labels: job = cart, severity = warning", "cart", None),
        ("Labels:\n - namespace = shop\n - job = cart", "cart", "shop"),
        ('labels: condition="Ready" job="kube-state-metrics" node="n1"', None, None),
    ],
)
def test_pasted_samples_and_targets_are_about_what_their_labels_name(
    text: str, app: str | None, namespace: str | None
) -> None:
    who = affected({}, text)
    assert (who.app, who.namespace) == (app, namespace)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"job": "mysqld-exporter", "instance": "shop-mysql.shop.svc:3306"}, Affected("shop-mysql", "shop")),
        (
            {
                "job": "mysqld-exporter",
                "namespace": "monitoring",
                "pod": "mysqld-exporter-6f7d9c5b8-k2x7q",
                "container": "mysqld-exporter",
                "instance": "shop-mysql.shop.svc.cluster.local:3306",
            },
            Affected("shop-mysql", "shop"),
        ),
        ({"job": "postgres-exporter", "instance": "pg-0.pg-headless.data.svc:5432"}, Affected("pg", "data")),
        (
            {"job": "redis-exporter", "instance": "redis://cart-redis:6379", "namespace": "shop"},
            Affected("cart-redis", "shop"),
        ),
        ({"job": "mysqld-exporter", "instance": "db1.example.com:3306"}, Affected()),
        ({"job": "mysqld-exporter", "instance": "mysqld-exporter.mon.svc:9104"}, Affected()),
        ({"job": "blackbox", "instance": "https://shop.example.com"}, Affected()),
        ({"job": "blackbox-http", "instance": "http://cart.shop.svc:80/health"}, Affected("cart", "shop")),
        ({"job": "probe/shop/cart", "instance": "https://cart.example.com"}, Affected("cart", "shop")),
        (
            {
                "alertname": "BlackboxConfigurationReloadFailure",
                "job": "blackbox-exporter",
                "namespace": "mon",
                "pod": "blackbox-exporter-7d8f6c9b5d-8rxzl",
            },
            Affected("blackbox-exporter", "mon", "blackbox-exporter-7d8f6c9b5d-8rxzl"),
        ),
        (
            {"alertname": "ServiceHasNoEndpoints", "namespace": "shop", "service": "cart", "job": "kube-state-metrics"},
            Affected("cart", "shop"),
        ),
        (
            {
                "job": "kube-state-metrics",
                "container": "kube-state-metrics",
                "pod": "kube-state-metrics-5d7c8b9f44-x8g6q",
                "namespace": "shop",
                "resourcequota": "q",
            },
            Affected(None, "shop"),
        ),
        (
            {"job": "kube-state-metrics", "exported_job": "sync", "job_name": "sync", "namespace": "shop"},
            Affected("sync", "shop"),
        ),
        ({"namespace": "mimir", "rollout_group": "ingester"}, Affected("ingester", "mimir")),
        ({"horizontalpodautoscaler": "keda-hpa-web", "job": "kube-state-metrics"}, Affected("web")),
    ],
)
def test_an_exporters_alert_is_about_what_it_asks_unless_it_is_about_itself(
    labels: dict[str, str], found: Affected
) -> None:
    assert affected_by_alert({"alertname": "X", **labels}) == found
