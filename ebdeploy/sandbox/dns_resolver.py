"""The recursive resolver for stubs: walks from the registry and remembers, negatives too.

Unlike real ones it does not remember delegations, so a change at the registrar shows at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from ebdeploy.facts.clock import Clock

STEPS, CHAIN, DEPTH = 8, 8, 3
TIMEOUT = 1.0  # real seconds for one server
REMEMBERED = 10_000
Key = tuple[str, str]


class RecursiveResolver:
    """Answers with RA; a cached answer lives its TTL in clock seconds (RFC 2308)."""

    def __init__(self, registry: str, port: int, clock: Clock) -> None:
        self._registry = registry
        self._port = port
        self._clock = clock
        self._cache: OrderedDict[Key, tuple[float, dns.message.Message]] = OrderedDict()
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask no further server; walks under way end with SERVFAIL."""
        self._stopped.set()

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """Return the answer to a stub's query, SERVFAIL where no server answers."""
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        question = query.question[0]
        name, rdtype = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        for _ in range(CHAIN):
            found, age = self._find(name, rdtype, 0)
            reply.set_rcode(found.rcode())
            reply.answer += [_aged(rrset, age) for rrset in found.answer]
            reply.authority = [_aged(rrset, age) for rrset in found.authority]
            name = _target(found, rdtype)
            if not name:
                return reply
        reply.set_rcode(dns.rcode.SERVFAIL)
        return reply

    def _find(self, name: str, rdtype: str, depth: int) -> tuple[dns.message.Message, int]:
        """Return an answer and its age in clock seconds."""
        now = self._clock.monotonic()
        with self._lock:
            since, cached = self._cache.get((name, rdtype), (now, None))
        if cached is not None and now < since + _ttl(cached):
            return cached, int(now - since)
        found = self._walk(name, rdtype, depth)
        if found.rcode() != dns.rcode.SERVFAIL:
            with self._lock:
                self._cache[name, rdtype] = (now, found)
                while len(self._cache) > REMEMBERED:
                    self._cache.popitem(last=False)
        return found, 0

    def _walk(self, name: str, rdtype: str, depth: int) -> dns.message.Message:
        query = dns.message.make_query(name, rdtype, use_edns=0, payload=1232)
        query.flags &= ~dns.flags.RD
        servers = [self._registry]
        for _ in range(STEPS):
            reply = self._ask(servers, query)
            if reply is None:
                break
            if reply.flags & dns.flags.AA:
                return reply
            servers = _glue(reply) or self._named(reply, depth)
        failed = dns.message.make_response(query)
        failed.set_rcode(dns.rcode.SERVFAIL)
        return failed

    def _named(self, reply: dns.message.Message, depth: int) -> list[str]:
        """Return the addresses of a referral's servers, found by a walk of their own."""
        if depth == DEPTH:
            return []
        hosts = [
            record.target.to_text().lower()
            for rrset in reply.authority
            if rrset.rdtype == dns.rdatatype.NS
            for record in rrset
        ]
        found = [self._find(host, "A", depth + 1)[0].answer for host in hosts]
        return [
            str(r) for answer in found for s in answer if s.rdtype == dns.rdatatype.A for r in s
        ]

    def _ask(self, servers: list[str], query: dns.message.Message) -> dns.message.Message | None:
        for server in servers:
            if self._stopped.is_set():
                break
            try:
                reply, _ = dns.query.udp_with_fallback(query, server, TIMEOUT, port=self._port)
            except (OSError, EOFError, dns.exception.DNSException):
                continue
            if reply.rcode() not in {dns.rcode.REFUSED, dns.rcode.SERVFAIL}:
                return reply
        return None


def _aged(rrset: dns.rrset.RRset, age: int) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(rrset.name, max(0, rrset.ttl - age), list(rrset))


def _glue(reply: dns.message.Message) -> list[str]:
    return [str(r) for s in reply.additional if s.rdtype == dns.rdatatype.A for r in s]


def _target(reply: dns.message.Message, rdtype: str) -> str:
    """Return the name that a chain ends at without an answer, "" where it has one."""
    if rdtype == "CNAME" or not reply.answer:
        return ""
    last = reply.answer[-1]
    return str(last[0].target).lower() if last.rdtype == dns.rdatatype.CNAME else ""


def _ttl(reply: dns.message.Message) -> int:
    if reply.answer:
        return min(rrset.ttl for rrset in reply.answer)
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(min(rrset.ttl, rrset[0].minimum))
    return 0
