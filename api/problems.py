"""Every refusal and failure as one shape: RFC 9457 problem+json, our sentence in `detail`."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.locale import locale_of
from langraph.errors import (
    BadInput,
    Conflict,
    EditRefused,
    Forbidden,
    LangraphError,
    NotFound,
    PolicyDenied,
    Stale,
    Transient,
)

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5  # seconds; a locked database is free by then, git and Slack are worth one more question
MAX_DETAIL = 1_000  # characters; a sentence, even where it quotes what somebody sent
MAX_NAME = 100  # characters of a field's name that we repeat
MAX_ERRORS = 20  # wrong fields named at once; nobody mends more in one go


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its `type` never changes, so clients may compare it."""

    name: str
    status: int
    title: str

    @property
    def urn(self) -> str:
        return f"urn:langraph:problem:{self.name}"


BAD_REQUEST = Kind("bad-request", 400, "The request cannot be read")
UNAUTHENTICATED = Kind("unauthenticated", 401, "An API key is needed")
FORBIDDEN = Kind("forbidden", 403, "Not allowed")
NOT_FOUND = Kind("not-found", 404, "Not found")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "Method not allowed")
TIMEOUT = Kind("timeout", 408, "The request took too long")
CONFLICT = Kind("conflict", 409, "The wrong moment")
STALE = Kind("stale", 409, "The value has changed since")
TOO_LARGE = Kind("too-large", 413, "The body is too large")
UNSUPPORTED = Kind("unsupported-media-type", 415, "Not JSON")
INVALID = Kind("invalid-request", 422, "The request does not fit")
BAD_INPUT = Kind("bad-input", 422, "The input makes no sense")
POLICY_DENIED = Kind("policy-denied", 422, "A guardrail says no")
EDIT_REFUSED = Kind("edit-refused", 422, "The file cannot be edited so")
INTERNAL = Kind("internal", 500, "langraph failed")
UNAVAILABLE = Kind("unavailable", 503, "Not now")

KINDS = (
    BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, TIMEOUT, CONFLICT, STALE, TOO_LARGE,
    UNSUPPORTED, INVALID, BAD_INPUT, POLICY_DENIED, EDIT_REFUSED, INTERNAL, UNAVAILABLE,
)  # fmt: skip

_OF_ERROR: tuple[tuple[type[LangraphError], Kind], ...] = (
    (BadInput, BAD_INPUT),
    (NotFound, NOT_FOUND),
    (Conflict, CONFLICT),
    (Stale, STALE),
    (Forbidden, FORBIDDEN),
    (PolicyDenied, POLICY_DENIED),
    (EditRefused, EDIT_REFUSED),
    (Transient, UNAVAILABLE),
)
_OF_STATUS = {kind.status: kind for kind in KINDS if kind not in (STALE, BAD_INPUT, POLICY_DENIED, EDIT_REFUSED)}

SEE_LOG = "langraph could not answer this request; its log says why."


def problem(
    kind: Kind, detail: str, path: str, *, headers: Mapping[str, str] | None = None, **members: Any
) -> JSONResponse:
    """The answer that tells a client what went wrong.

    Args:
        kind: what kind of problem.
        detail: one sentence: the thing, the value, the cure.
        path: of the request, decoded; becomes `instance`.
        headers: more headers.
        members: more members of the JSON object.
    """
    body = {
        "type": kind.urn,
        "title": kind.title,
        "status": kind.status,
        "detail": _clean(detail, MAX_DETAIL),
        "instance": quote(path.encode("utf-8", "replace")),
        **members,
    }
    return JSONResponse(body, kind.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _clean(text: str, most: int) -> str:
    """Text that JSON can carry, not longer than `most` characters."""
    shown = text.encode("utf-8", "replace").decode()
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def install(app: FastAPI, nothing_here: Callable[[Request], Awaitable[Response]]) -> None:
    """Have every error of `app` answered as a problem.

    Args:
        nothing_here: the page for a person whose browser asks for what there is not.
    """

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == NOT_FOUND.status and _is_a_persons(request):
            return await nothing_here(request)
        return _refused(request, error)

    app.add_exception_handler(LangraphError, _own)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, _unexpected)


def kind_of(error: LangraphError) -> Kind:
    """What kind of problem one of our errors is; what a client cannot mend is `internal`."""
    return next((kind for cls, kind in _OF_ERROR if isinstance(error, cls)), INTERNAL)


def _path(request: Request) -> str:
    """Not `request.url`: that is built from the Host header, which may be no host at all."""
    return str(request.scope["path"])


def detail_of(error: LangraphError) -> str:
    """What a client is told of one of our errors; of what it cannot mend, nothing."""
    return SEE_LOG if kind_of(error) is INTERNAL else _clean(str(error), MAX_DETAIL)


async def _own(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LangraphError)
    kind, path = kind_of(error), _path(request)
    if kind is INTERNAL:
        log.error("a request failed", method=request.method, path=path, exc_info=error)
        return problem(kind, SEE_LOG, path)
    detail = _in_readers_language(request, error)
    if kind is not UNAVAILABLE:
        return problem(kind, detail, path)
    seconds = getattr(error, "retry_after", None) or RETRY_AFTER
    return problem(kind, detail, path, headers={"Retry-After": str(math.ceil(seconds))})


def _in_readers_language(request: Request, error: LangraphError) -> str:
    """English where the reader names no language: scripts compare sentences, people's clients name theirs."""
    locale = locale_of(request.headers.get("accept-language"), "en")
    return error.ko if locale == "ko" and error.ko is not None else str(error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """What does not fit the schema. What was sent is never repeated: it may be a secret in the wrong place."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        reason = found[0].get("ctx", {}).get("error", "")
        return problem(BAD_REQUEST, f"the body is not JSON in UTF-8: {reason}", _path(request))
    wrong = wrong_fields(found)
    return problem(INVALID, in_one_line(wrong), _path(request), errors=wrong)


def wrong_fields(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """`field` and `message` of each mistake that pydantic found; of many, the first."""
    return [{"field": _field(one["loc"]), "message": _message(one)} for one in errors[:MAX_ERRORS]]


def in_one_line(wrong: Sequence[Mapping[str, str]]) -> str:
    """The wrong fields as one sentence."""
    return _clean("; ".join(f"{one['field']}: {one['message']}" for one in wrong), MAX_DETAIL)


def _field(loc: Sequence[str | int]) -> str:
    """`body.changes.replicas`, from where pydantic found the mistake."""
    return ".".join(_clean(str(part), MAX_NAME) for part in loc)


def _message(one: Mapping[str, Any]) -> str:
    if one["type"] == "extra_forbidden":
        return "this field is not known; leave it out"
    return _clean(str(one["msg"]).removeprefix("Value error, "), MAX_DETAIL)


def _is_a_persons(request: Request) -> bool:
    """Browsers name HTML when somebody follows a link; programs and scripts do not."""
    is_page = request.method in ("GET", "HEAD") and not request.scope["path"].startswith("/api/")
    return is_page and "text/html" in request.headers.get("accept", "")


def _refused(request: Request, error: HTTPException) -> JSONResponse:
    """What the router itself refuses."""
    path = _path(request)
    if error.status_code == NOT_FOUND.status:
        return problem(NOT_FOUND, f"there is nothing at {path}; GET /docs lists what there is", path)
    if error.status_code == METHOD_NOT_ALLOWED.status:
        allowed = (error.headers or {}).get("Allow", "another method")
        detail = f"{request.method} is not offered at {path}; use {allowed}"
        return problem(METHOD_NOT_ALLOWED, detail, path, headers=error.headers)
    kind = _OF_STATUS.get(error.status_code) or Kind(f"http-{error.status_code}", error.status_code, "Refused")
    return problem(kind, str(error.detail), path, headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    """A bug. Nothing of it is told; the server logs it once, as this handler's caller raises it again."""
    return problem(INTERNAL, SEE_LOG, _path(request))
