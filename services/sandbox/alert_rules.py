"""Alert rules of the simulated Prometheus: pending, then firing, then gone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from langraph.errors import BadSetting
from services.sandbox.promql import Engine
from services.sandbox.promql_vectors import Element, without_name
from services.sandbox.series import Labels, Point, label_set

_TEMPLATE = re.compile(r"\{\{\s*\$(?:labels\.([A-Za-z_][A-Za-z0-9_]*)|(value))\s*\}\}")


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule of a rules file. Of the template language it knows `{{ $labels.x }}` and `{{ $value }}`."""

    name: str
    expr: str
    hold: timedelta = timedelta(0)
    """The rule's `for`: how long the expression must hold before the alert fires."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for text in (*self.labels.values(), *self.annotations.values()):
            if "{{" in _TEMPLATE.sub("", text):
                raise BadSetting(f"alert rule {self.name}: {text!r} uses a template the sandbox does not know")


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """One element of a rule's result that is pending or firing."""

    rule: AlertRule
    labels: Labels
    annotations: Mapping[str, str]
    value: float
    active_at: datetime
    firing: bool


class AlertBook:
    """The rules with their active alerts.

    Args:
        rules: evaluated in this order.
    """

    def __init__(self, rules: Sequence[AlertRule] = ()) -> None:
        self.rules = tuple(rules)
        self._active: dict[tuple[str, Labels], ActiveAlert] = {}
        self.evaluated_at: datetime | None = None

    @property
    def active(self) -> tuple[ActiveAlert, ...]:
        """Pending and firing alerts, in the order of their rules."""
        order = [rule.name for rule in self.rules]
        return tuple(sorted(self._active.values(), key=lambda alert: (order.index(alert.rule.name), alert.labels)))

    def evaluate(self, engine: Engine, now: datetime) -> tuple[Point, ...]:
        """Evaluate every rule at `now`. Returns the `ALERTS` series that Prometheus writes back."""
        at_ms = int(now.timestamp() * 1000)
        seen: dict[tuple[str, Labels], ActiveAlert] = {}
        for rule in self.rules:
            for element in engine.vector(rule.expr, at_ms):
                alert = self._advance(rule, element, now)
                seen[rule.name, alert.labels] = alert
        self._active = seen
        self.evaluated_at = now
        return tuple(_points(alert) for alert in self.active)

    def _advance(self, rule: AlertRule, element: Element, now: datetime) -> ActiveAlert:
        source = dict(element.labels)
        own = {name: _fill(text, source, element.value) for name, text in rule.labels.items()}
        labels = label_set({**dict(without_name(element.labels)), **own, "alertname": rule.name})
        before = self._active.get((rule.name, labels))
        active_at = before.active_at if before else now
        annotations = {name: _fill(text, source, element.value) for name, text in rule.annotations.items()}
        return ActiveAlert(rule, labels, annotations, element.value, active_at, now - active_at >= rule.hold)


def _fill(text: str, labels: Mapping[str, str], value: float) -> str:
    return _TEMPLATE.sub(lambda found: labels.get(found[1], "") if found[1] else f"{value:g}", text)


def _points(alert: ActiveAlert) -> Point:
    return Point("ALERTS", {**dict(alert.labels), "alertstate": "firing" if alert.firing else "pending"}, 1.0)
