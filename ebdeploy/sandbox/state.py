"""Everything the embedded AWS remembers: plain mutable state behind one lock.

The services (elasticbeanstalk, route53, route53domains, acm) write it, the data plane (DNS
server, load balancers) reads it. All names are lower case; DNS names carry no trailing dot here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NameServer:
    """A Route 53 name server: its host name and the loopback address that answers for it."""

    host: str
    address: str


@dataclass(frozen=True, slots=True)
class Alias:
    """The target of an alias record set."""

    zone_id: str
    dns_name: str
    evaluate_target_health: bool = False


@dataclass(frozen=True, slots=True)
class RecordSet:
    """One record set; ``alias`` and ``values`` exclude each other. TTL in seconds."""

    name: str
    type: str
    ttl: int | None = None
    values: tuple[str, ...] = ()
    alias: Alias | None = None
    set_identifier: str | None = None

    @property
    def key(self) -> tuple[str, str, str | None]:
        """Identify the set within its zone."""
        return self.name, self.type, self.set_identifier


@dataclass(slots=True)
class HostedZone:
    """A hosted zone; ``id`` without the /hostedzone/ prefix."""

    id: str
    name: str
    caller_reference: str
    name_servers: tuple[NameServer, ...]
    comment: str = ""
    private: bool = False
    records: dict[tuple[str, str, str | None], RecordSet] = field(default_factory=dict)


@dataclass(slots=True)
class RegisteredDomain:
    """A domain at the registry. ``in_account`` False: bought at another registrar.

    ``name_servers`` are host names, as the registry publishes them in the parent zone.
    """

    name: str
    name_servers: tuple[str, ...]
    expires: datetime
    in_account: bool = True
    auto_renew: bool = True
    status_list: tuple[str, ...] = ("clientTransferProhibited",)


@dataclass(slots=True)
class Validation:
    """One DomainValidationOption of a certificate; the record of ``*.x`` is that of ``x``."""

    name: str
    record_name: str
    record_value: str
    status: str = "PENDING_VALIDATION"


@dataclass(slots=True)
class Certificate:
    """An ACM certificate; the PEM parts are set when it is issued."""

    arn: str
    region: str
    names: tuple[str, ...]
    created: datetime
    validations: list[Validation]
    idempotency_token: str = ""
    status: str = "PENDING_VALIDATION"
    failure_reason: str | None = None
    key_algorithm: str = "RSA_2048"
    issued: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    serial: str | None = None
    certificate_pem: bytes = b""
    chain_pem: bytes = b""
    private_key_pem: bytes = b""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """The whole account; take ``lock`` around every read-modify-write.

    ``hosts`` maps AWS-owned names (load balancers, environments' CNAMEs, name servers) to what
    they resolve to: addresses, or one other AWS-owned name. ``changes`` maps the id of a Route 53
    change to the clock second at which it is INSYNC.
    """

    account: str
    region: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    zones: dict[str, HostedZone] = field(default_factory=dict)
    domains: dict[str, RegisteredDomain] = field(default_factory=dict)
    certificates: dict[str, Certificate] = field(default_factory=dict)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changes: dict[str, float] = field(default_factory=dict)
    used_caller_references: set[str] = field(default_factory=set)
