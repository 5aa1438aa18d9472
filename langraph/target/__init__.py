"""Where in a team's values files the value sits that a remedy means: one certain place, or candidates. Pure."""

from langraph.target.component import Wanted
from langraph.target.found import Candidates, Place, Target
from langraph.target.resolving import resolve
from langraph.target.values_files import paths_to_read

__all__ = [
    "Candidates",
    "Place",
    "Target",
    "Wanted",
    "paths_to_read",
    "resolve",
]
