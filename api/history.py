"""The list of incidents: those of the ledger, joined with those that only git remembers."""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from api.counter import INCIDENT_ID
from api.recorded import fits, newest_first
from langraph.errors import BadInput, BadSetting, GitUnavailable, NotFound
from langraph.models.incident import Incident
from langraph.ports import GitStore, IncidentFilter, Ledger, RecordedIncident

_POSITION = re.compile(rf"({INCIDENT_ID.pattern})?~({INCIDENT_ID.pattern})?")

Known = Incident | RecordedIncident


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended, in each of the two lists. A new incident on top moves neither."""

    in_ledger: str | None = None
    in_git: str | None = None

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Raises: BadInput."""
        match = _POSITION.fullmatch(text or "~")
        if match is None:
            raise BadInput("`after` is not what a page gave as `next`; leave it out to start with the newest")
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{self.in_ledger or ''}~{self.in_git or ''}"

    def past(self, known: Sequence[Known]) -> "Position":
        """After these, too."""
        ledger = [one.id for one in known if isinstance(one, Incident)]
        git = [one.id for one in known if isinstance(one, RecordedIncident)]
        return Position(ledger[-1] if ledger else self.in_ledger, git[-1] if git else self.in_git)


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of the list, newest first."""

    items: Sequence[Known]
    next: Position | None
    git_available: bool


async def page(ledger: Ledger, git: GitStore, where: IncidentFilter, limit: int, after: Position) -> Page:
    """The next `limit` incidents that fit.

    Raises: BadInput (`after` names an incident that the ledger does not know).
    """
    live = await _live(ledger, where, limit + 1, after)
    records = await _records(git)
    fitting = (one for one in newest_first(records or ()) if _is_left(one, after) and fits(one, where))
    merged = await _merge(ledger, live, fitting, limit + 1)
    items = merged[:limit]
    more = len(merged) > limit
    return Page(items, after.past(items) if more else None, records is not None)


async def _live(ledger: Ledger, where: IncidentFilter, limit: int, after: Position) -> Sequence[Incident]:
    """The ledger's part. What came up meanwhile belongs to pages that were read already."""
    found: list[Incident] = []
    at: str | None = after.in_ledger
    while True:
        try:
            incidents, at = await ledger.incidents(where, limit, at)
        except NotFound as error:
            raise BadInput(
                "`after` names an incident that is not known; leave it out to start with the newest"
            ) from error
        found += [one for one in incidents if after.in_git is None or _second(one.id) < _second(after.in_git)]
        if at is None or len(found) >= limit:
            return found


async def _records(git: GitStore) -> Sequence[RecordedIncident] | None:
    """What git remembers; None while it cannot be asked. The list of live incidents must not wait for git."""
    try:
        return await git.recorded()
    except (GitUnavailable, BadSetting):
        return None


def _is_left(record: RecordedIncident, after: Position) -> bool:
    """Whether it was not on the pages before; a folder that a person named as they like is no incident."""
    if INCIDENT_ID.fullmatch(record.id) is None or (after.in_git is not None and record.id >= after.in_git):
        return False
    return after.in_ledger is None or _second(record.id) <= _second(after.in_ledger)


async def _merge(
    ledger: Ledger, live: Sequence[Incident], records: Iterable[RecordedIncident], most: int
) -> list[Known]:
    """Two lists, each newest first, as one; within a second the ledger's own first.

    The ledger is asked only about records that the page reaches and does not hold anyway: commonly about none.
    """
    merged: list[Known] = []
    waiting, here = deque(live), {one.id for one in live}
    for record in records:
        while waiting and _second(waiting[0].id) >= _second(record.id):
            merged.append(waiting.popleft())
        if len(merged) >= most:
            break
        if record.id not in here and not await _knows(ledger, record.id):
            merged.append(record)
    return [*merged, *waiting][:most]


async def _knows(ledger: Ledger, incident_id: str) -> bool:
    try:
        await ledger.incident(incident_id)
    except NotFound:
        return False
    return True


def _second(incident_id: str) -> str:
    """When it began, as the id says: `YYYYMMDDHHMMSS` in UTC, which sorts as time does."""
    return incident_id[len("incident-") :][:14]
