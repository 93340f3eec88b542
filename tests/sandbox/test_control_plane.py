from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import botocore.exceptions
import pytest

from tests.sandbox.accounts import CLOCK, Account, running_account

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running_account() as running:
        yield running


def code_of(error: pytest.ExceptionInfo[botocore.exceptions.ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def change(action: str, name: str, rdtype: str, *values: str, ttl: int = 60) -> dict[str, Any]:
    records = [{"Value": value} for value in values]
    shape = {"Name": name, "Type": rdtype, "TTL": ttl, "ResourceRecords": records}
    return {"Action": action, "ResourceRecordSet": shape}


def send(account: Account, zone_id: str, *changes: dict[str, Any]) -> dict[str, Any]:
    batch = {"Changes": list(changes)}
    answer: dict[str, Any] = account.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id, ChangeBatch=batch
    )
    return answer


def test_an_unsigned_request_is_refused(account: Account) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(account.gate.url)
    with refused.value as answer:
        assert answer.code == 403


def test_what_is_not_ours_is_motos_in_our_account(account: Account) -> None:
    identity = account.client("sts").get_caller_identity()
    assert identity["Account"] == "111122223333"


def test_zones_are_created_listed_and_deleted(account: Account) -> None:
    client = account.client("route53")
    made = client.create_hosted_zone(Name="made.example", CallerReference="once")
    zone_id = made["HostedZone"]["Id"]
    servers = set(made["DelegationSet"]["NameServers"])
    assert len(servers) == 4
    other = client.create_hosted_zone(Name="made.example", CallerReference="twice")
    assert not servers & set(other["DelegationSet"]["NameServers"])
    listed = client.list_hosted_zones_by_name(DNSName="made.example", MaxItems="1")
    assert (listed["IsTruncated"], listed["NextDNSName"]) == (True, "made.example.")
    rest = client.list_hosted_zones_by_name(
        DNSName=listed["NextDNSName"], HostedZoneId=listed["NextHostedZoneId"]
    )
    assert rest["HostedZones"][0]["Id"] != listed["HostedZones"][0]["Id"]
    assert len(client.list_hosted_zones()["HostedZones"]) >= 2
    client.delete_hosted_zone(Id=zone_id)
    with pytest.raises(botocore.exceptions.ClientError) as used:
        client.create_hosted_zone(Name="made.example", CallerReference="once")
    assert code_of(used) == "HostedZoneAlreadyExists"
    with pytest.raises(client.exceptions.NoSuchHostedZone):
        client.get_hosted_zone(Id=zone_id)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(change("CREATE", "a.example.org", "A", "192.0.2.1"), id="outside-the-zone"),
        pytest.param(change("CREATE", "a.bad.example", "A", "not-an-ip"), id="not-an-address"),
        pytest.param(change("CREATE", "bad.example", "CNAME", "x.example"), id="cname-at-apex"),
        pytest.param(change("CREATE", "bad.example", "CAA", "nonsense"), id="bad-caa"),
        pytest.param(change("DELETE", "gone.bad.example", "A", "192.0.2.1"), id="not-there"),
        pytest.param(change("CREATE", "www.bad.example", "CNAME", "x.example"), id="conflict"),
        pytest.param(change("DELETE", "www.bad.example", "A", "192.0.2.9"), id="other-value"),
        pytest.param(change("CREATE", "www.bad.example", "A", "192.0.2.9"), id="exists"),
    ],
)
def test_a_bad_change_takes_the_whole_batch_with_it(account: Account, bad: dict[str, Any]) -> None:
    zone = next((z for z in account.state.zones.values() if z.name == "bad.example"), None)
    zone = zone or account.delegated_zone("bad.example")
    send(account, zone.id, change("UPSERT", "www.bad.example", "A", "192.0.2.1"))
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        send(account, zone.id, change("CREATE", "new.bad.example", "A", "192.0.2.2"), bad)
    assert code_of(refused) == "InvalidChangeBatch"
    assert ("new.bad.example", "A", None) not in zone.records


def test_records_are_paged_and_changes_become_insync(account: Account) -> None:
    zone = account.delegated_zone("paged.example")
    answer = send(account, zone.id, change("CREATE", r"\052.paged.example", "TXT", '"x"'))
    client = account.client("route53")
    CLOCK.sleep(40)
    status = client.get_change(Id=answer["ChangeInfo"]["Id"])["ChangeInfo"]["Status"]
    assert status == "INSYNC"
    with pytest.raises(client.exceptions.NoSuchChange):
        client.get_change(Id="C0")
    first = client.list_resource_record_sets(HostedZoneId=zone.id, MaxItems="1")
    assert first["IsTruncated"]
    pages = client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone.id)
    names = [r["Name"] for page in pages for r in page["ResourceRecordSets"]]
    assert r"\052.paged.example." in names
    with pytest.raises(client.exceptions.HostedZoneNotEmpty):
        client.delete_hosted_zone(Id=zone.id)


def test_a_certificate_is_issued_when_dns_shows_its_records(account: Account) -> None:
    zone = account.delegated_zone("issued.example")
    acm = account.client("acm")
    request = {
        "DomainName": "issued.example", "ValidationMethod": "DNS", "IdempotencyToken": "once",
        "SubjectAlternativeNames": ["*.issued.example"],
    }  # fmt: skip
    arn = acm.request_certificate(**request)["CertificateArn"]
    assert acm.request_certificate(**request)["CertificateArn"] == arn
    CLOCK.sleep(20)
    account.acm.advance()
    pending = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert pending["Status"] == "PENDING_VALIDATION"
    with pytest.raises(acm.exceptions.RequestInProgressException):
        acm.get_certificate(CertificateArn=arn)
    records = {v["ResourceRecord"]["Name"]: v for v in pending["DomainValidationOptions"]}
    assert len(records) == 1
    for name, option in records.items():
        send(account, zone.id, change("CREATE", name, "CNAME", option["ResourceRecord"]["Value"]))
    CLOCK.sleep(20)
    account.acm.advance()
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    assert acm.get_certificate(CertificateArn=arn)["Certificate"].startswith("-----BEGIN")
    assert arn in [c["CertificateArn"] for c in acm.list_certificates()["CertificateSummaryList"]]
    tags = [{"Key": "k", "Value": "v"}]
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=tags)
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == tags
    acm.delete_certificate(CertificateArn=arn)
    with pytest.raises(acm.exceptions.ResourceNotFoundException):
        acm.describe_certificate(CertificateArn=arn)


def test_caa_for_others_fails_the_certificate(account: Account) -> None:
    zone = account.delegated_zone("caa.example")
    send(account, zone.id, change("CREATE", "caa.example", "CAA", '0 issue "letsencrypt.org"'))
    acm = account.client("acm")
    arn = acm.request_certificate(DomainName="caa.example", ValidationMethod="DNS")[
        "CertificateArn"
    ]
    CLOCK.sleep(10)
    (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"][
        "DomainValidationOptions"
    ]
    record = option["ResourceRecord"]
    send(account, zone.id, change("CREATE", record["Name"], "CNAME", record["Value"]))
    CLOCK.sleep(20)
    account.acm.advance()
    failed = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (failed["Status"], failed["FailureReason"]) == ("FAILED", "CAA_ERROR")


@pytest.mark.parametrize(
    ("names", "token"),
    [
        pytest.param([f"a{i}.example.com" for i in range(11)], "t", id="eleven-names"),
        pytest.param(["x.elasticbeanstalk.com"], "t", id="of-aws"),
        pytest.param(["example.com"], "bad token", id="bad-token"),
    ],
)
def test_acm_refuses_what_aws_refuses(account: Account, names: list[str], token: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError):
        account.client("acm").request_certificate(
            DomainName=names[0], SubjectAlternativeNames=names, IdempotencyToken=token
        )


def test_the_registrar_knows_its_own_domains_only(account: Account) -> None:
    account.delegated_zone("owned.example")
    account.domains.register("foreign.example", ("ns.elsewhere.test",), in_account=False)
    client = account.client("route53domains")
    assert "owned.example" in [d["DomainName"] for d in client.list_domains()["Domains"]]
    with pytest.raises(client.exceptions.InvalidInput):
        client.get_domain_detail(DomainName="foreign.example")
    assert client.check_domain_availability(DomainName="owned.example")["Availability"] == (
        "UNAVAILABLE"
    )
    assert client.list_prices(Tld="com")["Prices"][0]["Name"] == "com"
    with pytest.raises(botocore.exceptions.ClientError):
        account.client("route53domains", "ap-northeast-1").list_domains()


def test_the_registry_follows_the_registrar_later(account: Account) -> None:
    account.delegated_zone("moved.example")
    client = account.client("route53domains")
    servers = [{"Name": "ns-1.awsdns-01.org"}]
    operation = client.update_domain_nameservers(DomainName="moved.example", Nameservers=servers)
    assert client.get_domain_detail(DomainName="moved.example")["Nameservers"] == servers
    with pytest.raises(client.exceptions.DuplicateRequest):
        client.update_domain_nameservers(DomainName="moved.example", Nameservers=servers)
    CLOCK.sleep(40)
    account.domains.advance()
    assert account.state.domains["moved.example"].name_servers == ("ns-1.awsdns-01.org",)
    detail = client.get_operation_detail(OperationId=operation["OperationId"])
    assert detail["Status"] == "SUCCESSFUL"
    assert len(client.list_operations()["Operations"]) >= 1
    with pytest.raises(client.exceptions.InvalidInput):
        client.get_operation_detail(OperationId="none")


def test_a_listener_takes_only_an_issued_certificate(account: Account) -> None:
    elbv2, ec2 = account.client("elbv2"), account.client("ec2")
    heard: list[str] = []
    account.gate.on_change.append(lambda: heard.append("changed"))
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]][:2]
    balancer = elbv2.create_load_balancer(Name="awseb", Subnets=subnets)["LoadBalancers"][0]
    assert balancer["CanonicalHostedZoneId"] == "Z14GRHDCWA56QT"
    group = elbv2.create_target_group(Name="g", Protocol="HTTP", Port=80, VpcId=balancer["VpcId"])
    group_arn = group["TargetGroups"][0]["TargetGroupArn"]
    pending = account.client("acm").request_certificate(DomainName="late.example")["CertificateArn"]
    listener = {
        "LoadBalancerArn": balancer["LoadBalancerArn"], "Protocol": "HTTPS", "Port": 443,
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group_arn}],
    }  # fmt: skip
    for certificates, expected in (
        ([], "CertificateNotFound"),
        ([{"CertificateArn": "arn:none"}], "CertificateNotFound"),
        ([{"CertificateArn": pending}], "UnsupportedCertificate"),
    ):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            elbv2.create_listener(**listener, Certificates=certificates)
        assert code_of(refused) == expected
    account.rules.ports_in_use = lambda _arn: {443}
    with pytest.raises(elbv2.exceptions.DuplicateListenerException):
        elbv2.create_listener(**listener)
    account.rules.target_health = lambda _arn: [
        {"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "healthy"}}
    ]
    health = elbv2.describe_target_health(TargetGroupArn=group_arn)
    assert health["TargetHealthDescriptions"][0]["Target"]["Id"] == "i-1"
    assert heard
    assert any(not call.is_read for call in account.gate.log.calls)
