"""Compiled patterns as files: what a start or a command would otherwise spend seconds on."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


class PatternCache:
    """`runbooks.scanner.Kept` in private directories. Anything in them may be deleted at any time.

    What is loaded is run by a C library, so files of other users are not read.
    """

    def __init__(self, *directories: Path) -> None:
        """Args: directories: the first that has it gives it; each keeps what is new. They may begin with `~`."""
        self._directories = [path for path in map(_at_home, directories) if path is not None]

    def get(self, key: str) -> bytes | None:
        found = (self._read(_path(directory, key)) for directory in self._directories)
        return next((data for data in found if data is not None), None)

    def put(self, key: str, data: bytes) -> None:
        for directory in self._directories:
            with suppress(OSError):  # a read-only home costs seconds a start, nothing else
                self._write(directory, _path(directory, key), data)

    @staticmethod
    def _read(path: Path) -> bytes | None:
        try:
            status = path.stat()
            if status.st_uid != os.getuid() or status.st_mode & 0o022:
                return None
            return path.read_bytes()
        except OSError:
            return None

    @staticmethod
    def _write(directory: Path, path: Path, data: bytes) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, draft = tempfile.mkstemp(dir=directory)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(draft, path)


def _at_home(directory: Path) -> Path | None:
    """Without `~`; None for a user who has no home, as a container's may be."""
    try:
        return directory.expanduser()
    except RuntimeError:
        return None


def _path(directory: Path, key: str) -> Path:
    return directory / f"{key}.patterns"
