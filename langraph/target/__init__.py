"""Where in a team's values files the value sits that a remedy means: one certain place, or candidates. Pure."""

from langraph.target.resolving import (
    Candidates,
    Place,
    Target,
    Wanted,
    paths_to_read,
    resolve,
)

__all__ = [
    "Candidates",
    "Place",
    "Target",
    "Wanted",
    "paths_to_read",
    "resolve",
]
