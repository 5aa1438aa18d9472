"""What people changed shortly before a fault, from the versions of their values files. Pure.

A limit that was lowered an hour ago is put back, not doubled: raising around a mistake hides it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from langraph.amounts import amount_of
from langraph.errors import EditRefused
from langraph.helm_values import changed_paths, find
from langraph.models.incident import Scalar, ValueChange, ValuePath
from langraph.ports import FileVersion

RECENT = timedelta(days=7)  # a slow leak under a lowered limit takes days to show
NOTABLE = timedelta(hours=24)  # what else changed: more than a day back it is history, not news
CLOCKS = timedelta(minutes=5)  # committers' clocks are not ours
MAX_NOTED = 5  # changes named in the evidence; a large refactoring names itself by its commit

Versions = Mapping[str, Sequence[FileVersion]]
"""The versions of each file by path, newest first."""


@dataclass(frozen=True, slots=True)
class PastChange:
    """One value that one commit changed."""

    change: ValueChange
    commit: str
    at: datetime
    author: str
    subject: str


def lowered(
    versions: Sequence[FileVersion], file: str, path: ValuePath, doc: int, kind: str, opened_at: datetime
) -> PastChange | None:
    """The person's commit that gave the key its present value, if that is a smaller one and it is recent.

    Args:
        versions: of `file`, newest first.
        kind: what the value is, see `amounts.KINDS`.
        opened_at: when the fault was first seen.
    """
    last = _last_change(versions, file, path, doc)
    if last is None or not opened_at - RECENT <= last.at <= opened_at + CLOCKS:
        return None
    old, new = amount_of(last.change.old, kind), amount_of(last.change.new, kind)
    return last if old is not None and new is not None and old > new else None


def _last_change(versions: Sequence[FileVersion], file: str, path: ValuePath, doc: int) -> PastChange | None:
    """Who gave the key its present value; None when we did, or when the history read here does not say."""
    for after, before in pairwise(versions):
        old, new = value_at(before, path, doc), value_at(after, path, doc)
        if old != new:
            return None if after.by_us else _past(after, ValueChange(file, path, old, new, doc=doc))
    return None


def taken_back(versions: Sequence[FileVersion], file: str, path: ValuePath, doc: int) -> PastChange | None:
    """The person's commit that gave the key its present value by undoing the change of ours just before it."""
    last = _last_change(versions, file, path, doc)
    older = [version.commit for version in versions].index(last.commit) + 1 if last is not None else 0
    for after, before in pairwise(versions[older:]):
        old, new = value_at(before, path, doc), value_at(after, path, doc)
        if last is not None and old != new:
            return last if after.by_us and old == last.change.new else None
    return None


def recent_changes(versions: Versions, opened_at: datetime) -> Sequence[PastChange]:
    """Values that people changed in these files in the day before the fault, newest first, the first few."""
    found: list[PastChange] = []
    for file, known in versions.items():
        for after, before in pairwise(known):
            if not after.by_us and opened_at - NOTABLE <= after.at <= opened_at + CLOCKS:
                found += [_past(after, change) for change in _changes(file, before, after)]
    return sorted(found, key=lambda past: past.at, reverse=True)[:MAX_NOTED]


def _changes(file: str, before: FileVersion, after: FileVersion) -> Iterator[ValueChange]:
    if before.data is None or after.data is None:
        return
    try:
        differ = sorted(changed_paths(before.data, after.data), key=str)
    except EditRefused:
        return  # a version that is no YAML tells nothing about values
    for doc, path in differ:
        yield ValueChange(file, path, value_at(before, path, doc), value_at(after, path, doc), doc=doc)


def value_at(version: FileVersion, path: ValuePath, doc: int) -> Scalar:
    """The key's value in that version; None when it has none, or the file cannot be read."""
    if version.data is None:
        return None
    try:
        return find(version.data, path, doc).value
    except EditRefused:
        return None


def _past(version: FileVersion, change: ValueChange) -> PastChange:
    return PastChange(change, version.commit, version.at, version.author, version.subject)
