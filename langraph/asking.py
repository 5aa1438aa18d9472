"""A question in place of a proposal: which of several values is meant, where only a person can know. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from langraph.errors import BadInput
from langraph.models.incident import BlastRadius, FileEdit, Proposal, Scalar, ValueChange
from langraph.models.text import Text
from langraph.texts import proposing as say

MOST_OPTIONS = 10  # to choose from; who is shown more will choose none


def question(reason: Text, each: Sequence[Proposal]) -> Proposal:
    """One question out of the proposals of which one is right.

    Args:
        reason: why it could not be determined.
        each: a proposal for each place, one change each; at least one.
    """
    options = tuple(one.changes[0] for one in each[:MOST_OPTIONS])
    edits = {edit.path: replace(edit, after=edit.before) for one in each for edit in one.edits}
    first = each[0]
    app = first.blast.apps[0] if first.blast.apps else ""
    cause = Text(first.explanation.en.split("\n")[0], first.explanation.ko.split("\n")[0])
    return replace(
        first,
        changes=(),
        edits=tuple(edits.values()),
        diff="",
        revert_diff="",
        action=say.choose(app, names_of(options)),
        explanation=say.join(cause, reason, *(say.option(one.dotted, one.file, one.old, one.new) for one in options)),
        blast=BlastRadius(
            files=tuple(dict.fromkeys(option.file for option in options)),
            apps=tuple(dict.fromkeys(name for one in each for name in one.blast.apps)),
            restarts_pods=any(one.blast.restarts_pods for one in each),
            weakens_guardrail=any(one.blast.weakens_guardrail for one in each),
        ),
        options=options,
    )


def answered(proposal: Proposal, values: Mapping[str, Scalar]) -> Proposal:
    """The question's proposal with the options that a person named; any other proposal as it is.

    Raises:
        BadInput: none of the options is named.
    """
    if not proposal.is_question:
        return proposal
    meant = tuple(option for option in proposal.options if option.key in values or option.dotted in values)
    if not meant:
        unknown = say.choose_one(names_of(proposal.options))
        raise BadInput(unknown.en, ko=unknown.ko)
    return replace(
        proposal,
        changes=meant,
        edits=_of(proposal.edits, meant),
        blast=replace(proposal.blast, files=tuple(dict.fromkeys(change.file for change in meant))),
        options=(),
    )


def names_of(changes: Sequence[ValueChange]) -> list[str]:
    """How people name each of the values: the dotted path, with its file where two files have the same one."""
    paths = Counter(change.dotted for change in changes)
    return [change.dotted if paths[change.dotted] == 1 else change.key for change in changes]


def _of(edits: Sequence[FileEdit], changes: Sequence[ValueChange]) -> tuple[FileEdit, ...]:
    files = {change.file for change in changes}
    return tuple(edit for edit in edits if edit.path in files)
