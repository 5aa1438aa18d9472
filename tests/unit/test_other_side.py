"""Lines that speak of the other side blame nobody who only wrote them down."""

import pytest

from langraph.affected import affected

CACHE_IS_FULL = "OOM command not allowed when used memory > 'maxmemory'."


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("cart", f"redis.exceptions.ResponseError: {CACHE_IS_FULL}"),
        ("sessions", "memcache: SERVER_ERROR out of memory storing object"),
        ("postgres", '2025-01-02 UTC [7] app@shop FATAL:  password authentication failed for user "app"'),
        ("orders-db", "2025-01-02 UTC [7] app@shop ERROR:  deadlock detected"),
        ("orders-db", '2025-01-02 UTC [7] app@shop ERROR:  relation "items" does not exist at character 15'),
        ("orders-db", 'FATAL:  could not connect to the primary server: connection to server at "db-0" failed'),
        ("mysql", "12 [Note] [MY-010926] [Server] Access denied for user 'app'@'10.0.0.1' (using password: YES)"),
        ("haproxy", "Server be_orders/orders2 is DOWN, reason: Layer4 timeout, check duration: 2001ms."),
        ("ingress-nginx", "[error] 7#7: *9 upstream timed out (110: Operation timed out) while reading"),
        ("ingress-nginx-controller", "[error] 7#7: *9 connect() failed (111: Connection refused) while connecting"),
        ("promtail", 'msg="error sending batch, will retry" status=429 error="server returned HTTP status 429"'),
        ("pt-archiver", "Replica lag is 1281 seconds on mysql-1.  Waiting."),
    ],
)
def test_who_writes_of_the_other_side_is_not_affected(speaker: str, text: str) -> None:
    who = affected({"app": speaker, "namespace": "shop"}, text)
    assert (who.app, who.namespace) == (None, "shop")


@pytest.mark.parametrize(
    ("speaker", "text"),
    [
        ("cart-redis", CACHE_IS_FULL),
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
