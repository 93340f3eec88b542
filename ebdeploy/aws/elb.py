"""Elastic Load Balancing v2, and the security groups in front of it; reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ebdeploy.aws.clients import Door, pages
from ebdeploy.facts.state import Action, Listener, LoadBalancer, Rule, Target

SERVICE = "elbv2"
MARKER = ("NextMarker", "Marker")


def read_balancer(door: Door, arn: str) -> LoadBalancer | None:
    """Return the load balancer of that ARN, None when it is gone."""
    for item in door.call(SERVICE, "DescribeLoadBalancers", LoadBalancerArns=[arn])[
        "LoadBalancers"
    ]:
        return LoadBalancer(
            arn=item["LoadBalancerArn"],
            dns_name=item["DNSName"].lower(),
            zone_id=item["CanonicalHostedZoneId"],
            type=item.get("Type", "application"),
            scheme=item.get("Scheme", ""),
            state=(item.get("State") or {}).get("Code", ""),
            ip_address_type=item.get("IpAddressType", "ipv4"),
            security_groups=tuple(item.get("SecurityGroups", ())),
        )
    return None


def read_listeners(door: Door, balancer_arn: str) -> tuple[Listener, ...]:
    """Return the listeners, ordered by port."""
    items = pages(
        door, SERVICE, "DescribeListeners", "Listeners", MARKER, LoadBalancerArn=balancer_arn
    )
    return tuple(sorted((_listener(item) for item in items), key=lambda each: each.port))


def read_rules(door: Door, listener_arn: str) -> tuple[Rule, ...]:
    """Return the rules of a listener in the order of evaluation, the default rule last."""
    items = pages(door, SERVICE, "DescribeRules", "Rules", MARKER, ListenerArn=listener_arn)
    rules = [_rule(item) for item in items]
    return tuple(sorted(rules, key=lambda rule: (rule.priority is None, rule.priority or 0)))


def read_targets(door: Door, target_group_arn: str) -> tuple[Target, ...]:
    """Return the targets of a group with their health."""
    answer = door.call(SERVICE, "DescribeTargetHealth", TargetGroupArn=target_group_arn)
    return tuple(
        Target(
            id=item["Target"]["Id"],
            port=int(item["Target"].get("Port", 80)),
            state=item["TargetHealth"]["State"],
            reason=item["TargetHealth"].get("Reason", ""),
            description=item["TargetHealth"].get("Description", ""),
        )
        for item in answer["TargetHealthDescriptions"]
    )


def read_ssl_policies(door: Door) -> Mapping[str, tuple[str, ...]]:
    """Return the security policies of the region: name to TLS versions."""
    items = pages(door, SERVICE, "DescribeSSLPolicies", "SslPolicies", MARKER)
    return {item["Name"]: tuple(item.get("SslProtocols", ())) for item in items}


def read_open_ports(door: Door, groups: Collection[str]) -> frozenset[int]:
    """Return which of the ports 80 and 443 the security groups open to the Internet."""
    answer = door.call("ec2", "DescribeSecurityGroups", GroupIds=sorted(groups))
    permissions = [p for group in answer["SecurityGroups"] for p in group["IpPermissions"]]
    return frozenset(port for port in (80, 443) if any(_opens(p, port) for p in permissions))


def _opens(permission: Mapping[str, Any], port: int) -> bool:
    anybody = any(item["CidrIp"] == "0.0.0.0/0" for item in permission.get("IpRanges", ()))
    if permission["IpProtocol"] == "-1":
        return anybody
    return anybody and permission.get("FromPort", 0) <= port <= permission.get("ToPort", 65535)


def _listener(item: Mapping[str, Any]) -> Listener:
    return Listener(
        arn=item["ListenerArn"],
        port=int(item["Port"]),
        protocol=item["Protocol"],
        certificate_arns=tuple(c["CertificateArn"] for c in item.get("Certificates", ())),
        ssl_policy=item.get("SslPolicy"),
        actions=tuple(_action(action) for action in item.get("DefaultActions", ())),
    )


def _rule(item: Mapping[str, Any]) -> Rule:
    return Rule(
        arn=item["RuleArn"],
        priority=None if item["Priority"] == "default" else int(item["Priority"]),
        paths=_condition(item, "path-pattern"),
        hosts=_condition(item, "host-header"),
        actions=tuple(_action(action) for action in item.get("Actions", ())),
    )


def _condition(item: Mapping[str, Any], field: str) -> tuple[str, ...]:
    key = "PathPatternConfig" if field == "path-pattern" else "HostHeaderConfig"
    for condition in item.get("Conditions", ()):
        if condition.get("Field") == field:
            values = condition.get("Values") or (condition.get(key) or {}).get("Values", ())
            return tuple(values)
    return ()


def _action(item: Mapping[str, Any]) -> Action:
    redirect = item.get("RedirectConfig")
    return Action(
        type=item["Type"],
        target_group_arn=item.get("TargetGroupArn"),
        redirect=(redirect["Protocol"], redirect["Port"], redirect["StatusCode"])
        if redirect
        else None,
    )
