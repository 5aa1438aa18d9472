"""What the search for a value ends in: one certain place, or candidates for a person to choose from. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from langraph.models.incident import ValuePath
from langraph.models.text import Text
from langraph.target.component import Component, Wanted
from langraph.target.places import Slot
from langraph.texts import placing
from langraph.texts import proposing as say


@dataclass(frozen=True, slots=True)
class Place:
    """One place where the value could be."""

    file: str
    path: ValuePath
    doc: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """The one place where the value is, or where it belongs."""

    file: str
    path: ValuePath
    doc: int = 0
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Candidates:
    """No certain place; a person may choose one of these."""

    places: tuple[Place, ...]
    reason: Text


def asked(found: Sequence[Slot], part: Component, wanted: Wanted) -> Candidates:
    if part.is_other and part.names:
        reason = placing.other_part(wanted.app, wanted.value_path, part.names[0])
        return Candidates(tuple(place_of(slot) for slot in found), reason)
    return several(found, wanted)


def several(found: Sequence[Slot], wanted: Wanted) -> Candidates:
    reason = say.no_place(wanted.app, wanted.value_path)
    if len(found) > 1:
        reason = say.several_places(wanted.app, wanted.value_path, len(found))
    return Candidates(tuple(place_of(slot) for slot in found), reason)


def target_at(slot: Slot) -> Target:
    return Target(slot.file, slot.path, slot.doc, slot.exists)


def place_of(slot: Slot) -> Place:
    return Place(slot.file, slot.path, slot.doc)
