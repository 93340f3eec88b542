"""AWS: what could not be looked at; never taken for "all is well". Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ebdeploy.diagnosis.findings import Evidence, Finding, Fix, Severity
from ebdeploy.facts.state import Observed, Unobserved

PARTS = {
    "environment": "the environment",
    "resources": "the environment's resources",
    "settings": "the option settings",
    "balancer": "the load balancer",
    "listeners": "the listeners",
    "rules": "the rules of listener 80",
    "targets": "the health of the targets",
    "certificate": "the certificate",
    "certificates": "the certificates",
    "zones": "the hosted zones",
}


def check_access(observed: Observed) -> Iterator[Finding]:
    """Yield one finding for every part that could not be read."""
    for field, words in PARTS.items():
        value = getattr(observed, field)
        if isinstance(value, Unobserved):
            yield could_not_look(words, value.reason)
    for domain, registration in observed.registrations.items():
        if isinstance(registration, Unobserved):
            yield could_not_look(f"the registration of {domain}", registration.reason)
    for zone_id, records in observed.records.items():
        if isinstance(records, Unobserved):
            yield could_not_look(f"the records of zone {zone_id}", records.reason)


def could_not_look(what: str, reason: str) -> Finding:
    """AWS003 where a permission is missing, else AWS009."""
    denied = "may not" in reason
    return Finding(
        "AWS003" if denied else "AWS009", Severity.ERROR, what,
        f"Could not look at {what}: {reason}", (Evidence(what, "aws", reason),),
        (Fix("Allow the action to these credentials, then run again." if denied
             else "Run again; if it stays, look at the network and at AWS's health page."),),
        unobserved=True,
    )  # fmt: skip
