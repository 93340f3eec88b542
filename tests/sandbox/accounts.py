"""A control plane without Elastic Beanstalk: gate, DNS and the services behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.acm import Acm
from ebdeploy.sandbox.addresses import Addresses, claim_addresses
from ebdeploy.sandbox.authority import Authority
from ebdeploy.sandbox.dns_server import DnsServer
from ebdeploy.sandbox.domains import Domains
from ebdeploy.sandbox.elbv2 import BalancerRules
from ebdeploy.sandbox.gate import Gate
from ebdeploy.sandbox.route53 import Route53
from ebdeploy.sandbox.state import HostedZone, State
from ebdeploy.sandbox.walk import make_lookup

REGION = "ap-northeast-1"
CLOCK = Clock(scale=1000)


@dataclass
class Account:
    """The parts of a running control plane."""

    state: State
    addresses: Addresses
    route53: Route53
    domains: Domains
    acm: Acm
    rules: BalancerRules
    gate: Gate

    def client(self, service: str, region: str = "") -> Any:
        default = "us-east-1" if service.startswith("route53") else REGION
        make: Any = boto3.client  # any service by name
        return make(
            service,
            region_name=region or default,
            endpoint_url=self.gate.url,
            aws_access_key_id="x",
            aws_secret_access_key="y",
        )

    def delegated_zone(self, name: str) -> HostedZone:
        """Create a zone and register its domain with the zone's servers."""
        zone = self.route53.create(name, f"reference of {name}")
        self.domains.register(name, tuple(server.host for server in zone.name_servers))
        return zone


@contextmanager
def running_account() -> Iterator[Account]:
    """Start a control plane and stop it."""
    addresses, claim = claim_addresses()
    state = State("111122223333", REGION)
    dns = DnsServer(state, addresses, CLOCK)
    route53 = Route53(state, addresses, CLOCK, dns.refresh)
    domains, rules = Domains(state, CLOCK), BalancerRules(state)
    minted: list[Gate] = []

    def mint(region: str, names: Sequence[str]) -> str:
        return minted[0].mint(region, names)

    acm = Acm(state, CLOCK, Authority(), make_lookup(addresses), mint)
    gate = Gate(state.account, [route53.service, domains.service, acm.service], rules)
    minted.append(gate)
    dns.start()
    gate.start()
    try:
        yield Account(state, addresses, route53, domains, acm, rules, gate)
    finally:
        gate.stop()
        dns.stop()
        claim.close()
