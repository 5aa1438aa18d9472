"""Notices that a person took a change of ours back, from the versions of the values files. Pure.

By the values, not by the words of a commit message: `git revert`, a pull request, an editor all end the same.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from langraph.models.feedback import HumanRevert
from langraph.models.incident import ValueChange
from langraph.ports import AppliedChange, FileVersion
from langraph.restoring import Versions, value_at


def reverted_by_people(applied: Sequence[AppliedChange], versions: Versions) -> Sequence[HumanRevert]:
    """The incidents whose every changed key got its old value back, by somebody else, as its next change.

    Args:
        applied: our changes on the branch.
        versions: of the files they are in, newest first.
    """
    found = []
    for incident_id, changes in by_incident(applied).items():
        backs = [_taken_back(one.change, versions.get(one.change.file, ())) for one in changes]
        known = [back for back in backs if back is not None]
        if known and len(known) == len(backs):
            last = max(known, key=lambda back: back.at)
            found.append(HumanRevert(incident_id, last.commit, last.author, last.at, last.subject))
    return found


def touched_by_people(change: ValueChange, versions: Sequence[FileVersion]) -> FileVersion | None:
    """The person's commit that changed the key after we did; None when it still has our value, or we changed it."""
    after = _next_change(change, versions)
    return after if after is not None and not after.by_us else None


def _taken_back(change: ValueChange, versions: Sequence[FileVersion]) -> FileVersion | None:
    after = touched_by_people(change, versions)
    back = after is not None and value_at(after, change.path, change.doc) == change.old
    return after if back else None


def _next_change(change: ValueChange, versions: Sequence[FileVersion]) -> FileVersion | None:
    """The first version after ours in which the key has another value."""
    ours = None
    for before, after in pairwise(reversed(versions)):
        was, now = value_at(before, change.path, change.doc), value_at(after, change.path, change.doc)
        if after.by_us and (was, now) == (change.old, change.new):
            ours = after
        elif ours is not None and now != was:
            return after
    return None


def by_incident(applied: Sequence[AppliedChange]) -> Mapping[str, Sequence[AppliedChange]]:
    """The changes of each incident."""
    grouped: dict[str, list[AppliedChange]] = {}
    for one in applied:
        grouped.setdefault(one.incident_id, []).append(one)
    return grouped
