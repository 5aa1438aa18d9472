"""What passes through the doors: pages in, rows and commits out, each as one frozen piece. See ports.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from langraph.models.feedback import RevertRequest
from langraph.models.incident import (
    Category,
    Decision,
    Evidence,
    Incident,
    Occurrence,
    Proposal,
    Severity,
    Status,
    ValueChange,
)
from langraph.models.text import Text


@dataclass(frozen=True, slots=True)
class LogPage:
    """One answer of a log source as columns of equal length: no object per line before a runbook matched it."""

    texts: Sequence[str]
    at_ns: Sequence[int]
    keys: Sequence[bytes]
    """16 bytes identity of each line (tenant, labels, time, text)."""
    labels: Sequence[Mapping[str, str]]
    """One mapping shared by all the lines of a stream."""

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that exist and could not be read: named, counted where we can, told to people."""

    source: str
    since_ns: int
    until_ns: int
    """Exclusive."""
    reason: str
    lines: int | None = None
    """How many, when the source could count them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of a metrics answer."""

    labels: Mapping[str, str]
    value: float
    points: tuple[tuple[float, float], ...] = ()
    """(Unix seconds, value) of a range, oldest first; empty for an instant."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a metrics query told us. Not complete (warnings, partial answer) means unknown, not empty."""

    samples: tuple[Sample, ...]
    complete: bool = True

    @property
    def max(self) -> float | None:
        """The largest number, None when there is no data or it cannot be trusted."""
        numbers = [s.value for s in self.samples if s.value == s.value]
        return max(numbers) if numbers and self.complete else None

    @property
    def sum(self) -> float | None:
        """The sum over all series, None when there is no data or it cannot be trusted."""
        numbers = [s.value for s in self.samples if s.value == s.value]
        return sum(numbers) if numbers and self.complete else None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one page brings to the ledger, all of it in one transaction or none."""

    source: str
    keys: Sequence[bytes]
    """Identity of every line on the page, matched or not."""
    occurrences: Sequence[Occurrence]
    gaps: Sequence[Gap] = ()
    cursor: str | None = None
    """New cursor of the source; None leaves it. Given only with the last page of a window."""
    resolved: Sequence[tuple[str, datetime]] = ()
    """Alerts that stopped firing: (alert fingerprint, starts_at)."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What was new in a batch."""

    lines: int
    """Lines not seen before."""
    occurrences: int
    """Of these, recognised as faults."""
    opened: tuple[str, ...]
    """Ids of the incidents it opened."""
    touched: tuple[str, ...]
    """Ids of the incidents it extended or re-fired."""


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents to list; None means any."""

    status: Status | None = None
    app: str | None = None
    category: Category | None = None
    severity: Severity | None = None
    open_only: bool = False


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to an incident."""

    at: datetime
    what: str
    """A short constant name: `opened`, `diagnosed`, `proposed`, `decided`, `committed`, ..."""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of one incident's timeline, by its number among those of all incidents."""

    number: int
    """Grows with every entry, never given twice; where a reader stands."""
    incident_id: str
    at: datetime
    what: str
    detail: Mapping[str, str]
    status: Status
    """Of the incident, now."""


SLOT = timedelta(seconds=10)  # fine enough for a window of half a minute, coarse enough for a year


@dataclass(frozen=True, slots=True)
class Slot:
    """Ten seconds in which a fault was seen."""

    at: datetime
    """When it begins; slots begin at whole multiples of ten seconds."""
    count: int
    """Lines, at least one."""


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A change that is on the branch, or claimed by an incident that is still open."""

    change: ValueChange
    incident_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to happen to the outside world, written down before."""

    op_id: str
    kind: str
    incident_id: str
    at: datetime
    state: str = "intended"
    """`intended`, then `done` or `refused`, each for ever."""
    result: str = ""
    """The commit id, or why it was refused."""


@dataclass(frozen=True, slots=True)
class Message:
    """What people should see of an incident now; the channel decides how it looks."""

    op_id: str
    """Key of the effect: one post per op_id, however often it is sent."""
    incident_id: str | None
    """None: a notice about langraph itself, such as lines that it could not read."""
    kind: str
    """`incident` (the one live message, updated in place) or `notice`."""
    urgent: bool = True
    """Approvals before noise."""
    remote_ref: str | None = None
    """Where it was posted (`channel:ts`), None before."""
    revision: int = 0
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """The whole ledger at one moment, as far as the invariants look at it."""

    incidents: Sequence[Incident]
    proposals: Sequence[Proposal]
    decisions: Sequence[Decision]
    intents: Sequence[Intent]
    evidence: Sequence[tuple[str, Evidence]]
    """(incident id, evidence)."""
    claims: Mapping[str, str]
    """Key of a value to the open incident that is changing it."""
    live_messages: Mapping[str, int]
    """Incident id to how many live messages it has."""
    lines: Mapping[str | None, int]
    """Lines and alerts seen, by the incident they were counted in; None: matched nothing."""
    revert_requests: Sequence[RevertRequest] = ()


@dataclass(frozen=True, slots=True)
class Blob:
    """One regular file in a commit."""

    path: str
    oid: str
    """Git object id, hex."""
    data: bytes


Tree = Mapping[str, Blob]
"""The files a commit request reads, by path; a path that does not exist is absent."""


@dataclass(frozen=True, slots=True)
class CommitRequest:
    """One commit to be on the branch exactly once."""

    op_id: str
    """Key of the effect: written as the trailer `Langraph-Op`."""
    at: datetime
    """Author and committer date; from the intent, so that the same base gives the same commit."""
    subject: str
    body: str
    trailers: Mapping[str, str]
    """Without `Langraph-Op`, which is added."""
    reads: tuple[str, ...]
    """Paths whose present content `build` needs."""
    build: Callable[[Tree], Mapping[str, bytes]]
    """From the files at the branch head, the files to write. Pure; called again for each new head.

    Raises Stale, EditRefused or PolicyDenied when the change must not be made on top of this head."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Where a commit request ended up."""

    commit: str
    """Full object id on the branch."""
    parent: str | None
    already_there: bool = False
    """True when an earlier attempt had pushed it."""


@dataclass(frozen=True, slots=True)
class RecordedIncident:
    """An incident as git remembers it."""

    id: str
    commit: str
    metadata: Mapping[str, object]
    """The content of `metadata.json`."""
    negative: Mapping[str, object] | None = None
    """The content of `feedback_negative.json`, when there is one that can be read."""


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A file as one commit on the branch left it."""

    commit: str
    at: datetime
    author: str
    subject: str
    data: bytes | None
    """None: the commit removed it."""
    by_us: bool
    """A commit of langraph's own."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A commit on the branch that carries an op id of ours."""

    commit: str
    op_id: str
    at: datetime
    files: Mapping[str, tuple[bytes | None, bytes | None]]
    """What it changed: path to the bytes in its parent, the bytes in it; None: absent."""
    policy: bytes | None = None
    """The policy file in its parent."""
