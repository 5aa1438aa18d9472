"""All incidents as rows that can be searched: those of the ledger, joined with what git remembers.

A record's row is made once and kept while the record stays the same, so a search over thousands is a few
milliseconds of substring tests.
"""

import asyncio
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from api.counter import INCIDENT_ID
from api.loose import Loose, speakable
from langraph.errors import BadSetting, GitUnavailable
from langraph.models.incident import Category, Incident, Severity, Status
from langraph.models.text import Text
from langraph.ports import GitStore, IncidentFilter, Ledger, RecordedIncident
from langraph.texts.page import SEVERITIES, STATUSES

LEDGER_MOST = 200  # newest incidents of the ledger; closed ones before them are in git
OPEN_MOST = 500  # open incidents; a storm makes a handful of them, not thousands
MAX_QUERY = 200  # characters of a search


@dataclass(frozen=True, slots=True)
class Row:
    """One incident as the list and the charts see it. What is not known is None."""

    id: str
    status: Status | None
    severity: Severity | None
    category: Category | None
    app: str | None
    namespace: str | None
    cause: Text | None
    count: int | None
    refires: int
    opened_at: datetime | None
    closed_at: datetime | None
    decided_at: datetime | None
    has_change: bool
    """Whether it has put a commit on the branch."""
    haystack: str = field(repr=False)

    @property
    def is_open(self) -> bool:
        return self.status is not None and self.status.is_open

    @property
    def took(self) -> timedelta | None:
        """From its first event to its end."""
        return self.closed_at - self.opened_at if self.closed_at and self.opened_at else None


@dataclass(frozen=True, slots=True)
class Sieve:
    """What somebody looks for; empty fields let everything through."""

    words: str = ""
    status: str = ""
    category: str = ""
    severity: str = ""
    app: str = ""
    days: str = ""
    """`1`, `7`, `30`, `90`, or empty."""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Self:
        """From a page's address; what makes no sense is left out, an old bookmark still shows the list."""

        def one_of(name: str, words: Iterable[str]) -> str:
            value = query.get(name, "")
            return value if value in set(words) else ""

        return cls(
            words=query.get("q", "")[:MAX_QUERY].replace("\0", ""),
            status=one_of("status", Status),
            category=one_of("category", Category),
            severity=one_of("severity", Severity),
            app=query.get("app", "")[:253].replace("\0", ""),
            days=one_of("days", ("1", "7", "30", "90")),
        )

    def __bool__(self) -> bool:
        return any((self.words.strip(), self.status, self.category, self.severity, self.app, self.days))

    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        fields = {"q": self.words, "status": self.status, "category": self.category, "severity": self.severity}
        return {name: value for name, value in {**fields, "app": self.app, "days": self.days}.items() if value}

    def sift(self, rows: Iterable[Row], now: datetime) -> list[Row]:
        """The rows that fit, in their order."""
        words = _folded(self.words).split()
        since = now - timedelta(days=int(self.days)) if self.days else None
        return [
            row
            for row in rows
            if (not self.status or row.status == self.status)
            and (not self.severity or row.severity == self.severity)
            and (not self.category or row.category == self.category)
            and (not self.app or row.app == self.app)
            and (since is None or (row.opened_at is not None and row.opened_at >= since))
            and all(word in row.haystack for word in words)
        ]


@dataclass(frozen=True, slots=True)
class Everything:
    """All the rows at one moment."""

    open: Sequence[Row]
    """The worst first, then the oldest."""
    closed: Sequence[Row]
    """Newest first."""
    git_available: bool


@dataclass(slots=True)
class Archive:
    """The rows, kept from one request to the next."""

    _rows: dict[str, tuple[Mapping[str, object], Row]] = field(default_factory=dict)
    _last: Sequence[RecordedIncident] = ()
    _recorded: Mapping[str, Row] = field(default_factory=dict)

    async def everything(self, ledger: Ledger, git: GitStore) -> Everything:
        """All the rows now. The list of live incidents does not wait for git.

        Raises: LedgerBusy.
        """
        recorded, available = await self._from_git(git)
        live = await _from_ledger(ledger, recorded)
        rows = sorted({**recorded, **live}.values(), key=lambda row: row.id, reverse=True)
        return Everything(
            open=sorted((row for row in rows if row.id in live and row.is_open), key=_worst_first),
            closed=[row for row in rows if not (row.id in live and row.is_open)],
            git_available=available,
        )

    async def _from_git(self, git: GitStore) -> tuple[Mapping[str, Row], bool]:
        try:
            records = await git.recorded()
        except (GitUnavailable, BadSetting):
            return self._recorded, False
        if records is not self._last:
            rows = await asyncio.to_thread(self._made, records)  # a fifth of a second for 5,000 new ones
            self._rows, self._recorded = rows, {name: row for name, (_, row) in rows.items()}
            self._last = records
        return self._recorded, True

    def _made(self, records: Sequence[RecordedIncident]) -> dict[str, tuple[Mapping[str, object], Row]]:
        return {one.id: self._row(one) for one in records if INCIDENT_ID.fullmatch(one.id)}

    def _row(self, record: RecordedIncident) -> tuple[Mapping[str, object], Row]:
        known = self._rows.get(record.id)
        if known is not None and known[0] == record.metadata:
            return known
        return record.metadata, recorded_row(record)


async def _from_ledger(ledger: Ledger, recorded: Mapping[str, Row]) -> dict[str, Row]:
    newest, more = await ledger.incidents(IncidentFilter(), LEDGER_MOST)
    found = {one.id: one for one in newest}
    if more is not None:
        still_open, _ = await ledger.incidents(IncidentFilter(open_only=True), OPEN_MOST)
        found |= {one.id: one for one in still_open}
    return {name: _joined(ledger_row(one), recorded.get(name)) for name, one in found.items()}


def _joined(row: Row, recorded: Row | None) -> Row:
    """The record knows when somebody decided; the ledger knows everything else better."""
    return replace(row, decided_at=recorded.decided_at) if recorded is not None else row


def _worst_first(row: Row) -> tuple[int, int, str]:
    waits = 0 if row.status is Status.AWAITING_APPROVAL else 1
    return waits, row.severity.rank if row.severity else len(Severity), row.id


def ledger_row(incident: Incident) -> Row:
    """A live incident's row."""
    cause = incident.diagnosis.root_cause if incident.diagnosis else None
    row = Row(
        incident.id, incident.status, incident.severity, incident.category, incident.app, incident.namespace, cause,
        incident.count, incident.refires, incident.opened_at, incident.closed_at, None, bool(incident.commits), "",
    )  # fmt: skip
    return replace(row, haystack=_haystack(row, incident.first_line))


def recorded_row(record: RecordedIncident) -> Row:
    """A record's row; people may have edited the record."""
    said = Loose(record.metadata)
    cause = said.inside("root_cause")
    en, ko = cause.text("en"), cause.text("ko")
    row = Row(
        id=record.id,
        status=said.word("status", Status),
        severity=said.word("severity", Severity),
        category=said.word("category", Category),
        app=said.text("app"),
        namespace=said.text("namespace"),
        cause=Text(en or ko or "", ko or en or "") if en or ko else None,
        count=said.whole("count"),
        refires=said.whole("refires") or 0,
        opened_at=said.when("opened_at"),
        closed_at=said.when("closed_at"),
        decided_at=said.inside("decision").when("at"),
        has_change=bool(said.texts("commits")),
        haystack="",
    )
    return replace(row, haystack=_haystack(row, said.text("first_line") or ""))


def _haystack(row: Row, first_line: str) -> str:
    status = STATUSES[row.status] if row.status else None
    severity = SEVERITIES[row.severity] if row.severity else None
    parts = (
        row.id, row.app, row.namespace, row.category, row.status, row.severity, first_line[:2_000],
        *((row.cause.en, row.cause.ko) if row.cause else ()),
        *((status.en, status.ko) if status else ()),
        *((severity.en, severity.ko) if severity else ()),
    )  # fmt: skip
    return _folded("\n".join(part for part in parts if part))


def _folded(text: str) -> str:
    """As searches compare it: case and the composition of Hangul do not matter."""
    return unicodedata.normalize("NFC", speakable(text)).casefold()
