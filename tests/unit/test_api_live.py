"""Following the timeline: nothing twice, nothing missing, bounded by whoever does not read."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.event_stream import HEARTBEAT, EventStream, as_event, opening, told
from api.live import PAGE, Full, Live
from langraph.errors import LedgerBusy
from langraph.models.incident import Status
from langraph.ports import Happening, Ledger

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ONE, TWO = "incident-20261120083000-00000a", "incident-20261120083000-00000b"
QUICK = timedelta(milliseconds=1)
LONG = timedelta(minutes=5)


async def until(holds: Callable[[], object]) -> None:
    """Gives way to everybody else until it holds; the test's own timeout ends a vain wait."""
    while True:
        if holds():
            return
        await asyncio.sleep(0)


class Timeline:
    """The part of a ledger that is followed; counts how often it is asked."""

    def __init__(self, rows: int = 0) -> None:
        self.rows: list[Happening] = []
        self.looks = 0
        self.reads: list[tuple[int, int]] = []
        self.busy = 0
        self.held: asyncio.Event | None = None
        """Once set, the next read is answered only then, with what was there when it was asked."""
        self.add(rows)

    def add(self, rows: int, incident_id: str = ONE) -> None:
        for _ in range(rows):
            number = len(self.rows) + 1
            self.rows.append(Happening(number, incident_id, AT, "noted", {"n": str(number)}, Status.DETECTED))

    async def latest_happening(self) -> int:
        self.looks += 1
        if self.busy:
            self.busy -= 1
            raise LedgerBusy("told so by the test")
        return len(self.rows)

    async def happenings(self, after: int, limit: int, incident_id: str | None = None) -> Sequence[Happening]:
        self.reads.append((after, limit))
        found = [row for row in self.rows[after:] if incident_id in (None, row.incident_id)][:limit]
        held, self.held = self.held, None
        await (held.wait() if held else asyncio.sleep(0))  # what is added meanwhile is not in it
        return found

    async def look_again(self) -> None:
        """Until two more looks began: the first of them is over then."""
        before = self.looks
        await until(lambda: self.looks >= before + 2)


def live_of(timeline: Timeline, **other: Any) -> Live:
    return Live(cast(Ledger, timeline), **{"look": QUICK, "heartbeat": LONG, **other})


async def numbers(live: Live, after: int, count: int, incident_id: str | None = None) -> list[int]:
    """The next `count` numbers that a reader sees who then leaves."""
    found: list[int] = []
    with live.listening():
        async with aclosing(live.follow(after, incident_id)) as pages:
            while len(found) < count:
                found += [row.number for row in await anext(pages)]
    return found


# --- following -----------------------------------------------------------------------------------------------------


async def test_a_reader_is_told_what_was_and_what_comes() -> None:
    timeline = Timeline(3)
    async with live_of(timeline) as live, asyncio.timeout(5):
        reading = asyncio.create_task(numbers(live, 1, 4))
        await until(lambda: len(timeline.reads) >= 2)
        timeline.add(2)
        assert await reading == [2, 3, 4, 5]


async def test_a_reader_of_one_incident_is_told_of_no_other() -> None:
    timeline = Timeline()
    for incident_id in (ONE, TWO, TWO, ONE):
        timeline.add(1, incident_id)
    async with live_of(timeline) as live, asyncio.timeout(5):
        assert await numbers(live, 0, 2, TWO) == [2, 3]


async def test_a_long_history_is_read_in_pages() -> None:
    timeline = Timeline(2 * PAGE + 1)
    async with live_of(timeline) as live, asyncio.timeout(5):
        assert await numbers(live, 0, 2 * PAGE + 1) == list(range(1, 2 * PAGE + 2))
    assert timeline.reads[:3] == [(0, PAGE), (PAGE, PAGE), (2 * PAGE, PAGE)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("note"), st.integers(1, PAGE + 5)),
            st.tuples(st.just("read"), st.integers(1, 10)),
            st.tuples(st.just("cut"), st.just(0)),
            st.tuples(st.just("turn"), st.integers(1, 5)),
        ),
        max_size=25,
    ),
    st.booleans(),
)
async def test_wherever_the_line_is_cut_nothing_is_missing_and_nothing_comes_twice(
    steps: list[tuple[str, int]], only_one: bool
) -> None:
    """Cuts, reads, new rows and turns of the event loop in any order; a reader comes back with the last number."""
    timeline = Timeline()
    seen: list[int] = []
    line: asyncio.Task[None] | None = None
    incident_id = ONE if only_one else None

    async def listen() -> None:
        with live.listening():
            async with aclosing(live.follow(seen[-1] if seen else 0, incident_id)) as pages:
                async for page in pages:
                    for row in page:
                        seen.append(row.number)
                        await asyncio.sleep(0)  # the line may be cut between two rows of a page

    async with live_of(timeline) as live, asyncio.timeout(20):
        for step, count in [*steps, ("note", 3)]:
            if step == "note":
                timeline.add(count, ONE)
                timeline.add(count, TWO)
            elif step == "cut" and line is not None:
                line.cancel()
                await asyncio.gather(line, return_exceptions=True)
                line = None
            else:
                line = line or asyncio.create_task(listen())
                for _ in range(count):
                    await asyncio.sleep(0)
        line = line or asyncio.create_task(listen())
        wanted = [row.number for row in timeline.rows if incident_id in (None, row.incident_id)]
        await until(lambda: len(seen) >= len(wanted))
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)
    assert seen == wanted


async def test_what_is_noted_while_a_reader_reads_is_not_missed() -> None:
    timeline = Timeline()
    timeline.held = held = asyncio.Event()
    async with live_of(timeline) as live, asyncio.timeout(5):
        reading = asyncio.create_task(numbers(live, 0, 1))
        await until(lambda: timeline.reads)
        timeline.add(1)
        await timeline.look_again()
        held.set()
        assert await reading == [1]


async def test_who_comes_later_does_not_share_a_read_that_began_before() -> None:
    timeline = Timeline()
    timeline.held = held = asyncio.Event()
    async with live_of(timeline) as live, asyncio.timeout(5):
        early = asyncio.create_task(numbers(live, 0, 1))
        await until(lambda: timeline.reads)
        timeline.add(1)
        await timeline.look_again()
        late = asyncio.create_task(numbers(live, 0, 1))
        await until(lambda: live.listeners == 2)
        held.set()
        assert await asyncio.gather(early, late) == [[1], [1]]


async def test_while_nobody_listens_nothing_is_asked_of_the_ledger() -> None:
    timeline = Timeline(1)
    async with live_of(timeline) as live, asyncio.timeout(5):
        assert not live.is_looking
        await numbers(live, 0, 1)
        assert not live.is_looking
        assert live.listeners == 0
        looks = timeline.looks
        await asyncio.sleep(0.01)  # ten looks, if somebody looked
        assert timeline.looks == looks


async def test_a_hundred_readers_at_one_place_are_one_read() -> None:
    timeline = Timeline()
    async with live_of(timeline) as live, asyncio.timeout(5):
        reading = [asyncio.create_task(numbers(live, 0, 1)) for _ in range(100)]
        await until(lambda: live.listeners == 100 and timeline.looks >= 3)
        timeline.reads.clear()
        timeline.add(1)
        assert await asyncio.gather(*reading) == [[1]] * 100
        assert len(timeline.reads) <= 2


async def test_more_than_so_many_are_not_served_until_somebody_leaves() -> None:
    async with live_of(Timeline(), most=2) as live:
        with live.listening(), live.listening():
            with pytest.raises(Full, match="ask again later"), live.listening():
                pass
            assert live.listeners == 2
        live.check_room()


async def test_a_ledger_that_is_busy_for_a_while_makes_events_late_and_loses_none() -> None:
    timeline = Timeline()
    timeline.busy = 3
    async with live_of(timeline) as live, asyncio.timeout(5):
        reading = asyncio.create_task(numbers(live, 0, 1))
        await until(lambda: timeline.looks >= 2)
        timeline.add(1)
        assert await reading == [1]


async def test_somebody_to_whom_nothing_happens_hears_a_heartbeat() -> None:
    async with live_of(Timeline(), heartbeat=QUICK) as live, asyncio.timeout(5):
        with live.listening():
            async with aclosing(live.follow(0)) as pages:
                assert [await anext(pages), await anext(pages)] == [(), ()]


async def test_a_stream_ends_with_the_session_that_opened_it() -> None:
    answers = iter([True, True, False])
    async with live_of(Timeline(1), heartbeat=QUICK) as live, asyncio.timeout(5):
        with live.listening():
            pages = [page async for page in live.follow(0, as_long_as=lambda: next(answers))]
    assert [len(page) for page in pages] == [1, 0]


# --- on the wire ---------------------------------------------------------------------------------------------------


def fields(event: bytes) -> dict[str, str]:
    """The fields of one server-sent event, split as a browser does: at any line break."""
    text = event.decode()
    assert text.endswith("\n\n")
    lines = text[:-2].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return {name: value.lstrip() for name, _, value in (line.partition(":") for line in lines)}


HOSTILE = "x\n\nid: 999\r\rdata: {}\r\nevent: reset\u2028\x00\ud800 </script>"


def test_an_event_says_what_happened_to_which_incident() -> None:
    event = fields(as_event(Happening(7, ONE, AT, "decided", {"by": "앨리스"}, Status.APPLYING)))
    assert (event["id"], event["event"]) == ("7", "decided")
    assert json.loads(event["data"]) == {
        "id": 7,
        "incident": ONE,
        "at": "2026-11-20T08:30:00Z",
        "what": "decided",
        "detail": {"by": "앨리스"},
        "status": "applying",
    }


def test_no_text_can_begin_a_field_of_its_own() -> None:
    event = fields(as_event(Happening(7, ONE, AT, HOSTILE, {HOSTILE: HOSTILE}, Status.FAILED)))
    assert (event["id"], event["event"], len(event)) == ("7", "happening", 3)
    assert json.loads(event["data"])["what"] == HOSTILE


@given(st.text(), st.text())
def test_whatever_the_words_an_event_has_three_fields(what: str, detail: str) -> None:
    event = fields(as_event(Happening(7, ONE, AT, what, {"x": detail}, Status.FAILED)))
    assert set(event) == {"id", "event", "data"}
    assert event["id"] == "7"


def test_a_stream_begins_with_where_it_stands() -> None:
    assert opening(12, is_reset=False) == b"retry: 2000\nid: 12\n\n"
    assert fields(opening(12, is_reset=True))["event"] == "reset"


def test_a_message_of_the_web_socket_has_the_same_number() -> None:
    assert told(Happening(7, ONE, AT, "opened", {}, Status.DETECTED))["id"] == 7


class Reader:
    """At the other end of a stream: keeps what is sent, or does not read at all."""

    def __init__(self, *, reads: bool = True) -> None:
        self.sent: list[bytes] = []
        self.events = 0
        self.is_over = False
        self.left = asyncio.Event()
        self._reads = reads

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.body" and not self._reads:
            await asyncio.Event().wait()
        self.sent.append(message.get("body", b""))
        self.events += self.sent[-1].count(b"\nevent: ")
        self.is_over = message["type"] == "http.response.body" and not message["more_body"]

    async def receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}


@asynccontextmanager
async def streaming(live: Live, *readers: Reader) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = []
    for reader in readers:
        stream = EventStream(live, opening(0, is_reset=False), live.follow(0))
        tasks.append(asyncio.create_task(stream({"type": "http"}, reader.receive, reader.send)))
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_of_a_hundred_readers_the_one_that_never_reads_disturbs_nobody_and_is_dropped() -> None:
    timeline = Timeline()
    stuck, others = Reader(reads=False), [Reader() for _ in range(99)]
    async with (
        live_of(timeline, patience=timedelta(milliseconds=100)) as live,
        streaming(live, stuck, *others) as tasks,
        asyncio.timeout(100),
    ):
        for _ in range(20):
            timeline.add(PAGE)
            await asyncio.sleep(0)
        await until(lambda: all(reader.events == 20 * PAGE for reader in others))
        await tasks[0]
        assert live.listeners == 99
        assert stuck.events == 0
        assert not any(task.done() for task in tasks[1:])


async def test_a_reader_who_leaves_makes_room() -> None:
    reader = Reader()
    async with live_of(Timeline()) as live, streaming(live, reader) as tasks, asyncio.timeout(5):
        await until(lambda: reader.sent)
        assert live.listeners == 1
        reader.left.set()
        await tasks[0]
        assert live.listeners == 0
        assert not live.is_looking


async def test_when_the_server_stops_every_stream_ends_whole() -> None:
    readers = [Reader() for _ in range(20)]
    async with live_of(Timeline(1)) as live, streaming(live, *readers) as tasks, asyncio.timeout(5):
        await until(lambda: all(reader.events for reader in readers))
        live.stop()
        await asyncio.gather(*tasks)
    assert all(reader.is_over for reader in readers)


async def test_an_idle_stream_beats() -> None:
    reader = Reader()
    async with live_of(Timeline(), heartbeat=QUICK) as live, streaming(live, reader), asyncio.timeout(5):
        await until(lambda: reader.sent.count(HEARTBEAT) >= 2)
    assert reader.events == 0
