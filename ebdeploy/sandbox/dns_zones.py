"""What a Route 53 name server answers for the public hosted zones that it serves. Pure.

Of several record sets of one name and type (weighted and the like) the first one answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from ebdeploy.sandbox.dns_records import (
    CHAIN,
    HOST_TTL,
    glue,
    host_addresses,
    is_at_or_below,
    make_rrset,
)
from ebdeploy.sandbox.state import HostedZone, RecordSet, State


def answer_name_server(
    state: State, address: str, name: str, rdtype: str, reply: dns.message.Message
) -> None:
    """Fill the reply of the name server at the address; REFUSED for zones of other servers."""
    mine = [
        zone
        for zone in state.zones.values()
        if not zone.private
        and any(server.address == address for server in zone.name_servers)
        and is_at_or_below(name, zone.name)
    ]
    if not mine:
        reply.set_rcode(dns.rcode.REFUSED)
        return
    ServedZone(state, max(mine, key=lambda zone: len(zone.name))).answer(name, rdtype, reply)


@dataclass(frozen=True, slots=True)
class ServedZone:
    """One hosted zone and the names AWS owns, to which its aliases point."""

    state: State
    zone: HostedZone

    def answer(self, name: str, rdtype: str, reply: dns.message.Message) -> None:
        """Fill the reply: referral, records, or the SOA of a negative answer (RFC 2308)."""
        cut = self._delegation(name, rdtype)
        if cut is not None:
            self._refer(cut, reply)
            return
        reply.flags |= dns.flags.AA
        end = self._chase(name, rdtype, reply)
        if end is None:
            return
        found = self._resolve(end, end, rdtype)
        if found is not None:
            reply.answer.append(found)
            return
        soa = self.zone.records[self.zone.name, "SOA", None]
        reply.authority.append(make_rrset(self.zone.name, soa.ttl or 0, "SOA", *soa.values))
        if not self._at(end) and not self._exists(end):
            reply.set_rcode(dns.rcode.NXDOMAIN)

    def _delegation(self, name: str, rdtype: str) -> RecordSet | None:
        """Return the NS set below the apex that covers the name; DS at the cut stays here."""
        cuts = [
            record
            for record in self.zone.records.values()
            if record.type == "NS"
            and record.name != self.zone.name
            and is_at_or_below(name, record.name)
            and not (name == record.name and rdtype == "DS")
        ]
        return min(cuts, key=lambda record: len(record.name), default=None)

    def _refer(self, cut: RecordSet, reply: dns.message.Message) -> None:
        reply.authority.append(make_rrset(cut.name, cut.ttl or 0, "NS", *cut.values))
        for value in cut.values:
            host = value.rstrip(".").lower()
            record = self.zone.records.get((host, "A", None))
            if record is not None and record.values:
                reply.additional.append(make_rrset(host, record.ttl or 0, "A", *record.values))
        reply.additional += glue(self.state, cut.values)

    def _chase(self, name: str, rdtype: str, reply: dns.message.Message) -> str | None:
        """Add the CNAMEs of a chain and return its end; None once the answer is complete."""
        while True:
            cname = next((r for r in self._at(name) if r.type == "CNAME"), None)
            if cname is None:
                return name
            rrset = make_rrset(name, cname.ttl or 0, "CNAME", *cname.values)
            if rrset in reply.answer:
                return None
            reply.answer.append(rrset)
            name = cname.values[0].rstrip(".").lower()
            if rdtype == "CNAME" or not is_at_or_below(name, self.zone.name):
                return None

    def _resolve(
        self, owner: str, name: str, rdtype: str, depth: int = 0
    ) -> dns.rrset.RRset | None:
        record = next((r for r in self._at(name) if r.type == rdtype), None)
        if record is None or depth == CHAIN:
            return None
        if record.alias is None:
            return make_rrset(owner, record.ttl or 0, rdtype, *record.values)
        target = record.alias.dns_name.rstrip(".").lower()
        if record.alias.zone_id == self.zone.id:
            return self._resolve(owner, target, rdtype, depth + 1)
        found = host_addresses(self.state, target) if rdtype == "A" else ()
        return make_rrset(owner, HOST_TTL, "A", *found) if found else None

    def _at(self, name: str) -> list[RecordSet]:
        """Return the sets of a name, or those of the wildcard that covers it (RFC 4592)."""
        exact = self._of(name)
        if exact or self._exists(name):
            return exact
        encloser = name.partition(".")[2]
        while encloser != self.zone.name and not self._of(encloser) and not self._exists(encloser):
            encloser = encloser.partition(".")[2]
        return self._of(f"*.{encloser}")

    def _of(self, name: str) -> list[RecordSet]:
        return [record for record in self.zone.records.values() if record.name == name]

    def _exists(self, name: str) -> bool:
        """Whether something stands below the name: then it exists, if only as a parent."""
        return any(record.name.endswith(f".{name}") for record in self.zone.records.values())
