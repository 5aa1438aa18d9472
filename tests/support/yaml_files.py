"""Values files made up at random together with what they mean, for property tests."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from langraph.models.incident import Scalar, ValuePath

Model = dict[str, "Model"] | list["Model"] | str | int | float | bool | None

KEYS = st.sampled_from(["a", "limits", "memory", "x.y/z", "on", "8080", "메모리", "with space", "env", "-v", "null"])
STRINGS = st.one_of(
    st.sampled_from(
        ["512Mi", "500m", "1", "no", "012", "12:30", "2025-01-02", "", "~", "a: b", "a #b", "-Xmx1g", "{{ x }}"]
    ),
    st.text(alphabet="ab 1:#'\"\\{}[],&*!|>%@-?é🚨\n\t\u2028\u0085\ufeff", max_size=8),
)
SCALARS: st.SearchStrategy[Scalar] = st.one_of(
    STRINGS, st.integers(-(2**40), 2**40), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
MODELS: st.SearchStrategy[Model] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
ROOTS = st.dictionaries(KEYS, MODELS, min_size=1, max_size=5)


@dataclass
class Author:
    """One way of writing YAML: indentation, quotes, comments, line ends; asks `draw` for each whim."""

    draw: st.DrawFn
    step: int = 2
    lists_indented: bool = True
    out: list[str] = field(default_factory=list)

    def mapping(self, model: dict[str, Model], indent: int, first: str | None = None) -> None:
        for key, value in model.items():
            self.comments(indent)
            lead = " " * indent if first is None else first
            first = None
            self.entry(f"{lead}{_quoted(key)}:", value, indent, is_key=True)

    def entry(self, head: str, value: Model, indent: int, *, is_key: bool) -> None:
        tail = self.draw(st.sampled_from(["", "", " # why", "  #\ttab", "   "]))
        if isinstance(value, dict) and value and self.draw(st.booleans()):
            self.nested(head, tail, value, indent, is_key)
        elif isinstance(value, list) and value and is_key and self.draw(st.booleans()):
            self.out.append(head + tail)
            column = indent + (self.step if self.lists_indented else 0)
            for item in value:
                self.entry(" " * column + "-", item, column, is_key=False)
        else:
            text = self.flow(value)
            self.out.append(f"{head}{' ' if text else ''}{text}{tail}")

    def nested(self, head: str, tail: str, value: dict[str, Model], indent: int, is_key: bool) -> None:
        if is_key:
            self.out.append(head + tail)
            self.mapping(value, indent + self.step)
        else:
            self.mapping(value, indent + 2, first=head + " ")

    def flow(self, value: Model, *, inside: bool = False) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{_quoted(k)}: {self.flow(v, inside=True)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(v, inside=True) for v in value) + "]"
        if value is None:
            return self.draw(st.sampled_from(["null", "~"] if inside else ["null", "~", ""]))
        if isinstance(value, bool):
            return self.draw(st.sampled_from(["true", "True", "yes"] if value else ["false", "FALSE", "off"]))
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return f"{value:.340f}".rstrip("0") + "0" if abs(value) < 1e15 else repr(value)
        return self.string(value)

    def string(self, value: str) -> str:
        if value.isascii() and value.isalnum() and value in ("512Mi", "500m", "a", "b", "ab"):
            return self.draw(st.sampled_from([value, f"'{value}'", f'"{value}"']))
        if value.isprintable() and self.draw(st.booleans()):
            return "'" + value.replace("'", "''") + "'"
        return _quoted(value)

    def comments(self, indent: int) -> None:
        for line in self.draw(st.sampled_from([(), (), ("",), ("# note",), ("", "#\tnote: x", ""), ("# -- é", "# 2")])):
            self.out.append(" " * indent + line if line else "")


@dataclass(frozen=True)
class File:
    """A file and what it means."""

    source: bytes
    model: dict[str, Model]


@st.composite
def files(draw: st.DrawFn, *, quantity: bool = False) -> File:
    """Any values file of our making; with `quantity`, one that holds `q: 512Mi` somewhere."""
    model = draw(ROOTS)
    if quantity:
        place = (*draw(st.sampled_from([p for p in mappings(model) if all(isinstance(k, str) for k in p)])), "q")
        grown = with_value(model, place, "512Mi")
        assert isinstance(grown, dict)
        model = grown
    author = Author(draw, step=draw(st.integers(1, 4)), lists_indented=draw(st.booleans()))
    author.mapping(model, 0)
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = newline.join(author.out) + draw(st.sampled_from([newline, ""]))
    bom = draw(st.sampled_from(["", "", "\ufeff"]))
    return File((bom + text).encode(), model)


def scalars(model: Model, path: ValuePath = ()) -> list[tuple[ValuePath, Scalar]]:
    """Every scalar of a model with its path."""
    if isinstance(model, dict):
        return [found for key, value in model.items() for found in scalars(value, (*path, key))]
    if isinstance(model, list):
        return [found for n, value in enumerate(model) for found in scalars(value, (*path, n))]
    return [(path, model)]


def mappings(model: Model, path: ValuePath = ()) -> list[ValuePath]:
    """Every place that is, or being null can become, a mapping."""
    if isinstance(model, dict):
        return [path, *(found for key, value in model.items() for found in mappings(value, (*path, key)))]
    if isinstance(model, list):
        return [found for n, value in enumerate(model) for found in mappings(value, (*path, n))]
    return [path] if model is None else []


def with_value(model: Model, path: ValuePath, value: Scalar) -> Model:
    """The model with one value set, parents made where they are missing."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(model, list):
        assert isinstance(part, int)
        return [with_value(item, rest, value) if n == part else item for n, item in enumerate(model)]
    assert isinstance(part, str)
    inner = model if isinstance(model, dict) else {}
    return {**inner, part: with_value(inner.get(part), rest, value)}


def _quoted(text: str) -> str:
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'
