"""The running daemon as the command line sees it: its REST API, one answer or one sentence at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from langraph.config.settings import Settings, is_loopback, load
from langraph.errors import LangraphError
from langraph.redact import printable
from langraph.texts import client as say

EXIT_REFUSED, EXIT_TOO_LATE = 2, 3
TIMEOUT = httpx.Timeout(30.0, connect=5.0)  # seconds; a list reads git, which may be fetching; connecting is quick
PAGE = 200  # incidents in one answer; the most that the API gives
MOST_SEARCHED = 5_000  # incidents among which a shortened id is looked for
FULL_ID_CHARS = len("incident-20261120083000-3fa9c1")


class Refused(LangraphError):
    """The daemon says no, or does not answer."""

    def __init__(self, message: str, *, too_late: bool = False) -> None:
        super().__init__(message)
        self.exit_code = EXIT_TOO_LATE if too_late else EXIT_REFUSED


@contextmanager
def daemon() -> Iterator["Daemon"]:
    """The daemon that the settings name.

    Raises:
        BadSetting: the settings make no sense.
    """
    settings = load()
    # A proxy that the environment names cannot reach what listens on this machine only.
    on_this_machine = is_loopback(urlsplit(settings.client_url).hostname or "")
    with httpx.Client(
        base_url=settings.client_url, headers=_headers(settings), timeout=TIMEOUT, trust_env=not on_this_machine
    ) as client:
        yield Daemon(client, settings.client_url, settings.langraph_locale)


def _headers(settings: Settings) -> dict[str, str]:
    key = settings.langraph_api_key
    authorization = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    return {"Accept-Language": settings.langraph_locale, "Accept": "application/json", **authorization}


class Daemon:
    """Asks; every method raises `Refused` with the daemon's own sentence when it says no."""

    def __init__(self, client: httpx.Client, url: str, locale: str) -> None:
        self._client = client
        self._url = url
        self.locale = locale

    def get(self, path: str, asked: Mapping[str, str] | None = None) -> Any:
        """An answer's JSON."""
        return self._ask("GET", path, params=dict(asked or {}))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Say something; the answer's JSON."""
        return self._ask("POST", path, json=dict(body))

    def incident(self, incident_id: str) -> dict[str, Any]:
        """Everything about one."""
        detail: dict[str, Any] = self.get(f"/api/incidents/{incident_id}")
        return detail

    def incidents(self, asked: Mapping[str, str], limit: int) -> dict[str, Any]:
        """The newest, up to `limit`, as one page however many it takes."""
        items: list[Any] = []
        after: dict[str, str] = {}
        while True:
            size = {"limit": str(min(PAGE, limit - len(items)))}
            page: dict[str, Any] = self.get("/api/incidents", {**asked, **size, **after})
            items += page["items"]
            if page["next"] is None or len(items) >= limit:
                return {**page, "items": items}
            after = {"after": page["next"]}

    def full_id(self, typed: str) -> str:
        """The id that somebody means by the beginning or the end of it."""
        if len(typed) == FULL_ID_CHARS and typed.startswith("incident-"):
            return typed
        known = [item["id"] for item in self.incidents({}, MOST_SEARCHED)["items"]]
        wanted = [
            one for one in known if typed and (one.startswith((typed, f"incident-{typed}")) or one.endswith(typed))
        ]
        if len(wanted) == 1:
            return str(wanted[0])
        said = say.ambiguous(typed, wanted) if wanted else say.no_such(typed)
        raise Refused(printable(said.in_locale(self.locale)))

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = self._client.request(method, path, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise Refused(say.unreachable(self._url, why).in_locale(self.locale)) from error
        body = _body(answer)
        if body is None or (answer.is_error and "detail" not in body):
            raise Refused(say.not_langraph(self._url, answer.status_code).in_locale(self.locale))
        if answer.is_success:
            return body
        detail = printable(str(body["detail"]))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            detail = f"{detail} ({say.set_a_key().in_locale(self.locale)})"
        raise Refused(detail, too_late=answer.status_code == httpx.codes.CONFLICT)


def _body(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
