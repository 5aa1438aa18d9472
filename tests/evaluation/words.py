"""Gathers the words that messages are made of from the labelled samples that are not blind: `make words`."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from langraph.fingerprint.vocabulary import plain
from tests.evaluation.loading import HERE, read
from tests.evaluation.stream_maker import make_sample

TARGET = HERE.parents[1] / "langraph" / "fingerprint" / "words.txt"
TOKEN = re.compile(
    r"(?<![\w@/.=$%-])(?!(?:[\w$-]{1,60}\.){2}[\w.$-]{1,200}[\]:|])"  # no logger
    r"[A-Za-z_][\w'+$.-]*(?![\w@/=])"
)
WORD = re.compile(r"[a-z_][a-z'_.+-]{0,60}")
"""Words, and names of parts of programs that are always the same."""


def words_of(sample: Mapping[str, Any]) -> set[str]:
    """What stays the same in every line of a message; of a message of one line only what is letters."""
    lines: dict[str, set[str]] = defaultdict(set)
    for message, line in make_sample(sample):
        lines[message].add(line)
    found: set[str] = set()
    for forms in lines.values():
        words = set.intersection(*({plain(token) for token in TOKEN.findall(line)} for line in forms))
        found |= words if len(forms) > 1 else {word for word in words if word.isalpha()}
    return found


def gathered() -> str:
    """The list as the file holds it, one word a line."""
    samples = sorted((HERE / "grouping").glob("*.yaml"))
    words = set[str]().union(*(words_of(read(path)) for path in samples))
    return "\n".join(sorted(filter(WORD.fullmatch, words))) + "\n"


def main() -> None:
    TARGET.write_text(gathered(), encoding="utf-8")


if __name__ == "__main__":
    main()
