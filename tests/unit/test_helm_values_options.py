"""Settings inside texts: a JVM's flags, lines of configuration files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langraph.errors import BadInput, EditRefused
from langraph.helm_values import apply_changes, changed_paths, find, options, parse_path, set_value
from langraph.models.incident import ValueChange

READ = {
    "-Xms512m -Xmx1g -XX:+UseG1GC": [("-Xms", "512m"), ("-Xmx", "1g")],
    "-XX:MaxMetaspaceSize=160m -Dfile.encoding=UTF-8": [("-XX:MaxMetaspaceSize", "160m")],
    "--max-old-space-size=768 --enable-source-maps": [("--max-old-space-size", "768")],
    "--max_old_space_size 512": [("--max_old_space_size", "512")],
    '["-Xmx1g","-Xms1g"]': [("-Xmx", "1g"), ("-Xms", "1g")],
    "JAVA_OPTS=-Xmx1g": [("-Xmx", "1g")],
    "max_connections = 200\nshared_buffers = 1GB  # half\n#work_mem = 4MB\n": [
        ("~max_connections", "200"), ("~shared_buffers", "1GB"),
    ],
    "maxmemory 256mb\nmaxmemory-policy allkeys-lru": [("~maxmemory", "256mb")],
    "worker_connections 1024;": [("~worker_connections", "1024")],
    "spring.datasource.hikari.maximum-pool-size=10\n": [("~spring.datasource.hikari.maximum-pool-size", "10")],
    # Twice: nobody knows which one counts.
    "-Xmx1g -Xmx2g": [],
    "8": [],
    "512Mi": [],
    "-1": [],
    "a text with 3 words": [],
    "-XmxLARGE": [],
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_settings_are_found_by_their_names(text: str) -> None:
    assert [(one.part, one.value) for one in options(text)] == READ[text]


EDITS = [
    ("env:\n  - name: JAVA_OPTS\n    value: \"-Xms1g -Xmx1g\"  # heap\n", ("env", 0, "value", "-Xmx"), "2g",
     "env:\n  - name: JAVA_OPTS\n    value: \"-Xms1g -Xmx2g\"  # heap\n"),
    ("javaOpts: -Xmx1g -XX:+UseG1GC\r\nb: 1", ("javaOpts", "-Xmx"), "1536m",
     "javaOpts: -Xmx1536m -XX:+UseG1GC\r\nb: 1"),
    ("conf: |\n  # pool\n  max_connections = 100   # each\n\n  port = 5432\nb: 1\n",
     ("conf", "~max_connections"), "200",
     "conf: |\n  # pool\n  max_connections = 200   # each\n\n  port = 5432\nb: 1\n"),
    ("{a: {o: '-Xmx1g'}}", ("a", "o", "-Xmx"), "2g", "{a: {o: '-Xmx2g'}}"),
    ("v: |\n  env:\n    O: -Xmx1g -Xms1g\n", ("v", "|", "env", "O", "-Xmx"), "2g",
     "v: |\n  env:\n    O: -Xmx2g -Xms1g\n"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "path", "value", "after"), EDITS, ids=[str(case[1]) for case in EDITS])
def test_a_setting_is_changed_and_no_other_byte(
    before: str, path: tuple[str | int, ...], value: str, after: str
) -> None:
    old = find(before.encode(), path)
    made = set_value(before.encode(), path, value)
    assert (made.after.decode(), made.op, made.old) == (after, "set", old.value)
    assert changed_paths(before.encode(), made.after) == {(0, path)}
    change = ValueChange("f.yaml", path, old.value, value)
    assert apply_changes(before.encode(), [change]).decode() == after
    back = ValueChange("f.yaml", path, value, old.value)
    assert apply_changes(made.after, [back]).decode() == before


def test_two_settings_of_one_text_are_changed_together() -> None:
    source = b"o: -Xms1g -Xmx1g\nlimit: 2Gi\n"
    changes = [
        ValueChange("f", ("o", "-Xmx"), "1g", "2g"),
        ValueChange("f", ("o", "-Xms"), "1g", "2g"),
        ValueChange("f", ("limit",), "2Gi", "4Gi"),
    ]
    assert apply_changes(source, changes) == b"o: -Xms2g -Xmx2g\nlimit: 4Gi\n"


@pytest.mark.parametrize("value", ["2g -javaagent:/tmp/x.jar", "2g\n", "", "x", 2, None, "2g;reboot", "1g'"])
def test_nothing_but_an_amount_can_be_written_there(value: str | int | None) -> None:
    with pytest.raises(BadInput, match="-Xmx would be"):
        set_value(b"o: -Xmx1g\n", ("o", "-Xmx"), value)


def test_a_key_of_such_a_name_stays_a_key() -> None:
    source = b"flags:\n  -Xmx: 1g\n  ~a: 1\n"
    assert find(source, ("flags", "-Xmx")).value == "1g"
    assert set_value(source, ("flags", "-Xmx"), "2g").after == b"flags:\n  -Xmx: 2g\n  ~a: 1\n"


def test_a_setting_that_is_not_there_is_not_added() -> None:
    assert not find(b"o: -Xms1g\n", ("o", "-Xmx")).exists
    with pytest.raises(EditRefused, match="holds no keys"):
        set_value(b"o: -Xms1g\n", ("o", "-Xmx"), "1g")


def test_a_shared_text_is_not_edited() -> None:
    source = b"a: &o -Xmx1g\nb: *o\n"
    assert find(source, ("a", "-Xmx")).shared
    with pytest.raises(EditRefused, match="shared"):
        set_value(source, ("a", "-Xmx"), "2g")


def test_a_setting_of_a_folded_text_is_changed_where_it_stands() -> None:
    source = b"o: >\n  -Xms1g\n  -Xmx1g  # no comment\nb: 1\n"
    assert set_value(source, ("o", "-Xmx"), "2g").after == source.replace(b"-Xmx1g", b"-Xmx2g")


def test_a_text_that_differs_in_more_is_named_whole() -> None:
    assert changed_paths(b"o: -Xmx1g -Da=1\n", b"o: -Xmx2g -Db=1\n") == {(0, ("o",))}


def test_a_path_to_a_setting_is_written_as_it_is_read() -> None:
    assert parse_path("env[1].value.-Xmx") == ("env", 1, "value", "-Xmx")


FLAG = st.sampled_from(["-Xmx", "-Xms", "-Xss"])
SIZE = st.builds("{}{}".format, st.integers(1, 99999), st.sampled_from(["", "k", "m", "g", "G"]))


@given(st.dictionaries(FLAG, SIZE, min_size=1), st.sampled_from(["", '"', "'"]), SIZE, st.data())
def test_any_flag_of_any_text_comes_back_as_it_was_set(
    flags: dict[str, str], quote: str, new: str, data: st.DataObject
) -> None:
    source = f"o: {quote}{' '.join(name + size for name, size in flags.items())}{quote}\nz: 1\n".encode()
    name = data.draw(st.sampled_from(sorted(flags)))
    made = set_value(source, ("o", name), new)
    assert find(made.after, ("o", name)).value == new
    assert {other: find(made.after, ("o", other)).value for other in flags if other != name} == {
        other: size for other, size in flags.items() if other != name
    }
    assert set_value(made.after, ("o", name), flags[name]).after == source
