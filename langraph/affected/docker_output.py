"""Whom Docker names: in its events, in a swarm's tables, in what Compose prints of containers. Pure."""

import re
from collections.abc import Mapping

from langraph.affected.owners import workload

_NAME = r"[a-z0-9](?:[a-z0-9_.-]{0,251}[a-z0-9])?"
"""As Docker names things: with underscores, too, which stand between a swarm's stack and its service."""
_Q = r"""\\{0,3}["']?"""

_SERVICE_LABEL = re.compile(
    rf"\bcom\.docker\.(?:compose\.service|swarm\.service\.name){_Q}\s?[=:]\s?{_Q}(?P<name>{_NAME}){_Q}(?=[\s,)\]}}]|$)"
)
_EVENT = re.compile(
    r"\bcontainer (?:die|oom|kill|stop|start|restart|create|destroy|health_status: ?\w{1,12}|exec_die) [0-9a-f]{12,64}"
    rf" \([^)\n]{{0,2000}}?\bname=(?P<name>{_NAME})[,)]"
)
"""A line of `docker events`."""
_EVENT_JSON = re.compile(
    rf"\"Type\\{{0,3}}\"\s?:\s?\\{{0,3}}\"container\\{{0,3}}\".{{1,400}}?\"Attributes\\{{0,3}}\"\s?:\s?\{{[^}}]{{0,2000}}?"
    rf"\"name\\{{0,3}}\"\s?:\s?\\{{0,3}}\"(?P<name>{_NAME})\\{{0,3}}\""
)
"""The same with `--format json`."""
_SERVICE_ROW = re.compile(
    rf"^[a-z0-9]{{12}} *\*? +(?P<name>{_NAME}) +(?:replicated|global)(?:[- ]?job)?"
    r" +(?P<up>\d{1,5})/(?P<of>\d{1,5})\b",
    re.MULTILINE,
)
"""A row of `docker service ls` and `docker stack services`."""
_TASK_ROW = re.compile(
    rf"^(?:[a-z0-9]{{12,25}}) +(?:\\_ +)?(?P<name>{_NAME})\.(?:\d{{1,4}}|[a-z0-9]{{25}}) +\S+ +(?:\S+ +)?"
    r"(?:Running|Shutdown|Ready|Accepted|Remove|Complete) +"
    r"(?:New|Pending|Assigned|Accepted|Preparing|Ready|Starting|Running|Complete|Failed|Shutdown|Rejected|Orphaned|Remove)\b",
    re.MULTILINE,
)
"""A task of `docker service ps` and `docker stack ps`."""
_DEPENDENCY = re.compile(
    rf"\bdependency failed to start: container {_Q}(?P<name>{_NAME}){_Q}"
    r" (?:is unhealthy|exited|has no healthcheck|is missing)"
)
_UNWELL = re.compile(
    rf"^\W{{0,6}}Container {_Q}(?P<name>{_NAME}){_Q} {{1,12}}(?:Error|Unhealthy|Exited|Failed)\b"
    rf"|^ERROR: for (?P<name2>{_NAME}) {{1,4}}\S"
    rf"|^(?:ERROR: )?Service {_Q}(?P<name3>{_NAME}){_Q} failed to build\b"
    rf"|\bservice {_Q}(?P<name4>{_NAME}){_Q} (?:didn't complete successfully|is not running)\b",
    re.MULTILINE,
)
"""What Compose prints of a container or of a service."""
_COMPOSE_ROW = re.compile(
    rf"^\S{{1,253}} {{2,}}\S+ {{2,}}\"[^\"\n]{{0,200}}\" {{2,}}(?P<name>{_NAME}) {{2,}}[^\n]{{1,40}} ago {{2,}}"
    r"(?:Up [^\n(]{1,40}\(unhealthy\)|Exited|Restarting|Dead)",
    re.MULTILINE,
)
"""A row of `docker compose ps` whose container is unwell."""
_NUMBERED = re.compile(r"[a-z0-9-]{1,100}_(?P<service>[a-z0-9-]{1,100})_\d{1,3}\Z")
_WORDS = ("docker", "ontainer", "eplicated", "global", "ervice", "ERROR: for ", " ago", "Running", "Shutdown", "Ready")


def labels_of_docker(text: str) -> Mapping[str, str]:
    """The app, where one alone is named."""
    if not any(word in text for word in _WORDS):
        return {}
    for form, named in _FORMS:
        names = {named(next(v for v in one.groups() if v)) for one in form.finditer(text)}
        if names:
            return {"deployment": names.pop()} if len(names) == 1 else {}
    rows = [(_of_stack(one["name"]), one["up"] != one["of"]) for one in _SERVICE_ROW.finditer(text)]
    unwell = {name for name, is_short in rows if is_short} or {name for name, _ in rows}
    return {"deployment": unwell.pop()} if len(unwell) == 1 else {}


def _of_container(name: str) -> str:
    """Compose numbers a service's containers, and once put underscores between: `shop-cart-1`, `shop_cart_1`."""
    numbered = _NUMBERED.match(name)
    return numbered["service"] if numbered else workload(name) or name


def _of_stack(name: str) -> str:
    """A service without its stack: what is named here must be a name in Kubernetes, too, and none has an underscore."""
    return name.partition("_")[2] or name


_FORMS = (
    (_SERVICE_LABEL, _of_stack),
    (_EVENT, _of_container),
    (_EVENT_JSON, _of_container),
    (_DEPENDENCY, _of_container),
    (_UNWELL, _of_container),
    (_TASK_ROW, _of_stack),
    (_COMPOSE_ROW, str),
)
