"""How a bare scalar is read by Helm, and how a value is written so that every reader sees the same.

Helm and Kubernetes read YAML with go-yaml v2 (kubernetes-sigs/yaml): mostly YAML 1.1, without base-60 numbers
and with dates left as strings. PyYAML (YAML 1.1) and YAML 1.2 readers differ from it in places: what one of
them would take for another type is written in quotes.
"""

import math
import re

import yaml

from langraph.errors import BadInput
from langraph.models.incident import Scalar

TRUE_WORDS = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
FALSE_WORDS = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
NULL_WORDS = frozenset({"", "~", "null", "Null", "NULL"})
INFINITE_WORDS = {
    ".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan,
    ".inf": math.inf, ".Inf": math.inf, ".INF": math.inf,
    "+.inf": math.inf, "+.Inf": math.inf, "+.INF": math.inf,
    "-.inf": -math.inf, "-.Inf": -math.inf, "-.INF": -math.inf,
}  # fmt: skip
WHOLE = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

BOOL_FAMILIES = (
    ("true", "false"), ("True", "False"), ("TRUE", "FALSE"),
    ("yes", "no"), ("Yes", "No"), ("YES", "NO"),
    ("on", "off"), ("On", "Off"), ("ON", "OFF"),
)  # fmt: skip
"""Ways of writing the two truth values that YAML 1.1 readers agree on (`y` and `n` are not among them)."""

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
FLOW_MARKS = frozenset(",[]{}:?")


def read_plain(text: str) -> Scalar:
    """The value of a scalar that is written without quotes, as Helm reads it."""
    if text in NULL_WORDS:
        return None
    first = text[0]
    if first in "yYnNtTfFoO":
        return True if text in TRUE_WORDS else False if text in FALSE_WORDS else text
    if first not in "+-.0123456789":
        return text
    if text in INFINITE_WORDS:
        return INFINITE_WORDS[text]
    return _number(text if first == "." else text.replace("_", ""), text)


def typed_like(text: str, old: Scalar) -> Scalar:
    """What a person means who types `text` in place of `old`.

    A string stays a string (`"500m"` -> `"1"`); everything else is read as bare YAML (`3` is a number).
    """
    return text if isinstance(old, str) else read_plain(text)


def same(one: Scalar, other: Scalar) -> bool:
    """Equal in value and in type: 1, 1.0, true and "1" are four values."""
    return type(one) is type(other) and one == other


def write_scalar(value: Scalar, *, style: str = "", instead_of: str = "", flow: bool = False) -> str:
    """The YAML text of `value` on one line.

    Args:
        value: what every reader must see.
        style: the author's quote, `'` or `"`; empty for bare text. Only strings can be quoted.
        instead_of: the bare text that is replaced; its way of writing true and false is kept.
        flow: whether it stands inside `{}` or `[]`.

    Raises:
        BadInput: infinity and not-a-number cannot be written where JSON must be possible.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return _bool(value, instead_of)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style in ("'", '"') or not is_bare(value, flow=flow):
        return '"' + "".join(map(_escaped, value)) + '"'
    return value


def is_bare(text: str, *, flow: bool = False) -> bool:
    """Whether `text` without quotes is this very string to every reader."""
    if not text or not text.isprintable() or text != text.strip():
        return False
    if text[0] in INDICATORS and not (text[0] == "-" and text[1:2] not in ("", " ")):
        return False
    if ": " in text or " #" in text or text.endswith(":") or text.startswith(("---", "...")):
        return False
    if flow and not FLOW_MARKS.isdisjoint(text):
        return False
    return isinstance(read_plain(text), str) and _python_reads_string(text)


def _python_reads_string(text: str) -> bool:
    tag: object = yaml.resolver.Resolver().resolve(yaml.nodes.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # its stubs leave it out
    return tag == yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG


def _number(plain: str, text: str) -> Scalar:
    whole = WHOLE.fullmatch(plain)
    if whole is not None:
        number = _whole(whole)
        # Beyond 64 bits go-yaml falls back to a float where the digits are decimal.
        if not whole["dec"] or -(2**63) <= number < (2**63 if whole["sign"] else 2**64):
            return number
    if FLOAT.fullmatch(plain) is None:
        return text
    number_or_infinity = float(plain)
    return text if math.isinf(number_or_infinity) else number_or_infinity


def _whole(found: re.Match[str]) -> int:
    for group, base in (("hex", 16), ("bin", 2), ("oct", 8)):
        if found[group]:
            digits = int(found[group], base)
            break
    else:
        digits = int(found["dec"])
    return -digits if found["sign"] == "-" else digits


def _bool(value: bool, instead_of: str) -> str:
    for yes, no in BOOL_FAMILIES:
        if instead_of in (yes, no):
            return yes if value else no
    return "true" if value else "false"


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise BadInput(f"{value} cannot be written to a values file; give a finite number")
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    # YAML 1.1 wants the point and the sign: `1e22` would be a string to PyYAML.
    point = "" if "." in mantissa else ".0"
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{point}e{sign}{exponent}"


def _escaped(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
