"""ALB: listeners, rules, the security group and the health of targets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ebdeploy.diagnosis.evidence import provision
from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.facts import options as eb
from ebdeploy.facts.state import Certificate, LoadBalancer, Observed, Rule, Target

# Reason codes: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
BY_STATUS = {
    "3": ("ALB021", "redirects the health check", "Put ebdeploy.middleware.health_check first."),
    "400": ("ALB020", "refuses the health check's Host with 400",
            "Put ebdeploy.middleware.health_check first in MIDDLEWARE, and deploy."),
    "403": ("ALB023", "answers the health check with 403", "Let the path through log-in and WAF."),
    "404": ("ALB022", "has nothing at the health check's path",
            "Use /healthz, which ebdeploy.middleware.health_check answers."),
    "5": ("ALB024", "fails with an error of its own", "Look at the logs: eb logs."),
}  # fmt: skip
BY_REASON = {
    "Target.Timeout": ("ALB025", "does not answer the health check in time"),
    "Target.FailedHealthChecks": ("ALB026", "refuses the connection or answers nonsense"),
}
STARTING = {"Elb.InitialHealthChecking", "Elb.RegistrationInProgress"}


def check_listeners(observed: Observed) -> Iterator[Finding]:
    """Yield what is wrong with ports 443 and 80 of the load balancer."""
    if not isinstance(observed.balancer, LoadBalancer) or not isinstance(observed.listeners, tuple):
        return
    secure = next((each for each in observed.listeners if each.port == 443), None)
    if secure is None:
        yield no_listener(observed)
        return
    if isinstance(observed.open_ports, frozenset) and 443 not in observed.open_ports:
        yield port_closed(observed.balancer)
    certificate = observed.certificate
    if isinstance(certificate, Certificate) and certificate.arn not in secure.certificate_arns:
        yield other_certificate(observed, secure.certificate_arns)


def check_rules(observed: Observed) -> Iterator[Finding]:
    """Yield rules of port 80 that stand in the redirect's way."""
    for rule in observed.rules if isinstance(observed.rules, tuple) else ():
        redirects = any(action.redirect for action in rule.actions)
        if rule.priority is None or redirects:
            continue
        if rule.priority == eb.REDIRECT_PRIORITY:
            yield same_priority(rule)
        elif rule.priority < eb.REDIRECT_PRIORITY:
            yield stays_on_http(rule)


def check_targets(observed: Observed) -> Iterator[Finding]:
    """Yield why targets are not healthy."""
    targets = observed.targets if isinstance(observed.targets, tuple) else ()
    sick = [target for target in targets if target.state not in {"healthy", "draining"}]
    told: set[str] = set()
    for target in sick:
        finding = _judge(observed, target)
        if finding.code not in told:
            told.add(finding.code)
            yield finding
    if sick and len(sick) == len(targets) and sick[0].state == "unhealthy":
        yield fails_open(observed)


def no_listener(observed: Observed) -> Finding:
    """ALB001."""
    return Finding(
        "ALB001", Severity.ERROR, "port 443", "The load balancer has no listener on port 443.",
        (Evidence("aws elbv2 describe-listeners", "elbv2", "no port 443"),),
        (Fix("Let Elastic Beanstalk add it.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def other_certificate(observed: Observed, arns: tuple[str, ...]) -> Finding:
    """ALB002."""
    return Finding(
        "ALB002", Severity.ERROR, "port 443",
        "Listener 443 shows another certificate than the one that covers the names.",
        (Evidence("aws elbv2 describe-listeners", "elbv2", ", ".join(arns)),),
        (Fix("Let the right one be attached.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def port_closed(balancer: LoadBalancer) -> Finding:
    """ALB005."""
    group = balancer.security_groups[0] if balancer.security_groups else "GROUP"
    return Finding(
        "ALB005", Severity.ERROR, group,
        f"The load balancer's security group {group} lets nobody in on port 443, so https "
        "cannot work and http is not redirected.",
        (Evidence(f"aws ec2 describe-security-groups --group-ids {group}", "ec2", "no port 443"),),
        (Fix("Open the port.",
             f"aws ec2 authorize-security-group-ingress --group-id {group} --protocol tcp "
             "--port 443 --cidr 0.0.0.0/0"),),
    )  # fmt: skip


def same_priority(rule: Rule) -> Finding:
    """ALB009, a rule in the very place of the redirect."""
    return Finding(
        "ALB009", Severity.ERROR, rule.arn,
        f"A rule of port 80 has priority {rule.priority}, which the redirect needs: the next "
        "deploy would fail.",
        (_rule_evidence(rule),),
        (Fix("Give that rule another priority, above 2.",
             f"aws elbv2 set-rule-priorities --rule-priorities RuleArn={rule.arn},Priority=10"),),
    )  # fmt: skip


def stays_on_http(rule: Rule) -> Finding:
    """ALB009, a rule before the redirect."""
    where = ", ".join((*rule.hosts, *rule.paths)) or "everything"
    return Finding(
        "ALB009", Severity.WARNING, rule.arn,
        f"A rule of port 80 with priority {rule.priority} comes before the redirect: {where} "
        "stays on http.",
        (_rule_evidence(rule),), (Fix("Move it behind the redirect if that is not intended."),),
    )  # fmt: skip


def fails_open(observed: Observed) -> Finding:
    """ALB035."""
    return Finding(
        "ALB035", Severity.WARNING, "targets",
        "All targets are unhealthy, and the load balancer sends requests to all of them: the "
        "site seems to work although its health is red.",
        (Evidence("aws elbv2 describe-target-health", "elbv2", "every target unhealthy"),),
        (Fix("Cure the health check.", provision(observed.names), Auto.APPLY),),
    )  # fmt: skip


def unhealthy(observed: Observed, target: Target, code: str, words: str, remedy: str) -> Finding:
    """ALB020 to ALB026."""
    effective = observed.settings.get(eb.HEALTH_PATH) if isinstance(observed.settings, dict) else ""
    wanted = observed.repository.options.get(eb.HEALTH_PATH)
    fix = Fix(remedy)
    if wanted and effective != wanted:
        text = f"The health check asks {effective}; let it ask {wanted}."
        fix = Fix(text, provision(observed.names), Auto.APPLY)
    return Finding(
        code, Severity.ERROR, target.id, f"Target {target.id} {words}.", (_target(target),), (fix,)
    )


def starting(target: Target) -> Finding:
    """ALB027."""
    return Finding(
        "ALB027", Severity.PENDING, target.id, f"Target {target.id} is being checked.",
        (_target(target),), (Fix("Wait.", "", Auto.TIME),),
    )  # fmt: skip


def out_of_service(target: Target) -> Finding:
    """ALB028."""
    return Finding(
        "ALB028", Severity.WARNING, target.id,
        f"Target {target.id} is not in service: {target.reason or target.state}.",
        (_target(target),), (Fix("Look at the load balancer's target group."),),
    )  # fmt: skip


def _judge(observed: Observed, target: Target) -> Finding:
    if target.reason in STARTING:
        return starting(target)
    if target.reason == "Target.ResponseCodeMismatch":
        status = re.search(r"\d{3}", target.description)
        text = status[0] if status else ""
        found = BY_STATUS.get(text) or BY_STATUS.get(text[:1])
        if found:
            return unhealthy(observed, target, *found)
        return unhealthy(observed, target, "ALB026", f"answers {text}", "Answer 200.")
    if target.reason in BY_REASON:
        code, words = BY_REASON[target.reason]
        return unhealthy(observed, target, code, words, "Look at the logs: eb logs.")
    return out_of_service(target)


def _target(target: Target) -> Evidence:
    words = f"{target.state} {target.reason} {target.description}".strip()
    return Evidence("aws elbv2 describe-target-health", "elbv2", words)


def _rule_evidence(rule: Rule) -> Evidence:
    words = f"priority {rule.priority}: {', '.join((*rule.hosts, *rule.paths))}"
    return Evidence("aws elbv2 describe-rules", "elbv2", words)
