"""Finds values by what programs call them, wherever a chart keeps them: keys, variables, flags, lines of texts. Pure.

A name with a dash in front is a flag (`-Xmx`), found inside texts alone. Any other is found as a key, as the end of
an environment variable's name, as a flag with dashes in front, and as a line of a configuration file's text; case,
dashes, dots and underscores make no difference: `maxConnections`, `POSTGRESQL_MAX_CONNECTIONS`, `max_connections=100`.
"""

import re
from collections.abc import Iterator, Sequence

from langraph.helm_values import INNER, Option, options
from langraph.helm_values.tree import Node
from langraph.models.incident import Scalar, ValuePath
from langraph.redact import redact
from langraph.target.layouts import block, get, mappings
from langraph.target.pool_places import is_pool_key, pools, variables
from langraph.target.words import WORKLOAD_KEYS, plain

LINE = "~"
CONFIGURATION = re.compile(
    r"(?i)(?:.*[-_.])?(?:config(?:uration|map|data)?s?|conf|cfg|settings|properties|java|jvm|global|env\w{0,20}|vars)"
    r"|\w{1,40}(?:Config(?:uration)?|Settings|Options|Properties)"
)
"""Keys of the chart's top below which no workload is, but what a program reads."""


def named_values(mapping: Node, names: Sequence[str], above: str = "") -> Iterator[tuple[ValuePath, Scalar]]:
    """The values of one mapping that bear a name, with their paths below it.

    Args:
        names: as described above.
        above: the key of the mapping itself, which a name may begin with: `gunicorn.timeout`.
    """
    for one in variables(mapping):
        if _is_called(one.name, names, is_variable=True):
            yield one.path, one.value.value
        yield from _inside(one.value, one.path, names)
    for key in mapping.index:
        value = get(mapping, (key,))
        if value is None:
            continue
        # `DRUID_XMX` below a key that does not say so is an environment variable all the same.
        is_it = _is_called(key, names, is_variable=key.isupper()) or _is_called(f"{above}.{key}", names)
        if value.kind == "scalar" and is_it:
            yield (key,), value.value
        if value.kind == "scalar" and not _is_variables_value(mapping, key):
            yield from _inside(value, (key,), names)
        elif value.kind == "sequence":
            for n, (_, item) in enumerate(value.entries):
                if item.kind == "scalar":
                    yield from _inside(item, (key, n), names)


def _inside(value: Node, path: ValuePath, names: Sequence[str]) -> Iterator[tuple[ValuePath, Scalar]]:
    """Settings in a text: its flags and lines, or, where it is YAML itself, its keys."""
    if value.kind != "scalar" or not isinstance(value.value, str):
        return
    inner = block(value)
    if inner is not None:
        for section, _, mapping in mappings(inner):
            for at, text in named_values(mapping, names, str(section[-1]) if section else ""):
                yield (*path, INNER, *section, *at), text
        return
    for one in _shown(value.text):
        last = one.part.rpartition(".")[2] if one.part.startswith(LINE) else one.part
        if any(_is_called(written, names) for written in {one.part.lstrip(LINE), last.lstrip(LINE)}):
            yield (*path, one.part), one.value


POOL_PAIR = re.compile(r"(?i)~(?:(?:max(?:imum)?[ _]?)?pool[ _]?size|connection_limit|pool_max_conns)")
"""What connection strings of .NET's drivers, and URLs of Prisma, pgx and MongoDB's drivers call it."""
REFERENCE = re.compile(r"\$\([A-Za-z_]\w*\)|\$\{[A-Za-z_]\w*\}")
"""A variable where a password would be."""


def _shown(text: str) -> Iterator[Option]:
    """The settings of a text whose lines hold no password: a diff would show it."""
    for one in options(text):
        before, after = text[: one.start].rpartition("\n")[2], text[one.start :].partition("\n")[0]
        bare = REFERENCE.sub("", before + after)
        if redact(bare) == bare:
            yield one


def _in_connection_string(text: str) -> Iterator[str]:
    """Sizes of pools in a connection string."""
    yield from (one.part for one in _shown(text) if POOL_PAIR.fullmatch(one.part))


def pools_in_texts(mapping: Node) -> Iterator[ValuePath]:
    """Sizes of connection pools in a mapping's texts: YAML, lines such as `db.pool.max=10`, connection strings."""
    for variable in variables(mapping):
        if isinstance(variable.value.value, str):
            yield from ((*variable.path, part) for part in _in_connection_string(variable.value.value))
    for key, at in mapping.index.items():
        value = mapping.entries[at][1]
        if value.kind != "scalar" or value.style not in ("|", ">"):
            if isinstance(value.value, str) and not _is_variables_value(mapping, key):
                yield from ((key, part) for part in _in_connection_string(value.value))
            continue
        inner = block(value)
        for section, _, inside in mappings(inner) if inner is not None else ():
            yield from ((key, INNER, *section, *path) for path in pools(section, inside))
        for one in _shown(value.text) if inner is None else ():
            if one.part.startswith(LINE) and is_pool_key(tuple(one.part[1:].split("."))):
                yield (key, one.part)


def _is_called(written: str, names: Sequence[str], *, is_variable: bool = False) -> bool:
    mine = plain(written)
    for name in names:
        if name.startswith("-"):
            is_it = written.startswith("-") and written.replace("_", "-") == name
        else:
            is_it = mine == plain(name) or (is_variable and mine.endswith(plain(name)))
        if is_it:
            return True
    return False


def _is_variables_value(mapping: Node, key: str) -> bool:
    """Whether this is the `value` of a {name, value} item, which its list has been asked for already."""
    return key in ("value", "name") and "name" in mapping.index


def workload_around(root: Node, section: ValuePath) -> ValuePath | None:
    """The section of the workload that a section's values are about: the nearest around it that makes one."""
    for n in range(len(section), 0, -1):
        node = get(root, section[:n])
        if node is not None and node.kind == "mapping" and node.index.keys() & WORKLOAD_KEYS:
            return section[:n]
    return None


def part_of(root: Node, section: ValuePath) -> ValuePath:
    """The part of the chart that a section is about: its workload, or else what stands at the top around it.

    What is below the top's own configuration, `config.server`, is the chart's own workload's: no section, unless it is
    called like a workload, as `environment.rest` beside `deployment.rest`.
    """
    workload = workload_around(root, section)
    if workload is not None:
        return workload
    if not section or not CONFIGURATION.fullmatch(str(section[0])):
        return section[:1]
    return section[:2] if _is_workloads_name(root, section[1:2]) else ()


def _is_workloads_name(root: Node, name: ValuePath) -> bool:
    """Whether a workload is called so, at the top or one key below it."""
    places = [name, *((key, *name) for key in root.index)] if name else []
    found = (get(root, place) for place in places)
    return any(one is not None and one.kind == "mapping" and one.index.keys() & WORKLOAD_KEYS for one in found)
