"""A bundle unpacked on an instance: its paths and its environment."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ebdeploy.sandbox.release import PACKAGE, Release, prepare_root, prune, unpack
from tests.sandbox.bundles import bundle


@pytest.mark.parametrize(
    ("command", "mapped"),
    [
        pytest.param("echo /var/log", "echo /var/log", id="other-paths-stay"),
        pytest.param("cd /var/app/current && ls", "cd /r/new && ls", id="current"),
        pytest.param("cat /var/app/staging/a", "cat /r/new/a", id="staging"),
        pytest.param("ls /var/app/current2", "ls /var/app/current2", id="only-the-whole-word"),
        pytest.param(
            "source /var/app/venv/*/bin/activate && x", "source /r/venv/bin/activate && x",
            id="activate",
        ),
        pytest.param(
            "/var/app/venv/staging-LQM1lest/bin/python -V", "/r/venv/bin/python -V", id="by-name"
        ),
    ],
)  # fmt: skip
def test_paths_of_an_instance_are_mapped(command: str, mapped: str) -> None:
    assert Release(Path("/r"), Path("/r/new")).map_paths(command) == mapped


def test_a_path_with_a_blank_is_quoted() -> None:
    mapped = Release(Path("/a b"), Path("/a b/new")).map_paths("cd /var/app/current")
    assert mapped == "cd '/a b/new'"


def test_the_environment_holds_the_properties_and_nothing_of_ours(tmp_path: Path) -> None:
    os.environ["SECRET_OF_THE_SANDBOX"] = "x"
    try:
        found = Release(tmp_path, tmp_path / "new").environment({"A": "1", "PYTHONPATH": "/mine"})
    finally:
        del os.environ["SECRET_OF_THE_SANDBOX"]
    assert set(found) == {"PATH", "HOME", "LANG", "A", "PYTHONPATH"}
    assert (found["A"], found["HOME"]) == ("1", str(tmp_path / "home"))
    assert found["PYTHONPATH"] == f"{PACKAGE}{os.pathsep}/mine"


def test_a_bundle_that_carries_ebdeploy_uses_its_own(tmp_path: Path) -> None:
    (tmp_path / "new" / "ebdeploy").mkdir(parents=True)
    assert "PYTHONPATH" not in Release(tmp_path, tmp_path / "new").environment({})


def test_unpacking_keeps_what_is_executable_and_never_leaves_the_folder(tmp_path: Path) -> None:
    packed = bundle(files={"../../escaped": "x", "folder/file": "y"}, executable="#!/bin/sh\n")
    release = unpack(tmp_path, 7, packed)
    assert release.folder == tmp_path / "releases" / "0007"
    assert os.access(release.folder / "run.sh", os.X_OK)
    assert not os.access(release.folder / "app.py", os.X_OK)
    assert (release.folder / "folder" / "file").read_text() == "y"
    assert not list(tmp_path.glob("escaped"))


def test_what_is_no_zip_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(zipfile.BadZipFile):
        unpack(tmp_path, 1, b"no zip")
    assert list(tmp_path.iterdir()) == []


def test_the_stand_in_for_the_venv_is_this_interpreter(tmp_path: Path) -> None:
    prepare_root(tmp_path)
    prepare_root(tmp_path)  # again, as every deploy does
    command = f"source {tmp_path}/venv/bin/activate && python3 -c 'import sys; print(sys.prefix)'"
    done = subprocess.run(
        ["bash", "-c", command], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.strip() == sys.prefix


def test_current_moves_and_old_releases_are_deleted(tmp_path: Path) -> None:
    releases = [unpack(tmp_path, number, bundle(number)) for number in (1, 2, 3)]
    for release in releases:
        release.make_current()
        assert (tmp_path / "current").resolve() == release.folder
    prune(tmp_path, frozenset({releases[2].folder}))
    assert list((tmp_path / "releases").iterdir()) == [releases[2].folder]
