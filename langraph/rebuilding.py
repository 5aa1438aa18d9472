"""The bytes of an approved commit on top of whatever is on the branch now, and of the way back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from langraph.errors import BadInput, EditRefused, PolicyDenied, Stale
from langraph.helm_values import apply_changes, changed_paths, find, revert_edit, set_value
from langraph.models.incident import FileEdit, Proposal, Scalar, ValueChange
from langraph.models.text import Text
from langraph.policy import Policy, judge, judge_restore, parse_policy, refuse
from langraph.ports import AppliedChange
from langraph.texts import refusing as say


def rebuild(
    proposal: Proposal,
    tree: Mapping[str, bytes],
    policy: Policy | bytes,
    history: Sequence[AppliedChange],
    now: datetime,
) -> Mapping[str, bytes]:
    """The approved change on top of the present files: exactly the approved keys, exactly the approved values.

    Args:
        proposal: what was approved.
        tree: the present files by path; those that do not exist are absent.
        policy: the guardrails; as bytes when they come from the same tree.
        history: as for `propose`.
        now: aware time of the commit.

    Raises:
        Stale: a key no longer has the value that the approver saw, or its list item is another one now.
        EditRefused: the file cannot be edited without touching something else.
        PolicyDenied: the guardrails (of this very tree) say no, or cannot be read.
    """
    rules = _rules(policy)
    for edit in proposal.edits:
        _refuse_if_moved(edit, tree.get(edit.path), proposal.changes)
    after = {edit.path: edited(edit.path, tree[edit.path], proposal.changes) for edit in proposal.edits}
    refuse(judge(proposal.changes, after, others(history, proposal.incident_id), rules, now))
    for edit in proposal.edits:
        expected = {(c.doc, c.path) for c in proposal.changes if c.file == edit.path}
        differ = changed_paths(tree[edit.path], after[edit.path], expected)
        if differ != expected:
            raise EditRefused(
                f"{edit.path} would change {len(differ)} values, not the {len(expected)} approved; propose again"
            )
        if tree[edit.path] == edit.before and after[edit.path] != edit.after:
            raise EditRefused(f"{edit.path} would not become the bytes that were approved; propose again")
    return after


def rebuild_revert(
    proposal: Proposal, tree: Mapping[str, bytes], policy: Policy | bytes, applied: Sequence[AppliedChange]
) -> Mapping[str, bytes]:
    """The way back of an applied proposal on top of the present files: the old values, and no other byte of ours.

    Args:
        proposal: what was committed.
        tree: the present files by path.
        policy: the guardrails; a way back is not bound by direction, step, cooldown or budget.
        applied: our changes on the branch, this proposal's among them.

    Raises:
        Stale: somebody has changed one of the keys since.
        EditRefused: an inserted block cannot be taken out without touching something else.
        PolicyDenied: the keys may no longer be changed at all.
    """
    back = tuple(replace(change, old=change.new, new=change.old, op="set") for change in proposal.changes)
    for edit in proposal.edits:
        _refuse_if_moved(edit, tree.get(edit.path), back)
    refuse(judge_restore(back, tree, applied, _rules(policy)))
    return {edit.path: _reverted(edit, tree[edit.path], back) for edit in proposal.edits}


def edited(path: str, before: bytes, changes: Sequence[ValueChange]) -> bytes:
    return apply_changes(before, [change for change in changes if change.file == path])


def _rules(policy: Policy | bytes) -> Policy:
    if isinstance(policy, Policy):
        return policy
    try:
        return parse_policy(policy)
    except BadInput as cause:
        raise PolicyDenied(f"nothing is allowed while the policy cannot be read: {cause}") from cause


def _refuse_if_moved(edit: FileEdit, present: bytes | None, changes: Sequence[ValueChange]) -> None:
    """Stale, unless every key has its old value and is still the same list item that the approver saw."""
    if present is None:
        raise _stale(say.file_is_gone(edit.path))
    for change in changes:
        if change.file != edit.path:
            continue
        there = find(present, change.path, change.doc)
        if there.value != change.old or type(there.value) is not type(change.old):
            raise _stale(say.changed_since(change.key, there.value, change.old))
        if _names(present, change) != _names(edit.before, change):
            raise _stale(say.other_item(change.key))


def _stale(why: Text) -> Stale:
    return Stale(why.en, ko=why.ko)


def _names(source: bytes, change: ValueChange) -> list[Scalar]:
    """The `name` of each list item on the way: a list position alone does not say whose value it is."""
    ends = [i + 1 for i, part in enumerate(change.path) if isinstance(part, int)]
    return [find(source, (*change.path[:end], "name"), change.doc).value for end in ends]


def _reverted(edit: FileEdit, present: bytes, back: Sequence[ValueChange]) -> bytes:
    """The file with our change taken back; bytes that people wrote since stay."""
    if present == edit.after:
        return edit.before
    data = present
    mine = [change for change in back if change.file == edit.path]
    if any(change.new is None for change in mine):
        data = revert_edit(edit.before, edit.after, present)
    else:
        for change in mine:
            data = set_value(data, change.path, change.new, change.doc, create=False).after
    expected = {(change.doc, change.path) for change in mine}
    if changed_paths(present, data, expected) != expected:
        raise EditRefused(f"{edit.path} cannot go back without touching other values; revert it by hand")
    return data


def others(history: Sequence[AppliedChange], incident_id: str) -> tuple[AppliedChange, ...]:
    """The history without an incident's own claim, which would deny what it was made for."""
    return tuple(entry for entry in history if entry.incident_id != incident_id)
