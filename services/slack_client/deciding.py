"""What happens when somebody presses a button or sends a window: check, decide, acknowledge, in that order."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from langraph.errors import BadInput, EditRefused, LangraphError, PolicyDenied, Transient
from langraph.gathering import HISTORY
from langraph.models.incident import Action, Decision, Person
from langraph.models.text import Text
from langraph.rebuilding import others
from langraph.texts import slack as say
from langraph.texts.refusing import text_of
from services.slack_client import modals
from services.slack_client.directory import Refused
from services.slack_client.payload import Payload, channel_of, value_of
from services.slack_client.questions import Question, Questions
from services.slack_client.telling import Telling

log = structlog.get_logger()


class Ack(Protocol):
    """Bolt's: what it is given goes back to Slack as the answer."""

    async def __call__(self, **answer: Any) -> Any: ...


class Deciding:
    """Handlers of everything on an incident's message.

    Args:
        questions: where decisions go.
        telling: answers that only one person sees.
        locale: `en` or `ko`.
    """

    def __init__(self, questions: Questions, telling: Telling, locale: str) -> None:
        self._questions = questions
        self._telling = telling
        self._locale = locale

    # buttons that decide

    async def approve(self, ack: Ack, body: Payload) -> None:
        """Approve. Key: the proposal's digest."""
        await self._decided(ack, body, Action.APPROVE, value_of(body))

    async def menu(self, ack: Ack, body: Payload) -> None:
        """The menu behind the dots: approve, and revert by itself when it does not help."""
        await self._decided(ack, body, Action.APPROVE, value_of(body), auto_revert=True)

    async def _decided(
        self, ack: Ack, body: Payload, action: Action, digest: str, *, auto_revert: bool = False
    ) -> None:
        async def work() -> None:
            person = await self._questions.person(body)
            await self._questions.decide(person, digest, action, auto_revert=auto_revert)

        await self._then_ack(ack, body, work)

    async def revert(self, ack: Ack, body: Payload) -> None:
        """Take back a change that did not help. Key: the proposal's digest."""

        async def work() -> None:
            await self._questions.revert(await self._questions.person(body), value_of(body))

        await self._then_ack(ack, body, work)

    async def _then_ack(self, ack: Ack, body: Payload, work: Callable[[], Awaitable[None]]) -> None:
        """Acknowledged only after the work is durable; a refusal is told to whoever pressed."""
        refusal = await refusal_of(work)
        await ack()
        if refusal is not None:
            await self._telling.only(body, refusal)

    # buttons that open a window

    async def ask_reason(self, ack: Ack, body: Payload) -> None:
        """Opens the window that asks why it is rejected."""

        async def work() -> None:
            question = await self._asked(body, Action.REJECT)
            view = modals.reject_modal(question.proposal.digest, channel_of(body), self._locale)
            await self._telling.open(body, view)

        await self._after_ack(ack, body, work)

    async def ask_values(self, ack: Ack, body: Payload) -> None:
        """Opens the window with the changed values, or with those to choose from."""

        async def work() -> None:
            question = await self._asked(body, Action.MODIFY)
            desk, now = self._questions.desk, self._questions.desk.clock.now()
            rules = await desk.rulebook.known()
            history = others(await desk.ledger.applied_changes(now - HISTORY), question.incident.id)
            window = modals.choose_modal if question.proposal.is_question else modals.modify_modal
            view = window(question.proposal, channel_of(body), rules.policy, history, now, self._locale)
            await self._telling.open(body, view)

        await self._after_ack(ack, body, work)

    async def _asked(self, body: Payload, action: Action) -> Question:
        """Nobody fills in a window for nothing."""
        question = await self._questions.question(value_of(body))
        await self._questions.allowed(await self._questions.person(body), question, action)
        return question

    async def _after_ack(self, ack: Ack, body: Payload, work: Callable[[], Awaitable[None]]) -> None:
        """Nothing is decided by opening a window, so Slack need not wait for it."""
        await ack()
        refusal = await refusal_of(work)
        if refusal is not None:
            await self._telling.only(body, refusal)

    # windows that come back

    async def reject(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Reject, with a reason or none. Key: the proposal's digest."""

        async def work() -> None:
            person = await self._questions.person(body)
            digest = modals.remembered(view).get("digest", "")
            await self._questions.decide(person, digest, Action.REJECT, comment=modals.typed(view, modals.REASON))

        refusal = await refusal_of(work)
        await self._close(ack, refusal)

    async def modify(self, ack: Ack, body: Payload, view: Payload) -> None:
        """Decide with the person's own values; a value that is not allowed is said at its field."""
        decided: list[Decision] = []
        errors: dict[str, str] = {}

        async def work() -> None:
            person = await self._questions.person(body)
            digest = modals.remembered(view).get("digest", "")
            errors.update(await self._modified(person, digest, view, decided))

        refusal = await refusal_of(work)
        if refusal is None and errors:
            await ack(response_action="errors", errors=errors)
            return
        await self._close(ack, refusal)
        if decided and await self._waits_again(decided[0]):
            await self._telling.only(_with_channel(body, view), say.ASK_AGAIN)

    async def _modified(self, person: Person, digest: str, view: Payload, decided: list[Decision]) -> dict[str, str]:
        """The errors at the fields; empty when it is decided. Raises: Refused."""
        desk, now = self._questions.desk, self._questions.desk.clock.now()
        proposal = await desk.ledger.proposal(digest)
        values = modals.modified_values(view, proposal)
        rules = await desk.rulebook.known()
        history = others(await desk.ledger.applied_changes(now - HISTORY), proposal.incident_id)
        errors = modals.field_errors(values, proposal, rules.policy, history, now, self._locale)
        if errors:
            await self._questions.question(digest)  # too late is said first
            return errors
        try:
            decided.append(
                await self._questions.decide(
                    person,
                    digest,
                    Action.MODIFY,
                    comment=modals.typed(view, modals.NOTE),
                    changes=values,
                    auto_revert=modals.is_ticked(view, modals.OPTIONS),
                )
            )
        except (BadInput, PolicyDenied, EditRefused) as error:
            return modals.error_at_field(text_of(error), proposal, self._locale)
        return {}

    async def _waits_again(self, decision: Decision) -> bool:
        replaced = decision.replaced_by
        return replaced is not None and await self._questions.desk.ledger.decision(replaced) is None

    async def _close(self, ack: Ack, refusal: Text | None) -> None:
        """The window closes; with a refusal it says so instead."""
        if refusal is None:
            await ack()
            return
        view = modals.notice_modal(refusal.in_locale(self._locale), self._locale)
        await ack(response_action="update", view=view)


async def refusal_of(work: Callable[[], Awaitable[None]]) -> Text | None:
    """What to tell somebody whose wish was not done; None when it was."""
    try:
        await work()
    except Refused as refused:
        return refused.text
    except Transient as error:
        log.warning("something from Slack could not be done now", error=str(error))
        return say.NOT_NOW
    except LangraphError as error:
        return text_of(error)
    return None


def _with_channel(body: Payload, view: Payload) -> Payload:
    return {**body, "channel": {"id": modals.remembered(view).get("channel", "")}}
