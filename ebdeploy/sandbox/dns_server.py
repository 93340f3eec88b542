"""The DNS servers of a sandbox on loopback: registry, Route 53 name servers, resolver.

UDP and TCP; sockets are opened when a hosted zone appears and closed when it is gone.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.dns_answers import answer
from ebdeploy.sandbox.dns_resolver import RecursiveResolver
from ebdeploy.sandbox.state import State

UDP_SIZE = 1232
LOGGED = 100_000
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Query:
    """One question as it arrived."""

    server: str
    name: str
    type: str
    recursion_desired: bool
    transport: str


@dataclass(slots=True)
class Endpoint:
    """The two sockets of one server address."""

    udp: socket.socket
    tcp: socket.socket

    def close(self) -> None:
        """Close both."""
        self.udp.close()
        self.tcp.close()


@dataclass(slots=True)
class DnsServer:
    """All servers behind one selector; recursion runs in threads, since it asks the others."""

    state: State
    addresses: Addresses
    clock: Clock
    queries: deque[Query] = field(default_factory=lambda: deque(maxlen=LOGGED))
    muted: set[str] = field(default_factory=set)
    _endpoints: dict[str, Endpoint] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _workers: list[threading.Thread] = field(default_factory=list)
    _thread: threading.Thread | None = None
    _resolver: RecursiveResolver | None = None

    def start(self) -> None:
        """Open the sockets and serve."""
        self._resolver = RecursiveResolver(self.addresses, self.clock)
        self.refresh()
        self._thread = threading.Thread(target=self._serve, name="dns", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close every socket."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        for worker in self._workers:
            worker.join()
        with self._lock:
            for endpoint in self._endpoints.values():
                endpoint.close()
            self._selector.close()

    def refresh(self) -> None:
        """Open sockets for name servers that appeared, close those of zones that are gone.

        A server stays while any domain is delegated to it: it answers REFUSED then.
        """
        with self.state.lock:
            wanted = {self.addresses.registry, self.addresses.resolver}
            wanted |= {a for found in self.state.hosts.items() for a in _server_address(*found)}
        with self._lock:
            for address in wanted - set(self._endpoints):
                self._open(address)

    def _open(self, address: str) -> None:
        where = (address, self.addresses.port(53))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind(where)
        tcp.bind(where)
        tcp.listen(16)
        for each in (udp, tcp):
            each.setblocking(False)
        self._endpoints[address] = Endpoint(udp, tcp)
        self._selector.register(udp, selectors.EVENT_READ, (address, self._on_datagram))
        self._selector.register(tcp, selectors.EVENT_READ, (address, self._on_connection))

    def _serve(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                ready = self._selector.select(timeout=0)
            if not ready:
                self._stop.wait(0.002)
            for key, _ in ready:
                address, handle = key.data
                handle(address, key.fileobj)

    def _on_datagram(self, address: str, udp: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            wire, client = udp.recvfrom(4096)
            if address == self.addresses.resolver:
                self._spawn(self._send_datagram, address, udp, wire, client)
            else:
                self._send_datagram(address, udp, wire, client)

    def _send_datagram(
        self, address: str, udp: socket.socket, wire: bytes, client: tuple[str, int]
    ) -> None:
        reply = self._reply(address, wire, "udp")
        if reply is None:
            return
        body = reply.to_wire()
        if len(body) > UDP_SIZE:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            body = reply.to_wire()
        with contextlib.suppress(OSError):
            udp.sendto(body, client)

    def _on_connection(self, address: str, tcp: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = tcp.accept()
            self._spawn(self._converse, address, connection)

    def _converse(self, address: str, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE)
            while not self._stop.is_set():
                header = connection.recv(2)
                if len(header) < 2:
                    return
                (length,) = struct.unpack("!H", header)
                wire = b""
                while len(wire) < length:
                    wire += connection.recv(length - len(wire))
                reply = self._reply(address, wire, "tcp")
                if reply is not None:
                    body = reply.to_wire()
                    connection.sendall(struct.pack("!H", len(body)) + body)

    def _spawn(self, target: object, *arguments: object) -> None:
        worker = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]  # one of our methods
        self._workers = [w for w in self._workers if w.is_alive()]
        self._workers.append(worker)
        worker.start()

    def _reply(self, address: str, wire: bytes, transport: str) -> dns.message.Message | None:
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if not query.question or address in self.muted:
            return None
        question = query.question[0]
        self.queries.append(
            Query(
                address,
                question.name.to_text().lower().rstrip("."),
                dns.rdatatype.to_text(question.rdtype),
                bool(query.flags & dns.flags.RD),
                transport,
            )
        )
        if address == self.addresses.resolver and self._resolver:
            return self._resolver.answer(query)
        return answer(self.state, self.addresses, address, query)


def _server_address(name: str, targets: tuple[str, ...]) -> tuple[str, ...]:
    return targets if ".awsdns-" in name else ()
