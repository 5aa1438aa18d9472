"""The words that messages are made of; any other word in a sentence is somebody's name for something. Pure.

A message's own words are few and come again from program to program; what people and programs call their pods, topics,
tables and plugins is without end. The list is gathered from labelled log samples (`make words`).
"""

import re
from importlib import resources

from langraph.fingerprint.masking import FAULTS, MASK
from langraph.fingerprint.naming import CODE

LEAST_KNOWN = 3
"""A message of fewer known words would be left with nothing of its own."""
TOKEN = re.compile(r"(?<![\w<*>@/.=$%-])[A-Za-z_][\w'.+$-]*(?![\w<*>/@=])")
CLASS = re.compile(rf"(?:{CODE.pattern}) ?\Z")
"""What a class of the program stands behind: `Job MailJob failed` and `Job SmsJob failed` are two faults."""
HAPPENED = re.compile(r"(?:ed|ing)\Z|\A(?:not|no|error|fail|failure|timeout|invalid|lost|full|found|limit|wrong)\Z")
"""What makes joined words a message, not a name."""
TELLS = re.compile(rf"{FAULTS}\b|\A[A-Z]{{3,}}\Z")
"""What says by itself what went wrong: `OutOfMemoryError`, `ECONNRESET`."""
NEGATED = re.compile(r"\A(?:un|in|im|ir|dis|de|re|non|mis)")
"""What makes another word of a known one: a job that ended unsuccessfully is no job that ended successfully."""
KNOWN = frozenset(resources.files(__package__).joinpath("words.txt").read_text(encoding="utf-8").split())


def plain(token: str) -> str:
    """How the list writes a word."""
    return token.strip(".").lower()


def mask_strangers(masked: str) -> str:
    """The message without the words that no message is known to use.

    Args:
        masked: a message whose values are replaced already.
    """
    tokens = list(TOKEN.finditer(masked))
    strange = [found for found in tokens if _is_strange(found)]
    if not strange or len(tokens) - len(strange) < LEAST_KNOWN:
        return masked
    parts: list[str] = []
    end = 0
    for found in strange:
        if found.start():  # a message that begins with it is about it
            parts += masked[end : found.start()], MASK
            end = found.end()
    return "".join([*parts, masked[end:]])


def _is_strange(found: re.Match[str]) -> bool:
    token = found.group()
    if plain(token) in KNOWN or NEGATED.sub("", plain(token)) in KNOWN or TELLS.search(token) or _is_said(token):
        return False
    return not (token[0].isupper() and CLASS.search(found.string, max(0, found.start() - 8), found.start()))


def _is_said(token: str) -> bool:
    """`authorization_permission_denied`: known words joined to a message, one of them of what happened."""
    words = plain(token).split("_")
    return len(words) >= LEAST_KNOWN and all(word in KNOWN for word in words) and any(map(HAPPENED.search, words))
