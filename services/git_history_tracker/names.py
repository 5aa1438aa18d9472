"""What may be called what: branches, paths and op ids that git and people read the same way. Pure."""

import re
import unicodedata

from langraph.errors import BadInput, BadSetting

_OP_ID = re.compile(r"[!-~]{1,200}")  # printable ASCII, no blanks: survives a trailer byte for byte
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # SHA-1 or SHA-256 repositories
_BAD_IN_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[-/.]|[/.]$|^@$")


def checked_branch(branch: str) -> str:
    """The branch's name, if git takes it for one (git-check-ref-format(1)).

    Raises:
        BadSetting: it is not the name of a branch.
    """
    if not branch or branch.startswith("refs/") or _BAD_IN_BRANCH.search(branch):
        raise BadSetting(f"GIT_BRANCH={branch!r} is not the name of a branch; write it as in `git branch`, like main")
    return branch


def checked_path(path: str) -> str:
    """A path that stays inside the repository, means one file and cannot be git's own.

    Raises:
        BadInput: it is absolute, has an empty, `.`, `..` or `.git` component, or a control character.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise BadInput(
            f"{path!r} is not a path inside the repository; write it relative, like helm-values/app/values.yaml"
        )
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in path):
        raise BadInput(f"The path {path!r} holds a control character; rename the file")
    return path


def checked_op_id(op_id: str) -> str:
    """An op id that reads the same in a trailer as here.

    Raises:
        BadInput: it is empty, longer than 200 characters, or not printable ASCII without blanks.
    """
    if not _OP_ID.fullmatch(op_id):
        raise BadInput(f"The op id {op_id!r} cannot be a trailer; write 1 to 200 printable ASCII characters, no blanks")
    return op_id


def is_object_id(text: str) -> bool:
    """Whether `text` is a full object id, in lower-case hex."""
    return _OID.fullmatch(text) is not None


def one_line(text: str) -> str:
    """`text` on one line: line breaks and controls become one blank, invisible format characters go."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """`text` with a blank for each line break and control character, and without what is not seen.

    Format characters (Cf) go because a right-to-left override can make a line read as something else.
    """
    return "".join(_printable(char) for char in text)


def _printable(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cs", "Cn") else char
