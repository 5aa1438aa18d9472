"""Collects what a proposal stands on, through the ports: rules, values files and their past, lessons, peaks."""

from collections.abc import Mapping
from datetime import timedelta

from langraph import inputs, measuring, restoring
from langraph.doors import Doors
from langraph.learning.tried import trials
from langraph.models.incident import Evidence, Incident
from langraph.models.inputs import Inputs, ValuesFile
from langraph.models.learning import Trial
from langraph.models.runbook import Runbook
from langraph.proposing import paths_to_read
from langraph.rulebook import Rules
from langraph.texts import working as say

HISTORY = timedelta(days=30)  # as far back as any policy's cumulative bound may look
VERSIONS_READ = 20  # of each values file: a week of a busy team


async def gather(doors: Doors, incident: Incident, runbook: Runbook | None, version: int) -> Inputs:
    """What is known now, kept for the record; changes of the last day become evidence on the way.

    Raises:
        GitUnavailable: not now.
        BadInput: policy or catalogue break their schema.
    """
    rules = await doors.rulebook.current()
    files, versions = await _values(doors, incident, rules)
    now = doors.clock.now()
    known = Inputs(
        incident=incident,
        evidence=tuple(await doors.ledger.evidence(incident.id)),
        version=version,
        at=now,
        expires_in=doors.timing.approval_expiry,
        files=files,
        older={path: inputs.older(found, incident) for path, found in versions.items()},
        apps=rules.apps_text,
        policy=rules.policy_text,
        applied=inputs.applied(await doors.ledger.applied_changes(now - HISTORY)),
        lessons=await _lessons(doors, incident, rules),
        trials=await _trials(doors, incident),
        peak_bytes=await measuring.peak_bytes(doors, incident, runbook) if runbook is not None else None,
    )
    await _note_changes(doors, incident, versions)
    await doors.ledger.save_inputs(incident.id, version, inputs.as_plain(known))
    return known


async def _values(
    doors: Doors, incident: Incident, rules: Rules
) -> tuple[Mapping[str, ValuesFile], restoring.Versions]:
    """The app's values files as the branch has them, and as it had them before."""
    listing = await doors.git.list_files(doors.values_dir, rules.commit)
    files, versions = {}, {}
    for path in paths_to_read(incident, rules.catalogue, listing):
        blob = await doors.git.read(path, rules.commit)
        if blob is not None:
            files[path] = inputs.values_file(blob.oid, blob.data)
            versions[path] = await doors.git.versions(path, VERSIONS_READ)
    return files, versions


async def _lessons(doors: Doors, incident: Incident, rules: Rules) -> Mapping[str, str]:
    """The pattern files that speak of this incident's app and category."""
    found = {}
    for path in inputs.lesson_paths(incident) or ():
        blob = await doors.git.read(path, rules.commit)
        if blob is not None:
            found[path] = blob.data.decode(errors="replace")
    return found


async def _trials(doors: Doors, incident: Incident) -> tuple[Trial, ...]:
    """What was proposed for this app before, and what came of it."""
    if incident.app is None:
        return ()
    mine = [one for one in await doors.git.recorded() if one.metadata.get("app") == incident.app]
    return trials([one for one in mine if one.id != incident.id])


async def _note_changes(doors: Doors, incident: Incident, versions: restoring.Versions) -> None:
    """What people changed in the app's values shortly before: evidence, whatever the fault is."""
    found = restoring.recent_changes(versions, incident.opened_at)
    seen = [Evidence("change", say.past_change(past), past.at, means=say.changed_before()) for past in found]
    if seen:
        await doors.ledger.update(incident.id, evidence=seen)
