"""What the record says was tried, and how each trial ended. Pure; what cannot be read is left out, never an error.

The record lives in git: people may edit it, and older versions of langraph wrote less.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from langraph.learning.steps import MAX_TEXT
from langraph.models.incident import Category, Scalar
from langraph.models.learning import Result, Step, Trial
from langraph.ports import RecordedIncident
from langraph.redact import printable, redact

MAX_WORDS = 300  # characters kept of what somebody wrote; the record itself has all of it
MAX_NAME = 80  # characters of a person's name
MAX_WHOLE = 10**18  # above, it is no setting

_APP = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?", re.ASCII)

_BY_STATUS = {
    "recovered": Result.RECOVERED,
    "not_recovered": Result.NOT_RECOVERED,
    "inconclusive": Result.INCONCLUSIVE,
    "rejected": Result.REJECTED,
}
"""Of the other ends, expired and failed among them, nothing can be learned."""


def trials(records: Sequence[RecordedIncident]) -> tuple[Trial, ...]:
    """Every trial of every record, oldest first.

    Args:
        records: the incident folders at the branch head, in any order.
    """
    found = [trial for record in records for trial in _of_record(record)]
    return tuple(sorted(found, key=lambda trial: (trial.at, trial.incident_id)))


def is_app_name(app: str) -> bool:
    """Whether the name is one that Kubernetes takes (RFC 1123, at most 63 characters): fit for a file's name."""
    return _APP.fullmatch(app) is not None and ".." not in app


def _of_record(record: RecordedIncident) -> Iterator[Trial]:
    data = record.metadata
    category, app = _category(data.get("category")), data.get("app")
    if category is None or not isinstance(app, str) or not is_app_name(app):
        return
    namespace = data.get("namespace")
    where = (record.id, category, app, namespace if isinstance(namespace, str) else None)
    versions = [*sorted(_mappings(data.get("earlier_proposals")), key=_version), _last(data)]
    for earlier, later in pairwise(versions):
        yield from _before_the_last(where, earlier, later)
    yield from _at_the_end(where, versions[-1], data, _mapping(record.negative))


Where = tuple[str, Category, str, str | None]


def _last(data: Mapping[str, object]) -> Mapping[str, object]:
    return {"changes": _mapping(data.get("proposal")).get("changes"), "decision": data.get("decision")}


def _version(version: Mapping[str, object]) -> int:
    number = version.get("version")
    return number if isinstance(number, int) else 0


def _before_the_last(where: Where, version: Mapping[str, object], later: Mapping[str, object]) -> Iterator[Trial]:
    """A proposal that another one replaced: a person refused it or wanted other values, or it went stale."""
    decision = _mapping(version.get("decision"))
    result = {"reject": Result.REJECTED, "modify": Result.MODIFIED}.get(str(decision.get("action")))
    at = _instant(decision.get("at"))
    if result is None or at is None:
        return
    persons = dict(_steps(later)) if result is Result.MODIFIED else {}
    for place, step in _steps(version):
        instead = persons.get(place)
        by, words = _name(decision), _words(decision.get("comment"))
        if result is Result.REJECTED or (instead is not None and instead != step):
            yield Trial(*where, *place[:2], step, result, at, by, words, instead=instead)


def _at_the_end(
    where: Where, version: Mapping[str, object], data: Mapping[str, object], negative: Mapping[str, object]
) -> Iterator[Trial]:
    decision, outcome = _mapping(version.get("decision")), _mapping(data.get("outcome"))
    result = _BY_STATUS.get(str(data.get("status")))
    at = _instant(data.get("closed_at")) or _instant(outcome.get("at")) or _instant(decision.get("at"))
    was_approved = decision.get("action") in ("approve", "modify")
    if result is None or at is None or (result.was_applied and not was_approved):
        return  # a fault that went away by itself says nothing of a change that nobody made
    by = _name(decision) if result is Result.REJECTED else ""
    words = _words(decision.get("comment")) if result is Result.REJECTED else ""
    taken_back = _mapping(data.get("reverted"))
    if taken_back.get("human") is True and result in (Result.RECOVERED, Result.INCONCLUSIVE):
        # What did not help is taken back because it did not help; that says nothing more against going further.
        result, by = Result.REVERTED, _words(taken_back.get("by")).removeprefix("git:")[:MAX_NAME]
        at = _instant(taken_back.get("at")) or at
    elif negative and result.was_applied:
        result, at = Result.NOT_RECOVERED, _instant(negative.get("timestamp")) or at
    expected = _words(negative.get("expected_result"))
    words = _words(negative.get("reason")) or words
    for place, step in _steps(version):
        yield Trial(*where, *place[:2], step, result, at, by, words, expected)


# --- reading what may be anything ----------------------------------------------------------------------------------

Place = tuple[str, int, str]
"""File, document, dotted path."""


def _steps(version: Mapping[str, object]) -> Iterator[tuple[Place, Step]]:
    for change in _mappings(version.get("changes")):
        file, path, doc = change.get("file"), change.get("path"), change.get("doc", 0)
        old, new = change.get("old"), change.get("new")
        is_place = isinstance(file, str) and isinstance(path, str) and 0 < len(path) <= MAX_TEXT // 4
        if not is_place or not _is_scalar(old) or not _is_scalar(new) or new is None or new == old:
            continue
        number = doc if isinstance(doc, int) and not isinstance(doc, bool) else 0
        yield (str(file), number, str(path)), Step(str(path), _scalar(old), _scalar(new))


def _is_scalar(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < MAX_WHOLE
    return value is None or (isinstance(value, str) and len(value) <= MAX_TEXT // 4)


def _scalar(value: object) -> Scalar:
    return value if isinstance(value, str | int | float | bool) else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def _category(value: object) -> Category | None:
    return next((category for category in Category if category == value), None)


def _instant(value: object) -> datetime | None:
    """An instant as ISO 8601; without a zone it is UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _name(decision: Mapping[str, object]) -> str:
    return (_words(decision.get("name")) or _words(decision.get("by")))[:MAX_NAME]


def _words(value: object) -> str:
    """A person's words on one line, without secrets and control characters; empty for anything but text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(printable(redact(value[: MAX_WORDS * 4])).split())
    return line.encode("utf-8", errors="replace").decode()[:MAX_WORDS]
