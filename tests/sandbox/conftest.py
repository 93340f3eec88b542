"""What the data plane's tests stand on: a target, and a load balancer in front of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ebdeploy.sandbox.addresses import Addresses
from tests.sandbox.balancers import CERTIFICATES, Backend, Stage, group, http_listener, staged
from tests.sandbox.dns_states import claimed


@pytest.fixture
def addresses() -> Iterator[Addresses]:
    with claimed() as plan:
        yield plan


@pytest.fixture
def backend() -> Iterator[Backend]:
    server = Backend()
    yield server
    server.stop()


@pytest.fixture
def stage(backend: Backend) -> Iterator[Stage]:
    with staged(
        http_listener(),
        targets=group(backend.where),
        certificates=dict(CERTIFICATES),
        idle_timeout=2.0,
    ) as running:
        yield running
