"""Where the GitOps repository is: what git is told of it, what people are told of it, and what nobody is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from langraph.errors import BadSetting

_SCP_LIKE = re.compile(r"(?:[^/@:\s]+@)?[^/:\s]+:(?!//).+")  # user@host:path, a colon before the first slash
_USERINFO = re.compile(r"(?<=//)[^/\s@]+@")
_TRANSPORTS = ("file", "http", "https", "ssh")
# git asks this for a name and a password, so neither is on a command line, in a URL or in an error of git's.
_CREDENTIAL_HELPER = (
    '!f() { test "$1" = get || exit 0; '
    'printf \'username=%s\\npassword=%s\\n\' "$LANGRAPH_GIT_USERNAME" "$LANGRAPH_GIT_PASSWORD"; }; f'
)


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository's address, taken apart."""

    url: str
    """What git is given: without a password."""
    shown: str
    """What people are shown."""
    transport: str
    """`file`, `http`, `https` or `ssh`; git is allowed no other."""
    config: tuple[str, ...] = ()
    """Settings of git's that belong to this address, as `key=value`."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_local(self) -> bool:
        return self.transport == "file"

    def redact(self, text: str) -> str:
        """`text` without anything secret of the address, for errors and logs."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return _USERINFO.sub("***@", text)


def parse_remote(repository: str) -> Remote:
    """The remote behind `GIT_REPO_PATH`.

    Args:
        repository: a path (bare or not), `file://`, `http(s)://`, `ssh://` or `user@host:path`.

    Raises:
        BadSetting: empty, or by a transport we do not use.
    """
    text = repository.strip()
    if not text or any(ord(char) < 32 for char in text):
        raise BadSetting("GIT_REPO_PATH is empty or broken; write the path or the URL of the GitOps repository")
    if "://" not in text:
        return _path_or_scp(text)
    parts = urlsplit(text)
    if parts.scheme not in _TRANSPORTS:
        shown = _USERINFO.sub("***@", text)
        raise BadSetting(
            f"GIT_REPO_PATH={shown!r} has a scheme we do not use; write a path, https://, ssh:// or file://"
        )
    if parts.scheme in ("http", "https"):
        return _http(parts)
    if parts.scheme == "ssh":
        return _ssh(parts)
    return Remote(url=text, shown=text, transport="file")


def _path_or_scp(text: str) -> Remote:
    path = Path(text).expanduser()
    if _SCP_LIKE.fullmatch(text) and not path.exists():
        place, _, rest = text.partition(":")
        if text.startswith("-") or rest.startswith(":") or ("@" in rest and "@" not in place):
            # An option, `ext::sh -c ...` (a program, not a place) or `user:password@host:...`, which is not shown
            raise BadSetting("GIT_REPO_PATH is no address we use; write a path, https://, ssh:// or user@host:path")
        return Remote(url=text, shown=text, transport="ssh")
    absolute = str(path.absolute())
    return Remote(url=absolute, shown=absolute, transport="file")


def _http(parts: SplitResult) -> Remote:
    host = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=host).geturl()
    shown = parts._replace(netloc=host, query="", fragment="").geturl()
    if parts.username is None:
        return Remote(url=url, shown=shown, transport=parts.scheme, secrets=_secrets(parts.query))
    name, password = unquote(parts.username), unquote(parts.password or "")
    if any(ord(char) < 32 for char in name + password):
        raise BadSetting(f"The user or password in GIT_REPO_PATH={shown!r} holds a control character; write a new one")
    return Remote(
        url=url,
        shown=shown,
        transport=parts.scheme,
        config=(f"credential.{parts.scheme}://{host}.helper={_CREDENTIAL_HELPER}",),
        env={"LANGRAPH_GIT_USERNAME": name, "LANGRAPH_GIT_PASSWORD": password},
        secrets=_secrets(password, parts.password or "", parts.query, *(() if password else (name,))),
    )


def _ssh(parts: SplitResult) -> Remote:
    """A password in an ssh URL is of no use to ssh: it is dropped, so that nothing can print it."""
    host = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.username else ""
    url = parts._replace(netloc=user + host).geturl()
    return Remote(url=url, shown=url, transport="ssh", secrets=_secrets(parts.password or ""))


def _secrets(*texts: str) -> tuple[str, ...]:
    """Longest first; fewer than four characters would black out half of every sentence and are in none anyway."""
    return tuple(sorted({text for text in texts if len(text) >= 4}, key=len, reverse=True))
