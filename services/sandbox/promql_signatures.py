"""What the sandbox's PromQL knows: its functions and aggregations, and what they take."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["scalar", "string", "vector", "matrix"]


@dataclass(frozen=True, slots=True)
class Signature:
    """The types of a function's arguments and result."""

    takes: tuple[Kind, ...]
    returns: Kind = "vector"
    optional: int = 0
    """How many of the last arguments may be left out."""


_OVER_RANGE = (
    *("rate", "increase", "irate", "delta", "idelta", "deriv", "changes", "resets", "absent_over_time"),
    *("max_over_time", "min_over_time", "avg_over_time", "sum_over_time", "count_over_time", "last_over_time"),
    *("present_over_time", "stddev_over_time"),
)
_PER_SAMPLE = ("abs", "ceil", "floor", "exp", "ln", "sqrt", "sgn", "timestamp", "absent", "sort", "sort_desc")

FUNCTIONS: dict[str, Signature] = {
    **dict.fromkeys(_OVER_RANGE, Signature(("matrix",))),
    **dict.fromkeys(_PER_SAMPLE, Signature(("vector",))),
    "quantile_over_time": Signature(("scalar", "matrix")),
    "predict_linear": Signature(("matrix", "scalar")),
    "clamp_min": Signature(("vector", "scalar")),
    "clamp_max": Signature(("vector", "scalar")),
    "clamp": Signature(("vector", "scalar", "scalar")),
    "round": Signature(("vector", "scalar"), optional=1),
    "vector": Signature(("scalar",)),
    "scalar": Signature(("vector",), returns="scalar"),
    "time": Signature((), returns="scalar"),
    "label_replace": Signature(("vector", "string", "string", "string", "string")),
}

AGGREGATIONS: dict[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("sum", "min", "max", "avg", "count", "group", "stddev"), ()),
    **dict.fromkeys(("topk", "bottomk", "quantile"), ("scalar",)),
}
"""Aggregation operators and the types of the parameters before the vector."""
