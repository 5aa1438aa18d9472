"""What only a real repository asks of the git adapter: lost answers, races, kills, bytes, the record."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from langraph.errors import BadInput, GitUnavailable, Stale
from langraph.ports import CommitRequest, Tree
from tests.support.git_http import GitHttpServer
from tests.support.git_world import AT, LANGRAPH_EMAIL, OTHER, VALUES, RealWorld, commits, git, raise_memory, wants

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path) -> RealWorld:
    made = RealWorld(tmp_path)
    made.person_pushes({VALUES: b"memory: 1\n"})
    return made


# --- cables


async def test_a_push_whose_answer_is_lost_is_recognised_and_not_repeated(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path) as server:
        world = RealWorld(tmp_path, server.url("repo.git"))
        world.person_pushes({VALUES: b"memory: 1\n"})
        server.cut_before_answer = 1

        done = await world.store.commit(wants(raise_memory))

        assert done.already_there
        assert server.pushes == 1
        assert git("rev-parse", "main", cwd=world.place).strip() == done.commit
        assert commits(world) == 2


async def test_a_push_that_never_arrives_is_made_again(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path) as server:
        world = RealWorld(tmp_path, server.url("repo.git"))
        world.person_pushes({VALUES: b"memory: 1\n"})
        server.cut_before_receive = 2

        done = await world.store.commit(wants(raise_memory))

        assert not done.already_there
        assert commits(world) == 2
        assert world.waits == [1.0, 2.0]


async def test_a_server_that_eats_every_push_is_reported_and_the_next_call_succeeds(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path) as server:
        world = RealWorld(tmp_path, server.url("repo.git"))
        world.person_pushes({VALUES: b"memory: 1\n"})
        server.cut_before_receive = 100

        with pytest.raises(GitUnavailable, match=r"apply:1 is not on .* yet"):
            await world.store.commit(wants(raise_memory))
        assert commits(world) == 1

        server.cut_before_receive = 0
        await world.store.commit(wants(raise_memory))
        assert commits(world) == 2


async def test_a_value_changed_by_a_person_after_a_lost_push_is_stale_and_pushes_nothing(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path) as server:
        world = RealWorld(tmp_path, server.url("repo.git"))
        world.person_pushes({VALUES: b"memory: 1\n"})
        server.cut_before_receive = 1
        builds = []

        def build(tree: Tree) -> Mapping[str, bytes]:
            builds.append(tree[VALUES].data)
            if len(builds) == 1:
                world.person_pushes({VALUES: b"memory: 5\n"})
            return raise_memory(tree)

        with pytest.raises(Stale):
            await world.store.commit(wants(build))

        assert builds == [b"memory: 1\n", b"memory: 5\n"]
        assert commits(world) == 2


async def test_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path) as server:
        address = server.url("repo.git")
    world = RealWorld(tmp_path, address)

    with pytest.raises(GitUnavailable, match="cannot be reached"):
        await world.store.head()


async def test_a_git_that_hangs_is_ended_with_all_its_children(world: RealWorld, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    hook = world.place / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\nsleep 600 &\necho $$ $! > {pids}\nwait\n")
    hook.chmod(0o755)
    store = world.tracker(timeout=timedelta(seconds=5), max_attempts=1)

    with pytest.raises(GitUnavailable, match="the answer was lost"):
        await store.commit(wants(raise_memory))

    async with asyncio.timeout(10):
        while any(_runs(pid) for pid in pids.read_text().split()):  # noqa: ASYNC110  # only the kernel knows
            await asyncio.sleep(0.05)
    hook.unlink()
    assert not (await world.store.commit(wants(raise_memory))).already_there


def _runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# --- races


async def test_a_race_lost_every_time_ends_after_the_allowed_tries(world: RealWorld) -> None:
    counter = iter(range(100))

    def build(tree: Tree) -> Mapping[str, bytes]:
        world.person_pushes({OTHER: b"a: %d\n" % next(counter)})
        return raise_memory(tree)

    with pytest.raises(GitUnavailable, match="4 tries"):
        await world.tracker(max_attempts=4).commit(wants(build))

    assert world.waits == [1.0, 2.0, 3.0]
    assert world.show(VALUES) == b"memory: 1\n"


async def test_two_stores_on_one_branch_and_one_cache_both_land(world: RealWorld) -> None:
    stores = [world.tracker(), world.tracker()]
    requests = [wants({f"examples/i-{n}/metadata.json": b"{}"}, op_id=f"r:{n}") for n in range(8)]

    await asyncio.gather(*(stores[n % 2].commit(request) for n, request in enumerate(requests)))

    assert commits(world) == 9


async def test_the_same_request_on_the_same_base_is_the_same_commit(world: RealWorld) -> None:
    base = git("rev-parse", "main", cwd=world.place).strip()
    first = await world.store.commit(wants(raise_memory))
    git("update-ref", "refs/heads/main", base, cwd=world.place)

    again = await world.tracker().commit(wants(raise_memory))

    assert (again.commit, again.already_there) == (first.commit, False)


async def test_a_rewritten_branch_is_searched_anew(world: RealWorld) -> None:
    base = git("rev-parse", "main", cwd=world.place).strip()
    await world.store.commit(wants({"examples/incident-1/metadata.json": b"{}"}, op_id="r:1"))
    assert len(await world.store.recorded()) == 1
    git("update-ref", "refs/heads/main", base, cwd=world.place)
    world.person_pushes({OTHER: b"a: 1\n"})

    assert await world.store.find("r:1") is None
    assert await world.store.recorded() == ()


async def test_a_person_who_copies_our_trailer_is_not_us(world: RealWorld) -> None:
    world.person_pushes({OTHER: b"a: 1\n"}, "copy\n\nLangraph-Op: apply:1")

    assert await world.store.find("apply:1") is None
    assert not (await world.store.commit(wants(raise_memory))).already_there


async def test_an_op_is_found_after_a_restart_and_on_a_merged_side_branch(world: RealWorld) -> None:
    base = git("rev-parse", "main", cwd=world.place).strip()
    done = await world.store.commit(wants(raise_memory))
    git("fetch", "-q", "origin", cwd=world.desk)
    git("checkout", "-q", "-B", "main", base, cwd=world.desk)
    (world.desk / "side").write_text("x")
    git("add", "-A", cwd=world.desk)
    git("commit", "-qm", "side", cwd=world.desk)
    git("merge", "-q", "-m", "merge", done.commit, cwd=world.desk)
    git("push", "-q", "origin", "HEAD:main", cwd=world.desk)

    assert await world.tracker().find("apply:1") == done.commit


# --- bytes and modes


async def test_an_executable_stays_executable(world: RealWorld) -> None:
    world.person_makes("run.sh", "100755")

    await world.store.commit(wants({"run.sh": b"#!/bin/sh\n", "new.sh": b"x\n"}))

    listing = git("ls-tree", "main", "--", "run.sh", "new.sh", cwd=world.place)
    assert [line.split(" ")[0] for line in listing.splitlines()] == ["100644", "100755"]


async def test_bytes_go_in_and_out_as_they_are(world: RealWorld) -> None:
    world.person_pushes({".gitattributes": b"* text=auto eol=lf\n"})
    hostile = b"\xef\xbb\xbfa: 1\r\n\x00\xff no newline"

    done = await world.store.commit(wants({"helm-values/\ud55c\uae00 app.yaml": hostile}))

    read = await world.store.read("helm-values/\ud55c\uae00 app.yaml", done.commit)
    assert read is not None
    assert read.data == hostile


async def test_the_commit_is_ours_and_of_the_requests_time(world: RealWorld) -> None:
    done = await world.store.commit(wants(raise_memory))

    who = git("log", "-1", "--format=%an|%ae|%at|%cn|%ce|%ct|%P", done.commit, cwd=world.place).strip().split("|")
    at = str(int(AT.timestamp()))
    assert who == ["langraph", LANGRAPH_EMAIL, at, "langraph", LANGRAPH_EMAIL, at, done.parent]


async def test_a_request_without_time_zone_is_refused(world: RealWorld) -> None:
    naive = wants(raise_memory)
    with pytest.raises(BadInput, match="UTC"):
        await world.store.commit(
            CommitRequest(naive.op_id, AT.replace(tzinfo=None), "s", "", {}, naive.reads, naive.build)
        )


# --- kills

_COMMIT_ONCE = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from langraph import failpoint
from services.git_history_tracker import GitHistoryTracker
from tests.support.git_world import LANGRAPH_EMAIL, raise_memory, wants
failpoint.arm(sys.argv[3])
store = GitHistoryTracker(
    sys.argv[1], "main", Path(sys.argv[2]), committer_name="langraph", committer_email=LANGRAPH_EMAIL
)
print(asyncio.run(store.commit(wants(raise_memory))).already_there)
"""


@pytest.mark.parametrize("place", ["before_fetch", "before_push", "after_push"])
def test_a_daemon_killed_in_the_middle_of_a_commit_makes_it_once(world: RealWorld, place: str) -> None:
    def run(failpoint: str) -> "subprocess.CompletedProcess[bytes]":
        args = [sys.executable, "-c", _COMMIT_ONCE, world.address, str(world.tmp / "cache"), failpoint]
        return subprocess.run(args, cwd=ROOT, capture_output=True, check=False)

    killed = run(f"git.commit.{place}")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = run("")

    assert again.stdout.decode().strip() == str(place == "after_push"), again.stderr
    assert commits(world) == 2
    assert world.show(VALUES) == b"memory: 2\n"


# --- the record


async def test_the_record_is_extended_by_what_is_new(world: RealWorld) -> None:
    folder = "examples/incident-20261120{:06d}-aaaaaa/metadata.json"
    world.person_pushes({folder.format(n): b'{"n": %d}' % n for n in range(300)})
    store = world.tracker()
    first = await store.recorded()
    assert [item.metadata["n"] for item in first] == list(range(299, -1, -1))
    same = await store.recorded()
    assert same is first

    pushed = world.person_pushes({folder.format(7): b'{"n": 1007}', folder.format(300): b'{"n": 300}'})
    second = await store.recorded()

    assert len(second) == 301
    assert {item.commit for item in second if item.metadata["n"] in (1007, 300)} == {pushed}
    assert len({item.commit for item in second}) == 2
    kept = {item.id: item.metadata for item in first}
    assert sum(kept.get(item.id) is item.metadata for item in second) == 299, "unchanged blobs are not read again"


async def test_a_broken_record_is_warned_about_once(world: RealWorld) -> None:
    world.person_pushes({"examples/incident-2/metadata.json": b"{" * 100})
    with capture_logs() as logs:
        await world.store.recorded()
        world.person_pushes({OTHER: b"a: 1\n"})
        await world.store.recorded()

    assert [(entry["incident"], entry["log_level"]) for entry in logs] == [("incident-2", "warning")]


async def test_a_linked_record_is_not_followed(world: RealWorld) -> None:
    world.person_makes("examples/incident-9/metadata.json", "120000")

    assert await world.store.recorded() == ()
