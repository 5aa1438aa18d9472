"""Secrets never leave: what a log line must lose before anybody or anything else sees it."""

import re
from collections.abc import Callable, Mapping

NAME_WORDS = ("passw", "passphrase", "pass=", "pass:", 'pass"', "pwd", "secret", "token", "key", "credential",
              "authorization",
              "cookie", "session", "signature", "sig=")  # fmt: skip
"""Lower case; a name that makes its value a secret holds one of these."""

NAME = (
    r"(?:[\w.-]{0,64}?(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key"
    r"|access[_-]?key(?!_?id)|private[_-]?key"
    r"|account[_-]?key|shared[_-]?key|client[_-]?secret|credentials?|authorization|cookie|session[_-]?id|sessionid"
    r"|signature)[\w-]{0,32}|pass|sig)"
)
VALUE = r"(?:[^\s\"'`,;&<>(){}\[\]\\|]{1,4096})"
DONE = r"(?!\[redacted:)"
HARMLESS = frozenset(
    {"null", "none", "nil", "true", "false", "<nil>", "undefined", "required",
     "invalid", "expired", "missing", "not", "is", "empty", "",
     "authentication", "incorrect", "failed", "error", "mismatch", "unset", "yes", "no", "0", "1"}
)  # fmt: skip
LONGEST_ADDRESS = 300  # characters looked back for the scheme
IN_ADDRESS = re.compile(r"://[^\s\"']+/\Z")
"""What ends a quoted URL is no key: `"https://host/api/v1/secrets": timed out`; `"db/password": ...` is one."""
NOT_A_SECRET = re.compile(
    r"(?:[\w.-]*(?:tokens?_?(?:count|used|limit|type|total|per_\w+|budget)|max_?tokens?"
    r"|total_?tokens?|keys?_?count|token_ttl|tokens)"
    r"|(?:[\w.-]*\.)?v\d\w{0,12}\.Secret(?:List)?)\Z",  # the last one: how Go prints the API's type
    re.IGNORECASE,
)

PEM = re.compile(
    r"-----BEGIN ([A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?)-----(?:(?!-----END)[\s\S]){0,16384}"
    r"(?:-----END [A-Z ]{0,60}-----)?"
)
URL = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]{1,30}://)([^\s/:@\"'<>]{0,256}):" + DONE + r"([^\s/\"'<>]{1,512})@(?=[^\s@/\"'<>]{1,256})"
)
USERLESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,30}://)" + DONE + r"([A-Za-z0-9_\-]{20,256})@(?=[\w.-])")
SUSPECT = re.compile(
    r"(?:passw|passphrase|pass|pwd|secret|token|key|credential|authorization|cookie|session|signature|sig)[\w-]{0,32}"
    r"(?:\\{0,3}[\"']?\s{0,3}(?:=>|[:=])|\s)"
)
"""A secret's name that is followed by a value, or by a space as on a command line."""
LISTED = re.compile(r"[\w-](?:\\{0,3}[\"'])?\s{0,3}(?:=>|[:=])\s{0,3}\[")
"""What a list follows."""
HEADER = re.compile(r"(?i)\b(bearer|basic|apikey)((?>\s{1,4}|%20))" + DONE + r"([A-Za-z0-9._~+/=\-]{8,8192})")
AUTHORIZATION = re.compile(
    r"(?i)\b((?:proxy-)?authorization(?>\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?))(?!\[)"
    r"((?:[a-z][\w-]{0,30}(?:,? [\w-]{1,30}=(?:\\{0,3}\"[^\"\r\n]{0,1024}\"|[^\s,\"]{1,1024})){1,15}"
    r"|(?:\w{1,20} )?[^\s\"'\\,;]{1,8192}))"
)
COOKIE = re.compile(
    r"(?i)\b((?:set-)?cookie(?>\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?))(?!\[)([^\"'\\\r\n]{1,8192})"
)
_LIST = r"(?>\\{0,3}[\"']?\s{0,3}(?:=>|[:=])\s{0,3}(?:\[\]string\{|\[)\s{0,3})"
LIST_QUOTED = re.compile(
    r"(?i)(?<![\w])("
    + NAME
    + rf")({_LIST})(\\{{0,3}}[\"'])"
    + DONE
    + r"((?:(?!\3)[^\r\n]){1,8192})(?:\3(?:\s{0,3},\s{0,3}\3(?:(?!\3)[^\r\n]){0,8192}\3){0,64}|(?=[\r\n]|\Z))"
)
"""A header with its values, as JSON, Python and Go print it: `"Cookie":["sid=...", "..."]`."""
LIST_BARE = re.compile(r"(?i)(?<![\w])(" + NAME + rf")({_LIST})(?![\"'\\]|redacted:)" + DONE + r"([^\]}\r\n]{1,8192})")
"""The same as Go prints a map: `Cookie:[sid=... theme=dark]`."""
TUPLE = re.compile(
    r"(?i)(?<!\w)(b?([\"'])((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,40}(?:key|token|secret|signature)[\w-]{0,20})\2"
    r"\s{0,3},\s{0,3}b?)([\"'])" + DONE + r"((?:(?!\4)[^\r\n]){1,8192})(?:\4(?!\s{0,3}:)|(?=[\r\n]|\Z))"
)
"""A header and its value side by side, as Envoy and Python's clients print them: `'cookie', 'sid=...'`."""
NAMED = re.compile(
    r"(?i)(?<!\w)((?:name|key|header)\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?)("
    + NAME
    + r")(?!\w)((?>\\{0,3}[\"']?[,;]?\s{1,40}|\\{0,3}[\"'],\s{0,3})\\{0,3}[\"']?value\\{0,3}[\"']?\s{0,3}[:=]\s{0,3})"
    + r"(?:(\\{0,3}[\"'])"
    + DONE
    + r"((?:(?!\4)[^\r\n]){1,8192})(?:\4|(?=[\r\n]|\Z))|"
    + DONE
    + "("
    + VALUE
    + "))"
)
"""An environment variable or a header as an object: `{"name":"DB_PASSWORD","value":"..."}`."""
ELEMENT = re.compile(r"(?i)<(" + NAME + r")>" + DONE + r"([^<>\r\n]{1,4096})(?=</|[\r\n]|\Z)")
PAIR_QUOTED = re.compile(
    r"(?i)(?<![\w])("
    + NAME
    + r")((?>\\{0,3}[\"']?\s{0,3}(?:=>|[:=])\s{0,3}))(\\{0,3})([\"'])"
    + DONE
    + r"((?:(?!\3\4)\\?[^\r\n]){1,4096})(\3\4)"
)
PAIR = re.compile(
    r"(?i)(?<![\w])(" + NAME + r")((?>\\{0,3}[\"']?\s{0,3}(?:=>|[:=])\s{0,3}))" + DONE + "(" + VALUE + ")"
)
FLAG = re.compile(
    r"(?i)(--?[\w-]{0,40}(?:password|passwd|secret|token|api-?key)(?>\s{1,3}))" + DONE + r"([^\s\-\"'][^\s\"']{0,1024})"
)
IDENTIFIED = re.compile(r"(?i)(identified by\s{1,3}['\"])" + DONE + r"([^'\"]{1,256})")
TOKENS = (
    ("aws", "akia", re.compile(r"\bAKIA[A-Z0-9]{16}\b")),
    ("aws", "asia", re.compile(r"\bASIA[A-Z0-9]{16}\b")),
    ("gcp", "aiza", re.compile(r"\bAIza[A-Za-z0-9_\-]{35}")),
    ("github", "gh", re.compile(r"\b(?:gh[posur]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255})")),
    ("gitlab", "glpat-", re.compile(r"\bglpat-[A-Za-z0-9_\-]{20,64}")),
    ("slack", "xox", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,255}")),
    ("slack", "xapp-", re.compile(r"\bxapp-[A-Za-z0-9-]{10,255}")),
    ("slack", "hooks.slack.com", re.compile(r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_\-]{10,255}")),
    ("stripe", "k_", re.compile(r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}")),
    ("openai", "sk-", re.compile(r"\bsk-[A-Za-z0-9_\-]{20,255}")),
    ("npm", "npm_", re.compile(r"\bnpm_[A-Za-z0-9]{36}")),
    ("digitalocean", "dop_v1_", re.compile(r"\bdop_v1_[a-f0-9]{64}")),
    ("vault", "hvs.", re.compile(r"\bhvs\.[A-Za-z0-9_\-]{20,255}")),
    ("jwt", "eyj", re.compile(r"\beyJ[A-Za-z0-9_\-]{5,4096}\.[A-Za-z0-9_\-]{5,8192}(?:\.[A-Za-z0-9_\-]{0,4096})?")),
)
"""Kind, the lower-case text it must hold, its form."""

ANSI = re.compile(
    r"\x1b(?:\[[0-9;?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,2048}(?:\x07|\x1b\\)?"
    r"|[PX^_][^\x1b]{0,2048}(?:\x1b\\)?|[@-Z\\-_])"
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def redact(text: str) -> str:
    """`text` without its secrets, each replaced by `[redacted:<kind>]`; the same again when called again.

    Each kind is looked for only in a text that holds its keyword: clean lines cost a few substring searches.
    """
    lower = text.lower()
    if "-----begin" in lower:
        text = PEM.sub("[redacted:private-key]", text)
    for kind, start, pattern in TOKENS:
        if start in lower:
            text = pattern.sub(f"[redacted:{kind}]", text)
    if "://" in lower and "@" in lower:
        text = USERLESS.sub(r"\1[redacted:token]@", URL.sub(r"\1\2:[redacted:password]@", text))
    is_named = any(word in lower for word in NAME_WORDS)
    if is_named and LISTED.search(lower):
        text = LIST_BARE.sub(_listed, LIST_QUOTED.sub(_listed, text))
    if is_named:
        text = TUPLE.sub(_tuple, NAMED.sub(_named, text))
        text = ELEMENT.sub(lambda found: f"<{found[1]}>[redacted:{_kind(found[1])}]", text)
    if "authorization" in lower:
        text = AUTHORIZATION.sub(r"\1[redacted:authorization]", text)
    if "cookie" in lower:
        text = COOKIE.sub(r"\1[redacted:cookie]", text)
    if "bearer" in lower or "basic" in lower or "apikey" in lower:
        text = HEADER.sub(_header, text)
    if "identified by" in lower:
        text = IDENTIFIED.sub(r"\1[redacted:password]", text)
    if is_named and SUSPECT.search(lower):
        text = PAIR.sub(_bare, PAIR_QUOTED.sub(_quoted, text))
        text = FLAG.sub(r"\1[redacted:secret]", text)
    return text


def redact_all(mapping: Mapping[str, str], clean: Callable[[str], str] = redact) -> dict[str, str]:
    """The same mapping with clean values; a value whose key names a secret is one."""
    out: dict[str, str] = {}
    for key, value in mapping.items():
        pair = clean(f"{key}={value}")
        kept = pair.startswith(f"{key}=") and not pair[len(key) + 1 :].startswith("[redacted:")
        out[key] = clean(value) if kept else pair.partition("=")[2] or clean(value)
    return out


def printable(text: str) -> str:
    """`text` safe for a terminal and a file: escape sequences dropped, control characters shown, line feeds kept."""
    if text.isprintable():
        return text
    return CONTROL.sub(_shown, ANSI.sub("", text.replace("\r\n", "\n")))


def _shown(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)  # the Unicode pictures of control characters
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _header(found: re.Match[str]) -> str:
    value = found[3]
    if value.isalpha() and value.islower():  # "basic authentication" is prose
        return found.group()
    return f"{found[1]}{found[2]}[redacted:{found[1].lower()}]"


def _quoted(found: re.Match[str]) -> str:
    if found[5].strip("\\").lower() in HARMLESS or NOT_A_SECRET.match(found[1]):
        return found.group()
    return f"{found[1]}{found[2]}{found[3]}{found[4]}[redacted:{_kind(found[1])}]{found[6]}"


def _listed(found: re.Match[str]) -> str:
    quote = found[3] if found.re is LIST_QUOTED else ""
    if found[1].lower().endswith("secrets") or (not quote and NOT_A_SECRET.match(found[1])):  # their names, how many
        return found.group()
    if found[found.re.groups].strip().lower() in HARMLESS:
        return found.group()
    return f"{found[1]}{found[2]}{quote}[redacted:{_kind(found[1])}]{quote}"


def _tuple(found: re.Match[str]) -> str:
    return f"{found[1]}{found[4]}[redacted:{_kind(found[3])}]{found[4]}"


def _named(found: re.Match[str]) -> str:
    value = found[6] if found[5] is None else found[5]
    if value.lower() in HARMLESS or NOT_A_SECRET.match(found[2]):
        return found.group()
    quote = found[4] or ""
    return f"{found[1]}{found[2]}{found[3]}{quote}[redacted:{_kind(found[2])}]{quote}"


def _bare(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - LONGEST_ADDRESS) : found.start()]
    if found[2].lstrip("\\")[:1] in ("'", '"') and IN_ADDRESS.search(before):
        return found.group()
    if found[3].strip(".,").lower() in HARMLESS or NOT_A_SECRET.match(found[1]):
        return found.group()
    if ": " in found[2] and found[3].isalpha() and found[3].islower() and len(found[3]) < 24 and "_" not in found[1]:
        after = found.string[found.end() : found.end() + 2]
        if after[:1] == " " and after[1:].isalpha():  # "Invalid token: signature mismatch" is prose
            return found.group()
    return f"{found[1]}{found[2]}[redacted:{_kind(found[1])}]"


def _kind(name: str) -> str:
    name = name.lower()
    for word, kind in (
        ("authorization", "authorization"),
        ("pass", "password"),
        ("pwd", "password"),
        ("token", "token"),
        ("key", "key"),
        ("cookie", "cookie"),
    ):
        if word in name:
            return kind
    return "secret"
