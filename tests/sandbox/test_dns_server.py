"""The DNS servers on loopback, asked over real sockets."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.dns_server import DnsServer, Query
from ebdeploy.sandbox.state import State
from tests.sandbox.dns_states import (
    EB_HOST,
    alias,
    claimed,
    domain,
    example_state,
    name_servers,
    record,
    serving,
    state_of,
    zone,
)

pytestmark = pytest.mark.server


@pytest.fixture
def addresses() -> Iterator[Addresses]:
    with claimed() as plan:
        yield plan


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


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_every_transport_answers_and_is_logged(addresses: Addresses, tcp: bool) -> None:
    state = example_state(addresses, record("example.com", "A", "192.0.2.1"))
    (address, _) = [server.address for server in state.zones["Z1"].name_servers]
    with serving(state, addresses) as server:
        reply = ask(addresses, address, "Example.com", tcp=tcp)
        assert [str(r) for r in reply.answer[0]] == ["192.0.2.1"]
        transport = "tcp" if tcp else "udp"
        assert list(server.queries) == [Query(address, "example.com", "A", True, transport)]


def test_a_long_answer_is_cut_over_udp_and_whole_over_tcp(addresses: Addresses) -> None:
    texts = (f'"{n}{"x" * 200}"' for n in range(8))
    state = example_state(addresses, record("example.com", "TXT", *texts))
    address = state.zones["Z1"].name_servers[0].address
    with serving(state, addresses):
        assert ask(addresses, address, "example.com", "TXT").flags & dns.flags.TC
        assert len(ask(addresses, address, "example.com", "TXT", tcp=True).answer[0]) == 8
        stub = ask(addresses, addresses.resolver, "example.com", "TXT", tcp=True)
        assert len(stub.answer[0]) == 8


def test_one_tcp_connection_carries_several_questions(addresses: Addresses) -> None:
    state = example_state(addresses)
    with (
        serving(state, addresses) as server,
        socket.create_connection((addresses.registry, addresses.port(53)), 2) as stream,
    ):
        for name in ("com", "org"):
            query = dns.message.make_query(name, "NS")
            dns.query.send_tcp(stream, query)
            assert dns.query.receive_tcp(stream)[0].answer
        assert [query.name for query in server.queries] == ["com", "org"]


def test_a_new_zones_servers_answer_after_refresh_and_a_gone_host_is_let_go(
    addresses: Addresses,
) -> None:
    state = state_of([], [])
    fresh = name_servers(addresses, 7)
    with serving(state, addresses) as server:
        server.refresh()  # nothing new
        with state.lock:
            state.zones["Z2"] = zone(servers=fresh)
        server.refresh()
        assert ask(addresses, fresh[1].address, "example.com", "SOA").answer
        with state.lock:
            del state.zones["Z2"]
        server.refresh()
        until_free(fresh[1].address, addresses.port(53))


def until_free(address: str, port: int) -> None:
    """Wait until nobody is bound there; the server closes in its own thread."""
    for _ in range(200):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                threading.Event().wait(0.01)
                continue
            return
    pytest.fail(f"{address} is still bound")


def test_a_server_that_nobody_announced_is_found(addresses: Addresses) -> None:
    state = state_of([], [])
    (late, _) = name_servers(addresses, 9)
    with serving(state, addresses):
        state.hosts[late.host] = (late.address,)
        clock = Clock()
        deadline = clock.monotonic() + 5
        while True:
            try:
                reply = ask(addresses, late.address, "example.com", timeout=0.2)
                break
            except (dns.exception.Timeout, OSError):
                assert clock.monotonic() < deadline
        assert reply.rcode() == dns.rcode.REFUSED


def test_a_muted_server_takes_questions_and_answers_none(addresses: Addresses) -> None:
    with serving(example_state(addresses), addresses) as server:
        server.mute(addresses.registry)
        for tcp in (False, True):
            with pytest.raises(dns.exception.Timeout):
                ask(addresses, addresses.registry, "com", tcp=tcp, timeout=0.1)
        assert len(server.queries) == 2
        server.unmute(addresses.registry)
        assert ask(addresses, addresses.registry, "com", "NS").answer


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"no DNS at all", id="no-dns"),
        pytest.param(dns.message.Message().to_wire(), id="no-question"),
        pytest.param(
            dns.message.make_response(dns.message.make_query("com", "A")).to_wire(), id="answer"
        ),
    ],
)
def test_noise_is_ignored(addresses: Addresses, noise: bytes) -> None:
    where = (addresses.registry, addresses.port(53))
    with serving(example_state(addresses), addresses) as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.sendto(noise, where)
        with socket.create_connection(where, 2) as stream:
            stream.sendall(struct.pack("!H", len(noise)) + noise)
        with socket.create_connection(where, 2) as stream:
            stream.sendall(b"\x00")
        assert ask(addresses, addresses.registry, "com", "NS").answer
        assert [query.name for query in server.queries] == ["com"]


def test_stopping_ends_idle_connections_at_once(addresses: Addresses) -> None:
    clock = Clock()
    with socket.socket() as idle:
        with serving(example_state(addresses), addresses):
            idle.connect((addresses.registry, addresses.port(53)))
            ask(addresses, addresses.registry, "com", tcp=True)
            began = clock.monotonic()
        assert clock.monotonic() - began < 1.5


def test_an_address_in_use_is_an_error_and_nothing_stays_open(addresses: Addresses) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((addresses.resolver, addresses.port(53)))
        server = DnsServer(example_state(addresses), addresses, Clock())
        with pytest.raises(OSError, match="in use"):
            server.start()
        server.stop()
    until_free(addresses.registry, addresses.port(53))


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
