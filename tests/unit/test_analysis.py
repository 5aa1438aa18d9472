"""From a text or a stream to the root cause and the diff, on files in memory."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langraph.analysis import Analyst, Values, as_json, join_events, split_events
from langraph.catalogue import parse_catalogue
from langraph.models.incident import Alert, Category, LogEvent, Occurrence, Severity
from langraph.policy import parse_policy
from langraph.ranking import rank
from langraph.runbooks.catalogue import Catalogue, load
from langraph.tally import KEPT, MOST_FAULTS, Tally

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
FILE = "helm-values/grafana/values.yaml"
SOURCE = b"replicaCount: 1\nresources:\n  limits:\n    memory: 512Mi # as agreed\n  requests:\n    memory: 256Mi\n"
POLICY = (Path(__file__).parents[2] / "helm-values" / "policy.yaml").read_bytes()
APPS = b"apps:\n- app: grafana\n  files: [helm-values/grafana/values.yaml]\n  match: {team: charts}\n"
KILLED = "container grafana in pod grafana-7c9d8b6f5-k2x4z terminated: reason=OOMKilled exitCode=137"
GRAFANA = {"app": "grafana", "namespace": "monitoring", "container": "grafana"}
FIELDS = [
    "id", "category", "app", "namespace", "severity", "root_cause", "ranked", "remedy", "proposal", "evidence",
    "ruled_out",
]  # fmt: skip


@pytest.fixture(scope="module")
def runbooks() -> Catalogue:
    return load()


@pytest.fixture(scope="module")
def bare(runbooks: Catalogue) -> Analyst:
    """Somebody without any values files."""
    return Analyst(runbooks, Values(), NOW)


@pytest.fixture(scope="module")
def analyst(runbooks: Catalogue) -> Analyst:
    values = Values({FILE: ("b" * 40, SOURCE)}, parse_catalogue(APPS), parse_policy(POLICY))
    return Analyst(runbooks, values, NOW)


def of_text(analyst: Analyst, text: str, labels: Mapping[str, str] = GRAFANA, locale: str = "en") -> dict[str, Any]:
    return as_json(analyst.text(text, labels), locale, "x")


def of_stream(analyst: Analyst, *lines: tuple[str, str]) -> dict[str, Any]:
    """Lines of (app, text), a second apart."""
    events = [LogEvent(text, n * 10**9, "stream", {"app": app}) for n, (app, text) in enumerate(lines)]
    return as_json(analyst.stream(events), "en", "x")


def test_a_known_fault_with_a_values_file_gives_cause_remedy_and_diff(analyst: Analyst) -> None:
    answer = of_text(analyst, KILLED)
    assert list(answer) == FIELDS
    assert (answer["id"], answer["category"], answer["app"], answer["namespace"]) == (
        "x",
        "oom",
        "grafana",
        "monitoring",
    )
    assert answer["severity"] == "critical"
    assert "grafana ran out of memory" in answer["root_cause"]
    assert answer["remedy"]["value_path"] == "resources.limits.memory"
    assert answer["proposal"]["file"] == FILE
    assert answer["proposal"]["changes"] == [
        {"path": "resources.limits.memory", "op": "set", "old": "512Mi", "new": "1Gi"}
    ]
    assert "-    memory: 512Mi # as agreed\n+    memory: 1Gi # as agreed\n" in answer["proposal"]["diff"]
    assert answer["evidence"] == [KILLED]
    assert answer["ruled_out"]


def test_without_values_files_the_remedy_still_names_the_value(bare: Analyst) -> None:
    answer = of_text(bare, KILLED)
    assert answer["proposal"] is None
    assert answer["remedy"]["value_path"] == "resources.limits.memory"
    assert "{" not in answer["remedy"]["action"]


def test_a_fault_that_no_value_can_mend_has_no_remedy(analyst: Analyst) -> None:
    answer = of_text(analyst, "x509: certificate has expired or is not yet valid: current time is after 2026-01-01")
    assert (answer["category"], answer["remedy"], answer["proposal"]) == ("cert_expiry", None, None)
    assert answer["root_cause"]


def test_an_error_that_no_runbook_knows_is_unknown_and_has_no_cause(analyst: Analyst) -> None:
    answer = of_text(analyst, "2026-01-02T03:04:05Z ERROR the flux capacitor is misaligned")
    assert (answer["category"], answer["root_cause"], answer["remedy"]) == ("unknown", None, None)
    assert answer["evidence"] == ["2026-01-02T03:04:05Z ERROR the flux capacitor is misaligned"]


@pytest.mark.parametrize("text", ["level=info msg=ready errors=0", "", "\n\n", "   ", "\x00\xff"])
def test_a_text_without_a_fault_is_null_everywhere(analyst: Analyst, text: str) -> None:
    answer = of_text(analyst, text)
    assert answer == {**dict.fromkeys(FIELDS), "id": "x", "ranked": [], "evidence": [], "ruled_out": []}


def test_the_answer_is_in_the_language_asked_for(analyst: Analyst) -> None:
    answer = of_text(analyst, KILLED, locale="ko")
    assert "메모리 부족" in answer["root_cause"]
    assert "메모리 제한" in answer["remedy"]["action"]


def test_an_app_that_nobody_names_is_not_called_a_question_mark(bare: Analyst) -> None:
    answer = of_text(bare, "java.lang.OutOfMemoryError: Java heap space", {})
    assert answer["app"] is None
    assert answer["root_cause"].startswith("The app ran out")
    assert "?" not in answer["remedy"]["action"]


def test_an_app_that_only_the_catalogue_knows_by_its_labels_is_named(analyst: Analyst) -> None:
    answer = of_text(analyst, "java.lang.OutOfMemoryError: Java heap space", {"team": "charts"})
    assert answer["app"] == "grafana"
    assert answer["proposal"]["file"] == FILE


def test_the_inner_cause_of_a_trace_wins_and_the_symptom_is_a_candidate(bare: Analyst) -> None:
    text = (
        "2026-01-02 03:05:05.678 ERROR 1 --- [main] o.h.engine : could not save the order\n"
        "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after"
        " 30000ms.\n\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)\n"
        "Caused by: java.net.ConnectException: Connection refused\n\tat java.base/sun.nio.ch.Net.connect0(Native)\n"
    )
    answer = of_text(bare, text)
    assert answer["category"] == "connection_refused"
    assert [one["category"] for one in answer["ranked"]] == ["connection_refused", "conn_pool"]
    assert answer["ranked"][0]["score"] >= answer["ranked"][1]["score"]


def test_a_pod_description_is_read_down_to_its_last_state(analyst: Analyst) -> None:
    text = (
        "Name:             grafana-7d9c5b6f4-x2x8p\nNamespace:        monitoring\nContainers:\n  grafana:\n"
        "    State:          Waiting\n      Reason:       CrashLoopBackOff\n"
        "    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\nEvents:\n"
        "  Type     Reason   Age  From     Message\n  Normal   Pulled   5m   kubelet  image already present\n"
        "  Warning  BackOff  2m   kubelet  Back-off restarting failed container grafana in pod"
        " grafana-7d9c5b6f4-x2x8p_monitoring(abc)\n"
    )
    answer = of_text(analyst, text, {})
    assert (answer["category"], answer["app"], answer["namespace"]) == ("oom", "grafana", "monitoring")
    assert "crash_loop" in [one["category"] for one in answer["ranked"]]
    assert answer["proposal"] is not None


def test_an_event_table_whose_first_rows_are_normal_still_shows_its_fault(bare: Analyst) -> None:
    text = (
        "Events:\n  Normal   Scheduled  9m  default-scheduler  Successfully assigned shop/web-0 to n1\n"
        '  Warning  Failed     8m  kubelet  Failed to pull image "web:1.2.x": manifest unknown\n'
    )
    assert of_text(bare, text, {"app": "web"})["category"] == "image_pull"


def test_lines_of_several_apps_keep_their_own_app(bare: Analyst) -> None:
    text = (
        "[pod/web-7d9c5b6f4-x2x8p/web] ERROR connect ECONNREFUSED 10.0.0.1:5432 host=db\n"
        "[pod/db-0/postgres] FATAL:  sorry, too many clients already\n"
    )
    answer = of_text(bare, text, {})
    assert (answer["category"], answer["app"]) == ("conn_pool", "db")
    assert {"category": "connection_refused", "app": "web"} in [
        {"category": one["category"], "app": one["app"]} for one in answer["ranked"]
    ]


def test_a_list_of_pods_names_the_pod_that_is_not_well(bare: Analyst) -> None:
    text = (
        "NAMESPACE   NAME                       READY   STATUS             RESTARTS      AGE\n"
        "shop        web-7d9c5b6f4-x2x8p        1/1     Running            0             3d\n"
        "shop        cart-6c8d9f7b5-abcde       0/1     CrashLoopBackOff   7 (2m ago)    12m\n"
    )
    answer = of_text(bare, text, {})
    assert (answer["category"], answer["app"], answer["namespace"]) == ("crash_loop", "cart", "shop")


def test_in_a_stream_the_fault_that_others_point_at_comes_first(bare: Analyst) -> None:
    answer = of_stream(
        bare,
        ("web", "level=info msg=ready"),
        ("web", 'level=error msg="dial tcp: connect: connection refused" host=db:5432'),
        ("web", "level=error msg=checkout failed"),
        ("db", "java.lang.OutOfMemoryError: Java heap space"),
        ("web", 'level=error msg="dial tcp: connect: connection refused" host=db:5432'),
    )
    assert (answer["category"], answer["app"]) == ("oom", "db")
    assert answer["ranked"][0] == {"category": "oom", "app": "db", "score": answer["ranked"][0]["score"]}
    assert "web" in [one["app"] for one in answer["ranked"]]


def test_a_line_without_a_namespace_has_that_of_the_other_lines_of_its_app(bare: Analyst) -> None:
    killed = "Warning OOMKilling pod/cart-6c8d9f7b5-abcde Memory cgroup out of memory: Killed process 3344 (ruby)"
    probe = 'Warning Unhealthy Liveness probe failed: Get "http://10.1.1.1/": context deadline exceeded'
    events = [
        LogEvent(killed, 1, "stream", {"app": "kubelet"}),
        LogEvent(probe, 2, "stream", {"pod": "cart-6c8d9f7b5-abcde", "namespace": "shop"}),
    ]
    answer = as_json(bare.stream(events), "en")
    assert (answer["category"], answer["app"], answer["namespace"]) == ("oom", "cart", "shop")


def test_a_trace_that_was_cut_into_lines_is_one_event_again(bare: Analyst) -> None:
    answer = of_stream(
        bare,
        ("web", "ERROR could not save"),
        ("web", "com.shop.SaveException: not saved"),
        ("web", "\tat com.shop.Save.run(Save.java:1)"),
        ("web", "Caused by: java.net.UnknownHostException: db.shop.svc.cluster.local: Name or service not known"),
    )
    assert answer["category"] == "dns"
    assert len(answer["evidence"]) == 1


def test_the_neighbour_of_another_source_is_not_part_of_a_trace() -> None:
    events = [
        LogEvent("Traceback (most recent call last):", 1, "s", {"app": "a"}),
        LogEvent('  File "x.py", line 1', 2, "s", {"app": "a"}),
        LogEvent("ValueError: x", 3, "s", {"app": "a"}),
        LogEvent("  indented by somebody else", 4, "s", {"app": "b"}),
        LogEvent("next", 5, "s", {"app": "a"}),
    ]
    joined = [event.text.count("\n") for event in join_events(events)]
    assert joined == [2, 0, 0]


@given(st.lists(st.text(alphabet=" \tabC:.\r", max_size=30), max_size=20))
def test_splitting_a_text_loses_no_line_that_says_something(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = [line for event in split_events(text) for line in event.split("\n")]
    assert [line.strip() for line in kept if line.strip()] == [line.strip() for line in lines if line.strip()]


def test_a_secret_in_a_line_is_nowhere_in_the_answer(bare: Analyst) -> None:
    answer = of_text(bare, "ERROR password=hunter2secret login failed: java.lang.OutOfMemoryError: Java heap space")
    assert answer["category"] == "oom"
    assert "hunter2secret" not in repr(answer)


def test_a_fault_that_comes_again_gets_the_same_proposal(analyst: Analyst) -> None:
    assert of_text(analyst, KILLED)["proposal"] == of_text(analyst, KILLED)["proposal"]
    other = of_text(analyst, KILLED, {"app": "loki", "namespace": "monitoring"})
    assert other["proposal"] is None


# --- counting without end ------------------------------------------------------------------------------------------


def seen(n: int, app: str = "a", host: str = "db") -> Occurrence:
    text = f"connection refused {n}"
    return Occurrence(
        n.to_bytes(16, "big"), n, text, "text", {}, Category.CONNECTION_REFUSED, "connection_refused", app, None,
        Severity.HIGH, text, "0" * 32, {"host": host},
    )  # fmt: skip


def test_a_tally_ranks_as_if_it_had_kept_everything(runbooks: Catalogue) -> None:
    all_of_it = [seen(n) for n in range(5_000)] + [seen(n, "b") for n in range(100, 130)]
    tally = Tally()
    tally.add(all_of_it)
    ours, theirs = tally.ranked(runbooks, (0, 5_000)), rank(all_of_it, runbooks, (0, 5_000))
    assert [(r.app, r.score, r.count, r.first_ns, r.last_ns) for r in ours] == [
        (r.app, r.score, r.count, r.first_ns, r.last_ns) for r in theirs
    ]
    assert ours[0].sample.text


def test_a_tally_keeps_a_bounded_number_of_occurrences(runbooks: Catalogue) -> None:
    tally = Tally()
    tally.add(seen(n) for n in range(50_000))
    assert tally.ranked(runbooks, (0, 50_000))[0].count == 50_000
    assert len(tally.evidence()) < KEPT


def test_a_tally_counts_what_it_cannot_tell_apart_any_more() -> None:
    tally = Tally()
    tally.add(seen(n, f"app-{n}") for n in range(MOST_FAULTS + 7))
    assert (len(tally), tally.uncounted) == (MOST_FAULTS, 7)


def test_the_same_rules_serve_other_files_and_alerts_too(runbooks: Catalogue) -> None:
    first = Analyst(runbooks, Values(), NOW)
    other = first.with_values(Values({FILE: ("0" * 40, SOURCE)}, policy=parse_policy(POLICY)))
    labels = {"alertname": "KubePodOOMKilled", **GRAFANA, "pod": "grafana-7c9d8b6f5-k2x4z"}
    analyses = [one.alert(Alert("KubePodOOMKilled", True, labels, {}, NOW, "prometheus")) for one in (first, other)]
    answers = [as_json(analysis, "en") for analysis in analyses]
    assert [answer["category"] for answer in answers] == ["oom", "oom"]
    assert answers[0]["proposal"] is None
    assert answers[1]["proposal"]["changes"][0]["path"] == "resources.limits.memory"


def test_an_alert_that_only_says_that_alerting_works_is_no_fault(runbooks: Catalogue) -> None:
    alert = Alert("Watchdog", True, {"alertname": "Watchdog", "severity": "none"}, {}, NOW, "prometheus")
    assert Analyst(runbooks, Values(), NOW).alert(alert).diagnosis is None
