"""What holds for every test: no word to another machine, and nothing of the user's environment.

A shell that has sourced ``.sandbox/env``, or holds real AWS credentials, must not change a test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.socket_guard import GUARD

for _name in [name for name in os.environ if name.startswith(("AWS_", "EBDEPLOY_"))]:
    del os.environ[_name]
GUARD.install()


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    GUARD.verdict()
    yield
    GUARD.judge()
