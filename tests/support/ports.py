"""Ports of loopback that stay free until somebody listens on them, also between a kill and the next start."""

import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle, islice

_FIRST, _EACH = 20_000, 2_000  # below 32768: from there on Linux gives them to connections that go out


def free_port() -> int:
    """A port that nobody listens on now, not given away lately, never one of another xdist worker's."""
    for port in islice(_ports, _EACH):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"all {_EACH} ports of this process are taken")


def _own_ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
    first = _FIRST + worker * _EACH
    # In no order: a second run of the tests beside this one begins elsewhere.
    return cycle(random.Random(os.getpid()).sample(range(first, first + _EACH), _EACH))


_ports = _own_ports()
