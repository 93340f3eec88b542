"""Zones, delegation, CAA, certificate, validation and alias records. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ebdeploy.diagnosis.caa import blocking_node
from ebdeploy.diagnosis.delegation import choose_zone
from ebdeploy.facts.names import registrable_domain
from ebdeploy.facts.options import EB_ZONE_IDS
from ebdeploy.facts.state import (
    AliasTarget,
    Certificate,
    HostedZone,
    LoadBalancer,
    Observed,
    RecordSet,
    Registration,
)
from ebdeploy.provisioning.changes import (
    KNOWN_AFTER,
    Change,
    ChangeRecords,
    CreateZone,
    RequestCertificate,
    UpdateNameServers,
)
from ebdeploy.provisioning.desired import Desired, zone_reference
from ebdeploy.provisioning.stages import (
    DONE,
    Stage,
    Waiting,
    certificate_of,
    environment_of,
    records_at,
    seen,
)

VALIDATION_TTL = 300
GENERATIONS = 5
SITE_TYPES = ("A", "AAAA", "CNAME")
AMAZON_CAA = '0 issue "amazon.com"'
DEAD = {"FAILED", "VALIDATION_TIMED_OUT", "EXPIRED", "REVOKED", "INACTIVE"}


def domains(desired: Desired) -> tuple[str, ...]:
    """Return the registered domains of the names, in order."""
    return tuple(dict.fromkeys(registrable_domain(name) for name in desired.names))


def hosted_zones(desired: Desired, observed: Observed) -> Stage:
    """Plan a hosted zone for every domain that has none; refusals came before."""
    environment = environment_of(observed)
    missing = [d for d in domains(desired) if not public_zones(observed, d)]
    return Stage(
        changes=tuple(
            CreateZone(
                domain,
                tuple(zone_reference(environment, domain, g) for g in range(GENERATIONS)),
            )
            for domain in missing
        )
    )


def name_servers(desired: Desired, observed: Observed) -> Stage:
    """Plan the delegation to the zone's own name servers, and wait for the registry."""
    changes: list[Change] = []
    waiting: list[Waiting] = []
    for domain in domains(desired):
        zone = choose_zone(domain, observed)
        delegation = observed.dns.delegations.get(domain)
        published = frozenset(delegation.name_servers if delegation else ())
        if zone is None or not zone.name_servers or published == frozenset(zone.name_servers):
            continue
        registration = observed.registrations.get(domain)
        if isinstance(registration, Registration):
            if set(registration.name_servers) != set(zone.name_servers):
                changes.append(
                    UpdateNameServers(domain, registration.name_servers, zone.name_servers)
                )
                continue
            why = "the registry publishes the new name servers (usually minutes)"
            waiting.append(Waiting(f"delegation of {domain}", why, every=30))
    return Stage(tuple(changes), tuple(waiting))


def caa_records(desired: Desired, observed: Observed) -> Stage:
    """Add amazon.com to the CAA set that keeps it out, with the consent edit-caa."""
    if "edit-caa" not in desired.allow:
        return DONE
    nodes = {blocking_node(name, observed.dns) for name in desired.names} - {None}
    changes: list[Change] = []
    for node in sorted(filter(None, nodes)):
        zone = choose_zone(node, observed)
        for old in records_at(observed, zone.id, node) if zone else ():
            if zone and old.type == "CAA" and AMAZON_CAA not in old.values:
                new = RecordSet(node, "CAA", old.ttl, (*old.values, AMAZON_CAA))
                changes.append(ChangeRecords(zone.id, zone.name, "CAA", (new,), (old,)))
    if nodes and not changes:
        why = "the name servers still publish the old CAA set"
        return Stage(waiting=(Waiting("CAA record", why, every=5),))
    return Stage(changes=tuple(changes))


def certificate(desired: Desired, observed: Observed) -> Stage:
    """Request a certificate when none that lives covers the names."""
    found = certificate_of(observed)
    if found is not None and found.status not in DEAD and set(desired.names) <= set(found.names):
        return DONE
    environment = environment_of(observed)
    token = desired.certificate_token(environment, last_dead(desired, observed))
    return Stage(changes=(RequestCertificate(desired.names, token, environment.name),))


def last_dead(desired: Desired, observed: Observed) -> str:
    """Return the ARN of the youngest failed certificate for these names, "" without one."""
    dead = [
        each
        for each in seen(observed.certificates, ())
        if each.status in DEAD and set(each.names) == set(desired.names)
    ]
    return max(dead, key=_age, default=_NOBODY).arn


def validation_records(desired: Desired, observed: Observed) -> Stage:
    """Plan the CNAMEs that prove the names to ACM, and keep them for the renewal."""
    found = certificate_of(observed)
    if found is None or found.type == "IMPORTED" or not set(desired.names) <= set(found.names):
        return Stage(changes=_unknown_validation(desired, observed))
    if any(v.record is None and v.method == "DNS" for v in found.validations):
        why = "ACM has not named its validation records yet (seconds)"
        return Stage(waiting=(Waiting("validation records", why, every=5),))
    wanted = {v.record for v in found.validations if v.record is not None}
    missing = [
        RecordSet(name, "CNAME", VALIDATION_TTL, (f"{value}.",)) for name, value in sorted(wanted)
    ]
    return Stage(changes=_batches(observed, "Validation records", missing))


def alias_records(desired: Desired, observed: Observed) -> Stage:
    """Plan the records that lead the names to the environment."""
    environment = environment_of(observed)
    zone_id = EB_ZONE_IDS[environment.region]
    wanted = [
        RecordSet(name, "A", alias=AliasTarget(zone_id, environment.cname))
        for name in desired.names
    ]
    balancer = observed.balancer
    if desired.ipv6 and isinstance(balancer, LoadBalancer):
        target = AliasTarget(balancer.zone_id, balancer.dns_name)
        wanted += [RecordSet(name, "AAAA", alias=target) for name in desired.names]
    return Stage(changes=_batches(observed, "Alias records", wanted))


def dropped_names(desired: Desired, observed: Observed) -> Stage:
    """Delete the aliases of names that were dropped from the order, with its consent."""
    if "remove-name" not in desired.allow:
        return DONE
    return Stage(
        changes=tuple(
            ChangeRecords(zone.id, zone.name, "Dropped names", (), (record,))
            for zone, record in foreign_aliases(desired, observed)
        )
    )


def foreign_aliases(
    desired: Desired, observed: Observed
) -> tuple[tuple[HostedZone, RecordSet], ...]:
    """Return the aliases that lead to this environment under names not ordered."""
    cname = environment_of(observed).cname
    return tuple(
        (zone, record)
        for zone in seen(observed.zones, ())
        for record in seen(observed.records.get(zone.id), ())
        if record.alias and record.alias.dns_name == cname and record.name not in desired.names
    )


def public_zones(observed: Observed, name: str) -> tuple[HostedZone, ...]:
    """Return the public zones that could hold the name."""
    return tuple(
        zone
        for zone in seen(observed.zones, ())
        if not zone.private and (name == zone.name or name.endswith(f".{zone.name}"))
    )


_NOBODY = Certificate(arn="", status="", names=())


def _age(each: Certificate) -> str:
    return each.created.isoformat() if each.created else ""


def _unknown_validation(desired: Desired, observed: Observed) -> tuple[Change, ...]:
    zones: dict[str, list[str]] = {}
    for name in desired.names:
        zone = choose_zone(name, observed)
        bare = name.removeprefix("*.")
        zones.setdefault(zone.name if zone else registrable_domain(name), []).append(bare)
    return tuple(
        ChangeRecords(
            "",
            zone,
            "Validation records",
            tuple(
                RecordSet(f"{KNOWN_AFTER} for {name}", "CNAME", None, (KNOWN_AFTER,))
                for name in dict.fromkeys(names)
            ),
        )
        for zone, names in sorted(zones.items())
    )


def _batches(
    observed: Observed, purpose: str, wanted: Iterable[RecordSet]
) -> tuple[ChangeRecords, ...]:
    creates: dict[str, list[RecordSet]] = {}
    deletes: dict[str, list[RecordSet]] = {}
    names: dict[str, str] = {}
    for record in wanted:
        zone = choose_zone(record.name, observed)
        zone_id = zone.id if zone else ""
        names[zone_id] = zone.name if zone else registrable_domain(record.name)
        present = records_at(observed, zone_id, record.name)
        if any(_same(record, other) for other in present):
            continue
        creates.setdefault(zone_id, []).append(record)
        deletes.setdefault(zone_id, []).extend(o for o in present if _in_the_way(record, o))
    return _sorted_batches(purpose, names, creates, deletes)


def _sorted_batches(
    purpose: str,
    names: Mapping[str, str],
    creates: Mapping[str, list[RecordSet]],
    deletes: Mapping[str, list[RecordSet]],
) -> tuple[ChangeRecords, ...]:
    return tuple(
        ChangeRecords(
            zone_id,
            names[zone_id],
            purpose,
            tuple(creates[zone_id]),
            tuple(dict.fromkeys(deletes[zone_id])),
        )
        for zone_id in sorted(creates)
    )


def _same(wanted: RecordSet, present: RecordSet) -> bool:
    if wanted.type != present.type or present.set_identifier is not None:
        return False
    if wanted.alias and present.alias:
        return (wanted.alias.zone_id, wanted.alias.dns_name) == (
            present.alias.zone_id,
            present.alias.dns_name,
        )
    return bool(wanted.values) and _plain(wanted.values) == _plain(present.values)


def _plain(values: Iterable[str]) -> set[str]:
    return {value.lower().rstrip(".") for value in values}


def _in_the_way(wanted: RecordSet, present: RecordSet) -> bool:
    if wanted.type == "CNAME":
        return True
    return present.type in {wanted.type, "CNAME"}
