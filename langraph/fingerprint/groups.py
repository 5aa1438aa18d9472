"""Which templates are one message: a word is a name where a value stands in its place in another line. Pure.

A template is made of one line alone, so a name that is an everyday word stays in it: `reply printer is <*>`. Beside
`reply <*> is <*>` it is plain what it is.
"""

import re
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from langraph.fingerprint.masking import MASK

LEAST_SHARED = 3  # words that two templates must have in common, or
SHARED_PER_NAME = 2  # as many for each name
TOKEN = re.compile(r"<\*>|[\w.'$-]+|[^\s\w]")
NAME = re.compile(r"[^\W\d]")


@dataclass(slots=True)
class _Group:
    key: str
    general: Sequence[str]
    """Tokens of its template with the most values."""
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
        self._alike: defaultdict[tuple[int, str], dict[str, _Group]] = defaultdict(dict)

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
        tokens = TOKEN.findall(template)
        near = self._alike[_likeness(tokens)].values()
        group = next((one for one in near if covers(one.general, tokens) or covers(tokens, one.general)), None)
        self._add(template, tokens, group or _Group(key, tokens))
        return (group or self._group_of[template]).key

    def remember(self, template: str, key: str) -> None:
        """Take a template as one of that group, as it was told before; in the order of then."""
        if template in self._group_of:
            return
        tokens = TOKEN.findall(template)
        self._add(template, tokens, self._alike[_likeness(tokens)].get(key) or _Group(key, tokens))

    def _add(self, template: str, tokens: Sequence[str], group: _Group) -> None:
        if covers(tokens, group.general):
            group.general = tokens
        group.remembered += 1
        self._group_of[template] = group
        self._alike[_likeness(tokens)][group.key] = group
        if len(self._group_of) > self._most:
            self._forget(*self._group_of.popitem(last=False))

    def _forget(self, template: str, group: _Group) -> None:
        group.remembered -= 1
        if group.remembered:
            return
        likeness = _likeness(TOKEN.findall(template))
        del self._alike[likeness][group.key]
        if not self._alike[likeness]:
            del self._alike[likeness]


def covers(general: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two templates are equal but for values of the one where the other has words, and share enough words."""
    if len(general) != len(other):
        return False
    shared = names = 0
    for one, another in zip(general, other, strict=True):
        if one == another:
            shared += one[0].isalpha()
        elif one == MASK and NAME.match(another):
            names += 1
        else:
            return False
    return shared >= LEAST_SHARED or shared >= SHARED_PER_NAME * names


def _likeness(tokens: Sequence[str]) -> tuple[int, str]:
    """Templates of one message have it in common: how long they are, and how they begin."""
    return len(tokens), tokens[0] if tokens else ""
