from __future__ import annotations

from typing import Any

import pytest

from ebdeploy.aws import elb
from ebdeploy.facts.state import Action, Target
from tests.aws.answers import Answers


def test_a_balancer_that_is_gone_is_none() -> None:
    assert elb.read_balancer(Answers(DescribeLoadBalancers={"LoadBalancers": []}), "arn") is None


def test_a_balancer_has_its_zone_and_groups() -> None:
    item = {
        "LoadBalancerArn": "arn", "DNSName": "LB.elb.amazonaws.com", "CanonicalHostedZoneId": "Z1",
        "State": {"Code": "active"}, "SecurityGroups": ["sg-1"],
    }  # fmt: skip
    found = elb.read_balancer(Answers(DescribeLoadBalancers={"LoadBalancers": [item]}), "arn")
    assert found is not None
    assert (found.dns_name, found.zone_id) == ("lb.elb.amazonaws.com", "Z1")
    assert found.security_groups == ("sg-1",)


def test_listeners_are_ordered_by_port() -> None:
    secure = {
        "ListenerArn": "b", "Port": 443, "Protocol": "HTTPS", "SslPolicy": "p",
        "Certificates": [{"CertificateArn": "c"}],
    }  # fmt: skip
    forward = {"Type": "forward", "TargetGroupArn": "tg"}
    plain = {"ListenerArn": "a", "Port": 80, "Protocol": "HTTP", "DefaultActions": [forward]}
    door = Answers(
        DescribeListeners=[
            {"Listeners": [secure], "NextMarker": "more"},
            {"Listeners": [plain]},
        ]
    )
    first, second = elb.read_listeners(door, "lb")
    assert (first.port, first.actions) == (80, (Action("forward", "tg"),))
    assert (second.certificate_arns, second.ssl_policy) == (("c",), "p")


def test_rules_stand_in_the_order_of_evaluation() -> None:
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    default = {"RuleArn": "d", "Priority": "default", "Actions": []}
    ours = {
        "RuleArn": "r", "Priority": "2",
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}],
        "Actions": [{"Type": "redirect", "RedirectConfig": redirect}],
    }  # fmt: skip
    users = {
        "RuleArn": "u", "Priority": "1",
        "Conditions": [{"Field": "host-header", "Values": ["a.example.com"]}], "Actions": [],
    }  # fmt: skip
    rules = elb.read_rules(Answers(DescribeRules={"Rules": [default, ours, users]}), "l")
    assert [rule.priority for rule in rules] == [1, 2, None]
    assert rules[0].hosts == ("a.example.com",)
    assert rules[1].paths == ("/*",)
    assert rules[1].actions == (Action("redirect", None, ("HTTPS", "443", "HTTP_301")),)


def test_targets_tell_their_health_and_the_reason() -> None:
    item = {
        "Target": {"Id": "i-1", "Port": 80},
        "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "late"},
    }
    door = Answers(DescribeTargetHealth={"TargetHealthDescriptions": [item]})
    assert elb.read_targets(door, "tg") == (
        Target("i-1", 80, "unhealthy", "Target.Timeout", "late"),
    )


def test_policies_tell_their_protocols() -> None:
    item = {"Name": "p", "SslProtocols": ["TLSv1.2", "TLSv1.3"]}
    door = Answers(DescribeSSLPolicies={"SslPolicies": [item]})
    assert elb.read_ssl_policies(door) == {"p": ("TLSv1.2", "TLSv1.3")}


def permission(
    first: int, last: int, cidr: str = "0.0.0.0/0", protocol: str = "tcp"
) -> dict[str, Any]:
    return {
        "IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": cidr}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("permissions", "ports"),
    [
        pytest.param([], set(), id="nothing"),
        pytest.param([permission(80, 80)], {80}, id="http-only"),
        pytest.param([permission(0, 65535)], {80, 443}, id="range"),
        pytest.param([permission(443, 443, "10.0.0.0/8")], set(), id="not-everybody"),
        pytest.param(
            [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}], {80, 443}, id="all"
        ),
    ],
)
def test_open_ports_are_those_the_internet_reaches(
    permissions: list[dict[str, Any]], ports: set[int]
) -> None:
    door = Answers(DescribeSecurityGroups={"SecurityGroups": [{"IpPermissions": permissions}]})
    assert ports == elb.read_open_ports(door, ["sg-1"])
