"""The walk from the root: every authoritative server asked, RD=0, over UDP and TCP.

Comes in: questions and registrable domains. Goes out: ``DnsFacts``. I/O: DNS only. A recursive
resolver is never asked for a customer's names, since its negative cache would outlive the fault
(RFC 2308, section 5); it serves names that AWS owns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dns.resolver

from ebdeploy.facts.dns import Answer, Delegation, DnsFacts, DnsRecord, Question
from ebdeploy.facts.world import World
from ebdeploy.network.exchange import Asker, Server

# The IPv4 addresses of the root servers (https://www.internic.net/domain/named.root).
ROOTS = (
    "198.41.0.4", "170.247.170.2", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241",
    "192.112.36.4", "198.97.190.53", "192.36.148.17", "192.58.128.30", "193.0.14.129",
    "199.7.83.42", "202.12.27.33",
)  # fmt: skip
MAX_CUTS = 10
MAX_CHAIN = 5  # ACM follows at most five CNAMEs
MAX_DEPTH = 4  # name servers whose own addresses need a walk
WORKERS = 16


@dataclass(frozen=True, slots=True)
class Cut:
    """A zone cut: its name, its servers, and what the parent's servers said."""

    zone: str
    servers: tuple[Server, ...]
    answers: tuple[Answer, ...] = ()
    status: str = "NOERROR"


class Walker:
    """One walk: answers and dead servers are remembered, so make a new one for a new look."""

    def __init__(self, world: World, timeout: float = 2.0) -> None:
        self._asker = Asker(world, timeout)
        roots = world.dns_roots or ROOTS
        self._root = Cut("", tuple(Server(f"root {a}", a) for a in roots))
        self._lock = threading.Lock()
        self._cuts: dict[str, Cut] = {"": self._root}

    def look(self, questions: Iterable[Question], zones: Iterable[str]) -> DnsFacts:
        """Return delegations of the zones and every authoritative answer to the questions."""
        zones, questions = list(zones), list(questions)
        with ThreadPoolExecutor(WORKERS) as pool:
            delegations = dict(zip(zones, pool.map(self._delegation, zones), strict=True))
            wanted = [*questions, *(Question(zone, "SOA") for zone in zones)]
            cuts = dict(zip(wanted, pool.map(lambda q: self._cut(q.name), wanted), strict=True))
            lookups: dict[Question, tuple[Answer, ...]] = {}
            pending = list(dict.fromkeys(wanted))
            for _ in range(MAX_CHAIN + 1):
                found = pool.map(self._ask_all, pending)
                lookups.update(zip(pending, found, strict=True))
                pending = [q for q in _chased(lookups) if q not in lookups]
        return DnsFacts(
            delegations=delegations,
            cuts={question.name: cut.zone for question, cut in cuts.items()},
            lookups=lookups,
            queries=self._asker.queries,
        )

    def _delegation(self, zone: str) -> Delegation:
        parent = self._cut(zone.partition(".")[2])
        answers = self._asker.ask_every(parent.servers[:4], Question(zone, "NS"))
        published = {s for answer in answers for s in (*answer.referral, *_targets(answer, zone))}
        signed = False
        if published:
            ds = self._asker.ask_every(parent.servers[:1], Question(zone, "DS"))
            signed = any(r.type == "DS" for answer in ds for r in answer.records)
        heard = [a.status for a in answers if a.status not in {"TIMEOUT", "UNREACHABLE"}]
        return Delegation(
            zone, tuple(sorted(published)), answers, heard[0] if heard else "TIMEOUT", signed
        )

    def _ask_all(self, question: Question) -> tuple[Answer, ...]:
        return self._asker.ask_every(self._cut(question.name).servers, question)

    def _cut(self, name: str, depth: int = 0) -> Cut:
        """Return the deepest zone cut above or at the name."""
        cut = self._nearest(name)
        for _ in range(MAX_CUTS):
            below = self._step(cut, name, depth)
            if below is None:
                return cut
            with self._lock:
                self._cuts[below.zone] = below
            cut = below
        return cut

    def _nearest(self, name: str) -> Cut:
        with self._lock:
            while name not in self._cuts:
                name = name.partition(".")[2]
            return self._cuts[name]

    def _step(self, cut: Cut, name: str, depth: int) -> Cut | None:
        for server in cut.servers:
            reply = self._asker.refer(server, name)
            if reply is None:
                continue
            zone, hosts, glue = reply
            if not zone or zone == cut.zone or not _below(zone, cut.zone) or depth > MAX_DEPTH:
                return None
            servers = [s for host in hosts for s in self._servers(host, glue, depth)]
            return Cut(zone, tuple(servers))
        return None

    def _servers(self, host: str, glue: dict[str, tuple[str, ...]], depth: int) -> list[Server]:
        addresses = glue.get(host) or self._addresses(host, depth + 1)
        if not addresses:
            return [Server(host, "")]
        return [Server(host, addresses[0])]

    def _addresses(self, host: str, depth: int) -> tuple[str, ...]:
        cut = self._cut(host, depth)
        for server in cut.servers:
            answer = self._asker.ask(server, Question(host, "A"))
            found = tuple(r.value for r in answer.records if r.type == "A")
            if found:
                return found
        return ()


def resolve_addresses(world: World, name: str, rdtype: str = "A") -> tuple[str, ...]:
    """Return the addresses of a name that AWS owns, through the stub resolver; empty if none."""
    resolver = dns.resolver.Resolver(configure=world.dns_resolver is None)
    resolver.lifetime = 5.0
    if world.dns_resolver:
        resolver.nameservers = [world.dns_resolver]
        resolver.port = world.port(53)
    try:
        return tuple(sorted(str(record) for record in resolver.resolve(name, rdtype)))
    except dns.exception.DNSException:
        return ()


def ask_recursive(world: World, question: Question) -> Answer:
    """Return what the recursive resolver says; ask only what every server has already."""
    resolver = dns.resolver.Resolver(configure=world.dns_resolver is None)
    address = world.dns_resolver or str(resolver.nameservers[0])
    return Asker(world, 2.0, recursive=True).ask(Server("resolver", address), question)


def _below(zone: str, parent: str) -> bool:
    return not parent or zone.endswith(f".{parent}")


def _targets(answer: Answer, zone: str) -> Sequence[str]:
    return [r.value for r in answer.records if r.type == "NS" and r.name == zone]


def _chased(lookups: dict[Question, tuple[Answer, ...]]) -> list[Question]:
    """Return the questions that the ends of CNAME chains ask for."""
    return [
        Question(end, question.type)
        for question, answers in lookups.items()
        if question.type != "CNAME"
        for end in dict.fromkeys(filter(None, (_end(question, a.records) for a in answers)))
    ]


def _end(question: Question, records: Sequence[DnsRecord]) -> str:
    names = {r.name: r.value for r in records if r.type == "CNAME"}
    name, seen = question.name, set()
    while name in names and name not in seen:
        seen.add(name)
        name = names[name]
    answered = any(r.name == name and r.type == question.type for r in records)
    return "" if name == question.name or answered else name
