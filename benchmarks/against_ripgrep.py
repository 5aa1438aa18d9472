"""Our scan against ripgrep: the same rules on the same lines, in the same run."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from langraph.runbooks.catalogue import load
from langraph.runbooks.matcher import Matcher

PAGES = 20  # of 5,000 lines: long enough that starting ripgrep counts for little
LOOKS_AROUND = ("(?=", "(?!", "(?<=", "(?<!", "(?P=", "\\1")
"""What ripgrep's engine does not know, because it is not linear in time; such rules are left out for both."""

GROUP_NAME = re.compile(r"\(\?P<\w+>")
NEEDLESS_ESCAPE = re.compile(r"(?<!\\)\\([^\w\s\\.+*?()|\[\]{}^$#&~-])")


def against_ripgrep(lines: Callable[[int], list[str]], seconds: Callable[[Callable[[], object]], float]) -> str:
    """One line that tells the ratio, or why there is none.

    Args:
        lines: makes a page.
        seconds: the best of a few rounds.
    """
    program = shutil.which("rg")
    if program is None:
        return "match against ripgrep: not measured, install ripgrep first"
    catalogue = load()
    rules = tuple(rule for rule in catalogue.rules if _is_theirs_too(rule.pattern.regex))
    matcher = Matcher(replace(catalogue, rules=rules))
    pages = [lines(seed) for seed in range(PAGES)]
    with tempfile.TemporaryDirectory() as directory:
        patterns, log = Path(directory) / "patterns", Path(directory) / "log"
        patterns.write_text("".join(f"{_as_theirs(rule.pattern.regex)}\n" for rule in rules), "utf-8")
        log.write_text("".join(f"{line}\n" for page in pages for line in page), "utf-8")
        sizes = ("--regex-size-limit=4G", "--dfa-size-limit=4G")
        command = (program, "--no-config", "--count", "--no-unicode", *sizes, "-j1")
        theirs = _alone(lambda: _run([*command, "-f", str(patterns), str(log)]))
        started = _alone(lambda: _run([*command, "-f", str(patterns), "/dev/null"]))
    ours = seconds(lambda: [matcher.scan(page) for page in pages])
    count = sum(len(page) for page in pages)
    scanning = max(theirs - started, 1e-9)
    return (
        f"{'match against ripgrep':<32} {scanning / ours:7.1f} x as fast as ripgrep  ({len(rules)} rules, "
        f"{count / ours:,.0f} lines/s against {count / scanning:,.0f}; its start of {started:.1f} s left out)"
    )


def _is_theirs_too(pattern: str) -> bool:
    """Whether ripgrep knows all of a pattern; without Unicode tables, as we match, it takes no letter beyond ASCII."""
    return pattern.isascii() and not any(part in pattern for part in LOOKS_AROUND)


def _as_theirs(pattern: str) -> str:
    """The same pattern as ripgrep writes it: no escapes that are not needed, no name twice over all patterns."""
    return NEEDLESS_ESCAPE.sub(r"\1", GROUP_NAME.sub("(?:", pattern))


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode > 1:  # 1: no line matched
        raise RuntimeError(f"ripgrep refused the rules: {done.stderr.decode()[-300:]}")


def _alone(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
