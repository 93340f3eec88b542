"""Which world a command acts in: the real AWS, a running sandbox, or one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ebdeploy.facts.errors import EbdeployError, MissingExtra, SandboxGone
from ebdeploy.facts.world import REAL_WORLD, World

VARIABLE = "EBDEPLOY_SANDBOX"


@contextmanager
def open_world(sandbox: bool, environ: Mapping[str, str], folder: Path) -> Iterator[World]:
    """Yield the world: the one EBDEPLOY_SANDBOX names, an own sandbox, or the real AWS.

    Raises ``SandboxGone`` when the named sandbox is dead.
    """
    named = environ.get(VARIABLE)
    if named:
        yield read_world(Path(named))
    elif sandbox:
        with own_sandbox(folder) as world:
            yield world
    else:
        yield REAL_WORLD


def read_world(path: Path) -> World:
    """Return the world that a world file describes."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SandboxGone(str(path)) from error
    if not is_alive(int(document["pid"])):
        raise SandboxGone(str(path))
    return World(
        dns_roots=tuple(document["dns_roots"]),
        dns_resolver=document["dns_resolver"],
        ca_file=document["ca_file"],
        ports={int(virtual): int(real) for virtual, real in document["ports"].items()},
        time_scale=float(document["time_scale"]),
        endpoint=document["endpoint"],
        region=document["region"],
        application=document["application"],
        environment=document["environment"],
    )


@contextmanager
def own_sandbox(folder: Path) -> Iterator[World]:
    """Start ``run_sandbox`` as a child, yield its world, and stop it."""
    with tempfile.TemporaryDirectory(prefix="ebdeploy-") as directory:
        place = Path(directory) / "sandbox"
        command = [
            sys.executable, "-m", "django", "run_sandbox",
            "--directory", str(place), "--parent", str(os.getpid()),
        ]  # fmt: skip
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        with subprocess.Popen(
            command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True
        ) as child:
            try:
                _await_ready(child)
                yield read_world(place / "world.json")
            finally:
                child.terminate()
                child.wait(timeout=10)


def unsourced_sandbox(folder: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the env file of a live sandbox beside a shell that has not sourced it."""
    path = folder / ".sandbox" / "world.json"
    if environ.get(VARIABLE) or not path.exists():
        return None
    try:
        read_world(path)
    except SandboxGone:
        return None
    return path.with_name("env")


def is_alive(pid: int) -> bool:
    """Whether a process with that number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _await_ready(child: subprocess.Popen[str]) -> None:
    lines = []
    for line in child.stdout or ():
        lines.append(line)
        if line.strip() == "ready":
            return
    if "No module named" in "".join(lines):
        raise MissingExtra("the sandbox", "sandbox")
    raise EbdeployError(
        "The sandbox did not start.",
        "Run `python manage.py run_sandbox` to see why.\n" + "".join(lines[-5:]),
    )
