"""Lines against the packaged runbooks: documented messages, their look-alikes, and hostile input."""

import sys
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.runbooks.catalogue import Catalogue, load
from langraph.runbooks.matcher import Matcher, Page
from langraph.runbooks.scanner import PlainScanner, Scanner, scanner
from langraph.runbooks.schema import entries
from tests.support.runbook_cases import all_cases

CASES = all_cases()
YES = [(name, line) for name, case in CASES.items() for line in (*case["yes"], *case["says"])]
NO = [(name, line) for name, case in CASES.items() for line in case["no"]]
LINES = [line for _, line in YES + NO]

CATALOGUE = load()


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(CATALOGUE)


def test_every_runbook_has_ten_documented_lines_and_five_look_alikes() -> None:
    assert CASES.keys() <= CATALOGUE.runbooks.keys()
    assert not [n for n, case in CASES.items() if len(case["yes"]) + len(case["says"]) < 10 or len(case["no"]) < 5]


def test_documented_lines_are_recognised_and_none_by_another_runbook(matcher: Matcher) -> None:
    found = {h.index: h.runbook.id for h in matcher.scan([line for _, line in YES])}
    wrong = [(name, found.get(n), line) for n, (name, line) in enumerate(YES) if found.get(n) != name]
    assert wrong == []


def test_look_alikes_are_not_taken_for_the_fault(matcher: Matcher) -> None:
    candidates = matcher.candidates(Page([line for _, line in NO]))
    wrong = [x for n, x in enumerate(NO) if x[0] in {h.runbook.id for h in candidates.get(n, [])}]
    assert wrong == []


def escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"', '\\"')


def test_a_line_escaped_into_json_is_still_recognised(matcher: Matcher) -> None:
    wrapped = ['{"log":"' + escaped(line) + '\\n","stream":"stderr"}' for _, line in YES]
    found = {h.index: h.runbook.id for h in matcher.scan(wrapped)}
    wrong = [(name, found.get(n), line) for n, (name, line) in enumerate(YES) if found.get(n) != name]
    assert wrong == []


def test_a_line_escaped_into_logfmt_is_still_recognised(matcher: Matcher) -> None:
    wrapped = ['ts=2025-01-02T03:04:05Z level=error err="' + escaped(line) + '" caller=x.go:1' for _, line in YES]
    found = {h.index: h.runbook.id for h in matcher.scan(wrapped)}
    wrong = [(name, found.get(n), line) for n, (name, line) in enumerate(YES) if found.get(n) != name]
    assert wrong == []


@pytest.mark.parametrize("make", [scanner, PlainScanner])
def test_named_groups_become_facts(make: Callable[[Sequence[str]], Scanner]) -> None:
    [hit] = Matcher(CATALOGUE, make).scan(["Memory cgroup out of memory: Killed process 21733 (java) total-vm:1kB"])
    assert hit.facts == {"pid": "21733", "process": "java"}
    assert (hit.index, hit.span[0], hit.hard) == (0, 0, True)


def test_both_engines_find_the_same(matcher: Matcher) -> None:
    slow = Matcher(CATALOGUE, PlainScanner)

    def shape(found: Matcher) -> list[tuple[int, list[tuple[str, int, bool]]]]:
        return [
            (i, [(h.runbook.id, h.depth, h.hard) for h in hs])
            for i, hs in sorted(found.candidates(Page(LINES)).items())
        ]

    assert shape(matcher) == shape(slow)


def test_without_hyperscan_the_plain_engine_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert isinstance(scanner(["no space left"]), PlainScanner)
    assert Matcher(CATALOGUE).scan(["write /x: no space left on device"])[0].runbook.id == "volume_full"


def test_the_innermost_cause_beats_the_head_of_a_trace(matcher: Matcher) -> None:
    trace = (
        "2025-01-02 ERROR o.s.b.SpringApplication - java.net.SocketTimeoutException: Read timed out\n"
        "\tat a.b.C.d(C.java:12)\n"
        "Caused by: org.hibernate.exception.JDBCConnectionException: Unable to acquire JDBC Connection\n"
        "Caused by: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, "
        "request timed out after 30000ms.\n\t... 42 more"
    )
    assert [h.runbook.id for h in matcher.scan([trace])] == ["app_pool_exhausted"]
    assert [h.runbook.id for h in matcher.scan([trace.replace("\n", "\\n").replace("\t", "\\t")])] == [
        "app_pool_exhausted"
    ]


def test_a_weak_innermost_cause_still_beats_a_strong_head(matcher: Matcher) -> None:
    trace = 'ERROR 0/3 nodes: password authentication failed for user "x"\nCaused by: java.net.UnknownHostException: db'
    assert matcher.scan([trace])[0].runbook.id == "dns_failure"


def test_pythons_first_exception_is_the_cause(matcher: Matcher) -> None:
    trace = (
        "Traceback (most recent call last):\nConnectionRefusedError: [Errno 111] Connection refused\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
        "Traceback (most recent call last):\nrequests.exceptions.ReadTimeoutError: request timed out"
    )
    assert matcher.scan([trace])[0].runbook.id == "connection_refused"


def test_a_look_alike_on_another_line_of_the_trace_does_not_hide_the_fault(matcher: Matcher) -> None:
    between = "12 files are watched for changes and will be read again when they change " * 2
    event = f"inotify watcher started\n{between}\nwrite /data/x: no space left on device"
    assert matcher.scan([event])[0].runbook.id == "volume_full"
    assert matcher.scan([event.replace("\n", "\\n")])[0].runbook.id == "volume_full"


def test_words_split_over_two_events_are_no_fault(matcher: Matcher) -> None:
    assert matcher.scan(["Back-off", "restarting failed container"]) == []
    assert matcher.scan(["dial tcp 10.0.0.1:80: connect: connection", "refused"]) == []


def test_the_span_is_in_characters_of_the_line(matcher: Matcher) -> None:
    line = "오류 🚨 \ud800 failed: no space left on device"
    [hit] = matcher.scan(["첫 줄\n둘째", line])
    assert hit.index == 1
    assert line[slice(*hit.span)] == "no space left on device"


def test_equal_ranks_are_decided_by_place_then_id() -> None:
    def book(name: str, word: str) -> str:
        return (
            f"  - {{id: {name}, category: oom, title: {{en: t, ko: t}}, severity: low, rank: 5,"
            f" cause: {{en: c, ko: c}},"
            f" advice: [{{en: a, ko: a}}], patterns: ['{word}']}}\n"
        )

    text = "runbooks:\n" + book("bbb", "red") + book("aaa", "blue") + book("ccc", "red")
    read = entries(text, "x.yaml")
    catalogue = Catalogue({r.id: r for r, _ in read}, tuple(rule for _, rules in read for rule in rules))
    assert Matcher(catalogue).scan(["blue red"])[0].runbook.id == "bbb"
    assert Matcher(catalogue).scan(["red blue"])[0].runbook.id == "aaa"


def test_a_catalogue_without_rules_matches_nothing() -> None:
    assert Matcher(Catalogue({}, ())).scan(["no space left on device"]) == []


def test_a_very_long_hostile_line_costs_little(matcher: Matcher) -> None:
    hostile = [
        "0/3 nodes are available" + ". " * 120_000 + "Insufficient cpu",
        'Failed to pull image "' * 11_000,
        "lookup " * 36_000 + ": no such host",
        "connection refused\n" * 13_000,
        "Connection is not available, request timed out after " + "1" * 250_000,
    ]
    began = time.process_time()
    matcher.scan(hostile)
    assert time.process_time() - began < 50  # seconds; a backtracking engine would need hours


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=40), st.sampled_from(LINES)), max_size=12), st.data())
def test_a_page_is_matched_as_its_lines_are_one_by_one(texts: list[str], data: st.DataObject) -> None:
    matcher = data.draw(st.just(SHARED))
    alone = [(n, h[0].runbook.id, h[0].span) for n, t in enumerate(texts) if (h := matcher.scan([t]))]
    assert [(h.index, h.runbook.id, h.span) for h in matcher.scan(texts)] == alone


SHARED = Matcher(CATALOGUE)
