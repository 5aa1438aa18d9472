"""When the daily work is due, by a cron expression. The only importer of cronsim."""

from datetime import datetime

from cronsim import CronSim, CronSimError

from langraph.errors import BadSetting


def next_time(expression: str, after: datetime) -> datetime:
    """The first time after `after` (aware, UTC) that the expression names.

    Raises:
        BadSetting: it is no cron expression, or no day fits it.
    """
    try:
        return next(CronSim(expression, after))
    except (CronSimError, StopIteration) as error:
        raise BadSetting(
            f"FEEDBACK_LOOP_CRON={expression!r} is no cron expression ({error}); "
            "write `0 3 * * *` for 03:00 UTC daily, or nothing to switch it off"
        ) from error
