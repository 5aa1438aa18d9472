"""The container of a pod that its description, or its status as JSON, shows to have failed. Pure."""

import json
import re
from typing import Any

_BLOCK = re.compile(r"^(?P<indent> *)(?:Init )?Containers:[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):[ \t]*\Z")
_ROW = re.compile(r"^(?P<name>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)[ \t]+\d{1,5}[ \t]+OOMKilled\b", re.MULTILINE)
"""Of a list that somebody made of a pod's containerStatuses: name, restarts, reason."""
_FAILED = re.compile(
    r"^ *Reason: +(?:OOMKilled|Error|CrashLoopBackOff|ContainerCannotRun|StartError|DeadlineExceeded|"
    r"ImagePullBackOff|ErrImagePull|InvalidImageName|CreateContainer(?:Config)?Error|RunContainerError)[ \t]*$",
    re.MULTILINE,
)


def failed_container(text: str) -> str | None:
    """The one container of the description that failed, or the only one that it has; None where nothing is sure."""
    if '"containerStatuses"' in text and text.lstrip()[:1] == "{":
        return _failed_by_status(text)
    rows = {row["name"] for row in _ROW.finditer(text)} | _failed_in_lines(text)
    if len(rows) == 1:
        return rows.pop()
    containers = dict(_containers(text))
    failed = [name for name, said in containers.items() if _FAILED.search(said)]
    if len(failed) == 1:
        return failed[0]
    return next(iter(containers)) if len(containers) == 1 else None


def _failed_by_status(text: str) -> str | None:
    try:
        pod = json.loads(text)
    except (ValueError, RecursionError):
        return None
    status = pod.get("status") if isinstance(pod, dict) else None
    listed = status.get("containerStatuses") if isinstance(status, dict) else None
    found = [one for one in listed or () if isinstance(one, dict) and isinstance(one.get("name"), str)]
    failed = [str(one["name"]) for one in found if _has_failed(one)]
    return failed[0] if len(failed) == 1 and _NAME.fullmatch(f"{failed[0]}:") else None


def _failed_in_lines(text: str) -> set[str]:
    """The containers that failed by their statuses, one JSON object a line, as `jq -c` prints them."""
    found = set()
    for line in text.split("\n") if '"restartCount"' in text else ():
        try:
            one = json.loads(line) if line[:1] == "{" else None
        except (ValueError, RecursionError):
            continue
        if isinstance(one, dict) and _NAME.fullmatch(f"{one.get('name')}:") and _has_failed(one):
            found.add(str(one["name"]))
    return found


def _has_failed(container: dict[str, Any]) -> bool:
    """Whether a container's state, or its last one, is an end with an error, or a wait that is no start."""
    states = [state for key in ("state", "lastState") if isinstance(state := container.get(key), dict)]
    ends = [end for state in states if isinstance(end := state.get("terminated"), dict)]
    waits = [wait for state in states if isinstance(wait := state.get("waiting"), dict)]
    is_waiting = any(wait.get("reason") not in ("ContainerCreating", "PodInitializing", None) for wait in waits)
    return is_waiting or any(end.get("exitCode") not in (0, None) for end in ends)


def _containers(text: str) -> list[tuple[str, str]]:
    """Each container's name and what is said of it: what is indented below its name."""
    found: list[tuple[str, str]] = []
    for block in _BLOCK.finditer(text):
        inside = len(block["indent"])
        depth: int | None = None
        for line in text[block.end() :].lstrip("\r\n").split("\n"):
            indent = len(line) - len(line.lstrip(" "))
            if not line.strip() or indent <= inside:
                break
            depth = indent if depth is None else depth
            named = _NAME.fullmatch(line.strip()) if indent == depth else None
            if named:
                found.append((named["name"], ""))
            elif found:
                found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
    return found
