"""The ledger port: what is durable, what is counted once, who wins."""

import asyncio
import sqlite3
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from langraph.errors import BadInput, Conflict, LedgerBroken, NotFound
from langraph.models.incident import (
    CLOCK,
    Action,
    Alert,
    Category,
    Decision,
    Evidence,
    Occurrence,
    Outcome,
    Person,
    Severity,
    Status,
)
from langraph.models.text import Text
from langraph.ports import Batch, Gap, IncidentFilter, Intent, Message, TimelineEntry
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from services.ledger.tables import metadata
from tests.support.nouns import NOON, NOON_NS, key, occurrence, proposal

COOLDOWN = timedelta(minutes=15)
ALICE = Person("api:alice", "alice")
BOB = Person("slack:U1", "bob")


async def opened_incident(ledger: SqlLedger, **kwargs: object) -> str:
    one = occurrence(**kwargs)  # type: ignore[arg-type]  # keyword options of tests
    done = await ledger.ingest(Batch("loki", [one.key], [one]), NOON)
    return done.opened[0]


async def asked_incident(ledger: SqlLedger, **kwargs: object) -> str:
    incident_id = await opened_incident(ledger, **kwargs)
    await ledger.propose(proposal(incident_id))
    await ledger.update(incident_id, status=Status.AWAITING_APPROVAL)
    return incident_id


def approval(incident_id: str, by: Person = ALICE, action: Action = Action.APPROVE) -> Decision:
    return Decision(proposal(incident_id).digest, incident_id, action, by, NOON)


async def test_the_same_page_twice_is_counted_once(ledger: SqlLedger) -> None:
    batch = Batch("loki", [key("a"), key("b"), key("plain")], [occurrence("a"), occurrence("b")])
    first = await ledger.ingest(batch, NOON)
    again = await ledger.ingest(batch, NOON)
    assert (first.lines, first.occurrences, len(first.opened)) == (3, 2, 1)
    assert (again.lines, again.occurrences, again.opened, again.touched) == (0, 0, (), ())
    assert (await ledger.incident(first.opened[0])).count == 2


async def test_every_line_is_either_counted_in_an_incident_or_matched_nothing(ledger: SqlLedger) -> None:
    done = await ledger.ingest(Batch("loki", [key("a"), key("plain")], [occurrence("a")]), NOON)
    assert (await ledger.books()).lines == {done.opened[0]: 1, None: 1}


async def test_a_large_page_in_one_transaction(ledger: SqlLedger) -> None:
    lines = [occurrence(str(n), after=timedelta(milliseconds=n)) for n in range(5000)]
    done = await ledger.ingest(Batch("loki", [o.key for o in lines], lines, cursor="7"), NOON)
    incident = await ledger.incident(done.opened[0])
    assert (done.lines, incident.count, await ledger.cursor("loki")) == (5000, 5000, "7")
    assert len(await ledger.evidence(incident.id)) == 20


async def test_the_incident_id_comes_from_the_first_event_and_its_fingerprint(ledger: SqlLedger) -> None:
    late, early = occurrence("late", after=timedelta(seconds=9)), occurrence("early")
    done = await ledger.ingest(Batch("loki", [late.key, early.key], [late, early]), NOON)
    assert done.opened == (f"incident-20261120120000-{early.fingerprint[:6]}",)


async def test_a_refire_within_the_cooldown_is_shown_on_the_old_incident(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    await ledger.close(incident_id, Outcome(Status.NO_ACTION, NOON, Text("x", "x")))
    soon = occurrence("soon", after=COOLDOWN)
    done = await ledger.ingest(Batch("loki", [soon.key], [soon]), NOON)
    incident = await ledger.incident(incident_id)
    assert done.touched == (incident_id,)
    assert (incident.count, incident.refires, incident.status) == (2, 1, Status.NO_ACTION)


async def test_a_refire_after_the_cooldown_is_a_new_incident(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    await ledger.close(incident_id, Outcome(Status.NO_ACTION, NOON, Text("x", "x")))
    later = occurrence("later", after=COOLDOWN + timedelta(seconds=1))
    done = await ledger.ingest(Batch("loki", [later.key], [later]), NOON)
    assert done.opened
    assert done.opened[0] != incident_id


async def test_a_line_older_than_the_end_of_its_incident_belongs_to_it(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    await ledger.close(incident_id, Outcome(Status.NO_ACTION, NOON + timedelta(hours=1), Text("x", "x")))
    late = occurrence("late", after=-timedelta(minutes=50))
    done = await ledger.ingest(Batch("loki", [late.key], [late]), NOON + timedelta(hours=5))
    assert done.touched == (incident_id,)


async def test_different_apps_are_different_incidents(ledger: SqlLedger) -> None:
    one, two = occurrence("1"), occurrence("2", app="loki")
    done = await ledger.ingest(Batch("loki", [one.key, two.key], [one, two]), NOON)
    assert len(done.opened) == 2


async def test_occurrences_are_counted_by_their_own_time(ledger: SqlLedger) -> None:
    lines = [occurrence(str(n), after=timedelta(seconds=10 * n)) for n in range(12)]
    done = await ledger.ingest(Batch("loki", [o.key for o in lines], lines), NOON)
    minute = timedelta(minutes=1)
    first, second, third = [
        await ledger.occurrences_between(done.opened[0], NOON + n * minute, NOON + (n + 1) * minute) for n in range(3)
    ]
    assert [slot.at for slot in (*first, *second)] == [NOON + timedelta(seconds=10 * n) for n in range(12)]
    assert (len(first), len(second), list(third)) == (6, 6, [])


async def test_lines_of_the_same_ten_seconds_are_one_slot_and_a_slot_that_is_cut_by_the_window_is_left_out(
    ledger: SqlLedger,
) -> None:
    lines = [occurrence(str(n), after=timedelta(seconds=n)) for n in range(15)]
    incident_id = (await ledger.ingest(Batch("loki", [o.key for o in lines], lines), NOON)).opened[0]
    minute = timedelta(minutes=1)
    whole = await ledger.occurrences_between(incident_id, NOON, NOON + minute)
    assert [slot.count for slot in whole] == [10, 5]
    cut = await ledger.occurrences_between(incident_id, NOON + timedelta(seconds=3), NOON + minute)
    assert [slot.count for slot in cut] == [5]


async def test_an_alert_fires_until_it_is_resolved(ledger: SqlLedger) -> None:
    alert = Alert("KubePodCrashLooping", True, {"pod": "a"}, {}, NOON, "prometheus")
    one = replace(occurrence(), alert=alert, source="prometheus")
    incident_id = (await ledger.ingest(Batch("prometheus", [one.key], [one]), NOON)).opened[0]
    assert await ledger.alerts_of(incident_id) == {alert.fingerprint: True}
    assert list(await ledger.firing_alerts("prometheus")) == [(alert.fingerprint, NOON)]
    done = await ledger.ingest(Batch("prometheus", (), (), resolved=[(alert.fingerprint, NOON)]), NOON)
    assert done.touched == (incident_id,)
    assert await ledger.alerts_of(incident_id) == {alert.fingerprint: False}
    assert list(await ledger.firing_alerts("prometheus")) == []
    await ledger.ingest(Batch("prometheus", [one.key], [one]), NOON)
    assert await ledger.alerts_of(incident_id) == {alert.fingerprint: True}


async def test_an_alert_that_two_sources_tell_is_counted_once_and_fires_for_both(ledger: SqlLedger) -> None:
    alert = Alert("KubePodCrashLooping", True, {"pod": "a"}, {}, NOON, "alertmanager")
    delivered = replace(occurrence(), alert=alert, source="alertmanager")
    polled = replace(delivered, alert=replace(alert, source="prometheus"), source="prometheus")
    incident_id = (await ledger.ingest(Batch("alertmanager", [delivered.key], [delivered]), NOON)).opened[0]
    await ledger.ingest(Batch("prometheus", [polled.key], [polled]), NOON)
    assert (await ledger.incident(incident_id)).count == 1
    for source in ("alertmanager", "prometheus"):
        assert list(await ledger.firing_alerts(source)) == [(alert.fingerprint, NOON)]
    await ledger.ingest(Batch("alertmanager", (), (), resolved=[(alert.fingerprint, NOON)]), NOON)
    assert await ledger.alerts_of(incident_id) == {alert.fingerprint: True}


async def test_an_incident_from_a_line_has_no_alert(ledger: SqlLedger) -> None:
    assert await ledger.alerts_of(await opened_incident(ledger)) == {}


async def test_a_gap_is_kept_once(ledger: SqlLedger) -> None:
    gap = Gap("loki", 1, 2, "too many lines in one nanosecond", 2000)
    for _ in range(2):
        await ledger.ingest(Batch("loki", (), (), gaps=[gap]), NOON)
    assert list(await ledger.gaps()) == [gap]


async def test_old_keys_are_forgotten_by_the_day_they_were_read(ledger: SqlLedger) -> None:
    await ledger.ingest(Batch("loki", [key("a")], []), NOON)
    assert await ledger.forget_seen(NOON) == 0
    assert await ledger.forget_seen(NOON + timedelta(days=1)) == 1


async def test_minute_counts_are_kept_per_source(ledger: SqlLedger) -> None:
    await ledger.save_minute_counts("loki", {NOON_NS: 3, NOON_NS + 60: 4})
    await ledger.save_minute_counts("loki", {NOON_NS: 5})
    assert await ledger.minute_counts("loki", NOON_NS) == {NOON_NS: 5, NOON_NS + 60: 4}
    assert await ledger.minute_counts("other", 0) == {}


async def test_the_first_decision_wins_and_later_ones_are_told(ledger: SqlLedger) -> None:
    incident_id = await asked_incident(ledger)
    said = [
        approval(incident_id, Person(f"api:{n}", str(n)), Action.REJECT if n % 2 else Action.APPROVE) for n in range(20)
    ]
    standing = await asyncio.gather(*(ledger.decide(one) for one in said))
    assert len({decision.by for decision in standing}) == 1
    assert await ledger.decision(proposal(incident_id).digest) == standing[0]


async def test_a_decision_makes_the_incident_due_even_if_the_wake_up_is_lost(ledger: SqlLedger) -> None:
    incident_id = await asked_incident(ledger)
    await ledger.update(incident_id, wake_at=NOON + timedelta(hours=1))
    await ledger.decide(approval(incident_id))
    assert list(await ledger.due(NOON)) == [incident_id]


async def test_an_expired_proposal_takes_no_decision_but_the_clocks(ledger: SqlLedger) -> None:
    incident_id = await asked_incident(ledger)
    late = replace(approval(incident_id), at=NOON + timedelta(hours=24))
    with pytest.raises(Conflict, match="expired"):
        await ledger.decide(late)
    expired = await ledger.decide(replace(late, action=Action.EXPIRE, by=CLOCK))
    assert expired.action is Action.EXPIRE


async def test_a_replaced_proposal_takes_no_decision(ledger: SqlLedger) -> None:
    incident_id = await asked_incident(ledger)
    await ledger.propose(proposal(incident_id, version=2))
    with pytest.raises(Conflict, match="replaced"):
        await ledger.decide(approval(incident_id))


async def test_a_closed_incident_takes_no_decision(ledger: SqlLedger) -> None:
    incident_id = await asked_incident(ledger)
    await ledger.close(incident_id, Outcome(Status.EXPIRED, NOON, Text("x", "x")))
    with pytest.raises(Conflict, match="nothing to decide"):
        await ledger.decide(approval(incident_id))


async def test_a_modify_brings_its_replacement_and_approves_it_when_policy_lets_it(ledger: SqlLedger) -> None:
    incident_id = await asked_incident(ledger)
    changed = proposal(incident_id, version=2)
    said = replace(approval(incident_id, action=Action.MODIFY), replaced_by=changed.digest)
    await ledger.decide(said, changed, approves_replacement=True)
    approved = await ledger.decision(changed.digest)
    assert approved is not None
    assert (approved.action, approved.by) == (Action.APPROVE, ALICE)
    assert (await ledger.incident(incident_id)).proposal_digest == changed.digest


async def test_a_value_that_one_open_incident_changes_is_closed_to_others(ledger: SqlLedger) -> None:
    first = await asked_incident(ledger)
    second = await opened_incident(ledger, name="b", category=Category.CERT_EXPIRY)
    with pytest.raises(Conflict, match=first):
        await ledger.propose(proposal(second))
    await ledger.close(first, Outcome(Status.REJECTED, NOON, Text("x", "x")))
    await ledger.propose(proposal(second))
    assert await ledger.claimed_by_others(first, [proposal(second).changes[0].key]) == {
        proposal(second).changes[0].key: second
    }


async def test_a_proposal_comes_back_exactly(ledger: SqlLedger) -> None:
    incident_id = await asked_incident(ledger)
    assert await ledger.proposal(proposal(incident_id).digest) == proposal(incident_id)


async def test_closing_twice_keeps_the_first_outcome(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    first = Outcome(Status.RECOVERED, NOON, Text("yes", "예"))
    await ledger.close(incident_id, first)
    closed = await ledger.close(incident_id, Outcome(Status.FAILED, NOON, Text("no", "아니오")))
    assert closed.outcome == first


async def test_a_closed_incident_does_not_change_any_more(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    await ledger.close(incident_id, Outcome(Status.RECOVERED, NOON, Text("yes", "예")))
    after = await ledger.update(incident_id, status=Status.APPLYING, wake_at=NOON)
    assert (after.status, after.wake_at) == (Status.RECOVERED, None)


async def test_the_timeline_names_each_happening_once(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    for _ in range(2):
        await ledger.update(incident_id, entry=TimelineEntry(NOON, "committed", {"commit": "abc"}))
    assert [entry.what for entry in await ledger.timeline(incident_id)] == ["opened", "committed"]


async def test_evidence_of_the_same_text_is_one(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    for value in ("1", "2"):
        await ledger.update(incident_id, evidence=[Evidence("query", "up", NOON, value)])
    assert [seen.value for seen in await ledger.evidence(incident_id) if seen.kind == "query"] == ["2"]


async def test_fields_that_are_facts_cannot_be_changed(ledger: SqlLedger) -> None:
    with pytest.raises(BadInput, match="count"):
        await ledger.update(await opened_incident(ledger), count=0)


async def test_an_intent_is_written_once_and_settled_once(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    first = await ledger.intend(Intent("apply:1", "apply", incident_id, NOON))
    assert await ledger.intend(Intent("apply:1", "apply", incident_id, NOON + COOLDOWN)) == first
    await ledger.settle("apply:1", "done", "abc")
    await ledger.settle("apply:1", "refused", "late")
    assert (await ledger.intend(first)).result == "abc"
    assert list(await ledger.intents()) == []


async def test_a_message_asked_for_often_is_shown_once_as_it_is_now(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    message = Message(f"incident:{incident_id}", incident_id, "incident")
    for _ in range(3):
        await ledger.tell(message)
    (waiting,) = await ledger.outbox()
    await ledger.told(waiting.op_id, waiting.revision, "C1:1.2")
    assert list(await ledger.outbox()) == []
    await ledger.tell(message)
    assert [m.remote_ref for m in await ledger.outbox()] == ["C1:1.2"]


async def test_a_message_that_changed_while_it_was_shown_is_shown_again(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    message = Message(f"incident:{incident_id}", incident_id, "incident")
    await ledger.tell(message)
    (waiting,) = await ledger.outbox()
    await ledger.tell(message)
    await ledger.told(waiting.op_id, waiting.revision, "C1:1.2")
    assert len(await ledger.outbox()) == 1


async def test_the_kill_switch_is_remembered(ledger: SqlLedger) -> None:
    assert await ledger.halted() is None
    await ledger.set_halted("deploy freeze")
    assert await ledger.halted() == "deploy freeze"
    await ledger.set_halted(None)
    assert await ledger.halted() is None


async def test_incidents_are_listed_newest_first_page_by_page(ledger: SqlLedger) -> None:
    ids = [await opened_incident(ledger, name=str(n), app=f"app-{n}", after=timedelta(seconds=n)) for n in range(7)]
    seen: list[str] = []
    after = None
    while True:
        page, after = await ledger.incidents(IncidentFilter(), 3, after)
        seen += [incident.id for incident in page]
        if after is None:
            break
    assert seen == ids[::-1]


async def test_incidents_are_filtered(ledger: SqlLedger) -> None:
    await opened_incident(ledger)
    await opened_incident(ledger, name="b", app="loki")
    found, _ = await ledger.incidents(IncidentFilter(app="loki", open_only=True), 10)
    assert [incident.app for incident in found] == ["loki"]


async def test_an_unknown_incident_is_not_found(ledger: SqlLedger) -> None:
    with pytest.raises(NotFound, match="incident-x"):
        await ledger.incident("incident-x")


async def test_the_file_is_private(ledger: SqlLedger, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "ledger.db").stat().st_mode) == 0o600


async def test_what_is_written_survives_another_process_opening_it(ledger: SqlLedger, tmp_path: Path) -> None:
    incident_id = await asked_incident(ledger)
    other = SqlLedger(sqlite_url(tmp_path / "ledger.db"), cooldown=COOLDOWN)
    await other.open()
    assert (await other.incident(incident_id)).status is Status.AWAITING_APPROVAL
    await other.close_database()


async def test_a_file_that_is_no_database_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is not a database, certainly not one of ours" * 50)
    broken = SqlLedger(sqlite_url(tmp_path / "ledger.db"), cooldown=COOLDOWN)
    with pytest.raises(LedgerBroken, match="restore a backup"):
        await broken.open()


async def test_the_migrations_make_the_tables_we_use(tmp_path: Path) -> None:
    ledger = SqlLedger(sqlite_url(tmp_path / "ledger.db"), cooldown=COOLDOWN)
    await ledger.open()
    await ledger.close_database()
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


async def test_the_database_is_as_durable_as_promised(ledger: SqlLedger, tmp_path: Path) -> None:
    await opened_incident(ledger)
    reader = sqlite3.connect(tmp_path / "ledger.db")
    assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    reader.close()
    async with ledger._db.read() as connection:
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar() == 2


async def test_a_symptom_joins_the_open_cause_of_the_same_app(ledger: SqlLedger) -> None:
    cause = await opened_incident(ledger)
    loop = occurrence("loop", category=Category.CRASH_LOOP, runbook="crash_loop", after=timedelta(minutes=3))
    done = await ledger.ingest(Batch("loki", [loop.key], [loop]), NOON)
    assert (done.opened, done.touched) == ((), (cause,))


async def test_a_symptom_after_the_end_of_its_cause_is_shown_on_that_while_it_cools_down(ledger: SqlLedger) -> None:
    cause = await opened_incident(ledger)
    await ledger.close(cause, Outcome(Status.REJECTED, NOON, Text("x", "x")))
    loop = occurrence("loop", category=Category.CRASH_LOOP, runbook="crash_loop", after=timedelta(minutes=3))
    done = await ledger.ingest(Batch("loki", [loop.key], [loop]), NOON)
    assert (done.opened, done.touched) == ((), (cause,))
    assert (await ledger.incident(cause)).refires == 1
    later = occurrence("later", category=Category.CRASH_LOOP, runbook="crash_loop", after=timedelta(minutes=16))
    assert (await ledger.ingest(Batch("loki", [later.key], [later]), NOON)).opened


async def test_an_open_cause_explains_a_symptom_before_one_that_has_ended(ledger: SqlLedger) -> None:
    ended = await opened_incident(ledger)
    await ledger.close(ended, Outcome(Status.REJECTED, NOON, Text("x", "x")))
    pool = occurrence("pool", category=Category.CONN_POOL, runbook="pool_exhausted", after=timedelta(minutes=2))
    cause = (await ledger.ingest(Batch("loki", [pool.key], [pool]), NOON)).opened[0]
    loop = occurrence("loop", category=Category.CRASH_LOOP, runbook="crash_loop", after=timedelta(minutes=3))
    assert (await ledger.ingest(Batch("loki", [loop.key], [loop]), NOON)).touched == (cause,)


async def test_cause_and_symptom_on_one_page_are_one_incident_of_the_cause(ledger: SqlLedger) -> None:
    loop = occurrence("loop", category=Category.CRASH_LOOP, runbook="crash_loop")
    cause = occurrence("cause", after=timedelta(seconds=5))
    done = await ledger.ingest(Batch("loki", [loop.key, cause.key], [loop, cause]), NOON)
    assert len(done.opened) == 1
    assert (await ledger.incident(done.opened[0])).category is Category.OOM


async def test_a_symptom_of_another_app_is_a_fault_of_its_own(ledger: SqlLedger) -> None:
    await opened_incident(ledger)
    loop = occurrence("loop", app="loki", category=Category.CRASH_LOOP, runbook="crash_loop")
    assert (await ledger.ingest(Batch("loki", [loop.key], [loop]), NOON)).opened


async def test_a_second_cause_in_the_same_app_is_an_incident_of_its_own(ledger: SqlLedger) -> None:
    await opened_incident(ledger)
    expired = occurrence("cert", category=Category.CERT_EXPIRY, runbook="cert_expired")
    assert (await ledger.ingest(Batch("loki", [expired.key], [expired]), NOON)).opened


async def test_a_line_that_does_not_say_whose_it_is_joins_the_only_incident_it_can_belong_to(ledger: SqlLedger) -> None:
    mine = await opened_incident(ledger)
    kernel = occurrence("kernel", app=None, after=timedelta(seconds=20))
    assert (await ledger.ingest(Batch("loki", [kernel.key], [kernel]), NOON)).touched == (mine,)


async def test_a_line_that_could_belong_to_two_incidents_is_not_given_to_either(ledger: SqlLedger) -> None:
    await opened_incident(ledger)
    await opened_incident(ledger, name="b", app="loki")
    kernel = occurrence("kernel", app=None, after=timedelta(seconds=20))
    assert (await ledger.ingest(Batch("loki", [kernel.key], [kernel]), NOON)).opened


async def test_a_fault_without_an_owner_becomes_that_of_the_first_app_that_reports_the_same(ledger: SqlLedger) -> None:
    kernel = occurrence("kernel", app=None, runbook="kernel_oom", namespace=None)
    (ownerless,) = (await ledger.ingest(Batch("loki", [kernel.key], [kernel]), NOON)).opened
    event = occurrence("event", after=timedelta(seconds=4), text="Container grafana was OOMKilled")
    done = await ledger.ingest(Batch("loki", [event.key], [event]), NOON)
    assert (done.opened, done.touched) == ((), (ownerless,))
    incident = await ledger.incident(ownerless)
    assert (incident.app, incident.namespace, incident.runbook, incident.count) == (
        "grafana",
        "monitoring",
        "container_oom",
        2,
    )
    assert incident.first_line == "Container grafana was OOMKilled"
    again = occurrence("again", after=timedelta(seconds=9))
    assert (await ledger.ingest(Batch("loki", [again.key], [again]), NOON)).touched == (ownerless,)


async def test_how_bad_it_is_says_the_event_that_names_the_owner_whichever_came_first(ledger: SqlLedger) -> None:
    kernel = occurrence("kernel", app=None, runbook="kernel_oom", namespace=None)
    alert = replace(occurrence("alert", after=timedelta(seconds=4)), severity=Severity.MEDIUM)
    met = {(await ledger.ingest(Batch("loki", [one.key], [one]), NOON)) for one in (kernel, alert)}
    (incident_id,) = {one for done in met for one in (*done.opened, *done.touched)}
    assert (await ledger.incident(incident_id)).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "event",
    [
        occurrence("late", after=timedelta(minutes=5)),
        occurrence("other", category=Category.CERT_EXPIRY, runbook="cert_expired"),
        occurrence("symptom", category=Category.CRASH_LOOP, runbook="crash_loop"),
        occurrence("elsewhere", namespace="shop"),
    ],
    ids=["much later", "another fault", "a symptom", "of another namespace"],
)
async def test_a_fault_without_an_owner_stays_so_when_an_event_is_not_about_it(
    ledger: SqlLedger, event: Occurrence
) -> None:
    kernel = occurrence("kernel", app=None)
    (ownerless,) = (await ledger.ingest(Batch("loki", [kernel.key], [kernel]), NOON)).opened
    assert (await ledger.ingest(Batch("loki", [event.key], [event]), NOON)).opened
    assert (await ledger.incident(ownerless)).app is None


async def test_a_fault_that_people_may_know_of_already_changes_its_owner_no_more(ledger: SqlLedger) -> None:
    kernel = occurrence("kernel", app=None)
    (ownerless,) = (await ledger.ingest(Batch("loki", [kernel.key], [kernel]), NOON)).opened
    await ledger.update(ownerless, status=Status.DIAGNOSING)
    event = occurrence("event", after=timedelta(seconds=4))
    assert (await ledger.ingest(Batch("loki", [event.key], [event]), NOON)).opened
    assert (await ledger.incident(ownerless)).app is None


async def test_of_two_faults_without_an_owner_neither_is_given_away(ledger: SqlLedger) -> None:
    for name in ("kernel", "containerd"):
        line = occurrence(name, app=None, runbook=name)
        await ledger.ingest(Batch("loki", [line.key], [line]), NOON)
    event = occurrence("event", after=timedelta(seconds=4))
    assert (await ledger.ingest(Batch("loki", [event.key], [event]), NOON)).opened


async def test_a_fault_that_goes_on_freshens_what_people_see_behind_everything_urgent(ledger: SqlLedger) -> None:
    incident_id = await opened_incident(ledger)
    await ledger.tell(Message(f"incident:{incident_id}", incident_id, "incident"))
    (waiting,) = await ledger.outbox()
    await ledger.told(waiting.op_id, waiting.revision, "C1:1.2")
    for name in ("b", "c"):
        again = occurrence(name)
        await ledger.ingest(Batch("loki", [again.key], [again]), NOON)
    assert [(m.urgent, m.revision) for m in await ledger.outbox()] == [(False, 2)]


async def test_people_are_told_of_a_gap_once(ledger: SqlLedger) -> None:
    gap = Gap("loki", NOON_NS, NOON_NS + 10**9, "too many lines in one nanosecond", 2000)
    for _ in range(2):
        await ledger.ingest(Batch("loki", (), (), gaps=[gap]), NOON)
    (notice,) = await ledger.outbox()
    assert (notice.incident_id, notice.kind, notice.revision) == (None, "notice", 1)
    assert notice.note is not None
    assert "2000 log lines of loki between 2026-11-20 12:00:00" in notice.note.en
