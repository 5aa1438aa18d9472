"""What a person typed to decide: the fields of a modify with their bounds, each mistake at its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.counter import Counter
from api.pages.frame import Viewer
from api.pages.story import Known
from api.problems import kind_of
from api.schemas import MAX_COMMENT, MAX_VALUE
from langraph.errors import Conflict, LangraphError, Transient
from langraph.gathering import HISTORY
from langraph.models.incident import Proposal, Scalar, Status, ValueChange
from langraph.models.text import Text
from langraph.own_values import bounds_of, complaint
from langraph.ports import AppliedChange
from langraph.texts import page as say
from langraph.texts import slack as sw
from langraph.texts.refusing import text_of

MOST_FIELDS = 50  # values in one modify; a proposal has a handful


@dataclass(frozen=True, slots=True)
class Field:
    """One value that somebody may type."""

    name: str
    label: Text
    value: str
    hint: tuple[Text, ...]
    problem: Text | str | None = None
    file: str = ""
    is_chosen: bool = False
    """Of a question: whether this is the value that is meant."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a form did not do what it should, and what was typed into it."""

    status: int
    sentence: Text | str
    where: str
    """Which form: `approve`, `reject`, `modify`, `revert`, `feedback`, `remark`, `halt`, `resume`."""
    at: Mapping[str, Text | str] = field(default_factory=dict)
    """Sentences by the name of the field they are about."""
    typed: Mapping[str, str] = field(default_factory=dict)


def typed_values(form: Mapping[str, str], proposal: Proposal) -> dict[str, Scalar]:
    """New values by the change's key, as they were typed; of a question the chosen one alone."""
    return {
        change.key: form[f"change.{number}"].strip()
        for number, change in _meant(form, proposal)
        if f"change.{number}" in form
    }


def _shown_values(proposal: Proposal) -> Sequence[ValueChange]:
    return (proposal.options or proposal.changes)[:MOST_FIELDS]


def _meant(form: Mapping[str, str], proposal: Proposal) -> list[tuple[int, ValueChange]]:
    """The values that a form is about, with their numbers: all, or of a question the chosen one."""
    numbered = list(enumerate(_shown_values(proposal)))
    if not proposal.is_question:
        return numbered
    return [one for one in numbered if str(one[0]) == form.get("option")]


def comment_problem(text: str) -> Text | None:
    """Why a comment cannot be taken."""
    return say.TOO_LONG if len(text) > MAX_COMMENT or "\0" in text else None


async def fields(counter: Counter, found: Known, viewer: Viewer, refused: Refused | None) -> list[Field]:
    """A field for each value of the open proposal, filled with the proposed value or what was typed."""
    proposal = found.dossier.proposal if found.dossier else None
    if proposal is None or viewer.rules is None:
        return []
    history = await _history(counter)
    # What was typed for one proposal is not shown as if it had been typed for another.
    is_same = refused is not None and refused.typed.get("digest") == proposal.digest
    typed, at = (refused.typed, refused.at) if refused and is_same else ({}, {})
    now = counter.clock.now()
    out = []
    for number, change in enumerate(_shown_values(proposal)):
        name = f"change.{number}"
        label = sw.field_label(str(change.path[-1]), change.dotted)
        bounds = bounds_of(change, proposal, viewer.rules.policy, history, now)
        hint = (sw.now_is(change.old), *bounds)
        value, is_chosen = typed.get(name, _shown(change.new)), typed.get("option") == str(number)
        out.append(Field(name, label, value, hint, at.get(name), change.file, is_chosen))
    return out


async def problems_of(counter: Counter, form: Mapping[str, str], proposal: Proposal, viewer: Viewer) -> dict[str, Text]:
    """What speaks against each typed value by itself; the desk judges all of them together."""
    if viewer.rules is None:
        return {}
    history = await _history(counter)
    meant = _meant(form, proposal)
    found: dict[str, Text] = {} if meant else {"option": say.CHOICE_NEEDED}
    for number, change in meant:
        name = f"change.{number}"
        value = form.get(name, "").strip()
        if not value:
            found[name] = say.VALUE_NEEDED
        elif len(value) > MAX_VALUE or "\0" in value:
            found[name] = say.TOO_LONG
        elif (
            reason := complaint(change, value, proposal, viewer.rules.policy, history, counter.clock.now())
        ) is not None:
            found[name] = reason
    return found


async def explained(counter: Counter, error: LangraphError, found: Known, digest: str) -> tuple[Text, int]:
    """An error of the desk in words for this page, and the answer's status."""
    status = kind_of(error).status
    if isinstance(error, Conflict):
        return await _conflict(counter, error, found, digest), status
    return plainly(error), status


def plainly(error: LangraphError) -> Text:
    """An error as people read it on a page."""
    return say.TRY_LATER if isinstance(error, Transient) else text_of(error)


async def _conflict(counter: Counter, error: Conflict, found: Known, digest: str) -> Text:
    decision = await counter.ledger.decision(digest)
    if decision is not None:
        return sw.already_decided(decision.by.name, str(decision.action), decision.at)
    incident = await counter.ledger.incident(found.answer.id)
    if not incident.is_open:
        return sw.closed(incident.id, incident.status)
    if incident.proposal_digest != digest or incident.status is not Status.AWAITING_APPROVAL:
        return sw.replaced()
    proposal = await counter.ledger.proposal(digest)
    return sw.expired(proposal.expires_at) if counter.clock.now() >= proposal.expires_at else text_of(error)


def field_of(sentence: str, form: Mapping[str, str], proposal: Proposal) -> str:
    """The field that a sentence of the desk speaks of; the first that the form is about where it names none."""
    meant = _meant(form, proposal)
    for number, change in meant:
        if change.key in sentence or change.dotted in sentence:
            return f"change.{number}"
    return f"change.{meant[0][0]}" if meant else "option"


async def _history(counter: Counter) -> Sequence[AppliedChange]:
    return await counter.ledger.applied_changes(counter.clock.now() - HISTORY)


def _shown(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
