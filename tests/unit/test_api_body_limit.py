"""How much is read of a body, and for how long."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.body_limit import BodyLimit

MOST = 100


class Exchange:
    """One request through the limit: what the app saw, what the client got."""

    def __init__(self, parts: Sequence[bytes], *, path: str = "/api/x", method: str = "POST", length: str = "") -> None:
        self.scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": []}
        if length:
            self.scope["headers"] = [(b"content-length", length.encode())]
        self.coming = [
            {"type": "http.request", "body": part, "more_body": index + 1 < len(parts)}
            for index, part in enumerate(parts)
        ]
        self.seen: bytes | None = None
        self.sent: list[Any] = []
        self.stalls = False

    async def receive(self) -> Any:
        if self.coming:
            return self.coming.pop(0)
        if self.stalls:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def app(self, _scope: Any, receive: Any, _send: Any) -> None:
        self.seen = (await receive())["body"]
        assert (await receive())["type"] == "http.disconnect"

    async def run(self, patience: timedelta = timedelta(seconds=5)) -> None:
        limit = BodyLimit(self.app, most=MOST, most_at={"/api/alerts": 10 * MOST}, patience=patience)
        await limit(self.scope, self.receive, self.send)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=6))
def test_a_body_arrives_whole_or_not_at_all(parts: list[bytes]) -> None:
    exchange = Exchange(parts)
    asyncio.run(exchange.run())
    whole = b"".join(parts)
    assert exchange.seen == (whole if len(whole) <= MOST else None)
    assert len(whole) <= MOST or exchange.status == 413


async def test_an_announced_length_is_believed_before_anything_is_read() -> None:
    exchange = Exchange([b"x"], length=str(MOST + 1))
    await exchange.run()
    assert exchange.status == 413
    assert len(exchange.coming) == 1
    assert exchange.seen is None
    assert (b"connection", b"close") in exchange.sent[0]["headers"]
    assert json.loads(exchange.sent[1]["body"])["type"] == "urn:langraph:problem:too-large"


@pytest.mark.parametrize("length", ["-1", "many", "٩٩٩٩", "1e9"])
async def test_a_length_that_is_no_number_is_not_believed(length: str) -> None:
    exchange = Exchange([b"x"], length=length)
    await exchange.run()
    assert exchange.seen == b"x"


async def test_alerts_may_be_longer() -> None:
    exchange = Exchange([b"x" * MOST, b"y" * MOST], path="/api/alerts")
    await exchange.run()
    assert exchange.seen == b"x" * MOST + b"y" * MOST


async def test_a_client_that_stalls_is_given_up() -> None:
    exchange = Exchange([b"x"])
    exchange.coming[0]["more_body"] = True
    exchange.stalls = True
    await exchange.run(patience=timedelta(milliseconds=5))
    assert exchange.status == 408
    assert exchange.seen is None


async def test_a_client_that_hangs_up_half_way_is_not_answered() -> None:
    exchange = Exchange([b"x"])
    exchange.coming[0]["more_body"] = True
    await exchange.run()
    assert exchange.sent == []
    assert exchange.seen is None


async def test_a_request_without_a_body_is_not_waited_for() -> None:
    exchange = Exchange([b"x" * 10 * MOST], method="GET")
    await exchange.run()
    assert exchange.seen == b"x" * 10 * MOST
