"""What well-known log formats put before a message: hosts, threads, nodes, requests. Pure."""

import re

from langraph.fingerprint.line_places import PLACES
from langraph.fingerprint.masking import MASK, MONTHS

LEVEL = (
    r"(?i:trace|debug|dbg|info|information|notice|note|warn|warning|error|err|fatal|critical|crit|severe|alert"
    r"|emerg|panic|system)"
)
BSD_TIME = rf"(?:{MONTHS})\s{{1,2}}\d{{1,2}} (?:\d{{4}} )?\d\d:\d\d:\d\d(?:\.\d{{1,9}})?"
CLOCK = rf"(?:[\d:.,/TZ +-]|{MONTHS}){{8,35}}"

TOLD_BY = MASK + MASK
"""Stands where syslog's header was, for as long as the name of the program is looked at."""
PROGRAM = r"(?:[\w./()@\[\]-]{1,80}|(?:[\w.-]{1,40} ){1,2}[\w.-]{1,40}\[\d{1,8}\])(?: \(\[\d{1,8}\]\))?: "
SAID_BY = re.compile(rf"\A{re.escape(TOLD_BY)} {PROGRAM}")
"""Who says it is no part of what is said: PAM speaks through sshd, su and login alike."""

HEADS = (
    # The container runtime's own prefix (CRI log format).
    (" std", re.compile(r"\A\d{4}-\d\d-\d\dT\S{9,30} std(?:out|err) [FP] "), ""),
    # A cluster's collector before syslog's own header: label, epoch, date, node.
    (".", re.compile(rf"\A\S{{1,20}} \d{{10}} \d{{4}}\.\d\d\.\d\d \S{{1,60}} (?=(?:{MONTHS}) )"), ""),
    # Clusters' event loggers: id or label, epoch, node, and what kind of node said it.
    (
        ".",
        re.compile(r"\A\S{1,20} \d{10} \d{4}\.\d\d\.\d\d \S{1,60} \d{4}-\d\d-\d\d-[\d.]{8,18} \S{1,60} "),
        f"{MASK} ",
    ),
    ("", re.compile(r"\A\d{1,9} \S{1,60}(?: [\w.-]{1,60}){2,3} \d{9,10} -?[01] (?=\S)"), f"{MASK} "),
    # RFC 5424: <pri>1 time host; RFC 3164: time host program[pid]:
    (">1 ", re.compile(r"\A<\d{1,3}>1 \S{1,40} \S{1,255} "), f"{MASK} "),
    (": ", re.compile(rf"\A(?:<\d{{1,3}}>)?{BSD_TIME} [^\s:]{{1,255}} (?={PROGRAM})"), f"{TOLD_BY} "),
    (
        ": ",
        re.compile(
            rf"\A\d{{4}}-\d\d-\d\dT[\d:.,]{{8,18}}(?:Z|[+-]\d\d:?\d\d) (?!{LEVEL} )[\w.-]{{1,255}} "
            r"(?=[\w./()@-]{1,80}(?:\[\d{1,10}\])?: )"
        ),
        f"{TOLD_BY} ",
    ),
    # PingCAP's unified format: [time] [LEVEL] [place] [message] [key=value]...
    (
        "] [",
        re.compile(
            rf"\A\[\d{{4}}/\d\d/\d\d [\d:.]{{8,15}} [+-]\d\d:\d\d\] \[{LEVEL}\] \[[^\]\n]{{1,200}}\]"
            r" \[(?:\"((?:[^\"\\\n]|\\[^\n]){0,1500})\"|([^\]\n]{0,600}))\]"
        ),
        rf"{MASK} \1\2",
    ),
    # Between bars without blanks, as NLog, Open vSwitch and others have them: time, level, logger
    (
        "|",
        re.compile(rf"\A(?:[^\s|]{{1,40}}+(?: [^\s|]{{0,20}})?+\|){{1,4}}{LEVEL}\|(?:[^\s|]{{1,200}}\|){{0,4}}"),
        f"{MASK} ",
    ),
    # WebLogic: #### and a dozen of columns, the number of the message, the message
    (
        "####",
        re.compile(r"\A####(?:<(?:[^<>\n]|<[^<>\n]{0,100}>){0,400}> ?){5,14}<BEA-\d{1,9}> <([^\n]*?)>?\s*\Z"),
        rf"{MASK} \1",
    ),
    # Winston's layout of Backstage and others: time component level
    ("-", re.compile(rf"\A(\d{{4}}-\d\d-\d\d[T ]\S{{8,20}}) (?!{LEVEL} )[\w.:/-]{{1,60}} (?={LEVEL}:? \S)"), r"\1 "),
    # Columns between bars: time, level, logger, process, request
    (
        " | ",
        re.compile(
            rf"\A(?:\S[^|\n]{{0,40}} \| ){{0,2}}{LEVEL}\s{{0,8}} \| (?:[^\s|]{{1,80}}\s{{0,20}} \| ){{0,5}}(?=[^\s|])"
        ),
        f"{MASK} ",
    ),
    # Linux' audit records: the kind of record, what was done, how it ended
    (
        "audit(",
        re.compile(
            r"\A(?:node=\S{1,255} )?type=([A-Z_0-9]{2,40}) msg=audit\([\d.:]{5,40}\): ?"
            r"(?:[^\n]{0,1500}?\bop=([\w:.-]{1,60}))?(?:[^\n]{0,1500}?\bres=(failed))?[^\n]*"
        ),
        r"\1 audit \2 \3",
    ),
    # Exim: id, direction, address and how
    ("-", re.compile(r"(?<= )[\w]{6}-[\w]{6,11}-[\w]{2,4} (<=|=>|->|>>|\*>) [^\n]*"), r"mail \1"),
    (
        "H=",
        re.compile(
            r"(?<= )(?:\[\d{1,10}\] )?H=\S{1,255} (?:\(\S{1,255}\) )?(?:\[[\w.:]{2,60}\](?::\d{1,5})? )?"
            r"(?:[A-Z]{1,4}=\S{1,255} )*"
        ),
        f"{MASK} ",
    ),
    # Oracle: the pluggable database
    ("):", re.compile(r"\A[\w$]{1,60}\(\d{1,6}\):(?=[A-Z])"), ""),
    # zap's console: time, level, logger, place between tabs
    (
        "\t",
        re.compile(
            rf"\A\S{{10,40}}\t{LEVEL}\t(?:[\w./-]{{1,100}}\t(?=[^{{\t\n]))?"
            r"(?:\S{1,200}\.go:\d{1,6}\t)?"
        ),
        f"{MASK} ",
    ),
    # zerolog's console: the place in the source
    (".go:", re.compile(r"(?<= )[\w./@~-]{1,200}\.go:\d{1,6} > "), ""),
    # SQL Server: time, session or part of the server
    (
        ".",
        re.compile(r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d (?:spid\d{1,6}s?|Logon|Server|Backup) {1,12}"),
        f"{MASK} ",
    ),
    # The kernel's own clock behind syslog's header.
    ("kernel: [", re.compile(r"(?<= kernel: )\[ {0,6}\d{1,9}\.\d{1,9}\] {0,2}"), ""),
    # klog: the level's letter, month and day are written as one word.
    (".", re.compile(r"\A([IWEF])\d{4} (?=\d\d:\d\d:\d\d\.)"), r"\1 "),
    # Redis: pid, role (master, replica, child, sentinel).
    (":", re.compile(r"\A\d{1,10}:[MSCX] "), f"{MASK} "),
    # HikariCP: the pool's name
    (
        "hikari.",
        re.compile(r"(?<=hikari\.)([\w.]{1,60}\s{0,40}(?: :| -|:)?\s{1,2})[\w.-]{1,80} - (?=[A-Z])"),
        rf"\1{MASK} - ",
    ),
    # Spring Boot: pid --- [application] [thread] logger :
    (" --- ", re.compile(r" --- (?:\[[^\]\n]{0,80}\] ?){1,3}(?:[\w.$/\[\]-]{1,120} {0,40}: )?"), f" --- {MASK} "),
    # Spring Cloud Sleuth: [application,trace,span(,exported)]
    (",", re.compile(r" \[[\w.-]{0,80}(?:,[0-9a-f]{0,32}){2}(?:,(?:true|false)?)?\]"), f" {MASK}"),
    # Logback, Log4j: time [thread] LEVEL; LEVEL [thread] time
    (
        "[",
        re.compile(rf"\A({CLOCK}\s?)\[(?!{LEVEL}\s{{0,2}}\])[^\]\n]{{1,300}}\](?=\s{{1,2}}{LEVEL}\b)"),
        rf"\1{MASK}",
    ),
    ("[", re.compile(rf"\A({LEVEL}\s{{1,3}})\[[^\]\n]{{1,100}}\](?= \d{{4}}-)"), rf"\1{MASK}"),
    (
        "[",
        re.compile(
            rf"\A({CLOCK}\s{LEVEL}\s{{1,3}})\[(?![\w.$]{{0,100}}\.[A-Z]|[a-z]{{1,40}}(?:\.[\w$]+)+\]"
            rf"|{LEVEL}|MY-)(?:[^\[\]\n]|\[[^\[\]\n]{{0,80}}\]){{1,300}}\](?= [a-z]\S{{0,100}}\.\w)"
        ),
        rf"\1{MASK}",
    ),
    # Logstash: [LEVEL] time [[pipeline]>worker]
    (
        "[[",
        re.compile(rf"\A(\[{LEVEL}\s{{0,2}}\] [\d:.,TZ -]{{19,30}} )\[\[[^\]\n]{{1,60}}\][^\]\n]{{0,60}}\]"),
        rf"\1{MASK}",
    ),
    # Log4j: time logger thread [LEVEL]
    ("[", re.compile(rf"\A\d{{4}}-\d\d-\d\d[ T]\S{{8,20}} (?=\w{{1,40}}\.)[^\n]{{1,160}}? \[{LEVEL}\] "), f"{MASK} "),
    # Ray: level, time, deployment, replica, request --
    ("--", re.compile(rf"\A({LEVEL} \d{{4}}-\d\d-\d\d \S{{8,16}}) (?:\S{{1,80}} ){{1,4}}-- "), r"\1 "),
    # Logback with who asked: time LEVEL [thread] user logger -
    (
        " - ",
        re.compile(
            rf"\A({CLOCK}\s{{1,3}}{LEVEL}\s{{1,3}})\[[^\]\n]{{1,300}}\]\s{{1,3}}\S{{1,64}}\s{{1,3}}"
            r"(?=(?:[a-z]\w{0,40}\.){2,10}[A-Z][\w$]{1,80} - )"
        ),
        r"\1",
    ),
    # JBoss, WildFly, Quarkus: LEVEL [logger] (thread)
    ("] (", re.compile(r"(?<=[A-Za-z]\] )\([^()\n]{1,100}\) "), f"{MASK} "),
    # ZooKeeper: [thread:class@line]
    ("@", re.compile(r"(?<=[A-Z] )(\s?)\[[^\n]{1,160}?:([A-Z][\w$]{2,60})@\d{1,6}\](?= - )"), r"\1[\2]"),
    # OpenStack: [request user tenant - - -]
    ("[", re.compile(r" \[(?:req-\S{8,60}|-)(?: [\w-]{1,64}){0,8}\](?= )"), f" {MASK}"),
    # Elasticsearch, OpenSearch: [time][LEVEL][logger] [node] [index][shard]
    (
        "][",
        re.compile(
            r"(?<=\S\]\[)([\w.$-]{1,100})\s{0,20}\] ?\[[^\[\]\n]{1,200}\](?: ?\[[^\[\]\n]{0,200}\]){0,6}"
        ),
        rf"\1] {MASK}",
    ),
)  # fmt: skip
"""At a line's beginning; as in `PLACES`, first a text without which the form is not there."""

SERILOG = re.compile(r"\A.{0,60}?[\[ ](?:VRB|DBG|INF|WRN|ERR|FTL)\]")
SERILOG_TEXT = re.compile(r'"(?:[^"\\\n]|\\[^\n]){0,1500}(?:"|\Z)')
"""Serilog puts in quotation marks whatever text it formats in, and nothing else."""


def mask_places(text: str) -> str:
    """The line with the values in such places replaced."""
    for sign, pattern, by in HEADS:
        if sign in text:
            text = pattern.sub(by, text, count=1)
    if SERILOG.match(text):
        text = SERILOG_TEXT.sub(MASK, text)
    for sign, pattern, by in PLACES:
        if sign in text:
            text = pattern.sub(by, text)
    return SAID_BY.sub(f"{MASK} ", text)
