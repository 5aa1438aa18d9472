"""Whom a flow concerns that a network policy denied, as Cilium's Hubble prints it, in a line or as JSON. Pure."""

import json
import re
from collections.abc import Mapping

from langraph.affected.labels import LABEL, NAME, valid
from langraph.affected.objects import NOBODY, NS, N
from langraph.affected.owners import Parts

_DENIED = re.compile(r"\bpolicy-verdict:\S{1,20} (?:IN|E)GRESS DENIED\b|\bPolicy denied DROPPED\b|\bPOLICY_DENI")
_FLOW = re.compile(
    rf"(?:(?P<namespace>{NS})/(?P<pod>{N})|\S{{1,260}}?):\d{{1,5}} \([^)]{{1,80}}\) (?:<>|->) "
    rf"(?:(?P<namespace2>{NS})/(?P<pod2>{N})|\S{{1,260}}?):\d{{1,5}} \([^)]{{1,80}}\) "
)
"""Who calls, then who is called: a pod, or an address or a name outside the cluster."""


def denied_flow(text: str) -> Parts:
    """(namespace, pod, owner) of whose policy denied a flow: the caller's what goes out, else of who is called."""
    if not _DENIED.search(text):
        return NOBODY
    found = _FLOW.search(text)
    if found is None:
        return _written(text)
    caller = (found["namespace"], found["pod"], None)
    called = (found["namespace2"], found["pod2"], None)
    return caller if "EGRESS DENIED" in text or called[1] is None else called


def _written(text: str) -> Parts:
    """The same of a flow in JSON."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return NOBODY
    flow = read.get("flow", read) if isinstance(read, Mapping) else None
    if not isinstance(flow, Mapping):
        return NOBODY
    caller, called = _end(flow.get("source")), _end(flow.get("destination"))
    return caller if flow.get("traffic_direction") == "EGRESS" or called[1] is None else called


def _end(value: object) -> Parts:
    if not isinstance(value, Mapping):
        return NOBODY
    return valid(str(value.get("namespace", "")), LABEL), valid(str(value.get("pod_name", "")), NAME), None
