from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.stories.worlds import Sandbox, running_sandbox


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Start a sandbox with scenarios; it ends with the test."""
    with ExitStack() as stack:

        def start_one(*scenarios: str, scale: str = "60") -> Sandbox:
            return stack.enter_context(
                running_sandbox(tmp_path / "sandbox", *scenarios, scale=scale)
            )

        yield start_one


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One provisioned sandbox for all tests that only look at it."""
    with running_sandbox(tmp_path_factory.mktemp("kept") / "sandbox") as sandbox:
        done = sandbox.provision()
        assert done.returncode == 0, done.stdout + done.stderr
        yield sandbox
