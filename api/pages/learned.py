"""What was learned, as the pattern files in git say it. People may have edited them; a broken one says why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.loose import Loose
from langraph.errors import EditRefused
from langraph.models.text import Text
from langraph.ports import GitStore
from langraph.texts import page_system as say

FOLDER = "examples/learning"
SUFFIX = "_patterns.json"
MOST_FILES = 500  # on one page


@dataclass(frozen=True, slots=True)
class Lesson:
    """One action that was tried."""

    original: str
    improved: str
    result: str
    feedback: str
    worked: int
    failed: int


@dataclass(frozen=True, slots=True)
class Taught:
    """One file: what a category of faults teaches about an app."""

    path: str
    category: str = ""
    app: str = ""
    recommended: str = ""
    lessons: tuple[Lesson, ...] = ()
    broken: Text | None = None
    """Why it cannot be read."""

    @property
    def weight(self) -> int:
        return sum(one.worked + one.failed for one in self.lessons)


@dataclass(slots=True)
class Notebook:
    """The files as the branch has them, kept while its head stays the same."""

    _head: str | None = None
    _taught: Sequence[Taught] = field(default_factory=tuple)
    _is_cut: bool = False

    async def read(self, git: GitStore) -> tuple[Sequence[Taught], bool]:
        """All that was learned, the most tried first, and whether files were left out.

        Raises: GitUnavailable.
        """
        head = await git.head()
        if head is None:
            return (), False
        if head != self._head:
            paths = [path for path in await git.list_files(FOLDER, head) if path.endswith(SUFFIX)]
            found = [await _taught(git, path, head) for path in paths[:MOST_FILES]]
            self._taught = sorted(found, key=lambda one: (one.broken is None, -one.weight, one.path))
            self._head, self._is_cut = head, len(paths) > MOST_FILES
        return self._taught, self._is_cut


async def _taught(git: GitStore, path: str, head: str) -> Taught:
    try:
        blob = await git.read(path, head)
    except EditRefused as refusal:  # a link in place of the file
        return Taught(path, broken=Text(str(refusal), str(refusal)))
    return parse(path, blob.data if blob else b"")


def parse(path: str, data: bytes) -> Taught:
    """One file."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return Taught(path, broken=say.NOT_JSON)
    if not isinstance(content.get("patterns"), list):
        return Taught(path, broken=say.NOT_PATTERNS)
    said = Loose(content)
    return Taught(
        path,
        said.text("error_category") or "",
        said.text("app_name") or "",
        _words(said, "recommended_action"),
        tuple(_lesson(one) for one in said.each("patterns")),
    )


def _lesson(said: Loose) -> Lesson:
    return Lesson(
        original=_words(said, "original_action"),
        improved=_words(said, "improved_action"),
        result=_words(said, "result"),
        feedback=_words(said, "feedback"),
        worked=max(0, said.whole("success_count") or 0),
        failed=max(0, said.whole("failure_count") or 0),
    )


def _words(said: Loose, name: str) -> str:
    value = said.scalar(name)
    return "" if value is None else str(value)[:1_000]
