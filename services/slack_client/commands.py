"""The slash command `/incidents list|<id>|trigger|halt|resume`; help on anything else."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from langraph.errors import BadInput, LangraphError
from langraph.models.incident import Person, Severity, Status
from langraph.ports import IncidentFilter, Ingested
from langraph.texts import announcing
from langraph.texts import slack as say
from langraph.texts.refusing import text_of
from services.slack_client import blocks as make
from services.slack_client import message, modals
from services.slack_client.answering import Answering, Errors
from services.slack_client.deciding import Ack, refusal_of
from services.slack_client.finding import Finding, Kept, unquoted
from services.slack_client.message import Seen, incident_message
from services.slack_client.payload import Payload, value_of, word
from services.slack_client.questions import Questions
from services.slack_client.recorded import recorded_post
from services.slack_client.telling import Telling

log = structlog.get_logger()

PAGE = 10  # incidents on one page of the list
LIST_SECONDS = 1.5  # git may be fetching; then the list is the ledger's alone
NEXT_PAGE = "next_page"

Verb = Callable[[Payload, Person, str, str], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Line:
    """One incident in the list; None for what a record in git does not say."""

    id: str
    severity: Severity | None
    category: str | None
    app: str | None
    status: Status | None


class Listing(Protocol):
    """The incidents, newest first, those included that only git remembers."""

    async def __call__(self, limit: int, after: str | None) -> tuple[Sequence[Line], str | None]:
        """A page, and the `after` of the next one. Raises: LangraphError."""
        ...


class Reception(Protocol):
    """Where a person's report is taken in. Durable when it returns."""

    async def trigger(self, log_text: str, log_source: str, *, app: str | None, namespace: str | None) -> Ingested: ...


class Commands:
    """Handlers of the slash commands and of their windows.

    Args:
        questions: tells who people are; the kill switch.
        telling, answering: answers that only one person sees.
        finding: the incident that somebody means.
        reception: takes reports.
        locale: `en` or `ko`.
        listing: None: the ledger's incidents only.
    """

    def __init__(
        self,
        questions: Questions,
        telling: Telling,
        answering: Answering,
        finding: Finding,
        reception: Reception,
        locale: str,
        *,
        listing: Listing | None = None,
    ) -> None:
        self._questions = questions
        self._telling = telling
        self._answering = answering
        self._finding = finding
        self._reception = reception
        self._locale = locale
        self._listing = listing

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
        await self._answering.command(ack, body, lambda person: verb(body, person, typed, rest.strip()))

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
        lines = [Line(one.id, one.severity, str(one.category), one.app, one.status) for one in items]
        return lines, following

    def _line(self, line: Line) -> str:
        unknown = announcing.UNKNOWN.in_locale(self._locale)
        status = announcing.UNKNOWN if line.status is None else announcing.STATUSES[line.status]
        severity = unknown if line.severity is None else announcing.SEVERITIES[line.severity].in_locale(self._locale)
        app = line.app or unknown
        category = unknown if line.category is None else message.category_name(line.category)
        return say.listed(line.id, severity, category, app, status).in_locale(self._locale)

    async def _show(self, _body: Payload, _person: Person, typed: str, _rest: str) -> Mapping[str, Any]:
        """The incident as the channel sees it, without its buttons: what only one person sees is never updated."""
        ledger = self._questions.desk.ledger
        incident = await self._finding.incident(unquoted(typed))
        if isinstance(incident, Kept):
            kept = recorded_post(incident, self._locale)
            return {"text": kept.text, "blocks": kept.blocks}
        digest = incident.proposal_digest
        seen = Seen(
            incident,
            await ledger.proposal(digest) if digest else None,
            await ledger.decision(digest) if digest else None,
            await ledger.timeline(incident.id),
            self._questions.desk.clock.now(),
            await ledger.revert_request(digest) if digest else None,
        )
        post = incident_message(seen, self._locale)
        return {"text": post.text, "blocks": [block for block in post.blocks if block["type"] != "actions"]}

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
        ids: list[str] = []

        async def work(_: Person) -> Errors:
            try:
                done = await self._reception.trigger(
                    modals.typed(view, modals.LOG_TEXT),
                    "slack",
                    app=modals.typed(view, modals.APP) or None,
                    namespace=modals.typed(view, modals.NAMESPACE) or None,
                )
            except BadInput as error:
                return modals.trigger_error(text_of(error), self._locale)
            ids.extend((*done.opened, *done.touched))
            return {}

        await self._answering.window(ack, body, work, lambda: say.triggered(", ".join(ids)))
