"""The GitOps repository's branch, as the rest of the program sees it: read, commit exactly once, remember."""

import asyncio
import hashlib
import random
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from langraph.errors import BadInput, BadSetting, GitUnavailable, Halted, NotFound, Stale
from langraph.failpoint import reach
from langraph.ports import Blob, CommitRequest, Committed, FileVersion, Operation, RecordedIncident
from services.git_history_tracker.cache import Cache
from services.git_history_tracker.exchange import Exchange, Pushed
from services.git_history_tracker.history import OpCommit, OpIndex, Record
from services.git_history_tracker.message import compose
from services.git_history_tracker.names import checked_branch, checked_op_id, checked_path, is_object_id, one_line
from services.git_history_tracker.operations import operations
from services.git_history_tracker.plumbing import CacheBroken, Plumbing
from services.git_history_tracker.remote import parse_remote
from services.git_history_tracker.trees import REGULAR, Place
from services.git_history_tracker.versions import versions

_log = structlog.get_logger(__name__)
_Result = TypeVar("_Result")
HALT_FILE = "HALT"
_MAX_LOST_ANSWERS = 3  # a server that eats three answers is down, whatever it says in between
_DEFAULT_TIMEOUT = timedelta(seconds=60)  # of one git command; a push of a few kilobytes takes well below a second


def full_jitter(attempt: int) -> float:
    """Seconds to wait before the next try: anything up to 50 ms, doubled each time, two seconds at most."""
    return random.uniform(0.0, min(2.0, 0.05 * 2**attempt))  # noqa: S311 - spreads pushers out, guards nothing


class GitHistoryTracker:
    """ports.GitStore over a real repository.

    Every call asks the remote for its head; nothing is answered from memory alone. One call at a time touches the
    cache. The protocol of a commit is in `_attempt`, in the order of docs/architecture.md, "Commit".
    """

    def __init__(
        self,
        repository: str,
        branch: str,
        cache_dir: Path,
        *,
        committer_name: str,
        committer_email: str,
        timeout: timedelta = _DEFAULT_TIMEOUT,
        max_attempts: int = 20,  # a push race is lost to a person now and then, never twenty times
        jitter: Callable[[int], float] = full_jitter,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is read or written before the first call.

        Args:
            repository: path or URL of the GitOps repository.
            branch: its branch, without `refs/heads/`.
            cache_dir: where our private copies live; each repository gets a directory of its own in it.
            committer_name: author and committer of our commits.
            committer_email: by this our commits are told from everybody else's.
            timeout: of each git command; the first fetch gets ten times as much.
            max_attempts: tries of one commit, each from a fresh fetch.
            jitter: seconds to wait after the nth try.
            sleep: waits.

        Raises:
            BadSetting: repository, branch or committer make no sense.
        """
        remote = parse_remote(repository)
        self._who = _checked_committer(committer_name, committer_email)
        self._name = remote.shown
        cache_name = hashlib.sha256(remote.shown.encode()).hexdigest()[:16] + ".git"
        self._cache = Cache(Plumbing(cache_dir.absolute() / cache_name, remote, timeout))
        self._exchange = Exchange(self._cache, checked_branch(branch))
        self._max_attempts, self._jitter, self._sleep = max_attempts, jitter, sleep
        self._turn = asyncio.Lock()
        self._at_work = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._ops = OpIndex(self._cache, self._who["GIT_COMMITTER_EMAIL"])
        self._record = Record(self._cache)

    # --- reading

    async def head(self) -> str | None:
        """Object id of the branch head; None for a repository without commits."""
        return await self._alone(self._exchange.fetch)

    async def read(self, path: str, commit: str | None = None) -> Blob | None:
        """A regular file at `commit` (default: the branch head now); None when there is none.

        Raises: EditRefused (a link or a submodule), BadInput (no path, no commit id), NotFound (no such commit).
        """
        return await self._alone(partial(self._read_one, checked_path(path), _checked_commit(commit)))

    async def list_files(self, prefix: str, commit: str | None = None) -> Sequence[str]:
        """Paths of the regular files below the directory `prefix` (`""`: all); names not in UTF-8 are left out."""
        folder = prefix.rstrip("/")
        return await self._alone(
            partial(self._list, checked_path(folder) if folder else "", _checked_commit(commit)),
        )

    async def find(self, op_id: str) -> str | None:
        """The commit on the branch that carries `op_id`, if any."""
        found = await self._alone(partial(self._look, checked_op_id(op_id)))
        return found.commit if found else None

    async def recorded(self) -> Sequence[RecordedIncident]:
        """Every incident folder at the branch head, newest first; `commit` is the last one that touched the folder."""
        return await self._alone(lambda: self._record.at(self._exchange.fetch()))

    async def versions(self, path: str, limit: int) -> Sequence[FileVersion]:
        """The file's last versions on the branch, newest first."""
        checked_path(path)
        email = self._who["GIT_COMMITTER_EMAIL"]
        return await self._alone(lambda: versions(self._cache, self._exchange.fetch(), path, limit, email))

    async def operations(self, policy_file: str) -> Sequence[Operation]:
        """Every commit of ours that is reachable from the branch head, oldest first."""
        checked_path(policy_file)
        email = self._who["GIT_COMMITTER_EMAIL"]
        return await self._alone(lambda: operations(self._cache, self._exchange.fetch(), email, policy_file))

    # --- writing

    async def commit(self, request: CommitRequest) -> Committed:
        """Put the request on the branch, on top of whatever people have pushed. Key: `op_id`.

        Raises:
            GitUnavailable: unknown or not now; call again with the same request.
            Halted: the branch holds a `HALT` file.
            Stale: the files on the branch already say what `build` wants to write.
            EditRefused: a path is a link, a submodule or a directory.
            BadInput: a path, a trailer or the op id is none.
            And whatever `request.build` raises.
        """
        message = compose(request)
        for path in request.reads:
            checked_path(path)
        who = _dated(self._who, request)
        lost_answers, outcome = 0, Pushed.LOST_RACE
        for attempt in range(1, self._max_attempts + 1):
            result = await self._alone(partial(self._attempt, request, message, who))
            if isinstance(result, Committed):
                return result
            outcome = result
            lost_answers += outcome is Pushed.UNKNOWN
            if lost_answers == _MAX_LOST_ANSWERS:
                break
            if attempt < self._max_attempts:
                await self._sleep(self._jitter(attempt))
        found = await self._alone(partial(self._look, request.op_id))
        if found:
            return Committed(found.commit, found.parent, already_there=True)
        raise GitUnavailable(
            f"{request.op_id} is not on {self._name} yet ({outcome}, {attempt} tries); it is tried again"
        )

    def _attempt(self, request: CommitRequest, message: bytes, who: Mapping[str, str]) -> Committed | Pushed:
        reach("git.commit.before_fetch")
        head = self._exchange.fetch()
        places = self._cache.places(head, [HALT_FILE, *request.reads])
        if places[HALT_FILE].entry is not None:
            raise Halted(
                f"{self._name} holds a file {HALT_FILE}, so nothing is pushed; delete it from the branch to go on"
            )
        if found := self._ops.find(head, request.op_id):
            return Committed(found.commit, found.parent, already_there=True)
        files = request.build(self._blobs(places, request.reads))
        commit = self._make(head, files, message, who)
        reach("git.commit.before_push")
        outcome = self._exchange.push(commit)
        reach("git.commit.after_push")
        if outcome is not Pushed.DONE:
            return outcome
        self._cache.remember(commit)
        self._ops.landed(request.op_id, commit, head)
        return Committed(commit, head)

    def _make(self, head: str | None, files: Mapping[str, bytes], message: bytes, who: Mapping[str, str]) -> str:
        places = self._cache.places(head, [checked_path(path) for path in files])
        written = self._cache.store(files, places) if files else []
        if all((entry := places[file.path].entry) and entry.oid == file.oid for file in written):
            raise Stale("The files on the branch already say what this commit would write, so nothing would change")
        return self._cache.commit(self._cache.tree(head, written), head, message, who)

    # --- one at a time, in a thread

    async def _alone(self, step: Callable[[], _Result]) -> _Result:
        """Run `step` in a thread while nobody else touches the cache.

        Two locks: the first is a queue that costs no thread; the second holds when a caller is cancelled, for its
        thread goes on working.
        """
        async with self._turn:
            return await asyncio.to_thread(self._healing, step)

    def _healing(self, step: Callable[[], _Result]) -> _Result:
        with self._at_work:
            self._cache.open()
            try:
                return step()
            except CacheBroken as broken:
                _log.warning("the git cache is broken and is fetched again", repository=self._name, reason=str(broken))
            self._cache.rebuild()
            self._forget()
            return step()

    def _look(self, op_id: str) -> OpCommit | None:
        return self._ops.find(self._exchange.fetch(), op_id)

    def _read_one(self, path: str, commit: str | None) -> Blob | None:
        places = self._cache.places(self._commit_or_head(commit), [path])
        return self._blobs(places, [path]).get(path)

    def _list(self, folder: str, commit: str | None) -> Sequence[str]:
        at = self._commit_or_head(commit)
        if at is None:
            return ()
        return tuple(path for path, entry in self._cache.files(at, folder) if entry.mode in REGULAR)

    def _commit_or_head(self, commit: str | None) -> str | None:
        """A commit that is here needs no network: it cannot change."""
        if commit is None:
            return self._exchange.fetch()
        if not self._cache.has_commit(commit):
            self._exchange.fetch()
        if not self._cache.has_commit(commit):
            raise NotFound(f"The commit {commit} is not on the branch of {self._name}; take one from its history")
        return commit

    def _blobs(self, places: Mapping[str, Place], paths: Sequence[str]) -> dict[str, Blob]:
        entries = {path: entry for path in paths if (entry := places[path].readable)}
        data = self._cache.blobs(entry.oid for entry in entries.values())
        return {path: Blob(path, entry.oid, data[entry.oid]) for path, entry in entries.items()}


def _checked_commit(commit: str | None) -> str | None:
    if commit is not None and not is_object_id(commit):
        raise BadInput(f"{commit!r} is not a full commit id; write all 40 or 64 hex digits")
    return commit


def _checked_committer(name: str, email: str) -> Mapping[str, str]:
    """Git drops angle brackets, line ends and outer punctuation from names; what it drops could not be found again."""
    if not one_line(name).strip(" .,:;<>\"\\'") or set(name) & set("<>\n\0"):
        raise BadSetting(f"The committer's name {name!r} is none; write one like langraph")
    if email != one_line(email) or not email.strip(" .,:;<>\"\\'") == email or not email or set(email) & set("<> "):
        raise BadSetting(f"The committer's e-mail {email!r} is none; write one like langraph@example.org")
    return {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
    }


def _dated(who: Mapping[str, str], request: CommitRequest) -> Mapping[str, str]:
    """Author and committer with the request's time, so that the same base gives the same commit id."""
    if request.at.tzinfo is None:
        raise BadInput(f"The time {request.at} of {request.op_id} has no zone; write it in UTC")
    date = f"@{int(request.at.timestamp())} +0000"
    return {**who, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
