"""The DNS servers of a sandbox on loopback: registry, Route 53 name servers, resolver.

Comes in: queries over UDP and TCP. Goes out: what ``dns_answers`` makes of the state at that
moment; there are no zone files. A name server's sockets open when it appears in the state.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections import deque
from typing import NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.dns_answers import answer, to_datagram, to_stream
from ebdeploy.sandbox.dns_resolver import RecursiveResolver
from ebdeploy.sandbox.dns_streams import DnsStreams
from ebdeploy.sandbox.state import State

LOGGED = 100_000
GLANCE = 0.5  # real seconds between looks for new name servers that nobody announced


class Query(NamedTuple):
    """One question as it arrived; ``transport`` is udp or tcp."""

    server: str
    name: str
    type: str
    recursion_desired: bool
    transport: str


class Endpoint(NamedTuple):
    """The two sockets of one server address."""

    address: str
    udp: socket.socket
    tcp: socket.socket

    def close(self) -> None:
        """Close both."""
        self.udp.close()
        self.tcp.close()


class DnsServer:
    """All servers behind one selector; recursion and TCP run in threads of their own.

    ``queries`` is the log of the last 100,000 questions.
    """

    def __init__(self, state: State, addresses: Addresses, clock: Clock) -> None:
        self.queries: deque[Query] = deque(maxlen=LOGGED)
        self._state = state
        self._addresses = addresses
        self._port = addresses.port(53)
        self._resolver = RecursiveResolver(addresses.registry, self._port, clock)
        self._muted: frozenset[str] = frozenset()
        self._endpoints: dict[str, Endpoint] = {}
        self._gone: list[Endpoint] = []
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._waker, self._wakened = socket.socketpair()
        self._stopping = threading.Event()
        self._streams = DnsStreams(self._answer_stream)
        self._recursions: set[threading.Thread] = set()
        self._thread = threading.Thread(target=self._serve, name="dns", daemon=True)

    def start(self) -> None:
        """Open the sockets and serve; OSError when an address cannot be bound."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close every socket."""
        self._stopping.set()
        self._resolver.stop()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()
        self._streams.stop()
        for recursion in list(self._recursions):
            recursion.join()
        self._selector.close()
        for endpoint in (*self._endpoints.values(), *self._gone):
            endpoint.close()
        self._waker.close()
        self._wakened.close()

    def refresh(self) -> None:
        """Bind the name servers that appeared in the state, let go those that vanished from it.

        A server whose zone was deleted stays, and answers REFUSED, as in life.
        """
        wanted = self._wanted()
        with self._lock:
            for address in sorted(wanted - set(self._endpoints)):
                self._endpoints[address] = _bind(address, self._port)
            gone = set(self._endpoints) - wanted
            self._gone += [self._endpoints.pop(address) for address in gone]
        self._wake()

    def mute(self, address: str) -> None:
        """Let a server accept questions and answer none."""
        self._muted |= {address}

    def unmute(self, address: str) -> None:
        """Let it answer again."""
        self._muted -= {address}

    def _wanted(self) -> set[str]:
        with self._state.lock:
            hosts = [a for name, a in self._state.hosts.items() if ".awsdns-" in name]
            servers = [s.address for z in self._state.zones.values() for s in z.name_servers]
        fixed = {self._addresses.registry, self._addresses.resolver}
        return fixed | set(servers) | {address for found in hosts for address in found}

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def _serve(self) -> None:
        self._selector.register(self._wakened, selectors.EVENT_READ)
        registered: dict[str, Endpoint] = {}
        while not self._stopping.is_set():
            self._register(registered)
            ready = self._selector.select(GLANCE)
            for key, _ in ready:
                if key.data is None:
                    self._wakened.recv(4096)
                elif key.fileobj is key.data.udp:
                    self._on_datagram(key.data)
                else:
                    self._on_connection(key.data)
            if not ready:
                with contextlib.suppress(OSError):
                    self.refresh()

    def _register(self, registered: dict[str, Endpoint]) -> None:
        with self._lock:
            fresh = {a: e for a, e in self._endpoints.items() if registered.get(a) is not e}
            gone, self._gone = self._gone, []
        for endpoint in gone:
            if registered.get(endpoint.address) is endpoint:
                del registered[endpoint.address]
                self._selector.unregister(endpoint.udp)
                self._selector.unregister(endpoint.tcp)
            endpoint.close()
        for address, endpoint in fresh.items():
            self._selector.register(endpoint.udp, selectors.EVENT_READ, endpoint)
            self._selector.register(endpoint.tcp, selectors.EVENT_READ, endpoint)
            registered[address] = endpoint

    def _on_datagram(self, endpoint: Endpoint) -> None:
        with contextlib.suppress(OSError):
            wire, client = endpoint.udp.recvfrom(4096)
            query = self._receive(endpoint.address, wire, "udp")
            if query is None:
                return
            if endpoint.address != self._addresses.resolver:
                self._send(endpoint, query, client)
                return
            recursion = threading.Thread(
                target=self._send, args=(endpoint, query, client), daemon=True
            )
            self._recursions = {r for r in self._recursions if r.is_alive()} | {recursion}
            recursion.start()

    def _send(
        self, endpoint: Endpoint, query: dns.message.Message, client: tuple[str, int]
    ) -> None:
        reply = self._answer(endpoint.address, query)
        with contextlib.suppress(OSError):
            endpoint.udp.sendto(to_datagram(query, reply), client)

    def _on_connection(self, endpoint: Endpoint) -> None:
        with contextlib.suppress(OSError):
            connection, _ = endpoint.tcp.accept()
            self._streams.converse(endpoint.address, connection)

    def _answer_stream(self, address: str, wire: bytes) -> bytes | None:
        query = self._receive(address, wire, "tcp")
        return None if query is None else to_stream(self._answer(address, query))

    def _receive(self, address: str, wire: bytes, transport: str) -> dns.message.Message | None:
        """Log a question and return it; None for what is no question, or not to be answered."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if not query.question or query.flags & dns.flags.QR:
            return None
        question = query.question[0]
        name = question.name.to_text().lower().rstrip(".")
        rdtype = dns.rdatatype.to_text(question.rdtype)
        recursion = bool(query.flags & dns.flags.RD)
        self.queries.append(Query(address, name, rdtype, recursion, transport))
        return None if address in self._muted else query

    def _answer(self, address: str, query: dns.message.Message) -> dns.message.Message:
        if address == self._addresses.resolver:
            return self._resolver.answer(query)
        return answer(self._state, self._addresses.registry, address, query)


def _bind(address: str, port: int) -> Endpoint:
    endpoint = Endpoint(
        address,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    )
    try:
        endpoint.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        endpoint.udp.bind((address, port))
        endpoint.tcp.bind((address, port))
        endpoint.tcp.listen(64)
    except OSError:
        endpoint.close()
        raise
    endpoint.udp.setblocking(False)
    endpoint.tcp.setblocking(False)
    return endpoint
