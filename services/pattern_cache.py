"""Compiled patterns as files: what a start or a command would otherwise spend seconds on."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


class PatternCache:
    """`runbooks.scanner.Kept` in a private directory. Anything in it may be deleted at any time.

    What is loaded is run by a C library, so files of other users are not read.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, key: str) -> bytes | None:
        path = self._path(key)
        try:
            status = path.stat()
            if status.st_uid != os.getuid() or status.st_mode & 0o022:
                return None
            return path.read_bytes()
        except OSError:
            return None

    def put(self, key: str, data: bytes) -> None:
        with suppress(OSError):  # a read-only home costs a second a start, nothing else
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, draft = tempfile.mkstemp(dir=self._directory)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(draft, self._path(key))

    def _path(self, key: str) -> Path:
        return self._directory / f"{key}.patterns"
