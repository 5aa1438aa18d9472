"""Starts the simulated Loki, Prometheus and cluster on loopback, moves them with the clock, and stops them."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import uvicorn

from langraph.errors import BadSetting, Transient
from services.sandbox.apps import ALL_APPS
from services.sandbox.cluster import Script, SimulatedCluster
from services.sandbox.loki import SimulatedLoki
from services.sandbox.prometheus import SimulatedPrometheus
from services.sandbox.rules import DEMO_RULES
from services.sandbox.scripted_apps import MakeApp
from services.sandbox.slack import SimulatedSlack

HOST = "127.0.0.1"  # never reachable from outside: it answers anybody
TICK_SECONDS = 1.0  # of the apps' time
SHORTEST_TICK_SECONDS = 0.05  # of the clock: a higher speed makes longer steps instead
STOP_SECONDS = 0.5  # for answers under way; the whole stop takes less than a second

ReadHead = Callable[[str], Awaitable[bytes | None]]
"""A file at the head of the GitOps branch by its path; None where there is none. May raise Transient."""


class Sandbox:
    """The whole simulated world; use it as an asynchronous context manager.

    Args:
        read_head: how the simulated GitOps controller reads the branch.
        loki_port, prometheus_port: 0 takes a free one.
        slack: served too, on a free port; None: there is no Slack.
        script: what happens and how fast.
        apps: who lives in the cluster.
        clock: tests turn its hands.
    """

    def __init__(
        self,
        read_head: ReadHead,
        *,
        loki_port: int = 0,
        prometheus_port: int = 0,
        slack: SimulatedSlack | None = None,
        script: Script | None = None,
        apps: Sequence[MakeApp] = ALL_APPS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.script = script or Script()
        self.loki = SimulatedLoki(lambda: int(clock().timestamp() * 1000) * 1_000_000)
        self.prometheus = SimulatedPrometheus(clock, DEMO_RULES)
        self.cluster = SimulatedCluster(self._file, self.loki.push, self.prometheus, self.script, apps)
        self.slack = slack
        self._read_head = read_head
        self._clock = clock
        self._ports = (loki_port, prometheus_port) if slack is None else (loki_port, prometheus_port, 0)
        self._files: dict[str, bytes | None] = {}
        self._servers: list[_Server] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def loki_url(self) -> str:
        return self._servers[0].url

    @property
    def prometheus_url(self) -> str:
        return self._servers[1].url

    async def __aenter__(self) -> Self:
        await self._tick()
        apps: tuple[Any, ...] = (self.loki, self.prometheus, *(() if self.slack is None else (self.slack,)))
        sockets = _listen(self._ports)
        self._servers = [_Server(app, sock) for app, sock in zip(apps, sockets, strict=True)]
        if self.slack is not None:
            self.slack.url = self._servers[-1].url
        self._tasks = [asyncio.create_task(server.serve([server.socket])) for server in self._servers]
        self._tasks.append(asyncio.create_task(self._live()))
        for server in self._servers:
            await server.ready.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.should_exit = True
        *serving, living = self._tasks
        living.cancel()
        await asyncio.wait(serving, timeout=STOP_SECONDS)
        for server in self._servers:
            server.break_off()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            server.socket.close()
        for result in results:
            if isinstance(result, Exception):  # a cluster that stopped moving must not look like a healthy one
                raise result

    def _file(self, path: str) -> bytes | None:
        return self._files.get(path)

    async def _live(self) -> None:
        """Tick for ever; a repository that cannot be read now leaves the cluster as it was."""
        while True:
            await asyncio.sleep(max(TICK_SECONDS / self.script.speed, SHORTEST_TICK_SECONDS))
            await self._tick()

    async def _tick(self) -> None:
        for path in self.cluster.files:
            with contextlib.suppress(Transient):
                self._files[path] = await self._read_head(path)
        self.cluster.tick(self._clock())


class _Server(uvicorn.Server):
    """A uvicorn server on a socket of ours that leaves the process's signals alone: they belong to the daemon."""

    def __init__(self, app: Any, sock: socket.socket) -> None:
        config = uvicorn.Config(
            app, lifespan="off", log_level="critical", access_log=False, log_config=None, ws="websockets-sansio"
        )
        super().__init__(config)
        self.socket = sock
        self.url = f"http://{HOST}:{sock.getsockname()[1]}"
        self.ready = asyncio.Event()

    def break_off(self) -> None:
        """End the answers that are still under way, hanging ones by design, and their connections."""
        self.force_exit = True
        for task in self.server_state.tasks:
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(ports: tuple[int, ...]) -> list[socket.socket]:
    """Listening sockets on loopback.

    Raises:
        BadSetting: a port is taken or forbidden.
    """
    sockets: list[socket.socket] = []
    for port in ports:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sockets.append(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port))
        except (OSError, OverflowError) as cause:
            for opened in sockets:
                opened.close()
            raise BadSetting(
                f"the sandbox cannot listen on {HOST}:{port} ({cause}); choose another port or 0"
            ) from cause
        sock.setblocking(False)
    return sockets
