"""The numbered row of happenings: in order, never twice, of all incidents or of one."""

from langraph.models.incident import Outcome, Status
from langraph.models.text import Text
from langraph.ports import Batch, TimelineEntry
from services.ledger import SqlLedger
from tests.support.nouns import NOON, occurrence


async def opened(ledger: SqlLedger, app: str) -> str:
    one = occurrence(app, app=app)
    return (await ledger.ingest(Batch("loki", [one.key], [one]), NOON)).opened[0]


async def note(ledger: SqlLedger, incident_id: str, what: str) -> None:
    await ledger.update(incident_id, entry=TimelineEntry(NOON, what))


async def test_before_anything_has_happened_the_latest_number_is_zero(ledger: SqlLedger) -> None:
    assert await ledger.latest_happening() == 0
    assert await ledger.happenings(0, 10) == []


async def test_happenings_are_numbered_in_the_order_in_which_they_were_noted(ledger: SqlLedger) -> None:
    one, two = await opened(ledger, "cart"), await opened(ledger, "orders")
    for incident_id in (two, one, two):
        await note(ledger, incident_id, f"noted_{await ledger.latest_happening()}")
    found = await ledger.happenings(0, 10)
    assert [row.number for row in found] == [1, 2, 3, 4, 5]
    assert [row.incident_id for row in found] == [one, two, two, one, two]
    assert [row.what for row in found] == ["opened", "opened", "noted_2", "noted_3", "noted_4"]
    assert await ledger.latest_happening() == 5


async def test_what_happened_twice_has_one_number_and_leaves_no_hole(ledger: SqlLedger) -> None:
    one = await opened(ledger, "cart")
    for what in ("stale", "stale", "stale", "asked"):
        await note(ledger, one, what)
    assert [row.number for row in await ledger.happenings(0, 10)] == [1, 2, 3]


async def test_a_page_begins_after_the_cursor_and_ends_at_the_limit(ledger: SqlLedger) -> None:
    one = await opened(ledger, "cart")
    for number in range(6):
        await note(ledger, one, f"noted_{number}")
    assert [row.number for row in await ledger.happenings(2, 3)] == [3, 4, 5]
    assert [row.number for row in await ledger.happenings(5, 3)] == [6, 7]
    assert await ledger.happenings(7, 3) == []
    assert await ledger.happenings(2**53, 3) == []


async def test_of_one_incident_only_its_own_happenings_come(ledger: SqlLedger) -> None:
    one, two = await opened(ledger, "cart"), await opened(ledger, "orders")
    await note(ledger, two, "asked")
    await note(ledger, one, "asked")
    assert [row.number for row in await ledger.happenings(0, 10, two)] == [2, 3]
    assert [row.number for row in await ledger.happenings(2, 1, one)] == [4]
    assert await ledger.happenings(0, 10, "incident-20200101000000-abcdef") == []


async def test_a_happening_tells_the_status_that_its_incident_has_now(ledger: SqlLedger) -> None:
    one = await opened(ledger, "cart")
    assert [row.status for row in await ledger.happenings(0, 10)] == [Status.DETECTED]
    await ledger.close(one, Outcome(Status.NO_ACTION, NOON, Text("Nothing.", "없음.")))
    assert [row.status for row in await ledger.happenings(0, 10)] == [Status.NO_ACTION] * 2
