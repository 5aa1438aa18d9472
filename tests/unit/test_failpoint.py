"""Failpoints: the process dies exactly where a test says, and a misspelt place is an error."""

import signal
import subprocess
import sys

import pytest

from langraph import failpoint
from langraph.errors import BadSetting


def run(spec: str, *reached: str) -> int:
    """Exit status of a process that arms `spec`, reaches these places in turn and would then end with 7."""
    code = "import os, sys\nfrom langraph import failpoint\nfailpoint.arm(sys.argv[1])\n"
    code += "[failpoint.reach(name) for name in sys.argv[2:]]\nos._exit(7)\n"
    return subprocess.run([sys.executable, "-c", code, spec, *reached], check=False).returncode


def test_the_process_dies_at_the_armed_place() -> None:
    assert run("intent.before", "intent.before") == -signal.SIGKILL


def test_it_passes_every_other_place() -> None:
    assert run("intent.before", "intent.after", "close.before") == 7


@pytest.mark.parametrize(("times", "status"), [(2, 7), (3, -signal.SIGKILL)])
def test_it_dies_the_third_time_when_told_so(times: int, status: int) -> None:
    assert run("settle.after:3", *["settle.after"] * times) == status


def test_an_empty_spec_disarms() -> None:
    assert run("", "intent.before") == 7


@pytest.mark.parametrize("spec", ["intent.befor", "intent.before:0", "intent.before:x", "intent.before:-1", ":2x"])
def test_a_misspelt_place_or_count_is_a_setting_to_mend(spec: str) -> None:
    if spec.startswith(":"):
        failpoint.arm(spec)  # no name: nothing to arm
        return
    with pytest.raises(BadSetting, match=r"intent\.before"):
        failpoint.arm(spec)


def test_a_place_that_was_never_declared_cannot_be_reached() -> None:
    with pytest.raises(AssertionError, match="not declared"):
        failpoint.reach("no.such.place")
