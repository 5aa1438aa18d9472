"""The one way into git: a process with clean surroundings, a time limit and no shell.

The only importer of GitPython. Its `Git.execute` starts the process; its own `kill_after_timeout` looks for children
with `pgrep` or `ps`, which slim images do not have, so every git gets a process group here, and the group is killed.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from langraph.errors import BadSetting, GitUnavailable
from services.git_history_tracker.names import one_line
from services.git_history_tracker.remote import Remote

if TYPE_CHECKING:
    from git.cmd import Git

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsync=all",  # git's default leaves loose objects to the kernel: gone after a power cut
    "core.fsyncMethod=fsync",
    "core.quotePath=false",
    "gc.auto=0",
    "maintenance.auto=0",
    "push.recurseSubmodules=no",
    "protocol.allow=never",
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
# What git and ssh may see of our environment: where programs and keys are, proxies, authorities. Not our tokens, and
# not a GIT_DIR or GIT_TRACE that somebody's shell left behind.
_PASSED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", "LANGUAGE", "LC_ALL"),
        *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT"),
        *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    }
)
_GRACE_SECONDS = 5.0  # after SIGTERM git removes its lock files; after this it gets SIGKILL
_DISK = ("no space left", "disk quota exceeded", "read-only file system", "permission denied")
MAX_REASON_CHARS = 300  # one sentence of git's; a server's banner can be pages


class CacheBroken(GitUnavailable):
    """A plain operation on our own cache failed: it is thrown away and fetched again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a git process left behind."""

    code: int
    """Exit status; negative when a signal ended it."""
    out: bytes
    err: str
    """Redacted."""
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.code == 0 and not self.timed_out

    @property
    def reason(self) -> str:
        """Git's own sentence, on one line."""
        if self.timed_out:
            return "it did not answer in time"
        lines = [line for line in self.err.splitlines() if line.startswith(("fatal:", "error:"))] or [self.err]
        return one_line(lines[0])[:MAX_REASON_CHARS] or f"git ended with status {self.code}"


@dataclass(frozen=True, slots=True)
class Plumbing:
    """Runs git commands against one private repository and one remote."""

    git_dir: Path
    remote: Remote
    timeout: timedelta

    def run(
        self,
        *command: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        patience: int = 1,
    ) -> Answer:
        """Run one git command to its end, whatever the end is. `patience` multiplies the time limit.

        Raises:
            BadSetting: there is no git program.
        """
        surroundings = {**_ENVIRONMENT, **self.remote.env, "GIT_DIR": str(self.git_dir), **(env or {})}
        running = _door(cwd or self.git_dir.parent).execute(
            [*_without_our_secrets(surroundings), "git", *self._settings(), *command],
            istream=subprocess.PIPE,
            as_process=True,
            env=surroundings,
            start_new_session=True,
        )
        answer = _finish(running, stdin, self.timeout.total_seconds() * patience)
        if answer.code == 127:  # env(1): the utility could not be found
            raise BadSetting("The program `git` is not on PATH; install git 2.32 or newer")
        return Answer(answer.code, answer.out, self.remote.redact(answer.err), answer.timed_out)

    def local(
        self, *command: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> bytes:
        """Run a command that talks to our cache only, and that a healthy cache cannot refuse.

        Raises:
            CacheBroken: it failed.
            GitUnavailable: the disk is full or not writable, or git was killed.
        """
        answer = self.run(*command, stdin=stdin, env=env, cwd=cwd)
        if answer.ok:
            return answer.out
        said = f"The git cache {self.git_dir} failed at `git {command[0]}` ({answer.reason})"
        if answer.timed_out or answer.code < 0 or any(sign in answer.err.lower() for sign in _DISK):
            raise GitUnavailable(f"{said}; check the disk's space and rights")
        raise CacheBroken(f"{said}; delete the directory, it is fetched again")

    def _settings(self) -> Sequence[str]:
        transport = f"protocol.{self.remote.transport}.allow=always"
        return [part for setting in (*_SETTINGS, transport, *self.remote.config) for part in ("-c", setting)]


def _door(directory: Path) -> "Git":
    """GitPython runs `git version` when it is imported, so it is imported when git is needed."""
    try:
        from git.cmd import Git
    except ImportError as error:
        raise BadSetting("The program `git` is not on PATH; install git 2.32 or newer") from error
    return Git(directory)


def _without_our_secrets(wanted: Mapping[str, str]) -> list[str]:
    """`env -u NAME ...` in front of git: GitPython hands the whole environment down, and only names are read here."""
    hidden = sorted(set(os.environ) - _PASSED - set(wanted))
    return ["env", *(part for name in hidden for part in ("-u", name))]


def _finish(running: "Git.AutoInterrupt", stdin: bytes, seconds: float) -> Answer:
    """Waits. `running` is held until the end: GitPython ends the process of one that is let go."""
    process = running.proc
    assert process is not None, "execute(as_process=True) starts one"
    try:
        out, err = process.communicate(stdin, timeout=seconds)
    except subprocess.TimeoutExpired:
        out, err = _end(process)
        return Answer(process.returncode or -signal.SIGKILL, out, _text(err), timed_out=True)
    return Answer(process.returncode, out, _text(err))


def _end(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """Ask the whole group to go, then make it; SIGTERM first, for git removes its locks on it."""
    for way_out in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, way_out)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_GRACE_SECONDS)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:  # somebody left the group and holds our pipe: it is not ours to wait for
            pipe.close()
    process.poll()
    return b"", b""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
