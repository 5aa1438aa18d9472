"""The part of a log line by which its runbook knew the fault."""

from functools import cache

from langraph.errors import BadRunbook
from langraph.runbooks.catalogue import load
from langraph.runbooks.regex import RegexRefused, compiled

MAX_CHARS = 4_000  # of a line that is shown; as much as the record keeps


def marked(text: str, runbook: str | None) -> tuple[str, str, str]:
    """The line before the match, the match, the rest; the match is empty where nothing of the runbook is in it.

    Only packaged runbooks are asked: a team's own are marked when they have a packaged one's id.
    """
    text = text[:MAX_CHARS]
    data = text.encode("utf-8", "replace")
    for regex in _patterns(runbook) if runbook else ():
        found = compiled(regex).search(data)
        if found is not None and found.end() > found.start():
            start, end = found.span()
            parts = (data[:start], data[start:end], data[end:])
            before, match, after = (part.decode("utf-8", "replace") for part in parts)
            return before, match, after
    return text, "", ""


def learn() -> None:
    """Read the runbooks now, which takes a third of a second once; to be called where nobody else waits."""
    _catalogue()


@cache
def _patterns(runbook: str) -> tuple[str, ...]:
    known = _catalogue().get(runbook, ())
    return tuple(regex for regex in known if _compiles(regex))


@cache
def _catalogue() -> dict[str, tuple[str, ...]]:
    """Patterns by runbook; read once, when the first line is shown. A mark is worth no page that fails."""
    try:
        known = load().runbooks
    except BadRunbook:
        return {}
    return {name: tuple(one.regex for one in runbook.patterns) for name, runbook in known.items()}


def _compiles(regex: str) -> bool:
    try:
        compiled(regex)
    except RegexRefused:
        return False
    return True
