"""The Helm values in a file: of a plain values file, or carried by a Flux or Argo CD object. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from langraph.errors import EditRefused
from langraph.helm_values import INNER
from langraph.helm_values.tree import Node, read_stream
from langraph.models.incident import ValuePath

SWITCHES = ("enabled", "install")
"""By which a chart is told to leave a section out."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The Helm values in one document of a file."""

    file: str
    doc: int
    root: ValuePath
    """Where they begin in the document; empty for a plain values file."""
    node: Node
    names: frozenset[str] = frozenset()
    """What the object around the values is called: its own name, its release's, its chart's. Empty for a plain file."""
    namespace: str | None = None
    """Where that object deploys to, if it says so."""
    parameters: Mapping[str, ValuePath] = field(default_factory=dict)
    """Values that are set elsewhere in the document and win over these (Argo CD's `helm.parameters`), by dotted key."""

    @property
    def keys(self) -> frozenset[str]:
        """All top-level keys."""
        return frozenset(self.node.index)

    def sections(self, below: ValuePath = (), depth: int = 1) -> Iterator[tuple[ValuePath, frozenset[str]]]:
        """Every mapping down to `depth` keys below a section, and its keys."""
        node = get(self.node, below)
        if node is None or depth < 1:
            return
        for key, at in node.index.items():
            if node.entries[at][1].kind == "mapping":
                yield (*below, key), frozenset(node.entries[at][1].index)
                yield from self.sections((*below, key), depth - 1)

    def switched(self) -> Iterator[tuple[ValuePath, bool]]:
        """Every section that says whether it is on, and what it says."""
        for section, _, mapping in mappings(self.node):
            for switch in SWITCHES:
                value = get(mapping, (switch,))
                if value is not None and value.kind == "scalar" and isinstance(value.value, bool):
                    yield section, value.value


def layouts(file: str, source: bytes, *, plain: bool = True) -> tuple[Layout, ...]:
    """The Helm values in each document of a file.

    Args:
        plain: whether a document that is no Kubernetes object counts as a values file.

    Raises:
        EditRefused: the file, or the text in it that holds the values, is not fit to be edited.
    """
    found: list[Layout] = []
    for doc, document in enumerate(read_stream(source).documents):
        top = document.root
        kind = text_at(top, "kind") if get(top, ("apiVersion",)) is not None else None
        if kind == "HelmRelease":
            found += _flux(file, doc, top)
        elif kind == "Application":
            found += _argo(file, doc, top)
        elif kind == "ApplicationSet":
            found += _argo(file, doc, top, ("spec", "template"))
        elif kind == "ConfigMap":
            found += _config_map(file, doc, top)
        elif kind is None and plain and top.kind == "mapping":
            found.append(Layout(file, doc, (), top))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Listed:
    """The values files that an object gets besides what it carries itself."""

    namespace: str | None
    files: tuple[str, ...]
    """In the order in which Helm gets them, without what says where they are from: `values/prod.yaml`."""


def listed(source: bytes) -> tuple[Listed, ...]:
    """The values files that each application or release in a file names: none where it names none.

    Raises:
        EditRefused: the file is not fit to be read.
    """
    found: list[Listed] = []
    for document in read_stream(source).documents:
        top = document.root
        kind = text_at(top, "kind")
        if kind == "Application":
            space = text_at(top, "spec", "destination", "namespace")
            found += [Listed(space, _texts(get(top, (*base, "helm", "valueFiles")))) for base in _sources(top, ())]
        elif kind == "HelmRelease":
            space = text_at(top, "spec", "targetNamespace") or text_at(top, "metadata", "namespace")
            found.append(Listed(space, _texts(get(top, ("spec", "chart", "spec", "valuesFiles")))))
    return tuple(one for one in found if one.files)


def _texts(node: Node | None) -> tuple[str, ...]:
    items = [item for _, item in node.entries] if node is not None and node.kind == "sequence" else []
    return tuple(re.sub(r"\A(?:\$[\w-]+/|\.{0,2}/)+", "", item.text) for item in items if item.kind == "scalar")


def get(node: Node, path: ValuePath) -> Node | None:
    """What stands below keys and list positions; aliases are not followed, what they show stands elsewhere."""
    for part in path:
        if isinstance(part, int):
            if node.kind != "sequence" or part >= len(node.entries):
                return None
            node = node.entries[part][1]
            continue
        if node.kind != "mapping" or part not in node.index:
            return None
        node = node.entries[node.index[part]][1]
    return node


def items_on(node: Node, path: ValuePath) -> Iterator[str]:
    """What the list items on a path are called."""
    for n, part in enumerate(path):
        name = text_at(node, *path[: n + 1], "name") if isinstance(part, int) else None
        if name is not None:
            yield name


def block(node: Node | None) -> Node | None:
    """The mapping or list that a block of text is, as charts take whole probes and lists of variables; else None."""
    if node is None or node.kind != "scalar" or node.style != "|":
        return None
    try:
        documents = read_stream(node.text.encode()).documents
    except EditRefused:
        return None  # a template, or no YAML at all
    root = documents[0].root if len(documents) == 1 else None
    is_list = root is not None and root.kind == "sequence" and any(item.kind == "mapping" for _, item in root.entries)
    return root if root is not None and (root.kind == "mapping" or is_list) else None


def text_at(node: Node, *path: str | int) -> str | None:
    """A scalar's text; None for null and for anything else."""
    below = get(node, path)
    return below.text if below is not None and below.kind == "scalar" and not below.is_null else None


def mappings(node: Node, section: ValuePath = (), name: str = "") -> Iterator[tuple[ValuePath, str, Node]]:
    """Every mapping below `node` with its path and what it is called: its list item's `name`, else its last key."""
    if node.kind == "mapping":
        yield section, name, node
        for key, at in node.index.items():
            yield from mappings(node.entries[at][1], (*section, key), key)
    elif node.kind == "sequence":
        for i, (_, item) in enumerate(node.entries):
            called = get(item, ("name",)) if item.kind == "mapping" else None
            yield from mappings(item, (*section, i), called.text if called is not None else name)


# --- the objects that carry values ---------------------------------------------------------------------------------


def _flux(file: str, doc: int, top: Node) -> Iterator[Layout]:
    """Flux: the values lie below `spec.values`, which win over `valuesFrom`."""
    node = get(top, ("spec", "values"))
    chart = text_at(top, "spec", "chart", "spec", "chart") or text_at(top, "spec", "chartRef", "name")
    named = _names(text_at(top, "metadata", "name"), text_at(top, "spec", "releaseName"), chart)
    space = text_at(top, "spec", "targetNamespace") or text_at(top, "metadata", "namespace")
    if node is not None and node.kind == "mapping":
        yield Layout(file, doc, ("spec", "values"), node, named, space)


def _config_map(file: str, doc: int, top: Node) -> Iterator[Layout]:
    """What Flux's `valuesFrom` names: a values file as text, below the values of the release itself."""
    for key in ("values.yaml", "values.yml"):
        text = text_at(top, "data", key)
        inner = _inner(text) if text else None
        if inner is not None:
            space = text_at(top, "metadata", "namespace")
            yield Layout(file, doc, ("data", key, INNER), inner, frozenset(), space)


def _argo(file: str, doc: int, top: Node, above: ValuePath = ()) -> Iterator[Layout]:
    """Argo CD: below `helm.valuesObject`, or as text in `helm.values`, of each source.

    Args:
        above: where the application is in the object, as in an ApplicationSet's template.
    """
    for base in _sources(top, above):
        source, helm = get(top, base), get(top, (*base, "helm"))
        found = _argo_values(helm) if helm is not None else None
        if source is None or helm is None or found is None:
            continue
        folder = (text_at(source, "path") or "").rpartition("/")[2]
        named = (text_at(top, "metadata", "name"), text_at(helm, "releaseName"), text_at(source, "chart"), folder)
        space = text_at(top, *above, "spec", "destination", "namespace")
        yield Layout(
            file,
            doc,
            root=(*base, "helm", *found[0]),
            node=found[1],
            names=_names(*named),
            namespace=None if space is None or "{{" in space else space,
            parameters=_parameters(helm, (*base, "helm")),
        )


def _argo_values(helm: Node) -> tuple[ValuePath, Node] | None:
    """Where `valuesObject` is, Argo CD does not read `values`."""
    node = get(helm, ("valuesObject",))
    if node is not None and node.kind == "mapping":
        return ("valuesObject",), node
    text = text_at(helm, "values")
    if text is None or not text.strip():
        return None
    root = _inner(text)
    return None if root is None else (("values", INNER), root)


def _inner(text: str) -> Node | None:
    """Values that are kept as text."""
    documents = read_stream(text.encode()).documents
    root = documents[0].root if len(documents) == 1 else None
    return root if root is not None and root.kind == "mapping" else None


def _sources(top: Node, above: ValuePath) -> list[ValuePath]:
    several = get(top, (*above, "spec", "sources"))
    count = len(several.entries) if several is not None and several.kind == "sequence" else 0
    return [(*above, "spec", "source"), *((*above, "spec", "sources", n) for n in range(count))]


def _parameters(helm: Node, base: ValuePath) -> dict[str, ValuePath]:
    listed = get(helm, ("parameters",))
    items = listed.entries if listed is not None and listed.kind == "sequence" else []
    named = {text_at(item, "name"): (*base, "parameters", n, "value") for n, (_, item) in enumerate(items)}
    return {name: path for name, path in named.items() if name}


def _names(*names: str | None) -> frozenset[str]:
    return frozenset(name for name in names if name and "{{" not in name)
