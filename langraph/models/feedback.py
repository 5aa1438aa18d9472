"""What people, measurements and git say about a change, while it is made and afterwards. Frozen data."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from langraph.models.incident import Person

OBSERVER = Person("clock:langraph", "langraph")
"""Who says what nobody had to be asked for: a failed verification."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody says while the workflow runs. The words reach the commit messages."""

    incident_id: str
    by: Person
    at: datetime
    user_recognition: str
    """What the person takes the fault for."""
    user_approved_action: str
    """What the person wants done."""


@dataclass(frozen=True, slots=True)
class NegativeFeedback:
    """That a change was not what it should have been."""

    incident_id: str
    by: Person
    at: datetime
    reason: str
    original_action: str
    """What was done or proposed, as `<path> <old> -> <new>`; empty when nothing was."""
    expected_result: str
    """What should have been, in the person's words; empty when nobody said."""

    @property
    def op_id(self) -> str:
        """Key of the effect: the same person saying the same again is one feedback."""
        seen = hashlib.sha256()
        for part in (self.incident_id, self.by.id, self.reason, self.expected_result):
            seen.update(part.encode(errors="replace") + b"\0")
        return f"feedback:{self.incident_id}:{seen.hexdigest()[:16]}"

    @property
    def is_from_a_person(self) -> bool:
        return self.by.surface != OBSERVER.surface


@dataclass(frozen=True, slots=True)
class RevertRequest:
    """That a person wants a committed change taken back. One per proposal, for ever."""

    proposal_digest: str
    incident_id: str
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class HumanRevert:
    """A commit of somebody else's that gave every key of our change its old value back."""

    incident_id: str
    commit: str
    author: str
    at: datetime
    subject: str
