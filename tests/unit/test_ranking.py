"""Root causes are told from their symptoms and from noise."""

import random

import pytest

from langraph.models.incident import LogEvent
from langraph.ranking import rank_stream
from langraph.recognise import Recogniser
from langraph.runbooks.catalogue import Catalogue, load

SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="module")
def recogniser(catalogue: Catalogue) -> Recogniser:
    return Recogniser(catalogue)


def at(second: float, app: str, text: str) -> LogEvent:
    return LogEvent(text, int(second * SECOND), "stdin", {"app": app, "namespace": "shop"})


def top(recogniser: Recogniser, catalogue: Catalogue, events: list[LogEvent]) -> tuple[str, str | None]:
    first = rank_stream(recogniser, catalogue, events)[0]
    return first.category.value, first.app


def test_the_database_that_died_is_ranked_above_those_who_cannot_reach_it(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    events = [at(10, "postgres", "PANIC:  could not write to file: No space left on device")]
    events += [
        at(
            11 + n / 10,
            f"api-{n % 3}",
            'level=error err="dial tcp postgres.shop.svc:5432: connect: connection refused"',
        )
        for n in range(200)
    ]
    assert top(recogniser, catalogue, events) == ("disk_full", "postgres")


def test_probe_failures_and_restarts_that_follow_an_oom_do_not_win(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    events = [at(20, "web", "Memory cgroup out of memory: Killed process 1 (java)")]
    events += [at(21 + n, "web", "Readiness probe failed: connection refused") for n in range(50)]
    events += [at(25 + n, "web", "Back-off restarting failed container web in pod web-0") for n in range(30)]
    assert top(recogniser, catalogue, events) == ("oom", "web")


def test_noise_that_was_there_from_the_start_is_discounted(recogniser: Recogniser, catalogue: Catalogue) -> None:
    noise = [at(n, "legacy", 'FATAL:  password authentication failed for user "old"') for n in range(0, 600, 5)]
    events = noise + [
        at(400 + n, "web", 'level=error msg="dial tcp cache:6379: connect: connection refused"') for n in range(40)
    ]
    assert top(recogniser, catalogue, events) == ("connection_refused", "web")


def test_noise_stays_noise_where_a_proxys_complaint_has_a_fresh_cause_too(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    denied = "ERROR PermissionError: [Errno 13] Permission denied: '/exports/r-1.csv'"
    events = [at(n, "archiver", denied) for n in range(10, 900, 30)]
    events += [at(360, "geocoder", "panic: runtime error: index out of range [7] with length 7")]
    refused = "[error] 29#29: *8 connect() failed (111: Connection refused) while connecting to upstream"
    events += [at(400 + n, "tiles-edge", refused) for n in range(40)]
    assert top(recogniser, catalogue, events) == ("app_crash", "geocoder")


def test_of_two_equal_faults_the_first_to_appear_wins(recogniser: Recogniser, catalogue: Catalogue) -> None:
    events = [at(50, "b", "no space left on device"), at(60, "a", "no space left on device")]
    assert top(recogniser, catalogue, events) == ("disk_full", "b")


def test_one_known_fault_beats_many_unknown_errors_of_the_same_app(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    events = [at(1 + n, "web", f"ERROR request {n} failed") for n in range(300)]
    events += [at(2, "web", "HikariPool-1 - Connection is not available, request timed out after 30000ms.")]
    assert top(recogniser, catalogue, events) == ("conn_pool", "web")


def test_a_host_of_another_namespace_is_not_the_app_of_that_name(recogniser: Recogniser, catalogue: Catalogue) -> None:
    def score(host: str) -> float:
        events = [at(1, "db", "deadlock detected"), at(2, "web", f"dial tcp {host}:5432: connect: connection refused")]
        return next(r.score for r in rank_stream(recogniser, catalogue, events) if r.app == "web")

    assert score("db.shop.svc.cluster.local") < score("db.other.svc.cluster.local")


def test_a_stream_of_harmless_lines_has_no_candidate(recogniser: Recogniser, catalogue: Catalogue) -> None:
    assert rank_stream(recogniser, catalogue, [at(n, "web", "level=info msg=ok errors=0") for n in range(10)]) == []
    assert rank_stream(recogniser, catalogue, []) == []


def test_the_order_of_arrival_does_not_change_the_ranking(recogniser: Recogniser, catalogue: Catalogue) -> None:
    events = [
        at(n, f"a{n % 4}", t)
        for n, t in enumerate(["no space left on device", "ERROR x", "too many open files", "connection refused"] * 5)
    ]
    expected = rank_stream(recogniser, catalogue, events)
    shuffled = list(events)
    random.Random(7).shuffle(shuffled)
    assert [(r.category, r.app, r.score) for r in rank_stream(recogniser, catalogue, shuffled)] == [
        (r.category, r.app, r.score) for r in expected
    ]
    assert all(0 <= r.score <= 1 for r in expected)


# --- scenarios: background noise, chains of callers, batches, few lines of cause ------------------------------------


def spread(app: str, text: str, since: float, until: float, count: int) -> list[LogEvent]:
    step = (until - since) / count
    return [at(since + n * step, app, text) for n in range(count)]


def healthy(until: float) -> list[LogEvent]:
    """Ordinary lines of many apps, so that the stream is longer than its faults."""
    return [at(n, f"svc-{n % 7}", "level=info msg=ok status=200") for n in range(0, int(until), 3)]


REFUSED = 'level=error err="Post \\"http://%s.shop.svc:8080/v1\\": dial tcp 10.0.0.9:8080: connect: connection refused"'
TIMED_OUT = 'level=error err="Get \\"http://%s.shop.svc:8080/v1\\": context deadline exceeded"'


SCENARIOS = {
    "three lines of cause against hundreds of timeouts of its callers": (
        [*spread("orders-db", "ERROR:  deadlock detected", 300, 306, 3)]
        + [e for n in range(4) for e in spread(f"api-{n}", TIMED_OUT % "orders-db", 301, 500, 90)],
        ("db_lock", "orders-db"),
    ),
    "a chain of callers leads to its last link": (
        [
            *spread(
                "ledger", "HikariPool-1 - Connection is not available, request timed out after 30000ms.", 300, 400, 12
            ),
            *spread("payments", TIMED_OUT % "ledger", 301, 500, 80),
            *spread("checkout", TIMED_OUT % "payments", 302, 500, 150),
            *spread("web", TIMED_OUT % "checkout", 303, 500, 300),
        ],
        ("conn_pool", "ledger"),
    ),
    "noise that is sparse but was always there": (
        [
            *spread("batch", 'FATAL:  password authentication failed for user "old"', 5, 590, 9),
            *spread("cron", "x509: certificate has expired or is not yet valid", 20, 580, 4),
            *spread(
                "web", "HikariPool-1 - Connection is not available, request timed out after 30000ms.", 400, 500, 25
            ),
        ],
        ("conn_pool", "web"),
    ),
    "probe failures and restarts that follow an exhausted pool": (
        [
            *spread(
                "orders", "HikariPool-1 - Connection is not available, request timed out after 30000ms.", 300, 330, 6
            ),
            *spread("orders", "Readiness probe failed: HTTP probe failed with statuscode: 503", 305, 500, 120),
            *spread("orders", "Back-off restarting failed container orders in pod orders-0", 320, 500, 60),
        ],
        ("conn_pool", "orders"),
    ),
    "a batch brings the symptom some seconds before its cause": (
        [
            *spread("web", REFUSED % "cache", 300, 420, 200),
            *spread("cache", "Memory cgroup out of memory: Killed process 7 (redis-server) total-vm:1kB", 308, 309, 1),
        ],
        ("oom", "cache"),
    ),
    "names that do not resolve because the resolver itself is killed": (
        [
            *spread("coredns", "Memory cgroup out of memory: Killed process 1 (coredns) total-vm:1kB", 300, 301, 1),
            *[
                e
                for n in range(6)
                for e in spread(f"api-{n}", "dial tcp: lookup db on 10.96.0.10:53: no such host", 302, 500, 40)
            ],
        ],
        ("oom", "coredns"),
    ),
    "a full disk at the broker, seen by producers and consumers": (
        [
            *spread("kafka", "java.io.IOException: No space left on device", 300, 310, 2),
            *spread("orders", "Connection to node 1 (kafka/10.0.0.4:9092) could not be established.", 305, 500, 150),
            *spread(
                "billing",
                "TimeoutException: Topic billing not present in metadata; call to kafka timed out",
                306,
                500,
                90,
            ),
            *spread("billing", "ERROR could not bill order 7", 306, 500, 200),
        ],
        ("disk_full", "kafka"),
    ),
    "an unrelated single fault of a strong kind does not beat the one with followers": (
        [
            *spread("docs", "x509: certificate has expired or is not yet valid", 450, 451, 1),
            *spread("orders-db", "FATAL:  sorry, too many clients already", 300, 420, 30),
            *spread("web", TIMED_OUT % "orders-db", 301, 500, 200),
            *spread("api", TIMED_OUT % "orders-db", 301, 500, 200),
        ],
        ("conn_pool", "orders-db"),
    ),
    "unknown errors that name a failing service": (
        [
            *spread("stock", "panic: runtime error: index out of range [3] with length 3", 300, 330, 3),
            *spread("web", "ERROR call to stock failed with status 500", 301, 500, 300),
        ],
        ("app_crash", "stock"),
    ),
    "one and the same fault that grew is no background": (
        [
            *spread("web", REFUSED % "search", 10, 290, 6),
            *spread("web", REFUSED % "search", 300, 400, 300),
            *spread("mail", 'FATAL:  password authentication failed for user "old"', 5, 590, 40),
        ],
        ("connection_refused", "web"),
    ),
    "a cause that went on from the start is kept when its followers are the news": (
        [
            *spread("api", "Memory cgroup out of memory: Killed process 9 (api) total-vm:1kB", 10, 590, 10),
            *spread("api", "Back-off restarting failed container api in pod api-0", 200, 590, 60),
        ],
        ("oom", "api"),
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_root_cause_is_found_among_its_symptoms_and_the_noise(
    recogniser: Recogniser, catalogue: Catalogue, name: str
) -> None:
    events, expected = SCENARIOS[name]
    assert top(recogniser, catalogue, [*events, *healthy(600)]) == expected


def test_two_callers_that_name_each_other_explain_nothing(recogniser: Recogniser, catalogue: Catalogue) -> None:
    events = [*spread("a-svc", TIMED_OUT % "b-svc", 10, 20, 5), *spread("b-svc", TIMED_OUT % "a-svc", 10, 20, 5)]
    scores = {r.app: r.score for r in rank_stream(recogniser, catalogue, events)}
    assert scores["a-svc"] == scores["b-svc"] > 0.1


def test_a_fault_long_after_a_symptom_is_not_its_cause(recogniser: Recogniser, catalogue: Catalogue) -> None:
    def score(second: float) -> float:
        events = [at(1, "web", REFUSED % "db"), at(second, "db", "no space left on device"), at(900, "x", "level=info")]
        return next(r.score for r in rank_stream(recogniser, catalogue, events) if r.app == "web")

    assert score(20) < score(800)


# --- generated: other software, other volumes, any order ------------------------------------------------------------

CAUSES = {
    "quota": (
        'Error creating: pods "%s-6d7f8b9c5-" is forbidden: exceeded quota: compute, requested: limits.memory=1Gi, '
        "used: limits.memory=8Gi, limited: limits.memory=8Gi"
    ),
    "scheduling": "0/5 nodes are available: 5 Insufficient cpu. preemption: 0/5 nodes are available.",
    "config_error": 'FATAL: required environment variable DATABASE_URL is not set in "%s"',
    "image_pull": "Back-off pulling image registry.example.com/%s:9: ImagePullBackOff",
    "oom": "Memory cgroup out of memory: Killed process 7 (%s) total-vm:1kB, anon-rss:1kB",
    "disk_full": "ERROR %s: write failed: No space left on device",
    "cert_expiry": "ERROR %s: x509: certificate has expired or is not yet valid",
    "app_crash": "panic: runtime error: invalid memory address or nil pointer dereference in %s",
}
SEEN_BY_CALLERS = (
    'level=error err="dial tcp 10.0.0.9:8080: connect: connection refused" msg="cannot call %s"',
    "ERROR upstream %s answered 503",
    'level=error err="Get \\"http://%s.shop.svc:8080/v1\\": context deadline exceeded"',
    "java.net.SocketTimeoutException: Read timed out while calling %s",
)
SEEN_BY_PROXIES = (
    "[error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream, "
    'upstream: "http://10.0.0.9:8080/"',
    "[error] 7#7: *1 upstream timed out (110: Connection timed out) while reading response header from upstream",
)


def fault_and_followers(kind: str, seed: int) -> list[LogEvent]:
    """One to three lines of cause in one app, its restarts, and hundreds of complaints elsewhere."""
    rng = random.Random(f"{kind}-{seed}")
    app = rng.choice(["stock", "pricing", "geo-lookup", "mail-out"])
    onset = rng.uniform(100, 400)
    cause = CAUSES[kind] % app if "%s" in CAUSES[kind] else CAUSES[kind]
    events = [at(onset + rng.uniform(0, 20), app, cause) for _ in range(rng.randint(1, 3))]
    for n in range(rng.randint(1, 6)):
        text = rng.choice(SEEN_BY_CALLERS) % app
        events += spread(f"caller-{n}", text, onset + rng.uniform(0, 30), 600, rng.randint(20, 120))
    events += spread(
        "ingress-nginx", rng.choice(SEEN_BY_PROXIES), onset + rng.uniform(0, 30), 600, rng.randint(50, 150)
    )
    if rng.random() < 0.6:
        restarts = f"Back-off restarting failed container {app} in pod {app}-0"
        events += spread(app, restarts, onset + 25, 600, rng.randint(5, 60))
    events += spread("newsletter", "ERROR could not render greeting", rng.uniform(1, 20), 595, rng.randint(10, 40))
    rng.shuffle(events)
    return [*events, *healthy(600)]


@pytest.mark.parametrize("kind", CAUSES)
@pytest.mark.parametrize("seed", range(6))
def test_a_few_lines_of_cause_beat_hundreds_of_complaints(
    recogniser: Recogniser, catalogue: Catalogue, kind: str, seed: int
) -> None:
    events = fault_and_followers(kind, seed)
    app = next(e.labels["app"] for e in events if e.labels["app"] in {"stock", "pricing", "geo-lookup", "mail-out"})
    assert top(recogniser, catalogue, events) == (kind, app)


@pytest.mark.parametrize("late", [0, 20, 150])
def test_what_the_database_says_of_itself_comes_before_its_clients(
    recogniser: Recogniser, catalogue: Catalogue, late: float
) -> None:
    events = [
        *spread("orders-mysql", "[ERROR] [MY-010000] Too many connections", 300 + late, 500, 4),
        *spread("orders", "SQLSTATE[08004] [1040] Too many connections", 300, 590, 80),
        *spread(
            "billing", "HikariPool-1 - Connection is not available, request timed out after 30000ms.", 301, 590, 60
        ),
        *healthy(600),
    ]
    assert top(recogniser, catalogue, events) == ("conn_pool", "orders-mysql")


def test_a_panic_comes_before_the_restarts_and_refusals_it_makes(recogniser: Recogniser, catalogue: Catalogue) -> None:
    events = [
        *spread("promo", "Back-off restarting failed container promo in pod promo-0", 290, 590, 40),
        *spread("promo", "panic: runtime error: index out of range [3] with length 3", 300, 560, 5),
        *spread("cart", REFUSED % "promo", 301, 590, 120),
        *healthy(600),
    ]
    assert top(recogniser, catalogue, events) == ("app_crash", "promo")


def test_an_app_that_dies_for_want_of_another_is_not_the_cause(recogniser: Recogniser, catalogue: Catalogue) -> None:
    events = [
        *spread("search", "ERROR No space left on device", 300, 310, 2),
        *spread("shop-front", REFUSED % "search", 305, 590, 40),
        *spread("shop-front", "Readiness probe failed: HTTP probe failed with statuscode: 503", 310, 590, 90),
        *spread("edge-proxy", SEEN_BY_PROXIES[0], 305, 590, 200),
        *healthy(600),
    ]
    assert top(recogniser, catalogue, events) == ("disk_full", "search")


def test_a_proxy_that_is_itself_at_fault_is_found(recogniser: Recogniser, catalogue: Catalogue) -> None:
    events = [
        *spread("ingress-nginx", "[emerg] 1#1: no space left on device: No space left on device", 300, 310, 2),
        *spread("web", "ERROR page not rendered", 305, 590, 90),
        *healthy(600),
    ]
    assert top(recogniser, catalogue, events) == ("disk_full", "ingress-nginx")


def test_a_database_that_stands_still_is_why_its_clients_wait_for_locks(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    full = "mariadbd: Disk is full writing './bin.01' (Errcode: 28 \"No space left on device\"). Waiting for someone"
    waits = "production.ERROR: SQLSTATE[HY000]: General error: 1205 Lock wait timeout exceeded; try restarting"
    events = [at(100, "crm-mariadb", full), *(at(150 + n, "crm-web", waits) for n in range(70)), at(900, "x", "ok")]
    assert top(recogniser, catalogue, events) == ("disk_full", "crm-mariadb")


def test_a_full_cache_is_not_why_clients_of_a_database_wait_for_locks(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    waits = "production.ERROR: SQLSTATE[HY000]: General error: 1205 Lock wait timeout exceeded; try restarting"
    events = [at(n, "crm-web", waits) for n in range(100, 170)]
    events += [at(165, "session-cache", "ERROR no space left on device"), at(900, "x", "ok")]
    ranked = {one.app: one.score for one in rank_stream(recogniser, catalogue, events)}
    alone = {one.app: one.score for one in rank_stream(recogniser, catalogue, [*events[:-2], events[-1]])}
    assert ranked["crm-web"] == alone["crm-web"]


def test_a_policy_that_denies_is_why_callers_wait_however_late_the_flows_are_delivered(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    told = "shop/cart-0:41212 (ID:3) <> shop/wallet-0:8443 (ID:5) policy-verdict:none INGRESS DENIED (TCP Flags: SYN)"
    waits = 'level=error err="dial tcp wallet.shop.svc:8443: i/o timeout"'
    events = [at(280 + n, "cart", waits) for n in range(90)]
    events += [at(425 + n, "cilium", told) for n in range(5)] + [at(900, "x", "ok")]
    assert top(recogniser, catalogue, events) == ("network", "wallet")


def test_a_process_that_was_given_up_is_more_than_one_that_ended_without_a_word(
    recogniser: Recogniser, catalogue: Catalogue
) -> None:
    ended = at(10, "relay", "INFO exited: relay (exit status 1; not expected)")
    given_up = at(11, "relay", "INFO gave up: relay entered FATAL state, too many start retries too quickly")
    assert top(recogniser, catalogue, [ended, given_up]) == ("crash_loop", "relay")
    assert top(recogniser, catalogue, [ended]) == ("app_crash", "relay")
    panic = at(9, "relay", "panic: runtime error: index out of range [3] with length 2")
    assert top(recogniser, catalogue, [panic, ended, given_up]) == ("app_crash", "relay")
