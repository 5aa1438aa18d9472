"""Lines that speak of the other side blame nobody who only wrote them down."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from langraph.affected import affected
from langraph.analysis import Analyst, Values, as_json
from langraph.models.incident import Category
from langraph.policy import parse_policy
from langraph.runbooks.catalogue import load

RUNBOOKS = load()
ANALYST = Analyst(RUNBOOKS, Values(), datetime(2026, 3, 10, tzinfo=UTC))
CACHE_IS_FULL = "OOM command not allowed when used memory > 'maxmemory'."


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("postgres", '2025-01-02 UTC [7] app@shop FATAL:  password authentication failed for user "app"'),
        ("orders-db", '2025-01-02 UTC [7] app@shop ERROR:  relation "items" does not exist at character 15'),
        ("orders-db", '2025-01-02 UTC [7] app@shop ERROR:  column "note" does not exist at character 8'),
        ("orders-db", "2025-01-02 UTC [7] app@shop ERROR:  permission denied for table items"),
        (
            "orders-db",
            '2025-01-02 UTC [7] app@shop ERROR:  duplicate key value violates unique constraint "items_pkey"',
        ),
        ("orders-db", '2025-01-02 UTC [7] app@shop ERROR:  new row for relation "items" violates check constraint'),
        ("mysql", "ERROR 1054 (42S22) at line 1: Unknown column 'note' in 'field list'"),
        ("mysql", "ERROR 1062 (23000): Duplicate entry '7' for key 'PRIMARY'"),
        ("orders-db", "2025-01-02 03:04:05.67 Logon  Login failed for user 'app'. Reason: Password did not match"),
        ("mongodb", 'E11000 duplicate key error collection: shop.items index: _id_ dup key: { _id: "a" }'),
        ("orders-db", 'FATAL:  could not connect to the primary server: connection to server at "db-0" failed'),
        ("mysql", "12 [Note] [MY-010926] [Server] Access denied for user 'app'@'10.0.0.1' (using password: YES)"),
        ("haproxy", "Server be_orders/orders2 is DOWN, reason: Layer4 timeout, check duration: 2001ms."),
        ("ingress-nginx", "[error] 7#7: *9 upstream timed out (110: Operation timed out) while reading"),
        ("ingress-nginx-controller", "[error] 7#7: *9 connect() failed (111: Connection refused) while connecting"),
        ("promtail", 'msg="error sending batch, will retry" status=429 error="server returned HTTP status 429"'),
        ("pt-archiver", "Replica lag is 1281 seconds on mysql-1.  Waiting."),
        ("gh-ost", "Copy: 12/88 13.7%; Backlog: 0/1000; Lag: 92.34s, State: throttled, lag=92.340000s; ETA: 4h18m"),
    ],
)
def test_who_writes_of_the_other_side_is_not_affected(speaker: str, text: str) -> None:
    who = affected({"app": speaker, "namespace": "shop"}, text)
    assert (who.app, who.namespace) == (None, "shop")


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("cart-redis", CACHE_IS_FULL),
        ("cart", f"redis.exceptions.ResponseError: {CACHE_IS_FULL}"),
        ("sessions", "memcache: SERVER_ERROR out of memory storing object"),
        ("orders-db", "2025-01-02 UTC [7] app@shop ERROR:  deadlock detected"),
        (
            "orders-db",
            "2025-01-02 UTC [7] LOG:  process 7 still waiting for ShareLock on transaction 91 after 1000.1 ms",
        ),
        ("orders-db", "2025-01-02 UTC [7] app@shop ERROR:  canceling statement due to lock timeout"),
        ("orders-db", "2025-01-02 UTC [7] app@shop ERROR:  could not serialize access due to concurrent update"),
        ("orders-db", "2025-01-02 UTC [7] LOG:  terminating walsender process due to replication timeout"),
        ("mysql", "ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction"),
        ("orders-db", "2025-01-02 UTC [7] FATAL:  sorry, too many clients already"),
        ("orders-db", "2025-01-02 UTC [7] PANIC:  could not write to file: No space left on device"),
        ("cart", 'psycopg2.OperationalError: FATAL:  password authentication failed for user "app"'),
        ("cart", "[error] 7#7: *9 upstream timed out (110: Operation timed out) while reading"),
        ("ingress-nginx", "[emerg] 1#1: host not found in upstream"),
        ("haproxy", "[ALERT] config : parsing [/etc/haproxy.cfg:34] : unknown keyword"),
        ("cart", "HTTP 429 Too Many Requests from the payment provider"),
    ],
)
def test_who_writes_of_itself_is_affected(speaker: str, text: str) -> None:
    assert affected({"app": speaker}, text).app == speaker


@pytest.mark.parametrize(
    "text",
    [
        "o.s.c.l.core.RoundRobinLoadBalancer : No servers available for service: loyalty",
        "Load balancer does not contain an instance for the service loyalty",
        "503 SERVICE_UNAVAILABLE Unable to find instance for LOYALTY",
    ],
)
def test_the_service_that_nobody_serves_is_affected_not_who_called_it(text: str) -> None:
    assert affected({"app": "api-gateway", "namespace": "shop"}, text).app == "loyalty"


WEBHOOK = (
    'Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to call webhook: '
    'Post "https://cert-manager-webhook.cert-manager.svc:443/validate?timeout=30s": '
)


@pytest.mark.parametrize("labels", [{}, {"app": "kube-apiserver", "namespace": "kube-system"}])
def test_the_webhook_that_the_api_server_cannot_ask_is_affected(labels: dict[str, str]) -> None:
    who = affected(labels, WEBHOOK + "dial tcp 10.96.101.7:443: connect: connection refused")
    assert (who.app, who.namespace) == ("cert-manager-webhook", "cert-manager")


def test_what_a_webhook_keeps_from_being_made_is_affected_rather_than_the_webhook() -> None:
    row = "118s  Warning  FailedCreate  replicaset/grafana-68746b898  Error creating: " + WEBHOOK + "x509: expired"
    assert affected({"namespace": "monitoring"}, row).app == "grafana"
    assert affected({"app": "release-job"}, WEBHOOK + "x509: unknown authority").app == "release-job"


def test_a_webhook_that_nobody_serves_is_named_with_its_own_namespace() -> None:
    text = WEBHOOK + 'no endpoints available for service "cert-manager-webhook"'
    who = affected({"app": "deployer", "namespace": "ci"}, text)
    assert (who.app, who.namespace) == ("cert-manager-webhook", "cert-manager")


CHART = b"resources:\n  limits:\n    memory: 512Mi\n    cpu: 500m\nreplicaCount: 2\n"
POLICY = (Path(__file__).parents[2] / "helm-values" / "policy.yaml").read_text()
KILLED = "container cart in pod cart-7c9d8b6f5-k2x4z terminated: reason=OOMKilled exitCode=137"


@pytest.mark.parametrize(
    "text",
    [
        f"redis.exceptions.ResponseError: {CACHE_IS_FULL}",
        f"PHP Fatal error:  Uncaught RedisException: {CACHE_IS_FULL} in /app/cache.php:812",
        f"org.redisson.client.RedisOutOfMemoryException: {CACHE_IS_FULL}",
        "WARN net.spy.memcached: Error:  SERVER_ERROR out of memory storing object",
        "level=error err=\"OOM command not allowed when used memory > 'maxmemory'.\" caller=cart.go:77",
    ],
)
def test_a_client_whose_writes_a_cache_refuses_is_not_proposed_more_of_anything_of_its_own(text: str) -> None:
    values = Values({"helm-values/cart/values.yaml": ("b" * 40, CHART)}, policy=parse_policy(POLICY.encode()))
    analyst, labels = ANALYST.with_values(values), {"app": "cart", "namespace": "shop", "container": "cart"}
    answer, of_kill = (as_json(analyst.text(one, labels), "en") for one in (text, KILLED))
    assert (answer["category"], answer["app"]) == ("cache_maxmemory", "cart")
    assert answer["proposal"] is None
    assert of_kill["proposal"] is not None


def test_the_only_change_that_a_full_cache_may_get_is_of_the_caches_own_setting() -> None:
    about_caches = [one for one in RUNBOOKS.runbooks.values() if one.category is Category.CACHE_MAXMEMORY]
    remedies = [one.remedy for one in about_caches if one.remedy is not None]
    assert about_caches
    assert all("maxmemory" in (remedy.value_path or "").lower() for remedy in remedies)
