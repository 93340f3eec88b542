"""How ACM sees public DNS: an iterative walk over UDP from the registry, RD=0.

Independent of the product's own resolver on purpose: the model must not share its mistakes.
"""

from __future__ import annotations

from collections.abc import Callable

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype

from ebdeploy.sandbox.addresses import Addresses

TIMEOUT = 1.0  # real seconds
STEPS = 8
Lookup = Callable[[str, str], tuple[str, tuple[str, ...]]]


def make_lookup(addresses: Addresses) -> Lookup:
    """Return a function from (name, type) to (RCODE, values), as public DNS answers."""
    port = addresses.port(53)

    def lookup(name: str, rdtype: str) -> tuple[str, tuple[str, ...]]:
        servers = [addresses.registry]
        for _ in range(STEPS):
            reply = _first_answer(servers, name, rdtype, port)
            if reply is None:
                return "SERVFAIL", ()
            glue = _glue(reply)
            if reply.flags & dns.flags.AA or not glue:
                return dns.rcode.to_text(reply.rcode()), _values(reply, rdtype)
            servers = glue
        return "SERVFAIL", ()

    return lookup


def _first_answer(
    servers: list[str], name: str, rdtype: str, port: int
) -> dns.message.Message | None:
    for server in servers:
        query = dns.message.make_query(name, rdtype)
        query.flags &= ~dns.flags.RD
        try:
            reply = dns.query.udp(query, server, TIMEOUT, port=port)
        except (OSError, dns.exception.DNSException):
            continue
        if reply.rcode() not in {dns.rcode.REFUSED, dns.rcode.SERVFAIL}:
            return reply
    return None


def _glue(reply: dns.message.Message) -> list[str]:
    return [
        str(record)
        for rrset in reply.additional
        if rrset.rdtype == dns.rdatatype.A
        for record in rrset
    ]


def _values(reply: dns.message.Message, rdtype: str) -> tuple[str, ...]:
    wanted = dns.rdatatype.from_text(rdtype)
    return tuple(
        str(record).lower() if rdtype == "CNAME" else str(record)
        for rrset in reply.answer
        if rrset.rdtype == wanted
        for record in rrset
    )
