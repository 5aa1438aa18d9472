"""`/feedback <id>`: what somebody thinks of an incident while its workflow runs, or of its change afterwards."""

import asyncio
from collections.abc import Mapping
from typing import Any

from langraph.errors import BadInput
from langraph.feedback import Feedback
from langraph.models.incident import Incident, Person
from langraph.models.text import Text
from langraph.texts import slack as say
from langraph.texts.refusing import text_of
from services.slack_client import modals
from services.slack_client.answering import Answering, Errors
from services.slack_client.deciding import Ack
from services.slack_client.directory import Refused
from services.slack_client.finding import Finding, unquoted
from services.slack_client.payload import Payload, word
from services.slack_client.telling import Telling

GIT_SECONDS = 1.8  # of the three that Slack waits; only an incident that the ledger does not know is looked for in git


class FeedbackWindows:
    """Handlers of the command and of its two windows.

    Args:
        answering, telling: how people get their answer.
        finding: the incident they mean.
        feedback: keeps what they say.
        locale: `en` or `ko`.
    """

    def __init__(
        self, answering: Answering, telling: Telling, finding: Finding, feedback: Feedback, locale: str
    ) -> None:
        self._answering = answering
        self._telling = telling
        self._finding = finding
        self._feedback = feedback
        self._locale = locale

    async def ask(self, ack: Ack, body: Payload) -> None:
        """The command: the window that fits the incident's state."""

        async def work(_: Person) -> Mapping[str, Any]:
            typed = unquoted(word(body, "text"))
            if not typed:
                return self._telling.answer(say.FEEDBACK_WHICH)
            found = await self._finding.incident(typed)
            runs = isinstance(found, Incident) and found.is_open
            view = (modals.feedback_modal if runs else modals.negative_modal)(found.id, self._locale)
            await self._telling.open(body, view)
            return {}

        await self._answering.command(ack, body, work)

    async def remark(self, ack: Ack, body: Payload, view: Payload) -> None:
        """What somebody takes the fault for. Key: person and words."""

        async def work(person: Person) -> Errors:
            recognition, action = (modals.typed(view, name) for name in (modals.RECOGNITION, modals.WANTED_ACTION))
            try:
                await self._feedback.remark(_incident(view), person, recognition, action)
            except BadInput as error:
                return {modals.RECOGNITION: text_of(error).in_locale(self._locale)}
            return {}

        await self._answering.window(ack, body, work, _taken)

    async def negative(self, ack: Ack, body: Payload, view: Payload) -> None:
        """That a change was wrong. Key: incident, person and words."""

        async def work(person: Person) -> Errors:
            reason, expected = (modals.typed(view, name) for name in (modals.REASON, modals.EXPECTED))
            try:
                async with asyncio.timeout(GIT_SECONDS):
                    await self._feedback.negative(_incident(view), person, reason, expected)
            except BadInput as error:
                return {modals.REASON: text_of(error).in_locale(self._locale)}
            except TimeoutError as error:
                raise Refused(say.GIT_AWAY) from error
            return {}

        await self._answering.window(ack, body, work, _taken)


def _incident(view: Payload) -> str:
    return modals.remembered(view).get("incident", "")


def _taken() -> Text:
    return say.FEEDBACK_TAKEN
