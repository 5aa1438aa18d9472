"""Makes a new repository, for the demo: everywhere else the team has one."""

from datetime import timedelta
from pathlib import Path

from langraph.errors import GitUnavailable
from services.git_history_tracker.names import checked_branch
from services.git_history_tracker.plumbing import Plumbing
from services.git_history_tracker.remote import parse_remote

_TIMEOUT = timedelta(seconds=30)  # a dozen small files


def create_checkout(directory: Path, branch: str) -> None:
    """An empty repository with a working tree at `directory`, its first branch named. One that is there stays.

    Raises:
        GitUnavailable: the directory cannot be written.
    """
    git_dir = directory / ".git"
    if git_dir.exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    plumbing = Plumbing(git_dir, parse_remote(str(directory)), _TIMEOUT)
    answer = plumbing.run("init", "--quiet", f"--initial-branch={checked_branch(branch)}", cwd=directory)
    if not answer.ok:
        raise GitUnavailable(f"no repository could be made at {directory} ({answer.reason}); check disk and rights")
