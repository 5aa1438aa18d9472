"""Following real files through everything that happens to log files."""

import os
import random
from contextlib import suppress
from pathlib import Path

import pytest

from langraph.errors import LedgerBusy
from services.file_events import MAX_EVENT_BYTES, cut_block, stamped_ns
from services.file_monitor import FileMonitor
from services.file_source import FileSource
from tests.support.fake_ledger import FakeLedger
from tests.support.fake_logs import EveryLine, RememberingQueue
from tests.support.virtual_time import VirtualTime


class World:
    """A folder of logs, and a monitor that has started before anything is written."""

    def __init__(self, folder: Path, pattern: str = "*.log") -> None:
        self.folder = folder
        self.pattern = pattern
        self.time = VirtualTime()
        self.ledger = FakeLedger()
        self.source = FileSource([str(folder / pattern)], self.time)
        self.monitor = FileMonitor(self.source, self.ledger, EveryLine(), RememberingQueue(), self.time)

    def restart(self) -> None:
        self.source.close()
        self.source = FileSource([str(self.folder / self.pattern)], self.time)
        self.monitor = FileMonitor(self.source, self.ledger, EveryLine(), RememberingQueue(), self.time)

    def write(self, text: str | bytes, name: str = "app.log") -> None:
        with (self.folder / name).open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    async def poll(self, **later: float) -> list[str]:
        """The texts that this poll brought."""
        before = len(self.ledger.counted)
        self.time.pass_(**(later or {"seconds": 10}))
        await self.monitor.poll_once()
        return [one.text for one in self.ledger.counted[before:]]

    async def settle(self) -> list[str]:
        """What two polls bring, so that the last line counts as finished."""
        return await self.poll() + await self.poll()

    async def reasons(self) -> list[str]:
        return [gap.reason for gap in await self.ledger.gaps()]


@pytest.fixture
async def world(tmp_path: Path):  # type: ignore[no-untyped-def]  # a generator fixture
    one = World(tmp_path)
    await one.poll()
    yield one
    one.source.close()


async def test_lines_are_read_as_they_are_written_and_once(world: World) -> None:
    world.write("one\ntwo\n")
    assert await world.settle() == ["one", "two"]
    world.write("three\n")
    assert await world.settle() == ["three"]
    world.restart()
    assert await world.settle() == []
    labels = world.ledger.counted[0].labels
    assert labels == {"filename": str(world.folder / "app.log")}


async def test_half_a_line_waits_for_its_end_and_a_missing_newline_only_for_silence(world: World) -> None:
    world.write("first\nhal")
    assert await world.poll() == []
    world.write("f\nlast without newline")
    assert await world.poll() == ["first"]
    assert await world.poll() == ["half", "last without newline"]


async def test_a_stack_trace_is_one_event(world: World) -> None:
    java = "ERROR boom\njava.lang.X: y\n\tat a.B.c(B.java:1)\nCaused by: java.io.E: z\n\t... 3 more\n"
    python = 'ERROR in job\nTraceback (most recent call last):\n  File "x.py", line 1\nValueError: bad\nINFO next\n'
    world.write(java + python)
    assert await world.settle() == [
        "ERROR boom",
        "java.lang.X: y\n\tat a.B.c(B.java:1)\nCaused by: java.io.E: z\n\t... 3 more",
        'ERROR in job\nTraceback (most recent call last):\n  File "x.py", line 1\nValueError: bad',
        "INFO next",
    ]


async def test_the_rest_of_a_rotated_file_is_read_before_the_new_one(world: World) -> None:
    world.write("a\n")
    await world.settle()
    world.write("b\n")
    (world.folder / "app.log").rename(world.folder / "app.log.1")
    world.write("c\n")
    assert await world.settle() == ["b", "c"]


async def test_a_file_rotated_while_we_were_down_is_found_by_its_inode(world: World) -> None:
    world.write("a\n")
    await world.settle()
    world.source.close()
    world.write("b\n")
    (world.folder / "app.log").rename(world.folder / "app.log.1")
    world.write("c\n")
    world.restart()
    assert await world.settle() == ["b", "c"]


async def test_a_program_that_writes_on_to_its_rotated_file_is_still_heard(world: World) -> None:
    world.write("a\n")
    await world.settle()
    (world.folder / "app.log").rename(world.folder / "app.log.1")
    world.write("new\n")
    await world.settle()
    world.write("b\n", "app.log.1")
    assert await world.settle() == ["b"]


async def test_a_deleted_file_is_read_to_its_end_while_we_run_and_is_a_gap_when_we_did_not(world: World) -> None:
    world.write("a\n")
    await world.settle()
    world.write("b\n")
    (world.folder / "app.log").unlink()
    assert await world.settle() == ["b"]
    world.write("c\n", "other.log")
    await world.settle()
    world.source.close()
    (world.folder / "other.log").unlink()
    world.restart()
    await world.poll()
    assert [reason.partition(" was")[2] for reason in await world.reasons()] == [
        " removed before its end could be read"
    ]


async def test_a_truncated_file_is_read_anew_and_what_may_be_lost_is_said(world: World) -> None:
    world.write("a\nb\nc\n")
    await world.settle()
    (world.folder / "app.log").write_bytes(b"")
    world.write("a\n")
    assert await world.settle() == ["a"]
    assert "was truncated" in (await world.reasons())[0]


async def test_a_file_that_was_rewritten_longer_is_known_by_its_mark(world: World) -> None:
    world.write("old one\nold two\n")
    await world.settle()
    (world.folder / "app.log").write_bytes(b"new one that is longer\nnew two that is longer\n")
    assert await world.settle() == ["new one that is longer", "new two that is longer"]


async def test_copytruncate_loses_nothing_and_repeats_nothing(world: World) -> None:
    world.write("a\nb\n")
    await world.settle()
    world.write("c\n")
    (world.folder / "app.log.1").write_bytes((world.folder / "app.log").read_bytes())
    (world.folder / "app.log").write_bytes(b"")
    world.write("d\n")
    assert await world.settle() == ["c", "d"]
    assert await world.reasons() == []


async def test_copytruncate_into_a_name_that_is_followed_too_repeats_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, "app.log*")
    await world.poll()
    world.write("a\nb\n")
    await world.settle()
    world.write("c\n")
    (tmp_path / "app.log.1").write_bytes((tmp_path / "app.log").read_bytes())
    (tmp_path / "app.log").write_bytes(b"")
    world.write("d\n")
    assert sorted(await world.settle()) == ["c", "d"]
    assert await world.reasons() == []
    world.source.close()


async def test_compressed_files_folders_pipes_and_second_names_are_left_alone(world: World) -> None:
    world.source = FileSource([str(world.folder / "*")], world.time)
    world.monitor = FileMonitor(world.source, world.ledger, EveryLine(), RememberingQueue(), world.time)
    world.write("packed\n", "app.log.gz")
    (world.folder / "folder.log").mkdir()
    os.mkfifo(world.folder / "pipe.log")
    world.write("a\n")
    (world.folder / "link.log").symlink_to(world.folder / "app.log")
    assert await world.settle() == ["a"]


async def test_bytes_that_are_no_text_and_nul_and_crlf_do_no_harm(world: World) -> None:
    world.write(b"\xff\xfe bad\r\nnul \x00 byte\n\n\n")
    assert await world.settle() == ["\ufffd\ufffd bad", "nul \x00 byte"]


async def test_a_monster_line_is_cut_says_so_and_the_next_line_is_whole(world: World) -> None:
    world.write("x" * (3 * 1024 * 1024))
    got = await world.poll()
    world.restart()
    world.write("x" * 1_000_000 + "\nnext\n" + "y" * (MAX_EVENT_BYTES + 7) + "\nlast\n")
    got += await world.settle()
    assert [len(text.partition(" [cut")[0]) for text in got] == [MAX_EVENT_BYTES, 4, MAX_EVENT_BYTES, 4]
    assert "the rest of the line" in got[0]
    assert got[2].endswith("[cut by langraph: 7 bytes more]")


async def test_files_that_are_there_at_the_first_start_are_history_unless_in_use(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.write("old\n", "old.log")
    world.write("line\n" * 100_000 + "recent\n", "busy.log")
    age = world.time.now().timestamp()
    os.utime(tmp_path / "old.log", (age - 3600, age - 3600))
    os.utime(tmp_path / "busy.log", (age, age))
    got = await world.settle()
    assert got[-1] == "recent"
    assert 10_000 < len(got) < 15_000
    assert set(got[:-1]) == {"line"}
    world.source.close()


async def test_a_busy_ledger_means_reading_the_same_again(world: World) -> None:
    world.write("a\nb\n")
    await world.poll()
    world.ledger.busy = 1
    with pytest.raises(LedgerBusy):
        await world.poll()
    assert await world.poll() == ["b"]
    assert [one.text for one in world.ledger.counted] == ["a", "b"]


async def test_a_reused_inode_with_the_same_first_line_is_a_new_file(world: World) -> None:
    for _ in range(3):
        world.write("started\n")
        assert await world.settle() == ["started"]
        (world.folder / "app.log").unlink()
        await world.settle()


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_to_the_files_each_line_is_counted_once(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    world = World(tmp_path)
    await world.poll()
    written: list[str] = []
    half = ""
    for number in range(80):
        line = f"line {number} {'z' * dice.randrange(200)}"
        cut = dice.randrange(len(line))
        world.write(half + line[:cut])
        half = line[cut:] + "\n"
        written.append(line)
        action = dice.randrange(8)
        if action == 0:
            await world.poll(seconds=1)
            world.write(half)
            half = ""
            (tmp_path / "app.log").rename(tmp_path / f"app.log.{number}")
        elif action == 1:
            world.restart()
        elif action == 2:
            world.ledger.busy = 1
            with suppress(LedgerBusy):
                await world.poll(seconds=1)
            world.ledger.busy = 0
        else:
            await world.poll(seconds=1)
    world.write(half)
    await world.settle()
    assert sorted(one.text for one in world.ledger.counted) == sorted(written)
    assert await world.reasons() == []
    world.source.close()


READ_AT = 1_795_164_780_000_000_000


@pytest.mark.parametrize(
    ("text", "at_ns"),
    [
        ("2026-11-20T08:33:16.369132952Z boom", 1_795_163_596_369_132_952),
        ("[2026-11-20T08:33:16Z] boom", 1_795_163_596_000_000_000),
        ("2026-11-20 17:33:16,5+09:00 boom", 1_795_163_596_500_000_000),
        ("2026-11-20 17:33:16.5+0900 boom", 1_795_163_596_500_000_000),
        ("2026-11-20 08:33:16 no zone", READ_AT),
        ("2026-11-20T09:33:16Z in an hour", READ_AT),
        ("2026-13-45T08:33:16Z no such day", READ_AT),
        ("at 2026-11-20T08:33:16Z", READ_AT),
        ("", READ_AT),
    ],
)
def test_a_stamp_with_a_zone_is_the_time_and_anything_else_is_the_reading_time(text: str, at_ns: int) -> None:
    assert stamped_ns(text, READ_AT) == at_ns


def test_however_a_file_is_cut_into_blocks_the_events_are_the_same() -> None:
    whole = (
        b"a\nb\n\tat x\nCaused by: y\nlong " + b"z" * 50 + b"\n\nTraceback (most recent call last):\n  f\nE: e\nlast"
    )
    expected = cut_block(whole, 0, final=True, full=False).events
    for size in range(130, len(whole) + 1):
        offset, events = 0, []
        while offset < len(whole):
            block = whole[offset : offset + size]
            cutting = cut_block(block, offset, final=offset + len(block) == len(whole), full=False)
            if not cutting.consumed:
                break
            events += cutting.events
            offset += cutting.consumed
        assert tuple(events) == expected
