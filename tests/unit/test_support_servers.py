"""The server that tests start around an app."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from tests.support.servers import serve, serve_in_thread


class App:
    """Answers `/`, never answers `/hang`, notes its lifespan."""

    def __init__(self) -> None:
        self.life: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for word in ("startup", "shutdown"):
                await receive()
                self.life.append(word)
                await send({"type": f"lifespan.{word}.complete"})
            return
        if scope["path"] == "/hang":
            await asyncio.Event().wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


def test_an_app_can_be_served_from_a_thread_and_is_gone_afterwards() -> None:
    app = App()
    with serve_in_thread(app) as url:
        assert httpx.get(url + "/").text == "hello"
        assert app.life == ["startup"]
    assert app.life == ["startup", "shutdown"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/")


async def test_a_request_that_hangs_does_not_delay_the_end() -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        async with serve(App()) as url:
            hanging = asyncio.create_task(client.get(url + "/hang"))
            assert (await client.get(url + "/")).text == "hello"
            ending = time.monotonic()
        assert time.monotonic() - ending < 30  # seconds; uvicorn's own shutdown would wait for ever
        (outcome,) = await asyncio.gather(hanging, return_exceptions=True)
    assert isinstance(outcome, httpx.RemoteProtocolError | httpx.ReadError)


async def test_many_small_answers_are_not_delayed_by_the_network_stack() -> None:
    async with serve(App()) as url, httpx.AsyncClient(timeout=60) as client:
        taken = []
        for _ in range(30):
            begun = time.monotonic()
            await client.get(url + "/")
            taken.append(time.monotonic() - begun)
        assert min(taken) < 0.03  # seconds; with Nagle's algorithm none takes less than 40 ms
