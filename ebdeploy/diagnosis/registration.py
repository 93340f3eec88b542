"""DOM: is the domain registered, and by whom. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ebdeploy.diagnosis.evidence import asked
from ebdeploy.diagnosis.findings import Evidence, Finding, Fix, Severity
from ebdeploy.facts.names import registrable_domain
from ebdeploy.facts.state import Observed, Registration

DOMAINS = "aws route53domains --region us-east-1"
HELD = {"clientHold", "serverHold"}
LAPSED = {"redemptionPeriod", "pendingDelete"}
RENEWAL_NOTICE = timedelta(days=45)


def check_registration(observed: Observed) -> Iterator[Finding]:
    """Yield what is wrong with the registrations of the names' domains."""
    for domain in domains_of(observed):
        registration = observed.registrations.get(domain)
        delegation = observed.dns.delegations.get(domain)
        if isinstance(registration, Registration):
            yield from _registered(observed, registration)
        elif registration is None and delegation and delegation.status == "NXDOMAIN":
            yield not_registered(domain, asked(domain, "NS", delegation.answers))


def domains_of(observed: Observed) -> tuple[str, ...]:
    """Return the registered domains of the names, in order."""
    return tuple(dict.fromkeys(registrable_domain(name) for name in observed.names))


def not_registered(domain: str, evidence: tuple[Evidence, ...]) -> Finding:
    """DOM001."""
    return Finding(
        "DOM001", Severity.FATAL, domain, f"{domain} is not registered.", evidence,
        (Fix(
            "Buy it (in the Route 53 console under Registered domains, or at any registrar), "
            "or correct the spelling.",
            f"{DOMAINS} check-domain-availability --domain-name {domain}",
        ),),
    )  # fmt: skip


def suspended(domain: str, status: str) -> Finding:
    """DOM005."""
    return Finding(
        "DOM005", Severity.FATAL, domain,
        f"{domain} is suspended ({status}): it has vanished from DNS.",
        (_detail(domain, status),),
        (Fix("Confirm the registrant's e-mail address, or ask AWS Support to lift the hold."),),
    )  # fmt: skip


def lapsed(domain: str, status: str) -> Finding:
    """DOM006."""
    return Finding(
        "DOM006", Severity.FATAL, domain, f"The registration of {domain} has lapsed ({status}).",
        (_detail(domain, status),),
        (Fix("Restore it in the Route 53 console under Registered domains; this costs money."),),
    )  # fmt: skip


def not_renewing(domain: str, expires: str) -> Finding:
    """DOM007."""
    return Finding(
        "DOM007", Severity.WARNING, domain,
        f"{domain} expires on {expires} and does not renew by itself.",
        (_detail(domain, f"expires {expires}, AutoRenew false"),),
        (Fix(
            "Switch automatic renewal on.",
            f"{DOMAINS} enable-domain-auto-renew --domain-name {domain}",
        ),),
    )  # fmt: skip


def registered_elsewhere(domain: str, servers: tuple[str, ...]) -> Finding:
    """DOM008."""
    return Finding(
        "DOM008", Severity.INFO, domain, f"{domain} is registered outside this AWS account.",
        (_detail(domain, "not associated with this account"),),
        (Fix(
            "Set these name servers at your registrar: " + ", ".join(servers) + ". "
            "Running this command again goes on once DNS shows them.",
        ),),
    )  # fmt: skip


def _registered(observed: Observed, registration: Registration) -> Iterator[Finding]:
    domain, states = registration.domain, set(registration.status_list)
    if states & HELD:
        yield suspended(domain, ", ".join(sorted(states & HELD)))
    if states & LAPSED:
        yield lapsed(domain, ", ".join(sorted(states & LAPSED)))
    expires = registration.expires
    if expires and not registration.auto_renew and expires - observed.now < RENEWAL_NOTICE:
        yield not_renewing(domain, expires.date().isoformat())


def _detail(domain: str, answer: str) -> Evidence:
    query = f"{DOMAINS} get-domain-detail --domain-name {domain}"
    return Evidence(query, "route53domains", answer)
