"""What was seen over the wire at the end, line by line. Values in, strings out."""

from __future__ import annotations

from collections.abc import Iterator

from ebdeploy.facts.state import Environment, Observed
from ebdeploy.facts.wire import Exchange


def verified_lines(observed: Observed) -> Iterator[str]:
    """Yield what DNS, TLS, http, the site and its targets answered."""
    visits = [exchange for exchange in observed.wire if exchange.aim == "site"]
    for name in observed.names:
        mine = [exchange for exchange in visits if exchange.name == name]
        if mine:
            yield from _name_lines(observed, name, mine)
    yield _health_line(observed)


def _name_lines(observed: Observed, name: str, visits: list[Exchange]) -> Iterator[str]:
    servers = len(observed.dns.answers(name, "A"))
    yield f"{name}"
    yield f"    DNS    {visits[0].address} on all {servers} name servers"
    for exchange in visits:
        if exchange.certificate:
            until = exchange.certificate.not_after.date().isoformat()
            names = ", ".join(exchange.certificate.names)
            yield f"    TLS    certificate for {names}, valid until {until}"
            break
    for exchange in visits:
        target = f" to {exchange.location}" if exchange.location else ""
        yield f"    {exchange.scheme:6} {exchange.path} answers {exchange.status}{target}"


def _health_line(observed: Observed) -> str:
    targets = observed.targets if isinstance(observed.targets, tuple) else ()
    healthy = [target for target in targets if target.state == "healthy"]
    environment = observed.environment
    words = ""
    if isinstance(environment, Environment):
        words = f", environment health {environment.health_status or environment.health}"
    return f"targets: {len(healthy)} of {len(targets)} healthy{words}"
