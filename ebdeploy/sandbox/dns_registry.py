"""What the registry answers: root, top-level domains and the names that AWS owns. Pure.

One server plays all of them, so a walk goes from the root to a registered domain in one step.
"""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode

from ebdeploy.sandbox.dns_records import (
    HOST_TTL,
    glue,
    host_addresses,
    is_at_or_below,
    make_rrset,
)
from ebdeploy.sandbox.state import State

HOST = "a.registry.test"
SOA = f"{HOST}. hostmaster.registry.test. 1 1800 900 604800 900"
NS_TTL, SOA_TTL = 172800, 900


def answer_registry(
    state: State, address: str, name: str, rdtype: str, reply: dns.message.Message
) -> None:
    """Fill the reply of the registry, whose own address is given.

    Below a registered domain: a referral, as RFC 1034 section 4.3.2 has it. DS is the parent's.
    """
    domain = _domain(state, name)
    servers = state.domains[domain].name_servers if domain else ()
    if domain and servers and not (name == domain and rdtype == "DS"):
        reply.authority.append(make_rrset(domain, NS_TTL, "NS", *servers))
        reply.additional += glue(state, servers)
        return
    reply.flags |= dns.flags.AA
    if rdtype == "A":
        _addresses(state, address, name, reply)
    if _is_suffix(state, name):
        _apex(address, name, rdtype, reply)
    if not reply.answer:
        reply.authority.append(make_rrset(_parent(name), SOA_TTL, "SOA", SOA))
        if not (domain or _is_suffix(state, name) or _exists(state, name)):
            reply.set_rcode(dns.rcode.NXDOMAIN)


def _domain(state: State, name: str) -> str:
    found = [domain for domain in state.domains if is_at_or_below(name, domain)]
    return max(found, key=len, default="")


def _addresses(state: State, address: str, name: str, reply: dns.message.Message) -> None:
    found = (address,) if name == HOST else host_addresses(state, name)
    if found:
        reply.answer.append(make_rrset(name, HOST_TTL, "A", *found))


def _apex(address: str, name: str, rdtype: str, reply: dns.message.Message) -> None:
    if rdtype == "NS":
        reply.answer.append(make_rrset(name, NS_TTL, "NS", HOST))
        reply.additional.append(make_rrset(HOST, NS_TTL, "A", address))
    if rdtype == "SOA":
        reply.answer.append(make_rrset(name, SOA_TTL, "SOA", SOA))


def _is_suffix(state: State, name: str) -> bool:
    """Whether the registry's zones start here: root, a top-level domain, co.uk and its like."""
    return "." not in name or any(domain.endswith(f".{name}") for domain in state.domains)


def _exists(state: State, name: str) -> bool:
    return any(is_at_or_below(host, name) for host in (*state.hosts, HOST))


def _parent(name: str) -> str:
    return name.rpartition(".")[2]
