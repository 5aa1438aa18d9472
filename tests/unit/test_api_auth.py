"""Who is served: by key, or on this machine only."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth import LOCAL_OPERATOR, Gate, Refusal, admit
from api.keys import ApiKeys
from langraph.models.incident import Person

SECRET = "a-secret-of-some-length"
KEYS = ApiKeys.parse([f"alice:{SECRET}", "bob:another-secret-here"])
NONE = ApiKeys()


def a_scope(
    *headers: tuple[str, str],
    method: str = "GET",
    path: str = "/api/incidents",
    client: tuple[str, int] | None = ("127.0.0.1", 5000),
    kind: str = "http",
) -> dict[str, Any]:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": kind, "method": method, "path": path, "headers": raw, "client": client}


HOST = ("Host", "localhost:8000")


def test_a_key_names_its_holder_in_either_header() -> None:
    alice = Person("api:alice", "alice")
    assert admit(a_scope(("Authorization", f"Bearer {SECRET}")), KEYS) == alice
    assert admit(a_scope(("Authorization", f"bearer   {SECRET} ")), KEYS) == alice
    assert admit(a_scope(("X-API-Key", SECRET)), KEYS) == alice


def test_a_key_works_from_any_address_and_under_any_host() -> None:
    scope = a_scope(("X-API-Key", SECRET), ("Host", "langraph.example"), client=("203.0.113.9", 1))
    assert admit(scope, KEYS) == Person("api:alice", "alice")


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Authorization", "Bearer "),),
        (("Authorization", "Bearer wrong"),),
        (("Authorization", f"Basic {SECRET}"),),
        (("Authorization", f"Bearer alice:{SECRET}"),),
        (("X-API-Key", SECRET[:-1]),),
        (("X-API-Key", SECRET + "x"),),
        (("X-API-Key", "\xff\xfe"),),
    ],
)
def test_without_a_known_key_nobody_is_served_where_keys_are_set(headers: tuple[tuple[str, str], ...]) -> None:
    verdict = admit(a_scope(HOST, *headers), KEYS)
    assert isinstance(verdict, Refusal)
    assert verdict.kind.status == 401
    assert "WWW-Authenticate" in verdict.headers
    assert SECRET not in verdict.detail


def test_a_name_may_hold_two_secrets_while_one_replaces_the_other() -> None:
    keys = ApiKeys.parse(["alice:the-old-secret-000", "alice:the-new-secret-000"])
    assert keys.person(b"the-old-secret-000") == keys.person(b"the-new-secret-000") == Person("api:alice", "alice")


def test_a_secret_may_hold_colons_and_letters_of_any_alphabet() -> None:
    keys = ApiKeys.parse(["alice:비밀:열쇠:0123456789"])
    assert keys.person("비밀:열쇠:0123456789".encode()) == Person("api:alice", "alice")


def test_neither_secret_nor_hash_is_shown_when_the_keys_are_printed() -> None:
    shown = repr(KEYS)
    assert SECRET not in shown
    assert KEYS.holders[0][1].hex() not in shown


@given(st.binary(max_size=60))
def test_only_the_exact_secret_opens(presented: bytes) -> None:
    assert (KEYS.person(presented) is None) == (presented not in (SECRET.encode(), b"another-secret-here"))


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "LOCALHOST", "127.0.0.1:1", "[::1]", "[::1]:8000"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_without_keys_this_machine_is_served(host: str, address: str) -> None:
    assert admit(a_scope(("Host", host), client=(address, 5000)), NONE) == LOCAL_OPERATOR


@pytest.mark.parametrize("address", ["10.0.0.7", "0.0.0.0", "fe80::1", "::ffff:10.0.0.7", "localhost.example", ""])
def test_without_keys_another_machine_is_refused_and_told_to_set_them(address: str) -> None:
    verdict = admit(a_scope(HOST, client=(address, 5000)), NONE)
    assert isinstance(verdict, Refusal)
    assert verdict.kind.status == 403
    assert "API_KEYS" in verdict.detail


def test_without_keys_a_socket_without_an_address_is_refused() -> None:
    assert isinstance(admit(a_scope(HOST, client=None), NONE), Refusal)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost@evil", "localhost:x", "", "[::2]"],
)
def test_without_keys_a_foreign_host_name_is_refused(host: str) -> None:
    verdict = admit(a_scope(("Host", host)), NONE)
    assert isinstance(verdict, Refusal)
    assert "API_KEYS" in verdict.detail


def test_without_keys_no_host_or_two_hosts_are_refused() -> None:
    assert isinstance(admit(a_scope(), NONE), Refusal)
    assert isinstance(admit(a_scope(HOST, ("Host", "evil.example")), NONE), Refusal)


@pytest.mark.parametrize("path", ["/health", "/ready"])
@pytest.mark.parametrize("keys", [KEYS, NONE])
def test_health_is_open_to_strangers_and_knows_a_friend(path: str, keys: ApiKeys) -> None:
    assert admit(a_scope(path=path, client=("10.0.0.7", 1)), keys) is None
    friend = a_scope(HOST, ("X-API-Key", SECRET), path=path)
    assert isinstance(admit(friend, keys), Person)


@pytest.mark.parametrize("path", ["/health/", "//health", "/metrics", "/", "/docs", "/openapi.json", "/ready/x"])
def test_nothing_else_is_open(path: str) -> None:
    assert isinstance(admit(a_scope(path=path), KEYS), Refusal)


def test_an_open_path_is_open_for_reading_only() -> None:
    assert isinstance(admit(a_scope(path="/health", method="POST"), KEYS), Refusal)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:9000",
        "http://localhost",
        "",
        "http://localhost:8000.evil.example",
    ],
)
@pytest.mark.parametrize("keys", [KEYS, NONE])
def test_a_page_of_another_site_may_not_act(origin: str, keys: ApiKeys) -> None:
    scope = a_scope(HOST, ("X-API-Key", SECRET), ("Origin", origin), method="POST")
    verdict = admit(scope, keys)
    assert isinstance(verdict, Refusal)
    assert verdict.kind.status == 403


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("https://langraph.example", "langraph.example"),
        ("https://langraph.example", "langraph.example:443"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_our_own_page_may_act(origin: str, host: str) -> None:
    scope = a_scope(("Host", host), ("X-API-Key", SECRET), ("Origin", origin), method="POST")
    assert isinstance(admit(scope, KEYS), Person)


def test_a_web_socket_from_a_foreign_page_is_refused() -> None:
    scope = a_scope(HOST, ("Origin", "https://evil.example"), kind="websocket")
    assert isinstance(admit(scope, NONE), Refusal)


async def test_a_refused_web_socket_is_closed_and_never_reaches_the_app() -> None:
    sent: list[Any] = []
    reached: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        reached.append(scope)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    await Gate(app, KEYS)(a_scope(HOST, kind="websocket"), receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert reached == []
