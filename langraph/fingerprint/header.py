"""What stands before a message and is no part of it: time, level, logger, thread, tags, place in the source. Pure.

Layouts differ with every program, but what they put before a message is of few kinds; so whatever a masked line begins
with is taken for its header as long as it is of one of these kinds and leaves a sentence.
"""

import re

from langraph.fingerprint.masking import FAULTS, SOURCE_FILES

LEAST_WORDS = 2
"""A shorter rest says too little by itself: `serf: EventMemberJoin: <*>` keeps its name."""

_LEVEL = (
    r"(?i:trace|debug|dbg|inf|info|information|notice|note|warn|wrn|warning|error|err|eror|fatal|ftl|critical|crit|severe"
    r"|alert|emerg|panic|system|log|statement|detail|hint)"
)
_BARE = re.compile(
    r"(?:\*?<\*>|[^\sA-Za-z0-9<\[({\"'`$&/\\]{1,4}"  # a masked value, a separator
    r"|[DIWE]!"  # Telegraf's levels
    r"|(?:(?:[A-Z]{2,12} ){1,3}(?=[^a-z]{3,20}(?:\s|\Z)))?"  # whose level: `RAS KERNEL FATAL`
    rf"[\[<(|]?\s?{_LEVEL}\s?[\]>)|]?\s?:?,?|[IWEFDVTSN](?=\s)|\[[TDIWEFC]\])"
    r"(?:[:,;|.]|(?=\s|\Z)){1,2}\s*"
    r"|[A-Z]{4,10}(?:\[(?:<\*>|[\w-]{1,40})\]){1,3}(?=\s)\s*"  # Asterisk's level, thread, call
    r"|[A-Z][a-z]\w{0,60}[A-Z][\w$.]{0,60}:<\*>(?=\s)\s*"  # a class and its line
    r"|[\w./@~-]{0,120}"  # place in the source
    rf"\.(?:{SOURCE_FILES})(?::<\*>)?(?::(?:\w{{1,80}}|<\*>)\(\))?[:\])]{{0,2}}(?=\s)\s*"
)
"""What says nothing at all: dropped whatever follows."""
_NESTED = r"\[(?:[^\[\]\n]|\[[^\[\]\n]{0,160}\]){0,240}\]"
_NO_FAULT = rf"(?!\S{{0,200}}{FAULTS}\b)"
_KINDS = re.compile(
    rf"(?:{_NESTED}(?:\([^()\n]{{0,60}}\))?|\{{[^{{}}\n]{{0,80}}\}}|\([^()\n]{{1,60}}\))"  # thread, tags
    r"[:,]?(?=\s|\[)\s*"
    r"|ThreadId\(<\*>\)\s*"  # Rust's tracing: thread, spans with their fields
    r"|(?=[\w:]{1,120}(?:<\*>|\{))[a-z_]\w{0,40}(?:<\*>|\{[^{}\n]{0,300}\})?(?::[a-z_]\w{0,40}(?:<\*>|\{[^{}\n]{0,300}\})?){0,8}:(?=\s)\s*"
    r"|[a-z]\w{0,12}\[[^\[\]\n]{0,60}\]\[[\w.$]{1,120}\](?=\s)\s*"
    rf"|{_NO_FAULT}[a-z][\w$-]{{0,60}}(?:(?:\.|::|#)[\w$<>*]{{1,80}}){{1,12}}(?:\s?:)?(?=\s)\s*"  # a logger
    rf"|{_NO_FAULT}[A-Za-z]\w{{0,60}}(?:\.\w{{1,80}}){{1,12}}\[<\*>\](?=\s)\s*"  # .NET's logger and event's number
    rf"|{_NO_FAULT}[A-Za-z_][\w$.]{{0,100}}(?= - )\s*"
    r"|[a-z]\w{1,40} \([\w.-]{1,60}\):(?=\s)\s*"  # a module and its instance
)
"""What says who speaks: dropped where a sentence is left."""
_TELLS = (
    r"(?![\w.-]{0,80}[_-](?:left|join|joined|failed|failure|lost|added|removed|started|stopped|error|timeout|expired"
    r"|closed|opened)\s?:)"
)
"""Some programs name in its place what happened: Elasticsearch's `node-left: ...`."""
_SPEAKER = re.compile(
    rf"{_NO_FAULT}{_TELLS}[A-Za-z_][\w$./@*-]{{0,100}}(?:::[\w$]{{1,60}}){{0,6}}(?:\[<\*>\])?(?:\([\w<*>/.-]{{1,60}}\))?\s?:(?=\s)\s*"
)
"""One such word: the next one is of the message."""
_DONE = re.compile(r"[A-Z][a-z]{2,20}(?:ed|ing) <\*>\Z")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")


def without_header(masked: str) -> str:
    """The message of a masked line; the line itself where no message would be left.

    Args:
        masked: with `<*>` for every value, white space collapsed.
    """
    end = best = 0
    has_spoken = False
    while True:
        bare = _BARE.match(masked, end)
        found = bare or _KINDS.match(masked, end)
        if found is None and not has_spoken:
            found, has_spoken = _SPEAKER.match(masked, end), True
        if found is None or found.end() == end:
            break
        is_bare = bare is not None and best == end
        end = found.end()
        if is_bare or _says_enough(masked, end):
            best = end
    return masked[best:] or masked


def _says_enough(text: str, start: int) -> bool:
    if _DONE.match(text, start):
        return True
    words = _WORD.finditer(text, start)
    return sum(1 for _, _ in zip(words, range(LEAST_WORDS), strict=False)) == LEAST_WORDS
