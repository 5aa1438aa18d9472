"""Which of several connection pools a message is about."""

import pytest

from langraph.catalogue import Catalogue
from langraph.helm_values import format_path
from langraph.target import Candidates, Wanted, resolve
from langraph.target.pool_places import leads_to

TWO = """\
image: {}
env:
  - {name: REDIS_POOL_SIZE, value: "20"}
  - {name: DB_POOL_SIZE, value: "5"}
"""
ONLY_REDIS = "image: {}\nredis: {pool: {maxActive: 8}}\n"
UNSAID = "image: {}\nenv: {POOL_SIZE: 5}\n"
HIKARI = "HikariPool-1 - Connection is not available, request timed out after 30002ms"
JEDIS = "redis.clients.jedis.exceptions.JedisException: Could not get a resource from the pool"
PLAIN = "connection pool exhausted"


def place(values: str, message: str) -> str | None:
    wanted = Wanted("shop", "database.pool.maxSize", container="shop", pod="shop-6d9c7f5b8-m4w2x", message=message)
    found = resolve(wanted, Catalogue(), {"helm-values/shop/values.yaml": values.encode()})
    return None if isinstance(found, Candidates) else format_path(found.path)


@pytest.mark.parametrize(
    ("values", "message", "expected"),
    [
        (TWO, HIKARI, "env[1].value"),
        (TWO, JEDIS, "env[0].value"),
        (TWO, PLAIN, None),
        (ONLY_REDIS, HIKARI, None),
        (ONLY_REDIS, JEDIS, "redis.pool.maxActive"),
        (UNSAID, HIKARI, "env.POOL_SIZE"),
    ],
)
def test_the_pool_is_the_one_whose_server_the_message_names(values: str, message: str, expected: str | None) -> None:
    assert place(values, message) == expected


def test_a_message_that_names_two_servers_names_none() -> None:
    assert leads_to("redis and postgres are away") is None
    assert leads_to("nobody") is None


BY_PART = """\
deployment:
  auth: {replicaCount: 2, resources: {}}
  rest: {replicaCount: 2, resources: {}}
  studio: {replicaCount: 1, resources: {}}
environment:
  auth: {DB_MAX_POOL_SIZE: "10"}
  rest: {DB_POOL: 10}
"""


@pytest.mark.parametrize(
    ("part", "expected"),
    [("rest", "environment.rest.DB_POOL"), ("auth", "environment.auth.DB_MAX_POOL_SIZE"), ("studio", None)],
)
def test_variables_kept_apart_from_their_workload_are_the_one_workloads_they_are_called_after(
    part: str, expected: str | None
) -> None:
    app = f"board-{part}"
    wanted = Wanted(app, "database.pool.maxSize", container=app, pod=f"{app}-6d9c7f5b8-m4w2x", message=PLAIN)
    found = resolve(wanted, Catalogue(), {"helm-values/board/values.yaml": BY_PART.encode()})
    assert (None if isinstance(found, Candidates) else format_path(found.path)) == expected
