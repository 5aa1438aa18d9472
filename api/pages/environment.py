"""The one door to Jinja2: what an expression in a template becomes before it is HTML.

Everything is escaped unless one of our own functions made it of escaped parts (`Markup`). A `Text` is said in the
reader's language. Control characters and those that turn the direction of writing are shown, not obeyed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from api.loose import speakable
from api.pages import assets
from langraph.models.text import Text
from langraph.redact import printable
from langraph.texts import page as words
from langraph.texts import page_docs as docs_words
from langraph.texts import page_system as system_words
from langraph.texts import signing_in as login_words
from langraph.texts import slack as slack_words
from langraph.texts.page_timeline import EVENTS

FOLDER = Path(__file__).parent.parent / "templates"


@pass_context
def _said(context: Context, value: Any) -> Any:
    """What is written for a value: a sentence in the reader's language, text without control characters."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Text):
        value = value.in_locale(context["locale"])
    if isinstance(value, str):
        return printable(speakable(str(value)))
    return "" if value is None else value


def _second(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _clock(at: datetime, day: datetime | None) -> str:
    """The time of day; with its date where that is another than `day`'s."""
    is_same_day = day is not None and at.astimezone(UTC).date() == day.astimezone(UTC).date()
    return f"{at.astimezone(UTC):%H:%M:%S}" if is_same_day else _second(at)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _build() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_said,
        auto_reload=False,  # a template that an upgrade has replaced belongs to another program
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(clock=_clock, second=_second, iso=_iso)
    environment.globals.update(w=words, s=system_words, sw=slack_words, l=login_words, d=docs_words)
    environment.globals.update(asset=assets.address, events=" ".join(EVENTS))
    return environment


_ENVIRONMENT = _build()
NOTHING: Mapping[str, object] = MappingProxyType({})


def render(template: str, locale: str, shown: Mapping[str, object] = NOTHING) -> str:
    """A template's HTML.

    Args:
        template: name of a file in `api/templates/`.
        locale: `en` or `ko`.
        shown: what the template speaks of; a name it misses is an error, not an empty place.
    """
    return _ENVIRONMENT.get_template(template).render(**shown, locale=locale)
