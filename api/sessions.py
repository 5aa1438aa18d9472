"""Sessions of people with a browser: a signed cookie in place of an API key, the token that their forms carry.

The cookie holds no secret: a name, a time, a nonce, and a signature whose key is made of the API key's hash and of a
secret of this langraph. So a restart logs nobody out, and an API key that is changed ends its sessions.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from api.keys import ApiKeys
from langraph.models.incident import Person
from langraph.ports import Clock

COOKIE = "langraph_session"
LIFE = timedelta(hours=12)  # an on-call shift
CLOCK_STEP = timedelta(minutes=1)  # how far a clock may have been set back since a session began
FAILURES_PER_ADDRESS = 5  # in a minute; nobody mistypes a pasted key more often
FAILURES_IN_ALL = 30  # in a minute, from everywhere; guessing 16 characters so takes for ever
FAILURES_WITHIN = timedelta(minutes=1)
MAX_ENDED = 10_000  # sessions ended before their time that we remember; half a MiB


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who showed an API key to the login page."""

    person: Person
    ends_at: datetime
    csrf: str = field(repr=False)
    """What a form of this session carries, 64 hex digits; a page of another site cannot know it."""
    nonce: str = field(repr=False)


class FailedLogins:
    """How often wrong keys were tried of late. Bounded: what is refused is not counted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: deque[tuple[datetime, str]] = deque()

    def too_many(self, address: str) -> bool:
        """Whether this address has to wait before it may try again."""
        before = self._clock.now() - FAILURES_WITHIN
        while self._failures and self._failures[0][0] <= before:
            self._failures.popleft()
        from_there = sum(1 for _, other in self._failures if other == address)
        return from_there >= FAILURES_PER_ADDRESS or len(self._failures) >= FAILURES_IN_ALL

    def note(self, address: str) -> None:
        """One more wrong key."""
        self._failures.append((self._clock.now(), address))


class Sessions:
    """Begins, recognises and ends sessions.

    Args:
        keys: who may log in.
        secret: of this langraph, kept through restarts; at least 32 bytes.
        clock: tells when a session is over.
    """

    def __init__(self, keys: ApiKeys, secret: bytes, clock: Clock) -> None:
        self._keys = keys
        self._secret = secret
        self._clock = clock
        self._ended: dict[str, None] = {}
        self.failures = FailedLogins(clock)
        self.local_csrf = _sign(secret, b"csrf of whoever is on this machine")
        """For the forms of the local operator, who has no session."""

    @property
    def needed(self) -> bool:
        """Whether people have to log in: they do where keys are set."""
        return bool(self._keys)

    def begin(self, api_key: bytes) -> str | None:
        """The cookie for whoever holds the key; None when nobody does."""
        holder = self._keys.holder(api_key)
        if holder is None:
            return None
        name, digest = holder
        payload = f"{_name(name)}.{int(self._clock.now().timestamp())}.{secrets.token_urlsafe(16)}"
        return f"{payload}.{self._signature(digest, payload)}"

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None when it was forged, is over, or belongs to a key that is gone."""
        payload, _, signature = cookie.rpartition(".")
        found = [
            (name, digest)
            for name, digest in self._keys.holders
            if hmac.compare_digest(self._signature(digest, payload).encode(), signature.encode("utf-8", "replace"))
        ]
        for name, digest in found:
            claimed, issued, nonce = payload.split(".")  # we made it, so it is whole
            if claimed == _name(name):
                csrf = _sign(self._key(digest), b"csrf " + cookie.encode())
                ends_at = datetime.fromtimestamp(int(issued), UTC) + LIFE
                session = Session(Person(f"api:{name}", name), ends_at, csrf, nonce)
                return session if self.is_live(session) else None
        return None

    def is_live(self, session: Session) -> bool:
        """Whether it is not over and was not ended."""
        now = self._clock.now()
        return now < session.ends_at <= now + LIFE + CLOCK_STEP and session.nonce not in self._ended

    def end(self, session: Session) -> None:
        """Log out: the cookie is worthless from now on; only a restart forgets that, and then its age still counts."""
        self._ended[session.nonce] = None
        if len(self._ended) > MAX_ENDED:
            del self._ended[next(iter(self._ended))]

    def _key(self, digest: bytes) -> bytes:
        return hmac.digest(self._secret, b"session " + digest, "sha256")

    def _signature(self, digest: bytes, payload: str) -> str:
        return _sign(self._key(digest), b"cookie " + payload.encode("utf-8", "replace"))


def _name(name: str) -> str:
    return urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _sign(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()
