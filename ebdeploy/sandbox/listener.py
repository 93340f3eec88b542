"""One listener of a load balancer: a listening socket and a thread for every connection.

What it serves is swapped in place by one assignment, so that neither the socket nor a request in
flight notices a change.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from ebdeploy.sandbox.balancer_config import ListenerConfig

HANDSHAKE = 10.0  # real seconds


@dataclass(frozen=True, slots=True)
class Served:
    """What a listener serves now; ``tls`` None for HTTP, ``idle_timeout`` in real seconds."""

    listener: ListenerConfig
    idle_timeout: float
    tls: ssl.SSLContext | None


class ListenerServer(socketserver.ThreadingTCPServer):
    """The server of one address and port; ``handler`` makes a request handler for a connection."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        where: tuple[str, int],
        served: Served,
        handler: Callable[..., BaseHTTPRequestHandler],
    ) -> None:
        self.served = served
        self.ending = False
        self._idle: set[socket.socket] = set()
        self._busy: set[socket.socket] = set()
        self._workers: set[threading.Thread] = set()
        self._lock = threading.Lock()
        super().__init__(where, handler)
        self._accepting = threading.Thread(
            target=self.serve_forever, args=(0.05,), name="listener", daemon=True
        )
        self._accepting.start()

    def end(self) -> None:
        """Stop listening and close idle connections; requests in flight go on."""
        self.shutdown()
        self._accepting.join()
        self.server_close()
        with self._lock:
            self.ending = True
            _shut(self._idle)

    def join(self, seconds: float) -> bool:
        """Wait for the requests in flight, real seconds at most; then they are cut off."""
        self._wait(seconds)
        with self._lock:
            _shut(self._idle | self._busy)
        self._wait(1.0)
        return not self._workers

    def is_idle(self) -> bool:
        """Whether no connection is left."""
        return not self._workers

    @contextmanager
    def busy(self, connection: socket.socket) -> Iterator[None]:
        """Mark a request in flight, which the end of the listener does not interrupt."""
        with self._lock:
            self._idle.discard(connection)
            self._busy.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(connection)
                self._idle.add(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection its thread."""
        worker = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=True
        )
        with self._lock:
            self._workers.add(worker)
        worker.start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection until it closes."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._workers.discard(threading.current_thread())

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread, so that a slow client holds up nobody."""
        served = self.served
        connection = request
        if served.tls is not None:
            connection = served.tls.wrap_socket(
                request, server_side=True, do_handshake_on_connect=False
            )
        with self._lock:
            if self.ending:
                connection.close()
                return
            self._idle.add(connection)
        try:
            self._converse(connection, client_address, served)
        finally:
            with self._lock:
                self._idle.discard(connection)
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away or never spoke TLS."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def _converse(self, connection: socket.socket, client_address: Any, served: Served) -> None:
        if isinstance(connection, ssl.SSLSocket):
            connection.settimeout(HANDSHAKE)
            connection.do_handshake()
        connection.settimeout(served.idle_timeout)
        super().finish_request(connection, client_address)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.join(max(0.0, deadline - time.monotonic()))


def _shut(connections: set[socket.socket]) -> None:
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
