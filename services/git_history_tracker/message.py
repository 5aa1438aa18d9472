"""The text of a commit: a fixed form in which nothing that people or logs wrote can pass for a trailer. Pure."""

import re

from langraph.errors import BadInput
from langraph.ports import CommitRequest
from services.git_history_tracker.names import checked_op_id, one_line, printable

OP_TRAILER = "Langraph-Op"
MAX_SUBJECT_CHARS = 100  # what `git log --oneline` and the web pages of git hosts show without folding
_INDENT = "    "  # a trailer starts in the first column (git-interpret-trailers(1)), so an indented line is none
_TRAILER_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def compose(request: CommitRequest) -> bytes:
    """The commit message of a request, UTF-8.

    Subject on one line; the body, every line of it indented; the trailers, `Langraph-Op` last. A trailer whose value is
    empty is left out.

    Raises:
        BadInput: the subject is empty, a trailer's key is not one, or the op id cannot be a trailer.
    """
    blocks = [_subject(request.subject), _body(request.body), "\n".join(_trailers(request))]
    return ("\n\n".join(block for block in blocks if block) + "\n").encode()


def _subject(text: str) -> str:
    subject = one_line(text)
    if not subject:
        raise BadInput("The commit has no subject; say in one line what it changes")
    if len(subject) <= MAX_SUBJECT_CHARS:
        return subject
    return subject[: MAX_SUBJECT_CHARS - 1].rstrip() + "…"


def _body(text: str) -> str:
    lines = [_body_line(line) for line in text.splitlines()]
    return "\n".join(lines).strip("\n")


def _body_line(line: str) -> str:
    text = printable(line.expandtabs()).rstrip()
    return _INDENT + text if text else ""


def _trailers(request: CommitRequest) -> list[str]:
    lines = []
    for key, value in request.trailers.items():
        if not _TRAILER_KEY.fullmatch(key) or key.lower() == OP_TRAILER.lower():
            raise BadInput(f"{key!r} cannot be a trailer of ours; write letters, digits and -, and not {OP_TRAILER}")
        if text := one_line(value):
            lines.append(f"{key}: {text}")
    return [*lines, f"{OP_TRAILER}: {checked_op_id(request.op_id)}"]
