"""Known faults as data, and how a log line is matched against them."""
