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
