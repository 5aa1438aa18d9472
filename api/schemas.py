"""The bodies that come in, the answers that go out: the API's contract, with examples."""

import math
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from langraph.models.incident import Action, Category, Severity, Status

MAX_LOG_TEXT_BYTES = 256 * 1024  # as long as the longest line that Loki takes by default
MAX_COMMENT = 3_000  # characters; as much as a Slack input block takes
MAX_CHANGES = 50  # values in one modify; a proposal has a handful
MAX_VALUE = 4_096  # characters of a new value; a heap flag line is long, a file is not a value
MAX_LABELS = 64  # twice what Loki allows on a stream
MAX_INT = 2**53  # what JSON carries exactly, RFC 8259 section 6
PAGE_DEFAULT = 50
PAGE_MOST = 200  # incidents in one answer, some 200 kB

DIGEST = "3f1c" * 16


def _bounded_bytes(text: str) -> str:
    if len(text.encode()) > MAX_LOG_TEXT_BYTES:
        raise ValueError(f"the text is longer than {MAX_LOG_TEXT_BYTES:,} bytes; send the lines around the error")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")  # no database's text can hold it


LogText = Annotated[str, StringConstraints(min_length=1), AfterValidator(_bounded_bytes)]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=1_024)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=253)]
Prose = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=MAX_COMMENT)]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Plain = str | int | float | bool | None
"""A YAML scalar."""


def _plain(value: object) -> object:
    """The value as it is: `true` stays a boolean, 3 a whole number. A guess would change what is approved."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INT:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str) and len(value) <= MAX_VALUE and "\0" not in value:
        return value
    raise ValueError(f"a new value is a text of at most {MAX_VALUE} characters, a number, true, false or null")


NewValue = Annotated[
    Plain, PlainValidator(_plain), WithJsonSchema({"type": ["string", "number", "boolean", "null"]}, mode="validation")
]


class Asked(BaseModel):
    """A body that somebody sends: what we do not know is refused, so that a typing error is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Answer(BaseModel):
    """A body that we send."""

    model_config = ConfigDict(frozen=True)


# --- in ------------------------------------------------------------------------------------------------------------


class DecisionAsked(Asked):
    """What a person says to a proposal."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "approve", "proposal_digest": DIGEST, "comment": "agreed with the team"},
                {"action": "reject", "proposal_digest": DIGEST, "comment": "the leak is fixed in 2.4.1"},
                {"action": "modify", "proposal_digest": DIGEST, "changes": {"resources.limits.memory": "768Mi"}},
            ]
        }
    )

    action: Literal["approve", "reject", "modify"]
    proposal_digest: Digest = Field(description="The proposal that was looked at; a newer one is not decided by this.")
    changes: dict[Name, NewValue] = Field(
        default_factory=dict,
        max_length=MAX_CHANGES,
        description="For a modify: new values by dotted path (`resources.limits.memory`) or by a change's `key`.",
    )
    comment: Prose = Field("", description="Why; goes into the record and the commit message.")
    auto_revert: StrictBool = Field(
        False, description="Take the change back by itself if the service does not recover."
    )

    @model_validator(mode="after")
    def _changes_belong_to_modify(self) -> Self:
        if self.action == "modify" and not self.changes:
            raise ValueError("a modify needs `changes`: new values by dotted path")
        if self.action != "modify" and self.changes:
            raise ValueError("`changes` belong to a modify only; send action `modify` to change the values")
        return self


class TriggerAsked(Asked):
    """A log text that somebody wants looked at."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "log_text": "java.lang.OutOfMemoryError: Java heap space",
                    "log_source": "manual",
                    "app": "grafana",
                    "namespace": "monitoring",
                    "labels": {"pod": "grafana-7d9c5b6f4-x2x8p"},
                }
            ]
        }
    )

    log_text: LogText = Field(description=f"One line or several, at most {MAX_LOG_TEXT_BYTES:,} bytes.")
    log_source: Annotated[Name, Field(max_length=64)] = Field(description="Where it comes from, in a word.")
    app: Name | None = None
    namespace: Name | None = None
    labels: dict[Annotated[Name, Field(max_length=128)], Line] = Field(default_factory=dict, max_length=MAX_LABELS)


class ReasonAsked(Asked):
    """Why the kill switch is turned."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "maintenance until 14:00"}]})

    reason: Reason


class ListAsked(Asked):
    """Which incidents to list."""

    status: Status | None = Field(None, description="Only those in this status.")
    app: Name | None = Field(None, description="Only those of this app.")
    category: Category | None = Field(None, description="Only faults of this kind.")
    severity: Severity | None = Field(None, description="Only those of exactly this severity.")
    open: bool = Field(False, description="Only those that are not closed.")
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MOST, description="Incidents in one answer.")
    after: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        None, description="`next` of the page before."
    )


# --- out -----------------------------------------------------------------------------------------------------------


class IncidentItem(Answer):
    """One incident in a list. What is not known is null."""

    id: str
    status: Status | None
    open: bool
    severity: Severity | None
    category: Category | None
    app: str | None
    namespace: str | None
    root_cause: str | None
    count: int | None = Field(description="Occurrences, re-fires included.")
    refires: int | None = Field(description="Occurrences after it was closed, within its cool-down.")
    source: str | None
    opened_at: datetime | None
    last_seen_at: datetime | None
    closed_at: datetime | None
    proposal_digest: str | None
    known_from: Literal["ledger", "git"] = Field(description="`git`: the ledger has never seen or has lost it.")


class IncidentPage(Answer):
    """A page of incidents, newest first."""

    items: list[IncidentItem]
    next: str | None = Field(description="Give it as `after` to get the next page; null: this is the last.")
    git_available: bool = Field(description="False: git cannot be read now, incidents that only git knows are missing.")


class ChangeAnswer(Answer):
    """One value before and after."""

    key: str
    file: str
    doc: int
    path: str
    op: str
    old: Plain
    new: Plain


class BlastAnswer(Answer):
    """What would be touched."""

    files: list[str]
    apps: list[str]
    restarts_pods: bool
    weakens_guardrail: bool


class ProposalAnswer(Answer):
    """The present proposal."""

    digest: str
    version: int
    action: str
    explanation: str | None
    changes: list[ChangeAnswer]
    options: list[ChangeAnswer] = Field(
        default_factory=list,
        description="Where which value is meant cannot be known: choose one with `modify`; `changes` is empty.",
    )
    diff: str
    revert_diff: str | None
    blast: BlastAnswer | None
    created_at: datetime | None
    expires_at: datetime | None


class EvidenceAnswer(Answer):
    """One thing that speaks for or against the cause."""

    kind: str
    text: str
    at: datetime | None
    value: str | None
    means: str | None
    supports: bool | None = Field(description="True: for the cause; false: rules something out; null: only known.")
    course: list[float] = Field(
        default_factory=list, description="The query's answers in the hour before, a minute apart, oldest first."
    )


class TimelineAnswer(Answer):
    """One thing that happened."""

    at: datetime | None
    what: str
    detail: dict[str, str]


class DecisionAnswer(Answer):
    """The decision that stands."""

    incident_id: str
    proposal_digest: str
    action: Action
    by: str
    name: str
    at: datetime | None
    comment: str
    auto_revert: bool
    replaced_by: str | None = Field(description="After a modify: the digest of the proposal with the person's values.")


class DecisionTaken(DecisionAnswer):
    """The decision that stands, and what it leads to."""

    needs_approval: bool = Field(description="After a modify: whether the new proposal still has to be approved.")


class SignalAnswer(Answer):
    """One measurement before and after the change."""

    name: str
    before: float | None
    after: float | None
    healthy: bool | None = Field(description="Null: no data, which is never taken for health.")
    means: str | None


class OutcomeAnswer(Answer):
    """How it ended."""

    status: Status | None
    at: datetime | None
    reason: str | None
    signals: list[SignalAnswer]


class IncidentAnswer(IncidentItem):
    """Everything about one incident."""

    runbook: str | None
    first_line: str | None
    labels: dict[str, str]
    facts: dict[str, str]
    wake_at: datetime | None
    attempts: int
    advice: list[str]
    ruled_out: list[str]
    proposal: ProposalAnswer | None
    decision: DecisionAnswer | None
    outcome: OutcomeAnswer | None
    evidence: list[EvidenceAnswer]
    timeline: list[TimelineAnswer]
    commits: list[str]


class StatusAnswer(Answer):
    """Where an incident is now."""

    id: str
    status: Status | None
    open: bool
    wake_at: datetime | None = Field(description="When langraph looks again by itself; null: only an event wakes it.")
    proposal_digest: str | None = Field(description="What waits for a decision, while status is awaiting_approval.")
    updated: datetime | None = Field(description="When something last happened to it.")


class TriggerAnswer(Answer):
    """What became of a triggered log text."""

    incidents: list[str] = Field(description="Ids of the incidents it was counted in; empty: it was counted before.")
    opened: list[str] = Field(description="Those of them that it opened.")


class AlertsAnswer(Answer):
    """What became of a webhook message; durable before it is answered."""

    received: int
    incidents: list[str]


class SwitchAnswer(Answer):
    """The kill switch."""

    halted: bool
    reason: str | None


class HealthAnswer(Answer):
    """The process answers."""

    status: Literal["alive"] = "alive"


class ReadyAnswer(Answer):
    """Everything langraph needs is there."""

    ready: Literal[True] = True
    dependencies: dict[str, str | None]


class ProblemField(Answer):
    """One field that does not fit."""

    field: str
    message: str


class Problem(Answer):
    """RFC 9457 problem details; every error looks like this."""

    type: str = Field(examples=["urn:langraph:problem:not-found"])
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemField] | None = None
    dependencies: dict[str, str | None] | None = None
