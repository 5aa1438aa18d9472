"""The live API behind a real uvicorn: streams that are cut, sockets that decide, readers that do not read."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.live import Live
from api.sessions import COOKIE
from langraph.models.incident import Action
from langraph.ports import TimelineEntry
from tests.support.counter import ALICE, BOB, KEYS, CounterWorld, as_, assert_problem, counter_world
from tests.support.daemon_process import DaemonProcess
from tests.support.gitops import GitOps
from tests.support.servers import serve

UNKNOWN = "incident-20200101000000-abcdef"
SOON = 30  # seconds; on a quiet machine everything here comes within one, but for the drop of a reader


class Place:
    """A world that is served, and its address."""

    def __init__(self, world: CounterWorld, url: str) -> None:
        self.world = world
        self.url = url
        self.host = urlsplit(url).netloc

    async def note(self, incident_id: str, *whats: str) -> None:
        for what in whats:
            entry = TimelineEntry(self.world.clock.now(), what, {"n": "<b>&\n"})
            await self.world.ledger.update(incident_id, entry=entry)

    @asynccontextmanager
    async def events(
        self, path: str = "/api/events", *, last: int | None = None, **headers: str
    ) -> AsyncIterator["Events"]:
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=SOON, headers=headers) as client,
            client.stream("GET", path) as answer,
        ):
            yield Events(answer)

    def talk(self, *, origin: str | None = None, **headers: str) -> connect:
        return connect(f"ws://{self.host}/api/ws", origin=origin, additional_headers=headers, open_timeout=SOON)  # type: ignore[arg-type]  # an Origin is a NewType of str


class Events:
    """What a browser would make of a stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.last = 0
        self._lines = answer.aiter_lines()

    async def next(self) -> tuple[str, dict[str, Any]]:
        """Name and data of the next event."""
        name = data = ""
        async with asyncio.timeout(SOON):
            async for line in self._lines:
                field, _, value = line.partition(": ")
                if field == "id":
                    self.last = int(value)
                elif field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif not line and data:
                    return name, json.loads(data)
        raise EOFError

    async def rest(self) -> list[str]:
        """The lines with an event's name that still come; then the stream ends by itself."""
        async with asyncio.timeout(SOON):
            return [line async for line in self._lines if line.startswith("event: ")]

    async def begun(self) -> None:
        """Until the stream has said where it stands."""
        async with asyncio.timeout(SOON):
            async for line in self._lines:
                if not line:
                    return


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


async def told(talk: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(SOON):
        message: dict[str, Any] = json.loads(await talk.recv())
    return message


async def ask(talk: ClientConnection, **message: Any) -> dict[str, Any]:
    await talk.send(json.dumps(message))
    return await told(talk)


@asynccontextmanager
async def served(folder: Path, keys: Sequence[str] = ()) -> AsyncIterator[Place]:
    async with counter_world(folder, keys=keys) as world, serve(world.app) as url:
        yield Place(world, url)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with served(tmp_path) as made:
        yield made


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Place]:
    async with served(tmp_path, KEYS) as made:
        yield made


# --- server-sent events --------------------------------------------------------------------------------------------


async def test_events_come_as_they_happen_from_now_on(place: Place) -> None:
    incident_id = await place.world.opened()
    async with place.events() as events:
        assert events.answer.headers["content-type"] == "text/event-stream"
        assert events.answer.headers["cache-control"] == "no-store"
        await events.begun()
        await place.note(incident_id, "diagnosing")
        name, data = await events.next()
    assert name == "diagnosing"
    assert data == {
        "id": events.last,
        "incident": incident_id,
        "at": "2026-11-20T08:30:00Z",
        "what": "diagnosing",
        "detail": {"n": "<b>&\n"},
        "status": "detected",
    }


async def test_whoever_comes_back_gets_what_was_missed_and_nothing_twice(place: Place) -> None:
    incident_id = await place.world.opened()
    async with place.events("/api/events?after=0") as events:
        assert (await events.next())[0] == "opened"
    seen, last = ["opened"], events.last
    for visit in range(4):
        await place.note(incident_id, f"noted_{visit}_a", f"noted_{visit}_b")
        async with place.events("/api/events?after=0", last=last) as events:  # a browser repeats the address
            seen += [(await events.next())[0] for _ in range(1 + visit % 2)]
        last = events.last
    async with place.events(last=last) as events:
        while len(seen) < 9:
            seen.append((await events.next())[0])
    assert seen == ["opened", *(f"noted_{visit}_{part}" for visit in range(4) for part in "ab")]


async def test_a_stream_that_was_lost_before_the_first_event_knows_where_to_go_on(place: Place) -> None:
    incident_id = await place.world.opened()
    async with place.events() as events:
        line = [line async for line in _until_blank(events)]
    assert line[0] == "retry: 2000"
    start = int(line[1].removeprefix("id: "))
    await place.note(incident_id, "missed")
    async with place.events(last=start) as events:
        assert (await events.next())[0] == "missed"


async def _until_blank(events: Events) -> AsyncIterator[str]:
    async for line in events._lines:
        if not line:
            return
        yield line


@pytest.mark.parametrize("last", ["999999", "99999999999999999999999", "-1", "x", "%00"])
async def test_a_number_that_we_never_gave_starts_anew_and_says_so(place: Place, last: str) -> None:
    incident_id = await place.world.opened()
    async with place.events(**{"Last-Event-ID": last}) as events:
        name, data = await events.next()
        assert (name, data) == ("reset", {"after": 1})
        await place.note(incident_id, "later")
        assert (await events.next())[0] == "later"


async def test_events_of_one_incident_are_of_no_other(place: Place) -> None:
    one, two = await place.world.opened(app="grafana"), await place.world.opened(app="loki")
    async with place.events(f"/api/incidents/{two}/events?after=0") as events:
        assert (await events.next())[1]["incident"] == two
        await place.note(one, "elsewhere")
        await place.note(two, "here")
        assert (await events.next())[0] == "here"


async def test_of_an_unknown_incident_there_are_no_events(place: Place) -> None:
    async with httpx.AsyncClient(base_url=place.url, timeout=SOON) as client:
        assert_problem(await client.get(f"/api/incidents/{UNKNOWN}/events"), 404, "not-found")
        assert_problem(await client.get("/api/events?after=-1"), 422, "invalid-request")


async def test_a_stranger_gets_nothing(guarded: Place) -> None:
    incident_id = await guarded.world.opened()
    async with httpx.AsyncClient(base_url=guarded.url, timeout=SOON) as client:
        for path in ("/api/events", f"/api/incidents/{incident_id}/events"):
            assert_problem(await client.get(path), 401, "unauthenticated")
            assert_problem(await client.get(path, headers={"Cookie": f"{COOKIE}=x.1.y.z"}), 401, "unauthenticated")
    with pytest.raises(InvalidStatus, match="403"):
        async with guarded.talk():
            pass
    async with guarded.events(**as_(BOB)) as events:
        await events.begun()
        await guarded.note(incident_id, "seen")
        assert (await events.next())[0] == "seen"


async def test_beyond_so_many_streams_there_is_a_problem_and_later_room(place: Place) -> None:
    live: Live = place.world.app.state.live
    live._most = 1
    async with place.events() as events:
        await events.begun()
        async with httpx.AsyncClient(base_url=place.url, timeout=SOON) as client:
            assert_problem(await client.get("/api/events"), 503, "unavailable")
        with pytest.raises(InvalidStatus, match="503"):
            async with place.talk():
                pass
    await until(lambda: not live.listeners)
    async with place.events() as events:
        await events.begun()


async def test_of_many_readers_one_that_never_reads_costs_nothing_and_is_dropped(place: Place) -> None:
    incident_id = await place.world.opened()
    live: Live = place.world.app.state.live
    live.patience = timedelta(seconds=3)
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(("127.0.0.1", int(place.host.rpartition(":")[2])))
        stuck.sendall(f"GET /api/events?after=0 HTTP/1.1\r\nHost: {place.host}\r\n\r\n".encode())

        async def read() -> int:
            async with place.events("/api/events?after=0") as events:
                while events.last < 401:
                    await events.next()
                return events.last

        readers = [asyncio.create_task(read()) for _ in range(20)]
        detail = {"text": "x" * 30_000}  # 12 MB in all: more than sockets keep by themselves
        for number in range(400):
            entry = TimelineEntry(place.world.clock.now(), f"noted_{number}", detail)
            await place.world.ledger.update(incident_id, entry=entry)
        assert await asyncio.gather(*readers) == [401] * 20
        await until(lambda: not live.listeners)


# --- the web socket ------------------------------------------------------------------------------------------------


async def test_a_socket_tells_the_same_numbers_as_the_stream(place: Place) -> None:
    incident_id = await place.world.opened()
    async with place.talk() as talk, place.events("/api/events?after=0") as events:
        assert await ask(talk, type="subscribe", after=0) == {"type": "subscribed", "after": 0}
        await place.note(incident_id, "noted")
        for _ in range(2):
            _, data = await events.next()
            assert await told(talk) == {"type": "event", **data}


async def test_a_later_subscription_takes_the_place_of_the_first(place: Place) -> None:
    one, two = await place.world.opened(app="grafana"), await place.world.opened(app="loki")
    async with place.talk() as talk:
        assert (await ask(talk, type="subscribe"))["type"] == "subscribed"
        assert (await ask(talk, type="subscribe", incident=two)) == {"type": "subscribed", "after": 2}
        await place.note(one, "elsewhere")
        await place.note(two, "here")
        assert (await told(talk))["what"] == "here"
        assert (await ask(talk, type="subscribe", after=99))["type"] == "reset"
        unknown = await ask(talk, type="subscribe", incident=UNKNOWN)
        assert (unknown["type"], unknown["status"]) == ("problem", 404)


async def test_a_decision_over_the_socket_wins_or_loses_like_one_over_rest(guarded: Place) -> None:
    incident_id, proposal = await guarded.world.asked()
    decide = {"type": "decide", "incident": incident_id, "proposal_digest": proposal.digest}
    address = f"/api/incidents/{incident_id}/decision"
    async with guarded.talk(**as_(ALICE)) as talk, httpx.AsyncClient(base_url=guarded.url, timeout=SOON) as client:
        first = await ask(talk, **decide, request="one", action="approve", comment="go")
        assert (first["type"], first["request"]) == ("decided", "one")
        assert first["decision"]["by"] == "api:alice"
        again = await ask(talk, **decide, request="two", action="approve")
        assert again["decision"] == first["decision"]
        body = {"action": "reject", "proposal_digest": proposal.digest}
        rest = assert_problem(await client.post(address, json=body, headers=as_(BOB)), 409, "conflict")
        async with guarded.talk(**as_(BOB)) as other:
            lost = await ask(other, **decide, request="three", action="reject")
        assert lost == {
            "type": "problem",
            "request": "three",
            **{name: rest[name] for name in ("status", "title", "detail")},
        }
    standing = await guarded.world.ledger.decision(proposal.digest)
    assert standing is not None
    assert (standing.action, standing.by.id, standing.comment) == (Action.APPROVE, "api:alice", "go")


async def test_of_many_hands_at_once_one_wins(guarded: Place) -> None:
    incident_id, proposal = await guarded.world.asked()

    async def decide(number: int) -> str:
        who, action = ((ALICE, "approve"), (BOB, "reject"))[number % 2]
        asked = {"incident": incident_id, "proposal_digest": proposal.digest, "action": action}
        async with guarded.talk(**as_(who)) as talk:
            answer = await ask(talk, type="decide", request="r", **asked)
        return action if answer["type"] == "decided" else f"not {action}: {answer['status']}"

    said = await asyncio.gather(*(decide(number) for number in range(8)))
    assert len({one for one in said if not one.startswith("not")}) == 1
    assert {one for one in said if one.startswith("not")} < {"not approve: 409", "not reject: 409"}


GOOD = {"request": "r", "incident": UNKNOWN, "action": "approve", "proposal_digest": "0" * 64}


@pytest.mark.parametrize(
    ("message", "status", "says"),
    [
        ("{", 400, "not JSON"),
        ('{"type": NaN}', 400, "not JSON"),
        ("[" * 5000, 400, "not JSON"),
        ("[]", 422, ""),
        ("{}", 422, "type"),
        (json.dumps({"type": "shutdown"}), 422, "subscribe"),
        (json.dumps({"type": "subscribe", "after": "1"}), 422, "after"),
        (json.dumps({"type": "subscribe", "incident": "../etc"}), 422, "incident"),
        (json.dumps({"type": "subscribe", "x": 1}), 422, "not known"),
        (json.dumps({"type": "decide", **GOOD, "action": "expire"}), 422, "action"),
        (json.dumps({"type": "decide", **GOOD, "action": "modify"}), 422, "changes"),
        (json.dumps({"type": "decide", **GOOD}), 404, "no incident"),
    ],
)
async def test_what_does_not_fit_is_a_problem_and_the_socket_stays(
    place: Place, message: str, status: int, says: str
) -> None:
    async with place.talk() as talk:
        await talk.send(message)
        answer = await told(talk)
        assert (answer["type"], answer["status"]) == ("problem", status)
        assert says in answer["detail"]
        assert answer["request"] == ("r" if '"request"' in message else "")
        assert (await ask(talk, type="subscribe"))["type"] == "subscribed"


async def test_a_message_that_is_too_long_ends_the_socket(place: Place) -> None:
    async with place.talk() as talk:
        await talk.send(json.dumps({"type": "subscribe", "x": "가" * 30_000}))
        with pytest.raises(ConnectionClosed) as closed:
            await told(talk)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_page_of_another_site_gets_no_socket(place: Place) -> None:
    for origin in ("https://evil.example", "null"):
        with pytest.raises(InvalidStatus, match="403"):
            async with place.talk(origin=origin):
                pass
    async with place.talk(origin=place.url) as talk:
        assert (await ask(talk, type="subscribe"))["type"] == "subscribed"


async def _all_told(talk: ClientConnection) -> None:
    while True:
        await told(talk)


async def _session(place: Place) -> tuple[str, str]:
    """The cookie of somebody who signed in, and the token of their forms."""
    async with httpx.AsyncClient(base_url=place.url, timeout=SOON) as client:
        answer = await client.post("/login", data={"key": ALICE}, headers={"Origin": place.url})
        cookie = answer.cookies[COOKIE]
    session = place.world.app.state.sessions.read(cookie)
    return f"{COOKIE}={cookie}", session.csrf


async def test_with_a_session_a_socket_may_look_and_decides_with_the_token_only(guarded: Place) -> None:
    incident_id, proposal = await guarded.world.asked()
    cookie, csrf = await _session(guarded)
    decide = {
        "type": "decide",
        "request": "r",
        "incident": incident_id,
        "proposal_digest": proposal.digest,
        "action": "approve",
    }
    for origin in (None, "https://evil.example"):
        with pytest.raises(InvalidStatus, match="403"):
            async with guarded.talk(origin=origin, Cookie=cookie):
                pass
    async with guarded.talk(origin=guarded.url, Cookie=cookie) as talk:
        assert (await ask(talk, type="subscribe"))["type"] == "subscribed"
        for wrong in ({}, {"csrf": "0" * 64}, {"csrf": ""}):
            answer = await ask(talk, **decide, **wrong)
            assert (answer["type"], answer["status"]) == ("problem", 403)
        assert await guarded.world.ledger.decision(proposal.digest) is None
    async with guarded.talk(origin=guarded.url, Cookie=cookie) as talk:
        await ask(talk, type="subscribe", csrf=csrf)
        assert (await ask(talk, **decide))["decision"]["by"] == "api:alice"


async def test_a_session_that_is_over_ends_its_socket_and_its_stream(guarded: Place) -> None:
    await guarded.world.opened()
    cookie, _ = await _session(guarded)
    async with (
        guarded.talk(origin=guarded.url, Cookie=cookie) as talk,
        guarded.events(Cookie=cookie) as events,
    ):
        await events.begun()
        await ask(talk, type="subscribe")
        guarded.world.clock.pass_(hours=12)
        await guarded.world.opened(app="loki")  # rings
        with pytest.raises(ConnectionClosed) as closed:
            await _all_told(talk)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert len(await events.rest()) <= 1


# --- the end -------------------------------------------------------------------------------------------------------

UVICORN = ("-m", "uvicorn", "langraph.main:app", "--host", "127.0.0.1", "--port", "{port}")


@pytest.mark.parametrize("command", [("-m", "langraph.main"), UVICORN], ids=["langraph", "uvicorn"])
async def test_open_streams_do_not_hold_a_stop_up(tmp_path: Path, command: tuple[str, ...]) -> None:
    settings = {"GIT_REPO_PATH": GitOps(tmp_path, "cart").url, "LOG_FILES": str(tmp_path / "none.log")}
    daemon = DaemonProcess(settings, tmp_path, command)
    try:
        daemon.start()
        await asyncio.to_thread(daemon.wait_until_up)
        url = f"http://127.0.0.1:{daemon.port}"
        async with (
            httpx.AsyncClient(base_url=url, timeout=SOON, limits=httpx.Limits(max_connections=20)) as client,
            connect(f"ws://127.0.0.1:{daemon.port}/api/ws") as talk,
        ):
            streams = [await client.send(client.build_request("GET", "/api/events"), stream=True) for _ in range(10)]
            assert {one.status_code for one in streams} == {200}
            assert (await ask(talk, type="subscribe"))["type"] == "subscribed"
            assert await asyncio.to_thread(daemon.stop) < 20
            for one in streams:
                assert (await one.aread()).startswith(b"retry: ")  # ended whole, so a browser comes back
    finally:
        daemon.close()
