"""Instances that deploy, serve, restart and end for real."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox import gunicorn_config
from ebdeploy.sandbox.instance import DeployFailed, Instance
from tests.sandbox.balancers import await_that
from tests.sandbox.bundles import bundle

pytestmark = pytest.mark.server
PROJECT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    one = Instance("i-1", "127.0.0.1", free_port(), tmp_path / "i-1", Clock(10.0))
    yield one
    one.stop()


def told(instance: Instance) -> dict[str, Any]:
    connection = http.client.HTTPConnection(instance.address, instance.port, timeout=5)
    connection.request("GET", "/")
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_stop_without_a_deploy_is_nothing(instance: Instance) -> None:
    assert not instance.is_running()
    assert instance.log_tail() == ""
    instance.stop()


def test_a_restart_without_a_deploy_fails(instance: Instance) -> None:
    with pytest.raises(DeployFailed, match="nothing is deployed"):
        instance.restart({})


def test_deploy_restart_and_stop(instance: Instance, tmp_path: Path) -> None:
    commands = [("01", "echo $GREETING > made-by-command", False)]
    assert instance.deploy(bundle(1), {"GREETING": "one"}, "app:application", commands) == 0.0
    first = told(instance)
    root = tmp_path / "i-1"
    assert Path(first["folder"]) == (root / "current").resolve()
    assert (root / "current" / "made-by-command").read_text() == "one\n"
    assert first["environment"]["GREETING"] == "one"
    assert not [name for name in first["environment"] if name.startswith(("COVERAGE", "PYTEST"))]

    (root / "current" / "db.sqlite3").write_text("kept")
    outage = instance.restart({"GREETING": "two"})
    assert 0 < outage < 10
    second = told(instance)
    assert (second["environment"]["GREETING"], second["folder"]) == ("two", first["folder"])
    assert (root / "current" / "db.sqlite3").read_text() == "kept"

    assert instance.deploy(bundle(2), {}, "app:application") > 0
    assert told(instance)["version"] == 2
    instance.stop()
    assert not answers(instance.address, instance.port)
    assert not instance.is_running()


def test_a_failing_deploy_leaves_the_old_version_running(instance: Instance) -> None:
    instance.deploy(bundle(1), {"A": "1"}, "app:application")
    for failing, name, words in (
        ((b"no zip", {}, "app:application"), "bundle", "not a zip"),
        ((bundle(2), {}, "app:application", [("01_bad", "echo no; false", True)]), "01_bad", "no"),
        ((bundle(2), {}, "missing:application"), "gunicorn", "No module named 'missing'"),
    ):
        with pytest.raises(DeployFailed) as failed:
            instance.deploy(*failing)
        assert failed.value.name == name
        assert words in failed.value.output
        found = told(instance)
        assert (found["version"], found["environment"]["A"]) == (1, "1")


def test_a_restart_that_fails_goes_back_to_the_old_properties(instance: Instance) -> None:
    needs = {"wsgi.py": "import os; os.environ['NEEDED']; from app import application"}
    instance.deploy(bundle(1, needs), {"NEEDED": "x"}, "wsgi:application")
    with pytest.raises(DeployFailed) as failed:
        instance.restart({})
    assert "KeyError: 'NEEDED'" in failed.value.output
    assert told(instance)["environment"]["NEEDED"] == "x"
    assert instance.is_running()


def test_a_first_version_that_does_not_load_leaves_nothing(instance: Instance) -> None:
    with pytest.raises(DeployFailed):
        instance.deploy(bundle(1), {}, "missing:application")
    assert not instance.is_running()
    assert "No module named 'missing'" in instance.log_tail()


def test_the_third_deploy_deletes_the_first_release(instance: Instance, tmp_path: Path) -> None:
    for version in (1, 2, 3):
        instance.deploy(bundle(version), {}, "app:application")
    releases = sorted(path.name for path in (tmp_path / "i-1" / "releases").iterdir())
    assert releases == ["0002", "0003"]


def test_stopping_while_a_deploy_runs_ends_both(instance: Instance, tmp_path: Path) -> None:
    failures: list[str] = []

    def deploy() -> None:
        commands = [("slow", "touch begun; sleep 30", False)]
        try:
            instance.deploy(bundle(), {}, "app:application", commands)
        except DeployFailed as failed:
            failures.append(failed.name)

    thread = threading.Thread(target=deploy)
    thread.start()
    await_that((tmp_path / "i-1" / "releases" / "0001" / "begun").exists)
    instance.stop()
    thread.join()
    assert failures == ["slow"]
    with pytest.raises(DeployFailed):
        instance.deploy(bundle(), {}, "app:application")
    assert not instance.is_running()


def test_a_request_that_does_not_end_holds_the_stop_up_for_seconds_only(
    instance: Instance,
) -> None:
    instance.deploy(bundle(), {}, "app:application")
    clock = Clock()
    with socket.create_connection((instance.address, instance.port), 5) as stuck:
        stuck.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        clock.sleep(0.1)
        began = clock.monotonic()
        instance.stop()
        assert clock.monotonic() - began < 4
    assert not answers(instance.address, instance.port)


PARENT = """
import sys
from pathlib import Path
from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.instance import Instance
from tests.sandbox.bundles import bundle
one = Instance("i-1", "127.0.0.1", int(sys.argv[1]), Path(sys.argv[2]), Clock())
one.deploy(bundle(), {}, "app:application")
print("ready", flush=True)
sys.stdin.read()
"""


def test_gunicorn_ends_when_the_sandbox_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(port), str(tmp_path)],
        cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        assert answers("127.0.0.1", port)
        parent.send_signal(signal.SIGKILL)
    await_that(lambda: not answers("127.0.0.1", port))


def test_the_end_of_the_pipe_terminates_the_process() -> None:
    arrived = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: arrived.set())
    reading, writing = os.pipe()
    try:
        os.write(writing, b"noise")
        os.close(writing)
        gunicorn_config.end_with_pipe(reading)
        assert arrived.wait(5)
    finally:
        os.close(reading)
        signal.signal(signal.SIGTERM, before)


def test_a_loaded_application_says_so_beside_the_pid_file(tmp_path: Path) -> None:
    pid_file = str(tmp_path / "web.pid")
    gunicorn_config.post_worker_init(SimpleNamespace(cfg=SimpleNamespace(pidfile=pid_file)))
    assert (tmp_path / "web.ready").exists()
    assert gunicorn_config.ready_file(pid_file) == tmp_path / "web.ready"
