"""Makes a proposal out of a diagnosis, a person's own values out of a proposal, a commit's bytes out of both. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from langraph import restoring, target
from langraph.amounts import amount_of
from langraph.catalogue import Catalogue
from langraph.errors import BadInput, EditRefused
from langraph.helm_values import find, typed_like, unified_diff, walk
from langraph.models.incident import (
    BlastRadius,
    Diagnosis,
    FileEdit,
    Incident,
    Proposal,
    Scalar,
    ValueChange,
)
from langraph.models.runbook import Remedy, Runbook
from langraph.models.text import Text
from langraph.policy import Deny, Policy, judge, limits, refuse, rule_for, weakens
from langraph.ports import AppliedChange
from langraph.presets import preset_at, preset_limit
from langraph.rebuilding import edited, others, rebuild, rebuild_revert
from langraph.restoring import Versions
from langraph.sizing import Beside, NoSize, in_force, size
from langraph.target import Place, Target, Wanted
from langraph.texts import placing
from langraph.texts import proposing as say
from langraph.values_files import environment_of, releases_of

__all__ = ["NoProposal", "modified", "paths_to_read", "propose", "rebuild", "rebuild_revert"]

Files = Mapping[str, tuple[str, bytes]]
"""Git object id and bytes of each file, by path."""

HINT_LABELS = ("component", "app_kubernetes_io_component", "app.kubernetes.io/component", "statefulset", "deployment")
"""Labels that may name one workload of several."""

_HEAP_FLAG = re.compile(r"-Xmx\d+[kKmMgG]?")


@dataclass(frozen=True, slots=True)
class NoProposal:
    """Nothing is proposed, and why; a person may choose one of the candidates."""

    reason: Text
    candidates: tuple[Place, ...] = ()


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

    learned: str | None = None
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
    learned: str | None = None,
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
        learned: what worked before, see `sizing.size`.
        peak_bytes: the highest memory or storage use that was measured, in bytes.
        chosen: a candidate that a person has chosen; policy judges it like any other.
        versions: what the files were before; a value that was lowered lately is put back first.
    """
    grounds = Grounds(files, catalogue, policy, history, now, expires_in, learned, peak_bytes, versions or {})
    if runbook.remedy is None:
        return NoProposal(say.no_remedy())
    found = _place(incident, diagnosis, runbook.remedy, grounds, chosen)
    if isinstance(found, NoProposal):
        return found
    try:
        restored = _restored(found, incident, diagnosis, runbook.remedy, grounds, version)
        if restored is not None:
            return restored
        change = _sized(found, incident, runbook.remedy, grounds)
        if isinstance(change, NoProposal):
            return change
        return _proposed(change[0], change[1], incident, diagnosis, runbook.remedy, grounds, version)
    except EditRefused as refusal:
        return NoProposal(say.refused(found.file, str(refusal)))


def modified(
    proposal: Proposal,
    values: Mapping[str, Scalar],
    policy: Policy,
    history: Sequence[AppliedChange],
    now: datetime,
    *,
    by: str | None = None,
) -> Proposal:
    """The next version of a proposal, with a person's own values on the same keys and files.

    Args:
        proposal: what the person saw.
        values: new values by key (`file#doc:path`) or dotted path; keys that are left out stay as proposed.
        policy, history, now: as for `propose`.
        by: the person's name, for the explanation.

    Raises:
        BadInput: unknown keys, or values that make no sense; each of them is named.
        PolicyDenied: a value is outside the guardrails.
        EditRefused: the file cannot take the value.
    """
    documents = {edit.path: edit.before for edit in proposal.edits}
    changes = _with_values(proposal, values, documents, policy)
    edits = tuple(replace(edit, after=edited(edit.path, edit.before, changes)) for edit in proposal.edits)
    after = {edit.path: edit.after for edit in edits}
    refuse(judge(changes, after, others(history, proposal.incident_id), policy, now))
    weak = proposal.blast.weakens_guardrail or weakens(changes, after, policy)
    app = proposal.blast.apps[0] if proposal.blast.apps else ""
    rules = [rule_for(change, after[change.file], policy) for change in changes]
    kinds = [rule.type if rule is not None else "" for rule in rules]
    return replace(
        proposal,
        version=proposal.version + 1,
        changes=changes,
        edits=edits,
        diff=_diff(edits),
        revert_diff=_diff(edits, reverse=True),
        action=say.action_set(app, changes[0].dotted, changes[0].old, changes[0].new),
        explanation=_again_explained(proposal, changes, kinds, by),
        blast=replace(proposal.blast, weakens_guardrail=weak),
        created_at=now,
    )


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
        hints=tuple(hint for hint in hints if hint),
        releases=releases_of(incident.namespace, incident.labels),
        environment=environment_of(incident.namespace, incident.labels),
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
    source = grounds.files[place.file][1]
    there = find(source, place.path, place.doc)
    before = ValueChange(place.file, place.path, there.value, None, "set" if there.exists else "insert", place.doc)
    if there.shared:
        return NoProposal(say.shared_value(before.dotted))
    if there.kind not in ("scalar", "absent"):
        return NoProposal(say.no_place(incident.app or "", remedy.value_path))
    rule = rule_for(before, source, grounds.policy)
    is_numeric = rule is not None and rule.type != "string"
    bounds = limits(before, rule, others(grounds.history, incident.id), grounds.now)[0] if rule and is_numeric else ()
    preset = preset_at(source, place.path, place.doc) if there.value is None else None
    made = size(
        before.dotted,
        there.value,
        remedy,
        bounds,
        learned=grounds.learned,
        peak_bytes=grounds.peak_bytes,
        running=_running(incident, remedy) or preset_limit(preset, place.path),
        beside=_beside(source, place),
    )
    if isinstance(made, NoSize):
        return NoProposal(made.reason, (Place(place.file, place.path, place.doc),))
    # An environment variable's value is text to Kubernetes, whatever it holds.
    is_variable = there.value is None and place.path[-1] == "value"
    why = made.why if preset is None else say.join(made.why, placing.preset_ends(preset))
    return replace(before, new=str(made.new) if is_variable else made.new), why


def _beside(source: bytes, place: Target) -> Beside | None:
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
        diff=_diff(edits),
        revert_diff=_diff(edits, reverse=True),
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


def _diff(edits: Sequence[FileEdit], *, reverse: bool = False) -> str:
    if reverse:
        return "".join(unified_diff(edit.path, edit.after, edit.before) for edit in edits)
    return "".join(unified_diff(edit.path, edit.before, edit.after) for edit in edits)


def _action(remedy: Remedy, app: str, change: ValueChange) -> Text:
    """The runbook's sentence, filled in; by replacement, so that braces in a name stay what they are."""
    filled = []
    for sentence, unset in ((remedy.action.en, "unset"), (remedy.action.ko, "미설정")):
        old = unset if change.old is None else str(change.old)
        known = {"app": app, "old": old, "new": str(change.new)}
        filled.append(re.sub(r"\{(app|old|new)\}", lambda found, known=known: known[found[1]], sentence))  # type: ignore[misc]
    return Text(*filled)


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


def _again_explained(proposal: Proposal, changes: Sequence[ValueChange], kinds: Sequence[str], by: str | None) -> Text:
    """The same cause (a proposal's first line), the person's values."""
    app = proposal.blast.apps[0] if proposal.blast.apps else ""
    cause = Text(proposal.explanation.en.split("\n")[0], proposal.explanation.ko.split("\n")[0])
    return say.join(
        cause,
        None if by is None else say.set_by(by),
        *(say.change(c.dotted, c.file, c.old, c.new) for c in changes),
        say.restarts(app, proposal.blast.restarts_pods),
        *(say.will_not(kind) for kind in dict.fromkeys(kinds)),
        *(say.undo(c.dotted, c.old, kind) for c, kind in zip(changes, kinds, strict=True)),
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


# --- a person's values ---------------------------------------------------------------------------------------------


def _with_values(
    proposal: Proposal, values: Mapping[str, Scalar], documents: Mapping[str, bytes], policy: Policy
) -> tuple[ValueChange, ...]:
    wrong: list[str] = []
    given: dict[str, Scalar] = {}
    for name, value in values.items():
        meant = [change for change in proposal.changes if name in (change.key, change.dotted)]
        if len(meant) != 1:
            names = ", ".join(change.dotted for change in proposal.changes)
            wrong.append(f"{name!s:.80}: not a key of this proposal; use one of: {names}")
            continue
        new = typed_like(value.strip(), _typed(meant[0])) if isinstance(value, str) else _as_typed(value, meant[0])
        wrong += _complaints(meant[0], new, documents, policy)
        given[meant[0].key] = new
    if not values:
        wrong.append("no value was given; give at least one new value")
    if wrong:
        raise BadInput("; ".join(wrong))
    return tuple(replace(change, new=given.get(change.key, change.new)) for change in proposal.changes)


def _typed(change: ValueChange) -> Scalar:
    """A value of the type that the key has: the old one's, or for a new key the proposed one's."""
    return change.new if change.old is None else change.old


def _as_typed(value: Scalar, change: ValueChange) -> Scalar:
    """A form sends 30 where the file says "30"."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and isinstance(_typed(change), str) else value


def _complaints(change: ValueChange, new: Scalar, documents: Mapping[str, bytes], policy: Policy) -> list[str]:
    """What is wrong with a value in itself; what policy says of it comes later."""
    rule = rule_for(change, documents[change.file], policy)
    if rule is None or rule.type == "string" or amount_of(new, rule.type) is not None:
        return []
    example = say.example(rule.type)
    return [f"{change.dotted}: {new!s:.80} is no amount of {rule.type}; write one such as {example}"]
