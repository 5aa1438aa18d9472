"""The Slack we test against refuses what Slack refuses, and holds what it was given."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.sandbox.faults import Fault
from services.sandbox.slack import SimulatedSlack
from services.sandbox.slack_rules import message_error, view_error
from services.sandbox.slack_workspace import APP_TOKEN, BOT_TOKEN, CHANNEL, FALLBACK, TRIGGER_SECONDS
from tests.support.servers import serve

NOW = 1_763_640_000.0


def section(text: str = "x", kind: str = "plain_text") -> dict[str, Any]:
    return {"type": "section", "text": {"type": kind, "text": text}}


def button(action_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": "x"}, **more}


def actions(*elements: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def modal(*blocks: Any, **more: Any) -> dict[str, Any]:
    title = {"type": "plain_text", "text": "t"}
    return {"type": "modal", "callback_id": "c", "title": title, "submit": title, "blocks": list(blocks), **more}


class Caller:
    """Calls the Web API of a stand-in."""

    def __init__(self, stand_in: SimulatedSlack, client: httpx.AsyncClient) -> None:
        self.stand_in, self.client = stand_in, client
        self.now = NOW
        stand_in.all.now = lambda: self.now

    async def __call__(self, method: str, *, token: str = BOT_TOKEN, **arguments: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.client.post(f"/api/{method}", json=arguments, headers=headers)
        found: dict[str, Any] = answer.json()
        return found

    async def error(self, method: str, **arguments: Any) -> str:
        found = await self(method, **arguments)
        assert found["ok"] is False
        return str(found["error"])


@pytest.fixture
async def call() -> AsyncIterator[Caller]:
    stand_in = SimulatedSlack()
    async with serve(stand_in) as url, httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        stand_in.url = url
        yield Caller(stand_in, client)


@pytest.mark.parametrize(
    ("text", "blocks", "error"),
    [
        ("x", [], None),
        ("x", [section("y" * 3_000)], None),
        ("", [], "no_text"),
        ("x" * 40_001, [], "msg_too_long"),
        ("x", [section("")], "invalid_blocks"),
        ("x", [section("y" * 3_001)], "invalid_blocks"),
        ("x", [section(kind="html")], "invalid_blocks"),
        ("x", [section()] * 51, "invalid_blocks"),
        ("x", [section("y" * 2_900)] * 5, "msg_blocks_too_long"),
        ("x", [{"type": "header", "text": {"type": "mrkdwn", "text": "h"}}], "invalid_blocks"),
        ("x", [{"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}], "invalid_blocks"),
        ("x", [actions()], "invalid_blocks"),
        ("x", [actions(button("a"), button("a"))], "invalid_blocks"),
        ("x", [actions(button(value="v" * 2_001))], "invalid_blocks"),
        ("x", [actions(button("i" * 256))], "invalid_blocks"),
        ("x", [actions(button(style="green"))], "invalid_blocks"),
        ("x", [{**section(), "block_id": "b"}, {**section(), "block_id": "b"}], "invalid_blocks"),
        ("x", [{"type": "carousel"}], "invalid_blocks"),
        (
            "x",
            [{"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": []}]}],
            "invalid_blocks",
        ),
        ("x", ["section"], "invalid_blocks"),
    ],
)
def test_a_message_is_judged_as_slack_judges_it(text: str, blocks: list[Any], error: str | None) -> None:
    assert message_error(text, blocks) == error


@pytest.mark.parametrize(
    ("view", "is_good"),
    [
        (modal(section()), True),
        (modal(), False),
        (modal(section(), title={"type": "plain_text", "text": "t" * 25}), False),
        (modal(section(), private_metadata="m" * 3_001), False),
        (modal(*[section()] * 101), False),
        ({**modal({"type": "input"})}, False),
        ({"type": "home"}, False),
    ],
)
def test_a_window_is_judged_as_slack_judges_it(view: dict[str, Any], is_good: bool) -> None:
    assert (view_error(view) is None) == is_good


async def test_a_message_is_found_again_with_its_metadata(call: Caller) -> None:
    metadata = {"event_type": "t", "event_payload": {"op_id": "1"}}
    posted = await call("chat.postMessage", channel=CHANNEL, text="x", metadata=metadata)
    found = await call("conversations.history", channel=CHANNEL, include_all_metadata=True)
    assert [one["ts"] for one in found["messages"]] == [posted["ts"]]
    assert found["messages"][0]["metadata"] == metadata
    bare = await call("conversations.history", channel=CHANNEL)
    assert "metadata" not in bare["messages"][0]


async def test_history_comes_newest_first_in_pages(call: Caller) -> None:
    sent = [(await call("chat.postMessage", channel=CHANNEL, text=str(n)))["ts"] for n in range(5)]
    first = await call("conversations.history", channel=CHANNEL, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await call("conversations.history", channel=CHANNEL, limit=3, cursor=cursor)
    assert [one["ts"] for one in first["messages"] + rest["messages"]] == sent[::-1]
    assert rest["has_more"] is False


async def test_a_thread_stays_out_of_the_channel_unless_it_is_broadcast(call: Caller) -> None:
    parent = (await call("chat.postMessage", channel=CHANNEL, text="x"))["ts"]
    await call("chat.postMessage", channel=CHANNEL, text="quiet", thread_ts=parent)
    await call("chat.postMessage", channel=CHANNEL, text="loud", thread_ts=parent, reply_broadcast=True)
    assert [one.text for one in call.stand_in.channel] == ["x", "loud"]
    replies = await call("conversations.replies", channel=CHANNEL, ts=parent)
    assert [one["text"] for one in replies["messages"]] == ["x", "quiet", "loud"]


async def test_what_cannot_be_done_is_refused_with_slacks_own_codes(call: Caller) -> None:
    stand_in = call.stand_in
    assert await call.error("chat.postMessage", token="xoxb-other", channel=CHANNEL, text="x") == "invalid_auth"
    assert await call.error("chat.postMessage", channel="C9", text="x") == "channel_not_found"
    assert await call.error("chat.update", channel=CHANNEL, ts="1.1", text="x") == "message_not_found"
    assert await call.error("chat.postEphemeral", channel=CHANNEL, user="U9", text="x") == "user_not_in_channel"
    assert await call.error("users.info", user="U9") == "user_not_found"
    assert await call.error("chat.scribble") == "unknown_method"
    stand_in.all.not_in.add(CHANNEL)
    assert await call.error("chat.postMessage", channel=CHANNEL, text="x") == "not_in_channel"
    stand_in.all.archived.add(FALLBACK)
    assert await call.error("chat.postMessage", channel=FALLBACK, text="x") == "is_archived"
    stand_in.all.scopes = "commands"
    refused = await call("chat.postMessage", channel=CHANNEL, text="x")
    assert (refused["error"], refused["needed"]) == ("missing_scope", "chat:write")


async def test_an_update_without_blocks_keeps_them_and_an_empty_list_takes_them_away(call: Caller) -> None:
    posted = await call("chat.postMessage", channel=CHANNEL, text="x", blocks=[section()])
    await call("chat.update", channel=CHANNEL, ts=posted["ts"], text="y")
    assert len(call.stand_in.channel[0].blocks) == 1
    await call("chat.update", channel=CHANNEL, ts=posted["ts"], text="y", blocks=[])
    assert call.stand_in.channel[0].blocks == []


async def test_a_trigger_opens_one_window_within_three_seconds(call: Caller) -> None:
    first, late = (call.stand_in.all.trigger("U0ALICE") for _ in range(2))
    assert (await call("views.open", trigger_id=first, view=modal(section())))["ok"]
    assert await call.error("views.open", trigger_id=first, view=modal(section())) == "invalid_trigger_id"
    call.now += TRIGGER_SECONDS + 0.1
    assert await call.error("views.open", trigger_id=late, view=modal(section())) == "expired_trigger_id"


async def test_a_file_is_there_only_after_its_three_steps(call: Caller) -> None:
    parent = (await call("chat.postMessage", channel=CHANNEL, text="x"))["ts"]
    told = await call("files.getUploadURLExternal", filename="a.diff", length=3)
    share = {"files": [{"id": told["file_id"]}], "channel_id": CHANNEL, "thread_ts": parent}
    assert await call.error("files.completeUploadExternal", **share) == "file_not_found"
    await call.client.post(told["upload_url"], content=b"abc")
    assert (await call("files.completeUploadExternal", **share))["ok"]
    assert call.stand_in.all.in_thread(CHANNEL, parent)[0].files[0]["content"] == "abc"


async def test_a_response_address_works_five_times_and_half_an_hour(call: Caller) -> None:
    response_id = call.stand_in.all.response("U0ALICE")
    codes = [
        (await call.client.post(f"/response/{response_id}", content=json.dumps({"text": "x"}))).status_code
        for _ in range(6)
    ]
    assert codes == [200] * 5 + [404]
    other = call.stand_in.all.response("U0ALICE")
    call.now += 1_801
    assert (await call.client.post(f"/response/{other}", content=b"{}")).status_code == 404


async def test_a_scripted_fault_comes_once_and_a_cut_answer_has_done_its_work(call: Caller) -> None:
    call.stand_in.faults.next(1, Fault(status=429, headers=(("Retry-After", "7"),)), "chat.postMessage")
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    limited = await call.client.post("/api/chat.postMessage", headers=headers)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    call.stand_in.faults.next(1, Fault(cut_after_bytes=0), "chat.postMessage")
    with pytest.raises(httpx.TransportError):
        await call("chat.postMessage", channel=CHANNEL, text="x")
    assert [one.text for one in call.stand_in.channel] == ["x"]


async def test_socket_mode_takes_the_app_level_token_only(call: Caller) -> None:
    assert await call.error("apps.connections.open") == "invalid_auth"
    opened = await call("apps.connections.open", token=APP_TOKEN)
    assert opened["url"].startswith("ws://127.0.0.1")
