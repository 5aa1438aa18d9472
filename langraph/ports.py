"""The doors to the outside world, as Protocols. Who implements them is `main.py`'s business alone.

Few methods each. What changes the world can be called twice: its docstring names the key that makes it so. What
passes through them is in models/exchange.py.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from langraph.models.exchange import (
    SLOT,
    AppliedChange,
    Batch,
    Blob,
    Books,
    CommitRequest,
    Committed,
    FileVersion,
    Gap,
    Happening,
    IncidentFilter,
    Ingested,
    Intent,
    LogPage,
    Message,
    Operation,
    Reading,
    RecordedIncident,
    Sample,
    Slot,
    TimelineEntry,
    Tree,
)
from langraph.models.feedback import NegativeFeedback, Remark, RevertRequest
from langraph.models.incident import (
    Alert,
    Decision,
    Evidence,
    Incident,
    Outcome,
    Proposal,
)

__all__ = [
    "AppliedChange",
    "ApprovalChannel",
    "Batch",
    "Blob",
    "Books",
    "Clock",
    "CommitRequest",
    "Committed",
    "FileVersion",
    "Gap",
    "GitStore",
    "Happening",
    "IncidentFilter",
    "Ingested",
    "Intent",
    "Ledger",
    "LogPage",
    "LogSource",
    "Message",
    "MetricSource",
    "Operation",
    "Reading",
    "RecordedIncident",
    "SLOT",
    "Sample",
    "Slot",
    "TimelineEntry",
    "Tree",
    "WakeQueue",
]


class Clock(Protocol):
    """The only source of the time; tests turn its hands."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


# --- in: logs, metrics, alerts -------------------------------------------------------------------------------------


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
