"""Applications, databases, brokers and proxies: what they print is told apart, fault by fault."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from langraph.models.incident import Alert, Category, LogEvent, Severity
from langraph.recognise import Recogniser, alert_form
from langraph.runbooks.catalogue import load
from langraph.runbooks.matcher import Matcher, Page
from langraph.runbooks.scanner import PlainScanner

CASES = yaml.safe_load((Path(__file__).parent / "runbook_cases_applications.yaml").read_text(encoding="utf-8"))
YES = [(category, event) for category, case in CASES.items() for event in case["yes"]]
NO = [
    (category, really, event)
    for category, case in CASES.items()
    for really, events in case["no"].items()
    for event in events
]
KNOWN = [(category, event) for category, event in YES if category != "unknown"]
CATALOGUE = load()
KEY = b"k" * 16


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(CATALOGUE)


def seen(recogniser: Recogniser, text: str) -> str:
    found = recogniser.event(LogEvent(text, 1, "loki", {}), KEY)
    return found.category.value if found else "nothing"


def test_every_category_has_enough_documented_events_and_look_alikes() -> None:
    few = {
        name: (len(case["yes"]), sum(map(len, case["no"].values())))
        for name, case in CASES.items()
        if len(case["yes"]) < 14 or sum(map(len, case["no"].values())) < 8
    }
    assert few == {}
    assert {Category(name) for name in CASES}


def test_documented_events_show_their_category(recogniser: Recogniser) -> None:
    wrong = [(c, got, text) for c, text in YES if (got := seen(recogniser, text)) != c]
    assert wrong == []


def test_look_alikes_are_what_they_are(recogniser: Recogniser) -> None:
    wrong = [(c, really, got, text) for c, really, text in NO if (got := seen(recogniser, text)) != really]
    assert wrong == []


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@pytest.mark.parametrize(
    "wrap",
    ['{"log":"%s\\n","stream":"stderr"}', 'ts=2025-01-02T03:04:05Z level=error err="%s" caller=x.go:1'],
    ids=["json", "logfmt"],
)
def test_events_wrapped_by_a_collector_keep_their_category(wrap: str) -> None:
    hits = Matcher(CATALOGUE).candidates(Page([wrap % escaped(text) for _, text in KNOWN]))
    first = {n: found[0].runbook.category.value for n, found in hits.items()}
    assert [(c, first.get(n), text) for n, (c, text) in enumerate(KNOWN) if first.get(n) != c] == []


def test_both_engines_find_the_same_in_every_case() -> None:
    page = Page([text for _, text in YES] + [text for _, _, text in NO])
    fast, slow = Matcher(CATALOGUE).candidates(page), Matcher(CATALOGUE, PlainScanner).candidates(page)
    names = [{n: [h.runbook.id for h in hits] for n, hits in sorted(found.items())} for found in (fast, slow)]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("event", "category"),
    [
        (
            "ERROR request failed: jakarta.ServletException: Request processing failed; nested exception is "
            "org.springframework.dao.QueryTimeoutException: Redis command timed out; nested exception is "
            "io.lettuce.core.RedisException: java.net.UnknownHostException: redis",
            Category.DNS,
        ),
        (
            "SEVERE Servlet.service() threw exception [java.net.SocketTimeoutException: Read timed out] "
            "with root cause\norg.postgresql.util.PSQLException: FATAL: sorry, too many clients already",
            Category.CONN_POOL,
        ),
        (
            "Error: could not start\n\nCaused by:\n    0: cannot connect to the queue: operation timed out\n"
            "    1: invalid peer certificate: UnknownIssuer",
            Category.CERT_EXPIRY,
        ),
        (
            "java.net.UnknownHostException: db\n\tat x\nWrapped by: java.net.SocketTimeoutException: Read timed out",
            Category.DNS,
        ),
        (
            "PDOException: SQLSTATE[HY000] [2002] Connection refused\n#0 /app/x.php\n\nNext Shop\\DbException: "
            "query timed out",
            Category.CONNECTION_REFUSED,
        ),
        (
            "System.InvalidOperationException: An exception has been raised ---> Npgsql.NpgsqlException: Exception "
            "while connecting\n ---> System.Net.Sockets.SocketException (111): Connection refused",
            Category.CONNECTION_REFUSED,
        ),
        (
            "Error: checkout failed: connect ETIMEDOUT 10.0.0.1:80\n    at x {\n"
            "  [cause]: Error: getaddrinfo ENOTFOUND stock",
            Category.DNS,
        ),
        (
            'level=fatal msg="unable to load configuration: Get \\"https://vault\\": x509: certificate has expired"',
            Category.CERT_EXPIRY,
        ),
    ],
)
def test_the_innermost_cause_wins_in_every_language(recogniser: Recogniser, event: str, category: Category) -> None:
    assert seen(recogniser, event) == category.value


@pytest.mark.parametrize(
    ("event", "host"),
    [
        (
            'err="Post \\"http://ledger.pay.svc:9000/v1\\": dial tcp 10.0.0.1:9000: connect: connection refused"',
            "ledger.pay.svc:9000",
        ),
        (
            "HTTPConnectionPool(host='stock', port=80): Max retries exceeded with url: / (Connection refused)",
            "stock",
        ),
        (
            "Connection refused: orders.shop.svc.cluster.local/10.96.4.2:8080",
            "orders.shop.svc.cluster.local/10.96.4.2:8080",
        ),
        ("Error: connect ECONNREFUSED cache:6379", "cache:6379"),
        ('ERROR Get "http://stock.shop:80/a": context deadline exceeded', "stock.shop:80"),
        ("Error: getaddrinfo ENOTFOUND redis.cache.svc", "redis.cache.svc"),
    ],
)
def test_a_failed_call_names_the_host_that_was_called(recogniser: Recogniser, event: str, host: str) -> None:
    found = recogniser.event(LogEvent(event, 1, "loki", {}), KEY)
    assert found is not None
    assert found.facts["host"] == host


def alert(name: str, severity: str = "", **notes: str) -> Alert:
    labels = {"alertname": name} | ({"severity": severity} if severity else {})
    return Alert(name, True, labels, notes, datetime(2025, 1, 2, tzinfo=UTC), "prometheus")


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("PostgresqlReplicationLag", Category.REPLICATION_LAG),
        ("MysqlReplicaSqlThreadNotRunning", Category.REPLICATION_LAG),
        ("RedisRejectedConnections", Category.CONN_POOL),
        ("PgbouncerActiveConnections", Category.CONN_POOL),
        ("OrdersDbConnectionPoolExhausted", Category.CONN_POOL),
        ("RabbitmqFileDescriptorsUsage", Category.FD_EXHAUSTION),
        ("RabbitmqMemoryHigh", Category.OOM),
        ("RedisKeyEvictionsHigh", Category.CACHE_MAXMEMORY),
        ("BlackboxProbeSlowHttp", Category.TIMEOUT),
        ("ShopHighRequestLatency", Category.TIMEOUT),
        ("BlackboxSslCertificateWillExpireSoon", Category.CERT_EXPIRY),
        ("ShopTlsCertExpiringSoon", Category.CERT_EXPIRY),
        ("CertManagerHittingRateLimits", Category.RATE_LIMIT),
        ("PostgresqlDeadLocks", Category.DB_LOCK),
        ("kafka_under_replicated_partitions", Category.REPLICATION_LAG),
        ("HaproxyHasNoAliveBackends", Category.SERVICE_ROUTING),
        ("PhpFpmMaxChildrenReached", Category.THREAD_LIMIT),
        ("MysqlDown", Category.TARGET_DOWN),
        ("CoreDNSErrorsHigh", Category.DNS),
        ("HighErrorRate", Category.UNKNOWN),
        ("EventLoopLagHigh", Category.UNKNOWN),
        ("KafkaConsumerLag", Category.UNKNOWN),
        ("CoffeeMachineEmpty", Category.UNKNOWN),
    ],
)
def test_alerts_of_the_common_exporters_are_known_by_name_or_by_its_words(
    recogniser: Recogniser, name: str, category: Category
) -> None:
    found = recogniser.alert(alert(name), KEY)
    assert found is not None
    assert found.category is category


def test_an_alerts_own_severity_wins_over_the_runbooks(recogniser: Recogniser) -> None:
    found = recogniser.alert(alert("MysqlDown", "warning"), KEY)
    assert found is not None
    assert found.severity is Severity.MEDIUM


def test_patterns_see_an_alerts_name_in_words() -> None:
    assert (
        alert_form(alert("KubePodOOMKilled", summary="it died"))
        == "alert=KubePodOOMKilled (kube pod oom killed) | it died"
    )
    assert alert_form(alert("redis_high-lag")) == "alert=redis_high-lag (redis high lag)"


def test_a_line_of_a_log_is_never_taken_for_an_alert(recogniser: Recogniser) -> None:
    assert seen(recogniser, "PostgresqlReplicationLag (postgresql replication lag) rule loaded") == "nothing"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("| orders-db-1 | 10.42.6.12 | Replica | streaming | 12 |      4210 |", "replication_lag"),
        ("| pg-2 | 10.0.0.3 | Sync Standby | streaming | 4 | 0/5000060 | 812 | 0/5000000 | 812 |", "replication_lag"),
        ("| pg-2 | 10.0.0.3 | Replica | start failed |    |  unknown |", "replication_lag"),
        ("| pg-2 | 10.0.0.3 | Replica | streaming | 12 |         0 |", "nothing"),
        ("| pg-2 | 10.0.0.3 | Leader  | running   | 12 |           |", "nothing"),
        ("role:slave master_host:10.0.0.3 master_link_status:down", "replication_lag"),
        ("role:slave master_host:10.0.0.3 master_link_status:up", "nothing"),
        ("rpc error: code = Unavailable desc = no children to pick from", "service_routing"),
        ("[lua] init.lua:371: execute(): failure to get a peer from the ring-balancer", "service_routing"),
        ("No instances available for stock-service", "service_routing"),
        ("OSError: [Errno 28] No space left on device: '/dev/shm/torch_1'", "kernel_limit"),
        ("bus error: workers are out of shared memory. Please try to raise your shared memory limit.", "kernel_limit"),
        ('level=warn msg="batch not sent, will retry" err="429 Too Many Requests: ingestion limit"', "rate_limit"),
        ('level=info msg="batch sent after retry" was="429 Too Many Requests"', "nothing"),
        ("LOG_FORMAT is not set, using the default", "nothing"),
        ("pull access denied: authorization failed: no basic auth credentials", "image_pull"),
        ("error: acme: order 7 has authorization a in invalid state", "cert_expiry"),
        ("LOG:  statement: INSERT INTO notes VALUES ('sslv3 alert is fine, deadlock detected')", "nothing"),
    ],
)
def test_what_people_paste_from_status_commands_and_near_misses(
    recogniser: Recogniser, text: str, category: str
) -> None:
    assert seen(recogniser, text) == category
