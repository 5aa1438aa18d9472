"""Finds in one values file the sizes of connection pools, and environment variables by their names. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from langraph.helm_values import INNER
from langraph.helm_values.tree import Node
from langraph.models.incident import ValuePath
from langraph.target.layouts import block, get

ENV_KEYS = (
    "env", "envs", "extraEnv", "extraEnvs", "extraEnvVars", "envVars", "additionalEnv", "additionalEnvVars",
    "environment", "environmentVariables", "extraEnvironmentVars", "extraEnvironmentVariables", "envVariables",
    "podEnv", "containerEnv", "vars",
)  # fmt: skip
"""Where charts keep a container's environment: as a list of {name, value} or as a mapping."""

POOL_LEAF = re.compile(
    r"(?:[a-z]+[-_]){0,3}(max|maximum)?[-_]?(pool)?[-_]?(max|maximum)?[-_]?(size|connections|conns|active|open|total|limit)?",
    re.IGNORECASE,
)
"""What the last key of a pool's size is made of: maxSize, maximumPoolSize, poolSize, max, max_connections."""
POOL_VARIABLE = re.compile(
    r".*POOL.*(?:SIZE|MAX|LIMIT).*|.*MAX.*POOL.*|.*MAX_?OPEN_?CONN.*"
    r"|(?:.*_)?(?:DB|DATABASE|SQL|PG|POSTGRES|MYSQL)_POOL|(?:.*_)?(?:JDBC|DATASOURCE|REACTIVE)_MAX_SIZE"
    r"|(?:.*_)?(?:DB|DATABASE|SQL|POSTGRES|POSTGRESQL|PG|MYSQL|JDBC|DATASOURCE|BROKER|REDIS|MONGO|MONGODB|CACHE)_(?:.*_)?(?:MAX_CONN.*|CONNECTION_LIMIT)",
    re.IGNORECASE,
)
OPEN_LEAF = re.compile(r"max[-_]?open[-_]?conn(?:s|ections?)?", re.IGNORECASE)
"""What Go's `database/sql` calls its pool's size."""
NOT_A_SIZE = re.compile(r"MIN|IDLE|INITIAL|CORE|TIMEOUT|LIFETIME|OVERFLOW|INTERVAL|RECYCLE|WAIT|_MS$", re.IGNORECASE)
OTHER_POOL = re.compile(
    r"(?i)thread|worker|executor|buffer|task|scheduler|http|node|agent|memory|object|storage|address|string"
    r"|(?:^|[^a-z])ip(?:[^a-z]|$)|(?:^|[^a-z])cpu|fork|process|puma|gpu"
)
"""Pools of other things than connections to a database."""


SERVERS = (
    ("redis", re.compile(r"(?i)redis|jedis|lettuce|valkey")),
    ("mongo", re.compile(r"(?i)mongo")),
    ("amqp", re.compile(r"(?i)rabbit|amqp")),
    ("ldap", re.compile(r"(?i)ldap")),
    ("database", re.compile(
        r"(?i)hikari|jdbc|datasource|sql|postgres|maria|oracle|queuepool|knex|sequelize|prisma|dbcp|c3p0|agroal"
        r"|typeorm|activerecord|hibernate|(?:^|[^a-z])(?:db|pg|database)(?:[^a-z]|$)|database|[a-z]Db(?![a-z])"
    )),
)  # fmt: skip
"""What a pool's connections lead to, by the words of messages, keys and variables."""


def leads_to(text: str) -> str | None:
    """What the pool that a text speaks of leads to; None where it does not say, or says several."""
    found = [server for server, words in SERVERS if words.search(text)]
    return found[0] if len(found) == 1 else None


def pools(section: ValuePath, mapping: Node) -> Iterator[ValuePath]:
    """Paths below one section whose values are sizes of connection pools by their names."""
    yield from (one.path for one in variables(mapping) if not one.value.is_null and _is_pool_variable(one.name))
    if section[-1:] and section[-1] in ENV_KEYS:
        return  # told by the mapping around it
    # `spring.datasource.hikari.maximum-pool-size: 24` is a path written as one key.
    named = (key for key in mapping.index if is_pool_key((*section, *key.split("."))))
    yield from ((key,) for key in named if _is_scalar(mapping, key))


def is_pool_key(path: ValuePath) -> bool:
    """Whether a value is a connection pool's size, by the keys that lead to it."""
    *above, last = (str(part) for part in path)
    inside = bool(above) and above[-1].lower().endswith(("pool", "jdbc"))
    size = POOL_LEAF.fullmatch(last) is not None and last.lower() != "pool"
    is_other = any(OTHER_POOL.search(part) for part in (*above[-2:], last))
    if last.isupper() and not (above and above[-1] in ENV_KEYS) and POOL_VARIABLE.fullmatch(last):
        return not NOT_A_SIZE.search(last) and not OTHER_POOL.search(last)
    is_named = (size and (inside or "pool" in last.lower())) or OPEN_LEAF.fullmatch(last) is not None
    return is_named and not NOT_A_SIZE.search(last) and not is_other


def _is_scalar(mapping: Node, key: str) -> bool:
    value = get(mapping, (key,))
    return value is not None and value.kind == "scalar" and not value.is_null


def _is_pool_variable(name: str) -> bool:
    return POOL_VARIABLE.fullmatch(name) is not None and not NOT_A_SIZE.search(name) and not OTHER_POOL.search(name)


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable as a component's values set it."""

    name: str
    path: ValuePath
    """Below the component's mapping; through `INNER` where the list is a block of text."""
    value: Node


def variables(mapping: Node, glob: str = "*") -> Iterator[Variable]:
    """Environment variables of one component whose names fit."""
    for key in ENV_KEYS:
        env = get(mapping, (key,))
        text = block(env)
        path: ValuePath = (key,) if text is None else (key, INNER)
        for name, below, value in _variables(env if text is None else text):
            if fnmatchcase(name.upper(), glob.upper()):
                yield Variable(name, (*path, *below), value)


def _variables(env: Node | None) -> Iterator[tuple[str, ValuePath, Node]]:
    """`DB_POOL_SIZE: 5`, `DB_POOL_SIZE: {value: 5}`, or a list of `{name: DB_POOL_SIZE, value: 5}`."""
    if env is None or env.kind not in ("mapping", "sequence"):
        return
    if env.kind == "mapping":
        for name in env.index:
            paths: tuple[ValuePath, ...] = ((name,), (name, "value"))
            found = ((path, get(env, path)) for path in paths)
            yield from ((name, path, node) for path, node in found if node is not None and node.kind == "scalar")
        return
    for i, (_, item) in enumerate(env.entries):
        called, value = (get(item, (part,)) for part in ("name", "value"))
        if called is not None and value is not None and value.kind == "scalar":
            yield called.text, (i, "value"), value
