"""What people may have edited in the repository never breaks the counter."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.loose import Loose, plain
from api.recorded import fits, recorded_incident, recorded_item, recorded_status
from langraph.models.incident import Category, Severity, Status
from langraph.ports import IncidentFilter, RecordedIncident
from tests.support.fake_git import FakeGitStore

ID = "incident-20261120083000-3fa9c1"
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "status", "severity", "category", "app", "namespace", "root_cause", "count", "opened_at", "closed_at", "source",
    "proposal", "decision", "outcome", "labels", "facts", "advice", "commits", "last_seen_at", "runbook",
)  # fmt: skip
GOOD: dict[str, Any] = {
    "schema_version": 1,
    "id": ID,
    "status": "recovered",
    "severity": "high",
    "category": "oom",
    "app": "grafana",
    "namespace": "monitoring",
    "count": 3,
    "opened_at": "2026-11-20T08:30:00+00:00",
    "closed_at": "2026-11-20T09:30:00+00:00",
    "labels": {"pod": "grafana-0"},
    "facts": {},
    "root_cause": {"en": "It ran out of memory.", "ko": "메모리가 부족했습니다."},
    "advice": [{"en": "Raise it.", "ko": "늘리세요."}],
    "proposal": {
        "version": 1,
        "digest": "a" * 64,
        "action": {"en": "Raise the limit.", "ko": "제한을 늘리세요."},
        "changes": [
            {"file": "f.yaml", "doc": 0, "path": "resources.limits.memory", "op": "set", "old": "512Mi", "new": "1Gi"}
        ],
    },
    "decision": {
        "action": "approve",
        "by": "api:alice",
        "name": "alice",
        "at": "2026-11-20T08:40:00+00:00",
        "comment": "ok",
        "auto_revert": False,
        "proposal_digest": "a" * 64,
    },
    "outcome": {
        "status": "recovered",
        "at": "2026-11-20T09:30:00+00:00",
        "reason": {"en": "Recovered.", "ko": "복구되었습니다."},
        "signals": [{"name": "restarts", "before": 3, "after": 0.0, "healthy": True, "means": {"en": "m", "ko": "뜻"}}],
    },
    "commits": ["c" * 40],
}


async def test_a_record_is_shown_as_it_was_written() -> None:
    git = FakeGitStore()
    folder = f"examples/{ID}"
    git.person_pushes(
        {
            f"{folder}/metadata.json": json.dumps(GOOD).encode(),
            f"{folder}/changes.diff": b"-    memory: 512Mi\n+    memory: 1Gi\n",
            f"{folder}/evidence.log": b"2026-11-20T08:30:00+00:00 line OOM => killed\n"
            b"2026-11-20T08:31:00+00:00 query up => 1 => 3\nnonsense\n",
            f"{folder}/timeline.jsonl": b'{"at": "2026-11-20T08:30:00+00:00", "what": "opened", "source": "loki"}\n'
            b"[]\n{\n",
        }
    )
    (record,) = await git.recorded()
    shown = await recorded_incident(git, record, "ko")
    assert (shown.id, shown.status, shown.open, shown.known_from) == (ID, Status.RECOVERED, False, "git")
    assert shown.root_cause == "메모리가 부족했습니다."
    assert shown.advice == ["늘리세요."]
    assert shown.proposal is not None
    assert shown.proposal.diff == "-    memory: 512Mi\n+    memory: 1Gi\n"
    assert shown.proposal.changes[0].key == "f.yaml#0:resources.limits.memory"
    assert shown.decision is not None
    assert (shown.decision.by, shown.decision.incident_id) == ("api:alice", ID)
    assert shown.outcome is not None
    assert shown.outcome.signals[0].before == 3
    assert [(seen.kind, seen.value) for seen in shown.evidence] == [("line", "killed"), ("query", "1 => 3")]
    assert [(entry.what, entry.detail) for entry in shown.timeline] == [("opened", {"source": "loki"})]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6), st.data())
async def test_a_record_edited_in_any_way_is_shown_with_what_is_left(
    edits: dict[str, Any], data: st.DataObject
) -> None:
    metadata = {**GOOD, **edits}
    inside = data.draw(st.sampled_from(("proposal", "decision", "outcome")))
    if isinstance(metadata[inside], dict):
        metadata[inside] = {
            **metadata[inside],
            **data.draw(st.dictionaries(st.sampled_from(tuple(GOOD[inside])), JSON)),
        }
    git = FakeGitStore()
    record = RecordedIncident(ID, git.person_pushes({"x": b""}), metadata)
    for answer in (
        recorded_item(record, "ko"),
        recorded_status(record),
        await recorded_incident(git, record, "en"),
    ):
        assert json.loads(answer.model_dump_json())["id"] == ID


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (IncidentFilter(), True),
        (IncidentFilter(app="grafana", category=Category.OOM, severity=Severity.HIGH), True),
        (IncidentFilter(status=Status.RECOVERED), True),
        (IncidentFilter(status=Status.FAILED), False),
        (IncidentFilter(app="loki"), False),
        (IncidentFilter(open_only=True), False),
    ],
)
def test_a_filter_goes_by_what_the_record_says(where: IncidentFilter, expected: bool) -> None:
    assert fits(RecordedIncident(ID, "c" * 40, GOOD), where) is expected


def test_a_filter_lets_nothing_through_that_does_not_say() -> None:
    assert not fits(RecordedIncident(ID, "c" * 40, {}), IncidentFilter(app="grafana"))
    assert not fits(RecordedIncident(ID, "c" * 40, {"status": ["x"]}), IncidentFilter(open_only=True))


def test_a_yaml_value_that_json_cannot_carry_is_said_in_words() -> None:
    assert (plain(float("inf")), plain(float("nan")), plain(True), plain(3)) == ("inf", "nan", True, 3)


def test_a_time_without_a_zone_is_not_known() -> None:
    assert Loose({"at": "2026-11-20T08:30:00"}).when("at") is None
