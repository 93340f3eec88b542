"""The world a run acts in: the real one, or a sandbox that a world file describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class World:
    """Where names are resolved, how ports are reached, which CA is trusted, how fast time runs.

    ``dns_roots`` empty means the root servers of the Internet, ``dns_resolver`` None the
    system's resolver, ``ca_file`` None the system's trust store. ``ports`` maps a well-known
    port to the real one behind it. ``endpoint`` is the only AWS endpoint a sandbox run may use.
    """

    dns_roots: tuple[str, ...] = ()
    dns_resolver: str | None = None
    ca_file: str | None = None
    ports: Mapping[int, int] = field(default_factory=dict)
    time_scale: float = 1.0
    endpoint: str | None = None
    region: str | None = None
    application: str | None = None
    environment: str | None = None

    @property
    def is_sandbox(self) -> bool:
        """Whether this is an embedded AWS."""
        return self.endpoint is not None

    def port(self, virtual: int) -> int:
        """Return the real port behind a well-known one."""
        return self.ports.get(virtual, virtual)


REAL_WORLD = World()
