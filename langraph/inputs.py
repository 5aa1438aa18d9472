"""From what was known to a proposal, and from the record back to what was known. Pure.

The workflow proposes through here, and so does the replay of a recorded incident: the same way for both.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from langraph.asking import question
from langraph.catalogue import parse_catalogue
from langraph.errors import BadInput
from langraph.learning.lesson_file import lesson_path, parse_lesson
from langraph.models.incident import Diagnosis, Incident, Proposal
from langraph.models.inputs import INPUTS_VERSION, Applied, Inputs, OlderVersion, ValuesFile
from langraph.models.learning import ALL_APPS, Lesson, Lessons
from langraph.models.runbook import Runbook
from langraph.policy import parse_policy
from langraph.ports import AppliedChange, FileVersion
from langraph.proposing import NoProposal, propose
from langraph.restoring import RECENT

MARGIN = timedelta(days=1)  # clocks of committers, and versions that were read before the fault was seen


def proposal_of(inputs: Inputs, runbook: Runbook, diagnosis: Diagnosis) -> Proposal | NoProposal:
    """What is proposed when this is known, or asked where only a person can know which value is meant.

    Raises:
        BadInput: the catalogue or the policy breaks its schema.
    """
    made = propose(
        inputs.incident,
        diagnosis,
        runbook,
        files={path: (file.oid, file.data) for path, file in inputs.files.items()},
        catalogue=parse_catalogue(inputs.apps.encode()),
        policy=parse_policy(inputs.policy.encode()),
        history=[AppliedChange(one.change, one.incident_id, one.at) for one in inputs.applied],
        now=inputs.at,
        expires_in=inputs.expires_in,
        version=inputs.version,
        lessons=lessons_of(inputs),
        trials=inputs.trials,
        peak_bytes=inputs.peak_bytes,
        versions={path: [_version(one) for one in older] for path, older in inputs.older.items()},
    )
    return question(made.reason, made.each) if isinstance(made, NoProposal) and made.each else made


def lesson_paths(incident: Incident) -> tuple[str, str] | None:
    """Where the lessons of the incident's app and of its category are kept; None where no file can be named so."""
    if incident.app is None:
        return None
    try:
        return lesson_path(incident.category, incident.app), lesson_path(incident.category, ALL_APPS)
    except BadInput:
        return None


def lessons_of(inputs: Inputs) -> Lessons:
    """What the pattern files teach; one that cannot be read teaches nothing (its reader is told elsewhere)."""
    paths = lesson_paths(inputs.incident)
    if paths is None:
        return Lessons()
    of_app, of_all = (_lesson(inputs.lessons.get(path), path) for path in paths)
    return Lessons(of_app, of_all)


def broken_lessons(inputs: Inputs) -> Sequence[str]:
    """A sentence for each pattern file that cannot be read."""
    told = []
    for path, text in inputs.lessons.items():
        try:
            parse_lesson(text.encode(), path)
        except BadInput as error:
            told.append(str(error))
    return told


def _lesson(text: str | None, path: str) -> Lesson | None:
    if text is None:
        return None
    try:
        return parse_lesson(text.encode(), path)
    except BadInput:
        return None


# --- texts and bytes -----------------------------------------------------------------------------------------------


def values_file(oid: str, data: bytes) -> ValuesFile:
    text = data.decode(errors="replace")
    return ValuesFile(oid, text, None if text.encode() == data else data)


def older(versions: Sequence[FileVersion], incident: Incident) -> tuple[OlderVersion, ...]:
    """The versions that may still matter for the incident, and the one before them."""
    since = incident.opened_at - RECENT - MARGIN
    recent = [one for one in versions if one.at >= since]
    return tuple(_older(one) for one in versions[: len(recent) + 1])


def _older(one: FileVersion) -> OlderVersion:
    text = None if one.data is None else one.data.decode(errors="replace")
    return OlderVersion(one.commit, one.at, one.author, one.subject, text, one.by_us)


def _version(one: OlderVersion) -> FileVersion:
    data = None if one.text is None else one.text.encode()
    return FileVersion(one.commit, one.at, one.author, one.subject, data, one.by_us)


def applied(history: Sequence[AppliedChange]) -> tuple[Applied, ...]:
    return tuple(Applied(one.change, one.incident_id, one.at) for one in history)


# --- JSON ----------------------------------------------------------------------------------------------------------


def as_plain(inputs: Inputs) -> Mapping[str, Any]:
    """As JSON has it."""
    plain: Mapping[str, Any] = msgspec.to_builtins(inputs, str_keys=True)
    return plain


def from_plain(content: object) -> Inputs:
    """Raises: BadInput (not what `as_plain` gives)."""
    if isinstance(content, Mapping) and content.get("inputs_version") != INPUTS_VERSION:
        found = content.get("inputs_version")
        raise BadInput(f"inputs.json has inputs_version {found!r:.40}; this langraph replays {INPUTS_VERSION}")
    try:
        return msgspec.convert(content, Inputs)
    except msgspec.ValidationError as error:
        raise BadInput(f"inputs.json cannot be replayed: {error}") from error
