"""A Loki to state facts about: ours in this process, or a real one named by `LANGRAPH_TEST_LOKI_URL`."""

import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.sandbox.loki import LokiConfig, SimulatedLoki
from tests.support.servers import serve

REAL_URL = os.environ.get("LANGRAPH_TEST_LOKI_URL", "").rstrip("/")
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
Line = tuple[int, str] | tuple[int, str, Mapping[str, str]]


@dataclass
class LokiUnderTest:
    """One server and the ways in which tests talk to it; its data carries a label of its own."""

    client: httpx.AsyncClient
    simulated: SimulatedLoki | None = None
    """None for a real server: no faults, no options, no clock."""
    now: Callable[[], int] = time.time_ns
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sim(self) -> SimulatedLoki:
        assert self.simulated is not None, "this statement needs the simulated server"
        return self.simulated

    def selector(self, **labels: str) -> str:
        """The selector of this run's streams, narrowed."""
        return "{" + ",".join(f'{k}="{v}"' for k, v in {"r": self.run, **labels}.items()) + "}"

    async def push(self, lines: Sequence[Line], **labels: str) -> httpx.Response:
        """Push lines of one stream."""
        stream = {"stream": {"app": "contract", "r": self.run, **labels}}
        values = [[str(line[0]), line[1], *([dict(line[2])] if len(line) == 3 else [])] for line in lines]
        return await self.client.post(
            "/loki/api/v1/push", json={"streams": [{**stream, "values": values}]}, headers=self.headers
        )

    async def get(self, path: str, headers: Mapping[str, str] | None = None, **params: Any) -> httpx.Response:
        return await self.client.get(f"/loki/api/v1/{path}", params=params, headers={**self.headers, **(headers or {})})

    async def page(self, start: int, end: int, query: str = "", **params: Any) -> list[tuple[int, str]]:
        """Lines of one page, forward unless told otherwise, as (ns, text) in result order."""
        asked = {"direction": "forward", "limit": 5000, **params}
        answer = await self.get("query_range", query=query or self.selector(), start=start, end=end, **asked)
        assert answer.status_code == 200, answer.text
        found = [(int(v[0]), v[1]) for stream in answer.json()["data"]["result"] for v in stream["values"]]
        return sorted(found, key=lambda line: line[0], reverse=asked["direction"] == "backward")

    async def result(self, path: str, query: str, **params: Any) -> list[dict[str, Any]]:
        """The `result` of a successful answer."""
        answer = await self.get(path, query=query, **params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found


@asynccontextmanager
async def simulated_loki(
    config: LokiConfig | None = None, now: Callable[[], int] = time.time_ns, **headers: str
) -> AsyncIterator[LokiUnderTest]:
    """Our server, served over HTTP."""
    loki = SimulatedLoki(now, config)
    async with serve(loki) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield LokiUnderTest(client, loki, now, headers=headers)


@asynccontextmanager
async def any_loki() -> AsyncIterator[LokiUnderTest]:
    """The real server when one is named, ours otherwise."""
    if not REAL_URL:
        async with simulated_loki() as loki:
            yield loki
        return
    async with httpx.AsyncClient(base_url=REAL_URL, timeout=30) as client:
        yield LokiUnderTest(client)


def just_now(loki: LokiUnderTest) -> int:
    """A minute ago, on a whole minute's start: old enough to be past, young enough to be seen."""
    return (loki.now() - 2 * MINUTE) // MINUTE * MINUTE


async def push_counted(loki: LokiUnderTest, count: int, at: int, step: int = 1, **labels: str) -> None:
    answer = await loki.push([(at + i * step, f"line {i}") for i in range(count)], **labels)
    assert answer.status_code == 204, answer.text
