"""What every test needs: the root on the path, a quiet log, rules that are compiled once for all daemons."""

import os
import sys
from pathlib import Path

import structlog

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
