"""What two log lines must share to be one fault: the message with its variable parts replaced, and its hash."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from langraph.fingerprint.header import without_header
from langraph.fingerprint.line_formats import LEVEL, mask_places
from langraph.fingerprint.masking import DEBUGGED, HTTP, TELLING, mask
from langraph.fingerprint.naming import mask_names
from langraph.fingerprint.vocabulary import mask_strangers
from langraph.models.incident import Category

max_template_chars = 512  # enough to tell messages apart; the tail of a long line is data
max_read_chars = 2_048  # of the line, before masking
max_json_chars = 65_536  # a longer object is cut and read as text
FIRST_FIELDS = 9  # of a line that has no message: behind them stands what only some have
max_json_depth = 3  # of messages within messages

ANSI = re.compile(r"[‹›]|\x1b\[[0-9;?]{0,16}[ -/]{0,2}[@-~]")
SPACES = re.compile(r"\s+")
CURRENCIES = (
    "USD|EUR|GBP|JPY|KRW|CHF|CNY|SEK|NOK|DKK|PLN|CZK|HUF|RON|AUD|CAD|NZD|SGD|HKD|TWD|INR|BRL|MXN|ZAR|TRY|ILS|THB"
)
NEIGHBOURS = re.compile(
    r"<\*>(?:[\s,;:./|#+*~_@\\x-]{0,3}<\*>|[a-f-]{1,8}<\*>|[ ]?\((?:<\*>)?\)|\[<\*>,?\]"
    r"|[ ]\[[\w.:/@-]{1,80}\]|[ ]\([a-z]\w{0,40}_\w{1,60}\)|\{(?:<\*>|[…,.:/\s-]){1,12}\}"
    r"|[ ](?:AAAA|CNAME|TXT|SRV|PTR|A(?= \[|\"|\Z))(?![\w-])|[ ](?:-|\[\])(?=[ ]|\Z)|[ ]?->[ ]?<\*>|:\([A-Z_]{2,20}\)"
    rf"|[ ](?:{CURRENCIES})\b|[ ](?:[kKMGTP]i?[bB]|[bB]|[Bb]ytes)(?![\w-]))+"
)
"""A list is one value however long it is, and so is a value with another form of it in parentheses."""
ASKED_FOR = re.compile(
    rf"(?:\bHTTP )?\b(?:(?:{HTTP})(?:[ :]| - )<\*>:?|(?:{HTTP}|Get|Head|Post|Put|Delete|Patch)(?: <\*>:| \"<\*>\":?))"
    r"(?=[\s.,;)\"']|\Z)"
)
"""A request is one thing, however it was made; Go's errors begin with it."""
OPTIONS = re.compile(
    r"(?:(?<=\s)|\A)--?[a-z][\w.-]{0,60}(?:=\S{0,400})?(?: --?[a-z][\w.-]{0,60}(?:=\S{0,400})?)+(?=\s|\Z)"
)
"""A command's options."""
BEFORE = re.compile(r"(?:\([\w.:@-]{1,100}\)|\b(?:tcp|udp|icmp|sctp|TCP|UDP|ICMP)) (?=<\*>(?: ?->|[\s.,:;]|\Z))")
"""What a client calls itself before its address, and by which protocol."""
PAIRED = re.compile(
    r"\((?=(?:[^()\n]{0,300}?(?<![\w.])[\w.]{1,40}=){3})(?![^()\n]{0,600}\berr(?:or)?=)[^()\n]{1,1500}\)"
)
"""Fields in parentheses, some of several words."""
REPEATED = re.compile(r"(?<![^\s\[({])([^\s,]{3,120})(?:,\s?\1(?![^\s,\])}]))+")
REPEATED_PAIR = re.compile(r"(<\*> (?:<[a-z]{1,12}>|[\w.-]{1,20}))(?:[,;]? \1)+")
REPEATED_BOX = re.compile(r"(\([^()\n]{3,120}\)|\{[^{}\n]{3,200}\})(?:,? \1)+")
NO_MESSAGE = re.compile(rf"\A[^A-Za-z]{{0,60}}(?:[TZ][^A-Za-z]{{0,40}}){{0,2}}[\[<(]?{LEVEL}[\])>]?[^A-Za-z]{{0,8}}\Z")
"""Time and level, and the fields are the message."""
CONTEXT = re.compile(r"(?<=[\w.)\]:'\"])\s{1,3}(\{\"[\w@. -]{1,60}\":[^\n]*)\Z")
FIELDS = re.compile(
    r"(?<=[\w.)\]:'\"!])((?:\s{1,3}[A-Za-z_][\w.:-]{0,60}="
    rf"(?:{DEBUGGED}|"
    r"\[?\d{1,6}\]?(?: {1,2}\[?\d{1,6}\]?(?=\s|\Z)){1,20}|"
    r"\"(?:[^\"\\\n]|\\[^\n]){0,2000}\"?|[\w.*&\[\]]{0,80}\{[^{}\n]{0,600}(?:\{[^{}\n]{0,300}\}[^{}\n]{0,300}){0,8}\}"
    r"|\[[^\[\]\n]{0,400}\]|[^\s\"{\[]{0,400})){2,40})\s*\Z"
)
"""What klog, hclog, logrus, zerolog and others put behind a message."""
_COLON_FIELD = (
    r"\s[a-z][A-Za-z_.]{1,40}:(?:map\[(?:[^\[\]\n]|\[(?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){0,200}\]){0,600}\]"
    r"|\[[^\[\]\n]{0,300}\]|\"[^\"\n]{0,300}\"|[^\s\"\[\]/][^\s\"]{0,400})"
)
COLON_FIELDS = re.compile(
    rf"(?<=[a-z\d.)\]'\"!-])(?:(?:{_COLON_FIELD}){{3,40}}|(?:{_COLON_FIELD}){{0,40}}\s[\w./-]{{1,120}}\.go:\d{{1,6}})\s*\Z"
)
"""The same with colons, and the place in Go's source, as Teleport and others have them."""
EVENT = re.compile(
    rf"(\A\s{{0,8}}|[\])>|]\s{{1,8}}|(?<![A-Za-z]){LEVEL}\s{{1,8}})([a-z][a-z_]{{1,40}}(?:\.[a-z][a-z_]{{1,40}}){{1,6}})\s*\Z"
)
"""A message that is an event's name: `user.login.failed`."""
AT_ENDS = re.compile(r"\A(?:<\*>[:,]? )+(?=[^\s<])|(?<=[\w)\]][:=]) ?<\*>\Z")
"""Whose message it is, and a value that may be empty."""
BOXED = re.compile(r"\[(?:[^\[\]\s]{1,80} ){0,3}[^\[\]\s]{0,80}<\*>[^\[\]\s]{0,80}(?: [^\[\]\s]{1,80}){0,3}\]")
"""What stands with a value in brackets, and is no sentence, belongs to the value."""
WRAPPED = re.compile(r"[\"'\[({]{1,3}<\*>[\"'\])}]{1,3}")
"""A value is the same in quotation marks, in brackets and bare."""
FULL_STOP = re.compile(r"(?<=<\*>)[.:!]{1,3}(?=[\s)]|\Z)")
PLURAL = re.compile(
    r"(?<=<\*> )(?!(?:class|has|is|was|as|this|its|does|less|status|us|ms)\b)([a-z]{2,30}?)(?:\(s\)|s)(?![\w/])"
)
UNTOLD_PAIR = rf"(?<![\w.-])(?!(?:{TELLING})=)[A-Za-z_][\w.-]{{0,60}}=<\*>"
UNTOLD_KEY = rf"\"(?!(?:{TELLING})\")[\w.@-]{{1,60}}\":\s?<\*>"
LAST_PAIR = re.compile(rf"((?:\S+ ){{2}}){UNTOLD_PAIR}\Z")
PAIRS = re.compile(
    rf"{UNTOLD_PAIR}(?:(?:[,;]? | \| ){UNTOLD_PAIR})+|{UNTOLD_KEY}(?:,\s?{UNTOLD_KEY})+"
    r"|(?<![\w.-])[a-z_]{2,40}:<\*>(?:,? [a-z_]{2,40}:<\*>)+"
)
"""Details after a message, of which now one and now another is left out."""
SENTENCE = re.compile(r"[A-Za-z]{2,},? [A-Za-z]{2,}[^\n=:]{0,400}:?\Z|\] \"[^\"\n]{1,500}\"\Z")
SAYS = re.compile(r"[A-Za-z]{2}|[\"\[{]")
"""A template that says nothing would be every fault's: then the names in it are what it says."""
NOTHING_SAID = re.compile(
    r"(?<=[:=] )(?:true|false|True|False|null|nil|None|none|<nil>)(?![\w.-])"
    r"|(?<=[a-z] )(?<!\bis )(?<!\bnot )(?<!\bbe )(?:null|nil|None)(?=,)"
)

COLONS = re.compile(
    r"\A.{0,80}?(?<![\w.-])(?=(?:[a-z]\w{0,40}: [^\n]{0,300}?, )?msg: )(?=[^\n]{1,1500}, [a-z]\w{0,40}: )"
)
COLON_FIELD = re.compile(r"(?:\A|, )([a-z]\w{0,40}): ((?:(?!, [a-z]\w{0,40}: )[^\n]){0,1500})")
"""Erlang's and Elixir's way of fields: `clientid: c1, msg: socket_error, reason: etimedout`."""
RECORD = re.compile(r"[^{\n]{1,200}?[\w)\]]: (\{(?=\"[^\n]{0,4000}(?:level|lvl|severity)\")[^\n]*\})\s*\Z")
"""A structured record behind the header of syslog."""
LOGFMT = re.compile(
    r"\s{0,4}(?!(?:node=\S{1,255} )?type=[A-Z_0-9]{2,40} msg=audit\()"
    r"[A-Za-z_][\w.]{0,40}=\S[^\n]{0,1500}?\s(?:msg|message)="
)
FIELD = re.compile(r"(?<![\w.-])([A-Za-z_][\w.-]{0,60})=(\"(?:[^\"\\\n]|\\[^\n]){0,1500}\"?|[^\s\"]{0,400})")

MESSAGES = ("msg", "message", "log", "short_message", "event", "text", "body")
"""Fields that hold a message; where there are several, the first of these does."""
ERRORS = frozenset(
    (
        "err",
        "error",
        "details",
        "detail",
        "output",
        "exception",
        "error_type",
        "exc_type",
        "exception_class",
        "stack_trace",
    )
)
"""Fields that say what happened beside the message; all others say to whom, where, how much."""
TOLD = ERRORS.union(MESSAGES)
WRAPPERS = frozenset(("fields", "jsonpayload"))


def template(text: str) -> str:
    """The message of a line with ids, numbers, times, addresses, paths, names and quoted values replaced.

    Of a JSON object that holds a message, and of a logfmt line, only the fields count that say what happened. Quoted
    text of three words or more is a message, not a value, and is kept with its own parts replaced.

    Args:
        text: one log event; only its first 2,048 characters are looked at, of a JSON object 65,536.
    """
    told = _object(text, max_json_depth)
    if told is None and (record := RECORD.match(text)):
        told = _object(record[1], max_json_depth)
    return (_of_text(text) if told is None else told)[:max_template_chars]


def fingerprint(app: str | None, namespace: str | None, category: Category | str, template: str) -> str:
    """32 hex digits, equal for repeats of one fault.

    Args:
        app, namespace: None when unknown.
        template: the runbook's id where one recognised the fault, else the message template.
    """
    seen = hashlib.blake2b(digest_size=16)
    for part in (app or "", namespace or "", str(category), template):
        raw = part.encode("utf-8", "replace")
        seen.update(len(raw).to_bytes(4, "big") + raw)
    return seen.hexdigest()


def _of_text(text: str) -> str:
    head = text[:max_read_chars]
    if "\x1b" in head or "‹" in head:
        head = ANSI.sub("", head)
    if LOGFMT.match(head):
        head = _fields(head)
    elif " msg: " in head and (colons := COLONS.match(head)):
        head = _fields(head[colons.end() :], TOLD | {"reason"}, COLON_FIELD)
    head = COLON_FIELDS.sub("", PAIRED.sub("(<*>)", _without_context(head)))
    head = EVENT.sub(lambda found: found[1] + found[2].replace(".", " "), head)
    fields = FIELDS.search(head)
    if fields and " msg=" in fields[1] and "level=" in fields[1]:  # a whole logfmt line behind syslog's header
        head = f"{head[: fields.start()]} {_fields(fields[1])}"
    elif fields and SENTENCE.search(head[: fields.start()]):
        told = TOLD if ":msg=" in fields[1] else ERRORS  # Boundary's `data:msg=...`
        head = f"{head[: fields.start()]} {_fields(fields[1], told)}"
    masked = NEIGHBOURS.sub("<*>", _unspaced(mask(mask_places(head))))
    named = _without_details(without_header(masked))
    if SAYS.search(named):
        return named
    return _first_fields(masked) if SAYS.search(masked) else _unspaced(mask(head))


def _first_fields(masked: str) -> str:
    """A line of nothing but fields is told by its first ones: later ones are now there and now not."""
    names = re.findall(UNTOLD_PAIR, masked)
    return " ".join(names[:FIRST_FIELDS]) if len(names) >= FIRST_FIELDS else masked


def _without_context(head: str) -> str:
    """Monolog, zap's console and others put an object of fields behind the message: of it the errors count."""
    found = CONTEXT.search(head)
    if found is None:
        return head
    if NO_MESSAGE.match(head, 0, found.start()):
        return f"{head[: found.start()]} {_object(found[1], max_json_depth) or found[1]}"
    try:
        fields = json.loads(found[1])
    except (ValueError, RecursionError):
        fields = {}
    told = {
        name: value.replace('"', "'")
        for name, value in fields.items()
        if name.lower() in ("err", "error") and isinstance(value, str)
    }
    return " ".join([head[: found.start()], *(f'{name}="{value}"' for name, value in sorted(told.items()))])


def _fields(text: str, told: Collection[str] = TOLD, form: re.Pattern[str] = FIELD) -> str:
    """The `key=value` fields that say something."""
    found = {one[1].lower(): one.group().lstrip(", ") for one in form.finditer(text) if one[1].lower() in told}
    return " ".join(_said(found[name]) if name in MESSAGES else found[name] for name in _telling(found))


def _said(field: str) -> str:
    """The message of `msg="..."`: the same as that of a line which holds nothing else."""
    value = re.split("[=:]", field, maxsplit=1)[1].strip()
    return value[1:].removesuffix('"') if value.startswith('"') else value


def _telling(names: Collection[str]) -> list[str]:
    """Of the fields' names the first message's and the errors', in one order."""
    message = next((name for name in MESSAGES if name in names), None)
    return ([message] if message else []) + sorted(name for name in names if name not in MESSAGES)


def _unspaced(text: str) -> str:
    return SPACES.sub(" ", text).strip()


def _without_details(masked: str) -> str:
    """Without names, and without what one line has and the next has not."""
    masked = mask_names(BEFORE.sub("", ASKED_FOR.sub("request <*>", OPTIONS.sub("<*>", masked))))
    masked = PAIRS.sub("<*>", masked)
    if masked.endswith("=<*>"):
        masked = LAST_PAIR.sub(r"\1<*>", masked)
    masked = PLURAL.sub(r"\1", NOTHING_SAID.sub("<*>", masked))
    masked = FULL_STOP.sub("", WRAPPED.sub("<*>", BOXED.sub("<*>", mask_strangers(masked))))
    masked = REPEATED.sub(r"\1", WRAPPED.sub("<*>", NEIGHBOURS.sub("<*>", masked)))
    return AT_ENDS.sub("", REPEATED_BOX.sub(r"\1", REPEATED_PAIR.sub(r"\1", masked)).strip())


def _object(text: str, depth: int) -> str | None:
    """The told fields of a JSON object that holds a message; None for anything else."""
    if not depth or text.lstrip()[:1] != "{" or len(text) > max_json_chars:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    told: dict[str, str] = {}
    for name, value in _told(_record(found), depth) if isinstance(found, dict) else ():
        told.setdefault(name, value)
    names = _telling(told)
    return " ".join(told[name] if name in MESSAGES else f"{name}={told[name]}" for name in names) if names else None


def _record(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record that another was put around: its message is the field's name, as CloudNativePG does it."""
    said = next((found[name] for name in MESSAGES if isinstance(found.get(name), str)), "")
    held = found.get(said)
    return held if isinstance(held, dict) and any(name in held for name in MESSAGES) else found


def _told(found: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    for key, value in found.items():
        name = key.rpartition(".")[2].lstrip("@").lower()
        if isinstance(value, dict) and depth > 1 and name in ERRORS:
            inner = dict(_told(value, depth - 1))
            yield name, " ".join(inner[one] for one in _telling(inner))
        elif isinstance(value, dict) and depth > 1 and (name in TOLD or name in WRAPPERS):
            yield from _told(value, depth - 1)
        elif isinstance(value, str) and value and name in TOLD:
            yield name, _object(value, depth - 1) or _of_text(value)
