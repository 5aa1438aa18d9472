"""What was learned, and the run that learns it."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.counter import Asking, TheCounter
from api.learning_schemas import (
    BrokenAnswer,
    ChangeOfLesson,
    LessonAnswer,
    PatternAnswer,
    PatternsAnswer,
    ProcessAnswer,
    SummaryAnswer,
)
from api.schemas import Name
from api.strict_json import StrictRoute
from langraph.errors import BadInput
from langraph.learning.lesson_file import FOLDER, parse_lesson
from langraph.learning.revision import Processed, Progress
from langraph.learning.steps import write
from langraph.models.incident import Category
from langraph.models.learning import Lesson, Move

router = APIRouter(prefix="/api", tags=["learning"], route_class=StrictRoute)

WAITED_SECONDS = 5.0  # a small repository is done by then; with a large one people rather see how far it is


@router.get("/learning/patterns", summary="What was learned")
async def patterns(
    counter: TheCounter,
    error_category: Annotated[Category | None, Query(description="Only faults of this kind.")] = None,
    app_name: Annotated[Name | None, Query(description="Only this app; `*`: over all apps.")] = None,
) -> PatternsAnswer:
    """The pattern files at the branch head. They may be edited; one that cannot be read is named here."""
    items, broken = [], []
    for path in await counter.git.list_files(FOLDER):
        blob = await counter.git.read(path)
        try:
            lesson = parse_lesson(blob.data if blob else b"", path)
        except BadInput as error:
            broken.append(BrokenAnswer(path=path, problem=str(error)))
            continue
        if error_category in (None, lesson.category) and app_name in (None, lesson.app):
            items.append(lesson_answer(lesson, path))
    return PatternsAnswer(items=items, broken=broken)


def lesson_answer(lesson: Lesson, path: str) -> LessonAnswer:
    """A pattern file as the API says it."""
    return LessonAnswer(
        error_category=str(lesson.category),
        app_name=lesson.app,
        patterns=[
            PatternAnswer(
                original_action=write(pattern.original),
                result=str(pattern.result),
                feedback=pattern.feedback,
                improved_action=_move(pattern.improved),
                success_count=pattern.success_count,
                failure_count=pattern.failure_count,
            )
            for pattern in lesson.patterns
        ],
        recommended_action=_move(lesson.recommended),
        derived_action=_move(lesson.derived),
        path=path,
    )


def _move(move: Move | None) -> str | None:
    return None if move is None else write(move)


@router.post("/feedback-loop/process", summary="Learn from what was recorded, now")
async def process(counter: TheCounter, _: Asking, response: Response) -> ProcessAnswer:
    """Joins a run that is under way. 200 with the summary when it ended within seconds, else 202 and how far it is."""
    learning = counter.learning
    run = asyncio.ensure_future(learning.process())
    done, _pending = await asyncio.wait({run}, timeout=WAITED_SECONDS)
    if not done:
        run.add_done_callback(_noted)
        response.status_code = 202
        return _answer(learning.progress)
    return _answer(Progress(last=run.result()))


def _noted(run: "asyncio.Future[Processed]") -> None:
    """Its error is in the progress; nobody else waits for it."""
    if not run.cancelled():
        run.exception()


@router.get("/feedback-loop", summary="How far the feedback loop is")
async def progress(counter: TheCounter) -> ProcessAnswer:
    """And what its last run came to."""
    return _answer(counter.learning.progress)


def _answer(progress: Progress) -> ProcessAnswer:
    state: Literal["running", "done", "failed", "idle"] = "idle" if progress.last is None else "done"
    if progress.running:
        state = "running"
    elif progress.error is not None:
        state = "failed"
    last = progress.last
    return ProcessAnswer(
        state=state, stage=progress.stage, summary=None if last is None else _summary(last), error=progress.error
    )


def _summary(done: Processed) -> SummaryAnswer:
    return SummaryAnswer(
        at=done.at,
        incidents=done.incidents,
        negative=done.negative,
        changes=[
            ChangeOfLesson(
                path=change.path,
                error_category=change.category,
                app_name=change.app,
                recommended_before=_move(change.before),
                recommended_after=_move(change.after),
            )
            for change in done.changes
        ],
        broken=list(done.broken),
        misread=list(done.misread),
        commit=done.commit,
    )
