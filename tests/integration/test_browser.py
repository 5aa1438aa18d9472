"""Real people's way through the pages: Debian's Chromium in front of the real daemon, and of the demo, as processes."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PHONE, Chromium, barriers, chromium, focus, is_wider_than_the_screen
from tests.support.counter import ALICE, BOB
from tests.support.daemon_process import DaemonProcess
from tests.support.gitops import POLICY, POLICY_FILE, GitOps
from tests.support.visitor import Visitor

CAROL = "carol-secret-0123456789a"  # may look
APPS = ("checkout", "closed", "hostile", "keyboard", "modified", "payments", "plain", "question", "tabs", "typing")
OOM = "Memory cgroup out of memory: Killed process 7 (main)"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> <b>*now*</b>"
LESSON = """{"error_category": "oom", "app_name": "question", "recommended_action": "memory x2", "patterns":
[{"original_action": "memory x1.5", "result": "not_recovered", "feedback": "killed again", "improved_action": "x2",
"success_count": 1, "failure_count": 1}]}"""
FAULTS = "faults"  # the folder that tests/support/short_demo.py looks into
LASTED_LONG = "Date.now() - Date.parse(document.querySelector('.badges time')?.dateTime) > 20_000"
QUIET = {"SYSTEMIC_APPS": "1000", "LOG_FORMAT": "json"}  # every test breaks apps of its own

pytestmark = pytest.mark.debian


@dataclass(frozen=True, slots=True)
class Place:
    """A daemon, somebody who asks it by REST, its repository."""

    visitor: Visitor
    repository: Path

    @property
    def url(self) -> str:
        return str(self.visitor.http.base_url).rstrip("/")

    def asks(self, app: str, text: str = OOM) -> str:
        """The address of an incident of that app that waits for a decision."""
        assert self.visitor.trigger(app, text).status_code < 300
        return f"/incidents/{self.visitor.wait_for(app, 'awaiting_approval')['id']}"

    def wait(self, path: str, *statuses: str) -> dict[str, Any]:
        """The incident, once it is in one of the statuses."""

        def look() -> dict[str, Any] | None:
            found = self.visitor.incident(path.rpartition("/")[2])
            return found if found["status"] in statuses else None

        return self.visitor.until(f"{path} {statuses}", look)

    def commits(self) -> list[str]:
        """Subjects, newest first."""
        log = ["git", "log", "--format=%s", "main"]
        return subprocess.run(log, cwd=self.repository, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("screenshots")) as found:
        yield found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The demo, at ten times the pace."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / FAULTS).mkdir()
    daemon = DaemonProcess(QUIET, folder, ("-m", "tests.support.short_demo"))
    yield from _running(daemon, folder / "state/demo/gitops")


@pytest.fixture(scope="module")
def faults(demo: Place) -> Path:
    """Where a file of an app's name makes that app of the demo fail; orders-api does so from the beginning."""
    folder = demo.repository.parents[2] / FAULTS
    (folder / "orders-api").touch()
    return folder


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The daemon of a team with keys: alice and bob decide, carol looks."""
    folder = tmp_path_factory.mktemp("office")
    gitops = GitOps(folder, *APPS)
    policy = POLICY.replace("local:operator", "api:alice, api:bob") + "modified_needs_approval: larger\n"
    gitops.push({POLICY_FILE: policy, "examples/learning/oom_question_patterns.json": LESSON}, "who decides")
    keys = f"alice:{ALICE},bob:{BOB},carol:{CAROL}"
    settings = {**QUIET, "API_KEYS": keys, "GIT_REPO_PATH": gitops.url, "LOG_FILES": "app.log", "VERIFY_WINDOW": "2s"}
    daemon = DaemonProcess(settings, folder)
    daemon.client.headers["Authorization"] = f"Bearer {ALICE}"
    yield from _running(daemon, gitops.bare)


def _running(daemon: DaemonProcess, repository: Path) -> Iterator[Place]:
    daemon.start()
    try:
        daemon.wait_until_up()
        yield Place(Visitor(daemon), repository)
    finally:
        daemon.close()


def form(page: Page, name: str) -> Locator:
    """`approve-form`, `reject-form`, `modify`."""
    return page.locator(f"form#{name}")


def status(page: Page) -> Locator:
    return page.locator(".headline .badge")


def row(page: Page, app: str) -> Locator:
    """The app's line in the list of what is open and waits."""
    return page.locator("tr.urgent", has=page.get_by_role("link", name=app, exact=True))


# --- the demo, clicked through ---------------------------------------------------------------------------------------


def test_an_incident_appears_without_a_reload_is_read_and_rejected_with_a_reason(
    browser: Chromium, demo: Place, faults: Path
) -> None:
    with browser.window(demo.url) as window:
        page = window.tab()
        page.evaluate("window.notReloaded = true")
        (faults / "grafana").touch()
        expect(row(page, "grafana")).to_contain_text("ran out of memory")
        assert page.evaluate("window.notReloaded") is True
        row(page, "grafana").get_by_role("link", name="grafana", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("grafana")
        expect(page.locator(".lead").first).to_contain_text("ran out of memory")
        expect(page.locator("#diff .unified .removed")).to_contain_text("512Mi")
        expect(page.locator("#diff .unified .added")).to_contain_text("1Gi")
        browser.picture(page, "incident-light", height=1160)
        form(page, "reject-form").get_by_label("Why?").fill("It is a leak; 1Gi only hides it.")
        form(page, "reject-form").get_by_role("button").click()
        expect(page.locator("[data-said]")).to_contain_text("Taken: rejected")
        expect(status(page)).to_contain_text("Rejected")
        expect(page.locator(".facts").first).to_contain_text("It is a leak; 1Gi only hides it.")
        assert not any(subject.startswith("fix(grafana)") for subject in demo.commits())


def test_a_bad_value_is_explained_at_its_field_and_kept_a_good_one_is_committed(
    browser: Chromium, demo: Place, faults: Path
) -> None:
    (faults / "mail-worker").touch()
    with browser.window(demo.url) as window:
        window.expects(422)
        page = window.tab()
        row(page, "mail-worker").get_by_role("link", name="mail-worker", exact=True).click()
        page.locator("details.modify summary").click()
        field = form(page, "modify").locator("input[name='change.0']")
        field.fill("3000")
        form(page, "modify").get_by_label("Note").fill("templates grow every week")
        form(page, "modify").get_by_role("button").click()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_value("3000")
        expect(form(page, "modify").get_by_label("Note")).to_have_value("templates grow every week")
        expect(form(page, "modify").locator(".problem[id=problem-1]")).to_contain_text("3000")
        browser.picture(page, "modify-refused")
        field.fill("30")
        form(page, "modify").get_by_role("button").click()
        expect(page.locator("[data-said]")).to_contain_text("your values are being committed")
        expect(status(page)).to_contain_text(re.compile("Verifying|Recovered|Not recovered|Could not be verified"))
        assert any(subject.startswith("fix(mail-worker)") and subject.endswith("-> 30") for subject in demo.commits())


# --- several people, several tabs ------------------------------------------------------------------------------------


def test_what_is_approved_in_one_tab_can_no_longer_be_clicked_in_another(browser: Chromium, office: Place) -> None:
    path = office.asks("tabs")
    with browser.window(office.url, key=ALICE) as alice, browser.window(office.url, key=BOB) as bob:
        one, other = alice.tab(path), bob.tab(path)
        other.evaluate("window.notReloaded = true")
        expect(form(other, "approve-form")).to_be_visible()
        form(one, "approve-form").get_by_role("button").click()
        expect(one.locator("[data-said]")).to_contain_text("Taken: approved")
        expect(form(other, "approve-form")).to_have_count(0)
        expect(other.locator(".bar")).to_have_count(0)
        expect(other.locator("main")).to_contain_text("Approved by alice")
        assert other.evaluate("window.notReloaded") is True


def test_without_a_script_one_can_approve_and_a_click_on_an_old_page_is_told_who_decided(
    browser: Chromium, office: Place
) -> None:
    path = office.asks("plain")
    wishes = {"java_script_enabled": False}
    with browser.window(office.url, key=ALICE, **wishes) as alice, browser.window(office.url, key=BOB, **wishes) as bob:
        bob.expects(409)
        page, old = alice.tab(path), bob.tab(path)
        form(page, "approve-form").get_by_label("Note").fill("agreed on the phone")
        form(page, "approve-form").get_by_role("button").click()
        expect(page.locator("[data-said]")).to_contain_text("Taken: approved")
        form(old, "reject-form").get_by_role("button").click()
        expect(old.get_by_role("alert")).to_contain_text("alice")
        expect(form(old, "reject-form")).to_have_count(0)
        office.wait(path, "verifying", "inconclusive")
    assert "fix(plain): resources.limits.memory 512Mi -> 1Gi" in office.commits()


def test_without_a_script_a_bad_value_is_explained_and_a_good_one_is_committed(
    browser: Chromium, office: Place
) -> None:
    path = office.asks("modified")
    with browser.window(office.url, key=ALICE, java_script_enabled=False) as window:
        window.expects(422)
        page = window.tab(path)
        for value in ("99Gi", "768Mi"):
            if page.locator("details.modify:not([open])").count():
                page.locator("details.modify summary").click()
            form(page, "modify").locator("input[name='change.0']").fill(value)
            form(page, "modify").get_by_role("button").click()
            if value == "99Gi":
                expect(form(page, "modify").locator("input[name='change.0']")).to_have_value("99Gi")
                expect(form(page, "modify").locator("#problem-1")).to_be_visible()
        expect(page.locator("[data-said]")).to_contain_text("your values are being committed")
        office.wait(path, "verifying", "inconclusive")
    assert "fix(modified): resources.limits.memory 512Mi -> 768Mi" in office.commits()


def test_a_wrong_key_is_refused_the_right_one_leads_to_where_one_wanted_to_go(browser: Chromium, office: Place) -> None:
    with browser.window(office.url) as window:
        window.expects(401)
        page = window.tab("/system")
        expect(page).to_have_title("Sign in to langraph")
        page.get_by_label("API key").fill("not a key")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("This key is not known.")
        page.get_by_label("API key").fill(BOB)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{window.url}/system")
        expect(page.locator(".who")).to_have_text("bob")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_title("Sign in to langraph")
        page.goto(f"{window.url}/")
        expect(page).to_have_title("Sign in to langraph")


def test_somebody_who_is_no_approver_sees_everything_but_the_buttons(browser: Chromium, office: Place) -> None:
    path = office.asks("question")
    with browser.window(office.url, key=CAROL) as window:
        page = window.tab(path)
        expect(page.locator("#diff")).to_be_visible()
        expect(page.locator("#decide")).to_contain_text("You may look, not decide")
        assert page.locator("form[action$='/decide'], .bar").count() == 0
        page.goto(f"{window.url}/system")
        assert page.locator("form[action^='/system']").count() == 0


# --- every way of reading --------------------------------------------------------------------------------------------


def test_the_keyboard_is_enough_and_one_always_sees_where_it_is(browser: Chromium, office: Place) -> None:
    path = office.asks("keyboard")
    with browser.window(office.url, key=ALICE) as window:
        page = window.tab(path)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        stops: list[str] = []
        while not stops or "✔ Approve" not in stops[-1]:
            page.keyboard.press("Tab")
            name, is_seen = focus(page)
            assert is_seen, f"nobody sees that {name} has the focus"
            stops.append(name)
            assert len(stops) < 40, stops
        said = {"user_recognition": "memory climbs since noon", "user_approved_action": ""}
        assert office.visitor.http.post(f"/api{path}/feedback", json=said).status_code < 300
        expect(page.locator(".timeline")).to_contain_text("alice")
        assert focus(page) == (stops[-1], True), "the live update took the focus away"
        page.keyboard.press("Enter")
        expect(page.locator("[data-said]")).to_contain_text("Taken: approved")


def test_what_somebody_types_survives_a_live_update(browser: Chromium, office: Place) -> None:
    path = office.asks("typing")
    with browser.window(office.url, key=ALICE) as window:
        page = window.tab(path)
        why = form(page, "reject-form").get_by_label("Why?")
        why.click()
        page.keyboard.type("it is a")
        before = page.locator(".timeline li").count()
        said = {"user_recognition": "seen", "user_approved_action": ""}
        assert office.visitor.http.post(f"/api{path}/feedback", json=said).status_code < 300
        expect(page.locator(".timeline li")).to_have_count(before + 1)
        page.keyboard.type(" leak")
        expect(why).to_have_value("it is a leak")


def test_a_browser_that_likes_korean_gets_it(browser: Chromium, office: Place) -> None:
    path = office.asks("payments")
    with browser.window(office.url, key=ALICE, locale="ko-KR") as window:
        page = window.tab(path)
        expect(page.locator("html")).to_have_attribute("lang", "ko")
        expect(form(page, "approve-form").get_by_role("button")).to_have_text("✔ 승인")
        expect(page.locator(".lead").first).to_contain_text("메모리")
        browser.picture(page, "incident-korean")


def test_a_phone_needs_no_scrolling_sideways_and_has_the_buttons_at_hand(browser: Chromium, office: Place) -> None:
    path = office.asks("checkout")
    phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    with browser.window(office.url, key=ALICE, **phone) as window:
        for other in ("/", "/learning", "/system", "/docs"):
            assert not is_wider_than_the_screen(window.tab(other)), other
        page = window.tab(path)
        assert not is_wider_than_the_screen(page)
        expect(page.locator(".bar")).to_be_in_viewport(ratio=1)
        browser.picture(page, "incident-phone")
        page.locator(".bar").get_by_role("link", name="Modify").tap()
        expect(form(page, "modify").locator("input[name='change.0']")).to_be_in_viewport()


def test_what_a_log_says_is_text_whatever_it_says(browser: Chromium, office: Place) -> None:
    path = office.asks("hostile", f"{OOM} {HOSTILE}")
    with browser.window(office.url, key=ALICE) as window:  # which fails when a dialog opens
        page = window.tab(path)
        expect(page.locator("main")).to_contain_text(
            "<script>alert(1)</script><img src=x onerror=alert(2)> <b>*now*</b>"
        )
        assert page.locator("img, main script, main b").count() == 0
        page.goto(f"{window.url}/?q=hostile")
        expect(row(page, "hostile")).to_be_visible()
        assert page.locator("img, main script, main b").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_people_with_a_disability(browser: Chromium, office: Place, scheme: Any) -> None:
    asked = office.asks("question")
    closed = f"/incidents/{_closed(office)}"
    found: dict[str, list[str]] = {}
    with browser.window(office.url, color_scheme=scheme) as window:
        page = window.tab("/login")
        found["/login"] = barriers(page)
        window.signs_in(ALICE)
        for path in ("/", asked, closed, "/learning", "/system", "/docs"):
            page.goto(f"{window.url}{path}")
            expect(page.locator("[data-theme-toggle]")).to_be_visible()
            for one in page.locator("details").all():
                one.evaluate("one => one.open = true")
            found[path] = barriers(page)
            assert _is_dark(page) is (scheme == "dark"), path
            if path == asked:
                browser.picture(page, f"question-{scheme}", height=1600)
    assert found == {path: [] for path in found}


def _closed(office: Place) -> str:
    """An incident that was rejected."""
    known = office.visitor.incidents(app="closed")
    if not known:
        path = office.asks("closed")
        assert office.visitor.decide(office.visitor.incident(path.rpartition("/")[2]), "reject").status_code == 200
        office.wait(path, "rejected")
        known = office.visitor.incidents(app="closed")
    return str(known[0]["id"])


def _is_dark(page: Page) -> bool:
    shades: list[int] = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    return max(shades[:3]) < 64


# --- the demo to its end: last, because a fault that has lasted is sooner known to be gone ----------------------------


def test_an_approved_change_is_committed_and_the_page_shows_the_recovery_by_itself(
    browser: Chromium, demo: Place, faults: Path
) -> None:
    assert (faults / "orders-api").exists()
    with browser.window(demo.url, color_scheme="dark") as window:
        page = window.tab()
        expect(row(page, "orders-api")).to_be_visible()
        browser.picture(page, "list-dark")
    with browser.window(demo.url) as window:
        page = window.tab()
        expect(row(page, "orders-api")).to_be_visible()
        browser.picture(page, "list-light")
        row(page, "orders-api").get_by_role("link", name="orders-api", exact=True).click()
        demo.visitor.until("the incident has lasted", lambda: page.evaluate(LASTED_LONG))
        form(page, "approve-form").get_by_role("button").click()
        expect(page.locator("[data-said]")).to_contain_text("Taken: approved")
        page.evaluate("window.notReloaded = true")
        expect(status(page)).to_contain_text("Verifying")
        expect(status(page)).not_to_contain_text("Verifying", timeout=120_000)
        assert "Recovered" in status(page).inner_text(), page.locator("main").inner_text()
        assert page.evaluate("window.notReloaded") is True
        expect(page.locator(".timeline")).to_contain_text("The change is live")
        browser.picture(page, "recovered", height=1600)
        assert any(subject.startswith("fix(orders-api)") for subject in demo.commits())
