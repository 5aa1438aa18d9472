"""The guardrails: what is outside of them is never allowed, and the answer says why."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langraph.errors import BadInput, PolicyDenied
from langraph.helm_values import find, set_value
from langraph.key_pattern import fits_glob, parse_pattern
from langraph.models.incident import Person, ValueChange
from langraph.policy import (
    Allow,
    Deny,
    Policy,
    Verdict,
    judge,
    judge_restore,
    may_decide,
    needs_second_approval,
    parse_policy,
    refuse,
    weakens,
)
from langraph.ports import AppliedChange
from tests.support.proposals import FILE, MEMORY, NOW, POLICY, VALUES, applied, change, policy

MIB = 1 << 20
POOL = ("env", 0, "value")
HELM_VALUES = Path(__file__).parents[2] / "helm-values"


def verdict(
    *changes: ValueChange, history: tuple[AppliedChange, ...] = (), rules: Policy | None = None, source: bytes = VALUES
) -> Verdict:
    after = source
    for made in changes:
        if find(after, made.path).kind in ("scalar", "absent"):
            after = set_value(after, made.path, made.new).after
    return judge(changes, {FILE: after}, history, rules or policy(), NOW)


def why(given: Verdict) -> str:
    assert isinstance(given, Deny), "this should have been denied"
    assert given.reason.ko
    assert given.reason.ko != given.reason.en
    return given.reason.en


def test_a_step_within_every_bound_is_allowed() -> None:
    assert verdict(change("1Gi")) == Allow()


@pytest.mark.parametrize(
    ("new", "names"),
    [
        ("1025Mi", "step of factor 2 from 512Mi"),
        ("256Mi", "may only be raised"),
        ("512Mi", "already is 512Mi"),
        ("0.5Gi", "may only be raised"),
        ("lots", "no amount of memory"),
        (None, "no amount of memory"),
        (True, "no amount of memory"),
        ("-1Gi", "no amount of memory"),
    ],
)
def test_a_value_outside_is_denied_with_the_bound(new: object, names: str) -> None:
    assert names in why(verdict(change(new)))


def test_the_reason_names_key_value_bound_and_cure() -> None:
    reason = why(verdict(change("2Gi")))
    for part in (FILE, "resources.limits.memory", "2Gi", "factor 2", "policy.yaml"):
        assert part in reason


def test_the_maximum_holds_whatever_the_step() -> None:
    source = VALUES.replace(b"512Mi", b"6Gi")
    assert "maximum of 8Gi" in why(verdict(change("9Gi", "6Gi"), source=source))


def test_the_minimum_holds() -> None:
    source = VALUES.replace(b"512Mi", b"8Mi").replace(b"256Mi", b"8Mi")
    assert "minimum of 32Mi" in why(verdict(change("16Mi", "8Mi"), source=source))


@pytest.mark.parametrize("text", [b"", b"# nothing yet\n", b"rules: []\n", b"approvers: [api:alice]\n"])
def test_a_policy_without_rules_denies_everything(text: bytes) -> None:
    assert "no rules" in why(verdict(change(), rules=parse_policy(text)))


@pytest.mark.parametrize(
    "field", ["max_step_factor", "min", "max", "max_cumulative_factor", "cumulative_period", "cooldown"]
)
def test_a_missing_bound_denies(field: str) -> None:
    rules = policy()
    rules = replace(rules, rules=(replace(rules.rules[0], **{field: None}),))
    assert f"has no `{field}`" in why(verdict(change(), rules=rules))


def test_a_missing_budget_denies() -> None:
    assert "changes_per_day" in why(verdict(change(), rules=replace(policy(), per_day=None)))


def test_a_value_that_was_not_set_is_bounded_by_its_own_maximum() -> None:
    source = VALUES.replace(b"    memory: 512Mi  # raised twice already\n", b"    cpu: 1\n")
    assert verdict(change("1Gi", None), source=source) == Allow()
    assert "not set before" in why(verdict(change("2Gi", None), source=source))


def test_without_an_insert_bound_nothing_is_inserted() -> None:
    rules = policy()
    rules = replace(rules, rules=(replace(rules.rules[0], insert_max=None),))
    source = VALUES.replace(b"    memory: 512Mi  # raised twice already\n", b"    cpu: 1\n")
    assert "insert_max" in why(verdict(change("1Gi", None), source=source, rules=rules))


def test_two_changes_of_one_key_within_the_cooldown_are_denied() -> None:
    before = applied(change("512Mi", "400Mi"), ago=timedelta(minutes=59))
    assert "once in 1h" in why(verdict(change(), history=(before,)))
    assert verdict(change(), history=(applied(change("512Mi", "400Mi"), ago=timedelta(hours=1)),)) == Allow()


def test_many_small_steps_do_not_get_further_than_the_cumulative_bound() -> None:
    first = applied(change("400Mi", "200Mi"), ago=timedelta(days=2))
    assert "all changes of this key within 7d" in why(verdict(change("900Mi"), history=(first,)))
    assert verdict(change("900Mi"), history=(replace(first, at=NOW - timedelta(days=7)),)) == Allow()


def test_an_app_has_a_budget_for_the_last_day() -> None:
    other = ValueChange(FILE, ("server", *MEMORY), "64Mi", "128Mi")
    assert verdict(change(), history=(applied(other),) * 2) == Allow()
    assert "budget is 3" in why(verdict(change(), history=(applied(other),) * 3))


def test_all_apps_share_a_budget_for_the_last_day() -> None:
    elsewhere = ValueChange("helm-values/loki/values.yaml", MEMORY, "64Mi", "128Mi")
    assert "all apps" in why(verdict(change(), history=(applied(elsewhere),) * 5))


def test_a_request_above_its_limit_is_denied_from_either_side() -> None:
    request = change("513Mi", "257Mi", ("resources", "requests", "memory"))
    assert "above its limit" in why(verdict(request, source=VALUES.replace(b"256Mi", b"257Mi")))
    both = policy()
    both = replace(both, rules=(replace(both.rules[0], direction="both"),))
    low = change("300Mi")
    assert "above its limit" in why(verdict(low, rules=both, source=VALUES.replace(b"256Mi", b"400Mi")))


def test_a_limit_that_is_a_template_cannot_be_compared_and_is_denied() -> None:
    request = change("300Mi", "256Mi", ("resources", "requests", "memory"))
    source = VALUES.replace(b"512Mi", b"'{{ .Values.big }}'")
    assert "cannot be compared" in why(verdict(request, source=source))


@pytest.mark.parametrize(
    "path",
    [
        ("image", "tag"),
        ("server", "image", "tag"),
        ("podSecurityContext", "runAsUser"),
        ("auth", "adminPassword"),
        ("command", 0),
        ("image", "resources", "limits", "memory"),
    ],
)
def test_what_runs_and_as_whom_is_never_changed_even_when_a_rule_says_so(path: tuple[str | int, ...]) -> None:
    rules = replace(policy(), rules=(replace(policy().rules[0], keys=(parse_pattern("**"),)),))
    made = ValueChange(FILE, path, None, "1Gi")
    assert "never changed" in why(judge([made], {FILE: VALUES}, (), rules, NOW))


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (("registry", "resources", "limits", "memory"), True),
        (("registry", "registry", "resources", "limits", "memory"), True),
        (("image", "registry", "resources", "limits", "memory"), False),
        (("global", "registry"), False),
        (("registry", "memory"), False),
        (("persistence", "persistentVolumeClaim", "registry", "size"), True),
    ],
)
def test_a_service_called_registry_may_be_changed_and_where_images_come_from_not(
    path: tuple[str, ...], allowed: bool
) -> None:
    old = "512Mi"
    for key in reversed(path):
        old = f"{{{key}: {old}}}"
    made = ValueChange(FILE, path, "512Mi", "1Gi")
    rules = policy(POLICY.replace(b'"**.resources.*.memory"', b'"**.resources.*.memory", "**.registry.**"'))
    given_ = verdict(made, rules=rules, source=old.encode())
    assert isinstance(given_, Allow) == allowed, given_


def test_a_secret_in_an_environment_list_is_known_by_its_name() -> None:
    rules = replace(policy(), rules=(replace(policy().rules[1], keys=(parse_pattern("**.env[*].value"),)),))
    assert verdict(change("20", "10", POOL), rules=rules) == Allow()
    assert "never changed" in why(verdict(change("20", "10", ("env", 1, "value")), rules=rules))


def test_only_the_named_variable_matches_a_rule() -> None:
    assert verdict(change("20", "10", POOL)) == Allow()
    source = VALUES.replace(b"DB_POOL_SIZE", b"DB_RETRIES")
    assert "No rule allows" in why(verdict(change("20", "10", POOL), source=source))


def test_forbidden_keys_of_the_file_win_over_rules() -> None:
    made = change("64Mi", "32Mi", ("special", *MEMORY))
    assert "never changed" in why(verdict(made, source=VALUES + b"special: {resources: {limits: {memory: 32Mi}}}\n"))


@pytest.mark.parametrize(
    "file",
    ["helm-values/policy.yaml", "helm-values/a/b/values.yaml", "helm-values/../values.yaml", "/etc/values.yaml", "x"],
)
def test_files_that_are_not_listed_are_not_touched(file: str) -> None:
    made = replace(change(), file=file)
    assert "not among the files" in why(judge([made], {file: VALUES}, (), policy(), NOW))


def test_a_document_that_does_not_hold_the_value_is_denied() -> None:
    assert "does not hold" in why(judge([change()], {FILE: VALUES}, (), policy(), NOW))
    assert "does not hold" in why(judge([change()], {}, (), policy(), NOW))


def test_one_key_twice_and_no_change_at_all_are_denied() -> None:
    assert "twice" in why(verdict(change(), change()))
    assert "changes nothing" in why(verdict())


SIZES = st.integers(min_value=0, max_value=20_000).map(lambda n: f"{n}Mi")
HISTORY = st.lists(
    st.builds(
        lambda old, new, minutes: applied(change(new, old), timedelta(minutes=minutes)),
        SIZES,
        SIZES,
        st.integers(min_value=-60, max_value=20_000),
    ),
    max_size=5,
).map(tuple)


@settings(max_examples=150, deadline=None)
@given(old=st.integers(min_value=1, max_value=10_000), new=SIZES, history=HISTORY)
def test_whatever_is_allowed_is_inside_every_bound(old: int, new: str, history: tuple[AppliedChange, ...]) -> None:
    source = VALUES.replace(b"512Mi", f"{old}Mi".encode())
    if verdict(change(new, f"{old}Mi"), history=history, source=source) != Allow():
        return
    mib = int(new.removesuffix("Mi"))
    assert 32 <= mib <= 8192
    assert max(old, 255) < mib <= 2 * old
    assert all(NOW - entry.at >= timedelta(hours=1) for entry in history)
    recent = [entry for entry in history if NOW - entry.at < timedelta(days=7)]
    assert all(mib <= 4 * int(str(entry.change.old).removesuffix("Mi")) for entry in recent)


@settings(max_examples=150, deadline=None)
@given(new=SIZES, history=HISTORY, more=HISTORY)
def test_more_history_never_turns_a_refusal_into_a_permission(
    new: str, history: tuple[AppliedChange, ...], more: tuple[AppliedChange, ...]
) -> None:
    if isinstance(verdict(change(new), history=history), Deny):
        assert isinstance(verdict(change(new), history=(*history, *more)), Deny)


@settings(max_examples=50, deadline=None)
@given(new=st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=10), SIZES))
def test_the_empty_policy_allows_nothing(new: object) -> None:
    assert isinstance(judge([change(new)], {FILE: VALUES}, (), Policy(), NOW), Deny)


def test_the_way_back_is_allowed_against_the_direction_and_the_cooldown() -> None:
    made = applied(change("1Gi", "512Mi"), ago=timedelta(minutes=5))
    present = set_value(VALUES, MEMORY, "1Gi").after
    assert judge_restore([change("512Mi", "1Gi")], {FILE: present}, [made], policy()) == Allow()
    assert "would not go back" in why(judge_restore([change("300Mi", "1Gi")], {FILE: present}, [made], policy()))
    assert "would not go back" in why(judge_restore([change("512Mi", "1Gi")], {FILE: present}, [], policy()))
    assert "not among the files" in why(judge_restore([change("512Mi", "1Gi")], {FILE: present}, [made], Policy()))


def test_an_empty_list_of_approvers_means_nobody() -> None:
    alice = Person("api:alice", "Alice")
    assert may_decide(alice, policy()) == Allow()
    assert "nobody may decide" in why(may_decide(alice, replace(policy(), approvers=())))
    assert "api:mallory" in why(may_decide(Person("api:mallory", "Alice"), policy()))


def test_an_apps_own_approvers_narrow_the_list_and_never_widen_it() -> None:
    alice = Person("api:alice", "Alice")
    assert may_decide(alice, policy(), ["api:alice"]) == Allow()
    assert "approver of this app" in why(may_decide(alice, policy(), ["api:bob"]))
    assert "approver of this app" in why(may_decide(alice, policy(), []))
    assert isinstance(may_decide(Person("api:dave", "Dave"), policy(), ["api:dave"]), Deny)


def test_weakening_a_guardrail_takes_a_stronger_approver() -> None:
    alice, carol = Person("api:alice", "Alice"), Person("api:carol", "Carol")
    assert isinstance(may_decide(alice, policy(), weakens_guardrail=True), Deny)
    assert may_decide(carol, policy(), weakens_guardrail=True) == Allow()
    assert "nobody" in why(may_decide(alice, replace(policy(), stronger=()), weakens_guardrail=True))
    assert weakens([change("20", "10", POOL)], {FILE: VALUES}, policy())
    assert not weakens([change()], {FILE: VALUES}, policy())


@pytest.mark.parametrize(("new", "again"), [("900Mi", False), ("1Gi", False), ("1025Mi", True), ("256Mi", True)])
def test_own_values_are_asked_about_again_when_they_go_further(new: str, again: bool) -> None:
    assert needs_second_approval([change("1Gi")], [change(new)], policy()) is again


def test_policy_may_ask_always_or_never() -> None:
    modified = [change("900Mi")]
    assert needs_second_approval([change()], modified, replace(policy(), modified_needs_approval="always"))
    assert not needs_second_approval([change()], modified, replace(policy(), modified_needs_approval="never"))
    assert needs_second_approval([], modified, policy())
    assert Policy().modified_needs_approval == "always"


def test_refusing_raises_the_sentence() -> None:
    with pytest.raises(PolicyDenied, match="step of factor 2"):
        refuse(verdict(change("2Gi")))
    refuse(Allow())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"aprovers: []", "aprovers"),
        (b"budget: {changes_per_week: 3}", "changes_per_week"),
        (b"rules: [{name: a, keys: [x], type: memory, maximum: 1Gi}]", "maximum"),
        (b"rules: [{name: a, keys: [x], type: memory, max: lots}]", "lots"),
        (b"rules: [{name: a, keys: [x], type: ram}]", "ram"),
        (b"rules: [{name: a, keys: [], type: memory}]", "keys"),
        (b"rules: [{name: a, keys: [a..b], type: memory}]", "a..b"),
        (b"rules: [{name: a, keys: [x], type: memory, cooldown: 30}]", "cooldown"),
        (b"rules: [{name: a, keys: [x], type: memory, max_step_factor: 0.5}]", "max_step_factor"),
        (b"rules: [{name: a, keys: [x], type: memory, min: 2Gi, max: 1Gi}]", "min"),
        (b"approvers: ['api:*']", "api:"),
        (b"approvers: [alice]", "alice"),
        (b"approvers: ['clock:langraph']", "clock"),
        (b"approvers: [api:alice]\napprovers: [api:mallory]", "approvers"),
        (b"modified_needs_approval: sometimes", "sometimes"),
        (b"- rules", "mapping"),
        (b"rules: {", "policy.yaml"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: bytes, names: str) -> None:
    with pytest.raises(BadInput, match=r"policy\.yaml") as error:
        parse_policy(text)
    assert names in str(error.value)


def test_the_policy_we_ship_allows_the_usual_step_and_lists_nobody() -> None:
    shipped = parse_policy((HELM_VALUES / "policy.yaml").read_bytes())
    assert verdict(change("1Gi"), rules=shipped) == Allow()
    assert isinstance(verdict(change("1025Mi"), rules=shipped), Deny)
    assert isinstance(may_decide(Person("api:alice", "Alice"), shipped), Deny)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("**.resources.limits.memory", ("resources", "limits", "memory"), True),
        ("**.resources.limits.memory", ("a", 0, "resources", "limits", "memory"), True),
        ("resources.limits.memory", ("a", "resources", "limits", "memory"), False),
        ("*.memory", ("limits", "memory"), True),
        ("*.memory", ("a", "limits", "memory"), False),
        ("*Probe.timeoutSeconds", ("livenessProbe", "timeoutSeconds"), True),
        ("env[*].value", ("env", 3, "value"), True),
        ("env[2].value", ("env", 3, "value"), False),
        ("env.*.value", ("env", 3, "value"), False),
        (r"grafana\.ini.server", ("grafana.ini", "server"), True),
        ("**", (), True),
        ("*Probe.timeoutSeconds", ("livenessProbe", "|", "timeoutSeconds"), True),  # the chart takes it as text
        ("*Probe.|.timeoutSeconds", ("livenessProbe", "|", "timeoutSeconds"), True),
        ("timeoutSeconds", ("livenessProbe", "|", "timeoutSeconds"), False),
    ],
)
def test_a_key_pattern_fits_whole_paths(pattern: str, path: tuple[str | int, ...], fits: bool) -> None:
    assert parse_pattern(pattern).matches(path, lambda _: None) is fits


def test_the_items_of_a_list_within_a_text_are_known_by_their_names() -> None:
    names = {("extraEnv", "|", 1): "DB_POOL_SIZE"}
    pattern = parse_pattern("extraEnv[name=*POOL*].value")
    assert pattern.matches(("extraEnv", "|", 1, "value"), names.get)
    assert not pattern.matches(("extraEnv", "|", 0, "value"), names.get)


def test_a_file_glob_stays_within_its_folder() -> None:
    assert fits_glob("a/b/c.yaml", "a/*/c.yaml")
    assert not fits_glob("a/b/b/c.yaml", "a/*/c.yaml")
    assert fits_glob("a/b/b/c.yaml", "a/**/c.yaml")
