"""The story this project began with: a zone deleted and made again by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.stories.worlds import NAMES, Sandbox

pytestmark = pytest.mark.story


def recreate_zone(sandbox: Sandbox) -> list[str]:
    """Delete the zone of example.com and create it again, as a person does in the console."""
    route53 = sandbox.client("route53")
    (zone,) = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    own = [record for record in records if record["Type"] not in {"NS", "SOA"}]
    if own:
        changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in own]
        route53.change_resource_record_sets(
            HostedZoneId=zone["Id"], ChangeBatch={"Changes": changes}
        )
    route53.delete_hosted_zone(Id=zone["Id"])
    made = route53.create_hosted_zone(Name="example.com", CallerReference="by-hand")
    servers: list[str] = made["DelegationSet"]["NameServers"]
    return servers


def findings(document: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in document["findings"]]


def test_a_recreated_zone_is_named_and_repaired(start: Callable[..., Sandbox]) -> None:
    sandbox = start()
    new_servers = recreate_zone(sandbox)
    certificate = sandbox.client("acm").request_certificate(
        DomainName="www.example.com",
        SubjectAlternativeNames=list(NAMES),
        ValidationMethod="DNS",
        IdempotencyToken="byhand",
    )["CertificateArn"]

    checked = sandbox.manage("check_cert", *NAMES, "--format", "json")
    document = json.loads(checked.stdout)
    assert checked.returncode == 1
    root = document["findings"][0]
    assert root["code"] == "DNS002"
    assert root["caused_by"] is None
    assert "--allow update-nameservers" in root["fix"][0]["command"]
    shown = json.dumps(root)
    assert all(server in shown for server in new_servers)

    blocked = sandbox.provision_json()
    assert (blocked["result"], blocked["exit_code"]) == ("blocked", 1)
    assert findings(blocked)[0] == "DNS002"
    assert blocked["stats"]["api_writes"] == 0

    repaired = sandbox.provision_json("--allow", "update-nameservers")
    assert repaired["result"] == "converged", repaired
    described = sandbox.client("acm").describe_certificate(CertificateArn=certificate)
    assert described["Certificate"]["Status"] == "ISSUED"

    for name in NAMES:
        page = sandbox.curl(
            "--output", "/dev/null", "--write-out", "%{http_code}", f"https://{name}/"
        )
        assert page.stdout == "200", page.stderr
        plain = sandbox.curl(
            "--output", "/dev/null", "--write-out", "%{http_code}", f"http://{name}/"
        )
        assert plain.stdout == "301"
    (environment,) = sandbox.client("elasticbeanstalk").describe_environments()["Environments"]
    assert environment["HealthStatus"] == "Ok"
    eb = sandbox.curl("--insecure", "--output", "/dev/null", "--write-out", "%{http_code}",
                      f"https://{environment['CNAME']}/")  # fmt: skip
    assert eb.stdout == "400"
