"""What two log lines must share to be one fault: the message with its variable parts replaced, and its hash."""

import hashlib
import re

from langraph.models.incident import Category

max_template_chars = 512  # enough to tell messages apart; the tail of a long line is data
max_read_chars = 2_048  # of the line, before masking

ANSI = re.compile(r"\x1b\[[0-9;?]{0,16}[ -/]{0,2}[@-~]")
ZONES = "UTC|GMT|CES?T|EES?T|WES?T|[ECMP][SD]T|KST|JST|IST|BST|MSK|AE[SD]T|NZ[SD]T|HKT|SGT"
WHOSE = (
    "user|username|user_?[iI]d|uid|tenant|org(?:_?[iI]d)?|account|customer|application|project|(?:[a-z]{1,10}-)?namespace"
    "|pod|node|container|host(?:name)?|instance|addr(?:ess)?|peer|remote(?:_?addr)?|client(?:_?(?:ip|id))?|session"
    "|(?:trace|span|request|req|correlation|conn|connection|job|task|run)_?[iI]d|topic|queue|bucket|partition|shard"
    "|chunk|block|path|file|dir|url|uri|email|ip|name|image|key|rev(?:ision)?|digest"
)
"""Fields that say whom or which one an event is about: another value is the same fault."""
TELLING = (
    "level|lvl|severity|msg|message|err|error|reason|cause|event|exception|code|errno|errcode|type|kind|status|state"
    "|phase|result|logger|component|caller|source|module|method|op|operation|action|category|signal|class|func|function"
)
"""Fields whose value says what happened; any other bare value in `key=value` says to whom, where or how much."""
TOP_DOMAINS = "com|org|net|io|dev|app|edu|gov|cloud|local|internal|lan|svc|kr|jp|cn|de|fr|uk|eu|us"
VARIABLE = re.compile(
    r"(?P<uuid>(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z]))"
    r"|(?P<time>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[ ]?[+-]\d\d:?\d\d"
    rf"|[ ](?:{ZONES})\b)?"
    r"|\d{1,2}/(?:[A-Z][a-z]{2}|\d\d)/\d{4}:?[ ]?\d\d:\d\d:\d\d(?:[ ][+-]\d{4})?"
    r"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ ])?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"[ ]{1,2}\d{1,2}(?:[ ]\d{4})?[ ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[ ]\d{4})?"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?|\d{4}-\d\d-\d\d)"
    rf"|(?P<whose>(?<![\w-])(?:{WHOSE})=(?![\"'\\])[^\s\"',;)\]}}]+)"
    rf"|(?P<pair>(?<![\w.-])(?!(?:{TELLING})=)[A-Za-z_][\w.-]{{0,40}}=(?![\"'\\=<>{{\[(])[^\s\"',;)\]}}]+)"
    r"|(?P<process>(?:\b[Pp]rocess|\b[Tt]ask|\b[Pp]rogram|\bPID|\bpid)[ :=]{1,2}\d{1,10},? [(\[][\w.:/@+-]{1,64}[)\]])"
    r"|(?P<named>(?<![\w./-])[A-Za-z][\w.-]{0,100}/(?=\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?:(?<=\bon )|(?<=\bto )|(?<=\bfrom )|(?<=\bat )|(?<=\bhost )|(?<=\bnode )|(?<=\bserver )|(?<=\d, ))"
    r"(?=[A-Za-z.-]{0,60}\d)(?:[A-Za-z][A-Za-z0-9.]{0,60}(?:-[A-Za-z0-9.]{1,60}){1,8}(?<![.])|[a-z]{2,30}\d{1,6})"
    r"(?![\w/-])"
    rf"|(?<![\w./@$-])(?:{TOP_DOMAINS})\.[a-z][a-z0-9_]{{0,60}}(?:\.[a-z0-9_]{{1,60}}){{1,6}}(?![\w$]|\.[A-Za-z])"
    rf"|(?<![\w./@$-])[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{1,5}}\.(?:{TOP_DOMAINS})(?::\d{{1,5}})?(?![\w.-]))"
    r"|(?P<prefixed>(?<![\w-])[a-z]{1,10}_(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{8,60}(?![\w-]))"
    r"|(?P<url>(?<![\w+.-])[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>)\]}|\\,;]+)"
    r"|(?P<token>(?<![\w.-])eyJ[\w-]{5,2000}(?:\.[\w-]{1,2000}){1,2})"
    r"|(?P<mac>(?<![\w:])(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}(?![\w:]))"
    r"|(?P<drive>(?<![A-Za-z])[A-Za-z]:\\{1,2}[\w.\\@%+~-]{1,400})"
    r"|(?P<user>(?:(?<=\bof user )|(?<=\bby user )|(?<=\bas user )|(?<=\bfor user )|(?<=\bfrom user )"
    r"|(?<=invalid user ))[\w.@$-]{1,64})"
    r"|(?P<numbered>(?:(?<=\bpartition )|(?<=\btopic ))[\w.]{1,200}(?:-[\w.]{1,100}){0,8}-\d{1,6}(?![\w-]))"
    r"|(?P<word>[A-Za-z_]+(?=[\s,;:!?)=\]]|\.?\s|\.?\Z))"
    r"|(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})"
    r"|(?P<ip>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]*\d\.)"
    r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}(?![\w:])"
    r"|\[(?=[0-9a-fA-F.]{0,15}:)[0-9a-fA-F:.]{2,45}\](?::\d{1,5})?"
    r"|(?<![\w:])(?=[0-9a-fA-F:]{0,38}\d)(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}(?![\w:]))"
    r"|(?P<quoted>\\{1,3}\"[^\"\\\n]{0,400}\\{1,3}\"|\"(?:[^\"\\\n]|\\[^\n]){0,400}\"|(?<![A-Za-z])'[^'\n]{0,200}'(?![A-Za-z])|`[^`\n]{0,200}`)"
    r"|(?P<path>(?<![\w/])/(?:[\w.@%+~:=-]{1,255}/){0,40}[\w.@%+~:=-]{0,255}(?:\?[^\s\"']{0,500})?)"
    r"|(?P<boxed>(?<=[a-z] )\[(?=[\w.:/-]{0,60}[\d_-])[\w.:/-]{1,100}\](?=[ ,;.:]|\Z))"
    r"|(?P<proxy>(?<=\$\$)[0-9a-f]{4,32}(?!\w))"
    r"|(?P<pod>(?<=[a-z0-9]-)(?:[0-9bcdfghjklmnpqrstvwxz]{8,10}|[a-z0-9]*\d[a-z0-9]{6,9})-[a-z0-9]{5}(?![\w-]))"
    r"|(?P<duration>(?<![\w.])(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+(?![\w]))"
    r"|(?P<hex>(?<![0-9A-Za-z])(?:0x[0-9a-fA-F]+|(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{7,128}"
    r"|[0-9a-fA-F]{16,128})(?![0-9A-Za-z]))"
    r"|(?P<mixed>(?<![\w.-])(?:\d{1,20}[A-Za-z]\w{1,40}|(?=[A-Za-z]{0,20}\d{1,20}[A-Za-z]{1,20}\d)\w{4,40})(?![\w.-]))"
    r"|(?P<code>(?<![0-9A-Za-z])(?=(?:[A-Za-z]{0,20}\d){3})[0-9A-Za-z]{10,64}(?![0-9A-Za-z]))"
    r"|(?P<number>(?<![A-Za-z_])[+-]?\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?)"
    r"|(?P<suffix>(?<=[A-Za-z_])\d+)"
)
MASKS = {
    "uuid": "<id>",
    "time": "<time>",
    "mail": "<mail>",
    "ip": "<ip>",
    "path": "<path>",
    "pod": "<id>",
    "duration": "<n>",
    "hex": "<n>",
    "token": "<n>",
    "code": "<n>",
    "mixed": "<n>",
    "proxy": "<n>",
    "mac": "<ip>",
    "url": "<url>",
    "drive": "<path>",
    "user": "<s>",
    "numbered": "<s>",
    "boxed": "[<s>]",
    "named": "<s>",
    "prefixed": "<n>",
    "number": "<n>",
    "suffix": "<n>",
}
PROCESS = re.compile(r"\d{1,10},? [(\[].{1,66}")
REQUEST = re.compile(r"([A-Z]{3,7}) \S{1,400} HTTP/\d")
"""The first line of an HTTP request, which proxies quote: the same fault whatever was asked for."""
WORDY = re.compile(r"[A-Za-z][A-Za-z.,:;!?()/\-]*(?: [A-Za-z.,:;!?()/\-<>]+){2,}")
SPACES = re.compile(r"\s+")
MESSAGE_KEY = re.compile(
    r"(?:^|[\s,{(\[\\\"'])(?:msg|message|error|err|reason|event|exception|code|type|level|lvl|logger|kind|status)"
    r"\\{0,3}[\"']?\s{0,2}[:=]\s{0,2}\Z|\] \Z"
)
"""Fields whose value is part of the message even where it is one word; klog puts its message after `] `."""
max_key_chars = 24  # the longest such field with its quotes and white space
KEEP_INSIDE = 3
"""Rounds of masking within a quoted message (JSON in JSON)."""


def template(text: str) -> str:
    """The message of a line with ids, numbers, times, addresses, paths and quoted values replaced.

    Quoted text of three words or more is a message, not a value, and is kept with its own parts replaced.

    Args:
        text: one log event; only its first 2,048 characters are looked at.
    """
    head = text[:max_read_chars]
    if "\x1b" in head:
        head = ANSI.sub("", head)
    masked = SPACES.sub(" ", _mask(head, KEEP_INSIDE)).strip()
    return masked[:max_template_chars]


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


def _mask(text: str, rounds: int) -> str:
    def replaced(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if kind == "word":  # a plain word, taken whole: much faster than trying every form at each letter
            return found.group()
        if kind == "process":
            return PROCESS.sub("<n> (<s>)", found.group())
        if kind in ("whose", "pair"):
            return found.group().partition("=")[0] + "=<s>"
        if kind != "quoted":
            return MASKS[kind]
        quoted = found.group()
        inner = quoted.strip("\\\"'`")
        request = REQUEST.match(inner)
        if request:
            return f'"{request[1]} <path>"'
        if rounds and WORDY.search(inner):
            return f'"{_mask(inner, rounds - 1)}"'
        return _key(found, inner)

    return VARIABLE.sub(replaced, text)


def _key(found: re.Match[str], inner: str) -> str:
    """A JSON key and a level are words of the message; any other short quoted text is a value."""
    after = found.string[found.end() : found.end() + 2].lstrip()
    if after.startswith(":") and inner.replace("_", "").replace(".", "").isalpha():
        return f'"{inner}"'
    if inner and MESSAGE_KEY.search(found.string, max(0, found.start() - max_key_chars), found.start()):
        return f'"{_mask(inner, 0)}"'
    return "<s>"
