"""Variables: which parts of a message differ from one occurrence to the next. Pure; linear in the text."""

import re

MASK = "<*>"
KEEP_INSIDE = 3
"""Rounds of masking within a quoted message (JSON in JSON)."""

ZONES = "UTC|GMT|CES?T|EES?T|WES?T|[ECMP][SD]T|KST|JST|IST|BST|MSK|AE[SD]T|NZ[SD]T|HKT|SGT"
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
LEVELS = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|trace|debug|info|notice|warn|warning|error|fatal"
TELLING = (
    'msg|message|err|error|exception|details?|output|(?:state|status|result|outcome|signal)(?=="?[A-Za-z])'
    '|reason(?=="?[A-Z][a-z]+[A-Z])'
)
"""Fields whose value says what happened; any other value in `key=value` says to whom, where or how much."""
TOP_DOMAINS = (
    "com|org|net|io|dev|app|edu|gov|cloud|local|internal|lan|svc|corp|arpa|example|test|invalid"
    "|kr|jp|cn|de|fr|uk|eu|us|hk|ru|nl|ch|se|es|pl|ca|au|br|biz|ai|xyz|tv"
)
FAULTS = (
    "(?:Exception|Error|Throwable|Failure|Fault|Timeout|Interrupt|NotFound|Invalid|Denied|Refused|Exceeded|Missing"
    "|Deadlocked)"
)
"""How classes end whose name says what went wrong."""
SOURCE_FILES = "go|py|rb|js|ts|java|kt|scala|c|cc|cpp|h|rs|php|cs|ex|erl|pl|lua"
UNITS = (
    "[kKMGTPE]i?[bB]?|[bB]|[kKMG]i?[bB](?:/s|ps)|[Bb]ytes?|ns|us|µs|ms|s|m|h|d|secs?|seconds?|mins?|minutes?|hours?|days?"
    "|msec|usec|millis(?:econds)?"
)
PER = "/(?:s|sec|second|min|minute|h|hour|day)"
HYPHENATED = (
    "of|to|the|in|and|by|up|out|not|non|end|on|off|per|a|an|for|re|pre|post|sub|multi|self|as|is|at|or|only|way|time"
    "|based"
)
"""Parts of hyphenated English: `up-to-date`, `end-of-file`; any other word of three parts is a name."""
EITHER = (
    "and|or|read|reader|client|server|input|output|on|off|up|down|yes|no|name|key|start|stop|true|false|enable|enabled|disable"
    "|open|close|in|out|source|sender|receiver|add|remove|create|send|get|set|success|pass|lock|push|upload|import|load|i"
)
"""What stands before a stroke in English: `read/write`, `client/server`; anything else so joined is a name."""
KUBERNETES_KINDS = (
    "[Pp]ods?|[Ss]ervices?|[Ss]ervice[Aa]ccounts?|[Dd]eployments?|[Ss]tateful[Ss]ets?|[Dd]aemon[Ss]ets?|[Rr]eplica[Ss]ets?|[Jj]obs?"
    "|[Cc]ron[Jj]obs?|[Cc]onfig[Mm]aps?|[Ss]ecrets?|[Ii]ngress(?:es)?|[Nn]amespaces?|[Nn]odes?|[Rr]ole(?:[Bb]inding)?s?"
    "|[Cc]luster[Rr]ole(?:[Bb]inding)?s?|[Cc]ustom[Rr]esource[Dd]efinitions?|[Pp]ersistent[Vv]olume(?:[Cc]laim)?s?|[Ee]ndpoints?"
)
REASONS = (
    "OK|Created|Accepted|No Content|Partial Content|Moved Permanently|Found|See Other|Not Modified"
    "|(?:Temporary|Permanent) Redirect|Bad Request|Unauthorized|Payment Required|Forbidden|Not Found"
    "|Method Not Allowed|Not Acceptable|Request Timeout|Conflict|Gone|(?:Length|Precondition) Required"
    "|Precondition Failed|Payload Too Large|URI Too Long|Unsupported Media Type|Range Not Satisfiable"
    "|Expectation Failed|Unprocessable (?:Entity|Content)|Locked|Too Many Requests|Internal Server Error"
    "|Not Implemented|Bad Gateway|Service Unavailable|Gateway Time-?[Oo]ut|HTTP Version Not Supported"
    "|Insufficient Storage"
)
"""What stands behind the number of an HTTP status (RFC 9110): the number is a value, so is what it is called."""
HTTP = "GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE|PROPFIND"

_INNER = r"[^()\n]{0,200}"
DEBUGGED = (
    rf"[A-Z][a-z]\w{{0,30}}\({_INNER}(?:\({_INNER}(?:\({_INNER}(?:\({_INNER}\){_INNER}){{0,4}}\){_INNER}){{0,4}}\)"
    rf"{_INNER}){{0,4}}\)"
)
"""How Rust prints a value for those who look for bugs: `Some(Name("x"))`."""
PROSE = (
    rf"(?P<prose>(?:[\s,;)\]}}(=!?|#^>]|[.:-]\s|"
    rf"(?!(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|{MONTHS}|[Tt]rue|[Ff]alse|[Pp]rocess|[Tt]ask|[Pp]rogram|PID|pid)\b|veth)"
    r"[A-Za-z_]++(?:[;)!?]|[.:]?\s))++)|"
)
"""Where no variable begins, a run of it taken at once: half of the time would be spent on trying every form there."""
VARIABLE = re.compile(
    PROSE + r"(?P<time>\d{4}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[ ]?[+-]\d\d:?\d\d"
    rf"|[ ](?:{ZONES})\b)?"
    r"|\d{1,2}/(?:[A-Z][a-z]{2}|\d\d)/\d{4}:?[ ]?\d\d:\d\d:\d\d(?:[ ][+-]\d{2}:?\d{2})?"
    rf"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ ])?(?:{MONTHS})"
    r"[ ]{1,2}\d{1,2}(?:,?[ ]\d{4})?[ ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[ ]\d{4})?"
    rf"|(?<![\w.])(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),[ ])?\d{{1,2}}[ -](?:{MONTHS})[ -]\d{{4}}"
    rf"(?:[ ]\d\d:\d\d:\d\d(?:\.\d+)?)?(?:[ ](?:{ZONES}|[A-Z][a-z]{{2,20}}/[A-Z][A-Za-z_]{{2,30}}))?"
    r"|(?<![\d:])\d\d:\d\d:\d\d(?:\.\d{1,9})? [A-Z]{3,4} (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
    rf" (?:{MONTHS}) \d{{1,2}} \d{{4}}"
    r"|(?<![\da-fA-F])(?<![\da-fA-F]:)\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?!\d|:[\da-fA-F]{2}))"
    r"|(?P<dn>(?<![\w.-])(?:(?:C|ST|L|O|OU|CN|DC|emailAddress)=[^,=\n]{1,80}(?:, ?|(?![\w ]))){2,10})"
    rf"|(?P<pair>(?<![\w.-])(?!(?:{TELLING})=|type=\"[A-Z][A-Z_]{{2,60}}\b)[A-Za-z_][\w.-]{{0,40}}="
    rf"(?:{DEBUGGED}"
    rf"|[+-]?\d+(?:\.\d+)? (?:{UNITS})(?![\w=-])"
    r"|\d[\d.]*[a-zµ]{1,2}(?: \d[\d.]*[a-zµ]{1,2}(?![\w-])){1,3}"
    r"|\[?\d{1,6}\]?(?: {1,2}\[?\d{1,6}\]?(?=\s|\Z)){1,20}"
    r"|(?![\"'\\=<>{\[(])(?:[^\s\"',;)\]}\[]|\[[^\s\[\]]{0,100}\])+"
    r"|\\{1,3}\"[^\"\\\n]{0,400}\\{1,3}\"|\"(?:[^\"\\\n]|\\[^\n]){0,800}\"|'[^'\n]{0,400}'|\[[^\[\]\n]{0,400}\]|<[^<>\n]{0,100}>|\{[^\n]{0,1500}\}(?=\s{1,2}[\w.-]{1,60}=|\s{0,2}\Z)"
    r"|(?=[\s,;)\]}]|\Z)))"
    rf"|(?P<status>(?<![\w.-])[1-5]\d\d,? (?:{REASONS})(?![\w-]))"
    r"|(?P<truth>(?<![\w.=/-])(?:[Tt]rue|[Ff]alse)(?![\w/-]|\.\w))"
    r"|(?P<process>(?:\b[Pp]rocess|\b[Tt]ask|\b[Pp]rogram|\bPID|\bpid)[ :=]{1,2}\d{1,10},? [(\[][\w.:/@+-]{1,64}[)\]])"
    r"|(?P<url>(?<![\w+.-])[a-z][a-z0-9+.-]{1,15}://"
    r"(?:[^\s\"'<>()\[\]}|\\,;]|\([^\s()]{0,200}\)|\[[^\s\[\]]{0,200}\])+)"
    r"|(?P<localfile>(?<![\w/])file:/[^\s\"',;)\]]{1,500})"
    r"|(?P<token>(?<![\w.-])eyJ[\w-]{5,2000}(?:\.[\w-]{1,2000}){1,2})"
    r"|(?P<list>(?<![^\s\[(])(?=[^\s,]{1,100},[^\s,]{0,100},[^\s]{0,300}\d)[\w.:\\@/-]{1,100}(?:,[\w.:\\@/-]{0,100}){2,40}(?<![.:]))"
    r"|(?P<binary><<[^<>\n]{0,300}>>)"
    r"|(?P<mac>(?<![\w:])(?:[0-9a-fA-F]{2}:){5,31}[0-9a-fA-F]{2}(?![\w:]))"
    r"|(?P<drive>(?<![A-Za-z])[A-Za-z]:\\{1,2}[\w.\\@%+~-]{1,400})"
    r"|(?P<veth>(?<!\w)veth[0-9a-f]{6,12}(?!\w))"
    r"|(?P<peer>(?:(?<=to |at |on |om |th |by )|(?<![\w./-])(?=localhost:))[a-z][a-z0-9]{0,40}:\d{2,5}(?![\w.-]))"
    r"|(?P<address>(?<![\w.:/-])(?:p?tcp6?|p?ssl|p?unix|udp|tls|ipv[46]|dns|inet6?):(?=[\d\[/@.%])[^\s,;)\"']{1,255}(?<![.:]))"
    r"|(?P<nothing>(?<=[\s(=:])(?:\[\]|\{\})(?=[\s),.:;]|\Z))"
    r"|(?P<reference>(?<![\w./:@-])[a-z][\w-]{1,30}:[\w.-]{1,80}/[\w./@-]{1,120}(?<![.:]))"
    r"|(?P<port>(?:(?<=\s)|(?<=\s[\"'(])):\d{2,5}(?![\w:.])|(?<=\s)::(?:/\d{1,3})?(?=[\s,]|\Z))"
    r"|(?P<city>(?<![\w/])(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z]\w{1,30}(?:/[A-Z]\w{1,30})?(?![\w/]))"
    r"|(?P<keyed>(?<=\s)[a-z][a-z_]{1,30}:[\w-]*\d[\w-]*(?=[\s,;)]|\.\s|\Z))"
    r"|(?P<colons>(?<![^\s\[(])[a-z][\w.-]{0,60}(?::[\w.-]{1,100}){2,12}(?![\w:]))"
    r"|(?P<word>[A-Za-z_]+(?=[\s,;:!?)=\]]|\.?\s|\.?\Z))"
    rf"|(?P<frame>(?<![\w/])(?:[\w.@+~-]{{1,80}}/){{0,8}}[\w.-]{{1,80}}\.(?:{SOURCE_FILES})(?=:\d|\b[^\w./]))"
    rf"|(?P<dotted>(?<![\w./@:$=\[<-])[a-z][a-z0-9_]{{1,40}}(?:\.[a-z][a-z0-9_]{{1,60}}){{0,8}}\.(?:[a-z][a-z0-9_]{{1,60}}(?:-[a-z0-9]{{1,40}}){{0,4}}|[A-Z][A-Z0-9_]{{2,60}})"
    rf"(?![\w$(.-]\w|\w|[(:/\]@]| - |\s{{1,4}}(?:{LEVELS})\b))"
    r"|(?P<call>(?<![\w./])(?:[a-z]\w{0,40}\.){2,10}[A-Z][\w$]{1,80}(?:\.[\w$<>]{1,80})?:\d{1,6}(?!\w))"
    r"|(?P<method>(?<![\w./])(?<!at )(?:[a-z]\w{0,40}\.){2,10}[A-Z][\w$]{1,80}[.#][\w$<>]{1,80}\([^()\n]{0,300}\)(?!:))"
    r"|(?P<struct>&?(?:[a-z]\w{0,40}\.)?[A-Z][\w.]{0,60}\{[A-Z]\w{0,60}:[^{}\n]{0,800}(?:\{[^{}\n]{0,300}\}[^{}\n]{0,800}){0,8}\})"
    r"|(?P<map>\{\"?[\w.@-]{1,60}\"?\s?=>?(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]{0,300}\}){0,300}\}){0,500}\})"
    r"|(?P<account>(?<![\w\\])(?:NT (?:AUTHORITY|SERVICE)|[A-Z][A-Z0-9_-]{1,20})\\{1,2}[A-Za-z][\w.$-]{0,60}(?![\w\\]))"
    r"|(?P<mail>(?<![\w.+@-])(?:[a-z]')?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}(?:/[\d.:]{3,60}|(?![\w/])))"
    r"|(?P<ip>(?:(?<![\w./-])[A-Za-z][\w.-]{0,100})?/?(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5}|(?:[.-][A-Za-z][\w-]{0,60}){1,8})?(?![\w.]*\d\.)"
    r"|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}(?![\w:])"
    r"|\[(?=[0-9a-fA-F.]{0,15}:)[0-9a-fA-F:.]{2,45}\](?::\d{1,5})?"
    r"|(?<![\w:])(?=[0-9a-f:-]{0,40}\d)(?:-?[0-9a-f]{1,16}:){3,8}[0-9a-f]{1,16}(?![\w:])"
    r"|(?<![\w:])::(?=[0-9a-fA-F:]{0,30}\d)[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,5}){0,6}(?![\w:])"
    r"|(?<![\w:])(?=[0-9a-fA-F:]{0,38}\d)(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}(?![\w:]))"
    rf"|(?P<host>(?<![\w./@$-])(?:{TOP_DOMAINS})\.[a-z][a-z0-9_]{{0,60}}(?:\.(?!\w{{0,80}}{FAULTS}\b)[\w$]{{1,80}}){{1,8}}(?![\w$(]|\.[A-Za-z])"
    rf"|(?<![\w./@$-])(?:\*\.)?[a-zA-Z0-9-]{{1,63}}(?:\.[a-zA-Z0-9-]{{1,63}}){{0,7}}\.(?:{TOP_DOMAINS})\.?(?::\d{{1,5}})?(?![\w-]|\.\w)"
    r"(?:/[\w.@%+~:/=-]{0,300})?"
    r"|(?<![\w./@$-])[a-z][a-z0-9]{0,40}(?:-[a-z0-9]{1,40}){1,8}:\d{2,5}(?![\w.-])"
    r"|(?<![\w./@$-])(?:[a-z][a-z0-9-]{0,63}(?:\.[a-z0-9-]{1,63}){1,7}|[A-Z][A-Z0-9-]{0,63}(?:\.[A-Z0-9-]{1,63}){1,7})"
    r":\d{2,5}(?:/[\w-]{1,40})?(?![\w.-])"
    r"|(?<![\w./-])[\w.-]{1,80}\.exe(?:[ ]\*\d\d)?(?![\w.]))"
    r"|(?P<quoted>\\{1,3}\"[^\"\\\n]{0,400}\\{1,3}\"|\"(?:[^\"\\\n]|\\[^\n]){0,400}\"|(?<![A-Za-z])[ub]?'[^'\n]{0,200}'(?![A-Za-z])|`[^`\n]{0,200}`)"
    r"|(?P<remote>(?<![\w./-])[A-Za-z][\w.-]{0,80}:/[\w.@%+~-]{1,100}(?:/[\w.@%+~:=,*-]{0,255}){0,40})"
    r"|(?P<path>(?<![\w/])/(?:[\w.@%+~:=,*-]{0,255}/){0,40}[\w.@%+~:=*-]{0,255}(?<![:=])(?:\?[^\s\"']{0,500})?"
    rf"|(?<![\w./-])(?!(?:{LEVELS})/)(?:[\w.@%+~-]{{1,100}}/){{2,20}}[\w.@%+~-]{{0,100}}"
    rf"|(?<![\w./-])(?!(?:{LEVELS})/)(?=[\w.@/-]{{0,100}}[\d_-])[\w.-]{{1,100}}/[\w.@:%+~-]{{1,100}}(?<!:)"
    r"|(?<![^\s'\"])\$[A-Za-z]\w{0,60}/[^\s,;'\"]{1,200})"
    r"|(?P<dotfile>(?<!\S)\.[a-z][\w-]{1,60}(?:\.\w{1,20})?(?!\w|\.\w|:))"
    r"|(?P<owned>(?<=for |rom |the )[a-z][a-z0-9-]{1,60}/[a-z][a-z0-9.-]{1,120}(?![\w/])"
    rf"|(?<![\w./@:-])(?!(?:{EITHER})/)[a-z][\w-]{{1,60}}/[A-Za-z][\w.-]{{1,120}}(?![\w/])"
    r"|(?<![\w/])[A-Z]{3}/[A-Z]{3}(?![\w/]))"
    rf"|(?P<object>(?<![\w./-])(?:{KUBERNETES_KINDS})(?:\.[a-z][a-z0-9.]{{2,60}})?/[\w.-]{{1,253}})"
    rf"|(?P<boxed>(?<=[a-z,:] )(?!\[(?:{LEVELS})\])(?:\[(?:[^\[\]\n]|\[[^\[\]\n]{{0,200}}\]){{0,400}}\]/?){{1,6}})"
    r"|(?P<proxy>(?<=\$\$)[0-9a-f]{4,32}(?!\w))"
    r"|(?P<pod>(?<![\w-])[a-z][a-z-]{1,80}-[bcdfghjklmnpqrstvwxz]{5}(?![\w-])(?:\.[a-z][a-z0-9.-]{0,100})?)"
    rf"|(?P<named>(?<![\w./-])(?!(?:[a-z0-9]+-)*(?:{HYPHENATED})(?![a-z0-9]))[a-z][a-z0-9]{{0,40}}(?:-[a-z0-9]{{1,40}}){{2,10}}(?:\.[a-z0-9][a-z0-9-]{{0,60}}){{0,6}}(?![\w-]))"
    rf"|(?P<phpclass>(?<![\w\\])(?!\S{{0,160}}{FAULTS}\b)[A-Z]\w{{0,60}}(?:\\{{1,2}}[A-Z]\w{{0,60}}){{1,8}}(?:::\$?\w{{1,60}})?)"
    rf"|(?P<constant>(?<![\w:])(?!\S{{0,160}}{FAULTS}\b)(?!Errno::)[A-Z]\w{{0,60}}(?:::[A-Z]\w{{0,60}}){{1,8}}(?![\w(:]))"
    rf"|(?P<netclass>(?<![\w.])(?!\S{{0,160}}{FAULTS}\b)[A-Z]\w{{0,60}}(?:\.[A-Z]\w{{0,60}}){{2,8}}(?![\w(.\[:|]| - ))"
    r"|(?P<variable>(?<![\w$\\])\$[a-z_]\w{0,60}(?![\w(]))"
    r"|(?P<article>(?<![\w./-])[A-Z0-9]{1,20}(?:-[A-Z0-9]{1,20}){2,8}(?:\.[\w-]{1,60}){0,6}(?::\d{1,5})?(?![\w-]))"
    r"|(?P<angled>(?<![\w<])<[\w.@+/=:-]{0,100}>)"
    r"|(?P<flags>(?<![\w+-])[a-z_]{2,40}(?:\+[a-z_]{2,40})+(?![\w+]))"
    r"|(?P<gotype>(?<![\w*])\*[a-z]\w{0,40}\.[A-Z]\w{0,60}(?![\w(]))"
    rf"|(?P<amount>(?<![\w.])[-+<]?\d+(?:[.,]\d+)*(?:%|[ ]?(?:{UNITS})(?:{PER})?(?![\w-]))?(?![\w~@]|[.-]\w))"
    r"|(?P<hex>(?<![0-9A-Za-z])[0-9a-fA-F]{16,128}(?:\.[a-z]\w{0,9})?(?![0-9A-Za-z]))"
    r"|(?P<mixed>(?<![A-Za-z0-9_])[-+]?(?=[A-Za-z_.~+-]{0,80}\d)(?![A-Za-z]*[a-z]\d{1,2}[A-Z][a-z][A-Za-z]*(?![\w.-]))"
    r"\w[\w~]*(?:[.~+%-]+\w[\w~]*){0,40}%?)"
    r"|(?P<number>\d+)"
)
PROCESS = re.compile(r"[ :=]{1,2}\d{1,10},? [(\[].{1,66}")
CLIENT = re.compile(r"[A-Z][\w .-]{0,40}/[\w.+-]{1,40} \([^\n]{3,400}\Z")
"""How programs introduce themselves to web servers: `Mozilla/5.0 (X11; …`."""
REQUEST = re.compile(rf"(?:{HTTP}) \S{{1,2000}}(?: HTTP/\d|\Z)")
"""The first line of an HTTP request, which proxies quote: the same fault whatever was asked for."""
FAULT = re.compile(rf"[a-z]{FAULTS}\b")
DELIMITERS = re.compile(r"\A\\{0,3}[\"'`]|\\{0,3}[\"'`]\Z")
WORDY = re.compile(r"[A-Za-z][A-Za-z.,:;!?()/\-]*(?: [(\[]?[A-Za-z][A-Za-z.,:;!?()/\-]*){2,}")
PATHLIKE = re.compile(r"[^\s/]+/[^:,;\n]{1,300}")
"""A path or topic, also with blanks in it: `zigbee2mqtt/Living room lamp`."""
TITLED = re.compile(
    r"\b(?:[Tt]ask|[Jj]ob|[Rr]ule|[Pp]olicy|[Pp]lan|[Pp]ipeline|[Ww]orkflow|[Rr]eport|[Dd]ashboard|[Mm]onitor|[Cc]heck|[Ss]chedule"
    r"|[Oo]ption|[Ss]etting|[Pp]arameter|[Vv]ariable|[Cc]olumn|[Ff]ield|[Dd]evice|[Vv]olume|[Gg]roup|[Pp]roject|[Tt]itle|[Nn]ame|[Nn]amed|[Pp]rofile|[Tt]emplate|[Pp]lugin|[Ff]ile|[Ff]older|[Qq]uery|[Ss]tatement|[Cc]ommand|SQL|[Ee]xpression|[Ss]cript|[Ff]ilter)"
    r"(?: name| named| called)?[:=]? ?\\{0,3}\Z"
)
"""What people give titles of several words."""
MESSAGE_KEY = re.compile(
    r"(?:^|[\s,{(\[\\\"'])(?:msg|message|error|err|reason|event|exception|code|type|level|lvl|logger|kind|status)"
    r"\\{0,3}[\"']?\s{0,2}[:=]\s{0,2}\Z|\] \Z"
)
"""Fields whose value is part of the message even where it is one word; klog puts its message after `] `."""
max_key_chars = 24  # the longest such field with its quotes and white space

SQL = re.compile(
    r"\b(?:SELECT\s[^\n]{1,2000}?\sFROM|INSERT\sINTO|UPDATE\s\S{1,200}\sSET|DELETE\sFROM|(?:CREATE|ALTER|DROP|TRUNCATE)\sTABLE"
    r"|select\s[^\n]{1,2000}?\sfrom|insert\sinto|update\s\S{1,200}\sset|delete\sfrom)\s[^\n]*"
)


def mask(text: str, rounds: int = KEEP_INSIDE) -> str:
    """The text with ids, numbers, times, addresses, paths and quoted values replaced.

    Args:
        rounds: how deep quoted messages are looked into.
    """

    def replaced(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        if kind in ("prose", "word"):  # taken whole: much faster than trying every form at each letter
            return found.group()
        if kind == "frame":
            return found.group().rpartition("/")[2]
        if kind == "process":
            return PROCESS.sub(f" {MASK}", found.group())
        if kind == "pair":
            return f"{found.group().partition('=')[0]}={MASK}"
        if kind == "quoted":
            return _quoted(found, rounds)
        if kind == "boxed" and rounds and FAULT.search(found.group()):
            return f"[{mask(found.group()[1:-1], rounds - 1)}]"
        return MASK

    return VARIABLE.sub(replaced, SQL.sub(MASK, text))


def _quoted(found: re.Match[str], rounds: int) -> str:
    inner = DELIMITERS.sub("", found.group())
    if REQUEST.match(inner) or CLIENT.match(inner) or PATHLIKE.fullmatch(inner):
        return f'"{MASK}"'
    if rounds and WORDY.search(inner) and not TITLED.search(found.string, max(0, found.start() - 24), found.start()):
        return f'"{mask(inner, rounds - 1)}"'
    return _key(found, inner)


def _key(found: re.Match[str], inner: str) -> str:
    """A JSON key and a level are words of the message; any other short quoted text is a value."""
    after = found.string[found.end() : found.end() + 2].lstrip()
    before = found.string[max(0, found.start() - 2) : found.start()].rstrip()
    if after.startswith(":") and before[-1:] in ("{", ",", "") and inner.replace("_", "").replace(".", "").isalpha():
        return f'"{inner}"'
    if inner and MESSAGE_KEY.search(found.string, max(0, found.start() - max_key_chars), found.start()):
        return f'"{mask(inner, 0)}"'
    return MASK
