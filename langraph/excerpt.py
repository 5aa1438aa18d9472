"""The part of a log line that says what happened, for people who read it at three in the morning. Pure."""

import json
import re

MESSAGE_FIELDS = ("message", "msg", "log", "error", "err", "MESSAGE", "Message", "@message", "short_message")
MAX_CHARS = 300  # a message shows one line; the whole one is in the evidence
_LOGFMT = re.compile(r'(?:^|\s)(?:msg|message)=(?:"((?:\\.|[^"\\])*)"|(\S+))')


def excerpt(line: str) -> str:
    """The message inside a JSON or logfmt line; any other line as it is. One line, bounded."""
    said = _from_json(line) or _from_logfmt(line) or line
    one = " ".join(said.split())
    return one if len(one) <= MAX_CHARS else one[: MAX_CHARS - 1] + "…"


def _from_json(line: str) -> str | None:
    start = line.find("{")
    if start < 0 or not line.rstrip().endswith("}"):
        return None
    try:
        fields = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    found = (fields.get(name) for name in MESSAGE_FIELDS)
    return next((text for text in found if isinstance(text, str) and text.strip()), None)


def _from_logfmt(line: str) -> str | None:
    match = _LOGFMT.search(line)
    if match is None:
        return None
    return match[2] if match[1] is None else match[1].replace('\\"', '"').replace("\\n", " ")
