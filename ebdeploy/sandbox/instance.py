"""An instance of an environment: deploys bundles for real and serves them with gunicorn.

Comes in: bundles, environment properties, container commands. Goes out: processes on a loopback
address, files below ``root``. There is no nginx: the load balancer asks gunicorn itself, and
the platform's static files, hooks, ``Procfile`` and ``requirements.txt`` are not looked at.
"""

from __future__ import annotations

import contextlib
import threading
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.container_commands import CommandFailed, CommandRunner, ContainerCommand
from ebdeploy.sandbox.gunicorn_process import GunicornProcess, NotStarted
from ebdeploy.sandbox.release import Release, prepare_root, prune, unpack


class DeployFailed(Exception):
    """A deploy or restart failed at the step ``name``; ``output`` is what was printed there.

    The name is that of a container command, "bundle" or "gunicorn".
    """

    def __init__(self, name: str, output: str) -> None:
        super().__init__(f"{name}: {output}")
        self.name = name
        self.output = output


@dataclass(frozen=True, slots=True)
class Running:
    """What an instance serves."""

    release: Release
    environment: Mapping[str, str]
    wsgi_path: str


class Instance:
    """One instance; ``port`` is the real one. Its methods may be called from any thread."""

    def __init__(self, instance_id: str, address: str, port: int, root: Path, clock: Clock) -> None:
        self.id = instance_id
        self.address = address
        self.port = port
        self._root = root.resolve()
        self._clock = clock
        self._commands = CommandRunner()
        self._server = GunicornProcess(address, port, self._root)
        self._running: Running | None = None
        self._deploys = 0
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def deploy(
        self,
        bundle: bytes,
        environment: Mapping[str, str],
        wsgi_path: str,
        container_commands: Sequence[ContainerCommand] = (),
        *,
        leader: bool = True,
    ) -> float:
        """Unpack, run the commands, switch, and return the outage in real seconds.

        DeployFailed at the first step that fails; what ran before runs on, or again.
        """
        with self._lock:
            release = self._unpack(bundle)
            variables = release.environment(environment)
            try:
                self._commands.run(container_commands, release, variables, leader=leader)
            except CommandFailed as failed:
                raise DeployFailed(failed.name, failed.output) from failed
            before = self._running
            outage = self._switch(Running(release, environment, wsgi_path))
            kept = {release.folder} | ({before.release.folder} if before else set())
            prune(self._root, frozenset(kept))
            return outage

    def restart(self, environment: Mapping[str, str]) -> float:
        """Stop, start with new environment properties, return the outage in real seconds.

        DeployFailed when the application does not load with them; the old ones are used then.
        """
        with self._lock:
            if self._running is None:
                raise DeployFailed("gunicorn", "nothing is deployed")
            running = self._running
            return self._switch(Running(running.release, environment, running.wsgi_path))

    def stop(self) -> None:
        """End every process of the instance, in four seconds at most; for good."""
        self._ended.set()
        self._commands.kill()
        with self._lock:
            self._server.stop()

    def is_running(self) -> bool:
        """Whether its application server runs."""
        return self._server.is_running()

    def log_tail(self) -> str:
        """Return the end of the application server's log."""
        return self._server.log_tail()

    def _unpack(self, bundle: bytes) -> Release:
        prepare_root(self._root)
        self._deploys += 1
        try:
            return unpack(self._root, self._deploys, bundle)
        except zipfile.BadZipFile as broken:
            raise DeployFailed("bundle", str(broken)) from broken

    def _switch(self, wanted: Running) -> float:
        before, began = self._running, self._clock.monotonic()
        self._server.stop()
        try:
            self._start(wanted)
        except NotStarted as failed:
            if before is not None and not self._ended.is_set():
                with contextlib.suppress(NotStarted):
                    self._start(before)
            raise DeployFailed("gunicorn", str(failed)) from failed
        if before is None:
            return 0.0
        return (self._clock.monotonic() - began) / self._clock.scale

    def _start(self, wanted: Running) -> None:
        release = wanted.release
        release.make_current()
        variables = release.environment(wanted.environment)
        self._server.start(release.folder, variables, wanted.wsgi_path, self._ended)
        self._running = wanted
