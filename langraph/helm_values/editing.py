"""Changing one value of a values file without touching another byte, or refusing to.

The new text is spliced over the old one's place; then the result is read again, and unless exactly that one
value differs in the whole file the edit is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from langraph.errors import BadInput, EditRefused, Stale
from langraph.helm_values.diffing import Place, differing, leaves
from langraph.helm_values.embedding import rewritten
from langraph.helm_values.finding import Found, Inside, Setting, child, find, setting_at, step_inside
from langraph.helm_values.inserting import Slot, Splice, insertion, key_quote, own_start
from langraph.helm_values.options import AMOUNT, option, with_option
from langraph.helm_values.paths import format_path
from langraph.helm_values.scalars import same, write_scalar
from langraph.helm_values.tree import Node, Stream, document, read_stream, refusal_at
from langraph.models.incident import Scalar, ValueChange, ValuePath


@dataclass(frozen=True, slots=True)
class Edited:
    """The file after an edit, and what the edit was."""

    after: bytes
    op: str
    """`set`: a value was replaced (or was so already); `insert`: a key was added."""
    old: Scalar
    """None when it was absent or null."""
    new: Scalar


def set_value(source: bytes, path: ValuePath, value: Scalar, doc: int = 0, create: bool = True) -> Edited:
    """Put `value` at `path`; a value that is there already leaves the bytes as they are.

    Args:
        source: the file.
        path: keys and list positions, outermost first.
        value: with the type that Helm shall see; see `scalars.typed_like` for what a person typed.
        doc: which document, from 0.
        create: add the key, and its parents, where there is none.

    Raises:
        EditRefused: not without touching something else, or the file is not fit to be edited.
        BadInput: the path is empty, or the value is infinite or not a number.
    """
    if not path:
        raise BadInput("the value path is empty; name the key to be set")
    inside = step_inside(source, path, doc)
    if inside is not None:
        return _set_inside(source, inside, value, doc, create)
    setting = setting_at(source, path, doc)
    if setting is not None:
        return _set_setting(source, setting, value, doc)
    stream = read_stream(source)
    slot = _slot(stream, path, doc)
    if slot.missing:
        if not create:
            raise refusal_at(slot.node, f"{format_path(path)} is not in the file", "name a key that is there")
        splices, old, op = insertion(stream, slot, value), None, "insert"
    else:
        old, op = slot.node.value, "set"
        if same(old, value):
            return Edited(source, op, old, value)
        splices = [_replacement(stream, slot, value)]
    after = stream.encoded(_spliced(stream.text, splices))
    _verify(stream, after, {(doc, path): value})
    return Edited(after, op, old, value)


def _set_inside(source: bytes, inside: Inside, value: Scalar, doc: int, create: bool) -> Edited:
    """The edit of a text within the file: exact as an edit of the text, and the text is all that differs."""
    if not inside.source.strip():
        raise EditRefused(f"the text at {format_path(inside.outer)} is empty; edit it by hand")
    made = set_value(inside.source, inside.path, value, create=create)
    if made.after == inside.source:
        return replace(made, after=source)
    stream, new = read_stream(source), made.after.decode()
    slot = _slot(stream, inside.outer, doc)
    after = stream.encoded(rewritten(stream.text, slot.node, new))
    _verify(stream, after, {(doc, inside.outer): new})
    return replace(made, after=after)


def _set_setting(source: bytes, setting: Setting, value: Scalar, doc: int) -> Edited:
    """The edit of one setting in a text: the rest of the text stays as it is.

    Raises:
        BadInput: the value is more than an amount; what is beside it in the text is not its to write.
    """
    name, old = setting.option.part, setting.option.value
    if not isinstance(value, str) or AMOUNT.fullmatch(value) is None:
        raise BadInput(f"{name} would be {value!r:.80}; give a number with its unit, such as {old}")
    new = with_option(setting.text, setting.option, value)
    stream = read_stream(source)
    node = _slot(stream, setting.outer, doc).node
    if node.style not in ("|", ">"):
        return Edited(set_value(source, setting.outer, new, doc, create=False).after, "set", old, value)
    # A block's lines hold the setting as it is: its line breaks and spaces are all that is read otherwise.
    there = option(stream.text[node.start : node.end], name)
    if there is None or there.value != old:
        raise refusal_at(node, f"{name} cannot be told in the block of text ({node.style})", "edit it by hand")
    splice = Splice(node.start + there.start, node.start + there.end, value)
    after = stream.encoded(_spliced(stream.text, [splice]))
    _verify(stream, after, {(doc, setting.outer): new} if new != setting.text else {})
    return Edited(after, "set", old, value)


def apply_changes(source: bytes, changes: Sequence[ValueChange]) -> bytes:
    """The file with every change made, in order, each on top of exactly the value it was approved for.

    Args:
        source: the file at the branch head.
        changes: all of the same file.

    Raises:
        Stale: a value is no longer the `old` of its change.
        EditRefused: see `set_value`.
        BadInput: changes of several files, or an unknown `op`.
    """
    if len({change.file for change in changes}) > 1:
        raise BadInput("the changes belong to several files; apply them file by file")
    data = source
    for change in changes:
        if change.op not in ("set", "insert"):
            raise BadInput(f"the change of {change.key} has op {change.op!r}; use set or insert")
        _check_fresh(find(data, change.path, change.doc), change)
        data = set_value(data, change.path, change.new, change.doc).after
    _verify_all(source, data, {(change.doc, change.path): change.new for change in changes})
    return data


def _check_fresh(present: Found, change: ValueChange) -> None:
    is_container = present.kind in ("mapping", "sequence")
    if not is_container and same(present.value, change.old):
        return
    now = f"a {present.kind}" if is_container else repr(present.value) if present.exists else "absent"
    raise Stale(f"{change.key} is {now} now, the change was approved for {change.old!r}; propose anew on this file")


def _slot(stream: Stream, path: ValuePath, doc: int) -> Slot:
    """Walk down as far as the file goes; refuse what is shared on the way."""
    node, key, parent = document(stream, doc).root, None, None
    _check_own(node, path)
    for depth, part in enumerate(path):
        below, merged = child(node, part)
        if merged:
            raise refusal_at(
                node,
                f"{format_path(path[: depth + 1])} comes by a merge key (<<)",
                "write the key out here by hand first",
            )
        if below is None:
            return Slot(node, key, parent, doc, _missing(node, path, depth))
        key = node.entries[node.index[part]][0] if isinstance(part, str) else None
        node, parent = below, node
        _check_own(node, path)
    if node.kind != "scalar":
        raise refusal_at(node, f"{format_path(path)} is a {node.kind}, not a single value", "name a key inside it")
    return Slot(node, key, parent, doc, ())


def _check_own(node: Node, path: ValuePath) -> None:
    where = format_path(path)
    if node.kind == "alias":
        raise refusal_at(
            node, f"{where} is shared through the alias *{node.text}", f"replace *{node.text} by a copy of its own"
        )
    if node.aliased:
        raise refusal_at(
            node, f"{where} is shared: aliases *{node.anchor} repeat it elsewhere", "write the aliases out first"
        )
    if node.tag is not None:
        raise refusal_at(node, f"{where} carries the tag {node.tag}", "remove the tag or edit by hand")


def _missing(node: Node, path: ValuePath, depth: int) -> tuple[str, ...]:
    """The keys to be added below `node`, if it can take them."""
    here, part = format_path(path[:depth]) if depth else "the document", path[depth]
    if node.kind == "sequence":
        thing = f"{here} is a list of {len(node.entries)} items and has no {part!r}"
        raise refusal_at(node, thing, "name an item that is there by its position")
    if isinstance(part, int) and node.kind == "mapping":
        raise refusal_at(node, f"{here} is a mapping and has no position {part}", "name one of its keys")
    if node.kind == "scalar" and not node.is_null:
        raise refusal_at(node, f"{here} is the value {node.text!r} and holds no keys", "correct the path")
    keys = tuple(part for part in path[depth:] if isinstance(part, str))
    if len(keys) < len(path) - depth:
        raise refusal_at(node, f"{format_path(path)} would need a new list item", "add the item by hand first")
    return keys


def _replacement(stream: Stream, slot: Slot, value: Scalar) -> Splice:
    node = slot.node
    if node.style in ("|", ">"):
        raise refusal_at(node, f"the value is a block of text ({node.style})", "edit it by hand or write it in quotes")
    in_flow = slot.parent is not None and slot.parent.flow
    start = own_start(stream, node)
    before, bare = stream.text[start - 1 : start], "" if node.style else stream.text[start : node.end]
    # JSON stays JSON: a number there becomes a quoted string, where bare text would do for YAML.
    is_json = in_flow and slot.parent is not None and not isinstance(node.value, str)
    quote = key_quote(slot.parent) if is_json and slot.parent else node.style
    text = write_scalar(value, style=quote, instead_of=bare, flow=in_flow)
    space = " " if start == node.end and before not in ("", " ", "\t", "\n", "\r") else ""
    return Splice(start, node.end, space + text)


def _spliced(text: str, splices: list[Splice]) -> str:
    for splice in sorted(splices, key=lambda s: s.start, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def _verify_all(source: bytes, after: bytes, expected: Mapping[Place, Scalar]) -> None:
    """The post-condition of several edits, with those inside a text checked there and as one change of that text."""
    outer: dict[Place, Scalar] = {}
    texts: dict[Place, dict[Place, Scalar]] = {}
    for (doc, path), new in expected.items():
        inside = step_inside(source, path, doc)
        setting = setting_at(source, path, doc) if inside is None else None
        if inside is not None:
            texts.setdefault((doc, inside.outer), {})[0, inside.path] = new
        elif setting is not None:
            outer[doc, setting.outer] = _with(outer.get((doc, setting.outer), setting.text), setting, new)
        else:
            outer[doc, path] = new
    for (doc, path), wanted in texts.items():
        old, now = (str(find(data, path, doc).value) for data in (source, after))
        _verify_all(old.encode(), now.encode(), wanted)
        outer[doc, path] = now
    before = read_stream(source)
    known = leaves(before)
    unchanged = [
        p for p, new in outer.items() if p in known and known[p].kind == "scalar" and same(known[p].value, new)
    ]
    _verify(before, after, {place: new for place, new in outer.items() if place not in unchanged})


def _with(text: Scalar, setting: Setting, new: Scalar) -> str:
    """A text, perhaps with other settings changed already, with this one changed."""
    there = option(str(text), setting.option.part)
    return str(text) if there is None else with_option(str(text), there, str(new))


def _verify(before: Stream, after: bytes, expected: Mapping[Place, Scalar]) -> None:
    """The post-condition: read again, exactly the expected places differ and hold the expected values."""
    try:
        known = leaves(read_stream(after))
    except EditRefused as problem:
        raise EditRefused(f"the edit would leave a file that cannot be read ({problem}); edit it by hand") from problem
    changed = differing(leaves(before), known, strictly=True)
    wrong = sorted((changed ^ expected.keys()), key=repr)
    wrong += [place for place, value in expected.items() if place in known and not same(known[place].value, value)]
    if wrong:
        doc, path = wrong[0]
        where = format_path(path) if path else "the root"
        raise EditRefused(f"the edit would not come out exact at {where} (document {doc}); edit the file by hand")
