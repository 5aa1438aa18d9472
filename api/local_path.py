"""Where to go after the login: an address of this very site, whatever somebody wrote into the link."""

import re
from urllib.parse import quote

from starlette.types import Scope

LOGIN_PATH = "/login"
LONGEST = 500  # characters; a filtered list has half of that

_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""One slash, then printable ASCII without a backslash: no host, no scheme, nothing that a browser drops or turns."""


def local_path(wanted: str | None) -> str:
    """`wanted` when it is a path of this site, else the front page."""
    return wanted if wanted and len(wanted) <= LONGEST and _LOCAL.fullmatch(wanted) else "/"


def login_address(scope: Scope) -> str:
    """The login page that leads back to what was asked for; to the front page, where that was an action."""
    if scope["method"] not in ("GET", "HEAD"):
        return LOGIN_PATH
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = quote(scope["path"].encode("utf-8", "replace")) + (f"?{query}" if query else "")
    path = local_path(wanted)
    return LOGIN_PATH if path == "/" else f"{LOGIN_PATH}?next={quote(path, safe='/')}"
