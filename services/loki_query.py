"""LogQL as we write it: the query that is polled, its counts, its narrower parts. Pure text."""

import json
import re
from collections.abc import Mapping

from langraph.errors import BadSetting

DEFAULT_LINE_FILTER = (
    "(?i)("
    r"\berr|error|\bwarn|fail|fatal|panic|exception|exit ?code|exited|traceback|throw|terminat|abort|"
    r"segfault|core dump|\bcrit|alert|emerg|severe|crash|kill|oom|out ?of|memory|alloc|heap|evict|pressure|"
    r"low on|back-?off|unhealthy|probe|denied|deny|forbid|unauthori|refus|reject|reset by|unreachable|"
    r"no such|no route|no match|no space|no nodes|no persistent|"
    r"not (found|ready|present|allowed|permitted|available|have|match|responding)|n't |notready|timeout|"
    r"time-out|timed out|deadline|stuck|blocked|expir|exceed|exhaust|insufficient|unable|cannot|can not|"
    r"unavailable|nodes are available|unschedul|unbound|invalid|illegal|unknown|missing|bad |broken|"
    r"corrupt|misbehav|too (many|large|long|low|old)|limit|quota|\bmax(imum)?\b|\bfull\b|disk|throttl|"
    r"deadlock|lock wait|read-only|\bmount|unmount|detach|\blag|behind|degraded|lost|could not|not set|"
    r"violation|uninitiali|double free|starvation|restarting|no (targets|servers|backends|healthy)|"
    r"not defined|undefined|in use|addrinuse|locked|segmentation|signal|x509|certificate|nxdomain|servfail|"
    r"\b50[0-9]\b|\b429\b|"
    r"harakiri|empty reply|not authori|\bdumped|coredump|"
    r"interrupt|preempt|lockup|\bstall|fallen off|overflow|flood|is down\b|carrier|using my ip|stale|no ready|"
    r"not (connected|implemented|up)|repeated too|restart counter|does not (contain|exist|have)|waiting for .{1,20} to|"
    r"addrnotavail|\bsegv|\babrt|volumeinuse|is pending|"
    r"notfound|no ?perm|permission|not (writable|enough)|noreplicas|still waiting|\breached\b|"
    r"level\W{1,4}([56]0|[1-3])\b|"
    r"\be(nomem|nospc|mfile|nfile|acces|perm|conn|pipe|timedout|rofs|again|io)|goroutine \d"
    ")"
)
"""Words that a line about a fault usually has; wide on purpose, the runbooks decide. RE2 syntax."""

_QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`|#[^\n]*', re.DOTALL)
_BLINDING_STAGE = re.compile(r"\|\s*(drop|keep|line_format)\b")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def quoted(text: str) -> str:
    """A LogQL string literal; JSON's escapes are all known to Go, which has no surrogate pairs."""
    return json.dumps(text, ensure_ascii=False)


def log_query(selector: str, line_filter: str) -> str:
    """The polled query: the user's selector, narrowed by a regular expression over the line.

    Args:
        selector: LOKI_QUERY, `{app="x"}` or that with a pipeline.
        line_filter: RE2, or a line filter stage such as `|= "error"`; empty means every line.

    Raises:
        BadSetting: it is a metric query, or a stage makes distinct lines look the same.
    """
    bare = _QUOTED_OR_COMMENT.sub("", selector).strip()
    if not bare.startswith("{"):
        raise BadSetting(
            f'LOKI_QUERY={selector!r} selects no log streams; write a selector such as {{namespace=~".+"}}'
        )
    if stage := _BLINDING_STAGE.search(bare):
        why = "makes different lines look the same, so that some would be taken for repeats; leave the stage out"
        raise BadSetting(f"LOKI_QUERY={selector!r}: the stage `{stage[1]}` {why}")
    if not line_filter:
        return selector.strip()
    is_stage = line_filter.startswith(("|=", "|~", "!=", "!~", "|>", "!>"))
    return then(selector.strip(), line_filter if is_stage else f"|~ {quoted(line_filter)}")


def then(query: str, stage: str) -> str:
    """`query` with one more stage; a comment at its end must not swallow the stage."""
    return f"{query}\n{stage}" if "#" in query else f"{query} {stage}"


def with_nonce(query: str, nonce: str) -> str:
    """The same query under a new text: results caches know a query by its text, and their answers may be stale."""
    return f"{query} # {nonce}"


def count_query(query: str, window: str) -> str:
    """How many lines of `query` lie in `(at - window, at]`."""
    return f"sum(count_over_time({then(query, f'[{window}]')}))"


def label_selector(labels: Mapping[str, str]) -> str | None:
    """`{a="b"}` for these labels; None where Loki would refuse it or match everything."""
    if not any(labels.values()) or not all(_LABEL_NAME.fullmatch(name) for name in labels):
        return None
    return "{" + ",".join(f"{name}={quoted(value)}" for name, value in sorted(labels.items())) + "}"
