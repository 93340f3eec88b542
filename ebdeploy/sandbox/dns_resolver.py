"""The recursive resolver for stubs: walks from the registry and remembers, negatives too."""

from __future__ import annotations

import threading

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses

STEPS, CHAIN = 8, 5
TIMEOUT = 1.0
Key = tuple[str, str]


class RecursiveResolver:
    """Answers with RA; a cached answer lives its TTL in clock seconds (RFC 2308)."""

    def __init__(self, addresses: Addresses, clock: Clock) -> None:
        self._registry = addresses.registry
        self._port = addresses.port(53)
        self._clock = clock
        self._cache: dict[Key, tuple[float, dns.message.Message]] = {}
        self._lock = threading.Lock()

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """Return the answer to a stub's query."""
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        question = query.question[0]
        name, rdtype = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        for _ in range(CHAIN):
            found = self._find(name, rdtype)
            reply.set_rcode(found.rcode())
            reply.answer += found.answer
            reply.authority = found.authority
            target = _target(found, rdtype)
            if target is None:
                break
            name = target
        return reply

    def _find(self, name: str, rdtype: str) -> dns.message.Message:
        now = self._clock.monotonic()
        with self._lock:
            until, cached = self._cache.get((name, rdtype), (0.0, None))
        if cached is not None and now < until:
            return cached
        found = self._walk(name, rdtype)
        if found.rcode() != dns.rcode.SERVFAIL:
            with self._lock:
                self._cache[name, rdtype] = (now + _ttl(found), found)
        return found

    def _walk(self, name: str, rdtype: str) -> dns.message.Message:
        query = dns.message.make_query(name, rdtype)
        query.flags &= ~dns.flags.RD
        servers = [self._registry]
        for _ in range(STEPS):
            reply = self._ask(servers, query)
            if reply is None:
                break
            glue = [
                str(record)
                for rrset in reply.additional
                if rrset.rdtype == dns.rdatatype.A
                for record in rrset
            ]
            if reply.flags & dns.flags.AA or not glue:
                return reply
            servers = glue
        failed = dns.message.make_response(query)
        failed.set_rcode(dns.rcode.SERVFAIL)
        return failed

    def _ask(self, servers: list[str], query: dns.message.Message) -> dns.message.Message | None:
        for server in servers:
            try:
                reply = dns.query.udp(query, server, TIMEOUT, port=self._port)
            except (OSError, dns.exception.DNSException):
                continue
            if reply.rcode() not in {dns.rcode.REFUSED, dns.rcode.SERVFAIL}:
                return reply
        return None


def _target(reply: dns.message.Message, rdtype: str) -> str | None:
    if rdtype == "CNAME" or not reply.answer:
        return None
    last = reply.answer[-1]
    return str(last[0].target).lower() if last.rdtype == dns.rdatatype.CNAME else None


def _ttl(reply: dns.message.Message) -> int:
    if reply.answer:
        return min(rrset.ttl for rrset in reply.answer)
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(min(rrset.ttl, rrset[0].minimum))
    return 0
