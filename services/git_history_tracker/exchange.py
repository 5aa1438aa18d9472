"""The two talks with the remote: bring the branch head in, put one commit on it. Says what git's answers mean."""

from enum import StrEnum

from langraph.errors import BadSetting, GitUnavailable
from services.git_history_tracker.cache import Cache
from services.git_history_tracker.names import is_object_id
from services.git_history_tracker.plumbing import Answer, CacheBroken

_FIRST_FETCH_PATIENCE = 10  # the whole history instead of its tail
_MAX_NAMED_BRANCHES = 10  # enough to see a misspelt one
_NO_REPOSITORY = (
    "does not appear to be a git repository",
    "repository not found",
    "' not found",
    "is this a git repository?",
    "invalid gitfile format",
    "could not be found or you don't have permission",
)
_NOT_OURS = "dubious ownership"
_MOVED = ("not our ref", "couldn't find remote ref", "no such remote ref")
_DIRTY = ("working directory has", "working tree", "up-to-date check failed")
_REFUSED = ("hook declined", "protected branch", "denied", "prohibited", "not permitted", "not allowed", "checked out")
# Whatever the repository's own setting of receive.denyCurrentBranch: the working tree follows when it is clean, and the
# push is refused when it is not. Objects must survive a power cut, for nobody else keeps them.
_LOCAL_RECEIVE_PACK = (
    "git -c receive.denyCurrentBranch=updateInstead -c core.fsync=all -c core.fsyncMethod=fsync receive-pack"
)


class Pushed(StrEnum):
    """How a push ended."""

    DONE = "done"
    LOST_RACE = "somebody else pushed first"
    UNKNOWN = "the answer was lost"


class Exchange:
    """One branch of one remote, through one cache."""

    def __init__(self, cache: Cache, branch: str) -> None:
        self._cache = cache
        self._git = cache.git
        self._ref = f"refs/heads/{branch}"
        self._branch = branch

    def fetch(self) -> str | None:
        """The branch head, with all its history in the cache; None for a repository without commits.

        Raises:
            GitUnavailable: it cannot be reached now.
            BadSetting: no such repository, or it has other branches and not this one.
            CacheBroken: the cache cannot take it.
        """
        for _ in range(3):  # the head moves while we look: it is asked for again
            head = self._remote_head()
            if head is None or head == self._cache.known():
                return head
            self._cache.fit(head)
            if self._bring(head):
                self._cache.remember(head)
                return head
        raise GitUnavailable(f"The branch {self._branch} of {self._shown} moves faster than it can be fetched; wait")

    def _remote_head(self) -> str | None:
        heads = self._list_refs(self._ref)
        if self._ref in heads:
            return heads[self._ref]
        others = sorted(ref.removeprefix("refs/heads/") for ref in self._list_refs("refs/heads/*"))
        if not others or self._branch in others:  # it may have appeared just now: the push will tell
            return None
        named = ", ".join(others[:_MAX_NAMED_BRANCHES])
        raise BadSetting(f"GIT_BRANCH={self._branch!r} is no branch of {self._shown}; it has {named}")

    def _list_refs(self, pattern: str) -> dict[str, str]:
        answer = self._git.run("ls-remote", "--end-of-options", self._git.remote.url, pattern)
        if not answer.ok:
            self._blame_cache(answer, thorough=False)
            raise self._unreachable(answer)
        rows = (line.split("\t", 1) for line in answer.out.decode("utf-8", "replace").splitlines() if "\t" in line)
        return {ref: oid for oid, ref in rows if is_object_id(oid)}

    def _bring(self, head: str) -> bool:
        """Fetch `head`; False when the remote no longer offers it."""
        options = ("--no-write-fetch-head", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--quiet")
        patience = 1 if self._cache.known() else _FIRST_FETCH_PATIENCE
        answer = self._git.run("fetch", *options, "--end-of-options", self._git.remote.url, head, patience=patience)
        if answer.ok:
            return True
        if any(sign in answer.err.lower() for sign in _MOVED):
            return False
        self._blame_cache(answer)
        raise self._unreachable(answer)

    def push(self, commit: str) -> Pushed:
        """Put `commit` on the branch if that only adds to it. Key: the commit.

        Raises:
            GitUnavailable: the other side will not have it; trying at once again is of no use.
            CacheBroken: the cache cannot give it.
        """
        local = (f"--receive-pack={_LOCAL_RECEIVE_PACK}",) if self._git.remote.is_local else ()
        target = f"{commit}:{self._ref}"
        answer = self._git.run(
            "push", "--porcelain", "--no-verify", *local, "--end-of-options", self._git.remote.url, target
        )
        status = self._status_of(target, answer)
        if status is None and not answer.timed_out:
            self._blame_cache(answer)
        if status is None or status.startswith("[remote failure]"):
            return Pushed.UNKNOWN
        if status == "":
            return Pushed.DONE
        self._raise_if_refused(status)
        return Pushed.LOST_RACE

    def _status_of(self, target: str, answer: Answer) -> str | None:
        """What git-push(1) --porcelain says of our ref: `""` done, a summary why not, None when it does not say."""
        for line in answer.out.decode("utf-8", "replace").splitlines():
            flag, _, rest = line.partition("\t")
            ref, _, summary = rest.partition("\t")
            if ref != target:
                continue
            if flag == "!":
                return self._git.remote.redact(summary)
            return "" if answer.ok else None
        return None

    def _raise_if_refused(self, status: str) -> None:
        said = status.lower()
        if any(sign in said for sign in _DIRTY):
            raise GitUnavailable(
                f"The working tree of {self._shown} has changes that are not committed, so {self._branch} cannot "
                f"follow our commit ({status}); commit or stash them there"
            )
        if any(sign in said for sign in _REFUSED):
            raise GitUnavailable(
                f"{self._shown} does not let us push to {self._branch} ({status}); allow it for our account, or set "
                "GIT_BRANCH to a branch that takes pushes"
            )

    def _blame_cache(self, answer: Answer, *, thorough: bool = True) -> None:
        """Raise CacheBroken when the failure is the cache's: git names it, or (thorough) an object is damaged."""
        if answer.timed_out:
            return
        if str(self._git.git_dir) in answer.err or (thorough and not self._cache.is_healthy()):
            raise CacheBroken(f"The git cache {self._git.git_dir} is damaged ({answer.reason}); delete the directory")

    def _unreachable(self, answer: Answer) -> BadSetting | GitUnavailable:
        said = answer.err.lower()
        if _NOT_OURS in said:
            return BadSetting(
                f"GIT_REPO_PATH={self._shown!r} belongs to another user, and git does not trust it; run langraph as "
                "its owner, or change the owner"
            )
        if any(sign in said for sign in _NO_REPOSITORY):
            return BadSetting(
                f"GIT_REPO_PATH={self._shown!r} is not a git repository that we can see ({answer.reason}); check the "
                "address and our access, or make one with `git init`"
            )
        return GitUnavailable(f"{self._shown} cannot be reached ({answer.reason}); check the network and our access")

    @property
    def _shown(self) -> str:
        return self._git.remote.shown
