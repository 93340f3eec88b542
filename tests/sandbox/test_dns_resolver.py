"""The recursive resolver: walks, and remembers what it heard, negatives too."""

from __future__ import annotations

import socket

import dns.message
import pytest

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.state import State
from tests.sandbox.dns_states import (
    EB_HOST,
    alias,
    ask,
    domain,
    example_state,
    name_servers,
    record,
    resolved,
    serving,
    state_of,
    zone,
)

pytestmark = pytest.mark.server


def test_the_resolver_walks_to_the_alias(addresses: Addresses) -> None:
    records = (
        record("www.example.com", "CNAME", "example.com"),
        alias("example.com", EB_HOST),
        record("out.example.com", "CNAME", EB_HOST),
    )
    with serving(example_state(addresses, *records), addresses) as server:
        found = ["127.9.40.1", "127.9.40.2"]
        assert resolved(addresses, "www.example.com") == ("NOERROR", ["example.com.", *found])
        assert resolved(addresses, "out.example.com") == ("NOERROR", [f"{EB_HOST}.", *found])
        walked = [query for query in server.queries if query.server != addresses.resolver]
        assert not any(query.recursion_desired for query in walked)
        assert resolved(addresses, "www.example.com", "CNAME") == ("NOERROR", ["example.com."])
        assert resolved(addresses, "nothing.test") == ("NXDOMAIN", [])


def test_the_resolver_fails_where_the_delegation_is_lame(addresses: Addresses) -> None:
    old, new = name_servers(addresses, 1), name_servers(addresses, 3)
    state = state_of([zone(servers=new)], [domain(*(s.host for s in old))])
    state.hosts |= {s.host: (s.address,) for s in old}
    with serving(state, addresses):
        assert resolved(addresses, "example.com", "SOA") == ("SERVFAIL", [])


def test_the_resolver_finds_name_servers_without_glue(addresses: Addresses) -> None:
    (own, other) = name_servers(addresses)
    vanity = zone(
        record("ns.vanity.test", "A", own.address),
        name="vanity.test",
        servers=(other,),
        zone_id="Z2",
    )
    state = state_of(
        [zone(record("example.com", "A", "192.0.2.1"), servers=(own,)), vanity],
        [domain("ns.vanity.test"), domain(other.host, name="vanity.test")],
    )
    with serving(state, addresses):
        assert resolved(addresses, "example.com") == ("NOERROR", ["192.0.2.1"])


def test_name_servers_that_need_each_other_fail(addresses: Addresses) -> None:
    state = state_of([], [domain("ns.b.test", name="a.test"), domain("ns.a.test", name="b.test")])
    with serving(state, addresses):
        assert resolved(addresses, "www.a.test") == ("SERVFAIL", [])


def test_a_circle_over_two_zones_fails(addresses: Addresses) -> None:
    servers = name_servers(addresses)
    hosts = [server.host for server in servers]
    zones = [
        zone(record("a.a.test", "CNAME", "b.b.test"), name="a.test", servers=servers),
        zone(record("b.b.test", "CNAME", "a.a.test"), name="b.test", servers=servers, zone_id="Z2"),
    ]
    state = state_of(zones, [domain(*hosts, name="a.test"), domain(*hosts, name="b.test")])
    with serving(state, addresses):
        assert resolved(addresses, "a.a.test")[0] == "SERVFAIL"


def test_a_silent_server_is_passed_over(addresses: Addresses) -> None:
    state = example_state(addresses, record("example.com", "A", "192.0.2.1"))
    with serving(state, addresses) as server:
        server.mute(state.zones["Z1"].name_servers[0].address)
        assert resolved(addresses, "example.com") == ("NOERROR", ["192.0.2.1"])


def put(state: State, name: str, *values: str, ttl: int = 60) -> None:
    found = record(name, "A", *values, ttl=ttl)
    with state.lock:
        state.zones["Z1"].records[found.key] = found


def test_a_negative_answer_is_remembered_as_in_life(addresses: Addresses) -> None:
    state = example_state(addresses)
    scale = 3000.0  # the SOA's 900 seconds pass in 0.3
    clock = Clock(scale)
    with serving(state, addresses, scale):
        assert resolved(addresses, "www.example.com")[0] == "NXDOMAIN"
        put(state, "www.example.com", "192.0.2.1")
        assert resolved(addresses, "www.example.com")[0] == "NXDOMAIN"
        clock.sleep(950)
        assert resolved(addresses, "www.example.com") == ("NOERROR", ["192.0.2.1"])


def test_a_positive_answer_is_remembered_for_its_ttl_which_shrinks(addresses: Addresses) -> None:
    state = example_state(addresses)
    put(state, "www.example.com", "192.0.2.1", ttl=1000)
    clock = Clock(2000.0)
    with serving(state, addresses, clock.scale) as server:
        assert resolved(addresses, "www.example.com")[1] == ["192.0.2.1"]
        put(state, "www.example.com", "192.0.2.2", ttl=1000)
        asked = len(server.queries)
        clock.sleep(200)
        reply = ask(addresses, addresses.resolver, "www.example.com")
        assert [str(r) for r in reply.answer[0]] == ["192.0.2.1"]
        assert reply.answer[0].ttl <= 800
        assert len(server.queries) == asked + 1
        clock.sleep(900)
        assert resolved(addresses, "www.example.com")[1] == ["192.0.2.2"]


def test_stopping_interrupts_a_recursion(addresses: Addresses) -> None:
    state = example_state(addresses)
    clock = Clock()
    where = (addresses.resolver, addresses.port(53))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stub:
        with serving(state, addresses) as server:
            for each in state.zones["Z1"].name_servers:
                server.mute(each.address)
            stub.sendto(dns.message.make_query("www.example.com", "A").to_wire(), where)
            while not any(q.name == "www.example.com" for q in server.queries):
                clock.sleep(0.005)
            began = clock.monotonic()
        assert clock.monotonic() - began < 1.5
