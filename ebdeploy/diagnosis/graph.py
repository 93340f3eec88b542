"""The graph of checks: chain order, and what is only a consequence of something before. Pure.

Comes in: ``Observed``. Goes out: findings, root causes first. A finding behind a broken link
names the link as its cause; adding a check is adding a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from ebdeploy.diagnosis.access import check_access
from ebdeploy.diagnosis.acm import check_certificate
from ebdeploy.diagnosis.balancer import check_listeners, check_rules, check_targets
from ebdeploy.diagnosis.beanstalk import check_environment, check_health, check_options
from ebdeploy.diagnosis.caa import check_caa
from ebdeploy.diagnosis.delegation import check_delegation
from ebdeploy.diagnosis.findings import Finding, Severity
from ebdeploy.diagnosis.registration import check_registration
from ebdeploy.diagnosis.site import check_http, check_tls
from ebdeploy.diagnosis.site_records import check_site_records
from ebdeploy.diagnosis.validation import check_validation
from ebdeploy.facts.state import Observed


class Link(NamedTuple):
    """A check, and the links of the chain it hangs on."""

    name: str
    check: Callable[[Observed], Iterable[Finding]]
    needs: tuple[str, ...] = ()


CHAIN = (
    Link("access", check_access),
    Link("environment", check_environment, ("access",)),
    Link("registration", check_registration),
    Link("delegation", check_delegation, ("registration",)),
    Link("validation", check_validation, ("delegation",)),
    Link("caa", check_caa, ("delegation",)),
    Link("certificate", check_certificate, ("access", "validation", "caa")),
    Link("site-records", check_site_records, ("delegation",)),
    Link("options", check_options, ("environment",)),
    Link("targets", check_targets, ("options",)),
    Link("health", check_health, ("targets",)),
    Link("rules", check_rules, ("environment",)),
    Link("listeners", check_listeners, ("environment", "certificate")),
    Link("tls", check_tls, ("listeners", "site-records")),
    Link("http", check_http, ("tls", "targets", "rules")),
)


def diagnose(observed: Observed, families: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Return the findings, root causes first, then chain order.

    ``families`` keeps the codes that start with one of these prefixes. Equal inputs give equal
    outputs.
    """
    causes: dict[str, str] = {}
    found: list[Finding] = []
    for link in CHAIN:
        cause = next((causes[need] for need in link.needs if need in causes), None)
        for finding in link.check(observed):
            follows = cause is not None and finding.severity is not Severity.INFO
            found.append(finding.because_of(cause) if cause and follows else finding)
            if finding.is_problem and link.name not in causes:
                causes[link.name] = cause or finding.code
        if cause:
            causes.setdefault(link.name, cause)
    kept = [f for f in found if families is None or f.code.startswith(tuple(families))]
    return tuple(
        sorted(kept, key=lambda finding: not (finding.is_problem and not finding.caused_by))
    )
