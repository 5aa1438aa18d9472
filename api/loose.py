"""A JSON object that somebody may have edited by hand, read without taking anything for granted."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from langraph.models.incident import Scalar

E = TypeVar("E", bound=StrEnum)
LARGEST = 1e300  # no measurement of ours has 300 digits; beyond, an integer may not fit a float


def speakable(text: str) -> str:
    """Text that UTF-8 can carry: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def plain(value: object) -> Scalar:
    """A scalar that JSON can carry: what YAML calls `.inf` and `.nan` is said in words."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return speakable(value)
    return value if isinstance(value, int | float) else None


class Loose:
    """What is not as it should be is not known: None, or empty."""

    def __init__(self, value: object) -> None:
        self._fields: Mapping[str, object] = value if isinstance(value, Mapping) else {}

    def __bool__(self) -> bool:
        return bool(self._fields)

    def text(self, name: str) -> str | None:
        value = self._fields.get(name)
        return speakable(value) if isinstance(value, str) else None

    def said(self, name: str, locale: str) -> str | None:
        """A sentence in the reader's language, kept as `{"en": ..., "ko": ...}`."""
        return self.inside(name).text(locale) or self.inside(name).text("en")

    def scalar(self, name: str) -> Scalar:
        return plain(self._fields.get(name))

    def whole(self, name: str) -> int | None:
        value = self._fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, name: str) -> float | None:
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if abs(value) < LARGEST else None  # not a number and infinity are not below it either

    def flag(self, name: str) -> bool | None:
        value = self._fields.get(name)
        return value if isinstance(value, bool) else None

    def when(self, name: str) -> datetime | None:
        """An aware time in UTC."""
        value = self._fields.get(name)
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else None
            return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
        except (ValueError, OverflowError):
            return None

    def word(self, name: str, words: type[E]) -> E | None:
        """One of a set of words."""
        value = self._fields.get(name)
        return words(value) if isinstance(value, str) and value in set(words) else None

    def inside(self, name: str) -> "Loose":
        """The object in a field; an empty one when there is none."""
        return Loose(self._fields.get(name))

    def each(self, name: str) -> list["Loose"]:
        """The objects in a list."""
        value = self._fields.get(name)
        return [Loose(one) for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        value = self._fields.get(name)
        return [speakable(one) for one in value if isinstance(one, str)] if isinstance(value, list) else []

    def mapping(self, name: str) -> dict[str, str]:
        """An object of texts."""
        return Loose(self._fields.get(name)).strings()

    def strings(self, without: frozenset[str] = frozenset()) -> dict[str, str]:
        """The fields that are texts."""
        known = ((name, value) for name, value in self._fields.items() if name not in without)
        return {speakable(str(name)): speakable(value) for name, value in known if isinstance(value, str)}
