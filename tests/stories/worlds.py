"""A kept sandbox as a user has it: started by manage.py, used from a shell that sourced its env."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

PROJECT = Path(__file__).parents[2]
NAMES = ("www.example.com", "example.com")


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its folder, the variables of its env file, its world file."""

    directory: Path
    variables: dict[str, str]
    world: dict[str, Any]

    def manage(self, *arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
        """Run ``manage.py`` in the sandbox's environment."""
        return manage(*arguments, variables=self.variables, timeout=timeout)

    def provision(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``provision_domain`` for the two names without questions."""
        return self.manage("provision_domain", *NAMES, "--no-input", *arguments)

    def provision_json(self, *arguments: str) -> dict[str, Any]:
        """Run ``provision_domain`` and return its JSON document."""
        done = self.provision("--format", "json", *arguments)
        document: dict[str, Any] = json.loads(done.stdout)
        assert document["exit_code"] == done.returncode, done.stderr
        return document

    def client(self, service: str) -> Any:
        """Return a plain boto3 client, as anybody would make one with the env file's keys."""
        region = "us-east-1" if service.startswith("route53") else self.variables["AWS_REGION"]
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
        )

    def shell(self, line: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a line in a shell that sourced the env file."""
        script = f"set -eu; . {self.directory}/env; {line}"
        return subprocess.run(
            ["bash", "-c", script],
            capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def curl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run curl as the env file configures it."""
        quoted = " ".join(f"'{argument}'" for argument in arguments)
        return self.shell(f"curl --silent --show-error --max-time 10 {quoted}")


def clean_environment(variables: dict[str, str] | None = None) -> dict[str, str]:
    """Return the test's environment without anything of AWS or of another sandbox."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AWS_", "EBDEPLOY_", "DJANGO_"))
    }
    return {**kept, "DJANGO_SETTINGS_MODULE": "mysite.settings", **(variables or {})}


def manage(
    *arguments: str, variables: dict[str, str] | None = None, timeout: float = 90
) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` as a user does, without a terminal."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT, env=clean_environment(variables), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


@contextmanager
def running_sandbox(directory: Path, *scenarios: str, scale: str = "60") -> Iterator[Sandbox]:
    """Start ``run_sandbox``, wait until it is ready, and end it with SIGTERM."""
    command = [
        sys.executable, "manage.py", "run_sandbox", "--directory", str(directory),
        "--time-scale", scale, *(word for name in scenarios for word in ("--scenario", name)),
    ]  # fmt: skip
    log = directory.with_suffix(".log")
    with log.open("w") as errors, subprocess.Popen(
        command, cwd=PROJECT, env=clean_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=errors, text=True,
    ) as process:  # fmt: skip
        try:
            lines = []
            for line in process.stdout or ():
                lines.append(line)
                if line.strip() == "ready":
                    break
            else:
                raise AssertionError(f"no sandbox: {''.join(lines)}{log.read_text()}")
            world = json.loads((directory / "world.json").read_text())
            yield Sandbox(directory, read_variables(directory / "env"), world)
        finally:
            process.terminate()
            assert process.wait(timeout=10) == 0, log.read_text()


def read_variables(path: Path) -> dict[str, str]:
    """Return what a shell exports after sourcing the file."""
    script = f"set -eu; . {path}; env -0"
    done = subprocess.run(
        ["bash", "-c", script], env={"PATH": os.environ["PATH"]}, capture_output=True, check=True
    )
    pairs = (item.split("=", 1) for item in done.stdout.decode().split("\0") if "=" in item)
    return {key: value for key, value in pairs if key.startswith(("AWS_", "EBDEPLOY_", "CURL_"))}
