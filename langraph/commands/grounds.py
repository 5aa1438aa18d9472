"""Where `langraph analyze` takes values files and rules from: a checkout as it lies there, or a repository's branch."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from langraph.analysis import Values
from langraph.catalogue import parse_catalogue
from langraph.config.settings import Settings
from langraph.errors import BadInput
from langraph.policy import parse_policy

MAX_FILE_BYTES = 256 * 1024  # no larger values file is edited
MAX_FILES = 5_000  # values files of one repository that are looked at


class Checkout(Mapping[str, tuple[str, bytes]]):
    """Object id and bytes of the YAML files below one directory of a checkout, each read when it is asked for."""

    def __init__(self, root: Path, folder: str) -> None:
        self._root = root
        self._known: dict[str, tuple[str, bytes]] = {}
        self._paths = dict.fromkeys(sorted(_listed(root, folder)))

    def __getitem__(self, path: str) -> tuple[str, bytes]:
        if path not in self._paths:
            raise KeyError(path)
        if path not in self._known:
            data = read_plain_file(self._root / path)
            self._known[path] = (blob_id(data), data)
        return self._known[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def values_of(settings: Settings, repository: str | None) -> Values:
    """The values files and rules of the repository.

    Args:
        settings: say where things are in it.
        repository: path or URL that somebody named; None: `GIT_REPO_PATH`, where having none is no fault.

    Raises:
        BadInput: there are none where somebody said so, or a rules file breaks its schema.
        GitUnavailable: the repository cannot be reached.
    """
    where = settings.git_repo_path if repository is None else repository
    root = Path(where)
    if (root / settings.values_dir).is_dir():
        files: Mapping[str, tuple[str, bytes]] = Checkout(root, settings.values_dir)
        rules = [_optional(root / path) for path in (settings.policy_file, settings.apps_file)]
    elif is_repository(where):
        import asyncio  # takes a while to import, and most people have a checkout

        files, rules = asyncio.run(_on_branch(settings, where))
    elif repository is None:
        return Values()
    else:
        raise BadInput(f"--repo {where} holds no {settings.values_dir}/; name a checkout, a repository or its URL")
    policy, apps = rules
    return Values(
        files,
        parse_catalogue(apps or b"", settings.apps_file),
        parse_policy(shipped_policy() if policy is None else policy),
    )


def is_repository(where: str) -> bool:
    """Whether git can fetch from it: a URL, `host:path`, or a directory that is or holds a git directory."""
    root = Path(where)
    if root.exists():
        return (root / ".git").exists() or ((root / "HEAD").is_file() and (root / "objects").is_dir())
    return "://" in where or (":" in where and "/" not in where.partition(":")[0])


def shipped_policy() -> bytes:
    """The bounds that langraph comes with, for a repository without any: here nothing is changed by them."""
    from services.sandbox.demo_repository import initial_files

    return initial_files()["helm-values/policy.yaml"]


def blob_id(data: bytes) -> str:
    """What git calls these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def read_plain_file(path: Path) -> bytes:
    """Raises: BadInput for what cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}; make it readable, or remove it") from error


def _optional(path: Path) -> bytes | None:
    return read_plain_file(path) if path.exists() else None


def _listed(root: Path, folder: str) -> Iterator[str]:
    """YAML files; links are left out, as they are on a branch."""
    count = 0
    for directory, _, names in os.walk(root / folder):
        for name in names:
            path = Path(directory) / name
            is_yaml = name.endswith((".yaml", ".yml"))
            if is_yaml and path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_FILE_BYTES:
                count += 1
                if count > MAX_FILES:
                    return
                yield path.relative_to(root).as_posix()


async def _on_branch(settings: Settings, where: str) -> tuple[Mapping[str, tuple[str, bytes]], list[bytes | None]]:
    from services.git_history_tracker import GitHistoryTracker

    with tempfile.TemporaryDirectory() as scratch:
        git = GitHistoryTracker(
            where,
            settings.git_branch,
            Path(scratch),
            committer_name=settings.commit_name,
            committer_email=settings.commit_email,
            timeout=settings.git_timeout,
        )
        head = await git.head()
        if head is None:
            return {}, [None, None]
        files = {}
        for path in (await git.list_files(settings.values_dir, head))[:MAX_FILES]:
            blob = await git.read(path, head) if path.endswith((".yaml", ".yml")) else None
            if blob is not None:
                files[path] = (blob.oid, blob.data)
        rules = [await git.read(path, head) for path in (settings.policy_file, settings.apps_file)]
        return files, [blob.data if blob else None for blob in rules]
