"""What was learned, and the run that learns it, as the API says them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas import Answer


class PatternAnswer(Answer):
    """One action that was tried, and what came of it."""

    original_action: str = Field(description="`<path> <old> -> <new>`, or `<path> x<factor>`.")
    result: str
    feedback: str
    improved_action: str | None = Field(description="What to do in its place; null: nothing better is known.")
    success_count: int
    failure_count: int


class LessonAnswer(Answer):
    """A pattern file."""

    error_category: str
    app_name: str = Field(description="`*`: over all apps.")
    patterns: list[PatternAnswer]
    recommended_action: str | None
    derived_action: str | None = Field(description="What the records recommend; a person may have set another.")
    path: str


class BrokenAnswer(Answer):
    """A pattern file that cannot be read; nothing is learned from it until somebody mends it."""

    path: str
    problem: str


class PatternsAnswer(Answer):
    """What was learned."""

    items: list[LessonAnswer]
    broken: list[BrokenAnswer]


class ChangeOfLesson(Answer):
    """A pattern file that was written."""

    path: str
    error_category: str
    app_name: str
    recommended_before: str | None
    recommended_after: str | None


class SummaryAnswer(Answer):
    """What a run came to."""

    at: datetime
    incidents: int = Field(description="Records that were read.")
    negative: int = Field(description="Of these, with negative feedback.")
    changes: list[ChangeOfLesson]
    broken: list[str]
    misread: list[str] = Field(
        description="Incidents whose evidence is read as another fault today: they teach nothing of the old one."
    )
    commit: str | None = Field(description="null: there was nothing new to write.")


class ProcessAnswer(Answer):
    """How far the run is; with its summary when it has ended."""

    state: Literal["running", "done", "failed", "idle"]
    stage: str
    summary: SummaryAnswer | None
    error: str | None
