"""Taking one edit back out of a file that people may have changed since, or refusing to."""

from langraph.errors import EditRefused, Stale
from langraph.helm_values.diffing import differing, leaves, line_changes
from langraph.helm_values.paths import format_path
from langraph.helm_values.tree import read_stream


def revert_edit(before: bytes, after: bytes, current: bytes) -> bytes:
    """The present file as if the edit `before` -> `after` had not been made; what people changed besides stays.

    Args:
        before: the file as the edit found it.
        after: the file as the edit left it.
        current: the file now.

    Raises:
        Stale: a value that the edit set is no longer what it set.
        EditRefused: lines right at the edit changed, or a file is not fit to be read.
    """
    if current == after:
        return before
    old, new, now = (leaves(read_stream(data)) for data in (before, after, current))
    places = differing(old, new, strictly=True)
    for doc, path in sorted(places, key=repr):
        if now.get((doc, path)) != new.get((doc, path)):
            raise Stale(f"{format_path(path)} was changed since (document {doc}); set it by hand")
    reverted = _merged(after, before, current)
    try:
        result = leaves(read_stream(reverted))
    except EditRefused as problem:
        raise EditRefused(f"without the edit the file could not be read ({problem}); revert it by hand") from problem
    if differing(now, result, strictly=True) != places or any(result.get(p) != old.get(p) for p in places):
        raise EditRefused("the edit cannot be taken out without touching something else; revert it by hand")
    return reverted


def _merged(base: bytes, one: bytes, other: bytes) -> bytes:
    """Both sets of line changes made to `base`."""
    base_lines = base.split(b"\n")
    changes = sorted([*line_changes(base, one), *line_changes(base, other)], key=lambda change: change[:2])
    out: list[bytes] = []
    at = 0
    for start, stop, replacement in changes:
        if start < at:
            raise EditRefused("the same lines were changed since the edit; revert it by hand")
        out += [*base_lines[at:start], *replacement]
        at = stop
    return b"\n".join([*out, *base_lines[at:]])
