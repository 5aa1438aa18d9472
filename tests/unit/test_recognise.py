"""Lines and alerts become occurrences of faults; ordinary lines do not."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from langraph.models.incident import Alert, Category, LogEvent, Severity
from langraph.ports import LogPage
from langraph.recognise import Recogniser, event_key
from langraph.runbooks.catalogue import load

BENIGN = (Path(__file__).parent / "benign_lines.txt").read_text(encoding="utf-8").splitlines()
KEY = b"k" * 16


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(load())


def line(text: str, **labels: str) -> LogEvent:
    return LogEvent(text, 1_700_000_000_000_000_000, "loki", labels)


def alert(name: str, severity: str = "", firing: bool = True, **labels: str) -> Alert:
    said = {"alertname": name, **labels} | ({"severity": severity} if severity else {})
    return Alert(name, firing, said, {}, datetime(2025, 1, 2, 3, 4, 5, 678_901, UTC), "prometheus")


def page(texts: list[str], labels: dict[str, str] | None = None) -> LogPage:
    shared = labels or {"app": "shop"}
    return LogPage(
        texts, list(range(len(texts))), [bytes([n % 256]) * 16 for n in range(len(texts))], [shared] * len(texts)
    )


def test_there_are_many_ordinary_lines_and_none_raises_anything(recogniser: Recogniser) -> None:
    assert len(BENIGN) >= 150
    found = recogniser.page(page(BENIGN), "loki")
    assert [(o.category, o.text) for o in found] == []


def test_ordinary_lines_raise_nothing_when_loki_guessed_a_level_of_information(recogniser: Recogniser) -> None:
    assert recogniser.page(page(BENIGN, {"app": "shop", "detected_level": "info"}), "loki") == []


def test_a_page_gives_the_same_as_its_lines_one_by_one(recogniser: Recogniser) -> None:
    texts = [
        *BENIGN[:40],
        "level=error msg=boom",
        "java.lang.OutOfMemoryError: Java heap space",
        "ERROR x",
        "no space left on device",
    ]
    got = recogniser.page(page(texts), "loki")
    assert [o.category.value for o in got] == ["unknown", "oom", "unknown", "disk_full"]
    assert [o.text for o in got] == texts[40:]
    assert [o.at_ns for o in got] == [40, 41, 42, 43]
    assert [o.source for o in got] == ["loki"] * 4


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ('level=info msg="TaskOOM event container_id:x"', Category.OOM),
        (
            'I0102 03:04:05.123456 1 prober.go:107] "Probe failed" probeType="Liveness" pod="a/b-0"',
            Category.PROBE_FAILURE,
        ),
        ("INFO the docs explain what connection refused means", None),
        ("INFO what to do when a Liveness probe failed: see the docs", None),
        ("DEBUG on ENOSPC we delete old files", None),
        ('level=warn msg="connection refused, retrying"', None),
        ('level=warn msg="connection refused"', Category.CONNECTION_REFUSED),
        ('level=error msg="connection refused, retrying"', Category.CONNECTION_REFUSED),
        ('level=warn msg="connection refused, retrying" attempt=2', None),
        ('level=warn msg="connection refused, retrying" attempt=5', Category.CONNECTION_REFUSED),
        (
            "WARN linkerd_reconnect: Failed to connect error=Connection refused (os error 111)",
            Category.CONNECTION_REFUSED,
        ),
        (
            "[ warn] [net] connection refused\n[ warn] [engine] failed to flush, retry in 9 s",
            Category.CONNECTION_REFUSED,
        ),
        ("WARN cannot send, retrying\njava.net.ConnectException: Connection refused", None),
        (
            'reason=FailedScheduling type=Warning msg="0/3 nodes are available: 3 Insufficient cpu."',
            Category.SCHEDULING,
        ),
        ('reason=Pulled type=Normal msg="ErrImagePull is gone"', None),
        ('level=error msg="nobody knows this"', Category.UNKNOWN),
        ('level=warn msg="nobody knows this"', None),
    ],
)
def test_known_words_count_by_the_level_of_their_line(
    recogniser: Recogniser, text: str, category: Category | None
) -> None:
    found = recogniser.event(line(text), KEY)
    assert (found.category if found else None) == category


def test_a_line_that_a_person_points_at_counts_at_any_level(recogniser: Recogniser) -> None:
    quiet = line('level=info msg="dial tcp 10.0.0.1:80: connect: connection refused"')
    assert recogniser.event(quiet, KEY) is None
    asked = recogniser.event(quiet, KEY, asked=True)
    assert asked is not None
    assert asked.category is Category.CONNECTION_REFUSED
    assert recogniser.event(line("level=info msg=hello"), KEY, asked=True) is None


def test_one_fault_told_by_the_kernel_and_by_the_kubelet_is_one_incident(recogniser: Recogniser) -> None:
    labels = {"app": "grafana", "namespace": "monitoring"}
    kernel = recogniser.event(
        line("Memory cgroup out of memory: Killed process 12 (grafana) total-vm:1kB", **labels), KEY
    )
    text = 'name=grafana-6d5f8b7c9d-x2k4p kind=Pod reason=OOMKilled type=Warning msg="container was OOMKilled"'
    kubelet = recogniser.event(line(text, job="loki.source.kubernetes_events", namespace="monitoring"), KEY)
    assert kernel is not None
    assert kubelet is not None
    assert kernel.fingerprint == kubelet.fingerprint
    assert kernel.template != kubelet.template
    assert kernel.severity is Severity.CRITICAL


def test_unknown_errors_are_told_apart_by_their_words_only(recogniser: Recogniser) -> None:
    def print_of(text: str) -> str:
        found = recogniser.event(line(text, app="shop"), KEY)
        assert found is not None
        return found.fingerprint

    assert print_of("ERROR order 12 failed") == print_of("ERROR order 99 failed")
    assert print_of("ERROR order 12 failed") != print_of("ERROR payment 12 failed")


def test_an_occurrence_holds_no_secret_and_no_escape_sequence(recogniser: Recogniser) -> None:
    text = "\x1b[31mERROR\x1b[0m cannot reach postgres://app:s3cr3tpw@db/x password=hunter22"
    found = recogniser.event(line(text, app="shop", token="abc12345"), KEY)
    assert found is not None
    shown = repr((found.text, found.template, dict(found.labels), dict(found.facts)))
    assert not [s for s in ("s3cr3tpw", "hunter22", "abc12345", "\\x1b") if s in shown]


def test_a_very_long_line_is_kept_around_what_matters(recogniser: Recogniser) -> None:
    found = recogniser.event(line("x" * 100_000 + " no space left on device " + "y" * 100_000), KEY)
    assert found is not None
    assert len(found.text) <= 8_192
    assert "no space left on device" in found.text


@pytest.mark.parametrize(
    ("name", "severity", "category", "level"),
    [
        ("KubePodCrashLooping", "warning", Category.CRASH_LOOP, Severity.MEDIUM),
        ("CPUThrottlingHigh", "info", Category.CPU_THROTTLING, Severity.LOW),
        ("KubePersistentVolumeFillingUp", "critical", Category.DISK_FULL, Severity.CRITICAL),
        ("KubePersistentVolumeFillingUp", "page", Category.DISK_FULL, Severity.CRITICAL),
        ("NobodyKnowsThis", "major", Category.UNKNOWN, Severity.HIGH),
        ("NobodyKnowsThis", "", Category.UNKNOWN, Severity.MEDIUM),
        ("KubePodCrashLooping", "", Category.CRASH_LOOP, Severity.HIGH),
    ],
)
def test_an_alert_means_a_fault_and_its_severity_label_wins(
    recogniser: Recogniser, name: str, severity: str, category: Category, level: Severity
) -> None:
    found = recogniser.alert(alert(name, severity, pod="web-0", namespace="prod"), KEY)
    assert found is not None
    assert (found.category, found.severity, found.app, found.namespace) == (category, level, "web", "prod")
    assert found.at_ns == 1_735_787_045_678_901_000
    assert found.alert is not None


def test_an_alert_and_a_line_about_one_fault_are_one_incident(recogniser: Recogniser) -> None:
    by_alert = recogniser.alert(alert("KubePodCrashLooping", namespace="prod", pod="web-0"), KEY)
    by_line = recogniser.event(line("Back-off restarting failed container", app="web", namespace="prod"), KEY)
    assert by_alert is not None
    assert by_line is not None
    assert by_alert.fingerprint == by_line.fingerprint


def test_an_unknown_alert_is_understood_by_its_annotations(recogniser: Recogniser) -> None:
    raw = alert("ShopBroken", "critical", app="shop")
    told = Alert(
        raw.name,
        True,
        raw.labels,
        {"description": "pg says: sorry, too many clients already"},
        raw.starts_at,
        "prometheus",
    )
    found = recogniser.alert(told, KEY)
    assert found is not None
    assert (found.category, found.app) == (Category.CONN_POOL, "shop")


@pytest.mark.parametrize(
    "quiet",
    [
        alert("Watchdog", "critical"),
        alert("InfoInhibitor", "none"),
        alert("X", "none"),
        alert("KubePodCrashLooping", firing=False),
    ],
)
def test_alerts_that_prove_alerting_or_have_resolved_are_no_faults(recogniser: Recogniser, quiet: Alert) -> None:
    assert recogniser.alert(quiet, KEY) is None


def test_a_lines_key_ignores_the_order_of_labels_and_lokis_shard() -> None:
    one = event_key({"a": "1", "b": "2", "__stream_shard__": "3"}, 5, "x", "t")
    assert one == event_key({"b": "2", "a": "1"}, 5, "x", "t")
    assert len(one) == 16
    others = [
        event_key({"a": "1"}, 5, "x", "t"),
        event_key({"a": "1", "b": "2"}, 6, "x", "t"),
        event_key({"a": "1", "b": "2"}, 5, "y", "t"),
        event_key({"a": "1", "b": "2"}, 5, "x", "u"),
        event_key({"a": "1b", "": "2"}, 5, "x", "t"),
    ]
    assert len({one, *others}) == 6


def test_a_line_with_a_lone_surrogate_has_a_key_and_is_recognised(recogniser: Recogniser) -> None:
    found = recogniser.event(line("ERROR \ud800 no space left on device", app="x"), event_key({}, 1, "\ud800"))
    assert found is not None
    assert found.category is Category.DISK_FULL
    found.text.encode("utf-8")


def test_what_a_pasted_alerts_few_labels_leave_open_its_words_may_say(recogniser: Recogniser) -> None:
    words = "Pod checkout/basket-cache-2 (basket-cache) is in waiting state."
    told = replace(alert("KubePodCrashLooping"), annotations={"description": words})
    pasted = recogniser.alert(replace(told, source="pasted"), KEY)
    assert pasted is not None
    assert (pasted.app, pasted.namespace) == ("basket-cache", "checkout")
    sent = recogniser.alert(told, KEY)
    assert sent is not None
    assert (sent.app, sent.namespace) == (None, None)
