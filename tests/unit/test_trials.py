"""The record as trials: what was tried, how it ended, what people said; never an error, whatever git holds."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.learning.tried import MAX_WORDS, is_app_name, trials
from langraph.models.learning import Result
from langraph.ports import RecordedIncident
from tests.support.past import change_of, record, said, step
from tests.support.proposals import FILE, NOW

BACK = {"by": "git:Bob", "at": NOW.isoformat(), "commit": "ab", "human": True}
NEGATIVE = {"reason": "still slow", "expected_result": "2Gi", "timestamp": NOW.isoformat()}


@pytest.mark.parametrize("status", ["recovered", "not_recovered", "inconclusive", "rejected"])
def test_an_incident_that_ended_is_a_trial(status: str) -> None:
    (got,) = trials([record(status)])
    assert (got.result, got.step, got.app, got.file) == (Result(status), step(), "grafana", FILE)
    assert got.at == NOW - timedelta(days=1)


@pytest.mark.parametrize("status", ["expired", "no_action", "failed", "verifying", "", None, 3])
def test_of_other_ends_nothing_is_learned(status: object) -> None:
    assert trials([record(status)]) == ()


@pytest.mark.parametrize("decision", [None, said("expire"), said("reject"), {"action": ["approve"]}, 3])
def test_a_change_that_nobody_approved_was_not_tried(decision: object) -> None:
    assert trials([record("recovered", decision=decision)]) == ()


def test_a_rejection_carries_who_and_why() -> None:
    (got,) = trials([record("rejected", decision=said("reject", "Alice", "password=hunter22 <!channel>\n\x1b[31m"))])
    assert (got.by, got.feedback) == ("Alice", "password=[redacted:password] <!channel>")


def test_what_a_person_took_back_was_no_success() -> None:
    (got,) = trials([record("recovered", reverted=BACK)])
    assert (got.result, got.by, got.at) == (Result.REVERTED, "Bob", NOW)
    (ours,) = trials([record("recovered", reverted=BACK | {"human": False})])
    assert ours.result is Result.RECOVERED


def test_what_did_not_help_and_was_taken_back_only_did_not_help() -> None:
    (got,) = trials([record("not_recovered", reverted=BACK)])
    assert got.result is Result.NOT_RECOVERED


@pytest.mark.parametrize("status", ["recovered", "inconclusive", "not_recovered"])
def test_negative_feedback_makes_a_failure_of_what_was_applied(status: str) -> None:
    (got,) = trials([record(status, negative=NEGATIVE)])
    assert (got.result, got.feedback, got.expected, got.at) == (Result.NOT_RECOVERED, "still slow", "2Gi", NOW)


def test_negative_feedback_on_a_rejection_leaves_it_a_rejection() -> None:
    (got,) = trials([record("rejected", negative=NEGATIVE)])
    assert (got.result, got.expected) == (Result.REJECTED, "2Gi")


def test_a_modified_proposal_is_followed_by_the_persons_values() -> None:
    earlier = [{"version": 1, "changes": [change_of(step())], "decision": said("modify", "Alice", days=2)}]
    first, last = trials([record("recovered", step("512Mi", "768Mi"), earlier_proposals=earlier)])
    assert (first.result, first.step, first.instead, first.by) == (
        Result.MODIFIED, step(), step("512Mi", "768Mi"), "Alice",
    )  # fmt: skip
    assert (last.result, last.step) == (Result.RECOVERED, step("512Mi", "768Mi"))


def test_earlier_proposals_are_taken_by_their_version() -> None:
    to = ["1Gi", "768Mi", "640Mi"]
    versions = [
        {"version": n, "changes": [change_of(step("512Mi", new))], "decision": said("modify", days=9 - n)}
        for n, new in enumerate(to, 1)
    ]
    got = trials([record(made=step("512Mi", "600Mi"), earlier_proposals=versions[::-1])])
    assert [one.instead.new for one in got if one.instead] == ["768Mi", "640Mi", "600Mi"]


def test_a_proposal_that_went_stale_was_no_trial() -> None:
    earlier = [{"version": 1, "changes": [change_of(step())], "decision": None}]
    assert len(trials([record(earlier_proposals=earlier)])) == 1


def test_trials_come_oldest_first() -> None:
    got = trials([record(days=1), record(days=9), record(days=4)])
    assert [trial.incident_id for trial in got] == [f"incident-{days}-days-ago" for days in (9, 4, 1)]


@pytest.mark.parametrize(
    "broken",
    [
        {"category": "fire"},
        {"category": ["oom"]},
        {"app": None},
        {"app": "../../etc"},
        {"app": "a_b"},
        {"proposal": None},
        {"proposal": {"changes": "all"}},
        {"proposal": {"changes": [{"path": "a"}, 3, None]}},
        {"proposal": {"changes": [change_of(step()) | {"new": {"a": 1}}]}},
        {"proposal": {"changes": [change_of(step()) | {"old": float("nan")}]}},
        {"proposal": {"changes": [change_of(step("1Gi", "1Gi"))]}},
        {"proposal": {"changes": [change_of(step()) | {"path": "x" * 100_000}]}},
        {"proposal": {"changes": [change_of(step()) | {"old": 10**400}]}},
        {"closed_at": "yesterday", "decision": None},
        {"closed_at": "9999-12-31T23:59:59-23:59", "decision": 7},
    ],
)
def test_what_cannot_be_read_is_left_out(broken: dict[str, object]) -> None:
    assert trials([record(**broken)]) == ()  # type: ignore[arg-type]  # wrong on purpose
    assert len(trials([record(**broken), record(days=2)])) == 1  # type: ignore[arg-type]  # wrong on purpose


def test_an_older_record_without_zone_or_document_is_read() -> None:
    bare = {key: value for key, value in change_of(step()).items() if key not in ("doc", "op")}
    (got,) = trials([record(closed_at="2025-12-20T10:00:00", proposal={"changes": [bare]})])
    assert (got.doc, got.at.isoformat()) == (0, "2025-12-20T10:00:00+00:00")


def test_long_words_are_cut() -> None:
    (got,) = trials([record("rejected", negative=NEGATIVE | {"reason": "a " * 10_000, "expected_result": 5})])
    assert (len(got.feedback) <= MAX_WORDS, got.expected) == (True, "")


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
FIELDS = ("status", "category", "app", "proposal", "decision", "outcome", "closed_at", "earlier_proposals", "reverted")


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(FIELDS), json_values), st.one_of(st.none(), st.dictionaries(st.text(), json_values))
)
def test_no_record_is_an_error(broken: dict[str, object], negative: dict[str, object] | None) -> None:
    good = record(earlier_proposals=[{"changes": [change_of(step())], "decision": said("modify")}], reverted=BACK)
    trials([RecordedIncident("incident-x", "c0ffee", {**good.metadata, **broken}, negative)])


def test_a_record_survives_json() -> None:
    made = record("rejected", negative=NEGATIVE)
    again = RecordedIncident(made.id, made.commit, json.loads(json.dumps(made.metadata)), made.negative)
    assert trials([again]) == trials([made])


@pytest.mark.parametrize("name", ["grafana", "my-app", "a.b", "a", "0"])
def test_names_that_kubernetes_takes_are_app_names(name: str) -> None:
    assert is_app_name(name)


@pytest.mark.parametrize("name", ["", "A", "a_b", "a/b", "..", "a..b", "-a", "a-", "a" * 64, "앱", "a\n", "*"])
def test_other_names_are_not(name: str) -> None:
    assert not is_app_name(name)
