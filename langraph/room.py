"""A program's own limit has to fit into its container's: raises the second with the first where it must. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from langraph.amounts import amount_of
from langraph.helm_values import find, parse_path
from langraph.models.incident import Diagnosis, Incident, ValueChange, ValuePath
from langraph.models.runbook import Remedy
from langraph.models.text import Text
from langraph.sizing import written_as
from langraph.stepping import Grounds, NoProposal, place_of_remedy, stepped
from langraph.target import Target
from langraph.target.words import PRIMARIES
from langraph.texts import proposing as say

SHARE = Fraction(3, 4)
"""Of a container's memory that a heap or a cache may take: the rest is for stacks, buffers, code, copies of a fork."""
WORTH_IT = Fraction(5, 4)
"""A smaller step would have somebody woken again for the same."""


def with_room(
    change: ValueChange, why: Text, incident: Incident, diagnosis: Diagnosis, remedy: Remedy, grounds: Grounds
) -> tuple[tuple[ValueChange, ...], Text] | NoProposal:
    """The change, with the container's limit raised beside it where the new value would not fit.

    Args:
        change, why: the step of the remedy as it would be alone.
        remedy: its `within` says where the container's limit is; without one nothing has to fit.

    Returns:
        The changes, the remedy's own first; or why no step is worth it.
    """
    if remedy.within is None:
        return (change,), why
    limit = _limit(change, remedy, incident, diagnosis, grounds)
    had, wish = (amount_of(value, remedy.kind) for value in (change.old, change.new))
    if limit is None or had is None or wish is None:
        return (change,), say.join(why, say.room_unknown(remedy.within))
    if wish <= SHARE * limit[1]:
        return (change,), why
    raised = stepped(limit[0], incident, _more_of(remedy), grounds, None, None)
    container = limit[1] if isinstance(raised, NoProposal) else amount_of(raised[0].new, "memory") or limit[1]
    new = min(wish, SHARE * container)
    value = written_as(change.old, new)
    wrote = amount_of(value, remedy.kind)
    if wrote is None or wrote < had * WORTH_IT:
        return NoProposal(say.no_room_within(change.dotted, change.old, limit[0].dotted, limit[0].old))
    fitting = replace(change, new=value)
    if isinstance(raised, NoProposal) or wrote <= SHARE * limit[1]:
        return (fitting,), say.join(why, say.room(limit[0].dotted, limit[0].old))
    return (fitting, raised[0]), say.join(why, say.room_made(limit[0].dotted, raised[0].new))


def _limit(
    change: ValueChange, remedy: Remedy, incident: Incident, diagnosis: Diagnosis, grounds: Grounds
) -> tuple[ValueChange, Fraction] | None:
    """The container's limit as it is in the values, and how much it is; None where it is not there for certain."""
    if _is_anothers(change, incident, remedy):
        return next(_around(change, remedy, grounds), None)
    found = place_of_remedy(incident, diagnosis, _more_of(remedy), grounds)
    return _limit_at(found.file, found.path, found.doc, grounds) if isinstance(found, Target) else None


def _is_anothers(change: ValueChange, incident: Incident, remedy: Remedy) -> bool:
    """Whether the setting is a server's of which a client tells: the client's container has nothing to do with it."""
    named = [word for word in remedy.software if any(word in str(key).lower() for key in change.path[:-1])]
    return bool(named) and not any(word in (incident.app or "") for word in named)


def _around(change: ValueChange, remedy: Remedy, grounds: Grounds) -> Iterator[tuple[ValueChange, Fraction]]:
    """Limits in the sections around the setting, or in their chief's, the nearest first: `redis.master.resources`."""
    inner = parse_path(str(remedy.within))
    for n in range(len(change.path) - 1, 0, -1):
        for chief in ((), *((name,) for name in sorted(PRIMARIES))):
            found = _limit_at(change.file, (*change.path[:n], *chief, *inner), change.doc, grounds)
            if found is not None:
                yield found


def _limit_at(file: str, path: ValuePath, doc: int, grounds: Grounds) -> tuple[ValueChange, Fraction] | None:
    there = find(grounds.files[file][1], path, doc)
    amount = amount_of(there.value, "memory") if there.exists else None
    if amount is None or there.shared:
        return None
    return ValueChange(file, path, there.value, None, "set", doc), amount


def _more_of(remedy: Remedy) -> Remedy:
    """The usual step of the container's own limit."""
    assert remedy.within is not None
    usual = replace(remedy, value_path=remedy.within, op="multiply", amount="2", kind="memory", within=None)
    return replace(usual, names=(), below=())
