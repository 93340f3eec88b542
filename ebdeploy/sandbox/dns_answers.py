"""What the registry and the Route 53 name servers answer, straight from the state. Pure."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.state import HostedZone, RecordSet, State

HOST_TTL = 60
CHAIN = 8
REGISTRY_SOA = "a.registry.test. hostmaster.registry.test. 1 1800 900 604800 900"


def answer(
    state: State, addresses: Addresses, address: str, query: dns.message.Message
) -> dns.message.Message:
    """Return the answer of the server at the address; REFUSED for what is not its business."""
    reply = dns.message.make_response(query)
    question = query.question[0]
    name = _plain(question.name)
    rdtype = dns.rdatatype.to_text(question.rdtype)
    with state.lock:
        if address == addresses.registry:
            _registry(state, name, rdtype, reply)
        else:
            _name_server(state, address, name, rdtype, reply)
    return reply


def host_addresses(state: State, name: str) -> tuple[str, ...]:
    """Return the addresses of an AWS-owned name, following names that point at names."""
    for _ in range(CHAIN):
        found = state.hosts.get(name)
        if found is None:
            return ()
        if found and found[0][0].isdigit():
            return found
        name = found[0] if found else ""
    return ()


def _registry(state: State, name: str, rdtype: str, reply: dns.message.Message) -> None:
    domain = next((d for d in state.domains if name == d or name.endswith(f".{d}")), None)
    at_cut = domain is not None and not (name == domain and rdtype == "DS")
    if domain is not None and at_cut and state.domains[domain].name_servers:
        servers = state.domains[domain].name_servers
        reply.authority.append(_rrset(domain, 172800, "NS", *(f"{s}." for s in servers)))
        for server in servers:
            for glue in host_addresses(state, server):
                reply.additional.append(_rrset(server, 172800, "A", glue))
        return
    reply.flags |= dns.flags.AA
    found = host_addresses(state, name)
    if found and rdtype == "A":
        reply.answer.append(_rrset(name, HOST_TTL, "A", *found))
        return
    reply.authority.append(_rrset("", 900, "SOA", REGISTRY_SOA))
    exists = found or domain or "." not in name or _is_suffix(state, name)
    if not exists:
        reply.set_rcode(dns.rcode.NXDOMAIN)


def _is_suffix(state: State, name: str) -> bool:
    return any(domain.endswith(f".{name}") for domain in state.domains)


def _name_server(
    state: State, address: str, name: str, rdtype: str, reply: dns.message.Message
) -> None:
    mine = [
        zone
        for zone in state.zones.values()
        if not zone.private
        and any(server.address == address for server in zone.name_servers)
        and (name == zone.name or name.endswith(f".{zone.name}"))
    ]
    if not mine:
        reply.set_rcode(dns.rcode.REFUSED)
        return
    zone = max(mine, key=lambda each: len(each.name))
    cut = _delegation(zone, name)
    if cut is not None:
        reply.authority.append(_rrset(cut.name, cut.ttl or 0, "NS", *cut.values))
        return
    reply.flags |= dns.flags.AA
    _authoritative(state, zone, name, rdtype, reply)


def _authoritative(
    state: State, zone: HostedZone, name: str, rdtype: str, reply: dns.message.Message
) -> None:
    end = _follow(zone, name, rdtype, reply)
    if end is None:
        return
    records = _at(zone, end)
    for record in records:
        rrset = _resolve(state, end, record) if record.type == rdtype else None
        if rrset is not None:
            reply.answer.append(rrset)
    if not reply.answer:
        soa = zone.records[zone.name, "SOA", None]
        reply.authority.append(_rrset(zone.name, soa.ttl or 0, "SOA", *soa.values))
        if not records and not _is_parent(zone, end):
            reply.set_rcode(dns.rcode.NXDOMAIN)


def _follow(zone: HostedZone, name: str, rdtype: str, reply: dns.message.Message) -> str | None:
    """Add the CNAMEs of a chain and return its end; None where it leaves the zone or is asked."""
    for _ in range(CHAIN):
        cname = next((r for r in _at(zone, name) if r.type == "CNAME"), None)
        if cname is None:
            return name
        reply.answer.append(_rrset(name, cname.ttl or 0, "CNAME", *cname.values))
        name = cname.values[0].rstrip(".").lower()
        inside = name == zone.name or name.endswith(f".{zone.name}")
        if rdtype == "CNAME" or not inside:
            return None
    return None


def _at(zone: HostedZone, name: str) -> list[RecordSet]:
    exact = [record for record in zone.records.values() if record.name == name]
    if exact or _is_parent(zone, name):
        return exact
    parent = name.partition(".")[2]
    while parent and (parent == zone.name or parent.endswith(f".{zone.name}")):
        found = [r for r in zone.records.values() if r.name == f"*.{parent}"]
        if found:
            return found
        parent = parent.partition(".")[2]
    return []


def _is_parent(zone: HostedZone, name: str) -> bool:
    """Whether something stands below the name: then it exists, if only as a parent."""
    return any(record.name.endswith(f".{name}") for record in zone.records.values())


def _delegation(zone: HostedZone, name: str) -> RecordSet | None:
    for record in zone.records.values():
        below = name == record.name or name.endswith(f".{record.name}")
        if record.type == "NS" and record.name != zone.name and below:
            return record
    return None


def _resolve(state: State, name: str, record: RecordSet) -> dns.rrset.RRset | None:
    if record.alias is None:
        return _rrset(name, record.ttl or 0, record.type, *record.values)
    found = host_addresses(state, record.alias.dns_name) if record.type == "A" else ()
    return _rrset(name, HOST_TTL, record.type, *found) if found else None


def _rrset(name: str, ttl: int, rdtype: str, *values: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(f"{name}.", ttl, "IN", rdtype, *values)


def _plain(name: dns.name.Name) -> str:
    return name.to_text().lower().rstrip(".")
