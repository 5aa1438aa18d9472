"""Which templates are one message: words are a name where a value stands in their place in another line. Pure.

A template is made of one line alone, so a name that is an everyday word stays in it: `reply printer is <*>`. Beside
`reply <*> is <*>` it is plain what it is.
"""

import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from langraph.fingerprint.masking import MASK
from langraph.fingerprint.naming import A_KIND, ENDINGS, PROSE

LEAST_SHARED = 3  # words that two templates must have in common, or
SHARED_PER_NAME = 2  # as many for each name
SHARED_TO_END = (
    4  # so many where the last value is a name of several words: what ends a message often says what happened
)
LONGEST_NAME = 5  # tokens
TOKEN = re.compile(r"<\*>|[\w.'$-]+|[^\s\w]")
WORD = re.compile(r"[^\W\d]")
JOINTS = frozenset(",;:./|#(")
"""What stands within a name of several words, as within a list of values."""


class _Template:
    """A template in tokens, and what is quickly asked of it."""

    __slots__ = ("all", "tokens", "words")

    def __init__(self, text: str) -> None:
        found = TOKEN.findall(text)
        # A template that ends in a colon has lost the value behind it.
        self.tokens: Sequence[str] = [*found, MASK] if found and found[-1] in (":", "=") else found
        self.all = frozenset(self.tokens)
        self.words = self.all - {MASK}


@dataclass(slots=True)
class _Group:
    key: str
    general: _Template
    """That of its templates with the most values."""
    remembered: int = 0
    """How many of its templates are."""


class Groups:
    """Templates by the message they are of, told one after the other.

    What a template's group is depends on those told before it; it stays so while it is remembered.

    Args:
        most: templates remembered; beyond that the one told longest ago is forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._group_of: OrderedDict[str, _Group] = OrderedDict()
        self._by_start: defaultdict[str, dict[str, _Group]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._group_of)

    def join(self, template: str, key: str) -> str:
        """The key of the template's group.

        Args:
            key: of the group that begins with this template, when it belongs to none yet.
        """
        known = self._group_of.get(template)
        if known is not None:
            self._group_of.move_to_end(template)
            return known.key
        new = _Template(template)
        near = self._by_start[_start(new)].values()
        group = next((one for one in near if covers(one.general, new) or covers(new, one.general)), None)
        group = group or _Group(key, new)
        self._add(template, new, group)
        return group.key

    def remember(self, template: str, key: str) -> None:
        """Take a template as one of that group, as it was told before; in the order of then."""
        if template not in self._group_of:
            new = _Template(template)
            self._add(template, new, self._by_start[_start(new)].get(key) or _Group(key, new))

    def _add(self, template: str, new: _Template, group: _Group) -> None:
        if covers(new, group.general):
            group.general = new
        group.remembered += 1
        self._group_of[template] = group
        self._by_start[_start(new)][group.key] = group
        if len(self._group_of) > self._most:
            self._forget(*self._group_of.popitem(last=False))

    def _forget(self, template: str, group: _Group) -> None:
        group.remembered -= 1
        if group.remembered:
            return
        start = _start(_Template(template))
        del self._by_start[start][group.key]
        if not self._by_start[start]:
            del self._by_start[start]


def covers(general: _Template, other: _Template) -> bool:
    """Whether one template is the other with names in the place of values, and they share enough words.

    Time grows with the product of their lengths, whatever they hold.
    """
    if not general.words <= other.all or len(general.tokens) > len(other.tokens):
        return False
    shared = sum(1 for one in general.tokens if one[0].isalpha())
    names = max(1, general.tokens.count(MASK) - other.tokens.count(MASK))
    if shared < LEAST_SHARED and shared < SHARED_PER_NAME * names:
        return False
    last = len(general.tokens) - 1
    ends = {0}
    for at, token in enumerate(general.tokens):
        if token != MASK:
            ends = {end + 1 for end in ends if end < len(other.tokens) and other.tokens[end] == token}
        else:
            longest = LONGEST_NAME if at < last or shared >= SHARED_TO_END else 1
            ends = {end for start in ends for end in _ends_of_name(other.tokens, start, longest)}
    return len(other.tokens) in ends


def _ends_of_name(tokens: Sequence[str], start: int, longest: int) -> Iterator[int]:
    """Where what begins there may end, for it to be a value: any one word, several that are no words of prose."""
    if start == len(tokens) or not (tokens[start] == MASK or WORD.match(tokens[start])):
        return
    yield start + 1
    if not _may_be_part(tokens[start]):
        return
    for end in range(start + 2, min(start + longest, len(tokens)) + 1):
        part = tokens[end - 1]
        is_closed = part == ")" and "(" in tokens[start : end - 1]
        if part in JOINTS and not is_closed:
            continue
        if not is_closed and (not _may_be_part(part) or (part == MASK and A_KIND.match(tokens[end - 2]))):
            return
        yield end


def _may_be_part(token: str) -> bool:
    """A value, or a word that may be a part of a name."""
    if token == MASK:
        return True
    return token[0].isalpha() and token.lower() not in PROSE and not ENDINGS.search(token)


def _start(template: _Template) -> str:
    """Templates of one message begin alike."""
    return template.tokens[0] if template.tokens else ""
