"""Everything that a diagnosis and a proposal were made from: kept with the record, so that they can be made again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from langraph.models.incident import Evidence, Incident, ValueChange
from langraph.models.learning import Trial

INPUTS_VERSION = 1


@dataclass(frozen=True, slots=True)
class ValuesFile:
    """A values file as the proposal saw it."""

    oid: str
    """Git object id, hex."""
    text: str
    raw: bytes | None = None
    """The bytes of a file that is no UTF-8; `text` shows what can be shown of it."""

    @property
    def data(self) -> bytes:
        return self.text.encode() if self.raw is None else self.raw


@dataclass(frozen=True, slots=True)
class OlderVersion:
    """The same file as an earlier commit left it."""

    commit: str
    at: datetime
    author: str
    subject: str
    text: str | None
    """None: the commit removed it."""
    by_us: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A change of ours that counted against policy's bounds."""

    change: ValueChange
    incident_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was known. Older versions that are no UTF-8 hold replacement characters."""

    incident: Incident
    """Diagnosed."""
    evidence: tuple[Evidence, ...]
    version: int
    """Of the proposal that was made from it, or would have been."""
    at: datetime
    expires_in: timedelta
    files: Mapping[str, ValuesFile]
    older: Mapping[str, tuple[OlderVersion, ...]]
    """Newest first."""
    apps: str
    policy: str
    applied: tuple[Applied, ...]
    lessons: Mapping[str, str]
    """The pattern files that were there, by path."""
    trials: tuple[Trial, ...]
    peak_bytes: int | None
    inputs_version: int = INPUTS_VERSION
