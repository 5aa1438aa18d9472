"""What Loki adds to a line by itself: `service_name` on the stream, `detected_level` on the line."""

import re
from collections.abc import Mapping

SERVICE_LABELS = (
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "k8s_container_name",
    "component",
    "workload",
    "job",
    "k8s_job_name",
)
"""Loki's default `discover_service_name`, the first one present wins."""
LEVEL_FIELDS = ("level", "log.level", "severity", "SeverityText", "lvl", "severity_text")
_LEVELS = {
    "trace": ("trace", "trc"),
    "debug": ("debug", "dbg"),
    "info": ("info", "inf", "information"),
    "warn": ("warn", "wrn", "warning"),
    "error": ("error", "err"),
    "critical": ("critical",),
    "fatal": ("fatal",),
}
_BY_NAME = {name: level for level, names in _LEVELS.items() for name in names}
_FIELD_NAMES = "|".join(re.escape(name) for name in LEVEL_FIELDS)
_JSON_LEVEL = re.compile(rf'"(?:{_FIELD_NAMES})"\s*:\s*"(\w+)"', re.IGNORECASE)
_LOGFMT_LEVEL = re.compile(rf'(?:^|\s)(?:{_FIELD_NAMES})="?(\w+)', re.IGNORECASE)
_WORDS = (
    ("info", "info"),
    ("error", "error"),
    ("err:", "error"),
    ("[err]", "error"),
    ("warning", "warn"),
    ("warn:", "warn"),
    ("[warn]", "warn"),
    ("critical", "critical"),
    ("debug", "debug"),
)
_CASES = tuple((word, level) for name, level in _WORDS for word in (name, name.upper()))


def service_name(labels: Mapping[str, str]) -> str:
    """The service a stream belongs to, `unknown_service` when no label tells."""
    return next((labels[name] for name in SERVICE_LABELS if labels.get(name)), "unknown_service")


def level_of_labels(labels: Mapping[str, str]) -> str | None:
    """The level that labels or metadata state; None when they state none."""
    for name in LEVEL_FIELDS:
        for spelled in (name, name.upper(), name.capitalize()):
            if spelled in labels:
                return _BY_NAME.get(labels[spelled].lower(), labels[spelled])
    return None


def level_of_line(line: str) -> str:
    """The level a line shows: a JSON or logfmt field first, then words in the text."""
    pattern = None
    if "=" in line:
        pattern = _LOGFMT_LEVEL
    if line.lstrip()[:1] == "{" and line.rstrip()[-1:] == "}":
        pattern = _JSON_LEVEL
    found = pattern.search(line) if pattern else None
    if found and (level := _BY_NAME.get(found[1].lower())):
        return level
    return next((level for word, level in _CASES if word in line), "unknown")
