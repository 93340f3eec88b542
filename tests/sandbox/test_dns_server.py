"""The DNS servers on loopback, asked over real sockets."""

from __future__ import annotations

import socket
import struct
import threading

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.dns_server import DnsServer, Query
from tests.sandbox.dns_states import (
    ask,
    example_state,
    name_servers,
    record,
    serving,
    state_of,
    zone,
)

pytestmark = pytest.mark.server


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
