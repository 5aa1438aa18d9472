"""The counter as an ASGI application: routes, problems, the gate, the limit on bodies."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import problems
from api.auth import Gate
from api.body_limit import BodyLimit
from api.counter import Counter
from api.keys import ApiKeys
from api.openapi import EVERYWHERE, DescribedApp
from api.routes import alerts, health, incidents, pages, slack, switch

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
        async with open_counter() as counter:
            app.state.counter = counter
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
    problems.install(app)
    for routes in (health, incidents, alerts, switch, slack, pages):
        app.include_router(routes.router)
    app.add_middleware(BodyLimit)
    # Added last, so the outermost: nobody unknown is read from.
    app.add_middleware(Gate, keys=keys, slack=signed_by_slack)
    return app
