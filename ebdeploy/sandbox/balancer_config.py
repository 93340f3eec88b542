"""What a load balancer's data plane needs to know, read afresh from elbv2 at every change.

Pure values: a ``BalancerConfig`` has listeners and the target groups they name, a listener has
rules, rules and listeners have actions. Ports are the ones elbv2 shows (80, 443, 8000);
``Addresses.port`` maps them to real ones where sockets are opened, nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RedirectConfig:
    """A redirect; ``#{protocol} #{host} #{port} #{path} #{query}`` stand for the request's own.

    The defaults are elbv2's, and keep the part unchanged; protocol is HTTP, HTTPS or #{protocol}.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
    """

    status: int = 301
    protocol: str = "#{protocol}"
    port: str = "#{port}"
    host: str = "#{host}"
    path: str = "/#{path}"
    query: str = "#{query}"


@dataclass(frozen=True, slots=True)
class FixedResponse:
    """An answer of the load balancer's own."""

    status: int
    content_type: str = "text/plain"
    body: str = ""


@dataclass(frozen=True, slots=True)
class ActionConfig:
    """Exactly one of: forward to a target group, redirect, answer."""

    target_group_arn: str = ""
    redirect: RedirectConfig | None = None
    fixed_response: FixedResponse | None = None


@dataclass(frozen=True, slots=True)
class RuleConfig:
    """A rule of a listener; no patterns match everything. ``*`` is any text, ``?`` one character.

    Paths compare with case and without the query, hosts without case.
    """

    priority: int
    actions: tuple[ActionConfig, ...]
    path_patterns: tuple[str, ...] = ()
    host_patterns: tuple[str, ...] = ()

    def matches(self, host: str, path: str) -> bool:
        """Whether the rule is about this request."""
        hosts = tuple(pattern.lower() for pattern in self.host_patterns)
        return _any(hosts, host.lower()) and _any(self.path_patterns, path)


@dataclass(frozen=True, slots=True)
class ListenerConfig:
    """A listener; the first certificate is the default one, the others are chosen by SNI."""

    arn: str
    port: int
    protocol: str
    default_actions: tuple[ActionConfig, ...]
    rules: tuple[RuleConfig, ...] = ()
    certificate_arns: tuple[str, ...] = ()
    ssl_policy: str = ""

    def action_for(self, host: str, path: str) -> ActionConfig:
        """Return the terminal action of the matching rule with the smallest priority."""
        ordered = sorted(self.rules, key=lambda rule: rule.priority)
        actions = next((r.actions for r in ordered if r.matches(host, path)), self.default_actions)
        return actions[-1]

    def target_groups(self) -> frozenset[str]:
        """Return the ARNs of the target groups that the listener can forward to."""
        every = [*self.default_actions, *(a for rule in self.rules for a in rule.actions)]
        return frozenset(a.target_group_arn for a in every if a.target_group_arn)


@dataclass(frozen=True, slots=True)
class TargetGroupConfig:
    """A target group; ``targets`` maps an instance's id to its address and port.

    ``interval`` and ``deregistration_delay`` in clock seconds, ``timeout`` in real ones.
    """

    arn: str
    targets: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    health_path: str = "/"
    matcher: str = "200"
    interval: float = 15.0
    timeout: float = 5.0
    healthy_threshold: int = 3
    unhealthy_threshold: int = 5
    deregistration_delay: float = 20.0

    def accepts(self, status: int) -> bool:
        """Whether the matcher takes the status: ``200``, ``200,400`` or ``200-299``."""
        for part in self.matcher.split(","):
            low, _, high = part.strip().partition("-")
            if low.isdigit() and int(low) <= status <= int(high or low):
                return True
        return False


@dataclass(frozen=True, slots=True)
class BalancerConfig:
    """A load balancer with its listeners and every target group they name.

    A port that the security group closes is not listened on, so that a connection is refused at
    once; with AWS it would time out. ``idle_timeout`` in real seconds.
    """

    arn: str
    dns_name: str
    address: str
    listeners: tuple[ListenerConfig, ...] = ()
    target_groups: tuple[TargetGroupConfig, ...] = ()
    open_ports: frozenset[int] = frozenset({80, 443})
    idle_timeout: float = 60.0


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or any(_pattern(each).fullmatch(text) for each in patterns)


def _pattern(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
