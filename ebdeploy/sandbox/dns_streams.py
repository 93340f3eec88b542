"""DNS over TCP: one thread a connection, messages with a length before them (RFC 7766)."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

PATIENCE = 5.0  # real seconds a connection may be idle

Answer = Callable[[str, bytes], bytes | None]


class DnsStreams:
    """The open connections; ``answer`` takes the server's address and a message."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    def converse(self, address: str, connection: socket.socket) -> None:
        """Serve an accepted connection until the client closes it or falls silent."""
        thread = threading.Thread(target=self._run, args=(address, connection), daemon=True)
        with self._lock:
            self._open[connection] = thread
        thread.start()

    def stop(self) -> None:
        """End every conversation."""
        with self._lock:
            threads = list(self._open.values())
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()

    def _run(self, address: str, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError, EOFError):
            while True:
                (length,) = struct.unpack("!H", _read(connection, 2))
                body = self._answer(address, _read(connection, length))
                if body is not None:
                    connection.sendall(struct.pack("!H", len(body)) + body)
        with self._lock:
            del self._open[connection]
            connection.close()


def _read(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        part = connection.recv(length - len(content))
        if not part:
            raise EOFError
        content += part
    return content
