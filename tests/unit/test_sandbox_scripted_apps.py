"""Apps made to measure: with less than they need they fail as real software does, with enough they live."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from services.sandbox.app_values import read_values
from services.sandbox.apps import MIB
from services.sandbox.kube_series import workload_points
from services.sandbox.pods import Journal, Moment
from services.sandbox.scripted_apps import CpuEater, MakeApp, MemoryEater, PoolDrainer, SlowStarter
from services.sandbox.workload import Workload

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
MEMORY = "resources: {{limits: {{memory: {}}}}}"
CPU = "resources: {{limits: {{cpu: {}}}}}"
DELAY = "livenessProbe: {{initialDelaySeconds: {}}}"
POOL = "database: {{pool: {{maxSize: {}}}}}"


def lived(make: MakeApp, values: str, *, faulty: bool = True, seconds: int = 180) -> tuple[Workload, str]:
    """An app after some minutes, and everything that was logged."""
    lines: list[str] = []
    journal = Journal(lambda _, entries: lines.extend(text for _, text, _ in entries))
    workload = Workload(make(Random(1)), Random(1), 5.0)
    for second in range(seconds):
        moment = Moment(START + timedelta(seconds=second), float(second), 1.0, 1.0)
        journal.open(moment.now)
        workload.sync(read_values(values.encode()), moment)
        workload.tick(journal, moment, faulty=faulty and second > 30)
        journal.flush()
    return workload, "\n".join(lines)


def throttled(workload: Workload) -> float:
    points = {point.name: point.value for point in workload_points(workload)}
    return points["container_cpu_cfs_throttled_periods_total"] / points["container_cpu_cfs_periods_total"]


@pytest.mark.parametrize(
    ("make", "values", "few", "enough", "sign"),
    [
        (MemoryEater.of("search", "catalog", 700 * MIB), MEMORY, "512Mi", "1Gi", "OOMKilled"),
        (SlowStarter.of("mailer", "notify", 90), DELAY, "15", "90", "failed liveness probe"),
        (PoolDrainer.of("orders", "shop", 30), POOL, "20", "40", "Connection is not available"),
    ],
    ids=["memory", "probe", "pool"],
)
def test_it_fails_with_less_than_it_needs_and_only_under_its_fault(
    make: MakeApp, values: str, few: str, enough: str, sign: str
) -> None:
    assert sign in lived(make, values.format(few))[1]
    assert sign not in lived(make, values.format(few), faulty=False)[1]
    well, lines = lived(make, values.format(enough))
    assert sign not in lines
    assert all(pod.ready for pod in well.pods)


def test_its_quota_throttles_what_wants_more_cores() -> None:
    make = CpuEater.of("thumbnailer", "media", 0.6)
    assert throttled(lived(make, CPU.format("300m"))[0]) > 0.25
    assert throttled(lived(make, CPU.format("600m"))[0]) < 0.05
    assert throttled(lived(make, CPU.format("300m"), faulty=False)[0]) < 0.05
