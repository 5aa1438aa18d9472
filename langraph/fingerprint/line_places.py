"""Places within a line that hold a value although it looks like a word, by the software that writes them so. Pure.

Each is a text that must be in the line, so that most lines are not looked at, the form, and what it is replaced by.
"""

import re

from langraph.fingerprint.masking import FAULTS, HTTP, MASK

UNIT_SUFFIX = "service|timer|mount|automount|scope|slice|socket|target|device|path|swap"

PLACES = (
    (  # the fields of PingCAP's format: of them the error counts
        "=",
        re.compile(
            r"(?: \[(?!err(?:or)?=)\w[\w.-]{0,60}=(?:\"(?:[^\"\\\n]|\\[^\n]){0,1500}\"?|[^\]\n]{0,400})\]){1,60}"
            r"(?=\s|\Z)"
        ),
        "",
    ),
    (  # Oracle's descriptions of connections, and services of its listener
        "=(",
        re.compile(r"\((?:CONNECT_DATA|ADDRESS|DESCRIPTION)=(?:[^()\n]|\((?:[^()\n]|\((?:[^()\n]|\([^()\n]{0,200}\)){0,300}\)){0,300}\)){0,300}\)"),
        MASK,
    ),
    (" * ", re.compile(r"(?<=\* )(service_\w{2,20}|establish) \* \S{1,100} \* \d{1,6}"), rf"\1 {MASK}"),
    ("%", re.compile(r"%[A-Z][A-Z0-9_]{1,30}-[0-7]-([A-Z0-9_]{2,40}): "), r"cisco \1 "),  # Cisco's names of messages
    # A custom resource, and which of its reconciliations
    ("(", re.compile(r"(?<![\w.])[A-Z][A-Za-z]{2,40}\([a-z0-9][a-z0-9.-]{0,80}/[a-z0-9][\w.-]{0,120}\)"), MASK),
    ("#", re.compile(r"#\d{1,9}\([a-z-]{1,40}\)"), MASK),
    (  # keepalived's scripts and the like
        "(",
        re.compile(rf"(?<![\w.])(?!\w{{1,80}}{FAULTS}\()([A-Z]\w{{0,40}}[a-z]\w{{0,40}})\([a-z][\w.-]{{1,100}}\)(?=[\s:,]|\Z)"),
        rf"\1 {MASK}",
    ),
    (  # Drupal through syslog: site, time, type, address, path, referrer, user, link, message
        "|",
        re.compile(r"(?<!\S)https?://[^\s|]{1,200}\|\d{10}\|([^|\n]{0,100})\|(?:[^|\n]{0,1000}\|){5}(?=[^|\n])"),
        rf"{MASK} \1: ",
    ),
    (  # a record between bars
        "|",
        re.compile(r"(?<!\S)[^\s|]{1,80}(?:\|[^|\n]{0,200}){5,30}\Z"),
        f"record {MASK}",
    ),
    (":", re.compile(r"\b(?:RSA|DSA|ECDSA|ED25519)(?:-CERT)? (?=SHA256:|MD5:)"), ""),
    (" (", re.compile(rf"(?<= )\((?:{HTTP})\)"), f"({MASK})"),
    ("---", re.compile(r"\[[A-Z]\w{1,80}#\w{1,80}(?:\([^()\n]{0,200}\))?\](?= (?:--->|<---))"), MASK),  # Feign
    ("dial ", re.compile(r"\bdial (tcp|udp): "), rf"dial \1 {MASK}: "),  # Go, which knows no address yet
    # OpenLDAP: what was asked for, and with what
    ("conn=", re.compile(r"(?<= )(SRCH|MOD) attr=[^\n]*"), rf"\1 attributes {MASK}"),
    ("conn=", re.compile(r"(?<= )BIND \w{2,10}=\"[^\"\n]{0,500}\" (mech|method|authzid)=[^\n]*"), rf"BIND \1 {MASK}"),
    ("_candidates: (", re.compile(r"(?<=_candidates: )\([\w.;-]{1,100}\)"), MASK),
    # Log4j with logger and thread behind the message, as ActiveMQ has them
    (" | ", re.compile(r" \| (?:[a-z]\w{0,40}\.){2,10}[A-Z][\w$]{1,80} \| [^|\n]{1,200}\Z"), ""),
    (
        "systemd[",  # what it does, and the description of the unit
        re.compile(
            r"(?<=systemd\[)(\d{1,8}\]: (?:Start|Stopp?|Finish|(?:Unm|M)ount|Reload|Restart|Listen|Reach|Creat|Remov)"
            r"(?:ed|ing)(?: on| target| slice)?) [^\n]*"
        ),
        rf"\1 {MASK}",
    ),
    (" invoked oom-killer", re.compile(r"\S{1,64}(?= invoked oom-killer)"), MASK),
    ("sudo", re.compile(r"(?<=sudo: )\s{0,12}[\w.@$-]{1,64} : "), f"{MASK} : "),
    ("COMMAND=", re.compile(r"(?<=COMMAND=)[^\n]*"), MASK),
    (") CMD (", re.compile(r"\([\w.$-]{1,64}\) CMD \((?!run-parts )[^\n]*"), f"{MASK} CMD {MASK}"),
    ("pam_", re.compile(r"(?<=\bpam_)(\w{2,20})\([\w.-]{1,40}:[a-z]{2,20}\)"), r"\1"),  # for which service
    # PAM names the user only where there is such a one, and no host where somebody stands before the machine.
    (" rhost=", re.compile(r"(?<=failure)(s?;) logname=[^\n]{0,300}? rhost=(?=\s{0,3}\Z)[^\n]*"), rf"\1 here {MASK}"),
    (" logname=", re.compile(r"(?<=failure)(s?;) logname=[^\n]{0,300}? user=\S[^\n]*"), rf"\1 of {MASK}"),
    (" logname=", re.compile(r"(?<=failure)(s?;) logname=[^\n]*"), rf"\1 {MASK}"),
    ("status=sent (", re.compile(r"(?<=status=sent )\([^\n]*\)"), MASK),  # what the next mail server answered
    (" » ", re.compile(r"(?:[\w.%-]{1,80} » ){1,8}[\w.%-]{1,80}"), MASK),  # Jenkins' folders
    # Flink: the task's operators, its subtask of how many
    (
        ")",
        re.compile(
            r"\b(task|for|Deploying) (?:(?!\b(?:task|for) )[^\n]){1,300}?(?= \(\d{1,5}/\d{1,5}\)(?:#\d{1,6})? )"
        ),
        rf"\1 {MASK}",
    ),
    (" for source ", re.compile(r"(?<= for source )[^\n]{1,200}"), MASK),
    ("aches", re.compile(r"(?<=aches )(are synced for|to sync for) [^\n]{1,100}"), rf"\1 {MASK}"),  # client-go
    ("Operation for ", re.compile(r'(?<=Operation for )"(?:\{[^{}\n]{1,600}\}|[^"\n]{1,400})"'), MASK),
    (": -", re.compile(r"(?<=: )--?[A-Za-z][^\n]{1,400}"), MASK),  # arguments of a command
    ("rocess[", re.compile(r"(?<=rocess)\[[\w -]{1,40}\]"), MASK),
    ('"HTTP/', re.compile(r'"HTTP/\d(?:\.\d)? \d{3}(?: [A-Za-z -]{1,60})?"'), MASK),  # httpx
    ("[c:", re.compile(r"\[c:[^\]\n]{0,300}\]"), MASK),  # Solr's collection, shard, replica
    ("dynamic property ", re.compile(r"(?<=dynamic property )[\w\\]{1,160}::\$?\w{1,60}"), MASK),  # PHP
    ("CONTROL [", re.compile(r"(?<=CONTROL )\[[^\]\n]{1,100}\]"), MASK),  # OpenVPN's clients
    ("peer info: ", re.compile(r"(?<=peer info: )[^\n]*"), MASK),
    (  # a topic and its subscription
        " / ",
        re.compile(
            r"(?<=\S)(?<!GET)(?<!HEAD)(?<!POST)(?<!PUT)(?<!DELETE)(?<!PATCH)(?<!OPTIONS) / [\w.%-]{1,80}"
            r"(?=\.?(?:\s|\Z))"
        ),
        f" {MASK}",
    ),
    (" key ", re.compile(r"(?<= key )[A-Za-z][\w-]{0,60}(?::[\w.@-]{1,80}){1,6}"), MASK),  # caches' keys
    ("function ", re.compile(r"(?<=function )\w{1,80}\(\)"), MASK),  # PHP
    # Ceph's daemons, groups and commands
    ("mon", re.compile(r"\bmons (?:[\w-]{1,60},)*[\w-]{1,60}(?= in quorum)"), f"mons {MASK}"),
    ("client_request(", re.compile(r"client_request\((?:[^()\n]|\([^()\n]{0,200}\)){0,600}\)"), MASK),
    ("asok_command: ", re.compile(r"(?<=asok_command: )[^\n{]{1,60} \{[^\n]{0,600}\}"), MASK),
    ("beast: ", re.compile(r"(?<= )beast: 0x[0-9a-f]{4,16}: "), ""),
    (
        ".",
        re.compile(r"(?<![\w./-])(?:mon|osd|mgr|mds|client|rgw)\.(?:beacon\.)?[\w-]{1,60}(?:\.\d{1,10})?(?![\w=])"),
        MASK,
    ),
    (" pg[", re.compile(r" pg\[[^\n]{1,1200}\](?= [a-z])"), f" {MASK}"),
    (" pgs: ", re.compile(r"(?<= pgs: )[^\n]*"), MASK),
    ("mon_command(", re.compile(r"mon_command\([^\n]*\)"), f"mon_command({MASK})"),
    (  # zap's console: fields between tabs
        "\t",
        re.compile(r"(?<=\t)(?!(?:err|error|reason)=)([A-Za-z_][\w.-]{0,60})=[^\t\n]{1,400}"),
        rf"\1={MASK}",
    ),
    (" RAFT [", re.compile(r"(?<= RAFT \[)[^\]\n]{1,100}"), MASK),  # NATS
    (" LOCAL(", re.compile(r"(?<= )LOCAL\(\d{1,2}\)"), MASK),  # ntpd's own clock
    ("#", re.compile(r"(?<!\w)#\d{1,6}#(?:-\w{1,20})?"), MASK),  # what somebody blackened
    ("....", re.compile(r"\.{4,}"), " "),  # what fills a column
    ("[preauth]", re.compile(r" \[preauth\]"), ""),  # OpenSSH
    ("environment:", re.compile(r"(?<= environment:)[\w.]{1,60}=[^\n]*"), MASK),  # ZooKeeper, Java's properties
    (
        '" status: ',  # eventlet's access line, as OpenStack writes it
        re.compile(r'"(GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS) [^"\n]{1,2000}"(?= status: \d)'),
        r"\1",
    ),
    ("EventType: ", re.compile(r"(?<=EventType: )[A-Z][A-Z_]{1,60}(?= for )"), MASK),  # Hadoop
    (
        "class ",
        re.compile(
            r"(?<=\bclass )(?:[a-z]\w{0,40}(?:\.[\w$]{1,100}){1,12}|(?:::)?[a-z]\w{0,60}(?:::\w{1,60}){1,8})"
        ),
        MASK,
    ),
    (
        ".",  # what systemd starts and stops, and the description that follows its name
        re.compile(
            rf"(?<![\w@.-])[\w@.:\\-]{{1,120}}\.(?:{UNIT_SUFFIX})(?![\w@-]|\.\w)(?: - [^\n]{{1,200}}?(?=\.?(?:\n|\Z)))?"
        ),
        MASK,
    ),
    (
        ", client: ",
        re.compile(r', (?:host|referrer|upstream|server|login|session): (?:"[^"\n]{0,500}"|[^",\n]{0,200})'),
        "",
    ),
    (
        "/",  # HAProxy's HTTP and TCP log: frontend backend/server timers ... termination counts queues {captured}
        re.compile(
            r"(?<=\] )\S{1,100} \S{1,200}/\S{1,100} (?:[+-]?\d{1,10}/){1,4}[+-]?\d{1,10} (?:[+\d-]{1,20} ){1,2}"
            r"(?:- - )?[\w-]{2,4} (?:\d{1,10}/){4}\+?\d{1,10} \d{1,10}/\d{1,10}(?: \{[^}\n]{0,400}\}){0,2}"
        ),
        MASK,
    ),
    (  # common and combined log format: who asked, when, for what, how it was answered
        "\" ",
        re.compile(
            r"\S{1,100} \S{1,64} \S{1,64} (?:\[[^\]\n]{10,40}\]|\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8} [+-]\d{4})"
            r" \"[^\"\n]{0,2000}\" (?:\d{3}|-) (?:\d{1,15}|-)"
            r"(?: (?:\"[^\"\n]{0,1500}(?:\"|\Z)|[\d.]{1,20}(?=\s|\Z)|-(?=\s|\Z)|[a-z_]{2,30}=\S{1,200})){0,12}"
        ),
        f"access {MASK}",
    ),
    (' "', re.compile(r"(?:\A|(?<=\] ))\S{1,100} \S{1,64} \S{1,64} (?=\[\d\d/)"), rf"{MASK} {MASK} "),
    (' "', re.compile(r'(?<=\d" )\d{3} (?:\d{1,15}|-)(?: (?:"|\d)[^\n]{0,1500})?\Z'), MASK),
    (' "', re.compile(r'(?<=\d" )\d{3} [A-Z][A-Za-z -]{1,40}\Z'), MASK),  # Uvicorn
    (
        " IN ",  # CoreDNS' log of a question
        re.compile(
            r'"[A-Z0-9]{1,10} [A-Z]{2} \S{1,255} (?:udp|tcp) [^"\n]{0,100}" [A-Z]{2,12} [a-z,-]{1,30}(?= )'
        ),
        MASK,
    ),
    # BIND: who asks (pointer, address, name, view's key), what for
    (
        "client @",
        re.compile(
            r"(?<=client )@0x\S{1,40} \S{1,80}(?:/key \S{1,255})?(?: \(\S{1,255}\))?"
            r"(?:: view [\w.-]{1,63})?(?=: )"
        ),
        MASK,
    ),
    # dnsmasq: what was asked for, and what is known of it
    ("query[", re.compile(r"(?<= )query\[[\w=]{1,20}\] \S{1,255}(?= from )"), f"query {MASK}"),
    (
        " is ",
        re.compile(
            r"(?<=: )(?:\d{1,10} \S{1,60} )?(reply|cached|config|DHCP|/(?=\S{1,200} \S{1,255} is \S{1,255}\Z)\S{1,200})"
            r" \S{1,255} is \S{1,255}(?=\Z)"
        ),
        rf"\1 {MASK} is {MASK}",
    ),
    (
        "DHCP",
        re.compile(
            r"(DHCP[A-Z]{3,12})\([\w.-]{1,20}\)(?: [\d.]{7,15})?(?: [0-9a-f:]{17})?"
            r"(?: (?!no |wrong |not )\S{1,255})?(?=\Z)"
        ),
        rf"\1 {MASK}",
    ),
    ("<->", re.compile(r"\S{0,60}<->[\w./#-]{1,80}"), MASK),  # Open vSwitch's connections
    ("wireguard: ", re.compile(r"(?<=wireguard: )[\w.=-]{1,15}: "), ""),
    (" IN ", re.compile(r"(?<=: query: )\S{1,255} IN [A-Z0-9]{1,10} [^\n]{1,200}"), MASK),
    ("validating ", re.compile(r"(?<=validating )\S{1,255}/[A-Z0-9]{1,10}(?=: )"), MASK),
    ("plugin/", re.compile(r"(?<=: )\d \S{1,255} [A-Z0-9]{1,10}: "), f"{MASK}: "),
    ("segfault", re.compile(r"[\w./:-]{1,64}\[\d{1,10}\](?=: segfault)"), MASK),
    ("segfault", re.compile(r"(?<= in )[\w.+-]{1,64}\[[0-9a-f+]{3,40}\]"), MASK),
    ("Event", re.compile(r"(?<=: Event)(\w{1,40}): \S{1,255} "), rf"\1: {MASK} "),
    ("+", re.compile(r"(?<=SHA256:)[\w+/=]{20,64}|(?<=MD5:)[0-9a-f:]{20,64}"), MASK),
    ("Z", re.compile(r"(?<=Z )[\w.+-]{1,64}@[\w\[\].-]{1,64} (?=[A-Z])"), f"{MASK} "),
    (  # Squid's access log: time, milliseconds, client, how it was answered, bytes, method, address and more
        "/",
        re.compile(r"\A[\d.]{10,18} {1,8}\d{1,9} \S{3,255} [A-Z_]{3,60}/\d{3} \d{1,15} [^\n]{1,2000}"),
        f"access {MASK}",
    ),
    (  # values by name in parentheses, some of several words
        ": ",
        re.compile(
            r"\((?![^()\n]{0,300}\b(?:error|reason|cause|message|msg)\b)"
            r"(?=[^()\n]{1,200}?\w: [^()\n]{0,200}?, [\w ]{1,30}: )"
            r"(?:[^()\n]|\([^()\n]{0,80}\)){1,400}\)"
        ),
        f"({MASK})",
    ),
    ("@", re.compile(r"(?<![\w@./:*-])@[\w.=/+-]{1,80}(?::[\w.-]{1,255})?(?::\d{1,5})?(?=[\s:,;)'\"]|\Z)"), MASK),
    (" = ", re.compile(r"(?<=\w) = (?:[A-Za-z_][\w.-]{0,100}(?=[\s,;)]|\Z)|(?=[,;)]))"), f" = {MASK}"),
    (  # a method of Java
        "(",
        re.compile(r"\b(?:public|protected|private)(?: [\w.$<>\[\], ]{1,200})? [\w.$]{1,200}\([\w.$<>\[\], ]{0,400}\)"),
        MASK,
    ),
    ("Lock", re.compile(r"\b(?:Access|Row|Share|Update|Exclusive){1,4}Lock\b"), MASK),  # PostgreSQL's lock modes
    ("ikari", re.compile(r"(?<= )[\w.-]{1,80} - (?=[A-Z])"), f"{MASK} - "),
    ('\\\\\\"', re.compile(r'\\{3}"[^"\\\n]{0,400}\\{3}"'), MASK),  # quoted within a quotation
    ("point starting: ", re.compile(r"(?<=point starting: )[a-z -]{1,80}"), MASK),  # PostgreSQL's reasons
    ("Key (", re.compile(r"(?<=\bKey )\([^)\n]{1,200}\)=\([^)\n]{0,400}\)"), MASK),  # PostgreSQL's DETAIL
    (" -> ", re.compile(r"(?<= -> )(\S{3,60}) - [^,()\n]{1,200}(?=[,)])"), r"\1"),  # what RabbitMQ's client is called
    ("DHCP", re.compile(r"(?: \([^()\n]{1,100}\))? via \S{1,64}"), f" via {MASK}"),
    ("(", re.compile(r"(?<=: )(imap|pop3|lmtp|lda|managesieve)\([^()\n]{1,100}\)"), r"\1"),  # Dovecot's sessions
    ("[myid:", re.compile(r"(?<=\[myid:)\d{0,10}(?=\])"), MASK),  # ZooKeeper
    ("]: #", re.compile(r"(?<=\]: #)\d{1,4}(?: \[[\w.:-]{1,100}\])?"), MASK),  # Fluentd's worker and plugin
    ("[CLIENT: ", re.compile(r"(?<=\[CLIENT: )[^\]\n]{1,100}"), MASK),  # SQL Server
    ("# ", re.compile(r"(?<=[#*] )([+-][a-z][a-z-]{2,40} (?:master|slave|sentinel)) [^\n]*"), rf"\1 {MASK}"),
    ("I am (", re.compile(r"(?<=I am )\([\w.-]{1,100}\)|(?<=a leader )\([\w.-]{1,100}\)"), MASK),  # Patroni
    ("messages were dropped", re.compile(r"\b[A-Z_]{3,40}(?= messages were dropped)"), MASK),  # Cassandra's verbs
    ("(version ", re.compile(r"\(version [\w.-]{1,40}(?: \([a-z ]{1,40}\))?\)"), f"(version {MASK})"),  # ClickHouse
    ("(uid=", re.compile(r"(?<=\w)\(uid=\d{1,10}\)"), ""),  # PAM's newer form of a user
    ("[pid ", re.compile(r"\[pid \d{1,10}(?::tid \d{1,20})?\]"), MASK),  # Apache
    ("attempt to connect to ", re.compile(r"(?<=attempt to connect to )\S{1,100} \([\w.:*-]{1,255}\)"), MASK),
    (", referer: ", re.compile(r", referer: [^\n]*"), ""),
    (" OUT=", re.compile(r"(?<= )IN=\S{0,40} OUT=[^\n]*"), MASK),  # Netfilter's LOG target
    (" clientId=", re.compile(r"\[[A-Z][A-Za-z]{2,40} clientId=[^\]\n]{0,300}\]"), MASK),  # Kafka's clients
    ("; client reason: ", re.compile(r"; client reason: [^()\n]{1,200}"), ""),  # Kafka's group coordinator
    ("LogSegment(", re.compile(r"LogSegment\((?:[^()\n]|\([^()\n]{0,60}\)){1,300}\)"), MASK),
    ("discarding connection: ", re.compile(r"(?<=discarding connection: )\S{1,255}(?=\. |\Z)"), MASK),  # urllib3
    ("GenServer ", re.compile(r"(?<=GenServer )(?:#PID<[\d.]{1,40}>|[\w.:]{1,100})(?= terminating)"), MASK),  # Elixir
    ("function ", re.compile(r"(?<=function )[\w.]{1,130}\([^()\n]{0,400}\)(?= does not exist)"), MASK),  # PostgreSQL
    ("arking node ", re.compile(r"(?<=arking node )([0-9a-f]{40}) \([\w.-]{0,100}\)"), r"\1"),  # Redis Cluster's names
    ("): view ", re.compile(r"(?<=\): )view [\w.-]{1,63}: "), ""),  # BIND
    (" switched from ", re.compile(r"(?<= - )[^\n]{1,300}\([0-9a-f_]{32,80}\)(?= switched from )"), MASK),  # Flink
    ("Processing by ", re.compile(r"(?<=Processing by )[\w:]{1,100}#\w{1,60} as [^\n]{1,60}"), MASK),  # Rails
    ("Sidekiq(", re.compile(r"(?<=Sidekiq)\([\w.:-]{1,60}\)"), MASK),  # Active Job's queue
    ("enqueuing ", re.compile(r"(?<=enqueuing )[A-Z][\w:]{1,100}(?= to )"), MASK),
    # Sidekiq: which job ran tells nothing where only its start or end is told.
    ("JID-", re.compile(r"[A-Z][\w:]{1,100}(?= JID-)"), MASK),  # Sidekiq's jobs
    ("succeeded in ", re.compile(r"(?<=succeeded in )[\d.]{1,24}s: [^\n]*"), MASK),  # what a Celery task gave back
    (" for channel ", re.compile(r" for channel '[^'\n]{0,64}'(?=[: ])"), ""),  # MySQL: only where there are several
    ("(using password: ", re.compile(r"(?<=\(using password: )(?:YES|NO)(?=\))"), MASK),
    ("jid=", re.compile(r"(?<= class=)\S{1,100}(?= jid=[^\n]{1,80} (?:start|done)\Z)"), MASK),
    ("Completed ", re.compile(r"(?<=Completed )\d{3} [A-Z][A-Za-z -]{1,40}(?= in \d)"), MASK),  # Rails
    # ASP.NET Core's and Rails' access lines: what was asked for, and how.
    ("Request ", re.compile(r"(?<=Request )(starting|finished) HTTP/\d(?:\.\d)? [A-Z]{3,8} [^\n]*"), rf"\1 {MASK}"),
    (" signature ", re.compile(r"(?<= signature )\S[^\n]{1,600}? on controller \S{1,160}(?: \([\w.]{1,100}\))?"), MASK),
    (" action ", re.compile(r"(?<= action )[A-Z]\w{0,60}(?:\.\w{1,80}){1,12} \([\w.]{1,100}\)"), MASK),
    ("Started ", re.compile(r"(?<=Started )[A-Z]{3,8}(?= \"/)"), MASK),
    (  # how Android and much of Java print an object: its hash, and more
        "{",
        re.compile(
            r"(?<=\w)\{[0-9a-f]{1,16}(?:[ ,][^{}\n]{0,300}"
            r"(?:\{[^{}\n]{0,300}(?:\{[^{}\n]{0,300}\})?[^{}\n]{0,100}\})?[^{}\n]{0,100})?\}"
        ),
        MASK,
    ),
    # Thrift's, Python's and others' way to print an object: its fields by name
    (
        "(",
        re.compile(
            rf"(?<![\w.])(?!\w{{0,80}}{FAULTS}\()[A-Z]\w{{1,60}}\((?=\w{{1,60}}[:=])"
            r"(?:[^()\n]|\((?:[^()\n]|\((?:[^()\n]|\([^()\n]{0,200}\)){0,400}(?:\)|\Z)){0,800}(?:\)|\Z)){1,1500}(?:\)|\Z)"
        ),
        MASK,
    ),
    (  # an object and its id or title, as much of Java and Puppet print it
        "[",
        re.compile(
            rf"(?<=[a-z:] )(?!\w{{0,80}}{FAULTS}\[)[A-Z]\w{{1,60}}(?:::[A-Z]\w{{0,60}}){{0,6}}"
            r"(?:(?<=[A-Z])\[(?:\d{1,9}|\w{1,20}=[^\[\]\n]{1,200})\]|(?<=[a-z\d])\[(?:[^\[\]\n]|\[[^\[\]\n]{0,100}\]){1,300}\])"
        ),
        MASK,
    ),
    ("(/Stage[", re.compile(r"\(/Stage\[[^\n]{1,500}?\](?:/\w{1,60})?\)(?=:? )"), f"({MASK})"),  # Puppet
    # Python's packages
    ("==", re.compile(r"(?<![\w.-])[A-Za-z][\w.-]{0,80}(?:\[[\w,]{1,60}\])?==\d[\w.*+]{0,40}"), MASK),
    # A browser, where nothing ends it
    ("ozilla/", re.compile(r"(?<![\"'])\(?\bMozilla/\d\.\d \([^\n\"']*(?=\Z)"), MASK),
    ("(name=", re.compile(r"(?<=\(name=)[^()\n]{1,200}(?=\))"), MASK),
    (  # how Java's own records and most of its classes print themselves
        "=",
        re.compile(
            rf"(?<![\w.])(?!\w{{0,80}}{FAULTS}\{{)[A-Z]\w{{1,60}}\{{(?=\w{{1,40}}=)"
            r"(?:[^{}\n]|\{(?:[^{}\n]|\{[^{}\n]{0,300}\}){0,400}\}){1,1500}(?:\}|\Z)"
        ),
        MASK,
    ),
    (  # how Go prints a map
        "map[",
        re.compile(
            r"(?<!\w)map\[(?:[^\[\]\n]|\[(?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){0,300}\]){0,1500}(?:\]|\Z)"
        ),
        MASK,
    ),
    (" at ", re.compile(r"\b\w{1,60} at [\w.$-]{1,100}\.(?:scala|java|py):\d{1,6}"), MASK),  # Spark's call sites
    ("TID ", re.compile(r"(?<=, )(?:ANY|NO_PREF|(?:PROCESS|NODE|RACK)_LOCAL)(?=, )"), MASK),  # Spark: how near
    ("[data ", re.compile(r"\[data \"[^\n]{0,1500}?\"\](?= \[|\Z)"), MASK),  # ModSecurity: what was matched
    (  # Gerrit's log of SSH: session, thread, user, account, command, times
        " a/",
        re.compile(
            r"(?<=\] )[0-9a-f]{8} \[(?:[^\[\]\n]|\[[^\[\]\n]{0,100}\]){1,300}\] \S{1,100} (?:a/\d{1,12}|-)"
            r" (?:([\w-]{1,40})[^\s]{0,500} \d[^\n]*)?"
        ),
        rf"{MASK} \1",
    ),
    ("device (", re.compile(r"(?<=device )\([\w.:-]{1,60}\)(?=:)"), MASK),  # NetworkManager
    ("invalid user ", re.compile(r"(?<=invalid user )\S{0,64}(?= \S{3,45} port \d)"), MASK),  # OpenSSH
    (  # Go's JSON: what was found where another type was wanted
        "cannot unmarshal ",
        re.compile(
            r"(?<=cannot unmarshal )(?:number(?: [\d.eE+-]{1,40})?|string|array|object|bool)"
            r"( into Go (?:struct field|value)[^\n]{0,200}? of type )[\w.*\[\]{}/]{1,120}"
        ),
        rf"{MASK}\1{MASK}",
    ),
    ("RequestID: ", re.compile(r"(?<=RequestID: )[^\s,]{0,200}(?:, HostID: [^\s,]{0,300})?"), MASK),  # AWS
    ("{", re.compile(r"(?<![\w\]])(?:\[\]|map\[\w{1,40}\])[\w.*]{1,80}\{[^{}\n]{0,1500}(?:\}|\Z)"), MASK),  # Go's lists
    # Jira: who asks, request, session, address, path
    ("-exec-", re.compile(r"(?<= )\S{1,100} \d{1,4}x\d{1,9}x\d{1,6} \S{1,20} \S{1,100} \S{1,1000}(?= )"), MASK),
    ("<ud>", re.compile(r"<ud>[^<>\n]{0,1000}</ud>"), MASK),  # Couchbase: data of a user
    ("arguments: ", re.compile(r"(?<= with arguments: )[^\n]*"), MASK),  # Active Job
    ("@", re.compile(r"(?<![\w.])[\w.$/]{1,200}@[0-9a-f]{1,16}\[[^\[\]\n]{1,400}\]"), MASK),  # Java's thread pools
    ("jdbc:", re.compile(r"(?<!\w)jdbc:\w{1,30}:[^\s,)\"']{1,500}"), MASK),
    (":[", re.compile(r"(?<=[a-z]:)\[[\w.@/-]{0,200}\](?=[\s,;)]|\Z)"), MASK),
    # Windows: what follows the sentence of a security event; services by the names that people read
    (" Subject: ", re.compile(r"(?<=\.) {1,2}Subject: [^\n]*"), f" {MASK}"),
    (
        " service ",
        re.compile(
            r"(?<=[Tt]he )(?!service |start type )[A-Z][^\n.]{0,120}?"
            r"(?= service (?:entered|terminated|failed|was|depends|did|hung|could|is|has|on)\b)"
        ),
        MASK,
    ),
    (  # IIS
        "W3SVC",
        re.compile(r"(?<!\S)W3SVC\d{1,6} (?:\S{1,100} )?[\da-f.:]{3,45} [A-Z]{3,12} [^\n]{1,2000}"),
        f"access {MASK}",
    ),
    ("webapp=", re.compile(r"(?<= )webapp=\S{0,100} path=\S{1,300} params=[^\n]*"), MASK),  # Solr's requests
    ("(line ", re.compile(r"(?<= )in \S{1,300} \(line \d{1,7} of [^\n)]{1,300}\)[^\n]*"), MASK),  # Drupal's trace
    ("<bottom of call stack>", re.compile(r"(?: ?<bottom of call stack>)+"), ""),  # Android's Debug.getCallers
    ("{}", re.compile(r"(?<= )\{\} "), f"{MASK} "),
    ("}{", re.compile(r"\{?\{[^{}\n]{0,200}\}(?:\{[^{}\n]{0,200}\}){1,12}\}?"), MASK),
    (  # how Python prints an object, with others in it
        "<",
        re.compile(r"(?<![\w<])<([A-Z][A-Za-z_.]{1,60})[: ][^<>\n]{0,300}(?:<[^<>\n]{0,300}>[^<>\n]{0,300}){0,4}>"),
        rf"{MASK}\1{MASK}",
    ),
)  # fmt: skip
