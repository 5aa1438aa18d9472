"""The simulated Prometheus's alert rules, as the usual mixins have them, with windows short enough to watch."""

from datetime import timedelta

from services.sandbox.alert_rules import AlertRule

# The mixins look back 5 to 15 min and wait as long; a demo is watched live, so one minute stands for each.
# A window's length is also how long an alert outlives its cause.
DEMO_RULES: tuple[AlertRule, ...] = (
    AlertRule(
        "KubeContainerOOMKilled",
        "increase(kube_pod_container_status_restarts_total[1m]) > 0 and on(namespace, pod, container)"
        ' kube_pod_container_status_last_terminated_reason{reason="OOMKilled"} == 1',
        labels={"severity": "critical"},
        annotations={
            "summary": "Container {{ $labels.container }} in pod {{ $labels.pod }} was ended at its memory limit",
            "runbook_url": "https://runbooks.example.org/KubeContainerOOMKilled",
        },
    ),
    AlertRule(
        "KubePodCrashLooping",
        'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[1m]) >= 1',
        timedelta(minutes=1),
        {"severity": "warning"},
        {
            "summary": "Pod {{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}) is in CrashLoopBackOff",
            "runbook_url": "https://runbooks.example.org/KubePodCrashLooping",
        },
    ),
    AlertRule(
        "CPUThrottlingHigh",
        "sum(increase(container_cpu_cfs_throttled_periods_total[1m])) by (container, pod, namespace)"
        " / sum(increase(container_cpu_cfs_periods_total[1m])) by (container, pod, namespace) > (25 / 100)",
        timedelta(minutes=1),
        {"severity": "info"},
        {"summary": "{{ $labels.container }} in pod {{ $labels.namespace }}/{{ $labels.pod }} is throttled"},
    ),
    AlertRule(
        "TargetDown",
        "100 * (count by (job, namespace, service) (up == 0) / count by (job, namespace, service) (up)) > 10",
        timedelta(minutes=1),
        {"severity": "warning"},
        {"summary": "{{ $value }}% of the {{ $labels.job }} targets in {{ $labels.namespace }} are down"},
    ),
)
