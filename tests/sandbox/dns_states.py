"""States with zones and registered domains, as the DNS tests need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dns.message
import dns.query
import dns.rcode

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import (
    HIGH_PORT_OFFSET,
    WELL_KNOWN,
    Addresses,
    claim_addresses,
)
from ebdeploy.sandbox.dns_server import DnsServer
from ebdeploy.sandbox.state import Alias, HostedZone, NameServer, RecordSet, RegisteredDomain, State

EB_HOST = "mysite.ap-northeast-1.elasticbeanstalk.com"
LB_HOST = "awseb-1.ap-northeast-1.elb.amazonaws.com"
SOA = "ns-1.awsdns-01.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"


def record(name: str, rdtype: str, *values: str, ttl: int = 300) -> RecordSet:
    return RecordSet(name, rdtype, ttl, values)


def alias(
    name: str, target: str, *, zone_id: str = "Z1R25G3KIG2GBW", rdtype: str = "A"
) -> RecordSet:
    return RecordSet(name, rdtype, alias=Alias(zone_id, target))


def zone(
    *records: RecordSet,
    name: str = "example.com",
    servers: tuple[NameServer, ...],
    zone_id: str = "Z1",
    private: bool = False,
) -> HostedZone:
    every = (
        record(name, "NS", *(f"{s.host}." for s in servers), ttl=172800),
        record(name, "SOA", SOA, ttl=900),
        *records,
    )
    return HostedZone(
        zone_id, name, "r", servers, private=private, records={each.key: each for each in every}
    )


def name_servers(addresses: Addresses, first: int = 1, count: int = 2) -> tuple[NameServer, ...]:
    return tuple(
        NameServer(f"ns-{number}.awsdns-{number:02d}.com", addresses.name_server())
        for number in range(first, first + count)
    )


def domain(*servers: str, name: str = "example.com") -> RegisteredDomain:
    return RegisteredDomain(name, servers, datetime.now(UTC) + timedelta(days=365))


def state_of(zones: list[HostedZone], domains: list[RegisteredDomain]) -> State:
    """Return a state that knows the zones' servers and the tutorial's load balancer."""
    state = State("111122223333", "ap-northeast-1")
    state.zones = {each.id: each for each in zones}
    state.domains = {each.name: each for each in domains}
    state.hosts = {s.host: (s.address,) for each in zones for s in each.name_servers}
    state.hosts |= {EB_HOST: (LB_HOST,), LB_HOST: ("127.9.40.1", "127.9.40.2")}
    return state


def example_state(addresses: Addresses, *records: RecordSet) -> State:
    """Return a state in which example.com is registered and its zone holds the records."""
    servers = name_servers(addresses)
    hosts = [server.host for server in servers]
    return state_of([zone(*records, servers=servers)], [domain(*hosts)])


@contextmanager
def claimed(*, unprivileged: bool = False) -> Iterator[Addresses]:
    """Take a block of loopback addresses for the time of a test."""
    addresses, claim = claim_addresses()
    if unprivileged:
        addresses.ports = {port: port + HIGH_PORT_OFFSET for port in WELL_KNOWN}
    with claim:
        yield addresses


@contextmanager
def serving(state: State, addresses: Addresses, scale: float = 1.0) -> Iterator[DnsServer]:
    """Serve a state for the time of a test."""
    server = DnsServer(state, addresses, Clock(scale))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def ask(
    addresses: Addresses,
    server: str,
    name: str,
    rdtype: str = "A",
    *,
    tcp: bool = False,
    timeout: float = 2.0,
) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype, use_edns=0, payload=4096)
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, server, timeout, port=addresses.port(53))


def resolved(addresses: Addresses, name: str, rdtype: str = "A") -> tuple[str, list[str]]:
    reply = ask(addresses, addresses.resolver, name, rdtype)
    values = [text for rrset in reply.answer for text in sorted(str(r) for r in rrset)]
    return dns.rcode.to_text(reply.rcode()), values
