"""Makes a proposal out of a diagnosis and what was learned, or says why there is none. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from langraph import restoring, target
from langraph.catalogue import Catalogue
from langraph.errors import EditRefused
from langraph.helm_values import find, options, walk
from langraph.models.incident import (
    BlastRadius,
    Diagnosis,
    FileEdit,
    Incident,
    Proposal,
    ValueChange,
)
from langraph.models.learning import NOTHING_LEARNED, Lessons, Trial
from langraph.models.runbook import Remedy, Runbook
from langraph.models.text import Text
from langraph.modifying import diff_of, modified
from langraph.policy import Deny, Policy, judge, weakens
from langraph.ports import AppliedChange
from langraph.rebuilding import edited, others, rebuild, rebuild_revert
from langraph.restoring import Versions
from langraph.room import with_room
from langraph.stepping import Files, Grounds, NoProposal, objection, place_of_remedy, sized
from langraph.target import Place, Target
from langraph.texts import proposing as say

__all__ = ["NoProposal", "modified", "paths_to_read", "propose", "rebuild", "rebuild_revert"]


def paths_to_read(incident: Incident, catalogue: Catalogue, listing: Sequence[str]) -> tuple[str, ...]:
    """Which of the repository's files a proposal for this incident needs."""
    return target.paths_to_read(incident.app, catalogue, listing, incident.namespace, incident.labels)


def propose(
    incident: Incident,
    diagnosis: Diagnosis,
    runbook: Runbook,
    *,
    files: Files,
    catalogue: Catalogue,
    policy: Policy,
    history: Sequence[AppliedChange],
    now: datetime,
    expires_in: timedelta,
    version: int = 1,
    lessons: Lessons = NOTHING_LEARNED,
    trials: Sequence[Trial] = (),
    peak_bytes: int | None = None,
    chosen: Place | None = None,
    versions: Versions | None = None,
) -> Proposal | NoProposal:
    """The smallest values change that the runbook knows for the fault, or why there is none.

    Args:
        incident, diagnosis, runbook: what is wrong.
        files: the files of `paths_to_read`, by path.
        catalogue, policy: the team's rules.
        history: our changes over the policy's longest period; this incident's own are left out.
        now: aware time; `expires_in` counts from it.
        version: 1 for an incident's first proposal.
        lessons: what the incident's category taught about the app, and over all apps.
        trials: what was proposed before and how it ended; what was refused or did not help is held back.
        peak_bytes: the highest memory or storage use that was measured, in bytes.
        chosen: a candidate that a person has chosen; policy judges it like any other.
        versions: what the files were before; a value that was lowered lately is put back first.
    """
    grounds = Grounds(files, catalogue, policy, history, now, expires_in, lessons, trials, peak_bytes, versions or {})
    case = Case(incident, diagnosis, grounds, version)
    for remedy in runbook.remedies:
        answer = _by(remedy, case, chosen, is_last=remedy is runbook.remedies[-1])
        if answer is not None:
            return answer
    return NoProposal(say.no_remedy())


@dataclass(frozen=True, slots=True)
class Case:
    """What a proposal is made for."""

    incident: Incident
    diagnosis: Diagnosis
    grounds: Grounds
    version: int


def _by(remedy: Remedy, case: Case, chosen: Place | None, *, is_last: bool) -> Proposal | NoProposal | None:
    """The proposal by one remedy; None where the values do not have what it is about, and another may help."""
    found = place_of_remedy(case.incident, case.diagnosis, remedy, case.grounds)
    if chosen is not None:
        if not is_last and chosen not in _places(found):
            return None
        found = place_of_remedy(case.incident, case.diagnosis, remedy, case.grounds, chosen)
    if isinstance(found, Target):
        return _at(found, case, remedy)
    if not found.candidates and not is_last:
        return None
    targets = (Target(one.file, one.path, one.doc, True) for one in found.candidates)
    made = [_at(one, case, remedy) for one in targets]
    return replace(found, each=tuple(one for one in made if isinstance(one, Proposal)))


def _places(found: Target | NoProposal) -> Sequence[Place]:
    return found.candidates if isinstance(found, NoProposal) else (Place(found.file, found.path, found.doc),)


def _at(place: Target, case: Case, remedy: Remedy) -> Proposal | NoProposal:
    """The proposal at one place."""
    try:
        restored = _restored(place, case, remedy)
        if restored is not None:
            return restored
        step = sized(place, case.incident, remedy, case.grounds)
        if isinstance(step, NoProposal):
            return step
        changes = with_room(*step, case.incident, case.diagnosis, remedy, case.grounds)
        return changes if isinstance(changes, NoProposal) else _proposed(*changes, case, remedy)
    except EditRefused as refusal:
        return NoProposal(say.refused(place.file, str(refusal)))


def _restored(place: Target, case: Case, remedy: Remedy) -> Proposal | None:
    """Put back what a person lowered lately, where policy lets us; the first thing to try."""
    if remedy.op not in ("multiply", "add"):
        return None
    incident, grounds = case.incident, case.grounds
    known = grounds.versions.get(place.file, ())
    past = restoring.lowered(known, place.file, place.path, place.doc, remedy.kind, incident.opened_at)
    if past is None or find(grounds.files[place.file][1], place.path, place.doc).value != past.change.new:
        return None
    change = replace(past.change, old=past.change.new, new=past.change.old)
    why = say.restored(past.commit, past.author, past.change.old, past.change.new)
    if objection((change, why), incident, grounds) is not None:
        return None
    made = _proposed((change,), why, case, remedy)
    return made if isinstance(made, Proposal) else None


# --- the proposal --------------------------------------------------------------------------------------------------


def _proposed(changes: Sequence[ValueChange], why: Text, case: Case, remedy: Remedy) -> Proposal | NoProposal:
    """The proposal of changes that belong together, the one that mends the fault first."""
    grounds, change = case.grounds, changes[0]
    files = tuple(dict.fromkeys(one.file for one in changes))
    after = {file: edited(file, grounds.files[file][1], changes) for file in files}
    verdict = judge(changes, after, others(grounds.history, case.incident.id), grounds.policy, grounds.now)
    if isinstance(verdict, Deny):
        return NoProposal(verdict.reason, (Place(change.file, change.path, change.doc),))
    app = case.incident.app or case.diagnosis.app or ""
    edits = tuple(FileEdit(file, *grounds.files[file], after[file]) for file in files)
    weak = remedy.weakens_guardrail or weakens(changes, after, grounds.policy)
    return Proposal(
        incident_id=case.incident.id,
        version=case.version,
        changes=tuple(changes),
        edits=edits,
        diff=diff_of(edits),
        revert_diff=diff_of(edits, reverse=True),
        action=_action(remedy, app, change),
        explanation=_explained(case.diagnosis, remedy, app, changes, why, _heap_note(changes, grounds.files)),
        blast=BlastRadius(files, _apps(app, files, grounds.catalogue), remedy.restarts_pods, weak),
        created_at=grounds.now,
        expires_at=grounds.now + grounds.expires_in,
    )


def _apps(app: str, files: Sequence[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The app, then every other app whose values are in the same files."""
    others = sorted({entry.name for entry in catalogue.apps if set(files) & set(entry.files)} - {app})
    return (app, *others)


def _action(remedy: Remedy, app: str, change: ValueChange) -> Text:
    """The runbook's sentence, filled in; by replacement, so that braces in a name stay what they are."""

    def filled(sentence: str, unset: str) -> str:
        old = unset if change.old is None else str(change.old)
        known = {"app": app, "old": old, "new": str(change.new)}
        return re.sub(r"\{(app|old|new)\}", lambda found: known[found[1]], sentence)

    return Text(filled(remedy.action.en, "unset"), filled(remedy.action.ko, "미설정"))


def _explained(
    diagnosis: Diagnosis, remedy: Remedy, app: str, changes: Sequence[ValueChange], why: Text, note: Text | None
) -> Text:
    first = changes[0]
    return say.join(
        say.cause(diagnosis.root_cause),
        *(say.change(change.dotted, change.file, change.old, change.new) for change in changes),
        why,
        say.restarts(app, remedy.restarts_pods),
        say.will_not(remedy.kind),
        say.undo(first.dotted, first.old, remedy.kind),
        note,
    )


HEAP_FLAGS = ("-Xmx", "--max-old-space-size", "--max_old_space_size")


def _heap_note(changes: Sequence[ValueChange], files: Files) -> Text | None:
    """A container's memory limit and a runtime's heap limit must fit; where only one is raised, the other is named."""
    change = changes[0]
    if change.path[-1] != "memory":
        return None
    for path, value in walk(files[change.file][1], change.doc):
        flags = [one for one in options(value) if one.part in HEAP_FLAGS] if isinstance(value, str) else []
        if flags:
            where = ValueChange(change.file, path, None, None).dotted
            return say.heap_note(where, str(value)[str(value).index(flags[0].part) : flags[0].end])
    return None
