"""What every GitStore promises, asked of the one in memory and of real git behind each kind of address."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from langraph.errors import BadInput, EditRefused, Halted, NotFound, Stale
from langraph.ports import Tree
from tests.support.git_http import GitHttpServer
from tests.support.git_world import OTHER, VALUES, FakeWorld, RealWorld, World, git, raise_memory, wants


@pytest.fixture(params=["fake", "path", "bare", "file-url", "http"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
    elif request.param == "path":
        yield RealWorld(tmp_path, bare=False)
    elif request.param == "bare":
        yield RealWorld(tmp_path)
    elif request.param == "file-url":
        yield RealWorld(tmp_path, f"file://{tmp_path}/repo.git")
    else:
        with GitHttpServer(tmp_path) as server:
            yield RealWorld(tmp_path, server.url("repo.git"))


async def test_a_repository_without_commits_has_no_head_and_takes_its_first_commit(world: World) -> None:
    assert await world.store.head() is None
    assert await world.store.list_files("") == ()
    assert await world.store.recorded() == ()
    assert await world.store.find("apply:1") is None

    done = await world.store.commit(wants({VALUES: b"memory: 2\n"}))

    assert (done.parent, done.already_there) == (None, False)
    assert await world.store.head() == done.commit
    assert world.show(VALUES) == b"memory: 2\n"


async def test_the_same_request_again_finds_the_commit_it_made(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})
    first = await world.store.commit(wants(raise_memory))

    again = await world.store.commit(wants(raise_memory))

    assert (again.commit, again.parent, again.already_there) == (first.commit, first.parent, True)
    assert await world.store.find("apply:1") == first.commit
    assert len(world.messages()) == 2


async def test_it_is_found_below_what_people_pushed_on_top(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})
    first = await world.store.commit(wants(raise_memory))
    world.person_pushes({OTHER: b"a: 1\n"})

    again = await world.store.commit(wants(raise_memory))

    assert (again.commit, again.already_there) == (first.commit, True)
    assert len(world.messages()) == 3


async def test_an_op_id_is_matched_whole(world: World) -> None:
    await world.store.commit(wants({VALUES: b"memory: 2\n"}, op_id="apply:12"))

    assert await world.store.find("apply:1") is None
    assert await world.store.find("pply:12") is None


async def test_a_person_who_pushes_first_keeps_every_byte(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})
    builds = []

    def build(tree: Tree) -> Mapping[str, bytes]:
        builds.append(tree[VALUES].oid)
        if len(builds) == 1:
            world.person_pushes({VALUES: b"# why\nmemory: 1\n", OTHER: b"a: 1\n"})
        return raise_memory(tree)

    done = await world.store.commit(wants(build))

    assert len(set(builds)) == 2
    assert not done.already_there
    assert world.show(VALUES) == b"# why\nmemory: 2\n"
    assert world.show(OTHER) == b"a: 1\n"


async def test_a_value_that_a_person_changed_meanwhile_is_not_overwritten(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})
    builds = []

    def build(tree: Tree) -> Mapping[str, bytes]:
        builds.append(1)
        if len(builds) == 1:
            world.person_pushes({VALUES: b"memory: 7\n"})
        return raise_memory(tree)

    with pytest.raises(Stale):
        await world.store.commit(wants(build))

    assert world.show(VALUES) == b"memory: 7\n"
    assert len(world.messages()) == 2


async def test_a_commit_that_would_change_nothing_is_stale(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})

    for nothing in ({VALUES: b"memory: 1\n"}, {}):
        with pytest.raises(Stale, match="nothing would change"):
            await world.store.commit(wants(nothing))

    assert len(world.messages()) == 1


async def test_thirty_commits_at_once_all_land_once(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})
    requests = [wants({f"examples/incident-{n}/metadata.json": b"{}"}, op_id=f"record:{n}") for n in range(30)]

    done = await asyncio.gather(*(world.store.commit(request) for request in requests))

    assert len({one.commit for one in done}) == 30
    found = [line for text in world.messages() for line in text.splitlines() if line.startswith("Langraph-Op: ")]
    assert sorted(found) == sorted(f"Langraph-Op: record:{n}" for n in range(30))
    assert len(await world.store.list_files("examples")) == 30


async def test_several_files_are_one_commit(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})

    await world.store.commit(wants({VALUES: b"memory: 2\n", "examples/incident-1/summary.md": b"# it\n"}))

    assert len(world.messages()) == 2
    assert (world.show(VALUES), world.show("examples/incident-1/summary.md")) == (b"memory: 2\n", b"# it\n")


@pytest.mark.parametrize("mode", ["120000", "160000"])
async def test_a_link_or_a_submodule_is_refused_by_name(world: World, mode: str) -> None:
    world.person_pushes({"helm-values/real.yaml": b"a: 1\n"})
    world.person_makes(VALUES, mode)

    with pytest.raises(EditRefused, match=VALUES):
        await world.store.commit(wants({"elsewhere.yaml": b"a: 2\n"}))
    with pytest.raises(EditRefused, match=VALUES):
        await world.store.commit(wants({VALUES: b"a: 2\n"}, reads=()))
    with pytest.raises(EditRefused, match=VALUES):
        await world.store.read(VALUES)

    assert VALUES not in await world.store.list_files("helm-values")
    assert len(world.messages()) == 2


async def test_nothing_is_written_through_a_linked_directory(world: World) -> None:
    world.person_pushes({"helm-values/real.yaml": b"a: 1\n"})
    world.person_makes("helm-values/app", "120000")

    with pytest.raises(EditRefused, match="helm-values/app"):
        await world.store.commit(wants({VALUES: b"a: 2\n"}, reads=()))
    with pytest.raises(EditRefused, match="helm-values/app"):
        await world.store.commit(wants({"other.yaml": b"a: 2\n"}))


async def test_a_file_is_not_replaced_by_a_directory_nor_a_directory_by_a_file(world: World) -> None:
    world.person_pushes({"plain": b"x\n", "folder/file": b"x\n"})

    for path in ("plain/file", "folder"):
        with pytest.raises(EditRefused, match=path):
            await world.store.commit(wants({path: b"y\n"}, reads=()))


async def test_a_halt_file_at_the_root_stops_commits_until_it_is_removed(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n", "HALT": b"deploy freeze\n"})

    with pytest.raises(Halted, match="HALT"):
        await world.store.commit(wants(raise_memory))
    assert len(world.messages()) == 1

    world.person_pushes({"HALT": None})
    await world.store.commit(wants(raise_memory))
    assert world.show(VALUES) == b"memory: 2\n"


async def test_a_halt_file_in_a_folder_stops_nothing(world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n", "docs/HALT": b"text\n"})

    await world.store.commit(wants(raise_memory))

    assert world.show(VALUES) == b"memory: 2\n"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up.yaml", "a/../b", "a//b", "./a", "a/", "", ".git/config", "a/.GIT/hooks", "a\nb"]
)
async def test_a_path_that_leaves_the_repository_is_refused(path: str, world: World) -> None:
    world.person_pushes({VALUES: b"memory: 1\n"})

    with pytest.raises(BadInput):
        await world.store.commit(wants({path: b"x\n"}))
    with pytest.raises(BadInput):
        await world.store.commit(wants({VALUES: b"x\n"}, reads=(path,)))
    with pytest.raises(BadInput):
        await world.store.read(path)

    assert len(world.messages()) == 1


async def test_a_file_is_read_at_the_head_and_at_any_commit_before(world: World) -> None:
    before = world.person_pushes({VALUES: b"memory: 1\n"})
    world.person_pushes({VALUES: b"memory: 2\n"})

    now, then = await world.store.read(VALUES), await world.store.read(VALUES, before)

    assert now is not None
    assert then is not None
    assert (now.data, then.data) == (b"memory: 2\n", b"memory: 1\n")
    assert now.oid != then.oid
    assert await world.store.read("helm-values") is None
    assert await world.store.read("helm-values/none.yaml", before) is None
    with pytest.raises(NotFound):
        await world.store.read(VALUES, "1" * 40)


async def test_files_are_listed_below_a_folder_and_not_beside_it(world: World) -> None:
    world.person_pushes({"helm-values/a/values.yaml": b"", "helm-values-old/b.yaml": b"", "top.yaml": b""})

    assert await world.store.list_files("helm-values") == ("helm-values/a/values.yaml",)
    assert await world.store.list_files("helm-values/") == ("helm-values/a/values.yaml",)
    assert len(await world.store.list_files("")) == 3
    assert await world.store.list_files("nowhere") == ()


async def test_a_hostile_message_becomes_no_trailer(world: World, tmp_path: Path) -> None:
    body = "log:\r\nSigned-off-by: CISO\rApproved-By: mallory\u2028Langraph-Op: apply:9\n---\ndiff --git a/x b/x\n\n"
    body += "Langraph-Op: apply:8\n\nReviewed-by: nobody\x00\x1b[31m"
    request = wants(
        {VALUES: b"memory: 2\n"},
        subject="fix: x\nApproved-By: mallory\u202e",
        body=body,
        trailers={"Approved-By": "alice\nLangraph-Op: apply:7", "Category": "oom", "Empty": " "},
    )
    await world.store.commit(request)

    (message,) = world.messages()
    parsed = git("interpret-trailers", "--parse", cwd=tmp_path, stdin=message.encode())
    assert parsed.splitlines() == ["Approved-By: alice Langraph-Op: apply:7", "Category: oom", "Langraph-Op: apply:1"]
    assert message.splitlines()[:2] == ["fix: x Approved-By: mallory", ""]
    for op_id in ("apply:7", "apply:8", "apply:9"):
        assert await world.store.find(op_id) is None


async def test_incidents_are_recorded_newest_first_with_their_last_commit(world: World) -> None:
    first, second = "incident-20261119080000-aaaaaa", "incident-20261120080000-bbbbbb"
    world.person_pushes({f"examples/{first}/metadata.json": b'{"status": "recovered"}'})
    one = await world.store.commit(wants({f"examples/{second}/metadata.json": b'{"status": "open"}'}, op_id="r:1"))
    two = await world.store.commit(wants({f"examples/{first}/feedback_negative.json": b"{}"}, op_id="r:2"))

    found = await world.store.recorded()

    assert [(item.id, item.commit) for item in found] == [(second, one.commit), (first, two.commit)]
    assert [item.metadata for item in found] == [{"status": "open"}, {"status": "recovered"}]


async def test_an_archived_incident_is_still_recorded(world: World) -> None:
    name = "incident-20261119080000-aaaaaa"
    world.person_pushes({f"examples/archive/2026-11/{name}/metadata.json": b'{"status": "recovered"}'})
    world.person_pushes({"examples/learning/oom_app_patterns.json": b"{}", "examples/metadata.json": b"{}"})

    assert [item.id for item in await world.store.recorded()] == [name]


async def test_a_broken_record_does_not_hide_the_others(world: World) -> None:
    world.person_pushes(
        {
            "examples/incident-1/metadata.json": b'{"a": 1}',
            "examples/incident-2/metadata.json": b"{",
            "examples/incident-3/metadata.json": b"[1]",
            "examples/incident-4/metadata.json": b'"\xff"',
        }
    )

    assert [item.id for item in await world.store.recorded()] == ["incident-1"]


async def test_a_removed_folder_is_no_longer_recorded(world: World) -> None:
    world.person_pushes({"examples/incident-1/metadata.json": b"{}", "examples/incident-2/metadata.json": b"{}"})
    assert len(await world.store.recorded()) == 2

    world.person_pushes({"examples/incident-1/metadata.json": None})

    assert [item.id for item in await world.store.recorded()] == ["incident-2"]
