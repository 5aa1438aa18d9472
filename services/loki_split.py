"""Cuts lines of one nanosecond into two queries when they are more than any page holds. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langraph.ports import LogPage
from services.loki_query import quoted, then

SAMPLE_LINES = 400  # enough to see where lines differ
FROM_START_CHARS = 300  # past the time, level and logger of the usual layouts
FROM_END_CHARS = 24  # the other place where ids and counters stand
EVEN_ENOUGH = 0.4  # a share of the sample on the smaller side that ends the search


@dataclass(frozen=True, slots=True)
class Split:
    """Two stages that no line passes both and no line passes neither."""

    left: str
    right: str
    smaller_side: float
    """Share of the sample that the smaller side holds."""

    def of(self, query: str) -> tuple[str, str]:
        """The two parts of `query`."""
        return then(query, self.left), then(query, self.right)


def best_split(page: LogPage) -> Split | None:
    """The most even cut of the lines on the page; None when they differ in nothing we can ask for."""
    best: Split | None = None
    for split in _candidates(page):
        if best is None or split.smaller_side > best.smaller_side:
            best = split
        if best.smaller_side >= EVEN_ENOUGH:
            return best
    return best


def _candidates(page: LogPage) -> Iterator[Split]:
    step = max(1, len(page) // SAMPLE_LINES)
    texts = page.texts[::step]
    for index in range(FROM_END_CHARS):
        if cut := _cut([text[-1 - index : len(text) - index] for text in texts]):
            pattern = f"(?s){cut[0]}.{{{index}}}$"
            yield Split(f"|~ {quoted(pattern)}", f"!~ {quoted(pattern)}", cut[1])
    for index in range(min(FROM_START_CHARS, max(map(len, texts), default=0))):
        if cut := _cut([text[index : index + 1] for text in texts]):
            pattern = f"(?s)^.{{{index}}}{cut[0]}"
            yield Split(f"|~ {quoted(pattern)}", f"!~ {quoted(pattern)}", cut[1])
    yield from _label_candidates(page, step)


def _label_candidates(page: LogPage, step: int) -> Iterator[Split]:
    """Lines of equal text differ in their labels: a label's value is asked for as a whole, anchored."""
    labels = page.labels[::step]
    for name in sorted({name for one in labels for name in one}):
        values = [one.get(name, "") for one in labels]
        for index in range(min(FROM_START_CHARS, max(map(len, values)))):
            if cut := _cut([value[index : index + 1] for value in values]):
                pattern = f"(?s).{{{index}}}{cut[0]}.*"
                yield Split(f"| {name} =~ {quoted(pattern)}", f"| {name} !~ {quoted(pattern)}", cut[1])


def _cut(chars: Sequence[str]) -> tuple[str, float] | None:
    """A character class that about half of `chars` fall into, and the smaller side's share; "" falls into none."""
    counts = Counter(chars)
    missing = counts.pop("", 0)
    if not counts or (len(counts) == 1 and not missing):
        return None
    chosen: list[str] = []
    inside = 0
    for char, count in counts.most_common():
        if chosen and inside + count > len(chars) / 2:
            continue
        chosen.append(char)
        inside += count
    smaller = min(inside, len(chars) - inside) / len(chars)
    return ("[" + "".join(map(_in_class, sorted(chosen))) + "]", smaller) if smaller else None


def _in_class(char: str) -> str:
    """A character inside a RE2 class, where only these mean something else."""
    return f"\\{char}" if char in "\\]^-[" else char
