"""What a commit holds at a path, read from git's raw tree objects. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from langraph.errors import EditRefused

DIRECTORY = "40000"
FILE = "100644"
REGULAR = frozenset({FILE, "100755"})
_KINDS = {"120000": "a symbolic link", "160000": "a submodule", DIRECTORY: "a directory"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree."""

    mode: str
    """As git writes it: octal, no leading zero."""
    oid: str


Listing = Mapping[str, Entry]
"""One directory: entries by name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk along a path ended."""

    path: str
    at: str
    """The component reached: `path` itself, or a parent that is no directory."""
    entry: Entry | None
    """None: nothing is there, and a file could be."""

    @property
    def readable(self) -> Entry | None:
        """The regular file, None when there is none.

        Raises:
            EditRefused: a link or a submodule is in the way.
        """
        if self.entry is None:
            return None
        if self.entry.mode in REGULAR:
            return self.entry if self.at == self.path else None
        if self.entry.mode == DIRECTORY:
            return None
        raise EditRefused(self._refusal())

    @property
    def mode_to_write(self) -> str:
        """The mode a file written here gets: its own one, so an executable stays executable.

        Raises:
            EditRefused: something else than a regular file would be replaced.
        """
        if self.entry is None:
            return FILE
        if self.entry.mode in REGULAR and self.at == self.path:
            return self.entry.mode
        raise EditRefused(self._refusal())

    def _refusal(self) -> str:
        kind = _KINDS.get(self.entry.mode if self.entry else "", "a file of another kind")
        if self.at == self.path:
            return (
                f"{self.path} in the GitOps repository is {kind}; langraph edits regular files only, name the real file"
            )
        kind = "a file" if self.entry and self.entry.mode in REGULAR else kind
        return f"{self.at} in the GitOps repository is {kind}, so {self.path} cannot be edited; name the real file"


def parse_tree(raw: bytes, oid_bytes: int) -> dict[str, Entry]:
    """The entries of a raw tree object, which is `mode SP name NUL oid`, again and again."""
    entries = {}
    start = 0
    while start < len(raw):
        blank = raw.index(b" ", start)
        end = raw.index(b"\0", blank)
        name = raw[blank + 1 : end].decode("utf-8", "surrogateescape")
        entries[name] = Entry(raw[start:blank].decode("ascii"), raw[end + 1 : end + 1 + oid_bytes].hex())
        start = end + 1 + oid_bytes
    return entries


def directories(paths: Iterable[str]) -> list[str]:
    """Every directory on the way to `paths`, the root (`""`) first."""
    found = {""}
    for path in paths:
        parts = path.split("/")[:-1]
        found.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return sorted(found)


def place(listings: Mapping[str, Listing], path: str) -> Place:
    """Walk along `path` through `listings`, which hold every directory on the way that exists."""
    parts = path.split("/")
    for depth, name in enumerate(parts, start=1):
        parent, here = "/".join(parts[: depth - 1]), "/".join(parts[:depth])
        entry = listings[parent].get(name)
        if entry is None:
            return Place(path, here, None)
        if here == path or entry.mode != DIRECTORY:
            return Place(path, here, entry)
    raise AssertionError("a path has at least one component")
