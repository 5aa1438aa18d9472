"""The API keys: `name:secret` in the settings, hashes in memory."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from langraph.models.incident import Person


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Who may ask. What is not kept cannot leak, so the secrets are not."""

    holders: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """(name, sha256 of the secret); a name may hold two secrets while one replaces the other."""

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """From `name:secret` entries, as the setting `API_KEYS` lists them; a secret may hold colons."""
        pairs = (entry.partition(":") for entry in entries)
        return cls(tuple((name, hashlib.sha256(secret.encode()).digest()) for name, _, secret in pairs))

    def __bool__(self) -> bool:
        return bool(self.holders)

    def person(self, secret: bytes) -> Person | None:
        """Who holds the secret; takes as long for a wrong one as for a right one."""
        holder = self.holder(secret)
        return Person(f"api:{holder[0]}", holder[0]) if holder else None

    def holder(self, secret: bytes) -> tuple[str, bytes] | None:
        """(name, sha256 of the secret) of whoever holds it."""
        asked = hashlib.sha256(secret).digest()
        found = [one for one in self.holders if hmac.compare_digest(one[1], asked)]
        return found[0] if found else None
