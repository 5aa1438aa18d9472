"""Answers that only one person sees: a sentence below the message, a window, a page of a list."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog

from langraph.errors import ChannelUnavailable
from langraph.models.text import Text
from langraph.texts import slack as say
from services.slack_client import blocks as make
from services.slack_client.directory import Refused
from services.slack_client.escaping import inert
from services.slack_client.payload import Payload, channel_of, user_of, word
from services.slack_client.web import Web

log = structlog.get_logger()

SENTENCE_CHARS = 1_500


class Telling:
    """Tells single people.

    Args:
        web: the open Web API.
        locale: `en` or `ko`.
    """

    def __init__(self, web: Web, locale: str) -> None:
        self._web = web
        self._locale = locale

    def answer(self, text: Text) -> dict[str, Any]:
        """One sentence as the fields of an answer; nothing in it can be formatted."""
        said = text.in_locale(self._locale)
        return {"text": inert(said, SENTENCE_CHARS), "blocks": make.as_json([make.section(said, SENTENCE_CHARS)])}

    async def only(self, body: Payload, text: Text) -> None:
        """A sentence for whoever sent `body`. One that cannot be delivered is logged: what was decided stands."""
        user = user_of(body)
        try:
            await self._web.call("chat.postEphemeral", channel=channel_of(body), user=user, **self.answer(text))
        except ChannelUnavailable as error:
            if not await self.respond(body, {"response_type": "ephemeral", **self.answer(text)}):
                log.warning("somebody could not be told", user=user, error=str(error))

    async def respond(self, body: Payload, answer: Mapping[str, Any]) -> bool:
        """To the address that came with `body`, which works also where we are no member. False: not delivered."""
        url = word(body, "response_url")
        if not url:
            return False
        try:
            async with self._web.session.post(url, json=dict(answer)) as sent:
                return sent.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("a response address did not answer", error=str(error))
            return False

    async def open(self, body: Payload, view: Mapping[str, Any]) -> None:
        """A window in front of whoever sent `body`; Slack opens it within three seconds of their click, or never.

        Raises:
            Refused: it did not open.
        """
        try:
            await self._web.call("views.open", trigger_id=word(body, "trigger_id"), view=dict(view))
        except ChannelUnavailable as error:
            log.warning("a window did not open", error=str(error))
            raise Refused(say.NO_MODAL) from error
