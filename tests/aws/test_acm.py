from __future__ import annotations

from ebdeploy.aws import acm
from tests.aws.answers import Answers


def test_listing_asks_for_every_key_type() -> None:
    door = Answers(ListCertificates={"CertificateSummaryList": []})
    assert acm.list_certificates(door) == ()
    assert "EC_prime256v1" in door.parameters("ListCertificates")[0]["Includes"]["keyTypes"]


def test_a_summary_joins_main_name_and_others() -> None:
    item = {
        "CertificateArn": "c", "DomainName": "Example.com", "Status": "ISSUED", "InUse": True,
        "SubjectAlternativeNameSummaries": ["example.com", "www.example.com"],
    }  # fmt: skip
    pages = [{"CertificateSummaryList": [], "NextToken": "t"}, {"CertificateSummaryList": [item]}]
    (found,) = acm.list_certificates(Answers(ListCertificates=pages))
    assert found.names == ("example.com", "www.example.com")
    assert found.in_use


def test_validation_records_come_without_trailing_dots_and_may_be_missing() -> None:
    record = {"Name": "_A.example.com.", "Type": "CNAME", "Value": "_b.acm-validations.aws."}
    options = [
        {"DomainName": "example.com", "ValidationStatus": "SUCCESS", "ResourceRecord": record},
        {"DomainName": "www.example.com"},
    ]
    item = {
        "CertificateArn": "c", "DomainName": "example.com", "Status": "PENDING_VALIDATION",
        "DomainValidationOptions": options, "InUseBy": ["lb"],
        "RenewalSummary": {"RenewalStatus": "PENDING_VALIDATION"},
    }  # fmt: skip
    found = acm.describe_certificate(Answers(DescribeCertificate={"Certificate": item}), "c")
    first, second = found.validations
    assert first.record == ("_a.example.com", "_b.acm-validations.aws")
    assert (second.record, second.status) == (None, "PENDING_VALIDATION")
    assert (found.in_use, found.renewal_status) == (True, "PENDING_VALIDATION")


def test_a_request_carries_its_token_and_its_owner() -> None:
    door = Answers(RequestCertificate={"CertificateArn": "arn"})
    assert acm.request_certificate(door, ["a.com", "b.com"], "token", {"k": "v"}) == "arn"
    assert acm.request_certificate(door, ["a.com"], "token", {}) == "arn"
    both, single = door.parameters("RequestCertificate")
    assert both["SubjectAlternativeNames"] == ["a.com", "b.com"]
    assert (both["IdempotencyToken"], both["Tags"]) == ("token", [{"Key": "k", "Value": "v"}])
    assert "SubjectAlternativeNames" not in single
