"""What one file was before: the first question after a fault is what changed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from langraph.ports import FileVersion
from services.git_history_tracker.cache import Cache
from services.git_history_tracker.operations import changed_files

_FIELD, _COMMIT = "\x1f", "\x1e"


def versions(cache: Cache, head: str | None, path: str, limit: int, committer_email: str) -> Sequence[FileVersion]:
    """The last versions of `path` reachable from `head`, newest first; two git processes."""
    if head is None:
        return ()
    form = "%x1e%H%x1f%an%x1f%ce%x1f%ct%x1f%s%x1f"
    options = (f"--max-count={limit}", "--raw", "-z", "--no-abbrev", "--no-renames", "--root", f"--format={form}")
    out = cache.git.local("log", *options, "--end-of-options", head, "--", path).decode("utf-8", "replace")
    rows = [block.split(_FIELD, 5) for block in out.split(_COMMIT)[1:]]
    after = {row[0]: new for row in rows for name, _, new in changed_files(row[5]) if name == path}
    blobs = cache.blobs(oid for oid in after.values() if oid.strip("0"))
    return tuple(
        FileVersion(
            commit=commit,
            at=datetime.fromtimestamp(int(seconds), UTC),
            author=author,
            subject=subject,
            data=blobs.get(after[commit]),
            by_us=email == committer_email,
        )
        for commit, author, email, seconds, subject, _ in rows
        if commit in after
    )
