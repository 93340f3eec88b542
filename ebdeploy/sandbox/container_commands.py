"""The container commands of a deploy: bash lines, run in the folder that is being deployed.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/customize-containers-ec2.html
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence

from ebdeploy.sandbox.gunicorn_process import kill_group
from ebdeploy.sandbox.release import Release

LONGEST = 300.0  # real seconds
ContainerCommand = tuple[str, str, bool]  # name, command, leader_only


class CommandFailed(Exception):
    """A command ended with an error, or not in time."""

    def __init__(self, name: str, output: str) -> None:
        super().__init__(name)
        self.name = name
        self.output = output


class CommandRunner:
    """Runs commands one after the other, each ``longest`` real seconds at most.

    ``kill`` ends the one that runs, from any thread.
    """

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = threading.Event()

    def run(
        self,
        commands: Sequence[ContainerCommand],
        release: Release,
        environment: Mapping[str, str],
        *,
        leader: bool,
    ) -> str:
        """Run those for this instance, leader's first, and return what they printed.

        CommandFailed with the output of the command for the first one that fails.
        """
        mine = [command for command in commands if leader or not command[2]]
        ordered = sorted(mine, key=lambda command: not command[2])
        return "".join(
            self._run_one(name, release.map_paths(text), release, environment)
            for name, text, _ in ordered
        )

    def kill(self) -> None:
        """End the running command and start no other."""
        self._killed.set()
        process = self._process
        if process is not None:
            kill_group(process)

    def _run_one(
        self, name: str, text: str, release: Release, environment: Mapping[str, str]
    ) -> str:
        if self._killed.is_set():
            raise CommandFailed(name, "the instance is being stopped")
        with subprocess.Popen(
            ["bash", "-c", text],
            cwd=release.folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            self._process = process
            if self._killed.is_set():
                kill_group(process)
            output = self._output(name, process)
        if process.returncode != 0:
            raise CommandFailed(name, output)
        return output

    def _output(self, name: str, process: subprocess.Popen[bytes]) -> str:
        try:
            return process.communicate(timeout=self._longest)[0].decode(errors="replace")
        except subprocess.TimeoutExpired as late:
            kill_group(process)
            raise CommandFailed(name, f"not done after {self._longest:g} seconds") from late
        finally:
            self._process = None
