"""Ticks and sweeps over a source in memory, in virtual time."""

import asyncio
import random

import pytest

from langraph.errors import BadQuery, LedgerBroken, LedgerBusy, SourceUnavailable
from langraph.ports import Gap
from services.intake import RecentKeys, Watch, minute_key
from services.log_monitor import LogMonitor, Reach
from services.pacing import Pace, keep_doing
from tests.support.fake_ledger import FakeLedger
from tests.support.fake_logs import MINUTE_NS, EveryLine, FakeLogSource, RememberingQueue, page_of
from tests.support.virtual_time import VirtualTime

SECOND = 10**9


class World:
    """A source, a ledger, a clock and the monitor between them."""

    def __init__(self, page_lines: int = 3, recent: RecentKeys | None = None) -> None:
        self.time = VirtualTime()
        self.source = FakeLogSource(page_lines)
        self.ledger = FakeLedger()
        self.eyes = EveryLine()
        self.queue = RememberingQueue()
        self.lags: list[float] = []
        self.errors: list[str] = []
        self.gaps: list[Gap] = []
        self.monitor = self.restarted(recent)

    def restarted(self, recent: RecentKeys | None = None, reach: Reach | None = None) -> LogMonitor:
        watch = Watch(on_lag=self.lags.append, on_error=self.errors.append, on_gap=self.gaps.append)
        pace = Pace(sleep=self.time.sleep, dice=random.Random(7))
        self.monitor = LogMonitor(
            self.source,
            self.ledger,
            self.eyes,
            self.queue,
            self.time,
            pace=pace,
            watch=watch,
            recent=recent,
            reach=reach,
        )
        return self.monitor

    def push(self, *ages_s: float) -> None:
        """Lines so many seconds old."""
        for age_s in ages_s:
            at_ns = self.time.ns - round(age_s * SECOND)
            self.source.push(at_ns, f"line of {at_ns}")

    @property
    def counted(self) -> list[str]:
        return [one.text for one in self.ledger.counted]

    def assert_all_counted_once(self) -> None:
        assert sorted(self.counted) == sorted(text for _, text in self.source.lines)


async def test_the_first_tick_reads_back_as_far_as_it_was_told_and_into_the_future() -> None:
    world = World()
    world.push(299, 301, -590)
    assert await world.monitor.poll_once() == 2
    assert world.source.windows == [(world.time.ns - 300 * SECOND, world.time.ns + 660 * SECOND)]


async def test_the_next_tick_begins_an_overlap_before_the_last_good_ones_start() -> None:
    world = World()
    await world.monitor.poll_once()
    before = world.time.ns
    world.time.pass_(seconds=10)
    await world.monitor.poll_once()
    assert world.source.windows[-1] == (before - 70 * SECOND, world.time.ns + 660 * SECOND)


async def test_lines_read_again_in_the_overlap_are_counted_once_and_not_matched_again() -> None:
    world = World()
    world.push(5, 4, 3, 2, 1)
    for _ in range(5):
        await world.monitor.poll_once()
        world.time.pass_(seconds=10)
    world.assert_all_counted_once()
    assert world.eyes.looked_at == 5


async def test_lines_read_again_after_a_restart_are_counted_once_by_the_ledger_alone() -> None:
    world = World()
    world.push(5, 4, 3, 2, 1)
    await world.monitor.poll_once()
    await world.restarted().poll_once()
    world.assert_all_counted_once()
    assert world.eyes.looked_at == 10


async def test_a_source_that_fails_in_the_middle_of_a_window_leaves_the_cursor() -> None:
    world = World()
    await world.monitor.poll_once()
    cursor = world.ledger.cursors[world.source.name]
    world.time.pass_(seconds=10)
    world.push(*range(1, 9))
    world.source.fail_before_page[2] = SourceUnavailable("gone")
    with pytest.raises(SourceUnavailable):
        await world.monitor.poll_once()
    assert world.ledger.cursors[world.source.name] == cursor
    assert len(world.counted) == 3
    await world.restarted().poll_once()
    world.assert_all_counted_once()


async def test_a_busy_ledger_loses_no_page_although_the_memory_of_keys_saw_it() -> None:
    world = World()
    await world.monitor.poll_once()
    world.push(*range(1, 9))
    world.ledger.busy = 1
    with pytest.raises(LedgerBusy):
        await world.monitor.poll_once()
    assert world.counted == []
    await world.monitor.poll_once()
    world.assert_all_counted_once()


async def test_a_source_that_is_down_at_the_very_start_loses_nothing_of_that_time() -> None:
    world = World()
    world.push(200)
    world.source.fail_before_page[0] = SourceUnavailable("refused")
    with pytest.raises(SourceUnavailable):
        await world.monitor.poll_once()
    world.time.pass_(hours=3)
    world.push(9_000)
    await world.restarted().poll_once()
    world.assert_all_counted_once()


async def test_a_long_outage_is_caught_up_in_slices_and_the_cursor_moves_with_each() -> None:
    world = World()
    await world.monitor.poll_once()
    world.time.pass_(hours=5, minutes=30)
    world.push(*range(60, 5 * 3600, 1700))
    reads = len(world.source.windows)
    world.source.fail_before_page[5] = SourceUnavailable("gone again")
    with pytest.raises(SourceUnavailable):
        await world.monitor.poll_once()
    done = int(world.ledger.cursors[world.source.name])
    assert world.time.ns - done < 5.4 * 3600 * SECOND
    assert all(end - start <= 3600 * SECOND for start, end in world.source.windows)
    await world.restarted().poll_once()
    world.assert_all_counted_once()
    assert len(world.source.windows) > reads + 5
    assert world.ledger.cursors[world.source.name] == str(world.time.ns)


async def test_a_clock_set_back_makes_the_overlap_longer_and_loses_nothing() -> None:
    world = World()
    await world.monitor.poll_once()
    world.time.pass_(hours=-2)
    world.push(30)
    await world.monitor.poll_once()
    world.assert_all_counted_once()


async def test_every_opened_or_touched_incident_is_woken() -> None:
    world = World(page_lines=2)
    world.push(4, 3, 2, 1)
    await world.monitor.poll_once()
    incident = world.ledger.by_fingerprint["ab" * 16].id
    assert world.queue.woken == [incident, incident]


async def test_a_gap_is_kept_and_told_once_however_often_it_is_met() -> None:
    world = World()
    world.source.gap_list.append(Gap(world.source.name, world.time.ns, world.time.ns + 1, "too many", 12))
    await world.monitor.poll_once()
    await world.monitor.poll_once()
    assert list(await world.ledger.gaps()) == world.source.gap_list
    assert world.gaps == world.source.gap_list


async def test_a_line_later_than_the_overlap_is_found_by_the_sweep() -> None:
    world = World()
    await world.monitor.poll_once()
    world.push(5)
    for _ in range(40):
        world.time.pass_(seconds=10)
        await world.monitor.poll_once()
    await world.monitor.sweep_due()
    world.push(300)
    await world.monitor.poll_once()
    assert len(world.counted) == 1
    world.time.pass_(minutes=6)
    assert await world.monitor.sweep_due() == 1
    world.assert_all_counted_once()


async def test_a_sweep_reads_nothing_again_when_every_line_is_in_memory() -> None:
    world = World()
    await world.monitor.poll_once()
    world.push(1, 2, 3)
    await world.monitor.poll_once()
    world.time.pass_(minutes=6)
    await world.monitor.poll_once()
    reads = len(world.source.windows)
    await world.monitor.sweep_due()
    assert len(world.source.windows) == reads


async def test_a_sweep_after_a_restart_reads_each_minute_once_then_trusts_its_own_value() -> None:
    world = World()
    await world.monitor.poll_once()
    world.push(1, 61, 62, 63)
    await world.monitor.poll_once()
    world.source.extra_counts = {minute_key(at): 7 for at, _ in world.source.lines}  # Loki counts re-pushed lines twice
    world.time.pass_(minutes=6)
    await world.restarted().sweep_due()
    reads = len(world.source.windows)
    world.time.pass_(minutes=6)
    await world.monitor.sweep_due()
    assert len(world.source.windows) == reads
    world.assert_all_counted_once()


async def test_history_from_before_the_first_start_is_no_news_but_what_comes_into_it_later_is() -> None:
    world = World()
    world.push(*range(1_000, 4_000, 500))
    await world.monitor.poll_once()
    assert await world.monitor.sweep_due() == 0
    assert world.counted == []
    world.push(2_001)
    world.time.pass_(minutes=6)
    assert await world.monitor.sweep_due() >= 1
    assert any(str(world.source.lines[-1][0]) in text for text in world.counted)


async def test_a_line_that_arrives_while_a_minute_is_read_again_is_found_by_the_next_sweep() -> None:
    world = World(page_lines=1)
    await world.monitor.poll_once()
    world.time.pass_(minutes=10)
    world.push(500)
    await world.monitor.sweep_due()
    saved = dict(world.ledger.minutes[world.source.name])
    assert list(saved.values()) == [1]
    world.push(500.5)
    world.time.pass_(minutes=6)
    await world.monitor.sweep_due()
    world.assert_all_counted_once()


async def test_a_sweep_that_fails_is_due_again_and_a_finished_one_is_not() -> None:
    world = World()
    await world.monitor.poll_once()
    world.time.pass_(minutes=10)
    world.push(400)
    world.source.fail_before_page[1] = SourceUnavailable("gone")
    with pytest.raises(SourceUnavailable):
        await world.monitor.sweep_due()
    assert await world.monitor.sweep_due() == 1
    assert await world.monitor.sweep_due() == 0


async def test_a_source_that_cannot_count_is_not_swept() -> None:
    world = World()
    world.source.can_count = False
    await world.monitor.poll_once()
    assert await world.monitor.sweep_due() == 0


async def test_keys_are_kept_for_a_day_longer_than_the_deepest_sweep_reaches() -> None:
    world = World()
    world.push(1)
    await world.monitor.poll_once()
    for days, kept in ((7.5, 1), (1, 0)):
        world.time.pass_(days=days)
        await world.monitor.poll_once()
        await world.monitor.sweep_due()
        assert len(world.ledger.seen) == kept


async def test_a_backlog_older_than_the_sweeps_keeps_its_keys() -> None:
    world = World()
    world.push(1)
    await world.monitor.poll_once()
    world.time.pass_(days=20)
    await world.monitor.sweep_due()
    assert len(world.ledger.seen) == 1


async def test_failures_back_off_and_obey_the_server_and_settings_are_tried_each_minute() -> None:
    world = World()
    world.source.fail_before_page = {
        0: SourceUnavailable("busy", retry_after=30),
        1: SourceUnavailable("busy"),
        2: BadQuery("parse error"),
    }
    world.time.stop_after = 4
    pace = Pace(sleep=world.time.sleep, dice=random.Random(7))
    with pytest.raises(asyncio.CancelledError):
        await keep_doing("ticks", world.monitor.poll_once, pace, world.errors.append)
    assert world.time.slept[0] == 30
    assert 0 <= world.time.slept[1] <= 2
    assert world.time.slept[2:] == [60, 10]
    assert world.errors == ["unavailable", "unavailable", "bad_query"]


async def test_a_broken_ledger_ends_the_loop_and_with_it_the_daemon() -> None:
    world = World()
    world.source.fail_before_page[0] = LedgerBroken("not a database")
    with pytest.raises(ExceptionGroup) as ended:
        await world.monitor.run()
    assert ended.group_contains(LedgerBroken)


async def test_lag_is_told_before_and_after_a_tick() -> None:
    world = World()
    await world.monitor.poll_once()
    world.time.pass_(minutes=5)
    await world.monitor.poll_once()
    assert world.lags == [0, 0, 300, 0]


def test_the_memory_of_keys_forgets_whole_minutes_and_stays_bounded() -> None:
    recent = RecentKeys(max_keys=10)
    pages = [page_of([(minute * MINUTE_NS + i, f"{i}") for i in range(1, 5)]) for minute in range(6)]
    for page in pages:
        recent.add(page)
    assert len(recent.fresh(pages[0])) == 4
    assert len(recent.fresh(pages[5])) == 0
    assert sum(recent.known(minute_key(m * MINUTE_NS + 1)) for m in range(6)) <= 10


def test_a_line_that_stands_twice_on_a_page_is_taken_once() -> None:
    page = page_of([(5, "a"), (5, "a"), (6, "b")])
    assert RecentKeys().fresh(page).texts == ["a", "b"]


@pytest.mark.parametrize(
    ("at_ns", "key"), [(1, 60 * SECOND + 1), (60 * SECOND, 60 * SECOND + 1), (60 * SECOND + 1, 120 * SECOND + 1)]
)
def test_a_minute_ends_where_loki_ends_it(at_ns: int, key: int) -> None:
    assert minute_key(at_ns) == key
