"""Keeps the tests on this machine: a foreign address is refused and remembered.

Works through an audit hook (PEP 578), so it holds for every library and every thread. A library
may swallow the refusal; the memory fails the test all the same. Processes that a test starts are
outside of it.
"""

from __future__ import annotations

import ipaddress
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

_ADDRESS_AT = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_HOST_AT = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0}


class ForeignAddress(OSError):
    """A test reached for an address outside this machine."""


@dataclass(slots=True)
class SocketGuard:
    """Refuses foreign addresses; ``seen`` holds the ones that were tried."""

    seen: list[str] = field(default_factory=list)

    def install(self) -> None:
        """Watch this process from now on; an audit hook cannot be taken out again."""
        sys.addaudithook(self.watch)

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _ADDRESS_AT:
            host = _host(arguments[_ADDRESS_AT[event]])
        elif event in _HOST_AT:
            host = arguments[_HOST_AT[event]]
        else:
            return
        if not is_here(host):
            self.seen.append(f"{event} {host!r}")
            raise ForeignAddress(f"tests stay on this machine: {event} {host!r}")

    def verdict(self) -> str:
        """Return what was tried since the last verdict, "" for nothing."""
        tried, self.seen = ", ".join(self.seen), []
        return tried

    def judge(self) -> None:
        """Fail the running test when anything was tried."""
        tried = self.verdict()
        if tried:
            pytest.fail(f"the test reached for another machine: {tried}", pytrace=False)


def _host(address: object) -> object:
    """Return the host of an internet address; None for a Unix socket or a connected one."""
    return address[0] if isinstance(address, tuple) else None


def is_here(host: object) -> bool:
    """Tell whether a host is this machine; None and "" name no other one."""
    text = host.decode("ascii") if isinstance(host, bytes) else host
    if not isinstance(text, str) or text in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


GUARD = SocketGuard()
