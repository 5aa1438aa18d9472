"""Whose fault it is: the affected app, not the messenger. Pure."""

from langraph.affected.finding import affected, with_words
from langraph.affected.labels import (
    NAME,
    NAMESPACE_LABELS,
    OWNED_LABELS,
    WORKLOAD_LABELS,
    Affected,
    app_name,
    from_labels,
    speakers,
    valid,
)

__all__ = [
    "NAME",
    "NAMESPACE_LABELS",
    "OWNED_LABELS",
    "WORKLOAD_LABELS",
    "Affected",
    "affected",
    "app_name",
    "from_labels",
    "speakers",
    "valid",
    "with_words",
]
