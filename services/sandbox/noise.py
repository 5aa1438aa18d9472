"""Benign lines of the stacks that every cluster runs beside the apps: nothing in them is anybody's incident."""

from random import Random

from services.sandbox.pods import Journal, Moment

_STREAMS = (
    ("kube-system", "coredns", "coredns-6f6b679f8f-7k2xq"),
    ("ingress-nginx", "ingress-nginx", "ingress-nginx-controller-6d4f8b7c9d-zx8mw"),
    ("monitoring", "loki", "loki-0"),
    ("shop", "redis", "redis-master-0"),
    ("kube-system", "metrics-server", "metrics-server-7bf7d58749-l5q9r"),
    ("cert-manager", "cert-manager", "cert-manager-5d7f97b46d-rqv2k"),
)


def write_noise(journal: Journal, moment: Moment, dice: Random, lines: int) -> None:
    """Write this many lines, spread over the stacks."""
    for _ in range(lines):
        namespace, app, pod = dice.choice(_STREAMS)
        labels = {
            "namespace": namespace,
            "app": app,
            "pod": pod,
            "container": app,
            "node_name": "worker-1",
            "job": f"{namespace}/{app}",
            "stream": "stdout",
        }
        journal.write(labels, _line(app, moment, dice))


def _line(app: str, moment: Moment, dice: Random) -> str:
    now, number = moment.now, dice.randint(1000, 9999)
    iso = f"{now:%Y-%m-%dT%H:%M:%S}.{number:04d}Z"
    templates = {
        "coredns": (
            f"[INFO] plugin/reload: Running configuration SHA512 = {number:x}af12",
            f"[INFO] 10.42.1.{number % 250}:4{number} - {number} \"A IN orders-api.shop.svc.cluster.local. udp 57"
            f' false 1232" qr,aa,rd 112 0.000{number % 999:03d}s',
        ),
        "ingress-nginx": (
            f'10.42.0.1 - - [{now:%d/%b/%Y:%H:%M:%S} +0000] "GET /api/orders?page={number % 40} HTTP/2.0" 200 {number}'
            f' "-" "okhttp/4.12.0" 41 0.0{number % 90 + 10} [shop-orders-api-8080] [] 10.42.1.37:8080 {number} 200',
            f'10.42.0.1 - - [{now:%d/%b/%Y:%H:%M:%S} +0000] "POST /api/orders HTTP/2.0" 201 {number % 900} "-"'
            ' "okhttp/4.12.0" 612 0.048 [shop-orders-api-8080] [] 10.42.1.37:8080 184 0.048 201',
        ),
        "loki": (
            f"level=info ts={iso} caller=table_manager.go:136 index-store=tsdb-2025-04-01 msg=\"uploading tables\"",
            f'level=info ts={iso} caller=metrics.go:223 component=querier org_id=fake latency=fast query_type=filter'
            f" duration={number % 90}.3ms status=200 returned_lines={number % 100} throughput=41MB",
        ),
        "redis": (
            f"1:M {now:%d %b %Y %H:%M:%S}.{number % 1000:03d} * 100 changes in 300 seconds. Saving...",
            f"1:M {now:%d %b %Y %H:%M:%S}.{number % 1000:03d} * Background saving started by pid {number}",
        ),
        "metrics-server": (
            f"I{now:%m%d %H:%M:%S}.{number:06d}       1 scraper.go:140] \"Scraping metrics\" nodes=3",
        ),
        "cert-manager": (
            f"I{now:%m%d %H:%M:%S}.{number:06d}       1 conditions.go:203] Found status change for Certificate"
            ' "grafana-tls" condition "Ready": "True" -> "True"',
        ),
    }  # fmt: skip
    return dice.choice(templates[app])
