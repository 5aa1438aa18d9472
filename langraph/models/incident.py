"""The nouns of an incident, as an on-call engineer says them. Frozen data; derived facts are properties.

Read from the top: a *log event* or an *alert* comes in, a runbook recognises it as an *occurrence* of a
fault, occurrences with one fingerprint become an *incident*, diagnosis finds the cause on *evidence*, a
*proposal* says which values to change, a person makes a *decision* on its digest, an *outcome* closes it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from langraph.models.text import Text

Scalar = str | int | float | bool | None
ValuePath = tuple[str | int, ...]
"""Where a value sits in a YAML document: mapping keys (str) and list positions (int), outermost first."""


class Status(StrEnum):
    """Where an incident is. One set of words on every surface."""

    DETECTED = "detected"
    DIAGNOSING = "diagnosing"
    AWAITING_APPROVAL = "awaiting_approval"
    APPLYING = "applying"
    VERIFYING = "verifying"
    RECOVERED = "recovered"
    NOT_RECOVERED = "not_recovered"
    INCONCLUSIVE = "inconclusive"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NO_ACTION = "no_action"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        return self in OPEN_STATUSES


OPEN_STATUSES = frozenset(
    {Status.DETECTED, Status.DIAGNOSING, Status.AWAITING_APPROVAL, Status.APPLYING, Status.VERIFYING}
)


class Severity(StrEnum):
    """How bad it is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 is the worst; for sorting."""
        return list(Severity).index(self)


class Category(StrEnum):
    """The kinds of fault. These names are used everywhere, files and metrics included."""

    OOM = "oom"
    CPU_THROTTLING = "cpu_throttling"
    CRASH_LOOP = "crash_loop"
    IMAGE_PULL = "image_pull"
    PROBE_FAILURE = "probe_failure"
    SCHEDULING = "scheduling"
    QUOTA = "quota"
    EVICTION = "eviction"
    NODE = "node"
    DISK_FULL = "disk_full"
    VOLUME = "volume"
    READ_ONLY = "read_only"
    FD_EXHAUSTION = "fd_exhaustion"
    THREAD_LIMIT = "thread_limit"
    KERNEL_LIMIT = "kernel_limit"
    CONN_POOL = "conn_pool"
    CONNECTION_REFUSED = "connection_refused"
    DNS = "dns"
    TIMEOUT = "timeout"
    NETWORK = "network"
    RATE_LIMIT = "rate_limit"
    CERT_EXPIRY = "cert_expiry"
    AUTH_FAILURE = "auth_failure"
    RBAC_FORBIDDEN = "rbac_forbidden"
    FS_PERMISSION = "fs_permission"
    PORT_CONFLICT = "port_conflict"
    CONFIG_ERROR = "config_error"
    DB_LOCK = "db_lock"
    REPLICATION_LAG = "replication_lag"
    CACHE_MAXMEMORY = "cache_maxmemory"
    JOB_FAILED = "job_failed"
    HPA = "hpa"
    REPLICAS_MISMATCH = "replicas_mismatch"
    TARGET_DOWN = "target_down"
    SERVICE_ROUTING = "service_routing"
    OVERCOMMIT = "overcommit"
    APP_CRASH = "app_crash"
    UNKNOWN = "unknown"

    @property
    def is_symptom(self) -> bool:
        """What a pod shows when something else is wrong with it: beside a cause, it is not a fault of its own."""
        return self in _SYMPTOMS


_SYMPTOMS = frozenset({Category.CRASH_LOOP, Category.PROBE_FAILURE, Category.REPLICAS_MISMATCH, Category.TARGET_DOWN})


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line from a log source, as it arrived (hostile until redacted and escaped)."""

    text: str
    at_ns: int
    """Unix time in nanoseconds, from the source."""
    source: str
    """`loki`, `trigger`, `stdin`, or `file:<path>`."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """A Prometheus rule that fires or has resolved, polled or delivered by Alertmanager."""

    name: str
    firing: bool
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    source: str
    """`prometheus` or `alertmanager`."""

    @property
    def fingerprint(self) -> str:
        """Equal for one rule and label set, 16 hex digits, whoever delivers the alert.

        Alertmanager adds external labels (`cluster`, `replica`) which a poll of Prometheus does not
        have, so its own fingerprint cannot join the two; the identity of a pod's alert can.
        """
        shared = sorted((k, v) for k, v in self.labels.items() if k not in EXTERNAL_LABELS)
        return hashlib.sha256(repr(shared).encode()).hexdigest()[:16]


EXTERNAL_LABELS = frozenset({"cluster", "replica", "prometheus", "prometheus_replica", "receive", "tenant_id"})
"""Labels commonly set by `external_labels`: they say who scraped, not what is wrong."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One log event or alert that a runbook recognised as a fault: what ingest needs to know of it.

    Everything here is already redacted.
    """

    key: bytes
    """16 bytes that identify the line or alert: the same one read twice has the same key."""
    at_ns: int
    text: str
    source: str
    labels: Mapping[str, str]
    category: Category
    runbook: str | None
    """Id of the runbook; None when nothing matched and the fault is `unknown`."""
    app: str | None
    namespace: str | None
    severity: Severity
    template: str
    """The message with its variable parts replaced."""
    fingerprint: str
    """32 hex digits over app, namespace, category, template."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the line itself says: `pod`, `container`, `limit`, `image`, ..."""
    alert: Alert | None = None
    """The alert, when this is one and not a line."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing we saw that speaks for or against a cause."""

    kind: str
    """`line`, `query`, `alert`, `change` or `note`."""
    text: str
    """The line, the PromQL, the commit: redacted, still hostile to Slack and HTML."""
    at: datetime
    value: str | None = None
    """The query's answer with its unit; None when there was no data."""
    means: Text | None = None
    supports: bool | None = None
    """True speaks for the cause, False rules something out, None is only known."""
    course: tuple[float, ...] = ()
    """The query's answers in the hour before, a minute apart, oldest first; empty where there were none."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong and why we say so. `unknown` is a valid answer."""

    category: Category
    runbook: str | None
    app: str | None
    namespace: str | None
    container: str | None
    severity: Severity
    root_cause: Text
    advice: tuple[Text, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    ruled_out: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value in one values file, before and after."""

    file: str
    """Path in the GitOps repository, with forward slashes."""
    path: ValuePath
    old: Scalar
    """The value the approver saw; None when the key was absent or null."""
    new: Scalar
    op: str = "set"
    """`set` replaces a value, `insert` adds a key that was not there."""
    doc: int = 0
    """Which document of a multi-document file, from 0."""

    @property
    def key(self) -> str:
        """`file#doc:path`, the name under which policy, claims and learning know this value."""
        return f"{self.file}#{self.doc}:{self.dotted}"

    @property
    def dotted(self) -> str:
        """The path for people: `resources.limits.memory`, `env[2].value`."""
        out = ""
        for part in self.path:
            out += f"[{part}]" if isinstance(part, int) else (f".{part}" if out else part)
        return out


@dataclass(frozen=True, slots=True)
class FileEdit:
    """The exact bytes of one file before and after."""

    path: str
    base_blob: str
    """Git object id of the file the approver saw (hex)."""
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """What an approver should know would be touched."""

    files: tuple[str, ...]
    apps: tuple[str, ...]
    restarts_pods: bool
    weakens_guardrail: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """The values changes we would make, why, on what evidence. Never edited: a new version replaces it."""

    incident_id: str
    version: int
    changes: tuple[ValueChange, ...]
    edits: tuple[FileEdit, ...]
    diff: str
    revert_diff: str
    action: Text
    """One sentence that says the change."""
    explanation: Text
    """Cause, change, what restarts, what it will not do, how to undo it."""
    blast: BlastRadius
    created_at: datetime
    expires_at: datetime
    options: tuple[ValueChange, ...] = ()
    """Where it cannot be known which value is meant: the changes of which a person has to choose. None is made yet."""

    @property
    def is_question(self) -> bool:
        """A person has to choose before there is anything to approve."""
        return bool(self.options)

    @property
    def digest(self) -> str:
        """What an approver approves: sha256 over incident, version, base blobs, paths, exact new bytes (64 hex)."""
        seen = hashlib.sha256()
        for part in (self.incident_id, str(self.version)):
            seen.update(part.encode() + b"\0")
        for edit in self.edits:
            for raw in (edit.base_blob.encode(), edit.path.encode(), edit.after):
                seen.update(len(raw).to_bytes(8, "big") + raw)
        return seen.hexdigest()


class Action(StrEnum):
    """What a decision says. `expire` is the clock's, the others are a person's."""

    APPROVE = "approve"
    REJECT = "reject"
    MODIFY = "modify"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be allowed to decide."""

    id: str
    """`<surface>:<name>`, for example `api:alice`, `slack:U012AB`, `local:root`; what policy lists."""
    name: str

    @property
    def surface(self) -> str:
        return self.id.partition(":")[0]


CLOCK = Person("clock:langraph", "langraph")
"""Who decides when nobody did in time."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a named person said to one proposal digest. The first one per digest wins, for ever."""

    proposal_digest: str
    incident_id: str
    action: Action
    by: Person
    at: datetime
    comment: str = ""
    auto_revert: bool = False
    replaced_by: str | None = None
    """After a modify: the digest of the proposal that carries the person's values."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One measurement of the verification, before and after the change."""

    name: str
    before: float | None
    after: float | None
    healthy: bool | None
    """None: no data. Never taken for health."""
    means: Text


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an incident ended."""

    status: Status
    at: datetime
    reason: Text
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Incident:
    """One fault worth a decision."""

    id: str
    """`incident-YYYYMMDDHHMMSS-xxxxxx`: UTC time of the first event, six hex digits of the fingerprint."""
    fingerprint: str
    category: Category
    runbook: str | None
    app: str | None
    namespace: str | None
    severity: Severity
    status: Status
    source: str
    first_line: str
    labels: Mapping[str, str]
    facts: Mapping[str, str]
    opened_at: datetime
    last_seen_at: datetime
    count: int
    """Occurrences counted in, re-fires included."""
    refires: int = 0
    """Occurrences that came after the incident was closed, within its cool-down."""
    closed_at: datetime | None = None
    wake_at: datetime | None = None
    """When the executor must look again by itself; None: only an event or a person wakes it."""
    attempts: int = 0
    """Failed drives in a row."""
    proposal_digest: str | None = None
    diagnosis: Diagnosis | None = None
    outcome: Outcome | None = None
    commits: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status.is_open


def incident_id(first_event: datetime, fingerprint: str) -> str:
    """The id that the same fault re-derives after a crash.

    Args:
        first_event: aware time of the fault's first event; written in UTC to the second.
        fingerprint: hex digits, at least six.
    """
    return f"incident-{first_event.astimezone(UTC):%Y%m%d%H%M%S}-{fingerprint[:6]}"
