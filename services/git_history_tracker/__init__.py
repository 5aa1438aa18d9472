"""The GitOps repository: commits that land exactly once on top of whatever people push, and the history they leave.

Read `tracker` first. It talks to the remote through `exchange` and to our private copy through `cache`; `history` is
the index over it; `plumbing` runs git and is the only importer of GitPython; `remote`, `names`, `message` and `trees`
are pure.
"""

from services.git_history_tracker.tracker import GitHistoryTracker, full_jitter

__all__ = ["GitHistoryTracker", "full_jitter"]
