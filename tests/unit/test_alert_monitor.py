"""What fires, what is gone, what is only not seen for a moment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from langraph.alertmanager import AlertSnapshot
from langraph.errors import LedgerBusy, SourceUnavailable
from langraph.models.incident import Alert
from services.alert_monitor import AlertMonitor
from tests.support.fake_ledger import FakeLedger
from tests.support.fake_logs import EveryLine, RememberingQueue
from tests.support.virtual_time import START, VirtualTime

DOWN = Alert("TargetDown", True, {"alertname": "TargetDown", "job": "shop"}, {}, START, "prometheus")


class World:
    def __init__(self) -> None:
        self.time = VirtualTime()
        self.ledger = FakeLedger()
        self.queue = RememberingQueue()
        self.now: AlertSnapshot | Exception = AlertSnapshot(())
        self.monitor = self.restarted()

    def restarted(self) -> AlertMonitor:
        self.monitor = AlertMonitor("prometheus", self, self.ledger, EveryLine(), self.queue, self.time)
        return self.monitor

    async def snapshot(self) -> AlertSnapshot:
        if isinstance(self.now, Exception):
            raise self.now
        return self.now

    async def poll(self, *firing: Alert, quiet: tuple[Alert, ...] = (), **later: float) -> int:
        self.time.pass_(**later)
        self.now = AlertSnapshot(firing, quiet)
        return await self.monitor.poll_once()

    async def firing(self) -> bool | None:
        known = await self.ledger.alerts_of(self.ledger.by_fingerprint["ab" * 16].id)
        return any(known.values()) if known else None


async def test_an_alert_that_fires_is_counted_once_however_often_it_is_polled_and_across_restarts() -> None:
    world = World()
    assert await world.poll(DOWN) == 1
    assert await world.poll(DOWN, seconds=10) == 0
    world.restarted()
    assert await world.poll(DOWN, seconds=10) == 0
    assert len(world.ledger.counted) == 1
    assert len(world.ledger.batches) == 1
    assert len(world.queue.woken) == 1


async def test_an_alert_that_is_gone_for_long_enough_is_resolved_and_wakes_its_incident() -> None:
    world = World()
    await world.poll(DOWN)
    assert await world.poll(seconds=10) == 0
    assert await world.poll(seconds=100) == 0
    assert await world.firing() is True
    assert await world.poll(seconds=20) == 1
    assert await world.firing() is False
    assert len(world.queue.woken) == 2
    assert await world.poll(seconds=10) == 0


async def test_an_alert_that_comes_back_in_time_was_never_resolved() -> None:
    world = World()
    await world.poll(DOWN)
    await world.poll(seconds=10)
    await world.poll(DOWN, seconds=60)
    await world.poll(seconds=60)
    assert await world.poll(seconds=100) == 0
    assert await world.firing() is True


async def test_a_pending_or_silenced_alert_is_neither_new_nor_over() -> None:
    world = World()
    assert await world.poll(quiet=(DOWN,)) == 0
    await world.poll(DOWN)
    for _ in range(10):
        assert await world.poll(quiet=(replace(DOWN, firing=False),), minutes=1) == 0
    assert await world.firing() is True


async def test_an_answer_that_did_not_come_is_not_an_absence() -> None:
    world = World()
    await world.poll(DOWN)
    world.now = SourceUnavailable("partial")
    for _ in range(5):
        world.time.pass_(minutes=5)
        with pytest.raises(SourceUnavailable):
            await world.monitor.poll_once()
    assert await world.poll(minutes=5) == 0
    assert await world.firing() is True


async def test_an_alert_that_resolved_while_we_were_down_is_found_by_what_the_ledger_knows() -> None:
    world = World()
    await world.poll(DOWN)
    world.restarted()
    await world.poll(hours=1)
    assert await world.poll(minutes=3) == 1
    assert await world.firing() is False


async def test_the_same_rule_that_fires_anew_is_a_new_occurrence() -> None:
    world = World()
    await world.poll(DOWN)
    later = replace(DOWN, starts_at=DOWN.starts_at + timedelta(minutes=1))
    assert await world.poll(later, minutes=1) == 1
    assert len(world.ledger.counted) == 2


async def test_an_alert_that_is_no_fault_costs_one_write_not_one_each_poll() -> None:
    world = World()
    watchdog = replace(DOWN, name="Watchdog", labels={"alertname": "Watchdog"})
    for _ in range(3):
        await world.poll(watchdog, seconds=10)
    assert len(world.ledger.batches) == 1
    assert world.ledger.counted == []


async def test_a_busy_ledger_concludes_nothing() -> None:
    world = World()
    world.ledger.busy = 1
    with pytest.raises(LedgerBusy):
        await world.poll(DOWN)
    assert await world.poll(DOWN, seconds=10) == 1
