"""Metric samples, and errors of what scrapes them: whom the labels of a series or of a target name. Pure."""

import re
from collections.abc import Mapping, Sequence

from langraph.affected.alert_subject import OF_MANY, affected_by_alert
from langraph.affected.labels import LABEL, NAME, Affected, from_labels, valid
from langraph.affected.objects import NS, N, Q
from langraph.affected.owners import workload

SCRAPER = re.compile(
    r"prometheus|vmagent|victoria-?metrics|(?:^|-)(?:otel|opentelemetry)(?:-|$)|otelcol|(?:^|-)collector$|alloy"
    r"|grafana-agent|telegraf|datadog-agent|metricbeat|netdata"
)
"""What scrapes others; its errors of scraping are about the target."""
SCRAPE_FAILED = re.compile(
    r"cannot (?:scrape|read data from|parse) target|[Ff]ailed to scrape|\b[Ss]crape (?:failed|error|timeout)"
    r"|error when scraping|scrape_pool=\S{1,200} .{0,200}\bmsg=\\{0,3}\"?Scrape failed"
)
_SERIES = re.compile(r"(?P<metric>[a-zA-Z_:][\w:]{0,200})?\{(?P<labels>\s?\w{1,100}\s?=~?\s?\\{0,3}\"[^{}]{0,2000})\}")
"""A series as Prometheus writes it: `metric{name="value",...}`, the metric at times among the labels."""
_LABEL = re.compile(r"(?P<name>\w{1,100})\s?=\s?\\{0,3}\"(?P<value>[^\"\\{}]{0,253})\\{0,3}\"")
_JSON_TARGET = re.compile(
    rf"{Q}labels{Q}\s?:\s?\{{(?P<labels>[^{{}}]{{0,2000}})\}}[^{{}}]{{1,2000}}?{Q}lastError{Q}\s?:\s?\\{{0,3}}\"(?!\\{{0,3}}\")"
)
_JSON_LABEL = re.compile(r"\\{0,3}\"(?P<name>\w{1,100})\\{0,3}\"\s?:\s?\\{0,3}\"(?P<value>[^\"\\{}]{0,253})\\{0,3}\"")
"""A target as Prometheus' interface shows it."""
_TARGET_ROW = re.compile(r"\b(?:instance|job)=\"[^\"]{1,253}\"[ ,]{1,3}(?:\w{1,100}=\"[^\"]{0,253}\"[ ,]{0,3}){1,20}")
"""The labels in a row of Prometheus' page of targets."""
_POOL = re.compile(
    rf"\bscrape_?[pP]ool{Q}\s?[:=]\s?{Q}(?:service|pod)Monitor/(?P<namespace>{NS})/(?P<name>{N})/\d"
    rf"|\bscrape_?[pP]ool{Q}\s?[:=]\s?{Q}(?:probe|scrapeConfig)/(?P<namespace2>{NS})/(?P<name2>{N})"
)
"""What the Prometheus operator calls a scrape: after its ServiceMonitor, which bears the app's name."""
_SERVICE_URL = re.compile(
    rf"\b(?:target|endpoint|url|scrape_?[uU]rl|GET|Get){Q}[\s:=]{{1,2}}{Q}https?://(?P<name>{NS})\.(?P<namespace>{NS})\.svc\b"
)
EXPORTS = re.compile(r"(?:^|-)(?:exporter|state-metrics|cadvisor|kubelet|ksm)(?:-|$)")
_SAMPLE_LINE = re.compile(
    r"[ \t]*(?:#[^\n]*|[a-zA-Z_:][\w:]{0,200}\s?\{[^{}\n]{0,2000}\}\s+[-+]?[\w.+-]{1,40}(?:\s+-?\d{1,20})?)[ \t\r]*",
    re.MULTILINE,
)
"""A sample in Prometheus' text format, or a comment between two."""
TARGET_METRICS = re.compile(r"(?:up|scrape_\w{1,60}|absent)\Z")
"""Metrics about a target itself, whose `job` names it; the job of others may be an exporter of other things."""


def failed_target(speakers: Sequence[str], text: str) -> Affected | None:
    """The target that could not be scraped; None where this is not what the line says, or it names no target."""
    if ("scrape" not in text and "Scrape" not in text) or not SCRAPE_FAILED.search(text):
        return None
    if not any(SCRAPER.search((workload(name) or name).replace("_", "-")) for name in speakers):
        return None
    found = _found(_target_labels(text)) or _by_pool(text)
    url = None if found else _SERVICE_URL.search(text)
    return Affected(url["name"], url["namespace"]) if url else found


def of_samples(text: str) -> Affected | None:
    """Whom pasted samples or targets are about, nobody where they are about several; None for other text."""
    if '="' not in text and "=\\" not in text and "scrapePool" not in text:
        return None
    series = [_of_series(found["metric"], found["labels"]) for found in _SERIES.finditer(text)]
    named = {(one.app, one.namespace): one for one in series if one.app or one.namespace}
    if series:
        spaces = {one.namespace for one in named.values()}
        return next(iter(named.values())) if len(named) == 1 else Affected(None, *spaces) if len(spaces) == 1 else None
    return None if "alertname" in text else _found(_target_labels(text)) or _by_pool(text)


def exported(speakers: Sequence[str], text: str) -> Affected | None:
    """Whom samples are about that an exporter, or who scrapes it, is labelled to have given; None for other text."""
    names = [(workload(name) or name).rpartition("/")[2].replace("_", "-") for name in speakers]
    if "{" not in text or not any(EXPORTS.search(name) or SCRAPER.search(name) for name in names):
        return None
    if not all(_SAMPLE_LINE.fullmatch(line) for line in text.split("\n") if line.strip()):
        return None
    found = of_samples(text)
    if found and (found.app or found.namespace):
        return found
    return Affected() if any(OF_MANY.search(name) for name in names) else None


def _of_series(metric: str | None, written: str) -> Affected:
    labels = _pairs(_LABEL, written)
    name = metric or labels.pop("__name__", "")
    if name.startswith("kube_endpoint"):  # there, `endpoint` is the object and not the port that was scraped
        endpoint = labels.get("exported_endpoint") or labels.get("endpoint", "")
        labels = {**labels, "alertname": "KubeEndpoint", "service": endpoint}
    return _found(labels) or Affected() if TARGET_METRICS.match(name) else affected_by_alert(labels)


def _target_labels(text: str) -> Mapping[str, str]:
    """The labels of the one target that a text speaks of."""
    target = _JSON_TARGET.search(text)
    if target:
        return _pairs(_JSON_LABEL, target["labels"])
    series = _SERIES.search(text)
    if series:
        return _pairs(_LABEL, series["labels"])
    row = _TARGET_ROW.search(text)
    labels = _pairs(_LABEL, row[0]) if row else {}
    return labels if {"instance", "job"} <= labels.keys() else {}


def _found(labels: Mapping[str, str]) -> Affected | None:
    """A target's app: what its pod or its own labels say, else its job. The service may be one of a port only."""
    known = from_labels({k: v for k, v in labels.items() if k != "service"})
    return known if known.app else None


def _by_pool(text: str) -> Affected | None:
    pool = _POOL.search(text)
    if pool is None:
        return None
    namespace, name = pool["namespace"] or pool["namespace2"], pool["name"] or pool["name2"]
    return Affected(valid(name, NAME), valid(namespace, LABEL))


def _pairs(form: re.Pattern[str], written: str) -> dict[str, str]:
    return {one["name"]: one["value"] for one in form.finditer(written)}
