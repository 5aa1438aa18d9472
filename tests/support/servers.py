"""A real HTTP server around an ASGI app, for as long as a test needs it: loopback, any free port, gone at once.

    async with serve(app) as url: ...
    with serve_in_thread(app) as url: ...

Give `port` to come back where a server was before; between the two, connections are refused.
"""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.support.ports import free_port

CLOSE = "langraph.connection.close"
"""ASGI extension: a function in the scope that closes the connection without an answer."""


class _ClosingProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, which also lets the app hang up."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {CLOSE: self.transport.close}
        self.scope["extensions"] = extensions


@asynccontextmanager
async def serve(app: Any, *, port: int = 0) -> AsyncIterator[str]:
    """Run `app` with uvicorn in this event loop.

    Args:
        app: an ASGI application; its lifespan is run.
        port: 0 takes any free one.

    Returns:
        The base URL, without a slash at its end.
    """
    listener = _listen(port)
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, http=_ClosingProtocol, ws="websockets-sansio")
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await _stop(server, listener)


@contextmanager
def serve_in_thread(app: Any, *, port: int = 0) -> Iterator[str]:
    """As `serve`, in an event loop of its own thread, for tests that are not async or block."""
    started, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    found: list[str] = []

    async def run() -> None:
        try:
            async with serve(app, port=port) as url:
                found.append(url)
                started.set()
                await stop.wait()
        finally:
            started.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="served-app", daemon=True)
    thread.start()
    started.wait()
    try:
        if not found:
            raise RuntimeError("the app did not start; its error is in the thread's traceback")
        yield found[0]
    finally:
        if found:
            loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _listen(port: int) -> socket.socket:
    # Named so, asyncio switches Nagle's algorithm off; without, every chunked answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port or free_port()))  # a restart wants the same one back
    return listener


async def _stop(server: uvicorn.Server, listener: socket.socket) -> None:
    """Hang up on everybody; uvicorn's own shutdown would first wait for them."""
    for listening in server.servers:
        listening.close()
    listener.close()
    for connection in list(server.server_state.connections):
        if connection.transport is not None:
            connection.transport.abort()
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for listening in server.servers:
        await listening.wait_closed()
    await server.lifespan.shutdown()
