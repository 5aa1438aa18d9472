"""The people of the simulated workspace: they press buttons, fill in modals, type commands."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from services.sandbox.slack_delivery import Delivered
from services.sandbox.slack_workspace import APP, TEAM, Ephemeral, OpenView, Posted, User, Workspace

Value = str | Sequence[str]
"""What is typed into a field, which boxes are ticked, or the value of the radio button that is chosen."""


class Delivery(Protocol):
    """How things get to the app."""

    async def interactive(self, payload: Mapping[str, Any]) -> Delivered: ...
    async def command(self, fields: Mapping[str, str]) -> Delivered: ...
    async def event(self, payload: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Delivered: ...


class People:
    """What people can do. Each act is delivered to the app and answered as Slack would.

    Args:
        workspace: what there is.
        delivery: over which transport; may be exchanged.
        url: where Slack is, for response addresses.
    """

    def __init__(self, workspace: Workspace, delivery: Delivery, url: Callable[[], str]) -> None:
        self._all = workspace
        self.delivery = delivery
        self._url = url

    async def click(
        self, user: str, message: Posted, action_id: str, *, action: Mapping[str, Any] | None = None
    ) -> Delivered:
        """Press a button, or choose the first entry of an overflow menu.

        Args:
            user: who.
            message: on which message.
            action_id: which button.
            action: the button as somebody still sees it, when it is not on the message any more.

        Raises:
            LookupError: there is no such button to press.
        """
        pressed = dict(action or self.button(message, action_id))
        if pressed.get("type") == "overflow":
            pressed["selected_option"] = pressed.pop("options")[0]
        return await self.delivery.interactive(self.block_actions(user, message, pressed))

    @staticmethod
    def button(message: Posted, action_id: str) -> dict[str, Any]:
        """The button on the message. Raises: LookupError."""
        for action in message.actions():
            if action.get("action_id") == action_id:
                return action
        raise LookupError(f"no button {action_id!r} on the message")

    def block_actions(self, user: str, message: Posted, action: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a press."""
        return {
            "type": "block_actions",
            **self._from(user),
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
            "channel": {"id": message.channel, "name": self._all.channels.get(message.channel, "?")},
            "message": message.as_json(metadata=True),
            "trigger_id": self._all.trigger(user),
            "response_url": f"{self._url()}/response/{self._all.response(user)}",
            "actions": [{**action, "action_ts": f"{self._all.now():.6f}"}],
        }

    async def click_ephemeral(self, user: str, seen: Ephemeral, action_id: str) -> Delivered:
        """Press a button on something that only this person sees."""
        shown = Posted("C0INCIDENTS", self._all.ts(), seen.text, seen.blocks)
        return await self.click(user, shown, action_id)

    def open_view(self, user: str) -> OpenView:
        """The modal in front of somebody. Raises: LookupError."""
        found = [view for view in self._all.views.values() if view.user == user]
        if not found:
            raise LookupError(f"no modal is open for {user}")
        return found[-1]

    async def submit(self, user: str, values: Mapping[str, Value] | None = None) -> Delivered:
        """Send the modal in front of somebody; fields that are not named stay as they are pre-filled."""
        opened = self.open_view(user)
        delivered = await self.delivery.interactive(self.view_submission(opened, values or {}))
        self._after_submit(opened, delivered)
        return delivered

    def view_submission(self, opened: OpenView, values: Mapping[str, Value]) -> dict[str, Any]:
        """The payload of a modal that is sent."""
        view = {**opened.view, "id": opened.id, "team_id": TEAM, "app_id": APP, "hash": "0"}
        view["state"] = {"values": _state(opened.view, values)}
        return {"type": "view_submission", **self._from(opened.user), "view": view, "trigger_id": "0.0.0"}

    def _after_submit(self, opened: OpenView, delivered: Delivered) -> None:
        opened.errors = {}
        if delivered.status != 200:
            return
        answer = delivered.json
        if answer.get("response_action") == "errors":
            opened.errors = dict(answer["errors"])
        elif answer.get("response_action") == "update":
            opened.view = dict(answer["view"])
        else:
            self._all.views.pop(opened.id, None)

    def close(self, user: str) -> None:
        """Close the modal without sending it."""
        self._all.views.pop(self.open_view(user).id, None)

    async def command(self, user: str, text: str, channel: str = "C0INCIDENTS") -> Delivered:
        """Type a slash command: `/incidents list`. What the app answers is shown to this person only."""
        name, _, rest = text.partition(" ")
        who = self._all.users[user]
        fields = {
            "token": "legacy",
            "team_id": who.team_id,
            "team_domain": "sandbox",
            "channel_id": channel,
            "channel_name": self._all.channels.get(channel, "?"),
            "user_id": user,
            "user_name": who.name,
            "command": name,
            "text": rest,
            "api_app_id": APP,
            "response_url": f"{self._url()}/response/{self._all.response(user)}",
            "trigger_id": self._all.trigger(user),
        }
        delivered = await self.delivery.command(fields)
        answer = delivered.json
        text = answer.get("text") or ("" if answer else delivered.body)
        if delivered.status == 200 and (text or answer.get("blocks")):
            self._all.ephemerals.append(Ephemeral(user, text, answer.get("blocks") or []))
        return delivered

    def _from(self, user: str) -> dict[str, Any]:
        who = self._all.users.get(user, User(user, "somebody"))
        return {
            "team": {"id": who.team_id, "domain": "sandbox"},
            "user": {"id": user, "username": who.name, "name": who.name, "team_id": who.team_id},
            "api_app_id": APP,
            "token": "legacy",
            "event_time": int(time.time()),
        }


def _state(view: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for block in view["blocks"]:
        if block.get("type") != "input":
            continue
        block_id, element = block["block_id"], block["element"]
        given = values.get(block_id)
        if element["type"] == "checkboxes":
            ticked = [option for option in element["options"] if option["value"] in (given or ())]
            state[block_id] = {element["action_id"]: {"type": "checkboxes", "selected_options": ticked}}
        elif element["type"] == "radio_buttons":
            chosen = next((option for option in element["options"] if option["value"] == given), None)
            state[block_id] = {element["action_id"]: {"type": "radio_buttons", "selected_option": chosen}}
        else:
            value = given if given is not None else element.get("initial_value")
            state[block_id] = {element["action_id"]: {"type": element["type"], "value": value}}
    return state
