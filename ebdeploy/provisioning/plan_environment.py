"""The two updates of the environment: first 443, then the redirect. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ebdeploy.facts.options import (
    FALLBACK_SSL_POLICIES,
    HEALTH_PATH,
    HOSTS,
    HTTPS,
    LISTENER_CERTIFICATE,
    LISTENER_ENABLED,
    LISTENER_POLICY,
    LISTENER_PROTOCOL,
    MATCHER,
    PROXY,
    REDIRECT_ON,
    REDIRECT_PATH,
)
from ebdeploy.facts.state import Observed, Option
from ebdeploy.provisioning.changes import KNOWN_AFTER, UpdateEnvironment
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.stages import (
    DONE,
    Stage,
    certificate_of,
    environment_of,
    listener_on,
    seen,
    served_hosts,
    settings_of,
)

SEVERITIES = ("", "Unknown", "NoInterruption", "RestartApplicationServer", "RestartEnvironment")
TRANSITION_MATCHER = "200,400"


def attach(desired: Desired, observed: Observed) -> Stage:
    """Plan update 1: listener 443 with the certificate, health options, hosts joined.

    Nothing redirects yet, and no host served today is dropped.
    """
    served = served_hosts(observed)
    names = desired.hosts(environment_of(observed).cname)
    wanted = {
        **_listener_options(desired, observed),
        PROXY: "alb",
        HOSTS: " ".join(dict.fromkeys((*names, *served)))
        if set(names) - set(served)
        else settings_of(observed).get(HOSTS, ""),
    }
    settings, removals = _health_options(desired, observed)
    return _update(observed, "Serve https on port 443", {**wanted, **settings}, removals)


def enforce(desired: Desired, observed: Observed) -> Stage:
    """Plan update 2: the redirect and the final hosts."""
    wanted = {}
    hosts = desired.hosts(environment_of(observed).cname)
    if set(hosts) != set(served_hosts(observed)):
        wanted[HOSTS] = " ".join(hosts)
    if desired.redirect != "none":
        wanted[HTTPS] = "enforce"
    if desired.redirect == "rule":
        wanted[REDIRECT_PATH] = REDIRECT_ON
    return _update(observed, "Redirect http to https", wanted, ())


def health_path_answers(desired: Desired, observed: Observed) -> bool:
    """Whether the health path was seen answering 200 through the load balancer."""
    return any(
        exchange.path == desired.health_path and exchange.status == 200 and not exchange.error
        for exchange in observed.wire
    )


def shadowed(desired: Desired, observed: Observed) -> tuple[Option, ...]:
    """Return the health options whose effective value is not the repository's."""
    effective = settings_of(observed)
    wanted = repository_health(desired, observed)
    return tuple(o for o, value in sorted(wanted.items()) if effective.get(o) != value)


def repository_health(desired: Desired, observed: Observed) -> Mapping[Option, str]:
    """Return what the repository says of the health check, our defaults where it is silent."""
    files = observed.repository.options
    return {
        HEALTH_PATH: files.get(HEALTH_PATH, desired.health_path),
        MATCHER: files.get(MATCHER, desired.matcher),
    }


def _listener_options(desired: Desired, observed: Observed) -> dict[Option, str]:
    certificate = certificate_of(observed)
    usable = certificate is not None and set(desired.names) <= set(certificate.names)
    return {
        LISTENER_ENABLED: "true",
        LISTENER_PROTOCOL: "HTTPS",
        LISTENER_CERTIFICATE: certificate.arn
        if certificate is not None
        and usable
        and certificate.status in {"ISSUED", "PENDING_VALIDATION"}
        else KNOWN_AFTER,
        LISTENER_POLICY: wanted_policy(desired, observed),
    }


def wanted_policy(desired: Desired, observed: Observed) -> str:
    """Return the security policy of listener 443: the present one unless a change is ordered."""
    live = listener_on(observed, 443)
    present = settings_of(observed).get(LISTENER_POLICY) or (live.ssl_policy if live else None)
    if present and desired.ssl_policy is None and "tighten-tls" not in desired.allow:
        return present
    offered = seen(observed.ssl_policies, {})
    return desired.policy(frozenset(offered) or None, FALLBACK_SSL_POLICIES)


def _health_options(
    desired: Desired, observed: Observed
) -> tuple[dict[Option, str], tuple[Option, ...]]:
    hidden = shadowed(desired, observed)
    if not health_path_answers(desired, observed):
        matcher = settings_of(observed).get(MATCHER, desired.matcher)
        deadlocked = MATCHER in hidden and "200" not in matcher.replace(" ", "").split(",")
        return ({MATCHER: TRANSITION_MATCHER} if deadlocked else {}), ()
    details = seen(observed.option_details, {})
    wanted = repository_health(desired, observed)
    removable = tuple(o for o in hidden if o in details and details[o].user_defined)
    return {o: wanted[o] for o in hidden if o not in removable}, removable


def _update(
    observed: Observed, purpose: str, wanted: Mapping[Option, str], removals: Iterable[Option]
) -> Stage:
    effective = settings_of(observed)
    settings = {o: value for o, value in wanted.items() if effective.get(o, "") != value}
    touched = {*settings, *removals}
    if not touched:
        return DONE
    details = seen(observed.option_details, {})
    severities = [details[o].change_severity for o in touched if o in details]
    change = UpdateEnvironment(
        environment=environment_of(observed).name,
        purpose=purpose,
        settings=settings,
        removals=tuple(removals),
        before={o: effective[o] for o in touched if o in effective},
        severity=max(severities, key=_gravity, default=""),
    )
    return Stage(changes=(change,))


def _gravity(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 1
