"""How much of a diff a message shows: all of it, or what it changes in sum with its first hunk. Pure."""

from dataclasses import dataclass

from langraph.models.text import Text
from langraph.texts import slack as say

BLOCK_CHARS = 2_900  # Slack shows a longer preformatted block only after a click, and refuses 3,000 in a section
WHOLE_CHARS = 3 * BLOCK_CHARS + 300  # three blocks; all blocks of a message together may have some 13,000
HUNK_CHARS = 1_800  # of a diff that is too long: enough to see what kind of change it is


@dataclass(frozen=True, slots=True)
class ShownDiff:
    """The parts to show, each at most one block long."""

    parts: tuple[str, ...]
    summary: Text | None = None
    """Set when this is not all of it: the whole diff belongs into the thread, as a file."""

    @property
    def is_whole(self) -> bool:
        return self.summary is None


def whole(diff: str) -> ShownDiff | None:
    """All of it in up to three blocks; None when it is longer than that."""
    if len(diff) > WHOLE_CHARS:
        return None
    parts = _split(diff.rstrip("\n"))
    return ShownDiff(tuple(parts)) if len(parts) <= 3 else None


def brief(diff: str) -> ShownDiff:
    """What it changes in sum, and the beginning of it up to the second hunk."""
    lines = diff.splitlines()
    files = sum(line.startswith("+++ ") for line in lines)
    added = sum(line.startswith("+") and not line.startswith("+++ ") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("--- ") for line in lines)
    return ShownDiff((_first_hunk(lines),), say.diff_summary(files, added, removed))


def _first_hunk(lines: list[str]) -> str:
    starts = [number for number, line in enumerate(lines) if line.startswith(("@@", "--- "))]
    later = [number for number in starts if number > 2]
    text = "\n".join(lines[: later[0]] if later else lines)
    return text if len(text) <= HUNK_CHARS else text[: HUNK_CHARS - 1] + "…"


def _split(text: str) -> list[str]:
    """At line ends where that is possible."""
    parts: list[str] = []
    while len(text) > BLOCK_CHARS:
        end = text.rfind("\n", 1, BLOCK_CHARS)
        end = end if end > BLOCK_CHARS // 2 else BLOCK_CHARS
        parts.append(text[:end])
        text = text[end:].removeprefix("\n")
    return [*parts, text]
