"""A GitStore in memory that keeps the same promises; the contract suite runs against it too."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from langraph.errors import EditRefused, GitUnavailable, Halted, NotFound, Stale
from langraph.ports import Blob, CommitRequest, Committed, FileVersion, Operation, RecordedIncident
from services.git_history_tracker.message import compose
from services.git_history_tracker.names import checked_op_id, checked_path

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_REGULAR = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class FakeFile:
    """A file in a commit."""

    data: bytes
    mode: str = "100644"

    @property
    def oid(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.data) + self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class FakeCommit:
    """One commit on the branch."""

    oid: str
    parent: str | None
    message: str
    files: Mapping[str, FakeFile]
    op_id: str | None = None
    """Ours when it has one."""
    touched: tuple[str, ...] = ()
    at: datetime = _LONG_AGO


@dataclass(slots=True)
class FakeGitStore:
    """The branch as a list of commits, oldest first. `commits`, `show` and `person_pushes` are for tests."""

    commits: list[FakeCommit] = field(default_factory=list)
    down: str | None = None
    """While set, everything raises GitUnavailable with this text."""
    lose_answers: int = 0
    """So many commits land and raise GitUnavailable, as when the cable is cut after the push."""
    before_push: Callable[[], None] | None = None
    """Called once between build and push, to let a person win the race."""

    async def head(self) -> str | None:
        self._up()
        return self._tip.oid if self.commits else None

    async def read(self, path: str, commit: str | None = None) -> Blob | None:
        checked_path(path)
        self._up()
        return _readable(self._files(commit), path)

    async def list_files(self, prefix: str, commit: str | None = None) -> Sequence[str]:
        self._up()
        folder = f"{prefix.rstrip('/')}/" if prefix.rstrip("/") else ""
        files = self._files(commit)
        return tuple(sorted(path for path in files if path.startswith(folder) and files[path].mode in _REGULAR))

    async def find(self, op_id: str) -> str | None:
        self._up()
        found = self._find(checked_op_id(op_id))
        return found.oid if found else None

    async def recorded(self) -> Sequence[RecordedIncident]:
        self._up()
        found = {}
        for path, file in self._files(None).items():
            parts = path.split("/")
            live = len(parts) == 3
            archived = len(parts) == 5 and parts[1] == "archive"
            if parts[0] != "examples" or parts[-1] != "metadata.json" or not (live or archived):
                continue
            try:
                content = json.loads(file.data)
            except ValueError:
                continue
            if isinstance(content, dict) and (live or parts[-2] not in found):
                folder = path.rpartition("/")[0]
                negative = self._negative(f"{folder}/feedback_negative.json")
                found[parts[-2]] = RecordedIncident(parts[-2], self._last_touch(folder), content, negative)
        return tuple(found[name] for name in sorted(found, reverse=True))

    def _negative(self, path: str) -> Mapping[str, object] | None:
        file = self._files(None).get(path)
        try:
            content = json.loads(file.data) if file else None
        except ValueError:
            return None
        return content if isinstance(content, dict) else None

    async def versions(self, path: str, limit: int) -> Sequence[FileVersion]:
        self._up()
        found = [
            FileVersion(c.oid, c.at, "person", c.message.splitlines()[0], _data(c.files, path), c.op_id is not None)
            for c in reversed(self.commits)
            if path in c.touched
        ]
        return tuple(found[:limit])

    async def operations(self, policy_file: str) -> Sequence[Operation]:
        self._up()
        found = []
        for before, commit in zip((None, *self.commits), self.commits, strict=False):
            if commit.op_id is None:
                continue
            old = before.files if before else _EMPTY
            files = {path: (_data(old, path), _data(commit.files, path)) for path in commit.touched}
            found.append(Operation(commit.oid, commit.op_id, commit.at, files, _data(old, policy_file)))
        return tuple(found)

    async def commit(self, request: CommitRequest) -> Committed:
        message = compose(request).decode()
        for path in request.reads:
            checked_path(path)
        while True:
            self._up()
            base = self._files(None)
            if "HALT" in base:
                raise Halted("the branch holds a file HALT, so nothing is pushed; delete it from the branch to go on")
            if found := self._find(request.op_id):
                return Committed(found.oid, found.parent, already_there=True)
            blobs = {path: blob for path in request.reads if (blob := _readable(base, path))}
            new = self._written(base, request.build(blobs))
            if self.before_push:
                race, self.before_push = self.before_push, None
                race()
            if base is self._files(None):
                return self._land(request, message, base, new)

    def _written(self, base: Mapping[str, FakeFile], files: Mapping[str, bytes]) -> dict[str, FakeFile]:
        new = {checked_path(path): FakeFile(data, _mode_to_write(base, path)) for path, data in files.items()}
        if all(base.get(path) == file for path, file in new.items()):
            raise Stale("the files on the branch already say what this commit would write, so nothing would change")
        return new

    def _land(
        self, request: CommitRequest, message: str, base: Mapping[str, FakeFile], new: Mapping[str, FakeFile]
    ) -> Committed:
        parent = self._tip.oid if self.commits else None
        stamp = str(int(request.at.timestamp()))
        oid = self._append({**base, **new}, message, request.op_id, tuple(new), stamp, request.at)
        if self.lose_answers:
            self.lose_answers -= 1
            raise GitUnavailable("the connection was cut before the answer; call again with the same request")
        return Committed(oid, parent)

    # --- for tests

    def person_pushes(
        self,
        files: Mapping[str, bytes | None],
        message: str = "by hand",
        modes: Mapping[str, str] | None = None,
        at: datetime = _LONG_AGO,
    ) -> str:
        """A person's commit: new bytes by path, None removes. Returns its id."""
        new = dict(self._files(None))
        for path, data in files.items():
            if data is None:
                del new[path]
            else:
                new[path] = FakeFile(data, (modes or {}).get(path, "100644"))
        return self._append(new, message + "\n", None, tuple(files), str(len(self.commits)), at)

    def show(self, path: str) -> bytes | None:
        file = self._files(None).get(path)
        return file.data if file else None

    # --- inside

    @property
    def _tip(self) -> FakeCommit:
        return self.commits[-1]

    def _up(self) -> None:
        if self.down is not None:
            raise GitUnavailable(self.down)

    def _find(self, op_id: str) -> FakeCommit | None:
        return next((commit for commit in self.commits if commit.op_id == op_id), None)

    def _files(self, commit: str | None) -> Mapping[str, FakeFile]:
        if commit is None:
            return self._tip.files if self.commits else _EMPTY
        for known in self.commits:
            if known.oid == commit:
                return known.files
        raise NotFound(f"the commit {commit} is not on the branch; take one from its history")

    def _last_touch(self, folder: str) -> str:
        return next(c.oid for c in reversed(self.commits) if any(path.startswith(f"{folder}/") for path in c.touched))

    def _append(
        self,
        files: Mapping[str, FakeFile],
        message: str,
        op_id: str | None,
        touched: tuple[str, ...],
        stamp: str,
        at: datetime = _LONG_AGO,
    ) -> str:
        parent = self._tip.oid if self.commits else None
        listing = sorted((path, file.mode, file.oid) for path, file in files.items())
        oid = hashlib.sha1(repr((listing, parent, message, stamp)).encode()).hexdigest()
        self.commits.append(FakeCommit(oid, parent, message, MappingProxyType(dict(files)), op_id, touched, at))
        return oid


_EMPTY: Mapping[str, FakeFile] = MappingProxyType({})


def _data(files: Mapping[str, FakeFile], path: str) -> bytes | None:
    return files[path].data if path in files else None


def _readable(files: Mapping[str, FakeFile], path: str) -> Blob | None:
    for parent in _parents(path):
        if parent in files and files[parent].mode not in _REGULAR:
            raise EditRefused(f"{parent} is a link or a submodule, so {path} cannot be edited; name the real file")
    file = files.get(path)
    if file is None:
        return None
    if file.mode not in _REGULAR:
        raise EditRefused(f"{path} is a link or a submodule; langraph edits regular files only, name the real file")
    return Blob(path, file.oid, file.data)


def _mode_to_write(files: Mapping[str, FakeFile], path: str) -> str:
    if any(parent in files for parent in _parents(path)) or any(name.startswith(f"{path}/") for name in files):
        raise EditRefused(f"{path} cannot be written: a file or a directory is in the way; name the real file")
    file = files.get(path)
    if file and file.mode not in _REGULAR:
        raise EditRefused(f"{path} is a link or a submodule; langraph edits regular files only, name the real file")
    return file.mode if file else "100644"


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
