"""Faults made by hand in a kept sandbox: named as root cause, repaired, green again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stories.test_seed_story import recreate_zone
from tests.stories.worlds import NAMES, Sandbox, running_sandbox

pytestmark = pytest.mark.story
PROCESS = "aws:elasticbeanstalk:environment:process:default"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One provisioned sandbox; every test here breaks it and repairs it again."""
    with running_sandbox(tmp_path_factory.mktemp("faults") / "sandbox") as sandbox:
        done = sandbox.provision()
        assert done.returncode == 0, done.stdout + done.stderr
        yield sandbox


def zone_records(sandbox: Sandbox) -> tuple[str, list[dict[str, Any]]]:
    route53 = sandbox.client("route53")
    (zone,) = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    listing = route53.list_resource_record_sets(HostedZoneId=zone["Id"])
    return zone["Id"], listing["ResourceRecordSets"]


def change(sandbox: Sandbox, *changes: tuple[str, dict[str, Any]]) -> None:
    zone_id, _ = zone_records(sandbox)
    batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    sandbox.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id, ChangeBatch={"Changes": batch}
    )


def validation(sandbox: Sandbox) -> list[dict[str, Any]]:
    _, records = zone_records(sandbox)
    return [record for record in records if record["Name"].startswith("_")]


def checked(sandbox: Sandbox) -> dict[str, Any]:
    done = sandbox.manage("check_cert", *NAMES, "--format", "json")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def is_green(sandbox: Sandbox) -> None:
    page = sandbox.curl("--output", "/dev/null", "--write-out", "%{http_code}",
                        "https://www.example.com/")  # fmt: skip
    assert page.stdout == "200", page.stderr
    (environment,) = sandbox.client("elasticbeanstalk").describe_environments()["Environments"]
    assert environment["HealthStatus"] == "Ok"


def test_a_validation_record_that_is_gone_is_named_and_put_back(world: Sandbox) -> None:
    change(world, *(("DELETE", record) for record in validation(world)))
    document = checked(world)
    assert (document["exit_code"], document["findings"][0]["code"]) == (1, "ACM020")
    assert "provision_domain" in document["findings"][0]["fix"][0]["command"]
    repaired = world.provision_json()
    assert repaired["result"] == "converged", repaired
    assert [each["op"] for each in repaired["plan"]] == ["change-records"]
    assert checked(world)["findings"] == []
    is_green(world)


def test_a_matcher_of_400_is_a_shadow_that_is_removed(world: Sandbox) -> None:
    world.client("elasticbeanstalk").update_environment(
        EnvironmentName="django-env",
        OptionSettings=[
            {"Namespace": PROCESS, "OptionName": "MatcherHTTPCode", "Value": "400"},
        ],
    )
    plan = world.provision_json()
    assert plan["result"] == "converged", plan
    (update,) = plan["plan"]
    assert update["before"] == {f"{PROCESS} MatcherHTTPCode": "400"}
    assert update["after"] == {f"{PROCESS} MatcherHTTPCode": None}
    is_green(world)


def test_a_caa_record_that_forbids_amazon_is_edited_with_consent(world: Sandbox) -> None:
    caa = {
        "Name": "example.com.", "Type": "CAA", "TTL": 60,
        "ResourceRecords": [{"Value": '0 issue "letsencrypt.org"'}],
    }  # fmt: skip
    change(world, ("CREATE", caa))
    document = checked(world)
    assert (document["exit_code"], document["findings"][0]["code"]) == (1, "CAA001")
    assert world.provision_json()["result"] == "blocked"
    repaired = world.provision_json("--allow", "edit-caa")
    assert repaired["result"] == "converged", repaired
    _, records = zone_records(world)
    (kept,) = [record for record in records if record["Type"] == "CAA"]
    values = {value["Value"] for value in kept["ResourceRecords"]}
    assert values == {'0 issue "letsencrypt.org"', '0 issue "amazon.com"'}
    is_green(world)


def test_a_foreign_record_in_the_way_is_replaced_only_with_consent(world: Sandbox) -> None:
    _, records = zone_records(world)
    (alias,) = [r for r in records if r["Name"] == "www.example.com." and r["Type"] == "A"]
    foreign = {
        "Name": "www.example.com.", "Type": "A", "TTL": 60,
        "ResourceRecords": [{"Value": "127.0.0.1"}],
    }  # fmt: skip
    change(world, ("DELETE", alias), ("CREATE", foreign))
    blocked = world.provision_json()
    assert (blocked["result"], blocked["findings"][0]["code"]) == ("blocked", "DNS021")
    assert world.provision_json("--allow", "replace-record")["result"] == "converged"
    is_green(world)


def test_a_zone_recreated_under_a_live_site_is_repaired_with_consent(world: Sandbox) -> None:
    recreate_zone(world)
    document = checked(world)
    assert (document["exit_code"], document["findings"][0]["code"]) == (1, "DNS002")
    repaired = world.provision_json("--allow", "update-nameservers")
    assert repaired["result"] == "converged", repaired
    is_green(world)


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        pytest.param("recreated-zone", "DNS002", id="recreated-zone"),
        pytest.param("lame-delegation", "DNS006", id="lame-delegation"),
        pytest.param("caa-forbids-amazon", "CAA001", id="caa"),
        pytest.param("missing-validation-record", "ACM010", id="missing-record"),
        pytest.param("wrong-validation-value", "ACM011", id="wrong-value"),
        pytest.param("doubled-validation-name", "ACM012", id="doubled-name"),
        pytest.param("record-in-undelegated-zone", "DNS004", id="undelegated-zone"),
        pytest.param("certificate-timed-out", "ACM004", id="timed-out"),
        pytest.param("issued-record-gone", "ACM020", id="issued-record-gone"),
    ],
)
def test_check_cert_names_the_root_cause_first(
    start: Callable[..., Sandbox], scenario: str, code: str
) -> None:
    document = checked(start("tutorial", scenario))
    assert document["exit_code"] == 1
    first = document["findings"][0]
    assert (first["code"], first["caused_by"]) == (code, None)
    assert first["evidence"]
    assert first["fix"]
    others = [f for f in document["findings"][1:] if f["severity"] in {"fatal", "error"}]
    assert all(finding["caused_by"] for finding in others), others


def test_a_closed_port_443_switches_no_redirect_on(start: Callable[..., Sandbox]) -> None:
    sandbox = start("tutorial", "port-443-closed")
    document = sandbox.provision_json("--wait", "5m")
    assert document["exit_code"] in {1, 3}, document
    assert "443" in json.dumps(document["findings"]) + json.dumps(document["waiting"])
    settings = sandbox.client("elasticbeanstalk").describe_configuration_settings(
        ApplicationName="mysite", EnvironmentName="django-env"
    )["ConfigurationSettings"][0]["OptionSettings"]
    redirect = [s["Value"] for s in settings if s["OptionName"] == "EbdeployRedirectPath"]
    assert redirect == ["/https-redirect-is-off"]


def test_a_redirect_that_needs_a_deploy_ends_pending(start: Callable[..., Sandbox]) -> None:
    document = start("tutorial", "redirect-after-deploy").provision_json()
    assert (document["result"], document["exit_code"]) == ("pending", 3), document
    assert document["next_command"] == "eb deploy"
