"""A real Chromium without a window, spoken to by its debugging protocol."""

import asyncio
import itertools
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.debian import needs

PATIENCE = 60  # seconds; a cold start on a busy machine takes several


@dataclass(slots=True)
class Tab:
    """One page in it."""

    socket: ClientConnection
    console: list[str] = field(default_factory=list)
    """Errors that the page caused, refusals by its content policy included."""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def asks(self, method: str, **params: Any) -> dict[str, Any]:
        """One command, its result."""
        number = next(self._numbers)
        await self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(PATIENCE):
            while True:
                message = json.loads(await self.socket.recv())
                self._note(message)
                if message.get("id") == number:
                    assert "error" not in message, message
                    result: dict[str, Any] = message["result"]
                    return result

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.console.append(message["params"]["entry"]["text"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.console.append(json.dumps(message["params"]["exceptionDetails"])[:500])

    async def runs(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = await self.asks("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def opens(self, address: str) -> None:
        """Go there, wait until it is loaded."""
        await self.asks("Page.navigate", url=address)
        await self.sees(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(address)})")

    async def sees(self, script: str) -> None:
        """Wait until the expression is true; on the way from one page to the next it may fail."""
        script = f"(() => {{ try {{ return Boolean({script}) }} catch {{ return false }} }})()"
        async with asyncio.timeout(PATIENCE):
            while not await self.runs(script):  # noqa: ASYNC110  # only the page knows
                await asyncio.sleep(0.05)


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Tab]:
    """A browser with one empty tab; its profile lies in `folder`."""
    program = needs("chromium", "chromium")
    process = subprocess.Popen(
        [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", f"--user-data-dir={folder}", "--remote-debugging-port=0", "about:blank",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = await _port(folder)
        async with connect(await _address(port), max_size=None) as socket:
            tab = Tab(socket)
            for domain in ("Page", "Runtime", "Log"):
                await tab.asks(f"{domain}.enable")
            yield tab
    finally:
        process.kill()
        process.wait()


async def _port(folder: Path) -> int:
    """What Chromium has written down once it listens."""
    file = folder / "DevToolsActivePort"
    async with asyncio.timeout(PATIENCE):
        while not (file.exists() and file.read_text().strip()):  # noqa: ASYNC110  # only Chromium knows
            await asyncio.sleep(0.05)
    return int(file.read_text().splitlines()[0])


async def _address(port: int) -> str:
    import httpx

    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client, asyncio.timeout(PATIENCE):
        while True:  # it listens before it has its first tab
            tabs = (await client.get(f"http://127.0.0.1:{port}/json")).json()
            pages = [str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page"]
            if pages:
                return pages[0]
            await asyncio.sleep(0.05)
