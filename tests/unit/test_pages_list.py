"""The first page: what is open, what was, found again by words and filters, in two languages."""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.pages.archive import Archive, Sieve
from api.pages.environment import render
from api.pages.listing import front
from langraph.models.incident import Category, Incident, Outcome, Severity, Status
from langraph.models.text import Text
from langraph.ports import IncidentFilter, RecordedIncident
from tests.support.counter import ALICE, BOB, KEYS
from tests.support.fake_git import FakeGitStore
from tests.support.pages import Browser, a_record, browser, pushed, said

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
async def someone(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(tmp_path) as found:
        yield found


async def test_an_empty_page_says_so(someone: Browser) -> None:
    shown = said(await someone.opens("/"))
    assert "Nothing is open." in shown
    assert "No incident has been closed yet." in shown


async def test_open_incidents_show_what_why_since_when_and_who_must_act(someone: Browser) -> None:
    world = someone.world
    incident_id, _ = await world.asked(world.clock.now() - timedelta(minutes=7))
    shown = said(await someone.opens("/"))
    assert "1 open, 1 waiting for a decision" in shown
    for word in (
        "▲▲ Critical",
        "◆ Waits for approval",
        "grafana",
        "oom",
        "ran out of memory",
        "7 min ago",
        incident_id,
    ):
        assert word in shown
    assert "you: decide" in shown


async def test_what_waits_for_a_person_comes_first_then_the_worst(someone: Browser) -> None:
    world = someone.world
    now = world.clock.now()
    await world.opened(now - HOUR, app="low", severity=Severity.LOW)
    await world.opened(now - 2 * HOUR, app="critical", severity=Severity.CRITICAL)
    await world.asked(now, app="asked", severity=Severity.MEDIUM)
    html = await someone.opens("/")
    places = [html.index(f">{app}</a>") for app in ("asked", "critical", "low")]
    assert places == sorted(places)


async def test_closed_incidents_of_the_ledger_and_of_git_are_one_list_without_doubles(someone: Browser) -> None:
    world = someone.world
    now = world.clock.now()
    closed = await world.opened(now - HOUR, app="both")
    await world.ledger.close(closed, Outcome(Status.RECOVERED, now, Text("ok", "ok")))
    _, metadata = a_record(1, now, app="both")
    pushed(world, (closed, {**metadata, "id": closed}), a_record(2, now - 2 * HOUR, app="only-git"))
    html = await someone.opens("/")
    assert html.count(f"/incidents/{closed}") == 1
    assert "only-git" in html
    assert "2 of 2" in said(html)


async def test_every_word_of_a_search_has_to_be_somewhere(someone: Browser) -> None:
    world = someone.world
    at = world.clock.now()
    pushed(
        world,
        a_record(1, at, app="cart", first_line="Connection pool exhausted"),
        a_record(2, at - HOUR, app="cart"),
        a_record(3, at - 2 * HOUR, app="search", first_line="pool exhausted"),
    )
    await world.opened(at, app="live-cart", text="pool exhausted now")
    shown = said(await someone.opens("/?q=POOL+cart"))
    assert "1 of 3" in shown
    assert "live-cart" in shown
    assert "search shop" not in shown
    assert "1 of 3" in said(await someone.opens("/?q=000003"))
    assert "3 of 3" in said(await someone.opens("/?q=메모리"))
    assert "Nothing fits." in said(await someone.opens("/?q=nowhere"))


async def test_hangul_that_was_typed_in_parts_is_found(someone: Browser) -> None:
    pushed(someone.world, a_record(1, someone.world.clock.now()))
    decomposed = "\u1106\u1166\u1106\u1169\u1105\u1175"  # as macOS types it
    assert "1 of 1" in said((await someone.client.get("/", params={"q": decomposed})).text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=rejected", 1),
        ("severity=low", 1),
        ("category=dns", 1),
        ("app=cart", 2),
        ("days=1", 2),
        ("days=30", 4),
        ("app=cart&status=recovered", 1),
        ("status=nonsense&days=-3&severity=%00", 4),
    ],
)
def test_filters_narrow_the_list_and_nonsense_is_ignored(query: str, found: int) -> None:
    from urllib.parse import parse_qsl

    records = [
        a_record(1, NOW, app="cart", status="rejected"),
        a_record(2, NOW - HOUR, app="cart"),
        a_record(3, NOW - 48 * HOUR, severity="low"),
        a_record(4, NOW - 72 * HOUR, category="dns"),
    ]
    rows = [recorded(*one) for one in records]
    assert len(Sieve.parse(dict(parse_qsl(query))).sift(rows, NOW)) == found


def recorded(name: str, metadata: object) -> object:
    from api.pages.archive import recorded_row

    return recorded_row(RecordedIncident(name, "c" * 40, metadata))  # type: ignore[arg-type]


async def test_long_lists_have_pages_that_keep_the_filters(someone: Browser) -> None:
    world = someone.world
    pushed(world, *(a_record(i, world.clock.now() - i * HOUR) for i in range(120)))
    first = await someone.opens("/?app=grafana")
    assert "page 1 of 3" in said(first)
    assert 'rel="next" href="/?app=grafana&amp;page=2#closed"' in first
    assert first.count('href="/incidents/') == 50
    last = await someone.opens("/?app=grafana&page=99")
    assert "page 3 of 3" in said(last)
    assert last.count('href="/incidents/') == 20
    assert "page 1 of 3" in said(await someone.opens("/?page=minus"))


async def test_the_list_is_there_while_git_is_away(someone: Browser) -> None:
    await someone.world.opened(app="live")
    someone.world.git.down = "git is away"
    shown = said(await someone.opens("/"))
    assert "live" in shown
    assert "Git cannot be read right now" in shown


async def test_the_browser_chooses_the_language_and_a_link_changes_it(someone: Browser) -> None:
    await someone.world.asked()
    assert '<html lang="en">' in await someone.opens("/")
    korean = await someone.opens("/", **{"Accept-Language": "ko-KR,ko;q=0.9"})
    assert '<html lang="ko">' in korean
    for word in ("진행 중 1건, 승인 대기 1건", "승인 대기", "나: 결정 필요", "메모리 부족이 발생했습니다."):
        assert word in said(korean)
    await someone.opens("/?lang=ko")
    assert '<html lang="ko">' in await someone.opens("/system")
    assert '<html lang="en">' in await someone.opens("/system?lang=en")


async def test_somebody_who_may_only_look_is_not_told_to_decide(tmp_path: Path) -> None:
    policy = b"approvers: [api:alice]\nbudget: {changes_per_app_per_day: 9, changes_per_day: 99}\n"
    async with browser(tmp_path, policy=policy, keys=KEYS, key=BOB) as bob:
        await bob.world.asked()
        assert "an approver" in said(await bob.opens("/"))
        bob.client.headers["Authorization"] = f"Bearer {ALICE}"
        assert "you: decide" in said(await bob.opens("/"))


async def test_a_fragment_is_only_the_main_part(someone: Browser) -> None:
    html = await someone.opens("/?fragment=1")
    assert html.strip().startswith("<main")
    assert html.strip().endswith("</main>")
    assert "<head" not in html


async def test_a_table_says_what_its_columns_are(someone: Browser) -> None:
    await someone.world.opened()
    html = await someone.opens("/")
    assert html.count("<caption") >= html.count("<table")
    assert "<th>" not in html
    assert 'href="#main"' in html
    assert html.count("<h1") == 1


# --- how fast ------------------------------------------------------------------------------------------------------


class NoLedger:
    """Nothing is live."""

    async def incidents(
        self, _where: IncidentFilter, _limit: int, _after: str | None = None
    ) -> tuple[Sequence[Incident], str | None]:
        return (), None


class ManyRecords(FakeGitStore):
    """A history of its own, kept by head as the real store keeps it."""

    many: Sequence[RecordedIncident] = ()

    async def recorded(self) -> Sequence[RecordedIncident]:
        return self.many


async def test_five_thousand_records_are_listed_and_searched_well_under_200_ms() -> None:
    git = ManyRecords()
    made = (a_record(i, NOW - i * HOUR, app=f"app-{i % 40}", category=list(Category)[i % 20]) for i in range(5_000))
    git.many = [RecordedIncident(name, "c" * 40, metadata) for name, metadata in made]
    archive = Archive()
    await archive.everything(NoLedger(), git)  # type: ignore[arg-type]  # after a start, once
    for query in ({}, {"q": "memory app-7", "days": "90"}, {"page": "60"}):
        assert min([await _seconds(archive, git, query) for _ in range(3)]) < 0.2, query


async def _seconds(archive: Archive, git: ManyRecords, query: dict[str, str]) -> float:
    """Of processor time, because others work on this machine too; after somebody has pushed."""
    git.many = [RecordedIncident(one.id, "d" * 40, dict(one.metadata)) for one in git.many]
    started = time.process_time()
    everything = await archive.everything(NoLedger(), git)  # type: ignore[arg-type]
    shown = front(everything, query, NOW, "en", may_decide=False, halted=False)
    assert shown["closed_total"] == 5_000
    return time.process_time() - started


def test_a_template_that_misses_a_name_is_an_error() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        render("error.html", "en", {})
