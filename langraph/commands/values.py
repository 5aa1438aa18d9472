"""`langraph values`: one value of a YAML file, read or changed without touching another byte."""

import json
import os
import stat
import sys
import tempfile
from pathlib import Path

import click

from langraph.commands.files import whole
from langraph.errors import BadInput
from langraph.helm_values import find, parse_path, set_value, typed_like

# So that a value may begin with a dash (-1, -Xmx1g); a misspelt option is then one argument too many.
_DASHED = {"ignore_unknown_options": True}


@click.group()
def values() -> None:
    """Read or change one value of a YAML file, and no other byte."""


@values.command(context_settings=_DASHED)
@click.argument("file")
@click.argument("path")
@click.argument("value")
@click.option("--doc", default=0, type=click.IntRange(min=0), help="Document of a multi-document file, from 0.")
@click.option("--write", is_flag=True, help="Change the file in place instead of printing it.")
def set(file: str, path: str, value: str, doc: int, write: bool) -> None:
    """Put VALUE at PATH (`resources.limits.memory`, or a JSON list) and print the new file.

    VALUE keeps the type that the old one has: text stays text. A new key is read as YAML.
    """
    if write and file == "-":
        raise BadInput("--write needs a file; standard input cannot be changed in place")
    source, where = whole(file), parse_path(path)
    edited = set_value(source, where, typed_like(value, find(source, where, doc).value), doc)
    if not write:
        sys.stdout.buffer.write(edited.after)
        return
    if edited.after != source:
        replace_file(Path(file), source, edited.after)


@values.command()
@click.argument("file")
@click.argument("path")
@click.option("--doc", default=0, type=click.IntRange(min=0), help="Document of a multi-document file, from 0.")
@click.option("--json", "as_json", is_flag=True, help="Print the value as JSON, so that text and number differ.")
def get(file: str, path: str, doc: int, as_json: bool) -> None:
    """Print the value at PATH, as Helm reads it."""
    found = find(whole(file), parse_path(path), doc)
    if not found.exists:
        raise BadInput(f"{path} is not in {file}; name a key that is there")
    if found.kind != "scalar":
        raise BadInput(f"{path} in {file} is a {found.kind}, not a single value; name a key inside it")
    is_text = isinstance(found.value, str) and not as_json
    click.echo(found.value if is_text else json.dumps(found.value, ensure_ascii=False))


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Put a new file in the place of the old one, all at once, with the same permissions.

    Args:
        before: what was read; a file that says something else by now is left alone.

    Raises:
        BadInput: a symbolic link, no ordinary file, changed meanwhile, or not writable.
    """
    try:
        known = path.lstat()
        if stat.S_ISLNK(known.st_mode):
            raise BadInput(f"{path} is a symbolic link, which would be replaced; name {path.resolve()} itself")
        if not stat.S_ISREG(known.st_mode):
            raise BadInput(f"{path} is not an ordinary file; print the result without --write")
        _swap(path, known, before, after)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}; it is as it was") from error


def _swap(path: Path, known: os.stat_result, before: bytes, after: bytes) -> None:
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "wb") as out:
            out.write(after)
            out.flush()
            os.fchmod(out.fileno(), stat.S_IMODE(known.st_mode))
            _keep_owner(out.fileno(), known)
            os.fsync(out.fileno())
        if path.read_bytes() != before:
            raise BadInput(f"{path} was changed by somebody else just now, and is left as it is; try again")
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # or a power cut could bring the old name back
    finally:
        os.close(directory)


def _keep_owner(descriptor: int, known: os.stat_result) -> None:
    """As root somebody else's file stays theirs; anybody else may only own what they write."""
    mine = os.fstat(descriptor)
    if (mine.st_uid, mine.st_gid) != (known.st_uid, known.st_gid) and os.geteuid() == 0:
        os.fchown(descriptor, known.st_uid, known.st_gid)
