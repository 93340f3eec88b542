"""What both kinds of authoritative server share: record sets on the wire, AWS-owned names. Pure."""

from __future__ import annotations

import dns.name
import dns.rdataclass
import dns.rrset

from ebdeploy.sandbox.state import State

HOST_TTL = 60  # of AWS-owned names and of alias answers
CHAIN = 8


def make_rrset(name: str, ttl: int, rdtype: str, *values: str) -> dns.rrset.RRset:
    """Return a record set; names in it are complete with or without their last dot.

    Route 53 reads them so: "Amazon Route 53 assumes that the domain name is fully qualified"
    (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html).
    """
    owner = dns.name.from_text(f"{name}.")
    return dns.rrset.from_text_list(
        owner, ttl, dns.rdataclass.IN, rdtype, values, origin=dns.name.root, relativize=False
    )


def host_addresses(state: State, name: str) -> tuple[str, ...]:
    """Return the addresses of an AWS-owned name, following names that point at names."""
    for _ in range(CHAIN):
        found = state.hosts.get(name.removeprefix("dualstack."))
        if not found:
            return ()
        if found[0][:1].isdigit():
            return found
        name = found[0]
    return ()


def is_at_or_below(name: str, parent: str) -> bool:
    """Whether the name is the parent or stands below it; everything is below the root ""."""
    return not parent or name == parent or name.endswith(f".{parent}")


def glue(state: State, servers: tuple[str, ...]) -> list[dns.rrset.RRset]:
    """Return the addresses of those name servers that AWS owns, for the additional section."""
    names = [server.rstrip(".").lower() for server in servers]
    found = [(name, host_addresses(state, name)) for name in names]
    return [make_rrset(name, 172800, "A", *addresses) for name, addresses in found if addresses]
