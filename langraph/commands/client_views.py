"""The API's answers as lines for a terminal. Whatever a log put into them is shown, never obeyed."""

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any
from unicodedata import east_asian_width

from langraph.models.incident import Status
from langraph.models.text import Text
from langraph.redact import printable
from langraph.texts import announcing as words
from langraph.texts import client as say

Answer = Mapping[str, Any]


def listed(page: Answer, locale: str) -> list[str]:
    """A table, newest first."""
    if not page["items"]:
        rows = [say.OPEN_NONE.in_locale(locale)]
    else:
        rows = _table([say.HEADINGS.in_locale(locale).split("|"), *(_row(item) for item in page["items"])])
    if page["next"] is not None:
        rows.append(say.more(len(page["items"])).in_locale(locale))
    if not page["git_available"]:
        rows.append(say.GIT_AWAY.in_locale(locale))
    return rows


def _row(item: Answer) -> list[str]:
    seen = item["last_seen_at"] or item["opened_at"]
    columns = [item["id"], item["status"], item["severity"], item["category"], item["app"], item["count"]]
    return [*(_one_line(column) for column in columns), _time(seen)]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _width(text: str) -> int:
    """Columns on a terminal; Korean syllables take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def shown(detail: Answer, locale: str) -> list[str]:
    """Everything about one incident, in the shape of the message that everybody knows."""
    lines = _head(detail, locale)
    if detail["proposal"]:
        lines += change(detail["proposal"], locale)
        lines += _how_to_choose(detail, locale)
    elif detail["advice"]:
        lines.append(f"💡 {words.ADVICE.in_locale(locale)}:")
        lines += [f"   {n}. {printable(advice)}" for n, advice in enumerate(detail["advice"], 1)]
    lines += _section(say.EVIDENCE, [_evidence(seen) for seen in detail["evidence"]], locale)
    lines += _section(say.RULED_OUT, map(printable, detail["ruled_out"]), locale)
    lines += _section(say.TIMELINE, [_moment(entry) for entry in detail["timeline"]], locale)
    if detail["decision"]:
        lines.append(f"{say.DECISION.in_locale(locale)}: {_decision(detail['decision'])}")
    if detail["outcome"]:
        lines.append(f"{say.OUTCOME.in_locale(locale)}: {printable(detail['outcome']['reason'] or '')}")
    if detail["commits"]:
        lines.append(f"{say.COMMITS.in_locale(locale)}: {', '.join(detail['commits'])}")
    return lines


def _head(detail: Answer, locale: str) -> list[str]:
    def word(text: Text) -> str:
        return text.in_locale(locale)

    about = [
        f"{word(words.CATEGORY)}: {_one_line(detail['category'])}",
        f"{word(words.SEVERITY)}: {_known(detail['severity'], words.SEVERITIES, locale)}",
        f"{word(words.APP)}: {_one_line(detail['app'])}",
        f"{word(say.NAMESPACE)}: {_one_line(detail['namespace'])}",
        f"{word(words.SEEN)}: {_one_line(detail['count'])}×",
    ]
    lines = [f"🚨 {word(words.HEAD)}: {detail['id']}", f"📋 {word(words.ERROR)}:  {' · '.join(about)}"]
    lines.append(f"   {_one_line(detail['first_line'])}")
    if detail["root_cause"]:
        lines.append(f"🔍 {word(words.CAUSE)}:  {printable(detail['root_cause'])}")
    status = _known(detail["status"], words.STATUSES, locale)
    return [*lines, f"{word(words.STATE)}: {status}"]


def change(proposal: Answer, locale: str) -> list[str]:
    """The proposal: what, and the diff; or the values of which one has to be chosen."""
    if _options(proposal):
        rows = [f"    {n}. {_option(one).in_locale(locale)}" for n, one in enumerate(_options(proposal), 1)]
        return [f"💡 {words.ACTION.in_locale(locale)}:  {printable(proposal['action'])}", *rows]
    diff = [f"    {printable(line)}" for line in proposal["diff"].splitlines()]
    return [
        f"💡 {words.ACTION.in_locale(locale)}:  {printable(proposal['action'])}",
        f"📝 {words.DIFF.in_locale(locale)}:",
        *diff,
    ]


def _options(proposal: Answer) -> Sequence[Answer]:
    """A daemon older than we are knows none."""
    found: Sequence[Answer] = proposal.get("options") or ()
    return found


def _option(one: Answer) -> Text:
    old = None if one["old"] is None else _one_line(one["old"])
    return say.option(_one_line(one["path"]), _one_line(one["file"]), old, _one_line(one["new"]))


def _how_to_choose(detail: Answer, locale: str) -> list[str]:
    options = _options(detail["proposal"])
    if not options or detail["decision"] or detail["status"] != Status.AWAITING_APPROVAL:
        return []
    same = [one["path"] for one in options].count(options[0]["path"]) > 1  # in several files: the key tells which
    example = quote(f"{_one_line(options[0]['key' if same else 'path'])}={_one_line(options[0]['new'])}")
    return [f"    {say.choose(detail['id'], example).in_locale(locale)}"]


def decided(standing: Answer, proposal: Answer | None, locale: str) -> list[str]:
    """What was decided, with the change it was about."""
    incident, replaced = standing["incident_id"], standing["replaced_by"]
    lines = change(proposal, locale) if proposal else []
    digest = replaced or standing["proposal_digest"]
    lines.append(say.decided(standing["action"], incident, digest).in_locale(locale))
    if standing["needs_approval"]:
        lines.append(say.needs_approval(incident).in_locale(locale))
    return lines


def _section(heading: Text, rows: Any, locale: str) -> list[str]:
    inside = [f"   {row}" for row in rows]
    return [f"{heading.in_locale(locale)}:", *inside] if inside else []


def _evidence(seen: Answer) -> str:
    value = f" = {printable(seen['value'])}" if seen["value"] else ""
    means = f"  ({printable(seen['means'])})" if seen["means"] else ""
    return f"{_one_line(seen['text'])}{value}{means}"


def _moment(entry: Answer) -> str:
    detail = ", ".join(f"{_one_line(name)}={_one_line(value)}" for name, value in entry["detail"].items())
    return f"{_time(entry['at'])}  {_one_line(entry['what'])}  {detail}".rstrip()


def _decision(decision: Answer) -> str:
    comment = f": {printable(decision['comment'])}" if decision["comment"] else ""
    return f"{decision['action']} · {_one_line(decision['name'])} · {_time(decision['at'])}{comment}"


def _known(value: str | None, texts: Mapping[Any, Text], locale: str) -> str:
    """The words for a status or a severity; a daemon newer than we are may have others."""
    return texts[value].in_locale(locale) if value in texts else _one_line(value)


def _one_line(value: object) -> str:
    """A value in one line; a dash for what is not known."""
    return "-" if value is None else " ".join(printable(str(value)).split())


def _time(at: str | None) -> str:
    """To the second; the API speaks UTC."""
    return "-" if at is None else f"{_one_line(at)[:19].replace('T', ' ')}Z"
