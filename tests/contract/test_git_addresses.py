"""Where the git adapter may push and with what: working trees, missing repositories, logins, hostile settings."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from langraph.errors import BadSetting, GitUnavailable
from tests.support.git_http import GitHttpServer
from tests.support.git_world import OTHER, VALUES, RealWorld, commits, git, raise_memory, wants


@pytest.fixture
def world(tmp_path: Path) -> RealWorld:
    made = RealWorld(tmp_path)
    made.person_pushes({VALUES: b"memory: 1\n"})
    return made


# --- working trees


@pytest.fixture
def checkout(tmp_path: Path) -> RealWorld:
    made = RealWorld(tmp_path, bare=False)
    made.person_pushes({VALUES: b"memory: 1\n", OTHER: b"a: 1\n"})
    return made


async def test_a_clean_working_tree_follows(checkout: RealWorld) -> None:
    (checkout.place / "untracked.txt").write_text("mine")

    await checkout.store.commit(wants(raise_memory))

    assert (checkout.place / VALUES).read_bytes() == b"memory: 2\n"
    assert git("status", "--porcelain", cwd=checkout.place) == "?? untracked.txt\n"


@pytest.mark.parametrize("staged", [False, True])
async def test_a_dirty_working_tree_is_never_overwritten(checkout: RealWorld, staged: bool) -> None:
    (checkout.place / OTHER).write_bytes(b"a: 2 # half done\n")
    if staged:
        git("add", "-A", cwd=checkout.place)

    with pytest.raises(GitUnavailable, match="commit or stash") as caught:
        await checkout.store.commit(wants(raise_memory))

    assert str(checkout.place) in str(caught.value)
    assert (checkout.place / OTHER).read_bytes() == b"a: 2 # half done\n"
    assert checkout.show(VALUES) == b"memory: 1\n"
    git("stash", "-q", cwd=checkout.place)
    await checkout.store.commit(wants(raise_memory))
    assert checkout.show(VALUES) == b"memory: 2\n"


async def test_an_untracked_file_in_the_way_is_not_overwritten(checkout: RealWorld) -> None:
    (checkout.place / "new.yaml").write_text("mine")

    with pytest.raises(GitUnavailable, match="commit or stash"):
        await checkout.store.commit(wants({"new.yaml": b"ours\n"}))

    assert (checkout.place / "new.yaml").read_text() == "mine"
    assert commits(checkout) == 1


async def test_another_branch_checked_out_is_left_alone(checkout: RealWorld) -> None:
    git("checkout", "-q", "-b", "feature", cwd=checkout.place)
    (checkout.place / OTHER).write_bytes(b"a: 2 # half done\n")

    await checkout.store.commit(wants(raise_memory))

    assert checkout.show(VALUES) == b"memory: 2\n"
    assert (checkout.place / VALUES).read_bytes() == b"memory: 1\n"
    assert git("symbolic-ref", "HEAD", cwd=checkout.place) == "refs/heads/feature\n"


async def test_the_first_commit_of_an_unborn_checkout_fills_its_working_tree(tmp_path: Path) -> None:
    world = RealWorld(tmp_path, bare=False)

    await world.store.commit(wants({VALUES: b"memory: 2\n"}))

    assert (world.place / VALUES).read_bytes() == b"memory: 2\n"
    assert git("status", "--porcelain", cwd=world.place) == ""


async def test_a_setting_of_the_checkout_that_refuses_pushes_does_not_stop_us(checkout: RealWorld) -> None:
    git("config", "receive.denyCurrentBranch", "refuse", cwd=checkout.place)

    await checkout.store.commit(wants(raise_memory))

    assert (checkout.place / VALUES).read_bytes() == b"memory: 2\n"


async def test_a_ref_lock_that_another_git_left_in_the_repository_is_said(world: RealWorld) -> None:
    (world.place / "refs" / "heads" / "main.lock").touch()

    with pytest.raises(GitUnavailable, match="3 tries"):
        await world.tracker(max_attempts=3).commit(wants(raise_memory))

    (world.place / "refs" / "heads" / "main.lock").unlink()
    await world.store.commit(wants(raise_memory))
    assert commits(world) == 2


async def test_a_hook_that_refuses_is_asked_once(world: RealWorld) -> None:
    hook = world.place / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(GitUnavailable, match="does not let us push"):
        await world.store.commit(wants(raise_memory))

    assert world.waits == []


# --- addresses and settings


@pytest.mark.parametrize("address", ["missing", "empty", "file"])
async def test_a_repository_that_is_none_is_a_setting_to_mend(tmp_path: Path, address: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    world = RealWorld(tmp_path, str(tmp_path / address))

    with pytest.raises(BadSetting, match=r"GIT_REPO_PATH=.*git init"):
        await world.store.head()
    with pytest.raises(BadSetting):
        await world.store.commit(wants({VALUES: b"x\n"}))


async def test_a_repository_that_a_server_does_not_have_is_a_setting_to_mend(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path) as server:
        world = RealWorld(tmp_path, server.url("none.git"))
        with pytest.raises(BadSetting, match=r"GIT_REPO_PATH=.*none\.git"):
            await world.store.head()


async def test_a_misspelt_branch_names_the_ones_there_are(world: RealWorld) -> None:
    git("branch", "-m", "main", "master", cwd=world.place)

    with pytest.raises(BadSetting, match=r"GIT_BRANCH='main'.*it has master"):
        await world.store.commit(wants({VALUES: b"x\n"}))


async def test_a_login_in_the_url_works_and_is_never_shown(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path, login="bot:s3cr:t/@w") as server:
        good = RealWorld(tmp_path, server.url("repo.git", "bot:s3cr%3At%2F%40w"))
        good.person_pushes({VALUES: b"memory: 1\n"})
        await good.store.commit(wants(raise_memory))
        assert good.show(VALUES) == b"memory: 2\n"

    with pytest.raises(GitUnavailable) as caught, capture_logs() as logs:
        await good.store.head()
    shown = f"{caught.value!r} {caught.value.__cause__!r} {logs} {good.store.__dict__}"
    assert "s3cr" not in shown
    assert "bot" not in str(caught.value)


async def test_a_wrong_login_is_said_without_showing_it(tmp_path: Path) -> None:
    with GitHttpServer(tmp_path, login="bot:right") as server:
        world = RealWorld(tmp_path, server.url("repo.git", "bot:wrong-token"))
        with pytest.raises(GitUnavailable, match=r"our access") as caught:
            await world.store.head()
    assert "wrong-token" not in str(caught.value)


async def test_the_password_is_on_no_command_line(tmp_path: Path) -> None:
    log = tmp_path / "argv"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    real = next(f"{d}/git" for d in os.environ["PATH"].split(":") if os.access(f"{d}/git", os.X_OK))
    shim.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    with GitHttpServer(tmp_path, login="bot:hunter2222") as server, pytest.MonkeyPatch.context() as patch:
        world = RealWorld(tmp_path, server.url("repo.git", "bot:hunter2222"))
        patch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
        assert await world.store.head() is None
    assert "ls-remote" in log.read_text()
    assert "hunter2222" not in log.read_text()


async def test_hooks_and_settings_of_the_user_and_of_the_environment_do_not_reach_git(
    world: RealWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-receive", "update"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\nexit 1\n")
        (hooks / name).chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(f'[core]\n\thooksPath = {hooks}\n[url "/nowhere/"]\n\tinsteadOf = {tmp_path}/\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(hooks))

    await world.store.commit(wants(raise_memory))

    assert world.show(VALUES) == b"memory: 2\n"
    assert list(tmp_path.glob("ran-*")) == []


async def test_our_tokens_do_not_reach_a_hook_of_the_repository(
    world: RealWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = world.place / "hooks" / "post-receive"
    hook.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\n")
    hook.chmod(0o755)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-not-for-hooks")

    await world.store.commit(wants(raise_memory))

    assert "PATH=" in (tmp_path / "seen").read_text()
    assert "xoxb-not-for-hooks" not in (tmp_path / "seen").read_text()


async def test_an_ssh_address_gets_the_users_ssh_and_no_password(
    world: RealWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    monkeypatch.setenv("GIT_SSH_VARIANT", "ssh")
    world.address = f"ssh://deploy:hunter2222@git.example.org{world.place}"

    await world.tracker().commit(wants(raise_memory))

    assert world.show(VALUES) == b"memory: 2\n"
    asked = (tmp_path / "asked").read_text()
    assert "deploy@git.example.org" in asked
    assert "hunter2222" not in asked
