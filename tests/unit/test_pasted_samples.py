"""Two metric samples that say something only together."""

import pytest

from langraph.pasted_samples import compared

SHOP = 'namespace="shop"'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            f'kube_deployment_spec_replicas{{{SHOP},deployment="cart"}} 6\n'
            f'kube_deployment_status_replicas_available{{{SHOP},deployment="cart"}} 2\n',
            f'kube_deployment_status_replicas_available{{{SHOP},deployment="cart"}} 2, '
            "kube_deployment_spec_replicas 6: 4 of 6 replicas unavailable",
        ),
        (
            "process_open_fds 1020\nprocess_max_fds 1024",
            "process_open_fds 1020, process_max_fds 1024: compared: open files used up",
        ),
        (
            "# HELP kubelet_volume_stats_available_bytes left\n"
            'kubelet_volume_stats_available_bytes{persistentvolumeclaim="d"} 1.2e+07\n'
            'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="d"} 1.0e+10 1773133200',
            'kubelet_volume_stats_available_bytes{persistentvolumeclaim="d"} 1.2e+07, '
            "kubelet_volume_stats_capacity_bytes 1e+10: compared: volume nearly full",
        ),
    ],
)
def test_a_pair_that_says_something_is_said(text: str, says: str) -> None:
    assert compared(text) == [says]


@pytest.mark.parametrize(
    "text",
    [
        "process_open_fds 12\nprocess_max_fds 1024",
        "process_open_fds 1020",
        "redis_memory_used_bytes 5\nredis_memory_max_bytes 0",  # no limit
        f'kube_deployment_spec_replicas{{{SHOP},deployment="cart"}} 6\n'
        f'kube_deployment_status_replicas_available{{{SHOP},deployment="mail"}} 2',
        "a\nb\nprocess_open_fds is 1020 of\nprocess_max_fds",
        "x 1\n" * 60_000,
    ],
)
def test_what_says_nothing_together_stays_unsaid(text: str) -> None:
    assert list(compared(text)) == []
