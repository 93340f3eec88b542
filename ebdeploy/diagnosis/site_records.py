"""DNS020 to DNS029: where the site's own records lead. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ebdeploy.diagnosis.delegation import choose_zone
from ebdeploy.diagnosis.evidence import asked, provision
from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.facts.state import Environment, LoadBalancer, Observed, RecordSet

SITE_TYPES = {"A", "AAAA", "CNAME"}


def check_site_records(observed: Observed) -> Iterator[Finding]:
    """Yield what is wrong with the address records of the names in the live zone."""
    if not isinstance(observed.environment, Environment):
        return
    for name in observed.names:
        zone = choose_zone(name, observed)
        records = observed.records.get(zone.id) if zone else None
        if not isinstance(records, tuple):
            continue
        mine = [r for r in records if r.name == name and r.type in SITE_TYPES]
        yield from _judge(observed, name, mine)


def is_ours(record: RecordSet, observed: Observed) -> bool:
    """Whether the record leads to this environment: its CNAME or its load balancer."""
    targets = set()
    if isinstance(observed.environment, Environment):
        targets.add(observed.environment.cname)
    if isinstance(observed.balancer, LoadBalancer):
        dns_name = observed.balancer.dns_name
        targets |= {dns_name, f"dualstack.{dns_name}"}
    if record.alias:
        return record.alias.dns_name in targets
    values = {value.lower().rstrip(".") for value in record.values}
    return record.type == "CNAME" and values <= targets


def _judge(observed: Observed, name: str, records: list[RecordSet]) -> Iterator[Finding]:
    if any(record.set_identifier is not None for record in records):
        yield routing_policy(name, records)
        return
    foreign = [record for record in records if not is_ours(record, observed)]
    if not records:
        yield no_record(observed, name)
    for record in foreign:
        if record.alias and record.alias.dns_name.endswith(".elasticbeanstalk.com"):
            yield other_environment(observed, record)
        else:
            yield points_elsewhere(observed, record)


def no_record(observed: Observed, name: str) -> Finding:
    """DNS020."""
    return Finding(
        "DNS020", Severity.ERROR, name, f"{name} has no address record.",
        asked(name, "A", observed.dns.answers(name, "A")[:1]),
        (Fix("Let the alias be created.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def points_elsewhere(observed: Observed, record: RecordSet) -> Finding:
    """DNS021."""
    where = record.alias.dns_name if record.alias else ", ".join(record.values)
    return Finding(
        "DNS021", Severity.ERROR, record.name,
        f"{record.name} {record.type} leads to {where}, not to this environment.",
        asked(record.name, record.type, observed.dns.answers(record.name, record.type)[:1]),
        (Fix("If the site shall move here, let the record be replaced.",
             provision(observed.names, "replace-record"), Auto.CONSENT, "replace-record"),),
    )  # fmt: skip


def other_environment(observed: Observed, record: RecordSet) -> Finding:
    """DNS029."""
    where = record.alias.dns_name if record.alias else ""
    return Finding(
        "DNS029", Severity.ERROR, record.name,
        f"{record.name} leads to another environment, {where}.",
        asked(record.name, record.type, observed.dns.answers(record.name, record.type)[:1]),
        (Fix("If the name shall move here, say so.",
             provision(observed.names, "move-name"), Auto.CONSENT, "move-name"),),
    )  # fmt: skip


def routing_policy(name: str, records: list[RecordSet]) -> Finding:
    """DNS026."""
    sets = ", ".join(sorted(record.set_identifier or "" for record in records))
    return Finding(
        "DNS026", Severity.ERROR, name,
        f"{name} has records with a routing policy (weighted, latency, failover): {sets}.",
        (Evidence(f"aws route53 list-resource-record-sets  # {name}", "route53", sets),),
        (Fix("Replace them by one simple record yourself; they are never touched here."),),
    )  # fmt: skip
