"""What an order may not do to this environment: each refusal a finding with its way out. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.facts.options import (
    EB_ZONE_IDS,
    HEALTH_PATH,
    LISTENER_ENABLED,
    MATCHER,
    REDIRECT_PATH,
)
from ebdeploy.facts.state import Observed, Registration, RepositoryOptions
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.lost_records import lost_records
from ebdeploy.provisioning.plan_environment import (
    TRANSITION_MATCHER,
    health_path_answers,
    shadowed,
    wanted_policy,
)
from ebdeploy.provisioning.plan_records import domains, foreign_aliases, public_zones
from ebdeploy.provisioning.stages import (
    environment_of,
    listener_on,
    seen,
    served_hosts,
    settings_of,
)


def refuse(desired: Desired, observed: Observed) -> tuple[Finding, ...]:
    """Return why the order cannot be carried out as it stands, empty when it can."""
    if environment_of(observed).status != "Ready":
        return ()  # what is half-way through a change cannot be judged yet
    return (
        *_unknown_region(observed),
        *_dropped_names(desired, observed),
        *_no_zone(desired, observed),
        *_signed_domain(desired, observed),
        *_lost_records(desired, observed),
        *_foreign_listener(observed),
        *_weaker_policy(desired, observed),
        *_redirect_not_deployed(desired, observed),
        *_health_not_deployed(desired, observed),
        *_ipv4_only(desired, observed),
    )


def _blocked(code: str, subject: str, message: str, fix: Fix, *proof: Evidence) -> Finding:
    return Finding(code, Severity.ERROR, subject, message, proof, (fix,))


def _unknown_region(observed: Observed) -> Iterable[Finding]:
    environment = environment_of(observed)
    if environment.region not in EB_ZONE_IDS:
        yield _blocked(
            "AWS010",
            environment.region,
            f"Elastic Beanstalk has no public alias zone in {environment.region}.",
            Fix("Use an environment in a region of the aws or aws-us-gov partition."),
        )


def _dropped_names(desired: Desired, observed: Observed) -> Iterable[Finding]:
    cname = environment_of(observed).cname
    kept = {*desired.hosts(cname), cname}
    dropped = {h for h in served_hosts(observed) if h not in kept and "*" not in h}
    dropped |= {record.name for _, record in foreign_aliases(desired, observed)}
    if dropped and "remove-name" not in desired.allow:
        names = ", ".join(sorted(dropped))
        yield _blocked(
            "OPS005",
            names,
            f"{names} is served today and is not among the names of this run.",
            Fix(
                "The names are the complete set: add it, or drop it on purpose.",
                "python manage.py provision_domain " + " ".join((*desired.names, *sorted(dropped))),
                Auto.CONSENT,
                "remove-name",
            ),
        )


def _no_zone(desired: Desired, observed: Observed) -> Iterable[Finding]:
    for domain in domains(desired):
        owned = isinstance(observed.registrations.get(domain), Registration)
        names = [n for n in desired.names if n == domain or n.endswith(f".{domain}")]
        if any(public_zones(observed, name.removeprefix("*.")) for name in names):
            continue
        if not owned and "create-zone" not in desired.allow:
            yield _blocked(
                "DNS003",
                domain,
                f"This account has no public hosted zone for {domain}, "
                "and the domain is not registered here.",
                Fix(
                    "If its DNS shall move to Route 53, let a zone be created "
                    "(0.50 USD a month), then set its name servers at your registrar.",
                    f"python manage.py provision_domain {' '.join(desired.names)} "
                    "--allow create-zone",
                    Auto.CONSENT,
                    "create-zone",
                ),
                Evidence(f"aws route53 list-hosted-zones-by-name --dns-name {domain}", "", "none"),
            )


def _signed_domain(desired: Desired, observed: Observed) -> Iterable[Finding]:
    """Refuse to move a domain whose DS record would make the new servers' answers bogus."""
    for domain in domains(desired):
        delegation = observed.dns.delegations.get(domain)
        if "update-nameservers" in desired.allow and delegation and delegation.signed:
            yield _blocked(
                "SEC005",
                domain,
                f"{domain} has a DS record (DNSSEC): with other name servers every validating "
                "resolver would refuse it.",
                Fix(
                    "Remove the DS record at the registrar, wait until it has left the caches "
                    "(a day), then run again."
                ),
                Evidence(f"dig DS {domain}", "registry", "a DS record stands there"),
            )


def _lost_records(desired: Desired, observed: Observed) -> Iterable[Finding]:
    if "update-nameservers" not in desired.allow or "lose-records" in desired.allow:
        return
    for domain in domains(desired):
        lost = lost_records(domain, observed)
        if lost:
            yield _blocked(
                "DNS031",
                domain,
                f"Moving the name servers of {domain} would lose what the old ones answer: "
                f"{'; '.join(lost)}.",
                Fix(
                    "Create these records in the new zone first, or accept the loss.",
                    f"python manage.py provision_domain {' '.join(desired.names)} "
                    "--allow update-nameservers --allow lose-records",
                    Auto.CONSENT,
                    "lose-records",
                ),
            )


def _foreign_listener(observed: Observed) -> Iterable[Finding]:
    live = listener_on(observed, 443)
    if live is not None and LISTENER_ENABLED not in settings_of(observed):
        yield _blocked(
            "EB021",
            "listener 443",
            "The load balancer has a listener on port 443 that Elastic Beanstalk did not make.",
            Fix(
                "Delete it, then run again: Elastic Beanstalk will make its own.",
                f"aws elbv2 delete-listener --listener-arn {live.arn}",
            ),
            Evidence("aws elbv2 describe-listeners", "", f"{live.protocol} {live.port}"),
        )


def _weaker_policy(desired: Desired, observed: Observed) -> Iterable[Finding]:
    live = listener_on(observed, 443)
    policies = seen(observed.ssl_policies, {})
    wanted = wanted_policy(desired, observed)
    if live is None or not live.ssl_policy or desired.ssl_policy is None:
        return
    lost = set(policies.get(live.ssl_policy, ())) - set(policies.get(wanted, ()))
    if lost and "tighten-tls" not in desired.allow:
        yield _blocked(
            "TLS015",
            wanted,
            f"Changing {live.ssl_policy} to {wanted} takes away {', '.join(sorted(lost))}.",
            Fix(
                "If no client needs them any more, say so.",
                f"python manage.py provision_domain --ssl-policy {wanted} --allow tighten-tls",
                Auto.CONSENT,
                "tighten-tls",
            ),
        )


def _redirect_not_deployed(desired: Desired, observed: Observed) -> Iterable[Finding]:
    if desired.redirect != "rule" or REDIRECT_PATH in settings_of(observed):
        return
    yield _blocked(
        "EB020",
        ".ebextensions/30-https-redirect.config",
        "The deployed version does not carry the redirect rule.",
        Fix(
            "Commit .ebextensions/30-https-redirect.config and deploy it, "
            "or let Django redirect with --redirect=django.",
            "git add .ebextensions && git commit && eb deploy",
        ),
        Evidence("aws elasticbeanstalk describe-configuration-settings", "", f"no {REDIRECT_PATH}"),
    )


def _health_not_deployed(desired: Desired, observed: Observed) -> Iterable[Finding]:
    hidden = shadowed(desired, observed)
    if not hidden:
        return
    if isinstance(observed.bundle, RepositoryOptions):
        absent = {HEALTH_PATH, MATCHER} - set(observed.bundle.options)
        if absent & set(hidden):
            yield _health_file_missing()
            return
    matcher = settings_of(observed).get(MATCHER, desired.matcher)
    deadlocked = "200" not in matcher.replace(" ", "").split(",")
    if not health_path_answers(desired, observed) and not deadlocked:
        yield _health_path_silent(desired, observed, matcher)


def _health_file_missing() -> Finding:
    return _blocked(
        "EB022",
        ".ebextensions/20-health.config",
        "The deployed version does not carry the health check's path and matcher.",
        Fix(
            "Commit .ebextensions/20-health.config and deploy it.",
            "git add .ebextensions && git commit && eb deploy",
        ),
    )


def _health_path_silent(desired: Desired, observed: Observed, matcher: str) -> Finding:
    meanwhile = f" (the matcher is {matcher} meanwhile)" if matcher == TRANSITION_MATCHER else ""
    proof = [
        Evidence(
            f"curl -i -H 'Host: {e.name}' http://{e.address}{e.path}",
            e.address,
            e.error or str(e.status),
        )
        for e in observed.wire
        if e.path == desired.health_path
    ]
    return _blocked(
        "HTTP017",
        desired.health_path,
        f"{desired.health_path} does not answer 200 through the load balancer, so the health "
        f"check cannot move there{meanwhile}.",
        Fix("Put ebdeploy.middleware.health_check first in MIDDLEWARE and deploy.", "eb deploy"),
        *proof,
    )


def _ipv4_only(desired: Desired, observed: Observed) -> Iterable[Finding]:
    balancer = seen(observed.balancer, None)
    if desired.ipv6 and balancer is not None and balancer.ip_address_type != "dualstack":
        yield _blocked(
            "DNS032",
            balancer.dns_name,
            "The load balancer speaks IPv4 only, so there is nothing for an AAAA record.",
            Fix(
                "Set the option aws:elbv2:loadbalancer IpAddressType to dualstack "
                "(the subnets need IPv6), or leave out --ipv6."
            ),
        )
