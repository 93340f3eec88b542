"""What gunicorn reads when an instance starts it: run inside gunicorn, not inside the sandbox.

Standard input is a pipe that the sandbox holds open and never writes to. It closes when the
sandbox ends, however it ends, and gunicorn ends with it. (Linux's PR_SET_PDEATHSIG would not do:
it watches the thread that started the process, and updates of an environment run in threads.)
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

control_socket_disable = True  # gunicorn would put it into the user's home


def ready_file(pid_file: str) -> Path:
    """Return the file that says that the application is loaded; it lies beside the pid file."""
    return Path(pid_file).with_suffix(".ready")


def on_starting(server: Any) -> None:
    """Watch for the end of the sandbox, as long as gunicorn's master process runs."""
    threading.Thread(target=end_with_pipe, args=(0,), daemon=True).start()


def post_worker_init(worker: Any) -> None:
    """Say that the application was loaded and requests are answered."""
    ready_file(worker.cfg.pidfile).touch()


def end_with_pipe(descriptor: int) -> None:
    """Wait for the end of a pipe and terminate this process."""
    while os.read(descriptor, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
