"""The door for Slack's requests over HTTP: signed by Slack, fresh, seen for the first time, readable. Pure.

Bolt checks signatures too, and answers 500 to a timestamp that is no number, takes a request twice, and logs the body
of one it refuses. So nothing reaches it that has not passed here.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from langraph.errors import BadSetting

FRESH_SECONDS = 300  # Slack's own rule for the age of a request, either way
MOST_BYTES = 1024 * 1024  # a modal with 100 full fields is a third of that
REMEMBERED = 20_000  # requests within ten minutes; 33 a second for all that time
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not let in; the reason tells a stranger nothing that he does not know."""

    status: int
    reason: str


class Guard:
    """Remembers what it let in for as long as it could be sent again.

    Args:
        secret: the app's signing secret.
        now: Unix time in seconds.

    Raises:
        BadSetting: an empty secret, with which anybody could sign.
    """

    def __init__(self, secret: str, now: Callable[[], float]) -> None:
        if not secret.strip():
            raise BadSetting("SLACK_SIGNING_SECRET is empty; copy the Signing Secret from the app's Basic Information")
        self._secret = secret.strip().encode()
        self._now = now
        self._seen: dict[str, float] = {}

    def check(self, body: bytes, headers: Mapping[str, str]) -> Refusal | None:
        """None lets the request in, once.

        Args:
            body: the bytes as they came.
            headers: by lower-case name.
        """
        if len(body) > MOST_BYTES:
            return Refusal(413, "too large")
        timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        if not _TIMESTAMP.fullmatch(timestamp):
            return Refusal(400, "no timestamp of Slack")
        if not _SIGNATURE.fullmatch(signature):
            return Refusal(401, "not signed by Slack")
        if abs(self._now() - int(timestamp)) > FRESH_SECONDS:
            return Refusal(401, "too old, or from the future: check this machine's clock")
        expected = hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={expected}", signature):
            return Refusal(401, "not signed by Slack")
        if not readable(body, headers.get("content-type", "")):
            return Refusal(400, "cannot be read")
        return self._first_time(signature, int(timestamp), is_retry="x-slack-retry-num" in headers)

    def _first_time(self, signature: str, timestamp: int, *, is_retry: bool) -> Refusal | None:
        if signature in self._seen:
            # Slack repeats an event that it got no answer to; it must be told that this one has arrived.
            return Refusal(200, "") if is_retry else Refusal(409, "seen before")
        if len(self._seen) >= REMEMBERED:
            self._forget()
        if len(self._seen) >= REMEMBERED:
            return Refusal(503, "too many requests; try again")
        self._seen[signature] = timestamp + FRESH_SECONDS
        return None

    def _forget(self) -> None:
        now = self._now()
        self._seen = {signature: until for signature, until in self._seen.items() if until >= now}


def readable(body: bytes, content_type: str) -> bool:
    """Whether it is a form or a JSON object in UTF-8, and so is the `payload` inside a form."""
    try:
        text = body.decode()
        if content_type.startswith("application/json"):
            return isinstance(json.loads(text), dict)
        payload = dict(parse_qsl(text, keep_blank_values=True, errors="strict")).get("payload")
        return payload is None or isinstance(json.loads(payload), dict)
    except (ValueError, RecursionError):
        return False
