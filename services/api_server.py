"""The counter as an ASGI application: routes, problems, the gate, the limit on bodies, the tokens of forms."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from importlib.metadata import version
from types import FrameType

from fastapi import FastAPI

from api import problems
from api.auth import Gate
from api.body_limit import BodyLimit
from api.counter import Counter
from api.csrf import CsrfGuard
from api.keys import ApiKeys
from api.live import Live
from api.openapi import EVERYWHERE, DescribedApp
from api.routes import (
    alerts,
    events,
    feedback,
    health,
    incidents,
    learning,
    page_actions,
    pages,
    session,
    slack,
    static,
    switch,
)
from api.sessions import Sessions

OpenCounter = Callable[[], AbstractAsyncContextManager[Counter]]
"""Starts whatever stands behind the counter, stops it at the end."""


def build_app(open_counter: OpenCounter, *, keys: ApiKeys, signed_by_slack: bool = False) -> FastAPI:
    """The application; `open_counter` is entered when the server starts, left when it stops.

    Args:
        open_counter: gives the counter; a daemon that runs beside the API is started in here.
        keys: who may ask; without any, this machine only.
        signed_by_slack: whether Slack's requests are let through to the counter, which checks their signature.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_counter() as counter, Live(counter.ledger) as live:
            app.state.counter = counter
            app.state.live = live
            app.state.sessions = Sessions(keys, counter.session_key, counter.clock)
            with _told_of_the_end(live.stop):
                yield

    app = DescribedApp(
        title="langraph",
        summary="Finds the cause of incidents, proposes the smallest change, commits what people approve.",
        version=version("langraph"),
        lifespan=lifespan,
        docs_url=None,  # ours loads no script from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # a redirect is built from the Host header, which anybody may choose
        responses=EVERYWHERE,
        generate_unique_id_function=lambda route: route.name,
    )
    problems.install(app, pages.nothing_here)
    for routes in (health, incidents, events, feedback, learning, alerts, switch, slack, session):
        app.include_router(routes.router)
    for routes in (pages, page_actions, static):
        app.include_router(routes.router)
    app.add_middleware(CsrfGuard)
    app.add_middleware(BodyLimit)
    # Added last, so the outermost: nobody unknown is read from.
    app.add_middleware(Gate, keys=keys, slack=signed_by_slack)
    return app


@contextmanager
def _told_of_the_end(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` as soon as somebody stops the process.

    An application hears of that only after the server has waited for every open answer, and a stream of events has
    no end of its own. The server's own handlers go on being called.
    """
    if threading.current_thread() is not threading.main_thread():  # only there may handlers be set
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    ours = [number for number, handler in before.items() if callable(handler)]  # else the process just ends
    for number in ours:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) is heard:
                signal.signal(number, before[number])
