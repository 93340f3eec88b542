"""Which loopback address plays which part, and how virtual ports become real ones.

Every sandbox takes a block 127.N.0.0/16 of its own, so that several run side by side. Clients
only know the ports 53, 80 and 443; ``Addresses.port`` is the one place that maps them.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

FIRST_BLOCK, LAST_BLOCK = 53, 250
WELL_KNOWN = (53, 80, 443)
HIGH_PORT_OFFSET = 20000


@dataclass(slots=True)
class Addresses:
    """The address plan of one sandbox."""

    block: int
    ports: dict[int, int]
    _name_servers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _balancers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _instances: Iterator[int] = field(default_factory=lambda: itertools.count(10))

    @property
    def registry(self) -> str:
        """Root and top-level domains."""
        return f"127.{self.block}.0.1"

    @property
    def resolver(self) -> str:
        """The recursive resolver for stubs."""
        return f"127.{self.block}.0.53"

    def name_server(self) -> str:
        """Return a fresh address for a Route 53 name server."""
        number = next(self._name_servers)
        return f"127.{self.block}.{53 + number // 250}.{1 + number % 250}"

    def balancer(self) -> str:
        """Return a fresh public address for a load balancer."""
        return f"127.{self.block}.40.{next(self._balancers)}"

    def instance(self) -> str:
        """Return a fresh private address for an instance."""
        return f"127.{self.block}.31.{next(self._instances)}"

    def port(self, virtual: int) -> int:
        """Return the real port behind a port that clients name."""
        return self.ports.get(virtual, virtual)


def _binds(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def claim_addresses() -> tuple[Addresses, socket.socket]:
    """Take the first free block; the socket returned holds it until it is closed.

    The real ports 53, 80 and 443 are used where this process may bind them, else high ones.
    """
    privileged = _binds("127.0.0.1", 53) or _binds("127.0.0.2", 53)
    ports = {p: p if privileged else p + HIGH_PORT_OFFSET for p in WELL_KNOWN}
    for block in range(FIRST_BLOCK, LAST_BLOCK):
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((f"127.{block}.255.254", HIGH_PORT_OFFSET))
        except OSError:
            claim.close()
            continue
        return Addresses(block=block, ports=ports), claim
    raise RuntimeError("every loopback block 127.53 to 127.249 is taken by another sandbox")
