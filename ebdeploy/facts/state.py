"""What AWS says, as values: frozen, normalised, without a trace of boto3.

Names are lower case without a trailing dot, `*` is a star and not ``\\052``. ``None`` means "does
not exist"; what could not be read is ``Unobserved``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ebdeploy.facts.dns import DnsFacts
from ebdeploy.facts.wire import Exchange


@dataclass(frozen=True, slots=True)
class Unobserved:
    """Something that could not be read, with the reason in AWS's or the network's words."""

    reason: str


class Option(NamedTuple):
    """The key of an Elastic Beanstalk option setting."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}"


@dataclass(frozen=True, slots=True)
class OptionDetail:
    """What DescribeConfigurationOptions says: EB's ChangeSeverity and who set the value."""

    change_severity: str
    user_defined: bool


@dataclass(frozen=True, slots=True)
class Environment:
    """An Elastic Beanstalk environment."""

    name: str
    id: str
    arn: str
    application: str
    cname: str
    status: str
    health: str = ""
    health_status: str = ""
    tier: str = "WebServer"
    platform: str = ""
    version_label: str = ""

    @property
    def region(self) -> str:
        """Return the region from the ARN."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Return the account from the ARN."""
        return self.arn.split(":")[4]


@dataclass(frozen=True, slots=True)
class EnvironmentResources:
    """DescribeEnvironmentResources; ARNs for ALB and NLB, a bare name for a classic one."""

    load_balancers: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    cluster_arn: str | None = None


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """An application load balancer."""

    arn: str
    dns_name: str
    zone_id: str
    type: str = "application"
    scheme: str = "internet-facing"
    state: str = "active"
    ip_address_type: str = "ipv4"
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """What a listener or a rule does; ``redirect`` is (protocol, port, status code)."""

    type: str
    target_group_arn: str | None = None
    redirect: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener of the load balancer."""

    arn: str
    port: int
    protocol: str
    certificate_arns: tuple[str, ...] = ()
    ssl_policy: str | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A listener rule; ``priority`` None is the default rule."""

    arn: str
    priority: int | None
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A target and its health as DescribeTargetHealth gives it."""

    id: str
    port: int
    state: str
    reason: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class HostedZone:
    """A hosted zone; ``name_servers`` (its delegation set) is empty until GetHostedZone."""

    id: str
    name: str
    private: bool = False
    caller_reference: str = ""
    name_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AliasTarget:
    """The target of an alias record set."""

    zone_id: str
    dns_name: str
    evaluate_target_health: bool = False


@dataclass(frozen=True, slots=True)
class RecordSet:
    """A record set; TTL in seconds, None for an alias."""

    name: str
    type: str
    ttl: int | None = None
    values: tuple[str, ...] = ()
    alias: AliasTarget | None = None
    set_identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """A DomainValidationOption; ``record`` is (name, value) of its CNAME, None while unknown."""

    name: str
    status: str
    record: tuple[str, str] | None = None
    method: str = "DNS"


@dataclass(frozen=True, slots=True)
class Certificate:
    """An ACM certificate; ``validations`` is empty when only ListCertificates was asked."""

    arn: str
    status: str
    names: tuple[str, ...]
    type: str = "AMAZON_ISSUED"
    created: datetime | None = None
    not_after: datetime | None = None
    not_before: datetime | None = None
    failure_reason: str | None = None
    in_use: bool = False
    renewal_status: str | None = None
    serial: str | None = None
    validations: tuple[Validation, ...] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """A domain registered in this account."""

    domain: str
    name_servers: tuple[str, ...]
    expires: datetime | None = None
    auto_renew: bool = True
    status_list: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryOptions:
    """Option settings of `.ebextensions` files, and whether a file adds the redirect rule."""

    options: Mapping[Option, str] = field(default_factory=dict)
    redirect_rule: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was read; the input of every check and of the planner.

    ``records`` maps a zone's id to its sets, ``registrations`` a registrable domain to what the
    registrar knows (None: not registered in this account). ``certificate`` is the one the
    environment uses or will use: attached to listener 443, else the best match for the names.
    ``bundle`` holds the options of the deployed source bundle; None when it was not read.
    ``now`` is the UTC time of the observation.
    """

    names: tuple[str, ...]
    now: datetime
    environment: Environment | Unobserved | None = None
    resources: EnvironmentResources | Unobserved | None = None
    settings: Mapping[Option, str] | Unobserved = field(default_factory=dict)
    option_details: Mapping[Option, OptionDetail] | Unobserved = field(default_factory=dict)
    repository: RepositoryOptions = field(default_factory=RepositoryOptions)
    bundle: RepositoryOptions | Unobserved | None = None
    balancer: LoadBalancer | Unobserved | None = None
    listeners: tuple[Listener, ...] | Unobserved = ()
    rules: tuple[Rule, ...] | Unobserved = ()
    targets: tuple[Target, ...] | Unobserved = ()
    open_ports: frozenset[int] | Unobserved | None = None
    ssl_policies: Mapping[str, tuple[str, ...]] | Unobserved | None = None
    certificate: Certificate | Unobserved | None = None
    certificates: tuple[Certificate, ...] | Unobserved = ()
    zones: tuple[HostedZone, ...] | Unobserved = ()
    records: Mapping[str, tuple[RecordSet, ...] | Unobserved] = field(default_factory=dict)
    registrations: Mapping[str, Registration | Unobserved | None] = field(default_factory=dict)
    dns: DnsFacts = field(default_factory=DnsFacts)
    wire: tuple[Exchange, ...] = ()
