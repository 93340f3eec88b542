"""The application server of an instance: one gunicorn in a process group of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox import gunicorn_config
from ebdeploy.sandbox.gunicorn_config import ready_file

START = 30.0  # real seconds an application may take to load
GRACE = 3.0  # real seconds between SIGTERM and SIGKILL
GLANCE = 0.02
TAIL = 4000  # bytes


class NotStarted(Exception):
    """The application did not load; the log says why."""


class GunicornProcess:
    """Starts and stops gunicorn; ``address`` and ``port`` are where it answers."""

    def __init__(self, address: str, port: int, root: Path) -> None:
        self._where = f"{address}:{port}"
        self._root = root
        self._pid_file = root / "web.pid"
        self._log = root / "web.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, folder: Path, environment: Mapping[str, str], wsgi_path: str, ended: threading.Event
    ) -> None:
        """Start from the folder and wait until the application is loaded and answers.

        NotStarted when it ends, takes more than 30 seconds, or ``ended`` is set meanwhile.
        """
        ready = ready_file(str(self._pid_file))
        ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(wsgi_path),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        clock = Clock()
        deadline = clock.monotonic() + START
        while not ready.exists():
            gone = self._process.poll() is not None
            if gone or ended.wait(GLANCE) or clock.monotonic() > deadline:
                self.stop()
                raise NotStarted(self.log_tail())

    def stop(self) -> None:
        """End gunicorn and whatever it started; its requests in flight have three seconds."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        kill_group(process)
        if process.stdin is not None:
            process.stdin.close()

    def is_running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def log_tail(self) -> str:
        """Return the last 4000 bytes of the log, "" without one."""
        if not self._log.exists():
            return ""
        return self._log.read_bytes()[-TAIL:].decode(errors="replace")

    def _command(self, wsgi_path: str) -> list[str]:
        options = {
            "--config": gunicorn_config.__file__,
            "--bind": self._where,
            "--workers": "1",
            "--worker-class": "gthread",
            "--threads": "15",
            "--pid": str(self._pid_file),
            "--worker-tmp-dir": str(self._root),
            "--graceful-timeout": "2",
            "--log-level": "warning",
        }
        flat = [part for option in options.items() for part in option]
        return [sys.executable, "-m", "gunicorn", *flat, wsgi_path]


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its group, which it leads, and collect it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
