"""AWS Certificate Manager: find, describe and request certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ebdeploy.aws.clients import Door, pages
from ebdeploy.facts.state import Certificate, Validation

SERVICE = "acm"
# Without them ListCertificates hides every EC certificate, and we would request a second one.
KEY_TYPES = [
    "RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1",
]  # fmt: skip


def list_certificates(door: Door) -> tuple[Certificate, ...]:
    """Return all certificates of the region with their names, without validation records."""
    items = pages(
        door,
        SERVICE,
        "ListCertificates",
        "CertificateSummaryList",
        ("NextToken", "NextToken"),
        Includes={"keyTypes": KEY_TYPES},
        MaxItems=1000,
    )
    return tuple(_summary(item) for item in items)


def describe_certificate(door: Door, arn: str) -> Certificate:
    """Return one certificate with its validation records."""
    return _detail(door.call(SERVICE, "DescribeCertificate", CertificateArn=arn)["Certificate"])


def request_certificate(
    door: Door, names: Sequence[str], token: str, tags: Mapping[str, str]
) -> str:
    """Request a DNS-validated certificate and return its ARN.

    ``token`` makes a repetition within an hour return the same certificate; the tags travel in
    the same call, so that a crash leaves no orphan.
    """
    others = {"SubjectAlternativeNames": list(names)} if len(names) > 1 else {}
    answer = door.call(
        SERVICE,
        "RequestCertificate",
        DomainName=names[0],
        ValidationMethod="DNS",
        IdempotencyToken=token,
        Tags=[{"Key": key, "Value": value} for key, value in sorted(tags.items())],
        **others,
    )
    return str(answer["CertificateArn"])


def _summary(item: Mapping[str, Any]) -> Certificate:
    return Certificate(
        arn=item["CertificateArn"],
        status=item.get("Status", ""),
        names=_names(item, "SubjectAlternativeNameSummaries"),
        type=item.get("Type", "AMAZON_ISSUED"),
        created=item.get("CreatedAt"),
        not_before=item.get("NotBefore"),
        not_after=item.get("NotAfter"),
        in_use=bool(item.get("InUse")),
    )


def _detail(item: Mapping[str, Any]) -> Certificate:
    return Certificate(
        arn=item["CertificateArn"],
        status=item["Status"],
        names=_names(item, "SubjectAlternativeNames"),
        type=item.get("Type", "AMAZON_ISSUED"),
        created=item.get("CreatedAt") or item.get("ImportedAt"),
        not_before=item.get("NotBefore"),
        not_after=item.get("NotAfter"),
        failure_reason=item.get("FailureReason"),
        in_use=bool(item.get("InUseBy")),
        renewal_status=(item.get("RenewalSummary") or {}).get("RenewalStatus"),
        serial=item.get("Serial"),
        validations=tuple(_validation(each) for each in item.get("DomainValidationOptions", ())),
    )


def _names(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    every = [item["DomainName"], *item.get(key, ())]
    return tuple(dict.fromkeys(name.lower() for name in every))


def _validation(item: Mapping[str, Any]) -> Validation:
    record = item.get("ResourceRecord")
    return Validation(
        name=item["DomainName"].lower(),
        status=item.get("ValidationStatus", "PENDING_VALIDATION"),
        record=(_plain(record["Name"]), _plain(record["Value"])) if record else None,
        method=item.get("ValidationMethod", "DNS"),
    )


def _plain(name: str) -> str:
    return name.lower().rstrip(".")
