"""The first page: what is open and who must act, what was, how it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from api.pages.archive import Everything, Row, Sieve
from api.pages.figures import charts
from langraph.models.incident import Status
from langraph.models.text import Text
from langraph.texts import page as say

PAGE = 50  # closed incidents on one page
OPEN_SHOWN = 100  # open ones on the first page; in a storm the worst hundred are enough to begin with
MOST_APPS = 500  # choices in a list; more are found by typing


@dataclass(frozen=True, slots=True)
class Line:
    """A row, and who must act on it."""

    row: Row
    who: Text
    is_urgent: bool
    """A person is waited for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter."""

    value: str
    label: str | Text
    is_chosen: bool


def front(
    everything: Everything, query: Mapping[str, str], now: datetime, locale: str, *, may_decide: bool, halted: bool
) -> dict[str, object]:
    """What `incidents.html` speaks of."""
    sieve = Sieve.parse(query)
    still_open, closed = sieve.sift(everything.open, now), sieve.sift(everything.closed, now)
    pages = max(1, -(-len(closed) // PAGE))
    page = min(pages, _number(query.get("page", "1")))
    shown = closed[(page - 1) * PAGE : page * PAGE]
    rows = [*everything.closed, *everything.open]
    return {
        "sieve": sieve,
        "open": [line(row, may_decide=may_decide, halted=halted) for row in still_open[:OPEN_SHOWN]],
        "open_left": max(0, len(still_open) - OPEN_SHOWN),
        "waiting": sum(row.status is Status.AWAITING_APPROVAL for row in everything.open),
        "open_count": len(everything.open),
        "closed": [line(row, may_decide=may_decide, halted=halted) for row in shown],
        "closed_found": len(closed),
        "closed_total": len(everything.closed),
        "page": page,
        "pages": pages,
        "newer": _address(sieve, page - 1) if page > 1 else None,
        "older": _address(sieve, page + 1) if page < pages else None,
        "choices": _choices(sieve, rows),
        "charts": charts(rows, now, sieve.days, locale),
        "git_available": everything.git_available,
    }


def line(row: Row, *, may_decide: bool, halted: bool) -> Line:
    """Who must act on an incident now."""
    if row.status is Status.AWAITING_APPROVAL:
        return Line(row, say.YOU_DECIDE if may_decide else say.AN_APPROVER, is_urgent=True)
    if row.status is Status.APPLYING and halted:
        return Line(row, say.SOMEBODY_RESUMES, is_urgent=True)
    if row.is_open:
        return Line(row, say.LANGRAPH, is_urgent=False)
    needs_look = row.status in (Status.NOT_RECOVERED, Status.FAILED)
    return Line(row, say.PLEASE_LOOK if needs_look else say.NOBODY, is_urgent=False)


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


def _address(sieve: Sieve, page: int) -> str:
    return f"/?{urlencode({**sieve.query(), 'page': page})}#closed"


def _choices(sieve: Sieve, rows: Sequence[Row]) -> dict[str, list[Choice]]:
    categories = sorted({str(row.category) for row in rows if row.category} | ({sieve.category} - {""}))
    apps = sorted({row.app for row in rows if row.app} | ({sieve.app} - {""}))[:MOST_APPS]
    return {
        "status": [Choice(one, label, one == sieve.status) for one, label in say.STATUSES.items()],
        "severity": [Choice(one, label, one == sieve.severity) for one, label in say.SEVERITIES.items()],
        "category": [Choice(one, one, one == sieve.category) for one in categories],
        "app": [Choice(one, one, one == sieve.app) for one in apps],
        "days": [Choice(one, label, one == sieve.days) for one, label in say.PERIODS.items()],
    }
