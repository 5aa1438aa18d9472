"""Sessions: what a cookie is worth, which actions need a token, where the login leads."""

import re
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import APIRouter, Request
from hypothesis import given
from hypothesis import strategies as st

from api.csrf import HEADER
from api.forms import MEDIA_TYPE, parse_form
from api.keys import ApiKeys
from api.local_path import local_path
from api.sessions import COOKIE, FAILURES_IN_ALL, FAILURES_PER_ADDRESS, LIFE, MAX_ENDED, FailedLogins, Sessions
from langraph.errors import BadInput, LedgerBroken
from services.state_dir import StateDir
from tests.support.counter import ALICE, BOB, KEYS, CounterWorld, as_, assert_problem, counter_world
from tests.support.virtual_time import VirtualTime

SECRET = b"s" * 32
HOST = "langraph.example"
OWN = f"http://{HOST}"
EVIL = "https://evil.example"
PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def sessions(keys: tuple[str, ...] = KEYS, secret: bytes = SECRET, clock: VirtualTime | None = None) -> Sessions:
    return Sessions(ApiKeys.parse(keys), secret, clock or VirtualTime())


# --- the cookie ----------------------------------------------------------------------------------------------------


def test_a_key_begins_a_session_of_its_holder() -> None:
    ours = sessions()
    cookie = ours.begin(ALICE.encode())
    assert cookie is not None
    session = ours.read(cookie)
    assert session is not None
    assert (session.person.id, session.person.name) == ("api:alice", "alice")
    assert ALICE not in cookie


def test_a_wrong_key_begins_none() -> None:
    assert sessions().begin(ALICE[:-1].encode()) is None
    assert sessions(keys=()).begin(b"") is None


@given(st.data())
def test_a_cookie_that_was_changed_anywhere_is_worth_nothing(data: st.DataObject) -> None:
    ours = sessions()
    cookie = ours.begin(ALICE.encode()) or ""
    at = data.draw(st.integers(0, len(cookie) - 1))
    other = data.draw(st.characters(codec="latin-1").filter(lambda one: one != cookie[at]))
    assert ours.read(cookie[:at] + other + cookie[at + 1 :]) is None


@given(st.text(max_size=200))
def test_a_cookie_of_somebody_else_s_making_is_worth_nothing(cookie: str) -> None:
    assert sessions().read(cookie) is None


def test_a_session_cannot_be_given_another_name() -> None:
    ours = sessions((f"alice:{ALICE}", f"admin:{ALICE}"))  # a shared secret, so the signature's key is the same
    cookie = ours.begin(ALICE.encode()) or ""
    renamed = ".".join(["YWRtaW4", *cookie.split(".")[1:]])
    assert ours.read(renamed) is None
    found = ours.read(cookie)
    assert found is not None
    assert found.person.name == "alice"


def test_a_session_lasts_twelve_hours() -> None:
    clock = VirtualTime()
    ours = sessions(clock=clock)
    cookie = ours.begin(ALICE.encode()) or ""
    clock.pass_(seconds=LIFE.total_seconds() - 1)
    assert ours.read(cookie)
    clock.pass_(seconds=1)
    assert ours.read(cookie) is None


def test_a_session_from_the_future_is_worth_nothing() -> None:
    ahead = VirtualTime()
    ahead.pass_(hours=2)
    cookie = sessions(clock=ahead).begin(ALICE.encode()) or ""
    assert sessions().read(cookie) is None


def test_a_restart_with_the_same_secret_keeps_sessions_and_their_tokens() -> None:
    cookie = sessions().begin(ALICE.encode()) or ""
    before, after = sessions().read(cookie), sessions().read(cookie)
    assert before
    assert after == before
    assert sessions().local_csrf == sessions().local_csrf


def test_another_secret_ends_every_session() -> None:
    cookie = sessions().begin(ALICE.encode()) or ""
    assert sessions(secret=b"t" * 32).read(cookie) is None


def test_a_changed_api_key_ends_its_sessions_and_no_others() -> None:
    before = sessions()
    alice, bob = before.begin(ALICE.encode()) or "", before.begin(BOB.encode()) or ""
    after = sessions(("alice:a-new-secret-0123456", f"bob:{BOB}"))
    assert after.read(alice) is None
    assert after.read(bob)


def test_a_session_that_was_ended_is_over_and_another_of_the_same_person_is_not() -> None:
    ours = sessions()
    cookie, other = ours.begin(ALICE.encode()) or "", ours.begin(ALICE.encode()) or ""
    session = ours.read(cookie)
    assert session
    ours.end(session)
    assert ours.read(cookie) is None
    assert not ours.is_live(session)
    assert ours.read(other)


def test_of_ended_sessions_only_so_many_are_remembered() -> None:
    ours = sessions()
    session = ours.read(ours.begin(ALICE.encode()) or "")
    assert session
    for _ in range(MAX_ENDED + 10):
        ours.end(type(session)(session.person, session.ends_at, session.csrf, str(_)))
    assert len(ours._ended) == MAX_ENDED


def test_each_session_has_a_token_of_its_own_which_is_never_shown_when_printed() -> None:
    ours = sessions()
    one, two = (ours.read(ours.begin(ALICE.encode()) or "") for _ in range(2))
    assert one
    assert two
    assert len({one.csrf, two.csrf, ours.local_csrf}) == 3
    assert one.csrf not in repr(one)


# --- wrong keys ----------------------------------------------------------------------------------------------------


def test_an_address_may_fail_five_times_a_minute() -> None:
    clock = VirtualTime()
    failed = FailedLogins(clock)
    for _ in range(FAILURES_PER_ADDRESS):
        assert not failed.too_many("10.0.0.7")
        failed.note("10.0.0.7")
    assert failed.too_many("10.0.0.7")
    assert not failed.too_many("10.0.0.8")
    clock.pass_(seconds=60)
    assert not failed.too_many("10.0.0.7")


def test_all_addresses_together_may_fail_thirty_times_a_minute() -> None:
    failed = FailedLogins(VirtualTime())
    for number in range(FAILURES_IN_ALL):
        assert not failed.too_many(f"10.0.0.{number}")
        failed.note(f"10.0.0.{number}")
    assert failed.too_many("10.0.1.1")


# --- the secret of this langraph -----------------------------------------------------------------------------------


def test_the_session_key_is_made_once_and_private(tmp_path: Path) -> None:
    with StateDir(tmp_path / "state") as state:
        key = state.session_key()
        assert len(key) == 32
    with StateDir(tmp_path / "state") as state:
        assert state.session_key() == key
    path = tmp_path / "state" / "session.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir() if one.name.startswith("session")] == ["session.key"]


def test_a_session_key_of_the_wrong_length_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_bytes(b"short")
    with StateDir(tmp_path) as state, pytest.raises(LedgerBroken, match="delete it"):
        state.session_key()


# --- forms, addresses ----------------------------------------------------------------------------------------------


def test_a_form_is_read_by_field() -> None:
    assert parse_form(b"key=%EB%B9%84%EB%B0%80+1&next=") == {"key": "비밀 1", "next": ""}


@pytest.mark.parametrize("body", [b"a=1&a=2", b"a=%ff", "ä=1".encode("latin-1"), b"&".join([b"a=1"] * 201)])
def test_a_form_that_can_be_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse_form(body)


@pytest.mark.parametrize("path", ["/", "/incidents/incident-1", "/?status=detected&app=%EC%95%B1", "/a//b", "/.//x"])
def test_the_login_leads_to_a_page_of_this_site(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "incidents",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /x",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/앱",
        "/" + "a" * 500,
    ],
)
def test_the_login_leads_nowhere_else(path: str | None) -> None:
    assert local_path(path) == "/"


@given(st.text(alphabet="/\\:evil.@?#\t\n\r %20", max_size=12))
def test_no_text_leads_to_another_site(path: str) -> None:
    target = local_path(path)
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
    assert urlsplit(target).netloc == ""


# --- in front of the app -------------------------------------------------------------------------------------------

acts = APIRouter()


@acts.post("/act")
@acts.post("/api/act")
async def _act(request: Request) -> dict[str, Any]:
    return {"who": request.state.person.id, "body": (await request.body()).decode()}


@acts.get("/form")
async def _form(request: Request) -> dict[str, str]:
    return {"csrf": request.state.csrf}


@dataclass
class Browser:
    """Keeps the cookie, knows the token of the page it is on."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": OWN})

    async def log_in(self, key: str = ALICE, **more: str) -> httpx.Response:
        return await self.http.post("/login", data={"key": key, **more}, headers=self.headers)

    async def token(self) -> str:
        token: str = (await self.http.get("/form")).json()["csrf"]
        return token

    async def act(self, path: str = "/act", **form: str) -> httpx.Response:
        return await self.http.post(path, data=form, headers=self.headers)


Make = Callable[[], Browser]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[CounterWorld]:
    async with counter_world(tmp_path, keys=KEYS) as made:
        made.app.include_router(acts)
        yield made


@pytest.fixture
async def local_world(tmp_path: Path) -> AsyncIterator[CounterWorld]:
    async with counter_world(tmp_path) as made:
        made.app.include_router(acts)
        yield made


@pytest.fixture
async def browser(world: CounterWorld) -> AsyncIterator[Browser]:
    async with world.client(host=HOST, address="10.0.0.7") as http:
        yield Browser(http)


async def test_a_person_without_a_session_is_led_to_the_login_and_back(browser: Browser) -> None:
    asked = "/incidents/incident-20261120083000-3fa9c1?view=split&x=%EC%95%B1"
    led = await browser.http.get(asked, headers=PAGE)
    assert led.status_code == 303
    login = urlsplit(led.headers["location"])
    assert (login.netloc, login.path) == ("", "/login")
    assert parse_qs(login.query)["next"] == [asked]
    form = (await browser.http.get(led.headers["location"])).text
    assert re.search(r'name="next" value="([^"]*)"', form)
    answer = await browser.log_in(next=asked)
    assert (answer.status_code, answer.headers["location"]) == (303, asked)


async def test_a_program_without_a_key_is_told_so_and_not_led(browser: Browser) -> None:
    assert_problem(await browser.http.get("/api/incidents"), 401, "unauthenticated")
    wrong = await browser.http.get("/api/incidents", headers=PAGE | as_("not-a-key-at-all-0000"))
    assert_problem(wrong, 401, "unauthenticated")


async def test_an_action_without_a_session_leads_to_the_login_only(browser: Browser) -> None:
    led = await browser.http.post("/act", headers=PAGE | {"Origin": OWN})
    assert (led.status_code, led.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("wanted", ["//evil.example/x", "https://evil.example", "/\\evil.example", "/\t/evil.example"])
async def test_neither_form_nor_login_leads_to_another_site(browser: Browser, wanted: str) -> None:
    form = (await browser.http.get("/login", params={"next": wanted})).text
    assert "evil" not in form
    assert (await browser.log_in(next=wanted)).headers["location"] == "/"
    assert (await browser.http.get("/login", params={"next": wanted})).headers["location"] == "/"


async def test_what_the_link_says_is_only_text_in_the_form(browser: Browser) -> None:
    form = (await browser.http.get("/login", params={"next": '/"><script>alert(1)</script>'})).text
    assert "<script" not in form
    policy = (await browser.http.get("/login")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy


async def test_whoever_comes_from_another_site_is_asked_once_more_as_our_own_page(browser: Browser) -> None:
    page = await browser.http.get("/login?next=/docs", headers={"Sec-Fetch-Site": "cross-site"})
    assert 'http-equiv="refresh" content="0;url=/login?next=/docs"' in page.text
    again = await browser.http.get("/login?next=/docs", headers={"Sec-Fetch-Site": "same-origin"})
    assert "<form" in again.text


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    set_cookie = (await browser.log_in()).headers["set-cookie"]
    assert set_cookie.startswith(f"{COOKIE}=")
    attributes = {part.strip().lower() for part in set_cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= attributes
    assert "secure" not in attributes
    assert not any(one.startswith("domain") for one in attributes)
    assert ALICE not in set_cookie


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_behind_https_the_cookie_never_travels_in_the_clear(world: CounterWorld, scheme: str) -> None:
    transport = httpx.ASGITransport(world.app, client=("10.0.0.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://{HOST}") as http:
        answer = await http.post("/login", data={"key": ALICE}, headers={"Origin": f"https://{HOST}"})
        assert "secure" in answer.headers["set-cookie"].lower()


async def test_a_session_is_its_person_on_every_path(browser: Browser) -> None:
    await browser.log_in()
    assert (await browser.http.get("/api/incidents")).status_code == 200
    assert (await browser.act(csrf=await browser.token())).json()["who"] == "api:alice"
    assert (await browser.http.get("/login?next=/docs")).headers["location"] == "/docs"


async def test_the_form_arrives_whole_behind_the_guard(browser: Browser) -> None:
    await browser.log_in()
    token = await browser.token()
    assert (await browser.act(csrf=token, a="1", b="가")).json()["body"] == f"csrf={token}&a=1&b=%EA%B0%80"


async def test_a_script_of_our_page_may_send_the_token_as_a_header(browser: Browser) -> None:
    await browser.log_in()
    headers = {"Origin": OWN, HEADER: await browser.token()}
    assert (await browser.http.post("/api/act", json={"a": 1}, headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/act", "/api/act", "/logout", "/login", "/api/halt"])
async def test_with_a_session_every_action_needs_the_token(browser: Browser, path: str) -> None:
    await browser.log_in()
    assert_problem(await browser.act(path), 403, "forbidden")
    assert_problem(await browser.act(path, csrf="0" * 64), 403, "forbidden")
    assert_problem(await browser.act(path, csrf="토큰"), 403, "forbidden")
    by_script = await browser.http.post(path, json={"reason": "x"}, headers=browser.headers)
    assert_problem(by_script, 403, "forbidden")
    by_other_method = await browser.http.delete(path, headers=browser.headers)
    assert_problem(by_other_method, 403, "forbidden")


async def test_the_token_of_another_session_is_worth_nothing(world: CounterWorld, browser: Browser) -> None:
    await browser.log_in()
    async with world.client(host=HOST) as http:
        other = Browser(http)
        await other.log_in()
        stolen = await other.token()
    assert_problem(await browser.act(csrf=stolen), 403, "forbidden")


async def test_a_token_without_its_session_is_worth_nothing(browser: Browser) -> None:
    await browser.log_in()
    token = await browser.token()
    browser.http.cookies.clear()
    assert_problem(await browser.act(csrf=token), 401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_even_with_the_token_a_session_acts_only_from_our_own_page(
    browser: Browser, headers: dict[str, str]
) -> None:
    await browser.log_in()
    token = await browser.token()
    assert_problem(await browser.http.post("/act", data={"csrf": token}, headers=headers), 403, "forbidden")
    own = await browser.http.post("/act", data={"csrf": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 200


async def test_another_site_cannot_log_anybody_in(browser: Browser) -> None:
    for headers in ({"Origin": EVIL}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await browser.http.post("/login", data={"key": ALICE}, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_a_key_in_a_header_needs_no_token(browser: Browser) -> None:
    answer = await browser.http.post("/act", data={"a": "1"}, headers=as_(BOB))
    assert answer.json()["who"] == "api:bob"


async def test_beside_a_session_a_key_in_a_header_says_who_asks(browser: Browser) -> None:
    await browser.log_in(ALICE)
    assert (await browser.http.post("/act", headers=as_(BOB))).json()["who"] == "api:bob"
    assert (await browser.http.post("/act", headers=as_("not-a-key-at-all-0000"))).status_code == 401


async def test_a_proxy_s_own_password_beside_the_cookie_disturbs_nobody(browser: Browser) -> None:
    await browser.log_in()
    assert (await browser.http.get("/api/incidents", headers={"Authorization": "Basic eDp5"})).status_code == 200


async def test_after_the_logout_the_cookie_is_gone_and_worth_nothing(browser: Browser) -> None:
    await browser.log_in()
    kept = browser.http.cookies[COOKIE]
    answer = await browser.act("/logout", csrf=await browser.token())
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert COOKIE not in browser.http.cookies
    stolen = await browser.http.get("/api/incidents", headers={"Cookie": f"{COOKIE}={kept}"})
    assert stolen.status_code == 401


async def test_a_session_that_is_over_leads_to_the_login(world: CounterWorld, browser: Browser) -> None:
    await browser.log_in()
    world.clock.pass_(hours=12)
    assert (await browser.http.get("/docs", headers=PAGE)).headers["location"] == "/login?next=/docs"


async def test_wrong_keys_are_counted_and_then_even_the_right_one_waits(world: CounterWorld, browser: Browser) -> None:
    for _ in range(FAILURES_PER_ADDRESS):
        answer = await browser.log_in("wrong")
        assert answer.status_code == 401
        assert "This key is not known." in answer.text
    refused = await browser.log_in(ALICE)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "set-cookie" not in refused.headers
    async with world.client(host=HOST, address="10.0.0.8") as http:
        assert (await Browser(http).log_in()).status_code == 303
    world.clock.pass_(minutes=1)
    assert (await browser.log_in()).status_code == 303


async def test_the_login_speaks_the_reader_s_language(browser: Browser) -> None:
    page = await browser.http.get("/login", headers={"Accept-Language": "ko"})
    assert '<html lang="ko">' in page.text
    assert "로그인" in page.text


async def test_style_and_script_are_for_everybody_and_nothing_beside_them(browser: Browser) -> None:
    assert (await browser.http.get("/static/none.css")).status_code == 404
    for path in ("/static", "/static/../api/incidents", "/staticx", "/api/static/"):
        assert (await browser.http.get(path)).status_code in (401, 404)
    assert (await browser.http.post("/static/none.css")).status_code == 401


# --- without keys --------------------------------------------------------------------------------------------------

LOCAL = "http://localhost"


async def test_without_keys_nobody_logs_in(local_world: CounterWorld) -> None:
    async with local_world.client() as http:
        assert (await http.get("/login?next=/docs")).headers["location"] == "/docs"
        assert "set-cookie" not in (await http.get("/docs")).headers


async def test_without_keys_a_form_needs_the_token_too(local_world: CounterWorld) -> None:
    async with local_world.client() as http:
        browser = Browser(http, {"Origin": LOCAL})
        assert_problem(await browser.act(), 403, "forbidden")
        assert_problem(await browser.act(csrf="0" * 64), 403, "forbidden")
        assert (await browser.act(csrf=await browser.token())).json()["who"] == "local:operator"


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_without_keys_a_page_on_the_internet_cannot_post_to_this_machine(
    local_world: CounterWorld, headers: dict[str, str]
) -> None:
    async with local_world.client() as http:
        token = await Browser(http).token()
        for path in ("/act", "/api/act"):
            assert_problem(await http.post(path, data={"csrf": token}, headers=headers), 403, "forbidden")
            text = {"Content-Type": "text/plain", **headers}
            assert_problem(await http.post(path, content="{}", headers=text), 403, "forbidden")


async def test_without_keys_programs_on_this_machine_post_json_as_ever(local_world: CounterWorld) -> None:
    async with local_world.client() as http:
        assert (await http.post("/api/act", json={})).status_code == 200
        assert (await http.post("/api/act", json={}, headers={"Origin": LOCAL})).status_code == 200


async def test_a_form_whose_token_cannot_be_read_has_none(browser: Browser) -> None:
    await browser.log_in()
    token = await browser.token()
    headers = {"Origin": OWN, "Content-Type": MEDIA_TYPE}
    twice = await browser.http.post("/act", content=f"csrf={token}&csrf={token}", headers=headers)
    assert_problem(twice, 403, "forbidden")
    in_query = await browser.http.post(f"/act?csrf={token}", headers=headers)
    assert_problem(in_query, 403, "forbidden")
