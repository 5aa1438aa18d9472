"""Values that an Argo CD ApplicationSet fills in: the place is the generator's element, not the template. Pure."""

import re
from collections.abc import Iterator, Mapping

from langraph.helm_values import find, keys_under
from langraph.models.incident import ValuePath
from langraph.target.component import Wanted
from langraph.target.found import Candidates, Place, Target
from langraph.target.values_files import ENVIRONMENTS
from langraph.texts import proposing as say

PARAMETER = re.compile(r"\{\{-?\s{0,4}\.?(?P<name>[A-Za-z_]\w{0,60})\s{0,4}-?\}\}")
"""A value that is nothing but a parameter: `{{ .maxReplicas }}`, or `{{maxReplicas}}` without Go's templates."""
GENERATORS: ValuePath = ("spec", "generators")


def of_generator(target: Target, wanted: Wanted, files: Mapping[str, bytes]) -> Target | Candidates:
    """Where a value that is a parameter is set: in the one element of a list generator for the incident's environment.

    Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-List/
    """
    source = files[target.file]
    said = find(source, target.path, target.doc).value
    parameter = PARAMETER.fullmatch(said) if isinstance(said, str) else None
    found = list(_setting(source, target.doc, parameter["name"])) if parameter else []
    if not found:
        return target
    here = [one for one in found if _is_for(source, one, target.doc, wanted)]
    if len(here) == 1:
        return Target(target.file, here[0], target.doc)
    places = tuple(Place(target.file, path, target.doc) for path in found)
    return Candidates(places, say.several_places(wanted.app, wanted.value_path, len(places)))


def _setting(source: bytes, doc: int, name: str) -> Iterator[ValuePath]:
    for generator in keys_under(source, GENERATORS, doc):
        elements = (*GENERATORS, generator, "list", "elements")
        for element in keys_under(source, elements, doc):
            path = (*elements, element, name)
            if find(source, path, doc).kind == "scalar":
                yield path


def _is_for(source: bytes, path: ValuePath, doc: int, wanted: Wanted) -> bool:
    """Whether an element is the incident's: by its namespace where it says one, else by the environment's name."""
    element = path[:-1]
    said = {str(find(source, (*element, key), doc).value).lower() for key in keys_under(source, element, doc)}
    namespace = find(source, (*element, "namespace"), doc).value
    if namespace is not None:
        return namespace == wanted.namespace
    known = {word for group in ENVIRONMENTS if group & wanted.environment for word in group}
    return bool(said & known)
