"""Where a commit or a file can be looked at: the web addresses of GitHub, GitLab, Gitea. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?!/)(?P<path>[^\s]+)")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
WEB_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Forge:
    """The web side of a repository. Never holds what was in the address before the host: that may be a token."""

    base: str
    """`https://github.com/acme/gitops`, without a slash at the end."""
    is_gitlab: bool = False

    def commit(self, commit: str) -> str | None:
        """Where a commit is shown; None for what is not a commit's id."""
        if _COMMIT.fullmatch(commit) is None:
            return None
        return f"{self.base}/-/commit/{commit}" if self.is_gitlab else f"{self.base}/commit/{commit}"

    def folder(self, path: str, commit: str) -> str | None:
        """Where a folder is shown as one commit left it."""
        if _COMMIT.fullmatch(commit) is None:
            return None
        if self.is_gitlab:
            return f"{self.base}/-/tree/{commit}/{quote(path)}"
        tree = f"tree/{commit}" if urlsplit(self.base).hostname == "github.com" else f"src/commit/{commit}"
        return f"{self.base}/{tree}/{quote(path)}"


def forge_of(repository: str) -> Forge | None:
    """The forge behind an address such as `git@github.com:acme/gitops.git`; None for a path or a plain server.

    A host is taken for GitLab when its name says so, for Gitea (Forgejo, Codeberg) likewise; GitHub Enterprise is
    called `github.…`. For a host whose name says nothing there is no link: a wrong one is worse at night than none.
    """
    found = _host_and_path(repository.strip())
    if found is None:
        return None
    scheme, host, path = found
    name = host.partition(":")[0].lower()
    path = "/".join(
        quote(part) for part in path.strip("/").removesuffix(".git").split("/") if part not in ("", ".", "..")
    )
    if path.count("/") < 1:
        return None
    base = f"{scheme}://{host}/{path}"
    if "gitlab" in name:
        return Forge(base, is_gitlab=True)
    if "github" in name or any(word in name for word in ("gitea", "forgejo", "codeberg")):
        return Forge(base)
    return None


def _host_and_path(address: str) -> tuple[str, str, str] | None:
    """Scheme and host as a browser reaches them, and the path. User and password are dropped here."""
    if "://" not in address:
        match = _SCP.fullmatch(address)
        return ("https", match["host"], match["path"]) if match and _HOST.fullmatch(match["host"]) else None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if _HOST.fullmatch(host) is None or parts.scheme not in ("http", "https", "ssh", "git"):
        return None
    if parts.scheme in WEB_PORTS:
        at = f":{port}" if port and port != WEB_PORTS[parts.scheme] else ""
        return parts.scheme, f"{host}{at}", parts.path
    return "https", host, parts.path
