"""Where the value of a remedy stands and how far it goes: from the values, the policy, what was learned. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from langraph import restoring, target
from langraph.catalogue import Catalogue
from langraph.errors import EditRefused
from langraph.helm_values import find
from langraph.learning.deriving import advice
from langraph.learning.holding import REFUSED_FOR, held_back, is_settled
from langraph.learning.steps import goes_as_far, goes_further, same_way, show, write
from langraph.models.incident import Diagnosis, Incident, Proposal, ValueChange
from langraph.models.learning import NOTHING_LEARNED, HeldBack, Learned, Lessons, Step, Trial
from langraph.models.runbook import Remedy
from langraph.models.text import Text
from langraph.policy import Policy, limits, rule_for
from langraph.ports import AppliedChange
from langraph.rebuilding import others
from langraph.restoring import Versions
from langraph.sizing import Beside, Beyond, NoSize, in_force, size
from langraph.target import Place, Target, Wanted
from langraph.target.presets import preset_at, preset_limit
from langraph.target.values_files import environment_of, releases_of
from langraph.texts import learning as say_learned
from langraph.texts import placing
from langraph.texts import proposing as say

Files = Mapping[str, tuple[str, bytes]]
"""Git object id and bytes of each file, by path."""

HINT_LABELS = (
    "component", "app_kubernetes_io_component", "app.kubernetes.io/component", "statefulset", "deployment", "daemonset",
    "cronjob", "horizontalpodautoscaler", "hpa",
)  # fmt: skip
"""Labels that may name one workload of several."""


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


def place_of_remedy(
    incident: Incident, diagnosis: Diagnosis, remedy: Remedy, grounds: Grounds, chosen: Place | None = None
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
        pod=incident.facts.get("pod") or incident.labels.get("pod") or _claimants_pod(app, incident),
        hints=tuple(hint.removeprefix("keda-hpa-") for hint in hints if hint),
        releases=(*releases_of(incident.namespace, _own_labels(incident)), *_claimed_by(app, incident)),
        environment=environment_of(incident.namespace, incident.labels),
        claim=incident.labels.get("persistentvolumeclaim", ""),
        message=incident.first_line,
        names=remedy.names,
        software=remedy.software,
        below=remedy.below,
        kind=remedy.kind,
        bound=incident.facts.get("bound"),
    )
    if remedy.software:
        wanted = _of_the_server(wanted)
    sources = {path: data for path, (_, data) in grounds.files.items()}
    try:
        if chosen is not None:
            return _chosen(chosen, wanted, sources)
        found = target.resolve(wanted, grounds.catalogue, sources)
    except EditRefused as refusal:
        return NoProposal(say.refused(", ".join(sources), str(refusal)))
    return found if isinstance(found, Target) else NoProposal(found.reason, found.places)


def _own_labels(incident: Incident) -> Mapping[str, str]:
    """The labels, unless they are those of another pod, which only tells of the fault."""
    said, meant = incident.labels.get("pod"), incident.facts.get("pod")
    return {} if said and meant and said != meant else incident.labels


def _claimants_pod(app: str, incident: Incident) -> str | None:
    """The pod whose volume claim fills up: those of a StatefulSet end with the pod's name, `data-fraud-graph-0`."""
    claim = incident.labels.get("persistentvolumeclaim", "")
    rest, _, ordinal = claim.rpartition("-")
    return f"{app}-{ordinal}" if ordinal.isdecimal() and rest.endswith(f"-{app}") else None


def _claimed_by(app: str, incident: Incident) -> Sequence[str]:
    """Where only a volume claim names the app: what of it may be the claim's own name, `content-repository-nifi-0`."""
    words = app.split("-") if incident.labels.get("persistentvolumeclaim") else []
    return ["-".join(words[:n]) for n in range(1, len(words))]


def _of_the_server(wanted: Wanted) -> Wanted:
    """What an exporter beside a server tells is about the server."""
    is_exporter = wanted.container is not None and any(word in wanted.container for word in ("metrics", "exporter"))
    return replace(wanted, container=None) if is_exporter else wanted


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


def sized(place: Target, incident: Incident, remedy: Remedy, grounds: Grounds) -> tuple[ValueChange, Text] | NoProposal:
    """The step as learned, beyond what failed, or as usual: the first that no rule holds back."""
    source = grounds.files[place.file][1]
    there = find(source, place.path, place.doc)
    before = ValueChange(place.file, place.path, there.value, None, "set" if there.exists else "insert", place.doc)
    if there.shared:
        return NoProposal(say.shared_value(before.dotted))
    if there.kind not in ("scalar", "absent"):
        return NoProposal(say.no_place(incident.app or "", remedy.value_path))
    learned = advice(grounds.lessons, before.dotted, remedy.kind, there.value, grounds.trials)
    made = stepped(before, incident, remedy, grounds, learned, None)
    held = objection(made, incident, grounds)
    if held is None:
        return made
    if held.rule == "failed":
        beyond = Beyond(held.beyond, say_learned.beyond(show(held.beyond), held.incident_id))
        made = stepped(before, incident, remedy, grounds, learned, beyond)
        still = objection(made, incident, grounds)
        held = None if _goes_beyond(made, still) else still
    elif learned is not None:
        made = stepped(before, incident, remedy, grounds, None, None)
        held = held if objection(made, incident, grounds) else None
    return made if held is None else NoProposal(held.why)


def stepped(
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


def objection(made: tuple[ValueChange, Text] | NoProposal, incident: Incident, grounds: Grounds) -> HeldBack | None:
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
