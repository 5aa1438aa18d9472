"""Whose output it is that Helm, Docker, systemd, stern or Argo CD printed: told from the command above it. Pure."""

import re
from collections.abc import Mapping

_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_NAMESPACE = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PROMPT = r"^(?:[^\n$#>]{0,80}[$#>] ?|\+ )?(?:sudo |time ){0,2}"
_SWITCHES = r"(?:--?[a-z][a-z-]{0,40}(?:=\S{1,100})? ){0,6}"
_END = r"(?=\s|$)"

_COMMANDS = re.compile(
    rf"{_PROMPT}helm (?:upgrade|install|rollback|status|test|uninstall|history|get \w{{1,20}})"
    rf" {_SWITCHES}(?P<helm>{_NAME}){_END}"
    rf"|{_PROMPT}stern {_SWITCHES}(?P<stern>{_NAME}){_END}"
    rf"|{_PROMPT}kubectl[ -]argo[ -]rollouts (?:get|status) (?:rollout )?{_SWITCHES}(?P<rollouts>{_NAME}){_END}"
    rf"|{_PROMPT}argocd app (?:get|sync|wait|diff|logs|resources) {_SWITCHES}(?P<argocd>{_NAME}){_END}"
    rf"|{_PROMPT}(?:docker|podman|nerdctl) (?:container )?(?:logs|inspect|start|restart|exec)"
    rf" {_SWITCHES}(?P<docker>{_NAME}){_END}"
    rf"|{_PROMPT}(?:docker[ -]compose|podman-compose) (?:logs|up|restart|ps) {_SWITCHES}(?P<compose>{_NAME}){_END}"
    rf"|{_PROMPT}systemctl (?:status|start|restart) {_SWITCHES}(?P<systemctl>{_NAME}){_END}"
    rf"|{_PROMPT}journalctl {_SWITCHES}(?:-[a-z]{{0,4}}u|--unit)[ =](?P<journalctl>{_NAME}){_END}",
    re.MULTILINE,
)
_WITH_NAMESPACE = frozenset({"helm", "stern", "rollouts"})
"""Commands whose `-n` is a namespace."""
_NAMESPACE_FLAG = re.compile(rf" (?:-n|--namespace)[ =](?P<namespace>{_NAMESPACE})(?=\s|$)")
_WORDS = ("helm ", "docker", "podman", "nerdctl ", "systemctl ", "journalctl ", "stern ", "argocd ", "argo")


def labels_of_other_command(text: str) -> Mapping[str, str]:
    """The app and the namespace that a command above its output asks for; empty without one."""
    if not any(word in text for word in _WORDS):
        return {}
    command = _COMMANDS.search(text)
    if command is None:
        return {}
    tool, name = next((tool, name) for tool, name in command.groupdict().items() if name)
    rest = text[command.end() :].partition("\n")[0]
    namespace = _NAMESPACE_FLAG.search(command[0] + rest) if tool in _WITH_NAMESPACE else None
    return {"app": name.removesuffix(".service"), **(namespace.groupdict() if namespace else {})}
