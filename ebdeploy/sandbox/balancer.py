"""The data plane of all load balancers of a sandbox, changed without a pause.

Comes in: ``describe()``, the configuration as elbv2 has it at that moment. Goes out: listening
sockets, forwarded requests, health checks. ``refresh()`` touches only what is different.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from ssl import SSLContext
from typing import Any

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.balancer_config import BalancerConfig, ListenerConfig
from ebdeploy.sandbox.forwarding import Forwarder, Routes
from ebdeploy.sandbox.health import HealthMonitor, round_robin
from ebdeploy.sandbox.listener import ListenerServer, Served
from ebdeploy.sandbox.target_health import Target
from ebdeploy.sandbox.tls import CertificateMaterial, make_context

PATIENCE = 2.0  # real seconds that requests in flight have when the sandbox stops
Where = tuple[str, int]


class BalancerFleet:
    """All load balancers; ``certificates`` finds a certificate by its ARN.

    An HTTPS listener none of whose certificates is found is not listened on.
    """

    def __init__(
        self,
        addresses: Addresses,
        clock: Clock,
        certificates: Callable[[str], CertificateMaterial | None],
        describe: Callable[[], Sequence[BalancerConfig]],
    ) -> None:
        self._addresses = addresses
        self._certificates = certificates
        self._describe = describe
        self._servers: dict[Where, ListenerServer] = {}
        self._ending: list[ListenerServer] = []
        self._lock = threading.Lock()
        self._stopped = False
        self._health = HealthMonitor(addresses, clock)
        choose = round_robin(self._health.candidates)
        self._handler = partial(Forwarder, Routes(choose, self._record, addresses.port))

    def start(self) -> None:
        """Serve what is described now; OSError when a listener's address cannot be bound."""
        self.refresh()

    def stop(self) -> None:
        """Close every listener, cut off what does not end within two seconds, stop checking."""
        with self._lock:
            self._stopped = True
            servers, self._servers = list(self._servers.values()), {}
        for server in servers:
            server.end()
        for server in (*servers, *self._ending):
            server.join(PATIENCE)
        self._health.stop()

    def refresh(self) -> None:
        """Follow the description: open and close listeners, swap everything else in place."""
        with self._lock:
            if self._stopped:
                return
            balancers = self._describe()
            self._follow_targets(balancers)
            wanted = self._wanted(balancers)
            for where in set(self._servers) - set(wanted):
                server = self._servers.pop(where)
                server.end()
                self._ending.append(server)
            self._ending = [server for server in self._ending if not server.is_idle()]
            for where, served in wanted.items():
                self._serve(where, served)

    def target_health(self, target_group_arn: str) -> list[dict[str, Any]]:
        """Return TargetHealthDescriptions as DescribeTargetHealth has them; [] if unknown."""
        return self._health.describe(target_group_arn)

    def recent_codes(self, target_group_arn: str) -> dict[str, Counter[int]]:
        """Return the status codes of the last 60 clock seconds for each target id.

        Answers to health checks count as those to visitors do, as in an instance's own log.
        """
        return self._health.log.recent(target_group_arn)

    def _follow_targets(self, balancers: Sequence[BalancerConfig]) -> None:
        groups = {group.arn: group for b in balancers for group in b.target_groups}
        used = [arn for b in balancers for each in b.listeners for arn in each.target_groups()]
        self._health.update(groups, frozenset(used))

    def _wanted(self, balancers: Sequence[BalancerConfig]) -> dict[Where, Served]:
        wanted = {}
        for balancer in balancers:
            for listener in balancer.listeners:
                tls = self._context(listener)
                if listener.port not in balancer.open_ports:
                    continue
                if tls is not None or listener.protocol != "HTTPS":
                    where = (balancer.address, self._addresses.port(listener.port))
                    wanted[where] = Served(listener, balancer.idle_timeout, tls)
        return wanted

    def _context(self, listener: ListenerConfig) -> SSLContext | None:
        if listener.protocol != "HTTPS":
            return None
        found = tuple(m for m in map(self._certificates, listener.certificate_arns) if m)
        return make_context(found, listener.ssl_policy) if found else None

    def _serve(self, where: Where, served: Served) -> None:
        if where in self._servers:
            self._servers[where].served = served
        else:
            self._servers[where] = ListenerServer(where, served, self._handler)

    def _record(self, target: Target, status: int) -> None:
        self._health.log.record(target.group_arn, target.id, status)
