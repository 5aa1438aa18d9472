"""Text from outside, made harmless for Slack: no mention, link, formatting or secret can come out of it. Pure."""

from langraph.redact import printable, redact

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""Slack's only control characters; they open mentions and links, and Slack shows the entities as the characters."""


def clean(text: str) -> str:
    """Without secrets, escape sequences, invisible or direction-changing characters; line feeds stay."""
    return printable(redact(text))


def shortened(text: str, most: int) -> str:
    """The first characters, with an ellipsis where something is missing."""
    return text if len(text) <= most else text[: most - 1] + "…"


def escaped(text: str, most: int) -> str:
    """Clean text for a `plain_text` object, at most `most` characters *after* escaping, no entity cut in two."""
    out: list[str] = []
    room = most - 1  # for the ellipsis
    whole = clean(text)
    for character in whole:
        piece = _ENTITIES.get(character, character)
        room -= len(piece)
        if room < 0:
            break
        out.append(piece)
    kept = len(out)
    return "".join(out) + ("…" if kept < len(whole) else "")


def inert(text: str, most: int) -> str:
    """Clean text for a `text` field, which Slack reads as mrkdwn: nothing in it is formatted or linked."""
    defused = clean(text).replace("`", "'").replace("://", "[:]//")
    return escaped(defused, most)


def fenced(text: str, most: int) -> str:
    """Clean text as one block of code: the form in which mrkdwn formats nothing at all."""
    return f"```\n{inert(text, most)}\n```"
