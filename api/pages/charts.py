"""Small charts as SVG made on the server: bars, a line, a spark; each with title, description and table. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

W, H = 210, 96  # the picture's own units; about as wide as its place, so that its text is as large as it says
LEFT, BOTTOM, TOP, RIGHT = 26, 14, 8, 2  # room for the numbers and the days
COLOURS = 6  # classes c0 to c5 in the style; the last series of a chart may be "others"


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers; None: there is none for that place."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the same as a table."""

    title: str
    says: str
    svg: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[tuple[int, str], ...] = ()
    latest: str = ""
    """The last number, for people who read nothing else."""


def bars(
    title: str, says: str, places: Sequence[str], series: Sequence[Series], head: str, latest: str = "", *, key: str
) -> Chart:
    """Stacked bars, one for each place.

    Args:
        title, says: name and description, for everybody.
        places: what stands below each bar.
        series: at most COLOURS of them, as long as `places`.
        head: name of the first column of the table.
        latest: the number to show beside the title.
        key: makes the ids of this picture different from the others on its page.
    """
    sums = [sum(one.values[i] or 0 for one in series) for i in range(len(places))]
    top = nice_top(max(sums, default=0))
    step = (W - LEFT - RIGHT) / max(1, len(places))
    parts: list[Markup] = []
    for i, place in enumerate(places):
        below = 0.0
        for number, one in enumerate(series):
            value = one.values[i] or 0
            if value:
                x, high = LEFT + (i + 0.12) * step, _y(below + value, top)
                label = f"{place}: {one.name} {number_text(value)}"
                parts.append(_bar(number, x, step * 0.76, high, _y(below, top), label))
            below += value
    return Chart(
        title, says, _frame(title, says, top, places, parts, key), (head, *(one.name for one in series)),
        _table(places, series), tuple((number, one.name) for number, one in enumerate(series)), latest,
    )  # fmt: skip


def line(
    title: str, says: str, places: Sequence[str], one: Series, head: str, latest: str = "", *, key: str,
    top: float | None = None,
) -> Chart:  # fmt: skip
    """A line with its points; places without a number are left out."""
    highest = top if top is not None else nice_top(max((v for v in one.values if v is not None), default=0))
    step = (W - LEFT - RIGHT) / max(1, len(places))
    points = [
        (LEFT + i * step + step / 2, _y(v, highest), places[i], v) for i, v in enumerate(one.values) if v is not None
    ]
    path = " ".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y, _, _) in enumerate(points))
    parts = [Markup('<path class="line" d="{}"/>').format(path)] if len(points) > 1 else []
    dots = points if len(points) <= 40 else points[-1:]
    parts += [
        Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="2.5"><title>{}: {}</title></circle>').format(
            x, y, place, number_text(v)
        )
        for x, y, place, v in dots
    ]
    svg = _frame(title, says, highest, places, parts, key)
    return Chart(title, says, svg, (head, one.name), _table(places, [one]), latest=latest)


def spark(values: Sequence[float], title: str, key: str) -> Markup:
    """A line of small bars without numbers; its title says what it shows."""
    top = max(values, default=0) or 1
    step = 240 / max(1, len(values))
    drawn = Markup("").join(
        Markup('<rect class="c0" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            i * step, 32 - 30 * value / top, max(1.0, step * 0.8), 30 * value / top
        )
        for i, value in enumerate(values)
        if value > 0
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 240 34" preserveAspectRatio="none" role="img" aria-labelledby="{}">'
        '<title id="{}">{}</title><path class="axis" d="M0 32.5H240"/>{}</svg>'
    ).format(key, key, title, drawn)


def nice_top(highest: float) -> float:
    """The end of the axis: 1, 2, 4, 5 or 10 times a power of ten, at or above `highest`."""
    if highest <= 0 or not math.isfinite(highest):
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(power * step for step in (1, 2, 4, 5, 10) if power * step >= highest * (1 - 1e-9))


def number_text(value: float) -> str:
    """A number for people: whole where it is whole; an axis of less than one still has different numbers on it."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def _bar(number: int, x: float, width: float, top: float, bottom: float, label: str) -> Markup:
    return Markup(
        '<rect class="c{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    ).format(number % COLOURS, x, top, width, bottom - top, label)


def _y(value: float, top: float) -> float:
    return H - BOTTOM - (H - BOTTOM - TOP) * value / top


def _frame(title: str, says: str, top: float, places: Sequence[str], parts: Sequence[Markup], key: str) -> Markup:
    ticks = Markup("").join(
        Markup('<path class="axis" d="M{} {:.1f}H{}"/><text class="tick" x="{}" y="{:.1f}">{}</text>').format(
            LEFT, _y(value, top), W - RIGHT, LEFT - 4, _y(value, top) + 3, number_text(value)
        )
        for value in (0, top / 2, top)
    )
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc>{}{}{}</svg>'
    ).format(W, H, key, key, key, title, key, says, ticks, _places(places), Markup("").join(parts))


def _places(places: Sequence[str]) -> Markup:
    """The first, the middle, the last: more would run into each other."""
    if not places:
        return Markup("")
    step = (W - LEFT - RIGHT) / len(places)
    shown = sorted({0, len(places) // 2, len(places) - 1})
    anchors = {0: "start", len(places) - 1: "end"}
    return Markup("").join(
        Markup('<text class="place" text-anchor="{}" x="{:.1f}" y="{}">{}</text>').format(
            anchors.get(i, "middle"), _anchored(i, step, anchors.get(i)), H - 4, places[i]
        )
        for i in shown
    )


def _anchored(i: int, step: float, anchor: str | None) -> float:
    if anchor == "start":
        return LEFT
    return W - RIGHT if anchor == "end" else LEFT + (i + 0.5) * step


def _table(places: Sequence[str], series: Sequence[Series]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (place, *("–" if (v := one.values[i]) is None else number_text(v) for one in series))
        for i, place in enumerate(places)
    )
