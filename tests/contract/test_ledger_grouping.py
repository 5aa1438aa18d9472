"""Unknown faults in the ledger: lines of one message are one incident, also when a name in them is an everyday word."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langraph.fingerprint import fingerprint, template
from langraph.models.incident import Category, Occurrence, Outcome, Status
from langraph.models.text import Text
from langraph.ports import Batch
from services.ledger import SqlLedger
from services.ledger.database import sqlite_url
from tests.support.nouns import NOON, occurrence

COOLDOWN = timedelta(minutes=15)
VALUE, WORD, OTHER_WORD = (
    f"Rendered topic 9871 (353 posts) for {who} in 860.8ms" for who in ("j.meyer@example.org", "maria", "scheduler")
)


def unknown(text: str, *, app: str | None = "forum", after: float = 0) -> Occurrence:
    one = occurrence(
        f"{text}{app}{after}",
        app=app,
        category=Category.UNKNOWN,
        runbook=None,
        text=text,
        after=timedelta(seconds=after),
    )
    shown = template(text)
    return replace(one, template=shown, fingerprint=fingerprint(app, one.namespace, Category.UNKNOWN, shown))


async def read(ledger: SqlLedger, *lines: Occurrence, now: datetime = NOON) -> tuple[str, ...]:
    """Count one page in; the incidents it opened."""
    return (await ledger.ingest(Batch("loki", [one.key for one in lines], lines), now)).opened


def test_the_lines_have_templates_of_their_own() -> None:
    assert len({template(one) for one in (VALUE, WORD, OTHER_WORD)}) == 3


async def test_a_line_with_a_name_for_a_value_is_of_the_same_incident_on_one_page(ledger: SqlLedger) -> None:
    opened = await read(ledger, unknown(VALUE), unknown(WORD, after=1), unknown(OTHER_WORD, after=2))
    assert len(opened) == 1
    assert (await ledger.incident(opened[0])).count == 3


@pytest.mark.parametrize("order", [(VALUE, WORD, OTHER_WORD), (WORD, VALUE, OTHER_WORD)])
async def test_and_on_pages_one_after_the_other(ledger: SqlLedger, order: tuple[str, ...]) -> None:
    opened = [await read(ledger, unknown(text, after=n)) for n, text in enumerate(order)]
    assert [len(ids) for ids in opened] == [1, 0, 0]
    assert (await ledger.incident(opened[0][0])).first_line == order[0]


async def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    opened: list[tuple[str, ...]] = []
    for after, text in enumerate((WORD, VALUE, OTHER_WORD)):
        ledger = SqlLedger(sqlite_url(tmp_path / "ledger.db"), cooldown=COOLDOWN)
        await ledger.open()
        opened.append(await read(ledger, unknown(text, after=after)))
        await ledger.close_database()
    assert [len(ids) for ids in opened] == [1, 0, 0]


async def test_the_fault_has_the_same_fingerprint_when_it_comes_again_after_its_cool_down(ledger: SqlLedger) -> None:
    (first,) = await read(ledger, unknown(WORD), unknown(VALUE, after=1))
    await ledger.close(first, Outcome(Status.NO_ACTION, NOON, Text("x", "x")))
    (again,) = await read(ledger, unknown(OTHER_WORD, after=3_600), now=NOON + timedelta(hours=1))
    assert again != first
    assert (await ledger.incident(again)).fingerprint == (await ledger.incident(first)).fingerprint


async def test_other_apps_have_messages_of_their_own(ledger: SqlLedger) -> None:
    opened = await read(ledger, unknown(VALUE), unknown(WORD, app="wiki", after=1), unknown(WORD, app=None, after=2))
    assert len(opened) == 3


async def test_known_faults_and_alerts_are_grouped_by_what_they_are(ledger: SqlLedger) -> None:
    known = replace(occurrence("known"), template=template(WORD))
    opened = await read(ledger, unknown(VALUE), known)
    assert len(opened) == 2


async def test_two_other_words_in_one_place_are_two_incidents(ledger: SqlLedger) -> None:
    opened = await read(
        ledger, unknown("volume 3 cannot be attached to 7"), unknown("volume 3 cannot be detached to 7")
    )
    assert len(opened) == 2


async def test_a_message_that_nobody_has_read_for_long_is_forgotten(ledger: SqlLedger) -> None:
    await read(ledger, unknown(VALUE))
    later = NOON + timedelta(days=200)
    await ledger.forget_seen(later)
    seconds = (later - NOON).total_seconds()
    (again,) = await read(ledger, unknown(WORD, after=seconds), now=later)
    assert (await ledger.incident(again)).fingerprint == unknown(WORD).fingerprint


async def test_a_message_that_is_read_now_and_then_is_not(ledger: SqlLedger) -> None:
    (first,) = await read(ledger, unknown(VALUE))
    for day in range(40, 240, 40):
        now = NOON + timedelta(days=day)
        await read(ledger, unknown(VALUE, after=day * 86_400), now=now)
        await ledger.forget_seen(now)
    assert await read(ledger, unknown(WORD, after=200 * 86_400 + 1), now=NOON + timedelta(days=200)) == ()
    assert (await ledger.incident(first)).fingerprint == unknown(VALUE).fingerprint


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.sampled_from([VALUE, WORD, OTHER_WORD, "user not found"]), min_size=1), cut=st.integers(0, 9))
async def test_a_page_read_again_after_a_crash_counts_the_same(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], cut: int
) -> None:
    lines = [unknown(text, after=n) for n, text in enumerate(texts)]

    async def books(pages: list[list[Occurrence]]) -> dict[str, int]:
        ledger = SqlLedger(sqlite_url(tmp_path_factory.mktemp("books") / "ledger.db"), cooldown=COOLDOWN)
        await ledger.open()
        for page in pages:
            await read(ledger, *page)
        counted = {one.fingerprint: one.count for one in (await ledger.books()).incidents}
        await ledger.close_database()
        return counted

    assert await books([lines[:cut], lines, lines[cut:]]) == await books([lines])
