"""Lines that speak of the other side: a client of its server, a server of its client, a proxy of an app. Pure.

Who writes such a line is not who has the fault, and who has it is seldom named: then nobody is affected, rather than
the wrong one.
"""

import re
from collections.abc import Sequence

from langraph.affected.owners import workload

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

CLIENTS_MISTAKE = re.compile(
    r"(?:FATAL|ERROR): {1,2}(?:(?:\w{1,12} )?authentication failed for user"
    r"|no pg_hba\.conf entry|role \"[^\"]{1,63}\" does not"
    r"|database \"[^\"]{1,63}\" does not|canceling statement due to user request"
    r"|(?:relation|column|function|schema|type|table|operator|sequence|constraint) .{1,200}"
    r" (?:does not exist|already exists)"
    r"|column .{1,200} (?:must appear in the GROUP BY|is ambiguous|is of type)"
    r"|syntax error at|duplicate key value|null value in column|permission denied (?:for|to)"
    r"|must be (?:owner|superuser)"
    r"|insert or update on table|update or delete on table|new row for relation|conflicting key value|division by zero"
    r"|current transaction is aborted|invalid (?:input syntax|byte sequence)|value too long|\w{1,30} out of range)"
    r"|\[Server\] Access denied for user"
    r"|\bERROR \d{4} \(\w{5}\)[^:\n]{0,40}: (?:Access denied|Unknown (?:column|database|table)|Duplicate entry|Table '"
    r"|You have an error in your SQL syntax|Column '|Cannot (?:add|delete) or update|Data too long"
    r"|\w{1,30} command denied)"
    r"|\bLogin failed for user '"
    r"|\bE11000 duplicate key"
    r"|\"c\":\"ACCESS\".{1,200}\"msg\":\"(?:Authentication failed|Checking authorization failed)"
)
"""What a database writes of a session that did wrong; it names the user, not the app.

Lock waits, deadlocks and broken replication are no session's mistake: they are the database's own.
"""
PEER_AWAY = re.compile(r"could not connect to the primary server|error connecting to (?:the )?(?:master|source) '")
"""What a replica writes of the server that it follows."""
UPSTREAM = re.compile(
    r"is DOWN, reason:|has no server available|"
    r"upstream (?:timed out|prematurely closed|sent invalid header)"  # too big a header is for the proxy's own buffer
    r"|connect\(\) failed|no live upstreams|50[234] (?:Bad Gateway|Service Unavailable|Gateway Time-?out)"
    r"|(?:\d{1,10}/){3}(?:-1|\d{1,10})/\+?\d{1,10} (?:50[234]|-1) .{0,80}? [A-Za-z-]{4} "
    r"|Shunning server|[Ss]hunned"
)
LAG_ELSEWHERE = re.compile(
    r"(?i)\breplica(?:tion)? lag (?:is|of) \d{1,10} seconds? on \S"  # pt-archiver, pt-online-schema-change
    r"|\bState: throttled, lag=\d"  # gh-ost
    r"|\bHost is offline after replica status check"  # GitLab's load balancer of databases
)
SHUNNED = re.compile(
    r"\b[Ss]hun(?:ning|ned) server (?:[a-z0-9-]{1,63}\.)??"
    r"(?P<name>[a-z0-9-]{1,63})\.(?P<namespace>[a-z0-9-]{1,63})\.svc\b"
    r"|\b[Ss]hun(?:ning|ned) server (?P<name2>[a-z0-9-]{1,63}?)-\d{1,3}\.(?P=name2):\d"
)
"""How ProxySQL names the server that it sends nothing to: by the DNS name of its service, or of a pod behind it."""
STORE = re.compile(
    r"\b(?:url|host)=\\{0,3}\"?(?:https?://)?(?P<name>[a-z0-9][a-z0-9-]{0,62})\.(?P<namespace>[a-z0-9][a-z0-9-]{0,62})\.svc\b"
)
"""How shippers name the service that takes their lines."""
TOLD_TO_WAIT = re.compile(r"(?i)\bstatus[ =:]{1,2}429\b|429 Too Many Requests")

WEBHOOK = re.compile(
    r"\bfailed (?:calling|to call) webhook\b.{0,300}?\b(?:Post|Get) \\{0,3}\"https?://"
    r"(?P<name>[a-z0-9][a-z0-9-]{0,62})\.(?P<namespace>[a-z0-9][a-z0-9-]{0,62})\.svc\b"
)
"""How the API server names the service of a webhook that did not answer it."""
UNSERVED = re.compile(
    r"No servers available for service: (?P<a>[\w-]{1,63})"
    r"|does not contain an instance for the service (?P<b>[\w-]{1,63})"
    r"|Unable to find instance for (?P<c>[\w-]{1,63})"
    r"|No instances? available for (?P<d>[\w-]{1,63})"
    r"|\bno endpoints available for service \\{0,3}\"(?P<f>[\w-]{1,63})"
    r"|(?i:no (?:available|healthy) (?:server|instance|endpoint)s? (?:for|of) service \"?(?P<e>[\w-]{1,63}))"
)
"""How client-side load balancers (Spring Cloud, Ribbon, Feign and the like) name the service that nobody serves."""


def is_of_other_side(speakers: Sequence[str], text: str) -> bool:
    """Whether the fault in a line is not its writer's.

    Args:
        speakers: the names that its labels give the writer: app, pod, container.
    """
    names = [workload(name) or name for name in speakers]
    if any(DATABASE.search(name) for name in names):
        return CLIENTS_MISTAKE.search(text) is not None or PEER_AWAY.search(text) is not None
    if any(FORWARDER.match(name) for name in names):
        return UPSTREAM.search(text) is not None
    if any(SHIPPER.search(name) for name in names):
        return TOLD_TO_WAIT.search(text) is not None
    return LAG_ELSEWHERE.search(text) is not None


def other_service(text: str) -> tuple[str | None, str] | None:
    """(namespace, name) of the one service in the cluster that a line about the other side names."""
    named = {(one["namespace"], one["name"] or one["name2"]) for one in SHUNNED.finditer(text)}
    if TOLD_TO_WAIT.search(text):
        named |= {(one["namespace"], one["name"]) for one in STORE.finditer(text)}
    return named.pop() if len(named) == 1 else None


def unserved(text: str) -> str | None:
    """The service that a client's load balancer, or the API server, finds nobody for."""
    found = UNSERVED.search(text)
    return next((name.lower() for name in found.groups() if name), None) if found else None


def webhook(text: str) -> tuple[str, str] | None:
    """(namespace, name) of the webhook's service that the API server could not ask."""
    found = WEBHOOK.search(text) if "webhook" in text else None
    return (found["namespace"], found["name"]) if found else None
