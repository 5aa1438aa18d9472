"""A GitOps repository as teams have it: a bare repository, people who push to it, apps with one values file each."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.git_world import git

POLICY = """\
approvers: [local:operator]
files: ["helm-values/*/values.yaml"]
budget: {changes_per_app_per_day: 4, changes_per_day: 100}
rules:
  - {name: memory, keys: ["**.resources.limits.memory"], type: memory, direction: raise, max_step_factor: 2,
     min: 32Mi, max: 8Gi, insert_max: 1Gi, max_cumulative_factor: 4, cumulative_period: 7d, cooldown: 30m}
"""
POLICY_FILE = "helm-values/policy.yaml"
APPS_FILE = "helm-values/apps.yaml"


def values_file(app: str) -> str:
    return f"helm-values/{app}/values.yaml"


def values(app: str, memory: str = "512Mi") -> str:
    return f"# {app}\nresources:\n  limits:\n    memory: {memory}\n  requests:\n    memory: 256Mi\nreplicaCount: 1\n"


class GitOps:
    """The repository and a person's clone of it.

    Args:
        directory: both are made below it.
        apps: names of apps that get a values file.
    """

    def __init__(self, directory: Path, *apps: str) -> None:
        self.bare = directory / "gitops.git"
        self._desk = directory / "desk"
        git("init", "-q", "--bare", str(self.bare), cwd=directory)
        git("clone", "-q", str(self.bare), str(self._desk), cwd=directory)
        self.push({POLICY_FILE: POLICY, **{values_file(app): values(app) for app in apps}}, "the cluster")

    @property
    def url(self) -> str:
        return f"file://{self.bare}"

    def push(self, files: Mapping[str, str | bytes], message: str) -> None:
        """A person's commit."""
        if git("for-each-ref", cwd=self.bare):
            git("fetch", "-q", "origin", "main", cwd=self._desk)
            git("reset", "-q", "--hard", "FETCH_HEAD", cwd=self._desk)
        for name, data in files.items():
            path = self._desk / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        git("add", "-A", cwd=self._desk)
        git("commit", "-q", "-m", message, cwd=self._desk)
        git("push", "-q", "origin", "HEAD:refs/heads/main", cwd=self._desk)

    def show(self, path: str) -> bytes:
        """The bytes at the branch head; empty when there is no such file."""
        if not git("ls-tree", "main", "--", path, cwd=self.bare):
            return b""
        return git("cat-file", "blob", f"main:{path}", cwd=self.bare).encode()

    def subjects(self) -> list[str]:
        """Of the commits on the branch, oldest first."""
        return git("log", "--reverse", "--format=%s", "main", cwd=self.bare).splitlines()

    def touching(self, path: str) -> list[str]:
        """Subjects of the commits that changed `path`, oldest first."""
        return git("log", "--reverse", "--format=%s", "main", "--", path, cwd=self.bare).splitlines()
