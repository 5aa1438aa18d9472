"""Reads our own YAML files (policy, catalogue) so that a mistake in them is an error that names its place."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TypeVar

from langraph.errors import BadInput
from langraph.helm_values import load_yaml

T = TypeVar("T")

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?\Z")


@dataclass(frozen=True, slots=True)
class Fields:
    """One mapping of a file: every field is asked for by name, and what nobody asked for is an error."""

    where: str
    """The place for the error message, for example `policy.yaml: rules[2]`."""
    data: Mapping[str, object]

    def allow(self, known: Iterable[str]) -> "Fields":
        """Refuse fields that are not `known`: a misspelt bound would be no bound."""
        names = sorted(known)
        for name in self.data:
            if name not in names:
                raise BadInput(f"{self.where} has the unknown field `{name}`; use one of: {', '.join(names)}")
        return self

    def text(self, name: str, default: str | None = None) -> str:
        value = self.data.get(name, default)
        if not isinstance(value, str):
            raise self.wrong(name, "a text in quotes")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.data.get(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number, at least 0; None when the field is absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(name, "a whole number, 0 or more")
        return value

    def factor(self, name: str) -> Fraction | None:
        """A factor of at least 1, for example 2 or 1.5; None when the field is absent."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 1000:
            raise self.wrong(name, "a factor between 1 and 1000, for example 2")
        return Fraction(str(value))

    def duration(self, name: str) -> timedelta | None:
        """A length of time as `90s`, `10m`, `24h`, `7d`, `1h30m`; None when the field is absent."""
        value = self.data.get(name)
        if value is None:
            return None
        found = _DURATION.match(value) if isinstance(value, str) and value else None
        if found is None or len(str(value)) > 20:
            raise self.wrong(name, "a duration such as 90s, 10m, 24h or 7d")
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        try:
            return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except OverflowError as cause:
            raise self.wrong(name, "a duration such as 90s, 10m, 24h or 7d") from cause

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty when the field is absent."""
        value = self._list(name)
        for item in value:
            if not isinstance(item, str) or not item.strip():
                raise self.wrong(name, "a list of texts, none of them empty")
        return tuple(str(item) for item in value)

    def text_map(self, name: str) -> Mapping[str, str]:
        """A mapping of text to text; empty when the field is absent."""
        value = self.data.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(item, str) for pair in value.items() for item in pair):
            raise self.wrong(name, "a mapping of texts to texts (quote numbers and yes/no)")
        return dict(value)

    def each(self, name: str, read: Callable[["Fields"], T]) -> tuple[T, ...]:
        """`read` over a list of mappings; empty when the field is absent."""
        return tuple(read(_fields(f"{self.where}: {name}[{i}]", item)) for i, item in enumerate(self._list(name)))

    def section(self, name: str) -> "Fields | None":
        value = self.data.get(name)
        return None if value is None else _fields(f"{self.where}: {name}", value)

    def wrong(self, name: str, cure: str) -> BadInput:
        """The error for a field whose value makes no sense."""
        value = self.data.get(name)
        shown = "missing" if value is None else f"{value!r:.80}"
        return BadInput(f"{self.where}: `{name}` is {shown}; write {cure}")

    def _list(self, name: str) -> Sequence[object]:
        value = self.data.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.wrong(name, "a list")
        return value


def read_fields(source: bytes, name: str) -> Fields:
    """The top mapping of a YAML file; an empty file has no fields.

    Args:
        source: the file's bytes, UTF-8.
        name: what to call the file in errors.

    Raises:
        BadInput: not fit to be read, or no mapping. A key that is there twice is refused too: most readers would
            silently keep the last one, so that a bound could be written twice and differ.
    """
    data = load_yaml(source, name)
    return _fields(name, {} if data is None else data)


def _fields(where: str, data: object) -> Fields:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise BadInput(f"{where} is {data!r:.80}; write a mapping of names to values")
    return Fields(where, data)
