"""ACM: what the certificate's own state says. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ebdeploy.diagnosis.evidence import check, provision
from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.facts.state import Certificate, Observed

YOUNG = timedelta(minutes=60)
# FailureReason -> code and who can do something (https://docs.aws.amazon.com/acm/latest/APIReference/)
FAILURES = {
    "NO_AVAILABLE_CONTACTS": ("ACM031", "Validation by mail found no address."),
    "ADDITIONAL_VERIFICATION_REQUIRED": ("ACM032", "AWS Support must verify this name first."),
    "DOMAIN_NOT_ALLOWED": ("ACM033", "The name is on a list of unsafe sites (see VirusTotal)."),
    "INVALID_PUBLIC_DOMAIN": ("ACM034", "The name is not below a public suffix."),
    "DOMAIN_VALIDATION_DENIED": ("ACM035", "The validation was denied."),
    "CAA_ERROR": ("ACM036", "A CAA record kept Amazon out."),
}
REPAIRED = {"NO_AVAILABLE_CONTACTS", "DOMAIN_VALIDATION_DENIED", "CAA_ERROR"}


def check_certificate(observed: Observed) -> Iterator[Finding]:
    """Yield what the certificate's state means for the names."""
    certificate = observed.certificate
    if certificate is None:
        yield no_certificate(observed)
    elif isinstance(certificate, Certificate):
        if set(observed.names) <= set(certificate.names):
            yield from _state(observed, certificate)
        else:
            yield names_missing(observed, certificate)


def _state(observed: Observed, certificate: Certificate) -> Iterator[Finding]:
    if certificate.status == "PENDING_VALIDATION":
        yield _pending(observed, certificate)
    elif certificate.status == "VALIDATION_TIMED_OUT":
        yield timed_out(observed, certificate)
    elif certificate.status == "FAILED":
        yield failed(observed, certificate)
    elif certificate.status in {"EXPIRED", "REVOKED", "INACTIVE"}:
        yield dead(observed, certificate)
    else:
        yield from _issued(observed, certificate)


def _pending(observed: Observed, certificate: Certificate) -> Finding:
    waiting = [v for v in certificate.validations if v.status != "SUCCESS"]
    if any(v.record is None for v in waiting):
        return unnamed_records(certificate)
    if not waiting:
        return validated_not_issued(observed, certificate)
    if len(waiting) < len(certificate.validations):
        return partly_validated(certificate, [v.name for v in waiting])
    age = observed.now - certificate.created if certificate.created else timedelta()
    return pending(certificate) if age < YOUNG else long_pending(observed, certificate)


def _issued(observed: Observed, certificate: Certificate) -> Iterator[Finding]:
    if certificate.type == "IMPORTED":
        yield imported(observed, certificate)
        return
    if not certificate.in_use:
        yield unused(observed, certificate)
    if certificate.renewal_status == "FAILED":
        yield renewal_failed(observed, certificate)
    elif certificate.renewal_status == "PENDING_VALIDATION":
        yield renewal_waits(observed, certificate)
    yield from _expiry(observed, certificate)


def _expiry(observed: Observed, certificate: Certificate) -> Iterator[Finding]:
    """Judge days left relative to the lifetime: 198 days today, 47 in 2029."""
    if not certificate.not_after or certificate.renewal_status == "SUCCESS":
        return
    begin = certificate.not_before or certificate.not_after - timedelta(days=198)
    lifetime = (certificate.not_after - begin).days
    left = (certificate.not_after - observed.now).days
    if left < min(14, lifetime * 0.1):
        yield expiring(observed, certificate, left, Severity.ERROR)
    elif left < min(40, lifetime * 0.2):
        yield expiring(observed, certificate, left, Severity.WARNING)


def no_certificate(observed: Observed) -> Finding:
    """ACM001."""
    return Finding(
        "ACM001", Severity.ERROR, observed.names[0],
        f"No certificate in this account and region covers {', '.join(observed.names)}.",
        (Evidence("aws acm list-certificates", "acm", "none that fits"),),
        (Fix("Let one be requested.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def pending(certificate: Certificate) -> Finding:
    """ACM002."""
    return Finding(
        "ACM002", Severity.PENDING, certificate.arn,
        "The certificate is pending; its records are right. ACM usually takes 5 to 10 minutes.",
        _described(certificate), (_wait(certificate),),
    )  # fmt: skip


def long_pending(observed: Observed, certificate: Certificate) -> Finding:
    """ACM003."""
    hours = (observed.now - (certificate.created or observed.now)).total_seconds() / 3600
    return Finding(
        "ACM003", Severity.WARNING, certificate.arn,
        f"The certificate is pending for {hours:.0f} hours. Delegation, records and CAA were "
        "looked at on every name server; what they show wrong stands beside this.",
        _described(certificate), (_wait(certificate),),
    )  # fmt: skip


def timed_out(observed: Observed, certificate: Certificate) -> Finding:
    """ACM004."""
    return Finding(
        "ACM004", Severity.ERROR, certificate.arn,
        "ACM gave the certificate up: it was not validated within 72 hours.",
        _described(certificate), (_renew(observed),),
    )  # fmt: skip


def failed(observed: Observed, certificate: Certificate) -> Finding:
    """ACM005, or ACM031 to ACM037 by the reason."""
    reason = certificate.failure_reason or "no reason given"
    code, words = FAILURES.get(reason, ("ACM005" if reason == "no reason given" else "ACM037", ""))
    fix = _renew(observed)
    if reason not in REPAIRED:
        fix = Fix(words or "Ask AWS Support, with the ARN and this reason.")
    return Finding(
        code, Severity.ERROR, certificate.arn,
        f"ACM refused the certificate ({reason}). {words}".strip(), _described(certificate), (fix,),
    )  # fmt: skip


def dead(observed: Observed, certificate: Certificate) -> Finding:
    """ACM006."""
    return Finding(
        "ACM006", Severity.FATAL, certificate.arn,
        f"The certificate is {certificate.status.lower()}: browsers refuse the site.",
        _described(certificate), (_renew(observed),),
    )  # fmt: skip


def unnamed_records(certificate: Certificate) -> Finding:
    """ACM008."""
    return Finding(
        "ACM008", Severity.PENDING, certificate.arn,
        "ACM has not named the validation records yet; this takes seconds.",
        _described(certificate), (_wait(certificate),),
    )  # fmt: skip


def partly_validated(certificate: Certificate, names: list[str]) -> Finding:
    """ACM018."""
    return Finding(
        "ACM018", Severity.PENDING, certificate.arn,
        f"Validated but for {', '.join(names)}.", _described(certificate), (_wait(certificate),),
    )  # fmt: skip


def validated_not_issued(observed: Observed, certificate: Certificate) -> Finding:
    """ACM019."""
    return Finding(
        "ACM019", Severity.PENDING, certificate.arn,
        "All names are validated and the certificate is not issued yet; if it stays so, look at "
        "CAA records.",
        _described(certificate), (Fix("Wait, then look again.", check(observed.names), Auto.TIME),),
    )  # fmt: skip


def unused(observed: Observed, certificate: Certificate) -> Finding:
    """ACM040."""
    return Finding(
        "ACM040", Severity.WARNING, certificate.arn,
        "The certificate is issued and nothing uses it; ACM renews only certificates in use.",
        _described(certificate),
        (Fix("Let it be attached.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def renewal_waits(observed: Observed, certificate: Certificate) -> Finding:
    """ACM041."""
    return Finding(
        "ACM041", Severity.ERROR, certificate.arn,
        "The renewal waits for validation.", _described(certificate),
        (Fix("Let the validation records be put back.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def renewal_failed(observed: Observed, certificate: Certificate) -> Finding:
    """ACM042."""
    return Finding(
        "ACM042", Severity.FATAL, certificate.arn, "The renewal failed.", _described(certificate),
        (Fix("Request a new certificate in the ACM console, then run again.", "", Auto.HUMAN),
         Fix("Look at the chain.", check(observed.names), Auto.HUMAN)),
    )  # fmt: skip


def expiring(
    observed: Observed, certificate: Certificate, days: int, severity: Severity
) -> Finding:
    """ACM044."""
    return Finding(
        "ACM044", severity, certificate.arn,
        f"The certificate expires in {days} days and has not been renewed.",
        _described(certificate), (Fix("Look at the chain.", check(observed.names), Auto.HUMAN),),
    )  # fmt: skip


def imported(observed: Observed, certificate: Certificate) -> Finding:
    """ACM045."""
    until = certificate.not_after.date().isoformat() if certificate.not_after else "its end"
    return Finding(
        "ACM045", Severity.WARNING, certificate.arn,
        f"The certificate was imported: nobody renews it, and it ends on {until}.",
        _described(certificate),
        (Fix("Delete it when a certificate of ACM's own serves the names.", "", Auto.HUMAN),),
    )  # fmt: skip


def names_missing(observed: Observed, certificate: Certificate) -> Finding:
    """ACM046."""
    missing = sorted(set(observed.names) - set(certificate.names))
    return Finding(
        "ACM046", Severity.ERROR, certificate.arn,
        f"The certificate in use lacks {', '.join(missing)}.", _described(certificate),
        (Fix("Let a new one be requested; the old one serves until then.",
             provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def _described(certificate: Certificate) -> tuple[Evidence, ...]:
    query = f"aws acm describe-certificate --certificate-arn {certificate.arn}"
    reason = f" ({certificate.failure_reason})" if certificate.failure_reason else ""
    return (Evidence(query, "acm", f"{certificate.status}{reason}"),)


def _wait(certificate: Certificate) -> Fix:
    limit = certificate.created + timedelta(hours=72) if certificate.created else None
    words = f" ACM gives up at {limit:%Y-%m-%d %H:%M} UTC." if limit else ""
    return Fix(f"Wait.{words}", "", Auto.TIME)


def _renew(observed: Observed) -> Fix:
    text = "A failed request cannot be used again: let a new one be made (the records stay)."
    return Fix(text, provision(observed.names), Auto.APPLY)
