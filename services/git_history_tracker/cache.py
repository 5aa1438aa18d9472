"""Our private copy of the repository: a bare one without branches of its own, disposable.

No local ref is moved by git: a git killed in the middle of that leaves a lock that wedges the next one. The single ref,
`refs/langraph/known`, is a file that we replace ourselves; it tells `git fetch` what it need not send again.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from langraph.errors import BadSetting, GitUnavailable
from services.git_history_tracker.names import is_object_id
from services.git_history_tracker.plumbing import CacheBroken, Plumbing
from services.git_history_tracker.trees import DIRECTORY, Entry, Listing, Place, directories, parse_tree, place

_OLDEST_GIT = (2, 32)  # the first that honours GIT_CONFIG_GLOBAL, which keeps users' hooks and settings out
_LEFTOVER_AGE = timedelta(hours=1)  # longer than any commit takes, so a scratch directory of this age is a dead one's
_MANY_LOOSE = 60  # objects in one of 256 fan-out directories, about 15,000 in all: look-ups begin to show


@dataclass(frozen=True, slots=True)
class Written:
    """A file whose bytes are in the cache and not yet in a tree."""

    path: str
    mode: str
    oid: str


class Cache:
    """Objects in, objects out."""

    def __init__(self, plumbing: Plumbing) -> None:
        self.git = plumbing
        self._opened = False

    # --- lifetime

    def open(self) -> None:
        """Make sure that there is a repository; a few stat calls once it is open.

        Raises:
            GitUnavailable: the directory cannot be written.
            BadSetting: git is too old.
        """
        if self._opened and self._looks_whole():
            return
        with self._one_builder():
            if not self._opened:
                self._check_version()
            if not self._looks_whole():
                self._rebuild("sha1")
            if not self._opened:
                self._tidy()
        self._opened = True

    def fit(self, oid: str) -> None:
        """Make the cache one for object ids like this one: SHA-1 and SHA-256 repositories cannot talk to each other."""
        if len(oid) == 64 and self.git.local("rev-parse", "--show-object-format").strip() != b"sha256":
            self.rebuild("sha256")

    def rebuild(self, object_format: str = "sha1") -> None:
        """Throw the cache away and start an empty one. Atomic: a kill leaves the old one, none, or the new one."""
        with self._one_builder():
            self._rebuild(object_format)

    @contextmanager
    def _one_builder(self) -> Iterator[None]:
        """Two stores that find no cache would each put one in the place of the other's, under its feet."""
        directory = self.git.git_dir
        with _disk(directory):
            directory.parent.mkdir(parents=True, exist_ok=True)
            with (directory.parent / f"{directory.name}.lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    def _rebuild(self, object_format: str) -> None:
        directory = self.git.git_dir
        new = Path(tempfile.mkdtemp(prefix=f"{directory.name}.new-", dir=directory.parent))
        self._init(new, object_format)
        trash = Path(tempfile.mkdtemp(prefix=f"{directory.name}.old-", dir=directory.parent))
        if directory.exists():
            directory.replace(trash)
        new.replace(directory)
        shutil.rmtree(trash, ignore_errors=True)

    def _init(self, new: Path, object_format: str) -> None:
        options = ("--quiet", "--bare", "--template=", f"--object-format={object_format}")
        answer = self.git.run(
            "-c", "init.defaultRefFormat=files", "init", *options, ".", env={"GIT_DIR": str(new)}, cwd=new
        )
        if not answer.ok:
            raise GitUnavailable(f"The git cache {self.git.git_dir} cannot be made ({answer.reason}); check the disk")
        (new / "refs" / "langraph").mkdir()
        (new / "scratch").mkdir()

    def _looks_whole(self) -> bool:
        directory = self.git.git_dir
        parts = ("objects", "refs/langraph", "scratch")
        return (directory / "HEAD").is_file() and all((directory / part).is_dir() for part in parts)

    def _check_version(self) -> None:
        said = self.git.run("version").out.decode("ascii", "replace").strip()
        numbers = said.removeprefix("git version ").split(".")
        if len(numbers) >= 2 and all(n.isdigit() for n in numbers[:2]) and tuple(map(int, numbers[:2])) < _OLDEST_GIT:
            raise BadSetting(f"{said} is too old to be kept away from users' hooks; install git 2.32 or newer")

    def _tidy(self) -> None:
        """Remove what killed processes left behind, and pack when years of small commits lie about."""
        parent, name = self.git.git_dir.parent, self.git.git_dir.name
        leftovers = [
            *(self.git.git_dir / "scratch").iterdir(),
            *parent.glob(f"{name}.new-*"),
            *parent.glob(f"{name}.old-*"),
        ]
        for path in leftovers:
            if time.time() - path.stat().st_mtime > _LEFTOVER_AGE.total_seconds():
                shutil.rmtree(path, ignore_errors=True)
        sample = self.git.git_dir / "objects" / "17"  # object ids are spread evenly, so one directory tells
        if self.known() and sample.is_dir() and len(list(sample.iterdir())) > _MANY_LOOSE:
            self.git.local("repack", "-a", "-d", "-q")

    def is_healthy(self) -> bool:
        """Whether every object is there and says what its name promises. Reads everything: for the failure path."""
        return self.git.run("fsck", "--no-dangling", "--no-progress").ok

    # --- the one ref

    def known(self) -> str | None:
        """The newest commit that is in the cache with all its history."""
        try:
            text = self._known_file.read_text("ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return text if is_object_id(text) else None

    def remember(self, commit: str) -> None:
        """`commit` and all its history are in the cache."""
        with self.scratch() as scratch:
            new = scratch / "known"
            with new.open("w") as file:
                file.write(commit + "\n")
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._known_file)

    @property
    def _known_file(self) -> Path:
        return self.git.git_dir / "refs" / "langraph" / "known"

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A private directory inside the cache, for an index and its lock that nobody else ever names."""
        with _disk(self.git.git_dir), tempfile.TemporaryDirectory(dir=self.git.git_dir / "scratch") as path:
            yield Path(path)

    # --- objects

    def places(self, commit: str | None, paths: Sequence[str]) -> dict[str, Place]:
        """What `commit` holds at each path (None: the empty branch)."""
        if commit is None:
            return {path: Place(path, path, None) for path in paths}
        listings = self._listings(commit, directories(paths))
        return {path: place(listings, path) for path in paths}

    def _listings(self, commit: str, folders: Sequence[str]) -> dict[str, Listing]:
        asked = "".join(f"{commit}:{folder}\n" for folder in folders).encode()
        found: dict[str, Listing] = {}
        for folder, (kind, raw) in zip(folders, self._batch(asked, len(folders)), strict=True):
            if kind == b"tree":
                found[folder] = parse_tree(raw, len(commit) // 2)
            elif self._is_directory(found, folder):
                raise CacheBroken(f"The git cache {self.git.git_dir} has lost the directory /{folder}; delete it")
        return found

    @staticmethod
    def _is_directory(found: Mapping[str, Listing], folder: str) -> bool:
        """Whether the parent, read before, promises a directory of this name; the root is always promised."""
        parent, _, name = folder.rpartition("/")
        entry = found.get(parent, {}).get(name)
        return not folder or (entry is not None and entry.mode == DIRECTORY)

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The bytes behind each object id, by one process."""
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        found = {}
        asked = "".join(f"{oid}\n" for oid in wanted).encode()
        for oid, (kind, raw) in zip(wanted, self._batch(asked, len(wanted)), strict=True):
            if kind != b"blob":
                raise CacheBroken(f"The git cache {self.git.git_dir} has lost the object {oid}; delete it")
            found[oid] = raw
        return found

    def _batch(self, asked: bytes, count: int) -> Iterator[tuple[bytes, bytes]]:
        """(type, content) for each line asked, in order; the type is empty where there is no such object."""
        out = self.git.local("cat-file", "--batch", stdin=asked)
        start = 0
        for _ in range(count):
            end = out.index(b"\n", start)
            words = out[start:end].split(b" ")
            start = end + 1
            if len(words) != 3 or words[-1] == b"missing":  # or `<oid> submodule`, newer gits
                yield b"", b""
                continue
            size = int(words[2])
            yield words[1], out[start : start + size]
            start += size + 1

    def files_at(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """The bytes of each (commit, path), by one process; what is no file there is left out."""
        asked = "".join(f"{commit}:{path}\n" for commit, path in wanted).encode()
        answers = self._batch(asked, len(wanted)) if wanted else ()
        return {place: raw for place, (kind, raw) in zip(wanted, answers, strict=True) if kind == b"blob"}

    def has_commit(self, oid: str) -> bool:
        """Whether `oid` is a commit in the cache."""
        ((kind, _),) = self._batch(f"{oid}\n".encode(), 1)
        return kind == b"commit"

    def files(self, commit: str, folder: str) -> Iterator[tuple[str, Entry]]:
        """Path and entry of everything below `folder` (`""`: all) that is not a directory and has a UTF-8 name."""
        below = ("--", f"{folder}/") if folder else ()
        out = self.git.local("ls-tree", "-r", "-z", "--full-tree", commit, *below)
        for line in out.split(b"\0")[:-1]:
            head, _, raw_path = line.partition(b"\t")
            mode, _, oid = head.decode("ascii").split(" ")
            try:
                yield raw_path.decode(), Entry(mode, oid)
            except UnicodeDecodeError:
                continue  # no value of ours and no record lives under a name that cannot be shown

    def store(self, files: Mapping[str, bytes], places: Mapping[str, Place]) -> list[Written]:
        """Put the bytes of `files` into the cache, each with the mode its place asks for."""
        paths = sorted(files)
        modes = [places[path].mode_to_write for path in paths]
        with self.scratch() as scratch:
            for number, path in enumerate(paths):
                (scratch / str(number)).write_bytes(files[path])
            names = "".join(f"{number}\n" for number in range(len(paths))).encode()
            out = self.git.local("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=names, cwd=scratch)
        oids = out.decode("ascii").split()
        return [Written(*row) for row in zip(paths, modes, oids, strict=True)]

    def tree(self, base: str | None, written: Sequence[Written]) -> str:
        """The tree of `base` with the written files in it."""
        lines = "".join(f"{file.mode} {file.oid}\t{file.path}\0" for file in written).encode()
        with self.scratch() as scratch:
            index = {"GIT_INDEX_FILE": str(scratch / "index")}
            if base is not None:
                self.git.local("read-tree", base, env=index)
            self.git.local("update-index", "-z", "--index-info", stdin=lines, env=index)
            return self.git.local("write-tree", env=index).decode("ascii").strip()

    def commit(self, tree: str, parent: str | None, message: bytes, who: Mapping[str, str]) -> str:
        """A commit object; the same arguments give the same id."""
        parents = ("-p", parent) if parent else ()
        out = self.git.local("commit-tree", tree, *parents, "-F", "-", stdin=message, env=who)
        return out.decode("ascii").strip()


@contextmanager
def _disk(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GitUnavailable(
            f"The git cache {directory} cannot be written ({error.strerror or error}); check the disk"
        ) from error
