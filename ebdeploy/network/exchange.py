"""One DNS question to one server, UDP first and TCP after it. I/O: DNS only."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from ebdeploy.facts.dns import Answer, DnsRecord, Question
from ebdeploy.facts.world import World

PAYLOAD = 1232  # https://www.dnsflagday.net/2020/
WORKERS = 16


@dataclass(frozen=True, slots=True)
class Server:
    """A name server: host name and address; without an address it cannot be asked."""

    host: str
    address: str


class Asker:
    """Asks servers, counts queries, remembers answers and which servers are dead."""

    def __init__(self, world: World, timeout: float, *, recursive: bool = False) -> None:
        self._port = world.port(53)
        self._timeout = timeout
        self._recursive = recursive
        self._lock = threading.Lock()
        self._replies: dict[tuple[str, Question], dns.message.Message | str] = {}
        self._dead: set[str] = set()
        self.queries = 0

    def ask_every(self, servers: Sequence[Server], question: Question) -> tuple[Answer, ...]:
        """Ask all servers at once; the answers stand in the servers' order."""
        if not servers:
            return ()
        with ThreadPoolExecutor(min(WORKERS, len(servers))) as pool:
            return tuple(pool.map(lambda server: self.ask(server, question), servers))

    def ask(self, server: Server, question: Question) -> Answer:
        """Return the server's answer as a value."""
        reply = self._reply(server, question)
        if isinstance(reply, str):
            return Answer(server.host, server.address, reply)
        return Answer(
            server=server.host,
            address=server.address,
            status=dns.rcode.to_text(reply.rcode()),
            authoritative=bool(reply.flags & dns.flags.AA),
            records=tuple(r for rrset in reply.answer for r in _records(rrset)),
            referral=_referral(reply)[1],
            negative_ttl=_negative_ttl(reply),
        )

    def refer(
        self, server: Server, name: str
    ) -> tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]] | None:
        """Return the zone cut the server refers to, its servers and glue; None: no answer.

        The zone is "" when the server answers itself.
        """
        reply = self._reply(server, Question(name, "NS"))
        if isinstance(reply, str) or dns.rcode.to_text(reply.rcode()) in {"REFUSED", "SERVFAIL"}:
            return None
        zone, hosts = _referral(reply)
        if not hosts:
            owned = [r for rrset in reply.answer for r in _records(rrset) if r.type == "NS"]
            zone, hosts = (owned[0].name, tuple(r.value for r in owned)) if owned else ("", ())
        return zone, hosts, _glue(reply)

    def _reply(self, server: Server, question: Question) -> dns.message.Message | str:
        key = (server.address, question)
        with self._lock:
            if key in self._replies:
                return self._replies[key]
            dead = server.address in self._dead
        if dead or not server.address:
            return "TIMEOUT" if dead else "UNREACHABLE"
        reply = self._exchange(server.address, question)
        with self._lock:
            self._replies[key] = reply
            if reply == "TIMEOUT":
                self._dead.add(server.address)
        return reply

    def _exchange(self, address: str, question: Question) -> dns.message.Message | str:
        query = dns.message.make_query(question.name, question.type, use_edns=0, payload=PAYLOAD)
        if not self._recursive:
            query.flags &= ~dns.flags.RD
        with self._lock:
            self.queries += 1
        try:
            reply = dns.query.udp(query, address, self._timeout, port=self._port)
            if not reply.flags & dns.flags.TC:
                return reply
        except dns.exception.Timeout:
            pass
        except (OSError, dns.exception.DNSException):
            return "UNREACHABLE"
        return self._by_tcp(query, address)

    def _by_tcp(self, query: dns.message.Message, address: str) -> dns.message.Message | str:
        with self._lock:
            self.queries += 1
        try:
            return dns.query.tcp(query, address, self._timeout, port=self._port)
        except dns.exception.Timeout:
            return "TIMEOUT"
        except (OSError, dns.exception.DNSException, EOFError):
            return "UNREACHABLE"


def _records(rrset: dns.rrset.RRset) -> list[DnsRecord]:
    rdtype = dns.rdatatype.to_text(rrset.rdtype)
    return [DnsRecord(_plain(rrset.name), rdtype, rrset.ttl, _value(rdtype, r)) for r in rrset]


def _value(rdtype: str, record: object) -> str:
    text = str(record)
    return text.lower().rstrip(".") if rdtype in {"CNAME", "NS"} else text


def _plain(name: dns.name.Name) -> str:
    return name.to_text().replace("\\052", "*").lower().rstrip(".")


def _referral(reply: dns.message.Message) -> tuple[str, tuple[str, ...]]:
    if reply.flags & dns.flags.AA:
        return "", ()
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.NS:
            return _plain(rrset.name), tuple(sorted(r.value for r in _records(rrset)))
    return "", ()


def _glue(reply: dns.message.Message) -> dict[str, tuple[str, ...]]:
    return {
        _plain(rrset.name): tuple(str(record) for record in rrset)
        for rrset in reply.additional
        if rrset.rdtype == dns.rdatatype.A
    }


def _negative_ttl(reply: dns.message.Message) -> int | None:
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(min(rrset.ttl, rrset[0].minimum))
    return None
