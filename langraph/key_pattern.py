"""Patterns over the keys of a values file: `**.resources.limits.memory`, `env[name=DB_POOL_*].value`. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from langraph.errors import BadInput
from langraph.helm_values import INNER
from langraph.models.incident import ValuePath

NameOf = Callable[[ValuePath], str | None]
"""The `name:` of the list item at a path, None when it has none; a list position alone does not say what it means."""


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    """`depth` (`**`, any number of parts), `key` (a mapping key), `index` (a list position), `named` (by its name)."""
    glob: str = "*"


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """One pattern, as it was written and as it is matched.

    `*` inside a part stands for any characters, `**` for any number of parts, `[*]` for any list item,
    `[2]` for the third one, `[name=X*]` for the items whose `name` fits; `\\.` is a dot within a key.
    """

    text: str
    parts: tuple[_Part, ...]

    def matches(self, path: ValuePath, name_of: NameOf) -> bool:
        """Whether the pattern fits the whole path; the step into a text of YAML is no part of a key."""
        kept = [n for n, part in enumerate(path) if part != INNER]
        bare = tuple(path[n] for n in kept)
        return _match(self.parts, path, 0, name_of) or (
            bare != path and _match(self.parts, bare, 0, lambda front: name_of(path[: kept[len(front) - 1] + 1]))
        )


_TOKEN = re.compile(r"\[(?P<index>\*|\d+|name=[^\[\]]+)\]|(?P<dot>\.)|(?P<key>(?:\\.|[^.\[\]\\])+)")


def parse_pattern(text: str) -> KeyPattern:
    """Read a pattern.

    Raises:
        BadInput: says which pattern and what a pattern looks like.
    """
    wrong = BadInput(f"`{text}` is no key pattern; write keys joined by dots, such as **.resources.limits.memory")
    parts: list[_Part] = []
    at, may_start_key = 0, True
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or (token["key"] and not may_start_key) or (token["dot"] and may_start_key):
            raise wrong
        at, may_start_key = token.end(), bool(token["dot"])
        if not token["dot"]:
            parts.append(_part(token["key"], token["index"]))
    if may_start_key:
        raise wrong
    return KeyPattern(text, tuple(parts))


def fits_glob(path: str, glob: str) -> bool:
    """Whether a file path fits a glob: `*` stays within one folder, `**` crosses folders."""
    parts = tuple(_Part("depth") if part == "**" else _Part("key", part) for part in glob.split("/"))
    return _match(parts, tuple(path.split("/")), 0, lambda _: None)


def _part(key: str | None, index: str | None) -> _Part:
    if key == "**":
        return _Part("depth")
    if key is not None:
        return _Part("key", re.sub(r"\\(.)", lambda found: f"[{found[1]}]" if found[1] in "*?" else found[1], key))
    assert index is not None
    return _Part("named", index[5:]) if index.startswith("name=") else _Part("index", index)


def _match(parts: tuple[_Part, ...], path: ValuePath, at: int, name_of: NameOf) -> bool:
    if not parts:
        return at == len(path)
    first, rest = parts[0], parts[1:]
    if first.kind == "depth":
        return any(_match(rest, path, skip, name_of) for skip in range(at, len(path) + 1))
    return at < len(path) and _fits(first, path, at, name_of) and _match(rest, path, at + 1, name_of)


def _fits(part: _Part, path: ValuePath, at: int, name_of: NameOf) -> bool:
    step = path[at]
    if isinstance(step, str):
        return part.kind == "key" and fnmatchcase(step, part.glob)
    if part.kind == "index":
        return part.glob in ("*", str(step))
    name = name_of(path[: at + 1]) if part.kind == "named" else None
    return name is not None and fnmatchcase(name, part.glob)
