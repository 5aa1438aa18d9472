"""Wake-ups: coalesced, never two drives of one incident at a time, none lost."""

import asyncio

from services.event_queue import EventQueue


async def test_many_wakes_before_a_drive_are_one_drive() -> None:
    queue = EventQueue()
    for _ in range(3):
        queue.wake("a")
    assert await queue.take() == "a"
    assert len(queue) == 0


async def test_a_wake_during_a_drive_leads_to_one_more() -> None:
    queue = EventQueue()
    queue.wake("a")
    await queue.take()
    queue.wake("a")
    queue.wake("a")
    assert len(queue) == 0
    queue.done("a")
    assert await queue.take() == "a"
    queue.done("a")
    assert len(queue) == 0


async def test_others_go_on_while_one_is_driven() -> None:
    queue = EventQueue()
    queue.wake("a")
    queue.wake("b")
    assert [await queue.take(), await queue.take()] == ["a", "b"]


async def test_a_waiting_worker_gets_what_comes() -> None:
    queue = EventQueue()
    worker = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    queue.wake("a")
    assert await worker == "a"


async def test_the_wait_counts_from_the_first_wake() -> None:
    times, waits = iter([10.0, 11.0, 14.0]), []
    queue = EventQueue(waits.append, lambda: next(times))
    queue.wake("a")
    queue.wake("a")
    await queue.take()
    assert waits == [4.0]
