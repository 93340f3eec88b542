"""Observed states as values: a healthy site, and the tutorial before its first run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ebdeploy.facts import options as eb
from ebdeploy.facts.dns import Answer, Delegation, DnsFacts, DnsRecord, Question
from ebdeploy.facts.state import (
    Action,
    AliasTarget,
    Certificate,
    Environment,
    EnvironmentResources,
    HostedZone,
    Listener,
    LoadBalancer,
    Observed,
    Option,
    OptionDetail,
    RecordSet,
    Registration,
    RepositoryOptions,
    Rule,
    Target,
    Validation,
)
from ebdeploy.facts.wire import Exchange, ServedCertificate

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = ("www.example.com", "example.com")
CNAME = "mysite.ap-northeast-1.elasticbeanstalk.com"
ADDRESS = "192.0.2.80"
SERVERS = (
    "ns-1.awsdns-01.org",
    "ns-2.awsdns-02.com",
    "ns-3.awsdns-03.net",
    "ns-4.awsdns-04.co.uk",
)
OLD_SERVERS = ("ns-91.awsdns-91.org", "ns-92.awsdns-92.com")
CERTIFICATE_ARN = "arn:aws:acm:ap-northeast-1:111122223333:certificate/one"
BALANCER_ARN = "arn:aws:elasticloadbalancing:ap-northeast-1:111122223333:loadbalancer/app/awseb/1"
GROUP_ARN = "arn:aws:elasticloadbalancing:ap-northeast-1:111122223333:targetgroup/awseb/1"
REPOSITORY = RepositoryOptions(
    {eb.HEALTH_PATH: "/healthz", eb.MATCHER: "200", eb.REDIRECT_PATH: eb.REDIRECT_OFF},
    redirect_rule=True,
)

ENVIRONMENT = Environment(
    name="django-env",
    id="e-abc",
    arn="arn:aws:elasticbeanstalk:ap-northeast-1:111122223333:environment/mysite/django-env",
    application="mysite",
    cname=CNAME,
    status="Ready",
    health="Green",
    health_status="Ok",
    version_label="v1",
)
ZONE = HostedZone("Z1", "example.com", name_servers=SERVERS)
BALANCER = LoadBalancer(
    BALANCER_ARN, "awseb.elb.amazonaws.com", "Z14GRHDCWA56QT", security_groups=("sg-1",)
)
FORWARD = Action("forward", GROUP_ARN)
REDIRECT = Action("redirect", redirect=("HTTPS", "443", "HTTP_301"))
HTTP = Listener("arn:listener/80", 80, "HTTP", actions=(FORWARD,))
HTTPS = Listener(
    "arn:listener/443", 443, "HTTPS", (CERTIFICATE_ARN,), eb.DEFAULT_SSL_POLICY, (FORWARD,)
)
RULE = Rule("arn:rule/2", 2, ("/*",), (), (REDIRECT,))
INERT_RULE = replace(RULE, paths=(eb.REDIRECT_OFF,))
DEFAULT_RULE = Rule("arn:rule/default", None, (), (), (FORWARD,))


def validation(name: str, status: str = "SUCCESS") -> Validation:
    return Validation(name, status, (f"_token.{name}", f"_value-{name[0]}.acm-validations.aws"))


CERTIFICATE = Certificate(
    arn=CERTIFICATE_ARN,
    status="ISSUED",
    names=NAMES,
    created=NOW - timedelta(days=2),
    not_before=NOW - timedelta(days=2),
    not_after=NOW + timedelta(days=196),
    in_use=True,
    serial="01",
    validations=tuple(validation(name) for name in NAMES),
)
VALIDATION_RECORDS = tuple(
    RecordSet(v.record[0], "CNAME", 300, (f"{v.record[1]}.",))
    for v in CERTIFICATE.validations
    if v.record
)
APEX_RECORDS = (
    RecordSet("example.com", "NS", 172800, tuple(f"{server}." for server in SERVERS)),
    RecordSet(
        "example.com", "SOA", 900, ("ns-1.awsdns-01.org. hostmaster. 1 7200 900 1209600 86400",)
    ),
)
ALIASES = tuple(RecordSet(name, "A", alias=AliasTarget("Z1R25G3KIG2GBW", CNAME)) for name in NAMES)
PROVISIONED = {
    eb.ENVIRONMENT_TYPE: "LoadBalanced",
    eb.BALANCER_TYPE: "application",
    eb.BALANCER_SHARED: "false",
    eb.HEALTH_PATH: "/healthz",
    eb.MATCHER: "200",
    eb.LISTENER_ENABLED: "true",
    eb.LISTENER_PROTOCOL: "HTTPS",
    eb.LISTENER_CERTIFICATE: CERTIFICATE_ARN,
    eb.LISTENER_POLICY: eb.DEFAULT_SSL_POLICY,
    eb.REDIRECT_PATH: eb.REDIRECT_ON,
    eb.HOSTS: " ".join(NAMES),
    eb.PROXY: "alb",
    eb.HTTPS: "enforce",
}
FRESH = {
    eb.ENVIRONMENT_TYPE: "LoadBalanced",
    eb.BALANCER_TYPE: "application",
    eb.BALANCER_SHARED: "false",
    eb.HEALTH_PATH: "/",
    eb.MATCHER: "200",
    eb.REDIRECT_PATH: eb.REDIRECT_OFF,
    eb.HOSTS: CNAME,
}
DETAILS = {
    eb.HEALTH_PATH: OptionDetail("NoInterruption", user_defined=True),
    eb.MATCHER: OptionDetail("NoInterruption", user_defined=False),
    eb.HOSTS: OptionDetail("RestartApplicationServer", user_defined=True),
    eb.LISTENER_ENABLED: OptionDetail("NoInterruption", user_defined=False),
}


def answers(
    name: str, rdtype: str, *values: str, ttl: int = 60, servers: tuple[str, ...] = SERVERS
) -> tuple[Answer, ...]:
    """Every server's same answer; without values NODATA."""
    records = tuple(DnsRecord(name, rdtype, ttl, value) for value in values)
    return tuple(
        Answer(server, f"192.0.2.{i}", "NOERROR", True, records, negative_ttl=900)
        for i, server in enumerate(servers, start=1)
    )


def lookups(*, provisioned: bool) -> dict[Question, tuple[Answer, ...]]:
    """What the zone's servers say of the names, before or after provisioning."""
    found = {Question("example.com", "SOA"): answers("example.com", "SOA", "ns-1. h. 1 2 3 4 5")}
    for name in NAMES:
        found[Question(name, "A")] = answers(name, "A", *([ADDRESS] if provisioned else []))
        found[Question(name, "AAAA")] = answers(name, "AAAA")
        found[Question(name, "CAA")] = answers(name, "CAA")
    for validated in CERTIFICATE.validations if provisioned else ():
        if validated.record:
            owner, value = validated.record
            found[Question(owner, "CNAME")] = answers(owner, "CNAME", value)
    return found


def dns(*, provisioned: bool, servers: tuple[str, ...] = SERVERS) -> DnsFacts:
    """The walk: the parent publishes ``servers``, the zone's servers answer."""
    return DnsFacts(
        delegations={"example.com": Delegation("example.com", servers)},
        cuts=dict.fromkeys(NAMES, "example.com"),
        lookups=lookups(provisioned=provisioned),
        queries=20,
    )


def exchange(aim: str, scheme: str, name: str, path: str, **changes: Any) -> Exchange:
    """A probe's good outcome, or a bad one by ``changes``."""
    certificate = ServedCertificate(NAMES, "01", NOW + timedelta(days=196), "Sandbox CA")
    secure = scheme == "https"
    usual: dict[str, Any] = {
        "status": 301 if aim == "site" and not secure else 200,
        "location": f"https://{name}:443{path}" if aim == "site" and not secure else None,
        "certificate": certificate if secure else None,
        "body": "ok\n" if path == "/healthz" else "hello",
    }
    return Exchange(aim, scheme, name, path, ADDRESS, **{**usual, **changes})


def wire() -> tuple[Exchange, ...]:
    """All probes of a healthy site."""
    redirected = {"status": 301, "location": f"https://{CNAME}:443/healthz"}
    visits = [exchange("balancer", "http", CNAME, "/healthz", **redirected)]
    for name in NAMES:
        visits += [exchange("balancer", "https", name, path) for path in ("/", "/healthz")]
        visits += [exchange("site", "http", name, "/")]
        visits += [exchange("site", "https", name, path) for path in ("/", "/healthz")]
    return tuple(visits)


def healthy(**changes: Any) -> Observed:
    """A provisioned site in which nothing has to change."""
    usual: dict[str, Any] = {
        "environment": ENVIRONMENT,
        "resources": EnvironmentResources((BALANCER_ARN,), ("i-1",)),
        "settings": PROVISIONED,
        "repository": REPOSITORY,
        "balancer": BALANCER,
        "listeners": (HTTP, HTTPS),
        "rules": (RULE, DEFAULT_RULE),
        "targets": (Target("i-1", 80, "healthy"),),
        "certificate": CERTIFICATE,
        "certificates": (CERTIFICATE,),
        "zones": (ZONE,),
        "records": {"Z1": (*APEX_RECORDS, *VALIDATION_RECORDS, *ALIASES)},
        "registrations": {"example.com": Registration("example.com", SERVERS)},
        "dns": dns(provisioned=True),
        "wire": wire(),
    }
    return Observed(**{"names": NAMES, "now": NOW, **usual, **changes})


def tutorial(**changes: Any) -> Observed:
    """The environment before its first run: http only, a console's health path in the way."""
    usual: dict[str, Any] = {
        "environment": replace(ENVIRONMENT, health="Red", health_status="Severe"),
        "settings": FRESH,
        "option_details": DETAILS,
        "bundle": REPOSITORY,
        "listeners": (HTTP,),
        "rules": (INERT_RULE, DEFAULT_RULE),
        "targets": (
            Target(
                "i-1",
                80,
                "unhealthy",
                "Target.ResponseCodeMismatch",
                "Health checks failed with these codes: [400]",
            ),
        ),
        "certificate": None,
        "certificates": (),
        "records": {"Z1": APEX_RECORDS},
        "dns": dns(provisioned=False),
        "wire": (exchange("balancer", "http", CNAME, "/healthz"),),
    }
    return healthy(**{**usual, **changes})


def with_settings(observed: Observed, changes: dict[Option, str | None]) -> Observed:
    """The same state with options changed; None removes one."""
    settings = {**(observed.settings if isinstance(observed.settings, dict) else {}), **changes}
    return replace(observed, settings={o: v for o, v in settings.items() if v is not None})
