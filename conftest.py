"""What every test needs: the root on the path, a quiet log, rules compiled once, examples without a clock."""

import os
import sys
from pathlib import Path

import structlog
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))
os.environ["CACHE_DIR"] = str(ROOT / ".pytest_cache" / "langraph")

# structlog's own default draws every exception with all its locals, which takes minutes for a whole daemon.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ],
    logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
)

# How long an example takes says more about the machine than about us.
settings.register_profile("langraph", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("langraph")
