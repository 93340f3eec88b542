"""Which requests prove what: straight to the load balancer, and as a visitor. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ebdeploy.facts.state import Environment, Observed
from ebdeploy.facts.wire import Request
from ebdeploy.provisioning.stages import listener_on


def probes_of(
    observed: Observed, balancer_addresses: Iterable[str], health_path: str
) -> tuple[Request, ...]:
    """Return the requests that this state of affairs calls for."""
    names = [name for name in observed.names if not name.startswith("*.")]
    addresses = sorted(balancer_addresses)
    requests: list[Request] = []
    if isinstance(observed.environment, Environment):
        cname = observed.environment.cname
        requests += [Request("balancer", "http", cname, health_path, a) for a in addresses]
    if listener_on(observed, 443) is not None:
        requests += [
            Request("balancer", "https", name, path, address)
            for address in addresses
            for name in names
            for path in ("/", health_path)
        ]
    for name in names:
        for address in _site_address(observed, name):
            requests += [
                Request("site", "http", name, "/", address),
                Request("site", "https", name, "/", address),
                Request("site", "https", name, health_path, address),
            ]
    return tuple(requests)


def _site_address(observed: Observed, name: str) -> list[str]:
    """Return the first address that the authoritative servers give for the name, if any."""
    found = {
        record.value
        for answer in observed.dns.answers(name, "A")
        for record in answer.records
        if record.type == "A"
    }
    return sorted(found)[:1]
