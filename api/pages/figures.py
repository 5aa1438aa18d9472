"""How it goes: the numbers behind the charts of the first page, from the rows of the archive. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from api.pages.archive import Row
from api.pages.charts import COLOURS, Chart, Series, bars, line, number_text
from langraph.models.incident import Status
from langraph.models.text import Text
from langraph.texts import page as say

DAYS = 14  # two weeks: this week beside the last one
LONGEST = 90  # days that a chart shows
WINDOW = 20  # verdicts in the learning curve: enough to smooth, few enough to move
VERDICTS = (Status.RECOVERED, Status.NOT_RECOVERED)


def charts(rows: Sequence[Row], now: datetime, days: str, locale: str) -> list[Chart]:
    """The charts for the period that somebody looks at; two weeks unless they ask for more."""
    wide = min(LONGEST, max(DAYS, int(days or 0)))
    dates = [(now - timedelta(days=back)).date() for back in reversed(range(wide))]
    recent = [row for row in rows if row.opened_at is not None and row.opened_at.date() >= dates[0]]
    return [
        _per_day(recent, dates, locale),
        _medians(recent, dates, say.TO_DECISION, "decision", locale),
        _medians(recent, dates, say.TO_RECOVERY, "recovery", locale),
        _rate(recent, dates, locale),
        _curve(rows, locale),
    ]


def _per_day(rows: Sequence[Row], dates: Sequence[date], locale: str) -> Chart:
    common = [name for name, _ in Counter(_name(row) for row in rows).most_common()]
    named = common if len(common) <= COLOURS else common[: COLOURS - 1]
    counted = Counter((_day(row), _name(row) if _name(row) in named else None) for row in rows)
    series = [Series(name, tuple(counted[day, name] for day in dates)) for name in named]
    if len(named) < len(common):
        series.append(Series(say.OTHERS.in_locale(locale), tuple(counted[day, None] for day in dates)))
    title = say.PER_DAY.in_locale(locale)
    return bars(title, title, _shown(dates), series, say.DAY.in_locale(locale), str(len(rows)), key="per-day")


def _medians(rows: Sequence[Row], dates: Sequence[date], title: Text, key: str, locale: str) -> Chart:
    """Minutes per day of what was decided, or recovered."""
    spans: dict[date, list[float]] = {day: [] for day in dates}
    for row in rows:
        end = row.decided_at if key == "decision" else row.closed_at if row.status is Status.RECOVERED else None
        if row.opened_at is not None and end is not None and end >= row.opened_at:
            spans[_day(row)].append((end - row.opened_at).total_seconds() / 60)
    values = tuple(median(spans[day]) if spans[day] else None for day in dates)
    everything = [minutes for day in dates for minutes in spans[day]]
    latest = say.length(timedelta(minutes=median(everything))).in_locale(locale) if everything else ""
    series = Series(say.MEDIAN.in_locale(locale), values)
    says = say.MEDIAN_SAYS.in_locale(locale)
    return line(
        title.in_locale(locale), says, _shown(dates), series, say.DAY.in_locale(locale), latest, key=f"to-{key}"
    )


def _rate(rows: Sequence[Row], dates: Sequence[date], locale: str) -> Chart:
    verdicts: dict[date, list[bool]] = {day: [] for day in dates}
    for row in rows:
        if row.status in VERDICTS:
            verdicts[_day(row)].append(row.status is Status.RECOVERED)
    values = tuple(_percent(verdicts[day]) for day in dates)
    total = _percent([good for day in dates for good in verdicts[day]])
    title, says = say.RECOVERY_RATE.in_locale(locale), say.RATE_SAYS.in_locale(locale)
    latest = "" if total is None else f"{number_text(round(total))}%"
    series = Series(f"{title} (%)", values)
    return line(title, says, _shown(dates), series, say.DAY.in_locale(locale), latest, key="rate", top=100.0)


def _curve(rows: Iterable[Row], locale: str) -> Chart:
    """The rate among the last WINDOW verdicts, after each of them: whether it gets better with time."""
    verdicts = [
        row.status is Status.RECOVERED for row in sorted(rows, key=lambda row: row.id) if row.status in VERDICTS
    ]
    ends = range(1, len(verdicts) + 1)
    shown = [*ends][-200:]  # more points than the picture has pixels for say nothing
    values = tuple(_percent(verdicts[max(0, end - WINDOW) : end]) for end in shown)
    latest = f"{number_text(round(values[-1]))}%" if values and values[-1] is not None else ""
    title, says = say.LEARNING_CURVE.in_locale(locale), say.LEARNING_CURVE_SAYS.in_locale(locale)
    series = Series("%", values)
    places = [str(end) for end in shown]
    return line(title, says, places, series, say.NUMBER.in_locale(locale), latest, key="curve", top=100.0)


def _percent(verdicts: Sequence[bool]) -> float | None:
    return 100.0 * sum(verdicts) / len(verdicts) if verdicts else None


def _name(row: Row) -> str:
    return str(row.category or "unknown")


def _day(row: Row) -> date:
    assert row.opened_at is not None
    return row.opened_at.date()


def _shown(dates: Sequence[date]) -> list[str]:
    return [f"{day:%m-%d}" for day in dates]
