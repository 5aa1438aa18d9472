"""Looks whether a change is live in the cluster, and whether it is still on the branch."""

from datetime import datetime

from langraph.doors import Doors
from langraph.errors import EditRefused
from langraph.helm_values import find
from langraph.models.incident import Incident, Proposal, Scalar, ValueChange
from langraph.ports import FileVersion
from langraph.verifying import gauges, rollout
from langraph.verifying.app_pods import AppPods

VERSIONS_READ = 20  # of each values file: more people than that do not touch one within an hour


async def is_live(doors: Doors, incident: Incident, proposal: Proposal, committed_at: datetime) -> bool | None:
    """Whether the change is in force; None when nothing can tell."""
    container = incident.facts.get("container")
    own = rollout.fill(doors.live_query, incident, container) if doors.live_query else None
    answer = await gauges.number(doors, own) if own else None
    if answer is not None:
        return answer != 0
    pods = await gauges.pods_of(doors, incident)
    if pods is None:
        return None
    wants = rollout.wanted(proposal, pods, container)
    by_value = [rollout.in_force(want, await gauges.samples(doors, want.promql)) for want in wants]
    new_pods = None
    if proposal.blast.restarts_pods:
        new_pods = rollout.all_new(await gauges.samples(doors, rollout.created(pods)), committed_at)
    return rollout.is_live(
        by_value,
        new_pods,
        lags=(await gauges.number(doors, rollout.behind(pods)) or 0) > 0,
        differs=rollout.out_of_sync(await gauges.samples(doors, rollout.argo(pods.workload))),
    )


async def stuck(doors: Doors, incident: Incident, proposal: Proposal, committed_at: datetime) -> int:
    """How many pods with the change have been there for a window and are not ready; 0 where nothing shows any.

    The old ones serve on meanwhile, so the change never is live, and never will be by waiting.
    """
    pods = await gauges.pods_of(doors, incident) if proposal.blast.restarts_pods else None
    if pods is None:
        return 0
    until = doors.clock.now() - doors.timing.verify_window
    new = rollout.younger(await gauges.samples(doors, rollout.created(pods)) or (), committed_at, until)
    shown = {sample.labels.get("pod", "") for sample in await gauges.samples(doors, rollout.unready(pods)) or ()}
    return len(new & shown & await _with_the_change(doors, incident, proposal, pods, new))


async def _with_the_change(
    doors: Doors, incident: Incident, proposal: Proposal, pods: AppPods, new: set[str]
) -> set[str]:
    """By the values where Prometheus shows them, else by the replica set."""
    seen: set[str] | None = None
    for want in rollout.wanted(proposal, pods, incident.facts.get("container")):
        samples = await gauges.samples(doors, want.promql)
        if samples:
            carrying = rollout.carrying(want, samples)
            seen = carrying if seen is None else seen & carrying
    if seen is not None:
        return seen
    return rollout.made_anew(await gauges.samples(doors, rollout.makers(pods)) or (), new)


async def taken_back(doors: Doors, proposal: Proposal) -> rollout.TakenBack | None:
    """Who changed one of our values again; None: the branch has them all.

    Raises: GitUnavailable.
    """
    for file in dict.fromkeys(change.file for change in proposal.changes):
        ours = [change for change in proposal.changes if change.file == file]
        blob = await doors.git.read(file)
        if blob is not None and _has(blob.data, ours):
            continue
        since: FileVersion | None = None
        for version in await doors.git.versions(file, VERSIONS_READ):
            if version.data is not None and _has(version.data, ours):
                break
            since = version
        return rollout.TakenBack(since)
    return None


def _has(data: bytes, changes: list[ValueChange]) -> bool:
    return all(_same(_value(data, change), change.new) for change in changes)


def _same(present: Scalar, wanted: Scalar) -> bool:
    return present == wanted or str(present) == str(wanted)


def _value(data: bytes, change: ValueChange) -> Scalar:
    try:
        return find(data, change.path, change.doc).value
    except EditRefused:
        return None
