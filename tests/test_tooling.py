"""The scripts behind ``make``: on machines that have everything, something, or nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.imports import ROOT

# A fake interpreter: answers the three questions of .ci/find-python.
NEW = 'case "$2" in *ensurepip*) {venv};; *"< (3, 11)"*) exit 0;; *) echo python3.12-venv;; esac'
COMPLETE = NEW.format(venv="exit 0")
WITHOUT_VENV = NEW.format(venv='[ -e "$0.venv" ]')
OLD = "exit 1"
BROKEN_SHIM = "echo 'command not found' >&2; exit 127"
ROOT_USER, SOME_USER = "echo 0", "echo 1000"
APT_WORKS = 'for tool in "$(dirname "$0")"/python3*; do touch "$tool.venv"; done'
APT_FAILS = "exit 100"
APT_NEEDS_UPDATE = 'case "$1" in update) touch "$0.lists";; *) [ -e "$0.lists" ] || exit 100;; esac'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return the only folder of PATH, with what every machine has."""
    for program in ("bash", "dirname", "touch"):
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    return tmp_path


def put(machine: Path, **programs: str) -> None:
    for name, script in programs.items():
        path = machine / name.replace("__", ".").replace("_", "-")
        path.write_text(f"#!{machine / 'bash'}\n{script}\n")
        path.chmod(0o755)


def run(machine: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / ".ci" / script), *arguments],
        env={"PATH": str(machine)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_newest_complete_python_is_taken(machine: Path):
    put(machine, python3__13=COMPLETE, python3__11=COMPLETE, id=SOME_USER)
    done = run(machine, "find-python")
    assert (done.returncode, done.stdout) == (0, f"{machine}/python3.13\n")


@pytest.mark.parametrize("useless", [OLD, BROKEN_SHIM, WITHOUT_VENV])
def test_a_useless_python_is_passed_over(machine: Path, useless: str):
    put(machine, python3__14=useless, python3=COMPLETE, id=SOME_USER)
    done = run(machine, "find-python")
    assert (done.returncode, done.stdout) == (0, f"{machine}/python3\n")


def test_without_a_python_it_says_what_was_looked_for(machine: Path):
    put(machine, python3=OLD, id=SOME_USER)
    done = run(machine, "find-python")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No Python 3.11 or newer was found" in done.stderr


def test_a_missing_venv_module_is_installed_by_root(machine: Path):
    put(machine, python3__12=WITHOUT_VENV, id=ROOT_USER, apt_get=APT_WORKS)
    done = run(machine, "find-python")
    assert (done.returncode, done.stdout) == (0, f"{machine}/python3.12\n")


@pytest.mark.parametrize("user", [ROOT_USER, SOME_USER])
def test_a_missing_venv_module_is_named_where_it_cannot_be_installed(machine: Path, user: str):
    put(machine, python3__12=WITHOUT_VENV, id=user, apt_get=APT_FAILS)
    done = run(machine, "find-python")
    assert (done.returncode, done.stdout) == (1, "")
    assert "install the system package python3.12-venv" in done.stderr


@pytest.mark.parametrize("apt", ["exit 0", APT_NEEDS_UPDATE])
def test_packages_are_installed_without_a_word(machine: Path, apt: str):
    put(machine, id=ROOT_USER, apt_get=apt)
    done = run(machine, "system-packages", "dnsutils", "curl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        pytest.param({"id": SOME_USER}, "needs root and apt-get): dnsutils curl", id="user"),
        pytest.param({"id": ROOT_USER}, "needs root and apt-get): dnsutils curl", id="no-apt"),
        pytest.param(
            {"id": ROOT_USER, "apt_get": APT_FAILS}, "apt-get could not): dnsutils curl", id="fails"
        ),
    ],
)
def test_packages_that_could_not_be_installed_are_named(
    machine: Path, programs: dict[str, str], words: str
):
    put(machine, **programs)
    done = run(machine, "system-packages", "dnsutils", "curl")
    assert (done.returncode, words in done.stdout) == (1, True), done.stdout


def test_make_without_a_target_shows_the_targets():
    make = shutil.which("make")
    if make is None:
        pytest.skip("the system package make is not installed")
    done = subprocess.run(
        [make, "--no-print-directory"],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    targets = [line.split()[1] for line in done.stdout.splitlines()]
    assert targets == ["help", "demo", "test", "lint", "clean"]
