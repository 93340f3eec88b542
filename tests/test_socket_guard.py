"""The guard lets loopback through, refuses the rest, and remembers what was swallowed."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import pytest

from tests.socket_guard import GUARD, ForeignAddress, SocketGuard, is_here

FOREIGN = "192.0.2.1"  # RFC 5737: never anyone's


def test_loopback_passes():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            pass
    assert GUARD.verdict() == ""


def connect() -> None:
    with socket.socket() as sock:
        sock.settimeout(1)
        sock.connect((FOREIGN, 9))


def send() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (FOREIGN, 9))


def send_message() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"x"], [], 0, (FOREIGN, 9))


def look_up() -> None:
    socket.getaddrinfo("www.example.com", 80)


def look_up_host() -> None:
    socket.gethostbyname("www.example.com")


@pytest.mark.parametrize("act", [connect, send, send_message, look_up, look_up_host])
def test_another_machine_is_refused_and_remembered(act: Callable[[], None]):
    with pytest.raises(ForeignAddress):
        act()
    assert "192.0.2.1" in (tried := GUARD.verdict()) or "www.example.com" in tried
    assert GUARD.verdict() == ""


def test_what_a_library_swallows_is_still_remembered():
    with contextlib.suppress(OSError):
        connect()
    assert FOREIGN in GUARD.verdict()


# An audit hook is not traced, so what it does is measured by calling it.
@pytest.mark.parametrize(
    ("event", "arguments", "tried"),
    [
        pytest.param("open", (FOREIGN,), "", id="no-socket"),
        pytest.param("socket.connect", (None, "/run/unix.sock"), "", id="unix-socket"),
        pytest.param("socket.sendmsg", (None, None), "", id="connected-before"),
        pytest.param("socket.connect", (None, ("127.0.0.1", 9)), "", id="loopback"),
        pytest.param("socket.connect", (None, (FOREIGN, 9)), FOREIGN, id="connect"),
        pytest.param("socket.getaddrinfo", ("a.example", 80), "a.example", id="look-up"),
    ],
)
def test_a_guard_remembers_what_fails_the_test(
    event: str, arguments: tuple[object, ...], tried: str
):
    guard = SocketGuard()
    with contextlib.suppress(ForeignAddress):
        guard.watch(event, arguments)
    if not tried:
        guard.judge()
        return
    with pytest.raises(pytest.fail.Exception, match=tried):
        guard.judge()
    guard.judge()


@pytest.mark.parametrize(
    ("host", "here"),
    [
        pytest.param(None, True, id="none"),
        pytest.param("", True, id="empty"),
        pytest.param("localhost", True, id="localhost"),
        pytest.param(b"localhost", True, id="bytes"),
        pytest.param("127.3.2.1", True, id="loopback-net"),
        pytest.param("::1%lo", True, id="ipv6-with-scope"),
        pytest.param("10.0.0.1", False, id="private"),
        pytest.param("example.com", False, id="name"),
        pytest.param("localhost.example.com", False, id="looks-local"),
    ],
)
def test_what_counts_as_this_machine(host: object, here: bool):
    assert is_here(host) is here
