"""Makes a proposal out of a diagnosis and what was learned, or says why there is none. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from langraph import restoring, target
from langraph.catalogue import Catalogue
from langraph.errors import EditRefused
from langraph.helm_values import find, walk
from langraph.learning.deriving import advice
from langraph.learning.holding import REFUSED_FOR, held_back, is_settled
from langraph.learning.steps import goes_as_far, goes_further, same_way, show, write
from langraph.models.incident import (
    BlastRadius,
    Diagnosis,
    FileEdit,
    Incident,
    Proposal,
    ValueChange,
)
from langraph.models.learning import NOTHING_LEARNED, HeldBack, Learned, Lessons, Step, Trial
from langraph.models.runbook import Remedy, Runbook
from langraph.models.text import Text
from langraph.modifying import diff_of, modified
from langraph.policy import Deny, Policy, judge, limits, rule_for, weakens
from langraph.ports import AppliedChange
from langraph.rebuilding import edited, others, rebuild, rebuild_revert
from langraph.restoring import Versions
from langraph.sizing import Beside, Beyond, NoSize, in_force, size
from langraph.target import Place, Target, Wanted
from langraph.target.presets import preset_at, preset_limit
from langraph.target.values_files import environment_of, releases_of
from langraph.texts import learning as say_learned
from langraph.texts import placing
from langraph.texts import proposing as say

__all__ = ["NoProposal", "modified", "paths_to_read", "propose", "rebuild", "rebuild_revert"]

Files = Mapping[str, tuple[str, bytes]]
"""Git object id and bytes of each file, by path."""

HINT_LABELS = (
    "component", "app_kubernetes_io_component", "app.kubernetes.io/component", "statefulset", "deployment", "daemonset",
    "cronjob", "horizontalpodautoscaler", "hpa",
)  # fmt: skip
"""Labels that may name one workload of several."""

_HEAP_FLAG = re.compile(r"-Xmx\d+[kKmMgG]?")


@dataclass(frozen=True, slots=True)
class NoProposal:
    """Nothing is proposed, and why; a person may choose one of the candidates."""

    reason: Text
    candidates: tuple[Place, ...] = ()
    each: tuple[Proposal, ...] = field(default=(), compare=False)
    """What would be proposed at each of them, where policy and history allow it."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a proposal stands on."""

    files: Files
    catalogue: Catalogue
    policy: Policy
    history: Sequence[AppliedChange]
    """Our changes of the last weeks, claims of open incidents included."""
    now: datetime
    expires_in: timedelta

    lessons: Lessons = NOTHING_LEARNED
    trials: Sequence[Trial] = ()
    peak_bytes: int | None = None
    versions: Versions = field(default_factory=dict)


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
    if runbook.remedy is None:
        return NoProposal(say.no_remedy())
    found = _place(incident, diagnosis, runbook.remedy, grounds, chosen)
    if isinstance(found, NoProposal):
        targets = (Target(one.file, one.path, one.doc, True) for one in found.candidates)
        made = [_at(one, incident, diagnosis, runbook.remedy, grounds, version) for one in targets]
        return replace(found, each=tuple(one for one in made if isinstance(one, Proposal)))
    return _at(found, incident, diagnosis, runbook.remedy, grounds, version)


def _at(
    place: Target, incident: Incident, diagnosis: Diagnosis, remedy: Remedy, grounds: Grounds, version: int
) -> Proposal | NoProposal:
    """The proposal at one place."""
    try:
        restored = _restored(place, incident, diagnosis, remedy, grounds, version)
        if restored is not None:
            return restored
        change = _sized(place, incident, remedy, grounds)
        if isinstance(change, NoProposal):
            return change
        return _proposed(change[0], change[1], incident, diagnosis, remedy, grounds, version)
    except EditRefused as refusal:
        return NoProposal(say.refused(place.file, str(refusal)))


# --- where, how far ------------------------------------------------------------------------------------------------


def _place(
    incident: Incident, diagnosis: Diagnosis, remedy: Remedy, grounds: Grounds, chosen: Place | None
) -> Target | NoProposal:
    entry = grounds.catalogue.lookup(incident.app, incident.labels, incident.namespace)
    app = incident.app if entry is None else entry.name
    if app is None:
        return NoProposal(say.unknown_app())
    hints = (incident.labels.get(label) for label in HINT_LABELS)
    wanted = Wanted(
        app=app,
        value_path=remedy.value_path,
        namespace=incident.namespace,
        container=diagnosis.container or incident.labels.get("container"),
        pod=incident.facts.get("pod") or incident.labels.get("pod"),
        hints=tuple(hint.removeprefix("keda-hpa-") for hint in hints if hint),
        releases=releases_of(incident.namespace, incident.labels),
        environment=environment_of(incident.namespace, incident.labels),
        message=incident.first_line,
    )
    sources = {path: data for path, (_, data) in grounds.files.items()}
    try:
        if chosen is not None:
            return _chosen(chosen, wanted, sources)
        found = target.resolve(wanted, grounds.catalogue, sources)
    except EditRefused as refusal:
        return NoProposal(say.refused(", ".join(sources), str(refusal)))
    return found if isinstance(found, Target) else NoProposal(found.reason, found.places)


def _chosen(chosen: Place, wanted: Wanted, sources: Mapping[str, bytes]) -> Target | NoProposal:
    if chosen.file not in sources:
        return NoProposal(say.no_file(wanted.app, [chosen.file]))
    there = find(sources[chosen.file], chosen.path, chosen.doc)
    return Target(chosen.file, chosen.path, chosen.doc, there.exists and there.value is not None)


def _running(incident: Incident, remedy: Remedy) -> str | None:
    """The limit that the container ran with, where the event says it."""
    limit = incident.facts.get("limit")
    is_limit = remedy.value_path.endswith(f"limits.{remedy.kind}")
    return limit if is_limit and in_force(limit, remedy.kind) is not None else None


def _sized(
    place: Target, incident: Incident, remedy: Remedy, grounds: Grounds
) -> tuple[ValueChange, Text] | NoProposal:
    """The step as learned, beyond what failed, or as usual: the first that no rule holds back."""
    source = grounds.files[place.file][1]
    there = find(source, place.path, place.doc)
    before = ValueChange(place.file, place.path, there.value, None, "set" if there.exists else "insert", place.doc)
    if there.shared:
        return NoProposal(say.shared_value(before.dotted))
    if there.kind not in ("scalar", "absent"):
        return NoProposal(say.no_place(incident.app or "", remedy.value_path))
    learned = advice(grounds.lessons, before.dotted, remedy.kind, there.value, grounds.trials)
    made = _stepped(before, incident, remedy, grounds, learned, None)
    held = _held(made, incident, grounds)
    if held is None:
        return made
    if held.rule == "failed":
        beyond = Beyond(held.beyond, say_learned.beyond(show(held.beyond), held.incident_id))
        made = _stepped(before, incident, remedy, grounds, learned, beyond)
        still = _held(made, incident, grounds)
        held = None if _goes_beyond(made, still) else still
    elif learned is not None:
        made = _stepped(before, incident, remedy, grounds, None, None)
        held = held if _held(made, incident, grounds) else None
    return made if held is None else NoProposal(held.why)


def _stepped(
    before: ValueChange,
    incident: Incident,
    remedy: Remedy,
    grounds: Grounds,
    learned: Learned | None,
    beyond: Beyond | None,
) -> tuple[ValueChange, Text] | NoProposal:
    """The change of one key within policy's bounds, and why it goes so far."""
    source = grounds.files[before.file][1]
    rule = rule_for(before, source, grounds.policy)
    is_numeric = rule is not None and rule.type != "string"
    bounds = limits(before, rule, others(grounds.history, incident.id), grounds.now)[0] if rule and is_numeric else ()
    preset = preset_at(source, before.path, before.doc) if before.old is None else None
    made = size(
        before.dotted,
        before.old,
        remedy,
        bounds,
        learned=None if learned is None else learned.amount,
        learned_why=None if learned is None else learned.why,
        peak_bytes=grounds.peak_bytes,
        running=_running(incident, remedy) or preset_limit(preset, before.path),
        beside=_beside(source, before),
        beyond=beyond,
    )
    if isinstance(made, NoSize):
        return NoProposal(made.reason, (Place(before.file, before.path, before.doc),))
    # An environment variable's value is text to Kubernetes, whatever it holds.
    is_variable = before.old is None and before.path[-1] == "value"
    why = made.why if preset is None else say.join(made.why, placing.preset_ends(preset))
    return replace(before, new=str(made.new) if is_variable else made.new), why


def _held(made: tuple[ValueChange, Text] | NoProposal, incident: Incident, grounds: Grounds) -> HeldBack | None:
    """Why the step may not be proposed by what happened before; None for what is no step."""
    if isinstance(made, NoProposal) or incident.app is None:
        return None
    held = held_back(grounds.trials, incident.app, incident.category, made[0], grounds.now)
    return held or _taken_back(made[0], incident.app, grounds)


def _goes_beyond(made: tuple[ValueChange, Text] | NoProposal, held: HeldBack | None) -> bool:
    """Whether a step is held back only for being less than a whole one beyond what failed.

    Policy or a person's word may leave no more: better that than nothing.
    """
    if isinstance(made, NoProposal) or held is None or held.rule != "failed":
        return False
    change = made[0]
    failed = Step(change.dotted, change.old, held.beyond)
    return goes_further(Step(change.dotted, change.old, change.new), failed)


def _taken_back(change: ValueChange, app: str, grounds: Grounds) -> HeldBack | None:
    """A person's commit that undid the same change of ours, where no record tells of it yet."""
    past = restoring.taken_back(grounds.versions.get(change.file, ()), change.file, change.path, change.doc)
    if past is None or grounds.now - past.at >= REFUSED_FOR or past.change.new != change.old:
        return None
    ours = replace(past.change, old=past.change.new, new=past.change.old)
    if is_settled(grounds.trials, app, ours, grounds.now):
        return None
    undone = Step(ours.dotted, ours.old, ours.new)
    step = Step(change.dotted, change.old, change.new)
    if not same_way(step, undone) or not goes_as_far(step, undone):
        return None
    why = say_learned.reverted_in_git(write(undone), past.author, past.commit, past.at + REFUSED_FOR)
    return HeldBack("reverted", why, "")


def _beside(source: bytes, place: ValueChange) -> Beside | None:
    if len(place.path) < 2 or place.path[-2] not in ("requests", "limits"):
        return None
    is_request = place.path[-2] == "requests"
    other = (*place.path[:-2], "limits" if is_request else "requests", place.path[-1])
    value = find(source, other, place.doc).value
    return None if value is None else Beside(value, is_limit=is_request)


def _restored(
    place: Target, incident: Incident, diagnosis: Diagnosis, remedy: Remedy, grounds: Grounds, version: int
) -> Proposal | None:
    """Put back what a person lowered lately, where policy lets us; the first thing to try."""
    if remedy.op not in ("multiply", "add"):
        return None
    known = grounds.versions.get(place.file, ())
    past = restoring.lowered(known, place.file, place.path, place.doc, remedy.kind, incident.opened_at)
    if past is None or find(grounds.files[place.file][1], place.path, place.doc).value != past.change.new:
        return None
    change = replace(past.change, old=past.change.new, new=past.change.old)
    why = say.restored(past.commit, past.author, past.change.old, past.change.new)
    if _held((change, why), incident, grounds) is not None:
        return None
    made = _proposed(change, why, incident, diagnosis, remedy, grounds, version)
    return made if isinstance(made, Proposal) else None


# --- the proposal --------------------------------------------------------------------------------------------------


def _proposed(
    change: ValueChange,
    why: Text,
    incident: Incident,
    diagnosis: Diagnosis,
    remedy: Remedy,
    grounds: Grounds,
    version: int,
) -> Proposal | NoProposal:
    oid, before = grounds.files[change.file]
    after = edited(change.file, before, (change,))
    verdict = judge((change,), {change.file: after}, others(grounds.history, incident.id), grounds.policy, grounds.now)
    if isinstance(verdict, Deny):
        return NoProposal(verdict.reason, (Place(change.file, change.path, change.doc),))
    app = incident.app or diagnosis.app or ""
    edits = (FileEdit(change.file, oid, before, after),)
    weak = remedy.weakens_guardrail or weakens((change,), {change.file: after}, grounds.policy)
    return Proposal(
        incident_id=incident.id,
        version=version,
        changes=(change,),
        edits=edits,
        diff=diff_of(edits),
        revert_diff=diff_of(edits, reverse=True),
        action=_action(remedy, app, change),
        explanation=_explained(diagnosis, remedy, app, change, why, _heap_note(change, before)),
        blast=BlastRadius((change.file,), _apps(app, change.file, grounds.catalogue), remedy.restarts_pods, weak),
        created_at=grounds.now,
        expires_at=grounds.now + grounds.expires_in,
    )


def _apps(app: str, file: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The app, then every other app whose values are in the same file."""
    others = sorted({entry.name for entry in catalogue.apps if file in entry.files} - {app})
    return (app, *others)


def _action(remedy: Remedy, app: str, change: ValueChange) -> Text:
    """The runbook's sentence, filled in; by replacement, so that braces in a name stay what they are."""

    def filled(sentence: str, unset: str) -> str:
        old = unset if change.old is None else str(change.old)
        known = {"app": app, "old": old, "new": str(change.new)}
        return re.sub(r"\{(app|old|new)\}", lambda found: known[found[1]], sentence)

    return Text(filled(remedy.action.en, "unset"), filled(remedy.action.ko, "미설정"))


def _explained(
    diagnosis: Diagnosis, remedy: Remedy, app: str, change: ValueChange, why: Text, note: Text | None
) -> Text:
    return say.join(
        say.cause(diagnosis.root_cause),
        say.change(change.dotted, change.file, change.old, change.new),
        why,
        say.restarts(app, remedy.restarts_pods),
        say.will_not(remedy.kind),
        say.undo(change.dotted, change.old, remedy.kind),
        note,
    )


def _heap_note(change: ValueChange, source: bytes) -> Text | None:
    """A container's memory limit and the JVM's heap limit must fit; the second one is only pointed at."""
    if change.path[-1] != "memory":
        return None
    for path, value in walk(source, change.doc):
        flag = _HEAP_FLAG.search(value) if isinstance(value, str) else None
        if flag:
            where = ValueChange(change.file, path, None, None).dotted
            return say.heap_note(where, flag[0])
    return None
