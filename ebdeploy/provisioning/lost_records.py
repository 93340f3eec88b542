"""What would be lost when a domain moves to other name servers. Pure."""

from __future__ import annotations

from ebdeploy.diagnosis.delegation import choose_zone
from ebdeploy.facts.dns import Question
from ebdeploy.facts.state import Observed, RecordSet
from ebdeploy.provisioning.stages import seen

COMPARED = ("A", "AAAA", "MX", "TXT")


def comparison_questions(domain: str) -> tuple[Question, ...]:
    """Return what to ask the servers in force: mail, policies and the site itself."""
    names = ((domain, COMPARED), (f"www.{domain}", ("A", "AAAA")), (f"_dmarc.{domain}", ("TXT",)))
    return tuple(Question(name, rdtype) for name, types in names for rdtype in types)


def lost_records(domain: str, observed: Observed) -> tuple[str, ...]:
    """Return "name type value" for what the old servers or zone know and the new zone lacks.

    The old answers come from the delegated servers and, where the delegated zone is in this
    account, from its record sets; NS and SOA belong to each zone itself.
    """
    new = choose_zone(domain, observed)
    delegation = observed.dns.delegations.get(domain)
    if new is None or delegation is None or set(delegation.name_servers) == set(new.name_servers):
        return ()
    known = {(r.name, r.type) for r in seen(observed.records.get(new.id), ())}
    answered = _answered(domain, observed) | _zone_records(domain, observed)
    return tuple(
        f"{name} {rdtype} {value}"
        for name, rdtype, value in sorted(answered)
        if (name, rdtype) not in known and (name, "CNAME") not in known
    )


def _answered(domain: str, observed: Observed) -> set[tuple[str, str, str]]:
    return {
        (record.name, record.type, record.value)
        for question in comparison_questions(domain)
        for answer in observed.dns.lookups.get(question, ())
        for record in answer.records
        if record.type == question.type
    }


def _zone_records(domain: str, observed: Observed) -> set[tuple[str, str, str]]:
    delegated = set(observed.dns.delegations[domain].name_servers)
    return {
        (record.name, record.type, _value(record))
        for zone in seen(observed.zones, ())
        if zone.name == domain and set(zone.name_servers) == delegated
        for record in seen(observed.records.get(zone.id), ())
        if record.type not in {"NS", "SOA"}
    }


def _value(record: RecordSet) -> str:
    return f"alias {record.alias.dns_name}" if record.alias else " ".join(record.values)
