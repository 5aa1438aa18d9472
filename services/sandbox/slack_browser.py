"""The page's buttons: what a browser sends becomes what the page's person presses in the simulated Slack."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from services.sandbox.slack_page import SHOWN_EPHEMERALS, page
from services.sandbox.slack_people import People, Value
from services.sandbox.slack_workspace import CHANNEL, OpenView, User, Workspace

YOU = User("U0YOU", "you")
"""Whoever looks at the page."""
LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})

ANSWER_LOOKS, LOOK_SECONDS = 30, 0.05  # a second and a half in all; then the page shows itself again anyway

Act = Callable[[dict[str, list[str]]], Awaitable[None]]


class Browser:
    """Serves the page, takes its forms from this machine's own page only."""

    def __init__(self, workspace: Workspace, people: People) -> None:
        self._all = workspace
        self._people = people
        workspace.users[YOU.id] = YOU

    def routes(self) -> list[Route]:
        """To be mounted at the top."""
        acts = {"/act": self._act, "/submit": self._submit, "/close": self._close, "/command": self._command}
        posts = [Route(path, self._posted(act), methods=["POST"]) for path, act in acts.items()]
        return [Route("/", self._page), *posts]

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(page(self._all, YOU)) if is_ours(request) else _FOREIGN

    def _posted(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if not is_ours(request):
                return _FOREIGN
            before = self._seen()
            form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
            with contextlib.suppress(LookupError, ValueError):  # gone meanwhile; the page shows what is true now
                await act(form)
                await self._answered(before)
            return RedirectResponse("/", 303)

        return answer

    def _seen(self) -> tuple[int, int, int]:
        edits = sum(message.edits for message in self._all.messages)
        return len(self._all.views), len(self._all.ephemerals), edits

    async def _answered(self, before: tuple[int, int, int]) -> None:
        """A window or a change comes a moment after the click; the next page should show it."""
        for _ in range(ANSWER_LOOKS):
            if self._seen() != before:
                return
            await asyncio.sleep(LOOK_SECONDS)

    async def _act(self, form: dict[str, list[str]]) -> None:
        action_id = form["action_id"][0]
        if "only" in form:
            told = [one for one in self._all.ephemerals if one.user == YOU.id][-SHOWN_EPHEMERALS:]
            await self._people.click_ephemeral(YOU.id, told[int(form["only"][0])], action_id)
            return
        message = self._all.message(CHANNEL, form["ts"][0])
        if message is not None:
            await self._people.click(YOU.id, message, action_id)

    async def _submit(self, form: dict[str, list[str]]) -> None:
        opened: OpenView = self._people.open_view(YOU.id)
        boxes = {
            block["block_id"]
            for block in opened.view["blocks"]
            if block.get("type") == "input" and block["element"]["type"] == "checkboxes"
        }
        values: dict[str, Value] = {name: given if name in boxes else given[0] for name, given in form.items()}
        await self._people.submit(YOU.id, values)

    async def _close(self, _: dict[str, list[str]]) -> None:
        self._people.close(YOU.id)

    async def _command(self, form: dict[str, list[str]]) -> None:
        text = form.get("text", [""])[0].strip()
        if text.startswith("/"):
            await self._people.command(YOU.id, text)


_FOREIGN = PlainTextResponse("only this machine's own page may press here", 403)


def is_ours(request: Request) -> bool:
    """Whether it is asked for under a name of this machine, and by no page of another site."""
    host = request.headers.get("host", "")
    if host.rpartition(":")[0] not in LOCAL:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host
