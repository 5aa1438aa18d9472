"""Lines that speak of the other side: a client of its server, a server of its client, a proxy of an app. Pure.

Who writes such a line is not who has the fault, and who has it is seldom named: then nobody is affected, rather than
the wrong one.
"""

import re
from collections.abc import Sequence

from langraph.affected.owners import workload

CACHE = re.compile(r"(?i)redis|valkey|keydb|dragonfly|memcache|garnet|kvrocks|(?:^|[-_])cache(?:$|[-_])")
DATABASE = re.compile(r"(?i)postgres|pgsql|mysql|maria|percona|mongo|cockroach|(?:^|[-_])(?:db|pg|database)(?:$|[-_])")
FORWARDER = re.compile(
    r"(?i)^(?:haproxy|(?:ingress-)?nginx-ingress|ingress-nginx|nginx-gateway|traefik|kong|contour|apisix|emissary|ambassador"
    r"|envoy-gateway|istio-(?:ingress|egress)gateway|gateway-proxy|skipper|proxysql|maxscale|pgpool)"
    r"(?:-(?:controller|ingress|proxy|gateway|external|internal|public|nginx))*$"
)
"""Proxies whose every line about a failing upstream is about an app behind them."""
SHIPPER = re.compile(
    r"(?i)promtail|alloy|grafana-agent|fluent-?bit|fluentd|vector|filebeat|logstash|otel|opentelemetry|telegraf"
)

REFUSED_BY_CACHE = re.compile(
    r"OOM command not allowed when used memory|command not allowed under OOM prevention"
    r"|(?:SERVER_ERROR )?out of memory (?:storing object|writing get response)"
)
CLIENTS_MISTAKE = re.compile(
    r"(?:FATAL|ERROR): {1,2}(?:(?:\w{1,12} )?authentication failed for user"
    r"|no pg_hba\.conf entry|role \"[^\"]{1,63}\" does not"
    r"|database \"[^\"]{1,63}\" does not|deadlock detected|canceling statement due to (?:lock timeout|user request)"
    r"|could not (?:obtain lock|serialize access)"
    r"|(?:relation|column|function|schema|type|table) .{1,200} does not exist"
    r"|syntax error at|duplicate key value|null value in column|permission denied for|insert or update on table"
    r"|current transaction is aborted|invalid input syntax|value too long)"
    r"|still waiting for \w{5,30}Lock on "
    r"|\[Server\] Access denied for user"
    r"|\"c\":\"ACCESS\".{1,200}\"msg\":\"(?:Authentication failed|Checking authorization failed)"
)
"""What a database writes of a session that did wrong; it names the user, not the app."""
PEER_AWAY = re.compile(r"could not connect to the primary server|error connecting to (?:the )?(?:master|source) '")
"""What a replica writes of the server that it follows."""
UPSTREAM = re.compile(
    r"is DOWN, reason:|has no server available|"
    r"upstream (?:timed out|prematurely closed|sent (?:too big|invalid) header)"
    r"|connect\(\) failed|no live upstreams|50[234] (?:Bad Gateway|Service Unavailable|Gateway Time-?out)"
    r"|(?:\d{1,10}/){3}(?:-1|\d{1,10})/\+?\d{1,10} (?:50[234]|-1) .{0,80}? [A-Za-z-]{4} "
    r"|Shunning server|[Ss]hunned"
)
LAG_ELSEWHERE = re.compile(r"(?i)\breplica(?:tion)? lag (?:is|of) \d{1,10} seconds? on \S")
TOLD_TO_WAIT = re.compile(r"(?i)\bstatus[ =:]{1,2}429\b|429 Too Many Requests")

UNSERVED = re.compile(
    r"No servers available for service: (?P<a>[\w-]{1,63})"
    r"|does not contain an instance for the service (?P<b>[\w-]{1,63})"
    r"|Unable to find instance for (?P<c>[\w-]{1,63})"
    r"|No instances? available for (?P<d>[\w-]{1,63})"
    r"|(?i:no (?:available|healthy) (?:server|instance|endpoint)s? (?:for|of) service \"?(?P<e>[\w-]{1,63}))"
)
"""How client-side load balancers (Spring Cloud, Ribbon, Feign and the like) name the service that nobody serves."""


def is_of_other_side(speakers: Sequence[str], text: str) -> bool:
    """Whether the fault in a line is not its writer's.

    Args:
        speakers: the names that its labels give the writer: app, pod, container.
    """
    names = [workload(name) or name for name in speakers]
    if REFUSED_BY_CACHE.search(text):
        return not any(CACHE.search(name) for name in names)
    if any(DATABASE.search(name) for name in names):
        return CLIENTS_MISTAKE.search(text) is not None or PEER_AWAY.search(text) is not None
    if any(FORWARDER.match(name) for name in names):
        return UPSTREAM.search(text) is not None
    if any(SHIPPER.search(name) for name in names):
        return TOLD_TO_WAIT.search(text) is not None
    return LAG_ELSEWHERE.search(text) is not None


def unserved(text: str) -> str | None:
    """The service that a client's load balancer finds nobody for."""
    found = UNSERVED.search(text)
    return next((name.lower() for name in found.groups() if name), None) if found else None
