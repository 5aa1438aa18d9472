"""Carries negative feedback into git, and notices when people take our changes back themselves."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from langraph import commit_message, record
from langraph.errors import BadInput, BadSetting, EditRefused, Permanent, Stale, Transient
from langraph.human_reverts import by_incident, reverted_by_people
from langraph.models.feedback import HumanRevert, NegativeFeedback
from langraph.models.incident import Person
from langraph.ports import AppliedChange, Blob, Clock, CommitRequest, GitStore, Ledger, Tree
from langraph.texts import feedback as say

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=30)  # the branch head is one small question; people's reverts are not urgent
WATCHED = timedelta(days=30)  # after that a lower value is a new decision, not a verdict on ours
VERSIONS_READ = 50  # of each values file that we changed


class FeedbackRecorder:
    """One loop; what it could not do now it does at its next look.

    Args:
        ledger: holds what is not in git yet.
        git: where it goes.
        clock: the time.
        locale: the language of what it writes by itself.
    """

    def __init__(self, ledger: Ledger, git: GitStore, clock: Clock, locale: str) -> None:
        self._ledger = ledger
        self._git = git
        self._clock = clock
        self._locale = locale
        self._woken = asyncio.Event()
        self._seen_head: str | None = None

    def wake(self) -> None:
        """There is something to carry."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()  # before the look: who comes during it is heard at once afterwards
            try:
                await self.look()
            except (Transient, BadSetting) as error:
                log.warning("feedback waits", error=str(error))
            try:
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY.total_seconds())
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Notice reverts on the branch, then carry what waits. Raises: Transient, BadSetting."""
        await self._notice_reverts()
        for said in await self._ledger.complaints():
            if await self._ledger.halted() is not None:
                return
            await self._carry(said)

    # --- into git ---

    async def _carry(self, said: NegativeFeedback) -> None:
        """Key: the feedback's op id."""
        path = record.negative_path(said.incident_id)
        request = CommitRequest(
            op_id=said.op_id,
            at=said.at,
            subject=commit_message.negative_subject(said),
            body=commit_message.negative_body(said),
            trailers={"Incident-Id": said.incident_id},
            reads=(),
            build=lambda _tree: {path: record.negative_file(said)},
        )
        try:
            commit = (await self._git.commit(request)).commit
        except Stale:  # the file says just this already
            commit = str(await self._git.head())
        except (EditRefused, BadInput) as refusal:
            commit = await self._refused(said, refusal)
        await self._ledger.complaint_recorded(said.op_id, commit)

    async def _refused(self, said: NegativeFeedback, refusal: Permanent) -> str:
        """It will never get into git (its folder is a link, say): noted, so that the others are not held up."""
        log.error("feedback cannot be recorded in git", incident=said.incident_id, error=str(refusal))
        detail = {"incident": said.incident_id, "why": str(refusal)}
        await self._ledger.audit(self._clock.now(), said.by.id, "feedback_refused", detail)
        return "refused"

    # --- people's reverts ---

    async def _notice_reverts(self) -> None:
        head = await self._git.head()
        if head is None or head == self._seen_head:
            return
        applied = await self._ledger.applied_changes(self._clock.now() - WATCHED)
        files = sorted({one.change.file for one in applied})
        versions = {file: await self._git.versions(file, VERSIONS_READ) for file in files}
        changes = by_incident(applied)
        for revert in reverted_by_people(applied, versions):
            await self._note(self._feedback_of(revert, changes[revert.incident_id]), revert)
        self._seen_head = head

    def _feedback_of(self, revert: HumanRevert, changes: Sequence[AppliedChange]) -> NegativeFeedback:
        return NegativeFeedback(
            incident_id=revert.incident_id,
            by=Person(f"git:{revert.author}", revert.author),
            at=revert.at,
            reason=say.reverted_by(revert).in_locale(self._locale),
            original_action="\n".join(record.change_line(one.change) for one in changes),
            expected_result="",
        )

    async def _note(self, said: NegativeFeedback, revert: HumanRevert) -> None:
        """In the record first, then in the ledger, which thereby knows that it is done. Key: incident and commit."""
        known = await self._ledger.complaints(said.incident_id)
        if any(one.op_id == said.op_id for one in known):
            return
        own_words = any(one.is_from_a_person and one.by.surface != "git" for one in known)
        try:
            commit = (await self._git.commit(_notice(said, revert, with_feedback=not own_words))).commit
        except (EditRefused, BadInput) as refusal:
            commit = await self._refused(said, refusal)
        await self._ledger.complain(said)
        await self._ledger.complaint_recorded(said.op_id, commit)


def _notice(said: NegativeFeedback, revert: HumanRevert, *, with_feedback: bool) -> CommitRequest:
    """That a person took the change back; what a person has said in their own words stays."""
    path = f"{record.FOLDER}/{revert.incident_id}/metadata.json"

    def build(tree: Tree) -> Mapping[str, bytes]:
        made = {record.negative_path(revert.incident_id): record.negative_file(said)} if with_feedback else {}
        metadata = _metadata(tree.get(path))
        if metadata is None:
            return made
        return {**made, path: record.as_json({**metadata, "reverted": record.human_revert(revert)}).encode()}

    return CommitRequest(
        op_id=f"noticed:{revert.incident_id}:{revert.commit[:12]}",
        at=revert.at,
        subject=commit_message.negative_subject(said),
        body=commit_message.negative_body(said),
        trailers={"Incident-Id": revert.incident_id},
        reads=(path,),
        build=build,
    )


def _metadata(blob: Blob | None) -> Mapping[str, object] | None:
    """The record's metadata, where there is one that can be read; a broken one is left to people."""
    try:
        content = json.loads(blob.data) if blob is not None else None
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
