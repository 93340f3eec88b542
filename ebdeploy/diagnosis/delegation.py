"""DNS: does the parent point at the hosted zone, and do its servers answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ebdeploy.diagnosis.evidence import asked, provision
from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.diagnosis.registration import domains_of, registered_elsewhere
from ebdeploy.facts.dns import Answer, Delegation
from ebdeploy.facts.state import HostedZone, Observed, Registration

SILENT = {"TIMEOUT", "UNREACHABLE"}


def choose_zone(name: str, observed: Observed) -> HostedZone | None:
    """Return the public zone that holds the name; among several of one name the delegated one.

    None when there is none, or when several stand there and the parent points at none of them.
    """
    fitting = [zone for zone in public_zones(observed) if holds(zone, name)]
    cut = observed.dns.cuts.get(name)
    at_cut = [zone for zone in fitting if zone.name == cut]
    longest = max((len(zone.name) for zone in fitting), default=0)
    same = at_cut or [zone for zone in fitting if len(zone.name) == longest]
    if len(same) < 2:
        return same[0] if same else None
    delegation = observed.dns.delegations.get(same[0].name)
    published = set(delegation.name_servers) if delegation else set()
    return next((zone for zone in same if published and set(zone.name_servers) == published), None)


def public_zones(observed: Observed) -> tuple[HostedZone, ...]:
    """Return the public hosted zones that were read."""
    zones = observed.zones if isinstance(observed.zones, tuple) else ()
    return tuple(zone for zone in zones if not zone.private)


def holds(zone: HostedZone, name: str) -> bool:
    """Whether the name lies at or below the zone's apex."""
    return name == zone.name or name.endswith(f".{zone.name}")


def check_delegation(observed: Observed) -> Iterator[Finding]:
    """Yield what is wrong between registry and hosted zone, for every domain."""
    for domain in domains_of(observed):
        delegation = observed.dns.delegations.get(domain)
        if delegation is None or isinstance(observed.zones, tuple) is False:
            continue
        if not delegation.name_servers:
            yield from _undelegated(observed, delegation)
        else:
            yield from _delegated(observed, delegation)


def _undelegated(observed: Observed, delegation: Delegation) -> Iterator[Finding]:
    domain = delegation.zone
    if delegation.status in SILENT:
        yield dns_unreachable(domain, delegation.answers)
    elif isinstance(observed.registrations.get(domain), Registration) or (
        delegation.status != "NXDOMAIN"
    ):
        zone = choose_zone(domain, observed)
        yield no_delegation(observed, delegation, zone.name_servers if zone else ())


def _delegated(observed: Observed, delegation: Delegation) -> Iterator[Finding]:
    domain, published = delegation.zone, set(delegation.name_servers)
    zones = [zone for zone in public_zones(observed) if zone.name == domain]
    private = isinstance(observed.zones, tuple) and any(
        z.private and z.name == domain for z in observed.zones
    )
    live = next((zone for zone in zones if set(zone.name_servers) == published), None)
    if not zones:
        if private:
            yield only_private(domain)
        return
    if live is None:
        yield from _mismatch(observed, delegation, zones)
        return
    yield from _lame(observed, delegation)
    if len(zones) > 1:
        yield several_zones(domain, live, zones)
    records = observed.records.get(live.id)
    for record in records if isinstance(records, tuple) else ():
        if record.type == "NS" and record.name == domain:
            servers = {value.lower().rstrip(".") for value in record.values}
            if servers != published:
                yield apex_edited(observed, live, sorted(servers))


def _mismatch(
    observed: Observed, delegation: Delegation, zones: Sequence[HostedZone]
) -> Iterator[Finding]:
    domain, published = delegation.zone, set(delegation.name_servers)
    answers = observed.dns.answers(domain, "SOA")
    if any(answer.status == "NOERROR" and answer.authoritative for answer in answers) and not (
        isinstance(observed.registrations.get(domain), Registration)
    ):
        yield hosted_elsewhere(observed, delegation, zones[0])
        yield registered_elsewhere(domain, zones[0].name_servers)
        return
    if any(set(zone.name_servers) & published for zone in zones):
        yield partly_stale(observed, delegation, zones[0])
    else:
        yield wrong_servers(observed, delegation, zones)
    if not isinstance(observed.registrations.get(domain), Registration):
        yield registered_elsewhere(domain, zones[0].name_servers)


def _lame(observed: Observed, delegation: Delegation) -> Iterator[Finding]:
    answers = observed.dns.answers(delegation.zone, "SOA")
    silent = [a for a in answers if a.status in SILENT]
    bad = [
        a for a in answers if a not in silent and not (a.status == "NOERROR" and a.authoritative)
    ]
    if bad:
        yield lame(observed, delegation, bad)
    elif silent and len(silent) == len(answers):
        yield servers_silent(delegation, silent)


def no_delegation(observed: Observed, delegation: Delegation, servers: tuple[str, ...]) -> Finding:
    """DNS001."""
    domain = delegation.zone
    return Finding(
        "DNS001", Severity.FATAL, domain,
        f"The registry publishes no name servers for {domain}.",
        asked(domain, "NS", delegation.answers), (_delegate(observed, domain, servers),),
    )  # fmt: skip


def wrong_servers(
    observed: Observed, delegation: Delegation, zones: Sequence[HostedZone]
) -> Finding:
    """DNS002."""
    domain = delegation.zone
    answers = observed.dns.answers(domain, "SOA")
    own = [
        Evidence(f"aws route53 get-hosted-zone --id {z.id}", "route53", ", ".join(z.name_servers))
        for z in zones
    ]
    return Finding(
        "DNS002", Severity.FATAL, domain,
        f"The registry sends {domain} to {', '.join(delegation.name_servers)}, but your hosted "
        f"zone answers at {', '.join(zones[0].name_servers)}. Nothing you put into the zone is "
        "seen, so a certificate stays pending. This happens when a zone is deleted and created "
        "again.",
        (*asked(domain, "NS", delegation.answers[:1]), *own, *asked(domain, "SOA", answers[:2])),
        (_delegate(observed, domain, zones[0].name_servers),),
    )  # fmt: skip


def hosted_elsewhere(observed: Observed, delegation: Delegation, zone: HostedZone) -> Finding:
    """DNS003."""
    domain = delegation.zone
    return Finding(
        "DNS003", Severity.ERROR, domain,
        f"The DNS of {domain} is served by {', '.join(delegation.name_servers)}, not by the "
        "hosted zone in this account.",
        asked(domain, "NS", delegation.answers[:1]),
        (_delegate(observed, domain, zone.name_servers),),
    )  # fmt: skip


def partly_stale(observed: Observed, delegation: Delegation, zone: HostedZone) -> Finding:
    """DNS005."""
    domain = delegation.zone
    stale = sorted(set(delegation.name_servers) - set(zone.name_servers))
    return Finding(
        "DNS005", Severity.ERROR, domain,
        f"Some name servers that the registry publishes for {domain} are not those of the zone: "
        f"{', '.join(stale)}.",
        asked(domain, "NS", delegation.answers[:1]),
        (_delegate(observed, domain, zone.name_servers),),
    )  # fmt: skip


def lame(observed: Observed, delegation: Delegation, bad: Sequence[Answer]) -> Finding:
    """DNS006."""
    domain = delegation.zone
    return Finding(
        "DNS006", Severity.FATAL, domain,
        f"Name servers of {domain} do not answer for it (lame delegation): "
        f"{', '.join(answer.server for answer in bad)}.",
        asked(domain, "SOA", bad),
        (Fix("Delegate the domain to the name servers of its hosted zone, and to no others.",
             provision(observed.names, "update-nameservers"), Auto.CONSENT, "update-nameservers"),),
    )  # fmt: skip


def servers_silent(delegation: Delegation, silent: Sequence[Answer]) -> Finding:
    """DNS009."""
    domain = delegation.zone
    return Finding(
        "DNS009", Severity.FATAL, domain, f"No name server of {domain} answers.",
        asked(domain, "SOA", silent),
        (Fix("Allow DNS (port 53, UDP and TCP) out of this network, or ask the DNS provider."),),
        unobserved=True,
    )  # fmt: skip


def dns_unreachable(domain: str, answers: Sequence[Answer]) -> Finding:
    """DNS009, before any zone was reached."""
    return Finding(
        "DNS009", Severity.FATAL, domain, "No server of the DNS root or the registry answers.",
        asked(domain, "NS", answers),
        (Fix("Allow DNS (port 53, UDP and TCP) out of this network, then run again."),),
        unobserved=True,
    )  # fmt: skip


def apex_edited(observed: Observed, zone: HostedZone, servers: Sequence[str]) -> Finding:
    """DNS008."""
    return Finding(
        "DNS008", Severity.WARNING, zone.name,
        f"Somebody edited the NS record of {zone.name}: it says {', '.join(servers)}, the zone's "
        f"own servers are {', '.join(zone.name_servers)}.",
        asked(zone.name, "SOA", observed.dns.answers(zone.name, "SOA")[:1]),
        (Fix("Put the zone's own four servers back into its NS record."),),
    )  # fmt: skip


def several_zones(domain: str, live: HostedZone, zones: Sequence[HostedZone]) -> Finding:
    """DNS010."""
    others = ", ".join(sorted(zone.id for zone in zones if zone is not live))
    return Finding(
        "DNS010", Severity.WARNING, domain,
        f"{len(zones)} hosted zones are named {domain}; the live one is {live.id}, the others "
        f"({others}) cost money and serve nothing.",
        (Evidence(f"aws route53 list-hosted-zones-by-name --dns-name {domain}", "route53",
                  ", ".join(sorted(zone.id for zone in zones))),),
        (Fix("Delete the other zones when you are sure that you need nothing in them."),),
    )  # fmt: skip


def only_private(domain: str) -> Finding:
    """DNS011."""
    return Finding(
        "DNS011", Severity.ERROR, domain,
        f"The only hosted zone for {domain} is private; ACM and visitors look at public DNS.",
        (Evidence(f"aws route53 list-hosted-zones-by-name --dns-name {domain}", "route53",
                  "PrivateZone: true"),),
        (Fix("Let a public zone be created.", "", Auto.APPLY),),
    )  # fmt: skip


def _delegate(observed: Observed, domain: str, servers: Sequence[str]) -> Fix:
    words = f"Delegate {domain} to {', '.join(servers) or 'the servers of its hosted zone'}. "
    if isinstance(observed.registrations.get(domain), Registration):
        return Fix(
            words
            + "The registry shows it within minutes, caches keep the old ones up to 48 hours.",
            provision(observed.names, "update-nameservers"),
            Auto.CONSENT,
            "update-nameservers",
        )
    return Fix(words + "Do this at your registrar; do not edit the zone's own NS record.")
