"""`langraph run`, `langraph demo`: the daemon, in front of a person."""

import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from types import FrameType

import click
import structlog
import uvicorn

from api.conversation import MAX_MESSAGE_BYTES
from api.counter import Counter
from langraph.config import logging as our_logging
from langraph.config.settings import Settings, load
from langraph.errors import BadSetting, LangraphError
from langraph.wiring import STOP_SECONDS, Lifetime, daemon, make_app, say

log = structlog.get_logger()

EXIT_BAD_INPUT = 2


@contextmanager
def errors_for_people() -> Iterator[None]:
    """One sentence on standard error, exit code 2, instead of a traceback."""
    try:
        yield
    except LangraphError as error:
        click.echo(f"langraph: {error}", err=True)
        raise SystemExit(EXIT_BAD_INPUT) from error


@click.command()
def run() -> None:
    """Start the daemon; with nothing configured, the demo."""
    with errors_for_people():
        settings = load()
    if settings.is_unconfigured:
        say("Nothing to watch is configured (LOKI_URL, PROMETHEUS_URL, LOG_FILES): this is the demo.")
        start_demo(settings)
    else:
        serve(settings)


@click.command()
def demo() -> None:
    """Start the daemon against a simulated cluster on this machine."""
    with errors_for_people():
        start_demo(load())


def start_demo(settings: Settings) -> None:
    """The daemon against a simulated cluster in this process."""
    from langraph.demo import demo as lifetime

    serve(settings, lifetime)


def serve(settings: Settings, lifetime: Lifetime = daemon) -> None:
    """Run the API with the daemon in its lifespan, until Ctrl-C or SIGTERM."""
    our_logging.configure(settings)
    with errors_for_people():
        listener = _listen(settings)
    if settings.listen_host != settings.api_host:
        say(f"API_KEYS is empty, so the API listens on this machine only ({settings.listen_host}).")
    refused: list[LangraphError] = []
    config = uvicorn.Config(
        make_app(settings, _remembering(lifetime, refused)),
        log_level="critical",
        timeout_graceful_shutdown=1,
        server_header=False,
        ws_max_size=MAX_MESSAGE_BYTES,
    )
    server = _Server(config)
    # uvicorn sends a signal it has obeyed once more, to whoever listened before: by then the stop is over.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with suppress(KeyboardInterrupt, SystemExit):  # uvicorn's own exit when the lifespan fails says nothing
        server.run([listener])
    with errors_for_people():
        for error in refused:
            raise error
    if not server.started:
        raise SystemExit(1)


def _remembering(lifetime: Lifetime, refused: list[LangraphError]) -> Lifetime:
    """The same lifetime; an error of ours that keeps it from starting is a sentence for people, not a traceback."""

    @asynccontextmanager
    async def remembering(settings: Settings) -> AsyncIterator[Counter]:
        try:
            async with lifetime(settings) as counter:
                yield counter
        except LangraphError as error:
            refused.append(error)
            raise
        except Exception as error:
            log.critical("langraph failed", error=str(error), exc_info=error)  # uvicorn would keep it to itself
            raise

    return remembering


def _listen(settings: Settings) -> socket.socket:
    """The API's socket.

    Raises:
        BadSetting: the address is taken, or not ours.
    """
    host, port = settings.listen_host, settings.api_port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # With the protocol named, asyncio turns Nagle's algorithm off, which costs 40 ms an answer.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise BadSetting(
            f"the API cannot listen on API_HOST={host} API_PORT={port} ({error.strerror}); set API_PORT to a free port"
        ) from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn that says where it listens, and does not outstay a stop."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.started:  # uvicorn would finish the start first; nothing has begun that a restart does not redo
            os._exit(0)
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            say(f"langraph is running: http://{host}:{port} (stop with Ctrl-C)")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A git command in a thread cannot be interrupted; what it does is safe to be cut (see docs/architecture.md).
        impatience = threading.Timer(STOP_SECONDS, os._exit, args=(0,))
        impatience.daemon = True
        impatience.start()
        await super().shutdown(sockets)
