"""The workflow as a picture, with the step lit where an incident is. Pure; a test compares it with the real graph."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from langraph.models.incident import Status
from langraph.texts import page as say
from langraph.texts.page_timeline import STEPS

W, H = 84, 30  # of a step, in the picture's own units
PLACES = {
    "triage": (8, 20), "diagnose": (112, 20), "propose": (216, 20), "notify": (320, 20),
    "approve": (320, 84), "apply": (216, 84), "verify": (112, 84), "rollback": (112, 148), "record": (320, 148),
}  # fmt: skip
"""Top left corner of each step."""

_PATHS = {
    ("triage", "diagnose"): "M92 35H112",
    ("diagnose", "propose"): "M196 35H216",
    ("propose", "notify"): "M300 35H320",
    ("notify", "approve"): "M354 50V84",
    ("approve", "notify"): "M374 84V50",
    ("approve", "apply"): "M320 99H300",
    ("apply", "propose"): "M258 84V50",
    ("apply", "verify"): "M216 99H196",
    ("verify", "verify"): "M122 84C104 62 84 76 112 94",
    ("verify", "rollback"): "M154 114V148",
    ("verify", "record"): "M184 114C200 152 260 156 320 156",
    ("rollback", "record"): "M196 168H320",
    ("notify", "record"): "M404 35H420V163H404",
    ("approve", "record"): "M362 114V148",
}
EDGES = tuple(_PATHS)

_AT = {
    Status.DETECTED: "triage",
    Status.DIAGNOSING: "diagnose",
    Status.AWAITING_APPROVAL: "approve",
    Status.APPLYING: "apply",
    Status.VERIFYING: "verify",
}
_SHOWS = {
    "opened": ("triage",),
    "diagnosing": ("triage", "diagnose"),
    "diagnosed": ("diagnose",),
    "proposed": ("propose",),
    "asked": ("notify",),
    "decided": ("approve",),
    "committed": ("apply",),
    "live": ("verify",),
    "reverted": ("rollback",),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Which steps an incident has behind it, and where it is; `now` is None once it is closed."""

    done: frozenset[str]
    now: str | None


def progress(status: Status | None, happened: Iterable[str]) -> Progress:
    """From the status and the names in the timeline."""
    now = _AT.get(status) if status is not None else None
    done = {step for what in happened for step in _SHOWS.get(what, ())}
    if status is not None and not status.is_open:
        done |= {"triage", "record"}
    if status in (Status.RECOVERED, Status.NOT_RECOVERED, Status.INCONCLUSIVE):
        done.add("verify")
    return Progress(frozenset(done - {now}), now)


def draw(where: Progress, locale: str) -> Markup:
    """The picture as SVG."""
    steps = Markup("").join(_step(name, _state(name, where), locale) for name in PLACES)
    lines = Markup("").join(_line(start, end, where.done) for start, end in EDGES)
    head = Markup(
        '<svg class="workflow" viewBox="0 0 428 190" role="img" aria-labelledby="wf-t wf-d">'
        '<title id="wf-t">{}</title><desc id="wf-d">{}</desc>'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>'
    ).format(say.WORKFLOW.in_locale(locale), say.WORKFLOW_SAYS.in_locale(locale))
    return head + lines + steps + Markup("</svg>")


def spoken(where: Progress, locale: str) -> str:
    """The same in words."""
    return ", ".join(_spoken(name, _state(name, where), locale) for name in PLACES)


def _state(name: str, where: Progress) -> str:
    if name == where.now:
        return "now"
    return "done" if name in where.done else "next"


def _spoken(name: str, state: str, locale: str) -> str:
    return say.step_is(STEPS[name].in_locale(locale), state).in_locale(locale)


def _line(start: str, end: str, done: Collection[str]) -> Markup:
    passed = " passed" if start in done and end in done else ""
    return Markup('<path class="edge{}" d="{}" marker-end="url(#arrow)"/>').format(passed, _PATHS[start, end])


def _step(name: str, state: str, locale: str) -> Markup:
    x, y = PLACES[name]
    mark = {"now": "● ", "done": "✓ ", "next": ""}[state]
    return Markup(
        '<g class="step {}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<text x="{}" y="{}">{}{}</text></g>'
    ).format(state, _spoken(name, state, locale), x, y, W, H, x + W // 2, y + 20, mark, STEPS[name].in_locale(locale))
