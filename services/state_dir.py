"""The state directory: private, ours alone while we run."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Self

from langraph.errors import LedgerBroken

SESSION_KEY_BYTES = 32  # as long as the HMAC-SHA256 that it keys


class StateDir:
    """Holds an exclusive lock on the directory; as a context manager, until the block ends.

    The kernel drops the lock with the process, so a kill leaves nothing to clean up.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @property
    def ledger(self) -> Path:
        """The one SQLite file: ledger and LangGraph's checkpoints."""
        return self.path / "ledger.db"

    @property
    def git_cache(self) -> Path:
        """The private bare cache of the GitOps repository; may be deleted at any time."""
        return self.path / "git-cache"

    @property
    def patterns(self) -> Path:
        """Compiled runbooks; may be deleted at any time."""
        return self.path / "patterns"

    def session_key(self) -> bytes:
        """What sessions are signed with, 32 random bytes; made at the first start. Deleting it logs everybody out.

        Raises:
            LedgerBroken: the file cannot be read, or holds something else.
        """
        path = self.path / "session.key"
        try:
            key = path.read_bytes() if path.exists() else _make_private(path, secrets.token_bytes(SESSION_KEY_BYTES))
        except OSError as error:
            raise LedgerBroken(f"{path} cannot be used ({error.strerror}); let this user read and write it") from error
        if len(key) != SESSION_KEY_BYTES:
            raise LedgerBroken(
                f"{path} holds {len(key)} bytes instead of {SESSION_KEY_BYTES}; delete it, a new one is made"
            )
        return key

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise LedgerBroken(
                f"STATE_DIR={self.path} cannot be used ({error.strerror}); choose a directory that this user may write"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise LedgerBroken(
                f"STATE_DIR={self.path} is in use by another langraph (process {holder}); "
                "stop that one, or give this one a STATE_DIR of its own"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock = descriptor
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _make_private(path: Path, content: bytes) -> bytes:
    """A file that only this user reads: whole under its name, or not there."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    return content
