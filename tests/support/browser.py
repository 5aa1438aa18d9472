"""People in front of a real Chromium without a window, by Playwright; what goes wrong in a page is noted.

The browser is Debian's (`apt-get install chromium`); Playwright's own download is never used.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, Response, expect
from playwright.sync_api import sync_playwright as playwright

from tests.support.debian import needs

PATIENCE_MS = 60_000  # everything here takes below two seconds on a quiet machine
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}


@dataclass  # without slots: Playwright leaves its own marks on whom its events go to
class Window:
    """Somebody's browser window: cookies, language, colours and tabs of their own.

    What a page must never cause is noted as trouble: an error or a warning in the console (refusals by the content
    policy are such), a request that fails, an answer of 400 or more that the test did not expect, a dialog.
    """

    url: str
    context: BrowserContext
    troubles: list[str] = field(default_factory=list)
    _expected: set[int] = field(default_factory=set)

    def expects(self, *statuses: int) -> None:
        """Answers that this test provokes."""
        self._expected |= set(statuses)

    def tab(self, path: str = "/") -> Page:
        """A new tab that shows `path`."""
        page = self.context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.troubles.append(f"error in the script: {error}"))
        page.on("requestfailed", self._on_failure)
        page.on("response", self._on_response)
        page.on("dialog", self._on_dialog)
        page.goto(f"{self.url}{path}")
        return page

    def signs_in(self, secret: str) -> None:
        """As whoever has this API key."""
        page = self.tab("/login")
        page.get_by_label("API").fill(secret)
        page.locator("button.primary").click()
        expect(page.locator(".who")).to_be_visible()
        page.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        is_status = message.text.startswith("Failed to load resource: the server responded")  # noted as an answer
        if message.type in ("error", "warning") and not is_status:
            self.troubles.append(f"console: {message.text}")

    def _on_failure(self, request: Request) -> None:
        is_left = request.resource_type != "document" and request.failure == "net::ERR_ABORTED"
        if not is_left:  # what a page still loads or listens to ends when the reader goes to another one
            self.troubles.append(f"{request.resource_type} {request.method} {request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.troubles.append(f"{response.request.method} {response.url}: {response.status}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()


class Chromium:
    """The browser of a module's tests.

    Args:
        browser: started.
        pictures: where screenshots go.
    """

    def __init__(self, browser: Browser, pictures: Path) -> None:
        self._browser = browser
        self._pictures = pictures

    @contextmanager
    def window(self, url: str, *, key: str = "", **wishes: Any) -> Iterator[Window]:
        """A window on the daemon at `url`; fails at its end when there was trouble in it.

        Args:
            url: the daemon's base address.
            key: an API key to sign in with.
            wishes: Playwright's options: `locale`, `color_scheme`, `viewport`, `java_script_enabled`, …
        """
        context = self._browser.new_context(**{"locale": "en-GB", "viewport": DESK, **wishes})
        context.set_default_timeout(PATIENCE_MS)
        try:
            window = Window(url, context)
            if key:
                window.signs_in(key)
            yield window
            assert not window.troubles, window.troubles
        finally:
            context.close()

    def picture(self, page: Page, name: str, *, height: int | None = None) -> None:
        """Keep what the page looks like now: what is in the window, or its uppermost `height` pixels."""
        page.evaluate("document.fonts.ready")
        wide = page.evaluate("document.documentElement.clientWidth")
        part: Any = {"clip": {"x": 0, "y": 0, "width": wide, "height": height}, "full_page": True} if height else {}
        page.screenshot(path=self._pictures / f"{name}.png", animations="disabled", **part)


@contextmanager
def chromium(pictures: Path) -> Iterator[Chromium]:
    """The system's Chromium. Screenshots go to the folder that SCREENSHOTS names, else to `pictures`."""
    program = needs("chromium", "chromium")
    kept = Path(os.environ.get("SCREENSHOTS") or pictures)
    kept.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with playwright() as driver:
        # Without a sandbox of its own: it opens pages of ours only, often as root in a container.
        browser = driver.chromium.launch(executable_path=program, chromium_sandbox=False)
        try:
            yield Chromium(browser, kept)
        finally:
            browser.close()


def barriers(page: Page) -> list[str]:
    """What axe calls a serious or critical barrier for people with a disability, each with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['impact']} {one['id']} ({one['help']}): {[node['html'][:160] for node in one['nodes'][:4]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def is_wider_than_the_screen(page: Page) -> bool:
    """Whether one has to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def focus(page: Page) -> tuple[str, bool]:
    """What has the focus, in words, and whether one sees that."""
    name, style, width = page.evaluate("""() => {
      const one = document.activeElement;
      const look = getComputedStyle(one);
      const name = one.getAttribute("aria-label") || one.name || one.textContent;
      return [`${one.tagName.toLowerCase()} ${name}`, look.outlineStyle, parseFloat(look.outlineWidth)];
    }""")
    return re.sub(r"\s+", " ", name).strip()[:80], style != "none" and width >= 2
