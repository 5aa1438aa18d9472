"""What the daemon says about itself is true at the scrape."""

from langraph.metrics import Metrics


def _exposed(metrics: Metrics) -> list[str]:
    return metrics.render()[0].decode().splitlines()


def test_an_incident_that_moved_on_is_counted_in_one_status_only() -> None:
    metrics = Metrics()
    metrics.handled({"applying": 1})
    metrics.handled({"recovered": 1})
    handled = [line for line in _exposed(metrics) if line.startswith("langraph_incidents_handled{")]
    assert handled == ['langraph_incidents_handled{status="recovered"} 1.0']


def test_a_drive_is_timed_also_when_it_fails() -> None:
    metrics = Metrics()
    try:
        with metrics.driving():
            raise ValueError
    except ValueError:
        pass
    assert "langraph_drive_seconds_count 1.0" in _exposed(metrics)


def test_two_daemons_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.lines("loki", 3)
    assert 'langraph_log_lines_total{source="loki"} 3.0' in _exposed(one)
    assert not [line for line in _exposed(other) if line.startswith("langraph_log_lines_total{")]
