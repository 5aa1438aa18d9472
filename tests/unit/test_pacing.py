"""The beat of a polling loop."""

import random

from services.pacing import Pace


def test_the_back_off_doubles_its_ceiling_up_to_a_minute_and_draws_below_it() -> None:
    pace = Pace(dice=random.Random(1))
    for failures, ceiling in ((1, 1), (2, 2), (4, 8), (7, 60), (5_000, 60)):
        drawn = [pace.after_failures(failures, None) for _ in range(200)]
        assert 0 <= min(drawn) < ceiling / 4
        assert ceiling * 3 / 4 < max(drawn) <= ceiling


def test_a_server_that_names_a_delay_is_obeyed() -> None:
    assert Pace().after_failures(1, 120.0) == 120.0
