"""Helm values files: find the key, edit its bytes and no other, tell what differs. Pure; the one door to YAML.

Everything takes and returns the file's bytes. A file that cannot be edited safely is refused, never guessed at.
"""

from langraph.helm_values.diffing import changed_paths, unified_diff
from langraph.helm_values.editing import Edited, apply_changes, set_value
from langraph.helm_values.finding import INNER, Found, find, find_named, keys_under, load_yaml, walk
from langraph.helm_values.options import Option, options
from langraph.helm_values.paths import format_path, parse_path
from langraph.helm_values.reverting import revert_edit
from langraph.helm_values.scalars import read_plain, typed_like

__all__ = [
    "INNER",
    "Option",
    "Edited",
    "Found",
    "apply_changes",
    "changed_paths",
    "find",
    "find_named",
    "format_path",
    "keys_under",
    "load_yaml",
    "options",
    "parse_path",
    "read_plain",
    "revert_edit",
    "set_value",
    "typed_like",
    "unified_diff",
    "walk",
]
