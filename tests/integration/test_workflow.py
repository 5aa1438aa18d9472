"""The whole path of an incident, with everything real but git, time and Prometheus."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from langraph.errors import BadInput, Conflict, Forbidden, LedgerBusy, PolicyDenied
from langraph.models.incident import Action, Category, Occurrence, Person, Proposal, Status
from langraph.verifying.rates import MOST_WINDOWS
from services.ledger import SqlLedger
from tests.support.fake_git import FakeGitStore
from tests.support.nouns import NOON, occurrence
from tests.support.world import VALUES, WINDOW, World, world

LIVE = {"kube_pod_container_resource_limits": 1024.0**3, "kube_pod_status_ready": 0.0}


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as opened:
        yield opened
        assert await opened.violations() == []


async def asked(w: World) -> str:
    incident_id = await w.fault(occurrence())
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL
    return incident_id


async def committed(w: World, *, again: int = 0) -> str:
    """Committed; the fault was seen `again` times after the first, 15 seconds apart."""
    incident_id = await asked(w)
    for number in range(1, again + 1):
        await w.fault(occurrence(f"again-{number}", after=timedelta(seconds=15 * number)))
    await w.say(incident_id, Action.APPROVE)
    assert (await w.drive(incident_id)).status is Status.VERIFYING
    return incident_id


def values(w: World) -> bytes:
    return w.git.show("helm-values/grafana/values.yaml") or b""


async def test_an_oom_is_explained_and_twice_the_memory_is_proposed(w: World) -> None:
    incident = await w.drive(await w.fault(occurrence()))
    proposal = await w.proposal(incident.id)
    assert incident.diagnosis is not None
    assert incident.diagnosis.category is Category.OOM
    assert [(c.dotted, c.old, c.new) for c in proposal.changes] == [("resources.limits.memory", "512Mi", "1Gi")]
    assert "-    memory: 512Mi  # was fine so far" in proposal.diff


async def test_approval_makes_one_commit_with_the_change_and_the_folder(w: World) -> None:
    incident_id = await committed(w)
    assert values(w) == VALUES.replace(b"512Mi", b"1Gi")
    assert w.git.show(f"examples/{incident_id}/summary.md") is not None
    subject = w.git.commits[-1].message.splitlines()[0]
    assert subject == "fix(grafana): resources.limits.memory 512Mi -> 1Gi"
    assert "Approved-By: api:alice" in w.git.commits[-1].message


async def test_driving_again_commits_nothing_more(w: World) -> None:
    incident_id = await committed(w)
    commits = len(w.git.commits)
    for _ in range(3):
        await w.drive(incident_id)
    assert len(w.git.commits) == commits


async def test_a_service_that_stays_silent_about_the_error_has_recovered(w: World) -> None:
    incident_id = await committed(w, again=4)
    w.metrics.answers = {**LIVE, 'condition="true"': 1.0, "restarts_total": 0.0}
    await w.wait(incident_id, timedelta(minutes=2))
    incident = await w.wait(incident_id, WINDOW + timedelta(minutes=1))
    assert incident.status is Status.RECOVERED
    assert b'"status": "recovered"' in (w.git.show(f"examples/{incident_id}/metadata.json") or b"")


async def test_an_error_that_goes_on_has_not_recovered(w: World) -> None:
    incident_id = await committed(w)
    w.metrics.answers = dict(LIVE)
    await w.wait(incident_id, timedelta(minutes=2))
    await w.fault(occurrence("again", after=timedelta(minutes=5)))
    incident = await w.wait(incident_id, WINDOW + timedelta(minutes=1))
    assert incident.status is Status.NOT_RECOVERED


async def test_silence_of_everything_is_never_called_health(w: World) -> None:
    incident_id = await committed(w, again=4)
    w.metrics.answers = dict(LIVE)
    w.log.lines = 0
    await w.wait(incident_id, timedelta(minutes=2))
    for _ in range(MOST_WINDOWS):
        assert (await w.ledger.incident(incident_id)).status is Status.VERIFYING
        incident = await w.wait(incident_id, WINDOW)
    assert incident.status is Status.INCONCLUSIVE
    assert incident.outcome is not None
    assert "hardly talks" in incident.outcome.reason.en


async def test_a_change_that_the_cluster_never_shows_is_told_so(w: World) -> None:
    incident_id = await committed(w)
    w.metrics.answers = {"kube_pod_container_resource_limits": 512 * 1024.0**2}
    for _ in range(25):
        incident = await w.wait(incident_id, timedelta(minutes=1))
    assert incident.status is Status.INCONCLUSIVE
    assert incident.outcome is not None
    assert "GitOps sync" in incident.outcome.reason.en


async def test_committed_but_not_applied_is_told_once_and_noted(w: World) -> None:
    incident_id = await committed(w)
    w.metrics.answers = {"kube_pod_container_resource_limits": 512 * 1024.0**2}
    for _ in range(15):
        await w.wait(incident_id, timedelta(minutes=1))
    noted = [entry.detail for entry in await w.ledger.timeline(incident_id) if entry.what == "not_applied_yet"]
    (commit,) = (await w.ledger.incident(incident_id)).commits
    assert noted == [{"commit": commit}]
    (notice,) = [message for message in await w.ledger.outbox() if message.kind == "notice"]
    assert notice.note is not None
    assert commit[:12] in notice.note.en
    assert commit[:12] in notice.note.ko


async def test_a_change_that_a_person_takes_back_meanwhile_is_not_judged_and_the_commit_is_named(w: World) -> None:
    incident_id = await committed(w, again=4)
    w.metrics.answers = {**LIVE, 'condition="true"': 1.0, "restarts_total": 0.0}
    await w.wait(incident_id, timedelta(minutes=2))
    undone = w.git.person_pushes({"helm-values/grafana/values.yaml": VALUES}, "no")
    incident = await w.wait(incident_id, WINDOW + timedelta(minutes=1))
    assert incident.status is Status.INCONCLUSIVE
    assert incident.outcome is not None
    assert undone[:12] in incident.outcome.reason.en
    assert {signal.name for signal in incident.outcome.signals} >= {"log_signature", "traffic"}


async def test_a_new_fault_of_the_app_after_the_change_is_no_recovery(w: World) -> None:
    incident_id = await committed(w, again=4)
    w.metrics.answers = {**LIVE, 'condition="true"': 1.0, "restarts_total": 0.0}
    await w.wait(incident_id, timedelta(minutes=2))
    await w.fault(occurrence("other", category=Category.DNS, runbook="dns", after=timedelta(minutes=5)))
    incident = await w.wait(incident_id, WINDOW + timedelta(minutes=1))
    assert incident.status is Status.NOT_RECOVERED
    assert incident.outcome is not None
    assert "dns" in incident.outcome.reason.en


async def test_the_teams_own_question_decides_what_is_live(tmp_path: Path) -> None:
    synced = 'synced{app="grafana",namespace="monitoring"}'
    async with world(tmp_path, live_query='synced{app="{app}",namespace="{namespace}"}') as w:
        w.metrics.answers = {synced: 0.0, **LIVE}
        incident_id = await committed(w)
        await w.wait(incident_id, timedelta(minutes=2))
        before = {entry.what for entry in await w.ledger.timeline(incident_id)}
        w.metrics.answers[synced] = 1.0
        await w.wait(incident_id, timedelta(minutes=2))
        after = {entry.what for entry in await w.ledger.timeline(incident_id)}
    assert after - before == {"live"}


async def test_without_prometheus_the_logs_alone_can_show_recovery(w: World) -> None:
    incident_id = await committed(w, again=4)
    w.metrics.down = True
    for _ in range(20):
        incident = await w.wait(incident_id, timedelta(minutes=1))
    assert incident.status is Status.RECOVERED


async def test_a_rejection_changes_no_value_and_is_recorded_with_its_reason(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.REJECT, comment="known leak")
    incident = await w.drive(incident_id)
    assert (incident.status, values(w)) == (Status.REJECTED, VALUES)
    assert b"known leak" in (w.git.show(f"examples/{incident_id}/summary.md") or b"")


async def test_a_modified_value_is_what_gets_committed(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.MODIFY, changes={"resources.limits.memory": "768Mi"})
    incident = await w.drive(incident_id)
    assert incident.status is Status.VERIFYING
    assert values(w) == VALUES.replace(b"512Mi", b"768Mi")


async def test_a_larger_value_than_proposed_is_asked_about_again(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.MODIFY, changes={"resources.limits.memory": "2Gi"})
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL
    assert values(w) == VALUES
    await w.say(incident_id, Action.APPROVE, by=Person("api:bob", "bob"))
    assert (await w.drive(incident_id)).status is Status.VERIFYING
    assert values(w) == VALUES.replace(b"512Mi", b"2Gi")


@pytest.mark.parametrize(("value", "error"), [("lots", BadInput), ("64Gi", PolicyDenied), ("128Mi", PolicyDenied)])
async def test_a_modified_value_that_makes_no_sense_leaves_everything_as_it_was(
    w: World, value: str, error: type[Exception]
) -> None:
    incident_id = await asked(w)
    with pytest.raises(error):
        await w.say(incident_id, Action.MODIFY, changes={"resources.limits.memory": value})
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL


async def test_somebody_who_is_not_on_the_list_decides_nothing(w: World) -> None:
    incident_id = await asked(w)
    with pytest.raises(Forbidden, match="api:mallory"):
        await w.say(incident_id, Action.APPROVE, by=Person("api:mallory", "alice"))
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL


async def test_the_second_decision_is_told_who_won(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.APPROVE)
    with pytest.raises(Conflict, match="alice has already decided"):
        await w.say(incident_id, Action.REJECT, by=Person("api:bob", "bob"))


async def test_the_same_click_twice_is_the_same_decision(w: World) -> None:
    incident_id = await asked(w)
    assert await w.say(incident_id, Action.APPROVE) == await w.say(incident_id, Action.APPROVE)


async def test_an_unanswered_proposal_is_reminded_of_once_then_expires(w: World) -> None:
    incident_id = await asked(w)
    await w.wait(incident_id, timedelta(minutes=31))
    await w.wait(incident_id, timedelta(minutes=31))
    notices = [message for message in await w.ledger.outbox() if message.kind == "notice"]
    incident = await w.wait(incident_id, timedelta(hours=23))
    assert len(notices) == 1
    assert (incident.status, values(w)) == (Status.EXPIRED, VALUES)


async def test_a_key_that_a_person_changed_meanwhile_is_proposed_anew(w: World) -> None:
    incident_id = await asked(w)
    mine = VALUES.replace(b"512Mi", b"640Mi")
    w.git.person_pushes({"helm-values/grafana/values.yaml": mine})
    await w.say(incident_id, Action.APPROVE)
    incident = await w.drive(incident_id)
    assert (incident.status, values(w)) == (Status.AWAITING_APPROVAL, mine)
    assert (await w.proposal(incident_id)).changes[0].old == "640Mi"


async def test_a_neighbouring_edit_by_a_person_is_kept(w: World) -> None:
    incident_id = await asked(w)
    mine = VALUES.replace(b"# grafana", b"# grafana, team viz")
    w.git.person_pushes({"helm-values/grafana/values.yaml": mine})
    await w.say(incident_id, Action.APPROVE)
    await w.drive(incident_id)
    assert values(w) == mine.replace(b"512Mi", b"1Gi")


async def test_a_proposal_that_was_stored_before_a_crash_is_the_one_that_people_are_asked_about(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlLedger.propose

    async def stored_then_killed(ledger: SqlLedger, proposal: Proposal) -> None:
        await store(ledger, proposal)
        raise LedgerBusy("killed here by the test")

    incident_id = await w.fault(occurrence())
    with monkeypatch.context() as until_then:
        until_then.setattr(SqlLedger, "propose", stored_then_killed)
        assert (await w.drive(incident_id)).status is Status.DIAGNOSING
    stored = (await w.proposal(incident_id)).digest
    mine = VALUES.replace(b"# grafana", b"# grafana, team viz")
    w.git.person_pushes({"helm-values/grafana/values.yaml": mine})
    incident = await w.wait(incident_id, timedelta(minutes=2))
    assert (incident.status, incident.proposal_digest) == (Status.AWAITING_APPROVAL, stored)
    await w.say(incident_id, Action.APPROVE)
    await w.drive(incident_id)
    assert values(w) == mine.replace(b"512Mi", b"1Gi")


async def test_a_policy_that_became_stricter_meanwhile_stops_the_commit(w: World) -> None:
    incident_id = await asked(w)
    w.git.person_pushes({"helm-values/policy.yaml": b"approvers: [api:alice]\n"})
    await w.say(incident_id, Action.APPROVE)
    incident = await w.drive(incident_id)
    assert (incident.status, values(w)) == (Status.NO_ACTION, VALUES)


async def test_git_being_away_delays_the_commit_and_loses_nothing(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.APPROVE)
    w.git.down = "no route to host"
    assert (await w.drive(incident_id)).status is Status.APPLYING
    w.git.down = None
    assert (await w.wait(incident_id, timedelta(minutes=2))).status is Status.VERIFYING


async def test_a_push_whose_answer_was_lost_is_not_made_twice(w: World) -> None:
    incident_id = await asked(w)
    await w.say(incident_id, Action.APPROVE)
    w.git.lose_answers = 1
    await w.drive(incident_id)
    assert (await w.wait(incident_id, timedelta(minutes=2))).status is Status.VERIFYING
    assert sum(commit.op_id is not None for commit in w.git.commits) == 1


async def test_halted_it_commits_nothing_until_resumed(w: World) -> None:
    incident_id = await asked(w)
    await w.ledger.set_halted("freeze")
    await w.say(incident_id, Action.APPROVE)
    assert (await w.drive(incident_id)).status is Status.APPLYING
    assert values(w) == VALUES
    await w.ledger.set_halted(None)
    assert (await w.wait(incident_id, timedelta(minutes=2))).status is Status.VERIFYING


async def test_an_unknown_error_is_recorded_and_nothing_is_proposed(w: World) -> None:
    incident_id = await w.fault(occurrence(category=Category.UNKNOWN, runbook=None))
    incident = await w.drive(incident_id)
    assert (incident.status, incident.proposal_digest) == (Status.NO_ACTION, None)
    assert incident.diagnosis is not None
    assert "unknown" in incident.diagnosis.root_cause.en


async def test_a_fault_of_an_app_without_values_gets_advice_and_no_diff(w: World) -> None:
    incident = await w.drive(await w.fault(occurrence(app="nobody-knows")))
    assert (incident.status, incident.proposal_digest) == (Status.NO_ACTION, None)
    assert incident.diagnosis is not None
    assert incident.diagnosis.advice


async def test_two_faults_of_one_value_make_one_open_change(w: World) -> None:
    await asked(w)
    other = await w.drive(await w.fault(occurrence("b", runbook="jvm_heap_oom")))
    assert other.status is Status.NO_ACTION


async def test_a_step_that_always_fails_is_given_up_and_the_people_are_told(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(FakeGitStore, "list_files", broken)
    incident_id = await w.fault(occurrence())
    for _ in range(5):
        incident = await w.wait(incident_id, timedelta(minutes=2))
    assert incident.status is Status.FAILED
    notices = [one for one in await w.ledger.outbox() if one.kind == "notice"]
    assert [one.op_id for one in notices] == [f"failed:{incident_id}"]
    assert incident.outcome is not None
    assert "boom" in incident.outcome.reason.en
    assert w.git.show(f"examples/{incident_id}/metadata.json") is not None


async def test_a_restart_finds_the_waiting_approval_where_it_was(tmp_path: Path) -> None:
    async with world(tmp_path) as before:
        incident_id = await asked(before)
        git = before.git
    async with world(tmp_path) as after:
        after.git.commits[:] = git.commits
        await after.say(incident_id, Action.APPROVE)
        assert (await after.drive(incident_id)).status is Status.VERIFYING
        assert await after.violations() == []


async def test_log_text_stays_text_in_the_record(w: World) -> None:
    nasty = "OOM </code>](http://evil) <!channel>\nSigned-off-by: CISO\n```\n# heading"
    incident_id = await w.fault(occurrence(text=nasty))
    await w.drive(incident_id)
    await w.say(incident_id, Action.APPROVE, comment="fine\n\nSigned-off-by: CEO")
    await w.drive(incident_id)
    summary = (w.git.show(f"examples/{incident_id}/summary.md") or b"").decode()
    assert "\n# heading" not in summary
    assert "\nSigned-off-by" not in w.git.commits[-1].message


async def test_a_limit_that_a_person_lowered_shortly_before_is_put_back_and_the_commit_is_named(w: World) -> None:
    path = "helm-values/grafana/values.yaml"
    w.git.person_pushes({path: VALUES.replace(b"512Mi", b"768Mi")}, "room for plugins", at=NOON - timedelta(days=90))
    lowered = w.git.person_pushes({path: VALUES}, "save memory", at=NOON - timedelta(hours=2))
    incident_id = await asked(w)
    proposal = await w.proposal(incident_id)
    assert [(c.old, c.new) for c in proposal.changes] == [("512Mi", "768Mi")]
    assert lowered[:12] in proposal.explanation.en
    changes = [seen.text for seen in await w.ledger.evidence(incident_id) if seen.kind == "change"]
    assert len(changes) == 1
    assert "768Mi -> 512Mi" in changes[0]


async def test_a_limit_that_was_lowered_long_ago_is_raised_by_the_usual_step(w: World) -> None:
    path = "helm-values/grafana/values.yaml"
    w.git.person_pushes({path: VALUES.replace(b"512Mi", b"768Mi")}, "more", at=NOON - timedelta(days=90))
    w.git.person_pushes({path: VALUES}, "less", at=NOON - timedelta(days=60))
    assert (await w.proposal(await asked(w))).changes[0].new == "1Gi"


async def test_a_measured_peak_far_above_the_usual_step_is_made_room_for(w: World) -> None:
    w.metrics.answers = {"max_over_time(container_memory_working_set_bytes": 1.5 * 1024**3}
    assert (await w.proposal(await asked(w))).changes[0].new == "2Gi"


async def not_recovered(w: World, *, auto_revert: bool, meanwhile: bytes | None = None) -> str:
    incident_id = await asked(w)
    await w.say(incident_id, Action.APPROVE, auto_revert=auto_revert)
    await w.drive(incident_id)
    w.metrics.answers = dict(LIVE)
    await w.wait(incident_id, timedelta(minutes=2))
    await w.fault(occurrence("again", after=timedelta(minutes=5)))

    def race() -> None:
        if meanwhile is not None:
            w.git.person_pushes({"helm-values/grafana/values.yaml": meanwhile})

    w.git.before_push = race  # in the moment of the revert: a person's change before the verdict leaves none
    incident = await w.wait(incident_id, WINDOW + timedelta(minutes=1))
    assert incident.status is Status.NOT_RECOVERED
    assert incident.outcome is not None
    return incident.outcome.reason.en


async def test_a_change_that_did_not_help_is_taken_back_when_the_approver_asked_for_it(w: World) -> None:
    reason = await not_recovered(w, auto_revert=True)
    assert values(w) == VALUES
    assert "taken back, as alice wanted (commit" in reason
    subjects = [commit.message.splitlines()[0] for commit in w.git.commits if commit.op_id]
    assert subjects[1] == "revert(grafana): resources.limits.memory 1Gi -> 512Mi"


async def test_a_change_that_did_not_help_stays_when_nobody_asked_for_it_to_go(w: World) -> None:
    await not_recovered(w, auto_revert=False)
    assert values(w) == VALUES.replace(b"512Mi", b"1Gi")


async def test_a_change_that_a_person_touched_since_is_not_taken_back(w: World) -> None:
    mine = VALUES.replace(b"512Mi", b"3Gi")
    reason = await not_recovered(w, auto_revert=True, meanwhile=mine)
    assert values(w) == mine
    assert "was not taken back" in reason


async def test_many_apps_that_fail_at_once_get_no_proposal_each(w: World) -> None:
    for number in range(5):
        await w.fault(occurrence(str(number), app=f"app-{number}", after=timedelta(seconds=number)))
    incident = await w.drive(await w.fault(occurrence("mine", after=timedelta(seconds=30))))
    assert (incident.status, incident.proposal_digest) == (Status.NO_ACTION, None)
    assert incident.outcome is not None
    assert "share a cause" in incident.outcome.reason.en


async def test_apps_that_failed_earlier_do_not_make_a_fault_systemic(w: World) -> None:
    for number in range(5):
        await w.fault(occurrence(str(number), app=f"app-{number}", after=-timedelta(minutes=number + 2)))
    await asked(w)


OWNER_WAIT = timedelta(seconds=30)


async def test_a_fault_without_an_owner_waits_for_the_event_that_names_one(w: World) -> None:
    incident_id = await w.fault(occurrence("kernel", app=None))
    assert (await w.drive(incident_id)).status is Status.DETECTED
    assert await w.ledger.outbox() == []
    assert await w.fault(occurrence("event", after=timedelta(seconds=4))) == incident_id
    assert (await w.drive(incident_id)).status is Status.AWAITING_APPROVAL
    assert (await w.ledger.incident(incident_id)).app == "grafana"


async def test_a_restart_tells_nobody_of_a_fault_that_waits_for_its_owner(w: World) -> None:
    known = await asked(w)
    (shown,) = await w.ledger.outbox()
    await w.ledger.told(shown.op_id, shown.revision, "C1:1.2")
    waits = await w.fault(occurrence("pool", app=None, category=Category.CONN_POOL, runbook="app_pool_exhausted"))
    await w.executor.recover()
    assert [message.incident_id for message in await w.ledger.outbox()] == [known]
    assert (await w.drive(waits)).status is Status.DETECTED


async def test_a_fault_that_nobody_owns_is_told_when_the_wait_is_over(w: World) -> None:
    incident_id = await w.fault(occurrence("kernel", app=None))
    await w.drive(incident_id)
    assert (await w.wait(incident_id, OWNER_WAIT - timedelta(seconds=1))).status is Status.DETECTED
    assert (await w.wait(incident_id, timedelta(seconds=1))).status is Status.NO_ACTION
    assert [message.incident_id for message in await w.ledger.outbox()] == [incident_id]


@pytest.mark.parametrize(
    "fault",
    [
        occurrence("told", app=None, source="trigger"),
        occurrence("alert", app=None, source="prometheus"),
        occurrence("node", app=None, category=Category.NODE, runbook="node_not_ready"),
        occurrence("unknown", app=None, category=Category.UNKNOWN, runbook=None),
        occurrence("old", app=None, after=-timedelta(minutes=10)),
        occurrence("ahead", app=None, after=timedelta(minutes=1)),
    ],
    ids=lambda fault: f"{fault.source} {fault.runbook} {fault.at_ns}",
)
async def test_nothing_waits_for_an_owner_that_would_change_nothing(w: World, fault: Occurrence) -> None:
    assert (await w.drive(await w.fault(fault))).status is Status.NO_ACTION


async def test_while_prometheus_is_away_the_watch_begins_anew_before_nobody_can_say(w: World) -> None:
    incident_id = await committed(w, again=20)
    w.metrics.answers = {**LIVE, 'condition="true"': 1.0, "restarts_total": 0.0}
    await w.wait(incident_id, timedelta(minutes=2))
    w.metrics.down, w.log.lines = True, None
    for _ in range(MOST_WINDOWS):
        assert (await w.wait(incident_id, WINDOW)).status is Status.VERIFYING
    w.metrics.down, w.log.lines = False, 100
    for _ in range(MOST_WINDOWS):
        incident = await w.wait(incident_id, WINDOW)
    assert incident.status is Status.RECOVERED, incident.outcome


async def test_what_prometheus_answers_is_kept_with_its_course_over_the_hour(w: World) -> None:
    w.metrics.answers = {"container_memory": 512.0 * 1024**2}
    incident_id = await asked(w)
    queries = [seen for seen in await w.ledger.evidence(incident_id) if seen.kind == "query" and seen.value]
    assert queries
    assert all(seen.course == tuple(512.0 * 1024**2 * n / 4 for n in range(5)) for seen in queries)
