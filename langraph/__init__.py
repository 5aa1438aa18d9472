"""The head of langraph: what an incident is, what we do about it. No I/O in here."""
