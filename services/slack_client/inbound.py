"""Slack's requests on their way to the handlers: one Bolt app behind HTTP and behind Socket Mode."""

import logging
from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.slack_client import commands, message, modals
from services.slack_client.commands import Commands
from services.slack_client.deciding import Deciding
from services.slack_client.feedback import FeedbackWindows
from services.slack_client.guard import Guard
from services.slack_client.web import Web

log = structlog.get_logger()

Handler = Callable[..., Any]


def build_app(web: Web, deciding: Deciding, commands_: Commands, feedback: FeedbackWindows) -> AsyncApp:
    """The app with its handlers. Signatures are the guard's business; who people are, the handlers'."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=web.client.token)

    logger = logging.getLogger("langraph.slack")
    logger.setLevel(logging.ERROR)  # its warnings are about environment variables that we do not use
    app = AsyncApp(
        name="langraph",
        logger=logger,
        client=web.new_client(""),  # we speak by ourselves, with our own pacing
        authorize=authorize,
        signing_secret="",
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    for action_id, press in (
        (message.APPROVE, deciding.approve),
        (message.MENU, deciding.menu),
        (message.REVERT, deciding.revert),
        (message.REJECT, deciding.ask_reason),
        (message.MODIFY, deciding.ask_values),
        (commands.NEXT_PAGE, commands_.next_page),
    ):
        app.action(action_id)(_pressing(press))
    for callback_id, send in (
        (modals.REJECT, deciding.reject),
        (modals.MODIFY, deciding.modify),
        (modals.TRIGGER, commands_.report),
        (modals.FEEDBACK, feedback.remark),
        (modals.NEGATIVE, feedback.negative),
    ):
        app.view(callback_id)(_sending(send))
    app.command("/incidents")(_pressing(commands_.incidents))
    app.command("/feedback")(_pressing(feedback.ask))
    app.error(_failed)
    return app


def _pressing(handler: Handler) -> Handler:
    """Bolt hands arguments over by their names."""

    async def handle(ack: Any, body: dict[str, Any]) -> None:
        await handler(ack, body)

    return handle


def _sending(handler: Handler) -> Handler:
    async def handle(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        await handler(ack, body, view)

    return handle


async def _failed(error: Exception, response: BoltResponse | None) -> None:
    """A mistake of ours: the person sees that the app failed, the log says why, the body stays out of it.

    Without a response it was acknowledged before, and stays so.
    """
    log.error("a request from Slack failed", error=str(error), exc_info=error)
    if response is not None:
        response.status, response.body = 500, ""


class HttpDoor:
    """What the routes `/slack/events` and `/slack/commands` call."""

    def __init__(self, app: AsyncApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, request: Request) -> Response:
        """Let in what the guard lets in; Bolt's answer is the answer."""
        body = await request.body()
        refusal = self._guard.check(body, {name.lower(): value for name, value in request.headers.items()})
        if refusal is not None:
            log.warning("a request to Slack's address was refused", why=refusal.reason, bytes=len(body))
            return PlainTextResponse(refusal.reason, refusal.status)
        try:
            asked = AsyncBoltRequest(body=body.decode(), headers=dict(request.headers))
            answer = await self._app.async_dispatch(asked)
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            # Bolt reads a payload without looking what is in it; a handler's own errors do not come this way.
            log.warning("Slack sent what Bolt cannot read", error=f"{type(error).__name__}: {error}"[:200])
            return PlainTextResponse("cannot be read", 400)
        headers = {name: values[0] for name, values in answer.headers.items() if name.lower() != "content-length"}
        return Response(answer.body, answer.status, headers)
