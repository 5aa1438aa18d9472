"""What a verdict is made of: the statistics of silence, what counts as live, whose pods they are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest

from langraph.models.incident import Category, Incident, Severity, Signal, Status, ValueChange
from langraph.models.text import Text
from langraph.ports import FileVersion, Sample, Slot
from langraph.verifying import app_pods, rates, rollout, verdict
from langraph.verifying.app_pods import AppPods
from langraph.verifying.rates import Course, Episodes
from langraph.verifying.rollout import TakenBack
from tests.support.nouns import NOON, proposal

WINDOW_S = 600.0
PODS = AppPods("shop", "cart", ("cart-7d9c5b6f4f-x2k4p",))


def slots(times: Sequence[float]) -> list[Slot]:
    return [Slot(NOON + timedelta(seconds=at), 1) for at in sorted({at // 10 * 10 for at in times})]


def episodes(before: Sequence[float], after: Sequence[float], watched: float = WINDOW_S) -> Episodes:
    seen = [at for at in after if at < watched]
    return rates.episodes(slots(before), slots(seen), NOON, NOON + timedelta(seconds=watched))


def course(before: Sequence[float], after: Sequence[float], watched: float = WINDOW_S) -> Course:
    return rates.course(episodes(before, after, watched), WINDOW_S, last_look=watched >= 3 * WINDOW_S)


EVERY_MINUTE = [-600.0 + 60 * n for n in range(10)]


# --- statistics ------------------------------------------------------------------------------------------------------


def test_the_first_episode_is_how_the_fault_was_found_and_no_evidence() -> None:
    assert episodes([-600, -300], ()).before == 1
    assert course([-600], ()) is Course.TOO_RARE


def test_lines_of_one_burst_are_one_episode() -> None:
    burst = [-600 + n / 100 for n in range(900)]
    assert episodes(burst, ()).before == 0


def test_silence_after_frequent_errors_is_proof_and_after_rare_ones_is_none() -> None:
    assert course(EVERY_MINUTE, ()) is Course.SILENT
    assert course([-80000, -40000, -100], ()) is Course.TOO_RARE


def test_a_longer_silence_proves_what_a_short_one_could_not() -> None:
    rare = range(-1600, -100, 200)
    assert course(rare, ()) is Course.TOO_RARE
    assert course(rare, (), 3 * WINDOW_S) is Course.SILENT


def test_a_silence_shorter_than_twice_the_pause_between_two_bursts_is_no_proof() -> None:
    bursts = [*range(-2500, -2300, 10), *range(-1200, -1000, 10)]
    assert episodes(bursts, ()).chance < 0.01
    assert course(bursts, ()) is Course.TOO_RARE


def test_a_fault_that_was_over_before_the_change_proves_nothing_by_its_silence() -> None:
    assert course([-7200 + 15 * n for n in range(20)], ()) is Course.TOO_RARE


def test_errors_that_stop_soon_are_a_slow_recovery_once_they_were_gone_for_a_whole_window() -> None:
    early = (10, 40, 90)
    assert course(EVERY_MINUTE, early) is Course.SETTLING
    assert course(EVERY_MINUTE, early, 2 * WINDOW_S) is Course.SETTLED


def test_errors_that_become_rarer_but_stay_are_no_recovery() -> None:
    rarer = list(range(100, 1800, 200))
    seen = episodes(EVERY_MINUTE, rarer, 3 * WINDOW_S)
    assert rates.course(seen, WINDOW_S, last_look=True) is Course.GOES_ON
    assert seen.fell_for_sure


def test_the_chance_of_silence_is_the_exact_binomial() -> None:
    assert rates.chance_of_silence(3, 100, 100) == pytest.approx(1 / 8)
    assert rates.chance_of_so_few(0, 100, 3, 100) == pytest.approx(1 / 8)
    assert rates.chance_of_so_few(1, 100, 3, 300) == pytest.approx(0.75**4 + 4 * 0.25 * 0.75**3)


def test_nothing_known_makes_no_chance_small() -> None:
    assert rates.chance_of_silence(0, 0, 1000) == 1.0
    assert rates.chance_of_so_few(0, 0, 0, 0) == 1.0


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)])
def test_the_bounds_of_a_rate_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    found = rates.bounds_per_minute(count, 60.0)
    assert found == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.01))


def test_the_bounds_of_many_are_close_around_them() -> None:
    low, high = rates.bounds_per_minute(5000, 60.0)
    assert 4800 < low < 5000 < high < 5200


def test_a_fault_that_goes_on_unchanged_is_taken_for_gone_less_often_than_promised() -> None:
    dice, taken, tried = Random(5), 0, 800
    for _ in range(tried):
        rate, minutes = 10 ** dice.uniform(-1.5, 1), 10 ** dice.uniform(0.5, 2)
        before, after = _at_random(dice, rate, -60 * minutes, 0), _at_random(dice, rate, 0, 1800)
        verdicts = [course(before, after, looks * WINDOW_S) for looks in (1, 2, 3)]
        ends = next((one for one in verdicts if one not in (Course.TOO_RARE, Course.SETTLING)), None)
        taken += ends in (Course.SILENT, Course.SETTLED)
    assert taken / tried <= rates.CHANCE


def _at_random(dice: Random, per_minute: float, since: float, until: float) -> list[float]:
    at, out = since, []
    while (at := at + dice.expovariate(per_minute / 60)) < until:
        out.append(at)
    return out


# --- signals, verdict ------------------------------------------------------------------------------------------------


def signal(name: str, healthy: bool | None) -> Signal:
    return Signal(name, None, None, healthy, Text(name, name))


def test_a_verdict_exists_for_every_mixture_and_recovery_needs_every_signal_of_the_fault_and_no_doubt() -> None:
    names = ("log_signature", "alert", "traffic", "restarts", "unready", "new_errors")
    for healths in product((True, False, None), repeat=len(names)):
        signals = [signal(name, healthy) for name, healthy in zip(names, healths, strict=True)]
        outcome = verdict.of(signals, NOON)
        known = {one.name: one.healthy for one in signals}
        if outcome.status is Status.RECOVERED:
            assert known["log_signature"] is known["alert"] is known["traffic"] is known["new_errors"] is True
        assert (outcome.status is Status.NOT_RECOVERED) == (False in healths)
        assert outcome.reason.en
        assert outcome.reason.ko


def test_without_any_signal_of_the_fault_nothing_has_recovered() -> None:
    healthy = [signal(name, True) for name in ("traffic", "restarts", "unready", "new_errors")]
    assert verdict.of(healthy, NOON).status is Status.INCONCLUSIVE
    assert verdict.of([], NOON).status is Status.INCONCLUSIVE


def test_restarts_that_are_not_known_do_not_hold_back_what_the_logs_prove() -> None:
    signals = [signal("log_signature", True), signal("traffic", True), signal("restarts", None)]
    assert verdict.of(signals, NOON).status is Status.RECOVERED


def test_what_is_seen_while_the_change_is_no_longer_live_is_not_its_work() -> None:
    signals = [signal("log_signature", False), signal("live", None)]
    assert verdict.of(signals, NOON).status is Status.INCONCLUSIVE


def test_the_silence_of_an_app_that_does_not_talk_is_no_health() -> None:
    seen = episodes(EVERY_MINUTE, ())
    window = timedelta(seconds=WINDOW_S)
    for talks, healthy in ((True, True), (None, None)):
        found = verdict.signature(seen, window, read=True, talks=talks, alert_over=False, last_look=False)
        assert found.signal.healthy is healthy


def test_a_resolved_alert_backs_what_few_lines_cannot_prove_but_not_within_the_faults_own_pauses() -> None:
    window = timedelta(seconds=WINDOW_S)
    for before, healthy in (([-200], True), ([-1900, -1000, -100], None)):
        seen = episodes(before, ())
        found = verdict.signature(seen, window, read=True, talks=True, alert_over=True, last_look=False)
        assert found.signal.healthy is healthy


def test_an_app_that_writes_less_than_a_tenth_of_before_is_a_doubt() -> None:
    assert verdict.traffic(100.0, 9.0, 9.0, may_settle=True).signal.healthy is None
    assert verdict.traffic(100.0, 11.0, 11.0, may_settle=True).signal.healthy is True
    assert verdict.traffic(100.0, 50.0, 0.0, may_settle=True).signal.healthy is None


def test_every_signal_carries_its_numbers() -> None:
    found = verdict.signature(
        episodes(EVERY_MINUTE, ()), timedelta(minutes=10), read=True, talks=True, alert_over=False, last_look=True
    )
    assert (found.signal.before, found.signal.after) == (pytest.approx(0.9), 0.0)
    assert "p=0.0" in found.signal.means.en
    assert "p=0.0" in found.signal.means.ko


def incident(app: str, category: Category, namespace: str = "shop") -> Incident:
    return Incident(
        id=f"incident-{app}",
        fingerprint=app,
        category=category,
        runbook=None,
        app=app,
        namespace=namespace,
        severity=Severity.HIGH,
        status=Status.VERIFYING,
        source="loki",
        first_line="",
        labels={"app": app},
        facts={},
        opened_at=NOON,
        last_seen_at=NOON,
        count=1,
    )


CART = incident("cart", Category.OOM)


@pytest.mark.parametrize(
    ("later", "healthy"),
    [
        ([], True),
        ([incident("cart", Category.CONN_POOL)], False),
        ([incident("cart", Category.UNKNOWN)], None),
        ([incident("orders", Category.DNS)], None),
        ([incident("far", Category.DNS, "away")], True),
        ([incident("twin", Category.DNS, "away")], None),
    ],
)
def test_a_new_fault_of_the_app_is_no_recovery_and_one_beside_it_is_a_doubt(
    later: list[Incident], healthy: bool | None
) -> None:
    found = verdict.new_errors(CART, later, ["cart", "twin"])
    assert found.signal.healthy is healthy


def test_a_change_that_somebody_took_back_is_never_judged_and_its_author_is_named() -> None:
    back = FileVersion("d" * 40, NOON, "Mallory\x1b[2J", "undo", b"", False)
    outcome = verdict.taken_back([signal("log_signature", True)], NOON, TakenBack(back))
    assert outcome.status is Status.INCONCLUSIVE
    assert "Mallory" in outcome.reason.en
    assert "\x1b" not in outcome.reason.en
    assert "d" * 12 in outcome.reason.ko


# --- live ------------------------------------------------------------------------------------------------------------


def limits(*values: float, container: str = "cart") -> list[Sample]:
    return [Sample({"pod": f"cart-{n}", "container": container}, value) for n, value in enumerate(values)]


def test_a_raised_limit_is_live_when_every_pod_has_it() -> None:
    (want,) = rollout.wanted(proposal("i"), PODS, None)
    assert 'kube_pod_container_resource_limits{namespace="shop"' in want.promql
    assert rollout.in_force(want, limits(1024**3, 1024**3)) is True
    assert rollout.in_force(want, limits(1024**3, 512 * 1024**2)) is False
    assert rollout.in_force(want, []) is None


def test_a_sidecars_small_limit_does_not_hide_that_the_change_is_live() -> None:
    (want,) = rollout.wanted(proposal("i"), PODS, None)
    assert rollout.in_force(want, [*limits(1024**3), *limits(64 * 1024**2, container="istio-proxy")]) is True


def test_a_lowered_value_is_live_only_when_it_is_as_low() -> None:
    change = ValueChange("f", ("resources", "requests", "cpu"), "2", "500m")
    (want,) = rollout.wanted(replace(proposal("i"), changes=(change,)), PODS, "cart")
    assert 'container="cart",resource="cpu"' in want.promql
    assert (want.holds(0.5), want.holds(2.0)) == (True, False)


def test_replicas_and_the_bounds_of_an_autoscaler_are_asked_for_by_workload() -> None:
    changes = tuple(ValueChange("f", path, 2, 4) for path in (("replicaCount",), ("autoscaling", "maxReplicas")))
    wants = rollout.wanted(replace(proposal("i"), changes=changes), PODS, None)
    assert [want.value for want in wants] == [4.0, 4.0]
    assert 'deployment="cart"' in wants[0].promql
    assert "spec_max_replicas" in wants[1].promql


def test_other_values_are_live_when_no_pod_is_older_than_the_commit() -> None:
    at = datetime(2026, 11, 20, 12, 0, 30, 700000, tzinfo=UTC)
    old, new = Sample({"pod": "a"}, at.timestamp() - 60), Sample({"pod": "b"}, float(int(at.timestamp())))
    assert rollout.all_new([old, new], at) is False
    assert rollout.all_new([new], at) is True
    assert rollout.all_new([], at) is None


@pytest.mark.parametrize(
    ("by_value", "new_pods", "lags", "differs", "live"),
    [
        ([True], None, False, False, True),
        ([True], None, False, True, True),
        ([True], None, True, False, False),
        ([True, False], True, False, False, False),
        ([None], True, False, False, True),
        ([], True, False, True, False),
        ([], None, False, False, None),
        ([], None, False, True, False),
        ([], False, False, False, False),
    ],
)
def test_a_value_in_force_outweighs_argo_cd_and_a_lagging_controller_outweighs_both(
    by_value: list[bool | None], new_pods: bool | None, lags: bool, differs: bool, live: bool | None
) -> None:
    assert rollout.is_live(by_value, new_pods, lags=lags, differs=differs) is live


def test_argo_cds_synced_proves_nothing_and_its_out_of_sync_does() -> None:
    assert rollout.out_of_sync([Sample({"sync_status": "OutOfSync"}, 1.0)])
    assert not rollout.out_of_sync([Sample({"sync_status": "Synced"}, 1.0)])
    assert not rollout.out_of_sync(None)


def test_the_teams_own_question_takes_names_and_nothing_else() -> None:
    template = 'my_live{app="{app}",ns="{namespace}"} == 1'
    assert rollout.fill(template, CART, None) == 'my_live{app="cart",ns="shop"} == 1'
    assert rollout.fill('x{c="{container}"}', CART, None) is None
    assert rollout.fill(template, replace(CART, app='a"} or vector(1) #'), None) is None


# --- whose pods ------------------------------------------------------------------------------------------------------


def test_pods_of_an_app_that_is_called_alike_are_not_ours() -> None:
    made = [("cart-7d9c5b6f4f", "x2k4p"), ("cart-worker-7d9c5b6f4f", "bq7xz")]
    series = [{"pod": f"{rs}-{end}", "created_by_kind": "ReplicaSet", "created_by_name": rs} for rs, end in made]
    series.append({"pod": "cart-db-0", "created_by_kind": "StatefulSet", "created_by_name": "cart-db"})
    expected = ("cart-7d9c5b6f4f-x2k4p",)
    assert app_pods.named(AppPods("shop", "cart"), series).names == expected
    assert app_pods.named(AppPods("shop", "cart"), [{"pod": one["pod"]} for one in series]).names == expected


def test_an_app_whose_workloads_all_have_longer_names_has_all_of_them() -> None:
    series = [{"pod": "loki-read-0"}, {"pod": "loki-write-0"}]
    assert app_pods.named(AppPods("logs", "loki"), series).names == ("loki-read-0", "loki-write-0")


def test_the_pod_that_the_line_names_tells_the_workload() -> None:
    seen = replace(CART, facts={"pod": "prod-cart-7d9c5b6f4f-x2k4p"})
    found = app_pods.of(seen)
    assert found is not None
    assert found.workload == "prod-cart"
    assert 'pod=~"prod-cart(-.*)?"' in found.now


def test_a_name_that_kubernetes_would_not_give_becomes_no_query() -> None:
    assert app_pods.of(replace(CART, namespace='x"}')) is None
    assert app_pods.of(replace(CART, app=None)) is None
