"""How a place in a values file is written down: `resources.limits.memory`, `env[2].value`, or a JSON list."""

import json
import re

from langraph.errors import BadInput
from langraph.models.incident import ValuePath

SEGMENT = re.compile(r"(?P<key>[^.\[\]\\\"]*)(?P<positions>(?:\[[0-9]{1,6}\])*)")
"""One part between dots: a key, then any list positions (six digits: no values file has a longer list)."""

SETTING = re.compile(r"(?<=[^.])\.(?P<name>(?:~|-D)[A-Za-z][\w.-]{0,100})\Z")
"""A line of a configuration text, or a Java property: both are called with dots."""

CURE = 'write it like resources.limits.memory or env[2].value, or as a JSON list: ["a.b", "c"]'


def parse_path(text: str) -> ValuePath:
    """Read a path as people write it.

    Args:
        text: keys joined by dots with list positions in brackets; or a JSON list of keys (strings) and
            positions (whole numbers from 0), for keys that hold dots, brackets, quotes or backslashes.

    Raises:
        BadInput: neither of the two.
    """
    stripped = text.strip()
    if stripped.startswith("["):
        listed = _json_list(stripped)
        if listed is not None:
            return listed
    if not stripped:
        raise BadInput(f"the value path is empty; {CURE}")
    stripped, setting = _without_setting(stripped)
    parts: list[str | int] = []
    for number, segment in enumerate(stripped.split(".")):
        parts.extend(_segment(segment, text, first=number == 0))
    return (*parts, setting) if setting else tuple(parts)


def format_path(path: ValuePath) -> str:
    """Write a path so that `parse_path` reads the same one back."""
    dotted = ""
    for part in path:
        dotted += f"[{part}]" if isinstance(part, int) else (f".{part}" if dotted else part)
    try:
        if parse_path(dotted) == path:
            return dotted
    except BadInput:
        pass
    return json.dumps(list(path), ensure_ascii=False)


def _without_setting(text: str) -> tuple[str, str]:
    """A setting inside a text is the path's last part, dots and all: `conf.~spring.datasource.hikari.pool-size`."""
    found = SETTING.search(text)
    return (text[: found.start()], found["name"]) if found else (text, "")


def _json_list(text: str) -> ValuePath | None:
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parts, list) or not parts:
        raise BadInput(f"the value path {text!r} names no key; {CURE}")
    for part in parts:
        is_position = isinstance(part, int) and not isinstance(part, bool) and part >= 0
        if not is_position and not isinstance(part, str):
            raise BadInput(
                f"the value path {text!r} holds {part!r}; use strings for keys, whole numbers from 0 for items"
            )
    return tuple(parts)


def _segment(segment: str, whole: str, *, first: bool) -> list[str | int]:
    found = SEGMENT.fullmatch(segment)
    if found is None or segment != segment.strip():
        raise BadInput(f"the value path {whole!r} has a part {segment!r} that cannot be read; {CURE}")
    key, positions = found["key"], [int(n) for n in re.findall(r"[0-9]+", found["positions"])]
    if not key and not (first and positions):
        raise BadInput(f"the value path {whole!r} has an empty part; {CURE}")
    return [key, *positions] if key else list(positions)
