"""What the branch remembers: our op ids, and the incidents recorded in it. Indexed by head, extended by what is new."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from langraph.ports import RecordedIncident
from services.git_history_tracker.cache import Cache
from services.git_history_tracker.message import OP_TRAILER
from services.git_history_tracker.trees import REGULAR

_log = structlog.get_logger(__name__)
_FIELD, _ITEM = "\x1f", "\x1e"
_LIVE = re.compile(r"examples/(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*)/metadata\.json")
_ARCHIVED = re.compile(r"examples/archive/[^/]+/(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*)/metadata\.json")
_NEGATIVE = re.compile(r"examples/(?:archive/[^/]+/)?(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*)/feedback_negative\.json")
_FOLDER = re.compile(r"examples/(?:archive/[^/]+/)?(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*)/")


@dataclass(frozen=True, slots=True)
class OpCommit:
    """A commit of ours."""

    commit: str
    parent: str | None


@dataclass(slots=True)
class _Span:
    """The commits up to `head` that were indexed."""

    head: str | None = None

    def since(self, cache: Cache, head: str) -> str | None:
        """What to list to get from here to `head`; None when the branch was rewritten and all must be read again."""
        if self.head is None:
            return head
        if cache.git.run("merge-base", "--is-ancestor", self.head, head).ok:
            return f"{self.head}..{head}"
        return None


@dataclass(slots=True)
class OpIndex:
    """Every op id of ours on the branch."""

    cache: Cache
    committer_email: str
    _span: _Span = field(default_factory=_Span, init=False)
    _ops: dict[str, OpCommit] = field(default_factory=dict, init=False)

    def find(self, head: str | None, op_id: str) -> OpCommit | None:
        """The commit reachable from `head` that carries `op_id`: exact trailer, our committer."""
        if head is None:
            return None
        if head != self._span.head:
            self._extend(head)
        return self._ops.get(op_id)

    def landed(self, op_id: str, commit: str, parent: str | None) -> None:
        """A push of ours on top of `parent` is done; the next look starts behind it."""
        if self._span.head == parent:
            self._ops.setdefault(op_id, OpCommit(commit, parent))
            self._span.head = commit

    def _extend(self, head: str) -> None:
        revisions = self._span.since(self.cache, head)
        if revisions is None:
            self._ops.clear()
            revisions = head
        form = "%H%x1f%P%x1f%ce%x1f%(trailers:key=" + OP_TRAILER + ",valueonly,separator=%x1e)"
        narrow = ("--fixed-strings", f"--grep={OP_TRAILER}: ")  # a first sieve; the trailer is what counts
        out = self.cache.git.local("log", "-z", *narrow, f"--format={form}", "--end-of-options", revisions, "--")
        for row in reversed(out.decode("utf-8", "replace").split("\0")):
            if row:
                self._add(*row.split(_FIELD))
        self._span.head = head

    def _add(self, commit: str, parents: str, email: str, op_ids: str) -> None:
        if email != self.committer_email:
            return
        for op_id in op_ids.split(_ITEM):
            self._ops.setdefault(op_id.strip(), OpCommit(commit, parents.partition(" ")[0] or None))


@dataclass(slots=True)
class Record:
    """The incident folders at the branch head."""

    cache: Cache
    _span: _Span = field(default_factory=_Span, init=False)
    _touched: dict[str, str] = field(default_factory=dict, init=False)
    """Incident id to the last commit that touched its folder."""
    _parsed: dict[str, Mapping[str, object] | None] = field(default_factory=dict, init=False)
    """Blob id of a record's JSON file to its content; None when it is broken."""
    _answer: Sequence[RecordedIncident] = field(default=(), init=False)

    def at(self, head: str | None) -> Sequence[RecordedIncident]:
        """Every recorded incident at `head`, newest first (an id begins with the time of its first event).

        The last commit of a folder comes from one `git log --name-only` over the commits that are new since the last
        look: no path in a record can name the commit that holds it, and one log per folder grows with the folders.
        """
        if head is None:
            return ()
        if head != self._span.head:
            blobs, negative = self._blobs(head)
            self._parse([*blobs.items(), *negative.items()])
            self._note_commits(head)
            self._answer = self._compose(head, blobs, negative)
            self._span.head = head
        return self._answer

    def _blobs(self, head: str) -> tuple[dict[str, str], dict[str, str]]:
        """Incident id to blob id of its metadata, and of its negative feedback; the live folder wins."""
        live, archived, negative = {}, {}, {}
        for path, entry in self.cache.files(head, "examples"):
            if entry.mode not in REGULAR:
                continue
            if match := _LIVE.fullmatch(path):
                live[match["id"]] = entry.oid
            elif match := _ARCHIVED.fullmatch(path):
                archived[match["id"]] = entry.oid
            elif match := _NEGATIVE.fullmatch(path):
                negative[match["id"]] = entry.oid
        return {**archived, **live}, negative

    def _parse(self, blobs: Sequence[tuple[str, str]]) -> None:
        used = {oid for _, oid in blobs}
        self._parsed = {oid: content for oid, content in self._parsed.items() if oid in used}
        new = {oid: name for name, oid in blobs if oid not in self._parsed}
        for oid, data in self.cache.blobs(new).items():
            self._parsed[oid] = _content(new[oid], data)

    def _note_commits(self, head: str) -> None:
        revisions = self._span.since(self.cache, head)
        if revisions is None:
            self._touched.clear()
            revisions = head
        options = ("--format=%x1e%H", "--name-only", "--no-renames")
        out = self.cache.git.local("log", *options, "--end-of-options", revisions, "--", "examples")
        seen: set[str] = set()
        for block in out.decode("utf-8", "replace").split(_ITEM)[1:]:
            commit, *paths = block.split("\n")
            touched = {match["id"] for path in paths if (match := _FOLDER.match(path))}
            self._touched.update(dict.fromkeys(touched - seen, commit))  # newest first: the first one seen is the last
            seen |= touched

    def _compose(self, head: str, blobs: Mapping[str, str], negative: Mapping[str, str]) -> Sequence[RecordedIncident]:
        rows = []
        for name in sorted(blobs, reverse=True):
            content = self._parsed[blobs[name]]
            if content is not None:
                said = self._parsed.get(negative.get(name, ""))
                rows.append(RecordedIncident(name, self._touched.get(name, head), content, said))
        return tuple(rows)


def _content(name: str, data: bytes) -> Mapping[str, object] | None:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        _log.warning("a record in git is broken and is left out", incident=name, reason=str(error))
        return None
    if not isinstance(content, dict):
        _log.warning("a record in git is broken and is left out", incident=name, reason="not a JSON object")
        return None
    return content
