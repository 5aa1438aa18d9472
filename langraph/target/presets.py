"""What a container runs with where the values name a preset of resources instead of amounts. Pure."""

from langraph.helm_values import find, keys_under
from langraph.models.incident import ValuePath

PRESET_KEY = "resourcesPreset"
LIMITS = {
    "nano": {"memory": "192Mi", "cpu": "150m"},
    "micro": {"memory": "384Mi", "cpu": "375m"},
    "small": {"memory": "768Mi", "cpu": "750m"},
    "medium": {"memory": "1536Mi", "cpu": "750m"},
    "large": {"memory": "3072Mi", "cpu": "1500m"},
    "xlarge": {"memory": "6144Mi", "cpu": "3"},
    "2xlarge": {"memory": "12288Mi", "cpu": "3"},
}
"""Limits by preset, of the common library of the Bitnami charts (its `_resources.tpl`), where the key comes from."""


def preset_at(source: bytes, path: ValuePath, doc: int = 0) -> str | None:
    """The preset beside the `resources` that a path leads into, in force as long as `resources` holds nothing.

    Raises:
        EditRefused: the file is not fit to be read.
    """
    if "resources" not in path:
        return None
    above = path[: path.index("resources")]
    named = find(source, (*above, PRESET_KEY), doc).value
    is_empty = not keys_under(source, (*above, "resources"), doc)
    return named if isinstance(named, str) and is_empty else None


def preset_limit(preset: str | None, path: ValuePath) -> str | None:
    """The limit that a preset sets for the value at the end of a path."""
    if preset is None or len(path) < 2 or path[-2] != "limits":
        return None
    return LIMITS.get(preset, {}).get(str(path[-1]))
