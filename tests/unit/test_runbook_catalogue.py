"""The packaged runbooks and the strictness of their schema."""

from pathlib import Path

import pytest

from langraph.errors import BadRunbook
from langraph.models.incident import Category
from langraph.runbooks.catalogue import PACKAGED, Catalogue, load
from langraph.runbooks.schema import entries, read

MINIMAL = """
runbooks:
  - id: {id}
    category: oom
    title: {{en: t, ko: 제목}}
    severity: high
    rank: 50
    cause: {{en: c, ko: 원인}}
    advice: [{{en: a, ko: 조언}}]
    patterns: [{pattern}]
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


def minimal(pattern: str = "'disk is sad'", name: str = "sad_disk") -> str:
    return MINIMAL.format(id=name, pattern=pattern)


def test_every_packaged_file_passes_the_checks_made_of_user_files() -> None:
    for path in sorted(PACKAGED.glob("*.yaml")):
        assert read(path)


def test_every_packaged_runbook_speaks_both_languages_and_names_its_sources(catalogue: Catalogue) -> None:
    for runbook in catalogue.runbooks.values():
        texts = [runbook.title, runbook.cause, *runbook.advice, *runbook.ruled_out]
        assert all(t.en.strip() and any("가" <= c <= "힣" for c in t.ko) for t in texts), runbook.id
        assert runbook.sources, runbook.id
        assert runbook.ruled_out, runbook.id
        assert "{app}" in runbook.cause.en or "node" in runbook.cause.en, runbook.id


def test_every_required_family_is_there(catalogue: Catalogue) -> None:
    needed = "oom cpu_throttling image_pull probe_failure crash_loop disk_full conn_pool scheduling quota dns"
    needed += (
        " connection_refused cert_expiry thread_limit fd_exhaustion eviction rate_limit db_lock config_error app_crash"
    )
    assert {Category(n) for n in needed.split()} <= {r.category for r in catalogue.runbooks.values()}


def test_only_faults_that_values_can_mend_have_a_remedy(catalogue: Catalogue) -> None:
    mendable = {r.id for r in catalogue.runbooks.values() if r.remedy}
    assert mendable == {
        "container_oom", "jvm_heap_oom", "node_js_heap_oom", "process_alloc_oom", "cpu_throttling", "volume_full",
        "liveness_probe_failure", "readiness_probe_failure", "startup_probe_failure", "app_pool_exhausted",
        "liveness_probe_timeout", "readiness_probe_timeout",
        "index_blocked_by_disk", "search_breaker", "broker_memory_alarm",
        "ephemeral_storage_exceeded", "hpa_at_max", "job_deadline", "data_volume_full",
    }  # fmt: skip
    assert {r.id for r in catalogue.runbooks.values() if r.own_limit} == {
        "jvm_heap_oom", "jvm_metaspace_oom", "jvm_direct_memory_oom", "node_js_heap_oom", "php_memory_limit",
        "cache_maxmemory", "search_breaker", "db_connection_limit", "worker_connections_used_up", "fd_exhausted",
        "worker_setting_reached", "worker_timeout", "gunicorn_worker_timeout", "emptydir_limit_exceeded",
        "quota_exceeded", "ingestion_rate_limited", "series_limit_reached", "sample_rate_limited",
        "query_memory_of_one_node", "query_memory_of_the_cluster", "input_buffer_full", "image_scan_timeout",
        "request_body_too_large", "response_header_too_big", "packet_too_large", "manifest_generation_timeout",
        "pooler_exhausted",
    }  # fmt: skip
    oom = catalogue.runbooks["container_oom"].remedy
    assert oom is not None
    assert (oom.value_path, oom.op, oom.amount, oom.kind) == ("resources.limits.memory", "multiply", "2", "memory")


@pytest.mark.parametrize(
    ("alert", "category"),
    [
        ("KubePodCrashLooping", "crash_loop"),
        ("CPUThrottlingHigh", "cpu_throttling"),
        ("KubePersistentVolumeFillingUp", "disk_full"),
        ("KubeClientCertificateExpiration", "cert_expiry"),
        ("KubeQuotaExceeded", "quota"),
        ("kube_pod_crash_looping", "crash_loop"),
    ],
)
def test_an_alert_rule_is_known_however_it_is_spelt(catalogue: Catalogue, alert: str, category: str) -> None:
    found = catalogue.for_alert(alert)
    assert found is not None
    assert found.category == category


def test_an_unknown_alert_rule_has_no_runbook(catalogue: Catalogue) -> None:
    assert catalogue.for_alert("CoffeeMachineEmpty") is None


def test_a_users_runbook_is_added_and_may_replace_a_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(minimal(name="container_oom") + minimal().replace("runbooks:\n", ""))
    catalogue = load(tmp_path)
    assert catalogue.runbooks["container_oom"].title.en == "t"
    assert catalogue.runbooks["sad_disk"].category is Category.OOM


def test_one_id_in_two_user_files_is_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(minimal())
    with pytest.raises(BadRunbook, match=r"b\.yaml: runbook sad_disk: id is in a\.yaml"):
        load(tmp_path)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRunbook, match="not a directory"):
        load(tmp_path / "none")


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("'(unclosed'", "not a regular expression"),
        ("'a{99999999999999999999} memory'", "not a regular expression"),
        ("'(?!no)x'", "looks around"),
        (r"'(\w)x\1'", "refers back"),
        (r"'a.*b'", "without a bound"),
        (r"'(a+)+b'", "itself varies"),
        (r"'(a|aa){1,9}b'", "itself varies"),
        (r"'\w+ failed'", "begins with an unbounded"),
        (r"'x?'", "empty line"),
        (r"'a\nb'", "one line"),
        (r"'a(?s)b'", "flag"),
    ],
)
def test_a_regex_that_cannot_be_matched_safely_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(BadRunbook, match=says) as refused:
        entries(minimal(pattern), "mine.yaml")
    assert "mine.yaml: runbook sad_disk: patterns[0].regex=" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rank: 50", "rank: 101", "rank=101: write a whole number from 0"),
        ("rank: 50", "rank: true", "rank=True"),
        ("category: oom", "category: sadness", "category='sadness': use one of"),
        ("severity: high", "severity: awful", "severity='awful'"),
        ("severity: high", "severty: high", "severty='high': unknown field"),
        ("    rank: 50\n", "", "rank=None: this field is missing"),
        ("{en: c, ko: 원인}", "{en: c}", "cause.ko=None"),
        ("id: sad_disk", "id: Sad-Disk", "id='Sad-Disk'"),
        ("patterns: ['disk is sad']", "patterns: []", "nothing can ever match"),
        ("patterns: ['disk is sad']", "patterns: x", "patterns='x': write a list"),
        ("runbooks:", "runbooks: [", "not YAML"),
        ("runbooks:", "runbook:", "unknown field"),
        ("title: {en: t", "title: {en: !!python/name:os.system x", "not YAML"),
    ],
)
def test_a_mistake_in_a_file_names_the_place_the_value_and_the_cure(old: str, new: str, says: str) -> None:
    with pytest.raises(BadRunbook) as refused:
        entries(minimal().replace(old, new), "mine.yaml")
    assert says in str(refused.value)
    assert str(refused.value).startswith("mine.yaml: ")


def test_a_remedy_must_multiply_by_a_number() -> None:
    remedy = "    remedy: {action: {en: a, ko: 가}, value_path: x.y, op: multiply, amount: lots, kind: memory}\n"
    with pytest.raises(BadRunbook, match="multiply needs a number"):
        entries(minimal() + remedy, "mine.yaml")


def test_a_remedy_is_read_whole() -> None:
    remedy = "    remedy: {action: {en: a, ko: 가}, value_path: x.y, op: add, amount: 5, kind: count, default: 3}\n"
    [(runbook, _)] = entries(minimal() + remedy, "mine.yaml")
    assert runbook.remedy is not None
    assert (runbook.remedy.amount, runbook.remedy.default, runbook.remedy.restarts_pods) == ("5", "3", True)
