"""Slack needs no key at its two addresses, where its signature is checked; nothing else gets wider for it."""

from typing import Any

import pytest

from api.auth import Gate
from api.keys import ApiKeys

KEYS, NONE = ApiKeys.parse(["alice:alice-secret-0123456789"]), ApiKeys()


async def passes(gate_keys: ApiKeys, *, slack: bool, method: str = "POST", path: str = "/slack/events") -> bool:
    """Whether a request from the internet without a key reaches the app, as nobody."""
    reached: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        reached.append(scope["state"]["person"])

    async def ignore(_: Any) -> None: ...

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    headers = [(b"host", b"langraph.example"), (b"origin", b"https://slack.com")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "client": ("203.0.113.9", 1)}
    await Gate(app, gate_keys, slack=slack)(scope, receive, ignore)
    assert reached in ([], [None])
    return bool(reached)


@pytest.mark.parametrize("keys", [KEYS, NONE])
@pytest.mark.parametrize("path", ["/slack/events", "/slack/commands"])
async def test_slack_passes_where_it_is_set_up(keys: ApiKeys, path: str) -> None:
    assert await passes(keys, slack=True, path=path)


@pytest.mark.parametrize("keys", [KEYS, NONE])
async def test_nobody_passes_where_it_is_not(keys: ApiKeys) -> None:
    assert not await passes(keys, slack=False)


@pytest.mark.parametrize("keys", [KEYS, NONE])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/slack/events"),
        ("POST", "/slack/events/"),
        ("POST", "/slack"),
        ("POST", "/slack/events/../../api/halt"),
        ("POST", "/SLACK/EVENTS"),
        ("POST", "/api/halt"),
        ("POST", "/api/slack/events"),
    ],
)
async def test_only_these_two_addresses_are_open(keys: ApiKeys, method: str, path: str) -> None:
    assert not await passes(keys, slack=True, method=method, path=path)
