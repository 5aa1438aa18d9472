"""One message a day: what it counts, when it is told, that it is told once."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from langraph.config.settings import load
from langraph.decisions import Desk, Said
from langraph.digest import Day, day
from langraph.errors import BadSetting
from langraph.models.incident import Action, Outcome, Person, Status
from langraph.models.text import Text
from langraph.ports import Batch, Message
from langraph.rulebook import Rulebook
from langraph.texts.digest import digest
from services.daily_digest import DailyDigest
from services.event_queue import EventQueue
from services.ledger import SqlLedger
from services.slack_client.thread import NOTICE_CHARS
from tests.support.counter import BEFORE, POLICY, VALUES, a_diagnosis, a_proposal, an_occurrence
from tests.support.fake_git import FakeGitStore
from tests.support.virtual_time import VirtualTime

NINE = time(9, 0)
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OPERATOR = Person("local:operator", "operator")


async def incident(ledger: SqlLedger, opened: datetime, status: Status | None = None, **after: float) -> str:
    """Opened then; closed so many minutes later."""
    one = an_occurrence(opened, f"app-{opened:%d%H%M}")
    found = (await ledger.ingest(Batch("loki", [one.key], [one]), opened)).opened[0]
    if status is not None:
        await ledger.close(found, Outcome(status, opened + timedelta(**after), Text("so", "그래서")))
    return found


async def asked(ledger: SqlLedger, opened: datetime) -> tuple[str, str]:
    found = await incident(ledger, opened)
    proposal = a_proposal(found, opened)
    await ledger.propose(proposal)
    await ledger.update(found, status=Status.AWAITING_APPROVAL, diagnosis=a_diagnosis())
    return found, proposal.digest


def notices(outbox: list[Message]) -> list[Message]:
    return [message for message in outbox if message.kind == "notice"]


async def test_a_day_counts_what_began_and_what_ended_in_it(ledger: SqlLedger) -> None:
    since = MORNING - timedelta(days=1)
    before = await incident(ledger, since - timedelta(minutes=30), Status.RECOVERED, minutes=60)
    quick = await incident(ledger, since + timedelta(hours=1), Status.RECOVERED, minutes=20)
    lost = await incident(ledger, since + timedelta(hours=2), Status.NOT_RECOVERED, minutes=20)
    unclear = await incident(ledger, since + timedelta(hours=3), Status.INCONCLUSIVE, minutes=20)
    await incident(ledger, since - timedelta(days=1), Status.NOT_RECOVERED, minutes=20)
    waiting, _ = await asked(ledger, since + timedelta(hours=4))
    later = await incident(ledger, MORNING + timedelta(minutes=1))
    found = await day(ledger, since, MORNING)
    assert list(found.opened) == [waiting, unclear, lost, quick]
    assert list(found.recovered) == [quick, before]
    assert list(found.not_recovered) == [unclear, lost]
    assert list(found.waiting) == [waiting]
    assert found.to_recovery == timedelta(minutes=40)
    assert found.to_decision is None
    assert later not in found.opened


async def test_the_time_to_a_decision_is_what_people_took(ledger: SqlLedger) -> None:
    git = FakeGitStore()
    git.person_pushes({"helm-values/policy.yaml": POLICY, VALUES: BEFORE})
    rulebook = Rulebook(git, policy_file="helm-values/policy.yaml", apps_file="helm-values/apps.yaml")
    clock = VirtualTime(MORNING - timedelta(hours=2))
    found, digest_ = await asked(ledger, clock.now())
    clock.pass_(minutes=7)
    desk = Desk(ledger, rulebook, EventQueue(), clock)
    await desk.decide(Said(found, Action.REJECT, digest_, OPERATOR))
    told = await day(ledger, MORNING - timedelta(days=1), MORNING)
    assert told.to_decision == timedelta(minutes=7)
    assert "Median time to a decision: 7 min" in digest(told).en
    assert "결정까지 걸린 시간(중앙값): 7분" in digest(told).ko


async def test_it_is_told_once_a_day_at_its_time(ledger: SqlLedger) -> None:
    clock = VirtualTime(MORNING - timedelta(minutes=10))
    told = DailyDigest(ledger, clock, NINE, sleep=clock.sleep)
    clock.stop_after = 2 * 24 * 60 * 2  # two days of looks
    with pytest.raises(asyncio.CancelledError):
        await told.run()
    ids = [message.op_id for message in notices(list(await ledger.outbox()))]
    assert ids == ["digest:2026-11-20", "digest:2026-11-21"]
    assert {message.revision for message in await ledger.outbox()} == {1}


async def test_a_restart_does_not_make_a_second_message(ledger: SqlLedger) -> None:
    clock = VirtualTime(MORNING)
    assert await DailyDigest(ledger, clock, NINE).tell_if_due()
    (message,) = await ledger.outbox()
    await ledger.told(message.op_id, message.revision, "C0INCIDENTS:1.0")
    clock.pass_(hours=1)
    assert await DailyDigest(ledger, clock, NINE).tell_if_due()
    (again,) = await ledger.outbox()
    assert (again.op_id, again.remote_ref) == (message.op_id, "C0INCIDENTS:1.0"), "the same message, shown anew"


@pytest.mark.parametrize(("hours", "is_told"), [(5.9, True), (6.1, False), (23.9, False)])
async def test_a_daemon_that_was_away_tells_late_but_not_at_night(
    ledger: SqlLedger, hours: float, is_told: bool
) -> None:
    clock = VirtualTime(MORNING + timedelta(hours=hours))
    assert await DailyDigest(ledger, clock, NINE).tell_if_due() == is_told


def test_a_bad_day_still_fits_into_a_message() -> None:
    ids = [f"incident-20261120083000-{number:06x}" for number in range(999)]
    full = Day(MORNING, MORNING, ids, ids, ids, ids, timedelta(days=1), timedelta(hours=30), 99, ["oom/grafana"] * 99)
    for text in (digest(full).en, digest(full).ko):
        assert len(text) < NOTICE_CHARS
    assert "Opened: 999 (incident-20261120083000-000000, " in digest(full).en
    assert "and 994 more)" in digest(full).en
    assert "복구까지 걸린 시간(중앙값): 30시간 0분" in digest(full).ko


@pytest.mark.parametrize("at", ["9:00", "24:00", "09:60", "nine", "09:00 KST"])
def test_a_time_that_is_none_is_refused(at: str) -> None:
    slack = {"slack_bot_token": "xoxb-1", "slack_channel": "C012AB3CD", "slack_app_token": "xapp-1"}
    with pytest.raises(BadSetting, match="SLACK_DIGEST_AT="):
        load(**slack, slack_digest_at=at)
    assert load(**slack, slack_digest_at="09:00").slack_digest_at == "09:00"


def test_without_slack_there_is_nowhere_to_tell_it() -> None:
    with pytest.raises(BadSetting, match="SLACK_DIGEST_AT set without SLACK_BOT_TOKEN"):
        load(slack_digest_at="09:00")
