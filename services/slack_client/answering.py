"""How whoever typed a command or sent a window gets their answer: at a field, in the window, or for their eyes only."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from langraph.models.incident import Person
from langraph.models.text import Text
from services.slack_client import modals
from services.slack_client.deciding import Ack, refusal_of
from services.slack_client.payload import Payload
from services.slack_client.questions import Questions
from services.slack_client.telling import Telling

Errors = Mapping[str, str]
"""A sentence by the field it belongs to; empty when there is nothing wrong."""


class Answering:
    """Answers that Slack waits for: they go back with the acknowledgement, after the work is durable.

    Args:
        questions: tells who people are.
        telling: makes sentences harmless.
        locale: `en` or `ko`.
    """

    def __init__(self, questions: Questions, telling: Telling, locale: str) -> None:
        self._questions = questions
        self._telling = telling
        self._locale = locale

    async def command(self, ack: Ack, body: Payload, work: Callable[[Person], Awaitable[Mapping[str, Any]]]) -> None:
        """A slash command: what `work` returns is what this person sees, an empty answer nothing."""
        answer: dict[str, Any] = {}

        async def all_of_it() -> None:
            answer.update(await work(await self._questions.person(body)))

        refusal = await refusal_of(all_of_it)
        found = answer if refusal is None else self._telling.answer(refusal)
        if found:
            await ack(response_type="ephemeral", **found)
        else:
            await ack()

    async def window(
        self, ack: Ack, body: Payload, work: Callable[[Person], Awaitable[Errors]], done: Callable[[], Text]
    ) -> None:
        """A window that came back: errors at its fields, or one sentence in its place."""
        errors: dict[str, str] = {}

        async def all_of_it() -> None:
            errors.update(await work(await self._questions.person(body)))

        refusal = await refusal_of(all_of_it)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        sentence = (refusal or done()).in_locale(self._locale)
        await ack(response_action="update", view=modals.notice_modal(sentence, self._locale))
