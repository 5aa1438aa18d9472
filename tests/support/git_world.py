"""A GitOps repository with a person who pushes to it: what the contract suite of GitStore needs of the world."""

import os
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from langraph.errors import Stale
from langraph.ports import CommitRequest, GitStore, Tree
from services.git_history_tracker import GitHistoryTracker
from tests.support.fake_git import FakeGitStore

LANGRAPH_EMAIL = "langraph@example.org"
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
VALUES = "helm-values/app/values.yaml"
OTHER = "helm-values/other/values.yaml"


def wants(
    files: Mapping[str, bytes] | Callable[[Tree], Mapping[str, bytes]],
    *,
    op_id: str = "apply:1",
    reads: tuple[str, ...] = (VALUES,),
    subject: str = "fix(app): memory 1 -> 2",
    body: str = "",
    trailers: Mapping[str, str] | None = None,
) -> CommitRequest:
    """A commit request that writes `files`, or what they build from the tree."""
    build = files if callable(files) else lambda _: files
    return CommitRequest(op_id, AT, subject, body, trailers or {"Incident-Id": "incident-1"}, reads, build)


def raise_memory(tree: Tree) -> Mapping[str, bytes]:
    """The byte edit of the workflow in small: only on top of the value the approver saw."""
    if b"memory: 1\n" not in tree[VALUES].data:
        raise Stale("memory is no longer 1")
    return {VALUES: tree[VALUES].data.replace(b"memory: 1\n", b"memory: 2\n")}


class World(Protocol):
    """The same questions to a real repository and to the fake one."""

    store: GitStore

    def person_pushes(self, files: Mapping[str, bytes | None], message: str = "by hand") -> str:
        """A person's commit on the branch: new bytes by path, None removes. Returns its id."""
        ...

    def person_makes(self, path: str, mode: str) -> None:
        """A person commits a link (120000), a submodule (160000) or an executable (100755) at `path`."""
        ...

    def show(self, path: str) -> bytes | None:
        """The bytes at the branch head."""
        ...

    def messages(self) -> list[str]:
        """Full messages on the branch, newest first."""
        ...


def git(*args: str, cwd: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
    """A person's git, kept away from the settings of whoever runs the tests."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@example.org", "-c", "init.defaultBranch=main")
    run = subprocess.run(
        ["git", *who, *args], cwd=cwd, input=stdin, env={**clean, **(env or {})}, capture_output=True, check=False
    )
    assert run.returncode == 0, f"git {' '.join(args)}: {run.stderr.decode()}"
    return run.stdout.decode()


class RealWorld:
    """A repository on this disk, whatever the address under which the store knows it."""

    def __init__(self, tmp: Path, address: str | None = None, *, bare: bool = True) -> None:
        self.tmp = tmp
        self.place = tmp / ("repo.git" if bare else "repo")
        self.address = address or str(self.place)
        self.bare = bare
        self.desk = tmp / "desk" if bare else self.place
        self.waits: list[float] = []
        if not self.place.exists():
            git("init", "-q", *(["--bare"] if bare else []), str(self.place), cwd=tmp)
        if bare:
            git("clone", "-q", str(self.place), str(self.desk), cwd=tmp)
        self.store: GitStore = self.tracker()

    def tracker(self, **changes: object) -> GitHistoryTracker:
        """A store as after a restart: nothing in memory, the cache on disk."""
        settings: dict[str, object] = {
            "committer_name": "langraph",
            "committer_email": LANGRAPH_EMAIL,
            "timeout": timedelta(seconds=30),
            "jitter": float,
            "sleep": self._wait,
            **changes,
        }
        return GitHistoryTracker(self.address, "main", self.tmp / "cache", **settings)  # type: ignore[arg-type]  # a test's short hand

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    @property
    def cache(self) -> Path:
        (found,) = (self.tmp / "cache").glob("*.git")
        return found

    def person_pushes(self, files: Mapping[str, bytes | None], message: str = "by hand") -> str:
        self._come_up_to_date()
        for path, data in files.items():
            target = self.desk / path
            if data is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        git("add", "-A", cwd=self.desk)
        return self._push(message)

    def person_makes(self, path: str, mode: str) -> None:
        self._come_up_to_date()
        data = b"helm-values/real.yaml" if mode == "120000" else b"replicas: 1\n"
        oid = git("hash-object", "-w", "--stdin", cwd=self.desk, stdin=data).strip() if mode != "160000" else "1" * 40
        git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}", cwd=self.desk)
        self._push(f"make {path}")
        git("reset", "-q", "--hard", cwd=self.desk)

    def _come_up_to_date(self) -> None:
        if self.bare and git("for-each-ref", cwd=self.place):
            git("fetch", "-q", "origin", "main", cwd=self.desk)
            git("checkout", "-q", "-B", "main", "FETCH_HEAD", cwd=self.desk)
            git("reset", "-q", "--hard", "FETCH_HEAD", cwd=self.desk)

    def _push(self, message: str) -> str:
        git("commit", "-q", "--allow-empty", "-m", message, cwd=self.desk)
        if self.bare:
            git("push", "-q", "origin", "HEAD:refs/heads/main", cwd=self.desk)
        return git("rev-parse", "HEAD", cwd=self.desk).strip()

    def show(self, path: str) -> bytes | None:
        if not git("ls-tree", "main", "--", path, cwd=self.place):
            return None
        return git("cat-file", "blob", f"main:{path}", cwd=self.place).encode()

    def messages(self) -> list[str]:
        return [text for text in git("log", "-z", "--format=%B", "main", cwd=self.place).split("\0") if text]


def commits(world: RealWorld) -> int:
    """How many commits the branch has."""
    return int(git("rev-list", "--count", "main", cwd=world.place))


class FakeWorld:
    """The same world in memory."""

    def __init__(self) -> None:
        self.fake = FakeGitStore()
        self.store: GitStore = self.fake

    def person_pushes(self, files: Mapping[str, bytes | None], message: str = "by hand") -> str:
        return self.fake.person_pushes(files, message)

    def person_makes(self, path: str, mode: str) -> None:
        self.fake.person_pushes({path: b"replicas: 1\n"}, f"make {path}", modes={path: mode})

    def show(self, path: str) -> bytes | None:
        return self.fake.show(path)

    def messages(self) -> list[str]:
        return [commit.message for commit in reversed(self.fake.commits)]
