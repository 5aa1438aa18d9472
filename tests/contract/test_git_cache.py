"""The git adapter's private cache: deleted, damaged, locked, full, cancelled, and still right."""

import asyncio
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from langraph.errors import GitUnavailable
from tests.support.git_world import OTHER, VALUES, RealWorld, commits, git, raise_memory, wants


@pytest.fixture
def world(tmp_path: Path) -> RealWorld:
    made = RealWorld(tmp_path)
    made.person_pushes({VALUES: b"memory: 1\n"})
    return made


async def test_a_cache_that_was_deleted_is_fetched_again(world: RealWorld) -> None:
    await world.store.head()
    world.cache.rename(world.tmp / "gone")

    done = await world.store.commit(wants(raise_memory))

    assert done.parent is not None
    assert commits(world) == 2


@pytest.mark.parametrize("damage", ["objects", "empty-objects", "known", "head", "garbage"])
async def test_a_broken_cache_is_fetched_again(world: RealWorld, damage: str) -> None:
    world.person_pushes({"examples/incident-1/metadata.json": b"{}"})
    assert len(await world.store.recorded()) == 1
    files = [path for path in (world.cache / "objects").rglob("*") if path.is_file()]
    assert files
    if damage == "objects":
        for path in files:
            path.unlink()
    elif damage == "empty-objects":
        for path in files:
            path.chmod(0o644)
            path.write_bytes(b"")
    elif damage == "known":
        (world.cache / "refs" / "langraph" / "known").write_text("1" * 40 + "\n")
    elif damage == "head":
        (world.cache / "HEAD").write_bytes(b"\0\0\0\0")
    else:
        (world.cache / "config").write_bytes(b"[broken")

    store = world.tracker()
    done = await store.commit(wants(raise_memory))

    assert not done.already_there
    assert len(await store.recorded()) == 1
    assert commits(world) == 3


async def test_objects_lost_under_a_running_store_are_fetched_again(world: RealWorld) -> None:
    await world.store.head()
    for path in (world.cache / "objects").rglob("*"):
        if path.is_file():
            path.unlink()

    with capture_logs() as logs:
        await world.store.commit(wants(raise_memory))

    assert commits(world) == 2
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_locks_that_a_killed_git_left_in_the_cache_wedge_nothing(world: RealWorld) -> None:
    await world.store.head()
    for name in ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock", "FETCH_HEAD.lock"):
        (world.cache / name).touch()
    (world.cache / "refs" / "langraph" / "known.lock").touch()
    world.person_pushes({OTHER: b"a: 1\n"})

    done = await world.store.commit(wants(raise_memory))

    assert not done.already_there
    assert (world.cache / "index.lock").exists(), "nobody rebuilt the cache: the locks were simply not in the way"


async def test_no_ref_of_gits_is_made_in_the_cache_and_no_scratch_stays(world: RealWorld) -> None:
    for number in range(3):
        await world.store.commit(wants({OTHER: b"a: %d\n" % number}, op_id=f"op:{number}"))

    refs = git("for-each-ref", "--format=%(refname)", cwd=world.cache).split()
    assert refs == ["refs/langraph/known"]
    assert list((world.cache / "scratch").iterdir()) == []
    git("fsck", "--strict", cwd=world.cache)
    git("fsck", "--strict", cwd=world.place)


async def test_leftovers_of_killed_processes_are_removed_at_the_next_start(world: RealWorld) -> None:
    await world.store.head()
    old, fresh = world.cache / "scratch" / "old", world.cache / "scratch" / "fresh"
    old.mkdir()
    fresh.mkdir()
    os.utime(old, (0, 0))

    await world.tracker().head()

    assert (old.exists(), fresh.exists()) == (False, True)


async def test_a_cache_with_many_loose_objects_is_packed_at_the_next_start(world: RealWorld) -> None:
    await world.store.head()
    sample = world.cache / "objects" / "17"
    sample.mkdir(exist_ok=True)
    for number in range(80):
        git("hash-object", "-w", "--stdin", cwd=world.cache, stdin=b"%d" % number)
        (sample / f"tmp_obj_{number}").touch()

    await world.tracker().commit(wants(raise_memory))

    assert list((world.cache / "objects" / "pack").glob("*.pack"))
    assert commits(world) == 2


async def test_a_cache_directory_that_cannot_be_written_is_unavailable(world: RealWorld) -> None:
    (world.tmp / "cache").write_text("a file")

    with pytest.raises(GitUnavailable, match="check the disk"):
        await world.store.head()


async def test_a_cancelled_call_leaves_the_store_usable(world: RealWorld) -> None:
    await world.store.head()
    task = asyncio.create_task(world.store.commit(wants(raise_memory)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await world.store.commit(wants(raise_memory))

    assert commits(world) == 2


async def test_a_repository_with_sha256_ids_is_served(tmp_path: Path) -> None:
    git("init", "-q", "--bare", "--object-format=sha256", str(tmp_path / "repo.git"), cwd=tmp_path)
    world = RealWorld(tmp_path)
    git("init", "-q", "--object-format=sha256", str(tmp_path / "desk2"), cwd=tmp_path)
    world.desk = tmp_path / "desk2"
    git("remote", "add", "origin", str(world.place), cwd=world.desk)
    world.person_pushes({VALUES: b"memory: 1\n"})

    done = await world.store.commit(wants(raise_memory))

    assert len(done.commit) == 64
    assert world.show(VALUES) == b"memory: 2\n"
