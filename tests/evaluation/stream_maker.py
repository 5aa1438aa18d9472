"""Expands compact, seeded descriptions of streams and log samples into lines; the same description, the same lines."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

HOLE = re.compile(r"\$\[([^\]\n]*)\]")
"""`$[kind:argument:argument]` in a template is replaced by a value of that kind, anew for every line."""

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
DEFAULT_SPAN_S = 900  # quarter of an hour: what somebody looks at who was just paged
POD_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # what Kubernetes builds random names from
NAMES = [
    "maria",
    "jkim",
    "oleg-s",
    "s.okafor",
    "deploy",
    "priya.n",
    "root",
    "ci-bot",
    "t_hansen",
    "wei",
    "admin9",
    "lucas.m",
    "backup",
    "noor",
]
HOSTS = [
    "ip-10-3-41-7",
    "worker-02",
    "gke-main-pool-5f1c9a2b-x8kq",
    "node07",
    "aks-user-31842-vmss00000c",
    "mesos-slave-12",
]
WORDS = [
    "invoice",
    "shipment",
    "basket",
    "ledger",
    "profile",
    "voucher",
    "refund",
    "session",
    "export",
    "digest",
    "parcel",
    "tariff",
]
PATHS = [
    "/var/lib/data",
    "/srv/app/releases/41",
    "/data/hadoop/dfs",
    "/mnt/disk3/cache",
    "/opt/svc/etc",
    "/home/ops/tmp",
]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a stream."""

    at: datetime
    labels: Mapping[str, str]
    text: str


@dataclass
class Filler:
    """Fills the holes of templates; everything random comes from one seed."""

    rng: random.Random
    at: datetime = START
    kept: dict[str, str] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)

    def fill(self, template: str) -> str:
        self.same.clear()
        return HOLE.sub(lambda hole: self._value(*hole[1].split(":")), template)

    def _value(self, kind: str, *args: str) -> str:
        if kind == "ts":
            return self._time(args[0] if args else "iso")
        if kind in ("keep", "same"):  # $[keep:name:kind:...] is one value in the whole stream, `same` in one line
            known = self.kept if kind == "keep" else self.same
            if args[0] not in known:
                known[args[0]] = self._value(*args[1:])
            return known[args[0]]
        return self._random(kind, args)

    def _random(self, kind: str, args: Sequence[str]) -> str:
        rng = self.rng
        if kind == "int":
            return str(rng.randint(int(args[0]), int(args[1])))
        if kind == "float":
            return f"{rng.uniform(float(args[0]), float(args[1])):.{args[2] if len(args) > 2 else 3}f}"
        if kind == "hex":
            return "".join(rng.choices("0123456789abcdef", k=int(args[0])))
        if kind == "HEX":
            return "".join(rng.choices("0123456789ABCDEF", k=int(args[0])))
        if kind == "uuid":
            h = "".join(rng.choices("0123456789abcdef", k=32))
            return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
        if kind == "rs":
            return "".join(rng.choices(POD_LETTERS, k=10)) + "-" + "".join(rng.choices(POD_LETTERS, k=5))
        if kind == "rand":
            return "".join(rng.choices(POD_LETTERS, k=int(args[0]) if args else 5))
        if kind == "ip":
            return f"10.{rng.randint(0, 250)}.{rng.randint(0, 250)}.{rng.randint(2, 250)}"
        if kind == "pick":
            return rng.choice(":".join(args).split("|"))
        lists = {"user": NAMES, "host": HOSTS, "word": WORDS}
        if kind in lists:
            return rng.choice(lists[kind])
        if kind == "path":
            return f"{rng.choice(PATHS)}/{rng.choice(WORDS)}-{rng.randint(1, 999)}"
        raise ValueError(f"$[{kind}] is no kind of value; see stream_maker.py")

    def _time(self, form: str) -> str:
        at, rng = self.at, self.rng
        micros = f"{rng.randint(0, 999_999):06d}"
        forms = {
            "iso": f"{at:%Y-%m-%dT%H:%M:%S}.{micros[:3]}Z",
            "isons": f"{at:%Y-%m-%dT%H:%M:%S}.{micros}{rng.randint(100, 999)}Z",
            "sec": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "java": f"{at:%Y-%m-%d %H:%M:%S}.{micros[:3]}",
            "comma": f"{at:%Y-%m-%d %H:%M:%S},{micros[:3]}",
            "plain": f"{at:%Y-%m-%d %H:%M:%S}",
            "slash": f"{at:%Y/%m/%d %H:%M:%S}",
            "clf": f"{at:%d/%b/%Y:%H:%M:%S +0000}",
            "apache": f"{at:%a %b %d %H:%M:%S} {at.year}",
            "syslog": f"{at:%b} {at.day:2d} {at:%H:%M:%S}",
            "klog": f"{at:%m%d %H:%M:%S}.{micros}",
            "epoch": f"{at.timestamp():.0f}.{micros[:3]}",
            "millis": f"{at.timestamp():.0f}{micros[:3]}",
            "hdfs": f"{at:%y%m%d %H%M%S}",
            "spark": f"{at:%y/%m/%d %H:%M:%S}",
            "android": f"{at:%m-%d %H:%M:%S}.{micros[:3]}",
            "redis": f"{at:%d %b %Y %H:%M:%S}.{micros[:3]}",
            "bgl": f"{at:%Y-%m-%d-%H.%M.%S}.{micros}",
            "epoch_s": f"{at.timestamp():.0f}",
            "dots": f"{at:%Y.%m.%d}",
            "health": f"{at:%Y%m%d}-{at.hour}:{at.minute}:{at.second}:{int(micros[:3])}",
            "proxifier": f"{at:%m.%d %H:%M:%S}",
        }
        return forms[form]


def make_stream(described: Mapping[str, Any], library: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    """The lines of a stream in the order in which they arrived.

    Args:
        described: `seed`, `span` in seconds, `background` (names from the library) and `tracks`. A track has
            `labels` and `lines` (templates) or a `repeat` of whole sequences, `from` and `to` in seconds, `count`,
            and `late` (seconds by which its lines are delivered, not stamped, after the others).
        library: `background` tracks by name, and `shapes`: what a track with `shape` and `with` is filled into.
    """
    filler = Filler(random.Random(described["seed"]))
    span = described.get("span", DEFAULT_SPAN_S)
    tracks = [library["background"][name] for name in described.get("background", ())]
    tracks += [_shaped(track, library["shapes"]) for track in described.get("tracks", ())]
    arrived: list[tuple[float, int, Line]] = []
    for track in tracks:
        labels = {name: filler.fill(value) for name, value in track.get("labels", {}).items()}
        for second, template in _moments(track, span, filler.rng):
            filler.at = START + timedelta(seconds=second)
            stamped = filler.at + timedelta(microseconds=filler.rng.randint(0, 999) * 1000)
            line = Line(stamped, labels, filler.fill(template))
            arrived.append((second + track.get("late", 0), len(arrived), line))
    return [line for _, _, line in sorted(arrived, key=lambda one: one[:2])]


def _shaped(track: Mapping[str, Any], shapes: Mapping[str, Any]) -> Mapping[str, Any]:
    """A track that names a shape, with the shape's labels and lines for its own names."""
    if "shape" not in track:
        return track
    shape = shapes[track["shape"]]

    def named(template: str) -> str:
        for name, value in track["with"].items():
            template = template.replace(f"$[arg:{name}]", str(value))
        return template

    labels = {name: named(value) for name, value in shape["labels"].items()}
    return {**track, "labels": labels, "lines": [named(line) for line in shape["lines"]]}


def _moments(track: Mapping[str, Any], span: int, rng: random.Random) -> Iterator[tuple[float, str]]:
    """When each line of the track is written, and its template."""
    since, until = track.get("from", 0), track.get("to", span)
    count = track.get("count", 1)
    if "sequence" in track:  # `count` times all the lines one after the other, a second apart
        for number in range(count):
            start = since + (until - since) * number / count
            for offset, template in enumerate(track["sequence"]):
                yield start + offset * track.get("step", 1), template
        return
    for second in sorted(rng.uniform(since, until) for _ in range(count)):
        yield second, rng.choice(track["lines"])


def make_sample(described: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lines of a log sample with the id of the message that each is one of, mixed as they would come.

    A template has one `line`, or `lines`: forms of one message that a hole cannot express, each as likely.
    """
    filler = Filler(random.Random(described["seed"]))
    out: list[tuple[float, str, str]] = []
    for template in described["templates"]:
        for _ in range(template.get("count", 6)):
            at = filler.rng.random()
            line = filler.rng.choice(template["lines"]) if "lines" in template else template["line"]
            out.append((at, template["id"], line))
    sample = []
    for number, (_, id, line) in enumerate(sorted(out)):
        filler.at = START + timedelta(seconds=number * 7)
        sample.append((id, filler.fill(line)))
    return sample
