"""What a log line says of its own weight: error, warning, information, or nothing."""

import re
from collections.abc import Mapping
from enum import IntEnum

head_chars = 320  # time, level, thread and logger stand before the message
field_chars = 4_096  # a JSON line may carry its level after a long message; further away we do not look


class Level(IntEnum):
    """Heavier is larger."""

    TRACE = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4
    FATAL = 5


WORDS: Mapping[str, Level] = {
    **dict.fromkeys(("trace", "trc", "trce", "verbose", "finest", "finer"), Level.TRACE),
    **dict.fromkeys(("debug", "dbg", "dbug", "debg", "fine", "debug1", "debug2", "debug3"), Level.DEBUG),
    **dict.fromkeys(
        ("info", "inf", "information", "informational", "notice", "note", "system", "log", "ok", "normal", "config"),
        Level.INFO,
    ),
    **dict.fromkeys(("warn", "warning", "wrn"), Level.WARN),
    **dict.fromkeys(("error", "err", "eror", "erro", "severe", "fail"), Level.ERROR),
    **dict.fromkeys(
        ("fatal", "ftl", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic", "crt"), Level.FATAL
    ),
}
SYSLOG = (Level.FATAL, Level.FATAL, Level.FATAL, Level.ERROR, Level.WARN, Level.INFO, Level.INFO, Level.DEBUG)

FIELD = re.compile(
    r"""(?:^|[\s,{\[(|\\"'])(?:log[._]?level|level(?:_?name)?|lvl|log\.level|severity(?:_?text)?|levelname|@l(?:evel)?)"""
    r"""\\{0,3}["']?\s{0,4}[=:]\s{0,4}\\{0,3}["']?([A-Za-z]+|\d{1,2})\b""",
    re.IGNORECASE,
)
KLOG = re.compile(r"(?:^|[\s\"'}])([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ ")
EVENT_TYPE = re.compile(r"""\btype\\{0,3}["']?\s{0,2}[=:]\s{0,2}\\{0,3}["']?(Normal|Warning)\b""")
EVENT_TABLE = re.compile(r"(?:^|\s)(Normal|Warning)\s{1,20}[A-Z][A-Za-z]{2,40}\s")
HEAD_WORD = re.compile(
    r"(?:^|[\s\[|<(>:])(TRACE|DEBUG\d?|VERBOSE|INFO|NOTICE|LOG|WARN(?:ING)?|ERROR|ERR"
    r"|SEVERE|FATAL|CRITICAL|CRIT|ALERT|EMERG|PANIC"
    r"|INF|WRN|DBG|FTL|TRC)(?=[\s\]|>):,(/]|$)"
)
BRACKET = re.compile(
    r"\[ {0,2}(?:[\w:.-]{1,24}:)?"
    r"(trace|debug|info|notice|warn|warning|error|err|crit|critical|alert|emerg|fatal)\s{0,6}\]"
)
ANGLE = re.compile(r"<(Fatal|Critical|Error|Warning|Notice|Information|Debug|Trace)> ")
"""ClickHouse writes `[thread] {query} <Error> logger: message`."""
RECORD_SEVERITY = re.compile(
    r"""\\{0,3}"error_severity\\{0,3}"\s?:\s?\\{0,3}"(ERROR|FATAL|PANIC|WARNING)\b"""
    r"""|"record\\{0,3}"\s?:\s?\{[^{}]{0,300}"level\\{0,3}"\s?:\s?\\{0,3}"(ERROR|FATAL|WARNING)\b"""
    r"""|PHP message: PHP (Fatal|Parse|Recoverable fatal) error"""
)
"""PostgreSQL's jsonlog and PgBouncer's lines, which an operator (CloudNativePG) wraps into a line of its own at level
info; PHP's errors, which FPM passes on as a notice."""
MYSQL = re.compile(r"\[(Note|System|Warning|Error|ERROR)\] (?:\[MY-|InnoDB|\w)")
MONOLOG = re.compile(r"(?:^|\s)\w{1,30}\.(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): ")
"""PHP's Monolog writes `channel.LEVEL: message`."""
ROUTINE = re.compile(
    r"\bLOG: {1,2}(?:statement|duration|execute|parse|bind|connection (?:received|auth)|disconnection|checkpoint"
    r"|restartpoint|automatic |parameter |redo |starting |listening |database system |temporary file|replication"
    r"|autovacuum|stats: )"
)
"""What PostgreSQL's settings make it report of its ordinary work, quoted statements included."""
SYSLOG_PRIORITY = re.compile(r"<(\d{1,3})>(?:1 )?\w")
SYSLOG_FIELD = re.compile(
    r"""[{,]\s?\\{0,3}"(?:(?P<gelf>level)|PRIORITY|syslog_severity)\\{0,3}"\s?:\s?\\{0,3}"?(?P<number>[0-7])\b"""
)
"""GELF and the journal's JSON: 0 emergency ... 7 debug. Elsewhere a small `level` is a verbosity (Go's logr)."""
START_WORD = re.compile(
    r"^(fail|crit|warn|info|dbug|trce|error|fatal|warning|debug|Error|Fatal|Warning|Info): ", re.IGNORECASE
)
TELEGRAF = re.compile(r"(?:^|[\sZ])([EWID])! (?=\[|[A-Z])")
"""Telegraf writes `E! [outputs.influxdb] message`."""
ZAP = re.compile(r"^\S{10,40}\t(debug|info|warn|error|dpanic|panic|fatal)\t")
"""zap's console: columns between tabs, the level in small letters."""
REDIS = re.compile(r"^\d{1,7}:[MSCX] \d{1,2} \w{3} \d{4} [\d:.]{8,16} ([.\-*#]) ")
MONGO = re.compile(r'^\{"t":\{.{0,80}\},"s":"([FEWID])')
MONGO_MARKS = {"F": Level.FATAL, "E": Level.ERROR, "W": Level.WARN, "I": Level.INFO, "D": Level.DEBUG}
REDIS_MARKS = {".": Level.DEBUG, "-": Level.INFO, "*": Level.INFO, "#": Level.WARN}
SETTING = re.compile(r"(?:\A|\n)[ \t]{1,40}(?:log_?)?level: [A-Za-z]{1,12}\Z")
"""A level that somebody configures, in YAML of several lines, is not the level of the text."""
ANSI = re.compile(r"\x1b\[[0-9;?]{0,16}[ -/]{0,2}[@-~]")

STACK_HEAD = re.compile(
    r"^(?:Traceback \(most recent call last\):|Exception in thread |panic: |fatal error: |goroutine \d+ \["
    r"|Unhandled exception"
    r"|(?:[A-Za-z_][\w$]*\.){1,12}[A-Z][\w$]*(?:Exception|Error)(?::| \(|$)"
    r"|[A-Z][a-z]\w{0,60}(?:Error|Exception)(?:: | \()\S"
    r"|(?:[a-z_]\w*\.){0,6}(?:exceptions?|errors?|errorfactory|error)\.(?:[a-z_]\w*\.){0,3}[A-Z]\w{1,60}:"
    r"|(?:[A-Z]\w{0,60}::){1,6}[A-Z]\w{0,60}"
    r"(?:Error|Exception|Invalid|Not[A-Z]\w{1,30}|Violation|Failed|Failure|Denied|Timeout|Refused|Destroyed)(?::| \()"
    r"|\*\* \((?:[A-Z]\w{0,60}\.){0,6}(?:[A-Z]\w{0,60}|exit|stop|throw)\) \S"
    r"|(?:magick|convert|identify|mogrify|composite): [^\n]{2,300} @ error/"
    r"|=(?:ERROR|CRASH) REPORT=|(?:npm|yarn|pnpm) ERR! |PHP (?:Fatal|Parse|Compile|Core|Recoverable fatal) error: "
    r"|(?:[A-Za-z_][\w.]{0,60}: )?ORA-(?!00000)\d{5}: |SQLSTATE\[(?!0[012])\w{5}\]"
    r"|[a-z][\w./+-]{0,40}: (?:(?:fatal |internal |fatal internal )?error|fatal): "
    r"(?!none|null|nil|false|no )[A-Za-z'\"/`-]"
    r"|(?:[A-Z]\w{0,60}::){1,6}(?:Error|Exception)(?::| \()"
    r"|(?:-|\(error\) )?(?:WRONGTYPE|CROSSSLOT|BUSYGROUP|NOGROUP|EXECABORT|NOSCRIPT) [A-Z]"
    r"|\S[^\n]{0,240}: (?:Input/output error|Invalid data found when processing input|Bad file descriptor"
    r"|Stale file handle|Protocol error|Bad message|Structure needs cleaning)$"
    r"|Code: \d{1,4}\. DB::Exception: |(?:[A-Z]\w{0,60}\.)?GenServer \S{1,80} terminating)",
    re.MULTILINE,
)
API_ERROR = re.compile(r'\s{0,4}\{"error":\{".{2,3900}"status":\s?[45]\d\d\s?\}\s{0,4}\Z', re.DOTALL)
"""What Elasticsearch and others answer a request that they could not carry out, logged as it came."""
NOTHING_WRONG = re.compile(
    r"(?i)\b(?:0|no|zero|without(?: any)?) (?:\w{1,20} )?(?:errors?|failures?|failed|exceptions?|warnings?)\b"
    r"|\b(?:errors?|error_?count|err(?:or)?s?_?total|failed|failures?|fatal|exceptions?)\\{0,2}[\"']?\s{0,2}[=:]\s{0,2}"
    r"(?:0\b(?!\.\d*[1-9])|null\b|nil\b|none\b|false\b|<nil>|\\{0,2}[\"']{2}|\[\])"
)


def own_level(text: str) -> Level | None:
    """The level that the line's format gives it, None when it has none."""
    text = ANSI.sub("", text[:field_chars]) if "\x1b" in text[:field_chars] else text[:field_chars]
    event = _event_level(text)
    if event is not None:
        return event
    record = RECORD_SEVERITY.search(text)
    if record:
        return WORDS.get((record[1] or record[2] or "").lower(), Level.ERROR)
    first = text.lstrip()[:1]
    field = _field_level(text)
    if field is not None and first in "{[":
        return field[1]
    head = _head_level(text[:head_chars])
    if head is None or (field is not None and field[0] <= head[0]):
        return field[1] if field else None
    return head[1]


def label_level(labels: Mapping[str, str]) -> Level | None:
    """The level that the labels give a line: its own labels, then what Loki guessed from the words."""
    for name in ("level", "severity", "severity_text", "loglevel", "log_level", "detected_level"):
        known = WORDS.get(labels.get(name, "").lower())
        if known is not None:
            return known
    return None


def says_error(text: str, labels: Mapping[str, str], own: Level | None) -> bool:
    """Whether a line that no runbook knows really reports an error.

    A word is not enough: `0 errors` and `error_count=0` report health.

    Args:
        own: `own_level(text)`.
    """
    if own is not None:
        return own >= Level.ERROR
    if STACK_HEAD.search(text[:field_chars]) or API_ERROR.match(text[:field_chars]):
        return True
    given = label_level(labels)
    return given is not None and given >= Level.ERROR and not NOTHING_WRONG.search(text[:field_chars])


def _event_level(text: str) -> Level | None:
    """Kubernetes events have a type; whatever logged the event, the type says how it is meant."""
    found = EVENT_TYPE.search(text)
    if found and ("reason" in text or "involvedObject" in text or "Event" in text):
        return Level.WARN if found[1] == "Warning" else Level.INFO
    table = EVENT_TABLE.search(text[:head_chars])
    return (Level.WARN if table[1] == "Warning" else Level.INFO) if table else None


def _field_level(text: str) -> tuple[int, Level] | None:
    for found in FIELD.finditer(text):
        if SETTING.search(text[max(0, found.start() - 60) : found.end()]):
            continue
        word = found[1].lower()
        if word.isdigit():
            number = int(word)
            if number % 10 == 0 and 10 <= number <= 60:  # bunyan and pino: 10 trace ... 60 fatal
                return found.start(), Level(number // 10 - 1)
            continue
        if word in WORDS:
            return found.start(), WORDS[word]
    numbered = SYSLOG_FIELD.search(text)
    if numbered is None or (numbered["gelf"] and "short_message" not in text):
        return None
    return numbered.start(), SYSLOG[int(numbered["number"])]


def _head_level(head: str) -> tuple[int, Level] | None:
    redis = REDIS.match(head)
    if redis:
        return 0, REDIS_MARKS[redis[1]]
    mongo = MONGO.match(head)
    if mongo:
        return 0, MONGO_MARKS[mongo[1]]
    found: list[tuple[int, Level]] = []
    priority = SYSLOG_PRIORITY.match(head)
    if priority:
        found.append((1_000, SYSLOG[int(priority[1]) % 8]))  # what the message says of itself comes before its carrier
    klog = KLOG.search(head)
    if klog:
        found.append((klog.start(), WORDS[{"I": "info", "W": "warn", "E": "error", "F": "fatal"}[klog[1]]]))
    zap = ZAP.match(head)
    if zap:
        return 0, WORDS[zap[1]]
    telegraf = TELEGRAF.search(head)
    if telegraf:
        found.append((telegraf.start(), MONGO_MARKS[telegraf[1]]))
    for pattern in (START_WORD, HEAD_WORD, BRACKET, ANGLE, MONOLOG, MYSQL):
        match = pattern.search(head)
        if match:
            found.append((match.start(1), _word_level(match, head)))
    return min(found) if found else None


def _word_level(match: re.Match[str], head: str) -> Level:
    """PostgreSQL ranks LOG above ERROR: it says for whom a line is, not that all is well."""
    if match[1] == "LOG" and head.startswith(": ", match.end(1)) and not ROUTINE.match(head, match.start(1)):
        return Level.WARN
    return WORDS[match[1].lower()]
