"""Our commits as a whole, with the bytes they changed: for those who check that each of them was right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from langraph.ports import Operation
from services.git_history_tracker.cache import Cache
from services.git_history_tracker.message import OP_TRAILER

_FIELD, _COMMIT = "\x1f", "\x1e"
_NO_BLOB = "0"


@dataclass(frozen=True, slots=True)
class _Row:
    commit: str
    parent: str
    at: datetime
    op_id: str
    changes: tuple[tuple[str, str, str], ...]
    """(path, blob before, blob after)"""


def operations(cache: Cache, head: str | None, committer_email: str, policy_file: str) -> Sequence[Operation]:
    """Every commit of ours reachable from `head`, oldest first. A doubled op id stands here twice.

    Three git processes, whatever the length of the history.
    """
    if head is None:
        return ()
    rows = list(_rows(cache, head, committer_email))
    blobs = cache.blobs(oid for row in rows for _, old, new in row.changes for oid in (old, new) if oid.strip(_NO_BLOB))
    policies = cache.files_at([(row.parent, policy_file) for row in rows if row.parent])
    return tuple(
        Operation(
            row.commit,
            row.op_id,
            row.at,
            {path: (blobs.get(old), blobs.get(new)) for path, old, new in row.changes},
            policies.get((row.parent, policy_file)),
        )
        for row in rows
    )


def _rows(cache: Cache, head: str, committer_email: str) -> Iterator[_Row]:
    form = f"%x1e%H%x1f%P%x1f%ce%x1f%ct%x1f%(trailers:key={OP_TRAILER},valueonly,separator=%x2c)%x1f"
    options = ("--reverse", "--raw", "-z", "--no-abbrev", "--no-renames", "--root", f"--format={form}")
    narrow = ("--fixed-strings", f"--grep={OP_TRAILER}: ")
    out = cache.git.local("log", *options, *narrow, "--end-of-options", head, "--").decode("utf-8", "replace")
    for block in out.split(_COMMIT)[1:]:
        commit, parents, email, seconds, op_ids, raw = block.split(_FIELD)
        if email != committer_email:
            continue
        at = datetime.fromtimestamp(int(seconds), UTC)
        for op_id in op_ids.split(","):
            yield _Row(commit, parents.partition(" ")[0], at, op_id.strip(), tuple(changed_files(raw)))


def changed_files(raw: str) -> Iterator[tuple[str, str, str]]:
    """(path, blob before, blob after) of `git log --raw -z`; a blob of zeros is no file."""
    parts = iter(raw.strip("\0\n").split("\0"))
    for info in parts:
        if not info.startswith(":"):
            continue
        _, _, old, new, _ = info.split(" ")
        yield next(parts), old, new
