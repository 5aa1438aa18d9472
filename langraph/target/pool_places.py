"""Finds in one values file the sizes of connection pools, and environment variables by their names. Pure."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from langraph.helm_values.tree import Node
from langraph.models.incident import ValuePath
from langraph.target.layouts import get

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
    yield from (path for path, is_set in variables(mapping, "*") if is_set and _is_pool_variable(mapping, path))
    if section[-1:] and section[-1] in ENV_KEYS:
        return  # told by the mapping around it
    yield from ((key,) for key in mapping.index if is_pool_key((*section, key)) and _is_scalar(mapping, key))


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


def _is_pool_variable(mapping: Node, path: ValuePath) -> bool:
    name = str(path[1])
    if isinstance(path[1], int):
        called = get(mapping, (*path[:2], "name"))
        name = called.text if called is not None else ""
    return POOL_VARIABLE.fullmatch(name) is not None and not NOT_A_SIZE.search(name) and not OTHER_POOL.search(name)


def variables(mapping: Node, glob: str) -> Iterator[tuple[ValuePath, bool]]:
    """Environment variables of one component whose names fit, and whether they are set."""
    for key in ENV_KEYS:
        env = get(mapping, (key,))
        if env is not None and env.kind == "mapping":
            for name in env.index:
                path = _valued(env, name)
                if fnmatchcase(name.upper(), glob.upper()) and path:
                    yield (key, *path), not _is_nothing(env, path)
        if env is not None and env.kind == "sequence":
            for i, (_, item) in enumerate(env.entries):
                called, value = (get(item, (part,)) for part in ("name", "value"))
                fits = called is not None and fnmatchcase(called.text.upper(), glob.upper())
                if fits and value is not None and value.kind == "scalar":
                    yield (key, i, "value"), not value.is_null


def _valued(env: Node, name: str) -> ValuePath:
    """Where a variable's value is in a mapping: `DB_POOL_SIZE: 5`, or `DB_POOL_SIZE: {value: 5}`."""
    paths: tuple[ValuePath, ...] = ((name,), (name, "value"))
    found = ((path, get(env, path)) for path in paths)
    return next((path for path, node in found if node is not None and node.kind == "scalar"), ())


def _is_nothing(env: Node, path: ValuePath) -> bool:
    node = get(env, path)
    return node is None or node.is_null
