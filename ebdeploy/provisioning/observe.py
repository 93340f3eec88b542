"""Read everything the plan and the diagnosis need: I/O, through the doors only.

Comes in: the doors, the place (environment, application, region) and the names. Goes out:
``Observed``. Reads that do not need one another go out together; when nothing has to change,
three sequential round trips are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from ebdeploy.aws import acm, beanstalk, elb, registrar, route53
from ebdeploy.aws.clients import Door
from ebdeploy.diagnosis.questions import questions_for
from ebdeploy.facts.dns import DnsFacts, Question
from ebdeploy.facts.errors import AccessDenied, EbdeployError
from ebdeploy.facts.names import registrable_domain
from ebdeploy.facts.options import LISTENER_CERTIFICATE
from ebdeploy.facts.state import (
    Certificate,
    Environment,
    EnvironmentResources,
    HostedZone,
    LoadBalancer,
    Observed,
    RepositoryOptions,
    Unobserved,
)
from ebdeploy.facts.wire import Exchange, Request
from ebdeploy.provisioning.ebextensions import read_extensions
from ebdeploy.provisioning.lost_records import comparison_questions
from ebdeploy.provisioning.probes import probes_of
from ebdeploy.provisioning.stages import listener_on, seen
from ebdeploy.provisioning.supplement import Need, needs_of

T = TypeVar("T")
WORKERS = 16


class Network(Protocol):
    """The door to DNS and the wire, as the observer uses it."""

    def look(self, questions: Iterable[Question], zones: Iterable[str]) -> DnsFacts:
        """Walk from the root and ask every authoritative server."""
        ...

    def addresses(self, name: str) -> tuple[str, ...]:
        """Resolve a name that AWS owns."""
        ...

    def probe_all(self, requests: Iterable[Request]) -> tuple[Exchange, ...]:
        """Make the requests, answers in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Which environment, where; ``application`` None: found by the environment's name."""

    environment: str
    region: str
    application: str | None = None


@dataclass(frozen=True, slots=True)
class Observer:
    """The doors bound together; ``health_path`` is probed besides ``/``."""

    door: Door
    network: Network
    place: Place
    repository: RepositoryOptions = field(default_factory=RepositoryOptions)
    health_path: str = "/healthz"
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def observe(self, names: tuple[str, ...]) -> Observed:
        """Return the state of the account, of DNS and of the wire for these names.

        Raises an ``EbdeployError`` when the environment itself cannot be read; other parts that
        cannot be read are ``Unobserved`` in the result.
        """
        observed = Observed(names=names, now=self.now(), repository=self.repository)
        with ThreadPoolExecutor(WORKERS) as pool:
            observed = self._first_wave(pool, observed)
            observed = self._second_wave(pool, observed)
            return self._third_wave(pool, observed)

    def _first_wave(self, pool: ThreadPoolExecutor, observed: Observed) -> Observed:
        place, door = self.place, self.door
        domains = sorted({registrable_domain(name) for name in observed.names})
        environment = pool.submit(
            beanstalk.read_environment, door, place.environment, place.application, place.region
        )
        resources = pool.submit(_try, beanstalk.read_resources, door, place.environment)
        zones = [pool.submit(_try, route53.read_zones, door, domain) for domain in domains]
        owners = {d: pool.submit(_try, registrar.read_registration, door, d) for d in domains}
        application = place.application or environment.result().application
        settings = pool.submit(_try, beanstalk.read_settings, door, application, place.environment)
        found = environment.result()
        return replace(
            observed,
            environment=found,
            resources=resources.result(),
            settings=settings.result(),
            zones=_joined(zones),
            registrations={domain: owner.result() for domain, owner in owners.items()},
        )

    def _second_wave(self, pool: ThreadPoolExecutor, observed: Observed) -> Observed:
        door = self.door
        zones = [z for z in seen(observed.zones, ()) if not z.private and _holds(z, observed.names)]
        servers = {z.id: pool.submit(_try, route53.read_delegation_set, door, z) for z in zones}
        records = {z.id: pool.submit(_try, route53.read_records, door, z.id) for z in zones}
        certificate = pool.submit(self._find_certificate, observed)
        arn = _application_balancer(observed)
        balancer = pool.submit(_try, elb.read_balancer, door, arn) if arn else None
        listeners = pool.submit(_try, elb.read_listeners, door, arn) if arn else None
        best, every = certificate.result()
        filled = {zone_id: each.result() for zone_id, each in servers.items()}
        return replace(
            observed,
            zones=_with_servers(observed.zones, filled),
            records={zone_id: each.result() for zone_id, each in records.items()},
            certificate=best,
            certificates=every,
            balancer=balancer.result() if balancer else None,
            listeners=listeners.result() if listeners else (),
        )

    def _third_wave(self, pool: ThreadPoolExecutor, observed: Observed) -> Observed:
        parts: dict[str, Future[Any]] = {}
        http = listener_on(observed, 80)
        group = _target_group(observed)
        if http:
            parts["rules"] = pool.submit(_try, elb.read_rules, self.door, http.arn)
        if group:
            parts["targets"] = pool.submit(_try, elb.read_targets, self.door, group)
        for need in needs_of(observed):
            parts[need.field] = pool.submit(_try, self._read, need, observed)
        dns = pool.submit(self._look, observed)
        addresses = pool.submit(self._balancer_addresses, observed)
        observed = replace(observed, dns=dns.result())
        wire = self.network.probe_all(probes_of(observed, addresses.result(), self.health_path))
        read = {name: part.result() for name, part in parts.items()}
        observed = replace(observed, wire=wire, **read)
        late = [need for need in needs_of(observed) if need.field not in read]
        more: dict[str, Any] = {n.field: _try(self._read, n, observed) for n in late}
        return replace(observed, **more)

    def _find_certificate(
        self, observed: Observed
    ) -> tuple[Certificate | Unobserved | None, tuple[Certificate, ...] | Unobserved]:
        """Describe the attached certificate, or the best of the list when it does not cover."""
        arn = seen(observed.settings, {}).get(LISTENER_CERTIFICATE, "")
        attached = _try(acm.describe_certificate, self.door, arn) if arn else None
        if isinstance(attached, Certificate) and _usable(attached, observed.names):
            return attached, (attached,)
        every = _try(acm.list_certificates, self.door)
        if isinstance(every, Unobserved):
            return every, every
        best = best_certificate(observed.names, every)
        if best is None:
            return (attached if isinstance(attached, Certificate) else None), every
        return _try(acm.describe_certificate, self.door, best.arn), every

    def _read(self, need: Need, observed: Observed) -> Any:
        environment = observed.environment
        if need.field == "ssl_policies":
            return elb.read_ssl_policies(self.door)
        if need.field == "open_ports" and isinstance(observed.balancer, LoadBalancer):
            return elb.read_open_ports(self.door, observed.balancer.security_groups)
        if need.field == "option_details" and isinstance(environment, Environment):
            return beanstalk.read_option_details(
                self.door, environment.application, environment.name, need.options
            )
        if need.field == "bundle" and isinstance(environment, Environment):
            return read_extensions(
                beanstalk.read_bundle(self.door, environment.application, environment.version_label)
            )
        return Unobserved(f"nothing to read {need.field} from")

    def _look(self, observed: Observed) -> DnsFacts:
        domains = sorted({registrable_domain(name) for name in observed.names})
        questions = [
            *questions_for(observed),
            *(q for domain in domains for q in comparison_questions(domain)),
        ]
        return self.network.look(dict.fromkeys(questions), domains)

    def _balancer_addresses(self, observed: Observed) -> tuple[str, ...]:
        if not isinstance(observed.balancer, LoadBalancer):
            return ()
        return self.network.addresses(observed.balancer.dns_name)


def best_certificate(names: tuple[str, ...], every: Iterable[Certificate]) -> Certificate | None:
    """Return the certificate to use for the names: issued, else pending, else the last failure."""
    fitting = [c for c in every if set(names) <= set(c.names) and c.type != "PRIVATE"]
    return max(fitting, key=_preference, default=None)


def _preference(certificate: Certificate) -> tuple[int, bool, str, str]:
    rank = {"ISSUED": 2, "PENDING_VALIDATION": 1}.get(certificate.status, 0)
    created = certificate.created.isoformat() if certificate.created else ""
    return rank, certificate.in_use, created, certificate.arn


def _try(read: Callable[..., T], *arguments: Any) -> T | Unobserved:
    """Call a read; a refusal becomes ``Unobserved``, so that one gap does not hide the rest."""
    try:
        return read(*arguments)
    except AccessDenied as denied:
        return Unobserved(f"{denied.message} {denied.remedy}")
    except EbdeployError as error:
        return Unobserved(error.message)


def _joined(
    reads: Iterable[Future[tuple[HostedZone, ...] | Unobserved]],
) -> tuple[HostedZone, ...] | Unobserved:
    found: list[HostedZone] = []
    for read in reads:
        result = read.result()
        if isinstance(result, Unobserved):
            return result
        found += result
    return tuple(found)


def _with_servers(
    zones: tuple[HostedZone, ...] | Unobserved, filled: Mapping[str, HostedZone | Unobserved]
) -> tuple[HostedZone, ...] | Unobserved:
    if isinstance(zones, Unobserved):
        return zones
    for each in filled.values():
        if isinstance(each, Unobserved):
            return each
    known = {key: zone for key, zone in filled.items() if isinstance(zone, HostedZone)}
    return tuple(known.get(zone.id, zone) for zone in zones)


def _holds(zone: HostedZone, names: Iterable[str]) -> bool:
    return any(name == zone.name or name.endswith(f".{zone.name}") for name in names)


def _usable(certificate: Certificate, names: tuple[str, ...]) -> bool:
    return certificate.status == "ISSUED" and set(names) <= set(certificate.names)


def _application_balancer(observed: Observed) -> str:
    if not isinstance(observed.resources, EnvironmentResources):
        return ""
    arns = [arn for arn in observed.resources.load_balancers if ":loadbalancer/app/" in arn]
    return arns[0] if arns else ""


def _target_group(observed: Observed) -> str:
    for port in (443, 80):
        listener = listener_on(observed, port)
        for action in listener.actions if listener else ():
            if action.target_group_arn:
                return action.target_group_arn
    return ""
