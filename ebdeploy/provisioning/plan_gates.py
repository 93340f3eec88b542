"""The gates between the changes: what must be seen before the next step. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ebdeploy.facts.options import REDIRECT_ON
from ebdeploy.facts.state import Observed
from ebdeploy.facts.wire import Exchange
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.stages import (
    DONE,
    Stage,
    Waiting,
    certificate_of,
    environment_of,
    seen,
)


def environment_ready(_desired: Desired, observed: Observed) -> Stage:
    """Wait until Elastic Beanstalk takes changes."""
    environment = environment_of(observed)
    if environment.status == "Ready":
        return DONE
    why = f"Elastic Beanstalk says {environment.status}; it takes changes only when Ready"
    return Stage(waiting=(Waiting(f"environment {environment.name} Ready", why, every=10),))


def certificate_issued(_desired: Desired, observed: Observed) -> Stage:
    """Wait until ACM has seen the validation records."""
    certificate = certificate_of(observed)
    if certificate is not None and certificate.status == "ISSUED":
        return DONE
    pending = (
        [v.name for v in certificate.validations if v.status != "SUCCESS"] if certificate else []
    )
    why = "ACM looks for the validation records" + (f" of {', '.join(pending)}" if pending else "")
    return Stage(waiting=(Waiting("certificate issued", why, every=5),))


def https_proven(desired: Desired, observed: Observed) -> Stage:
    """Wait until every address of the load balancer serves every name over https."""
    attempts = [e for e in observed.wire if e.aim == "balancer" and e.scheme == "https"]
    answered = {e.name for e in attempts if e.path == "/"}
    missing = [n for n in _plain(desired.names) if n not in answered]
    failing = [e for e in attempts if e.path == "/" and not e.serves]
    if not missing and not failing:
        return DONE
    why = _explain(failing[0]) if failing else f"nobody answers for {missing[0]} on port 443 yet"
    return Stage(waiting=(Waiting("https on the load balancer", why, every=5),))


def names_resolve(desired: Desired, observed: Observed) -> Stage:
    """Wait until all authoritative servers answer for all names with one voice."""
    late = [name for name in _plain(desired.names) if not _answered_everywhere(observed, name)]
    if not late:
        return DONE
    why = f"not all name servers answer for {', '.join(late)} yet"
    return Stage(waiting=(Waiting("alias records on every name server", why, every=5),))


def redirect_live(desired: Desired, observed: Observed) -> Stage:
    """See the redirect at the load balancer; a rule not in force waits for the next deploy."""
    if desired.redirect != "rule":
        return DONE
    for rule in seen(observed.rules, ()):
        redirects = any(a.redirect and a.redirect[0] == "HTTPS" for a in rule.actions)
        if redirects and not rule.hosts and REDIRECT_ON in rule.paths:
            return DONE
    why = "Elastic Beanstalk evaluates the redirect rule with the next deployment"
    return Stage(waiting=(Waiting("redirect at the load balancer", why, command="eb deploy"),))


def site_verified(desired: Desired, observed: Observed) -> Stage:
    """Wait until the site answers as a visitor expects, and its targets are healthy."""
    waiting = [*_unhealthy(observed), *_unverified(desired, observed)]
    return Stage(waiting=tuple(waiting[:1]))


def _unhealthy(observed: Observed) -> Iterable[Waiting]:
    for target in seen(observed.targets, ()):
        if target.state != "healthy":
            words = target.description or target.reason or target.state
            yield Waiting("targets healthy", f"target {target.id}: {words}", every=5)
    environment = environment_of(observed)
    if environment.health in {"Red", "Grey"}:
        words = f"Elastic Beanstalk still says {environment.health_status or environment.health}"
        yield Waiting("environment health Ok", words, every=10)


def _unverified(desired: Desired, observed: Observed) -> Iterable[Waiting]:
    visits = {(e.scheme, e.name, e.path): e for e in observed.wire if e.aim == "site"}
    for name in _plain(desired.names):
        for scheme, path in (("https", "/"), ("https", desired.health_path), ("http", "/")):
            exchange = visits.get((scheme, name, path))
            if exchange is None:
                yield Waiting("the site answers", f"{name} does not resolve yet", every=5)
            elif not _as_expected(desired, exchange):
                yield Waiting("the site answers", _explain(exchange), every=5)


def _as_expected(desired: Desired, exchange: Exchange) -> bool:
    if exchange.scheme == "http" and desired.redirect != "none":
        return exchange.status in {301, 308} and (exchange.location or "").startswith("https://")
    return exchange.serves


def _answered_everywhere(observed: Observed, name: str) -> bool:
    answers = observed.dns.answers(name, "A")
    values = [frozenset(r.value for r in answer.records if r.type == "A") for answer in answers]
    return bool(values) and all(values) and len(set(values)) == 1


def _plain(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("*.")]


def _explain(exchange: Exchange) -> str:
    if exchange.error:
        return f"{exchange.url} at {exchange.address}: {exchange.detail or exchange.error}"
    return f"{exchange.url} at {exchange.address} answered {exchange.status}"
