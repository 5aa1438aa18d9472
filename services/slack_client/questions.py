"""The decision desk as somebody in Slack meets it: whoever they are, whatever is too late, in one sentence."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from langraph import policy
from langraph.decisions import Desk, Said
from langraph.errors import Conflict, Forbidden, LangraphError, NotFound, Transient
from langraph.models.incident import Action, Decision, Incident, Person, Proposal, Scalar, Status
from langraph.models.text import Text
from langraph.rulebook import Rules
from langraph.slack_groups import groups_in, with_members
from langraph.texts import slack as say
from langraph.texts.refusing import text_of
from services.slack_client.directory import Directory, Refused
from services.slack_client.payload import Payload, enterprise_of, part, team_of, user_of

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _AtHand:
    """Rules that were completed for one decision."""

    rules: Rules

    async def known(self) -> Rules:
        return self.rules


@dataclass(frozen=True, slots=True)
class Question:
    """A proposal that somebody is asked about."""

    incident: Incident
    proposal: Proposal


class Questions:
    """Decisions out of Slack.

    Args:
        desk: where they are made.
        directory: tells who people are.
    """

    def __init__(self, desk: Desk, directory: Directory) -> None:
        self.desk = desk
        self._directory = directory

    async def person(self, body: Payload) -> Person:
        """Whoever sent this payload. Raises: Refused."""
        team_id = team_of(body)
        if team_id and part(body, "user").get("team_id", team_id) != team_id:
            raise Refused(say.OTHER_WORKSPACE)  # somebody from elsewhere in a channel that is shared
        return await self._directory.person(user_of(body), team_id, enterprise_of(body))

    async def question(self, digest: str) -> Question:
        """What is asked, while it can still be answered. Raises: Refused, with who decided or why it is too late."""
        incident, proposal = await self._known(digest)
        too_late = await self._too_late(incident, proposal)
        if too_late is not None:
            raise Refused(too_late)
        return Question(incident, proposal)

    async def _too_late(self, incident: Incident, proposal: Proposal) -> Text | None:
        standing = await self.desk.ledger.decision(proposal.digest)
        if standing is not None:
            return say.already_decided(standing.by.name, str(standing.action), standing.at)
        if proposal.expires_at <= self.desk.clock.now():
            return say.expired(proposal.expires_at)
        if incident.is_open and incident.proposal_digest != proposal.digest:
            return say.replaced()
        if incident.status is not Status.AWAITING_APPROVAL:
            return say.closed(incident.id, incident.status)
        return None

    async def allowed(self, person: Person, question: Question, action: Action) -> None:
        """Whether this person may; before a window is opened for them. Raises: Refused."""
        rules, unknown = await self._rules()
        why = _why_not(person, question.proposal, action, rules)
        if why is not None:
            raise Refused(_with_doubt(say.refused(why.en), say.refused(why.ko), unknown))

    async def decide(
        self,
        person: Person,
        digest: str,
        action: Action,
        *,
        comment: str = "",
        changes: Mapping[str, Scalar] | None = None,
        auto_revert: bool = False,
    ) -> Decision:
        """Make it the decision; durable when this returns. Key: the proposal's digest.

        Raises:
            Refused: too late, or not allowed; in words for this person.
            BadInput, PolicyDenied, EditRefused: a modified value; whoever typed it should see it.
        """
        question = await self._asked_or_repeated(person, digest, action)
        rules, unknown = await self._rules()
        desk = replace(self.desk, rulebook=_AtHand(rules))
        said = Said(question.incident.id, action, digest, person, comment, changes or {}, auto_revert)
        try:
            return await desk.decide(said)
        except Forbidden as error:
            why = text_of(error)
            raise Refused(_with_doubt(say.refused(why.en), say.refused(why.ko), unknown)) from error
        except Conflict as error:
            text = await self._too_late(question.incident, question.proposal)
            raise Refused(text or text_of(error)) from error
        except Transient as error:
            raise Refused(say.NOT_NOW) from error

    async def _asked_or_repeated(self, person: Person, digest: str, action: Action) -> Question:
        """A double click is no mistake to be told of: the same person saying the same again."""
        try:
            return await self.question(digest)
        except Refused:
            if not DIGEST.fullmatch(digest):
                raise
            standing = await self.desk.ledger.decision(digest)
            if standing is None or (standing.by.id, standing.action) != (person.id, action):
                raise
            proposal = await self.desk.ledger.proposal(digest)
            return Question(await self.desk.ledger.incident(proposal.incident_id), proposal)

    async def revert(self, person: Person, digest: str) -> None:
        """Have a committed change taken back; durable when this returns. Key: the proposal's digest.

        Raises:
            Refused: not allowed, too late, or somebody else was first; in words for this person.
        """
        incident_id = await self._changed_by(digest)
        rules, unknown = await self._rules()
        desk = replace(self.desk, rulebook=_AtHand(rules))
        try:
            await desk.revert(incident_id, person)
        except Forbidden as error:
            why = text_of(error)
            raise Refused(_with_doubt(say.refused(why.en), say.refused(why.ko), unknown)) from error
        except Transient as error:
            raise Refused(say.NOT_NOW) from error
        except LangraphError as error:
            raise Refused(text_of(error)) from error

    async def _known(self, digest: str) -> tuple[Incident, Proposal]:
        """What a button's digest stands for. Raises: Refused."""
        if not DIGEST.fullmatch(digest):
            raise Refused(say.UNREADABLE)
        try:
            proposal = await self.desk.ledger.proposal(digest)
            incident = await self.desk.ledger.incident(proposal.incident_id)
        except NotFound as error:
            raise Refused(say.UNREADABLE) from error
        except Transient as error:
            raise Refused(say.NOT_NOW) from error
        return incident, proposal

    async def _changed_by(self, digest: str) -> str:
        """The incident whose present proposal it is; a button of an older one takes nothing back."""
        incident, _ = await self._known(digest)
        if incident.proposal_digest != digest:
            raise Refused(say.UNREADABLE)
        return incident.id

    async def turn(self, person: Person, *, halt: bool, reason: str) -> None:
        """The kill switch. Raises: Refused."""
        rules, unknown = await self._rules()
        desk = replace(self.desk, rulebook=_AtHand(rules))
        try:
            await (desk.halt if halt else desk.resume)(person, reason)
        except Forbidden as error:
            why = text_of(error)
            raise Refused(_with_doubt(say.refused(why.en), say.refused(why.ko), unknown)) from error
        except Transient as error:
            raise Refused(say.NOT_NOW) from error

    async def _rules(self) -> tuple[Rules, list[str]]:
        """The rules with the members of their groups; and the groups that Slack did not tell about."""
        try:
            rules = await self.desk.rulebook.known()
        except Transient as error:
            raise Refused(say.NOT_NOW) from error
        except LangraphError as error:
            raise Refused(text_of(error)) from error
        groups = sorted(groups_in(rules))
        found = await asyncio.gather(*(self._directory.members(group) for group in groups))
        members = {group: people for group, people in zip(groups, found, strict=True) if people is not None}
        return with_members(rules, members), [group for group in groups if group not in members]


def _why_not(person: Person, proposal: Proposal, action: Action, rules: Rules) -> Text | None:
    """The policy's sentence in both languages; None when the person may."""
    listed = rules.catalogue.approvers_of(proposal.blast.files)
    weakens = proposal.blast.weakens_guardrail and action is not Action.REJECT
    verdict = policy.may_decide(person, rules.policy, listed, weakens_guardrail=weakens)
    return verdict.reason if isinstance(verdict, policy.Deny) else None


def _with_doubt(en: Text, ko: Text, unknown: list[str]) -> Text:
    if not unknown:
        return Text(en.en, ko.ko)
    doubt = say.group_unknown(", ".join(unknown))
    return Text(f"{en.en} {doubt.en}", f"{ko.ko} {doubt.ko}")
