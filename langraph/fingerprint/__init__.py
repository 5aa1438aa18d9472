"""Which lines are the same message: what varies is masked, what is left is the template and its fingerprint. Pure."""

from langraph.fingerprint.groups import Groups
from langraph.fingerprint.templates import (
    fingerprint,
    max_template_chars,
    template,
)

__all__ = [
    "Groups",
    "fingerprint",
    "max_template_chars",
    "template",
]
