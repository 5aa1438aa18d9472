"""The nouns of the simulated cluster: nodes, pods, containers, the moment, and the log lines on their way to Loki."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from services.sandbox.app_values import AppValues

Push = Callable[[dict[str, str], list[tuple[int, str, dict[str, str]]]], object]
"""Hands lines of one stream to Loki: labels, then (nanoseconds, line, structured metadata) for each."""

NODES = ("worker-1", "worker-2", "worker-3")


@dataclass(frozen=True, slots=True)
class Moment:
    """One tick of the simulation."""

    now: datetime
    age: float
    """Seconds of the apps' own time since the script began; negative before, and faster than the clock when told."""
    step: float
    """Seconds of the apps' own time since the tick before."""
    seconds: float
    """Seconds of the clock since the tick before."""


@dataclass(frozen=True, slots=True)
class AppSpec:
    """What about an app never changes."""

    name: str
    namespace: str
    image: str
    kind: str = "Deployment"
    """`Deployment` or `StatefulSet`."""
    port: int = 8080
    replicas: int = 1
    """Where the values file does not say."""

    @property
    def values_file(self) -> str:
        return f"helm-values/{self.name}/values.yaml"


@dataclass(slots=True)
class Pod:
    """One pod with its only container; the simulation moves it."""

    spec: AppSpec
    values: AppValues
    name: str
    node: str
    ip: str
    started_age: float
    """When its container started, in the apps' time."""
    created_at: datetime
    restarts: int = 0
    ready: bool = False
    running: bool = True
    waiting_reason: str | None = None
    """Set while the kubelet waits before the next start: `CrashLoopBackOff`."""
    restart_age: float = 0.0
    last_reason: str | None = None
    """Why the container ended last: `OOMKilled`, `Error`."""
    crashes: int = 0
    """Ends in a row without a healthy while between: what the kubelet's back-off counts."""
    probes: int = 0
    """Failed probes since the start."""
    memory_bytes: float = 0.0
    cores: float = 0.05
    totals: dict[str, float] = field(default_factory=dict)
    """Counters of the app and the container, by name; they survive a restart only where the real ones do."""

    @property
    def uid(self) -> str:
        digest = hashlib.sha256(f"{self.spec.namespace}/{self.name}".encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"

    @property
    def container_id(self) -> str:
        return hashlib.sha256(f"{self.uid}/{self.restarts}".encode()).hexdigest()

    @property
    def pid(self) -> int:
        return 2000 + int(self.container_id[:5], 16) % 60_000

    @property
    def labels(self) -> dict[str, str]:
        """The labels that an agent gives to its container's log stream."""
        spec = self.spec
        return {
            "namespace": spec.namespace,
            "app": spec.name,
            "pod": self.name,
            "container": spec.name,
            "node_name": self.node,
            "job": f"{spec.namespace}/{spec.name}",
            "stream": "stdout",
        }

    def add(self, counter: str, amount: float) -> None:
        self.totals[counter] = self.totals.get(counter, 0.0) + amount


class Journal:
    """Collects the lines of one tick and hands them over stream by stream."""

    _SPACING_NS = 137_000  # lines of one tick are told apart, and stay in the order they were written

    def __init__(self, push: Push) -> None:
        self._push = push
        self._now_ns = 0
        self._lines = 0
        self._streams: dict[tuple[tuple[str, str], ...], list[tuple[int, str, dict[str, str]]]] = {}

    def open(self, now: datetime) -> None:
        """Begin a tick; its lines carry times from `now` on."""
        self._now_ns = int(now.timestamp() * 1000) * 1_000_000
        self._lines = 0

    def write(self, labels: Mapping[str, str], line: str) -> None:
        """Add a line to the stream with these labels."""
        stream = self._streams.setdefault(tuple(sorted(labels.items())), [])
        stream.append((self._now_ns + self._lines * self._SPACING_NS, line, {}))
        self._lines += 1

    def flush(self) -> None:
        """Hand everything over."""
        streams, self._streams = self._streams, {}
        for labels, entries in streams.items():
            self._push(dict(labels), entries)


def pod_name(spec: AppSpec, template: str, ordinal: int, dice: Random) -> str:
    """A name as the controllers give them: `app-<template hash>-<five letters>`, or `app-0`."""
    if spec.kind == "StatefulSet":
        return f"{spec.name}-{ordinal}"
    return f"{spec.name}-{template}-{''.join(dice.choices('bcdfghjklmnpqrstvwxz2456789', k=5))}"
