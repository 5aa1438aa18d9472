"""The container that `kubectl describe pod` shows to have failed. Pure."""

import re

_BLOCK = re.compile(r"^(?P<indent> *)(?:Init )?Containers:[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):[ \t]*\Z")
_FAILED = re.compile(
    r"^ *Reason: +(?:OOMKilled|Error|CrashLoopBackOff|ContainerCannotRun|StartError|DeadlineExceeded|"
    r"ImagePullBackOff|ErrImagePull|InvalidImageName|CreateContainer(?:Config)?Error|RunContainerError)[ \t]*$",
    re.MULTILINE,
)


def failed_container(text: str) -> str | None:
    """The one container of the description that failed, or the only one that it has; None where nothing is sure."""
    containers = dict(_containers(text))
    failed = [name for name, said in containers.items() if _FAILED.search(said)]
    if len(failed) == 1:
        return failed[0]
    return next(iter(containers)) if len(containers) == 1 else None


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
