"""What happened in a day: how many faults, how they ended, how long people and services took."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from langraph.models.incident import CLOCK, Incident, Status
from langraph.ports import IncidentFilter, Ledger

LASTS_AT_MOST = timedelta(days=8)  # a proposal waits a day, a verification hours; what is older has ended before
PAGE = 200
MOST_READ = 10_000  # incidents; a storm of more is told by its numbers being round


@dataclass(frozen=True, slots=True)
class Day:
    """The incidents of the time from `since` to `until`, by id, newest first."""

    since: datetime
    until: datetime
    opened: Sequence[str] = ()
    recovered: Sequence[str] = ()
    not_recovered: Sequence[str] = ()
    """Those that nobody can call recovered, too."""
    waiting: Sequence[str] = ()
    """For a decision, at this moment."""
    to_decision: timedelta | None = None
    """Median from question to a person's answer; None when nobody was asked or answered."""
    to_recovery: timedelta | None = None
    """Median from the first event to the verdict; None when nothing recovered."""
    feedback_waiting: int = 0
    """Negative feedback that is not in git yet, so that nothing can be learned from it."""
    learned: Sequence[str] = ()
    """What the next proposal will do otherwise, as `category/app`; people may still change it."""


async def day(ledger: Ledger, since: datetime, until: datetime, learned: Sequence[str] = ()) -> Day:
    """Raises: LedgerBusy."""
    known = [one async for one in _since(ledger, since - LASTS_AT_MOST)]
    closed = [one for one in known if one.closed_at is not None and since <= one.closed_at < until]
    recovered = [one for one in closed if one.status is Status.RECOVERED]
    answers = [took for one in known if (took := await _answer_took(ledger, one, since, until)) is not None]
    waiting, _ = await ledger.incidents(IncidentFilter(status=Status.AWAITING_APPROVAL), PAGE)
    return Day(
        since=since,
        until=until,
        opened=[one.id for one in known if since <= one.opened_at < until],
        recovered=[one.id for one in recovered],
        not_recovered=[one.id for one in closed if one.status in (Status.NOT_RECOVERED, Status.INCONCLUSIVE)],
        waiting=[one.id for one in waiting],
        to_decision=_median(answers),
        to_recovery=_median([_lasted(one) for one in recovered]),
        feedback_waiting=len(await ledger.complaints()),
        learned=learned,
    )


async def _since(ledger: Ledger, since: datetime) -> AsyncIterator[Incident]:
    after: str | None = None
    for _ in range(MOST_READ // PAGE):
        page, after = await ledger.incidents(IncidentFilter(), PAGE, after)
        for incident in page:
            if incident.opened_at < since:
                return
            yield incident
        if after is None:
            return


async def _answer_took(ledger: Ledger, incident: Incident, since: datetime, until: datetime) -> timedelta | None:
    """From the first proposal to the first answer of a person, when that came in this time."""
    asked: datetime | None = None
    if incident.proposal_digest is None:
        return None
    for entry in await ledger.timeline(incident.id):
        if entry.what == "proposed" and asked is None:
            asked = entry.at
        if entry.what == "decided" and asked is not None and entry.detail.get("by") != CLOCK.id:
            return entry.at - asked if since <= entry.at < until else None
    return None


def _median(times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in times)) if times else None


def _lasted(incident: Incident) -> timedelta:
    assert incident.closed_at is not None, "only what has closed has recovered"
    return incident.closed_at - incident.opened_at
