"""Whose line it is, where kubectl or stern printed it: told from the columns they print. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_NAMESPACE = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

_ROWS = re.compile(
    rf"\[pod/(?P<pod1>{_NAME})/(?P<container1>{_NAMESPACE})\] "  # kubectl logs --prefix
    rf"|(?:(?P<namespace2>{_NAMESPACE}) +)?(?P<pod2>{_NAME}) +\d+/\d+ +[A-Z][\w:/]+ +\d+ "  # kubectl get pods [-A]
    rf"|(?P<namespace3>{_NAMESPACE}) +(?:<unknown>|\d[0-9dhms]*)(?: \([^)\n]{{1,40}}\))? +(?:Normal|Warning) +[A-Z]"
)
"""The third is `kubectl get events -A`; without -A the row names its object only, which is known elsewhere."""

_DESCRIBED = re.compile(
    rf"^Name: +(?P<name>{_NAME})[ \t]*\nNamespace: +(?P<namespace>{_NAMESPACE})[ \t]*$", re.MULTILINE
)
"""How `kubectl describe` begins for whatever lives in a namespace."""

_NONE: Mapping[str, str] = MappingProxyType({})
"""One for all lines: what works on labels looks at each mapping once, however many lines share it."""


def labels_of_row(line: str) -> Mapping[str, str]:
    """`pod`, `container`, `namespace`, as far as the line's columns say; empty for any other line."""
    found = _ROWS.match(line)
    if found is None:
        return _NONE
    return {name.rstrip("123"): value for name, value in found.groupdict().items() if value}


def labels_of_description(text: str) -> Mapping[str, str]:
    """The object that `kubectl describe` describes; empty for several objects, or any other text."""
    described = list(_DESCRIBED.finditer(text))
    if len(described) != 1:
        return {}
    kind = "deployment" if "\nPod Template:" in text else "pod"
    return {kind: described[0]["name"], "namespace": described[0]["namespace"]}
