"""Names in prose: which plain word of a message is a name, judged by the words around it."""

import re

MASK = r"<\*>"
KINDS = (
    "[Tt]opics?|CF|[Qq]ueue|[Ee]xchange|vhost|[Dd]atabase|db|[Tt]able|[Ii]ndex|[Rr]elation|[Cc]ollection|[Kk]eyspace|[Bb]ucket"
    "|[Vv]olume|[Dd]evice|dev|disk|partition|interface|[Gg]roup|[Cc]onsumer|[Cc]onnector|[Mm]ember|[Cc]lient|[Cc]ustomer"
    "|[Tt]enant|[Uu]ser|[Uu]sername|[Aa]ccount|[Pp]od|[Cc]ontainer|[Nn]ode|[Hh]ost|[Hh]ostname|[Ss]erver|[Bb]roker|[Bb]ackend"
    "|[Uu]pstream|[Cc]luster|[Nn]amespace|[Ss]ervice|[Dd]eployment|[Ss]tateful[Ss]et|[Dd]aemon[Ss]et|[Rr]eplica[Ss]et"
    "|replica set"
    "|[Jj]ob|(?:[Ss]ub)?[Tt]ask|[Pp]rovider|[Dd]ag|DAG|[Ww]orkflow|[Pp]ipeline|[Cc]hannel|[Ss]tream|[Ww]orker|[Rr]eplica|[Ll]eader|[Mm]aster|[Ss]lave"
    "|[Aa]pplication|[Aa]pp|[Pp]roject|[Rr]epository|[Rr]oute|[Ee]ndpoint|[Ww]arehouse|[Rr]egion|[Rr]ole|[Ii]mage|[Pp]eer|[Mm]erchant|[Cc]harge|[Oo]rder|[Pp]ayment|[Ii]nvoice|[Ss]hipment|[Tt]ransaction|[Rr]efund"
    "|[Cc]ursor|pvc|pv|PVC|PV"
    "|[Pp]lugin"
    "|[Ss]ecret|[Cc]onfig[Mm]ap|[Ii]ngress|[Cc]ertificate|[Rr]elease|[Cc]hart|[Ss]chema|[Uu]nit|[Ii]nstance|[Aa]gent|[Hh]andler"
    "|[Ss]ubscription|[Pp]roducer|[Pp]ackage|lookup|comm|ENOTFOUND|EAI_AGAIN|[Aa]lert|[Mm]onitor|[Dd]omain|[Zz]one|[Ff]eed"
    "|[Rr]esource|[Oo]bject|pool|[Ee]vent|[Pp]roxy|[Ff]rontend|[Ll]istener|[Ss]hard|[Ss]egment|[Ss]ite|[Ww]orkspace"
    "|[Tt]ablespace|[Ss]napshot|[Cc]atalog|[Ss]ubnet|[Dd]atastore|[Rr]ealm|[Mm]ailbox"
    "|[Tt]emplate|[Bb]ranch|[Cc]omponent|[Mm]odule|[Nn]ame|[Qq]uota|[Dd]atasource|[Ff]ilesystem|[Ss]equence|[Cc]onstraint|[Ss]ensor|[Pp]artner"
)
"""What has names."""
PEOPLE = "[Uu]ser|[Uu]sername|[Cc]ustomer|[Tt]enant|[Aa]ccount"
_PROSE = """
    a an the this that these those it its they them their his her our your my we you he she who which what where when
    is are was were be been being am has have had having do does did done can cannot could will would shall should may
    might must not no nor never and or but if then else than as at by for from in into of off on onto out over per since
    so to under until up upon via with within without after again against all already also always another any before
    below between both down during each either enough ever every few first here how however just last least less many
    more most much neither new next none now old once one only other own same second several some still such there
    through too twice two very while yet yes ok true false null nil
    fail fails failure failures error errors exception timeout timeouts timed out down up ready healthy unhealthy
    unknown unavailable unreachable unable missing invalid valid empty full busy idle dead alive lost gone found left
    open closed shut online offline active inactive stale broken bad wrong good late slow fast low high max min new
    name names id ids uid type types kind count counts size sizes limit limits list lists number key keys value values
    set get put read write reads writes start starts stop stops run runs begin began end ends join joins leave leaves
    exit exits quit kill kills died dies die crash crashes abort aborts drop drops lock locks wait waits retry retries
    send sends sent receive receives accept accepts refuse refuses reject rejects reset resets close closes take takes
    took make makes made keep keeps hit hits miss misses return returns seem seems need needs want wants use uses
    become becomes became go goes went come comes came got get gets give gives gave see saw seen show shows try tries
    pool pools state states status mode config data file files path request requests response responses message
    messages connection connections session sessions log logs memory cpu network address port node host server
    client user group service queue topic index table side affinity pressure selector agent class version protocol
    thread threads process processes event events record records metadata info details update updates change changes
    cache space quota access login logout permission permissions password token certificate key
"""
PROSE = frozenset(_PROSE.split())
"""Words that stand after such a noun without being a name."""
ENDINGS = re.compile(r"(?:ed|ing|ion|ions|able|ible|ly|ment|ments|ness|ance|ence|ency|ity|ize|izes|ify|ifies|n't)\Z")
DONE = re.compile(r"(?:ed|ing|able|ible|n't)\Z")
"""What follows a colon with such an ending says what happened; any other word is the thing's name."""
NAMED = re.compile(
    rf"(?<![\w.=/@-])(?P<before>(?:{KINDS})(?: name| id)?(?::? | is |: ?))"
    r"(?P<name>[A-Za-z_][\w@$*]*(?:[./:-][\w@$*]+)*)(?P<dot>\.?(?![\w=/]))"
)
ASKER = re.compile(
    rf"(?P<before>\b(?:for|of|by|user) )(?P<name>[A-Za-z_][\w.$-]{{0,63}})(?P<dot>(?:,? from| at| on| via) {MASK})"
    r"|(?P<before4>\b(?:[Pp]assword|[Ll]ogin|[Aa]ccess|[Ff]ailures?|[Ss]ession) (?:for|of|by):? )"
    r"(?P<name4>[A-Za-z_][\w.$-]{0,63})(?P<dot4>\Z)"
    r"|(?P<before5>\b(?:for|of|by|from): )(?P<name5>[A-Za-z_][\w.$-]{0,63})(?P<dot5>\Z)"
    rf"|(?P<before2>{MASK} (?:for|of|by|to(?! [A-Za-z]+ (?:the|a|an|its|it|<\*>)(?!\w))|from|in) )"
    r"(?P<name2>[a-z_][\w$]*(?:[.-][\w$]+)*)(?P<dot2>\.?(?![\w=/]))"
    r"|(?P<before8>\b[A-Z]{4,14} (?:from|to) )(?P<name8>[A-Za-z_][\w$]*(?:[./-][\w$]+)*)(?P<dot8>(?= \(|\.?\Z|,))"
    r"|(?P<before7>\b(?:[Rr]equests?|[Cc]alls?|[Cc]onnections?) (?:to|from) )(?P<name7>[a-z_][\w$]*(?:[.-][\w$]+)*)"
    r"(?P<dot7> (?:failed|timed|was|is|took|returned|refused|closed|lost)\b)"
    r"|(?P<before9>\b(?:assigned|granted|delivered|published|publish|subscribed|routed|forwarded|belongs) to )"
    r"(?P<name9>[a-z_][\w$]*(?:[.-][\w$]+)*)(?P<dot9>(?= (?:with|in|at|on|for|by|as)\b))"
    r"|(?P<before10>\b(?:failed|denied|rejected|refused|allowed|accepted|granted) for )"
    r"(?P<name10>[A-Za-z_][\w.$-]{0,63})(?P<dot10>(?=: ))"
    r"|(?P<before6>\bby )(?P<name6>[A-Z]\w{1,40})(?P<dot6>,)"
    r"|(?P<before3>\b(?:for|of|by) )(?P<name3>[a-z_][\w$]*(?:[.-][\w$]+)*)"
    r"(?P<dot3> (?:[a-z]{2,20}ed|not|could|was|is|has|cannot|did)\b)"
)
"""Whose something is: `for root from <address>`, `session <id> of root`, `login for root denied`."""
BESIDE = re.compile(
    rf"(?<![\w<>*./-])[A-Za-z][A-Za-z0-9]{{0,60}}(?:[._/-][A-Za-z0-9]{{1,60}}){{1,8}} ?(?:\({MASK}\)|#{MASK})"
    rf"|(?<=\bfrom )[\w.-]{{1,100}}\[{MASK}\]"
)
"""A name with its id or address in parentheses."""


WAS = re.compile(r" (?:was|is|are|were|has|had|will|cannot|could|does|did)\b")
"""What follows a name that is the subject: `container web was terminated`."""
A_KIND = re.compile(rf"(?:{KINDS})\Z")
CODE = re.compile(r"(?:[Jj]ob|[Tt]ask|[Ww]orker|[Hh]andler|[Pp]lugin)\b")
"""What names in capitals after these are: classes of the program, which tell one fault from another."""
PERSON = re.compile(rf"(?:{PEOPLE})\b")
LED = re.compile(
    r"(?:\b(?:for|of|by|on|to|in|from|at|with|the|rebalance|create|delete|update|start|stop|drop|called|named|unknown|invalid|and"
    r"|[A-Za-z]{2,12}ed|[A-Za-z]{2,12}ing)|[,;(\[]) ?\Z"
)
"""What leads to a name: `on topic orders`, `created queue orders`."""


def mask_names(masked: str) -> str:
    """The message without names; numbers, addresses and quoted values are replaced already.

    A name without anything that tells it from a word is a name only after the word for what it names, and only where
    no verb, preposition or the like can stand: `user bob` but `user not`, `topic orders` but `topic deleted`.
    """
    masked = BESIDE.sub("<*>", masked)
    return ASKER.sub(_asked, NAMED.sub(_named, masked))


def _asked(found: re.Match[str]) -> str:
    before, name, after = (part for part in found.groups() if part is not None)
    is_word = name.isalpha() and (name.lower() in PROSE or ENDINGS.search(name) or A_KIND.match(name))
    return found.group() if is_word else f"{before}<*>{after}"


def _named(found: re.Match[str]) -> str:
    name = found["name"]
    is_plain = name.isalpha() and not any(letter.isupper() for letter in name[1:])
    if CODE.match(found["before"]) and name[0].isupper() and name.isalnum():
        return found.group()
    if is_plain and found["before"].startswith("namespace") and not (name.lower() in PROSE or DONE.search(name)):
        return f"{found['before']}<*>{found['dot']}"
    is_subject = WAS.match(found.string, found.end()) is not None and not found["dot"]
    if is_plain and is_subject and name.lower() not in PROSE and ":" not in found["before"]:
        return f"{found['before']}<*>"
    if PERSON.match(found["before"]) and found.string.startswith(" from <*>", found.end()):
        return f"{found['before']}<*>{found['dot']}"
    is_led = LED.search(found.string, max(0, found.start() - 16), found.start()) is not None
    if is_plain and ":" in found["before"] and not (name.lower() in PROSE or DONE.search(name)):
        return f"{found['before']}<*>{found['dot']}"
    if is_plain and (name.lower() in PROSE or (ENDINGS.search(name) and not (is_led and name.endswith("ing")))):
        return found.group()
    if is_plain and not PERSON.match(found["before"]) and A_KIND.match(name):
        return found.group()
    if is_plain and not PERSON.match(found["before"]) and not (is_led or _is_value(found)):
        return found.group()
    return f"{found['before']}<*>{found['dot']}"


def _is_value(found: re.Match[str]) -> bool:
    """A plain word follows a colon, what looks names up, or ends its clause."""
    before = found["before"]
    is_asked = before.startswith(("lookup", "comm", "ENOTFOUND", "EAI_AGAIN"))
    return ":" in before or is_asked or found.string[found.end() : found.end() + 1] in (",", ")", "]", ";", ":")
