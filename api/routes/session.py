"""Signing in with a browser: a key is shown once, a session takes its place."""

from html import escape
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.forms import form_of
from api.local_path import LOGIN_PATH, local_path
from api.pages.frame import CONTENT_POLICY, PageLocale, plain_page
from api.sessions import COOKIE, FAILURES_WITHIN, LIFE, Sessions
from langraph.models.text import Text
from langraph.texts import signing_in as words

router = APIRouter(include_in_schema=False)

_POLICY = {"Content-Security-Policy": CONTENT_POLICY}

Next = Annotated[str | None, Query(max_length=10_000)]


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


@router.get(LOGIN_PATH)
async def show_login(request: Request, locale: PageLocale, next: Next = None) -> Response:
    """The form; whoever needs none goes on."""
    wanted = local_path(next)
    if request.state.person is not None:
        return RedirectResponse(wanted, 303)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return _once_more(wanted, locale)
    return _form(wanted, locale, None)


@router.post(LOGIN_PATH)
async def log_in(request: Request, locale: PageLocale) -> Response:
    """A session for whoever shows a key; wrong ones are counted."""
    sessions, form = _sessions(request), await form_of(request)
    wanted = local_path(form.get("next"))
    if not sessions.needed:
        return RedirectResponse(wanted, 303)
    address = request.client.host if request.client else ""
    if sessions.failures.too_many(address):
        answer = _form(wanted, locale, words.TOO_MANY, 429)
        answer.headers["Retry-After"] = str(int(FAILURES_WITHIN.total_seconds()))
        return answer
    cookie = sessions.begin(form.get("key", "").strip().encode("utf-8", "replace"))
    if cookie is None:
        sessions.failures.note(address)
        return _form(wanted, locale, words.WRONG, 401)
    admitted = RedirectResponse(wanted, 303)
    lasts = int(LIFE.total_seconds())
    admitted.set_cookie(COOKIE, cookie, lasts, path="/", secure=_is_https(request), httponly=True, samesite="strict")
    return admitted


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """The session ends; the cookie goes."""
    if request.state.session is not None:
        _sessions(request).end(request.state.session)
    answer = RedirectResponse(LOGIN_PATH, 303)
    answer.delete_cookie(COOKIE, path="/", secure=_is_https(request), httponly=True, samesite="strict")
    return answer


def _is_https(request: Request) -> bool:
    """Also where a proxy in front of us ends TLS: the browser then names its own scheme."""
    return request.scope["scheme"] == "https" or request.headers.get("origin", "").startswith("https://")


# --- pages without a script ----------------------------------------------------------------------------------------


def _form(wanted: str, locale: str, trouble: Text | None, status: int = 200) -> HTMLResponse:
    """The login form, with why the last try failed."""
    return plain_page("login.html", locale, {"wanted": wanted, "trouble": trouble}, status)


def _once_more(wanted: str, locale: str) -> HTMLResponse:
    """Has the browser ask again, as a page of ours.

    Whoever follows a link from elsewhere, from Slack for one, comes without the cookie (`SameSite=Strict`), even with
    a session. What our own page asks for brings it.
    """
    address = escape(f"{LOGIN_PATH}?next={quote(wanted, safe='/')}")
    title, go_on = (escape(text.in_locale(locale)) for text in (words.TITLE, words.ON))
    html = (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="refresh" content="0;url={address}"><p><a href="{address}">{go_on}</a></p></html>'
    )
    return HTMLResponse(html, headers=_POLICY)
