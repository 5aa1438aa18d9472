"""What Slack sends, read with care: a field that is missing or of another kind is empty, never an error. Pure."""

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]


def part(payload: Payload, name: str) -> Payload:
    """A nested object; empty when there is none."""
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def word(payload: Payload, name: str) -> str:
    """A text; empty when there is none."""
    found = payload.get(name)
    return found if isinstance(found, str) else ""


def user_of(body: Payload) -> str:
    """Id of whoever sent it: a click or window names them otherwise than a command."""
    return word(part(body, "user"), "id") or word(body, "user_id")


def team_of(body: Payload) -> str:
    """Id of the workspace it comes from; empty where it comes from an Enterprise Grid as a whole."""
    return word(part(body, "team"), "id") or word(body, "team_id")


def enterprise_of(body: Payload) -> str:
    """Id of the Enterprise Grid it comes from; empty outside of one."""
    return word(part(body, "enterprise"), "id") or word(body, "enterprise_id")


def channel_of(body: Payload) -> str:
    """Id of the channel it was sent in."""
    return word(part(body, "channel"), "id") or word(body, "channel_id")


def action_of(body: Payload) -> Payload:
    """The button that was pressed."""
    actions = body.get("actions")
    return actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}


def value_of(body: Payload) -> str:
    """The value of that button, or of the entry that was chosen from its menu."""
    action = action_of(body)
    return word(action, "value") or word(part(action, "selected_option"), "value")
