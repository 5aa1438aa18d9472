"""The doors to the outside world, as Protocols. Who implements them is `main.py`'s business alone.

Few methods each. What changes the world can be called twice: its docstring names the key that makes it so.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from langraph.models.feedback import NegativeFeedback, Remark, RevertRequest
from langraph.models.incident import (
    Alert,
    Category,
    Decision,
    Evidence,
    Incident,
    Occurrence,
    Outcome,
    Proposal,
    Severity,
    Status,
    ValueChange,
)
from langraph.models.text import Text


class Clock(Protocol):
    """The only source of the time; tests turn its hands."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


# --- in: logs, metrics, alerts -------------------------------------------------------------------------------------


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


class LogSource(Protocol):
    """Where log lines come from."""

    @property
    def name(self) -> str:
        """Stable id of the source and its query; the cursor is kept under it."""
        ...

    def read(self, since_ns: int, until_ns: int) -> AsyncIterator[LogPage | Gap]:
        """Every line with `since_ns <= at < until_ns` that is visible now, at least once, oldest first.

        A page may repeat lines of the one before. Reading twice is safe: lines carry keys.

        Raises:
            SourceUnavailable: nothing may be concluded; read the window again later.
            BadQuery: the query itself is refused.
        """
        ...

    async def counts(self, since_ns: int, until_ns: int) -> Mapping[int, int] | None:
        """Lines per minute by the source's own count, keyed by the minute's last nanosecond + 1.

        A change detector, not a ledger; None when the source cannot count.
        """
        ...

    async def traffic(self, labels: Mapping[str, str], since: datetime, until: datetime) -> int | None:
        """How many lines of any kind carried `labels` in the window; None when unknown. Never an estimate."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of a metrics answer."""

    labels: Mapping[str, str]
    value: float


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


class MetricSource(Protocol):
    """Where measurements and alerts come from."""

    async def query(self, promql: str, at: datetime | None = None) -> Reading:
        """The instant value of `promql`.

        Raises:
            SourceUnavailable: not now.
            BadQuery: the expression is refused.
        """
        ...

    async def alerts(self) -> tuple[Alert, ...]:
        """The alerts that fire now (pending ones left out).

        Raises:
            SourceUnavailable: not now, or the answer was partial.
        """
        ...


# --- the ledger ----------------------------------------------------------------------------------------------------


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


class Ledger(Protocol):
    """What must survive a crash. Every method is one transaction, durable when it returns.

    Raises (all of them): LedgerBusy when the write may succeed later.
    """

    # events
    async def cursor(self, source: str) -> str | None: ...
    async def ingest(self, batch: Batch, now: datetime) -> Ingested:
        """Count in a page. Key: each line's own key, so the same page twice changes nothing."""
        ...

    async def minute_counts(self, source: str, since_ns: int) -> Mapping[int, int]:
        """The source's own counts we last believed, as `LogSource.counts` gave them."""
        ...

    async def save_minute_counts(self, source: str, counts: Mapping[int, int]) -> None: ...
    async def gaps(self) -> Sequence[Gap]: ...
    async def alerts_of(self, incident_id: str) -> Mapping[str, bool]:
        """Fingerprint of each alert of this incident, and whether it fired when we last heard of it."""
        ...

    async def firing_alerts(self, source: str) -> Sequence[tuple[str, datetime]]:
        """(alert fingerprint, starts_at) of the alerts of `source` that fired when we last heard of them."""
        ...

    async def forget_seen(self, before: datetime) -> int:
        """Drop the keys of lines read before that time; returns how many. Keep them longer than any sweep reaches."""
        ...

    async def occurrences_between(self, incident_id: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """The slots with occurrences, by the lines' own time, that lie wholly in the window; oldest first."""
        ...

    # incidents
    async def incident(self, incident_id: str) -> Incident:
        """Raises: NotFound."""
        ...

    async def incidents(
        self, where: IncidentFilter, limit: int, after: str | None = None
    ) -> tuple[Sequence[Incident], str | None]:
        """Newest first, and the `after` of the next page (None: that was the last)."""
        ...

    async def due(self, now: datetime) -> Sequence[str]:
        """Ids of the incidents whose `wake_at` has come: open ones, and closed ones that are to be taken back."""
        ...

    async def open_ids(self) -> Sequence[str]: ...
    async def update(
        self,
        incident_id: str,
        *,
        entry: TimelineEntry | None = None,
        evidence: Sequence[Evidence] = (),
        **changes: object,
    ) -> Incident:
        """Set fields of the incident and note it in the timeline. Key: (incident, entry.what, entry.detail)."""
        ...

    async def close(self, incident_id: str, outcome: Outcome) -> Incident:
        """Close for ever; a second call returns the first outcome."""
        ...

    async def timeline(self, incident_id: str) -> Sequence[TimelineEntry]: ...
    async def happenings(self, after: int, limit: int, incident_id: str | None = None) -> Sequence[Happening]:
        """What was noted after the happening of that number, lowest number first; of all incidents, or of one."""
        ...

    async def latest_happening(self) -> int:
        """The number of the last one; 0 when nothing has happened yet."""
        ...

    async def evidence(self, incident_id: str) -> Sequence[Evidence]: ...

    # proposals, decisions
    async def propose(self, proposal: Proposal) -> None:
        """Store a version and claim its keys. Key: the digest.

        Raises:
            Conflict: another open incident has claimed one of the keys.
        """
        ...

    async def proposal(self, digest: str) -> Proposal:
        """Raises: NotFound."""
        ...

    async def decide(
        self, decision: Decision, replacement: Proposal | None = None, *, approves_replacement: bool = False
    ) -> Decision:
        """Insert the decision if there is none, with a modify its replacement proposal too.

        Args:
            decision: what the person said.
            replacement: the proposal with the person's values, when `decision` is a modify.
            approves_replacement: whether the same person thereby approves the replacement.

        Returns the decision that stands, whoever made it. Key: the proposal digest.

        Raises:
            NotFound: no such proposal.
            Conflict: the proposal is expired, replaced, or its incident is closed.
        """
        ...

    async def decision(self, digest: str) -> Decision | None: ...
    async def proposals(self, incident_id: str) -> Sequence[Proposal]:
        """Every version that was proposed, oldest first."""
        ...

    async def applied_changes(self, since: datetime) -> Sequence[AppliedChange]: ...
    async def claimed_by_others(self, incident_id: str, keys: Sequence[str]) -> Mapping[str, str]:
        """For each key that another open incident holds: the incident's id."""
        ...

    # afterwards
    async def ask_revert(self, request: RevertRequest) -> RevertRequest:
        """Insert the wish to take a closed incident's change back, wake the incident. Key: the proposal digest.

        Returns the wish that stands, whoever had it.

        Raises:
            Conflict: the incident is open, nothing was committed, or it was tried already.
            NotFound: no such incident.
        """
        ...

    async def revert_request(self, digest: str) -> RevertRequest | None: ...
    async def remark(self, remark: Remark) -> None:
        """Keep what somebody says of a running workflow. Key: person and words.

        Raises:
            Conflict: the incident is closed.
            NotFound: no such incident.
        """
        ...

    async def remarks(self, incident_id: str) -> Sequence[Remark]: ...
    async def complain(self, said: NegativeFeedback) -> None:
        """Keep negative feedback until it is in git. Key: its op id. The incident may be one that only git knows."""
        ...

    async def complaints(self, incident_id: str | None = None) -> Sequence[NegativeFeedback]:
        """Those of one incident, or (None) those that are not in git yet; oldest first."""
        ...

    async def complaint_recorded(self, op_id: str, commit: str) -> None: ...
    async def save_inputs(self, incident_id: str, version: int, inputs: Mapping[str, Any]) -> None:
        """Keep what a proposal was made from, as JSON, for the record. Key: (incident, version)."""
        ...

    async def inputs(self, incident_id: str) -> Mapping[str, Any] | None:
        """Those of the newest version."""
        ...

    # effects
    async def intent(self, op_id: str) -> Intent | None: ...
    async def intend(self, intent: Intent) -> Intent:
        """Write down what is about to happen. Returns the stored one if there was one. Key: op_id."""
        ...

    async def settle(self, op_id: str, state: str, result: str) -> None:
        """Write down what happened. The first answer stays."""
        ...

    async def intents(self, state: str = "intended") -> Sequence[Intent]: ...
    async def tell(self, message: Message) -> None:
        """Put a message in the outbox, or ask for the one with this op_id to be shown anew."""
        ...

    async def outbox(self) -> Sequence[Message]:
        """Messages that people do not see yet as they should, urgent ones first."""
        ...

    async def told(self, op_id: str, revision: int, remote_ref: str) -> None: ...
    async def halted(self) -> str | None:
        """Why the kill switch is on; None when it is off."""
        ...

    async def set_halted(self, reason: str | None) -> None: ...
    async def books(self) -> Books:
        """Everything at one moment, for the invariants."""
        ...

    async def audit(self, at: datetime, who: str, what: str, detail: Mapping[str, str]) -> None:
        """Note who did or tried what, where no incident's timeline is the place."""
        ...


# --- out: git, people, wake-ups ------------------------------------------------------------------------------------


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


class GitStore(Protocol):
    """The GitOps repository's branch. No working tree of ours, never forced."""

    async def head(self) -> str | None:
        """Object id of the branch head; None for a branch without commits.

        Raises: GitUnavailable, BadSetting (no such repository).
        """
        ...

    async def read(self, path: str, commit: str | None = None) -> Blob | None:
        """A regular file at `commit` (default: the branch head now); None when there is none.

        Raises: EditRefused when it is a link or a submodule; GitUnavailable.
        """
        ...

    async def list_files(self, prefix: str, commit: str | None = None) -> Sequence[str]:
        """Paths of the regular files below `prefix`."""
        ...

    async def commit(self, request: CommitRequest) -> Committed:
        """Put the request on the branch, on top of whatever people have pushed. Key: `op_id`.

        Raises: GitUnavailable (unknown or not now: call again with the same request), Halted (the branch
            holds a `HALT` file), and whatever `request.build` raises.
        """
        ...

    async def find(self, op_id: str) -> str | None:
        """The commit on the branch that carries `op_id`, if any."""
        ...

    async def versions(self, path: str, limit: int) -> Sequence[FileVersion]:
        """The file's last versions on the branch, newest first; empty where it never was."""
        ...

    async def operations(self, policy_file: str) -> Sequence[Operation]:
        """Every commit of ours that is reachable from the branch head, oldest first; for the invariants."""
        ...

    async def recorded(self) -> Sequence[RecordedIncident]:
        """Every incident folder at the branch head, newest first; cached by head."""
        ...


class ApprovalChannel(Protocol):
    """Where people are told and asked."""

    async def show(self, message: Message, incident: Incident | None, proposal: Proposal | None) -> str:
        """Post the message, or update it where `remote_ref` says. Returns the remote ref. Key: `op_id`.

        Only a notice may come without an incident.

        Raises: ChannelUnavailable.
        """
        ...


class WakeQueue(Protocol):
    """Wake-ups, not work: an id in here means `look at this incident again`."""

    def wake(self, incident_id: str) -> None:
        """Ask for a drive. Any number of wakes before the drive starts are one."""
        ...

    async def take(self) -> str:
        """The next id; it is not handed out again before `done`."""
        ...

    def done(self, incident_id: str) -> None:
        """The drive ended; wakes that arrived meanwhile lead to one more."""
        ...
