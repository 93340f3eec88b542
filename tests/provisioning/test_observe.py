from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ebdeploy.diagnosis.graph import diagnose
from ebdeploy.facts import options as eb
from ebdeploy.facts.dns import DnsFacts, Question
from ebdeploy.facts.errors import AccessDenied, Conflict, EnvironmentNotFound
from ebdeploy.facts.state import Certificate, Option, RecordSet, Unobserved
from ebdeploy.facts.wire import Exchange, Request
from ebdeploy.provisioning.apply import apply_change
from ebdeploy.provisioning.changes import (
    ChangeRecords,
    CreateZone,
    RequestCertificate,
    UpdateEnvironment,
    UpdateNameServers,
)
from ebdeploy.provisioning.observe import Observer, Place, best_certificate
from tests import states
from tests.aws.answers import Answers
from tests.states import NAMES


@dataclass
class Wire:
    """A network door that knows the healthy world and remembers what was asked."""

    asked: list[Question] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def look(self, questions: Iterable[Question], zones: Iterable[str]) -> DnsFacts:
        self.asked += questions
        return states.dns(provisioned=True)

    def addresses(self, name: str) -> tuple[str, ...]:
        return (states.ADDRESS,)

    def probe_all(self, requests: Iterable[Request]) -> tuple[Exchange, ...]:
        self.requests += requests
        return states.wire()


def settings(values: dict[Option, str]) -> dict[str, Any]:
    items = [
        {"Namespace": o.namespace, "OptionName": o.name, "Value": v} for o, v in values.items()
    ]
    return {"ConfigurationSettings": [{"DeploymentStatus": "deployed", "OptionSettings": items}]}


def balancing() -> dict[str, Any]:
    """The answers of elbv2: a listener on each port, the redirect, a healthy target."""
    forward = [{"Type": "forward", "TargetGroupArn": states.GROUP_ARN}]
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    return {
        "DescribeLoadBalancers": {
            "LoadBalancers": [
                {
                    "LoadBalancerArn": states.BALANCER_ARN,
                    "DNSName": "awseb.elb.amazonaws.com",
                    "CanonicalHostedZoneId": "Z14GRHDCWA56QT",
                    "SecurityGroups": ["sg-1"],
                }
            ]
        },
        "DescribeListeners": {
            "Listeners": [
                {"ListenerArn": "l80", "Port": 80, "Protocol": "HTTP", "DefaultActions": forward},
                {
                    "ListenerArn": "l443", "Port": 443, "Protocol": "HTTPS",
                    "Certificates": [{"CertificateArn": states.CERTIFICATE_ARN}],
                    "SslPolicy": eb.DEFAULT_SSL_POLICY, "DefaultActions": forward,
                },
            ]
        },
        "DescribeRules": {
            "Rules": [
                {
                    "RuleArn": "r", "Priority": "2",
                    "Conditions": [{"Field": "path-pattern", "Values": ["/*"]}],
                    "Actions": [{"Type": "redirect", "RedirectConfig": redirect}],
                }
            ]
        },
        "DescribeTargetHealth": {
            "TargetHealthDescriptions": [
                {"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "healthy"}}
            ]
        },
    }  # fmt: skip


def account(**changes: Any) -> Answers:
    """The answers of a provisioned account."""
    environment = {
        "EnvironmentName": "django-env", "EnvironmentId": "e-abc", "ApplicationName": "mysite",
        "EnvironmentArn": states.ENVIRONMENT.arn, "CNAME": states.CNAME, "Status": "Ready",
        "Health": "Green", "HealthStatus": "Ok", "VersionLabel": "v1",
    }  # fmt: skip
    certificate = {
        "CertificateArn": states.CERTIFICATE_ARN, "DomainName": NAMES[0], "Status": "ISSUED",
        "SubjectAlternativeNames": list(NAMES), "InUseBy": ["lb"], "Serial": "01",
        "NotAfter": states.CERTIFICATE.not_after, "NotBefore": states.CERTIFICATE.not_before,
    }  # fmt: skip
    alias = {
        "HostedZoneId": "Z1R25G3KIG2GBW",
        "DNSName": states.CNAME,
        "EvaluateTargetHealth": False,
    }
    zone = {"Id": "/hostedzone/Z1", "Name": "example.com.", "CallerReference": "r", "Config": {}}
    answers: dict[str, Any] = {
        "DescribeEnvironments": {"Environments": [environment]},
        "DescribeConfigurationSettings": settings(states.PROVISIONED),
        "DescribeEnvironmentResources": {
            "EnvironmentResources": {"LoadBalancers": [{"Name": states.BALANCER_ARN}]}
        },
        "ListHostedZonesByName": {"HostedZones": [zone], "IsTruncated": False},
        "GetDomainDetail": {"Nameservers": [{"Name": server} for server in states.SERVERS]},
        "GetHostedZone": {"DelegationSet": {"NameServers": list(states.SERVERS)}},
        "ListResourceRecordSets": {
            "ResourceRecordSets": [
                {"Name": f"{name}.", "Type": "A", "AliasTarget": alias} for name in NAMES
            ]
        },
        "DescribeCertificate": {"Certificate": certificate},
        **balancing(),
    }  # fmt: skip
    return Answers(**{**answers, **changes})


def observer(
    door: Answers, wire: Wire | None = None, application: str | None = "mysite"
) -> Observer:
    place = Place("django-env", "ap-northeast-1", application)
    return Observer(door, wire or Wire(), place, states.REPOSITORY, now=lambda: states.NOW)


def test_a_steady_state_takes_twelve_calls_and_no_write() -> None:
    door, wire = account(), Wire()
    observed = observer(door, wire).observe(NAMES)
    assert len(door.calls) == 12
    assert diagnose(observed) == ()
    assert Question("example.com", "CAA") in wire.asked
    assert {(r.aim, r.scheme, r.path) for r in wire.requests} == {
        ("balancer", "http", "/healthz"),
        ("balancer", "https", "/"),
        ("balancer", "https", "/healthz"),
        ("site", "http", "/"),
        ("site", "https", "/"),
        ("site", "https", "/healthz"),
    }


def test_the_application_is_found_by_the_environment() -> None:
    door = account()
    observer(door, application=None).observe(NAMES)
    (asked,) = door.parameters("DescribeConfigurationSettings")
    assert asked["ApplicationName"] == "mysite"


def test_an_unknown_environment_ends_the_observation() -> None:
    with pytest.raises(EnvironmentNotFound):
        observer(account(DescribeEnvironments={"Environments": []})).observe(NAMES)


def test_what_may_not_be_read_is_said_and_never_ok() -> None:
    denied = AccessDenied("route53:ListHostedZonesByName", "not authorized")
    observed = observer(account(ListHostedZonesByName=denied)).observe(NAMES)
    assert isinstance(observed.zones, Unobserved)
    (finding,) = [f for f in diagnose(observed) if f.unobserved]
    assert finding.code == "AWS003"
    assert "route53:ListHostedZonesByName" in finding.message


def test_before_the_first_run_the_list_is_asked_and_more_is_read() -> None:
    detail = {"Namespace": eb.HOSTS.namespace, "Name": eb.HOSTS.name, "ChangeSeverity": "x"}
    door = account(
        DescribeConfigurationSettings=settings(states.FRESH),
        ListCertificates={"CertificateSummaryList": []},
        DescribeConfigurationOptions={"Options": [detail]},
        DescribeApplicationVersions={"ApplicationVersions": []},
    )
    observed = observer(door).observe(NAMES)
    assert observed.certificate is None
    assert observed.bundle is not None
    assert len(door.calls) == 14


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param([("other", "ISSUED", ("a.com",))], None, id="other-names"),
        pytest.param(
            [("p", "PENDING_VALIDATION", NAMES), ("i", "ISSUED", NAMES)], "i", id="issued"
        ),
        pytest.param(
            [("f", "FAILED", NAMES), ("p", "PENDING_VALIDATION", NAMES)], "p", id="pending"
        ),
    ],
)
def test_the_best_certificate_is_issued_or_on_its_way(
    certificates: list[tuple[str, str, tuple[str, ...]]], expected: str | None
) -> None:
    found = best_certificate(NAMES, [Certificate(*each) for each in certificates])
    assert (found.arn if found else None) == expected


def test_every_change_is_one_writing_call() -> None:
    door = Answers(
        RequestCertificate={"CertificateArn": "a"}, ChangeResourceRecordSets={},
        UpdateEnvironment={}, UpdateDomainNameservers={"OperationId": "1"},
    )  # fmt: skip
    record = RecordSet("www.example.com", "A", 60, ("192.0.2.1",))
    for change in (
        RequestCertificate(NAMES, "token", "django-env"),
        ChangeRecords("Z1", "example.com", "Alias records", (record,)),
        UpdateEnvironment("django-env", "Serve", {eb.PROXY: "alb"}),
        UpdateNameServers("example.com", (), states.SERVERS),
    ):
        apply_change(change, door)
    assert [operation for _, operation, _ in door.calls] == [
        "RequestCertificate",
        "ChangeResourceRecordSets",
        "UpdateEnvironment",
        "UpdateDomainNameservers",
    ]


def test_a_used_up_reference_is_followed_by_the_next() -> None:
    used = Conflict("route53:CreateHostedZone", "HostedZoneAlreadyExists", "used")
    made = {"HostedZone": {"Id": "/hostedzone/Z9", "Name": "example.com."}}
    door = Answers(CreateHostedZone=[used, made])
    apply_change(CreateZone("example.com", ("one", "two")), door)
    assert [p["CallerReference"] for p in door.parameters("CreateHostedZone")] == ["one", "two"]


def test_an_unknown_change_is_refused() -> None:
    with pytest.raises(TypeError):
        apply_change("surprise", Answers())
