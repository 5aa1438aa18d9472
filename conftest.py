"""What every test needs: the root on the path, a quiet log."""

import sys
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parent))

# structlog's own default draws every exception with all its locals, which takes minutes for a whole daemon.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(),
    ],
    logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
)
