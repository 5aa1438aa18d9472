"""The pattern files as the record says they should be, beside what people wrote into them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from langraph.errors import BadInput
from langraph.learning.deriving import lessons, revised
from langraph.learning.lesson_file import lesson_bytes, lesson_path, parse_lesson
from langraph.learning.tried import trials
from langraph.models.learning import Lesson, Move
from langraph.ports import RecordedIncident


@dataclass(frozen=True, slots=True)
class LessonChange:
    """One pattern file that says something new."""

    path: str
    data: bytes
    """The whole file as it should be."""
    category: str
    app: str
    before: Move | None
    """What was recommended until now."""
    after: Move | None

    @property
    def is_important(self) -> bool:
        """The next proposal will be another one."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Revision:
    """What the record teaches now."""

    changes: tuple[LessonChange, ...]
    broken: tuple[str, ...]
    """A sentence for each pattern file that cannot be read; it is left as it is."""


@dataclass(frozen=True, slots=True)
class Processed:
    """What one run came to."""

    at: datetime
    incidents: int
    """Records that were read."""
    negative: int
    """Of these, with negative feedback."""
    changes: tuple[LessonChange, ...] = ()
    """Pattern files that were written."""
    broken: tuple[str, ...] = ()
    misread: tuple[str, ...] = ()
    """Incidents with negative feedback whose evidence is read as another fault today; they teach nothing."""
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    running: bool = False
    stage: str = "idle"
    """`idle`, `reading`, `learning`, `committing`."""
    last: Processed | None = None
    error: str | None = None
    """Why the last run did not end."""


def derived(records: Sequence[RecordedIncident], now: datetime) -> Sequence[Lesson]:
    """The lessons of all that was recorded; those that no file can be named after are left out."""
    return [lesson for lesson in lessons(trials(records), now) if _has_path(lesson)]


def _has_path(lesson: Lesson) -> bool:
    try:
        lesson_path(lesson.category, lesson.app)
    except BadInput:
        return False
    return True


def revise(known: Sequence[Lesson], present: Mapping[str, bytes]) -> Revision:
    """Which files have to be written.

    Args:
        known: as `derived` gives them.
        present: the pattern files there are, by path.
    """
    changes, broken = [], []
    for lesson in known:
        path = lesson_path(lesson.category, lesson.app)
        try:
            written = parse_lesson(present[path], path) if path in present else None
        except BadInput as error:
            broken.append(str(error))
            continue
        wanted = revised(lesson, written)
        data = lesson_bytes(wanted)
        if data != present.get(path):
            before = written.recommended if written is not None else None
            changes.append(LessonChange(path, data, str(lesson.category), lesson.app, before, wanted.recommended))
    return Revision(tuple(changes), tuple(broken))
