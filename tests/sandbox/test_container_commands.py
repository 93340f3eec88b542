"""Container commands, run in bash in a folder of the test's own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.container_commands import CommandFailed, CommandRunner, ContainerCommand
from ebdeploy.sandbox.release import Release, prepare_root, unpack
from tests.sandbox.bundles import bundle

SYSTEM = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    prepare_root(tmp_path)
    return unpack(tmp_path, 1, bundle())


def printed(release: Release, *commands: ContainerCommand, leader: bool = True) -> list[str]:
    return CommandRunner().run(commands, release, SYSTEM, leader=leader).splitlines()


def test_no_commands_print_nothing(release: Release) -> None:
    assert printed(release) == []


def test_a_leaders_commands_run_first_and_only_on_the_leader(release: Release) -> None:
    commands = (
        ("01", "echo all", False), ("02", "echo leader", True), ("03", "echo more", False)
    )  # fmt: skip
    assert printed(release, *commands) == ["leader", "all", "more"]
    assert printed(release, *commands, leader=False) == ["all", "more"]


def test_a_command_runs_in_the_folder_with_the_interpreter_it_activates(release: Release) -> None:
    activated = "source /var/app/venv/*/bin/activate && python3 -c 'import django; print(1)'"
    assert printed(release, ("1", "pwd", False), ("2", activated, False)) == [
        str(release.folder),
        "1",
    ]


def test_the_first_failure_stops_and_tells_what_was_printed(release: Release) -> None:
    commands = (
        ("01_ok", "touch one", False),
        ("02_bad", "echo out; echo err >&2; exit 3", False),
        ("03_never", "touch three", False),
    )
    with pytest.raises(CommandFailed) as failed:
        printed(release, *commands)
    assert (failed.value.name, failed.value.output) == ("02_bad", "out\nerr\n")
    assert (release.folder / "one").exists()
    assert not (release.folder / "three").exists()


def test_a_command_that_takes_too_long_is_killed(release: Release) -> None:
    runner = CommandRunner(longest=0.1)
    with pytest.raises(CommandFailed) as failed:
        runner.run([("slow", "sleep 30", False)], release, SYSTEM, leader=True)
    assert failed.value.output == "not done after 0.1 seconds"


def test_killing_ends_the_running_command_and_lets_no_other_begin(release: Release) -> None:
    runner, clock = CommandRunner(), Clock()
    failures: list[str] = []

    def run() -> None:
        commands = [("slow", "touch begun; sleep 30 & wait", False), ("next", "touch two", False)]
        try:
            runner.run(commands, release, SYSTEM, leader=True)
        except CommandFailed as failed:
            failures.append(failed.name)

    thread = threading.Thread(target=run)
    thread.start()
    while not (release.folder / "begun").exists():
        clock.sleep(0.01)
    began = clock.monotonic()
    runner.kill()
    thread.join()
    assert (failures, clock.monotonic() - began < 2) == (["slow"], True)
    with pytest.raises(CommandFailed, match="late"):
        runner.run([("late", "true", False)], release, SYSTEM, leader=True)
