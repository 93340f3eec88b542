"""CFG010 and EB: is this an environment we can serve, and do its options hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ebdeploy.diagnosis.evidence import provision
from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.facts import options as eb
from ebdeploy.facts.state import Environment, EnvironmentResources, Observed, Option

KINDS = {
    "cluster": "is in Cluster mode (EKS), which has no load balancer options of its own",
    "worker": "is a worker environment: it serves no visitors",
    "windows": "runs Windows, which these files are not made for",
    "single": "is a single instance without a load balancer, so there is nothing that could "
    "carry an ACM certificate",
    "classic": "has a Classic Load Balancer, which cannot redirect",
    "network": "has a Network Load Balancer, which knows neither paths nor redirects",
    "shared": "shares its load balancer with others, whose listeners are not Elastic Beanstalk's",
}
WAYS = {
    "cluster": "Use a Standard environment: eb create --elb-type application.",
    "worker": "Name the web environment.",
    "windows": "Use a Python environment on Amazon Linux.",
    "single": "Add a load balancer: eb config, EnvironmentType: LoadBalanced (it costs money).",
    "classic": "Create an environment with eb create --elb-type application and swap to it.",
    "network": "Create an environment with eb create --elb-type application and swap to it.",
    "shared": "Create an environment with a load balancer of its own and swap to it.",
}
COMMAND = "aws elasticbeanstalk describe-configuration-settings"


def check_environment(observed: Observed) -> Iterator[Finding]:
    """Yield why the environment cannot be served, or that it is busy."""
    environment = observed.environment
    if not isinstance(environment, Environment):
        return
    kind = kind_of(observed, environment)
    if kind:
        yield unsupported(environment, kind)
    if environment.status in {"Terminating", "Terminated"}:
        yield ending(environment)
    elif environment.status != "Ready":
        yield busy(environment)


def check_options(observed: Observed) -> Iterator[Finding]:
    """Yield options that somebody set beside the repository, and weak ones."""
    settings = observed.settings
    if not isinstance(observed.environment, Environment) or not isinstance(settings, Mapping):
        return
    for option in (eb.HEALTH_PATH, eb.MATCHER):
        wanted = observed.repository.options.get(option)
        if wanted is not None and settings.get(option, wanted) != wanted:
            yield shadowed(observed, option, wanted, settings[option])
    matcher = observed.repository.options.get(eb.MATCHER, "")
    if any(code.strip().startswith("4") for code in matcher.split(",")):
        yield hides_errors(matcher)
    if '"ApplicationRequests4xx":{"Enabled":false}' in settings.get(eb.CONFIG_DOCUMENT, "").replace(
        " ", ""
    ):
        yield ignores_4xx(observed)
    if settings.get(eb.LISTENER_POLICY, eb.DEFAULT_SSL_POLICY) in {"", "ELBSecurityPolicy-2016-08"}:
        yield old_policy(observed, settings[eb.LISTENER_POLICY])


def check_health(observed: Observed) -> Iterator[Finding]:
    """Yield what Elastic Beanstalk itself says of the environment's health."""
    environment = observed.environment
    if isinstance(environment, Environment) and environment.health == "Red":
        yield unhealthy(environment)


def kind_of(observed: Observed, environment: Environment) -> str:
    """Return the kind of environment that is not served, "" for a dedicated ALB."""
    settings = observed.settings if isinstance(observed.settings, Mapping) else None
    resources = observed.resources
    if isinstance(resources, EnvironmentResources) and resources.cluster_arn:
        return "cluster"
    if environment.tier == "Worker":
        return "worker"
    if "Windows" in environment.platform:
        return "windows"
    if settings is None:
        return ""
    if settings.get(eb.ENVIRONMENT_TYPE, "LoadBalanced") == "SingleInstance":
        return "single"
    if settings.get(eb.BALANCER_SHARED, "false") == "true":
        return "shared"
    # A missing LoadBalancerType means classic, the default of Elastic Beanstalk.
    balancer = settings.get(eb.BALANCER_TYPE, "classic")
    return "" if balancer == "application" else balancer


def unsupported(environment: Environment, kind: str) -> Finding:
    """CFG010."""
    return Finding(
        "CFG010", Severity.FATAL, environment.name,
        f"Environment {environment.name} {KINDS.get(kind, f'is of the unknown kind {kind}')}.",
        (Evidence(COMMAND, "elasticbeanstalk", kind),),
        (Fix(WAYS.get(kind, "Use an environment with an Application Load Balancer.")),),
    )  # fmt: skip


def ending(environment: Environment) -> Finding:
    """CFG009."""
    return Finding(
        "CFG009", Severity.FATAL, environment.name,
        f"Environment {environment.name} is {environment.status.lower()}.",
        (Evidence("aws elasticbeanstalk describe-environments", "elasticbeanstalk",
                  environment.status),),
        (Fix("Name another environment with --environment."),),
    )  # fmt: skip


def busy(environment: Environment) -> Finding:
    """EB001."""
    return Finding(
        "EB001", Severity.PENDING, environment.name,
        f"Environment {environment.name} is {environment.status}; it takes changes when Ready.",
        (Evidence("aws elasticbeanstalk describe-environments", "elasticbeanstalk",
                  environment.status),),
        (Fix("Wait.", "", Auto.TIME),),
    )  # fmt: skip


def unhealthy(environment: Environment) -> Finding:
    """EB002."""
    command = (
        f"aws elasticbeanstalk describe-environment-health --attribute-names Causes "
        f"--environment-name {environment.name}"
    )
    return Finding(
        "EB002", Severity.WARNING, environment.name,
        f"Elastic Beanstalk says {environment.health_status} for {environment.name}.",
        (Evidence(command, "elasticbeanstalk", environment.health),),
        (Fix("Look at the causes it gives.", command),),
    )  # fmt: skip


def shadowed(observed: Observed, option: Option, wanted: str, effective: str) -> Finding:
    """EB004."""
    return Finding(
        "EB004", Severity.ERROR, str(option),
        f"{option.name} is {effective!r}, set in the console or by the API; it hides {wanted!r} "
        "from .ebextensions.",
        (Evidence(COMMAND, "elasticbeanstalk", f"{option} = {effective}"),),
        (Fix("Let the hiding value be removed.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def hides_errors(matcher: str) -> Finding:
    """EB011."""
    return Finding(
        "EB011", Severity.WARNING, str(eb.MATCHER),
        f"The matcher {matcher} in .ebextensions takes errors of the site for health.",
        (Evidence("cat .ebextensions/20-health.config", "", matcher),),
        (Fix("Set MatcherHTTPCode to '200' in .ebextensions/20-health.config and deploy."),),
    )  # fmt: skip


def ignores_4xx(observed: Observed) -> Finding:
    """EB012."""
    return Finding(
        "EB012", Severity.WARNING, str(eb.CONFIG_DOCUMENT),
        "Health ignores application 4xx, so a site that refuses everybody looks well.",
        (Evidence(COMMAND, "elasticbeanstalk", "ApplicationRequests4xx: Enabled false"),),
        (Fix("Let them count again.", provision(observed.names, "count-4xx"),
             Auto.CONSENT, "count-4xx"),),
    )  # fmt: skip


def old_policy(observed: Observed, policy: str) -> Finding:
    """EB008."""
    return Finding(
        "EB008", Severity.WARNING, str(eb.LISTENER_POLICY),
        f"Listener 443 has {policy or 'no security policy'}, which still allows TLS 1.0.",
        (Evidence(COMMAND, "elasticbeanstalk", policy),),
        (Fix(f"If no client needs TLS 1.0 and 1.1, let it become {eb.DEFAULT_SSL_POLICY}.",
             provision(observed.names, "tighten-tls"), Auto.CONSENT, "tighten-tls"),),
    )  # fmt: skip
