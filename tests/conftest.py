"""What holds for every test: no word to another machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.socket_guard import GUARD

GUARD.install()


@pytest.fixture(autouse=True)
def _stays_on_this_machine() -> Iterator[None]:
    GUARD.verdict()
    yield
    tried = GUARD.verdict()
    if tried:
        pytest.fail(f"the test reached for another machine: {tried}", pytrace=False)
