"""Slash commands: `/incidents list|<id>|trigger|halt|resume`, `/feedback <id>`; help on anything else."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from langraph.errors import BadInput, LangraphError, NotFound
from langraph.models.incident import Incident, Person, Severity, Status
from langraph.models.text import Text
from langraph.ports import IncidentFilter, Ingested
from langraph.texts import announcing
from langraph.texts import slack as say
from services.slack_client import blocks as make
from services.slack_client import message, modals
from services.slack_client.deciding import Ack, refusal_of
from services.slack_client.directory import Refused
from services.slack_client.message import Seen, incident_message
from services.slack_client.payload import Payload, value_of, word
from services.slack_client.questions import Questions
from services.slack_client.telling import Telling

log = structlog.get_logger()

PAGE = 10  # incidents on one page of the list
SEARCHED = 200  # newest incidents among which a shortened id is looked for
LIST_SECONDS = 1.5  # git may be fetching; then the list is the ledger's alone
NEXT_PAGE = "next_page"
FULL_ID = re.compile(r"incident-[0-9]{14}-[0-9a-f]{6}")
_UNQUOTED = re.compile(r"^[`'\"<\s]+|[`'\">\s]+$")


Verb = Callable[[Payload, Person, str, str], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Line:
    """One incident in the list."""

    id: str
    severity: str
    category: str
    app: str | None
    status: str


class Listing(Protocol):
    """The incidents, newest first, those included that only git remembers."""

    async def __call__(self, limit: int, after: str | None) -> tuple[Sequence[Line], str | None]:
        """A page, and the `after` of the next one. Raises: LangraphError."""
        ...


class Reception(Protocol):
    """Where a person's report is taken in. Durable when it returns."""

    async def trigger(self, log_text: str, log_source: str, *, app: str | None, namespace: str | None) -> Ingested: ...


class Feedback(Protocol):
    """Takes what somebody thinks. Raises: Conflict, NotFound."""

    async def __call__(self, incident_id: str, person: Person, recognition: str, action: str) -> object: ...


class Commands:
    """Handlers of the slash commands and of their windows.

    Args:
        questions: tells who people are; the kill switch.
        telling: answers that only one person sees.
        reception: takes reports.
        listing: None: the ledger's incidents only.
        feedback: None: not yet.
        locale: `en` or `ko`.
    """

    def __init__(
        self,
        questions: Questions,
        telling: Telling,
        reception: Reception,
        locale: str,
        *,
        listing: Listing | None = None,
        feedback: Feedback | None = None,
    ) -> None:
        self._questions = questions
        self._telling = telling
        self._reception = reception
        self._locale = locale
        self._listing = listing
        self._feedback = feedback

    # /incidents

    async def incidents(self, ack: Ack, body: Payload) -> None:
        """`/incidents ...`; everything it says is seen by this person only."""
        typed, _, rest = word(body, "text").strip().partition(" ")
        verbs: dict[str, Verb] = {
            "": self._help,
            "help": self._help,
            "list": self._list,
            "trigger": self._ask_report,
            "halt": self._halt,
            "resume": self._resume,
        }
        verb = verbs.get(typed.lower(), self._show)
        await self._answered(ack, body, lambda person: verb(body, person, typed, rest.strip()))

    async def _answered(self, ack: Ack, body: Payload, work: Callable[[Person], Awaitable[Mapping[str, Any]]]) -> None:
        answer: dict[str, Any] = {}

        async def all_of_it() -> None:
            answer.update(await work(await self._questions.person(body)))

        refusal = await refusal_of(all_of_it)
        found = answer if refusal is None else self._telling.answer(refusal)
        if found:
            await ack(response_type="ephemeral", **found)
        else:
            await ack()

    async def _help(self, *_: object) -> Mapping[str, Any]:
        return self._telling.answer(say.HELP)

    async def _list(self, *_: object) -> Mapping[str, Any]:
        return await self._page(None)

    async def next_page(self, ack: Ack, body: Payload) -> None:
        """The button below a list: the next page takes its place."""
        await ack()

        async def work() -> None:
            await self._questions.person(body)
            page = await self._page(value_of(body))
            await self._telling.respond(body, {"replace_original": True, "response_type": "ephemeral", **page})

        refusal = await refusal_of(work)
        if refusal is not None:
            await self._telling.only(body, refusal)

    async def _page(self, after: str | None) -> Mapping[str, Any]:
        lines, following = await self._lines(after)
        if not lines:
            return self._telling.answer(say.NONE_YET)
        text = "\n".join(self._line(line) for line in lines)
        found = [make.section(f"{say.LIST_HEAD.in_locale(self._locale)}\n{text}")]
        if following is not None:
            label = say.NEXT_PAGE.in_locale(self._locale)
            found.append(make.actions("pages", [make.button(label, NEXT_PAGE, following)]))
        return {"text": say.LIST_HEAD.in_locale(self._locale), "blocks": make.as_json(found)}

    async def _lines(self, after: str | None) -> tuple[Sequence[Line], str | None]:
        if self._listing is not None:
            try:
                async with asyncio.timeout(LIST_SECONDS):
                    return await self._listing(PAGE, after)
            except (LangraphError, TimeoutError) as error:
                log.warning("the list is the ledger's alone", error=str(error))
                after = None
        items, following = await self._questions.desk.ledger.incidents(IncidentFilter(), PAGE, after)
        lines = [Line(one.id, str(one.severity), str(one.category), one.app, str(one.status)) for one in items]
        return lines, following

    def _line(self, line: Line) -> str:
        status = announcing.STATUSES[Status(line.status)]
        severity = announcing.SEVERITIES[Severity(line.severity)].in_locale(self._locale)
        app = line.app or announcing.UNKNOWN.in_locale(self._locale)
        category = message.category_name(line.category)
        return say.listed(line.id, severity, category, app, status).in_locale(self._locale)

    async def _show(self, _body: Payload, _person: Person, typed: str, _rest: str) -> Mapping[str, Any]:
        """The incident as the channel sees it, without its buttons: what only one person sees is never updated."""
        ledger = self._questions.desk.ledger
        incident = await self._incident(_UNQUOTED.sub("", typed))
        digest = incident.proposal_digest
        seen = Seen(
            incident,
            await ledger.proposal(digest) if digest else None,
            await ledger.decision(digest) if digest else None,
            await ledger.timeline(incident.id),
            self._questions.desk.clock.now(),
        )
        post = incident_message(seen, self._locale)
        return {"text": post.text, "blocks": [block for block in post.blocks if block["type"] != "actions"]}

    async def _incident(self, typed: str) -> Incident:
        ledger = self._questions.desk.ledger
        try:
            if FULL_ID.fullmatch(typed):
                return await ledger.incident(typed)
            newest, _ = await ledger.incidents(IncidentFilter(), SEARCHED)
        except NotFound as error:
            raise Refused(say.no_such(typed)) from error
        fitting = [one for one in newest if len(typed) >= 4 and (one.id.endswith(typed) or typed in one.id)]
        if len(fitting) != 1:
            raise Refused(say.no_such(typed))
        return fitting[0]

    async def _halt(self, _body: Payload, person: Person, _word: str, rest: str) -> Mapping[str, Any]:
        await self._questions.turn(person, halt=True, reason=rest or "Slack")
        return self._telling.answer(say.HALTED)

    async def _resume(self, _body: Payload, person: Person, _word: str, rest: str) -> Mapping[str, Any]:
        await self._questions.turn(person, halt=False, reason=rest or "Slack")
        return self._telling.answer(say.RESUMED)

    # reports

    async def _ask_report(self, body: Payload, _person: Person, _word: str, _rest: str) -> Mapping[str, Any]:
        await self._telling.open(body, modals.trigger_modal(self._locale))
        return {}

    async def report(self, ack: Ack, body: Payload, view: Payload) -> None:
        """The window with a report comes back. Each one is one occurrence."""
        errors: dict[str, str] = {}
        ids: list[str] = []

        async def work() -> None:
            await self._questions.person(body)
            try:
                done = await self._reception.trigger(
                    modals.typed(view, modals.LOG_TEXT),
                    "slack",
                    app=modals.typed(view, modals.APP) or None,
                    namespace=modals.typed(view, modals.NAMESPACE) or None,
                )
            except BadInput as error:
                errors.update(modals.trigger_error(str(error)))
                return
            ids.extend((*done.opened, *done.touched))

        refusal = await refusal_of(work)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await self._say_in_window(ack, refusal or say.triggered(", ".join(ids)))

    # /feedback

    async def feedback(self, ack: Ack, body: Payload) -> None:
        """`/feedback <id>`."""

        async def work(_: Person) -> Mapping[str, Any]:
            typed = _UNQUOTED.sub("", word(body, "text"))
            if self._feedback is None:
                return self._telling.answer(say.FEEDBACK_LATER)
            if not typed:
                return self._telling.answer(say.HELP)
            incident = await self._incident(typed)
            await self._telling.open(body, modals.feedback_modal(incident.id, self._locale))
            return {}

        await self._answered(ack, body, work)

    async def take_feedback(self, ack: Ack, body: Payload, view: Payload) -> None:
        """The window with feedback comes back."""

        async def work() -> None:
            person = await self._questions.person(body)
            if self._feedback is None:
                raise Refused(say.FEEDBACK_LATER)
            incident_id = modals.remembered(view).get("incident", "")
            recognition, action = (modals.typed(view, name) for name in (modals.RECOGNITION, modals.ACTION_DONE))
            await self._feedback(incident_id, person, recognition, action)

        await self._say_in_window(ack, await refusal_of(work) or say.FEEDBACK_TAKEN)

    async def _say_in_window(self, ack: Ack, text: Text) -> None:
        view = modals.notice_modal(text.in_locale(self._locale), self._locale)
        await ack(response_action="update", view=view)
