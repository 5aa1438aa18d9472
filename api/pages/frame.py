"""What every page has: who looks, in which language, what they may do, the headers that keep scripts out."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from api.counter import Counter
from api.locale import LANGUAGES, locale_of
from api.pages.environment import render
from langraph import policy
from langraph.errors import BadInput, GitUnavailable, LedgerBusy
from langraph.models.incident import Person
from langraph.models.text import Text
from langraph.rulebook import Rules
from langraph.texts import page as say

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LANGUAGE_COOKIE = "langraph_language"
YEAR = 365 * 24 * 3600  # seconds; a language is not chosen every month


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page."""

    person: Person | None
    locale: str
    csrf: str
    halted: str | None
    """Why the kill switch is on."""
    rules: Rules | None
    """None: they cannot be read now, so nobody may decide."""
    may_decide: bool
    """Whether they are on the list at all; an app's own list may still leave them out."""
    can_sign_out: bool
    latest: int
    """Number of the newest happening before anything else was read: the page asks for what is newer."""

    def may_decide_about(self, files: tuple[str, ...], *, weakens: bool = False) -> policy.Verdict | None:
        """What policy says about this person and these files; None when nobody can tell."""
        if self.person is None or self.rules is None:
            return None
        approvers = self.rules.catalogue.approvers_of(files)
        return policy.may_decide(self.person, self.rules.policy, approvers, weakens_guardrail=weakens)


async def look(request: Request, counter: Counter, locale: str) -> Viewer:
    """Who looks, and what they may do."""
    state = request.state
    person: Person | None = getattr(state, "person", None)
    rules = await known_rules(counter)
    allowed = person is not None and rules is not None and isinstance(
        policy.may_decide(person, rules.policy), policy.Allow
    )  # fmt: skip
    latest, halted = 0, None
    with suppress(LedgerBusy):
        latest = await counter.ledger.latest_happening()
        halted = await counter.ledger.halted()
    csrf = str(getattr(state, "csrf", "") or "")
    return Viewer(person, locale, csrf, halted, rules, allowed, getattr(state, "session", None) is not None, latest)


async def known_rules(counter: Counter) -> Rules | None:
    """The rules as they were last seen; None when they never were, or make no sense."""
    try:
        return await counter.desk.rulebook.known()
    except (BadInput, GitUnavailable):
        return None


async def page_locale(request: Request) -> str:
    """What was chosen on the page, else what the browser likes best."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE, "")
    if asked in LANGUAGES:
        return asked
    counter: Counter = request.app.state.counter
    return locale_of(request.headers.get("accept-language"), counter.locale)


PageLocale = Annotated[str, Depends(page_locale)]


def respond(
    request: Request, viewer: Viewer, template: str, shown: Mapping[str, object], *, status: int = 200, here: str = ""
) -> HTMLResponse:
    """The page as an answer; with `?fragment=1` only its `<main>`.

    Args:
        request: what was asked for.
        viewer: who looks.
        template: the page's own part.
        shown: what that speaks of.
        status: of the answer.
        here: the page's own address where the request came to another one (a form that was refused).
    """
    counter: Counter = request.app.state.counter
    context = {
        "viewer": viewer,
        "now": counter.clock.now(),
        "here": here or request.scope["path"],
        "is_fragment": request.query_params.get("fragment") == "1",
        "said": say.RESULTS.get(request.query_params.get("said", "")),
        "other": "en" if viewer.locale == "ko" else "ko",
        **shown,
    }
    answer = HTMLResponse(render(template, viewer.locale, context), status, headers=_headers())
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, viewer.locale, max_age=YEAR, httponly=True, samesite="lax")
    return answer


def plain_page(template: str, locale: str, shown: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """A page for somebody we do not know yet: the login."""
    return HTMLResponse(render(template, locale, shown), status, headers=_headers())


def sorry(request: Request, viewer: Viewer, sentence: Text | str, status: int) -> Response:
    """A page that says in one sentence why there is no other."""
    return respond(request, viewer, "error.html", {"sentence": sentence}, status=status, here="/")


def _headers() -> dict[str, str]:
    return {"Content-Security-Policy": CONTENT_POLICY, "Vary": "Accept-Language, Cookie"}
