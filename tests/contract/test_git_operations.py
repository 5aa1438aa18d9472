"""Our own commits read back from a real repository, for the invariants."""

from pathlib import Path

from tests.support.git_world import AT, VALUES, RealWorld, raise_memory, wants

POLICY = "helm-values/policy.yaml"


async def test_each_of_our_commits_comes_back_with_the_bytes_it_changed(tmp_path: Path) -> None:
    world = RealWorld(tmp_path)
    world.person_pushes({VALUES: b"memory: 1\n", POLICY: b"approvers: []\n"})
    store = world.tracker()
    first = await store.commit(wants(raise_memory, op_id="apply:1"))
    world.person_pushes({VALUES: b"memory: 2\n# mine\n"})
    second = await store.commit(wants({"examples/i/summary.md": b"done\n"}, op_id="record:1"))
    found = await store.operations(POLICY)
    assert [(o.commit, o.op_id, o.at) for o in found] == [
        (first.commit, "apply:1", AT),
        (second.commit, "record:1", AT),
    ]
    assert found[0].files == {VALUES: (b"memory: 1\n", b"memory: 2\n")}
    assert found[1].files == {"examples/i/summary.md": (None, b"done\n")}
    assert found[0].policy == b"approvers: []\n"


async def test_a_commit_by_somebody_else_with_our_trailer_is_not_ours(tmp_path: Path) -> None:
    world = RealWorld(tmp_path)
    world.person_pushes({VALUES: b"memory: 1\n"}, "fake\n\nLangraph-Op: apply:1")
    assert list(await world.tracker().operations(POLICY)) == []


async def test_an_empty_repository_has_no_operations(tmp_path: Path) -> None:
    assert list(await RealWorld(tmp_path).tracker().operations(POLICY)) == []


async def test_the_versions_of_a_file_say_who_changed_it_newest_first(tmp_path: Path) -> None:
    world = RealWorld(tmp_path)
    world.person_pushes({VALUES: b"memory: 1\n"}, "first")
    world.person_pushes({"other": b"x\n"}, "elsewhere")
    store = world.tracker()
    await store.commit(wants(raise_memory, op_id="apply:1"))
    world.person_pushes({VALUES: None}, "gone")
    found = await store.versions(VALUES, 10)
    assert [(v.subject, v.data, v.by_us) for v in found] == [
        ("gone", None, False),
        ("fix(app): memory 1 -> 2", b"memory: 2\n", True),
        ("first", b"memory: 1\n", False),
    ]
    assert len(await store.versions(VALUES, 1)) == 1
    assert list(await store.versions("never/was", 10)) == []
